/*
 * redeem.h - what the files of the redeem decider share.
 */
#ifndef REDEEM_H
#define REDEEM_H

#include "firing.h"
#include "worth.h"

/* ---- debts.c: debt is settled from usable lots, waived, or left, by policy ---- */
void debts_settle(struct engine *engine, struct cause *cause);

/* ---- vouchers.c --------------------------------------------------------------- */

/* The vouchers that a purchase names. */
void vouchers_use(struct engine *engine, struct cause *cause);
/* A member who leaves forfeits open vouchers. */
void vouchers_void(struct engine *engine, struct cause *cause);
/* A posting about one voucher; worth: as worked out, or NULL. */
void voucher_post(struct engine *engine, const struct cause *cause, enum record_type type,
	const struct voucher *voucher, const struct worth *worth);
/* What was paid, by unit; and by lot where it goes back to the lots that it came from. */
void redemption_restore(
	struct engine *engine, struct cause *cause, const struct redemption *redemption);
/* The cancel of a redemption. */
void redemption_cancel(struct engine *engine, struct cause *cause);

/* ---- restore.c ----------------------------------------------------------------- */

/* What a return gives back of the redemptions that went with its sale. */
void redemptions_restore(struct engine *engine, struct cause *cause);
/* Notes what of a redemption is back. */
void apply_share_restored(struct engine *engine, const struct posting *posting);

/* ---- recheck.c ----------------------------------------------------------------- */

/* Voids what came by itself for a sale that a return has left too little of. */
void vouchers_recheck(struct engine *engine, struct cause *cause);

/* ---- rewards.c ------------------------------------------------------------------ */

/* What a redeem asks for. */
void reward_ask(struct engine *engine, struct cause *cause);
/* Rewards that come by themselves. */
void rewards_by_themselves(struct engine *engine, struct cause *cause);

/* ---- transfer.c ----------------------------------------------------------------- */

/* Points go to another member. */
void transfer_decide(struct engine *engine, struct cause *cause);

/* A posting of one of the two sides; to: who gets what is taken, else NULL. NULL: out of memory. */
struct posting *transferred_side(struct engine *engine, const struct cause *cause,
	struct member *member, struct member *to, struct slice rule);
/* What becomes of a lot of which some was taken: a lot of that much with the same life. */
void transferred_lot(struct engine *engine, struct member *from, const struct lot *lot,
	int64_t amount, instant now, struct posting *posting);

/* ---- merge.c --------------------------------------------------------------------- */

/* All points and debts of who was merged go to who they are now. */
void merge_decide(struct engine *engine, struct cause *cause);

/* ---- payment.c ------------------------------------------------------------------ */

/* What can be paid of a unit at once: the usable balance, of buckets the best one. */
int64_t payable(struct engine *engine, const struct cause *cause, int unit);

/* Adds the lots that pay an amount to the posting, and the unit itself. */
void pay(struct engine *engine, const struct cause *cause, struct posting *posting, int unit,
	int64_t amount);

/* The same, of the one bucket that a redeem names; named NULL: of any. */
int64_t payable_from(
	struct engine *engine, const struct cause *cause, int unit, const struct fact *named);
void pay_from(struct engine *engine, const struct cause *cause, struct posting *posting, int unit,
	int64_t amount, const struct fact *named);

/* Room for the units and lots that a redemption may move. */
bool payment_room(
	struct engine *engine, const struct cause *cause, struct posting *posting, int units);

/* Gives back the room of limits that a redemption used. */
void apply_redemption_rooms(struct engine *engine, const struct redemption *redemption);
/* Marks a redemption cancelled: its room and history go back (apply_rewards.c). */
void apply_cancelled_redemption(
	struct engine *engine, struct member *member, struct past_fact *past);

#endif

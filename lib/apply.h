/*
 * apply.h - what the files that change a member's state share.
 */
#ifndef APPLY_H
#define APPLY_H

#include "lots.h"

/* ---- apply.c ------------------------------------------------------------- */

/* The part of a member that few have, made at the first call. NULL: out of memory. */
struct member_more *more_of(struct engine *engine, struct member *member);
/* A copy with a NUL, to be freed. NULL: out of memory. */
char *copy_text(struct engine *engine, struct slice text);
/* tally_add() whose failures are the engine's. */
void apply_tally(struct engine *engine, struct member *member, int counter, uint64_t by, instant at,
	int64_t value);

/*
 * Counts the cause for every history counter whose trigger and condition it meets: the cause's
 * fact, or where `carried_out` is given what that posting of it carries out. What it counted,
 * as bits.
 */
uint64_t count_history(
	struct engine *engine, const struct cause *cause, const struct posting *carried_out);
/* Takes back what a cancelled fact counted. */
void uncount_history(struct engine *engine, struct member *member, const struct past_fact *past);

/* Moves the clocks that any activity in the unit moves. */
void touch_activity(struct engine *engine, struct member *member, int unit, instant at);

/* ---- apply_lots.c ---------------------------------------------------------- */

static inline bool
makes_lots(const struct engine *engine, int unit)
{
	return engine->keeps_lots && engine->programme->units[unit].spendable;
}

/* A lot for what a posting gives of a unit, as earned by it. */
void make_lot(struct engine *engine, const struct posting *posting, const struct unit_delta *delta,
	int rule);
/* What a lot is that is given. */
struct lot lot_of_delta(const struct unit_delta *delta, int rule, instant earned, uint32_t number);
/* A lot like that, by a name of its own. */
void make_lot_like(struct engine *engine, const struct posting *posting, struct slice name,
	struct lot_call call, const struct unit_delta *delta, const struct lot *like);
/* What the lot cannot pay is debt; what of it had died is to be waived. */
void take_back(struct engine *engine, struct member *member, const struct lot_delta *delta);
/* What comes back goes into its lot; one that is gone is made again with the dates of `like`. */
void give_back(struct engine *engine, struct member *member, const struct lot_delta *delta,
	const struct lot *like, instant usable);
/* What a lot was that is not there any more: as its rule makes it, at the time of its sale. */
struct lot lot_of_sale(struct engine *engine, const struct posting *posting, int unit,
	const struct cause *sale, instant *usable);
/* Usable lots in the programme's order, then pending ones; the rest is debt. */
void take_adjustment(
	struct engine *engine, struct member *member, int unit, int64_t amount, instant now);
/* Takes what a posting names from lots; a lot that died keeps how much. */
void take_lots(struct engine *engine, const struct posting *posting, bool die);

/* ---- apply_transfer.c ------------------------------------------------------- */

void apply_transferred(
	struct engine *engine, const struct cause *cause, const struct posting *posting);

/* ---- apply_rewards.c -------------------------------------------------------- */

/* Moves the clocks of a reward that was given, or of a fact that was carried out. */
void touch_posting_clocks(struct engine *engine, const struct posting *posting);
void apply_redeemed(
	struct engine *engine, const struct cause *cause, const struct posting *posting);
void apply_restored(
	struct engine *engine, const struct cause *cause, const struct posting *posting);
/* Whether what was paid goes back to the lots that it came from. */
static inline bool
gives_back(const struct engine *engine)
{
	return engine->programme->policy.restore == RESTORE_ORIGINAL;
}

/* Whether a redemption that could be taken back took from a lot of the member that is called so. */
bool redemptions_took(
	struct engine *engine, struct member *member, struct slice name, struct lot_call call);

void apply_issued(struct engine *engine, const struct cause *cause, const struct posting *posting);
/* A voucher that was used, voided, or has expired. */
void close_voucher(struct engine *engine, const struct cause *cause, const struct posting *posting);
/* A cancelled purchase, remembered under a key, gives its vouchers back, their end kept. */
void reopen_vouchers(struct engine *engine, const struct fact *cancel, const struct past_fact *sale,
	const struct member *key);

#endif

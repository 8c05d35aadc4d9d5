/*
 * apply_rewards.c - the part of apply.c for rewards: redemptions, what comes back of them,
 * and vouchers.
 */
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "clocks.h"
#include "firing.h"
#include "lots.h"
#include "merged.h"
#include "redeem.h"
#include "schedule.h"
#include "taken.h"
#include "voucher_index.h"

static void
note_redemption_rooms(
	struct engine *engine, const struct posting *posting, struct redemption *redemption)
{
	uint32_t count = 0;

	for (const struct room_use *use = posting->rooms; use; use = use->next)
		count += use->counter >= 0;
	if (!count)
		return;
	redemption->rooms = malloc(count * sizeof(*redemption->rooms));
	if (!redemption->rooms) {
		engine_memory(engine);
		return;
	}
	for (const struct room_use *use = posting->rooms; use; use = use->next)
		if (use->counter >= 0)
			redemption->rooms[redemption->room_count++] =
				(struct room_used){ use->by, use->at, use->amount, use->amount,
					(uint32_t)use->counter, posting->member->index };
}

/* The redeem that a posting carries out, where it may be cancelled later. */
static struct past_fact *
past_redeem(const struct cause *cause)
{
	if (!cause->fact || cause->fact->type != FACT_REDEEM || cause->fact->id.size == 0)
		return NULL;
	return cause->fact->past;
}

void
apply_redemption_rooms(struct engine *engine, const struct redemption *redemption)
{
	for (uint32_t i = 0; i < redemption->room_count; i++) {
		const struct room_used *room = &redemption->rooms[i];

		apply_tally(engine, member_now(engine, members_at(engine->members, room->member)),
			(int)room->counter, room->by, room->window, -room->amount);
	}
}

void
apply_cancelled_redemption(struct engine *engine, struct member *member, struct past_fact *past)
{
	past->cancelled = true;
	uncount_history(engine, member, past);
	apply_redemption_rooms(engine, past->redemption);
}

static uint32_t
count_given(const struct posting *posting)
{
	uint32_t count = 0;

	for (int i = 0; i < posting->unit_count; i++)
		count += posting->units[i].amount > 0;
	return count;
}

/* What taking a redemption back would have to give back. NULL: out of memory. */
static struct redemption *
new_redemption(struct engine *engine, const struct posting *posting)
{
	uint32_t lots = engine->keeps_lots ? (uint32_t)posting->lot_count : 0;
	uint32_t room = engine->keeps_lots ? lots + count_given(posting) : 0;
	struct slab *slab = members_slab(engine->members);
	struct redemption *redemption = slab_take(slab, redemption_size(room));

	if (!redemption) {
		engine_memory(engine);
		return NULL;
	}
	*redemption = (struct redemption){
		.reward = posting->rule_index, .member = posting->member->index, .taken_room = room
	};
	for (uint32_t i = 0; i < lots; i++) {
		const struct lot_delta *delta = &posting->lots[i];
		const struct lot *lot = lot_find_delta(engine->programme, posting->member, delta);
		struct lot *taken = &redemption->taken[redemption->taken_count];

		if (!lot)
			continue;
		if (!lot_copy(slab, lot, taken)) {
			engine_memory(engine);
			return redemption;
		}
		taken->left = -delta->amount;
		redemption->taken_count++;
	}
	if (gives_back(engine))
		taken_names_add(engine, posting->member, redemption);
	note_redemption_rooms(engine, posting, redemption);
	return redemption;
}

static void
remember_redemption(struct engine *engine, const struct cause *cause, const struct posting *posting,
	struct past_fact *past)
{
	struct member *key;
	const struct past_fact *sale = past_of(engine, cause->fact, &key);

	past->redemption = new_redemption(engine, posting);
	if (past->redemption && sale && sale->type == FACT_PURCHASE)
		redemption_goes_with(past->redemption, key, sale->number);
}

/* ---- vouchers that a sale brought --------------------------------------------------- */

/* The sale that a posting goes back to, where a return is to look at its vouchers again. */
static const struct past_fact *
sale_behind(const struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	const struct fact *root = cause->root;

	/* What the balance bought stays. */
	if (!(engine->programme->policy.recheck & RECHECK_REWARDS) || !root ||
		posting->reached == REACHED_BY_BALANCE || root->type != FACT_PURCHASE ||
		root->id.size == 0 || posting->rule_index < 0 ||
		!engine->programme->rewards[posting->rule_index].voucher)
		return NULL;
	return root->past;
}

static void
set_origin(const struct cause *cause, const struct posting *posting, struct voucher_origin *origin)
{
	const struct posting *caused_by = cause->posting;

	if (posting->reached >= 0) {
		origin->kind = ORIGIN_REACH;
		origin->index = posting->reached;
		origin->threshold = posting->threshold;
		origin->window = cause->rises[posting->reached].window.begin;
	} else if (caused_by && caused_by->type == POSTING_TIER_CHANGED) {
		origin->kind = ORIGIN_LEVEL;
		origin->index = caused_by->rule_index;
		origin->threshold = caused_by->to;
	} else {
		origin->kind = caused_by ? ORIGIN_REWARD : ORIGIN_FACT;
	}
}

static struct voucher_origin *
new_origin(struct engine *engine, const struct cause *cause, const struct posting *posting,
	const struct past_fact *sale)
{
	struct voucher_origin *origin = calloc(1, sizeof(*origin));

	if (!origin) {
		engine_memory(engine);
		return NULL;
	}
	origin->sale = sale->number;
	origin->key = cause->root->key->index;
	set_origin(cause, posting, origin);
	/* Paid by the posting before this one; or nothing but a limit's room was used. */
	origin->paid = engine->paid ? engine->paid : new_redemption(engine, posting);
	engine->paid = NULL;
	return origin;
}

/* And what it would have to take back: the lots that were given. */
static void
remember_given(struct engine *engine, const struct posting *posting, struct redemption *redemption)
{
	for (int i = 0; engine->keeps_lots && i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];
		const struct lot *lot = NULL;
		struct lot *given =
			&redemption->taken[redemption->taken_count + redemption->given_count];

		if (delta->amount > 0)
			lot = lot_find(
				engine->programme, posting->member, posting->id, delta->unit);
		if (!lot)
			continue;
		if (!lot_copy(members_slab(engine->members), lot, given)) {
			engine_memory(engine);
			return;
		}
		given->left = delta->amount;
		redemption->given_count++;
	}
}

void
touch_posting_clocks(struct engine *engine, const struct posting *posting)
{
	const struct programme *programme = engine->programme;

	for (int i = 0; i < programme->clock_count; i++) {
		const struct trigger *trigger = &programme->clocks[i].trigger;

		if ((trigger->kind == TRIGGER_REWARD && trigger->index == posting->rule_index) ||
			(trigger->kind == TRIGGER_FACT &&
				posting_carries_out(posting, trigger->fact)))
			clock_move(engine, posting->member, i, posting->at);
	}
	if (programme->clock_count && programme->moment_count)
		schedule_refresh(engine, posting->member);
}

void
apply_redeemed(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	const struct programme *programme = engine->programme;
	struct past_fact *past = past_redeem(cause);
	bool first = past && !past->redemption;
	uint64_t counted;

	if (first)
		remember_redemption(engine, cause, posting, past);
	else if (!past && sale_behind(engine, cause, posting))
		engine->paid = new_redemption(engine, posting);
	apply_rooms(engine, posting->member, posting->rooms);
	take_lots(engine, posting, false);
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];

		/* What a reward gives is a redeemed posting of that unit, too. */
		if (delta->amount)
			touch_activity(engine, posting->member, delta->unit, posting->at);
		if (delta->amount > 0 && makes_lots(engine, delta->unit))
			make_lot(engine, posting, delta, -1);
	}
	if (first && past->redemption)
		remember_given(engine, posting, past->redemption);
	if (programme->clock_count)
		touch_posting_clocks(engine, posting);
	counted = engine->has_history ? count_history(engine, cause, posting) : 0;
	if (past)
		past_count_history(past, counted);
}

/* What a lot is called now that a redemption took from. */
static bool
was_called(struct engine *engine, const struct redemption *redemption, const struct lot *taken,
	struct slice name)
{
	struct member *member;

	if (!engine->has_merges)
		return lot_is_called(engine->programme, taken, name);
	member = members_at(engine->members, redemption->member);
	if (merged_root(member) == member)
		return lot_is_called(engine->programme, taken, name);
	return slice_equal(merged_lot_name(engine, member, lot_name(engine, taken)), name);
}

/* A lot that a redemption took from, and its number now. */
struct taken_lot {
	const struct lot *lot; /* NULL: none */
	uint32_t number;
};

static struct taken_lot
taken_in(struct engine *engine, const struct redemption *redemption, const struct lot_delta *delta)
{
	for (uint32_t i = 0; redemption && i < redemption->taken_count; i++) {
		const struct lot *lot = &redemption->taken[i];

		if (lot->unit == delta->unit && was_called(engine, redemption, lot, delta->lot))
			return (struct taken_lot){ lot,
				merged_lot_number(members_at(engine->members, redemption->member),
					lot->number) };
	}
	return (struct taken_lot){ NULL, LOT_NUMBER_UNKNOWN };
}

/* Redemptions of the member that are remembered under their keys, one after the other. */
struct redemptions {
	struct member *member, *key;
	uint32_t keys; /* how many came before */
	const struct past_fact *past;
};

static const struct redemption *
next_redemption(const struct engine *engine, struct redemptions *at)
{
	while (at->key) {
		at->past = past_next(at->key, at->past);
		if (!at->past)
			at->key = merged_key(at->member, ++at->keys);
		else if (at->past->type == FACT_REDEEM && at->past->redemption &&
			 past_matters(engine->past, at->key, at->past))
			return at->past->redemption;
	}
	return NULL;
}

/* What any of the member's redemptions took of a lot, or what was paid for a voucher. */
static struct taken_lot
taken_by_any(
	struct engine *engine, struct member *member, const struct lot_delta *delta, instant now)
{
	const struct member_more *more = member->more;
	struct redemptions at = { .member = member, .key = member };
	const struct redemption *redemption;
	struct taken_lot taken = taken_in(engine, NULL, delta);

	while (!taken.lot && (redemption = next_redemption(engine, &at)))
		taken = taken_in(engine, redemption, delta);
	for (uint32_t i = 0; more && i < more->voucher_count && !taken.lot; i++)
		if (more->vouchers[i].origin &&
			voucher_matters(engine->programme, &more->vouchers[i], now))
			taken = taken_in(engine, more->vouchers[i].origin->paid, delta);
	return taken;
}

static bool
took_from(struct engine *engine, const struct redemption *redemption, struct slice name)
{
	for (uint32_t i = 0; i < redemption->taken_count; i++)
		if (was_called(engine, redemption, &redemption->taken[i], name))
			return true;
	return false;
}

bool
redemptions_took(
	struct engine *engine, struct member *member, struct slice name, struct lot_call call)
{
	/* Those of merged members took from lots that had other names. */
	bool merged = engine->has_merges && merged_key(member, 1);
	struct redemptions at = { .member = member, .key = member };
	const struct redemption *redemption;

	if (!gives_back(engine) || (!merged && !taken_names_have(member, call)))
		return false;
	while ((redemption = next_redemption(engine, &at)))
		if (took_from(engine, redemption, name))
			return true;
	return false;
}

/* What was paid for a voucher that came of the sale which a return or cancel is about. */
static struct taken_lot
taken_for_sale(struct engine *engine, struct member *member, const struct fact *root,
	const struct lot_delta *delta, instant now)
{
	struct member *key;
	const struct past_fact *sale = root ? returns_sale(engine, root, &key) : NULL;
	const struct voucher *voucher = NULL;
	struct taken_lot taken = taken_in(engine, NULL, delta);
	struct voucher_search search = { .by = BY_SALE, .now = now };

	if (!sale)
		return taken;
	search.key = key->index;
	search.number = sale->number;
	while (!taken.lot && (voucher = voucher_next(engine, member, &search, voucher)))
		taken = taken_in(engine, voucher->origin->paid, delta);
	return taken;
}

/* What was taken of a lot by the redemption that is cancelled, or by any of the member's. */
static struct taken_lot
taken_from(struct engine *engine, struct member *member, const struct fact *root,
	const struct lot_delta *delta, instant now)
{
	struct member *key;
	const struct past_fact *past = root ? past_of(engine, root, &key) : NULL;
	struct taken_lot taken;

	if (past && past->type == FACT_REDEEM)
		return taken_in(engine, past->redemption, delta);
	taken = taken_for_sale(engine, member, root, delta, now);
	return taken.lot ? taken : taken_by_any(engine, member, delta, now);
}

/* What a cancelled return had given back. */
static void
take_restored(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	for (int i = 0; i < posting->lot_count; i++)
		if (posting->lots[i].amount < 0)
			take_back(engine, posting->member, &posting->lots[i]);
	for (int i = 0; posting->lot_count == 0 && i < posting->unit_count; i++)
		if (posting->units[i].amount < 0 && makes_lots(engine, posting->units[i].unit))
			take_adjustment(engine, posting->member, posting->units[i].unit,
				-posting->units[i].amount, cause->judged);
}

void
apply_restored(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	take_restored(engine, cause, posting);
	for (int i = 0; i < posting->lot_count; i++) {
		const struct lot_delta *delta = &posting->lots[i];
		struct taken_lot taken;
		struct lot like = { .earned = posting->at,
			.until = INSTANT_BY_RULE,
			.rule = -1,
			.unit = (uint8_t)delta->unit };

		if (delta->amount <= 0)
			continue;
		taken = taken_from(engine, posting->member, cause->root, delta, posting->at);
		if (taken.lot)
			like = *taken.lot;
		like.number = taken.number;
		give_back(engine, posting->member, delta, &like,
			taken.lot ? lot_usable(taken.lot) : INSTANT_ALWAYS);
	}
	if (posting->share)
		apply_share_restored(engine, posting);
	if (posting->lot_count)
		return;
	for (int i = 0; i < posting->unit_count; i++)
		if (posting->units[i].amount > 0 && makes_lots(engine, posting->units[i].unit))
			make_lot(engine, posting, &posting->units[i], -1);
}

void
apply_issued(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct member_more *more = more_of(engine, posting->member);
	struct past_fact *past = past_redeem(cause);
	const struct past_fact *sale = sale_behind(engine, cause, posting);
	const struct worth *worth = posting->worth;
	struct voucher *voucher;

	if (!more)
		return;
	if (past && !past->redemption)
		remember_redemption(engine, cause, posting, past);
	apply_rooms(engine, posting->member, posting->rooms);
	voucher = voucher_add(engine, more, posting->at);
	if (!voucher) {
		engine_memory(engine);
		return;
	}
	*voucher = (struct voucher){
		.id = copy_text(engine, posting->id),
		.id_size = (uint32_t)posting->id.size,
		.reward = (int16_t)posting->rule_index,
		.given = (int16_t)worth->reward,
		.usable = posting->usable,
		.until = posting->has_until ? posting->until : INSTANT_NEVER,
		.over = INSTANT_NEVER,
		.cause = copy_text(engine, cause->id),
		.cause_key = cause->key->index,
		.qty = worth->qty,
		.off = worth->off,
		.percent = worth->percent,
		.up_to = worth->up_to,
		.origin = sale ? new_origin(engine, cause, posting, sale) : NULL,
	};
	schedule_at(engine, posting->member, voucher->until);
	if (engine->programme->clock_count)
		touch_posting_clocks(engine, posting);
}

static void
use_voucher(const struct cause *cause, struct member *member, struct voucher *voucher)
{
	const struct past_fact *past = cause->fact ? cause->fact->past : NULL;

	if (past)
		voucher_use(member, voucher, cause->key, past->number);
	else
		voucher->state = VOUCHER_USED;
}

void
close_voucher(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct voucher *voucher =
		voucher_find(engine, posting->member, posting->voucher, posting->at);

	if (!voucher) {
		engine_fail(
			engine, LOYALTY_CORRUPT, "voucher", "names a voucher that is not there");
		return;
	}
	if (posting->type == POSTING_USED) {
		use_voucher(cause, posting->member, voucher);
	} else {
		voucher->state = posting->type == POSTING_VOIDED ? VOUCHER_VOID : VOUCHER_EXPIRED;
	}
	voucher->over = posting->at;
}

void
reopen_vouchers(struct engine *engine, const struct fact *cancel, const struct past_fact *sale,
	const struct member *key)
{
	const struct voucher_search search = {
		.by = BY_USE, .key = key->index, .number = sale->number, .now = cancel->at
	};
	struct member *member = cancel->member;
	struct voucher *voucher = NULL;

	while ((voucher = voucher_next(engine, member, &search, voucher))) {
		voucher_reopen(member, voucher);
		member->look_at_ends = true;
		schedule_at(engine, member, voucher->until);
	}
}

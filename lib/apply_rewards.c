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
apply_cancelled_redemption(struct engine *engine, struct member *member, struct past_fact *past)
{
	const struct redemption *redemption = past->redemption;

	past->cancelled = true;
	uncount_history(engine, member, past);
	for (uint32_t i = 0; i < redemption->room_count; i++) {
		const struct room_used *room = &redemption->rooms[i];

		apply_tally(engine, member_now(engine, members_at(engine->members, room->member)),
			(int)room->counter, room->by, room->window, -room->amount);
	}
}

/* What a cancel of the redemption would have to give back. */
static void
remember_redemption(struct engine *engine, const struct posting *posting, struct past_fact *past)
{
	uint32_t lots = engine->keeps_lots ? (uint32_t)posting->lot_count : 0;
	struct slab *slab = past_slab(engine->past);
	struct redemption *redemption = slab_take(slab, redemption_size(lots));

	if (!redemption) {
		engine_memory(engine);
		return;
	}
	*redemption = (struct redemption){
		.reward = posting->rule_index, .member = posting->member->index, .taken_room = lots
	};
	past->redemption = redemption;
	for (uint32_t i = 0; i < lots; i++) {
		const struct lot_delta *delta = &posting->lots[i];
		const struct lot *lot = lot_find_delta(engine->programme, posting->member, delta);
		struct lot *taken = &redemption->taken[redemption->taken_count];

		if (!lot)
			continue;
		if (!lot_copy(slab, lot, taken)) {
			engine_memory(engine);
			return;
		}
		taken->left = -delta->amount;
		redemption->taken_count++;
	}
	note_redemption_rooms(engine, posting, redemption);
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
	uint64_t counted;

	if (past && !past->redemption)
		remember_redemption(engine, posting, past);
	apply_rooms(engine, posting->member, posting->rooms);
	take_lots(engine, posting, false);
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];

		if (delta->amount < 0)
			touch_activity(engine, posting->member, delta->unit, posting->at);
		else if (delta->amount > 0 && makes_lots(engine, delta->unit))
			make_lot(engine, posting, delta, -1);
	}
	if (programme->clock_count)
		touch_posting_clocks(engine, posting);
	counted = engine->has_history ? count_history(engine, cause, posting) : 0;
	if (past)
		past_count_history(past, counted);
}

/* Whether a name is what a lot is called now that a redemption took from. */
static bool
was_called(struct engine *engine, const struct redemption *redemption, const struct lot *taken,
	struct slice name)
{
	const struct member *member = members_at(engine->members, redemption->member);

	if (member_now(engine, members_at(engine->members, redemption->member)) == member)
		return lot_is_called(engine->programme, taken, name);
	return slice_equal(merged_lot_name(engine, member, lot_name(engine, taken)), name);
}

void
apply_restored(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct member *key;
	struct past_fact *past = cause->root ? past_of(engine, cause->root, &key) : NULL;
	const struct redemption *redemption =
		past && past->type == FACT_REDEEM ? past->redemption : NULL;

	for (int i = 0; i < posting->lot_count; i++) {
		const struct lot_delta *delta = &posting->lots[i];
		instant usable = INSTANT_ALWAYS;
		struct lot like = { .earned = posting->at,
			.until = INSTANT_BY_RULE,
			.rule = -1,
			.unit = (uint8_t)delta->unit,
			.number = LOT_NUMBER_UNKNOWN };

		for (uint32_t j = 0; redemption && j < redemption->taken_count; j++) {
			const struct lot *taken = &redemption->taken[j];

			if (taken->unit != delta->unit ||
				!was_called(engine, redemption, taken, delta->lot))
				continue;
			like = *taken;
			usable = lot_usable(taken);
			if (redemption->member != posting->member->index)
				like.number = LOT_NUMBER_UNKNOWN;
		}
		give_back(engine, posting->member, delta, &like, usable);
	}
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
	struct voucher *voucher;

	if (!more)
		return;
	if (past && !past->redemption)
		remember_redemption(engine, posting, past);
	apply_rooms(engine, posting->member, posting->rooms);
	if (more->voucher_count == more->voucher_capacity) {
		uint32_t capacity = more->voucher_capacity ? more->voucher_capacity * 2 : 2;
		struct voucher *vouchers = realloc(more->vouchers, capacity * sizeof(*vouchers));

		if (!vouchers) {
			engine_memory(engine);
			return;
		}
		more->vouchers = vouchers;
		more->voucher_capacity = capacity;
	}
	voucher = &more->vouchers[more->voucher_count++];
	*voucher = (struct voucher){
		.id = copy_text(engine, posting->id),
		.id_size = (uint32_t)posting->id.size,
		.reward = (int16_t)posting->rule_index,
		.given = (int16_t)posting->worth.reward,
		.usable = posting->usable,
		.until = posting->has_until ? posting->until : INSTANT_NEVER,
		.cause = copy_text(engine, cause->id),
		.cause_key = cause->key->index,
		.qty = posting->worth.qty,
		.off = posting->worth.off,
		.percent = posting->worth.percent,
		.up_to = posting->worth.up_to,
	};
	schedule_at(engine, posting->member, voucher->until);
	if (engine->programme->clock_count)
		touch_posting_clocks(engine, posting);
}

/* Merged members may have had vouchers of one name: the open one that ends first. */
struct voucher *
voucher_find(struct member *member, struct slice id)
{
	struct voucher *found = NULL;

	for (uint32_t i = 0; member->more && i < member->more->voucher_count; i++) {
		struct voucher *voucher = &member->more->vouchers[i];

		if (!slice_equal((struct slice){ voucher->id, voucher->id_size }, id))
			continue;
		if (!found ||
			(voucher->state == VOUCHER_OPEN &&
				(found->state != VOUCHER_OPEN || voucher->until < found->until)))
			found = voucher;
	}
	return found;
}

void
close_voucher(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct voucher *voucher = voucher_find(posting->member, posting->voucher);

	if (!voucher) {
		engine_fail(
			engine, LOYALTY_CORRUPT, "voucher", "names a voucher that is not there");
		return;
	}
	if (posting->type == POSTING_USED) {
		voucher->state = VOUCHER_USED;
		voucher->used_by = copy_text(engine, cause->id);
		voucher->used_key = cause->key->index;
	} else {
		voucher->state = posting->type == POSTING_VOIDED ? VOUCHER_VOID : VOUCHER_EXPIRED;
	}
}

void
reopen_vouchers(struct engine *engine, const struct fact *fact, const struct member *key)
{
	struct member *member = fact->member;

	for (uint32_t i = 0; member->more && i < member->more->voucher_count; i++) {
		struct voucher *voucher = &member->more->vouchers[i];

		if (voucher->state != VOUCHER_USED || voucher->used_key != key->index ||
			!slice_equal(slice_of(voucher->used_by), fact->of))
			continue;
		voucher->state = VOUCHER_OPEN;
		free(voucher->used_by);
		voucher->used_by = NULL;
		member->look_at_ends = true;
		schedule_at(engine, member, voucher->until);
	}
}

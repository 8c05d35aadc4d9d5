/*
 * apply_merge.c - the part of apply.c for a merge: everything of a member but lots and debt,
 * which go with postings, becomes another's.
 */
#include <stdlib.h>

#include "apply.h"
#include "clocks.h"
#include "fractions.h"
#include "merged.h"
#include "ratio.h"
#include "reach.h"
#include "replay.h"
#include "schedule.h"
#include "tally.h"
#include "tier.h"
#include "voucher_index.h"

/* ---- counters ------------------------------------------------------------ */

/* Counts a tally anew: a window at its last instant that has come, for it may have moved. */
static void
count_again(struct engine *engine, struct member *member, const struct tally *tally, instant now)
{
	const struct queue *queue;

	if (!tally->rolls) {
		instant last = tally->end <= now ? tally->end - 1 : now;

		apply_tally(engine, member, (int)tally->counter, tally->by, last, tally->value);
		return;
	}
	queue = tally->queue;
	for (uint32_t i = 0; queue && i < queue->count; i++) {
		const struct happening *item = &queue->items[queue->head + i];

		apply_tally(engine, member, (int)tally->counter, tally->by, item->at, item->value);
	}
}

/* Takes a member's tallies away and counts them for another, or for them anew. */
static void
move_tallies(struct engine *engine, struct member *from, struct member *to, instant now)
{
	struct slab *slab = members_slab(engine->members);
	struct tally *tallies = from->tallies;
	uint32_t count = from->tally_count;
	uint32_t capacity = from->tally_capacity;

	from->tallies = NULL;
	from->tally_count = from->tally_capacity = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!tally_is_stale(engine->programme, from, &tallies[i]))
			count_again(engine, to, &tallies[i], now);
		if (tallies[i].rolls && tallies[i].queue)
			free(tallies[i].queue->items);
		if (tallies[i].rolls)
			free(tallies[i].queue);
	}
	slab_give(slab, tallies, capacity * sizeof(*tallies));
}

static void
move_carry(struct engine *engine, const struct carry *carry, struct member_more *to)
{
	struct carry *carries;
	struct ratio sum;

	for (uint32_t i = 0; i < to->carry_count; i++) {
		struct carry *same = &to->carries[i];

		if (same->rule != carry->rule || same->unit != carry->unit)
			continue;
		if (!ratio_add(ratio_of(same->num, same->den), ratio_of(carry->num, carry->den),
			    &sum) ||
			narrow_overflows(sum.num, &same->num) ||
			narrow_overflows(sum.den, &same->den))
			engine_overflow(engine, "what rounding left over");
		return;
	}
	carries = realloc(to->carries, (to->carry_count + 1) * sizeof(*carries));
	if (!carries) {
		engine_memory(engine);
		return;
	}
	to->carries = carries;
	carries[to->carry_count++] = *carry;
}

static void
move_fractions(struct engine *engine, struct member_more *from, struct member *to)
{
	for (uint32_t i = 0; i < from->fraction_count; i++) {
		const struct fraction *fraction = &from->fractions[i];

		if (!fraction_add(engine->programme, to, (int)fraction->counter, fraction->by,
			    fraction->at, ratio_of(fraction->num, fraction->den)))
			engine_memory(engine);
	}
	from->fraction_count = 0;
}

/* ---- everything else ---------------------------------------------------------------- */

/* Room for some more of items of a size. false: out of memory. */
static bool
grow(struct engine *engine, void **items, size_t count, size_t size)
{
	void *grown = realloc(*items, count * size + 1);

	if (!grown) {
		engine_memory(engine);
		return false;
	}
	*items = grown;
	return true;
}

static void
move_vouchers(struct engine *engine, struct member_more *from, struct member_more *to, instant now)
{
	vouchers_drop(engine, from, now);
	for (uint32_t i = 0; i < from->voucher_count; i++) {
		struct voucher *voucher = voucher_add(engine, to, now);

		if (!voucher) {
			engine_memory(engine);
			return;
		}
		*voucher = from->vouchers[i];
		from->vouchers[i] = (struct voucher){ .id = NULL };
	}
	from->voucher_count = 0;
	voucher_index_free(from->voucher_index);
	from->voucher_index = NULL;
}

static void
move_marks(struct engine *engine, struct member *merged, struct member *to)
{
	struct member_more *from = merged->more;
	uint32_t before = to->more->marks_had;

	from->merged->marks = before;
	to->more->marks_had += from->marks_had;
	for (uint32_t i = 0; i < from->mark_count; i++) {
		struct reach_mark mark = from->marks[i];

		mark.number += before;
		if (reach_matters(merged, &mark) && !reach_put(engine->programme, to, &mark))
			engine_memory(engine);
	}
	from->mark_count = from->marks_had = 0;
}

/* What the member does not know of themself. */
static void
move_profile(struct engine *engine, const struct member *from, struct member *to)
{
	const struct member_more *more = from->more;

	if (!to->birth_month) {
		to->birth_month = from->birth_month;
		to->birth_day = from->birth_day;
	}
	if (!to->referrer)
		to->referrer = from->referrer;
	for (int i = 0; i < engine->programme->attribute_count; i++) {
		struct attribute_value *value = &to->more->attributes[i];

		if (value->kind != VALUE_ABSENT)
			continue;
		free(value->text);
		*value = more->attributes[i];
		more->attributes[i] = (struct attribute_value){ .kind = VALUE_ABSENT };
	}
	if (from->seen < to->seen)
		to->seen = from->seen;
	if (from->enrolled < to->enrolled)
		to->enrolled = from->enrolled;
}

/* Nobody refers themself, by whatever key of theirs. */
static void
forget_own_referral(struct engine *engine, struct member *member)
{
	const struct programme *programme = engine->programme;

	if (!member->referrer ||
		member_now(engine, members_at(engine->members, member->referrer - 1)) != member)
		return;
	member->referrer = 0;
	for (int i = 0; i < programme->attribute_count; i++) {
		struct attribute_value *value = &member->more->attributes[i];

		if (programme->attributes[i].column != FIELD_REFERRER)
			continue;
		free(value->text);
		*value = (struct attribute_value){ .kind = VALUE_ABSENT };
	}
}

/* Facts stay under the keys that they have; all of the keys are the member's now. */
static void
move_keys(struct engine *engine, struct member *from, struct member *to)
{
	struct merged *of = from->more->merged;
	struct merged *into = to->more->merged;
	void *keys = into->keys;

	if (!grow(engine, &keys, into->key_count + of->key_count + 1, sizeof(*into->keys)))
		return;
	into->keys = keys;
	into->keys[into->key_count++] = from;
	for (uint32_t i = 0; i < of->key_count; i++)
		into->keys[into->key_count++] = of->keys[i];
	of->into = to;
	of->key_count = 0;
	engine->has_merges = true;
}

void
merge_members(struct engine *engine, struct cause *cause)
{
	struct member *from = cause->member;
	struct member *to = engine_named_member(engine, cause->fact, from);

	if (!to) {
		engine_fail(engine, LOYALTY_CORRUPT, "into", "a merge that should be refused");
		return;
	}
	if (!member_merged(engine->programme, from) || !member_merged(engine->programme, to)) {
		engine_memory(engine);
		return;
	}
	clocks_merge(engine, from, to);
	move_profile(engine, from, to);
	/* Windows of their own may have moved with the enrolment. */
	move_tallies(engine, to, to, cause->at);
	move_tallies(engine, from, to, cause->at);
	for (uint32_t i = 0; i < from->more->carry_count; i++)
		move_carry(engine, &from->more->carries[i], to->more);
	from->more->carry_count = 0;
	move_fractions(engine, from->more, to);
	move_vouchers(engine, from->more, to->more, cause->at);
	move_marks(engine, from, to);
	tier_merge(engine, from, to);
	to->more->fresh_earned |= from->more->fresh_earned;
	to->more->fresh_touched |= from->more->fresh_touched;
	replay_move_names(engine, from, to, cause->at);
	move_keys(engine, from, to);
	forget_own_referral(engine, to);
	/* Nothing happens to who was merged any more. */
	from->left = true;
	to->look_at_ends = true;
	schedule_refresh(engine, from);
	schedule_refresh(engine, to);
	cause->member = to;
	engine->group_touched = UINT64_MAX;
}

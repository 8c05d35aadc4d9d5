/*
 * expire.c - the last decider: lots and vouchers whose end has come, and what is forfeited.
 */
#include "lots.h"

/* Which lots a posting ends. */
typedef bool lot_test(
	struct engine *engine, const struct cause *cause, const struct lot *lot, uint64_t units);

static bool
is_dead(struct engine *engine, const struct cause *cause, const struct lot *lot, uint64_t units)
{
	(void)units;
	return lot->left > 0 && !lot->gone &&
	       lot_end(engine, cause->member, lot) <= lots_ended_by(engine, cause->judged);
}

/* Whole, pending lots included. */
static bool
is_forfeit(struct engine *engine, const struct cause *cause, const struct lot *lot, uint64_t units)
{
	return lot->left > 0 && !lot->gone && (units >> lot->unit & 1) &&
	       !is_dead(engine, cause, lot, units);
}

static int
count_lots(struct engine *engine, const struct cause *cause, lot_test *ends, uint64_t units)
{
	int count = 0;

	for (uint32_t i = 0; i < cause->member->lot_count; i++)
		if (ends(engine, cause, &cause->member->lots[i], units))
			count++;
	return count;
}

/* One posting for all lots that a test picks, in the order in which they were made. */
static void
end_lots(struct engine *engine, const struct cause *cause, enum record_type type, struct slice rule,
	lot_test *ends, uint64_t units)
{
	struct member *member = cause->member;
	int unit_count = engine->programme->unit_count;
	int count = count_lots(engine, cause, ends, units);
	struct posting *posting;

	if (count == 0)
		return;
	posting = engine_posting(engine, cause, type, member, rule, -1);
	posting->lots = scratch_take(&engine->scratch, (size_t)count * sizeof(*posting->lots));
	if (!posting->lots || !posting_units(engine, posting, unit_count)) {
		engine_memory(engine);
		return;
	}
	for (int unit = 0; unit < unit_count; unit++)
		posting->units[unit].unit = unit;
	for (uint32_t i = 0; i < member->lot_count; i++) {
		const struct lot *lot = &member->lots[i];

		if (!ends(engine, cause, lot, units))
			continue;
		posting->lots[posting->lot_count++] = lot_delta_of(engine, member, lot, -lot->left);
		if (add_overflows(posting->units[lot->unit].amount, -lot->left,
			    &posting->units[lot->unit].amount))
			engine_overflow(engine, "what expires");
	}
	engine_post(engine, cause, posting);
}

static void
expire_vouchers(struct engine *engine, const struct cause *cause)
{
	const struct member_more *more = cause->member->more;

	for (uint32_t i = 0; more && i < more->voucher_count; i++) {
		const struct voucher *voucher = &more->vouchers[i];
		struct posting *posting;

		if (voucher->state != VOUCHER_OPEN || voucher->until > cause->judged)
			continue;
		posting = engine_posting(engine, cause, POSTING_EXPIRED, cause->member,
			engine->programme->rewards[voucher->reward].id, voucher->reward);
		posting->voucher = (struct slice){ voucher->id, voucher->id_size };
		engine_post(engine, cause, posting);
	}
}

static void
forfeit_on_falling(struct engine *engine, const struct cause *cause)
{
	const struct programme *programme = engine->programme;

	for (int i = 0; i < programme->ladder_count; i++) {
		const struct ladder *ladder = &programme->ladders[i];
		uint64_t units = 0;

		if (!(engine->group_fallen >> i & 1))
			continue;
		for (int j = 0; j < ladder->forfeit.count; j++)
			units |= UINT64_C(1) << ladder->forfeit.items[j];
		end_lots(engine, cause, POSTING_FORFEITED, ladder->id, is_forfeit, units);
	}
}

/* `rest: lost`: what remains of the cost's units. */
static void
forfeit_rest(struct engine *engine, const struct cause *cause)
{
	const struct reward *reward = engine->rest_lost;
	uint64_t units = 0;

	if (!reward)
		return;
	for (int i = 0; i < reward->cost.count; i++)
		units |= UINT64_C(1) << reward->cost.items[i].unit;
	end_lots(engine, cause, POSTING_FORFEITED, reward->id, is_forfeit, units);
}

void
expire_decide(struct engine *engine, struct cause *cause)
{
	bool leaves = cause->fact && cause->fact->type == FACT_LEAVE &&
		      !engine->programme->policy.leave_keeps;

	if (leaves)
		end_lots(engine, cause, POSTING_FORFEITED, SLICE("leave"), is_forfeit, UINT64_MAX);
	forfeit_on_falling(engine, cause);
	forfeit_rest(engine, cause);
	if (cause->slot != SLOT_EXPIRE && !cause->member->look_at_ends)
		return;
	cause->member->look_at_ends = false;
	end_lots(engine, cause, POSTING_EXPIRED, SLICE("expire"), is_dead, 0);
	expire_vouchers(engine, cause);
}

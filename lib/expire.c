/*
 * expire.c - the last decider: lots and vouchers whose end has come, and what is forfeited.
 */
#include "lots.h"
#include "voucher_index.h"

/* What is forfeited: whole units, or what remains of buckets. */
struct forfeit {
	uint64_t units;
	int reward; /* whose rests; -1: none */
};

/* Which lots a posting ends. */
typedef bool lot_test(struct engine *engine, const struct cause *cause, const struct lot *lot,
	struct forfeit forfeit);

static bool
is_dead(struct engine *engine, const struct cause *cause, const struct lot *lot,
	struct forfeit forfeit)
{
	(void)forfeit;
	return lot->left > 0 && !lot->gone &&
	       lot_end(engine, cause->member, lot) <= lots_ended_by(engine, cause->judged);
}

static bool
is_rest(struct engine *engine, const struct cause *cause, const struct lot *lot, int reward)
{
	for (const struct lost_rest *rest = engine->rests; rest; rest = rest->next)
		if (rest->reward == reward && rest->unit == lot->unit &&
			rest->bucket == lot_bucket(engine, cause->member, lot))
			return true;
	return false;
}

/* Whole, pending lots included. */
static bool
is_forfeit(struct engine *engine, const struct cause *cause, const struct lot *lot,
	struct forfeit forfeit)
{
	return lot->left > 0 && !lot->gone &&
	       ((forfeit.units >> lot->unit & 1) ||
		       (forfeit.reward >= 0 && is_rest(engine, cause, lot, forfeit.reward))) &&
	       !is_dead(engine, cause, lot, forfeit);
}

/* The places of the lots that a test picks, from scratch; *count of them. */
static uint32_t *
find_lots(struct engine *engine, const struct cause *cause, lot_test *ends, struct forfeit forfeit,
	uint32_t *count)
{
	const struct member *member = cause->member;
	uint32_t *places = scratch_take(&engine->scratch, member->lot_count * sizeof(*places));

	*count = 0;
	if (!places)
		engine_memory(engine);
	for (uint32_t i = 0; places && i < member->lot_count; i++)
		if (ends(engine, cause, &member->lots[i], forfeit))
			places[(*count)++] = i;
	return places;
}

/* One posting for all lots that a test picks, in the order in which they were made. */
static void
end_lots(struct engine *engine, const struct cause *cause, enum record_type type, struct slice rule,
	lot_test *ends, struct forfeit forfeit)
{
	struct member *member = cause->member;
	int unit_count = engine->programme->unit_count;
	uint32_t count;
	const uint32_t *places = find_lots(engine, cause, ends, forfeit, &count);
	struct posting *posting;

	if (count == 0)
		return;
	posting = engine_posting(engine, cause, type, member, rule, -1);
	posting->lots = scratch_take(&engine->scratch, count * sizeof(*posting->lots));
	if (!posting->lots || !posting_units(engine, posting, unit_count)) {
		engine_memory(engine);
		return;
	}
	for (int unit = 0; unit < unit_count; unit++)
		posting->units[unit].unit = unit;
	for (uint32_t i = 0; i < count; i++) {
		const struct lot *lot = &member->lots[places[i]];

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
	uint32_t count;
	const uint32_t *ended = vouchers_ended(engine, cause->member, cause->judged, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct voucher *voucher = &cause->member->more->vouchers[ended[i]];
		struct posting *posting;

		/* The end of another that is called the same may have been this one's. */
		if (voucher->state != VOUCHER_OPEN)
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
		end_lots(engine, cause, POSTING_FORFEITED, ladder->id, is_forfeit,
			(struct forfeit){ units, -1 });
	}
}

/* `rest: lost`: what remains of the cost's units, of buckets what remains of those that paid. */
static void
forfeit_rests(struct engine *engine, const struct cause *cause)
{
	const struct lost_rest *earlier;

	for (const struct lost_rest *rest = engine->rests; rest; rest = rest->next) {
		for (earlier = engine->rests; earlier != rest; earlier = earlier->next)
			if (earlier->reward == rest->reward)
				break;
		if (earlier == rest)
			end_lots(engine, cause, POSTING_FORFEITED,
				engine->programme->rewards[rest->reward].id, is_forfeit,
				(struct forfeit){ 0, rest->reward });
	}
}

static bool
forfeits_all(const struct engine *engine, const struct cause *cause)
{
	return cause->fact && cause->fact->type == FACT_LEAVE &&
	       !engine->programme->policy.leave_keeps;
}

static void
forfeit(struct engine *engine, const struct cause *cause)
{
	if (forfeits_all(engine, cause))
		end_lots(engine, cause, POSTING_FORFEITED, SLICE("leave"), is_forfeit,
			(struct forfeit){ UINT64_MAX, -1 });
	if (engine->group_fallen)
		forfeit_on_falling(engine, cause);
	if (engine->rests)
		forfeit_rests(engine, cause);
}

static void
expire(struct engine *engine, const struct cause *cause)
{
	cause->member->look_at_ends = false;
	end_lots(engine, cause, POSTING_EXPIRED, SLICE("expire"), is_dead,
		(struct forfeit){ 0, -1 });
	expire_vouchers(engine, cause);
}

void
expire_decide(struct engine *engine, struct cause *cause)
{
	if (engine->group_fallen || engine->rests || forfeits_all(engine, cause))
		forfeit(engine, cause);
	if (cause->slot == SLOT_EXPIRE || cause->member->look_at_ends)
		expire(engine, cause);
}

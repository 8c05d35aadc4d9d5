/*
 * payment.c - paying with lots, in the programme's order.
 */
#include "lots.h"
#include "redeem.h"

static bool
is_named(const struct engine *engine, instant bucket, const struct fact *named)
{
	return !named || zone_day(engine->programme->zone, bucket) == named->bucket;
}

/*
 * The first bucket (in the order of its first lot) that can pay an amount alone, or the
 * best one where amount is 0; *best is what it has. INSTANT_ALWAYS: there is none. named:
 * the redeem that names its bucket, or NULL.
 */
static instant
find_bucket(struct engine *engine, struct member *member, const uint32_t *order, uint32_t count,
	int64_t amount, const struct fact *named, int64_t *best)
{
	instant found = INSTANT_ALWAYS;

	*best = 0;
	for (uint32_t i = 0; i < count; i++) {
		instant bucket = lot_bucket(engine, member, &member->lots[order[i]]);
		int64_t has = 0;

		if (!is_named(engine, bucket, named))
			continue;
		for (uint32_t j = 0; j < count; j++)
			if (lot_bucket(engine, member, &member->lots[order[j]]) == bucket &&
				add_overflows(has, member->lots[order[j]].left, &has))
				engine_overflow(engine, "the balance");
		if (has > *best) {
			*best = has;
			found = bucket;
		}
		if (amount > 0 && has >= amount)
			return bucket;
	}
	return found;
}

int64_t
payable(struct engine *engine, const struct cause *cause, int unit)
{
	return payable_from(engine, cause, unit, NULL);
}

int64_t
payable_from(struct engine *engine, const struct cause *cause, int unit, const struct fact *named)
{
	struct member *member = cause->member;
	int64_t balance = usable_balance(engine, member, unit, cause->judged);
	uint32_t count;
	uint32_t *order;
	int64_t best;

	if (!engine->programme->units[unit].has_bucket)
		return balance;
	order = lots_in_order(engine, member, unit, cause->judged, &count);
	find_bucket(engine, member, order, count, 0, named, &best);
	return best < balance ? best : balance;
}

bool
payment_room(struct engine *engine, const struct cause *cause, struct posting *posting, int units)
{
	size_t lots = (size_t)cause->member->lot_count + (size_t)units;

	if (!posting_units(engine, posting, units))
		return false;
	posting->unit_count = 0;
	posting->lots = scratch_take(&engine->scratch, lots * sizeof(*posting->lots));
	if (!posting->lots)
		engine_memory(engine);
	return posting->lots != NULL;
}

void
pay(struct engine *engine, const struct cause *cause, struct posting *posting, int unit,
	int64_t amount)
{
	pay_from(engine, cause, posting, unit, amount, NULL);
}

void
pay_from(struct engine *engine, const struct cause *cause, struct posting *posting, int unit,
	int64_t amount, const struct fact *named)
{
	struct member *member = cause->member;
	bool buckets = engine->programme->units[unit].has_bucket;
	instant bucket = INSTANT_ALWAYS;
	uint32_t count;
	uint32_t *order = lots_in_order(engine, member, unit, cause->judged, &count);
	int64_t best;

	if (amount == 0)
		return;
	posting->units[posting->unit_count++] =
		(struct unit_delta){ unit, -amount, INSTANT_ALWAYS, INSTANT_NEVER };
	if (buckets)
		bucket = find_bucket(engine, member, order, count, amount, named, &best);
	for (uint32_t i = 0; i < count && amount > 0; i++) {
		const struct lot *lot = &member->lots[order[i]];
		int64_t part = lot->left < amount ? lot->left : amount;

		if (buckets && lot_bucket(engine, member, lot) != bucket)
			continue;
		posting->lots[posting->lot_count++] = lot_delta_of(engine, member, lot, -part);
		amount -= part;
	}
}

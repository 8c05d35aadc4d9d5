/*
 * debts.c - what a member owes because something was taken back that was spent.
 */
#include "lots.h"
#include "redeem.h"

static const struct debt *
debt_of(const struct member *member, int unit)
{
	for (uint32_t i = 0; member->more && i < member->more->debt_count; i++)
		if (member->more->debts[i].unit == unit)
			return &member->more->debts[i];
	return NULL;
}

/* Lots that may pay a debt; under `debt` only those that came after it. */
static void
settle_unit(struct engine *engine, const struct cause *cause, int unit, struct posting *posting,
	int64_t *left)
{
	struct member *member = cause->member;
	const struct debt *debt = debt_of(member, unit);
	bool later_only = engine->programme->policy.overdrawn == OVERDRAWN_DEBT;
	int first = posting->lot_count;
	int64_t paid = 0;
	uint32_t count;
	uint32_t *order = lots_in_order(engine, member, unit, cause->judged, &count);

	posting->lot_count++; /* the debt stands before what pays it */
	for (uint32_t i = 0; i<count && * left> 0; i++) {
		const struct lot *lot = &member->lots[order[i]];
		int64_t part = lot->left < *left ? lot->left : *left;

		if (later_only && lot->number < debt->lots_before)
			continue;
		posting->lots[posting->lot_count++] = lot_delta_of(engine, member, lot, -part);
		*left -= part;
		paid += part;
	}
	if (paid)
		posting->lots[first] = (struct lot_delta){ DEBT_NAME, unit, paid, 0 };
	else
		posting->lot_count = first;
}

static bool
take_room(struct engine *engine, const struct cause *cause, struct posting *posting)
{
	size_t units = (size_t)engine->programme->unit_count;

	posting->lots = scratch_take(&engine->scratch,
		((size_t)cause->member->lot_count + units) * sizeof(*posting->lots));
	if (!posting->lots)
		engine_memory(engine);
	return posting->lots && posting_units(engine, posting, (int)units);
}

static void
waive_unit(struct posting *posting, int unit, int64_t amount)
{
	if (amount <= 0)
		return;
	posting->lots[posting->lot_count++] = (struct lot_delta){ DEBT_NAME, unit, amount, 0 };
	posting->units[posting->unit_count++] =
		(struct unit_delta){ unit, amount, INSTANT_ALWAYS, INSTANT_NEVER };
}

/* Ids are given in the order of the stream: settled before waived, only where they are posted. */
static void
post_if_any(struct engine *engine, const struct cause *cause, struct posting *posting,
	enum record_type type, struct slice rule)
{
	struct posting *posted;

	if (posting->lot_count == 0)
		return;
	posted = engine_posting(engine, cause, type, cause->member, rule, -1);
	posted->units = posting->units;
	posted->unit_count = posting->unit_count;
	posted->lots = posting->lots;
	posted->lot_count = posting->lot_count;
	engine_post(engine, cause, posted);
}

static void
settle_debts(struct engine *engine, struct cause *cause)
{
	const struct programme *programme = engine->programme;
	struct posting settled = { .lot_count = 0 };
	struct posting waived = { .lot_count = 0 };

	if (!take_room(engine, cause, &settled) || !take_room(engine, cause, &waived))
		return;
	settled.unit_count = waived.unit_count = 0;
	for (int unit = 0; unit < programme->unit_count; unit++) {
		const struct debt *debt = debt_of(cause->member, unit);
		int64_t gone, left;

		if (!debt)
			continue;
		gone = debt->to_waive < debt->amount ? debt->to_waive : debt->amount;
		left = debt->amount - gone;
		settle_unit(engine, cause, unit, &settled, &left);
		if (programme->policy.overdrawn == OVERDRAWN_WAIVED)
			gone += left;
		waive_unit(&waived, unit, gone);
	}
	post_if_any(engine, cause, &settled, POSTING_SETTLED, SLICE("settle"));
	post_if_any(engine, cause, &waived, POSTING_WAIVED, SLICE("waive"));
}

/* Most members owe nothing. */
void
debts_settle(struct engine *engine, struct cause *cause)
{
	if (cause->member->more && cause->member->more->debt_count)
		settle_debts(engine, cause);
}

/*
 * restore.c - what a return gives back of the redemptions that went with its sale
 * (policy.returns.restore: share).
 *
 * As with reversals the share is cumulative: of each unit that a redemption took, the part
 * of the sale that is back, rounded down, less what was given back before.
 */
#include <stdlib.h>

#include "lots.h"
#include "merged.h"
#include "recall.h"
#include "redeem.h"

/* The part of the sale that its returns have brought back. */
static bool
share_of(const struct recalled *recalled, const struct sale *sale, struct ratio *share)
{
	bool whole = true;

	for (uint32_t i = 0; i < sale->line_count; i++)
		whole = whole && recalled->remains.lines[i].num == 0;
	*share = ratio_of(1, 1);
	return whole || ratio_subtract(*share, recalled->remains.share, share);
}

static int64_t
taken_of(const struct redemption *redemption, int unit)
{
	int64_t taken = 0;

	for (uint32_t i = 0; i < redemption->taken_count; i++)
		if (redemption->taken[i].unit == unit)
			taken += redemption->taken[i].left;
	return taken;
}

static int64_t
back_of(const struct redemption *redemption, int unit)
{
	int64_t back = 0;

	for (uint32_t i = 0; i < redemption->taken_count; i++)
		if (redemption->taken[i].unit == unit)
			back += redemption_back(redemption, i);
	return back;
}

/* Deals what is back of a unit to its lots, in the order in which they were taken. */
static void
add_lots(struct engine *engine, const struct redemption *redemption, int unit, int64_t back,
	struct posting *posting)
{
	const struct member *member = members_at(engine->members, redemption->member);

	for (uint32_t i = 0; i < redemption->taken_count; i++) {
		const struct lot *taken = &redemption->taken[i];
		int64_t part = back < taken->left ? back : taken->left;
		int64_t more = part - redemption_back(redemption, i);

		if (taken->unit != unit)
			continue;
		back -= part;
		if (more)
			posting->lots[posting->lot_count++] = (struct lot_delta){
				merged_lot_name(engine, member, lot_name(engine, taken)), unit,
				more, 0
			};
	}
}

void
apply_share_restored(struct engine *engine, const struct posting *posting)
{
	struct redemption *redemption = posting->share;
	uint32_t count = redemption->taken_count;

	if (!redemption->back)
		redemption->back = calloc(count + 1, sizeof(*redemption->back));
	if (!redemption->back) {
		engine_memory(engine);
		return;
	}
	for (int i = 0; i < posting->unit_count; i++) {
		int unit = posting->units[i].unit;
		int64_t back = back_of(redemption, unit) + posting->units[i].amount;

		for (uint32_t j = 0; j < count; j++) {
			int64_t taken = redemption->taken[j].left;

			if (redemption->taken[j].unit != unit)
				continue;
			redemption->back[j] = back < taken ? back : taken;
			back -= redemption->back[j];
		}
	}
}

static void
restore_share(struct engine *engine, struct cause *cause, struct redemption *redemption,
	struct ratio share)
{
	const struct programme *programme = engine->programme;
	struct slice rule = redemption->reward >= 0 ? programme->rewards[redemption->reward].id
						    : SLICE("redeem");
	struct posting restored = { .lot_count = 0 };
	struct posting *posting;
	int count = 0;

	restored.lots =
		scratch_take(&engine->scratch, redemption->taken_count * sizeof(*restored.lots));
	if (!restored.lots || !posting_units(engine, &restored, programme->unit_count)) {
		engine_memory(engine);
		return;
	}
	for (int unit = 0; unit < programme->unit_count; unit++) {
		struct unit_delta *delta = &restored.units[count];
		struct ratio part;
		int64_t back;

		if (!ratio_multiply(share, ratio_of(taken_of(redemption, unit), 1), &part) ||
			!ratio_round(part, 0, ROUND_DOWN, &back)) {
			engine_overflow(engine, "the share of a return");
			return;
		}
		if (back == back_of(redemption, unit))
			continue;
		delta->unit = unit;
		delta->amount = back - back_of(redemption, unit);
		if (programme->policy.restore == RESTORE_ORIGINAL)
			add_lots(engine, redemption, unit, back, &restored);
		else if (delta->amount > 0)
			lot_dates(engine, cause->member, unit, NULL, cause, delta);
		count++;
	}
	if (count == 0)
		return;
	posting = engine_posting(
		engine, cause, POSTING_RESTORED, cause->member, rule, redemption->reward);
	posting->units = restored.units;
	posting->unit_count = count;
	posting->lots = restored.lots;
	posting->lot_count = restored.lot_count;
	posting->share = redemption;
	engine_post(engine, cause, posting);
}

static void
restore_if_of(struct engine *engine, struct cause *cause, const struct past_fact *past,
	const struct member *key, const struct past_fact *sale, struct ratio share)
{
	if (past->type != FACT_REDEEM || !past->redemption || past->cancelled)
		return;
	if (!past->redemption->sale)
		redemption_goes_with(past->redemption, key, sale->number);
	if (redemption_goes_back_with(past->redemption, key, sale->number))
		restore_share(engine, cause, past->redemption, share);
}

/* Those of one key that name the sale. */
static void
restore_under(struct engine *engine, struct cause *cause, const struct member *of,
	const struct member *key, const struct past_fact *sale, struct ratio share)
{
	for (struct past_fact *past = past_next(of, NULL); past; past = past_next(of, past))
		if (past->type == FACT_REDEEM && past->redemption &&
			past_matters(engine->past, of, past) &&
			redemption_goes_back_with(past->redemption, key, sale->number))
			restore_if_of(engine, cause, past, key, sale, share);
}

/* Those that the sale names, then those that name it. */
static void
restore_redemptions(struct engine *engine, struct cause *cause, const struct recalled *recalled,
	struct member *key, const struct past_fact *sale, struct ratio share)
{
	const struct value *names = record_value(recalled->fact.record, FIELD_REDEEMS);
	struct slice rest = names->text;
	struct value name = *names;
	bool more = names->kind == VALUE_STRING;

	while (names->kind == VALUE_ARRAY ? value_next_element(&rest, &name) : more) {
		struct member *other;
		struct past_fact *past = past_called(
			engine, &recalled->fact, value_decoded(&name, &engine->scratch), &other);

		more = false;
		if (past && name.kind == VALUE_STRING)
			restore_if_of(engine, cause, past, key, sale, share);
	}
	for (uint32_t i = 0; merged_key(cause->member, i); i++)
		restore_under(engine, cause, merged_key(cause->member, i), key, sale, share);
}

void
redemptions_restore(struct engine *engine, struct cause *cause)
{
	struct member *key, *other;
	struct past_fact *past = past_of(engine, cause->fact, &other);
	struct past_fact *sale = returns_sale(engine, cause->fact, &key);
	struct recalled recalled;
	struct ratio share;

	/* A cancelled sale opens its vouchers; its redemptions are cancelled by themselves. */
	if (!sale || (past == sale && cause->fact->type == FACT_CANCEL) ||
		engine->programme->policy.restore == RESTORE_LOST)
		return;
	if (!recall_keeps(sale) || !recall_sale(engine, cause->member, sale, &recalled))
		return;
	recalled.fact.key = key;
	if (share_of(&recalled, sale->sale, &share))
		restore_redemptions(engine, cause, &recalled, key, sale, share);
	else
		engine_overflow(engine, "the share of a return");
}

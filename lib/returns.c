/*
 * returns.c - what goes back with a return or a cancel, at the sale's own rules.
 *
 * Every posting of a sale goes back by cumulative share: its units times the
 * fraction of what each line contributed that has come back, rounded down, less
 * what was taken before, so that three thirds are exactly the whole.
 */
#include "firing.h"
#include "merged.h"
#include "periods.h"
#include "sales.h"

/* What a return brings back: a share of everything, or a fraction of each line. */
struct plan {
	struct slice why; /* refused; size 0: not */
	struct ratio back;
	struct ratio *lines; /* NULL: none */
	bool whole;          /* all that is left */
};

static const struct ratio ONE = { 1, 1 };

static struct ratio
less_one(struct ratio a)
{
	return ratio_compare(a, ONE) > 0 ? ONE : a;
}

/* The fraction of a line that is back by now. */
static struct ratio
line_back(const struct sale *sale, uint32_t line)
{
	struct ratio back;

	if (!sale->back)
		return RATIO_ZERO;
	if (!ratio_add(sale->back->lines[line], sale->back->share, &back))
		return ONE;
	return less_one(back);
}

static bool
is_whole(const struct past_fact *past)
{
	if (past->cancelled)
		return true;
	for (uint32_t i = 0; i < past->sale->line_count; i++)
		if (ratio_compare(line_back(past->sale, i), ONE) != 0)
			return false;
	return true;
}

/* ---- what a return would bring back ------------------------------------------ */

static struct slice
refuse_over(struct engine *engine)
{
	return engine->programme->policy.returns_cap ? SLICE("") : SLICE("already-returned");
}

/* The share of the sale's amount, as far as every line still has it. */
static void
plan_amount(
	struct engine *engine, const struct sale *sale, const struct fact *fact, struct plan *plan)
{
	struct ratio most = RATIO_ZERO;
	struct ratio room;

	for (uint32_t i = 0; i < sale->line_count; i++)
		if (ratio_compare(line_back(sale, i), most) > 0)
			most = line_back(sale, i);
	plan->back = sale->amount ? ratio_of(fact->amount, sale->amount) : ONE;
	if (!ratio_subtract(ONE, most, &room))
		room = RATIO_ZERO;
	if (ratio_compare(plan->back, room) <= 0)
		return;
	plan->why = refuse_over(engine);
	plan->back = room;
}

static bool
item_matches(const struct sale *sale, uint32_t line, const struct value *number,
	const struct value *sku, uint64_t sku_hash)
{
	int64_t wanted;

	if (number->kind != VALUE_ABSENT)
		return decimal_parse(number->text, 0, &wanted) == DECIMAL_OK &&
		       wanted == (int64_t)line;
	return sku->kind != VALUE_ABSENT && sale->has_items && sale->lines[line].sku == sku_hash;
}

/* Takes an item's quantity from the lines that it matches, in order; the rest is over. */
static bool
plan_item(const struct sale *sale, const struct fact *fact, const struct line *item,
	struct plan *plan)
{
	const struct record *record = fact->record;
	const struct value *number = record_cell(record, TABLE_ITEMS, item->row, ITEM_LINE);
	const struct value *sku = record_cell(record, TABLE_ITEMS, item->row, ITEM_SKU);
	bool has_qty = record_cell(record, TABLE_ITEMS, item->row, ITEM_QTY)->kind != VALUE_ABSENT;
	struct ratio wanted = ratio_of_decimal(item->qty);
	uint64_t hash = hash_sku(fact, item->row);
	bool found = false;

	for (uint32_t i = 0; i < sale->line_count; i++) {
		struct ratio qty = sale->has_items ? ratio_of_decimal(sale->lines[i].qty) : ONE;
		struct ratio left, here, fraction;

		if (!item_matches(sale, i, number, sku, hash))
			continue;
		found = true;
		if (qty.num == 0 || !ratio_subtract(ONE, line_back(sale, i), &left) ||
			!ratio_subtract(left, plan->lines[i], &left) ||
			!ratio_multiply(left, qty, &left))
			continue;
		here = has_qty && ratio_compare(wanted, left) < 0 ? wanted : left;
		if (!ratio_divide(here, qty, &fraction) ||
			!ratio_add(plan->lines[i], fraction, &plan->lines[i]))
			return false;
		if (has_qty && !ratio_subtract(wanted, here, &wanted))
			return false;
	}
	return found && (!has_qty || wanted.num == 0);
}

static void
plan_rest(struct engine *engine, const struct past_fact *past, struct plan *plan)
{
	const struct sale *sale = past->sale;

	if (is_whole(past)) {
		plan->why = refuse_over(engine);
		return;
	}
	for (uint32_t i = 0; i < sale->line_count; i++)
		(void)ratio_subtract(ONE, line_back(sale, i), &plan->lines[i]);
}

static struct plan
plan_return(struct engine *engine, const struct fact *fact, const struct past_fact *past)
{
	const struct sale *sale = past->sale;
	struct plan plan = { .why = SLICE(""), .back = RATIO_ZERO };

	if (fact->has_amount) {
		plan_amount(engine, sale, fact, &plan);
		return plan;
	}
	plan.lines = scratch_take(&engine->scratch, sale->line_count * sizeof(*plan.lines));
	if (!plan.lines) {
		engine_memory(engine);
		return plan;
	}
	for (uint32_t i = 0; i < sale->line_count; i++)
		plan.lines[i] = RATIO_ZERO;
	if (fact->line_count == 0) {
		plan_rest(engine, past, &plan);
		return plan;
	}
	for (int i = 0; i < fact->line_count; i++)
		if (!plan_item(sale, fact, &fact->lines[i], &plan))
			plan.why = refuse_over(engine);
	return plan;
}

/* ---- refusals ------------------------------------------------------------------- */

static bool
is_known(const struct past_fact *past, const struct member *member)
{
	/* What was bought before a new enrolment is not known any more. */
	return past && !past->refused && past->at >= member->seen;
}

static struct slice
return_refusal(struct engine *engine, const struct fact *fact)
{
	const struct policy *policy = &engine->programme->policy;
	struct member *key;
	struct past_fact *past = past_of(engine, fact, &key);

	if (!is_known(past, key) || past->type != FACT_PURCHASE || !sale_open(engine, key, past))
		return SLICE("unknown-purchase");
	if (past->cancelled)
		return SLICE("already-cancelled");
	if (policy->has_returns_within &&
		within_end(engine->programme, policy->returns_within, past->at) <= fact->at)
		return SLICE("late-return");
	return plan_return(engine, fact, past).why;
}

static struct slice
cancel_refusal(struct engine *engine, const struct fact *fact)
{
	struct member *key;
	const struct past_fact *past = past_of(engine, fact, &key);

	if (!is_known(past, key) || (past->type != FACT_PURCHASE && past->type != FACT_RETURN &&
					    past->type != FACT_REDEEM))
		return SLICE("unknown-fact");
	/* Another fact has taken over the id of what was returned. */
	if (past->type == FACT_RETURN && past->returned && !past_sale(engine, past, &key))
		return SLICE("unknown-fact");
	if (past->type != FACT_REDEEM && past->cancelled)
		return SLICE("already-cancelled");
	return SLICE("");
}

struct slice
returns_refusal(struct engine *engine, const struct fact *fact)
{
	return fact->type == FACT_RETURN ? return_refusal(engine, fact)
					 : cancel_refusal(engine, fact);
}

/* ---- taking back -------------------------------------------------------------------- */

/* The share of one unit of a posting that is back, by what each line contributed. */
static bool
share_back(
	const struct sale *sale, struct given_posting *posting, uint32_t give, struct ratio *share)
{
	const struct ratio *weights;
	struct ratio total, back = RATIO_ZERO;
	uint32_t lines = posting->weight_count - 1;

	if (posting->weight_count == 0) {
		*share = line_back(sale, 0);
		return true;
	}
	weights = given_weights(posting, give);
	total = weights[lines];
	for (uint32_t i = 0; i < lines; i++) {
		struct ratio part;

		if (!ratio_add(total, weights[i], &total) ||
			!ratio_multiply(weights[i], line_back(sale, i), &part) ||
			!ratio_add(back, part, &back))
			return false;
	}
	*share = RATIO_ZERO;
	return total.num == 0 || ratio_divide(back, total, share);
}

/* What of a posting's unit should have been taken back by now. */
static bool
owed(const struct past_fact *past, struct given_posting *posting, uint32_t give, int64_t *amount)
{
	struct ratio share;

	*amount = given_of(posting)[give].amount;
	if (is_whole(past))
		return true;
	return share_back(past->sale, posting, give, &share) &&
	       ratio_multiply(share, ratio_of(*amount, 1), &share) &&
	       ratio_round(share, 0, ROUND_DOWN, amount);
}

/* One reversed posting for an earned one, by what it owes more (or less) than before. */
static void
reverse_posting(struct engine *engine, struct cause *cause, const struct past_fact *past,
	struct given_posting *given)
{
	const struct rule *rule = &engine->programme->rules[given->rule];
	uint32_t count = given->given_count;
	struct reversal *reversal = scratch_take(&engine->scratch, sizeof(*reversal));
	struct reversal_part *parts = scratch_take(&engine->scratch, count * sizeof(*parts));
	struct lot_delta *lots = scratch_take(&engine->scratch, count * sizeof(*lots));
	struct member *member = members_at(engine->members, given->member);
	struct slice lot = given_id(given);
	struct posting *posting;
	int units = 0;

	if (!reversal || !parts || !lots) {
		engine_memory(engine);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		int64_t amount;

		if (!owed(past, given, i, &amount)) {
			engine_overflow(engine, "the share of a return");
			return;
		}
		if (amount == given_of(given)[i].reversed)
			continue;
		parts[units++] = (struct reversal_part){ given, i,
			amount - given_of(given)[i].reversed, amount == given_of(given)[i].amount };
	}
	if (units == 0)
		return;
	posting = engine_posting(
		engine, cause, POSTING_REVERSED, member_now(engine, member), rule->id, given->rule);
	if (!posting_units(engine, posting, units))
		return;
	*reversal = (struct reversal){ parts, units };
	if (engine->has_merges)
		lot = merged_lot_name(engine, member, lot);
	posting->reversal = reversal;
	posting->lots = lots;
	for (int i = 0; i < units; i++) {
		int unit = given_of(given)[parts[i].given].unit;

		posting->units[i].unit = unit;
		posting->units[i].amount = -parts[i].amount;
		if (engine->programme->units[unit].spendable)
			lots[posting->lot_count++] =
				(struct lot_delta){ lot, unit, -parts[i].amount, 0 };
	}
	engine_post(engine, cause, posting);
}

/* The share of a posting's base that is back: that of the first unit that its rule gives. */
static bool
base_back(struct engine *engine, const struct past_fact *past, struct given_posting *given,
	struct ratio *share)
{
	const struct unit_amounts *gives = &engine->programme->rules[given->rule].gives;

	*share = ONE;
	if (is_whole(past))
		return true;
	for (int i = 0; i < gives->count; i++)
		for (uint32_t j = 0; j < given->given_count; j++)
			if (given_of(given)[j].unit == gives->items[i].unit)
				return share_back(past->sale, given, j, share);
	return true;
}

static bool
is_wholly_back(struct given_posting *given, struct ratio share)
{
	bool nothing = true;

	for (uint32_t i = 0; i < given->given_count; i++) {
		nothing = nothing && given_of(given)[i].amount == 0;
		if (given_of(given)[i].reversed != given_of(given)[i].amount)
			return false;
	}
	return !nothing || ratio_compare(share, ONE) == 0;
}

/* What a room still holds: firings whole or not at all, units as posted, a base by its share. */
static int64_t
room_held(const struct counter *counter, const struct room_used *room, struct given_posting *given,
	struct ratio share)
{
	int64_t held = room->amount;
	struct ratio left;

	switch (counter->kind) {
	case COUNTER_TIMES:
		return is_wholly_back(given, share) ? 0 : room->amount;
	case COUNTER_MOST:
		for (uint32_t i = 0; i < given->given_count; i++)
			if (given_of(given)[i].unit == counter->unit)
				held = given_of(given)[i].amount - given_of(given)[i].reversed;
		return held;
	default:
		if (ratio_subtract(ONE, share, &left) &&
			ratio_multiply(left, ratio_of(room->amount, 1), &left))
			(void)ratio_round(left, 0, ROUND_HALF_EVEN, &held);
		return held;
	}
}

static void
return_rooms(struct engine *engine, const struct past_fact *past, struct given_posting *given)
{
	struct ratio share;

	if (given->room_count == 0)
		return;
	if (!base_back(engine, past, given, &share)) {
		engine_overflow(engine, "the share of a return");
		return;
	}
	for (uint32_t i = 0; i < given->room_count; i++) {
		struct room_used *room = &rooms_of(given)[i];

		apply_room_held(engine, room,
			room_held(&engine->programme->counters[room->counter], room, given, share));
	}
}

static void
reverse_sale(struct engine *engine, struct cause *cause, const struct past_fact *past)
{
	for (struct given_posting *given = past->sale->first; given && engine->status == LOYALTY_OK;
		given = given->next) {
		reverse_posting(engine, cause, past, given);
		return_rooms(engine, past, given);
	}
}

static void
decide_return(struct engine *engine, struct cause *cause)
{
	struct member *key;
	struct past_fact *past = past_of(engine, cause->fact, &key);
	struct plan plan = plan_return(engine, cause->fact, past);

	apply_return(engine, cause->fact, past, plan.back, plan.lines, 1);
	reverse_sale(engine, cause, past);
}

static void
decide_cancel(struct engine *engine, struct cause *cause)
{
	struct member *key;
	struct past_fact *past = past_of(engine, cause->fact, &key);

	if (past->type == FACT_RETURN && past->returned) {
		struct returned *returned = past->returned;

		past = past_sale(engine, past, &key);
		if (!past || !sale_open(engine, key, past))
			return;
		apply_return(engine, cause->fact, past, returned->back,
			returned->line_count ? returned->lines : NULL, -1);
	}
	if (past && past->type == FACT_PURCHASE && sale_open(engine, key, past))
		reverse_sale(engine, cause, past);
}

void
returns_decide(struct engine *engine, struct cause *cause)
{
	if (cause->fact->type == FACT_RETURN)
		decide_return(engine, cause);
	else
		decide_cancel(engine, cause);
}

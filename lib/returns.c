/*
 * returns.c - what goes back with a return or a cancel, at the sale's own rules.
 *
 * Every posting of a sale goes back by cumulative share: its units times the
 * fraction of what each line contributed that has come back, rounded down, less
 * what was taken before, so that three thirds are exactly the whole.
 */
#include "earn.h"
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
		if (ratio_compare(sale_line_back(sale, i), most) > 0)
			most = sale_line_back(sale, i);
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
		if (qty.num == 0 || !ratio_subtract(ONE, sale_line_back(sale, i), &left) ||
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

	if (sale_is_back(past)) {
		plan->why = refuse_over(engine);
		return;
	}
	for (uint32_t i = 0; i < sale->line_count; i++)
		(void)ratio_subtract(ONE, sale_line_back(sale, i), &plan->lines[i]);
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
is_known(const struct past_fact *past)
{
	return past && !past->refused;
}

/* The policy's time for returns is over for a sale or a redemption. */
static bool
is_late(const struct engine *engine, const struct fact *fact, const struct past_fact *past)
{
	const struct policy *policy = &engine->programme->policy;

	return policy->has_returns_within &&
	       within_end(engine->programme, policy->returns_within, past->at) <= fact->stated;
}

static struct slice
return_refusal(struct engine *engine, const struct fact *fact)
{
	struct member *key;
	struct past_fact *past = past_of(engine, fact, &key);

	if (!is_known(past) || past->type != FACT_PURCHASE || !sale_open(engine, key, past))
		return SLICE("unknown-purchase");
	if (past->cancelled)
		return SLICE("already-cancelled");
	if (is_late(engine, fact, past))
		return SLICE("late-return");
	return plan_return(engine, fact, past).why;
}

static struct slice
cancel_refusal(struct engine *engine, const struct fact *fact)
{
	struct member *key;
	const struct past_fact *past = past_of(engine, fact, &key);

	if (!is_known(past) || (past->type != FACT_PURCHASE && past->type != FACT_RETURN &&
				       past->type != FACT_REDEEM))
		return SLICE("unknown-fact");
	/* One that is remembered for longer is so for the returns of its sale. */
	if (past->type == FACT_REDEEM && !sale_is_known(engine->programme, past->at, fact->at))
		return SLICE("unknown-fact");
	/* Another fact has taken over the id of what was returned. */
	if (past->type == FACT_RETURN && past->returned && !past_sale(engine, past, &key))
		return SLICE("unknown-fact");
	if (past->type != FACT_REDEEM && past->cancelled)
		return SLICE("already-cancelled");
	return past->type == FACT_REDEEM && is_late(engine, fact, past) ? SLICE("late-return")
									: SLICE("");
}

struct slice
returns_refusal(struct engine *engine, const struct fact *fact)
{
	return fact->type == FACT_RETURN ? return_refusal(engine, fact)
					 : cancel_refusal(engine, fact);
}

/* ---- what is owed --------------------------------------------------------------------- */

/* The share of one unit of a posting that is back, by what each line contributed. */
static bool
share_back(
	const struct sale *sale, struct given_posting *posting, uint32_t give, struct ratio *share)
{
	const struct ratio *weights;
	struct ratio total, back = RATIO_ZERO;
	uint32_t lines = posting->weight_count - 1;

	if (posting->weight_count == 0) {
		*share = sale_line_back(sale, 0);
		return true;
	}
	weights = given_weights(posting, give);
	total = weights[lines];
	for (uint32_t i = 0; i < lines; i++) {
		struct ratio part;

		if (!ratio_add(total, weights[i], &total) ||
			!ratio_multiply(weights[i], sale_line_back(sale, i), &part) ||
			!ratio_add(back, part, &back))
			return false;
	}
	*share = RATIO_ZERO;
	return total.num == 0 || ratio_divide(back, total, share);
}

/* What goes back of a sale, and why. */
struct taking {
	struct engine *engine;
	struct cause *cause;
	const struct past_fact *past;
	bool recheck; /* then what the rules give on the rest is: */
	const struct firing *again;
};

static bool
owed_by_share(
	const struct past_fact *past, struct given_posting *posting, uint32_t give, int64_t *amount)
{
	struct ratio share;

	*amount = given_of(posting)[give].amount;
	if (sale_is_back(past))
		return true;
	return share_back(past->sale, posting, give, &share) &&
	       ratio_multiply(share, ratio_of(*amount, 1), &share) &&
	       ratio_round(share, 0, ROUND_DOWN, amount);
}

/* What of a posting's unit should have been taken back by now: the share, or more by a recheck. */
static bool
owed(const struct taking *taking, struct given_posting *posting, uint32_t give, int64_t *amount)
{
	const struct given *given = &given_of(posting)[give];
	int64_t more;

	if (!owed_by_share(taking->past, posting, give, amount))
		return false;
	if (!taking->recheck || posting->chained || posting->weight_count == 0)
		return true;
	more = given->amount - earn_again_amount(taking->engine->programme, taking->again,
				       posting->rule, given->unit);
	if (more > *amount)
		*amount = more;
	return true;
}

/* One reversed posting for an earned one, by what it owes more (or less) than before. */
static void
reverse_posting(const struct taking *taking, struct given_posting *given)
{
	struct engine *engine = taking->engine;
	struct cause *cause = taking->cause;
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

		if (!owed(taking, given, i, &amount)) {
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
	if (sale_is_back(past))
		return true;
	for (int i = 0; i < gives->count; i++)
		for (uint32_t j = 0; j < given->given_count; j++)
			if (given_of(given)[j].unit == gives->items[i].unit)
				return share_back(past->sale, given, j, share);
	/* What gave no unit is back with the whole sale only. */
	*share = RATIO_ZERO;
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

/* What a room still holds: firings whole or not at all, units as posted. */
static int64_t
room_held(const struct counter *counter, const struct room_used *room, struct given_posting *given,
	struct ratio share)
{
	if (counter->kind == COUNTER_TIMES)
		return is_wholly_back(given, share) ? 0 : room->amount;
	for (uint32_t i = 0; i < given->given_count; i++)
		if (given_of(given)[i].unit == counter->unit)
			return given_of(given)[i].amount - given_of(given)[i].reversed;
	return room->amount;
}

/* Of a base its share goes back, exactly; *more is what that is more (or less) than before. */
static bool
move_base(struct given_base *base, struct ratio share, struct ratio *more)
{
	struct ratio held;

	if (!ratio_subtract(ONE, share, &held) || !ratio_multiply(held, base->counted, &held))
		return false;
	held = ratio_settled(held);
	if (!ratio_subtract(held, base->held, more))
		return false;
	base->held = held;
	return true;
}

static void
hold_rooms(struct engine *engine, struct given_posting *given, struct ratio share)
{
	struct given_base *base = given_base(given);
	struct ratio more = RATIO_ZERO;

	if (base && !move_base(base, share, &more))
		engine_overflow(engine, "the share of a return");
	for (uint32_t i = 0; i < given->room_count; i++) {
		struct room_used *room = &rooms_of(given)[i];
		const struct counter *counter = &engine->programme->counters[room->counter];

		if (counter->kind == COUNTER_AMOUNT)
			apply_base_held(engine, room, more);
		else
			apply_room_held(engine, room, room_held(counter, room, given, share));
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
	hold_rooms(engine, given, share);
}

/* ---- taken back upstream ------------------------------------------------------------- */

/* Whether a reversal that was decided upstream may be of a posting. */
static bool
may_be_of(struct engine *engine, const struct posting *reversed, struct given_posting *given)
{
	struct member *member = members_at(engine->members, given->member);

	if (given->rule != reversed->rule_index || member_now(engine, member) != reversed->member)
		return false;
	if (reversed->lot_count)
		return slice_equal(
			reversed->lots[0].lot, merged_lot_name(engine, member, given_id(given)));
	for (int i = 0; i < reversed->unit_count; i++)
		for (uint32_t j = 0; j < given->given_count; j++) {
			const struct given *of = &given_of(given)[j];
			int64_t back = of->reversed - reversed->units[i].amount;

			if (of->unit == reversed->units[i].unit && (back < 0 || back > of->amount))
				return false;
		}
	return true;
}

static void
reverse_upstream(struct engine *engine, const struct posting *reversed, struct given_posting *given)
{
	for (int i = 0; i < reversed->unit_count; i++)
		for (uint32_t j = 0; j < given->given_count; j++)
			if (given_of(given)[j].unit == reversed->units[i].unit)
				given_of(given)[j].reversed -= reversed->units[i].amount;
	hold_rooms(engine, given, RATIO_ZERO);
}

void
apply_upstream_reversal(
	struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct member *key;
	const struct past_fact *past = cause->root ? returns_sale(engine, cause->root, &key) : NULL;
	struct given_posting *given = past && past_open_sale(past) ? past->sale->first : NULL;

	while (given && !may_be_of(engine, posting, given))
		given = given->next;
	if (given)
		reverse_upstream(engine, posting, given);
}

/* ---- taking back ------------------------------------------------------------------- */

static void
reverse_sale(struct engine *engine, struct cause *cause, struct past_fact *past)
{
	struct taking taking = { .engine = engine, .cause = cause, .past = past };
	struct recalled recalled;

	if (engine->programme->policy.recheck & RECHECK_RULES && !sale_is_back(past) &&
		recall_asks(past)) {
		if (!recall_sale(engine, cause->member, past, &recalled))
			return;
		taking.again = earn_again(engine, &recalled);
		taking.recheck = true;
	}
	for (struct given_posting *given = past->sale->first; given && engine->status == LOYALTY_OK;
		given = given->next) {
		reverse_posting(&taking, given);
		return_rooms(engine, past, given);
	}
}

struct past_fact *
returns_sale(struct engine *engine, const struct fact *fact, struct member **key)
{
	struct past_fact *past = past_of(engine, fact, key);

	if (past && past->type == FACT_RETURN)
		past = past->returned ? past_sale(engine, past, key) : NULL;
	return past && past->type == FACT_PURCHASE ? past : NULL;
}

void
apply_return(struct engine *engine, const struct fact *fact)
{
	struct member *key;
	struct past_fact *past = past_of(engine, fact, &key);
	struct plan plan;

	if (!past || past->type != FACT_PURCHASE || !sale_open(engine, key, past))
		return;
	plan = plan_return(engine, fact, past);
	move_return(engine, fact, past, plan.back, plan.lines, 1);
}

void
apply_cancelled_return(struct engine *engine, const struct fact *fact)
{
	struct member *key;
	const struct past_fact *past = past_of(engine, fact, &key);
	struct past_fact *sale = returns_sale(engine, fact, &key);

	if (sale && past_open_sale(sale))
		move_return(engine, fact, sale, past->returned->back,
			past->returned->line_count ? past->returned->lines : NULL, -1);
}

void
returns_decide(struct engine *engine, struct cause *cause)
{
	struct member *key;
	struct past_fact *past = returns_sale(engine, cause->fact, &key);

	if (past && sale_open(engine, key, past))
		reverse_sale(engine, cause, past);
}

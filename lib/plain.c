/*
 * plain.c - the usual purchase: one line, no tender that matters, rules that stand alone.
 *
 * Where no rule on purchases depends on another, has limits or looks at lines, what
 * each gives is one product and one division, without fractions by line. It is the
 * same that earn.c and rounding.c would come to; programmes pay for what they use.
 */
#include "earn.h"
#include "lots.h"

static bool
fires_on_purchase(const struct rule *rule)
{
	for (int i = 0; i < rule->on.count; i++)
		if (rule->on.items[i].kind == TRIGGER_FACT &&
			rule->on.items[i].fact == FACT_PURCHASE)
			return true;
	return false;
}

static bool
splits(const struct table *table)
{
	return table->uses.lines || table->uses.tenders;
}

/* One part, merchandise or all that was paid. */
static bool
has_plain_basis(const struct programme *programme, const struct rule *rule)
{
	const struct table *basis = rule->basis ? rule->basis : programme->policy.basis;

	return basis->subject == SUBJECT_NONE && basis->basis.count == 1 &&
	       basis->basis.parts[0].sign > 0 &&
	       (basis->basis.parts[0].kind == PART_MERCHANDISE ||
		       basis->basis.parts[0].kind == PART_AMOUNT);
}

static bool
is_plain_rule(const struct programme *programme, const struct rule *rule)
{
	if (rule->multiplies || rule->tenders || rule->limits.count || rule->to_referrer ||
		rule->dry_run || !rule->per || splits(rule->per) ||
		!has_plain_basis(programme, rule))
		return false;
	for (int i = 0; i < rule->gives.count; i++)
		if (splits(rule->gives.items[i].amount) ||
			programme->units[rule->gives.items[i].unit].round_per == ROUND_CARRY)
			return false;
	return true;
}

int
plain_programme(const struct programme *programme)
{
	uint64_t given = 0;

	/* plain_decide() keeps a bit a rule. */
	if (programme->rule_count >= 64)
		return -1;
	for (int i = 0; i < programme->rule_count; i++) {
		const struct rule *rule = &programme->rules[i];

		if (!fires_on_purchase(rule))
			continue;
		if (!is_plain_rule(programme, rule))
			return -1;
		for (int j = 0; j < rule->gives.count; j++) {
			uint64_t bit = UINT64_C(1) << rule->gives.items[j].unit;

			if (given & bit)
				return -1;
			given |= bit;
		}
	}
	return __builtin_popcountll(given);
}

bool
plain_purchase(const struct engine *engine, const struct cause *cause)
{
	const struct fact *fact = cause->fact;

	return engine->plain && fact && fact->type == FACT_PURCHASE && fact->line_count == 1 &&
	       cause->key == cause->member && fact->lines[0].row < 0 && fact->tender_count == 0;
}

/* base x rate x per's inverse, exact until it is rounded; false: it does not fit. */
static bool
give_amount(const struct programme *programme, const struct rule *rule, int64_t base,
	struct rational per, struct rational rate, const struct unit *unit, int64_t *amount)
{
	int128 num = base;
	int128 den = (int128)decimal_power(programme->money_decimals) * per.num;

	if (__builtin_mul_overflow(num, (int128)per.den, &num))
		return false;
	if (rule->per_full) {
		num /= den;
		den = 1;
	}
	if (__builtin_mul_overflow(num, (int128)rate.num, &num) ||
		__builtin_mul_overflow(num, (int128)decimal_power(unit->decimals), &num) ||
		__builtin_mul_overflow(den, (int128)rate.den, &den))
		return false;
	return !narrow_overflows(round_quotient(num, den, unit->round), amount);
}

static void
add_unit(const struct earning *earning, const struct rule *rule, int give, int64_t base,
	struct rational per, struct posting *posting)
{
	struct engine *engine = earning->engine;
	int unit = rule->gives.items[give].unit;
	const struct table *rate = table_value(&earning->question, rule->gives.items[give].amount);
	struct unit_delta *delta = &posting->units[posting->unit_count];
	int64_t amount;

	if (!rate)
		return;
	if (!give_amount(engine->programme, rule, base, per, rate->ratio,
		    &engine->programme->units[unit], &amount)) {
		engine_overflow(engine, "what a rule gives");
		return;
	}
	if (amount == 0)
		return;
	delta->unit = unit;
	delta->amount = amount;
	lot_dates(engine, earning->cause->member, unit, rule, earning->cause, delta);
	posting->unit_count++;
}

static int
give_of(const struct rule *rule, int unit)
{
	for (int i = 0; i < rule->gives.count; i++)
		if (rule->gives.items[i].unit == unit)
			return i;
	return -1;
}

static void
post_rule(struct earning *earning, int index, int64_t base)
{
	struct engine *engine = earning->engine;
	const struct rule *rule = &engine->programme->rules[index];
	const struct table *per;
	struct posting units = { .unit_count = 0 };
	struct posting *posting;

	earning->question.has_basis = true;
	earning->question.basis = ratio_of(base, decimal_power(engine->programme->money_decimals));
	per = table_value(&earning->question, rule->per);
	if (!per || !posting_units(engine, &units, rule->gives.count))
		return;
	units.unit_count = 0;
	if (rule->gives.count == 1) {
		add_unit(earning, rule, 0, base, per->ratio, &units);
	} else {
		/* In the document's order of units, whatever the rule's. */
		for (int unit = 0; unit < engine->programme->unit_count; unit++) {
			int give = give_of(rule, unit);

			if (give >= 0)
				add_unit(earning, rule, give, base, per->ratio, &units);
		}
	}
	if (units.unit_count == 0 || engine->status != LOYALTY_OK)
		return;
	posting = engine_posting(
		engine, earning->cause, POSTING_EARNED, earning->cause->member, rule->id, index);
	posting->units = units.units;
	posting->unit_count = units.unit_count;
	posting->plain = true;
	engine_post(engine, earning->cause, posting);
}

/* All rules look at the member as it was before any of them posted. */
void
plain_decide(struct engine *engine, struct cause *cause)
{
	const struct programme *programme = engine->programme;
	const struct fact *fact = cause->fact;
	struct earning earning = { .engine = engine, .cause = cause };
	uint64_t fires = 0;

	earning.question = question_of(engine, cause);
	for (int i = 0; i < programme->rule_count; i++) {
		const struct rule *rule = &programme->rules[i];

		if (cause->date >= rule->from && cause->date < rule->until &&
			fires_on_purchase(rule) && condition_holds(&earning.question, rule->when) &&
			element_holds(&earning.question, rule->items, TABLE_ITEMS, -1))
			fires |= UINT64_C(1) << i;
	}
	for (int i = 0; fires >> i && engine->status == LOYALTY_OK; i++) {
		const struct rule *rule = &programme->rules[i];
		const struct table *basis = rule->basis ? rule->basis : programme->policy.basis;
		int64_t base = basis->basis.parts[0].kind == PART_AMOUNT
				       ? fact->amount
				       : fact->lines[0].merchandise;

		if (fires >> i & 1 && base > 0)
			post_rule(&earning, i, base);
	}
}

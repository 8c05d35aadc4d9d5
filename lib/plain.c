/*
 * plain.c - the usual purchase: one line, no tender that matters, rules that stand alone.
 *
 * Where no rule on purchases depends on another, has limits or looks at lines, what
 * each gives is one product and one division, without fractions by line. It is the
 * same that earn.c and rounding.c would come to; programmes pay for what they use.
 */
#include "earn.h"
#include "lots.h"
#include "recall.h"

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

	/* plain_decide() keeps a bit a rule, and nothing to ask a rule again. */
	if (programme->rule_count >= 64 || crossing_matters(programme) || recall_needed(programme))
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

/* The same where all factors fit into 64 bits, as they mostly do. */
static bool
give_small_amount(const struct programme *programme, int64_t base, struct rational per,
	struct rational rate, const struct unit *unit, int64_t *amount)
{
	int64_t num, den;

	if (__builtin_mul_overflow(base, per.den, &num) ||
		__builtin_mul_overflow(num, rate.num, &num) ||
		__builtin_mul_overflow(num, decimal_power(unit->decimals), &num) ||
		__builtin_mul_overflow(decimal_power(programme->money_decimals), per.num, &den) ||
		__builtin_mul_overflow(den, rate.den, &den))
		return false;
	*amount = num % den == 0 ? num / den : (int64_t)round_quotient(num, den, unit->round);
	return true;
}

/* base x rate x per's inverse, exact until it is rounded; false: it does not fit. */
static bool
give_amount(const struct programme *programme, const struct rule *rule, int64_t base,
	struct rational per, struct rational rate, const struct unit *unit, int64_t *amount)
{
	int128 num = base;
	int128 den = (int128)decimal_power(programme->money_decimals) * per.num;

	if (!rule->per_full && give_small_amount(programme, base, per, rate, unit, amount))
		return true;
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

/* What plain_decide() works on. */
struct plain {
	struct engine *engine;
	struct cause *cause;
	struct question question;
};

/* false: nothing is given. */
static bool
give_unit(const struct plain *plain, const struct rule *rule, int give, int64_t base,
	struct rational per, struct unit_delta *delta)
{
	struct engine *engine = plain->engine;
	int unit = rule->gives.items[give].unit;
	const struct table *rate = table_value(&plain->question, rule->gives.items[give].amount);
	int64_t amount;

	if (!rate)
		return false;
	if (!give_amount(engine->programme, rule, base, per, rate->ratio,
		    &engine->programme->units[unit], &amount)) {
		engine_overflow(engine, "what a rule gives");
		return false;
	}
	if (amount == 0)
		return false;
	delta->unit = unit;
	delta->amount = amount;
	lot_dates(engine, plain->cause->member, unit, rule, plain->cause, delta);
	return true;
}

/* In the document's order of units, whatever the rule's. */
static int
give_units(const struct plain *plain, const struct rule *rule, int64_t base, struct rational per,
	struct unit_delta *deltas)
{
	int count = 0;

	for (int i = 0; i < rule->gives.count; i++) {
		int place = count;

		if (!give_unit(plain, rule, i, base, per, &deltas[count]))
			continue;
		for (; place > 0 && deltas[place - 1].unit > deltas[place].unit; place--) {
			struct unit_delta before = deltas[place - 1];

			deltas[place - 1] = deltas[place];
			deltas[place] = before;
		}
		count++;
	}
	return count;
}

static void
post_rule(struct plain *plain, int index, int64_t base)
{
	struct engine *engine = plain->engine;
	const struct rule *rule = &engine->programme->rules[index];
	const struct table *per;
	struct unit_delta *deltas;
	struct posting *posting;
	int count;

	plain->question.has_basis = true;
	plain->question.basis = ratio_of(base, decimal_power(engine->programme->money_decimals));
	per = table_value(&plain->question, rule->per);
	if (!per)
		return;
	deltas = scratch_take(&engine->scratch, (size_t)rule->gives.count * sizeof(*deltas));
	if (!deltas) {
		engine_memory(engine);
		return;
	}
	count = give_units(plain, rule, base, per->ratio, deltas);
	if (count == 0 || engine->status != LOYALTY_OK)
		return;
	posting = engine_posting(
		engine, plain->cause, POSTING_EARNED, plain->cause->member, rule->id, index);
	posting->units = deltas;
	posting->unit_count = count;
	posting->plain = true;
	engine_post(engine, plain->cause, posting);
}

/* All rules look at the member as it was before any of them posted. */
void
plain_decide(struct engine *engine, struct cause *cause)
{
	const struct programme *programme = engine->programme;
	const struct fact *fact = cause->fact;
	struct plain plain = { engine, cause, question_of(engine, cause) };
	uint64_t fires = 0;

	for (int i = 0; i < programme->rule_count; i++) {
		const struct rule *rule = &programme->rules[i];

		if (cause->date >= rule->from && cause->date < rule->until &&
			fires_on_purchase(rule) && condition_holds(&plain.question, rule->when) &&
			element_holds(&plain.question, rule->items, TABLE_ITEMS, -1))
			fires |= UINT64_C(1) << i;
	}
	for (int i = 0; fires >> i && engine->status == LOYALTY_OK; i++) {
		const struct rule *rule = &programme->rules[i];
		const struct table *basis = rule->basis ? rule->basis : programme->policy.basis;
		int64_t base = basis->basis.parts[0].kind == PART_AMOUNT
				       ? fact->amount
				       : fact->lines[0].merchandise;

		if (fires >> i & 1 && base > 0)
			post_rule(&plain, i, base);
	}
}

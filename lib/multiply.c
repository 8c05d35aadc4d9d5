/*
 * multiply.c - rules that multiply what earlier rules give on the same record.
 *
 * A multiplier adds (factor - 1) times what is there on the lines and tenders that
 * it selects. What it adds to a rule is a share of its own, which later multipliers
 * see; a factor below 1 lowers the rule itself, and the shares of earlier multipliers.
 */
#include "earn.h"

/* One unit that a multiplier gives, on the way to one unit of one earlier firing. */
struct multiplying {
	struct earning *earning;
	const struct rule *rule;
	struct firing *firing; /* the multiplier's */
	int give;
	struct firing *target;
	int target_give;
	struct share *share; /* what it adds there */
	bool acts;
	bool lowers;
};

static void
overflow(const struct multiplying *multiplying)
{
	engine_overflow(multiplying->earning->engine, "what a rule multiplies");
}

static bool
multiplies_rule(const struct rule *rule, int index)
{
	for (int i = 0; i < rule->rules.count; i++)
		if (rule->rules.items[i] == index)
			return true;
	return false;
}

static int
cell_of(const struct multiplying *multiplying, int cell)
{
	return multiplying->target_give * multiplying->earning->cell_count + cell;
}

/* ---- which cells --------------------------------------------------------- */

/* What is fixed is of all lines that it counted together. */
static bool
selects_fixed(const struct multiplying *multiplying, uint64_t bit)
{
	const struct earning *earning = multiplying->earning;
	const bool *counted =
		multiplying->target->counted + multiplying->target_give * earning->line_count;

	for (int i = 0; i < earning->line_count; i++)
		if (counted[i] && (!earning->selected[i] || earning->multiplied[i] & bit))
			return false;
	return true;
}

static bool
selects(const struct multiplying *multiplying, int cell)
{
	const struct earning *earning = multiplying->earning;
	uint64_t bit = UINT64_C(1) << multiplying->rule->gives.items[multiplying->give].unit;
	int line = cell / earning->tender_count;

	if (multiplying->target->fixed)
		return selects_fixed(multiplying, bit);
	return earning->selected[line] && !(earning->multiplied[line] & bit) &&
	       earning->shares[cell % earning->tender_count].num != 0;
}

/* The factor on a cell; false: none, or one that changes nothing. */
static bool
factor_at(const struct multiplying *multiplying, int cell, struct ratio *factor)
{
	struct earning *earning = multiplying->earning;
	const struct table *table = multiplying->rule->gives.items[multiplying->give].amount;
	bool fixed = multiplying->target->fixed;

	return earn_rate(earning, table, fixed ? -1 : cell / earning->tender_count,
		       fixed ? -1 : cell % earning->tender_count, factor) &&
	       ratio_compare(*factor, ratio_of(1, 1)) != 0;
}

/* ---- what it adds --------------------------------------------------------- */

/* What a cell was before any multiplier lowered it. */
static struct ratio
original_of(const struct multiplying *multiplying, int cell)
{
	const struct firing *target = multiplying->target;
	const struct ratio *cells = target->originals ? target->originals : target->cells;

	return cells[cell_of(multiplying, cell)];
}

static bool
keep_originals(struct multiplying *multiplying)
{
	struct earning *earning = multiplying->earning;
	struct firing *target = multiplying->target;
	int count =
		earning->engine->programme->rules[target->rule].gives.count * earning->cell_count;

	if (target->originals)
		return true;
	target->originals = earn_ratios(earning, count);
	if (target->originals)
		memcpy(target->originals, target->cells,
			(size_t)count * sizeof(*target->originals));
	return target->originals != NULL;
}

/* Takes (1 - factor) of a part away; a part is never less than nothing. */
static bool
lower(struct ratio *part, struct ratio of, struct ratio gain)
{
	struct ratio change;

	if (!ratio_multiply(of, gain, &change) || !ratio_add(*part, change, part))
		return false;
	if (part->num < 0)
		*part = RATIO_ZERO;
	return true;
}

/* compound: each multiplies all that is there by then, the shares of earlier ones too. */
static bool
compound(struct multiplying *multiplying, int cell, struct ratio gain)
{
	struct ratio *own = &multiplying->target->cells[cell_of(multiplying, cell)];
	bool tries = multiplying->rule->dry_run;
	struct ratio sum = *own;

	if (gain.num < 0 && !tries && !lower(own, *own, gain))
		return false;
	for (struct share *share = multiplying->target->shares; share; share = share->next) {
		if (share->target_give != multiplying->target_give)
			continue;
		if (gain.num > 0 || tries) {
			if (!ratio_add(sum, share->cells[cell], &sum))
				return false;
		} else if (!lower(&share->cells[cell], share->cells[cell], gain)) {
			return false;
		}
	}
	if (gain.num < 0 && !tries) {
		multiplying->lowers = true;
		return true;
	}
	return ratio_multiply(sum, gain, &multiplying->share->cells[cell]);
}

/* best: only what this factor is better than the best so far; the first sets that. */
static bool
gain_on_best(struct multiplying *multiplying, int cell, struct ratio factor, struct ratio *gain)
{
	struct earning *earning = multiplying->earning;
	struct firing *target = multiplying->target;
	int count =
		earning->engine->programme->rules[target->rule].gives.count * earning->cell_count;
	struct ratio *best;

	if (!target->best) {
		target->best = earn_ratios(earning, count);
		for (int i = 0; target->best && i < count; i++)
			target->best[i] = ratio_of(-1, 1);
	}
	if (!target->best)
		return false;
	best = &target->best[cell_of(multiplying, cell)];
	if (best->num >= 0 && !ratio_subtract(factor, *best, gain))
		return false;
	if (best->num >= 0 && gain->num < 0)
		*gain = RATIO_ZERO;
	if (!multiplying->rule->dry_run && ratio_compare(factor, *best) > 0)
		*best = factor;
	return true;
}

/* add, best: (factor - 1) times what was there before any multiplier. */
static bool
simple(struct multiplying *multiplying, int cell, struct ratio gain)
{
	struct ratio original = original_of(multiplying, cell);

	if (gain.num > 0 || multiplying->rule->dry_run)
		return ratio_multiply(original, gain, &multiplying->share->cells[cell]);
	if (gain.num == 0)
		return true;
	multiplying->lowers = true;
	return keep_originals(multiplying) &&
	       lower(&multiplying->target->cells[cell_of(multiplying, cell)], original, gain);
}

static bool
multiply_cell(struct multiplying *multiplying, int cell)
{
	enum multipliers policy = multiplying->earning->engine->programme->policy.multipliers;
	struct ratio factor, gain;

	if (original_of(multiplying, cell).num == 0 || !selects(multiplying, cell) ||
		!factor_at(multiplying, cell, &factor))
		return true;
	multiplying->acts = true;
	if (!ratio_subtract(factor, ratio_of(1, 1), &gain))
		return false;
	if (policy == MULTIPLIERS_COMPOUND)
		return compound(multiplying, cell, gain);
	if (policy == MULTIPLIERS_BEST && !gain_on_best(multiplying, cell, factor, &gain))
		return false;
	return simple(multiplying, cell, gain);
}

/* ---- sums ----------------------------------------------------------------- */

/* What a multiplier gives of a unit is the sum of its shares. */
static bool
sum_shares(struct earning *earning, struct firing *firing, int give)
{
	struct ratio *cells = firing->cells + give * earning->cell_count;
	struct ratio *fixed = &firing->fixed_parts[give];

	*fixed = RATIO_ZERO;
	for (int i = 0; i < earning->cell_count; i++)
		cells[i] = RATIO_ZERO;
	for (const struct share *share = firing->own; share; share = share->next_own) {
		if (share->give != give)
			continue;
		for (int i = 0; i < earning->cell_count; i++) {
			struct ratio *sum = share->target->fixed ? fixed : &cells[i];

			if (!ratio_add(*sum, share->cells[i], sum))
				return false;
		}
	}
	return sum_ratios(cells, earning->cell_count, &firing->totals[give]) &&
	       ratio_add(firing->totals[give], *fixed, &firing->totals[give]);
}

/* Of the limits' room, what was lowered uses less. */
static void
use_less(struct earning *earning, struct firing *firing)
{
	const struct programme *programme = earning->engine->programme;
	const struct unit_amounts *gives = &programme->rules[firing->rule].gives;

	for (struct room_use *use = firing->rooms; use; use = use->next) {
		int unit;

		if (use->give < 0)
			continue;
		unit = programme->limits[use->limit].most.items[use->give].unit;
		for (int i = 0; i < gives->count; i++)
			if (gives->items[i].unit == unit)
				use->exact = firing->totals[i];
	}
}

/* A lowered firing, and the multipliers that had a share in it, give less. */
static bool
sum_lowered(struct multiplying *multiplying)
{
	struct earning *earning = multiplying->earning;
	struct firing *target = multiplying->target;
	int give = multiplying->target_give;

	if (!sum_ratios(target->cells + give * earning->cell_count, earning->cell_count,
		    &target->totals[give]))
		return false;
	use_less(earning, target);
	for (struct share *share = target->shares; share; share = share->next) {
		if (share->target_give != give)
			continue;
		if (!sum_shares(earning, share->by, share->give))
			return false;
		use_less(earning, share->by);
	}
	return true;
}

/* ---- one multiplier --------------------------------------------------------- */

static bool
new_share(struct multiplying *multiplying)
{
	struct earning *earning = multiplying->earning;
	struct share *share = scratch_take(&earning->engine->scratch, sizeof(*share));

	if (!share) {
		engine_memory(earning->engine);
		return false;
	}
	*share = (struct share){ .by = multiplying->firing,
		.give = multiplying->give,
		.target = multiplying->target,
		.target_give = multiplying->target_give,
		.cells = earn_ratios(earning, earning->cell_count) };
	share->next_own = multiplying->firing->own;
	multiplying->firing->own = share;
	multiplying->share = share;
	return share->cells != NULL;
}

/* Later multipliers see the share; not what was only tried. */
static void
show_shares(struct firing *firing)
{
	for (struct share *share = firing->own; share; share = share->next_own) {
		share->next = share->target->shares;
		share->target->shares = share;
	}
}

static void
multiply_target(struct multiplying *multiplying)
{
	bool fits = new_share(multiplying);
	bool lowered = multiplying->lowers;

	multiplying->lowers = false;
	for (int i = 0; fits && i < multiplying->earning->cell_count; i++)
		fits = multiply_cell(multiplying, i);
	if (fits && multiplying->lowers)
		fits = sum_lowered(multiplying);
	multiplying->lowers = multiplying->lowers || lowered;
	if (!fits)
		overflow(multiplying);
}

static void
multiply_give(struct multiplying *multiplying)
{
	struct earning *earning = multiplying->earning;
	const struct rule *rule = multiplying->rule;
	int unit = rule->gives.items[multiplying->give].unit;

	for (struct firing *target = earning->first; target; target = target->next) {
		const struct rule *of = &earning->engine->programme->rules[target->rule];

		if (of->multiplies || of->dry_run || !multiplies_rule(rule, target->rule) ||
			of->to_referrer != rule->to_referrer)
			continue;
		for (int i = 0; i < of->gives.count; i++) {
			if (of->gives.items[i].unit != unit || !target->given[i])
				continue;
			multiplying->target = target;
			multiplying->target_give = i;
			multiply_target(multiplying);
		}
	}
}

/* A limit takes from all shares of a unit alike. */
static void
clip_shares(struct earning *earning, struct firing *firing, int give, struct ratio before)
{
	struct ratio left;

	if (before.num <= 0 || ratio_compare(firing->totals[give], before) == 0 ||
		!ratio_divide(firing->totals[give], before, &left))
		return;
	for (struct share *share = firing->own; share; share = share->next_own)
		for (int i = 0; share->give == give && i < earning->cell_count; i++)
			if (!ratio_multiply(share->cells[i], left, &share->cells[i]))
				engine_overflow(earning->engine, "what a rule multiplies");
}

static void
stop_multipliers(struct earning *earning, const struct rule *rule)
{
	for (int i = 0; i < rule->gives.count; i++)
		for (int j = 0; j < earning->line_count; j++)
			if (earning->selected[j])
				earning->multiplied[j] |= UINT64_C(1) << rule->gives.items[i].unit;
}

static void
select_multiplied(struct earning *earning, const struct rule *rule)
{
	const struct fact *fact = earning->cause->fact;

	for (int i = 0; i < earning->line_count; i++) {
		earning->selected[i] = line_is_there(&earning->question, i);
		if (earning->selected[i] && rule->items && fact && fact->line_count)
			earning->selected[i] = element_holds(
				&earning->question, rule->items, TABLE_ITEMS, fact->lines[i].row);
	}
}

/* What the limits leave of it; whether the multiplier fires at all. */
static bool
clip_multiplier(struct multiplying *multiplying, const struct limits_asked *asked)
{
	struct earning *earning = multiplying->earning;
	struct firing *firing = multiplying->firing;
	int gives = multiplying->rule->gives.count;
	struct ratio *before = earn_ratios(earning, gives);
	bool gave = false;

	if (!before)
		return false;
	for (int i = 0; i < gives; i++) {
		before[i] = firing->totals[i];
		firing->given[i] = before[i].num != 0;
		gave = gave || firing->given[i];
	}
	limit_firing(earning, asked, firing);
	for (int i = 0; i < gives; i++)
		clip_shares(earning, firing, i, before[i]);
	return multiplying->lowers || gives_something(earning, firing) ||
	       (multiplying->acts && !gave);
}

void
fire_multiply(struct earning *earning, int index, struct member *receiver)
{
	const struct rule *rule = &earning->engine->programme->rules[index];
	struct limits_asked asked = earn_limits(earning, rule, receiver);
	struct multiplying multiplying = { .earning = earning, .rule = rule };
	struct slice times_limit;
	struct firing *firing;

	if (earning->recall ? !fired_then(earning, rule, index)
			    : limits_times(&asked, &times_limit) < 1)
		return;
	firing = multiplying.firing = new_firing(earning, index, receiver);
	if (!firing)
		return;
	select_multiplied(earning, rule);
	for (multiplying.give = 0; multiplying.give < rule->gives.count; multiplying.give++) {
		earn_look_at(earning, rule->gives.items[multiplying.give].unit);
		multiply_give(&multiplying);
		if (!sum_shares(earning, firing, multiplying.give))
			overflow(&multiplying);
	}
	earning->question.levels = NULL;
	if (!clip_multiplier(&multiplying, &asked))
		return;
	keep_firing(earning, firing);
	if (rule->dry_run)
		return;
	show_shares(firing);
	if (!earning->recall)
		use_limits(earning, &asked, firing);
	if (rule->stop)
		stop_multipliers(earning, rule);
}

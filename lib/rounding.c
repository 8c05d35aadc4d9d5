/*
 * rounding.c - from exact contributions to postings.
 *
 * By purchase: the sum of all rules for a unit and receiver is rounded once and
 * dealt out to the rules by largest remainder, ties to the earlier rule. By rule,
 * by line, or carrying the remainder to the rule's next firing: each on its own.
 */
#include <stdlib.h>

#include "earn.h"
#include "lots.h"

static const struct rule *
rule_of(const struct earning *earning, const struct firing *firing)
{
	return &earning->engine->programme->rules[firing->rule];
}

static bool
round_down(struct ratio ratio, int decimals, int64_t *count, struct ratio *rest)
{
	struct ratio whole;

	if (!ratio_round(ratio, decimals, ROUND_DOWN, count))
		return false;
	whole = ratio_of(*count, decimal_power(decimals));
	return ratio_subtract(ratio, whole, rest);
}

/* ---- by purchase --------------------------------------------------------- */

/* One firing's part of a unit's sum. */
struct portion {
	struct firing *firing;
	int give;
	struct ratio rest;
};

static int
collect_parts(const struct earning *earning, int unit, const struct member *receiver,
	struct portion *parts)
{
	int count = 0;

	for (struct firing *firing = earning->first; firing; firing = firing->next) {
		int give = rule_give(rule_of(earning, firing), unit);

		if (give < 0 || firing->receiver != receiver || rule_of(earning, firing)->dry_run)
			continue;
		if (parts)
			parts[count] = (struct portion){ firing, give, RATIO_ZERO };
		count++;
	}
	return count;
}

/* Deals what rounding down left over to the largest remainders. */
static void
deal(struct portion *parts, int count, int64_t left)
{
	while (left > 0) {
		int best = 0;

		for (int i = 1; i < count; i++)
			if (ratio_compare(parts[i].rest, parts[best].rest) > 0)
				best = i;
		parts[best].firing->rounded[parts[best].give]++;
		parts[best].rest = ratio_of(-1, 1);
		left--;
	}
}

static void
round_purchase(struct earning *earning, int index, struct member *receiver)
{
	const struct unit *unit = &earning->engine->programme->units[index];
	int count = collect_parts(earning, index, receiver, NULL);
	struct portion *parts =
		scratch_take(&earning->engine->scratch, (size_t)count * sizeof(*parts));
	struct ratio sum = RATIO_ZERO;
	int64_t total;

	if (!parts)
		return;
	collect_parts(earning, index, receiver, parts);
	for (int i = 0; i < count; i++)
		if (!ratio_add(sum, parts[i].firing->totals[parts[i].give], &sum))
			goto overflow;
	if (!ratio_round(sum, unit->decimals, unit->round, &total))
		goto overflow;
	for (int i = 0; i < count; i++) {
		int64_t *rounded = &parts[i].firing->rounded[parts[i].give];

		if (!round_down(parts[i].firing->totals[parts[i].give], unit->decimals, rounded,
			    &parts[i].rest))
			goto overflow;
		total -= *rounded;
	}
	deal(parts, count, total);
	return;
overflow:
	engine_overflow(earning->engine, "what the rules give");
}

/* ---- each on its own -------------------------------------------------------- */

static bool
round_lines(const struct earning *earning, const struct firing *firing, int give,
	const struct unit *unit, int64_t *total)
{
	const struct ratio *cells = firing->cells + give * earning->cell_count;

	if (!ratio_round(firing->fixed_parts[give], unit->decimals, unit->round, total))
		return false;
	for (int i = 0; i < earning->line_count; i++) {
		struct ratio line = RATIO_ZERO;
		int64_t rounded;

		for (int j = 0; j < earning->tender_count; j++)
			if (!ratio_add(line, cells[i * earning->tender_count + j], &line))
				return false;
		if (!ratio_round(line, unit->decimals, unit->round, &rounded) ||
			add_overflows(*total, rounded, total))
			return false;
	}
	return true;
}

static struct carry *
carry_of(struct earning *earning, struct firing *firing, int unit)
{
	struct member_more *more = member_more(earning->engine->programme, firing->receiver);
	struct carry *carries;

	if (!more) {
		engine_memory(earning->engine);
		return NULL;
	}
	for (uint32_t i = 0; i < more->carry_count; i++)
		if (more->carries[i].rule == firing->rule && more->carries[i].unit == unit)
			return &more->carries[i];
	carries = realloc(more->carries, (more->carry_count + 1) * sizeof(*carries));
	if (!carries) {
		engine_memory(earning->engine);
		return NULL;
	}
	more->carries = carries;
	carries[more->carry_count] = (struct carry){ (int16_t)firing->rule, (uint8_t)unit, 0, 1 };
	return &carries[more->carry_count++];
}

/* What a firing began with, for a recheck. */
static bool
note_carried(
	struct earning *earning, const struct firing *firing, int give, const struct carry *carry)
{
	struct recall_firing *kept;

	if (!earning->noted)
		return true;
	kept = recall_firing(earning->noted, earning->engine->programme, firing->rule);
	if (!kept)
		engine_memory(earning->engine);
	else
		kept->parts[give].carried = ratio_of(carry->num, carry->den);
	return kept != NULL;
}

/* Of terms that have grown too large together only what 18 decimals hold is added. */
static bool
add_carried(struct ratio total, struct ratio carried, struct ratio *sum)
{
	return ratio_add(total, carried, sum) ||
	       ratio_add(ratio_settled(total), ratio_to(carried, DECIMAL_DIGITS_MAX), sum);
}

static bool
round_carry_again(struct earning *earning, struct firing *firing, int give, int unit)
{
	const struct recall_firing *kept = recall_find(earning->recall, firing->rule);
	struct ratio sum = firing->totals[give];
	struct ratio rest;

	return (!kept || add_carried(sum, kept->parts[give].carried, &sum)) &&
	       round_down(sum, earning->engine->programme->units[unit].decimals,
		       &firing->rounded[give], &rest);
}

/* Down, and what is left stays with member and rule for its next firing. */
static bool
round_carry(struct earning *earning, struct firing *firing, int give, int unit)
{
	struct carry *carry;
	struct ratio sum, rest;

	if (earning->recall)
		return round_carry_again(earning, firing, give, unit);
	carry = carry_of(earning, firing, unit);
	if (!carry || !note_carried(earning, firing, give, carry) ||
		!add_carried(firing->totals[give], ratio_of(carry->num, carry->den), &sum) ||
		!round_down(sum, earning->engine->programme->units[unit].decimals,
			&firing->rounded[give], &rest))
		return false;
	if (earning->ahead)
		return true;
	rest = ratio_settled(rest);
	return !narrow_overflows(rest.num, &carry->num) && !narrow_overflows(rest.den, &carry->den);
}

static void
round_alone(struct earning *earning, struct firing *firing, int give)
{
	const struct rule *rule = rule_of(earning, firing);
	int index = rule->gives.items[give].unit;
	const struct unit *unit = &earning->engine->programme->units[index];
	int64_t *rounded = &firing->rounded[give];
	bool fits;

	if (rule->dry_run) {
		fits = ratio_round(firing->totals[give], unit->decimals,
			unit->round_per == ROUND_CARRY ? ROUND_DOWN : unit->round, rounded);
		if (!fits)
			engine_overflow(earning->engine, "what a rule gives");
		return;
	}
	switch (unit->round_per) {
	case ROUND_PER_LINE:
		fits = round_lines(earning, firing, give, unit, rounded);
		break;
	case ROUND_CARRY:
		fits = round_carry(earning, firing, give, index);
		break;
	default:
		fits = ratio_round(firing->totals[give], unit->decimals, unit->round, rounded);
		break;
	}
	if (!fits)
		engine_overflow(earning->engine, "what a rule gives");
}

static bool
is_first_of_unit(const struct earning *earning, const struct firing *firing, int unit)
{
	for (const struct firing *f = earning->first; f != firing; f = f->next)
		if (f->receiver == firing->receiver && !rule_of(earning, f)->dry_run &&
			rule_give(rule_of(earning, f), unit) >= 0)
			return false;
	return true;
}

void
round_firings(struct earning *earning)
{
	const struct programme *programme = earning->engine->programme;

	for (struct firing *firing = earning->first; firing; firing = firing->next) {
		const struct rule *rule = rule_of(earning, firing);

		for (int i = 0; i < rule->gives.count; i++) {
			int unit = rule->gives.items[i].unit;

			if (programme->units[unit].round_per != ROUND_PER_PURCHASE || rule->dry_run)
				round_alone(earning, firing, i);
			else if (is_first_of_unit(earning, firing, unit))
				round_purchase(earning, unit, firing->receiver);
		}
	}
}

/* ---- posting ------------------------------------------------------------------ */

/* What was posted is what a `most` limit counts. */
static void
settle_rooms(const struct earning *earning, struct firing *firing)
{
	const struct programme *programme = earning->engine->programme;
	const struct rule *rule = rule_of(earning, firing);

	for (struct room_use *use = firing->rooms; use; use = use->next)
		if (use->give >= 0)
			use->amount = firing->rounded[rule_give(
				rule, programme->limits[use->limit].most.items[use->give].unit)];
}

/* Of the room of limits that rewards use, too, only what is posted is known to them. */
static void
drop_shared_rooms(const struct programme *programme, struct firing *firing)
{
	struct room_use **use = &firing->rooms;

	while (*use) {
		if (programme->limits[(*use)->limit].by_both)
			*use = (*use)->next;
		else
			use = &(*use)->next;
	}
}

/* A firing that was rounded to nothing has used its room all the same, until its sale returns. */
static void
keep_nothing(struct earning *earning, struct firing *firing)
{
	const struct rule *rule = rule_of(earning, firing);
	struct posting nothing = {
		.member = firing->receiver, .rule_index = firing->rule, .firing = firing
	};
	struct unit_delta *units;

	drop_shared_rooms(earning->engine->programme, firing);
	if (!firing->rooms)
		return;
	units = posting_units(earning->engine, &nothing, rule->gives.count);
	nothing.unit_count = 0;
	for (int i = 0; units && i < rule->gives.count; i++)
		if (firing->given[i])
			units[nothing.unit_count++].unit = rule->gives.items[i].unit;
	apply_firing(earning->engine, earning->cause, &nothing);
}

static void
post_firing(struct earning *earning, struct firing *firing)
{
	struct engine *engine = earning->engine;
	const struct rule *rule = rule_of(earning, firing);
	struct posting *posting;
	struct unit_delta *units;
	int count = 0;

	for (int i = 0; i < rule->gives.count; i++)
		count += firing->rounded[i] != 0;
	settle_rooms(earning, firing);
	if (count == 0) {
		if (!rule->dry_run)
			keep_nothing(earning, firing);
		return;
	}
	posting = engine_posting(engine, earning->cause,
		rule->dry_run ? POSTING_TRIED : POSTING_EARNED, firing->receiver, rule->id,
		firing->rule);
	units = posting_units(engine, posting, count);
	if (!units)
		return;
	count = 0;
	/* In the document's order of units, whatever the rule's. */
	for (int unit = 0; unit < engine->programme->unit_count; unit++) {
		int give = rule_give(rule, unit);

		if (give < 0 || firing->rounded[give] == 0)
			continue;
		units[count].unit = unit;
		units[count].amount = firing->rounded[give];
		lot_dates(engine, firing->receiver, unit, rule, earning->cause, &units[count]);
		count++;
	}
	posting->limited = firing->limited;
	posting->firing = rule->dry_run ? NULL : firing;
	engine_post(engine, earning->cause, posting);
}

void
post_firings(struct earning *earning)
{
	round_firings(earning);
	for (struct firing *firing = earning->first;
		firing && earning->engine->status == LOYALTY_OK; firing = firing->next) {
		firing->line_count = earning->line_count;
		firing->tender_count = earning->tender_count;
		post_firing(earning, firing);
	}
}

/*
 * fractions.c - what counts of a base hold beyond the eight decimals that tallies keep.
 */
#include "fractions.h"

#include <stdlib.h>

#include "periods.h"
#include "tally.h"

static bool
rolls(const struct programme *programme, int counter)
{
	return programme->counters[counter].period.kind == PERIOD_ROLLING;
}

/* The window that a counter counts `at` in. false: nothing counts in it. */
static bool
counts_at(const struct programme *programme, const struct member *member, int counter, instant at,
	instant *window)
{
	struct span span = { at, at };
	bool counts =
		rolls(programme, counter) || tally_window(programme, member, counter, at, &span);

	*window = span.begin;
	return counts;
}

static struct ratio
value_of(const struct fraction *fraction)
{
	return ratio_of(fraction->num, fraction->den);
}

/* Of large terms only what 18 decimals hold. */
static struct ratio
sum_of(struct ratio a, struct ratio b)
{
	struct ratio sum;

	if (!ratio_add(a, b, &sum) &&
		!ratio_add(ratio_to(a, DECIMAL_DIGITS_MAX), ratio_to(b, DECIMAL_DIGITS_MAX), &sum))
		return a;
	return ratio_settled(sum);
}

bool
fraction_counts(const struct programme *programme, const struct member *member,
	const struct fraction *fraction)
{
	int counter = (int)fraction->counter;

	return fraction->num != 0 &&
	       (!rolls(programme, counter) ||
		       rolling_holds(programme, programme->counters[counter].period.rolling,
			       fraction->at, member->clock));
}

static struct fraction *
new_fraction(const struct programme *programme, struct member *member, struct member_more *more)
{
	uint32_t kept = 0;
	struct fraction *fractions;

	for (uint32_t i = 0; i < more->fraction_count; i++)
		if (fraction_counts(programme, member, &more->fractions[i]))
			more->fractions[kept++] = more->fractions[i];
	more->fraction_count = kept;
	fractions = realloc(more->fractions, (kept + 1) * sizeof(*fractions));
	if (!fractions)
		return NULL;
	more->fractions = fractions;
	return &fractions[more->fraction_count++];
}

bool
fraction_add(const struct programme *programme, struct member *member, int counter, uint64_t by,
	instant at, struct ratio rest)
{
	struct member_more *more = member_more(programme, member);
	struct fraction *found = NULL;
	instant window;

	if (!counts_at(programme, member, counter, at, &window))
		return true;
	for (uint32_t i = 0; more && i < more->fraction_count && !found; i++)
		if (more->fractions[i].counter == (uint32_t)counter &&
			more->fractions[i].by == by && more->fractions[i].at == window)
			found = &more->fractions[i];
	if (!found && more) {
		found = new_fraction(programme, member, more);
		if (found)
			*found = (struct fraction){ by, window, 0, 1, (uint32_t)counter };
	}
	if (!found)
		return false;
	rest = sum_of(value_of(found), ratio_settled(rest));
	found->num = (int64_t)rest.num;
	found->den = (int64_t)rest.den;
	return true;
}

struct ratio
fraction_sum(const struct programme *programme, const struct member *member, int counter,
	uint64_t by, instant now)
{
	const struct member_more *more = member->more;
	bool rolling = rolls(programme, counter);
	struct ratio sum = RATIO_ZERO;
	instant window;

	if (!more || more->fraction_count == 0 ||
		!counts_at(programme, member, counter, now, &window))
		return sum;
	for (uint32_t i = 0; i < more->fraction_count; i++) {
		const struct fraction *fraction = &more->fractions[i];

		if (fraction->counter != (uint32_t)counter || fraction->by != by)
			continue;
		if (rolling ? fraction->at <= now &&
					rolling_holds(programme,
						programme->counters[counter].period.rolling,
						fraction->at, now)
			    : fraction->at == window)
			sum = sum_of(sum, value_of(fraction));
	}
	return sum;
}

bool
fraction_split(struct ratio exact, int64_t *count, struct ratio *rest)
{
	return ratio_round(exact, TALLY_DECIMALS, ROUND_DOWN, count) &&
	       ratio_subtract(exact, ratio_of(*count, decimal_power(TALLY_DECIMALS)), rest);
}

/*
 * rests.c - what counts of a base hold beyond the eight decimals that tallies keep.
 */
#include "rests.h"

#include <stdlib.h>

#include "periods.h"
#include "tally.h"

static bool
rolls(const struct programme *programme, int counter)
{
	return programme->counters[counter].period.kind == PERIOD_ROLLING;
}

static struct ratio
rest_of(const struct rest *rest)
{
	return ratio_of(rest->num, rest->den);
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

static bool
still_counts(
	const struct programme *programme, const struct member *member, const struct rest *rest)
{
	int counter = (int)rest->counter;

	return rest->num != 0 &&
	       (!rolls(programme, counter) ||
		       rolling_holds(programme, programme->counters[counter].period.rolling,
			       rest->at, member->clock));
}

static struct rest *
add_rest(const struct programme *programme, struct member *member, struct member_more *more)
{
	uint32_t kept = 0;
	struct rest *rests;

	for (uint32_t i = 0; i < more->rest_count; i++)
		if (still_counts(programme, member, &more->rests[i]))
			more->rests[kept++] = more->rests[i];
	more->rest_count = kept;
	rests = realloc(more->rests, (kept + 1) * sizeof(*rests));
	if (!rests)
		return NULL;
	more->rests = rests;
	return &rests[more->rest_count++];
}

bool
rests_add(const struct programme *programme, struct member *member, int counter, uint64_t by,
	instant at, struct ratio rest)
{
	instant window = tally_window(programme, member, counter, at);
	struct member_more *more = member_more(programme, member);
	struct rest *found = NULL;

	for (uint32_t i = 0; more && i < more->rest_count && !found; i++)
		if (more->rests[i].counter == (uint32_t)counter && more->rests[i].by == by &&
			more->rests[i].at == window)
			found = &more->rests[i];
	if (!found && more) {
		found = add_rest(programme, member, more);
		if (found)
			*found = (struct rest){ by, window, 0, 1, (uint32_t)counter };
	}
	if (!found)
		return false;
	rest = sum_of(rest_of(found), ratio_settled(rest));
	found->num = (int64_t)rest.num;
	found->den = (int64_t)rest.den;
	return true;
}

struct ratio
rests_sum(const struct programme *programme, const struct member *member, int counter, uint64_t by,
	instant now)
{
	const struct member_more *more = member->more;
	bool rolling = rolls(programme, counter);
	struct ratio sum = RATIO_ZERO;
	instant window;

	if (!more || more->rest_count == 0)
		return sum;
	window = tally_window(programme, member, counter, now);
	for (uint32_t i = 0; i < more->rest_count; i++) {
		const struct rest *rest = &more->rests[i];

		if (rest->counter != (uint32_t)counter || rest->by != by)
			continue;
		if (rolling ? rest->at <= now &&
					rolling_holds(programme,
						programme->counters[counter].period.rolling,
						rest->at, now)
			    : rest->at == window)
			sum = sum_of(sum, rest_of(rest));
	}
	return sum;
}

bool
rest_split(struct ratio exact, int64_t *count, struct ratio *rest)
{
	return ratio_round(exact, REST_DECIMALS, ROUND_DOWN, count) &&
	       ratio_subtract(exact, ratio_of(*count, decimal_power(REST_DECIMALS)), rest);
}

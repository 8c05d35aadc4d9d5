/*
 * fractions.h - what counts of a base hold beyond the eight decimals that tallies keep.
 *
 * A base that is a share of what was paid may be no decimal. Few are, so the rest is kept
 * apart from the tally, exactly as long as its terms stay small, else to 18 decimals.
 */
#ifndef FRACTIONS_H
#define FRACTIONS_H

#include "member.h"
#include "ratio.h"

enum { TALLY_DECIMALS = 8 };

/* Adds to the rest of what a counter counted at a time. false: out of memory. */
bool fraction_add(const struct programme *programme, struct member *member, int counter,
	uint64_t by, instant at, struct ratio rest);

/* Whether a rest still says something. */
bool fraction_counts(const struct programme *programme, const struct member *member,
	const struct fraction *fraction);

/* The rest of what a counter has in its period now. */
struct ratio fraction_sum(const struct programme *programme, const struct member *member,
	int counter, uint64_t by, instant now);

/* Splits a count into whole 10^-8 (rounded down) and the rest. false: it does not fit. */
bool fraction_split(struct ratio exact, int64_t *count, struct ratio *rest);

#endif

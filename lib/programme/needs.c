/*
 * needs.c - which deciders each decider has to run silently where they have not
 * run upstream.
 */
#include "loader.h"

enum { EARN, TIER, REDEEM, EXPIRE };

/* What a decider needs because of what its values look at. */
static unsigned
needs_of_reads(unsigned reads)
{
	unsigned needs = 0;

	if (reads & READS_LEVEL)
		needs |= DECIDE_TIER;
	if (reads & (READS_BALANCE | READS_REDEEM))
		needs |= DECIDE_REDEEM | DECIDE_EXPIRE;
	return needs;
}

/* What is needed by what is needed. */
static void
close_needs(unsigned needs[DECIDER_COUNT])
{
	for (int round = 0; round < DECIDER_COUNT; round++) {
		for (int i = 0; i < DECIDER_COUNT; i++) {
			for (int j = 0; j < DECIDER_COUNT; j++) {
				if (needs[i] & (1u << j))
					needs[i] |= needs[j];
			}
		}
	}
	for (int i = 0; i < DECIDER_COUNT; i++)
		needs[i] &= ~(1u << i);
}

static bool
limits_cross(const struct programme *programme)
{
	for (int i = 0; i < programme->limit_count; i++) {
		if (programme->limits[i].by_both)
			return true;
	}
	return false;
}

void
needs_work_out(struct loader *loader)
{
	struct programme *programme = loader->programme;
	unsigned *needs = programme->needs;
	unsigned tier = programme->ladder_count > 0 ? DECIDE_TIER : 0;

	needs[EARN] = needs_of_reads(loader->reads[EARN]);
	/* What rewards took leaves less for rules. */
	if (limits_cross(programme))
		needs[EARN] |= DECIDE_REDEEM | DECIDE_EXPIRE;
	needs[TIER] = DECIDE_EARN | needs_of_reads(loader->reads[TIER]);
	needs[REDEEM] = DECIDE_EARN | DECIDE_EXPIRE | tier;
	needs[EXPIRE] = DECIDE_EARN | DECIDE_REDEEM | tier;
	if (programme->ladder_count == 0) {
		needs[EARN] &= ~(unsigned)DECIDE_TIER;
	}
	close_needs(needs);
}

/*
 * reach.h - counts that rise to a threshold.
 */
#ifndef REACH_H
#define REACH_H

#include "engine.h"

/* What the balances stand at before a posting is applied, from scratch; NULL: nobody looks. */
struct rise *rises_before(struct engine *engine, struct member *member, const struct cause *cause);
/* What the posting, now applied, did to everything that is looked at. */
void rises_after(struct engine *engine, const struct cause *cause, const struct posting *posting,
	struct rise *rises);
/* What lots did that became usable. */
struct rise *rises_usable(struct engine *engine, struct member *member, const struct cause *cause);

/*
 * How many thresholds the cause reached that a rule or reward (its place: rules, then
 * rewards) has not been fired by in this window; of more than FIRINGS_MAX one more.
 */
int reach_count(const struct programme *programme, const struct cause *cause, int reach, int place);
/* The how-manieth (from 0) of them. */
int64_t reach_threshold(const struct programme *programme, const struct cause *cause, int reach,
	int place, int which);

/* The threshold has brought what it brings: it does not again. Its mark + 1, 0: it has none. */
uint32_t apply_reach(
	struct engine *engine, const struct cause *cause, int reach, int place, int64_t threshold);
/* Adds a mark that was made before. false: out of memory. */
bool reach_put(
	const struct programme *programme, struct member *member, const struct reach_mark *mark);
/* Whether its threshold may be asked for again in the same window. */
bool reach_matters(const struct member *member, const struct reach_mark *mark);
/* What a threshold brought was wholly taken back (or no more): it may come again. */
void apply_reach_back(struct member *member, uint32_t mark, bool back);

#endif

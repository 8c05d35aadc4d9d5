/*
 * tier.h - levels: what the schedule and apply ask of the tier decider.
 */
#ifndef TIER_H
#define TIER_H

#include "engine.h"

/* When the member's levels must be looked at again, or INSTANT_NEVER. */
instant tier_next(struct engine *engine, struct member *member);

/* The member's place on a ladder, made at the first call. NULL: out of memory. */
struct standing *tier_standing(struct engine *engine, struct member *member, int index);

/* What a standing counts for the needs of its ladder's levels (member.h). */
int64_t *tier_terms(const struct ladder *ladder, struct standing *standing);

/* The levels that a member holds are held by another, whichever ends later. */
void tier_merge(struct engine *engine, struct member *from, struct member *to);

/* The level that further units, of which `gained` says how many, would let the member have. */
int tier_level_with(struct engine *engine, struct cause *cause, int ladder, const int64_t *gained);

/*
 * Counts what came after the terms of levels began (`at`: when it counts). A reversal counts
 * where its sale did, which is the *sale-th of the member's facts; NULL: it is none.
 */
void tier_count_terms(struct member *member, const struct programme *programme, int unit,
	int64_t amount, instant at, const int64_t *sale);

#endif

/*
 * lots.h - points that were earned together: their ends, and who comes first.
 */
#ifndef LOTS_H
#define LOTS_H

#include "engine.h"

/* The exclusive end of a lot by what is known now; INSTANT_NEVER: it has none. */
instant lot_end(struct engine *engine, struct member *member, const struct lot *lot);

/* When points given now become usable (INSTANT_ALWAYS: at once) and end. */
void lot_dates(struct engine *engine, struct member *member, int unit, const struct rule *rule,
	const struct cause *cause, struct unit_delta *delta);

/*
 * When the life of a lot began: with the latest of its clocks where its end is not fixed,
 * else when it was earned.
 */
instant lot_since(struct engine *engine, struct member *member, const struct lot *lot);

/* What has ended by `now` is over; where lots end with a tick, by the latest one. */
static inline instant
lots_ended_by(const struct engine *engine, instant now)
{
	return engine->programme->policy.sweep == SWEEP_ON_TICK ? engine->swept : now;
}

/* Whether a lot can pay at `now`. */
bool lot_pays(struct engine *engine, struct member *member, const struct lot *lot, instant now);

struct lot *lot_find(struct member *member, struct slice name, int unit);

/* Adds a lot. NULL: out of memory. */
struct lot *lot_add(
	struct engine *engine, struct member *member, struct slice name, const struct lot *like);

/*
 * The same for a lot that was there before and stands where it stood: by its number, or
 * where that is LOT_NUMBER_UNKNOWN by when and by which rule it was given.
 */
struct lot *lot_put_back(
	struct engine *engine, struct member *member, struct slice name, const struct lot *like);

#define LOT_NUMBER_UNKNOWN UINT32_MAX

/*
 * Indices of the member's lots of a unit that can pay at `now`, in the programme's order,
 * from scratch; *count of them.
 */
uint32_t *lots_in_order(
	struct engine *engine, struct member *member, int unit, instant now, uint32_t *count);

/* A change of a lot for a posting; the name is a copy, since lots' names may move. */
struct lot_delta lot_delta_of(
	struct engine *engine, const struct member *member, const struct lot *lot, int64_t amount);

/* The start of the bucket of a lot, INSTANT_ALWAYS where the unit has none. */
instant lot_bucket(struct engine *engine, struct member *member, const struct lot *lot);

/* What the member owes of a unit. */
int64_t member_debt(const struct member *member, int unit);

#endif

/*
 * clocks.h - the clocks that lots live by: when each last happened, and when it stood still.
 *
 * A lot that died while nothing was left of it stays dead: what is given back to it dies
 * at once. So where a clock moves on after a time in which a lot may have died, that time is
 * kept.
 */
#ifndef CLOCKS_H
#define CLOCKS_H

#include "engine.h"

/* The clock happens at `at`. */
void clock_move(struct engine *engine, struct member *member, int clock, instant at);

/*
 * The end of a life that began at `start` and began again with each of its clocks, up to
 * the first time it ended; INSTANT_NEVER where it does not end.
 */
instant clock_life_end(struct engine *engine, const struct member *member,
	const struct expiry *expiry, instant start);

#endif

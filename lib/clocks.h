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

/* The clocks of one member happened to another, too. */
void clocks_merge(struct engine *engine, const struct member *from, struct member *to);

/* What happened before a new enrolment moves lots only, which stay. The member has a rarer part. */
void clocks_leave(const struct programme *programme, struct member *member);

/*
 * The end of a life that began at `start` and began again with each of its clocks, up to
 * the first time it ended; INSTANT_NEVER where it does not end.
 */
instant clock_life_end(struct engine *engine, const struct member *member,
	const struct expiry *expiry, instant start);

#endif

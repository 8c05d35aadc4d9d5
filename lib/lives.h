/*
 * lives.h - the ends of lives, remembered: most of what starts on a day ends on one day.
 *
 * Working out an end asks the calendar and the zone several times; a log in order of time asks
 * for the same ends a thousand times in a row.
 */
#ifndef LIVES_H
#define LIVES_H

#include "member.h"

enum { LIVES_KEPT = 8 };

/* What starts in [from, to) ends at `end`. */
struct kept_end {
	const struct life *life; /* NULL: nothing kept here yet */
	instant from, to, end;
};

struct lives {
	struct kept_end kept[LIVES_KEPT];
	int oldest; /* which is given up next */
};

/* life_end() of a member's life from its start. */
instant lives_end(struct lives *lives, const struct programme *programme,
	const struct member *member, const struct life *life, instant start);

#endif

/*
 * tally.h - what was counted for a member: sums by period.
 *
 * Everything that a programme counts over a period (what was earned, facts of a
 * kind, the room of a limit) is one struct counter; a member's tallies hold its
 * values, by window of the period or, where it rolls, as a queue of happenings.
 */
#ifndef TALLY_H
#define TALLY_H

#include "periods.h"

/* Why a tally could not be kept. */
enum tally_result { TALLY_OK, TALLY_OVERFLOW, TALLY_MEMORY };

/*
 * Adds value to a counter at `at` (the time that counts). by is a hash of the
 * values of `by` (0: none); tallies come from the slab. Of a rolling counter a negative value is taken from what was
 * added at that same time.
 */
enum tally_result tally_add(const struct programme *programme, struct slab *slab,
	struct member *member, int counter, uint64_t by, instant at, int64_t value);

/* The value of a counter in the window that holds `now`; 0 where there is no window. */
int64_t tally_value(const struct programme *programme, struct member *member, int counter,
	uint64_t by, instant now);

/* The window that tally_add() counts `at` in, of a counter that does not roll. */
struct span tally_span(
	const struct programme *programme, const struct member *member, int counter, instant at);

/* The same, where it is not closed. false, and INSTANT_NEVER as its begin: nothing counts in it. */
bool tally_window(const struct programme *programme, const struct member *member, int counter,
	instant at, struct span *window);

/* When no fact can count any more in a window that ends at `end`; INSTANT_NEVER: some always can. */
instant tally_closes(const struct programme *programme, instant end);

/* When the oldest happening of a rolling counter will have left it, or INSTANT_NEVER. */
instant tally_next_drop(
	const struct programme *programme, struct member *member, int counter, instant now);

/*
 * Whether a member's window that ended at `end` is closed by now: facts that come later still
 * count in none.
 */
bool tally_is_closed(const struct programme *programme, const struct member *member, instant end);

/* Whether a tally says nothing any more, as its window is closed. */
bool tally_is_stale(
	const struct programme *programme, const struct member *member, const struct tally *tally);

/* A new tally, of a window unless it rolls, and what happened in one that rolls. */
struct tally *tally_put(const struct programme *programme, struct slab *slab, struct member *member,
	int counter, uint64_t by, struct span window);
enum tally_result tally_roll(struct tally *tally, instant at, int64_t value);

/* Forgets all of a member's tallies (a new enrolment starts bare). */
void tallies_clear(struct member *member);

#endif

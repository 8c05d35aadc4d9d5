/*
 * periods.h - periods, lives and moments of a programme, for one member.
 *
 * Three grammars over the same calendar: what is counted over, how long
 * something lasts, and when something happens by itself (loyalty-programme(5),
 * TIME). Pure functions of the programme, the member's dates and an instant.
 */
#ifndef PERIODS_H
#define PERIODS_H

#include "member.h"

struct span {
	instant begin, end; /* [begin, end) */
};

/*
 * The window of a period that holds `at`. false where there is none: outside a
 * named window, before the enrolment, birthday unknown. Not for rolling periods.
 */
bool period_window(const struct programme *programme, const struct member *member,
	struct period period, instant at, struct span *window);

/* Microseconds that a duration surely has, and that it may have at most, with the day's end. */
int64_t duration_least(struct duration duration);
int64_t duration_most(struct duration duration);

/* Whether what happened at `then` is still in a rolling period at `now`. */
bool rolling_holds(
	const struct programme *programme, struct duration rolling, instant then, instant now);

/* The exclusive end of a life from its start, policy.last_day applied. */
instant life_end(const struct programme *programme, const struct member *member,
	const struct life *life, instant start);

/* The same for `pending`, where last_day has no say. */
instant pending_end(const struct programme *programme, const struct member *member,
	const struct life *life, instant start);

/* The exclusive end of a policy's `within` from its start. */
instant within_end(const struct programme *programme, struct duration within, instant start);

/* Whether that end has come by `now`. */
bool within_passed(
	const struct programme *programme, struct duration within, instant start, instant now);

/*
 * Whether a fact says that it occurred so long before its own `at` that the policy's time for
 * claims is over: it counts in the period in which it occurred, and what counted there may be
 * forgotten by then.
 */
bool claimed_late(const struct programme *programme, instant occurred, instant stated);

/*
 * How long a sale is known, where the policy has a window of returns: for that of repeats
 * longer, so that who comes too late is told so, and it can be cancelled.
 */
struct duration sale_known(const struct policy *policy);

/*
 * The same of a redemption: where returns restore a share of it twice as long, since the sale
 * that names it may come when a sale would be forgotten, and the return as late again.
 */
struct duration redemption_known(const struct policy *policy);

/* Whether a sale that was made at `then` is known at `now`. */
bool sale_is_known(const struct programme *programme, instant then, instant now);

/* The first time at or after `from` that a moment happens to a member, or INSTANT_NEVER. */
instant moment_next(const struct programme *programme, const struct member *member,
	const struct moment *moment, instant from);

#endif

/*
 * tally.c - sums by period.
 */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

enum { TALLIES_FIRST = 2, QUEUE_FIRST = 8 };

static bool
rolls(const struct programme *programme, int counter)
{
	return programme->counters[counter].period.kind == PERIOD_ROLLING;
}

/* ---- what is closed ---------------------------------------------------- */

/* A sale is claimed at the latest, and then returned, or cancelled while it is known. */
instant
tally_closes(const struct programme *programme, instant end)
{
	const struct policy *policy = &programme->policy;

	if (end == INSTANT_NEVER || !policy->has_returns_within || !policy->has_claims_within)
		return INSTANT_NEVER;
	end = within_end(programme, policy->claims_within, end);
	return within_end(programme, sale_known(policy), end);
}

bool
tally_is_closed(const struct programme *programme, const struct member *member, instant end)
{
	const struct policy *policy = &programme->policy;
	instant now = member_time(member);

	if (end >= now || !policy->has_returns_within || !policy->has_claims_within)
		return false;
	/* What goes back or is claimed counts in a past window; few of those are near the edge. */
	if (now - end < duration_least(policy->claims_within) + duration_least(sale_known(policy)))
		return false;
	return tally_closes(programme, end) < now;
}

bool
tally_is_stale(
	const struct programme *programme, const struct member *member, const struct tally *tally)
{
	return !tally->rolls && tally_is_closed(programme, member, tally->end) &&
	       programme->counters[tally->counter].kind != COUNTER_HISTORY;
}

/* ---- windows ------------------------------------------------------------ */

/* The window that holds `at`; false, and INSTANT_NEVER as its begin: there is none. */
static bool
window_at(const struct programme *programme, const struct member *member, int counter, instant at,
	struct span *window)
{
	if (period_window(programme, member, programme->counters[counter].period, at, window))
		return true;
	window->begin = INSTANT_NEVER;
	return false;
}

struct span
tally_span(const struct programme *programme, const struct member *member, int counter, instant at)
{
	struct span window;

	if (!window_at(programme, member, counter, at, &window))
		return (struct span){ INSTANT_NEVER, INSTANT_NEVER };
	return window;
}

/* How often something has happened is never forgotten. */
bool
tally_window(const struct programme *programme, const struct member *member, int counter,
	instant at, struct span *window)
{
	if (!window_at(programme, member, counter, at, window))
		return false;
	if (programme->counters[counter].kind == COUNTER_HISTORY ||
		!tally_is_closed(programme, member, window->end))
		return true;
	window->begin = INSTANT_NEVER;
	return false;
}

/*
 * The tally of the window that holds `at`; *window is that window where there is none yet. One
 * that is stale counts as none, whether it has been dropped or not.
 */
static struct tally *
find(const struct programme *programme, const struct member *member, int counter, uint64_t by,
	instant at, struct span *window)
{
	bool known = !period_is_calendar(programme->counters[counter].period);

	if (known && !tally_window(programme, member, counter, at, window))
		return NULL;
	for (uint32_t i = member->tally_count; i-- > 0;) {
		struct tally *tally = &member->tallies[i];

		if (tally->counter != (uint32_t)counter || tally->by != by)
			continue;
		if ((known ? tally->window == window->begin
			   : tally->window <= at && at < tally->end) &&
			!tally_is_stale(programme, member, tally))
			return tally;
	}
	if (!known)
		(void)tally_window(programme, member, counter, at, window);
	return NULL;
}

/* What is stale is dropped when the array would grow. */
static void
drop_stale(const struct programme *programme, struct member *member)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < member->tally_count; i++)
		if (!tally_is_stale(programme, member, &member->tallies[i]))
			member->tallies[kept++] = member->tallies[i];
	member->tally_count = kept;
}

struct tally *
tally_put(const struct programme *programme, struct slab *slab, struct member *member, int counter,
	uint64_t by, struct span window)
{
	struct tally *tally;

	if (member->tally_count == member->tally_capacity)
		drop_stale(programme, member);
	if (member->tally_count == member->tally_capacity) {
		uint32_t capacity =
			member->tally_capacity ? member->tally_capacity * 2 : TALLIES_FIRST;
		struct tally *tallies = slab_grow(slab, member->tallies,
			member->tally_capacity * sizeof(*tallies), capacity * sizeof(*tallies));

		if (!tallies)
			return NULL;
		member->tallies = tallies;
		member->tally_capacity = capacity;
	}
	tally = &member->tallies[member->tally_count++];
	*tally = (struct tally){ .by = by,
		.window = window.begin,
		.counter = (uint32_t)counter,
		.rolls = rolls(programme, counter) };
	if (!tally->rolls)
		tally->end = window.end;
	return tally;
}

/* ---- rolling ---------------------------------------------------------- */

/* Drops what has left the period. */
static void
advance(const struct programme *programme, struct tally *tally, instant now)
{
	struct queue *queue = tally->queue;
	struct duration rolling = programme->counters[tally->counter].period.rolling;

	while (queue->count) {
		struct happening *oldest = &queue->items[queue->head];

		if (rolling_holds(programme, rolling, oldest->at, now))
			return;
		tally->value -= oldest->value;
		queue->head++;
		queue->count--;
	}
	queue->head = 0;
}

static bool
make_room(struct queue *queue)
{
	uint32_t capacity;
	struct happening *items;

	if (queue->head + queue->count < queue->capacity)
		return true;
	if (queue->head > queue->count) {
		memmove(queue->items, queue->items + queue->head,
			queue->count * sizeof(*queue->items));
		queue->head = 0;
		return true;
	}
	capacity = queue->capacity ? queue->capacity * 2 : QUEUE_FIRST;
	items = realloc(queue->items, capacity * sizeof(*items));
	if (!items)
		return false;
	queue->items = items;
	queue->capacity = capacity;
	return true;
}

/* In order of time; what happened at one time is one happening. */
static bool
enqueue(struct queue *queue, instant at, int64_t value)
{
	uint32_t place = queue->count;
	struct happening *items = queue->items + queue->head;

	while (place > 0 && items[place - 1].at > at)
		place--;
	if (place > 0 && items[place - 1].at == at)
		return !add_overflows(items[place - 1].value, value, &items[place - 1].value);
	if (!make_room(queue))
		return false;
	items = queue->items + queue->head;
	memmove(items + place + 1, items + place, (queue->count - place) * sizeof(*items));
	items[place] = (struct happening){ at, value };
	queue->count++;
	return true;
}

enum tally_result
tally_roll(struct tally *tally, instant at, int64_t value)
{
	int64_t sum;

	if (!tally->queue)
		tally->queue = calloc(1, sizeof(*tally->queue));
	if (!tally->queue)
		return TALLY_MEMORY;
	if (add_overflows(tally->value, value, &sum))
		return TALLY_OVERFLOW;
	if (!enqueue(tally->queue, at, value))
		return TALLY_MEMORY;
	tally->value = sum;
	return TALLY_OK;
}

enum tally_result
tally_add(const struct programme *programme, struct slab *slab, struct member *member, int counter,
	uint64_t by, instant at, int64_t value)
{
	struct span window = { INSTANT_NEVER, INSTANT_NEVER };
	struct tally *tally = find(programme, member, counter, by, at, &window);

	if (!tally && window.begin == INSTANT_NEVER)
		return TALLY_OK;
	if (!tally)
		tally = tally_put(programme, slab, member, counter, by, window);
	if (!tally)
		return TALLY_MEMORY;
	if (!tally->rolls)
		return add_overflows(tally->value, value, &tally->value) ? TALLY_OVERFLOW
									 : TALLY_OK;
	/* What is taken back of what has left the period by now changes nothing. */
	if (!rolling_holds(
		    programme, programme->counters[counter].period.rolling, at, member->clock))
		return TALLY_OK;
	return tally_roll(tally, at, value);
}

int64_t
tally_value(const struct programme *programme, struct member *member, int counter, uint64_t by,
	instant now)
{
	struct span window;
	struct tally *tally = find(programme, member, counter, by, now, &window);
	struct duration period;
	int64_t value = 0;

	if (!tally)
		return 0;
	if (!tally->rolls)
		return tally->value;
	if (!tally->queue)
		return 0;
	if (now >= member->clock) {
		advance(programme, tally, now);
		return tally->value;
	}
	/* Asked about the past (judged at a period's last instant): count, drop nothing. */
	period = programme->counters[counter].period.rolling;
	for (uint32_t i = 0; i < tally->queue->count; i++) {
		const struct happening *item = &tally->queue->items[tally->queue->head + i];

		if (item->at <= now && rolling_holds(programme, period, item->at, now))
			value += item->value;
	}
	return value;
}

/* When a happening leaves the period; one at a day's last instant came with that day's end. */
static instant
drop_of(const struct programme *programme, struct duration rolling, instant at)
{
	if (zone_day(programme->zone, at) != zone_day(programme->zone, at + 1))
		at++;
	return zone_add(programme->zone, at, rolling, 1);
}

instant
tally_next_drop(const struct programme *programme, struct member *member, int counter, instant now)
{
	struct span window;
	struct tally *tally = find(programme, member, counter, 0, now, &window);
	const struct queue *queue = tally && tally->rolls ? tally->queue : NULL;

	if (!queue)
		return INSTANT_NEVER;
	for (uint32_t i = 0; i < queue->count; i++) {
		instant drop = drop_of(programme, programme->counters[counter].period.rolling,
			queue->items[queue->head + i].at);

		if (drop > now)
			return drop;
	}
	return INSTANT_NEVER;
}

void
tallies_clear(struct member *member)
{
	for (uint32_t i = 0; i < member->tally_count; i++) {
		struct tally *tally = &member->tallies[i];

		if (tally->rolls && tally->queue)
			free(tally->queue->items);
		if (tally->rolls)
			free(tally->queue);
	}
	member->tally_count = 0;
}

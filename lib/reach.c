/*
 * reach.c - counts that rise to a threshold.
 *
 * A posting raises a count from one value to another, and reaches the thresholds in
 * between. Each brings what it brings once a period, unless that was wholly taken back;
 * over the balance, each time that the balance rises to it.
 */
#include "reach.h"

#include <stdlib.h>
#include <string.h>

#include "lots.h"
#include "periods.h"
#include "question.h"
#include "reserve.h"

/* ---- rises --------------------------------------------------------------- */

static struct rise *
take_rises(struct engine *engine)
{
	size_t count = (size_t)engine->programme->reach_count;
	struct rise *rises;

	if (count == 0)
		return NULL;
	rises = scratch_take(&engine->scratch, count * sizeof(*rises));
	if (!rises)
		engine_memory(engine);
	for (size_t i = 0; rises && i < count; i++)
		rises[i] =
			(struct rise){ .window = { INSTANT_ALWAYS, INSTANT_NEVER }, .place = -1 };
	return rises;
}

struct rise *
rises_before(struct engine *engine, struct member *member, const struct cause *cause)
{
	const struct programme *programme = engine->programme;
	struct rise *rises = take_rises(engine);

	for (int i = 0; rises && i < programme->reach_count; i++)
		if (programme->reaches[i].counter < 0)
			rises[i].before = usable_balance(
				engine, member, programme->reaches[i].unit, cause->judged);
	return rises;
}

static int64_t
amount_of(const struct posting *posting, int unit)
{
	if (posting->type != POSTING_EARNED && posting->type != POSTING_ADJUSTED &&
		posting->type != POSTING_REVERSED)
		return 0;
	for (int i = 0; i < posting->unit_count; i++)
		if (posting->units[i].unit == unit)
			return posting->units[i].amount;
	return 0;
}

void
rises_after(struct engine *engine, const struct cause *cause, const struct posting *posting,
	struct rise *rises)
{
	const struct programme *programme = engine->programme;
	struct cause counting;

	if (!rises)
		return;
	counting = counting_cause(engine, cause, posting);
	for (int i = 0; i < programme->reach_count; i++) {
		const struct reach *reach = &programme->reaches[i];
		bool rolls = reach->over.kind == PERIOD_ROLLING;
		int64_t amount = amount_of(posting, reach->unit);

		if (reach->counter < 0) {
			rises[i].after =
				usable_balance(engine, posting->member, reach->unit, cause->judged);
			continue;
		}
		/* What goes back, or comes again, counts when its sale did. */
		if (amount <= 0 || (rolls && !rolling_holds(programme, reach->over.rolling,
						     counting.judged, cause->judged)))
			continue;
		rises[i].after = tally_value(programme, posting->member, reach->counter, 0,
			rolls ? cause->judged : counting.date);
		rises[i].before = rises[i].after - amount;
		rises[i].window = rolls ? (struct span){ cause->judged, cause->judged }
					: tally_span(programme, posting->member, reach->counter,
						  counting.date);
	}
}

struct rise *
rises_usable(struct engine *engine, struct member *member, const struct cause *cause)
{
	const struct programme *programme = engine->programme;
	struct rise *rises = take_rises(engine);

	for (int i = 0; rises && i < programme->reach_count; i++) {
		const struct reach *reach = &programme->reaches[i];

		if (reach->counter >= 0)
			continue;
		rises[i].before = usable_balance(engine, member, reach->unit, cause->judged - 1);
		rises[i].after = usable_balance(engine, member, reach->unit, cause->judged);
	}
	return rises;
}

/* ---- thresholds ------------------------------------------------------------- */

/* The lowest threshold above a value; INT64_MAX: there is none. */
static int64_t
threshold_above(const struct reach *reach, int64_t value)
{
	int64_t last = reach->thresholds[reach->threshold_count - 1];
	int64_t next;

	for (int i = 0; i < reach->threshold_count; i++)
		if (reach->thresholds[i] > value)
			return reach->thresholds[i];
	if (reach->every <= 0 ||
		add_overflows(value - (value - last) % reach->every, reach->every, &next))
		return INT64_MAX;
	return next;
}

static int
compare_marks(const struct reach_mark *a, const struct reach_mark *b)
{
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (a->threshold != b->threshold)
		return a->threshold < b->threshold ? -1 : 1;
	if (a->window != b->window)
		return a->window < b->window ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* How many marks stand before another one. */
static uint32_t
marks_before(const struct member_more *more, const struct reach_mark *mark)
{
	uint32_t low = 0;
	uint32_t high = more->mark_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare_marks(&more->marks[middle], mark) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The earliest window of a mark that can speak for a rise. */
static instant
earliest_window(const struct reach *reach, const struct rise *rise)
{
	instant earliest;

	if (reach->over.kind != PERIOD_ROLLING)
		return rise->window.begin;
	return __builtin_sub_overflow(
		       rise->window.begin, duration_most(reach->over.rolling), &earliest)
		       ? INSTANT_ALWAYS
		       : earliest;
}

static bool
is_same_window(const struct programme *programme, const struct reach *reach,
	const struct rise *rise, const struct reach_mark *mark)
{
	if (reach->over.kind != PERIOD_ROLLING)
		return mark->window == rise->window.begin;
	return rolling_holds(programme, reach->over.rolling, mark->window, rise->window.begin);
}

/* One that was taken back may stand before another, which was not. */
static bool
is_marked(const struct programme *programme, const struct cause *cause, int index, int place,
	int64_t threshold)
{
	const struct reach *reach = &programme->reaches[index];
	const struct rise *rise = &cause->rises[index];
	const struct member_more *more = cause->member->more;
	const struct reach_mark like = {
		.threshold = threshold, .window = earliest_window(reach, rise), .place = place
	};

	if (!more)
		return false;
	for (uint32_t i = marks_before(more, &like); i < more->mark_count; i++) {
		const struct reach_mark *mark = &more->marks[i];

		if (mark->threshold != threshold || mark->place != place ||
			mark->window > rise->window.begin)
			return false;
		if (!mark->back && reach_matters(cause->member, mark) &&
			is_same_window(programme, reach, rise, mark))
			return true;
	}
	return false;
}

static uint32_t
marks_had(const struct member *member)
{
	return member->more ? member->more->marks_had : 0;
}

/*
 * Goes through the thresholds of a rise that count: the which-th, or how many where which < 0
 * (of more than FIRINGS_MAX one more). While those are gone through that were counted, none
 * before the first one comes to count; and where nothing was marked since, they are asked for
 * one after the other.
 */
static int64_t
find_threshold(const struct programme *programme, const struct cause *cause, int index, int place,
	int which)
{
	const struct reach *reach = &programme->reaches[index];
	struct rise *rise = &cause->rises[index];
	uint32_t marks = marks_had(cause->member);
	bool known = which >= 0 && rise->place == place;
	bool next = known && which >= rise->which && marks == rise->marks;
	int64_t threshold = next    ? rise->found
			    : known ? rise->first
				    : threshold_above(reach, rise->before);
	int64_t count = next ? rise->which : 0;

	while (threshold <= rise->after && threshold != INT64_MAX && count <= FIRINGS_MAX) {
		if (reach->counter < 0 || !is_marked(programme, cause, index, place, threshold)) {
			if (count == 0) {
				rise->place = place;
				rise->first = threshold;
			}
			if (count == 0 || count == which) {
				rise->found = threshold;
				rise->which = (int)count;
				rise->marks = marks;
			}
			if (count == which)
				return threshold;
			count++;
		}
		threshold = threshold_above(reach, threshold);
	}
	return which < 0 ? count : INT64_MAX;
}

int
reach_count(const struct programme *programme, const struct cause *cause, int reach, int place)
{
	if (!cause->rises)
		return 0;
	return (int)find_threshold(programme, cause, reach, place, -1);
}

int64_t
reach_threshold(const struct programme *programme, const struct cause *cause, int reach, int place,
	int which)
{
	return find_threshold(programme, cause, reach, place, which);
}

/* ---- marks -------------------------------------------------------------------- */

bool
reach_matters(const struct member *member, const struct reach_mark *mark)
{
	return mark->until >= member_time(member);
}

static void
drop_old(const struct member *member)
{
	struct member_more *more = member->more;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < more->mark_count; i++)
		if (reach_matters(member, &more->marks[i]))
			more->marks[kept++] = more->marks[i];
	more->mark_count = kept;
}

bool
reach_put(const struct programme *programme, struct member *member, const struct reach_mark *mark)
{
	struct member_more *more = member_more(programme, member);
	uint32_t place;

	if (!more)
		return false;
	if (more->mark_count == more->mark_capacity)
		drop_old(member);
	if (!reserve_few((void **)&more->marks, more->mark_count, &more->mark_capacity,
		    sizeof(*more->marks)))
		return false;
	place = marks_before(more, mark);
	memmove(&more->marks[place + 1], &more->marks[place],
		(more->mark_count - place) * sizeof(*mark));
	more->marks[place] = *mark;
	more->mark_count++;
	return true;
}

static instant
matters_until(const struct programme *programme, const struct reach *reach, struct span window)
{
	if (reach->over.kind == PERIOD_ROLLING)
		return zone_add(programme->zone, window.begin, reach->over.rolling, 1);
	return tally_closes(programme, window.end);
}

uint32_t
apply_reach(
	struct engine *engine, const struct cause *cause, int reach, int place, int64_t threshold)
{
	const struct programme *programme = engine->programme;
	struct span window = cause->rises[reach].window;
	struct reach_mark mark = { .threshold = threshold,
		.window = window.begin,
		.place = place,
		.number = marks_had(cause->member) };

	if (programme->reaches[reach].counter < 0)
		return 0;
	mark.until = matters_until(programme, &programme->reaches[reach], window);
	if (!reach_put(programme, cause->member, &mark)) {
		engine_memory(engine);
		return 0;
	}
	return ++cause->member->more->marks_had;
}

void
apply_reach_back(struct member *member, uint32_t mark, bool back)
{
	for (uint32_t i = 0; member->more && i < member->more->mark_count; i++)
		if (member->more->marks[i].number + 1 == mark)
			member->more->marks[i].back = back;
}

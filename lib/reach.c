/*
 * reach.c - counts that rise to a threshold.
 *
 * A posting raises a count from one value to another, and reaches the thresholds in
 * between. Each brings what it brings once a period, unless that was wholly taken back;
 * over the balance, each time that the balance rises to it.
 */
#include "reach.h"

#include <stdlib.h>

#include "lots.h"
#include "periods.h"
#include "question.h"

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
		rises[i] = (struct rise){ .window = INSTANT_ALWAYS, .place = -1 };
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
		if (amount <= 0)
			continue;
		rises[i].after = tally_value(programme, posting->member, reach->counter, 0,
			rolls ? cause->judged : counting.date);
		rises[i].before = rises[i].after - amount;
		rises[i].window =
			tally_window(programme, posting->member, reach->counter, counting.date);
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

static bool
is_marked(const struct member *member, int place, int64_t threshold, instant window)
{
	const struct member_more *more = member->more;

	for (uint32_t i = 0; more && i < more->mark_count; i++) {
		const struct reach_mark *mark = &more->marks[i];

		if (mark->threshold == threshold && mark->window == window &&
			mark->place == place && !mark->back)
			return true;
	}
	return false;
}

static uint32_t
mark_count(const struct member *member)
{
	return member->more ? member->more->mark_count : 0;
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
	uint32_t marks = mark_count(cause->member);
	bool known = which >= 0 && rise->place == place;
	bool next = known && which >= rise->which && marks == rise->marks;
	int64_t threshold = next    ? rise->found
			    : known ? rise->first
				    : threshold_above(reach, rise->before);
	int64_t count = next ? rise->which : 0;

	while (threshold <= rise->after && threshold != INT64_MAX && count <= FIRINGS_MAX) {
		if (reach->counter < 0 ||
			!is_marked(cause->member, place, threshold, rise->window)) {
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

uint32_t
apply_reach(
	struct engine *engine, const struct cause *cause, int reach, int place, int64_t threshold)
{
	struct member_more *more = member_more(engine->programme, cause->member);
	struct reach_mark *marks;

	if (engine->programme->reaches[reach].counter < 0)
		return 0;
	marks = more ? realloc(more->marks, (more->mark_count + 1) * sizeof(*marks)) : NULL;
	if (!marks) {
		engine_memory(engine);
		return 0;
	}
	more->marks = marks;
	marks[more->mark_count++] = (struct reach_mark){
		.threshold = threshold, .window = cause->rises[reach].window, .place = place
	};
	return more->mark_count;
}

void
apply_reach_back(struct member *member, uint32_t mark, bool back)
{
	if (mark && member->more && mark <= member->more->mark_count)
		member->more->marks[mark - 1].back = back;
}

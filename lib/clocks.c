/*
 * clocks.c - the clocks that lots live by.
 */
#include "clocks.h"

#include <stdlib.h>

#include "lives.h"
#include "periods.h"

/* ---- moving --------------------------------------------------------------- */

static bool
has_clock(const struct expiry *expiry, int clock)
{
	for (int i = 0; i < expiry->since.count; i++)
		if (expiry->since.items[i] == clock)
			return true;
	return false;
}

/* Whether some life by the clock, of those that a table knows, would have ended in between. */
static bool
table_ends(const struct programme *programme, const struct member *member,
	const struct table *table, const struct clock_gap *gap)
{
	if (!table)
		return false;
	if (table->subject == SUBJECT_NONE)
		return has_clock(&table->expiry, gap->clock) &&
		       life_end(programme, member, &table->expiry.life, gap->from) <= gap->to;
	for (int i = 0; i < table->key_count; i++)
		if (table_ends(programme, member, table->keys[i].value, gap))
			return true;
	return table_ends(programme, member, table->otherwise, gap);
}

static bool
some_life_ends(
	const struct programme *programme, const struct member *member, const struct clock_gap *gap)
{
	for (int i = 0; i < programme->unit_count; i++)
		if (table_ends(programme, member, programme->units[i].expire, gap))
			return true;
	for (int i = 0; i < programme->rule_count; i++)
		if (table_ends(programme, member, programme->rules[i].expire, gap))
			return true;
	return false;
}

static void
keep_gap(struct engine *engine, struct member_more *more, struct clock_gap gap)
{
	struct clock_gap *gaps = realloc(more->gaps, (more->gap_count + 1) * sizeof(*gaps));

	if (!gaps) {
		engine_memory(engine);
		return;
	}
	more->gaps = gaps;
	gaps[more->gap_count++] = gap;
}

/* A clock that has been moved stood still since `before`. */
static void
note_gap(struct engine *engine, struct member *member, int clock, instant before, instant at)
{
	struct clock_gap gap = { clock, before == INSTANT_ALWAYS ? member->seen : before, at };

	if (engine->keeps_lots && gap.from < at && some_life_ends(engine->programme, member, &gap))
		keep_gap(engine, member->more, gap);
}

void
clock_move(struct engine *engine, struct member *member, int clock, instant at)
{
	struct member_more *more = member_more(engine->programme, member);
	instant before = member_lived(member, clock);

	if (!more) {
		engine_memory(engine);
		return;
	}
	more->clocks[clock] = at;
	note_gap(engine, member, clock, before, at);
}

void
clocks_merge(struct engine *engine, const struct member *from, struct member *to)
{
	for (int i = 0; i < engine->programme->clock_count; i++) {
		instant before = member_lived(to, i);
		instant lived = member_lived(from, i);
		instant clock = member_clock(from, i);

		if (lived > before && lived > clock && member_more(engine->programme, to)) {
			to->more->lived[i] = lived;
			note_gap(engine, to, i, before, lived);
		}
		if (clock != INSTANT_ALWAYS && clock > member_clock(to, i))
			clock_move(engine, to, i, clock);
	}
}

void
clocks_leave(const struct programme *programme, struct member *member)
{
	for (int i = 0; i < programme->clock_count; i++) {
		member->more->lived[i] = member_lived(member, i);
		member->more->clocks[i] = INSTANT_ALWAYS;
	}
}

/* ---- lives ------------------------------------------------------------------ */

/* When a clock next happened after `at`; INSTANT_NEVER: not yet; `at` itself: soon enough. */
static instant
clock_next(const struct member *member, int clock, instant at)
{
	const struct member_more *more = member->more;
	instant latest = member_lived(member, clock);

	if (latest == INSTANT_ALWAYS || latest <= at)
		return INSTANT_NEVER;
	for (uint32_t i = 0; i < more->gap_count; i++)
		if (more->gaps[i].clock == clock && more->gaps[i].from <= at &&
			more->gaps[i].to > at)
			return more->gaps[i].to;
	return at;
}

/* Whether a tick swept what ended at `end` before `next`. */
static bool
was_swept(const struct engine *engine, instant end, instant next)
{
	uint32_t i = engine->tick_count;

	if (engine->programme->policy.sweep != SWEEP_ON_TICK)
		return true;
	while (i > 0 && engine->ticks[i - 1] >= next)
		i--;
	return i > 0 && engine->ticks[i - 1] >= end;
}

/* Whether a life that last began at `at` ended before any of its clocks happened again. */
static bool
dies_from(struct engine *engine, const struct member *member, const struct expiry *expiry,
	instant at, instant *end)
{
	instant next = INSTANT_NEVER;

	for (int i = 0; i < expiry->since.count; i++) {
		instant happens = clock_next(member, expiry->since.items[i], at);

		if (happens == at)
			return false;
		if (happens < next)
			next = happens;
	}
	*end = lives_end(&engine->lives, engine->programme, member, &expiry->life, at);
	return *end <= next && next != INSTANT_NEVER && was_swept(engine, *end, next);
}

instant
clock_life_end(struct engine *engine, const struct member *member, const struct expiry *expiry,
	instant start)
{
	uint32_t gaps = member->more ? member->more->gap_count : 0;
	instant end;

	if (expiry->since.count == 0)
		return lives_end(&engine->lives, engine->programme, member, &expiry->life, start);
	if (gaps && dies_from(engine, member, expiry, start, &end))
		return end;
	for (uint32_t i = 0; i < gaps; i++) {
		const struct clock_gap *gap = &member->more->gaps[i];

		if (gap->from > start && has_clock(expiry, gap->clock) &&
			dies_from(engine, member, expiry, gap->from, &end))
			return end;
	}
	for (int i = 0; i < expiry->since.count; i++) {
		instant clock = member_lived(member, expiry->since.items[i]);

		if (gaps && clock > start && dies_from(engine, member, expiry, clock, &end))
			return end;
	}
	for (int i = 0; i < expiry->since.count; i++) {
		instant clock = member_lived(member, expiry->since.items[i]);

		if (clock > start)
			start = clock;
	}
	return lives_end(&engine->lives, engine->programme, member, &expiry->life, start);
}

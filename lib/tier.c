/*
 * tier.c - the second decider: which levels a member holds, and until when.
 *
 * Every level whose needs are met is held for itself, with its own end, also
 * under a higher one; the member's level is the highest held or granted.
 */
#include "tier.h"

#include <string.h>

#include "periods.h"
#include "question.h"
#include "schedule.h"

/* One look at one ladder of one member. */
struct look {
	struct engine *engine;
	struct cause *cause;
	struct member *member;
	const struct ladder *ladder;
	int index;
	struct standing *standing; /* NULL: on the first level, nothing held */
	instant at;                /* ends up to here have come */
	uint64_t lost;             /* levels that this look ended */
};

struct standing *
tier_standing(struct engine *engine, struct member *member, int index)
{
	const struct ladder *ladder = &engine->programme->ladders[index];
	struct member_more *more = member_more(engine->programme, member);
	struct standing *standing;
	size_t offset = 0;

	if (!more) {
		engine_memory(engine);
		return NULL;
	}
	if (more->standings[index])
		return more->standings[index];
	for (int i = 0; i < index; i++)
		offset += standing_size(&engine->programme->ladders[i]);
	standing = (struct standing *)(void *)(more->standing_room + offset);
	memset(standing, 0, standing_size(ladder));
	standing->granted_until = standing->until = INSTANT_NEVER;
	standing->terms = (int64_t *)(void *)&standing->holds[ladder->level_count];
	more->standings[index] = standing;
	return standing;
}

static struct standing *
standing_of(const struct member *member, int ladder)
{
	return member->more ? member->more->standings[ladder] : NULL;
}

void
tier_count_terms(struct member *member, const struct programme *programme, int unit, int64_t amount,
	instant at)
{
	for (int i = 0; i < programme->ladder_count; i++) {
		struct standing *standing = standing_of(member, i);
		const struct ladder *ladder = &programme->ladders[i];
		int n = 0;

		for (int j = 0; standing && j < ladder->level_count; j++)
			for (int k = 0; k < ladder->levels[j].alternative_count; k++) {
				const struct needs *needs = &ladder->levels[j].alternatives[k];

				for (int l = 0; l < needs->count; l++, n++)
					if (needs->items[l].unit == unit &&
						(amount > 0 || at > standing->holds[j].since))
						standing->terms[n] += amount;
			}
	}
}

/* ---- merges -------------------------------------------------------------- */

/* What came after the terms of a level began, of both where both hold it. */
static void
merge_terms(const struct level *level, const struct standing *from, struct standing *to, bool both)
{
	int n = level->first_need;

	for (int i = 0; i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++, n++)
			to->terms[n] = from->terms[n] + (both ? to->terms[n] : 0);
}

static void
merge_hold(const struct level *level, int index, const struct standing *from, struct standing *to)
{
	bool both = to->holds[index].held;

	if (!from->holds[index].held)
		return;
	merge_terms(level, from, to, both);
	if (!both || from->holds[index].until > to->holds[index].until)
		to->holds[index] = from->holds[index];
}

void
tier_merge(struct engine *engine, struct member *from, struct member *to)
{
	for (int i = 0; i < engine->programme->ladder_count; i++) {
		const struct ladder *ladder = &engine->programme->ladders[i];
		struct standing *theirs = standing_of(from, i);
		struct standing *own = theirs ? tier_standing(engine, to, i) : NULL;

		if (!own)
			continue;
		for (int j = 1; j < ladder->level_count; j++)
			merge_hold(&ladder->levels[j], j, theirs, own);
		if (theirs->granted > own->granted ||
			(theirs->granted == own->granted &&
				theirs->granted_until > own->granted_until)) {
			own->granted = theirs->granted;
			own->granted_until = theirs->granted_until;
		}
		from->more->standings[i] = NULL;
	}
}

/* ---- needs ------------------------------------------------------------- */

static struct question
plain_question(const struct look *look, instant at)
{
	return (struct question){ .engine = look->engine,
		.member = look->member,
		.now = at,
		.date = at,
		.line = -1,
		.tender = -1 };
}

static int64_t
amount_held(const struct look *look, const struct level *level, const struct need *need, int n,
	instant now, bool term)
{
	if (need->counter < 0)
		return usable_balance(look->engine, look->member, need->unit, now);
	if (term && level->period.kind == PERIOD_ROLLING)
		return look->standing->terms[n];
	return tally_value(look->engine->programme, look->member, need->counter, 0, now);
}

/* Whether a level's needs are met; term: as at the end of a keep that is looked at then only. */
static bool
is_met(const struct look *look, int index, instant now, bool term)
{
	const struct level *level = &look->ladder->levels[index];
	struct question question = plain_question(look, now);
	int n = level->first_need;

	for (int i = 0; i < level->alternative_count; i++) {
		const struct needs *needs = &level->alternatives[i];
		bool met = true;

		for (int j = 0; j < needs->count; j++, n++) {
			const struct need *need = &needs->items[j];
			const struct table *wanted;

			if (!met)
				continue;
			wanted = table_value(&question, need->amount);
			met = wanted &&
			      amount_held(look, level, need, n, now, term) >= wanted->count;
		}
		if (met)
			return true;
	}
	return false;
}

static bool
needs_unit(const struct level *level, uint64_t units)
{
	for (int i = 0; i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++)
			if (units >> level->alternatives[i].items[j].unit & 1)
				return true;
	return false;
}

static bool
in_force(const struct look *look, int level, instant at)
{
	const struct ladder *ladder = look->ladder;

	return at >= ladder->from && at < ladder->until && at >= ladder->levels[level].from &&
	       at < ladder->levels[level].until;
}

/* ---- holds -------------------------------------------------------------- */

static struct hold
new_hold(const struct look *look, int index, instant start)
{
	const struct level *level = &look->ladder->levels[index];
	struct question question = plain_question(look, start);
	const struct table *keep = table_value(&question, level->keep);
	struct hold hold = { .held = true, .until = INSTANT_NEVER, .since = start };

	if (!keep || keep->while_met)
		hold.while_met = true;
	else
		hold.until = lives_end(&look->engine->lives, look->engine->programme, look->member,
			&keep->life, start);
	return hold;
}

static void
hold_level(struct look *look, int index, instant start)
{
	const struct level *level = &look->ladder->levels[index];
	int n = level->first_need;

	if (!look->standing)
		look->standing = tier_standing(look->engine, look->member, look->index);
	if (!look->standing)
		return;
	look->standing->holds[index] = new_hold(look, index, start);
	for (int i = 0; i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++)
			look->standing->terms[n++] = 0;
}

static void
lose_level(struct look *look, int index)
{
	look->standing->holds[index].held = false;
	look->lost |= UINT64_C(1) << index;
}

static void
begin_grace(struct look *look, struct hold *hold)
{
	hold->until = zone_add(look->engine->programme->zone, look->at, look->ladder->grace, 1);
	hold->grace = true;
}

/* The end of a keep, or of grace: met, it holds once more. */
static void
end_of_hold(struct look *look, int index)
{
	struct hold *hold = &look->standing->holds[index];
	bool term = look->ladder->renew_at_end && !hold->while_met;
	/* What is looked at then only belongs to the period that ends. */
	instant judged = look->ladder->renew_at_end ? look->at - 1 : look->at;

	if (is_met(look, index, judged, term))
		hold_level(look, index, look->at);
	else if (look->ladder->has_grace && !hold->grace)
		begin_grace(look, hold);
	else
		lose_level(look, index);
}

static void
while_met(struct look *look, int index)
{
	struct hold *hold = &look->standing->holds[index];
	bool met = is_met(look, index, look->at, false);

	if (met && hold->grace) {
		hold->until = INSTANT_NEVER;
		hold->grace = false;
	} else if (!met && !hold->grace) {
		if (look->ladder->has_grace)
			begin_grace(look, hold);
		else if (look->ladder->fall == FALL_NEVER)
			hold->while_met = false;
		else
			lose_level(look, index);
	}
}

static void
end_levels(struct look *look)
{
	struct standing *standing = look->standing;

	if (!standing)
		return;
	if (standing->granted && standing->granted_until <= look->at) {
		if (!standing->holds[standing->granted].held)
			look->lost |= UINT64_C(1) << standing->granted;
		standing->granted = 0;
	}
	for (int i = 1; i < look->ladder->level_count; i++) {
		struct hold *hold = &standing->holds[i];

		if (hold->held && hold->until <= look->at)
			end_of_hold(look, i);
		else if (hold->held && hold->while_met)
			while_met(look, i);
	}
}

/* A level or its ladder comes into force at this very look. */
static bool
opens_now(const struct look *look, int level)
{
	instant from = look->ladder->from > look->ladder->levels[level].from
			       ? look->ladder->from
			       : look->ladder->levels[level].from;

	return !look->cause->fact && !look->cause->posting && from == look->cause->at;
}

/* Rising is immediate, several levels at once; a gain that leaves needs met renews. */
static void
reach_levels(struct look *look)
{
	const struct engine *engine = look->engine;
	bool balance = look->ladder->on_balance && !look->cause->fact;
	uint64_t touched = engine->group_touched;
	uint64_t earned = engine->group_earned;

	/* A ladder on the balance was not looked at in the group of the fact. */
	if (look->ladder->on_balance && look->member->more) {
		touched = look->member->more->fresh_touched;
		earned = look->member->more->fresh_earned;
	}
	for (int i = 1; i < look->ladder->level_count; i++) {
		const struct level *level = &look->ladder->levels[i];
		bool opens = opens_now(look, i);
		instant now = opens ? look->cause->at : look->cause->judged;
		const struct hold *hold;

		if (level->alternative_count == 0 ||
			!(needs_unit(level, touched) || opens || balance) ||
			!in_force(look, i, now) || !is_met(look, i, now, false))
			continue;
		hold = look->standing ? &look->standing->holds[i] : NULL;
		if (!hold || !hold->held)
			hold_level(look, i, look->cause->at);
		else if (!look->ladder->renew_at_end && !hold->while_met &&
			 needs_unit(level, earned))
			hold_level(look, i, look->cause->at);
	}
}

static int
highest_held(const struct standing *standing, const struct ladder *ladder)
{
	for (int i = ladder->level_count; i-- > 1;)
		if (standing->holds[i].held)
			return i;
	return 0;
}

static int
present_level(const struct look *look)
{
	int held;

	if (!look->standing)
		return 0;
	held = highest_held(look->standing, look->ladder);
	return look->standing->granted > held ? look->standing->granted : held;
}

/* Without end, or while met: INSTANT_NEVER; of a level both held and granted the later end. */
static instant
end_of_level(const struct look *look, int level)
{
	const struct standing *standing = look->standing;
	instant until = INSTANT_ALWAYS;

	if (level == 0)
		return INSTANT_NEVER;
	if (standing->holds[level].held)
		until = standing->holds[level].until;
	if (standing->granted == level && standing->granted_until > until)
		until = standing->granted_until;
	return until;
}

/* Where a member lands whose level has ended. */
static void
fall_from(struct look *look, int before)
{
	struct standing *standing = look->standing;
	struct hold *held, fresh;
	int landing = highest_held(standing, look->ladder);

	switch (look->ladder->fall) {
	case FALL_NEVER:
		standing->holds[before] =
			(struct hold){ .held = true, .until = INSTANT_NEVER, .since = look->at };
		return;
	case FALL_BOTTOM:
		for (int i = 0; i < look->ladder->level_count; i++)
			standing->holds[i].held = false;
		return;
	case FALL_ONE:
		landing = before - 1;
		break;
	case FALL_EARNED:
		break;
	}
	if (landing == 0 || landing > before)
		return;
	held = &standing->holds[landing];
	if (!held->held) {
		hold_level(look, landing, look->cause->at);
		return;
	}
	/* Its own end or a fresh keep, whichever is later; its term goes on. */
	fresh = new_hold(look, landing, look->cause->at);
	if (!held->while_met && fresh.until > held->until)
		held->until = fresh.until;
}

/* ---- posting ---------------------------------------------------------------- */

static void
post_change(struct look *look, int before, int after, enum reason reason, instant until)
{
	struct posting *posting = engine_posting(look->engine, look->cause, POSTING_TIER_CHANGED,
		look->member, look->ladder->id, look->index);

	posting->from = before;
	posting->to = after;
	posting->reason = reason;
	posting->until = until;
	posting->has_until = until != INSTANT_NEVER;
	engine_post(look->engine, look->cause, posting);
}

static bool
same_day(const struct zone *zone, instant a, instant b)
{
	if (a == b || a == INSTANT_NEVER || b == INSTANT_NEVER)
		return a == b;
	return zone_day(zone, a) == zone_day(zone, b);
}

static void
clear_holds(struct look *look)
{
	look->standing->granted = 0;
	for (int i = 0; i < look->ladder->level_count; i++)
		look->standing->holds[i].held = false;
}

/* The bound of what is due goes down with every new end. */
static void
schedule_ends(struct look *look)
{
	instant next = tier_next(look->engine, look->member);

	if (next != INSTANT_NEVER)
		schedule_at(look->engine, look->member, next);
}

static void
look_at_ladder(struct look *look, bool granted)
{
	int before = member_level(look->member, look->index);
	int after;
	instant until;

	/* What opens now is open for all that follows, whenever that is judged. */
	if (look->cause->at < look->ladder->from || look->at >= look->ladder->until) {
		if (look->standing)
			clear_holds(look);
		if (before)
			post_change(look, before, 0, REASON_ENDED, INSTANT_NEVER);
		return;
	}
	end_levels(look);
	reach_levels(look);
	if (look->lost >> before & 1)
		fall_from(look, before);
	if (!look->standing)
		return;
	after = present_level(look);
	until = end_of_level(look, after);
	schedule_ends(look);
	if (after != before)
		post_change(look, before, after,
			granted          ? REASON_GRANTED
			: after > before ? REASON_REACHED
					 : REASON_ENDED,
			until);
	else if (after && !same_day(look->engine->programme->zone, until, look->standing->until))
		post_change(look, before, after, REASON_RENEWED, until);
}

static void
leave_ladders(struct engine *engine, struct cause *cause)
{
	for (int i = 0; i < engine->programme->ladder_count; i++) {
		struct look look = { .engine = engine,
			.cause = cause,
			.member = cause->member,
			.ladder = &engine->programme->ladders[i],
			.index = i,
			.standing = standing_of(cause->member, i) };
		int before = member_level(cause->member, i);

		if (look.standing)
			clear_holds(&look);
		if (before)
			post_change(&look, before, 0, REASON_LEFT, INSTANT_NEVER);
	}
}

void
tier_decide(struct engine *engine, struct cause *cause)
{
	const struct fact *fact = cause->fact;
	bool looked = false;

	if (fact && fact->type == FACT_LEAVE) {
		leave_ladders(engine, cause);
		return;
	}
	if (cause->member->left)
		return;
	if (fact && fact->type == FACT_GRANT && fact->level < 0) {
		engine_refuse(engine, cause, SLICE("grant"), SLICE("unknown-tier"));
		cause->refused = true;
		return;
	}
	for (int i = 0; i < engine->programme->ladder_count; i++) {
		struct look look = { .engine = engine,
			.cause = cause,
			.member = cause->member,
			.ladder = &engine->programme->ladders[i],
			.index = i,
			.standing = standing_of(cause->member, i),
			.at = cause->slot == SLOT_TIER ? cause->at : cause->judged };
		bool granted = fact && fact->type == FACT_GRANT && fact->ladder == i;

		if (fact && !granted && look.ladder->on_balance)
			continue;
		look_at_ladder(&look, granted);
		looked = looked || look.ladder->on_balance;
	}
	if (looked && cause->member->more)
		cause->member->more->fresh_touched = cause->member->more->fresh_earned = 0;
}

/* ---- due dates ----------------------------------------------------------------- */

static void
earlier(const struct member *member, instant at, instant *next)
{
	if (at == INSTANT_ALWAYS || at >= *next)
		return;
	if (at > member->done.at || (at == member->done.at && member->done.slot < SLOT_TIER))
		*next = at;
}

/* When something that counts for a level held while met ceases to count. */
static instant
next_turn(struct engine *engine, struct member *member, const struct level *level)
{
	const struct programme *programme = engine->programme;
	instant next = INSTANT_NEVER;
	struct span window;

	for (int i = 0; i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++) {
			int counter = level->alternatives[i].items[j].counter;
			instant turn = INSTANT_NEVER;

			if (counter < 0)
				continue;
			if (level->period.kind == PERIOD_ROLLING)
				turn = tally_next_drop(programme, member, counter, member->done.at);
			else if (period_window(programme, member, level->period, member->done.at,
					 &window))
				turn = window.end;
			if (turn < next)
				next = turn;
		}
	return next;
}

static void
holds_next(struct engine *engine, struct member *member, int index, instant *next)
{
	const struct ladder *ladder = &engine->programme->ladders[index];
	const struct standing *standing = standing_of(member, index);

	if (!standing)
		return;
	if (standing->granted)
		earlier(member, standing->granted_until, next);
	for (int i = 1; i < ladder->level_count; i++) {
		const struct hold *hold = &standing->holds[i];

		if (!hold->held)
			continue;
		earlier(member, hold->until, next);
		if (hold->while_met && !ladder->on_balance)
			earlier(member, next_turn(engine, member, &ladder->levels[i]), next);
	}
}

instant
tier_next(struct engine *engine, struct member *member)
{
	const struct programme *programme = engine->programme;
	instant next = INSTANT_NEVER;

	for (int i = 0; i < programme->ladder_count; i++) {
		const struct ladder *ladder = &programme->ladders[i];

		earlier(member, ladder->from, &next);
		earlier(member, ladder->until, &next);
		for (int j = 0; j < ladder->level_count; j++) {
			earlier(member, ladder->levels[j].from, &next);
			earlier(member, ladder->levels[j].until, &next);
		}
		holds_next(engine, member, i, &next);
	}
	return next;
}

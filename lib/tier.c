/*
 * tier.c - the second decider: which levels a member holds, and until when.
 *
 * Every level whose needs are met is held for itself, with its own end, also
 * under a higher one; the member's level is the highest held or granted.
 */
#include "tier.h"

#include <string.h>

#include "firing.h"
#include "past.h"
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
	uint64_t returned;         /* those of them that ended with a return */
	bool moved;                /* something ends at another time than before */
	/* What the last counter asked for had: levels mostly need more of the same. */
	int counter; /* -1: none yet */
	instant counted_at;
	int64_t counted;
	const int64_t *gained; /* per unit: what is about to be earned; NULL: nothing */
};

static struct look
new_look(struct engine *engine, struct cause *cause, int index)
{
	return (struct look){ .engine = engine,
		.cause = cause,
		.member = cause->member,
		.ladder = &engine->programme->ladders[index],
		.index = index,
		.standing = member_standing(engine->programme, cause->member, index),
		.at = cause->slot == SLOT_TIER ? cause->at : cause->judged,
		.counter = -1 };
}

/* All ladders' places, on which nothing is held yet. */
static void
make_standings(struct engine *engine, struct member *member)
{
	const struct programme *programme = engine->programme;
	size_t size = standings_size(programme);

	member->standings = slab_take(members_slab(engine->members), size);
	if (!member->standings) {
		engine_memory(engine);
		return;
	}
	memset(member->standings, 0, size);
	for (int i = 0; i < programme->ladder_count; i++) {
		struct standing *standing = member_standing(programme, member, i);

		standing->granted_until = standing->until = INSTANT_NEVER;
	}
}

struct standing *
tier_standing(struct engine *engine, struct member *member, int index)
{
	if (!member->standings)
		make_standings(engine, member);
	return member_standing(engine->programme, member, index);
}

int64_t *
tier_terms(const struct ladder *ladder, struct standing *standing)
{
	return (int64_t *)(void *)&standing->holds[ladder->level_count];
}

static int64_t *
reached_of(const struct ladder *ladder, struct standing *standing)
{
	return tier_terms(ladder, standing) + ladder->need_count;
}

/* When the look that began a term judged. */
static instant
reached_at(const struct hold *hold)
{
	return hold->closing ? hold->since - 1 : hold->since;
}

/* A gain counts in a term from its beginning on, a reversal where its sale counted. */
static bool
counts_in_term(const struct hold *hold, instant at, const int64_t *sale)
{
	return at > hold->since || (at == hold->since && (!sale || *sale >= hold->facts));
}

static void
count_need(const struct programme *programme, struct standing *standing,
	const struct ladder *ladder, int index, int n, int64_t amount, instant at,
	const int64_t *sale)
{
	const struct level *level = &ladder->levels[index];
	const struct hold *hold = &standing->holds[index];

	if (counts_in_term(hold, at, sale))
		tier_terms(ladder, standing)[n] += amount;
	if (ladder->counts_at_reach && hold->reached && level->period.kind == PERIOD_ROLLING &&
		at <= reached_at(hold) &&
		rolling_holds(programme, level->period.rolling, at, reached_at(hold)))
		reached_of(ladder, standing)[n] += amount;
}

void
tier_count_terms(struct member *member, const struct programme *programme, int unit, int64_t amount,
	instant at, const int64_t *sale)
{
	for (int i = 0; i < programme->ladder_count; i++) {
		const struct ladder *ladder = &programme->ladders[i];
		bool counts = ladder->counts_terms || ladder->counts_at_reach;
		struct standing *standing = counts ? member_standing(programme, member, i) : NULL;
		int n = 0;

		for (int j = 0; standing && j < ladder->level_count; j++)
			for (int k = 0; k < ladder->levels[j].alternative_count; k++) {
				const struct needs *needs = &ladder->levels[j].alternatives[k];

				for (int l = 0; l < needs->count; l++, n++)
					if (needs->items[l].unit == unit)
						count_need(programme, standing, ladder, j, n,
							amount, at, sale);
			}
	}
}

/* ---- merges -------------------------------------------------------------- */

/* What was counted for a level, of both where both hold it. */
static void
merge_counts(const struct level *level, const int64_t *from, int64_t *to, bool both)
{
	int n = level->first_need;

	for (int i = 0; i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++, n++)
			to[n] = from[n] + (both ? to[n] : 0);
}

static void
merge_hold(const struct ladder *ladder, int index, struct standing *from, struct standing *to)
{
	const struct level *level = &ladder->levels[index];
	bool both = to->holds[index].held;
	bool fell = from->holds[index].fell || (both && to->holds[index].fell);

	if (!from->holds[index].held)
		return;
	merge_counts(level, tier_terms(ladder, from), tier_terms(ladder, to), both);
	if (ladder->counts_at_reach)
		merge_counts(level, reached_of(ladder, from), reached_of(ladder, to), both);
	if (!both || from->holds[index].until > to->holds[index].until)
		to->holds[index] = from->holds[index];
	to->holds[index].fell = fell;
}

void
tier_merge(struct engine *engine, struct member *from, struct member *to)
{
	const struct programme *programme = engine->programme;

	for (int i = 0; from->standings && i < programme->ladder_count; i++) {
		const struct ladder *ladder = &programme->ladders[i];
		struct standing *theirs = member_standing(programme, from, i);
		struct standing *own = tier_standing(engine, to, i);

		if (!own)
			return;
		for (int j = 1; j < ladder->level_count; j++)
			merge_hold(ladder, j, theirs, own);
		if (theirs->granted > own->granted ||
			(theirs->granted == own->granted &&
				theirs->granted_until > own->granted_until)) {
			own->granted = theirs->granted;
			own->granted_until = theirs->granted_until;
		}
	}
	slab_give(members_slab(engine->members), from->standings, standings_size(programme));
	from->standings = NULL;
}

/* ---- needs ------------------------------------------------------------- */

/* What a table says at an instant. Mostly it is a leaf, for which no question need be put. */
static const struct table *
leaf_at(const struct look *look, const struct table *table, instant at)
{
	struct question question;

	if (table->subject == SUBJECT_NONE)
		return table;
	question = (struct question){ .engine = look->engine,
		.member = look->member,
		.now = at,
		.date = at,
		.line = -1,
		.tender = -1 };
	return table_look_up(&question, table);
}

static int64_t
amount_counted(struct look *look, int counter, instant now)
{
	if (look->counter != counter || look->counted_at != now) {
		look->counted = tally_value(look->engine->programme, look->member, counter, 0, now);
		look->counter = counter;
		look->counted_at = now;
	}
	return look->counted;
}

/* What the record in hand is about to add, where it counts in the period as it is now. */
static int64_t
amount_gained(const struct look *look, const struct level *level, int unit, instant now)
{
	struct span window;
	instant date = look->cause->date;

	if (!look->gained)
		return 0;
	if (level->period.kind != PERIOD_ROLLING &&
		(!period_window(
			 look->engine->programme, look->member, level->period, now, &window) ||
			date < window.begin || date >= window.end))
		return 0;
	return look->gained[unit];
}

/* What of a rolling period counts. */
enum count {
	COUNT_NOW,
	COUNT_TERM,  /* what came since the term began */
	COUNT_REACH, /* what was there when it began */
};

static int64_t
amount_held(struct look *look, const struct level *level, const struct need *need, int n,
	instant now, enum count count)
{
	int64_t held;

	if (need->counter < 0)
		return usable_balance(look->engine, look->member, need->unit, now);
	if (count != COUNT_NOW && level->period.kind == PERIOD_ROLLING)
		return count == COUNT_TERM ? tier_terms(look->ladder, look->standing)[n]
					   : reached_of(look->ladder, look->standing)[n];
	held = amount_counted(look, need->counter, now);
	if (add_overflows(held, amount_gained(look, level, need->unit, now), &held))
		engine_overflow(look->engine, "what the member earned");
	return held;
}

/* Whether a level's needs are met. */
static bool
is_met(struct look *look, int index, instant now, enum count count)
{
	const struct level *level = &look->ladder->levels[index];
	int n = level->first_need;

	if (level->only && count == COUNT_NOW && !look->gained)
		return amount_counted(look, level->only->counter, now) >=
		       level->only->amount->count;
	for (int i = 0; i < level->alternative_count; i++) {
		const struct needs *needs = &level->alternatives[i];
		bool met = true;

		for (int j = 0; j < needs->count; j++, n++) {
			const struct need *need = &needs->items[j];
			const struct table *wanted;

			if (!met)
				continue;
			wanted = leaf_at(look, need->amount, now);
			met = wanted &&
			      amount_held(look, level, need, n, now, count) >= wanted->count;
		}
		if (met)
			return true;
	}
	return false;
}

static bool
in_force(const struct level *level, instant at)
{
	return at >= level->from && at < level->until;
}

int
tier_level_with(struct engine *engine, struct cause *cause, int ladder, const int64_t *gained)
{
	struct look look = new_look(engine, cause, ladder);
	int level = member_level(engine->programme, cause->member, ladder);
	uint64_t units = 0;

	/* A ladder on the balance is not looked at in the group of a fact. */
	if (look.ladder->on_balance)
		return level;
	look.gained = gained;
	for (int i = 0; i < engine->programme->unit_count; i++)
		if (gained[i])
			units |= UINT64_C(1) << i;
	for (int i = level + 1; i < look.ladder->level_count; i++)
		if (look.ladder->levels[i].alternative_count &&
			look.ladder->levels[i].needed & units &&
			in_force(&look.ladder->levels[i], cause->judged) &&
			is_met(&look, i, cause->judged, COUNT_NOW))
			level = i;
	return level;
}

/* ---- holds -------------------------------------------------------------- */

static struct hold
new_hold(const struct look *look, int index, instant start)
{
	const struct level *level = &look->ladder->levels[index];
	const struct table *keep = leaf_at(look, level->keep, start);
	struct hold hold = { .held = true,
		.until = INSTANT_NEVER,
		.since = start,
		.facts = look->member->facts_had };

	if (!keep || keep->while_met)
		hold.while_met = true;
	else
		hold.until = lives_end(&look->engine->lives, look->engine->programme, look->member,
			&keep->life, start);
	return hold;
}

/* What a hold before counted is not the new one's: a snapshot knows it only while it is held. */
static void
forget_counts(struct look *look, int index)
{
	const struct level *level = &look->ladder->levels[index];

	if (!look->ladder->counts_terms && !look->ladder->counts_at_reach)
		return;
	for (int i = level->first_need; i < level->first_need + level->need_count; i++) {
		tier_terms(look->ladder, look->standing)[i] = 0;
		if (look->ladder->counts_at_reach)
			reached_of(look->ladder, look->standing)[i] = 0;
	}
}

static void
hold_level(struct look *look, int index, instant start)
{
	struct hold *hold;
	instant until;

	if (!look->standing)
		look->standing = tier_standing(look->engine, look->member, look->index);
	if (!look->standing)
		return;
	hold = &look->standing->holds[index];
	until = hold->held ? hold->until : INSTANT_ALWAYS;
	*hold = new_hold(look, index, start);
	look->moved = look->moved || hold->until != until || hold->while_met;
	forget_counts(look, index);
}

/* A level whose needs are met, as judged at an instant. */
static void
reach_level(struct look *look, int index, instant start, instant judged)
{
	const struct level *level = &look->ladder->levels[index];
	struct hold *hold;
	int n = level->first_need;

	hold_level(look, index, start);
	if (!look->standing)
		return;
	hold = &look->standing->holds[index];
	hold->reached = true;
	hold->closing = judged < start;
	if (!look->ladder->counts_at_reach || level->period.kind != PERIOD_ROLLING)
		return;
	for (int i = 0; i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++, n++)
			reached_of(look->ladder, look->standing)[n] =
				tally_value(look->engine->programme, look->member,
					level->alternatives[i].items[j].counter, 0, judged);
}

static void
lose_level(struct look *look, int index)
{
	look->standing->holds[index].held = false;
	look->moved = true;
	look->lost |= UINT64_C(1) << index;
}

static void
begin_grace(struct look *look, struct hold *hold)
{
	hold->until = zone_add(look->engine->programme->zone, look->at, look->ladder->grace, 1);
	hold->grace = true;
	look->moved = true;
}

/* Held once more; of a rolling period only what the term counted is known then. */
static void
renew_level(struct look *look, int index, instant judged)
{
	reach_level(look, index, look->at, judged);
	if (look->ladder->renew_at_end && look->ladder->levels[index].period.kind == PERIOD_ROLLING)
		look->standing->holds[index].reached = false;
}

/* The end of a keep, or of grace: met, it holds once more. */
static void
end_of_hold(struct look *look, int index)
{
	struct hold *hold = &look->standing->holds[index];
	enum count count = look->ladder->renew_at_end && !hold->while_met ? COUNT_TERM : COUNT_NOW;
	/* What is looked at then only belongs to the period that ends. */
	instant judged = look->ladder->renew_at_end ? look->at - 1 : look->at;

	if (is_met(look, index, judged, count))
		renew_level(look, index, judged);
	else if (look->ladder->has_grace && !hold->grace)
		begin_grace(look, hold);
	else
		lose_level(look, index);
}

static void
while_met(struct look *look, int index)
{
	struct hold *hold = &look->standing->holds[index];
	bool met = is_met(look, index, look->at, COUNT_NOW);

	look->moved = true;
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
	const struct ladder *ladder = look->ladder;
	struct standing *standing = look->standing;

	if (!standing)
		return;
	if (standing->granted && standing->granted_until <= look->at) {
		if (!standing->holds[standing->granted].held)
			look->lost |= UINT64_C(1) << standing->granted;
		standing->granted = 0;
	}
	for (int i = 1; i < ladder->level_count; i++) {
		struct hold *hold = &standing->holds[i];

		if (!hold->held)
			continue;
		if (hold->until <= look->at)
			end_of_hold(look, i);
		else if (hold->while_met)
			while_met(look, i);
	}
}

/* ---- returns -------------------------------------------------------------- */

/* The sale that a look's cause takes back of; NULL: it is no return. */
static const struct past_fact *
sale_taken_back(const struct look *look)
{
	const struct fact *root = look->cause->root;
	const struct posting *posting = look->cause->posting;
	struct member *key;

	if (!root || (posting && posting->type != POSTING_REVERSED) ||
		(root->type != FACT_RETURN && root->type != FACT_CANCEL))
		return NULL;
	/* The cancel of a return takes nothing back. */
	if (root->type == FACT_CANCEL) {
		const struct past_fact *past = past_of(look->engine, root, &key);

		if (!past || past->type != FACT_PURCHASE)
			return NULL;
	}
	return returns_sale(look->engine, root, &key);
}

/* Whether a sale counted when a level was reached; of a closed period nothing is known any more. */
static bool
counted_then(const struct look *look, const struct level *level, const struct hold *hold,
	const struct past_fact *sale)
{
	const struct programme *programme = look->engine->programme;
	instant then = reached_at(hold);
	struct span window;

	if (level->period.kind == PERIOD_LIFETIME)
		return true;
	if (level->period.kind == PERIOD_ROLLING)
		return sale->at <= then &&
		       rolling_holds(programme, level->period.rolling, sale->at, then);
	return period_window(programme, look->member, level->period, then, &window) &&
	       past_date(sale) >= window.begin && past_date(sale) < window.end &&
	       !tally_is_closed(programme, look->member, window.end);
}

/* Levels that were reached only through what went back (recheck: tier) end at once. */
static void
end_returned(struct look *look)
{
	const struct past_fact *sale = sale_taken_back(look);

	if (!sale || !look->standing || look->ladder->fall == FALL_NEVER)
		return;
	for (int i = 1; i < look->ladder->level_count; i++) {
		const struct level *level = &look->ladder->levels[i];
		const struct hold *hold = &look->standing->holds[i];

		if (!hold->held || !hold->reached || hold->while_met ||
			level->period.kind == PERIOD_BALANCE ||
			!counted_then(look, level, hold, sale) ||
			is_met(look, i, reached_at(hold), COUNT_REACH) ||
			is_met(look, i, look->cause->judged, COUNT_NOW))
			continue;
		lose_level(look, i);
		look->returned |= UINT64_C(1) << i;
	}
}

/* Rising is immediate, several levels at once; a gain that leaves needs met renews. */
static void
reach_levels(struct look *look)
{
	const struct engine *engine = look->engine;
	const struct ladder *ladder = look->ladder;
	const struct cause *cause = look->cause;
	bool balance = ladder->on_balance && !cause->fact;
	bool due = !cause->fact && !cause->posting;
	uint64_t touched = engine->group_touched;
	uint64_t earned = engine->group_earned;

	/* A ladder on the balance was not looked at in the group of the fact. */
	if (ladder->on_balance && look->member->more) {
		touched = look->member->more->fresh_touched;
		earned = look->member->more->fresh_earned;
	}
	if (!(ladder->needed & touched || due || balance))
		return;
	for (int i = 1; i < ladder->level_count; i++) {
		const struct level *level = &ladder->levels[i];
		/* It comes into force at this very look, which time caused. */
		bool opens = due && level->from == cause->at;
		instant now = opens ? cause->at : cause->judged;
		const struct hold *hold;

		if (!(level->needed & touched || opens || balance) || !in_force(level, now) ||
			!is_met(look, i, now, COUNT_NOW))
			continue;
		hold = look->standing ? &look->standing->holds[i] : NULL;
		if (!hold || !hold->held)
			reach_level(look, i, cause->at, now);
		else if (!ladder->renew_at_end && !hold->while_met && level->needed & earned)
			reach_level(look, i, cause->at, now);
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
		forget_counts(look, before);
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
		held->fell = look->ladder->counts_terms;
		return;
	}
	held->fell = look->ladder->counts_terms;
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
	int before = look->standing ? look->standing->level : 0;
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
	if (look->engine->programme->policy.recheck & RECHECK_TIER)
		end_returned(look);
	reach_levels(look);
	if (look->lost >> before & 1)
		fall_from(look, before);
	if (!look->standing)
		return;
	after = present_level(look);
	until = end_of_level(look, after);
	if (look->moved || granted)
		schedule_ends(look);
	if (after != before)
		post_change(look, before, after,
			granted                        ? REASON_GRANTED
			: after > before               ? REASON_REACHED
			: look->returned >> before & 1 ? REASON_RETURNED
						       : REASON_ENDED,
			until);
	else if (after && !same_day(look->engine->programme->zone, until, look->standing->until))
		post_change(look, before, after, REASON_RENEWED, until);
}

static void
leave_ladders(struct engine *engine, struct cause *cause)
{
	for (int i = 0; i < engine->programme->ladder_count; i++) {
		struct look look = new_look(engine, cause, i);
		int before = member_level(engine->programme, cause->member, i);

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
		struct look look = new_look(engine, cause, i);
		bool granted = fact && fact->type == FACT_GRANT && fact->ladder == i;

		if (look.ladder->on_balance) {
			if (fact && !granted)
				continue;
			looked = true;
		}
		look_at_ladder(&look, granted);
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
	instant done = member->done.at;
	struct span window;

	/* What closes at this very instant has been done, the levels not yet been looked at. */
	if (done != INSTANT_ALWAYS && member->done.slot < SLOT_TIER)
		done--;
	for (int i = 0; i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++) {
			int counter = level->alternatives[i].items[j].counter;
			instant turn = INSTANT_NEVER;

			if (counter < 0)
				continue;
			if (level->period.kind == PERIOD_ROLLING)
				turn = tally_next_drop(programme, member, counter, done);
			else if (period_window(programme, member, level->period, done, &window))
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
	const struct standing *standing = member_standing(engine->programme, member, index);

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

		for (int j = 0; j < ladder->date_count; j++)
			earlier(member, ladder->dates[j], &next);
		holds_next(engine, member, i, &next);
	}
	return next;
}

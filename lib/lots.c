/*
 * lots.c - the lots of a member.
 */
#include "lots.h"

#include <stdlib.h>
#include <string.h>

#include "clocks.h"
#include "periods.h"
#include "question.h"

enum { LOTS_FIRST = 4, NAMES_FIRST = 64 };

/* The table that says when a lot ends: its rule's own, or its unit's. */
static const struct table *
expiry_table(const struct programme *programme, int unit, const struct rule *rule)
{
	if (rule && rule->expire)
		return rule->expire;
	return programme->units[unit].expire;
}

static const struct rule *
rule_of(const struct programme *programme, const struct lot *lot)
{
	return lot->rule >= 0 ? &programme->rules[lot->rule] : NULL;
}

/* Dates in `expire` are the day the lot was earned; a level is the present one. */
static const struct table *
expiry_leaf(struct engine *engine, struct member *member, const struct table *table, instant earned)
{
	struct question question = { .engine = engine,
		.member = member,
		.now = earned,
		.date = earned,
		.line = -1,
		.tender = -1 };

	return table_value(&question, table);
}

/* The clock starts when the lot is earned (or usable) and again at each `since`. */
static instant
end_by_rule(struct engine *engine, struct member *member, int unit, const struct rule *rule,
	instant earned, instant usable)
{
	const struct programme *programme = engine->programme;
	const struct table *leaf =
		expiry_leaf(engine, member, expiry_table(programme, unit, rule), earned);
	bool from_usable =
		programme->policy.life_from == LIFE_FROM_USABLE && usable != INSTANT_ALWAYS;

	instant start = from_usable ? usable : earned;

	if (!leaf || leaf->expiry.kind == EXPIRY_NEVER || usable == INSTANT_NEVER)
		return INSTANT_NEVER;
	if (!expiry_table(programme, unit, rule)->uses.level)
		return clock_life_end(engine, member, &leaf->expiry, start);
	/* Another level may have protected it in between: only the last start tells. */
	for (int i = 0; i < leaf->expiry.since.count; i++) {
		instant clock = member_clock(member, leaf->expiry.since.items[i]);

		start = clock > start ? clock : start;
	}
	return life_end(programme, member, &leaf->expiry.life, start);
}

instant
lot_end(struct engine *engine, struct member *member, const struct lot *lot)
{
	if (lot->until != INSTANT_BY_RULE)
		return lot->until;
	return end_by_rule(engine, member, lot->unit, rule_of(engine->programme, lot), lot->earned,
		lot->usable);
}

instant
lot_since(struct engine *engine, struct member *member, const struct lot *lot)
{
	const struct programme *programme = engine->programme;
	const struct table *table = expiry_table(programme, lot->unit, rule_of(programme, lot));
	const struct table *leaf = NULL;
	instant since = lot->earned;

	if (table && lot->until == INSTANT_BY_RULE && lot->usable != INSTANT_NEVER)
		leaf = expiry_leaf(engine, member, table, lot->earned);
	if (!leaf || leaf->expiry.kind == EXPIRY_NEVER)
		return since;
	if (programme->policy.life_from == LIFE_FROM_USABLE && lot->usable != INSTANT_ALWAYS)
		since = lot->usable;
	for (int i = 0; i < leaf->expiry.since.count; i++) {
		instant clock = member_clock(member, leaf->expiry.since.items[i]);

		since = clock > since ? clock : since;
	}
	return since;
}

/* Whether a table's answer for a lot may change after the lot was earned. */
static bool
may_move(const struct table *table, const struct table *leaf)
{
	return table->uses.level || (leaf && leaf->expiry.since.count > 0);
}

void
lot_dates(struct engine *engine, struct member *member, int unit, const struct rule *rule,
	const struct cause *cause, struct unit_delta *delta)
{
	const struct programme *programme = engine->programme;
	const struct table *pending =
		rule && rule->pending ? rule->pending : programme->units[unit].pending;
	const struct table *expire = expiry_table(programme, unit, rule);
	const struct table *leaf;

	delta->usable = INSTANT_ALWAYS;
	delta->until = INSTANT_NEVER;
	if (!programme->units[unit].spendable)
		return;
	if (pending) {
		struct question question = question_of(engine, cause);

		question.member = member;
		leaf = table_value(&question, pending);
		if (leaf)
			delta->usable =
				leaf->life.until_clock >= 0
					? INSTANT_NEVER
					: pending_end(programme, member, &leaf->life, cause->at);
	}
	if (!expire)
		return;
	leaf = expiry_leaf(engine, member, expire, cause->at);
	if (may_move(expire, leaf) || delta->usable == INSTANT_NEVER)
		delta->until = INSTANT_BY_RULE;
	else
		delta->until = end_by_rule(engine, member, unit, rule, cause->at, delta->usable);
}

bool
lot_pays(struct engine *engine, struct member *member, const struct lot *lot, instant now)
{
	if (lot->left <= 0 || lot->gone || lot->usable > now)
		return false;
	return lot_end(engine, member, lot) > lots_ended_by(engine, now);
}

struct lot *
lot_find(struct member *member, struct slice name, int unit)
{
	for (uint32_t i = member->lot_count; i-- > 0;) {
		struct lot *lot = &member->lots[i];

		if (lot->unit == unit && slice_equal(lot_name(member, lot), name))
			return lot;
	}
	return NULL;
}

/* Whether something of an empty lot may still be asked for, now or by a return. */
static bool
matters(const struct programme *programme, const struct member *member, const struct lot *lot)
{
	const struct policy *policy = &programme->policy;

	if (lot->left > 0)
		return true;
	if (lot->dead == 0 && !lot->kept)
		return false;
	/* Its sale goes back no more: what died of it need not be waived. */
	return !policy->has_returns_within || lot->kept ||
	       within_end(programme, policy->returns_within, lot->earned) > member->clock;
}

/* Drops lots of which nothing is left to know, and closes up the names. */
static void
drop_empty(const struct programme *programme, struct member *member)
{
	uint32_t kept = 0;
	uint32_t names = 0;

	for (uint32_t i = 0; i < member->lot_count; i++) {
		struct lot lot = member->lots[i];

		if (!matters(programme, member, &lot))
			continue;
		memmove(member->names + names, member->names + lot.name, lot.name_size);
		lot.name = names;
		names += lot.name_size;
		member->lots[kept++] = lot;
	}
	member->lot_count = kept;
	member->names_used = names;
}

static bool
make_room(struct engine *engine, struct member *member, size_t name_size)
{
	struct slab *slab = members_slab(engine->members);

	if (member->lot_count == member->lot_capacity)
		drop_empty(engine->programme, member);
	/* Grown by a half: most members never see the last of it. */
	if (member->lot_count == member->lot_capacity) {
		uint32_t capacity = member->lot_capacity
					    ? member->lot_capacity + member->lot_capacity / 2
					    : LOTS_FIRST;
		struct lot *lots = slab_grow(slab, member->lots,
			member->lot_capacity * sizeof(*lots), capacity * sizeof(*lots));

		if (!lots)
			return false;
		member->lots = lots;
		member->lot_capacity = capacity;
	}
	if (member->names_used + name_size > member->names_capacity) {
		size_t capacity = member->names_capacity
					  ? member->names_capacity + member->names_capacity / 2
					  : NAMES_FIRST;
		char *names;

		if (capacity < member->names_used + name_size)
			capacity = member->names_used + name_size;
		names = slab_grow(slab, member->names, member->names_capacity, capacity);
		if (!names)
			return false;
		member->names = names;
		member->names_capacity = (uint32_t)capacity;
	}
	return true;
}

struct lot *
lot_add(struct engine *engine, struct member *member, struct slice name, const struct lot *like)
{
	struct lot *lot;

	if (name.size > UINT16_MAX) {
		engine_fail(engine, LOYALTY_BAD, "id", "too long to name a lot");
		return NULL;
	}
	if (!make_room(engine, member, name.size)) {
		engine_memory(engine);
		return NULL;
	}
	lot = &member->lots[member->lot_count++];
	*lot = *like;
	lot->number = member->lots_given++;
	lot->name = member->names_used;
	lot->name_size = (uint16_t)name.size;
	memcpy(member->names + member->names_used, name.data, name.size);
	member->names_used += (uint32_t)name.size;
	return lot;
}

/* Names stand in the order of their lots. */
static uint32_t
insert_name(struct member *member, uint32_t place, struct slice name)
{
	uint32_t size = (uint32_t)name.size;
	uint32_t at = place < member->lot_count ? member->lots[place].name : member->names_used;

	memmove(member->names + at + size, member->names + at, member->names_used - at);
	memcpy(member->names + at, name.data, size);
	member->names_used += size;
	for (uint32_t i = place; i < member->lot_count; i++)
		member->lots[i].name += size;
	return at;
}

static uint32_t
place_of_number(const struct member *member, uint32_t number)
{
	uint32_t place = member->lot_count;

	while (place > 0 && member->lots[place - 1].number > number)
		place--;
	return place;
}

static uint32_t
place_of_sale(const struct member *member, instant at, int rule)
{
	uint32_t place = 0;

	while (place < member->lot_count &&
		(member->lots[place].earned < at ||
			(member->lots[place].earned == at && member->lots[place].rule < rule)))
		place++;
	return place;
}

struct lot *
lot_put_back(
	struct engine *engine, struct member *member, struct slice name, const struct lot *like)
{
	uint32_t place, at, number;
	struct lot *lot;

	if (!make_room(engine, member, name.size)) {
		engine_memory(engine);
		return NULL;
	}
	if (like->number == LOT_NUMBER_UNKNOWN) {
		place = place_of_sale(member, like->earned, like->rule);
		number = place ? member->lots[place - 1].number : 0;
	} else {
		place = place_of_number(member, like->number);
		number = like->number;
	}
	at = insert_name(member, place, name);
	lot = &member->lots[place];
	memmove(lot + 1, lot, (member->lot_count++ - place) * sizeof(*lot));
	*lot = *like;
	lot->number = number;
	lot->name = at;
	lot->name_size = (uint16_t)name.size;
	return lot;
}

struct lot_delta
lot_delta_of(
	struct engine *engine, const struct member *member, const struct lot *lot, int64_t amount)
{
	struct slice name = scratch_copy(&engine->scratch, lot_name(member, lot));

	if (engine->scratch.failed)
		engine_memory(engine);
	return (struct lot_delta){ name, lot->unit, amount };
}

/* ---- order ------------------------------------------------------------ */

struct candidate {
	instant end, earned;
	uint32_t index;
};

static int
compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left;
	const struct candidate *b = right;

	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	if (a->earned != b->earned)
		return a->earned < b->earned ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

uint32_t *
lots_in_order(struct engine *engine, struct member *member, int unit, instant now, uint32_t *count)
{
	size_t n = member->lot_count;
	struct candidate *candidates = scratch_take(&engine->scratch, n * sizeof(*candidates));
	uint32_t *order = scratch_take(&engine->scratch, n * sizeof(*order));
	bool by_end = engine->programme->policy.lot_order == LOT_ORDER_EXPIRING;

	*count = 0;
	if (n == 0)
		return order;
	if (!candidates || !order) {
		engine_memory(engine);
		return order;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct lot *lot = &member->lots[i];

		if (lot->unit != unit || !lot_pays(engine, member, lot, now))
			continue;
		candidates[*count] = (struct candidate){ by_end ? lot_end(engine, member, lot) : 0,
			lot->earned, i };
		++*count;
	}
	qsort(candidates, *count, sizeof(*candidates), compare_candidates);
	for (uint32_t i = 0; i < *count; i++)
		order[i] = candidates[i].index;
	return order;
}

instant
lot_bucket(struct engine *engine, struct member *member, const struct lot *lot)
{
	const struct unit *unit = &engine->programme->units[lot->unit];
	struct span window;

	if (!unit->has_bucket ||
		!period_window(engine->programme, member, unit->bucket, lot->earned, &window))
		return INSTANT_ALWAYS;
	return window.begin;
}

int64_t
member_debt(const struct member *member, int unit)
{
	int64_t owed = 0;

	for (uint32_t i = 0; member->more && i < member->more->debt_count; i++)
		if (member->more->debts[i].unit == unit)
			owed += member->more->debts[i].amount;
	return owed;
}

int64_t
usable_balance(struct engine *engine, struct member *member, int unit, instant now)
{
	int64_t balance = -member_debt(member, unit);

	for (uint32_t i = 0; i < member->lot_count; i++) {
		const struct lot *lot = &member->lots[i];

		if (lot->unit == unit && lot_pays(engine, member, lot, now) &&
			add_overflows(balance, lot->left, &balance))
			engine_overflow(engine, "the balance");
	}
	return balance;
}

/*
 * lots.c - the lots of a member.
 */
#define XXH_INLINE_ALL
#include "lots.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "clocks.h"
#include "merged.h"
#include "periods.h"
#include "question.h"

enum { LOTS_FIRST = 3 };

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
static struct question
expiry_question(struct engine *engine, struct member *member, instant earned)
{
	return (struct question){ .engine = engine,
		.member = member,
		.now = earned,
		.date = earned,
		.line = -1,
		.tender = -1 };
}

static const struct table *
expiry_leaf(struct engine *engine, struct member *member, const struct table *table, instant earned)
{
	struct question question = expiry_question(engine, member, earned);

	return table_value(&question, table);
}

/* The clock starts when the lot is earned (or usable) and again at each `since`. */
static instant
end_by_table(struct engine *engine, struct member *member, const struct table *table,
	instant earned, instant usable)
{
	const struct programme *programme = engine->programme;
	const struct table *leaf = !table || table->subject == SUBJECT_NONE
					   ? table
					   : expiry_leaf(engine, member, table, earned);
	bool from_usable =
		programme->policy.life_from == LIFE_FROM_USABLE && usable != INSTANT_ALWAYS;

	instant start = from_usable ? usable : earned;

	if (!leaf || leaf->expiry.kind == EXPIRY_NEVER || usable == INSTANT_NEVER)
		return INSTANT_NEVER;
	if (!table->uses.level)
		return clock_life_end(engine, member, &leaf->expiry, start);
	/* Another level may have protected it in between: only the last start tells. */
	for (int i = 0; i < leaf->expiry.since.count; i++) {
		instant clock = member_lived(member, leaf->expiry.since.items[i]);

		start = clock > start ? clock : start;
	}
	return lives_end(&engine->lives, programme, member, &leaf->expiry.life, start);
}

instant
lot_end(struct engine *engine, struct member *member, const struct lot *lot)
{
	const struct programme *programme = engine->programme;

	if (lot->until != INSTANT_BY_RULE)
		return lot->until;
	return end_by_table(engine, member,
		expiry_table(programme, lot->unit, rule_of(programme, lot)), lot->earned,
		lot_usable(lot));
}

int
lot_waits_for(const struct programme *programme, int unit, const struct rule *rule)
{
	const struct table *pending =
		rule && rule->pending ? rule->pending : programme->units[unit].pending;

	while (pending && pending->subject != SUBJECT_NONE)
		pending = pending->otherwise;
	return pending ? pending->life.until_clock : -1;
}

instant
lot_since(struct engine *engine, struct member *member, const struct lot *lot, instant now)
{
	const struct programme *programme = engine->programme;
	const struct table *table = expiry_table(programme, lot->unit, rule_of(programme, lot));
	const struct table *leaf = NULL;
	instant usable = lot_usable(lot);
	instant since = lot->earned;

	if (table && lot->until == INSTANT_BY_RULE)
		leaf = expiry_leaf(engine, member, table, lot->earned);
	if (!leaf || leaf->expiry.kind == EXPIRY_NEVER)
		return since;
	/* What is pending has its start to come. */
	if (programme->policy.life_from == LIFE_FROM_USABLE && usable != INSTANT_ALWAYS &&
		usable <= now)
		since = usable;
	for (int i = 0; i < leaf->expiry.since.count; i++) {
		instant clock = member_lived(member, leaf->expiry.since.items[i]);

		since = clock > since ? clock : since;
	}
	return since;
}

/* Whether a table's answer for a lot may change after the lot was earned. */
static bool
may_move(struct engine *engine, struct member *member, const struct table *table, instant earned)
{
	struct question question;
	const struct table *leaf;

	if (table->subject == SUBJECT_NONE)
		return table->expiry.since.count > 0;
	question = expiry_question(engine, member, earned);
	table = table_dated(&question, table);
	leaf = table_value(&question, table);
	return (table && table->uses.level) || (leaf && leaf->expiry.since.count > 0);
}

/* When points given now become usable; INSTANT_ALWAYS: at once. */
static instant
usable_from(struct engine *engine, struct member *member, const struct table *pending,
	const struct cause *cause)
{
	struct question question = question_of(engine, cause);
	const struct table *leaf;

	question.member = member;
	leaf = table_value(&question, pending);
	if (!leaf)
		return INSTANT_ALWAYS;
	if (leaf->life.until_clock >= 0)
		return INSTANT_NEVER;
	return pending_end(engine->programme, member, &leaf->life, cause->at);
}

void
lot_dates(struct engine *engine, struct member *member, int unit, const struct rule *rule,
	const struct cause *cause, struct unit_delta *delta)
{
	const struct unit *given = &engine->programme->units[unit];
	const struct table *pending = rule && rule->pending ? rule->pending : given->pending;
	const struct table *expire = expiry_table(engine->programme, unit, rule);

	delta->usable = INSTANT_ALWAYS;
	delta->until = INSTANT_NEVER;
	if (!given->spendable)
		return;
	if (pending)
		delta->usable = usable_from(engine, member, pending, cause);
	if (!expire)
		return;
	if (delta->usable == INSTANT_NEVER || may_move(engine, member, expire, cause->at))
		delta->until = INSTANT_BY_RULE;
	else
		delta->until = end_by_table(engine, member, expire, cause->at, delta->usable);
}

/* Whether a lot can pay at `now`. */
static bool
lot_pays(struct engine *engine, struct member *member, const struct lot *lot, instant now)
{
	if (lot->left <= 0 || lot->gone || lot_usable(lot) > now)
		return false;
	return lot_end(engine, member, lot) > lots_ended_by(engine, now);
}

/* ---- names and rarer parts ---------------------------------------------- */

static struct slice
stored_name(const struct lot *lot)
{
	return lot->has_rest ? (struct slice){ lot->rest->name, lot->rest->name_size }
			     : (struct slice){ lot->name, lot->name_size };
}

static size_t
rest_size(const struct lot_rest *rest)
{
	return sizeof(*rest) + rest->name_size;
}

struct slice
lot_name(struct engine *engine, const struct lot *lot)
{
	struct slice name = stored_name(lot);
	struct slice rule = lot->of_rule ? engine->programme->rules[lot->rule].id : SLICE("");

	name = scratch_join(
		&engine->scratch, name, lot->of_rule ? SLICE(":") : SLICE(""), rule, SLICE(""));
	if (engine->scratch.failed)
		engine_memory(engine);
	return name;
}

static bool
ends_with_rule(struct slice name, struct slice rule)
{
	size_t rest = name.size - rule.size;

	return name.size > rule.size && name.data[rest - 1] == ':' &&
	       bytes_equal(name.data + rest, rule.data, rule.size);
}

bool
lot_is_called(const struct programme *programme, const struct lot *lot, struct slice name)
{
	struct slice stored = stored_name(lot);
	struct slice rule;

	if (!lot->of_rule)
		return slice_equal(stored, name);
	rule = programme->rules[lot->rule].id;
	/* Names of a member's lots differ at the ends of what is stored. */
	if (name.size != stored.size + 1 + rule.size ||
		(stored.size && name.data[stored.size - 1] != stored.data[stored.size - 1]) ||
		!ends_with_rule(name, rule))
		return false;
	name.size = stored.size;
	return slice_equal(stored, name);
}

struct lot_call
lot_call_of(struct slice name)
{
	return (struct lot_call){ .hash = (uint32_t)XXH3_64bits(name.data, name.size) };
}

/* The place of the first lot of a name from a place on; lot_count: there is none. */
static uint32_t
next_called(const struct programme *programme, const struct member *member, struct slice name,
	lot_tag tag, uint32_t place)
{
	place = lot_next_tagged(member, tag, place);
	while (place < member->lot_count && !lot_is_called(programme, &member->lots[place], name))
		place = lot_next_tagged(member, tag, place + 1);
	return place;
}

bool
lot_lives(const struct programme *programme, const struct member *member, struct slice name,
	int unit, struct lot_call *call)
{
	uint32_t place = next_called(programme, member, name, lot_call_tag(*call), 0);

	call->borne = false;
	for (; place < member->lot_count;
		place = next_called(programme, member, name, lot_call_tag(*call), place + 1)) {
		if (unit >= 0 && member->lots[place].unit != unit)
			continue;
		if (member->lots[place].left > 0)
			return true;
		call->borne = true;
	}
	return false;
}

struct lot *
lot_find(const struct programme *programme, struct member *member, struct slice name, int unit)
{
	for (uint32_t i = member->lot_count; i-- > 0;) {
		struct lot *lot = &member->lots[i];

		if (lot->unit == unit && lot_is_called(programme, lot, name))
			return lot;
	}
	return NULL;
}

struct lot *
lot_find_delta(
	const struct programme *programme, struct member *member, const struct lot_delta *delta)
{
	if (delta->place < member->lot_count) {
		struct lot *lot = &member->lots[delta->place];

		if (lot->unit == delta->unit && lot_is_called(programme, lot, delta->lot))
			return lot;
	}
	return lot_find(programme, member, delta->lot, delta->unit);
}

static bool
make_rest(struct slab *slab, struct lot *lot, struct slice name, instant usable)
{
	struct lot_rest *rest = slab_take(slab, sizeof(*rest) + name.size);

	if (!rest)
		return false;
	*rest = (struct lot_rest){ usable, 0, (uint16_t)name.size };
	memcpy(rest->name, name.data, name.size);
	lot->rest = rest;
	lot->has_rest = true;
	return true;
}

/* A lot's name is mostly its fact's id and its rule: only the id is kept, in the lot itself. */
static bool
name_lot(struct engine *engine, struct lot *lot, struct slice name, instant usable)
{
	struct slab *slab = members_slab(engine->members);

	lot->of_rule =
		lot->rule >= 0 && ends_with_rule(name, engine->programme->rules[lot->rule].id);
	if (lot->of_rule)
		name.size -= engine->programme->rules[lot->rule].id.size + 1;
	lot->has_rest = false;
	if (usable != INSTANT_ALWAYS || name.size > LOT_NAME_SHORT)
		return make_rest(slab, lot, name, usable);
	bytes_copy(lot->name, name.data, name.size);
	lot->name_size = (uint8_t)(name.size & LOT_NAME_SHORT);
	return true;
}

bool
lot_make(struct engine *engine, struct slice name, instant usable, struct lot *lot)
{
	lot->of_rule = lot->has_rest = false;
	return name_lot(engine, lot, name, usable);
}

bool
lot_copy(struct slab *slab, const struct lot *lot, struct lot *copy)
{
	*copy = *lot;
	return !lot->has_rest || make_rest(slab, copy, stored_name(lot), lot->rest->usable);
}

void
lot_forget(struct slab *slab, struct lot *lot)
{
	if (lot->has_rest)
		slab_give(slab, lot->rest, rest_size(lot->rest));
	lot->has_rest = false;
}

bool
lot_may_be_returned(
	const struct programme *programme, const struct member *member, const struct lot *lot)
{
	const struct policy *policy = &programme->policy;

	return !policy->has_returns_within ||
	       !within_passed(programme, sale_known(policy), lot->earned, member_time(member));
}

void
lot_dies(struct engine *engine, struct member *member, struct lot *lot, int64_t amount)
{
	char name[LOT_NAME_SHORT + 1];

	if (!lot_may_be_returned(engine->programme, member, lot))
		return;
	memcpy(name, lot->name, sizeof(name));
	if (!lot->has_rest && !make_rest(members_slab(engine->members), lot,
				      (struct slice){ name, lot->name_size }, INSTANT_ALWAYS)) {
		engine_memory(engine);
		return;
	}
	lot->rest->dead += amount;
}

/* ---- coming and going ---------------------------------------------------- */

bool
lot_matters(const struct programme *programme, const struct member *member, const struct lot *lot)
{
	if (lot->left > 0)
		return true;
	/* Else its sale goes back no more, nor comes again: what died of it need not be waived. */
	return (lot->kept || lot_dead(lot)) && lot_may_be_returned(programme, member, lot);
}

/* Drops lots of which nothing is left to know. */
static void
drop_empty(struct engine *engine, struct member *member)
{
	lot_tag *tags = lot_tags(member);
	uint32_t kept = 0;

	/* Mostly there is none. */
	while (kept < member->lot_count && member->lots[kept].left > 0)
		kept++;
	if (kept == member->lot_count)
		return;
	for (uint32_t i = kept; i < member->lot_count; i++) {
		if (!lot_matters(engine->programme, member, &member->lots[i])) {
			lot_forget(members_slab(engine->members), &member->lots[i]);
			continue;
		}
		if (kept < i) {
			tags[kept] = tags[i];
			member->lots[kept] = member->lots[i];
		}
		kept++;
	}
	member->lot_count = kept;
	member->lot_names = 0;
	for (uint32_t i = 0; i < kept; i++)
		member->lot_names |= lot_tag_bit(tags[i]);
}

void
lot_drop(struct engine *engine, struct member *member, struct lot *lot)
{
	uint32_t place = (uint32_t)(lot - member->lots);
	uint32_t behind = --member->lot_count - place;
	lot_tag *tag = lot_tags(member) + place;

	lot_forget(members_slab(engine->members), lot);
	memmove(lot, lot + 1, behind * sizeof(*lot));
	memmove(tag, tag + 1, behind * sizeof(*tag));
}

/* One name of a unit is one lot's: what is known of an emptied one, its new bearer's is not. */
static void
drop_called(struct engine *engine, struct member *member, struct slice name, lot_tag tag, int unit)
{
	const struct programme *programme = engine->programme;
	uint32_t place = next_called(programme, member, name, tag, 0);

	while (place < member->lot_count) {
		if (member->lots[place].unit == unit && member->lots[place].left <= 0)
			lot_drop(engine, member, &member->lots[place]);
		else
			place++;
		place = next_called(programme, member, name, tag, place);
	}
}

static bool
make_room(struct engine *engine, struct member *member)
{
	uint32_t before = member->lot_capacity;
	uint32_t after;
	struct lot *lots;

	if (member->lot_count < before)
		return true;
	drop_empty(engine, member);
	if (member->lot_count < before)
		return true;
	/* Grown by a fifth or so: most members never see the last of it. */
	after = before ? before + before / 5 + 1 : LOTS_FIRST;
	lots = slab_grow(
		members_slab(engine->members), member->lots, lots_size(before), lots_size(after));
	if (!lots)
		return false;
	memmove(lots + after, lots + before, member->lot_count * sizeof(lot_tag));
	member->lots = lots;
	member->lot_capacity = after;
	return true;
}

/* One lot more among the member's, of which nothing is known yet. */
static struct lot *
open_place(struct member *member, uint32_t place, lot_tag tag)
{
	uint32_t behind = member->lot_count - place;
	struct lot *lot = &member->lots[place];
	lot_tag *tags = lot_tags(member) + place;

	if (behind) {
		memmove(lot + 1, lot, behind * sizeof(*lot));
		memmove(tags + 1, tags, behind * sizeof(*tags));
	}
	*tags = tag;
	member->lot_count++;
	return lot;
}

/* Puts a lot in its place among the member's. */
static struct lot *
insert_lot(struct engine *engine, struct member *member, uint32_t place, struct slice name,
	lot_tag tag, const struct lot *like, instant usable)
{
	struct lot *lot;

	if (name.size > UINT16_MAX) {
		engine_fail(engine, LOYALTY_BAD, "id", "too long to name a lot");
		return NULL;
	}
	lot = open_place(member, place, tag);
	/* Written where it stays: what is written and then copied at once waits for itself. */
	*lot = (struct lot){
		.earned = like->earned,
		.until = like->until,
		.left = like->left,
		.number = like->number,
		.rule = like->rule,
		.unit = like->unit,
		.kept = like->kept,
		.gone = like->gone,
	};
	if (!name_lot(engine, lot, name, usable)) {
		lot_drop(engine, member, lot);
		engine_memory(engine);
		return NULL;
	}
	member->lot_names |= lot_tag_bit(tag);
	return lot;
}

static uint32_t
place_of_number(const struct member *member, uint32_t number)
{
	uint32_t place = member->lot_count;

	while (place > 0 && member->lots[place - 1].number > number)
		place--;
	return place;
}

struct lot *
lot_add(struct engine *engine, struct member *member, struct slice name, struct lot_call call,
	const struct lot *like, instant usable)
{
	if (call.borne)
		drop_called(engine, member, name, lot_call_tag(call), like->unit);
	if (!make_room(engine, member)) {
		engine_memory(engine);
		return NULL;
	}
	return insert_lot(engine, member, place_of_number(member, like->number), name,
		lot_call_tag(call), like, usable);
}

/* Whether a lot came before one that was given to `given`; what a merge brought came with it. */
static bool
came_before(struct member *member, const struct member *given, const struct lot *lot,
	const struct lot *like)
{
	uint32_t first = merged_lot_number(given, 0);
	instant merged;

	if (lot->number < first)
		return true;
	if (given != member && lot->number - first >= given->lots_given)
		return false;
	merged = merged_lot_at(member, given, lot->number);
	if (merged != INSTANT_ALWAYS)
		return merged <= like->earned;
	return lot->earned < like->earned ||
	       (lot->earned == like->earned && lot->rule <= like->rule);
}

/* Of lots given at once by one rule it comes last: they come back in the order in which they were. */
static uint32_t
place_of_sale(struct engine *engine, struct member *member, struct slice name, struct lot *like)
{
	const struct member *given = merged_given_to(engine, member, name, like->earned);
	uint32_t place = 0;

	while (place < member->lot_count && came_before(member, given, &member->lots[place], like))
		place++;
	like->number = merged_lot_number(given, 0);
	if (place && member->lots[place - 1].number > like->number)
		like->number = member->lots[place - 1].number;
	return place;
}

struct lot *
lot_put_back(struct engine *engine, struct member *member, struct slice name,
	const struct lot *like, instant usable)
{
	struct lot again = *like;
	uint32_t place;

	if (!make_room(engine, member)) {
		engine_memory(engine);
		return NULL;
	}
	place = like->number == LOT_NUMBER_UNKNOWN ? place_of_sale(engine, member, name, &again)
						   : place_of_number(member, like->number);
	return insert_lot(
		engine, member, place, name, lot_call_tag(lot_call_of(name)), &again, usable);
}

struct lot_delta
lot_delta_of(
	struct engine *engine, const struct member *member, const struct lot *lot, int64_t amount)
{
	return (struct lot_delta){ lot_name(engine, lot), lot->unit, amount,
		(uint32_t)(lot - member->lots) };
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
	bool sorted = true;

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
		if (*count && compare_candidates(&candidates[*count - 1], &candidates[*count]) > 0)
			sorted = false;
		++*count;
	}
	/* Lots mostly end in the order in which they were earned. */
	if (!sorted)
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

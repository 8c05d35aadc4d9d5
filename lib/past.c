/*
 * past.c - the table of remembered facts.
 *
 * A member's facts hang together from the oldest on; each new one drops those before it
 * that no longer matter, so that the table holds what may still be asked for and no more.
 */
#define XXH_INLINE_ALL
#include "past.h"

#include <stdlib.h>
#include <xxhash.h>

#include "periods.h"
#include "sales.h"

enum { INDEX_MIN = 1 << 12, ID_SIZE_MAX = UINT16_MAX };

struct past_slot {
	uint32_t hash;
	uint32_t number; /* place in facts + 1; 0: free */
};

struct past {
	const struct programme *programme;
	struct members *members;
	struct past_fact **facts; /* free places are chained by number through `free` */
	uint32_t count, used, capacity;
	uint32_t *free;
	uint32_t free_count, free_capacity;
	struct past_slot *slots;
	uint32_t mask;
	struct slab slab; /* facts, sales and what they gave */
};

struct past *
past_new(const struct programme *programme, struct members *members)
{
	struct past *past = calloc(1, sizeof(*past));

	if (!past)
		return NULL;
	past->programme = programme;
	past->members = members;
	past->mask = INDEX_MIN - 1;
	past->slots = calloc(INDEX_MIN, sizeof(*past->slots));
	past->capacity = INDEX_MIN / 2;
	past->facts = calloc(past->capacity, sizeof(struct past_fact *));
	if (!past->slots || !past->facts) {
		past_free(past);
		return NULL;
	}
	return past;
}

static void
free_sale(struct past *past, struct sale *sale)
{
	struct given_posting *posting = sale ? sale->first : NULL;

	while (posting) {
		struct given_posting *next = posting->next;

		slab_give(&past->slab, posting, given_posting_size(posting));
		posting = next;
	}
	if (!sale)
		return;
	free(sale->back);
	slab_give(&past->slab, sale, sale_size(sale->has_items ? sale->line_count : 0));
}

/* What hangs on a fact beside itself. */
static void
free_story(struct past *past, struct past_fact *fact)
{
	switch ((enum record_type)fact->type) {
	case FACT_PURCHASE:
		free_sale(past, fact->sale);
		fact->sale = NULL;
		break;
	case FACT_REDEEM:
		if (fact->redemption) {
			free(fact->redemption->names);
			free(fact->redemption->rooms);
		}
		free(fact->redemption);
		fact->redemption = NULL;
		break;
	case FACT_RETURN:
		free(fact->returned);
		fact->returned = NULL;
		break;
	default:
		break;
	}
}

static void
free_fact(struct past *past, struct past_fact *fact)
{
	free_story(past, fact);
	slab_give(&past->slab, fact, sizeof(*fact) + fact->id_size);
}

void
past_free(struct past *past)
{
	if (!past)
		return;
	for (uint32_t i = 0; i < past->used; i++)
		if (past->facts[i])
			free_fact(past, past->facts[i]);
	slab_free(&past->slab);
	free(past->facts);
	free(past->free);
	free(past->slots);
	free(past);
}

/* ---- finding -------------------------------------------------------------- */

uint64_t
past_hash(uint64_t member_hash, struct slice id)
{
	return XXH3_64bits_withSeed(id.data, id.size, member_hash);
}

void
past_prefetch(const struct past *past, uint64_t hash)
{
	__builtin_prefetch(&past->slots[(uint32_t)hash & past->mask]);
}

static uint64_t
hash_name(const struct member *member, struct slice id)
{
	return past_hash(member ? member->hash : 0, id);
}

static uint32_t
number_of(const struct member *member)
{
	return member ? member->index : TICK_MEMBER;
}

static struct past_fact *
find(const struct past *past, const struct member *member, struct slice id, bool by_line)
{
	uint32_t hash = (uint32_t)hash_name(member, id);

	for (uint32_t i = hash & past->mask;; i = (i + 1) & past->mask) {
		const struct past_slot *slot = &past->slots[i];
		struct past_fact *fact;

		if (!slot->number)
			return NULL;
		if (slot->hash != hash)
			continue;
		fact = past->facts[slot->number - 1];
		if (fact->member == number_of(member) && fact->by_line == by_line &&
			slice_equal((struct slice){ fact->id, fact->id_size }, id))
			return fact;
	}
}

struct past_fact *
past_find(const struct past *past, const struct member *member, struct slice id)
{
	return find(past, member, id, false);
}

struct past_fact *
past_find_line(const struct past *past, const struct member *member, struct slice line)
{
	XXH128_hash_t hash = XXH3_128bits(line.data, line.size);

	return find(past, member, (struct slice){ (const char *)&hash, sizeof(hash) }, true);
}

/* ---- the index -------------------------------------------------------------- */

static void
insert(struct past *past, uint32_t number)
{
	uint32_t hash = past->facts[number]->hash;
	uint32_t i = hash & past->mask;

	while (past->slots[i].number)
		i = (i + 1) & past->mask;
	past->slots[i] = (struct past_slot){ hash, number + 1 };
}

/* Those behind the gap that could stand in it move up, so that no search ends too early. */
static void
erase(struct past *past, uint32_t number)
{
	uint32_t gap = past->facts[number]->hash & past->mask;
	uint32_t next;

	while (past->slots[gap].number != number + 1)
		gap = (gap + 1) & past->mask;
	for (next = (gap + 1) & past->mask; past->slots[next].number;
		next = (next + 1) & past->mask) {
		uint32_t home = past->slots[next].hash & past->mask;

		if (((next - home) & past->mask) < ((next - gap) & past->mask))
			continue;
		past->slots[gap] = past->slots[next];
		gap = next;
	}
	past->slots[gap].number = 0;
}

static bool
keep_free(struct past *past, uint32_t number)
{
	if (past->free_count == past->free_capacity) {
		uint32_t capacity = past->free_capacity ? past->free_capacity * 2 : 256;
		uint32_t *larger = realloc(past->free, capacity * sizeof(*larger));

		if (!larger)
			return false;
		past->free = larger;
		past->free_capacity = capacity;
	}
	past->free[past->free_count++] = number;
	return true;
}

static bool
grow(struct past *past)
{
	uint32_t capacity = past->capacity * 2;
	struct past_fact **facts =
		realloc(past->facts, capacity * sizeof(struct past_fact *));
	struct past_slot *slots;

	if (!facts)
		return false;
	past->facts = facts;
	slots = calloc((size_t)capacity * 2, sizeof(*slots));
	if (!slots)
		return false;
	free(past->slots);
	past->slots = slots;
	past->mask = capacity * 2 - 1;
	past->capacity = capacity;
	for (uint32_t i = 0; i < past->used; i++)
		if (past->facts[i])
			insert(past, i);
	return true;
}

/* ---- dropping ----------------------------------------------------------------- */

enum relevance { MATTERS, MATTERS_FOR_EVER, MATTERS_NO_MORE };

/* Whether then + duration is after now; the calendar is asked only near the edge. */
static bool
has_passed(const struct past *past, struct duration duration, instant then, instant now)
{
	int64_t least = ((int64_t)duration.months * 28 + duration.days - 2) * DAY_MICROS;
	int64_t most = ((int64_t)duration.months * 31 + duration.days + 2) * DAY_MICROS;

	if (now - then < least)
		return false;
	if (now - then > most + duration.micros)
		return true;
	return within_end(past->programme, duration, then) <= now;
}

/* A sale is remembered for the time of returns, and then for repeats of what refers to it. */
static enum relevance
relevance_of(const struct past *past, const struct past_fact *fact, instant now)
{
	const struct policy *policy = &past->programme->policy;
	struct duration within = policy->returns_within;

	if (rolling_holds(past->programme, policy->repeats, fact->at, now))
		return MATTERS;
	if (fact->by_line)
		return MATTERS_NO_MORE;
	/* Whether it was carried out is not known where loyalty-redeem has yet to be asked. */
	if (fact->type == FACT_REDEEM)
		return MATTERS_FOR_EVER;
	if (fact->type == FACT_RETURN)
		return policy->has_returns_within ? MATTERS_NO_MORE : MATTERS_FOR_EVER;
	if (fact->type != FACT_PURCHASE)
		return MATTERS_NO_MORE;
	if (!policy->has_returns_within)
		return MATTERS_FOR_EVER;
	within.months += policy->repeats.months;
	within.days += policy->repeats.days;
	within.micros += policy->repeats.micros;
	return has_passed(past, within, fact->at, now) ? MATTERS_NO_MORE : MATTERS;
}

static bool
drop(struct past *past, uint32_t number)
{
	erase(past, number);
	free_fact(past, past->facts[number]);
	past->facts[number] = NULL;
	past->count--;
	return keep_free(past, number);
}

/* From the oldest on; what matters for ever is let out of the chain. */
static bool
drop_old(struct past *past, struct member *member, instant now)
{
	while (member->past_first) {
		uint32_t number = member->past_first - 1;
		struct past_fact *fact = past->facts[number];
		enum relevance relevance = relevance_of(past, fact, now);

		if (relevance == MATTERS)
			return true;
		member->past_first = fact->next;
		fact->next = 0;
		if (relevance == MATTERS_NO_MORE && !drop(past, number))
			return false;
	}
	return true;
}

static void
chain(struct past *past, struct member *member, uint32_t number)
{
	if (member->past_first)
		past->facts[member->past_last - 1]->next = number + 1;
	else
		member->past_first = number + 1;
	member->past_last = number + 1;
}

/* ---- adding -------------------------------------------------------------------- */

static struct past_fact *
new_fact(struct past *past, struct slice id)
{
	struct past_fact *fact;

	if (id.size > ID_SIZE_MAX)
		return NULL;
	fact = slab_take(&past->slab, sizeof(*fact) + id.size);
	if (!fact)
		return NULL;
	memset(fact, 0, sizeof(*fact));
	fact->id_size = (uint16_t)id.size;
	memcpy(fact->id, id.data, id.size);
	return fact;
}

struct past_fact *
past_add(struct past *past, struct member *member, struct slice id, struct slice line,
	enum record_type type, instant at)
{
	bool by_line = id.size == 0;
	XXH128_hash_t hash;
	struct past_fact *fact;
	uint32_t number;

	if (by_line) {
		hash = XXH3_128bits(line.data, line.size);
		id = (struct slice){ (const char *)&hash, sizeof(hash) };
	}
	if (member && !drop_old(past, member, at))
		return NULL;
	if (past->count == past->capacity && !grow(past))
		return NULL;
	fact = new_fact(past, id);
	if (!fact)
		return NULL;
	number = past->free_count ? past->free[--past->free_count] : past->used++;
	fact->hash = (uint32_t)hash_name(member, id);
	fact->line_hash = XXH3_64bits(line.data, line.size);
	fact->at = at;
	fact->member = number_of(member);
	fact->type = (uint8_t)type;
	fact->by_line = by_line;
	past->facts[number] = fact;
	past->count++;
	insert(past, number);
	if (member)
		chain(past, member, number);
	return fact;
}

bool
past_same_line(const struct past_fact *fact, struct slice line)
{
	return fact->line_hash == XXH3_64bits(line.data, line.size);
}

instant
past_date(const struct past_fact *fact)
{
	if (fact->type == FACT_RETURN && fact->returned)
		return past_date(fact->returned->sale);
	if (fact->type == FACT_PURCHASE && fact->sale)
		return fact->sale->date;
	return fact->at;
}

struct slab *
past_slab(struct past *past)
{
	return &past->slab;
}

/* It stays in its member's chain, under a name that nobody asks for. */
void
past_forget(struct past *past, struct past_fact *fact)
{
	free_story(past, fact);
	fact->type = FACT_TICK;
	fact->member = TICK_MEMBER;
}

/*
 * past.c - the table of remembered facts.
 */
#define XXH_INLINE_ALL
#include "past.h"

#include <stdlib.h>
#include <xxhash.h>

#include "periods.h"
#include "sales.h"

enum { INDEX_MIN = 1 << 12 };

struct past_slot {
	uint32_t hash;
	uint32_t number; /* place in facts + 1; 0: free */
};

struct past {
	const struct programme *programme;
	const struct members *members;
	struct past_fact **facts;
	uint32_t count, capacity;
	struct past_slot *slots;
	uint32_t mask;
	struct slab slab; /* facts, sales and what they gave */
};

struct past *
past_new(const struct programme *programme, const struct members *members)
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
	for (uint32_t i = 0; i < past->count; i++)
		free_fact(past, past->facts[i]);
	slab_free(&past->slab);
	free(past->facts);
	free(past->slots);
	free(past);
}

uint32_t
past_count(const struct past *past)
{
	return past->count;
}

static uint32_t
hash_name(uint32_t member, struct slice id)
{
	return (uint32_t)XXH3_64bits_withSeed(id.data, id.size, member);
}

static struct past_fact *
find(const struct past *past, uint32_t member, struct slice id, bool by_line)
{
	uint32_t hash = hash_name(member, id);

	for (uint32_t i = hash & past->mask;; i = (i + 1) & past->mask) {
		const struct past_slot *slot = &past->slots[i];
		struct past_fact *fact;

		if (!slot->number)
			return NULL;
		if (slot->hash != hash)
			continue;
		fact = past->facts[slot->number - 1];
		if (fact->member == member && fact->by_line == by_line &&
			slice_equal((struct slice){ fact->id, fact->id_size }, id))
			return fact;
	}
}

struct past_fact *
past_find(const struct past *past, uint32_t member, struct slice id)
{
	return find(past, member, id, false);
}

struct past_fact *
past_find_line(const struct past *past, uint32_t member, struct slice line)
{
	XXH128_hash_t hash = XXH3_128bits(line.data, line.size);

	return find(past, member, (struct slice){ (const char *)&hash, sizeof(hash) }, true);
}

static void
insert(struct past *past, uint32_t number)
{
	uint32_t hash = past->facts[number]->hash;
	uint32_t i = hash & past->mask;

	while (past->slots[i].number)
		i = (i + 1) & past->mask;
	past->slots[i] = (struct past_slot){ hash, number + 1 };
}

/* Whether a fact can still be repeated or referred to, by its member's clock. */
static bool
matters(const struct past *past, const struct past_fact *fact)
{
	const struct policy *policy = &past->programme->policy;
	instant now;

	if (fact->member == TICK_MEMBER)
		return false;
	now = members_at(past->members, fact->member)->clock;
	if (rolling_holds(past->programme, policy->repeats, fact->at, now))
		return true;
	if (fact->type == FACT_REDEEM)
		return fact->redemption && !fact->cancelled;
	if (fact->type != FACT_PURCHASE && fact->type != FACT_RETURN)
		return false;
	return !policy->has_returns_within ||
	       within_end(past->programme, policy->returns_within, fact->date) > now;
}

/* Drops what no longer matters. A return points at its sale, which is as old or older in date. */
static void
drop_old(struct past *past)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < past->count; i++) {
		struct past_fact *fact = past->facts[i];

		if (fact->type == FACT_RETURN && fact->returned && fact->returned->sale &&
			!matters(past, fact->returned->sale))
			free_story(past, fact);
	}
	for (uint32_t i = 0; i < past->count; i++) {
		struct past_fact *fact = past->facts[i];

		if (matters(past, fact))
			past->facts[kept++] = fact;
		else
			free_fact(past, fact);
	}
	past->count = kept;
}

/* Makes room: first by forgetting, then by growing. */
static bool
make_room(struct past *past)
{
	drop_old(past);
	if (past->count > past->capacity / 2) {
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
	} else {
		memset(past->slots, 0, ((size_t)past->mask + 1) * sizeof(*past->slots));
	}
	for (uint32_t i = 0; i < past->count; i++)
		insert(past, i);
	return true;
}

struct past_fact *
past_add(struct past *past, uint32_t member, struct slice id, struct slice line,
	enum record_type type, instant at, instant date)
{
	bool by_line = id.size == 0;
	XXH128_hash_t hash;
	struct past_fact *fact;

	if (by_line) {
		hash = XXH3_128bits(line.data, line.size);
		id = (struct slice){ (const char *)&hash, sizeof(hash) };
	}
	if (past->count == past->capacity && !make_room(past))
		return NULL;
	fact = slab_take(&past->slab, sizeof(*fact) + id.size);
	if (!fact)
		return NULL;
	memset(fact, 0, sizeof(*fact));
	fact->hash = hash_name(member, id);
	fact->line_hash = XXH3_64bits(line.data, line.size);
	fact->at = at;
	fact->date = date;
	fact->member = member;
	fact->type = (uint8_t)type;
	fact->by_line = by_line;
	fact->id_size = (uint32_t)id.size;
	memcpy(fact->id, id.data, id.size);
	past->facts[past->count++] = fact;
	insert(past, past->count - 1);
	return fact;
}

bool
past_same_line(const struct past_fact *fact, struct slice line)
{
	return fact->line_hash == XXH3_64bits(line.data, line.size);
}

/* Found no more, and dropped when room is made: its time has gone by. */
void
past_forget(struct past *past, struct past_fact *fact)
{
	free_story(past, fact);
	fact->type = FACT_TICK;
	fact->member = TICK_MEMBER;
}

struct slab *
past_slab(struct past *past)
{
	return &past->slab;
}

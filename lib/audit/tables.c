/*
 * tables.c - members, their holdings, and lots.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "state.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 2048 };

#define TAG (~(uint64_t)UINT32_MAX)

static uint32_t
slot_index(uint64_t item)
{
	return (uint32_t)item - 1;
}

static void
slots_put(struct slots *slots, uint64_t hash, uint32_t index)
{
	size_t at = hash & (slots->size - 1);

	while (slots->items[at])
		at = (at + 1) & (slots->size - 1);
	slots->items[at] = (hash & TAG) | (index + 1);
}

/* The next item with that tag, from *at on; UINT32_MAX: there is none. */
static uint32_t
slots_next(const struct slots *slots, uint64_t hash, size_t *at)
{
	while (slots->size && slots->items[*at & (slots->size - 1)]) {
		uint64_t item = slots->items[(*at)++ & (slots->size - 1)];

		if ((item & TAG) == (hash & TAG))
			return slot_index(item);
	}
	return UINT32_MAX;
}

/* Room for one more. *emptied: all are to be put anew. */
static bool
slots_grow(struct slots *slots, uint32_t count, bool *emptied)
{
	size_t size = slots->size ? 2 * slots->size : SLOTS_FIRST;
	uint64_t *items;

	*emptied = false;
	if (3 * (size_t)count < 2 * slots->size)
		return true;
	items = calloc(size, sizeof(*items));
	if (!items)
		return false;
	free(slots->items);
	slots->items = items;
	slots->size = size;
	*emptied = true;
	return true;
}

/* ---- members -------------------------------------------------------------- */

static uint32_t
find(const struct audit *audit, struct slice key, uint64_t hash)
{
	size_t at = hash;
	uint32_t index;

	do
		index = slots_next(&audit->member_slots, hash, &at);
	while (index != UINT32_MAX && !slice_equal(audit->members[index].key, key));
	return index;
}

uint32_t
audit_find_member(const struct audit *audit, struct slice key)
{
	return find(audit, key, XXH3_64bits(key.data, key.size));
}

static uint32_t
no_memory(struct audit *audit)
{
	audit->no_memory = true;
	return UINT32_MAX;
}

uint32_t
audit_add_member(struct audit *audit, struct slice key)
{
	uint64_t hash = XXH3_64bits(key.data, key.size);
	uint32_t index = find(audit, key, hash);
	bool emptied;
	char *copy;

	if (index != UINT32_MAX)
		return index;
	copy = arena_alloc(audit->arena, key.size + 1);
	if (!copy ||
		!reserve((void **)&audit->members, audit->member_count, &audit->member_capacity,
			sizeof(*audit->members)) ||
		!slots_grow(&audit->member_slots, audit->member_count, &emptied))
		return no_memory(audit);
	for (uint32_t i = 0; emptied && i < audit->member_count; i++)
		slots_put(&audit->member_slots, audit->members[i].hash, i);
	memcpy(copy, key.data, key.size);
	index = audit->member_count++;
	audit->members[index] = (struct audit_member){
		.hash = hash, .key = { copy, key.size }, .named_at = INSTANT_ALWAYS
	};
	slots_put(&audit->member_slots, hash, index);
	return index;
}

uint32_t
audit_root(const struct audit *audit, uint32_t member)
{
	while (audit->members[member].into)
		member = audit->members[member].into - 1;
	return member;
}

struct holding *
audit_holding(struct audit *audit, uint32_t member, int unit)
{
	struct holding *holding;

	for (uint32_t i = audit->members[member].holdings; i; i = holding->next) {
		holding = &audit->holdings[i - 1];
		if (holding->unit == unit)
			return holding;
	}
	if (!reserve((void **)&audit->holdings, audit->holding_count, &audit->holding_capacity,
		    sizeof(*audit->holdings))) {
		no_memory(audit);
		return NULL;
	}
	holding = &audit->holdings[audit->holding_count++];
	*holding =
		(struct holding){ .next = audit->members[member].holdings, .unit = (uint8_t)unit };
	audit->members[member].holdings = audit->holding_count;
	return holding;
}

/* ---- lots -------------------------------------------------------------------- */

uint64_t
audit_hash(struct slice name)
{
	return XXH3_64bits(name.data, name.size);
}

/* Many members have a lot of one name. */
static uint64_t
lot_hash(uint32_t member, int about, uint64_t name)
{
	uint64_t mixed =
		name ^ ((uint64_t)member << 8 | (uint64_t)about) * UINT64_C(0x9E3779B97F4A7C15);

	return mixed ^ mixed >> 32;
}

struct audit_lot *
audit_find_lot(const struct audit *audit, uint32_t member, int about, uint64_t name)
{
	uint64_t hash = lot_hash(member, about, name);
	size_t at = hash;
	uint32_t index;

	while ((index = slots_next(&audit->lot_slots, hash, &at)) != UINT32_MAX) {
		struct audit_lot *lot = &audit->lots[index];

		if (lot->name == name && lot->member == member && lot->about == about)
			return lot;
	}
	return NULL;
}

struct audit_lot *
audit_add_lot(struct audit *audit, uint32_t member, int about, uint64_t name)
{
	struct audit_lot *lot;
	bool emptied;

	if (!reserve((void **)&audit->lots, audit->lot_count, &audit->lot_capacity,
		    sizeof(*audit->lots)) ||
		!slots_grow(&audit->lot_slots, audit->lot_count, &emptied)) {
		no_memory(audit);
		return NULL;
	}
	for (uint32_t i = 0; emptied && i < audit->lot_count; i++) {
		lot = &audit->lots[i];
		slots_put(&audit->lot_slots, lot_hash(lot->member, lot->about, lot->name), i);
	}
	slots_put(&audit->lot_slots, lot_hash(member, about, name), audit->lot_count);
	lot = &audit->lots[audit->lot_count++];
	*lot = (struct audit_lot){ .name = name,
		.member = member,
		.about = (uint8_t)about,
		.usable = INSTANT_NEVER,
		.until = INSTANT_ALWAYS };
	return lot;
}

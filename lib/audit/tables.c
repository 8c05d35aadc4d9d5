/*
 * tables.c - members, their holdings, and lots.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "state.h"

#include <stdlib.h>

uint64_t
audit_hash(struct slice name)
{
	return XXH3_64bits(name.data, name.size);
}

/* ---- members -------------------------------------------------------------- */

int
audit_compare_members(const void *context, const void *wanted, uintptr_t index)
{
	const struct audit *audit = context;
	const struct slice *key = wanted;

	return slice_compare(*key, audit->members[index].key);
}

static uint32_t
find(const struct audit *audit, const struct slots_name *name)
{
	uint32_t index;

	return slots_find(&audit->member_slots, name, &index) ? index : UINT32_MAX;
}

uint32_t
audit_find_member(const struct audit *audit, struct slice key)
{
	const struct slots_name name = { audit_hash(key), audit, &key };

	return find(audit, &name);
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
	const struct slots_name name = { audit_hash(key), audit, &key };
	uint32_t index = find(audit, &name);
	char *copy;

	if (index != UINT32_MAX)
		return index;
	copy = arena_alloc(audit->arena, key.size + 1);
	if (!copy ||
		!reserve((void **)&audit->members, audit->member_count, &audit->member_capacity,
			sizeof(*audit->members)) ||
		!slots_put(&audit->member_slots, &name, audit->member_count))
		return no_memory(audit);
	memcpy(copy, key.data, key.size);
	index = audit->member_count++;
	audit->members[index] =
		(struct audit_member){ .key = { copy, key.size }, .named_at = INSTANT_ALWAYS };
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
audit_hash_of(uint64_t name, uint64_t whose)
{
	uint64_t mixed = name ^ whose * UINT64_C(0x9E3779B97F4A7C15);

	return mixed ^ mixed >> 32;
}

static uint64_t
lot_hash(const struct audit_lot *lot)
{
	return audit_hash_of(lot->name, (uint64_t)lot->member << 8 | (uint64_t)lot->about);
}

int
audit_compare_lots(const void *context, const void *wanted, uintptr_t index)
{
	const struct audit *audit = context;
	const struct audit_lot *a = wanted;
	const struct audit_lot *b = &audit->lots[index];

	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	if (a->member != b->member)
		return a->member < b->member ? -1 : 1;
	return (a->about > b->about) - (a->about < b->about);
}

struct audit_lot *
audit_find_lot(const struct audit *audit, uint32_t member, int about, uint64_t name)
{
	const struct audit_lot wanted = { .name = name, .member = member, .about = (uint8_t)about };
	const struct slots_name called = { lot_hash(&wanted), audit, &wanted };
	uint32_t index;

	return slots_find(&audit->lot_slots, &called, &index) ? &audit->lots[index] : NULL;
}

static bool
put_lot(struct audit *audit, uint32_t index)
{
	const struct audit_lot *lot = &audit->lots[index];
	const struct slots_name name = { lot_hash(lot), audit, lot };

	return slots_put(&audit->lot_slots, &name, index);
}

struct audit_lot *
audit_add_lot(struct audit *audit, uint32_t member, int about, uint64_t name)
{
	struct audit_lot *lot;

	if (!reserve((void **)&audit->lots, audit->lot_count, &audit->lot_capacity,
		    sizeof(*audit->lots))) {
		no_memory(audit);
		return NULL;
	}
	lot = &audit->lots[audit->lot_count];
	*lot = (struct audit_lot){ .name = name,
		.member = member,
		.about = (uint8_t)about,
		.usable = INSTANT_NEVER,
		.until = INSTANT_ALWAYS };
	if (!put_lot(audit, audit->lot_count)) {
		no_memory(audit);
		return NULL;
	}
	audit->lot_count++;
	return lot;
}

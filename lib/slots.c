/*
 * slots.c - hash tables of indices.
 */
#include "slots.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 1 << 11 };

#define TAG (~(uint64_t)UINT32_MAX)

static struct crowd_name
crowd_name_of(const struct slots *slots, const struct slots_name *name)
{
	return (struct crowd_name){ name->hash, slots->compare, name->context, name->wanted };
}

static size_t
next_of(const struct slots *slots, size_t at)
{
	return (at + 1) & (slots->size - 1);
}

bool
slots_find(const struct slots *slots, const struct slots_name *name, uint32_t *index)
{
	const struct crowd_name crowded = crowd_name_of(slots, name);
	size_t at = name->hash & (slots->size - 1);
	uintptr_t item;

	for (int i = 0; i < CROWD_PLACES_HALF && slots->size && slots->items[at]; i++) {
		*index = (uint32_t)slots->items[at] - 1;
		if (((slots->items[at] ^ name->hash) & TAG) == 0 &&
			slots->compare(name->context, name->wanted, *index) == 0)
			return true;
		at = next_of(slots, at);
	}
	if (!slots->crowd.count || !crowd_find(&slots->crowd, &crowded, &item))
		return false;
	*index = (uint32_t)item;
	return true;
}

bool
slots_put(struct slots *slots, const struct slots_name *name, uint32_t index)
{
	const struct crowd_name crowded = crowd_name_of(slots, name);
	size_t at = name->hash & (slots->size - 1);

	for (int i = 0; i < CROWD_PLACES_HALF; i++, at = next_of(slots, at)) {
		if (slots->items[at])
			continue;
		slots->items[at] = (name->hash & TAG) | (index + 1);
		return true;
	}
	return crowd_add(&slots->crowd, &crowded, index);
}

bool
slots_grow(struct slots *slots, uint32_t count, bool *emptied)
{
	size_t size = slots->size ? 2 * slots->size : SLOTS_FIRST;
	uint64_t *items;

	*emptied = false;
	if (2 * (size_t)count < slots->size)
		return true;
	items = calloc(size, sizeof(*items));
	if (!items)
		return false;
	free(slots->items);
	crowd_clear(&slots->crowd);
	slots->items = items;
	slots->size = size;
	*emptied = true;
	return true;
}

void
slots_clear(struct slots *slots)
{
	if (slots->size)
		memset(slots->items, 0, slots->size * sizeof(*slots->items));
	crowd_clear(&slots->crowd);
}

void
slots_free(struct slots *slots)
{
	free(slots->items);
	crowd_free(&slots->crowd);
	slots->items = NULL;
	slots->size = 0;
}

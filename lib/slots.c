/*
 * slots.c - hash tables of indices.
 */
#include "slots.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 1 << 11, HASH_BITS = 32 };

static struct crowd_name
crowd_name_of(const struct slots *slots, const struct slots_name *name)
{
	return (struct crowd_name){ name->hash, slots->compare, name->context, name->wanted };
}

/* Where an item of that hash belongs: the half of it that the items keep tells. */
static size_t
place_of(const struct slots *slots, uint64_t hash)
{
	return (uint32_t)hash & (slots->size - 1);
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
	size_t at = place_of(slots, name->hash);
	uintptr_t item;

	for (int i = 0; i < CROWD_PLACES_HALF && slots->size && slots->items[at]; i++) {
		*index = (uint32_t)slots->items[at] - 1;
		if (slots->items[at] >> HASH_BITS == (uint32_t)name->hash &&
			slots->compare(name->context, name->wanted, *index) == 0)
			return true;
		at = next_of(slots, at);
	}
	if (!slots->crowd.count || !crowd_find(&slots->crowd, &crowded, &item))
		return false;
	*index = (uint32_t)item;
	return true;
}

/*
 * Twice as large. From a free place on, items come in the order of their places; so each finds
 * one that is no farther from its own than the one that it had.
 */
static bool
grow(struct slots *slots)
{
	const struct slots old = *slots;
	size_t from = 0;

	slots->size = old.size ? 2 * old.size : SLOTS_FIRST;
	slots->items = calloc(slots->size, sizeof(*slots->items));
	if (!slots->items) {
		*slots = old;
		return false;
	}
	while (from < old.size && old.items[from])
		from++;
	for (size_t i = 0; i < old.size; i++) {
		uint64_t item = old.items[(from + i) & (old.size - 1)];
		size_t at = place_of(slots, item >> HASH_BITS);

		while (item && slots->items[at])
			at = next_of(slots, at);
		if (item)
			slots->items[at] = item;
	}
	free(old.items);
	return true;
}

bool
slots_put(struct slots *slots, const struct slots_name *name, uint32_t index)
{
	const struct crowd_name crowded = crowd_name_of(slots, name);
	size_t at;

	if (2 * slots->count >= slots->size && !grow(slots))
		return false;
	at = place_of(slots, name->hash);
	for (int i = 0; i < CROWD_PLACES_HALF; i++, at = next_of(slots, at)) {
		if (slots->items[at])
			continue;
		slots->items[at] = name->hash << HASH_BITS | (index + 1);
		slots->count++;
		return true;
	}
	return crowd_add(&slots->crowd, &crowded, index);
}

void
slots_clear(struct slots *slots)
{
	if (slots->size)
		memset(slots->items, 0, slots->size * sizeof(*slots->items));
	slots->count = 0;
	crowd_clear(&slots->crowd);
}

void
slots_free(struct slots *slots)
{
	free(slots->items);
	crowd_free(&slots->crowd);
	slots->items = NULL;
	slots->size = slots->count = 0;
}

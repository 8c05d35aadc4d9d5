/*
 * keys.c - names that may come twice: compared one by one, or by a hash table.
 */
#include "keys.h"

#include <stdlib.h>

#include "crowd.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { STACK_MIN = 64, SLOTS_MIN = 256 };

bool
keys_init(struct keys *keys)
{
	*keys = (struct keys){ .object_first = 1 };
	keys->stack = malloc(STACK_MIN * sizeof(*keys->stack));
	keys->capacity = STACK_MIN;
	return keys->stack != NULL;
}

void
keys_free(struct keys *keys)
{
	free(keys->stack);
	free(keys->slots);
}

static bool
slot_is_free(const struct keys *keys, const struct keys_slot *slot)
{
	return slot->object < keys->object_first;
}

/* The place of a name of an object: where it stands, or the free one for it; NULL: not near. */
static struct keys_slot *
slot_find(const struct keys *keys, uint64_t object, uint64_t hash, const struct key *key)
{
	size_t at = hash & (keys->slot_count - 1);

	for (int i = 0; i < CROWD_PLACES_HALF; i++, at = (at + 1) & (keys->slot_count - 1)) {
		struct keys_slot *slot = &keys->slots[at];

		if (slot_is_free(keys, slot))
			return slot;
		if (slot->object == object && slot->hash == hash &&
			key_equal(&keys->stack[slot->index], key))
			return slot;
	}
	return NULL;
}

/* Puts a slot into the larger table. */
static void
slot_move(struct keys *keys, const struct keys_slot *slot)
{
	size_t at = slot->hash & (keys->slot_count - 1);

	for (int i = 0; i < CROWD_PLACES_HALF; i++, at = (at + 1) & (keys->slot_count - 1)) {
		if (!slot_is_free(keys, &keys->slots[at]))
			continue;
		keys->slots[at] = *slot;
		return;
	}
	keys->crowded = true;
}

/* Makes room for one more name, keeping the table at most half full. */
static bool
slots_grow(struct keys *keys)
{
	size_t count = keys->slot_count ? 2 * keys->slot_count : SLOTS_MIN;
	struct keys_slot *old = keys->slots;
	size_t old_count = keys->slot_count;

	if (2 * (keys->slots_used + 1) <= keys->slot_count)
		return true;
	keys->slots = calloc(count, sizeof(*keys->slots));
	if (!keys->slots) {
		keys->slots = old;
		return false;
	}
	keys->slot_count = count;
	for (size_t i = 0; i < old_count; i++) {
		if (!slot_is_free(keys, &old[i]))
			slot_move(keys, &old[i]);
	}
	free(old);
	return true;
}

/* Enters the name at index of the stack. */
static enum keys_result
slot_enter(struct keys *keys, uint64_t object, size_t index)
{
	const struct key *key = &keys->stack[index];
	uint64_t hash = XXH3_64bits_withSeed(key->data, key->size, object);
	struct keys_slot *slot;

	if (!slots_grow(keys))
		return KEYS_MEMORY;
	slot = slot_find(keys, object, hash, key);
	if (!slot) {
		keys->crowded = true;
		return KEYS_NEW;
	}
	if (!slot_is_free(keys, slot))
		return KEYS_REPEATED;
	*slot = (struct keys_slot){ object, hash, index };
	keys->slots_used++;
	return KEYS_NEW;
}

static bool
stack_push(struct keys *keys, const struct key *key)
{
	if (keys->count == keys->capacity) {
		struct key *stack = realloc(keys->stack, 2 * keys->capacity * sizeof(*stack));

		if (!stack)
			return false;
		keys->stack = stack;
		keys->capacity *= 2;
	}
	keys->stack[keys->count++] = *key;
	return true;
}

enum keys_result
keys_add_slow(struct keys *keys, struct keys_object *object, const struct key *key)
{
	size_t own = keys->count - object->first;

	if (own < KEYS_COMPARED_MAX) {
		for (size_t i = object->first; i < keys->count; i++) {
			if (key_equal(&keys->stack[i], key))
				return KEYS_REPEATED;
		}
		object->seen |= UINT64_C(1) << (key_hash(key) >> 58);
		return stack_push(keys, key) ? KEYS_NEW : KEYS_MEMORY;
	}
	if (!object->large) {
		object->large = ++keys->object_last;
		for (size_t i = object->first; i < keys->count; i++) {
			if (slot_enter(keys, object->large, i) == KEYS_MEMORY)
				return KEYS_MEMORY;
		}
	}
	if (!stack_push(keys, key))
		return KEYS_MEMORY;
	return slot_enter(keys, object->large, keys->count - 1);
}

static int
compare_keys(const void *left, const void *right)
{
	const struct key *a = left;
	const struct key *b = right;

	return slice_compare(
		(struct slice){ a->data, a->size }, (struct slice){ b->data, b->size });
}

bool
keys_differ(struct keys *keys, const struct keys_object *object)
{
	struct key *names = keys->stack + object->first;
	size_t count = keys->count - object->first;

	qsort(names, count, sizeof(*names), compare_keys);
	for (size_t i = 1; i < count; i++)
		if (compare_keys(&names[i - 1], &names[i]) == 0)
			return false;
	return true;
}

/*
 * keys.h - whether a name comes twice in an object.
 *
 * The names of the objects that are open stand on one stack, the innermost on
 * top. A word of 64 bits an object tells most new names at once; where its bit
 * is taken, the names are compared. An object with many names goes over to a
 * hash table, so that a line costs time in proportion to its length. Where names were
 * chosen to be of one place there, they are sorted when the object ends.
 */
#ifndef KEYS_H
#define KEYS_H

#include "scan.h"
#include "shape.h"

enum { KEYS_COMPARED_MAX = 32 };

/* A place of the hash table: a name on the stack of the object with this number. */
struct keys_slot {
	uint64_t object;
	uint64_t hash;
	size_t index;
};

struct keys {
	struct key *stack;
	size_t count;
	size_t capacity;
	struct keys_slot *slots; /* NULL until a line needs them */
	size_t slot_count;       /* a power of two */
	size_t slots_used;
	uint64_t object_last;  /* number of the last large object, over all lines */
	uint64_t object_first; /* slots with a lower number are from earlier lines: free */
	bool crowded; /* names found no place near theirs: large objects are sorted when they end */
};

/* An object that is open. */
struct keys_object {
	uint64_t seen;  /* bits of its names' hashes */
	uint64_t large; /* its number in the hash table, or 0 */
	size_t first;   /* its first name on the stack */
};

enum keys_result { KEYS_NEW, KEYS_REPEATED, KEYS_MEMORY };

bool keys_init(struct keys *keys);
void keys_free(struct keys *keys);

/* For a name whose bit is taken, a full stack, or a large object. */
enum keys_result keys_add_slow(
	struct keys *keys, struct keys_object *object, const struct key *key);

static inline void
keys_reset(struct keys *keys)
{
	keys->count = 0;
	keys->slots_used = 0;
	keys->crowded = false;
	keys->object_first = keys->object_last + 1;
}

static inline struct keys_object
keys_begin(const struct keys *keys)
{
	return (struct keys_object){ .first = keys->count };
}

/* Whether no name of a large object comes twice; their order is lost. */
bool keys_differ(struct keys *keys, const struct keys_object *object);

/* false: a name came twice, and nobody said so yet. */
static inline bool
keys_end(struct keys *keys, const struct keys_object *object)
{
	bool differ = !UNLIKELY(keys->crowded && object->large) || keys_differ(keys, object);

	keys->count = object->first;
	return differ;
}

/* Adds a name to the innermost object. */
static inline enum keys_result
keys_add(struct keys *keys, struct keys_object *object, const struct key *key, uint64_t hash)
{
	uint64_t bit = UINT64_C(1) << (hash >> 58);

	if (UNLIKELY(object->seen & bit || keys->count == keys->capacity ||
		     keys->count - object->first >= KEYS_COMPARED_MAX))
		return keys_add_slow(keys, object, key);
	object->seen |= bit;
	keys->stack[keys->count++] = *key;
	return KEYS_NEW;
}

#endif

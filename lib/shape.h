/*
 * shape.h - how a shape is laid out for the parser: for every object in which
 * names are wanted a level, with a small hash table of its names.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include "record.h"

enum { SHAPE_NONE = -1 };

/* A key in comparable form: its first eight bytes as a number, and the rest. */
struct key {
	uint64_t word;
	const char *data;
	size_t size;
};

/* A wanted name of an object, and what becomes of its value. */
struct shape_name {
	struct key key;
	int column;    /* where the value is kept, or SHAPE_NONE */
	int level;     /* of names wanted below it where it is an object, or SHAPE_NONE */
	int table;     /* of its rows where it is an array, or SHAPE_NONE */
	uint64_t mark; /* in record.present; 0: it has none */
};

/* An object in which names are wanted. */
struct shape_level {
	struct shape_name *names;
	int *slots; /* index into names, or SHAPE_NONE; addressed by the top bits of a key's hash */
	int count;
	int slot_bits;
	int table; /* whose columns its names are */
};

struct shape {
	struct shape_level *levels; /* level i is the root of table roots[i] */
	int level_count;
	int *roots;
	int *widths;
	int table_count;
};

/* The first bytes of data, size < 8, as the number that eight bytes would be read as. */
static inline uint64_t
key_short_word(const char *data, size_t size)
{
	uint64_t word = 0;

	memcpy(&word, data, size);
	return word;
}

static inline uint64_t
key_load(const char *data)
{
	uint64_t word;

	memcpy(&word, data, sizeof(word));
	return word;
}

static inline struct key
key_of(struct slice text)
{
	return (struct key){
		.word = text.size < 8 ? key_short_word(text.data, text.size) : key_load(text.data),
		.data = text.data,
		.size = text.size,
	};
}

/* Its top bits choose slots and the bit of a key that tells repeats. */
static inline uint64_t
key_hash(const struct key *key)
{
	uint64_t mixed = key->word ^ key->size * UINT64_C(0x9E3779B97F4A7C15);

	if (key->size > 8)
		mixed ^= key_load(key->data + key->size - 8) * UINT64_C(0xC2B2AE3D27D4EB4F);
	mixed ^= mixed >> 32;
	return mixed * UINT64_C(0xD6E8FEB86659FD93);
}

static inline bool
key_equal(const struct key *a, const struct key *b)
{
	return a->word == b->word && a->size == b->size &&
	       (a->size <= 8 || memcmp(a->data + 8, b->data + 8, a->size - 8) == 0);
}

/* What the shape wants of a key, or NULL. */
static inline const struct shape_name *
level_find(const struct shape_level *level, const struct key *key, uint64_t hash)
{
	unsigned mask = (1U << level->slot_bits) - 1;
	unsigned slot = (unsigned)(hash >> (64 - level->slot_bits));

	for (;; slot = (slot + 1) & mask) {
		int index = level->slots[slot];

		if (index == SHAPE_NONE)
			return NULL;
		if (key_equal(&level->names[index].key, key))
			return &level->names[index];
	}
}

#endif

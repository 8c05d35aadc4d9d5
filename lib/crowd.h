/*
 * crowd.h - what found no place near its own in a hash table.
 *
 * A hash that anybody can compute lets somebody choose names that all belong in one place, so
 * that each is compared with all before it. A table therefore looks at no more than so many
 * places; what is not there by then stands in a balanced tree beside it (an AA tree, Andersson
 * 1993), where a look-up costs the logarithm. With names that nobody chose it stays all but
 * empty. Nothing is taken out: a table that is made anew clears it.
 */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CROWD_PLACES = 256,     /* that a table looks at, where it is up to three quarters full */
	CROWD_PLACES_HALF = 64, /* where it is at most half full */
	CROWD_ALIKE = 8,        /* names of the same hash that it compares */
};

struct crowd_node {
	uintptr_t item;
	uint32_t left, right; /* 0: none */
	uint32_t level;
};

struct crowd {
	struct crowd_node *nodes; /* the first one is the end of every branch; NULL: none yet */
	uint32_t count;           /* of items */
	uint32_t capacity;
	uint32_t root;
};

/* Compares what is looked for with an item: <0, 0, >0. */
typedef int crowd_compare(const void *context, const void *wanted, uintptr_t item);

/* The item that is equal; false: there is none. */
bool crowd_find(const struct crowd *crowd, crowd_compare *compare, const void *context,
	const void *wanted, uintptr_t *item);

/* Adds an item, by what it is looked for; in the place of one that is equal. false: no memory. */
bool crowd_add(struct crowd *crowd, crowd_compare *compare, const void *context, const void *wanted,
	uintptr_t item);

void crowd_clear(struct crowd *crowd);
void crowd_free(struct crowd *crowd);

#endif

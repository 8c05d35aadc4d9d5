/*
 * slots.h - which item of an array has a name: a hash table of their indices.
 *
 * Names are compared by the table's owner, who gives what is wanted and where the items are.
 * Names that were chosen to belong in one place go to a crowd.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include "crowd.h"

/* Open addressing, at most half full. */
struct slots {
	uint64_t *items; /* index + 1, and above it half of its hash; 0: free */
	size_t size;     /* a power of two */
	size_t count;
	struct crowd crowd;
	crowd_compare *compare; /* with the context that each call gives */
};

/* Who is looked for. */
struct slots_name {
	uint64_t hash;
	const void *context;
	const void *wanted;
};

/* The index of the first item of that name. false: there is none. */
bool slots_find(const struct slots *slots, const struct slots_name *name, uint32_t *index);

/* Puts an item's index, by its name. false: out of memory. */
bool slots_put(struct slots *slots, const struct slots_name *name, uint32_t index);

/* Takes all out. */
void slots_clear(struct slots *slots);
void slots_free(struct slots *slots);

#endif

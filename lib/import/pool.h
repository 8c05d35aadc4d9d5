/*
 * pool.h - memory of a map, freed as a whole.
 */
#ifndef IMPORT_POOL_H
#define IMPORT_POOL_H

#include "slice.h"

struct pool_block;

struct pool {
	struct pool_block *blocks;
	bool failed; /* some allocation did; kept */
};

/* Zeroed. NULL: out of memory. */
void *pool_take(struct pool *pool, size_t count, size_t size);
/* A copy that ends with a NUL, which size does not count; data is "" where memory ran out. */
struct slice pool_copy(struct pool *pool, struct slice bytes);
void pool_free(struct pool *pool);

#endif

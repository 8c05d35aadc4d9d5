/*
 * pool.c - memory of a map, freed as a whole.
 */
#include "import/pool.h"

#include <stdlib.h>

struct pool_block {
	struct pool_block *next;
	max_align_t data[];
};

void *
pool_take(struct pool *pool, size_t count, size_t size)
{
	struct pool_block *block = NULL;

	if (count <= (SIZE_MAX / 2) / (size ? size : 1))
		block = calloc(1, sizeof(*block) + count * size);
	if (!block) {
		pool->failed = true;
		return NULL;
	}
	block->next = pool->blocks;
	pool->blocks = block;
	return block->data;
}

struct slice
pool_copy(struct pool *pool, struct slice bytes)
{
	char *copy = pool_take(pool, bytes.size + 1, 1);

	if (!copy)
		return SLICE("");
	if (bytes.size > 0)
		memcpy(copy, bytes.data, bytes.size);
	return (struct slice){ copy, bytes.size };
}

void
pool_free(struct pool *pool)
{
	while (pool->blocks) {
		struct pool_block *block = pool->blocks;

		pool->blocks = block->next;
		free(block);
	}
}

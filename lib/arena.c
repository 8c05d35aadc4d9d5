/*
 * arena.c - blocks of memory, each twice as large as the one before.
 */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>

enum { ARENA_BLOCK_FIRST = 4096, ARENA_BLOCK_MAX = 1 << 20 };

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct arena_block *blocks; /* the one in use first */
};

struct arena *
arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *arena)
{
	if (!arena)
		return;
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	free(arena);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *block = arena->blocks;
	void *piece;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) / align * align;
	if (!block || block->size - block->used < size) {
		size_t room = block ? block->size * 2 : ARENA_BLOCK_FIRST;

		if (room > ARENA_BLOCK_MAX)
			room = ARENA_BLOCK_MAX;
		if (room < size)
			room = size;
		block = calloc(1, sizeof(*block) + room);
		if (!block)
			return NULL;
		block->size = room;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	piece = block->bytes + block->used;
	block->used += size;
	return piece;
}

/*
 * slab.c - small pieces of memory.
 */
#include "slab.h"

#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "prefetch.h"

/*
 * The first blocks are small, for those who need little. Large pages would save user time on
 * gigabytes, and cost more to clear than that.
 */
enum { BLOCK_SMALL = 1 << 16, BLOCK_LARGE = 1 << 21, SMALL_BLOCKS = 32 };

struct block {
	_Alignas(SLAB_PIECE_STEP) struct block *next;
};

static size_t
steps_of(size_t size)
{
	return (size + SLAB_PIECE_STEP - 1) / SLAB_PIECE_STEP;
}

/* What is left of a block goes to the free list of its size. */
static int
add_block(struct slab *slab)
{
	size_t size = slab->block_count < SMALL_BLOCKS ? BLOCK_SMALL : BLOCK_LARGE;
	struct block *block = malloc(size);

	if (!block)
		return 0;
	if (size == BLOCK_LARGE)
		pages_populate(block, size);
	if (slab->room_size >= SLAB_PIECE_STEP)
		slab_give(slab, slab->room, slab->room_size);
	block->next = slab->blocks;
	slab->blocks = block;
	slab->block_count++;
	slab->room = (char *)(block + 1);
	slab->room_size = size - sizeof(*block);
	return 1;
}

static void
put_free(struct slab *slab, void *piece, size_t steps)
{
	memcpy(piece, &slab->free[steps], sizeof(void *));
	slab->free[steps] = piece;
	slab->some |= UINT64_C(1) << (steps - 1);
}

static void *
take_free(struct slab *slab, size_t steps)
{
	void *piece = slab->free[steps];

	memcpy(&slab->free[steps], piece, sizeof(void *));
	/* The next one will be asked where the one after it is. */
	prefetch(slab->free[steps]);
	if (!slab->free[steps])
		slab->some &= ~(UINT64_C(1) << (steps - 1));
	return piece;
}

/* The smallest free piece that is large enough; what it has too much stays free. */
static void *
cut_free(struct slab *slab, size_t steps)
{
	uint64_t enough = slab->some >> (steps - 1);
	size_t found;
	char *piece;

	if (!enough)
		return NULL;
	found = steps + (size_t)__builtin_ctzll(enough);
	piece = take_free(slab, found);
	if (found > steps)
		put_free(slab, piece + steps * SLAB_PIECE_STEP, found - steps);
	return piece;
}

void *
slab_take(struct slab *slab, size_t size)
{
	size_t steps = steps_of(size);
	void *piece;

	if (size > SLAB_PIECE_MAX)
		return malloc(size);
	piece = cut_free(slab, steps);
	if (piece)
		return piece;
	if (slab->room_size < steps * SLAB_PIECE_STEP && !add_block(slab))
		return NULL;
	piece = slab->room;
	slab->room += steps * SLAB_PIECE_STEP;
	slab->room_size -= steps * SLAB_PIECE_STEP;
	return piece;
}

void
slab_give(struct slab *slab, void *piece, size_t size)
{
	if (!piece)
		return;
	if (size > SLAB_PIECE_MAX)
		free(piece);
	else
		put_free(slab, piece, steps_of(size));
}

void *
slab_grow(struct slab *slab, void *piece, size_t before, size_t after)
{
	void *larger;

	if (piece && before > SLAB_PIECE_MAX && after > SLAB_PIECE_MAX)
		return realloc(piece, after);
	larger = slab_take(slab, after);
	if (!larger)
		return NULL;
	if (piece)
		memcpy(larger, piece, before < after ? before : after);
	slab_give(slab, piece, before);
	return larger;
}

void
slab_free(struct slab *slab)
{
	while (slab->blocks) {
		struct block *block = slab->blocks;

		slab->blocks = block->next;
		free(block);
	}
	memset(slab, 0, sizeof(*slab));
}

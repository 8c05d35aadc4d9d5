/*
 * slab.h - small pieces of memory that come and go by the million.
 *
 * Pieces of one size have a list of free ones, and are cut from larger free ones or from
 * blocks; who gives a piece back says its size, so that it costs nothing beside itself.
 */
#ifndef SLAB_H
#define SLAB_H

#include <stddef.h>
#include <stdint.h>

enum { SLAB_PIECE_STEP = 16, SLAB_PIECE_MAX = 1024 };

struct slab {
	void *free[SLAB_PIECE_MAX / SLAB_PIECE_STEP + 1]; /* by size in steps */
	uint64_t some; /* bit n: there is a free one of n + 1 steps */
	char *room;    /* of the newest block */
	size_t room_size;
	struct block *blocks;
	size_t block_count;
};

/* A piece of size bytes, not cleared; larger ones come from malloc(). NULL: out of memory. */
void *slab_take(struct slab *slab, size_t size);
/* Gives a piece of that size back; NULL is nothing. */
void slab_give(struct slab *slab, void *piece, size_t size);
/* A piece of `after` bytes with what fits of the old one, which is given back. NULL: memory; the old one stays. */
void *slab_grow(struct slab *slab, void *piece, size_t before, size_t after);
/* Frees all blocks. Larger pieces must have been given back. */
void slab_free(struct slab *slab);

#endif

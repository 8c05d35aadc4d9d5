/*
 * arena.h - memory that is given out piece by piece and freed all at once.
 *
 * What lives as long as one owner (a compiled programme) needs no frees of its
 * own. Pieces are zeroed and aligned for any type.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena;

/* An empty arena; NULL: out of memory. The caller frees it with arena_free(). */
struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* size zeroed bytes that live until arena_free(); NULL: out of memory. */
void *arena_alloc(struct arena *arena, size_t size);

#endif

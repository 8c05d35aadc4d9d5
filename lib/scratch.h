/*
 * scratch.h - memory for the work on one line, given back all at once.
 *
 * After the first lines have shown how much is needed, nothing is allocated.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "slice.h"

struct scratch {
	char *data;
	size_t used, size;
	char *overflow; /* blocks that did not fit, chained through their first bytes */
	size_t overflow_size;
	bool failed; /* memory ran out: scratch_take() gave NULL */
};

void *scratch_take_slow(struct scratch *scratch, size_t rounded);

/* size bytes for any type, or NULL where memory ran out (then `failed`). */
static inline void *
scratch_take(struct scratch *scratch, size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	char *taken;

	if (scratch->size - scratch->used <= rounded)
		return scratch_take_slow(scratch, rounded);
	taken = scratch->data + scratch->used;
	scratch->used += rounded;
	return taken;
}

/* A copy of text. */
struct slice scratch_copy(struct scratch *scratch, struct slice text);
/* a, b, c and d joined. */
struct slice scratch_join(
	struct scratch *scratch, struct slice a, struct slice b, struct slice c, struct slice d);
/* What overflowed is room for the next line. */
void scratch_widen(struct scratch *scratch);

/* Forgets all that was taken. */
static inline void
scratch_reset(struct scratch *scratch)
{
	scratch->used = 0;
	if (scratch->overflow)
		scratch_widen(scratch);
}

void scratch_free(struct scratch *scratch);

#endif

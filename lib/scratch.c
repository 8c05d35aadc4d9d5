/*
 * scratch.c - memory for the work on one line.
 */
#include "scratch.h"

#include <stdlib.h>

enum { FIRST_SIZE = 1 << 14, ALIGN = 16 };

/* Blocks beyond the first hold a link, padded so that what follows is aligned. */
static void *
take_block(struct scratch *scratch, size_t size)
{
	char *block = malloc(ALIGN + size);

	if (!block) {
		scratch->failed = true;
		return NULL;
	}
	memcpy(block, &scratch->overflow, sizeof(char *));
	scratch->overflow = block;
	scratch->overflow_size += size;
	return block + ALIGN;
}

void *
scratch_take_slow(struct scratch *scratch, size_t rounded)
{
	void *taken;

	if (!scratch->data) {
		scratch->data = malloc(FIRST_SIZE);
		scratch->size = scratch->data ? FIRST_SIZE : 0;
	}
	if (scratch->size - scratch->used < rounded)
		return take_block(scratch, rounded);
	taken = scratch->data + scratch->used;
	scratch->used += rounded;
	return taken;
}

struct slice
scratch_copy(struct scratch *scratch, struct slice text)
{
	char *copy = scratch_take(scratch, text.size);

	if (!copy)
		return (struct slice){ "", 0 };
	memcpy(copy, text.data, text.size);
	return (struct slice){ copy, text.size };
}

struct slice
scratch_join(
	struct scratch *scratch, struct slice a, struct slice b, struct slice c, struct slice d)
{
	char *joined = scratch_take(scratch, a.size + b.size + c.size + d.size);

	if (!joined)
		return (struct slice){ "", 0 };
	bytes_copy(joined, a.data, a.size);
	bytes_copy(joined + a.size, b.data, b.size);
	bytes_copy(joined + a.size + b.size, c.data, c.size);
	bytes_copy(joined + a.size + b.size + c.size, d.data, d.size);
	return (struct slice){ joined, a.size + b.size + c.size + d.size };
}

static void
free_overflow(struct scratch *scratch)
{
	while (scratch->overflow) {
		char *next;

		memcpy(&next, scratch->overflow, sizeof(next));
		free(scratch->overflow);
		scratch->overflow = next;
	}
}

void
scratch_widen(struct scratch *scratch)
{
	free_overflow(scratch);
	free(scratch->data);
	scratch->size += scratch->overflow_size;
	scratch->overflow_size = 0;
	scratch->data = malloc(scratch->size);
	if (!scratch->data)
		scratch->size = 0;
}

void
scratch_free(struct scratch *scratch)
{
	free_overflow(scratch);
	free(scratch->data);
	scratch->data = NULL;
	scratch->used = scratch->size = 0;
}

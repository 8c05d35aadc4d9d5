/*
 * reserve.c - arrays that grow.
 */
#include "reserve.h"

#include <stdlib.h>

enum { FIRST = 1024, FIRST_FEW = 2 };

static bool
grow(void **items, uint32_t count, uint32_t *capacity, size_t size, uint32_t first)
{
	uint32_t more = *capacity ? *capacity + *capacity / 2 : first;
	void *grown;

	if (count < *capacity)
		return true;
	if (more < count)
		return false;
	grown = realloc(*items, more * size);
	if (!grown)
		return false;
	*items = grown;
	*capacity = more;
	return true;
}

bool
reserve(void **items, uint32_t count, uint32_t *capacity, size_t size)
{
	return grow(items, count, capacity, size, FIRST);
}

bool
reserve_few(void **items, uint32_t count, uint32_t *capacity, size_t size)
{
	return grow(items, count, capacity, size, FIRST_FEW);
}

/*
 * reserve.c - arrays that grow.
 */
#include "reserve.h"

#include <stdlib.h>

enum { FIRST = 1024 };

bool
reserve(void **items, uint32_t count, uint32_t *capacity, size_t size)
{
	uint32_t more = *capacity ? *capacity + *capacity / 2 : FIRST;
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

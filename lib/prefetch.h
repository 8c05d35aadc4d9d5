/*
 * prefetch.h - asking memory for what will be needed soon.
 */
#ifndef PREFETCH_H
#define PREFETCH_H

#include <stddef.h>

enum { CACHE_LINE = 64 };

/* Asks for the cache line of a place, which need not be one. */
static inline void
prefetch(const void *place)
{
	__builtin_prefetch(place);
	/* gcc finds a function without effect that only asks, and would leave out the call of it. */
	__asm__ volatile("");
}

/* The same for so many bytes from there on. */
static inline void
prefetch_bytes(const void *place, size_t size)
{
	for (size_t i = 0; i < size; i += CACHE_LINE)
		prefetch((const char *)place + i);
}

#endif

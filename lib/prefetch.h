/*
 * prefetch.h - asking memory for what will be needed soon.
 */
#ifndef PREFETCH_H
#define PREFETCH_H

/* Asks for the cache line of a place, which need not be one. */
static inline void
prefetch(const void *place)
{
	__builtin_prefetch(place);
	/* gcc finds a function without effect that only asks, and would leave out the call of it. */
	__asm__ volatile("");
}

#endif

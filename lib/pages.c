/*
 * pages.c - large pieces of memory, straight from the system.
 */
#include "pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 1 << 21, SMALL_PAGE_BYTES = 1 << 12 };

/* What is mapped beyond the size, so that an aligned piece of it fits, is given back at once. */
static void *
map_aligned(size_t size)
{
	size_t mapped = size + PAGE_BYTES;
	char *start =
		mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (start == MAP_FAILED)
		return NULL;
	before = (size_t)(-(uintptr_t)start & (PAGE_BYTES - 1));
	if (before)
		munmap(start, before);
	if (mapped - before > size)
		munmap(start + before + size, mapped - before - size);
	return start + before;
}

static size_t
rounded(size_t size)
{
	return (size + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

void *
pages_take(size_t size)
{
	void *pages;

	if (size < PAGE_BYTES)
		return calloc(1, size);
	pages = map_aligned(rounded(size));
	/* Advice: without large pages it is as good, only slower. */
	if (pages)
		madvise(pages, rounded(size), MADV_HUGEPAGE);
	return pages;
}

void
pages_populate(void *start, size_t size)
{
#ifdef MADV_POPULATE_WRITE
	size_t before = (size_t)(-(uintptr_t)start & (SMALL_PAGE_BYTES - 1));

	/* Advice, too: a system that does not know it gives every page when it is written to. */
	if (size > before)
		madvise((char *)start + before, (size - before) & ~(size_t)(SMALL_PAGE_BYTES - 1),
			MADV_POPULATE_WRITE);
#else
	(void)start;
	(void)size;
#endif
}

void
pages_give(void *pages, size_t size)
{
	if (size < PAGE_BYTES)
		free(pages);
	else if (pages)
		munmap(pages, rounded(size));
}

/*
 * pages.h - large pieces of memory that are read here and there.
 *
 * What is looked up at random over hundreds of megabytes waits for the translation of its
 * addresses as long as for the memory itself, unless the pages are large.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

/* Size bytes, all 0, in large pages where they are worth it and the system has them. NULL: out of memory. */
void *pages_take(size_t size);
void pages_give(void *pages, size_t size);

/* Asks for the pages of memory that is about to be written to at once: each by itself costs an interrupt. */
void pages_populate(void *start, size_t size);

#endif

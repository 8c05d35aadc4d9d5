/*
 * sort_heap.h - which of several sorted sources gives the next item.
 *
 * A heap of the sources' first keys, equal keys in the order of the sources.
 */
#ifndef SORT_HEAP_H
#define SORT_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sort_head {
	int64_t key;
	size_t source;
};

static inline bool
sort_head_before(const struct sort_head *a, const struct sort_head *b)
{
	return a->key < b->key || (a->key == b->key && a->source < b->source);
}

/* Restores the heap below heads[at], the key of which has grown. */
static inline void
sort_heap_sink(struct sort_head *heads, size_t count, size_t at)
{
	struct sort_head head = heads[at];

	for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
		if (child + 1 < count && sort_head_before(&heads[child + 1], &heads[child]))
			child++;
		if (sort_head_before(&head, &heads[child]))
			break;
		heads[at] = heads[child];
		at = child;
	}
	heads[at] = head;
}

static inline void
sort_heap_build(struct sort_head *heads, size_t count)
{
	for (size_t at = count / 2; at-- > 0;)
		sort_heap_sink(heads, count, at);
}

#endif

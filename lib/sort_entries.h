/*
 * sort_entries.h - what is sorted in memory: keys, and where their items are.
 */
#ifndef SORT_ENTRIES_H
#define SORT_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sort_entry {
	int64_t key;
	char *item; /* its size, as uint32_t, and its bytes */
};

/*
 * Sorts stably, using scratch of the same size. The sorted entries are in one
 * of the two, which is returned.
 */
struct sort_entry *sort_entries(
	struct sort_entry *entries, struct sort_entry *scratch, size_t count);

/* Whether they are in order as they stand. */
bool sort_entries_sorted(const struct sort_entry *entries, size_t count);

#endif

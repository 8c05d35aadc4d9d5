/*
 * sort.h - more items than memory holds, in order of a key, stable.
 *
 * Off the path of a posting: what loyalty-sort is made of. Items are bytes
 * under an int64 key; they come back in order of key, equal keys in the order
 * in which they were added. Beyond the memory given, sorted runs go to one
 * unlinked temporary file and are merged from it, so that nothing is left
 * behind however the process ends.
 */
#ifndef SORT_H
#define SORT_H

#include "status.h"

/* Less memory than this makes more runs than it is worth. */
enum { SORT_MEMORY_MIN = 64 * 1024 };

struct sorter;

/* directory is for the temporary file, and must outlive the sorter. NULL: out of memory. */
struct sorter *sorter_new(size_t memory, const char *directory);
void sorter_free(struct sorter *sorter);

/* Adds an item of size bytes; the caller fills them at *item before the next call. */
enum loyalty_status sorter_add(
	struct sorter *sorter, int64_t key, size_t size, char **item, struct loyalty_error *error);

/* After the last item, once: puts them in order. */
enum loyalty_status sorter_finish(struct sorter *sorter, struct loyalty_error *error);

/* The next item in order, which lives until the next call; LOYALTY_END after the last. */
enum loyalty_status sorter_next(
	struct sorter *sorter, int64_t *key, struct slice *item, struct loyalty_error *error);

/* How many runs went to the temporary file. */
size_t sorter_runs(const struct sorter *sorter);

#endif

/*
 * sort_runs.h - sorted runs in an unlinked temporary file, and their merge.
 */
#ifndef SORT_RUNS_H
#define SORT_RUNS_H

#include "status.h"

struct sort_runs;

/* directory must outlive the runs. NULL: out of memory. No file is made yet. */
struct sort_runs *sort_runs_new(const char *directory);
void sort_runs_free(struct sort_runs *runs);
size_t sort_runs_count(const struct sort_runs *runs);

/* A run is begun, put into in order of key, and ended. */
enum loyalty_status sort_runs_begin(struct sort_runs *runs, struct loyalty_error *error);
enum loyalty_status sort_runs_put(
	struct sort_runs *runs, int64_t key, struct slice item, struct loyalty_error *error);
enum loyalty_status sort_runs_end(struct sort_runs *runs, struct loyalty_error *error);

/* Makes ready to merge all runs, reading through about memory bytes of buffers. */
enum loyalty_status sort_runs_open(
	struct sort_runs *runs, size_t memory, struct loyalty_error *error);

/* The next item in order of key, then of runs; it lives until the next call. LOYALTY_END. */
enum loyalty_status sort_runs_next(
	struct sort_runs *runs, int64_t *key, struct slice *item, struct loyalty_error *error);

#endif

/*
 * fact_repeats.h - which facts of a log have been there before.
 *
 * Facts are counted from 1 over all inputs: their place. Each is noted with the
 * hash of its name and the hash of its line; afterwards every place can be asked
 * about. Memory beyond the limit goes to a temporary file, as in sort.h.
 */
#ifndef FACT_REPEATS_H
#define FACT_REPEATS_H

#include "fact_key.h"

enum repeat {
	REPEAT_NONE,     /* the first of its name */
	REPEAT_SAME,     /* the line of the first once more */
	REPEAT_CONFLICT, /* the name of the first with other content */
};

struct fact_repeats;

struct fact_repeats *fact_repeats_new(size_t memory, const char *directory);
void fact_repeats_free(struct fact_repeats *repeats);

/* Notes a fact that is named; places ascend. */
enum loyalty_status fact_repeats_add(struct fact_repeats *repeats, uint64_t place,
	const struct fact_key *key, struct slice line, struct loyalty_error *error);

/* After the last fact, once. */
enum loyalty_status fact_repeats_finish(struct fact_repeats *repeats, struct loyalty_error *error);

/* What the fact at place is; of a conflict *first is the place of the first. */
enum repeat fact_repeats_find(const struct fact_repeats *repeats, uint64_t place, uint64_t *first);

/* The conflict with the lowest place. false: there is none. */
bool fact_repeats_conflict(const struct fact_repeats *repeats, uint64_t *place, uint64_t *first);

#endif

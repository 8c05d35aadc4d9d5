/*
 * sums.h - what the openings of a snapshot come to: how many members, the sums of their
 * units, and the hash of their lines.
 */
#ifndef SNAPSHOT_SUMS_H
#define SNAPSHOT_SUMS_H

#include "../programme.h"

enum { SNAPSHOT_HASH_DIGITS = 32 };

struct snapshot_sums;

/* NULL: out of memory. */
struct snapshot_sums *sums_new(const struct programme *programme);
void sums_free(struct snapshot_sums *sums);
void sums_clear(struct snapshot_sums *sums);

/* A line, with the member's key (empty: of nobody) and units. */
void sums_add(struct snapshot_sums *sums, struct slice line, struct slice key, const int128 *units);

/* Whether there are as many members, with those sums. */
bool sums_are(const struct snapshot_sums *sums, uint64_t members, const int128 *units);
uint64_t sums_members(const struct snapshot_sums *sums);
/* SNAPSHOT_HASH_DIGITS, good until the next call. */
const char *sums_hash(struct snapshot_sums *sums);

#endif

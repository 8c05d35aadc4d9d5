/*
 * fact_parts.h - members dealt to parts of a log that can be posted apart.
 *
 * Members whom a fact ties to one another come to the same part. They are known by a hash of
 * their key: two members of one hash only stay together. What is kept of each takes about 40
 * bytes; beyond the memory given, members whom nothing ties are known by a part of their hash.
 */
#ifndef FACT_PARTS_H
#define FACT_PARTS_H

#include "status.h"

/* In place of a member's hash: nobody's records go to the first part. */
enum { PARTS_NOBODY = 0 };

struct fact_parts;

/* NULL: out of memory. */
struct fact_parts *fact_parts_new(size_t memory);
void fact_parts_free(struct fact_parts *parts);

/* Counts a record of a member, and ties another member to them (PARTS_NOBODY: none). */
enum loyalty_status fact_parts_add(
	struct fact_parts *parts, uint64_t member, uint64_t tied, struct loyalty_error *error);

/* After the last record, once: deals the members to so many parts, evenly by their records. */
enum loyalty_status fact_parts_deal(
	struct fact_parts *parts, size_t count, struct loyalty_error *error);

/* The part, from 0, of a member who was counted. */
size_t fact_parts_find(const struct fact_parts *parts, uint64_t member);

#endif

/*
 * balances.h - what postings and openings add up to, member by member.
 *
 * Kept only where somebody asks: a snapshot says it, and an opening of a member who was
 * there before is held against it.
 */
#ifndef BALANCES_H
#define BALANCES_H

#include "posting.h"

struct balances;

/* NULL: out of memory. */
struct balances *balances_new(const struct programme *programme);
void balances_free(struct balances *balances);

/* Per unit of the programme, for a member. NULL: out of memory. */
int64_t *balances_of(struct balances *balances, const struct member *member);
/* Hash of the opening line that the member came with; 0: none. NULL: out of memory. */
uint64_t *balances_opened(struct balances *balances, const struct member *member);

/* Adds a posting. DECIMAL_OVERFLOW, or DECIMAL_SYNTAX where memory ran out. */
enum decimal_result balances_add(struct balances *balances, const struct posting *posting);

#endif

/*
 * balances.h - what postings and openings add up to, member by member.
 *
 * Kept only where somebody asks: a snapshot says it, and an opening of a member who was
 * there before is held against it. In 128 bits, as what all members come to: a filter that has
 * not seen what was taken yet must not fail where one that has would not.
 */
#ifndef BALANCES_H
#define BALANCES_H

#include "posting.h"

struct balances;

/* NULL: out of memory. */
struct balances *balances_new(const struct programme *programme);
void balances_free(struct balances *balances);

/* Per unit of the programme, for a member. NULL: out of memory. */
int128 *balances_of(struct balances *balances, const struct member *member);
/* Hash of the opening line that the member came with; 0: none. NULL: out of memory. */
uint64_t *balances_opened(struct balances *balances, const struct member *member);

/* Adds a posting. false: out of memory. */
bool balances_add(struct balances *balances, const struct posting *posting);

#endif

/*
 * merged.h - members who were merged into others: who they are now.
 *
 * A merged member keeps the key, and the facts that are remembered under it; everything
 * else is another's. Lots have other names there.
 */
#ifndef MERGED_H
#define MERGED_H

#include "engine.h"

/* Who a merged member is now; anybody else is themself. */
struct member *merged_root(struct member *member);

/* The same, where nobody was ever merged at no cost. */
static inline struct member *
member_now(const struct engine *engine, struct member *member)
{
	return engine->has_merges && member ? merged_root(member) : member;
}

/* Of those through whom a merged key came to be a member's, the last. */
struct member *merged_last(struct member *key, const struct member *member);

/*
 * What a lot is called now that a member had: "name:KEY" where the member of that key was
 * merged since, and so on; from scratch.
 */
struct slice merged_lot_name(struct engine *engine, const struct member *member, struct slice name);

/* The keys whose facts are a member's: their own, then by number of the merged ones; NULL: no more. */
struct member *merged_key(struct member *member, uint32_t number);

/* What a mark of a threshold is, among those of who the member is now. */
uint32_t merged_mark(struct member *member, uint32_t mark);

/*
 * To whom a lot was given at a time that a member has: by its name to them, or to one of those
 * who were merged into them since.
 */
struct member *merged_given_to(
	struct engine *engine, struct member *member, struct slice name, instant at);

/* The number of a lot that the member had, among those of who the member is now. */
uint32_t merged_lot_number(const struct member *member, uint32_t number);

/*
 * When the lot of a number that a member has now came to one whose it was, with who was merged
 * into that one; INSTANT_ALWAYS: it was given to them.
 */
instant merged_lot_at(struct member *member, const struct member *to, uint32_t number);

#endif

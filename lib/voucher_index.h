/*
 * voucher_index.h - the vouchers of a member: by their id, by what they came of, by their ends.
 *
 * Most members have few, which are looked through. Who has many has an index beside them; it is
 * made when something is first looked for, and takes in what has come since.
 *
 * One that is over matters while somebody may still ask for it. What is looked for is only found
 * among those that matter; so nobody sees when others are dropped, which is when there is no more
 * room for a new one.
 */
#ifndef VOUCHER_INDEX_H
#define VOUCHER_INDEX_H

#include "engine.h"

/* What vouchers are looked for by. */
enum voucher_by { BY_ID, BY_CAUSE, BY_SALE, BY_USE, VOUCHER_BYS };

struct voucher_search {
	enum voucher_by by;
	struct slice name; /* BY_ID: of the voucher; BY_CAUSE: of the fact or posting */
	uint32_t key;      /* all but BY_ID: index of the member under whose key that is */
	uint32_t
		number; /* of the sale that it came of, or was used by, among the facts of that key */
	instant now;    /* when it is looked for */
};

/*
 * The latest voucher that a search finds, then the one before that (after: the one that was found
 * last), as they were issued. NULL: there is none.
 */
struct voucher *voucher_next(struct engine *engine, struct member *member,
	const struct voucher_search *search, const struct voucher *after);

/* Merged members may have had vouchers of one name: the open one that ends first. */
struct voucher *voucher_find(
	struct engine *engine, struct member *member, struct slice id, instant now);

/*
 * Whether anything may still ask for a voucher: an open one always. What it came of, and the sale
 * that it was used by, are not later than its end: when a sale of that time is not known any more,
 * neither can be cancelled or returned.
 */
bool voucher_matters(const struct programme *programme, const struct voucher *voucher, instant now);

/*
 * One more of a member, to be filled before any is looked for; those that do not matter may be
 * dropped for it. NULL: out of memory.
 */
struct voucher *voucher_add(struct engine *engine, struct member_more *more, instant now);
/* Gives back what a voucher has beside itself, and what its origin has. */
void voucher_forget(struct slab *slab, struct voucher *voucher);
void voucher_origin_free(struct slab *slab, struct voucher_origin *origin);
/* Drops those that do not matter. */
void vouchers_drop(struct engine *engine, struct member_more *more, instant now);
/* A sale, remembered under a key, uses one. */
void voucher_use(
	struct member *member, struct voucher *voucher, const struct member *key, uint32_t sale);
/* One that was used is open again. */
void voucher_reopen(struct member *member, struct voucher *voucher);

/* The first end of an open voucher after what has been done for the member, or INSTANT_NEVER. */
instant vouchers_next_end(struct member *member);
/* The open ones that have ended by `at`, as they were issued, from scratch. */
const uint32_t *vouchers_ended(
	struct engine *engine, struct member *member, instant at, uint32_t *count);

void voucher_index_free(struct voucher_index *index);

#endif

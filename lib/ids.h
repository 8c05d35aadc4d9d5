/*
 * ids.h - the ids of postings, and the names that lots have by them.
 */
#ifndef IDS_H
#define IDS_H

#include "engine.h"

/* What an id is given to. */
struct naming {
	enum record_type type;
	struct member *member;
	struct slice stated; /* decided upstream: the id that it has; else size 0 */
	struct lot_call call;
	instant at; /* when it is given */
};

/* The number-th of a name, from scratch. */
struct slice number_id(struct engine *engine, struct slice id, int number);

/*
 * The next id of a posting of the cause, from scratch: of:rule, numbered where it was given in its
 * group before, or where a lot or voucher that may still be meant is called so. Fills naming->call.
 */
struct slice posting_id(
	struct engine *engine, const struct cause *cause, struct naming *naming, struct slice rule);

#endif

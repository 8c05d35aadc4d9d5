/*
 * fold_state.h - what a fold keeps; between fold.c, fold_lots.c and fold_levels.c.
 */
#ifndef FOLD_STATE_H
#define FOLD_STATE_H

#include <xxhash.h>

#include "earnings.h"
#include "fold.h"
#include "lots.h"
#include "reserve.h"
#include "slots.h"
#include "snapshot/snapshot.h"

/* Lots are named by 128 bits of a hash over member, unit and the posting's id. */
struct fold_lot {
	XXH128_hash_t name;
	int64_t left;
	instant earned;
	instant usable; /* INSTANT_NEVER: after the clock `waits` has come */
	instant until;  /* INSTANT_BY_RULE: see lot_end() */
	uint32_t next;  /* of the member; index + 1 */
	int16_t unit, rule, waits;
};

/* What the ledger says of a member's present level on a ladder. */
struct fold_hold {
	instant until;      /* INSTANT_NEVER: no end was posted */
	instant since;      /* its term's beginning, where `termed` */
	instant granted_at; /* when the latest grant was */
	uint32_t mark;      /* how many earnings, of all members, came before that term */
	uint32_t counted;   /* and before what is not in `had` */
	int64_t *had; /* per need of the level: what merges found in the term; NULL: nothing */
	int grant;    /* the level that it granted; 0: none */
	bool termed;
	bool opened;  /* of its term, what came before the ledger is known to the opening */
	bool granted; /* it holds by that grant */
};

/* What the latest change of a level on a ladder found. */
struct fold_change {
	uint32_t member; /* index + 1 */
	uint64_t of;     /* hash of what it was posted for */
	instant at;
	int level;
	struct fold_hold hold;
};

struct fold_member {
	struct slice key;
	uint32_t first_lot, last_lot; /* index + 1; 0: none */
	struct earnings_list earned;
	int64_t *sums, *debts; /* per unit */
	int *levels;           /* per ladder */
	struct fold_hold *holds;
	instant *clocks; /* per clock of the programme */
	instant seen, enrolled;
	instant clock;         /* of what came last */
	uint32_t into;         /* whom they were merged into; index + 1; 0: nobody */
	struct member *opened; /* as the ledger opened them; NULL: it did not */
	uint32_t joined;       /* whose opening counts with theirs; index + 1; 0: nobody's */
	bool left;
	bool merges; /* others were merged into them */
};

struct fold {
	const struct programme *programme;
	struct ledger *ledger;
	struct block *blocks; /* keys and what members have per unit */

	struct fold_member *members;
	uint32_t member_count, member_capacity;
	struct slots member_slots;

	struct fold_lot *lots;
	uint32_t lot_count, lot_capacity;
	struct slots lot_slots;

	struct earnings earnings;
	instant ticked;
	instant everybody; /* the clock of all, where a limit is shared */
	bool shares;

	/* What the ledger began with. */
	struct engine *opened; /* NULL: with nothing */
	struct openings *openings;
	uint32_t taken; /* its members that have been taken over */

	/* A member in the engine's form: as much of one as its calendar asks for. */
	struct engine engine;
	struct member member;
	struct member_more more;

	bool keeps_vouchers;
	struct view_voucher *vouchers;
	int voucher_count, voucher_capacity;
	struct slice cancelled; /* what the latest fact cancels, unless that is refused */
	enum record_type fact;  /* the latest fact, whose member is `moved` */
	uint32_t moved;         /* index + 1; 0: something has come since */
	instant *clocks_before; /* that member's without it: it may be refused */

	int64_t *own;     /* per unit: what a posting moves outside its named lots */
	int64_t *amounts; /* per unit: one lot of a posting */
	int64_t *counted; /* per counter, for the view */
	bool *countable;
	struct view_hold *view_holds; /* per ladder */
	struct fold_change *changes;  /* per ladder */
	int64_t *missing;             /* per need of the ladders */
	struct view_lot *view_lots;
	uint32_t view_lot_capacity;
};

/* By 128 bits of hash. */
crowd_compare fold_compare_lots;

/* Zeroed memory that lasts as long as the fold; NULL: there is none. */
void *fold_take(struct fold *fold, size_t size);

/* The member in the engine's form; it lives until the next call. */
struct member *fold_member_form(struct fold *fold, const struct fold_member *member);

/* Finds or adds; NULL: out of memory. */
struct fold_member *fold_find_member(struct fold *fold, struct slice key, instant at);
/* NULL: there is none of that key. */
struct fold_member *fold_look_up(struct fold *fold, struct slice key);
/* false: out of memory. */
bool fold_add_voucher(struct fold *fold, struct slice id, const struct view_voucher *voucher);

struct fold_lot *fold_find_lot(
	struct fold *fold, const struct fold_member *member, struct slice id, int unit);
/* NULL: out of memory. */
struct fold_lot *fold_add_lot(
	struct fold *fold, struct fold_member *member, struct slice id, int unit);
/* The clock that a lot waits for before it can be used, or -1. */
int16_t fold_clock_waited_for(const struct programme *programme, const struct fold_lot *lot);

/* Takes over what was opened, once no opening comes any more. */
enum loyalty_status fold_settle(struct fold *fold, struct loyalty_error *error);
void fold_close_openings(struct fold *fold);
/* Adds what a counter had before the ledger. */
enum loyalty_status fold_opened_count(const struct fold *fold, const struct fold_member *member,
	int counter, instant now, int64_t *value, struct loyalty_error *error);
/* Adds what the n-th need of a ladder's levels had in the term of a level. */
enum loyalty_status fold_opened_term(const struct fold *fold, const struct fold_member *member,
	int ladder, int need, int64_t *value, struct loyalty_error *error);

/* Moves what a posting moves: balances, the lots that it names, lots of its own, debt. */
enum loyalty_status fold_units(struct fold *fold, struct fold_member *member,
	const struct entry *posting, struct loyalty_error *error);

/* A tier_changed posting. */
enum loyalty_status fold_level(struct fold *fold, struct fold_member *member,
	const struct entry *posting, struct loyalty_error *error);

/* A grant fact. */
void fold_grant(struct fold *fold, const struct fold_member *member, const struct entry *fact);

/* A term of nothing so far. */
void fold_begin_term(const struct fold *fold, struct fold_hold *hold, instant at);

/* What came of a level's n-th need in a term of it; where it is `opened`, with what came before. */
enum loyalty_status fold_term_count(struct fold *fold, const struct fold_member *member, int ladder,
	const struct fold_hold *hold, const struct level *level, int n, int64_t *value,
	struct loyalty_error *error);

/* Before a tier_changed posting is folded: a merge asks what there was before its own. */
void fold_note_change(struct fold *fold, const struct fold_member *member, int ladder,
	const struct entry *posting);

/* Two members who become one by that posting, while what each earned is still told apart. */
enum loyalty_status fold_merge_levels(struct fold *fold, const struct fold_member *from,
	struct fold_member *into, const struct entry *merge, struct loyalty_error *error);

/* The holds of a view that is otherwise made. */
enum loyalty_status fold_view_levels(struct fold *fold, const struct fold_member *member,
	instant now, struct view *view, struct loyalty_error *error);

/* When a lot can be used, by what is known of its member now; INSTANT_NEVER: it waits. */
instant fold_lot_usable(const struct fold_member *member, const struct fold_lot *lot);

/* When a lot ends, by what is known of its member now. */
instant fold_lot_end(
	struct fold *fold, const struct fold_member *member, const struct fold_lot *lot);

#endif

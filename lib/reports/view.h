/*
 * view.h - a member as reports see one, and what follows from it at an instant.
 *
 * The view is all that reports know of a member's state; whoever folds a ledger
 * fills it. Everything computed from it is a pure function.
 */
#ifndef VIEW_H
#define VIEW_H

#include "programme.h"

struct view_lot {
	int unit;
	int64_t left;
	instant usable; /* INSTANT_ALWAYS: at once */
	instant until;  /* exclusive end; INSTANT_NEVER: none that the ledger tells */
};

struct view_voucher {
	struct slice id;
	int reward; /* -1: unknown */
	int64_t qty;
	instant usable, until;
	struct slice sale; /* that used it, and may be cancelled; size 0: it is open */
};

/* How the present level of a ladder holds. */
struct view_hold {
	instant end; /* exclusive; INSTANT_NEVER: none */
	/*
	 * Per need of the level, in order: what must still come for it to hold beyond
	 * that end; -1: not to be told. NULL: nothing need come, or nothing can.
	 */
	const int64_t *missing;
};

struct view {
	const int64_t *sums;           /* per unit: the balance */
	const int64_t *debts;          /* per unit: what is owed, <= 0 */
	const int *levels;             /* per ladder */
	const struct view_hold *holds; /* per ladder */
	const struct view_lot *lots;   /* those with something left, oldest first */
	int lot_count;
	const struct view_voucher *vouchers; /* open and used ones, in order of issue */
	int voucher_count;
	const int64_t *counted; /* per counter of the programme that a ladder needs */
	const bool *countable;  /* per counter: false where the period cannot be told */
};

/* What a member has of a unit that can be spent. */
struct holdings {
	int64_t usable, pending;
	instant next_end; /* earliest end to come; INSTANT_NEVER: none */
	int64_t ending;   /* what ends then */
};

/* false: a sum does not fit. */
bool view_holdings(const struct programme *programme, const struct view *view, int unit,
	instant now, struct holdings *holdings);

/*
 * The earliest end of lots of a unit after an instant, and what of them ends
 * then; INSTANT_NEVER: none.
 */
instant view_next_end(
	const struct view *view, int unit, instant after, int64_t *ending, bool *overflow);

/*
 * The leaf of a table that depends on nothing but the levels and the date. NULL:
 * on more, or there is none.
 */
const struct table *view_table(const struct programme *programme, const struct view *view,
	const struct table *table, instant now);
/* The number that it is. false: there is none. */
bool view_count(const struct programme *programme, const struct view *view,
	const struct table *table, instant now, int64_t *count);

/* The level to reach next on a ladder, by its needs; -1: none. */
int view_next_level(
	const struct programme *programme, const struct view *view, int ladder, instant now);

/* A quantity on its way to a goal. */
struct progress {
	int64_t have, goal;
};

/*
 * How far a need of a level is met. false: not to be told (its amount or its
 * period depends on what the ledger does not say), or it does not fit.
 */
bool view_need(const struct programme *programme, const struct view *view, const struct need *need,
	instant now, struct progress *progress);

/* The cheapest reward of one unit that usable does not pay yet. */
struct next_reward {
	int reward;          /* -1: none */
	struct slice choice; /* of a price by choice; data NULL: none */
	int64_t cost;
};

void view_next_reward(const struct programme *programme, const struct view *view, int unit,
	int64_t usable, instant now, struct next_reward *next);

/* Whether an instant is in [from, until). */
static inline bool
in_force(instant from, instant until, instant now)
{
	return from <= now && now < until;
}

/* The last local day before an exclusive end. */
static inline int32_t
last_day_before(const struct zone *zone, instant end)
{
	return zone_day(zone, end - 1);
}

#endif

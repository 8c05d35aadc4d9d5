/*
 * firing.h - a rule or reward that fires on one cause, on its way to postings.
 */
#ifndef FIRING_H
#define FIRING_H

#include "engine.h"
#include "question.h"

/* Room of a limit that a firing uses: of its receiver. */
struct room_use {
	const struct member *member;
	int counter;     /* of the programme; -1: of this record only (per purchase) */
	int limit, give; /* which limit; which unit of its `most`, else -1 */
	uint64_t by;
	instant at;          /* the time that counts */
	struct ratio exact;  /* before rounding, for the rules after it on this record */
	int64_t amount;      /* what is counted in the end */
	struct room_use *of; /* the firing's own, of one in the list of a record's uses */
	struct room_use *next;
	struct ratio rest; /* of `amount`, beyond what is counted */
};

/* What a multiplier adds to one unit of an earlier firing. */
struct share {
	struct share *next;     /* in the same firing */
	struct share *next_own; /* by the same multiplier */
	struct firing *by, *target;
	int give, target_give;
	struct ratio *cells; /* by line x tender */
};

struct firing {
	struct firing *next;
	int rule;
	struct member *receiver;
	int reach; /* index of the reach that fired it; -1 */
	int64_t threshold;
	uint32_t mark;           /* that it left (reach.h) */
	bool fixed;              /* not per amount of a base: goes back with the whole sale only */
	struct ratio *base;      /* what was counted, by line x tender */
	bool *given;             /* per give: it gives something, be it 0 */
	bool *counted;           /* give x line: the lines that it counted */
	struct ratio *cells;     /* contribution: give x line x tender */
	struct ratio *originals; /* cells before multipliers lowered them; NULL: they did not */
	struct ratio *best;      /* best factor so far, per cell; NULL, below 0: none */
	struct share *shares, *own; /* that multipliers have in it; of a multiplier: its own */
	struct ratio *fixed_parts;  /* of a multiplier: what came from fixed rules, per give */
	struct ratio *totals;       /* per give */
	int64_t *rounded;           /* per give: smallest parts */
	struct room_use *rooms;
	struct slice limited;
	struct ratio limited_share;   /* what the limit named there left of it */
	int line_count, tender_count; /* of cells */
};

/* ---- trigger.c -------------------------------------------------------- */

/*
 * How often a list of triggers of a rule or reward (its place: rules, then rewards) fires
 * on a cause: more than once only for `reach`.
 */
int trigger_fires(struct engine *engine, const struct trigger_list *on, const struct cause *cause,
	int place, int *reach);
bool trigger_is_fact(const struct trigger *trigger, const struct fact *fact);

/* ---- limits.c ------------------------------------------------------------ */

/*
 * The room that limits leave to a firing of their member: for `times` whole firings
 * (INT64_MAX: no such limit), counting what this record has used before. *limited is the
 * limit with the least. Uses of `wanted` firings are added to *uses when they are taken.
 */
struct limits_asked {
	struct engine *engine;
	const struct cause *cause;
	const struct question *question; /* for tables and `by` */
	struct member *member;           /* whose limits */
	const struct index_list *limits;
	struct room_use **record_uses; /* what this record has used so far, of that member */
	struct room_use **other_uses;  /* the same of another member; NULL: nobody */
};

int64_t limits_times(const struct limits_asked *asked, struct slice *limited);
/* Of what was used, what no tally knows: that of limits per purchase. */
struct room_use *limits_of_purchase(struct room_use *uses);

void limits_use_times(const struct limits_asked *asked, int64_t times, struct room_use **uses);

/* Room of `most` of a unit, exact; false: not limited so. */
bool limits_most(const struct limits_asked *asked, int index, int give, struct ratio *room);
void limits_use_most(const struct limits_asked *asked, int index, int give, struct ratio exact,
	struct room_use **uses);

/* Room of `amount`, in whole money or numbers; false: not limited so. */
bool limits_amount(const struct limits_asked *asked, int index, struct ratio *room);
void limits_use_amount(
	const struct limits_asked *asked, int index, struct ratio exact, struct room_use **uses);

/* ---- sales.c: what is remembered for returns ------------------------------- */

/* Remembers a purchase with its lines, before its rules are asked. */
void apply_sale(struct engine *engine, const struct fact *fact);
/* The sale that the cause goes back to gave units to another member. */
void apply_paid_to(struct engine *engine, const struct cause *cause, const struct member *other);
/* Notes a posting that one line of a sale gave, without limits. */
void apply_plain(struct engine *engine, const struct cause *cause, const struct posting *posting);
/* A sale remembered under a key, with everything that is known of it. NULL: out of memory. */
struct sale *sale_open(struct engine *engine, const struct member *key, struct past_fact *past);
/* Counts the rooms of a firing, and notes the posting with the sale it goes back with. */
void apply_firing(struct engine *engine, const struct cause *cause, const struct posting *posting);
/* Counts the rooms, in limits that rewards use too, of a posting that was decided upstream. */
void apply_upstream_firing(
	struct engine *engine, const struct cause *cause, const struct posting *posting);
/* Counts the rooms alone: a firing that was rounded to nothing. */
void apply_rooms(struct engine *engine, struct member *member, const struct room_use *uses);

/*
 * Moves what has come back of a sale: by a return (sign 1), or by its cancel (-1). lines:
 * the fraction of each, or NULL.
 */
void move_return(struct engine *engine, const struct fact *fact, struct past_fact *sale,
	struct ratio share, const struct ratio *lines, int sign);

/* Of a return that was decided upstream only its sale is remembered. */
void apply_known_return(struct engine *engine, const struct fact *fact);

/* A hash of the sku in a row of the fact's items; 0: none. */
uint64_t hash_sku(const struct fact *fact, int row);

struct reversal_part {
	struct given_posting *posting;
	uint32_t given;
	int64_t amount; /* taken back; negative: given back by a cancelled return */
	bool whole;     /* nothing of the posting is left */
};

struct reversal {
	struct reversal_part *parts;
	int part_count;
};

void apply_reversal(struct engine *engine, const struct posting *posting);
/* Gives back the room, in limits that rewards use too, of what was taken back upstream. */
void apply_upstream_reversal(
	struct engine *engine, const struct cause *cause, const struct posting *posting);
/* Of the room that a firing used, so much is held after a return or its cancel. */
void apply_room_held(struct engine *engine, struct room_used *room, int64_t held);

/* The same of a base, by so much more (or less). */
void apply_base_held(struct engine *engine, struct room_used *room, struct ratio more);

/*
 * The remembered fact that a fact refers to by `of`, or NULL, which one of before the member
 * enrolled anew is, too; and in *key the member whose key it has: that of the fact, or another of
 * the same member.
 */
struct past_fact *past_of(struct engine *engine, const struct fact *fact, struct member **key);
/* The same for any id that a fact names. */
struct past_fact *past_called(
	struct engine *engine, const struct fact *fact, struct slice id, struct member **key);
/* The sale that a remembered return is of, in the same way. */
struct past_fact *past_sale(
	struct engine *engine, const struct past_fact *past, struct member **key);

/* ---- returns.c ------------------------------------------------------------ */

/* What a return brings back of its sale, or its cancel moves away again. */
void apply_return(struct engine *engine, const struct fact *fact);
void apply_cancelled_return(struct engine *engine, const struct fact *fact);
/* The sale that a return, or the cancel of a sale or of a return, is about; NULL: none. */
struct past_fact *returns_sale(struct engine *engine, const struct fact *fact, struct member **key);

void returns_decide(struct engine *engine, struct cause *cause);
/* Why a return or cancel is refused; size 0: it is not. */
struct slice returns_refusal(struct engine *engine, const struct fact *fact);

void add_debt(
	struct engine *engine, struct member *member, int unit, int64_t amount, int64_t to_waive);

#endif

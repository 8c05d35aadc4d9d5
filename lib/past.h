/*
 * past.h - the facts that are remembered: to pass over repeats, and for the
 * facts that refer to them (a return of a sale, a cancel of a redemption).
 *
 * A fact is remembered for the programme's window of repeats, a sale or redemption as
 * long as it may go back; what is older is dropped when the table would grow.
 */
#ifndef PAST_H
#define PAST_H

#include "member.h"
#include "ratio.h"
#include "slab.h"

/* What one rule gave of one unit on a sale, and how much has gone back. */
struct given {
	int64_t amount;
	int64_t reversed;
	int32_t unit;
};

/* Room of a limit that a firing used, to be given back by a reversal. */
struct room_used {
	uint64_t by;
	instant window; /* the time that counted */
	int64_t amount;
	int64_t held; /* what of amount has not been given back */
	uint32_t counter;
	uint32_t member;
};

/*
 * A posting that goes back with its sale. In the same piece follow its base, where a limit
 * counts it (what was counted, and what of that is held by now, exactly), the weights of
 * each unit (none where the sale's one line gave it all), what was given of each, the
 * rooms used, and the posting's id (sales.h).
 */
struct given_posting {
	_Alignas(16) struct given_posting *next; /* ratios follow */
	uint32_t member;
	int16_t rule;
	uint32_t mark; /* of the threshold that it was for (reach.h); 0: none */
	uint32_t id_size;
	uint32_t weight_count;
	uint16_t given_count, room_count;
	bool has_base;
	bool chained; /* hangs on another posting, not on the sale itself */
};

struct sale_line {
	uint64_t sku; /* hash of the sku; 0: none */
	struct decimal qty;
};

/* What has come back of a sale, and what is kept of it to be asked again (recall.h). */
struct sale_back {
	struct recall *recall; /* NULL: nothing */
	struct ratio share;    /* by amount */
	struct ratio lines[];  /* by items: the fraction of each line */
};

struct sale {
	struct given_posting *first, *last;
	struct sale_back *back; /* NULL: nothing yet, and nothing kept */
	instant date;           /* whose period it counts in: `occurred` where it was stated */
	int64_t amount;         /* smallest money */
	uint32_t paid_to;       /* index + 1 of whom else it gave units to; 0: nobody */
	uint32_t line_count;    /* 1 for a sale without items */
	bool has_items;         /* then lines[] are there */
	struct sale_line lines[];
};

struct redemption {
	int32_t reward;  /* -1: points alone */
	uint32_t member; /* index of whose lots they were */
	uint32_t taken_count, given_count, taken_room, room_count;
	uint32_t sale; /* number + 1 of the sale that it goes back with; 0: none */
	uint32_t key;  /* index of the member under whose key that sale is remembered */
	int64_t *back; /* of each taken, what returns of the sale have given back; NULL: nothing */
	struct room_used *rooms;
	/* What each lot was, and in `left` how much of it was taken; then what was given. */
	struct lot taken[];
};

static inline size_t
redemption_size(uint32_t taken)
{
	return sizeof(struct redemption) + taken * sizeof(struct lot);
}

/* With all that hangs on it; NULL: nothing. */
void redemption_free(struct slab *slab, struct redemption *redemption);

/* A sale, remembered under a key, takes a redemption back with it. */
static inline void
redemption_goes_with(struct redemption *redemption, const struct member *key, uint32_t sale)
{
	redemption->sale = sale + 1;
	redemption->key = key->index;
}

static inline bool
redemption_goes_back_with(
	const struct redemption *redemption, const struct member *key, uint32_t sale)
{
	return redemption->sale == sale + 1 && redemption->key == key->index;
}

/* What of the i-th lot that a redemption took has come back with returns. */
static inline int64_t
redemption_back(const struct redemption *redemption, uint32_t i)
{
	return redemption->back ? redemption->back[i] : 0;
}

enum origin_kind { ORIGIN_FACT, ORIGIN_REACH, ORIGIN_LEVEL, ORIGIN_REWARD };

/* The sale that a voucher came from by itself, how, and what was paid for it. */
struct voucher_origin {
	uint32_t sale, key; /* number of the sale among the facts under the key of that member */
	enum origin_kind kind;
	int index;               /* ORIGIN_REACH: of the reach; ORIGIN_LEVEL: of the ladder */
	int64_t threshold;       /* ORIGIN_REACH; ORIGIN_LEVEL: the level */
	instant window;          /* ORIGIN_REACH: that the threshold counts over */
	struct redemption *paid; /* NULL: nothing, and no limit's room */
};

/* What a return brought back, for its cancel. */
struct returned {
	uint32_t sale;     /* number of the sale among the facts of its key */
	uint32_t key;      /* index of the member whose key it has */
	instant date;      /* whose period it counts in: the sale's */
	struct ratio back; /* by amount */
	uint32_t line_count;
	struct ratio lines[]; /* by items: the fraction of each line */
};

/* What a rule gave of a unit on a sale of one line, without limits (plain.c). */
struct plain_give {
	int64_t amount;
	int16_t rule;
	uint16_t unit;
} __attribute__((packed, aligned(4)));

/*
 * A remembered fact. It moves when its member has a new one. A sale of which nothing
 * has come back yet, and that plain rules gave for, is no more than this; it is opened
 * (sales.h) when more is to be known.
 */
struct past_fact {
	uint64_t line_hash;
	instant at;
	union {
		int64_t amount;    /* of a sale that is not open */
		struct sale *sale; /* of one that is */
		struct redemption *redemption;
		struct returned *returned;
	};
	uint32_t number; /* how many the member had before */
	uint16_t size;   /* of all of this, its gives, its history and its id */
	uint16_t id_size;
	uint8_t type; /* enum record_type */
	uint8_t give_count, give_room;
	bool cancelled : 1;
	bool refused : 1;
	bool left : 1;             /* its member has left since, and enrolled anew */
	bool by_line : 1;          /* without id: known by its line's hash */
	bool forgotten : 1;        /* its id may be used again */
	bool has_history : 1;      /* the programme counts facts */
	bool open : 1;             /* a sale of which more is known than this */
	struct plain_give gives[]; /* give_room of them; then the history; then the id */
};

/* What is known of a sale beyond the fact itself; NULL: nothing. */
static inline struct sale *
past_open_sale(const struct past_fact *fact)
{
	return fact->open ? fact->sale : NULL;
}

struct past;

/* Needs the members' clocks; the logs hang on the members. */
struct past *past_new(const struct programme *programme, struct members *members);
/* Frees the members' logs, too, and that of `ticks` (which may be NULL). */
void past_free(struct past *past, struct member *ticks);

/* Asks memory for what a new fact of the member will look at, their log's begin being there. */
void past_prefetch(const struct member *member);

/* The member's fact with that id, as far as it still matters, or NULL. */
struct past_fact *past_find(const struct past *past, const struct member *member, struct slice id);
/* The same for a fact without id, by its line. */
struct past_fact *past_find_line(
	const struct past *past, const struct member *member, struct slice line);
/* By its number among those of the member's key. */
struct past_fact *past_by_number(const struct member *member, uint32_t number);
/* The one that the member had after another (NULL: the first); NULL: there is none. */
struct past_fact *past_next(const struct member *member, const struct past_fact *fact);

/*
 * Remembers a fact (which was not there), with room for some plain gives. id size 0: by
 * its line. The member's facts move. NULL: out of memory.
 */
struct past_fact *past_add(struct past *past, struct member *member, struct slice id,
	struct slice line, enum record_type type, instant at, int give_room);

/*
 * The same for one that was remembered before; its line's hash and its number are the
 * caller's to set. Facts come in the order in which they were added.
 */
struct past_fact *past_put(struct past *past, struct member *member, struct slice id, bool by_line,
	enum record_type type, instant at, int give_room);
/* Whether a fact still matters at the time of who its member is now. */
bool past_matters(
	const struct past *past, const struct member *member, const struct past_fact *fact);

/* Whether line is, byte for byte, the line that the fact had. */
bool past_same_line(const struct past_fact *fact, struct slice line);

struct slice past_id(const struct past_fact *fact);

/* Which history counters counted the fact: bit n for the n-th of them. */
uint64_t past_history(const struct past_fact *fact);
void past_count_history(struct past_fact *fact, uint64_t counted);

/* Whose period a fact counts in: `occurred` where it was stated, of a return its sale's. */
instant past_date(const struct past_fact *fact);

/* Lets go of a fact whose id may be used again. */
void past_forget(struct past_fact *fact);

#endif

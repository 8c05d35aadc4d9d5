/*
 * fact.h - a record that says what happened, validated.
 *
 * The first filter meets raw lines: fact_read() checks everything that a fact
 * must have. Later filters read the same facts from a frame they trust.
 */
#ifndef FACT_H
#define FACT_H

#include "member.h"
#include "scratch.h"

/* One line of a purchase; a purchase without items is one line without fields. Money in smallest parts. */
struct line {
	int row;             /* of TABLE_ITEMS; -1: the purchase itself */
	int64_t amount;      /* before its own discount */
	int64_t money;       /* after it: what shares are dealt by */
	int64_t merchandise; /* after its own discount and its share of the purchase's */
	struct decimal qty;
};

struct tender {
	int row; /* of TABLE_TENDERS; -1: the purchase itself */
	int64_t amount;
};

struct fact {
	enum record_type type;
	const struct record *record;
	struct slice member_key;
	struct member *member;  /* set by the engine once it is known */
	struct member *key;     /* whose key it has, where they were merged; else the member */
	struct past_fact *past; /* as it is remembered */
	instant at;             /* of a late one: when it is posted */
	instant stated;         /* its own `at` */
	instant occurred;       /* `occurred` where the record has it, else its own `at` */
	bool claimed;           /* has `occurred` before its own `at` */
	struct slice at_text;
	struct slice id;   /* decoded; size 0 where there is none */
	struct slice name; /* what postings call it: id, or TYPE@AT */
	struct slice of;   /* return, cancel; else size 0 */
	int64_t amount;    /* purchase, return by amount: smallest money; else 0 */
	bool has_amount;
	int64_t points;      /* redeem, adjust, transfer: in the unit's smallest part */
	int unit;            /* of points; -1 */
	struct slice reward; /* redeem */
	int64_t qty;         /* redeem: 1 where absent */
	bool has_qty, has_points, has_bucket;
	int32_t bucket;     /* redeem: the first day of the bucket that is to pay */
	int ladder, level;  /* grant: -1 where no ladder has such a level */
	instant until;      /* grant */
	struct slice named; /* whom it names: referrer (enrol, profile), to, into */
	uint8_t birth_month, birth_day;
	struct line *lines; /* purchase, action, return by items */
	int line_count;
	struct tender *tenders;
	int tender_count;
};

/*
 * Reads and validates record as a fact of the programme. What it keeps beyond
 * the record's slices is taken from scratch. LOYALTY_BAD with field and column.
 */
enum loyalty_status fact_read(const struct programme *programme, const struct record *record,
	enum record_type type, struct scratch *scratch, struct fact *fact,
	struct loyalty_error *error);

/* Names the fact after its id, else its type and at_text. */
void fact_name(struct fact *fact, struct scratch *scratch);

/* A string value, decoded into scratch where it has escapes. */
struct slice value_decoded(const struct value *value, struct scratch *scratch);

/*
 * What lines carry of a part of the money (tax, shipping, tip, fees, donation), or of
 * the purchase where line is NULL; false where it is not stated.
 */
bool fact_money(const struct programme *programme, const struct fact *fact, const struct line *line,
	int field, int64_t *money);

/* The discount of a kind (size 0: all) that a value states: a number or an object of kind -> number. */
int64_t discount_money(
	const struct programme *programme, const struct value *value, struct slice kind);

#endif

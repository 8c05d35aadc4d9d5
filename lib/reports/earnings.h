/*
 * earnings.h - what members earned and when, for ladders that count over a period.
 *
 * Amounts are kept one by one only of units that some ladder counts over less
 * than a lifetime; a reversal counts in the period of the sale that it reverses.
 */
#ifndef EARNINGS_H
#define EARNINGS_H

#include "fold.h"
#include "member.h"

struct earning {
	instant at;       /* terms, and rolling periods but for what closes one */
	instant occurred; /* calendar periods */
	int64_t amount;
	uint64_t of; /* hash of the id of the fact or cause that it goes back to */
	uint32_t next;
	uint32_t sale; /* what a reversal takes back; index + 1; 0: it is none */
	uint32_t key;  /* hash of the key that its fact was under */
	int16_t unit;
	bool closes; /* it came with the end of a period, and belongs to that */
};

/* Earnings of all members; each member is the head and tail of a list in it. */
struct earnings {
	const struct programme *programme;
	struct earning *items;
	uint32_t count, capacity;
	uint64_t units;     /* bits of the units to be kept */
	uint64_t lifetimes; /* bits of those that are added up */
	bool *needed;       /* per counter: a ladder needs it */

	/* The latest fact, which the postings that follow it stand for. */
	instant fact_occurred;
	uint64_t fact_id, fact_of;
	uint32_t fact_key;
	size_t fact_id_size;
	enum record_type fact_type;
	bool has_fact;
};

struct earnings_list {
	uint32_t head, tail; /* index + 1; 0: empty */
	int64_t *lifetime;   /* per unit that some ladder counts so */
};

/* Notes what the programme's ladders need. false: out of memory. */
bool earnings_init(struct earnings *earnings, const struct programme *programme);
void earnings_free(struct earnings *earnings);

/* A fact, before its postings. */
void earnings_fact(struct earnings *earnings, struct ledger *ledger, const struct entry *fact);

/* An earned, reversed or adjusted posting. */
enum loyalty_status earnings_add(struct earnings *earnings, struct earnings_list *list,
	const struct entry *posting, struct loyalty_error *error);

/* A fact from before the ledger, which a reversal may take back. */
struct earned_before {
	struct slice key, id;
	struct slice sale; /* of a return: what it takes back */
	instant at, occurred;
};

/* false: out of memory. */
bool earnings_remember(
	struct earnings *earnings, struct earnings_list *list, const struct earned_before *fact);

/* What one member earned another did. */
enum loyalty_status earnings_merge(struct earnings *earnings, struct earnings_list *from,
	struct earnings_list *to, int unit_count, struct loyalty_error *error);

/*
 * The value of a counter of what was earned, at now. member has the dates that
 * periods hang on. *countable false: its period hangs on what is not kept.
 */
enum loyalty_status earnings_count(const struct earnings *earnings,
	const struct earnings_list *list, const struct programme *programme,
	const struct member *member, const struct counter *counter, instant now, int64_t *value,
	bool *countable, struct loyalty_error *error);

/* A term: when it began, how many earnings of all members came before that, and before what counts. */
struct earned_since {
	instant since;
	uint32_t mark, counted;
};

/*
 * What came of a unit in a term: a gain counts from that instant on, a reversal where its
 * sale did.
 */
enum loyalty_status earnings_since(const struct earnings *earnings,
	const struct earnings_list *list, int unit, const struct earned_since *term, int64_t *value,
	struct loyalty_error *error);

#endif

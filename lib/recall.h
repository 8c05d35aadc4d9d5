/*
 * recall.h - a sale once more: what is kept of it so that its rules and rewards can be
 * asked again about what its returns have left (policy.returns.recheck), and what share
 * of it is back (policy.returns.restore).
 *
 * Kept is the sale's line, and what cannot be read from it: what the rules asked about
 * the member, and what limits left of their firings. Nothing is kept for other programmes.
 */
#ifndef RECALL_H
#define RECALL_H

#include "firing.h"

/* What one unit of a firing may give at most, and the remainder that it began with. */
struct recall_part {
	struct ratio room; /* den 0: no limit clipped it */
	struct ratio carried;
};

struct recall_firing {
	struct recall_firing *next;
	int rule;
	bool fired;        /* though it may have given nothing; of rules with limits */
	struct ratio base; /* what a limit left of its base; den 0: none did */
	struct recall_part parts[];
};

struct recall {
	struct recall_firing *firings; /* of those with limits, and that carry */
	uint32_t receiver;             /* index + 1 of the member's referrer then; 0: none */
	uint32_t line_size;
	bool foreign; /* another version of the programme decided: rules are not asked again */
	uint16_t answers[]; /* as many as the programme asks; then the line */
};

/* A sale read again, with what is left of it. */
struct recalled {
	struct fact fact;
	struct cause cause;
	struct remains remains;
	struct question question;
	const struct recall *recall;
};

/* Whether a programme's returns need more of a sale than what it gave. */
bool recall_needed(const struct programme *programme);
/* Whether sales matter to returns still behind loyalty-earn. */
bool recall_later(const struct programme *programme);

/* Keeps a sale's line, and who was the member's referrer (index + 1). NULL: out of memory. */
struct recall *recall_new(const struct programme *programme, struct slice line, uint32_t receiver);
struct slice recall_line(const struct recall *recall, const struct programme *programme);
void recall_free(struct recall *recall);

/* What is kept of a sale that a cause is, for its rules to note what they see; NULL: nothing. */
struct recall *recall_of(const struct cause *cause);

/*
 * Whether a sale can be read again, and whether its rules can be asked again. Not of a sale
 * from a snapshot that another version of the programme has made.
 */
static inline bool
recall_keeps(const struct past_fact *past)
{
	return past_open_sale(past) && past->sale->back && past->sale->back->recall;
}

static inline bool
recall_asks(const struct past_fact *past)
{
	return recall_keeps(past) && !past->sale->back->recall->foreign;
}

/* Answers to what a range of the programme's questions asks about the member. */
void recall_note(struct recall *recall, const struct question *question, struct asked_range range);
/* The part of a firing that is kept, made at the first call. NULL: out of memory. */
struct recall_firing *recall_firing(
	struct recall *recall, const struct programme *programme, int rule);
const struct recall_firing *recall_find(const struct recall *recall, int rule);

/* Reads a sale again, as its returns have left it. false: it could not be (engine->status). */
bool recall_sale(struct engine *engine, struct member *member, struct past_fact *past,
	struct recalled *recalled);

#endif

/*
 * earn.h - the work on one cause that the files of the earn decider share.
 */
#ifndef EARN_H
#define EARN_H

#include "firing.h"

struct earning {
	struct engine *engine;
	struct cause *cause;
	struct question question;
	int line_count, tender_count, cell_count; /* a cell is a line's part of a tender */
	int64_t tender_total;
	bool *selected;       /* lines that the rule in hand counts */
	uint64_t *stopped;    /* per line: bit per unit that a `stop` rule took */
	uint64_t *multiplied; /* the same by a `stop` multiplier */
	struct ratio *shares; /* per tender: its part of all that was paid, as the rule counts */
	struct firing *first, **last;
	struct room_use *own_uses, *other_uses; /* of limits: the member's, the referrer's */
};

/* ---- earn.c: what rules that give and rules that multiply have in common ------ */

/* So many ratios of 0 from scratch. NULL: out of memory. */
struct ratio *earn_ratios(struct earning *earning, int count);
bool sum_ratios(const struct ratio *ratios, int count, struct ratio *sum);
/* What a table gives on one line and tender (-1: on none); false: nothing. */
bool earn_rate(struct earning *earning, const struct table *table, int line, int tender,
	struct ratio *rate);
struct firing *new_firing(struct earning *earning, int rule, struct member *receiver);
void keep_firing(struct earning *earning, struct firing *firing);
struct limits_asked earn_limits(
	struct earning *earning, const struct rule *rule, struct member *receiver);
/* Lets the limits take what does not fit. */
void clip_firing(struct earning *earning, const struct limits_asked *asked, struct firing *firing);
/* The room that a firing uses, once all limits have clipped it. */
void use_limits(struct earning *earning, const struct limits_asked *asked, struct firing *firing);
bool gives_something(const struct earning *earning, const struct firing *firing);

/* multiply.c: a rule that multiplies fires on what earlier rules gave. */
void fire_multiply(struct earning *earning, int index, struct member *receiver);

/* rounding.c: rounds all firings and posts them in the document's order. */
void post_firings(struct earning *earning);

/* ---- plain.c: the usual purchase, without fractions ------------------------ */

/*
 * How many units the rules on purchases give together, where no such rule depends on
 * another, has limits or looks at lines; else -1.
 */
int plain_programme(const struct programme *programme);
/* Whether a cause is a purchase of such a programme, of one line and without tenders. */
bool plain_purchase(const struct engine *engine, const struct cause *cause);
void plain_decide(struct engine *engine, struct cause *cause);

#endif

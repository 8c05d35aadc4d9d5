/*
 * earn.h - the work on one cause that the files of the earn decider share.
 */
#ifndef EARN_H
#define EARN_H

#include "recall.h"

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
	const int *levels;    /* per ladder, that this record leads to; NULL: as they are */
	bool ahead;           /* only looking ahead to them: nothing is posted or kept */
	struct recall *noted; /* where a later recheck is to find what the rules see; or NULL */
	const struct recall *recall; /* of the sale whose rules are asked again; or NULL */
};

/* ---- earn.c: what rules that give and rules that multiply have in common ------ */

/* So many ratios of 0 from scratch. NULL: out of memory. */
struct ratio *earn_ratios(struct earning *earning, int count);
/* The sum of count (> 0) ratios; false: overflow. */
bool sum_ratios(const struct ratio *ratios, int count, struct ratio *sum);
/* What a table gives on one line and tender (-1: on none); false: nothing. */
bool earn_rate(struct earning *earning, const struct table *table, int line, int tender,
	struct ratio *rate);
/* From here on tables are asked for a unit; question.levels NULL ends that. */
void earn_look_at(struct earning *earning, int unit);
struct firing *new_firing(struct earning *earning, int rule, struct member *receiver);
void keep_firing(struct earning *earning, struct firing *firing);
struct limits_asked earn_limits(
	struct earning *earning, const struct rule *rule, struct member *receiver);
bool gives_something(const struct earning *earning, const struct firing *firing);

/* multiply.c: a rule that multiplies fires on what earlier rules gave. */
void fire_multiply(struct earning *earning, int index, struct member *receiver);

/*
 * What the rules of a sale give on what is left of it, rounded, and not posted: the first
 * of the firings. The sale's member is as the sale found them.
 */
struct firing *earn_again(struct engine *engine, struct recalled *recalled);
/* What a firing of those gives of a unit; 0 where the rule does not fire. */
int64_t earn_again_amount(
	const struct programme *programme, const struct firing *first, int rule, int unit);

/* ---- clip.c: what limits leave of a firing --------------------------------- */

/* Lets its limits take from a firing what they have no room for. */
void limit_firing(struct earning *earning, const struct limits_asked *asked, struct firing *firing);
/* Notes the room that a firing uses, once all limits have clipped it. */
void use_limits(struct earning *earning, const struct limits_asked *asked, struct firing *firing);
/* Of a sale that is asked again: a limit that let nothing through then still does not. */
bool fired_then(const struct earning *earning, const struct rule *rule, int index);

/* rounding.c: rounds all firings and posts them in the document's order. */
void post_firings(struct earning *earning);
/* Rounds them only. */
void round_firings(struct earning *earning);

/* ---- crossing.c: the purchase that crosses a threshold earns at the new rate -------- */

/* Whether some table of a rule goes by a level, and levels count as soon as they are reached. */
bool crossing_matters(const struct programme *programme);
/* The units that some ladder needs, as bits: they go by the levels as they are. */
uint64_t crossing_needed(const struct programme *programme);
/* The levels that firings looked at ahead lead to, per ladder. NULL: out of memory. */
const int *crossing_levels(struct earning *earning);

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

/*
 * question.h - asking a programme's conditions and tables about a cause.
 *
 * A question is what they may look at: the record in hand, the member, the
 * time. Pure: nothing is changed by asking.
 */
#ifndef QUESTION_H
#define QUESTION_H

#include "engine.h"
#include "ratio.h"

/* What returns have left of a sale, where its rules are asked again. */
struct remains {
	const struct ratio *lines; /* the fraction of each line; 0: it is not there */
	struct ratio share;        /* of the amount */
	const uint16_t *answers;   /* what the sale's rules asked about the member (struct asked) */
};

struct question {
	struct engine *engine;
	struct member *member;         /* whose level, balance and history */
	const struct fact *fact;       /* the record in hand, or NULL */
	const struct posting *posting; /* where the cause is one */
	instant now;                   /* balances and rolling periods */
	instant date;                  /* dates and calendar periods */
	int line;                      /* inside a table by items.X: index of the fact's line; -1 */
	int tender;                    /* by tenders.X: index of the fact's tender; -1 */
	int64_t qty; /* of a redeem, as worked out from its points; 0: as stated */
	bool has_basis;
	struct ratio basis;            /* of a table by basis */
	const struct remains *remains; /* NULL: the record as it stands, the member as now */
	const int *levels;             /* that tables read, per ladder; NULL: the member's own */
};

/* The question that a cause puts. */
struct question question_of(struct engine *engine, const struct cause *cause);

/* Whether a condition holds; NULL holds. */
bool condition_holds(const struct question *question, const struct condition *condition);

/* Whether a condition on elements holds for one row of a table of the record. */
bool element_holds(
	const struct question *question, const struct condition *condition, int table, int row);

const struct table *table_look_up(const struct question *question, const struct table *table);

/* The leaf that a table gives, or NULL: nothing. Mostly it is a leaf itself. */
static inline const struct table *
table_value(const struct question *question, const struct table *table)
{
	return table && table->subject != SUBJECT_NONE ? table_look_up(question, table) : table;
}

/* What is asked about the member, as a number that stands for it in remains->answers. */
uint16_t test_answer(const struct question *question, const struct test *test);
uint16_t table_answer(const struct question *question, const struct table *table);

/* Whether a line of the record is still there. */
static inline bool
line_is_there(const struct question *question, int line)
{
	return !question->remains || question->remains->lines[line].num > 0;
}

/* What is left of a table by dates once the date is known, or NULL: nothing. */
const struct table *table_dated(const struct question *question, const struct table *table);

/* Usable now less debt, in smallest parts. */
int64_t usable_balance(struct engine *engine, struct member *member, int unit, instant now);

#endif

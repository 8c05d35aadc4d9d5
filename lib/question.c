/*
 * question.c - what a cause lets conditions and tables look at.
 */
#include "question.h"

struct question
question_of(struct engine *engine, const struct cause *cause)
{
	return (struct question){
		.engine = engine,
		.member = cause->member,
		.fact = cause->fact,
		.posting = cause->posting,
		.now = cause->judged,
		.date = cause->date,
		.line = -1,
		.tender = -1,
	};
}

/*
 * foresight.h - asking memory for what the next lines will need.
 *
 * Members lie scattered over memory, and waiting for it is most of what a short line costs.
 * Lines of a log are alike: where the member stands in this one it stands in those that
 * follow, so that they can be guessed before the lines are read. First comes the member's
 * place in the table, two lines later the member, and after two more what hangs on it. A
 * wrong guess costs nothing but that.
 */
#ifndef FORESIGHT_H
#define FORESIGHT_H

#include "member.h"
#include "record.h"

enum { LINES_AHEAD = 6 };

struct foresight {
	struct guess {
		uint64_t hash; /* of the member's key */
		size_t size;   /* of the line, with its end */
		bool known;
	} guesses[LINES_AHEAD]; /* the next line's first */
	int count;
	size_t seen; /* bytes of the lines guessed at */
};

/* The line in hand, read whole, and what of the input behind it is in memory. */
void foresee(struct foresight *foresight, const struct members *members, const struct value *member,
	struct slice line, struct slice rest);

#endif

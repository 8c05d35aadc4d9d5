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

enum { LINES_AHEAD = 6, GUESSES = 8 };

struct foresight {
	struct guess {
		struct member *member; /* NULL: not yet looked up, or not known */
		uint64_t hash;         /* of the member's key */
		size_t size;           /* of the line, with its end */
		bool known;
	} guesses[GUESSES]; /* a ring, of a power of two; LINES_AHEAD are used */
	unsigned first;     /* that of the next line */
	int count;
	size_t seen; /* bytes of the lines guessed at */
};

/*
 * The line in hand, read whole, and what of the input behind it is in memory. The member
 * whom the line in hand was guessed to name, for the caller to compare, or NULL.
 */
struct member *foresee(struct foresight *foresight, const struct members *members,
	const struct value *member, struct slice line, struct slice rest);

#endif

/*
 * foresight.h - asking memory for what the next lines will need.
 *
 * Members lie scattered over memory, and waiting for it is most of what a short line costs.
 * Lines of a log are alike: where the member stands in this one it stands in those that
 * follow, so that they can be guessed before the lines are read. First comes the member's
 * place in the table, two lines later the member, after two more what hangs on it, and with
 * the next one what hangs on that. A wrong guess costs nothing but that.
 */
#ifndef FORESIGHT_H
#define FORESIGHT_H

#include "member.h"
#include "source.h"

enum { GUESSES = 8 };

struct foresight {
	struct guess {
		struct member *member; /* NULL: not yet looked up, or not known */
		uint64_t hash;         /* of the member's key */
		unsigned long line;    /* its number; 0: there is no guess */
	} guesses[GUESSES];            /* a ring by these, of a power of two */
};

/*
 * Looks ahead from the line that stands in the source, and has that member. Whom the line
 * was guessed to name, for the caller to compare, or NULL.
 */
struct member *foresee(struct foresight *foresight, const struct members *members,
	const struct value *member, struct source *source);

#endif

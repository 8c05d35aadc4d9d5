/*
 * foresight.c - asking memory for what the next lines will need.
 */
#include "foresight.h"

enum { PLACE_AHEAD = LINES_AHEAD - 1, MEMBER_AHEAD = 3, STATE_AHEAD = 1 };

static struct guess *
guess_at(struct foresight *foresight, unsigned lines)
{
	return &foresight->guesses[(foresight->first + lines) % GUESSES];
}

/* The first of the lines guessed at is the one in hand by now. */
static struct member *
move_on(struct foresight *foresight, struct slice line)
{
	struct guess *now = guess_at(foresight, 0);

	/* Blank lines, carriage returns, another file: start over. */
	if (foresight->count == 0 || now->size != line.size + 1) {
		foresight->count = 0;
		foresight->seen = 0;
		return NULL;
	}
	foresight->seen -= now->size;
	foresight->count--;
	foresight->first++;
	return now->known ? now->member : NULL;
}

/* Guesses at one line more. false: it is not in memory yet. */
static bool
guess(struct foresight *foresight, size_t offset, size_t size, struct slice rest)
{
	struct guess *guess = guess_at(foresight, (unsigned)foresight->count);
	const char *line = rest.data + foresight->seen;
	const char *newline;

	if (foresight->seen >= rest.size)
		return false;
	newline = memchr(line, '\n', rest.size - foresight->seen);
	if (!newline)
		return false;
	guess->member = NULL;
	guess->size = (size_t)(newline - line) + 1;
	guess->known = guess->size > offset + size;
	if (guess->known)
		guess->hash = members_hash((struct slice){ line + offset, size });
	foresight->seen += guess->size;
	foresight->count++;
	return true;
}

/* The guess at a line so far ahead, where there is one. */
static struct guess *
known_guess(struct foresight *foresight, unsigned lines)
{
	struct guess *guess = guess_at(foresight, lines);

	return (int)lines < foresight->count && guess->known ? guess : NULL;
}

static void
fetch(struct foresight *foresight, const struct members *members)
{
	struct guess *guess = known_guess(foresight, PLACE_AHEAD);

	if (guess)
		members_prefetch_place(members, guess->hash);
	guess = known_guess(foresight, MEMBER_AHEAD);
	if (guess) {
		guess->member = members_of_hash(members, guess->hash);
		if (guess->member)
			member_prefetch(guess->member);
	}
	guess = known_guess(foresight, STATE_AHEAD);
	if (guess && guess->member)
		member_prefetch_state(guess->member);
}

struct member *
foresee(struct foresight *foresight, const struct members *members, const struct value *member,
	struct slice line, struct slice rest)
{
	struct member *guessed = move_on(foresight, line);

	if (member->kind != VALUE_STRING || member->escaped)
		return NULL;
	while (foresight->count < LINES_AHEAD &&
		guess(foresight, (size_t)(member->text.data - line.data), member->text.size, rest))
		;
	fetch(foresight, members);
	return guessed;
}

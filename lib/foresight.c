/*
 * foresight.c - asking memory for what the next lines will need.
 */
#include "foresight.h"

/* The first of the lines guessed at is the one in hand by now. */
static void
move_on(struct foresight *foresight, struct slice line)
{
	size_t size = foresight->count ? foresight->guesses[0].size : 0;

	/* Blank lines, carriage returns, another file: start over. */
	if (size != line.size + 1) {
		foresight->count = 0;
		foresight->seen = 0;
		return;
	}
	foresight->seen -= size;
	foresight->count--;
	for (int i = 0; i < foresight->count; i++)
		foresight->guesses[i] = foresight->guesses[i + 1];
}

/* Guesses at one line more. false: it is not in memory yet. */
static bool
guess(struct foresight *foresight, size_t offset, size_t size, struct slice rest)
{
	struct guess *guess = &foresight->guesses[foresight->count];
	const char *line = rest.data + foresight->seen;
	const char *newline;

	if (foresight->seen >= rest.size)
		return false;
	newline = memchr(line, '\n', rest.size - foresight->seen);
	if (!newline)
		return false;
	guess->size = (size_t)(newline - line) + 1;
	guess->known = guess->size > offset + size;
	if (guess->known)
		guess->hash = members_hash((struct slice){ line + offset, size });
	foresight->seen += guess->size;
	foresight->count++;
	return true;
}

void
foresee(struct foresight *foresight, const struct members *members, const struct value *member,
	struct slice line, struct slice rest)
{
	static void (*const fetch[LINES_AHEAD])(const struct members *members, uint64_t hash) = {
		[1] = members_prefetch_state, [3] = members_prefetch, [5] = members_prefetch_place
	};

	move_on(foresight, line);
	if (member->kind != VALUE_STRING || member->escaped)
		return;
	while (foresight->count < LINES_AHEAD &&
		guess(foresight, (size_t)(member->text.data - line.data), member->text.size, rest))
		;
	for (int i = 0; i < foresight->count; i++)
		if (fetch[i] && foresight->guesses[i].known)
			fetch[i](members, foresight->guesses[i].hash);
}

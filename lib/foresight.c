/*
 * foresight.c - asking memory for what the next lines will need.
 */
#include "foresight.h"

#include "past.h"
#include "prefetch.h"

/* By how many lines; that far ahead a line is looked at first. */
enum { PLACE_AHEAD = LINES_AHEAD, MEMBER_AHEAD = 4, STATE_AHEAD = 2, REST_AHEAD = 1 };

_Static_assert((int)PLACE_AHEAD < (int)GUESSES, "the ring holds the guesses at all lines ahead");

static struct guess *
guess_at(struct foresight *foresight, unsigned long number)
{
	return &foresight->guesses[number % GUESSES];
}

/* Guesses whom a line names: what stands in it where the one in hand has its member. */
static void
guess(struct foresight *foresight, const struct members *members, unsigned long number,
	struct slice line, size_t offset, size_t size)
{
	struct guess *guess = guess_at(foresight, number);

	guess->member = NULL;
	guess->line = line.size >= offset + size ? number : 0;
	if (!guess->line)
		return;
	guess->hash = members_hash((struct slice){ line.data + offset, size });
	members_prefetch_place(members, guess->hash);
}

static void
fetch_member(struct guess *guess, const struct members *members, unsigned long number)
{
	if (guess->line != number)
		return;
	guess->member = members_of_hash(members, guess->hash);
	if (guess->member)
		member_prefetch(guess->member);
}

static void
fetch_state(const struct guess *guess, unsigned long number)
{
	if (guess->line == number && guess->member)
		member_prefetch_state(guess->member);
}

/* What hangs on that. */
static void
fetch_rest(const struct guess *guess, unsigned long number)
{
	if (guess->line != number || !guess->member)
		return;
	past_prefetch(guess->member);
	if (guess->member->more)
		prefetch(guess->member->more->taken_names);
}

struct member *
foresee(struct foresight *foresight, const struct members *members, const struct value *member,
	struct source *source)
{
	size_t offset = (size_t)(member->text.data - source_line(source).data);
	unsigned long now = source_number(source);
	unsigned long number;
	struct slice line;

	if (member->kind != VALUE_STRING || member->escaped)
		return NULL;
	while (source_ahead(source, &number, &line))
		guess(foresight, members, number, line, offset, member->text.size);
	fetch_member(guess_at(foresight, now + MEMBER_AHEAD), members, now + MEMBER_AHEAD);
	fetch_state(guess_at(foresight, now + STATE_AHEAD), now + STATE_AHEAD);
	fetch_rest(guess_at(foresight, now + REST_AHEAD), now + REST_AHEAD);
	return guess_at(foresight, now)->member;
}

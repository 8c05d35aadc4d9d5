/*
 * balances.c - what postings and openings add up to.
 */
#include "balances.h"

#include <stdlib.h>
#include <string.h>

enum { MEMBERS_FIRST = 1024 };

struct balances {
	size_t units;
	size_t capacity; /* members */
	int128 *amounts;
	uint64_t *opened;
};

struct balances *
balances_new(const struct programme *programme)
{
	struct balances *balances = calloc(1, sizeof(*balances));

	if (balances)
		balances->units = (size_t)programme->unit_count;
	return balances;
}

void
balances_free(struct balances *balances)
{
	if (!balances)
		return;
	free(balances->amounts);
	free(balances->opened);
	free(balances);
}

/* A larger array with zeros behind what it had. false: out of memory; the old one stays. */
static bool
enlarge(void **items, size_t before, size_t after)
{
	char *larger = realloc(*items, after);

	if (!larger)
		return false;
	memset(larger + before, 0, after - before);
	*items = larger;
	return true;
}

static bool
make_room(struct balances *balances, const struct member *member)
{
	size_t before = balances->capacity;
	size_t after = before ? before : MEMBERS_FIRST;
	size_t size = balances->units * sizeof(int128);
	void *amounts = balances->amounts;
	void *opened = balances->opened;

	while (after <= member->index)
		after *= 2;
	if (after == before)
		return true;
	if (!enlarge(&amounts, before * size, after * size + 1))
		return false;
	balances->amounts = amounts;
	if (!enlarge(&opened, before * sizeof(uint64_t), after * sizeof(uint64_t)))
		return false;
	balances->opened = opened;
	balances->capacity = after;
	return true;
}

int128 *
balances_of(struct balances *balances, const struct member *member)
{
	if (!make_room(balances, member))
		return NULL;
	return balances->amounts + member->index * balances->units;
}

uint64_t *
balances_opened(struct balances *balances, const struct member *member)
{
	return make_room(balances, member) ? &balances->opened[member->index] : NULL;
}

bool
balances_add(struct balances *balances, const struct posting *posting)
{
	int128 *amounts = balances_of(balances, posting->member);

	for (int i = 0; amounts && i < posting->unit_count; i++)
		amounts[posting->units[i].unit] += posting->units[i].amount;
	return amounts != NULL;
}

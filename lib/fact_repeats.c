/*
 * fact_repeats.c - finding repeats by sorting the hashes of names.
 *
 * Sorting brings equal names together in the order of their places, however
 * far they stand apart; a table of all names would not fit where the log does
 * not. Repeats are then a bit each, conflicts (rare) a pair of places.
 */
#include "fact_repeats.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sort.h"

/* What is sorted, under the upper half of the name's hash. */
struct noted {
	uint64_t low;
	XXH128_hash_t content; /* of the line: 128 bits, so that equal means equal */
	uint64_t place;
};

struct conflict {
	uint64_t place;
	uint64_t first;
};

/* The first facts of the names that share the upper half of their hash: nearly always one. */
struct firsts {
	struct noted *facts;
	size_t count;
	size_t capacity;
};

struct fact_repeats {
	struct sorter *sorter;
	uint64_t place_max;
	uint8_t *same; /* a bit for every place */
	struct conflict *conflicts;
	size_t count;
	size_t capacity;
};

struct fact_repeats *
fact_repeats_new(size_t memory, const char *directory)
{
	struct fact_repeats *repeats = calloc(1, sizeof(*repeats));

	if (!repeats)
		return NULL;
	repeats->sorter = sorter_new(memory, directory);
	if (repeats->sorter)
		return repeats;
	free(repeats);
	return NULL;
}

void
fact_repeats_free(struct fact_repeats *repeats)
{
	if (!repeats)
		return;
	sorter_free(repeats->sorter);
	free(repeats->same);
	free(repeats->conflicts);
	free(repeats);
}

enum loyalty_status
fact_repeats_add(struct fact_repeats *repeats, uint64_t place, const struct fact_key *key,
	struct slice line, struct loyalty_error *error)
{
	struct noted noted = {
		.low = key->low,
		.content = XXH3_128bits(line.data, line.size),
		.place = place,
	};
	char *item;

	repeats->place_max = place;
	if (sorter_add(repeats->sorter, (int64_t)key->high, sizeof(noted), &item, error) !=
		LOYALTY_OK)
		return error->code;
	memcpy(item, &noted, sizeof(noted));
	return LOYALTY_OK;
}

/* Room for one more of size bytes behind count of them. false: out of memory. */
static bool
grow(void **array, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? 2 * *capacity : 16;
	void *grown;

	if (count < *capacity)
		return true;
	grown = realloc(*array, wanted * size);
	if (!grown)
		return false;
	*array = grown;
	*capacity = wanted;
	return true;
}

static bool
add_conflict(struct fact_repeats *repeats, uint64_t place, uint64_t first)
{
	void *conflicts = repeats->conflicts;

	if (!grow(&conflicts, repeats->count, &repeats->capacity, sizeof(*repeats->conflicts)))
		return false;
	repeats->conflicts = conflicts;
	repeats->conflicts[repeats->count++] = (struct conflict){ place, first };
	return true;
}

/* Compares a fact with the first of its name; false: out of memory. */
static bool
judge(struct fact_repeats *repeats, struct firsts *firsts, const struct noted *noted)
{
	void *facts;

	for (size_t i = 0; i < firsts->count; i++) {
		const struct noted *first = &firsts->facts[i];

		if (first->low != noted->low)
			continue;
		if (!XXH128_isEqual(first->content, noted->content))
			return add_conflict(repeats, noted->place, first->place);
		repeats->same[noted->place / 8] |= (uint8_t)(1 << noted->place % 8);
		return true;
	}
	facts = firsts->facts;
	if (!grow(&facts, firsts->count, &firsts->capacity, sizeof(*noted)))
		return false;
	firsts->facts = facts;
	firsts->facts[firsts->count++] = *noted;
	return true;
}

static int
compare_conflicts(const void *a, const void *b)
{
	const struct conflict *left = a;
	const struct conflict *right = b;

	return (left->place > right->place) - (left->place < right->place);
}

static enum loyalty_status
judge_all(struct fact_repeats *repeats, struct firsts *firsts, struct loyalty_error *error)
{
	enum loyalty_status status;
	struct noted noted;
	struct slice item;
	int64_t last = 0;
	int64_t key;

	while ((status = sorter_next(repeats->sorter, &key, &item, error)) == LOYALTY_OK) {
		if (key != last)
			firsts->count = 0;
		last = key;
		memcpy(&noted, item.data, sizeof(noted));
		if (!judge(repeats, firsts, &noted))
			return fail_memory(error);
	}
	return status == LOYALTY_END ? LOYALTY_OK : status;
}

enum loyalty_status
fact_repeats_finish(struct fact_repeats *repeats, struct loyalty_error *error)
{
	struct firsts firsts = { 0 };
	enum loyalty_status status = sorter_finish(repeats->sorter, error);

	if (status != LOYALTY_OK)
		return status;
	repeats->same = calloc(repeats->place_max / 8 + 1, 1);
	if (!repeats->same)
		return fail_memory(error);
	status = judge_all(repeats, &firsts, error);
	free(firsts.facts);
	sorter_free(repeats->sorter);
	repeats->sorter = NULL;
	if (repeats->count > 0)
		qsort(repeats->conflicts, repeats->count, sizeof(*repeats->conflicts),
			compare_conflicts);
	return status;
}

enum repeat
fact_repeats_find(const struct fact_repeats *repeats, uint64_t place, uint64_t *first)
{
	struct conflict wanted = { .place = place };
	const struct conflict *found;

	if (place > repeats->place_max)
		return REPEAT_NONE;
	if (repeats->same[place / 8] >> place % 8 & 1)
		return REPEAT_SAME;
	if (repeats->count == 0)
		return REPEAT_NONE;
	found = bsearch(
		&wanted, repeats->conflicts, repeats->count, sizeof(wanted), compare_conflicts);
	if (!found)
		return REPEAT_NONE;
	*first = found->first;
	return REPEAT_CONFLICT;
}

bool
fact_repeats_conflict(const struct fact_repeats *repeats, uint64_t *place, uint64_t *first)
{
	if (repeats->count == 0)
		return false;
	*place = repeats->conflicts[0].place;
	*first = repeats->conflicts[0].first;
	return true;
}

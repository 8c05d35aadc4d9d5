/*
 * sort_entries.c - sorting in memory.
 *
 * Logs come nearly sorted: a few tills' files one after the other are a few
 * ascending stretches, which are merged as they stand. Anything else is a radix
 * sort on the bits in which the keys differ: linear, and stable.
 */
#include "sort_entries.h"

#include <string.h>

enum {
	STRETCHES_MAX = 16, /* more of them cost more passes than the radix sort has */
	DIGIT_BITS = 11,
	DIGITS = 1 << DIGIT_BITS,
};

bool
sort_entries_sorted(const struct sort_entry *entries, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (entries[i].key < entries[i - 1].key)
			return false;
	}
	return true;
}

/* The ends of the ascending stretches; 0: more than STRETCHES_MAX. */
static size_t
find_stretches(const struct sort_entry *entries, size_t count, size_t ends[STRETCHES_MAX])
{
	size_t found = 0;

	for (size_t i = 1; i <= count; i++) {
		if (i < count && entries[i].key >= entries[i - 1].key)
			continue;
		if (found == STRETCHES_MAX)
			return 0;
		ends[found++] = i;
	}
	return found;
}

static void
merge_pair(const struct sort_entry *left, const struct sort_entry *left_end,
	const struct sort_entry *right, const struct sort_entry *right_end, struct sort_entry *to)
{
	while (left < left_end && right < right_end)
		*to++ = right->key < left->key ? *right++ : *left++;
	memcpy(to, left, (size_t)(left_end - left) * sizeof(*to));
	to += left_end - left;
	memcpy(to, right, (size_t)(right_end - right) * sizeof(*to));
}

static struct sort_entry *
merge_stretches(struct sort_entry *from, struct sort_entry *to, size_t ends[STRETCHES_MAX],
	size_t stretches)
{
	while (stretches > 1) {
		struct sort_entry *merged = to;
		size_t start = 0;
		size_t kept = 0;

		for (size_t i = 0; i < stretches; i += 2) {
			size_t middle = ends[i];
			size_t end = i + 1 < stretches ? ends[i + 1] : middle;

			merge_pair(
				from + start, from + middle, from + middle, from + end, to + start);
			ends[kept++] = end;
			start = end;
		}
		stretches = kept;
		to = from;
		from = merged;
	}
	return from;
}

/* One pass of the radix sort, by the digit at shift. */
static void
deal(const struct sort_entry *from, struct sort_entry *to, size_t count, int shift)
{
	size_t places[DIGITS] = { 0 };
	size_t place = 0;

	for (size_t i = 0; i < count; i++)
		places[((uint64_t)from[i].key ^ INT64_MIN) >> shift & (DIGITS - 1)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		size_t entries = places[digit];

		places[digit] = place;
		place += entries;
	}
	for (size_t i = 0; i < count; i++)
		to[places[((uint64_t)from[i].key ^ INT64_MIN) >> shift & (DIGITS - 1)]++] = from[i];
}

static struct sort_entry *
radix_sort(struct sort_entry *from, struct sort_entry *to, size_t count)
{
	uint64_t differing = 0;
	int shift;

	for (size_t i = 1; i < count; i++)
		differing |= (uint64_t)from[i].key ^ (uint64_t)from[0].key;
	/* Whole seconds in microseconds share their six lowest bits, and a year its highest. */
	shift = __builtin_ctzll(differing);
	for (; shift < 64 && differing >> shift; shift += DIGIT_BITS) {
		struct sort_entry *dealt = to;

		deal(from, to, count, shift);
		to = from;
		from = dealt;
	}
	return from;
}

struct sort_entry *
sort_entries(struct sort_entry *entries, struct sort_entry *scratch, size_t count)
{
	size_t ends[STRETCHES_MAX];
	size_t stretches = find_stretches(entries, count, ends);

	if (stretches > 0)
		return merge_stretches(entries, scratch, ends, stretches);
	if (count < 2)
		return entries;
	return radix_sort(entries, scratch, count);
}

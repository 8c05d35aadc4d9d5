/*
 * fact_parts.c - finding who is tied to whom, and dealing them out.
 *
 * Ties are a union-find over members. Dealing goes from the largest groups to the smallest,
 * each to the part that has least; sizes are compared by their powers of two, which needs no
 * sorting and leaves the small ones to make the parts even.
 */
#include "fact_parts.h"

#include <stdlib.h>

#include "crowd.h"
#include "sort_heap.h"

enum {
	MEMBERS_MIN = 1024,
	MEMBER_COST = 40, /* an entry, and its share of the slots */
	BUCKET_BITS = 14,
	BUCKETS = 1 << BUCKET_BITS,
};

struct party {
	uint64_t member;
	uint64_t records; /* of a group those of all, at its root */
	uint32_t parent;  /* of a root: itself */
	uint32_t part;    /* of a root, once dealt */
};

/* Members who are not kept one by one, by the upper bits of their hash. */
struct bucket {
	uint64_t records;
	uint32_t part;
};

struct fact_parts {
	struct party *parties; /* in order of first appearance */
	size_t count, capacity, most;
	uint32_t *slots; /* open addressing: index + 1, 0 free */
	size_t slot_count;
	struct crowd crowd;     /* indexes of parties that have no slot near their own */
	struct bucket *buckets; /* NULL: nobody is in them */
	uint64_t nobody;
};

struct fact_parts *
fact_parts_new(size_t memory)
{
	struct fact_parts *parts = calloc(1, sizeof(*parts));

	if (!parts)
		return NULL;
	parts->most = memory / MEMBER_COST;
	return parts;
}

void
fact_parts_free(struct fact_parts *parts)
{
	if (!parts)
		return;
	free(parts->parties);
	free(parts->slots);
	free(parts->buckets);
	crowd_free(&parts->crowd);
	free(parts);
}

/* ---- members ------------------------------------------------------------------- */

/* Where a member is, or would be; NULL: in the crowd. */
static uint32_t *
find_slot(const struct fact_parts *parts, uint64_t member)
{
	for (size_t i = 0; i < CROWD_PLACES_HALF; i++) {
		uint32_t *slot = &parts->slots[(member + i) & (parts->slot_count - 1)];

		if (*slot == 0 || parts->parties[*slot - 1].member == member)
			return slot;
	}
	return NULL;
}

/* Members of one hash are one. */
static int
compare_alike(const void *context, const void *wanted, uintptr_t item)
{
	(void)context;
	(void)wanted;
	(void)item;
	return 0;
}

static struct party *
find_party(const struct fact_parts *parts, uint64_t member)
{
	const struct crowd_name name = { .hash = member, .compare = compare_alike };
	const uint32_t *slot;
	uintptr_t index;

	if (parts->slot_count == 0)
		return NULL;
	slot = find_slot(parts, member);
	if (slot)
		return *slot ? &parts->parties[*slot - 1] : NULL;
	return crowd_find(&parts->crowd, &name, &index) ? &parts->parties[index] : NULL;
}

/* false: out of memory. */
static bool
place(struct fact_parts *parts, uint32_t index)
{
	uint64_t member = parts->parties[index].member;
	const struct crowd_name name = { .hash = member, .compare = compare_alike };
	uint32_t *slot = find_slot(parts, member);

	if (!slot)
		return crowd_add(&parts->crowd, &name, index);
	*slot = index + 1;
	return true;
}

/* Room for one more, with the slots at most half full. */
static enum loyalty_status
grow(struct fact_parts *parts, struct loyalty_error *error)
{
	size_t capacity = parts->capacity ? 2 * parts->capacity : MEMBERS_MIN;
	struct party *parties;
	uint32_t *slots;

	if (parts->count < parts->capacity)
		return LOYALTY_OK;
	if (capacity > UINT32_MAX)
		return fail_memory(error);
	parties = realloc(parts->parties, capacity * sizeof(*parties));
	if (!parties)
		return fail_memory(error);
	parts->parties = parties;
	slots = calloc(2 * capacity, sizeof(*slots));
	if (!slots)
		return fail_memory(error);
	free(parts->slots);
	parts->slots = slots;
	parts->slot_count = 2 * capacity;
	parts->capacity = capacity;
	crowd_clear(&parts->crowd);
	for (size_t i = 0; i < parts->count; i++)
		if (!place(parts, (uint32_t)i))
			return fail_memory(error);
	return LOYALTY_OK;
}

static enum loyalty_status
add_party(struct fact_parts *parts, uint64_t member, struct loyalty_error *error)
{
	uint32_t index = (uint32_t)parts->count;

	if (grow(parts, error) != LOYALTY_OK)
		return error->code;
	parts->parties[index] = (struct party){ .member = member, .parent = index };
	if (!place(parts, index))
		return fail_memory(error);
	parts->count++;
	return LOYALTY_OK;
}

static size_t
bucket_of(uint64_t member)
{
	return member >> (64 - BUCKET_BITS);
}

static enum loyalty_status
count_in_bucket(struct fact_parts *parts, uint64_t member, struct loyalty_error *error)
{
	if (!parts->buckets)
		parts->buckets = calloc(BUCKETS, sizeof(*parts->buckets));
	if (!parts->buckets)
		return fail_memory(error);
	parts->buckets[bucket_of(member)].records++;
	return LOYALTY_OK;
}

/* ---- ties ------------------------------------------------------------------------ */

static struct party *
find_root(struct fact_parts *parts, struct party *party)
{
	struct party *parties = parts->parties;

	while (&parties[party->parent] != party) {
		party->parent = parties[party->parent].parent;
		party = &parties[party->parent];
	}
	return party;
}

/* A group goes by its member who appeared first. */
static void
join(struct fact_parts *parts, struct party *one, struct party *other)
{
	struct party *root = find_root(parts, one);
	struct party *joining = find_root(parts, other);

	if (joining < root) {
		struct party *first = joining;

		joining = root;
		root = first;
	}
	joining->parent = root->parent;
}

static enum loyalty_status
tie(struct fact_parts *parts, uint64_t member, uint64_t tied, struct loyalty_error *error)
{
	/* They are kept, however many they are: a bucket cannot say who is tied to whom. */
	if (!find_party(parts, member) && add_party(parts, member, error) != LOYALTY_OK)
		return error->code;
	if (!find_party(parts, tied) && add_party(parts, tied, error) != LOYALTY_OK)
		return error->code;
	join(parts, find_party(parts, member), find_party(parts, tied));
	return LOYALTY_OK;
}

enum loyalty_status
fact_parts_add(
	struct fact_parts *parts, uint64_t member, uint64_t tied, struct loyalty_error *error)
{
	struct party *party;

	if (member == PARTS_NOBODY) {
		parts->nobody++;
		return LOYALTY_OK;
	}
	if (tied != PARTS_NOBODY && tied != member && tie(parts, member, tied, error) != LOYALTY_OK)
		return error->code;
	party = find_party(parts, member);
	if (!party && parts->count >= parts->most)
		return count_in_bucket(parts, member, error);
	if (!party) {
		if (add_party(parts, member, error) != LOYALTY_OK)
			return error->code;
		party = &parts->parties[parts->count - 1];
	}
	party->records++;
	return LOYALTY_OK;
}

/* ---- dealing --------------------------------------------------------------------- */

static int
magnitude(uint64_t records)
{
	return records ? 64 - __builtin_clzll(records) : 0;
}

/* The part that has least so far; it has more then. */
static uint32_t
deal_one(struct sort_head *heads, size_t count, uint64_t records)
{
	uint32_t part = (uint32_t)heads[0].source;

	heads[0].key += (int64_t)records;
	sort_heap_sink(heads, count, 0);
	return part;
}

static void
deal_magnitude(struct fact_parts *parts, struct sort_head *heads, size_t count, int size)
{
	for (size_t i = 0; i < parts->count; i++) {
		struct party *party = &parts->parties[i];

		if (party->parent == i && magnitude(party->records) == size)
			party->part = deal_one(heads, count, party->records);
	}
	for (size_t i = 0; parts->buckets && i < BUCKETS; i++) {
		struct bucket *bucket = &parts->buckets[i];

		if (bucket->records && magnitude(bucket->records) == size)
			bucket->part = deal_one(heads, count, bucket->records);
	}
}

/* Sums the records of each group up; a bit for every magnitude that there is. */
static uint64_t
sum_groups(struct fact_parts *parts)
{
	uint64_t magnitudes = 0;

	for (size_t i = 0; i < parts->count; i++) {
		struct party *root = find_root(parts, &parts->parties[i]);

		if (root != &parts->parties[i])
			root->records += parts->parties[i].records;
	}
	for (size_t i = 0; i < parts->count; i++)
		if (parts->parties[i].parent == i)
			magnitudes |= UINT64_C(1) << magnitude(parts->parties[i].records);
	for (size_t i = 0; parts->buckets && i < BUCKETS; i++)
		if (parts->buckets[i].records)
			magnitudes |= UINT64_C(1) << magnitude(parts->buckets[i].records);
	return magnitudes;
}

enum loyalty_status
fact_parts_deal(struct fact_parts *parts, size_t count, struct loyalty_error *error)
{
	struct sort_head *heads = calloc(count, sizeof(*heads));
	uint64_t magnitudes;

	if (!heads)
		return fail_memory(error);
	for (size_t i = 0; i < count; i++)
		heads[i] = (struct sort_head){ i == 0 ? (int64_t)parts->nobody : 0, i };
	sort_heap_build(heads, count);
	magnitudes = sum_groups(parts);
	for (int size = 63; size >= 0; size--)
		if (magnitudes >> size & 1)
			deal_magnitude(parts, heads, count, size);
	free(heads);
	return LOYALTY_OK;
}

size_t
fact_parts_find(const struct fact_parts *parts, uint64_t member)
{
	struct party *party;

	if (member == PARTS_NOBODY)
		return 0;
	party = find_party(parts, member);
	if (!party)
		return parts->buckets ? parts->buckets[bucket_of(member)].part : 0;
	while (&parts->parties[party->parent] != party)
		party = &parts->parties[party->parent];
	return party->part;
}

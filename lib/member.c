/*
 * member.c - the table of members.
 *
 * Members live in blocks that never move, so a pointer to one is good for the
 * whole run; the index is an open-addressing table of (hash, number) pairs, with a crowd.
 */
#define XXH_INLINE_ALL
#include "member.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "crowd.h"
#include "lots.h"
#include "pages.h"
#include "prefetch.h"
#include "replay.h"
#include "tally.h"
#include "voucher_index.h"

/* Members in a block fill large pages. */
enum { LOTS_FETCHED = 16, BLOCK_MEMBERS = 1 << 15, KEY_BLOCK = 1 << 16, INDEX_MIN = 1 << 10 };

struct index_slot {
	uint32_t hash;
	uint32_t number; /* index of the member + 1; 0: free */
};

struct members {
	const struct programme *programme;
	struct member **blocks;
	size_t block_count;
	uint32_t count;
	struct index_slot *slots;
	uint32_t mask;
	struct crowd crowd; /* numbers of members */
	char *keys; /* room for more keys; full blocks are chained through their first bytes */
	size_t keys_left;
	char *key_blocks;
	struct slab slab; /* lots, tallies, levels, remembered facts */
};

static size_t
index_size(uint32_t mask)
{
	return ((size_t)mask + 1) * sizeof(struct index_slot);
}

struct members *
members_new(const struct programme *programme)
{
	struct members *members = calloc(1, sizeof(*members));

	if (!members)
		return NULL;
	members->programme = programme;
	members->mask = INDEX_MIN - 1;
	members->slots = pages_take(INDEX_MIN * sizeof(*members->slots));
	if (!members->slots) {
		free(members);
		return NULL;
	}
	return members;
}

static void
free_merged(struct merged *merged)
{
	if (!merged)
		return;
	free(merged->keys);
	free(merged);
}

static void
free_more(struct members *members, struct member_more *more)
{
	if (!more)
		return;
	for (uint32_t i = 0; i < more->voucher_count; i++)
		voucher_forget(&members->slab, &more->vouchers[i]);
	for (int i = 0; i < members->programme->attribute_count; i++)
		free(more->attributes[i].text);
	free_merged(more->merged);
	posting_names_free(more->names_now);
	free(more->vouchers);
	voucher_index_free(more->voucher_index);
	free(more->debts);
	free(more->carries);
	free(more->fractions);
	free(more->gaps);
	free(more->marks);
	free(more->taken_names);
	free(more);
}

struct member *
member_nobody(void)
{
	struct member *member = calloc(1, sizeof(*member));

	if (member)
		member->clock = member->done.at = INSTANT_ALWAYS;
	return member;
}

void
member_nobody_free(struct members *members, struct member *member)
{
	if (!member)
		return;
	tallies_clear(member);
	/* Without members nothing was counted yet. */
	if (members)
		slab_give(&members->slab, member->tallies,
			member->tally_capacity * sizeof(struct tally));
	/* Of what few members have it needs only what belongs to tallies. */
	if (member->more)
		free(member->more->fractions);
	free(member->more);
	free(member);
}

static void
free_member(struct members *members, struct member *member)
{
	for (uint32_t i = 0; i < member->tally_count; i++) {
		struct tally *tally = &member->tallies[i];

		if (tally->rolls && tally->queue) {
			free(tally->queue->items);
			free(tally->queue);
		}
	}
	slab_give(&members->slab, member->standings, standings_size(members->programme));
	slab_give(&members->slab, member->tallies, member->tally_capacity * sizeof(struct tally));
	for (uint32_t i = 0; i < member->lot_count; i++)
		lot_forget(&members->slab, &member->lots[i]);
	slab_give(&members->slab, member->lots, lots_size(member->lot_capacity));
	free_more(members, member->more);
}

void
members_free(struct members *members)
{
	if (!members)
		return;
	for (uint32_t i = 0; i < members->count; i++)
		free_member(members, members_at(members, i));
	for (size_t i = 0; i < members->block_count; i++)
		pages_give(members->blocks[i], BLOCK_MEMBERS * sizeof(struct member));
	while (members->key_blocks) {
		char *next;

		memcpy(&next, members->key_blocks, sizeof(next));
		free(members->key_blocks);
		members->key_blocks = next;
	}
	slab_free(&members->slab);
	crowd_free(&members->crowd);
	free(members->blocks);
	pages_give(members->slots, index_size(members->mask));
	free(members);
}

struct slab *
members_slab(struct members *members)
{
	return &members->slab;
}

uint32_t
members_count(const struct members *members)
{
	return members->count;
}

struct member *
members_at(const struct members *members, uint32_t index)
{
	return &members->blocks[index / BLOCK_MEMBERS][index % BLOCK_MEMBERS];
}

uint64_t
members_hash(struct slice key)
{
	return XXH3_64bits(key.data, key.size);
}

/* The slot of the key, or the free one where it belongs; NULL: neither is near. */
static struct index_slot *
find_slot(const struct members *members, struct slice key, uint32_t hash)
{
	uint32_t at = hash & members->mask;
	int alike = 0;

	for (int i = 0; i < CROWD_PLACES; i++, at = (at + 1) & members->mask) {
		struct index_slot *slot = &members->slots[at];

		if (!slot->number)
			return slot;
		if (slot->hash != hash)
			continue;
		if (slice_equal(members_at(members, slot->number - 1)->key, key))
			return slot;
		if (++alike == CROWD_ALIKE)
			break;
	}
	return NULL;
}

static int
compare_keys(const void *context, const void *wanted, uintptr_t number)
{
	const struct members *members = context;
	const struct slice *key = wanted;

	return slice_compare(*key, members_at(members, (uint32_t)number - 1)->key);
}

static struct member *
find_crowded(const struct members *members, struct slice key, uint64_t hash)
{
	const struct crowd_name name = { hash, compare_keys, members, &key };
	uintptr_t number;

	if (!members->crowd.count || !crowd_find(&members->crowd, &name, &number))
		return NULL;
	return members_at(members, (uint32_t)number - 1);
}

struct member *
members_find(const struct members *members, struct slice key)
{
	uint64_t hash = members_hash(key);
	struct index_slot *slot = find_slot(members, key, (uint32_t)hash);

	if (slot && slot->number)
		return members_at(members, slot->number - 1);
	return find_crowded(members, key, hash);
}

void
members_prefetch_place(const struct members *members, uint64_t hash)
{
	prefetch(&members->slots[(uint32_t)hash & members->mask]);
}

struct member *
members_of_hash(const struct members *members, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & members->mask;

	for (int i = 0; i < CROWD_PLACES; i++, at = (at + 1) & members->mask) {
		const struct index_slot *slot = &members->slots[at];

		if (!slot->number)
			return NULL;
		if (slot->hash == (uint32_t)hash)
			return members_at(members, slot->number - 1);
	}
	return NULL;
}

void
member_prefetch(const struct member *member)
{
	prefetch_bytes(member, sizeof(*member));
}

static void
prefetch_lots(const struct member *member)
{
	for (uint32_t i = 0; i < member->lot_count && i < LOTS_FETCHED; i++)
		prefetch(member->lots + i);
}

/* Where the next lot comes, with the end of the one before it; behind them the tags. */
static void
prefetch_next_lot(const struct member *member)
{
	const char *next = (const char *)(member->lots + member->lot_count);

	prefetch(next - 1);
	prefetch(next + sizeof(struct lot) - 1);
	prefetch(member->lots + member->lot_capacity);
	/* What is full is gone through, and copied to a larger place. */
	if (member->lot_count == member->lot_capacity)
		prefetch_lots(member);
}

void
member_prefetch_due(const struct member *member)
{
	prefetch(member->tallies);
	prefetch(member->standings);
	prefetch_lots(member);
}

void
member_prefetch_state(const struct member *member)
{
	prefetch(member->past);
	prefetch_bytes(member->tallies, 2 * CACHE_LINE);
	prefetch_bytes(member->standings, 2 * CACHE_LINE);
	prefetch_bytes(member->more, 2 * CACHE_LINE);
	if (member->lots)
		prefetch_next_lot(member);
}

static bool
add_crowded(struct members *members, const struct slice *key, uint32_t number)
{
	const struct crowd_name name = { members_hash(*key), compare_keys, members, key };

	return crowd_add(&members->crowd, &name, number);
}

/* Puts what the larger index has no place for near its own into the crowd. */
static bool
place_again(struct members *members, const struct index_slot *slot)
{
	uint32_t at = slot->hash & members->mask;

	for (int i = 0; i < CROWD_PLACES; i++, at = (at + 1) & members->mask) {
		if (members->slots[at].number)
			continue;
		members->slots[at] = *slot;
		return true;
	}
	return add_crowded(members, &members_at(members, slot->number - 1)->key, slot->number);
}

static bool
grow_index(struct members *members)
{
	uint32_t old_mask = members->mask;
	struct index_slot *old = members->slots;
	struct index_slot *slots = pages_take(index_size(old_mask * 2 + 1));
	bool placed = true;

	if (!slots)
		return false;
	members->mask = old_mask * 2 + 1;
	members->slots = slots;
	for (uint32_t i = 0; i <= old_mask && placed; i++)
		if (old[i].number)
			placed = place_again(members, &old[i]);
	pages_give(old, index_size(old_mask));
	return placed;
}

/* Copies a key to where it stays. */
static const char *
keep_key(struct members *members, struct slice key)
{
	char *kept;

	if (members->keys_left < key.size || !members->keys) {
		size_t room = key.size > KEY_BLOCK ? key.size : KEY_BLOCK;
		char *block = malloc(sizeof(char *) + room);

		if (!block)
			return NULL;
		memcpy(block, &members->key_blocks, sizeof(char *));
		members->key_blocks = block;
		members->keys = block + sizeof(char *);
		members->keys_left = room;
	}
	kept = members->keys;
	memcpy(kept, key.data, key.size);
	members->keys += key.size;
	members->keys_left -= key.size;
	return kept;
}

static bool
grow_blocks(struct members *members)
{
	struct member **blocks =
		realloc(members->blocks, (members->block_count + 1) * sizeof(struct member *));

	if (!blocks)
		return false;
	members->blocks = blocks;
	blocks[members->block_count] = pages_take(BLOCK_MEMBERS * sizeof(struct member));
	if (!blocks[members->block_count])
		return false;
	members->block_count++;
	return true;
}

struct member *
members_add(struct members *members, struct slice key, instant at)
{
	uint64_t whole = members_hash(key);
	uint32_t hash = (uint32_t)whole;
	struct index_slot *slot = find_slot(members, key, hash);
	struct member *member = slot && slot->number ? members_at(members, slot->number - 1)
						     : find_crowded(members, key, whole);
	const char *kept;

	if (member)
		return member;
	if (members->count > members->mask / 4 * 3) {
		if (!grow_index(members))
			return NULL;
		slot = find_slot(members, key, hash);
	}
	if (members->count == members->block_count * BLOCK_MEMBERS && !grow_blocks(members))
		return NULL;
	member = members_at(members, members->count);
	if (key.size <= MEMBER_KEY_SHORT)
		kept = memcpy(member->short_key, key.data, key.size);
	else
		kept = keep_key(members, key);
	if (!kept)
		return NULL;
	member->key = (struct slice){ kept, key.size };
	if (slot)
		*slot = (struct index_slot){ hash, members->count + 1 };
	else if (!add_crowded(members, &key, members->count + 1))
		return NULL;
	member->plain_key = json_plain(key);
	member->index = members->count++;
	member->seen = at;
	member->clock = at;
	member->enrolled = INSTANT_NEVER;
	member->done = (struct schedule_key){ at, SLOT_RECORD };
	member->due = INSTANT_NEVER;
	member->sweep = INSTANT_NEVER;
	member->heap_due = INSTANT_NEVER;
	return member;
}

/* Its holds, and a term for each need of the ladder's levels. */
static size_t
standing_size(const struct ladder *ladder)
{
	size_t counts = ladder->counts_at_reach ? 2 : 1;

	return sizeof(struct standing) + (size_t)ladder->level_count * sizeof(struct hold) +
	       counts * (size_t)ladder->need_count * sizeof(int64_t);
}

size_t
standings_size(const struct programme *programme)
{
	size_t size = 0;

	for (int i = 0; i < programme->ladder_count; i++)
		size += standing_size(&programme->ladders[i]);
	return size;
}

struct standing *
member_standing(const struct programme *programme, const struct member *member, int ladder)
{
	char *place = (char *)member->standings;

	if (!place)
		return NULL;
	for (int i = 0; i < ladder; i++)
		place += standing_size(&programme->ladders[i]);
	return (struct standing *)(void *)place;
}

/* One allocation holds the rare part and its arrays of known size. */
struct member_more *
member_more(const struct programme *programme, struct member *member)
{
	size_t clocks = (size_t)programme->clock_count * sizeof(instant);
	size_t attributes = (size_t)programme->attribute_count * sizeof(struct attribute_value);
	struct member_more *more = member->more;
	char *room;

	if (more)
		return more;
	more = calloc(1, sizeof(*more) + 2 * clocks + attributes);
	if (!more)
		return NULL;
	room = (char *)(more + 1);
	more->clocks = (instant *)(void *)room;
	more->lived = (instant *)(void *)(room + clocks);
	more->attributes = (struct attribute_value *)(void *)(room + 2 * clocks);
	for (int i = 0; i < programme->clock_count; i++)
		more->clocks[i] = more->lived[i] = INSTANT_ALWAYS;
	member->more = more;
	return more;
}

struct merged *
member_merged(const struct programme *programme, struct member *member)
{
	struct member_more *more = member_more(programme, member);

	if (more && !more->merged)
		more->merged = calloc(1, sizeof(*more->merged));
	return more ? more->merged : NULL;
}

int
member_level(const struct programme *programme, const struct member *member, int ladder)
{
	const struct standing *standing = member_standing(programme, member, ladder);

	return standing ? standing->level : 0;
}

instant
member_clock(const struct member *member, int clock)
{
	return member->more ? member->more->clocks[clock] : INSTANT_ALWAYS;
}

instant
member_lived(const struct member *member, int clock)
{
	const struct member_more *more = member->more;
	instant latest = member_clock(member, clock);

	return more && more->lived && more->lived[clock] > latest ? more->lived[clock] : latest;
}

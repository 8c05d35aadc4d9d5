/*
 * schedule.c - due dates.
 */
#include "schedule.h"

#include <stdlib.h>

#include "lots.h"
#include "periods.h"
#include "tier.h"
#include "voucher_index.h"

/* ---- the heap of bounds ------------------------------------------------- */

struct due_entry {
	instant at;
	uint32_t member;
};

/* An entry is stale where the member has another heap_due by now. */
struct due_heap {
	struct due_entry *entries;
	size_t count, capacity;
};

struct due_heap *
due_heap_new(void)
{
	return calloc(1, sizeof(struct due_heap));
}

void
due_heap_free(struct due_heap *heap)
{
	if (heap)
		free(heap->entries);
	free(heap);
}

static bool
heap_push(struct due_heap *heap, instant at, uint32_t member)
{
	size_t place = heap->count;

	if (heap->count == heap->capacity) {
		size_t capacity = heap->capacity ? heap->capacity * 2 : 1024;
		struct due_entry *entries = realloc(heap->entries, capacity * sizeof(*entries));

		if (!entries)
			return false;
		heap->entries = entries;
		heap->capacity = capacity;
	}
	heap->count++;
	while (place > 0 && heap->entries[(place - 1) / 2].at > at) {
		heap->entries[place] = heap->entries[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	heap->entries[place] = (struct due_entry){ at, member };
	return true;
}

static struct due_entry
heap_pop(struct due_heap *heap)
{
	struct due_entry top = heap->entries[0];
	struct due_entry last = heap->entries[--heap->count];
	size_t place = 0;

	for (;;) {
		size_t child = place * 2 + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count &&
			heap->entries[child + 1].at < heap->entries[child].at)
			child++;
		if (heap->entries[child].at >= last.at)
			break;
		heap->entries[place] = heap->entries[child];
		place = child;
	}
	heap->entries[place] = last;
	return top;
}

void
schedule_wake(struct engine *engine, struct member *member)
{
	instant bound = member->due < member->sweep ? member->due : member->sweep;

	if (bound >= member->heap_due)
		return;
	member->heap_due = bound;
	if (!heap_push(engine->heap, bound, member->index))
		engine_memory(engine);
}

void
schedule_at(struct engine *engine, struct member *member, instant at)
{
	if (at >= member->due)
		return;
	member->due = at;
	schedule_wake(engine, member);
}

void
schedule_lot_end(struct engine *engine, struct member *member, instant end)
{
	if (engine->programme->policy.sweep == SWEEP_AT_ONCE) {
		schedule_at(engine, member, end);
	} else if (end < member->sweep) {
		member->sweep = end;
		schedule_wake(engine, member);
	}
}

/* A bit a member, so that those who are due stand in the order of their first appearance. */
struct due_bits {
	uint64_t *words;
	size_t count;
	uint32_t members; /* whose bit is set */
};

/* Takes those whose bound has come off the heap. */
static void
mark_due(struct engine *engine, instant at, struct due_bits *bits)
{
	struct due_heap *heap = engine->heap;

	while (heap->count && heap->entries[0].at <= at) {
		struct due_entry entry = heap_pop(heap);
		struct member *member = members_at(engine->members, entry.member);

		if (member->heap_due != entry.at)
			continue;
		member->heap_due = INSTANT_NEVER;
		if (member->due > at && member->sweep > at) {
			schedule_wake(engine, member);
			continue;
		}
		bits->words[entry.member / 64] |= UINT64_C(1) << entry.member % 64;
		bits->members++;
	}
}

static void
list_due(const struct engine *engine, const struct due_bits *bits, struct member **due)
{
	for (size_t i = 0; i < bits->count; i++)
		for (uint64_t word = bits->words[i]; word; word &= word - 1)
			*due++ = members_at(engine->members,
				(uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(word));
}

struct member **
schedule_due(struct engine *engine, instant at, uint32_t *count)
{
	struct due_bits bits = { .count = members_count(engine->members) / 64 + 1 };
	struct member **due = NULL;

	*count = 0;
	if (engine->heap->count == 0 || engine->heap->entries[0].at > at)
		return NULL;
	bits.words = calloc(bits.count, sizeof(*bits.words));
	if (bits.words) {
		mark_due(engine, at, &bits);
		due = malloc((size_t)(bits.members + 1) * sizeof(struct member *));
	}
	if (due) {
		list_due(engine, &bits, due);
		*count = bits.members;
	} else {
		engine_memory(engine);
	}
	free(bits.words);
	return due;
}

/* ---- what is due -------------------------------------------------------- */

/* The search for the next key, and for the bound. */
struct search {
	struct engine *engine;
	struct member *member;
	struct schedule_key next;
	instant bound;
	instant sweep; /* of lots that wait for a tick */
};

static void
consider(struct search *search, instant at, uint32_t slot)
{
	struct schedule_key key = { at, slot };

	if (at < search->bound)
		search->bound = at;
	if (schedule_before(search->member->done, key) && schedule_before(key, search->next))
		search->next = key;
}

/* Under on-tick sweeping the end of a lot is the first tick at or after it. */
static void
consider_sweep(struct search *search)
{
	const struct engine *engine = search->engine;
	struct schedule_key key = { engine->tick_at, SLOT_EXPIRE };

	if (engine->tick_at != INSTANT_ALWAYS && search->sweep <= engine->tick_at &&
		engine->swept < engine->tick_at && search->member->done.at <= engine->tick_at &&
		schedule_before(key, search->next))
		search->next = key;
}

static void
consider_usable(struct search *search, const struct lot *lot)
{
	struct schedule_key usable = { lot_usable(lot), SLOT_USABLE };

	if (usable.at != INSTANT_ALWAYS && usable.at != INSTANT_NEVER &&
		schedule_before(search->member->done, usable))
		consider(search, usable.at, SLOT_USABLE);
}

static void
consider_lots(struct search *search)
{
	struct member *member = search->member;
	bool at_once = search->engine->programme->policy.sweep == SWEEP_AT_ONCE;

	for (uint32_t i = 0; i < member->lot_count; i++) {
		const struct lot *lot = &member->lots[i];
		instant end;

		if (lot->left <= 0 || lot->gone)
			continue;
		end = lot_end(search->engine, member, lot);
		if (at_once && end != INSTANT_NEVER)
			consider(search, end, SLOT_EXPIRE);
		else if (end < search->sweep)
			search->sweep = end;
		if (lot->has_rest)
			consider_usable(search, lot);
	}
	if (!at_once)
		consider_sweep(search);
}

static void
consider_vouchers(struct search *search)
{
	instant end = vouchers_next_end(search->member);

	if (end != INSTANT_NEVER)
		consider(search, end, SLOT_EXPIRE);
}

static void
consider_moments(struct search *search)
{
	const struct programme *programme = search->engine->programme;
	struct member *member = search->member;

	for (int i = 0; i < programme->moment_count; i++) {
		const struct moment *moment = &programme->moments[i];
		uint32_t slot = (uint32_t)i + (moment->closes ? SLOT_CLOSING : SLOT_OPENING);
		struct schedule_key key = { moment_next(programme, member, moment, member->done.at),
			slot };

		if (key.at != INSTANT_NEVER && !schedule_before(member->done, key))
			key.at = moment_next(programme, member, moment, member->done.at + 1);
		if (key.at != INSTANT_NEVER)
			consider(search, key.at, slot);
	}
}

static void
consider_tier(struct search *search)
{
	instant at = tier_next(search->engine, search->member);

	if (at != INSTANT_NEVER)
		consider(search, at, SLOT_TIER);
}

struct schedule_key
schedule_next(struct engine *engine, struct member *member)
{
	struct search search = { engine, member, { INSTANT_NEVER, 0 }, INSTANT_NEVER,
		INSTANT_NEVER };

	if (engine->keeps_lots)
		consider_lots(&search);
	consider_vouchers(&search);
	if (!member->left) {
		consider_moments(&search);
		if (engine->active & ~engine->upstream & DECIDE_TIER)
			consider_tier(&search);
	}
	member->due = search.bound;
	member->sweep = search.sweep;
	schedule_wake(engine, member);
	return search.next;
}

void
schedule_refresh(struct engine *engine, struct member *member)
{
	schedule_next(engine, member);
}

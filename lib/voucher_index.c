/*
 * voucher_index.c - the vouchers of a member, many of them.
 *
 * Those that one search finds are a chain, from the latest to the first. A tree has the latest of
 * each chain, so that names which somebody chose to be alike in their hashes cost no more than
 * others. Ends stand in a heap, which a voucher leaves when it is at the top: closed ones stay
 * until then, and so does one that was closed and is open again.
 */
#define XXH_INLINE_ALL
#include "voucher_index.h"

#include <stdlib.h>
#include <xxhash.h>

#include "crowd.h"
#include "past.h"
#include "periods.h"
#include "reserve.h"
#include "schedule.h"

enum { SCANNED_MAX = 64 };

struct voucher_links {
	uint32_t before[VOUCHER_BYS]; /* place + 1 of the next in its chain; 0: none */
	bool queued;                  /* among the ends or those that are past them */
};

struct voucher_end {
	instant until;
	uint32_t place;
};

struct voucher_index {
	struct crowd chains; /* place * VOUCHER_BYS + by of the latest */
	uint32_t count;      /* vouchers that it knows of */
	uint32_t capacity;   /* of each of the three */
	struct voucher_links *links;
	struct voucher_end *ends; /* a heap, the first on top */
	uint32_t *past;           /* ended by what was done, and open */
	uint32_t end_count, past_count;
};

/* ---- searches ---------------------------------------------------------------------- */

/* What a voucher is found by. false: it is not found in that way. */
static bool
search_of(const struct voucher *voucher, enum voucher_by by, struct voucher_search *search)
{
	const struct voucher_origin *origin = voucher->origin;

	*search = (struct voucher_search){ .by = by };
	switch (by) {
	case BY_ID:
		search->name = (struct slice){ voucher->id, voucher->id_size };
		return true;
	case BY_CAUSE:
		search->name = slice_of(voucher->cause);
		search->key = voucher->cause_key;
		return true;
	case BY_SALE:
		search->key = origin ? origin->key : 0;
		search->number = origin ? origin->sale : 0;
		return origin != NULL;
	default:
		search->key = voucher->used_key;
		search->number = voucher->used_sale - 1;
		return voucher->state == VOUCHER_USED && voucher->used_sale;
	}
}

static int
compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int
compare_searches(const struct voucher_search *a, const struct voucher_search *b)
{
	if (a->by != b->by)
		return compare_numbers(a->by, b->by);
	if (a->key != b->key)
		return compare_numbers(a->key, b->key);
	if (a->number != b->number)
		return compare_numbers(a->number, b->number);
	return slice_compare(a->name, b->name);
}

static bool
is_found(const struct voucher *voucher, const struct voucher_search *search)
{
	struct voucher_search own;

	return search_of(voucher, search->by, &own) && compare_searches(search, &own) == 0;
}

static uint64_t
hash_search(const struct voucher_search *search)
{
	uint64_t seed = (uint64_t)search->key << 32 | search->number;

	return XXH3_64bits_withSeed(
		search->name.data, search->name.size, seed * VOUCHER_BYS + search->by);
}

/* context: the member's vouchers. */
static int
compare_chains(const void *context, const void *wanted, uintptr_t item)
{
	const struct voucher *vouchers = context;
	struct voucher_search own;

	(void)search_of(&vouchers[item / VOUCHER_BYS], (enum voucher_by)(item % VOUCHER_BYS), &own);
	return compare_searches(wanted, &own);
}

static struct crowd_name
chain_name(const struct member_more *more, const struct voucher_search *search)
{
	return (struct crowd_name){ hash_search(search), compare_chains, more->vouchers, search };
}

/* ---- ends -------------------------------------------------------------------------- */

static bool
ends_before(struct voucher_end a, struct voucher_end b)
{
	return a.until != b.until ? a.until < b.until : a.place < b.place;
}

static void
push_end(struct voucher_index *index, const struct voucher *voucher, uint32_t place)
{
	struct voucher_end end = { voucher->until, place };
	uint32_t at = index->end_count;

	if (index->links[place].queued || voucher->state != VOUCHER_OPEN ||
		voucher->until == INSTANT_NEVER)
		return;
	index->links[place].queued = true;
	index->end_count++;
	for (; at > 0 && ends_before(end, index->ends[(at - 1) / 2]); at = (at - 1) / 2)
		index->ends[at] = index->ends[(at - 1) / 2];
	index->ends[at] = end;
}

static void
pop_end(struct voucher_index *index)
{
	struct voucher_end last = index->ends[--index->end_count];
	uint32_t at = 0;
	uint32_t child;

	while ((child = 2 * at + 1) < index->end_count) {
		if (child + 1 < index->end_count &&
			ends_before(index->ends[child + 1], index->ends[child]))
			child++;
		if (!ends_before(index->ends[child], last))
			break;
		index->ends[at] = index->ends[child];
		at = child;
	}
	index->ends[at] = last;
}

/* Takes the first end away; an open voucher is past it then. */
static void
pass_end(struct voucher_index *index, const struct voucher *vouchers)
{
	uint32_t place = index->ends[0].place;

	pop_end(index);
	if (vouchers[place].state == VOUCHER_OPEN)
		index->past[index->past_count++] = place;
	else
		index->links[place].queued = false;
}

/* ---- the index --------------------------------------------------------------------- */

void
voucher_index_free(struct voucher_index *index)
{
	if (!index)
		return;
	crowd_free(&index->chains);
	free(index->links);
	free(index->ends);
	free(index->past);
	free(index);
}

static bool
grow_array(void **array, uint32_t count, size_t size)
{
	void *grown = realloc(*array, count * size);

	if (grown)
		*array = grown;
	return grown != NULL;
}

static bool
has_room(struct voucher_index *index, uint32_t capacity)
{
	if (index->capacity >= capacity)
		return true;
	if (!grow_array((void **)&index->links, capacity, sizeof(*index->links)) ||
		!grow_array((void **)&index->ends, capacity, sizeof(*index->ends)) ||
		!grow_array((void **)&index->past, capacity, sizeof(*index->past)))
		return false;
	index->capacity = capacity;
	return true;
}

/* Puts a voucher at the head of one of its chains. */
static bool
link_by(struct member_more *more, uint32_t place, enum voucher_by by)
{
	struct voucher_index *index = more->voucher_index;
	struct voucher_search search;
	struct crowd_name name;
	uintptr_t latest;

	if (!search_of(&more->vouchers[place], by, &search))
		return true;
	name = chain_name(more, &search);
	if (crowd_find(&index->chains, &name, &latest))
		index->links[place].before[by] = (uint32_t)(latest / VOUCHER_BYS) + 1;
	else
		index->links[place].before[by] = 0;
	return crowd_add(&index->chains, &name, (uintptr_t)place * VOUCHER_BYS + by);
}

static bool
link_voucher(struct member_more *more, uint32_t place)
{
	struct voucher_index *index = more->voucher_index;
	bool linked = true;

	index->links[place] = (struct voucher_links){ .queued = false };
	for (int by = 0; by < VOUCHER_BYS; by++)
		linked = linked && link_by(more, place, (enum voucher_by)by);
	push_end(index, &more->vouchers[place], place);
	return linked;
}

static bool
take_in(struct member_more *more)
{
	struct voucher_index *index = more->voucher_index;

	if (!has_room(index, more->voucher_capacity))
		return false;
	for (; index->count < more->voucher_count; index->count++)
		if (!link_voucher(more, index->count))
			return false;
	return true;
}

static void
drop_index(struct member_more *more)
{
	voucher_index_free(more->voucher_index);
	more->voucher_index = NULL;
}

/* The index, with all vouchers in it. NULL: they are looked through. */
static struct voucher_index *
index_of(struct member_more *more)
{
	if (more->voucher_count <= SCANNED_MAX)
		return NULL;
	if (!more->voucher_index)
		more->voucher_index = calloc(1, sizeof(*more->voucher_index));
	if (more->voucher_index && !take_in(more))
		drop_index(more);
	return more->voucher_index;
}

/* ---- what others see ------------------------------------------------------------------- */

static struct voucher *
next_scanned(
	struct member_more *more, const struct voucher_search *search, const struct voucher *after)
{
	for (uint32_t i = after ? (uint32_t)(after - more->vouchers) : more->voucher_count;
		i-- > 0;)
		if (is_found(&more->vouchers[i], search))
			return &more->vouchers[i];
	return NULL;
}

static struct voucher *
next_there(
	struct member_more *more, const struct voucher_search *search, const struct voucher *after)
{
	struct voucher_index *index = index_of(more);
	struct crowd_name name;
	uintptr_t latest;
	uint32_t before;

	if (!index)
		return next_scanned(more, search, after);
	if (after) {
		before = index->links[after - more->vouchers].before[search->by];
		return before ? &more->vouchers[before - 1] : NULL;
	}
	name = chain_name(more, search);
	return crowd_find(&index->chains, &name, &latest) ? &more->vouchers[latest / VOUCHER_BYS]
							  : NULL;
}

bool
voucher_matters(const struct programme *programme, const struct voucher *voucher, instant now)
{
	return voucher->over == INSTANT_NEVER || sale_is_known(programme, voucher->over, now);
}

struct voucher *
voucher_next(struct engine *engine, struct member *member, const struct voucher_search *search,
	const struct voucher *after)
{
	struct voucher *voucher = member->more ? next_there(member->more, search, after) : NULL;

	while (voucher && !voucher_matters(engine->programme, voucher, search->now))
		voucher = next_there(member->more, search, voucher);
	return voucher;
}

/* Of those that are alike the first one. */
struct voucher *
voucher_find(struct engine *engine, struct member *member, struct slice id, instant now)
{
	const struct voucher_search search = { .by = BY_ID, .name = id, .now = now };
	struct voucher *found = NULL;
	struct voucher *voucher = NULL;

	while ((voucher = voucher_next(engine, member, &search, voucher))) {
		bool open = voucher->state == VOUCHER_OPEN;
		bool found_open = found && found->state == VOUCHER_OPEN;

		if (!found || (open && !found_open) ||
			(open == found_open && (!open || voucher->until <= found->until)))
			found = voucher;
	}
	return found;
}

void
voucher_origin_free(struct slab *slab, struct voucher_origin *origin)
{
	if (origin)
		redemption_free(slab, origin->paid);
	free(origin);
}

void
voucher_forget(struct slab *slab, struct voucher *voucher)
{
	voucher_origin_free(slab, voucher->origin);
	free(voucher->id);
	free(voucher->cause);
	free(voucher->choice);
}

/* The index knows places, which change. */
void
vouchers_drop(struct engine *engine, struct member_more *more, instant now)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < more->voucher_count; i++)
		if (voucher_matters(engine->programme, &more->vouchers[i], now))
			more->vouchers[kept++] = more->vouchers[i];
		else
			voucher_forget(members_slab(engine->members), &more->vouchers[i]);
	if (kept < more->voucher_count)
		drop_index(more);
	more->voucher_count = kept;
}

/* Where dropping makes little room there is soon none again. */
static bool
make_room(struct engine *engine, struct member_more *more, instant now)
{
	uint32_t spare = more->voucher_capacity / 4;

	if (more->voucher_count < more->voucher_capacity)
		return true;
	if (engine->programme->policy.has_returns_within)
		vouchers_drop(engine, more, now);
	return more->voucher_count + spare < more->voucher_capacity ||
	       reserve_few((void **)&more->vouchers, more->voucher_capacity,
		       &more->voucher_capacity, sizeof(*more->vouchers));
}

struct voucher *
voucher_add(struct engine *engine, struct member_more *more, instant now)
{
	if (!make_room(engine, more, now))
		return NULL;
	more->vouchers[more->voucher_count] = (struct voucher){ .over = INSTANT_NEVER };
	return &more->vouchers[more->voucher_count++];
}

/*
 * A sale is cancelled once, and then all of its vouchers are open again: one that another sale uses
 * may leave the first one's chain.
 */
void
voucher_use(struct member *member, struct voucher *voucher, const struct member *key, uint32_t sale)
{
	struct member_more *more = member->more;
	struct voucher_index *index = index_of(more);

	voucher->state = VOUCHER_USED;
	voucher->used_key = key->index;
	voucher->used_sale = sale + 1;
	if (index && !link_by(more, (uint32_t)(voucher - more->vouchers), BY_USE))
		drop_index(more);
}

void
voucher_reopen(struct member *member, struct voucher *voucher)
{
	struct voucher_index *index = index_of(member->more);

	voucher->state = VOUCHER_OPEN;
	voucher->over = INSTANT_NEVER;
	if (index)
		push_end(index, voucher, (uint32_t)(voucher - member->more->vouchers));
}

static bool
is_to_come(const struct member *member, const struct voucher *voucher)
{
	return voucher->state == VOUCHER_OPEN && voucher->until != INSTANT_NEVER &&
	       schedule_before(member->done, (struct schedule_key){ voucher->until, SLOT_EXPIRE });
}

instant
vouchers_next_end(struct member *member)
{
	struct member_more *more = member->more;
	struct voucher_index *index = more ? index_of(more) : NULL;
	instant end = INSTANT_NEVER;

	if (index) {
		while (index->end_count &&
			!is_to_come(member, &more->vouchers[index->ends[0].place]))
			pass_end(index, more->vouchers);
		return index->end_count ? index->ends[0].until : INSTANT_NEVER;
	}
	for (uint32_t i = 0; more && i < more->voucher_count; i++)
		if (is_to_come(member, &more->vouchers[i]) && more->vouchers[i].until < end)
			end = more->vouchers[i].until;
	return end;
}

static bool
has_ended(const struct voucher *voucher, instant at)
{
	return voucher->state == VOUCHER_OPEN && voucher->until <= at;
}

static uint32_t
count_ended(const struct member_more *more, instant at)
{
	uint32_t count = 0;

	for (uint32_t i = 0; more && i < more->voucher_count; i++)
		count += has_ended(&more->vouchers[i], at);
	return count;
}

/* Takes those that have ended off the heap; how many are past their ends, at most. */
static uint32_t
pass_ended(struct voucher_index *index, const struct voucher *vouchers, instant at)
{
	uint32_t kept = 0;

	while (index->end_count && index->ends[0].until <= at)
		pass_end(index, vouchers);
	for (uint32_t i = 0; i < index->past_count; i++) {
		uint32_t place = index->past[i];

		if (vouchers[place].state == VOUCHER_OPEN)
			index->past[kept++] = place;
		else
			index->links[place].queued = false;
	}
	index->past_count = kept;
	return kept;
}

static int
compare_places(const void *left, const void *right)
{
	return compare_numbers(*(const uint32_t *)left, *(const uint32_t *)right);
}

const uint32_t *
vouchers_ended(struct engine *engine, struct member *member, instant at, uint32_t *count)
{
	struct member_more *more = member->more;
	struct voucher_index *index = more ? index_of(more) : NULL;
	uint32_t most = index ? pass_ended(index, more->vouchers, at) : count_ended(more, at);
	uint32_t *places;

	*count = 0;
	if (!most)
		return NULL;
	places = scratch_take(&engine->scratch, most * sizeof(*places));
	if (!places) {
		engine_memory(engine);
		return NULL;
	}
	for (uint32_t i = 0; i < (index ? most : more->voucher_count); i++) {
		uint32_t place = index ? index->past[i] : i;

		if (has_ended(&more->vouchers[place], at))
			places[(*count)++] = place;
	}
	if (index)
		qsort(places, *count, sizeof(*places), compare_places);
	return places;
}

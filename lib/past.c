/*
 * past.c - the facts that are remembered.
 *
 * Each member has a log of its own, one fact after the other in one piece of memory: the
 * few that a member has in the time that matters are found by looking through them,
 * and cost little more than the member itself. A log with many has an index beside it.
 */
#define XXH_INLINE_ALL
#include "past.h"

#include <stdlib.h>
#include <xxhash.h>

#include "periods.h"
#include "recall.h"
#include "sales.h"

enum { LOG_FIRST = 208, LOG_ALIGN = 8, SCANNED_MAX = 48 };

/* Places of a log's facts by hash: offset + 1, 0 free; open addressing. */
struct past_index {
	uint32_t mask;
	uint32_t places[];
};

struct past_log {
	uint32_t used, capacity; /* bytes */
	uint32_t count;
	uint32_t next_number;
	struct past_index *index; /* NULL while there are few */
	_Alignas(LOG_ALIGN) char bytes[];
};

struct past {
	const struct programme *programme;
	struct members *members;
	struct slab slab; /* sales and what they gave */
};

struct past *
past_new(const struct programme *programme, struct members *members)
{
	struct past *past = calloc(1, sizeof(*past));

	if (!past)
		return NULL;
	past->programme = programme;
	past->members = members;
	return past;
}

struct slab *
past_slab(struct past *past)
{
	return &past->slab;
}

static struct past_fact *
fact_at(const struct past_log *log, uint32_t offset)
{
	return (struct past_fact *)(void *)((char *)(uintptr_t)log->bytes + offset);
}

struct slice
past_id(const struct past_fact *fact)
{
	return (struct slice){ (const char *)&fact->gives[fact->give_room], fact->id_size };
}

/* ---- freeing --------------------------------------------------------------- */

static void
free_sale(struct past *past, struct sale *sale)
{
	struct given_posting *posting = sale ? sale->first : NULL;

	while (posting) {
		struct given_posting *next = posting->next;

		slab_give(&past->slab, posting, given_posting_size(posting));
		posting = next;
	}
	if (!sale)
		return;
	if (sale->back)
		recall_free(sale->back->recall);
	free(sale->back);
	slab_give(&past->slab, sale, sale_size(sale->has_items ? sale->line_count : 0));
}

/* What hangs on a fact beside itself. */
static void
free_story(struct past *past, struct past_fact *fact)
{
	switch ((enum record_type)fact->type) {
	case FACT_PURCHASE:
		free_sale(past, fact->sale);
		break;
	case FACT_REDEEM:
		if (fact->redemption) {
			free(fact->redemption->names);
			free(fact->redemption->rooms);
		}
		free(fact->redemption);
		break;
	case FACT_RETURN:
		free(fact->returned);
		break;
	default:
		break;
	}
}

static void
free_log(struct past *past, struct past_log *log)
{
	if (!log)
		return;
	for (uint32_t at = 0; at < log->used; at += fact_at(log, at)->size)
		free_story(past, fact_at(log, at));
	free(log->index);
	slab_give(&past->slab, log, sizeof(*log) + log->capacity);
}

void
past_free(struct past *past, struct member *ticks)
{
	if (!past)
		return;
	for (uint32_t i = 0; i < members_count(past->members); i++) {
		free_log(past, members_at(past->members, i)->past);
		members_at(past->members, i)->past = NULL;
	}
	if (ticks)
		free_log(past, ticks->past);
	slab_free(&past->slab);
	free(past);
}

/* ---- what still matters -------------------------------------------------------- */

/* Whether then + duration is not after now; the calendar is asked only near the edge. */
static bool
has_passed(const struct past *past, struct duration duration, instant then, instant now)
{
	int64_t least = ((int64_t)duration.months * 28 + duration.days - 2) * DAY_MICROS;
	int64_t most = ((int64_t)duration.months * 31 + duration.days + 2) * DAY_MICROS;

	if (now - then < least)
		return false;
	if (now - then > most + duration.micros)
		return true;
	return within_end(past->programme, duration, then) <= now;
}

/*
 * A fact can be repeated for the programme's window; a sale can be returned, and is known
 * for that window longer, so that who comes too late is told so.
 */
static bool
matters(const struct past *past, const struct past_fact *fact, instant now)
{
	const struct policy *policy = &past->programme->policy;
	struct duration within = policy->returns_within;

	if (fact->forgotten)
		return false;
	if (rolling_holds(past->programme, policy->repeats, fact->at, now))
		return true;
	if (fact->type == FACT_REDEEM)
		return !fact->by_line;
	if ((fact->type != FACT_PURCHASE && fact->type != FACT_RETURN) || fact->by_line)
		return false;
	if (!policy->has_returns_within)
		return true;
	if (fact->type == FACT_RETURN)
		return false;
	within.months += policy->repeats.months;
	within.days += policy->repeats.days;
	within.micros += policy->repeats.micros;
	return !has_passed(past, within, fact->at, now);
}

/* ---- finding -------------------------------------------------------------------- */

static uint32_t
hash_id(struct slice id)
{
	return (uint32_t)XXH3_64bits(id.data, id.size);
}

static bool
is_called(const struct past_fact *fact, uint32_t hash, struct slice id, bool by_line)
{
	return fact->hash == hash && fact->by_line == by_line && !fact->forgotten &&
	       slice_equal(past_id(fact), id);
}

static struct past_fact *
find_indexed(const struct past_log *log, uint32_t hash, struct slice id, bool by_line)
{
	const struct past_index *index = log->index;

	for (uint32_t i = hash & index->mask; index->places[i]; i = (i + 1) & index->mask) {
		struct past_fact *fact = fact_at(log, index->places[i] - 1);

		if (is_called(fact, hash, id, by_line))
			return fact;
	}
	return NULL;
}

static struct past_fact *
find_in(const struct past_log *log, uint32_t hash, struct slice id, bool by_line)
{
	if (log->index)
		return find_indexed(log, hash, id, by_line);
	for (uint32_t at = 0; at < log->used; at += fact_at(log, at)->size)
		if (is_called(fact_at(log, at), hash, id, by_line))
			return fact_at(log, at);
	return NULL;
}

static struct past_fact *
find(const struct past *past, const struct member *member, struct slice id, bool by_line)
{
	struct past_fact *fact = NULL;

	if (member->past)
		fact = find_in(member->past, hash_id(id), id, by_line);
	return fact && matters(past, fact, member->clock) ? fact : NULL;
}

struct past_fact *
past_find(const struct past *past, const struct member *member, struct slice id)
{
	return find(past, member, id, false);
}

struct past_fact *
past_find_line(const struct past *past, const struct member *member, struct slice line)
{
	XXH128_hash_t hash = XXH3_128bits(line.data, line.size);

	return find(past, member, (struct slice){ (const char *)&hash, sizeof(hash) }, true);
}

struct past_fact *
past_by_number(const struct member *member, uint32_t number)
{
	const struct past_log *log = member->past;

	for (uint32_t at = 0; log && at < log->used; at += fact_at(log, at)->size)
		if (fact_at(log, at)->number == number)
			return fact_at(log, at)->forgotten ? NULL : fact_at(log, at);
	return NULL;
}

/* ---- making room ------------------------------------------------------------------ */

static void
index_fact(struct past_index *index, const struct past_fact *fact, uint32_t offset)
{
	uint32_t i = fact->hash & index->mask;

	while (index->places[i])
		i = (i + 1) & index->mask;
	index->places[i] = offset + 1;
}

/* An index with room for as many facts as the log may hold before it is made anew. */
static bool
make_index(struct past_log *log)
{
	uint32_t facts = log->capacity / sizeof(struct past_fact) + 1;
	uint32_t size = 64;
	struct past_index *index;

	free(log->index);
	log->index = NULL;
	if (log->count <= SCANNED_MAX)
		return true;
	while (size < facts * 2)
		size *= 2;
	index = calloc(1, sizeof(*index) + size * sizeof(uint32_t));
	if (!index)
		return false;
	index->mask = size - 1;
	for (uint32_t at = 0; at < log->used; at += fact_at(log, at)->size)
		index_fact(index, fact_at(log, at), at);
	log->index = index;
	return true;
}

/* Closes the log up over what no longer matters. */
static void
drop_old(struct past *past, struct past_log *log, instant now)
{
	uint32_t kept = 0;
	uint32_t size;

	log->count = 0;
	for (uint32_t at = 0; at < log->used; at += size) {
		struct past_fact *fact = fact_at(log, at);

		size = fact->size;
		if (!matters(past, fact, now)) {
			free_story(past, fact);
			continue;
		}
		memmove(log->bytes + kept, fact, size);
		kept += size;
		log->count++;
	}
	log->used = kept;
}

static struct past_log *
make_room(struct past *past, struct member *member, uint32_t size, instant now)
{
	struct past_log *log = member->past;
	uint32_t capacity;

	if (log && log->capacity - log->used >= size)
		return log;
	if (log)
		drop_old(past, log, now);
	capacity = log ? log->capacity : LOG_FIRST;
	/* Room for as much again as half of what is there, so that closing up stays rare. */
	if (!log || log->used + log->used / 2 + size > capacity)
		while (capacity < (log ? log->used + log->used / 2 : 0) + size)
			capacity += capacity / 2;
	capacity = (capacity + LOG_ALIGN - 1) & ~(uint32_t)(LOG_ALIGN - 1);
	if (!log || capacity != log->capacity) {
		struct past_log *larger = slab_grow(&past->slab, log,
			log ? sizeof(*log) + log->capacity : 0, sizeof(*log) + capacity);

		if (!larger)
			return NULL;
		if (!log)
			memset(larger, 0, sizeof(*larger));
		larger->capacity = capacity;
		member->past = log = larger;
	}
	return make_index(log) ? log : NULL;
}

/* ---- adding -------------------------------------------------------------------------- */

static void
write_fact(struct past_fact *fact, struct slice id, int give_room)
{
	memset(fact, 0, sizeof(*fact));
	fact->hash = hash_id(id);
	fact->id_size = (uint16_t)id.size;
	fact->give_room = (uint8_t)give_room;
	memcpy(&fact->gives[give_room], id.data, id.size);
}

struct past_fact *
past_add(struct past *past, struct member *member, struct slice id, struct slice line,
	enum record_type type, instant at, int give_room)
{
	bool by_line = id.size == 0;
	XXH128_hash_t hash;
	struct past_log *log;
	struct past_fact *fact;
	size_t size;

	if (by_line) {
		hash = XXH3_128bits(line.data, line.size);
		id = (struct slice){ (const char *)&hash, sizeof(hash) };
	}
	size = sizeof(*fact) + (size_t)give_room * sizeof(struct plain_give) + id.size;
	size = (size + LOG_ALIGN - 1) & ~(size_t)(LOG_ALIGN - 1);
	log = make_room(past, member, (uint32_t)size, at);
	if (!log)
		return NULL;
	fact = fact_at(log, log->used);
	write_fact(fact, id, give_room);
	fact->size = (uint32_t)size;
	fact->number = log->next_number++;
	fact->line_hash = XXH3_64bits(line.data, line.size);
	fact->at = at;
	fact->type = (uint8_t)type;
	fact->by_line = by_line;
	if (log->index)
		index_fact(log->index, fact, log->used);
	log->used += (uint32_t)size;
	log->count++;
	return fact;
}

bool
past_same_line(const struct past_fact *fact, struct slice line)
{
	return fact->line_hash == XXH3_64bits(line.data, line.size);
}

instant
past_date(const struct past_fact *fact)
{
	if (fact->type == FACT_RETURN && fact->returned)
		return fact->returned->date;
	if (fact->type == FACT_PURCHASE && fact->sale)
		return fact->sale->date;
	return fact->at;
}

void
past_forget(struct past_fact *fact)
{
	fact->forgotten = true;
}

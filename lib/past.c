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
#include <string.h>
#include <xxhash.h>

#include "crowd.h"
#include "lots.h"
#include "periods.h"
#include "prefetch.h"
#include "recall.h"
#include "sales.h"

enum { LOG_ALIGN = 8, SCANNED_MAX = 48, CLOSED_UP_OFTEN = 4, TOO_MUCH = 16 };

/* Places of a log's facts by hash: offset + 1, 0 free; open addressing, with a crowd. */
struct past_index {
	struct crowd crowd; /* offsets of facts */
	uint32_t mask;
	uint32_t places[];
};

struct past_log {
	uint32_t used, capacity;  /* bytes */
	struct past_index *index; /* NULL while there are few */
	_Alignas(LOG_ALIGN) char bytes[];
};

/* How long a fact surely matters, and how long it may: most are not near the edge. */
struct term {
	int64_t least, most;
};

enum { NAMED, BY_LINE, NAMINGS };

struct past {
	const struct programme *programme;
	struct members *members;
	bool keeps_history;
	struct term terms[RECORD_TYPES][NAMINGS]; /* nobody can refer to a fact without id */
};

static bool
goes_back(enum record_type type)
{
	return type == FACT_PURCHASE || type == FACT_REDEEM;
}

static bool
is_kept_for_ever(const struct policy *policy, enum record_type type)
{
	return (goes_back(type) || type == FACT_RETURN) && !policy->has_returns_within;
}

/* How long a fact that may go back is known. */
static struct duration
known_for(const struct policy *policy, enum record_type type)
{
	return type == FACT_REDEEM ? redemption_known(policy) : sale_known(policy);
}

static struct term
term_of(struct duration duration)
{
	return (struct term){ duration_least(duration), duration_most(duration) };
}

/* How long a fact with an id is known. */
static struct term
named_term(const struct policy *policy, enum record_type type)
{
	if (is_kept_for_ever(policy, type))
		return (struct term){ INT64_MAX, INT64_MAX };
	return term_of(goes_back(type) ? known_for(policy, type) : policy->repeats);
}

struct past *
past_new(const struct programme *programme, struct members *members)
{
	struct past *past = calloc(1, sizeof(*past));

	if (!past)
		return NULL;
	past->programme = programme;
	past->members = members;
	for (int i = 0; i < RECORD_TYPES; i++) {
		past->terms[i][NAMED] = named_term(&programme->policy, (enum record_type)i);
		past->terms[i][BY_LINE] = term_of(programme->policy.repeats);
	}
	for (int i = 0; i < programme->counter_count; i++)
		past->keeps_history =
			past->keeps_history || programme->counters[i].kind == COUNTER_HISTORY;
	return past;
}

/* Logs, sales and what they gave stand beside what else members have. */
static struct slab *
past_slab(const struct past *past)
{
	return members_slab(past->members);
}

static struct past_fact *
fact_at(const struct past_log *log, uint32_t offset)
{
	return (struct past_fact *)(void *)((char *)(uintptr_t)log->bytes + offset);
}

struct slice
past_id(const struct past_fact *fact)
{
	const char *gives_end = (const char *)&fact->gives[fact->give_room];

	return (struct slice){ gives_end + (fact->has_history ? sizeof(uint64_t) : 0),
		fact->id_size };
}

uint64_t
past_history(const struct past_fact *fact)
{
	uint64_t counted = 0;

	if (fact->has_history)
		memcpy(&counted, &fact->gives[fact->give_room], sizeof(counted));
	return counted;
}

void
past_count_history(struct past_fact *fact, uint64_t counted)
{
	counted |= past_history(fact);
	if (fact->has_history)
		memcpy(&fact->gives[fact->give_room], &counted, sizeof(counted));
}

/* ---- freeing --------------------------------------------------------------- */

static void
free_sale(struct past *past, struct sale *sale)
{
	struct given_posting *posting = sale ? sale->first : NULL;

	while (posting) {
		struct given_posting *next = posting->next;

		slab_give(past_slab(past), posting, given_posting_size(posting));
		posting = next;
	}
	if (!sale)
		return;
	if (sale->back)
		recall_free(sale->back->recall);
	free(sale->back);
	slab_give(past_slab(past), sale, sale_size(sale->has_items ? sale->line_count : 0));
}

void
redemption_free(struct slab *slab, struct redemption *redemption)
{
	if (!redemption)
		return;
	for (uint32_t i = 0; i < redemption->taken_count + redemption->given_count; i++)
		lot_forget(slab, &redemption->taken[i]);
	free(redemption->rooms);
	free(redemption->back);
	slab_give(slab, redemption, redemption_size(redemption->taken_room));
}

/* What hangs on a fact beside itself. */
static void
free_story(struct past *past, struct past_fact *fact)
{
	switch ((enum record_type)fact->type) {
	case FACT_PURCHASE:
		free_sale(past, past_open_sale(fact));
		break;
	case FACT_REDEEM:
		redemption_free(past_slab(past), fact->redemption);
		break;
	case FACT_RETURN:
		free(fact->returned);
		break;
	default:
		break;
	}
}

static void
free_index(struct past_log *log)
{
	if (!log->index)
		return;
	crowd_free(&log->index->crowd);
	free(log->index);
	log->index = NULL;
}

static void
free_log(struct past *past, struct past_log *log)
{
	if (!log)
		return;
	for (uint32_t at = 0; at < log->used; at += fact_at(log, at)->size)
		free_story(past, fact_at(log, at));
	free_index(log);
	slab_give(past_slab(past), log, sizeof(*log) + log->capacity);
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
	free(past);
}

/* ---- what still matters -------------------------------------------------------- */

/* A fact can be repeated for the programme's window, and some are referred to for longer. */
static bool
matters_still(const struct past *past, const struct past_fact *fact, instant now)
{
	const struct policy *policy = &past->programme->policy;

	if (rolling_holds(past->programme, policy->repeats, fact->at, now))
		return true;
	if (fact->by_line)
		return false;
	if (is_kept_for_ever(policy, fact->type))
		return true;
	return goes_back(fact->type) &&
	       !within_passed(past->programme, known_for(policy, fact->type), fact->at, now);
}

static bool
matters(const struct past *past, const struct past_fact *fact, instant now)
{
	const struct term *term = &past->terms[fact->type][fact->by_line ? BY_LINE : NAMED];
	int64_t age = now - fact->at;

	if (fact->forgotten)
		return false;
	return age < term->least || (age <= term->most && matters_still(past, fact, now));
}

/* ---- finding -------------------------------------------------------------------- */

static uint64_t
hash_id(struct slice id)
{
	return XXH3_64bits(id.data, id.size);
}

/* Ids of a log differ at their ends. */
static bool
is_called(const struct past_fact *fact, struct slice id, bool by_line)
{
	const char *own = past_id(fact).data;

	return fact->id_size == id.size && fact->by_line == by_line && !fact->forgotten &&
	       own[id.size - 1] == id.data[id.size - 1] && bytes_equal(own, id.data, id.size);
}

/* What a fact is looked for by. */
struct name {
	struct slice id;
	bool by_line;
};

static int
compare_names(const void *context, const void *wanted, uintptr_t offset)
{
	const struct past_fact *fact = fact_at(context, (uint32_t)offset);
	const struct name *name = wanted;

	if (name->by_line != fact->by_line)
		return name->by_line ? 1 : -1;
	return slice_compare(name->id, past_id(fact));
}

static struct past_fact *
find_crowded(const struct past_log *log, struct slice id, bool by_line, uint64_t hash)
{
	const struct name wanted = { id, by_line };
	const struct crowd_name name = { hash, compare_names, log, &wanted };
	struct past_fact *fact;
	uintptr_t offset;

	if (!log->index->crowd.count || !crowd_find(&log->index->crowd, &name, &offset))
		return NULL;
	fact = fact_at(log, (uint32_t)offset);
	return fact->forgotten ? NULL : fact;
}

static struct past_fact *
find_indexed(const struct past_log *log, struct slice id, bool by_line)
{
	const struct past_index *index = log->index;
	uint64_t hash = hash_id(id);
	uint32_t at = (uint32_t)hash & index->mask;

	for (int i = 0; i < CROWD_PLACES_HALF && index->places[at]; i++) {
		struct past_fact *fact = fact_at(log, index->places[at] - 1);

		if (is_called(fact, id, by_line))
			return fact;
		at = (at + 1) & index->mask;
	}
	return find_crowded(log, id, by_line, hash);
}

/* Names of one member's facts mostly count up: most that are not there are known by their end. */
static uint32_t
ending_of(struct slice id)
{
	const unsigned char *end = (const unsigned char *)id.data + id.size;
	unsigned last = id.size > 0 ? end[-1] : 0;
	unsigned before = id.size > 1 ? end[-2] : 0;

	return UINT32_C(1) << ((last + 10 * before) & 31);
}

static struct past_fact *
find_in(const struct past_log *log, struct slice id, bool by_line)
{
	if (log->index)
		return find_indexed(log, id, by_line);
	for (uint32_t at = 0; at < log->used; at += fact_at(log, at)->size)
		if (is_called(fact_at(log, at), id, by_line))
			return fact_at(log, at);
	return NULL;
}

/* The time of who the member is now. */
static instant
clock_of(const struct member *member)
{
	while (member->more && member->more->merged && member->more->merged->into)
		member = member->more->merged->into;
	return member->clock;
}

static struct past_fact *
find(const struct past *past, const struct member *member, struct slice id, bool by_line)
{
	struct past_fact *fact = NULL;

	if (member->past_endings & ending_of(id))
		fact = find_in(member->past, id, by_line);
	/* One that matters no more may not have been dropped yet, and stands before a later one. */
	while (fact && !matters(past, fact, clock_of(member))) {
		past_forget(fact);
		fact = find_in(member->past, id, by_line);
	}
	return fact;
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

struct past_fact *
past_next(const struct member *member, const struct past_fact *fact)
{
	const struct past_log *log = member->past;
	uint32_t at = fact ? (uint32_t)((const char *)fact - log->bytes) + fact->size : 0;

	while (log && at < log->used && fact_at(log, at)->forgotten)
		at += fact_at(log, at)->size;
	return log && at < log->used ? fact_at(log, at) : NULL;
}

void
past_prefetch(const struct member *member)
{
	enum { FETCHED = 1024 };
	const struct past_log *log = member->past;
	size_t size = log ? log->used + sizeof(struct past_fact) : 0;

	prefetch_bytes(log, size < FETCHED ? size : FETCHED);
}

/* ---- making room ------------------------------------------------------------------ */

static bool
index_fact(struct past_log *log, uint32_t offset)
{
	const struct past_fact *fact = fact_at(log, offset);
	const struct name wanted = { past_id(fact), fact->by_line };
	const struct crowd_name name = { hash_id(wanted.id), compare_names, log, &wanted };
	struct past_index *index = log->index;
	uint32_t at = (uint32_t)name.hash & index->mask;

	for (int i = 0; i < CROWD_PLACES_HALF; i++, at = (at + 1) & index->mask) {
		if (index->places[at])
			continue;
		index->places[at] = offset + 1;
		return true;
	}
	return crowd_add(&index->crowd, &name, offset);
}

/* An index with room for as many facts as the log may hold before it is made anew. */
static bool
make_index(struct member *member)
{
	struct past_log *log = member->past;
	uint32_t facts = log->capacity / sizeof(struct past_fact) + 1;
	uint32_t size = 64;
	struct past_index *index;

	free_index(log);
	if (member->facts_kept <= SCANNED_MAX)
		return true;
	while (size < facts * 2)
		size *= 2;
	index = calloc(1, sizeof(*index) + size * sizeof(uint32_t));
	if (!index)
		return false;
	index->mask = size - 1;
	log->index = index;
	for (uint32_t at = 0; at < log->used; at += fact_at(log, at)->size)
		if (!index_fact(log, at))
			return false;
	return true;
}

/* Where the first fact is that no longer matters; the end of the log: nowhere. */
static uint32_t
first_old(const struct past *past, const struct past_log *log, instant now)
{
	uint32_t at = 0;

	while (at < log->used && matters(past, fact_at(log, at), now))
		at += fact_at(log, at)->size;
	return at;
}

static void
gather_endings(struct member *member)
{
	const struct past_log *log = member->past;

	member->past_endings = 0;
	for (uint32_t at = 0; at < log->used; at += fact_at(log, at)->size)
		member->past_endings |= ending_of(past_id(fact_at(log, at)));
}

/* Closes the log up over what no longer matters. */
static void
drop_old(struct past *past, struct member *member, instant now)
{
	struct past_log *log = member->past;
	uint32_t kept = first_old(past, log, now);
	uint32_t size;

	if (kept == log->used)
		return;
	for (uint32_t at = kept; at < log->used; at += size) {
		struct past_fact *fact = fact_at(log, at);

		size = fact->size;
		if (matters(past, fact, now)) {
			memmove(log->bytes + kept, fact, size);
			kept += size;
		} else {
			free_story(past, fact);
			member->facts_kept--;
		}
	}
	log->used = kept;
	gather_endings(member);
}

/*
 * Bytes for a log that was closed up, with `size` more. Where there are many facts some more
 * than is needed, so that closing up stays rare.
 */
static uint32_t
fitting_capacity(const struct member *member, uint32_t size)
{
	const struct past_log *log = member->past;
	uint32_t used = log ? log->used : 0;
	uint32_t needed = used + size + (member->facts_kept > CLOSED_UP_OFTEN ? used / 4 : 0);
	uint32_t step = SLAB_PIECE_STEP;

	return (uint32_t)((sizeof(*log) + needed + step - 1) / step * step - sizeof(*log));
}

/* Whether a log that was just closed up would soon be full again. */
static bool
is_crowded(const struct member *member, uint32_t size)
{
	uint32_t left = member->past->capacity - member->past->used;

	return left < size ||
	       (member->facts_kept > CLOSED_UP_OFTEN && left < member->past->capacity / 8);
}

/* A log is as large as it was when most happened, unless it gives some of that back. */
static bool
fits(const struct member *member, uint32_t size, uint32_t capacity)
{
	return !is_crowded(member, size) && member->past->capacity <= capacity + TOO_MUCH;
}

static struct past_log *
make_room(struct past *past, struct member *member, uint32_t size, instant now)
{
	struct past_log *log = member->past;
	uint32_t capacity;

	if (log && log->capacity - log->used >= size)
		return log;
	if (log)
		drop_old(past, member, now);
	capacity = fitting_capacity(member, size);
	if (log && fits(member, size, capacity))
		return make_index(member) ? log : NULL;
	log = slab_grow(past_slab(past), log, log ? sizeof(*log) + log->capacity : 0,
		sizeof(*log) + capacity);
	if (!log)
		return NULL;
	if (!member->past)
		memset(log, 0, sizeof(*log));
	log->capacity = capacity;
	member->past = log;
	return make_index(member) ? log : NULL;
}

/* ---- adding -------------------------------------------------------------------------- */

static struct past_fact *
add_fact(struct past *past, struct member *member, struct slice id, bool by_line,
	enum record_type type, instant at, int give_room)
{
	size_t size = offsetof(struct past_fact, gives) +
		      (size_t)give_room * sizeof(struct plain_give) +
		      (past->keeps_history ? sizeof(uint64_t) : 0) + id.size;
	struct past_log *log;
	struct past_fact *fact;
	char *rest;

	size = (size + LOG_ALIGN - 1) & ~(size_t)(LOG_ALIGN - 1);
	log = make_room(past, member, (uint32_t)size, at);
	if (!log)
		return NULL;
	fact = fact_at(log, log->used);
	*fact = (struct past_fact){
		.at = at,
		.number = member->facts_had++,
		.size = (uint16_t)size,
		.id_size = (uint16_t)id.size,
		.type = (uint8_t)type,
		.give_room = (uint8_t)give_room,
		.by_line = by_line,
		.has_history = past->keeps_history,
	};
	rest = (char *)&fact->gives[give_room];
	if (past->keeps_history) {
		memset(rest, 0, sizeof(uint64_t));
		rest += sizeof(uint64_t);
	}
	bytes_copy(rest, id.data, id.size);
	if (log->index && !index_fact(log, log->used))
		return NULL;
	log->used += (uint32_t)size;
	member->facts_kept++;
	member->past_endings |= ending_of(id);
	return fact;
}

struct past_fact *
past_add(struct past *past, struct member *member, struct slice id, struct slice line,
	enum record_type type, instant at, int give_room)
{
	bool by_line = id.size == 0;
	struct past_fact *fact;
	XXH128_hash_t hash;

	if (by_line) {
		hash = XXH3_128bits(line.data, line.size);
		id = (struct slice){ (const char *)&hash, sizeof(hash) };
	}
	fact = add_fact(past, member, id, by_line, type, at, give_room);
	if (fact)
		fact->line_hash = XXH3_64bits(line.data, line.size);
	return fact;
}

/* ---- remembered before ---------------------------------------------------------------- */

struct past_fact *
past_put(struct past *past, struct member *member, struct slice id, bool by_line,
	enum record_type type, instant at, int give_room)
{
	return add_fact(past, member, id, by_line, type, at, give_room);
}

bool
past_matters(const struct past *past, const struct member *member, const struct past_fact *fact)
{
	return matters(past, fact, clock_of(member));
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
	if (fact->open)
		return fact->sale->date;
	return fact->at;
}

void
past_forget(struct past_fact *fact)
{
	fact->forgotten = true;
}

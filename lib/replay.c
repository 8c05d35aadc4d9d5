/*
 * replay.c - what upstream decided: its postings are the next lines of the input.
 */
#define XXH_INLINE_ALL
#include "replay.h"

#include <stdlib.h>
#include <xxhash.h>

#include "crowd.h"
#include "reserve.h"
#include "schedule.h"
#include "source.h"

/* Reasons that only loyalty-earn gives, for a whole fact. */
static const char *const EARN_REASONS[] = { "unknown-purchase", "already-returned",
	"already-cancelled", "late-return", "late-claim", "claim-limit", "left", "unknown-fact",
	"self-transfer", "not-allowed", "receiver-left", "self-merge" };

/* Whether a posting that stands next in the input is of the cause. */
static bool
is_of(struct engine *engine, const struct cause *cause)
{
	const struct record *record;
	const struct value *member, *of;
	struct loyalty_error error;

	if (!engine->source || source_peek(engine->source, &error) != LOYALTY_OK ||
		!is_posting(source_type(engine->source)))
		return false;
	record = source_record(engine->source);
	member = record_value(record, FIELD_BY);
	if (member->kind == VALUE_ABSENT)
		member = record_value(record, FIELD_MEMBER);
	of = record_value(record, FIELD_OF);
	return slice_equal(value_decoded(of, &engine->scratch), cause->id) &&
	       slice_equal(value_decoded(member, &engine->scratch), cause->key->key);
}

/* Copies the line that stands next and carries its posting out. */
static void
replay_line(struct engine *engine, const struct cause *cause)
{
	struct posting *posting = scratch_take(&engine->scratch, sizeof(*posting));
	struct slice line = source_line(engine->source);
	const struct record *record = source_record(engine->source);
	enum record_type type = source_type(engine->source);

	if (!posting) {
		engine_memory(engine);
		return;
	}
	/* The posting outlives its line: it may be the cause of a further group. */
	engine->status = posting_read(engine->programme, record, type, engine->members,
		&engine->scratch, posting, engine->error);
	if (engine->status == LOYALTY_OK && !slice_equal(posting->at_text, cause->at_text))
		engine_fail(
			engine, LOYALTY_CORRUPT, "at", "not the time of what caused the posting");
	if (engine->status != LOYALTY_OK)
		return;
	posting->id = scratch_copy(&engine->scratch, posting->id);
	posting->rule = scratch_copy(&engine->scratch, posting->rule);
	posting->at_text = cause->at_text;
	writer_put(engine->out, line);
	if (source_crlf(engine->source))
		writer_put_char(engine->out, '\r');
	writer_line_end(engine->out);
	engine_copy_posting(engine, cause, posting);
	source_take(engine->source);
}

void
replay_postings(struct engine *engine, struct cause *cause, unsigned decider)
{
	while (engine->status == LOYALTY_OK && is_of(engine, cause) &&
		(deciders_of(source_type(engine->source)) & decider) != 0) {
		/* A voucher is refused by itself; anything else with the whole fact. */
		if (source_type(engine->source) == POSTING_REFUSED && cause->fact &&
			cause->fact->type != FACT_PURCHASE)
			cause->refused = true;
		replay_line(engine, cause);
	}
}

bool
replay_refuses_fact(enum record_type fact, struct slice rule, struct slice why)
{
	if (!slice_equal(rule, slice_of(record_type_name(fact))))
		return false;
	for (size_t i = 0; i < sizeof(EARN_REASONS) / sizeof(EARN_REASONS[0]); i++)
		if (slice_equal(slice_of(EARN_REASONS[i]), why))
			return true;
	return false;
}

bool
replay_refusal(struct engine *engine, const struct cause *cause)
{
	const struct record *record;

	if (!is_of(engine, cause) || source_type(engine->source) != POSTING_REFUSED)
		return false;
	record = source_record(engine->source);
	if (!replay_refuses_fact(cause->fact->type, record_value(record, FIELD_RULE)->text,
		    record_value(record, FIELD_WHY)->text))
		return false;
	replay_line(engine, cause);
	return true;
}

struct member *
replay_member(struct engine *engine)
{
	struct loyalty_error error;
	const struct value *key;

	if (!engine->source || source_peek(engine->source, &error) != LOYALTY_OK ||
		!is_posting(source_type(engine->source)))
		return NULL;
	key = record_value(source_record(engine->source), FIELD_BY);
	if (key->kind == VALUE_ABSENT)
		key = record_value(source_record(engine->source), FIELD_MEMBER);
	return members_find(engine->members, value_decoded(key, &engine->scratch));
}

void
replay_tier_due(struct engine *engine, struct member *member, struct schedule_key *key)
{
	struct loyalty_error error;
	struct schedule_key look = { 0, SLOT_TIER };
	const struct record *record;
	const struct value *of;

	if (!engine->source || source_peek(engine->source, &error) != LOYALTY_OK ||
		source_type(engine->source) != POSTING_TIER_CHANGED)
		return;
	record = source_record(engine->source);
	of = record_value(record, FIELD_OF);
	if (of->text.size < 5 || memcmp(of->text.data, "tier@", 5) != 0 ||
		!slice_equal(value_decoded(record_value(record, FIELD_MEMBER), &engine->scratch),
			member->key) ||
		instant_parse(engine->programme->zone, record_value(record, FIELD_AT)->text,
			&look.at, NULL) != TIME_OK)
		return;
	if (schedule_before(member->done, look) && schedule_before(look, *key))
		*key = look;
}

/* ---- ids of facts without id ---------------------------------------------------- */

/* How often each of many ids was given: of a tree, so that any names will do. */
struct name_counts {
	struct crowd crowd; /* of their places in items */
	struct name_count {
		uint32_t offset; /* of the id's first in the text */
		int count;
	} * items;
	uint32_t count, capacity;
};

/* What facts without id have given at one instant: two of them may have one name. */
struct posting_names {
	instant at;
	struct name_counts *counts; /* NULL while there are few */
	size_t used, size;
	char text[]; /* NUL-terminated ids */
};

enum { NAMES_SIZE = 256, NAMES_SCANNED_MAX = 2048 };

static void
free_counts(struct name_counts *counts)
{
	if (!counts)
		return;
	crowd_free(&counts->crowd);
	free(counts->items);
	free(counts);
}

void
posting_names_free(struct posting_names *names)
{
	if (names)
		free_counts(names->counts);
	free(names);
}

static struct posting_names *
start_names(struct member_more *more, instant at)
{
	struct posting_names *names = malloc(sizeof(*names) + NAMES_SIZE);

	if (!names)
		return NULL;
	*names = (struct posting_names){ .at = at, .size = NAMES_SIZE };
	posting_names_free(more->names_now);
	more->names_now = names;
	return names;
}

static struct posting_names *
make_room(struct member_more *more, size_t size)
{
	struct posting_names *names = more->names_now;
	struct posting_names *larger;

	if (names->size - names->used > size)
		return names;
	larger = realloc(names, sizeof(*names) + names->size * 2 + size);
	if (!larger)
		return NULL;
	larger->size = larger->size * 2 + size;
	more->names_now = larger;
	return larger;
}

static int
compare_names(const void *context, const void *wanted, uintptr_t item)
{
	const struct posting_names *names = context;
	const struct slice *id = wanted;

	return slice_compare(*id, slice_of(names->text + names->counts->items[item].offset));
}

/* Counts the id that stands at an offset of the text. 0: out of memory. */
static int
count_name(struct posting_names *names, size_t offset)
{
	struct name_counts *counts = names->counts;
	const struct slice id = slice_of(names->text + offset);
	const struct crowd_name name = { XXH3_64bits(id.data, id.size), compare_names, names, &id };
	uintptr_t item;

	if (crowd_find(&counts->crowd, &name, &item))
		return ++counts->items[item].count;
	if (!reserve_few((void **)&counts->items, counts->count, &counts->capacity,
		    sizeof(*counts->items)))
		return 0;
	counts->items[counts->count] = (struct name_count){ (uint32_t)offset, 1 };
	return crowd_add(&counts->crowd, &name, counts->count++) ? 1 : 0;
}

/* How often the last id stands in the text, which has grown too long to look through. */
static int
count_last(struct posting_names *names, size_t last)
{
	size_t at = last;
	int count = 1;

	if (!names->counts) {
		names->counts = calloc(1, sizeof(*names->counts));
		at = 0;
	}
	for (; names->counts && count && at <= last; at += strlen(names->text + at) + 1)
		count = count_name(names, at);
	return names->counts ? count : 0;
}

/* The same of a text that is looked through. */
static int
scan_last(const struct posting_names *names, size_t last)
{
	int count = 0;

	for (size_t at = 0; at <= last; at += strlen(names->text + at) + 1)
		count += strcmp(names->text + at, names->text + last) == 0;
	return count;
}

int
replay_count_id(struct engine *engine, struct member *member, instant at, struct slice id)
{
	struct member_more *more = member_more(engine->programme, member);
	struct posting_names *names = more ? more->names_now : NULL;
	int count = 0;
	size_t last;

	if (more && (!names || names->at != at))
		names = start_names(more, at);
	if (names)
		names = make_room(more, id.size + 1);
	if (names) {
		last = names->used;
		memcpy(names->text + last, id.data, id.size);
		names->text[last + id.size] = '\0';
		names->used += id.size + 1;
		count = names->used > NAMES_SCANNED_MAX ? count_last(names, last)
							: scan_last(names, last);
	}
	if (!count)
		engine_memory(engine);
	return count ? count : 1;
}

bool
replay_next_id(const struct member *member, struct slice *id)
{
	const struct posting_names *names = member->more ? member->more->names_now : NULL;
	const char *next = id->size ? id->data + id->size + 1 : names ? names->text : NULL;

	if (!names || names->at < member->clock || next == names->text + names->used)
		return false;
	*id = slice_of(next);
	return true;
}

void
replay_move_names(struct engine *engine, const struct member *from, struct member *to, instant at)
{
	const struct posting_names *names = from->more->names_now;
	size_t size;

	for (size_t i = 0; names && names->at == at && i < names->used; i += size + 1) {
		size = strlen(names->text + i);
		/* Those of its own are another's than those of the same text in `to`. */
		if (memchr(names->text + i, '\n', size))
			(void)replay_count_id(
				engine, to, at, (struct slice){ names->text + i, size });
	}
}

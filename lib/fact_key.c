/*
 * fact_key.c - a line's time, name and members, for sorting.
 */
#include "fact_key.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "record.h"
#include "slice.h"

struct fact_keys {
	const struct zone *zone;
	struct shape *shape;
	struct record *record;
	int type, at, member, id;
	bool tells_members;
	int to, into, referrer;
	char *buffer; /* for decoding escapes */
	size_t size;
};

/* false: out of memory. */
static bool
make_shape(struct fact_keys *keys)
{
	keys->shape = shape_new();
	if (!keys->shape)
		return false;
	keys->type = shape_column(keys->shape, TABLE_RECORD, SLICE("type"));
	keys->at = shape_column(keys->shape, TABLE_RECORD, SLICE("at"));
	keys->member = shape_column(keys->shape, TABLE_RECORD, SLICE("member"));
	keys->id = shape_column(keys->shape, TABLE_RECORD, SLICE("id"));
	if (keys->type < 0 || keys->at < 0 || keys->member < 0 || keys->id < 0)
		return false;
	keys->record = record_new(keys->shape);
	return keys->record != NULL;
}

bool
fact_keys_tell_members(struct fact_keys *keys)
{
	keys->to = shape_column(keys->shape, TABLE_RECORD, SLICE("to"));
	keys->into = shape_column(keys->shape, TABLE_RECORD, SLICE("into"));
	keys->referrer = shape_column(keys->shape, TABLE_RECORD, SLICE("referrer"));
	record_free(keys->record);
	keys->record = record_new(keys->shape);
	keys->tells_members = true;
	return keys->to >= 0 && keys->into >= 0 && keys->referrer >= 0 && keys->record;
}

struct fact_keys *
fact_keys_new(const struct zone *zone)
{
	struct fact_keys *keys = calloc(1, sizeof(*keys));

	if (!keys)
		return NULL;
	keys->zone = zone;
	if (make_shape(keys))
		return keys;
	fact_keys_free(keys);
	return NULL;
}

void
fact_keys_free(struct fact_keys *keys)
{
	if (!keys)
		return;
	record_free(keys->record);
	shape_free(keys->shape);
	free(keys->buffer);
	free(keys);
}

/* Has size bytes in the buffer. */
static enum loyalty_status
grow_buffer(struct fact_keys *keys, size_t size, struct loyalty_error *error)
{
	char *grown;

	if (size <= keys->size)
		return LOYALTY_OK;
	grown = realloc(keys->buffer, size);
	if (!grown)
		return fail_memory(error);
	keys->buffer = grown;
	keys->size = size;
	return LOYALTY_OK;
}

/* What a type is, as text in the buffer. */
static bool
is_type(struct slice type, const char *name)
{
	return slice_equal(type, slice_of(name));
}

/* The column of the member whom a fact of a type names beside its own; -1: none. */
static int
tying_column(const struct fact_keys *keys, struct slice type)
{
	if (is_type(type, "transfer"))
		return keys->to;
	if (is_type(type, "merge"))
		return keys->into;
	return is_type(type, "enrol") || is_type(type, "profile") ? keys->referrer : -1;
}

static enum loyalty_status
read_member(struct fact_keys *keys, int column, uint64_t *member, struct loyalty_error *error)
{
	const struct value *value = record_value(keys->record, column);
	struct slice text;

	*member = 0;
	if (value->kind != VALUE_STRING)
		return LOYALTY_OK;
	if (grow_buffer(keys, value->text.size, error) != LOYALTY_OK)
		return error->code;
	text = value_string(value, keys->buffer);
	*member = XXH3_64bits(text.data, text.size);
	if (*member == 0 || *member == UINT64_MAX)
		*member = 1;
	return LOYALTY_OK;
}

static enum loyalty_status
read_members(struct fact_keys *keys, struct fact_key *key, struct loyalty_error *error)
{
	const struct value *value = record_value(keys->record, keys->type);
	int column = -1;

	key->everybody = false;
	key->tied = 0;
	if (value->kind == VALUE_STRING) {
		struct slice type;

		if (grow_buffer(keys, value->text.size, error) != LOYALTY_OK)
			return error->code;
		type = value_string(value, keys->buffer);
		key->everybody = is_type(type, "tick");
		column = tying_column(keys, type);
	}
	if (column >= 0 && read_member(keys, column, &key->tied, error) != LOYALTY_OK)
		return error->code;
	return read_member(keys, keys->member, &key->member, error);
}

static enum loyalty_status
check_type(struct fact_keys *keys, struct loyalty_error *error)
{
	static const char *const ledger[] = { "begin", "end", "snapshot_begin", "snapshot_end",
		"opening" };
	const struct value *type = record_value(keys->record, keys->type);
	struct slice text;

	if (type->kind != VALUE_STRING)
		return LOYALTY_OK;
	if (grow_buffer(keys, type->text.size, error) != LOYALTY_OK)
		return error->code;
	text = value_string(type, keys->buffer);
	for (size_t i = 0; i < sizeof(ledger) / sizeof(ledger[0]); i++) {
		if (slice_equal(text, slice_of(ledger[i])))
			return fail(error, LOYALTY_CORRUPT,
				"'%s' belongs to a ledger: only facts are sorted", ledger[i]);
	}
	return LOYALTY_OK;
}

/* Whether a time says how far from UTC it is: "...Z", "...-05:00" behind a date. */
static bool
has_offset(struct slice text)
{
	enum { DATE_SIZE = 10, OFFSET_SIZE = 6 };
	const char *end = text.data + text.size;

	if (text.size > DATE_SIZE && (end[-1] == 'Z' || end[-1] == 'z'))
		return true;
	return text.size > DATE_SIZE + OFFSET_SIZE && end[-3] == ':' &&
	       (end[-OFFSET_SIZE] == '+' || end[-OFFSET_SIZE] == '-');
}

static enum loyalty_status
read_time(struct fact_keys *keys, instant *at, struct loyalty_error *error)
{
	const struct value *value = record_value(keys->record, keys->at);
	struct slice text;

	if (value->kind == VALUE_ABSENT)
		return fail(error, LOYALTY_BAD, "missing 'at'");
	if (value->kind != VALUE_STRING)
		return fail_at(error, LOYALTY_BAD, "at", "expected a string");
	if (grow_buffer(keys, value->text.size, error) != LOYALTY_OK)
		return error->code;
	text = value_string(value, keys->buffer);
	/* Without a zone only such times can be read. */
	if (!keys->zone && !has_offset(text))
		return fail_at(error, LOYALTY_BAD, "at",
			"expected a date and time with offset, as no zone is given");
	switch (instant_parse(keys->zone, text, at, NULL)) {
	case TIME_OK:
		break;
	case TIME_SYNTAX:
		return fail_at(error, LOYALTY_BAD, "at", "expected a date and time");
	case TIME_IMPOSSIBLE:
		return fail_at(error, LOYALTY_BAD, "at", "no such date or time");
	case TIME_SKIPPED:
		return fail_at(error, LOYALTY_BAD, "at", "the clock skips this time");
	}
	return LOYALTY_OK;
}

/* The hash of member, a NUL (which no string here has) and id. */
static enum loyalty_status
read_name(struct fact_keys *keys, struct fact_key *key, struct loyalty_error *error)
{
	const struct value *member = record_value(keys->record, keys->member);
	const struct value *id = record_value(keys->record, keys->id);
	XXH128_hash_t hash;
	struct slice text;
	size_t used = 0;

	key->named = id->kind == VALUE_STRING &&
		     (member->kind == VALUE_STRING || member->kind == VALUE_ABSENT);
	if (!key->named)
		return LOYALTY_OK;
	if (grow_buffer(keys, member->text.size + id->text.size + 1, error) != LOYALTY_OK)
		return error->code;
	if (member->kind == VALUE_STRING) {
		text = value_string(member, keys->buffer);
		memmove(keys->buffer, text.data, text.size);
		used = text.size;
	}
	keys->buffer[used++] = '\0';
	text = value_string(id, keys->buffer + used);
	memmove(keys->buffer + used, text.data, text.size);
	hash = XXH3_128bits(keys->buffer, used + text.size);
	key->high = hash.high64;
	key->low = hash.low64;
	return LOYALTY_OK;
}

enum loyalty_status
fact_keys_read(struct fact_keys *keys, struct slice line, struct fact_key *key,
	struct loyalty_error *error)
{
	enum loyalty_status status = record_parse(keys->shape, line, keys->record, error);

	if (status != LOYALTY_OK)
		return status;
	if (check_type(keys, error) != LOYALTY_OK)
		return error->code;
	if (read_time(keys, &key->at, error) != LOYALTY_OK) {
		const struct value *at = record_value(keys->record, keys->at);

		if (at->kind != VALUE_ABSENT)
			error->column = record_column(keys->record, at);
		return error->code;
	}
	if (keys->tells_members && read_members(keys, key, error) != LOYALTY_OK)
		return error->code;
	return read_name(keys, key, error);
}

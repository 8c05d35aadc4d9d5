/*
 * source.c - lines with one line of lookahead.
 */
#include "source.h"

#include <stdlib.h>
#include <string.h>

/* The longest type that we know, with every letter escaped. */
enum { TYPE_BYTES_MAX = 6 * 16 };

/* A parsed line; of a ledger it is a copy, so that it outlives the reading of the next. */
struct slot {
	struct record *record;
	char *copy;
	size_t capacity;
};

struct source {
	const struct programme *programme;
	source_open *open;
	void *context;
	struct lines *lines;
	struct slot current, kept;
	enum record_type type;
	struct slice line;
	bool copies;                /* the input is a ledger: lines are copied */
	bool standing;              /* the current line has not been taken */
	enum loyalty_status status; /* of the current line */
	struct loyalty_error error;
	uint64_t counts[RECORD_TYPES]; /* of what was taken */
};

struct source *
source_new(const struct programme *programme, source_open *open, void *context)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->programme = programme;
	source->open = open;
	source->context = context;
	source->current.record = record_new(programme->shape);
	source->kept.record = record_new(programme->shape);
	if (!source->current.record || !source->kept.record) {
		source_free(source);
		return NULL;
	}
	return source;
}

void
source_free(struct source *source)
{
	if (!source)
		return;
	record_free(source->current.record);
	record_free(source->kept.record);
	free(source->current.copy);
	free(source->kept.copy);
	free(source);
}

/* The next line of this input, or of the next one. */
static enum loyalty_status
next_line(struct source *source, struct loyalty_error *error)
{
	for (;;) {
		enum loyalty_status status = LOYALTY_END;

		if (source->lines)
			status = lines_next(source->lines, &source->line, error);
		if (status != LOYALTY_END)
			return status;
		status = source->open(source->context, &source->lines, error);
		if (status != LOYALTY_OK)
			return status;
	}
}

static enum loyalty_status
copy_line(struct source *source, struct loyalty_error *error)
{
	struct slot *slot = &source->current;

	if (slot->capacity < source->line.size) {
		size_t capacity = source->line.size * 2;
		char *copy = realloc(slot->copy, capacity);

		if (!copy)
			return fail_memory(error);
		slot->copy = copy;
		slot->capacity = capacity;
	}
	memcpy(slot->copy, source->line.data, source->line.size);
	source->line.data = slot->copy;
	return LOYALTY_OK;
}

static enum loyalty_status
parse_type(struct source *source, struct loyalty_error *error)
{
	const struct value *type = record_value(source->current.record, FIELD_TYPE);

	if (type->kind == VALUE_ABSENT)
		return fail_at(error, LOYALTY_BAD, "type", "missing");
	if (type->kind != VALUE_STRING) {
		fail_at(error, LOYALTY_BAD, "type", "expected a string");
		error->column = record_column(source->current.record, type);
		return LOYALTY_BAD;
	}
	if (!type->escaped) {
		source->type = record_type_of(type->text);
	} else if (type->text.size <= TYPE_BYTES_MAX) {
		char name[TYPE_BYTES_MAX];

		source->type = record_type_of(value_string(type, name));
	}
	if (source->type == RECORD_BEGIN)
		source->copies = true;
	return LOYALTY_OK;
}

static enum loyalty_status
read_next(struct source *source, struct loyalty_error *error)
{
	enum loyalty_status status = next_line(source, error);

	source->type = RECORD_OTHER;
	if (status == LOYALTY_OK && source->copies)
		status = copy_line(source, error);
	if (status == LOYALTY_OK)
		status = record_parse(
			source->programme->shape, source->line, source->current.record, error);
	if (status == LOYALTY_OK)
		status = parse_type(source, error);
	if (status == LOYALTY_BAD)
		error->line = lines_number(source->lines);
	return status;
}

enum loyalty_status
source_peek(struct source *source, struct loyalty_error *error)
{
	if (!source->standing) {
		source->status = read_next(source, &source->error);
		source->standing = true;
	}
	if (source->status != LOYALTY_OK)
		*error = source->error;
	return source->status;
}

/* The end stays where it is. */
void
source_take(struct source *source)
{
	if (source->status == LOYALTY_END || source->status == LOYALTY_IO || !source->standing)
		return;
	source->standing = false;
	source->counts[source->type]++;
}

const uint64_t *
source_counts(const struct source *source)
{
	return source->counts;
}

void
source_forget_counts(struct source *source)
{
	memset(source->counts, 0, sizeof(source->counts));
}

const struct record *
source_record(const struct source *source)
{
	return source->current.record;
}

enum record_type
source_type(const struct source *source)
{
	return source->type;
}

struct slice
source_line(const struct source *source)
{
	return source->line;
}

bool
source_crlf(const struct source *source)
{
	return lines_crlf(source->lines);
}

unsigned long
source_number(const struct source *source)
{
	return source->lines ? lines_number(source->lines) : 0;
}

const char *
source_name(const struct source *source)
{
	return source->lines ? lines_name(source->lines) : NULL;
}

const struct record *
source_keep(struct source *source)
{
	struct slot slot = source->kept;

	source->kept = source->current;
	source->current = slot;
	return source->kept.record;
}

bool
source_ahead(struct source *source, unsigned long *number, struct slice *line)
{
	return source->lines && lines_ahead(source->lines, number, line);
}

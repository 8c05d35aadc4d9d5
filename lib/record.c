/*
 * record.c - the second step of a record's path: a line of JSON to a record.
 *
 * One pass checks the line and keeps slices of what the shape names. Objects and
 * arrays are read by functions that call each other, to the depth that Jansson
 * allows. A line that differs from an earlier one in its values only is told by
 * layout.h. Of others, names that come in an order of earlier lines are recognised by
 * sequence.h; and of what is left, keys.h tells whether one comes twice.
 */
#include "record.h"

#include <stdlib.h>

#include "keys.h"
#include "layout.h"
#include "scan.h"
#include "sequence.h"
#include "shape.h"

enum { DEPTH_MAX = 2048, ROWS_MIN = 16 };

struct record_scratch {
	struct keys keys;
	struct sequences sequences; /* of objects in which names are wanted */
	struct sequences others;    /* of all other objects, which all begin at root 0 */
	struct layouts layouts;
	struct date_seen date;
	char *decoded; /* keys of the line that have escapes, decoded */
	size_t decoded_size;
	size_t decoded_used;
};

/* One call of record_parse(). */
struct parse {
	struct scan scan;
	const struct shape *shape;
	struct record *record;
	struct record_scratch *scratch;
	uint64_t present; /* marks of what was kept */
	bool memory;      /* it was memory that failed */
};

/* An object that is being read. */
struct object {
	const struct shape_level *level; /* of the names wanted in it, or NULL */
	const struct sequence *sequence; /* of its names so far; NULL: they are in keys */
	struct keys_object keys;
};

static const char *parse_value(struct parse *parse, const char *at, const struct shape_name *name,
	struct value *row, int depth);

struct record *
record_new(const struct shape *shape)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	record->table_count = shape->table_count;
	record->tables = calloc((size_t)shape->table_count, sizeof(*record->tables));
	record->scratch = calloc(1, sizeof(*record->scratch));
	if (!record->tables || !record->scratch || !keys_init(&record->scratch->keys) ||
		!sequences_init(&record->scratch->sequences, shape->level_count) ||
		!sequences_init(&record->scratch->others, 1)) {
		record_free(record);
		return NULL;
	}
	record->date = &record->scratch->date;
	for (int i = 0; i < shape->table_count; i++) {
		struct table_rows *rows = &record->tables[i];
		int capacity = shape->widths[i] * (i == TABLE_RECORD ? 1 : ROWS_MIN);

		/* One more, so that a table without columns has an address, too. */
		rows->values = calloc((size_t)capacity + 1, sizeof(*rows->values));
		if (!rows->values) {
			record_free(record);
			return NULL;
		}
		rows->width = shape->widths[i];
		rows->capacity = capacity;
	}
	record->tables[TABLE_RECORD].count = 1;
	record->tables[TABLE_RECORD].present = true;
	return record;
}

void
record_free(struct record *record)
{
	if (!record)
		return;
	for (int i = 0; record->tables && i < record->table_count; i++)
		free(record->tables[i].values);
	if (record->scratch) {
		keys_free(&record->scratch->keys);
		sequences_free(&record->scratch->sequences);
		sequences_free(&record->scratch->others);
		free(record->scratch->decoded);
	}
	free(record->tables);
	free(record->scratch);
	free(record);
}

unsigned long
record_column(const struct record *record, const struct value *value)
{
	size_t offset;

	if (value->kind == VALUE_ABSENT)
		return 0;
	offset = (size_t)(value->text.data - record->line.data);
	return value->kind == VALUE_STRING ? offset : offset + 1;
}

static const char *
out_of_memory(struct parse *parse)
{
	parse->memory = true;
	return NULL;
}

/* A new row of absent values at the end of a table; NULL: out of memory. */
static struct value *
row_add(struct table_rows *rows)
{
	int used = rows->count * rows->width;
	struct value *row;

	if (rows->capacity - used < rows->width) {
		size_t capacity = 2 * (size_t)rows->capacity;
		struct value *values = realloc(rows->values, (capacity + 1) * sizeof(*values));

		if (!values)
			return NULL;
		rows->values = values;
		rows->capacity = (int)capacity;
	}
	row = rows->values + used;
	memset(row, 0, (size_t)rows->width * sizeof(*row));
	rows->count++;
	return row;
}

/* Decodes a key with escapes into the scratch, where it stays until the next line. */
static struct key
decode_key(struct parse *parse, struct slice text)
{
	struct record_scratch *scratch = parse->scratch;
	size_t line_size = parse->record->line.size;
	char *place;
	size_t size;

	/* All keys of a line together are shorter than the line, so this never moves within one. */
	if (scratch->decoded_size < line_size) {
		char *decoded = realloc(scratch->decoded, line_size);

		if (!decoded) {
			parse->memory = true;
			return (struct key){ 0 };
		}
		scratch->decoded = decoded;
		scratch->decoded_size = line_size;
	}
	place = scratch->decoded + scratch->decoded_used;
	size = scan_unescape(text, place);
	scratch->decoded_used += size;
	return key_of((struct slice){ place, size });
}

/* Reads a key from inside its quotes; returns the closing one. */
static const char *
parse_key(struct parse *parse, const char *at, struct key *key, bool *escaped)
{
	const char *close = scan_string(&parse->scan, at);
	struct slice text;

	if (!close)
		return NULL;
	text = (struct slice){ at, (size_t)(close - at) };
	*escaped = parse->scan.escaped;
	parse->scan.escaped = false;
	*key = *escaped ? decode_key(parse, text) : key_of(text);
	return parse->memory ? NULL : close;
}

/* Goes over to keys for the names of the object, those read so far included. */
static enum keys_result
leave_sequence(struct keys *keys, struct object *object)
{
	const struct sequence *sequence = object->sequence;
	enum keys_result result = KEYS_NEW;

	object->sequence = NULL;
	for (; sequence->parent && result == KEYS_NEW; sequence = sequence->parent)
		result = keys_add(keys, &object->keys, &sequence->key, key_hash(&sequence->key));
	return result;
}

/* Takes a name into the object that has not come in this order before. */
static enum keys_result
add_name(struct parse *parse, struct object *object, const struct key *key, uint64_t hash,
	const struct shape_name *name, bool escaped)
{
	struct keys *keys = &parse->scratch->keys;
	struct sequences *sequences =
		object->level ? &parse->scratch->sequences : &parse->scratch->others;
	const struct sequence *next = NULL;

	if (object->sequence) {
		if (sequence_has(object->sequence, key))
			return KEYS_REPEATED;
		if (!escaped)
			next = sequence_extend(sequences, object->sequence, key, name);
		if (next) {
			object->sequence = next;
			return KEYS_NEW;
		}
		if (leave_sequence(keys, object) == KEYS_MEMORY)
			return KEYS_MEMORY;
	}
	return keys_add(keys, &object->keys, key, hash);
}

/*
 * From the opening quote of a name to the byte after its colon, in full.
 * *name is what is wanted of it.
 */
static const char *
parse_name(
	struct parse *parse, const char *at, struct object *object, const struct shape_name **name)
{
	struct scan *scan = &parse->scan;
	const char *start = at;
	bool escaped = false;
	struct key key;
	uint64_t hash;

	if (at == scan->end || *at != '"')
		return scan_fault(scan, at, "expected a name in quotes");
	at = parse_key(parse, at + 1, &key, &escaped);
	if (!at)
		return NULL;
	hash = key_hash(&key);
	*name = object->level ? level_find(object->level, &key, hash) : NULL;
	switch (add_name(parse, object, &key, hash, *name, escaped)) {
	case KEYS_NEW:
		break;
	case KEYS_REPEATED:
		return scan_fault(scan, start, "name comes twice");
	case KEYS_MEMORY:
		return out_of_memory(parse);
	}
	at = scan_space(at + 1, scan->end);
	if (at == scan->end || *at != ':')
		return scan_fault(scan, at, "expected ':'");
	return at + 1;
}

/* Keeps a value in its column, where the shape names it. */
static inline void
keep(struct parse *parse, const struct shape_name *name, struct value *row, const char *start,
	const char *end, enum value_kind kind, bool escaped)
{
	struct value *value;

	if (!name || name->column == SHAPE_NONE)
		return;
	parse->present |= name->mark;
	value = &row[name->column];
	value->text.data = start;
	value->text.size = (size_t)(end - start);
	value->kind = (uint8_t)kind;
	value->escaped = escaped;
}

/* From the opening quote of a string to the byte after it. */
static inline const char *
parse_string(struct parse *parse, const char *at, const struct shape_name *name, struct value *row)
{
	struct scan *scan = &parse->scan;
	const char *close = scan_string(scan, at + 1);

	if (UNLIKELY(!close))
		return NULL;
	keep(parse, name, row, at + 1, close, VALUE_STRING, scan->escaped);
	if (UNLIKELY(scan->escaped))
		scan->escaped = false;
	return close + 1;
}

/* From inside an object to the byte after its end. */
static const char *
parse_object(struct parse *parse, const char *at, const struct shape_level *level,
	struct value *row, int depth)
{
	struct scan *scan = &parse->scan;
	struct object object = { .level = level, .keys = keys_begin(&parse->scratch->keys) };

	object.sequence = level ? &parse->scratch->sequences.nodes[level - parse->shape->levels]
				: parse->scratch->others.nodes;
	at = scan_space(at, scan->end);
	if (at < scan->end && *at == '}')
		return at + 1;
	if (UNLIKELY(depth == DEPTH_MAX))
		return scan_fault(scan, at, "nested too deep");
	for (;;) {
		const struct sequence *next = NULL;
		const struct shape_name *name = NULL;

		if (object.sequence && LIKELY(at < scan->end && *at == '"'))
			next = sequence_next(object.sequence, at + 1, scan->end);
		if (LIKELY(next)) {
			at += 1 + next->size;
			name = next->name;
			object.sequence = next;
		} else {
			at = parse_name(parse, at, &object, &name);
			if (UNLIKELY(!at))
				return NULL;
		}
		at = scan_space(at, scan->end);
		if (LIKELY(at < scan->end && *at == '"'))
			at = parse_string(parse, at, name, row);
		else
			at = parse_value(parse, at, name, row, depth + 1);
		if (UNLIKELY(!at))
			return NULL;
		at = scan_space(at, scan->end);
		if (UNLIKELY(at == scan->end || (*at != ',' && *at != '}')))
			return scan_fault(scan, at, "expected ',' or '}'");
		if (*at == '}')
			break;
		at = scan_space(at + 1, scan->end);
	}
	if (UNLIKELY(!keys_end(&parse->scratch->keys, &object.keys)))
		return scan_fault(scan, at, "name comes twice");
	return at + 1;
}

/* One element of an array that is a table. */
static const char *
parse_row(struct parse *parse, const char *at, int table, int depth)
{
	const struct shape *shape = parse->shape;
	struct table_rows *rows = &parse->record->tables[table];
	struct value *row = row_add(rows);

	if (!row)
		return out_of_memory(parse);
	if (at < parse->scan.end && *at == '{')
		return parse_object(parse, at + 1, &shape->levels[shape->roots[table]], row, depth);
	rows->mixed = true;
	return parse_value(parse, at, NULL, NULL, depth);
}

/* From inside an array to the byte after its end. */
static const char *
parse_array(struct parse *parse, const char *at, int table, int depth)
{
	struct scan *scan = &parse->scan;

	if (table != SHAPE_NONE)
		parse->record->tables[table].present = parse->record->tabled = true;
	at = scan_space(at, scan->end);
	if (at < scan->end && *at == ']')
		return at + 1;
	if (UNLIKELY(depth == DEPTH_MAX))
		return scan_fault(scan, at, "nested too deep");
	for (;;) {
		if (table == SHAPE_NONE)
			at = parse_value(parse, at, NULL, NULL, depth + 1);
		else
			at = parse_row(parse, at, table, depth + 1);
		if (UNLIKELY(!at))
			return NULL;
		at = scan_space(at, scan->end);
		if (UNLIKELY(at == scan->end || (*at != ',' && *at != ']')))
			return scan_fault(scan, at, "expected ',' or ']'");
		if (*at == ']')
			return at + 1;
		at = scan_space(at + 1, scan->end);
	}
}

static const char *
parse_word(struct scan *scan, const char *at, struct slice word)
{
	if ((size_t)(scan->end - at) < word.size || memcmp(at, word.data, word.size) != 0)
		return scan_fault(scan, at, "expected a value");
	return at + word.size;
}

/* A value that is neither string nor number, found by its first byte. */
static const char *
parse_other(struct parse *parse, const char *at, const struct shape_name *name, struct value *row,
	int depth, enum value_kind *kind)
{
	const struct shape_level *level = NULL;

	switch (*at) {
	case '{':
		*kind = VALUE_OBJECT;
		if (name && name->level != SHAPE_NONE)
			level = &parse->shape->levels[name->level];
		return parse_object(parse, at + 1, level, row, depth);
	case '[':
		*kind = VALUE_ARRAY;
		return parse_array(parse, at + 1, name ? name->table : SHAPE_NONE, depth);
	case 't':
		*kind = VALUE_TRUE;
		return parse_word(&parse->scan, at, SLICE("true"));
	case 'f':
		*kind = VALUE_FALSE;
		return parse_word(&parse->scan, at, SLICE("false"));
	case 'n':
		*kind = VALUE_NULL;
		return parse_word(&parse->scan, at, SLICE("null"));
	default:
		return scan_fault(&parse->scan, at, "expected a value");
	}
}

/* From the first byte of a value to the byte after it. */
static const char *
parse_value(struct parse *parse, const char *at, const struct shape_name *name, struct value *row,
	int depth)
{
	struct scan *scan = &parse->scan;
	enum value_kind kind = VALUE_NUMBER;
	const char *start = at;

	if (UNLIKELY(at == scan->end))
		return scan_fault(scan, at, "expected a value");
	if (*at == '"')
		return parse_string(parse, at, name, row);
	if (*at == '-' || (*at >= '0' && *at <= '9'))
		at = scan_number(scan, at);
	else
		at = parse_other(parse, at, name, row, depth, &kind);
	if (LIKELY(at))
		keep(parse, name, row, start, at, kind, false);
	return at;
}

static const char *
parse_line(struct parse *parse)
{
	struct scan *scan = &parse->scan;
	const struct shape *shape = parse->shape;
	const char *at = scan_space(scan->start, scan->end);

	if (at == scan->end || *at != '{')
		return scan_fault(scan, at, "not a JSON object");
	at = parse_object(parse, at + 1, &shape->levels[shape->roots[TABLE_RECORD]],
		parse->record->tables[TABLE_RECORD].values, 1);
	if (!at)
		return NULL;
	at = scan_space(at, scan->end);
	if (at != scan->end)
		return scan_fault(scan, at, "text after the object");
	return at;
}

/* All bytes 0: absent. Of the many columns a line has few. */
static void
clear_values(struct table_rows *rows, uint64_t present)
{
	if (present & record_mark(MARKS - 1))
		memset(rows->values + MARKS - 1, 0,
			(size_t)(rows->width - MARKS + 1) * sizeof(*rows->values));
	for (present &= ~record_mark(MARKS - 1); present; present &= present - 1)
		rows->values[__builtin_ctzll(present)] = (struct value){ 0 };
}

static void
clear_tables(struct record *record)
{
	for (int i = TABLE_RECORD + 1; i < record->table_count; i++) {
		record->tables[i].count = 0;
		record->tables[i].present = false;
		record->tables[i].mixed = false;
	}
	record->tabled = false;
}

static inline bool
parse_as(struct record *record, struct scan *scan, const struct layout *layout)
{
	struct table_rows *rows = &record->tables[TABLE_RECORD];
	uint64_t before = record->present;

	/* What did not fit to its end is to be cleared, too. */
	record->present |= layout->present;
	if (UNLIKELY(!layout->count || !layout_fits(layout, scan, rows->values))) {
		scan->escaped = false;
		return false;
	}
	record->present = layout->present;
	if (UNLIKELY(before & ~layout->present))
		clear_values(rows, before & ~layout->present);
	return true;
}

/* Parses a line of a layout that is known; false: it may be valid, but has none. */
static inline bool
parse_laid_out(struct record *record, struct scan *scan)
{
	struct layouts *layouts = &record->scratch->layouts;

	if (LIKELY(parse_as(record, scan, &layouts->known[layouts->recent])))
		return true;
	if (!parse_as(record, scan, &layouts->known[!layouts->recent]))
		return false;
	layouts->recent = !layouts->recent;
	return true;
}

static enum loyalty_status
parse_failed(const struct parse *parse, struct loyalty_error *error)
{
	const struct scan *scan = &parse->scan;
	const char *reason = scan->reason;

	if (parse->memory)
		return fail_memory(error);
	if (scan->fault < scan->end && *scan->fault == '\0')
		reason = "NUL byte";
	else if (scan->fault == scan->end && scan->end != scan->start)
		reason = "unexpected end of the line";
	fail(error, LOYALTY_BAD, "%s", reason);
	error->column = (unsigned long)(scan->fault - scan->start) + 1;
	return LOYALTY_BAD;
}

/* Parses a line of no layout that is known. */
static enum loyalty_status
parse_new(const struct shape *shape, struct record *record, const struct scan *scan,
	struct loyalty_error *error)
{
	struct parse parse = {
		.scan = *scan,
		.shape = shape,
		.record = record,
		.scratch = record->scratch,
	};
	bool parsed;

	clear_values(&record->tables[TABLE_RECORD], record->present);
	record->scratch->decoded_used = 0;
	keys_reset(&record->scratch->keys);
	parsed = parse_line(&parse);
	record->present = parse.present;
	if (UNLIKELY(!parsed))
		return parse_failed(&parse, error);
	layouts_learn(&record->scratch->layouts, &shape->levels[shape->roots[TABLE_RECORD]],
		record->line);
	return LOYALTY_OK;
}

enum loyalty_status
record_parse(const struct shape *shape, struct slice line, struct record *record,
	struct loyalty_error *error)
{
	struct scan scan = {
		.start = line.data,
		.end = line.data + line.size,
		.wide = line.size >= SCAN_BLOCK,
	};

	record->line = line;
	if (record->tabled)
		clear_tables(record);
	if (LIKELY(parse_laid_out(record, &scan)))
		return LOYALTY_OK;
	return parse_new(shape, record, &scan, error);
}

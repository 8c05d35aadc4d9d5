/*
 * record.h - a line of JSON to a record: one validating pass, no tree.
 *
 * The parser checks the whole line (RFC 8259, UTF-8, no duplicate keys at any
 * depth, no \u0000: what Jansson's JSON_REJECT_DUPLICATES accepts), and keeps
 * slices of the values that a shape names. Nothing is copied or allocated per
 * line once the record's tables have grown to the size that lines need.
 */
#ifndef RECORD_H
#define RECORD_H

#include "decimal.h"
#include "status.h"
#include "zone.h"

enum value_kind {
	VALUE_ABSENT,
	VALUE_NULL,
	VALUE_FALSE,
	VALUE_TRUE,
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_ARRAY,
	VALUE_OBJECT,
};

/*
 * A value of a line. text is its JSON text; of a string, what stands between the
 * quotes, still escaped where `escaped` says so; of an absent value, nothing.
 */
struct value {
	struct slice text;
	uint8_t kind; /* enum value_kind */
	bool escaped;
};

/*
 * Which values of a line are kept. Names are paths: "member", "basket.amount",
 * "discount.store". An array of objects ("items", "tenders", "basket.items")
 * is a table: every element is a row, and the columns are named in it.
 */
struct shape;

enum { MARKS = 64 };

enum { TABLE_RECORD = 0 }; /* the line itself is table 0, with one row */

struct shape *shape_new(void);
void shape_free(struct shape *shape);

/* The table of the array of objects at path; the same path gives the same number. -1: memory. */
int shape_table(struct shape *shape, struct slice path);

/*
 * The column of a path in a table; the same path gives the same number, counted
 * from 0 in each table in order of the first asking. -1: memory.
 * A path may be named along with longer paths below it ("discount" and
 * "discount.store"): both are kept. A table's own path may be a column too
 * ("items": the raw array).
 */
int shape_column(struct shape *shape, int table, struct slice path);

/* Number of columns of a table so far. */
int shape_width(const struct shape *shape, int table);

/* One table of a record: rows x width values, row by row. */
struct table_rows {
	struct value *values;
	int width;
	int count;    /* rows */
	bool present; /* the array was there (it may be empty) */
	bool mixed;   /* some element was not an object (a row of absent values stands for it) */
	int capacity; /* values allocated */
};

/* A parsed line. Slices point into the line. */
struct record {
	struct slice line;
	uint64_t present; /* record_mark() of each column of the record itself that is there */
	struct table_rows *tables;
	int table_count;
	bool tabled; /* a table was there */
	struct record_scratch *scratch;
	struct date_seen *date; /* of its lines the last that was read; for speed only */
};

/* A record of a shape that will not grow any more. NULL: out of memory. */
struct record *record_new(const struct shape *shape);
void record_free(struct record *record);

/*
 * Parses one line into record. LOYALTY_BAD with column and text where it is not
 * one JSON object that Jansson would accept; then nothing of record may be used.
 * The record learns in which order names come; that changes its speed only.
 */
enum loyalty_status record_parse(const struct shape *shape, struct slice line,
	struct record *record, struct loyalty_error *error);

/* Of a column of the record itself; those behind the first, which are asked for most, share the last. */
static inline uint64_t
record_mark(int column)
{
	return UINT64_C(1) << (column < MARKS ? column : MARKS - 1);
}

/* The value of a column of the record itself (VALUE_ABSENT where missing). */
static inline const struct value *
record_value(const struct record *record, int column)
{
	return &record->tables[TABLE_RECORD].values[column];
}

/* The value of a column in a row of a table. */
static inline const struct value *
record_cell(const struct record *record, int table, int row, int column)
{
	const struct table_rows *rows = &record->tables[table];

	return &rows->values[row * rows->width + column];
}

/* Byte at which a value begins in its line, from 1, for messages; 0 for an absent one. */
unsigned long record_column(const struct record *record, const struct value *value);

/*
 * Iterates over the elements of a kept array (text is the JSON array with its
 * brackets). *rest starts as value->text; false when there are no more.
 */
bool value_next_element(struct slice *rest, struct value *element);
/* The same over the members of a kept object; key is still escaped where key_escaped. */
bool value_next_member(struct slice *rest, struct value *key, struct value *member);

/* The value of valid JSON that begins at `at` (before end); returns the byte after it. */
const char *value_take(const char *at, const char *end, struct value *value);

/*
 * Decodes a string value's escapes into buffer (text.size bytes always suffice)
 * and returns the decoded slice; where nothing is escaped it is text itself.
 */
struct slice value_string(const struct value *value, char *buffer);

/* Appends text as the inside of a JSON string to buffer (6 x text.size suffice); returns the length. */
size_t json_escape(struct slice text, char *buffer);

/* Whether text can stand in a JSON string as it is. */
bool json_plain(struct slice text);

#endif

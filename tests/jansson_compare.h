/*
 * jansson_compare.h - holds a parsed line against what Jansson makes of it; used
 * by the unit test and by the fuzzer.
 *
 * Differences that are decided otherwise than in Jansson 2.14:
 * - A NUL byte right after a number or a word (`{"a":1<NUL>}`) is swallowed by
 *   Jansson's tokenizer; a line with a NUL byte is never a record.
 * - The top level must be an object.
 */
#ifndef JANSSON_COMPARE_H
#define JANSSON_COMPARE_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "record.h"

enum { COMPARE_TABLES = 3, COMPARE_COLUMNS_MAX = 16 };

static const char *const compare_paths[COMPARE_TABLES] = { "", "items", "basket.items" };
static const char *const compare_columns[COMPARE_TABLES][COMPARE_COLUMNS_MAX] = {
	{ "type", "id", "at", "member", "m1", "amount", "basket.amount", "basket", "discount",
		"discount.store", "discount.store.kind", "items", "long-name-of-a-field",
		"caf\xC3\xA9" },
	{ "sku", "qty", "amount", "tags", "price.net", "price" },
	{ "sku", "qty" },
};

struct comparison {
	struct shape *shape;
	struct record *record;
};

static inline bool
compare_init(struct comparison *comparison)
{
	comparison->shape = shape_new();
	for (int i = 0; i < COMPARE_TABLES; i++) {
		int table = i ? shape_table(comparison->shape, slice_of(compare_paths[i]))
			      : TABLE_RECORD;

		for (int j = 0; j < COMPARE_COLUMNS_MAX && compare_columns[i][j]; j++)
			shape_column(comparison->shape, table, slice_of(compare_columns[i][j]));
	}
	comparison->record = record_new(comparison->shape);
	return comparison->record != NULL;
}

static inline void
compare_free(struct comparison *comparison)
{
	record_free(comparison->record);
	shape_free(comparison->shape);
}

static inline bool
compare_string(const struct value *value, const char *expected, size_t size)
{
	char *buffer = malloc(value->text.size + 1);
	struct slice text = value_string(value, buffer);
	bool equal = text.size == size && memcmp(text.data, expected, size) == 0;
	bool escaped = value->text.size && memchr(value->text.data, '\\', value->text.size);

	free(buffer);
	return equal && escaped == value->escaped;
}

static inline bool
compare_number(const struct value *value, const json_t *expected)
{
	char *copy = strndup(value->text.data, value->text.size);
	bool equal;

	if (json_is_integer(expected))
		equal = strtoll(copy, NULL, 10) == json_integer_value(expected);
	else
		equal = strtod(copy, NULL) == json_real_value(expected);
	free(copy);
	return equal;
}

static inline bool compare_value(const struct value *value, const json_t *expected);

static inline bool
compare_array(const struct value *value, const json_t *expected)
{
	struct slice rest = value->text;
	struct value element;
	size_t count = 0;

	while (value_next_element(&rest, &element)) {
		if (!compare_value(&element, json_array_get(expected, count++)))
			return false;
	}
	return count == json_array_size(expected);
}

static inline bool
compare_object(const struct value *value, const json_t *expected)
{
	struct slice rest = value->text;
	struct value key;
	struct value member;
	size_t count = 0;

	while (value_next_member(&rest, &key, &member)) {
		char *buffer = malloc(key.text.size + 1);
		struct slice name = value_string(&key, buffer);
		json_t *found = json_object_getn(expected, name.data, name.size);

		free(buffer);
		if (!found || !compare_value(&member, found))
			return false;
		count++;
	}
	return count == json_object_size(expected);
}

static inline bool
compare_value(const struct value *value, const json_t *expected)
{
	if (!expected)
		return value->kind == VALUE_ABSENT;
	switch (json_typeof(expected)) {
	case JSON_NULL:
		return value->kind == VALUE_NULL;
	case JSON_TRUE:
		return value->kind == VALUE_TRUE;
	case JSON_FALSE:
		return value->kind == VALUE_FALSE;
	case JSON_STRING:
		return value->kind == VALUE_STRING &&
		       compare_string(
			       value, json_string_value(expected), json_string_length(expected));
	case JSON_INTEGER:
	case JSON_REAL:
		return value->kind == VALUE_NUMBER && compare_number(value, expected);
	case JSON_ARRAY:
		return value->kind == VALUE_ARRAY && compare_array(value, expected);
	case JSON_OBJECT:
		return value->kind == VALUE_OBJECT && compare_object(value, expected);
	}
	return false;
}

/* The value of a path of names below an object, or NULL. */
static inline json_t *
compare_find(json_t *object, const char *path)
{
	while (object) {
		size_t size = strcspn(path, ".");

		object = json_object_getn(object, path, size);
		if (!path[size])
			return object;
		path += size + 1;
	}
	return NULL;
}

static inline bool
compare_row(const struct comparison *comparison, int table, int row, json_t *object)
{
	for (int i = 0; i < COMPARE_COLUMNS_MAX && compare_columns[table][i]; i++) {
		const struct value *value = record_cell(comparison->record, table, row, i);

		if (!compare_value(value, compare_find(object, compare_columns[table][i]))) {
			printf("column '%s' of row %d of '%s' differs\n", compare_columns[table][i],
				row, compare_paths[table]);
			return false;
		}
	}
	return true;
}

static inline bool
compare_table(const struct comparison *comparison, int table, json_t *line)
{
	const struct table_rows *rows = &comparison->record->tables[table];
	json_t *array = compare_find(line, compare_paths[table]);
	size_t count = json_array_size(array);
	bool mixed = false;

	if (rows->present != json_is_array(array) || (size_t)rows->count != count) {
		printf("rows of '%s' differ\n", compare_paths[table]);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		json_t *element = json_array_get(array, i);

		if (!json_is_object(element))
			mixed = true;
		if (!compare_row(comparison, table, (int)i, element))
			return false;
	}
	return rows->mixed == mixed;
}

/*
 * Parses the line both ways; whether the verdicts and all kept values agree.
 * *accepted says the verdict.
 */
static inline bool
compare_line(const struct comparison *comparison, struct slice line, bool *accepted)
{
	struct loyalty_error error = { 0 };
	enum loyalty_status status =
		record_parse(comparison->shape, line, comparison->record, &error);
	json_t *expected = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, NULL);
	bool nul = line.size && memchr(line.data, '\0', line.size);
	bool accept = json_is_object(expected) && !nul;
	bool equal = (status == LOYALTY_OK) == accept;

	*accepted = status == LOYALTY_OK;
	if (!equal)
		printf("verdict differs: status %d, %s at %lu\n", (int)status, error.text,
			error.column);
	if (!accept && (status != LOYALTY_BAD || !error.text[0] || error.column == 0 ||
			       error.column > line.size + 1))
		equal = false;
	if (equal && accept) {
		equal = compare_row(comparison, TABLE_RECORD, 0, expected);
		for (int i = 1; equal && i < COMPARE_TABLES; i++)
			equal = compare_table(comparison, i, expected);
	}
	json_decref(expected);
	return equal;
}

#endif

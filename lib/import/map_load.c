/*
 * map_load.c - where in a map's document we are, and what is wrong there.
 */
#include "import/map_load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 512 };

/* ---- places --------------------------------------------------------------- */

static size_t
append_path(struct map_loader *load, const char *text)
{
	size_t mark = load->path_size;
	size_t size = strlen(text);

	if (size > sizeof(load->path) - 1 - mark)
		size = sizeof(load->path) - 1 - mark;
	memcpy(load->path + mark, text, size);
	load->path_size += size;
	load->path[load->path_size] = '\0';
	return mark;
}

size_t
map_load_enter(struct map_loader *load, const char *key)
{
	size_t mark = load->path_size;

	if (mark > 0)
		append_path(load, ".");
	append_path(load, key);
	return mark;
}

size_t
map_load_enter_index(struct map_loader *load, size_t index)
{
	char text[32];

	snprintf(text, sizeof(text), "[%zu]", index);
	return append_path(load, text);
}

void
map_load_leave(struct map_loader *load, size_t mark)
{
	load->path_size = mark;
	load->path[mark] = '\0';
}

/* ---- errors --------------------------------------------------------------- */

static void
add_error(struct map_loader *load, const char *text)
{
	struct map_errors *errors = load->errors;
	struct map_error error = { 0 };

	if (errors->count == errors->capacity) {
		int capacity = errors->capacity ? 2 * errors->capacity : 16;
		struct map_error *items = realloc(errors->items, (size_t)capacity * sizeof(*items));

		if (!items) {
			errors->memory = true;
			return;
		}
		errors->items = items;
		errors->capacity = capacity;
	}
	error.path = strdup(load->path);
	error.text = strdup(text);
	if (!error.path || !error.text) {
		free(error.path);
		free(error.text);
		errors->memory = true;
		return;
	}
	errors->items[errors->count++] = error;
}

void
map_load_error(struct map_loader *load, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	add_error(load, text);
}

void
map_load_expected(struct map_loader *load, const char *what, const json_t *found)
{
	if (!found)
		map_load_error(load, "expected %s", what);
	else if (json_is_string(found))
		map_load_error(load, "expected %s, not '%.100s'", what, json_string_value(found));
	else if (json_is_integer(found))
		map_load_error(load, "expected %s, not %" JSON_INTEGER_FORMAT, what,
			json_integer_value(found));
	else
		map_load_error(load, "expected %s, not %s", what,
			json_is_object(found)    ? "an object"
			: json_is_array(found)   ? "a list"
			: json_is_real(found)    ? "a number with decimals"
			: json_is_boolean(found) ? "a boolean"
						 : "null");
}

/* ---- members -------------------------------------------------------------- */

static bool
is_key(const char *key, const char *const keys[])
{
	for (size_t i = 0; keys[i]; i++) {
		if (strcmp(key, keys[i]) == 0)
			return true;
	}
	return false;
}

bool
map_load_keys(struct map_loader *load, const json_t *json, const char *const keys[])
{
	char list[TEXT_MAX] = "";
	size_t used = 0;
	const char *key;
	json_t *value;

	if (!json_is_object(json)) {
		map_load_expected(load, "an object", json);
		return false;
	}
	for (size_t i = 0; keys[i] && used < sizeof(list); i++)
		used += (size_t)snprintf(
			list + used, sizeof(list) - used, "%s%s", i ? ", " : "", keys[i]);
	json_object_foreach((json_t *)(uintptr_t)json, key, value) {
		size_t mark;

		if (is_key(key, keys))
			continue;
		mark = map_load_enter(load, key);
		map_load_error(load, "unknown key, expected one of %s", list);
		map_load_leave(load, mark);
	}
	return true;
}

bool
map_load_bool(struct map_loader *load, const json_t *object, const char *key, bool fallback)
{
	const json_t *json = json_object_get(object, key);
	size_t mark;

	if (!json)
		return fallback;
	if (json_is_boolean(json))
		return json_is_true(json);
	mark = map_load_enter(load, key);
	map_load_expected(load, "true or false", json);
	map_load_leave(load, mark);
	return fallback;
}

int
map_load_integer(struct map_loader *load, const json_t *object, const char *key, int least,
	int most, int fallback)
{
	const json_t *json = json_object_get(object, key);
	char what[64];
	size_t mark;

	if (!json)
		return fallback;
	if (json_is_integer(json) && json_integer_value(json) >= least &&
		json_integer_value(json) <= most)
		return (int)json_integer_value(json);
	snprintf(what, sizeof(what), "an integer from %d to %d", least, most);
	mark = map_load_enter(load, key);
	map_load_expected(load, what, json);
	map_load_leave(load, mark);
	return fallback;
}

const char *
map_load_string(struct map_loader *load, const json_t *object, const char *key)
{
	const json_t *json = json_object_get(object, key);
	size_t mark;

	if (!json || json_is_string(json))
		return json_string_value(json);
	mark = map_load_enter(load, key);
	map_load_expected(load, "a string", json);
	map_load_leave(load, mark);
	return NULL;
}

size_t
map_load_count(const json_t *json)
{
	return json_is_array(json) ? json_array_size(json) : 1;
}

const json_t *
map_load_element(const json_t *json, size_t index)
{
	return json_is_array(json) ? json_array_get(json, index) : json;
}

size_t
map_load_enter_element(struct map_loader *load, const json_t *json, size_t index)
{
	return json_is_array(json) ? map_load_enter_index(load, index) : load->path_size;
}

/* ---- columns -------------------------------------------------------------- */

static int
add_column(struct map_loader *load, struct slice name, int number)
{
	struct map *map = load->map;

	for (int i = 0; i < map->column_count; i++) {
		if (map->columns[i].number == number && slice_equal(map->columns[i].name, name))
			return i;
	}
	if (map->column_count == load->column_capacity) {
		int capacity = load->column_capacity ? 2 * load->column_capacity : 16;
		struct map_column *columns =
			realloc(map->columns, (size_t)capacity * sizeof(*columns));

		if (!columns) {
			map->pool.failed = true;
			return -1;
		}
		map->columns = columns;
		load->column_capacity = capacity;
	}
	map->columns[map->column_count] =
		(struct map_column){ pool_copy(&map->pool, name), number };
	return map->column_count++;
}

/* "3" as a column's number, or 0. */
static int
number_of(struct slice name)
{
	int number = 0;

	for (size_t i = 0; i < name.size; i++) {
		if (name.data[i] < '0' || name.data[i] > '9' || number > CELLS_MAX)
			return 0;
		number = number * 10 + (name.data[i] - '0');
	}
	return number <= CELLS_MAX ? number : 0;
}

int
map_load_column_name(struct map_loader *load, struct slice name)
{
	const struct map *map = load->map;
	int number = number_of(name);

	if (name.size == 0) {
		map_load_error(load, "expected a column's name, not nothing");
		return -1;
	}
	if (map->header)
		return add_column(load, name, 0);
	for (int i = 0; i < map->name_count; i++) {
		if (slice_equal(map->names[i], name))
			return add_column(load, name, i + 1);
	}
	if (map->name_count == 0 && number > 0)
		return add_column(load, SLICE(""), number);
	if (map->name_count > 0)
		map_load_error(load, "no column '%.100s' in file.columns", name.data);
	else
		map_load_error(load,
			"expected a column's number, not '%.100s': the file has no header",
			name.data);
	return -1;
}

int
map_load_column(struct map_loader *load, const json_t *json)
{
	const struct map *map = load->map;
	json_int_t number = json_integer_value(json);

	if (json_is_string(json))
		return map_load_column_name(
			load, (struct slice){ json_string_value(json), json_string_length(json) });
	if (!json_is_integer(json) || number < 1 || number > CELLS_MAX) {
		map_load_expected(load, "a column's name, or its number from 1", json);
		return -1;
	}
	if (!map->header && map->name_count > 0 && number > map->name_count) {
		map_load_error(load, "expected a column's number up to %d, not %d", map->name_count,
			(int)number);
		return -1;
	}
	return add_column(load, SLICE(""), (int)number);
}

void
map_load_columns(struct map_loader *load, const json_t *json, int **columns, int *count)
{
	size_t size = map_load_count(json);

	*count = 0;
	if (size == 0)
		map_load_error(load, "expected at least one column");
	*columns = pool_take(&load->map->pool, size, sizeof(**columns));
	for (size_t i = 0; i < size && *columns; i++) {
		size_t mark = map_load_enter_element(load, json, i);
		int column = map_load_column(load, map_load_element(json, i));

		if (column >= 0)
			(*columns)[(*count)++] = column;
		map_load_leave(load, mark);
	}
}

/* ---- constants ------------------------------------------------------------ */

struct slice
map_load_text(struct map_loader *load, struct text *text)
{
	struct slice copy = SLICE("");

	if (text->failed)
		load->map->pool.failed = true;
	else
		copy = pool_copy(&load->map->pool, text_slice(text));
	text_free(text);
	return copy;
}

struct slice
map_load_quoted(struct map_loader *load, struct slice bytes)
{
	struct text text = { 0 };

	text_put_char(&text, '"');
	text_put_escaped(&text, bytes);
	text_put_char(&text, '"');
	return map_load_text(load, &text);
}

struct slice
map_load_constant(struct map_loader *load, const json_t *json)
{
	char number[32];

	if (json_is_string(json))
		return map_load_quoted(
			load, (struct slice){ json_string_value(json), json_string_length(json) });
	if (json_is_boolean(json))
		return json_is_true(json) ? SLICE("true") : SLICE("false");
	if (json_is_integer(json)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(json));
		return pool_copy(&load->map->pool, slice_of(number));
	}
	map_load_expected(load, "a string, an integer, true or false", json);
	return SLICE("");
}

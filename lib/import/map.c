/*
 * map.c - loads a map: the file's format, its numbers and times, its groups.
 */
#include <stdlib.h>

#include "import/map_load.h"

/* ---- file ----------------------------------------------------------------- */

static void
load_delimiter(struct map_loader *load, const json_t *file)
{
	struct row_format *format = &load->map->format;
	const char *text = map_load_string(load, file, "delimiter");
	size_t mark = map_load_enter(load, "delimiter");

	if (!text || (text[0] == ',' && text[1] == '\0'))
		format->delimiter = ',';
	else if (strcmp(text, "whitespace") == 0)
		format->whitespace = true;
	else if (strcmp(text, "tab") == 0)
		format->delimiter = '\t';
	else if (strlen(text) == 1 && !strchr("\"\r\n", text[0]) && (unsigned char)text[0] < 128)
		format->delimiter = text[0];
	else
		map_load_error(load,
			"expected one ASCII character, 'tab' or 'whitespace', not '%.100s'", text);
	map_load_leave(load, mark);
}

static void
load_quote(struct map_loader *load, const json_t *file)
{
	struct row_format *format = &load->map->format;
	const char *text = map_load_string(load, file, "quote");
	size_t mark = map_load_enter(load, "quote");

	format->quote = '"';
	if (text && (strlen(text) > 1 || (unsigned char)text[0] >= 128 || text[0] == '\r' ||
			    text[0] == '\n'))
		map_load_error(
			load, "expected one ASCII character, or \"\" for none, not '%.100s'", text);
	else if (text)
		format->quote = text[0];
	if (format->quote && format->quote == format->delimiter)
		map_load_error(load, "expected another character than the delimiter");
	map_load_leave(load, mark);
}

static void
load_encoding(struct map_loader *load, const json_t *file)
{
	const char *name = map_load_string(load, file, "encoding");
	size_t mark = map_load_enter(load, "encoding");

	switch (encoding_load(name ? name : "utf-8", &load->map->format.encoding)) {
	case ENCODING_OK:
		break;
	case ENCODING_MEMORY:
		load->map->pool.failed = true;
		break;
	case ENCODING_UNKNOWN:
		map_load_error(
			load, "expected an encoding that this system knows, not '%.100s'", name);
		break;
	case ENCODING_WIDE:
		map_load_error(load,
			"expected utf-8 or an encoding of one byte a character over ASCII, "
			"not '%.100s' (see iconv(1))",
			name);
		break;
	}
	map_load_leave(load, mark);
}

static void
load_names(struct map_loader *load, const json_t *json)
{
	struct map *map = load->map;
	size_t count = json_array_size(json);
	size_t mark = map_load_enter(load, "columns");

	if (map->header)
		map_load_error(load, "expected only where 'header' is false");
	else if (count == 0 || count > CELLS_MAX)
		map_load_expected(
			load, "a list of the columns' names", json_is_array(json) ? NULL : json);
	map->names = pool_take(&map->pool, count, sizeof(*map->names));
	for (size_t i = 0; i < count && map->names && !map->header; i++) {
		const json_t *element = json_array_get(json, i);
		size_t inner = map_load_enter_index(load, i);

		if (!json_is_string(element) || json_string_length(element) == 0)
			map_load_expected(load, "a column's name", element);
		map->names[i] = pool_copy(&map->pool,
			slice_of(json_is_string(element) ? json_string_value(element) : ""));
		for (size_t j = 0; j < i; j++) {
			if (slice_equal(map->names[i], map->names[j]))
				map_load_error(
					load, "expected another name than column %zu", j + 1);
		}
		map->name_count++;
		map_load_leave(load, inner);
	}
	map_load_leave(load, mark);
}

static void
load_short_rows(struct map_loader *load, const json_t *file)
{
	const char *text = map_load_string(load, file, "short_rows");
	size_t mark = map_load_enter(load, "short_rows");

	if (text && strcmp(text, "pad") != 0 && strcmp(text, "reject") != 0)
		map_load_error(load, "expected pad or reject, not '%.100s'", text);
	load->map->pad = text && strcmp(text, "pad") == 0;
	map_load_leave(load, mark);
}

static void
load_file(struct map_loader *load, const json_t *file)
{
	static const char *const keys[] = { "delimiter", "quote", "encoding", "header", "columns",
		"skip_lines", "trim", "short_rows", "notes", NULL };
	struct map *map = load->map;
	size_t mark = map_load_enter(load, "file");

	if (file)
		map_load_keys(load, file, keys);
	load_delimiter(load, file);
	load_quote(load, file);
	load_encoding(load, file);
	map->header = map_load_bool(load, file, "header", true);
	if (json_object_get(file, "columns"))
		load_names(load, json_object_get(file, "columns"));
	map->format.skip_lines =
		(unsigned long)map_load_integer(load, file, "skip_lines", 0, 1000000, 0);
	map->format.trim = map_load_bool(load, file, "trim", true);
	load_short_rows(load, file);
	map_load_leave(load, mark);
}

/* ---- numbers -------------------------------------------------------------- */

/* Length of the first character of UTF-8. */
static size_t
character_size(const char *text)
{
	size_t size = text[0] != '\0';

	while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
		size++;
	return size;
}

static void
load_separators(struct map_loader *load, const json_t *numbers)
{
	struct number_format *format = &load->map->numbers;
	const char *decimal = map_load_string(load, numbers, "decimal");
	const char *thousands = map_load_string(load, numbers, "thousands");
	size_t mark = map_load_enter(load, "decimal");

	format->decimal = decimal ? decimal[0] : '.';
	if (decimal && strcmp(decimal, ".") != 0 && strcmp(decimal, ",") != 0)
		map_load_error(load, "expected '.' or ',', not '%.100s'", decimal);
	map_load_leave(load, mark);
	mark = map_load_enter(load, "thousands");
	format->thousands = pool_copy(&load->map->pool, slice_of(thousands ? thousands : ""));
	if (thousands && (thousands[0] == '\0' || thousands[character_size(thousands)] != '\0' ||
				 strchr("0123456789-+()", thousands[0])))
		map_load_error(load, "expected one character, not '%.100s'", thousands);
	else if (thousands && thousands[0] == format->decimal)
		map_load_error(
			load, "expected another character than the decimal '%c'", format->decimal);
	map_load_leave(load, mark);
}

static void
load_symbols(struct map_loader *load, const json_t *json)
{
	struct number_format *format = &load->map->numbers;
	size_t count = map_load_count(json);
	size_t mark = map_load_enter(load, "symbols");

	format->symbols = pool_take(&load->map->pool, count, sizeof(*format->symbols));
	for (size_t i = 0; json && i < count && format->symbols; i++) {
		const json_t *element = map_load_element(json, i);
		size_t inner = map_load_enter_element(load, json, i);

		if (!json_is_string(element) || json_string_length(element) == 0 ||
			strpbrk(json_string_value(element), "0123456789+-()"))
			map_load_expected(load, "a currency sign like \"$\" or \"EUR\"", element);
		else
			format->symbols[format->symbol_count++] =
				pool_copy(&load->map->pool, slice_of(json_string_value(element)));
		map_load_leave(load, inner);
	}
	map_load_leave(load, mark);
}

static void
load_negative(struct map_loader *load, const json_t *json)
{
	struct number_format *format = &load->map->numbers;
	size_t mark = map_load_enter(load, "negative");

	for (size_t i = 0; json && i < map_load_count(json); i++) {
		const json_t *element = map_load_element(json, i);
		size_t inner = map_load_enter_element(load, json, i);
		const char *text = json_is_string(element) ? json_string_value(element) : "";

		if (strcmp(text, "trailing") == 0)
			format->trailing = true;
		else if (strcmp(text, "parentheses") == 0)
			format->parentheses = true;
		else if (strcmp(text, "leading") != 0)
			map_load_expected(load, "leading, trailing or parentheses", element);
		map_load_leave(load, inner);
	}
	map_load_leave(load, mark);
}

static void
load_numbers(struct map_loader *load, const json_t *numbers)
{
	static const char *const keys[] = { "decimal", "thousands", "symbols", "negative", "notes",
		NULL };
	size_t mark = map_load_enter(load, "numbers");

	if (numbers)
		map_load_keys(load, numbers, keys);
	load_separators(load, numbers);
	load_symbols(load, json_object_get(numbers, "symbols"));
	load_negative(load, json_object_get(numbers, "negative"));
	map_load_leave(load, mark);
}

/* ---- zone, currency, groups ------------------------------------------------- */

static void
load_zone(struct map_loader *load, const json_t *json)
{
	const char *name = map_load_string(load, json, "zone");
	struct loyalty_error error = { .code = LOYALTY_OK };
	size_t mark = map_load_enter(load, "zone");
	enum loyalty_status status = LOYALTY_OK;

	if (name)
		status = zone_load(slice_of(name), &load->map->zone, &error);
	if (status == LOYALTY_MEMORY)
		load->map->pool.failed = true;
	else if (status == LOYALTY_IO)
		load->errors->unread = error;
	else if (status != LOYALTY_OK)
		map_load_error(
			load, "expected a time zone that this system knows, not '%.100s'", name);
	map_load_leave(load, mark);
}

static void
load_currency(struct map_loader *load, const json_t *json)
{
	const char *code = map_load_string(load, json, "currency");
	size_t mark = map_load_enter(load, "currency");
	int decimals = code ? currency_decimals(slice_of(code)) : 0;

	if (decimals < 0)
		map_load_error(load, "expected a currency of ISO 4217, not '%.100s'", code);
	load->map->money_decimals = decimals < 0 ? 0 : decimals;
	map_load_leave(load, mark);
}

static void
load_group(struct map_loader *load, const json_t *group)
{
	static const char *const keys[] = { "by", "adjacent", "first", "fill", "notes", NULL };
	struct map *map = load->map;
	size_t mark = map_load_enter(load, "group");
	size_t inner;

	map->grouped = group != NULL;
	if (!group || !map_load_keys(load, group, keys)) {
		map_load_leave(load, mark);
		return;
	}
	map->adjacent = map_load_bool(load, group, "adjacent", false);
	inner = map_load_enter(load, "by");
	map_load_columns(load, json_object_get(group, "by"), &map->group, &map->group_count);
	map_load_leave(load, inner);
	inner = map_load_enter(load, "first");
	if (json_object_get(group, "first"))
		map_load_columns(
			load, json_object_get(group, "first"), &load->first, &load->first_count);
	map_load_leave(load, inner);
	inner = map_load_enter(load, "fill");
	if (json_object_get(group, "fill"))
		map_load_columns(
			load, json_object_get(group, "fill"), &map->fill, &map->fill_count);
	map_load_leave(load, inner);
	map_load_leave(load, mark);
}

/* ---- the document ----------------------------------------------------------- */

static void
load_map(struct map_loader *load, const json_t *json)
{
	static const char *const keys[] = { "name", "notes", "file", "numbers", "zone", "currency",
		"group", "records", NULL };
	size_t mark;

	if (!map_load_keys(load, json, keys))
		return;
	map_load_string(load, json, "name");
	load_file(load, json_object_get(json, "file"));
	load_numbers(load, json_object_get(json, "numbers"));
	load_zone(load, json);
	load_currency(load, json);
	load_group(load, json_object_get(json, "group"));
	map_load_records(load, json_object_get(json, "records"));
	mark = map_load_enter(load, "currency");
	if (load->money_used && !json_object_get(json, "currency"))
		map_load_error(load, "expected a currency of ISO 4217, as the map has 'money'");
	map_load_leave(load, mark);
}

static void
note_syntax(struct map_loader *load, const json_error_t *error)
{
	map_load_error(load, "%s", error->text);
	if (load->errors->count == 1) {
		load->errors->items[0].line = error->line > 0 ? (unsigned long)error->line : 0;
		load->errors->items[0].column =
			error->column > 0 ? (unsigned long)error->column : 1;
	}
}

struct map *
map_load(struct slice text, struct map_errors *errors)
{
	struct map *map = calloc(1, sizeof(*map));
	struct map_loader load = { .map = map, .errors = errors };
	json_error_t syntax;
	json_t *json;

	*errors = (struct map_errors){ 0 };
	if (!map) {
		errors->memory = true;
		return NULL;
	}
	json = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &syntax);
	if (json)
		load_map(&load, json);
	else if (json_error_code(&syntax) == json_error_out_of_memory || !syntax.text[0])
		errors->memory = true;
	else
		note_syntax(&load, &syntax);
	json_decref(json);
	if (map->pool.failed)
		errors->memory = true;
	if (errors->count == 0 && !errors->memory && errors->unread.code == LOYALTY_OK)
		return map;
	map_free(map);
	return NULL;
}

void
map_free(struct map *map)
{
	if (!map)
		return;
	zone_free(map->zone);
	free(map->columns);
	pool_free(&map->pool);
	free(map);
}

void
map_errors_free(struct map_errors *errors)
{
	for (int i = 0; i < errors->count; i++) {
		free(errors->items[i].path);
		free(errors->items[i].text);
	}
	free(errors->items);
	*errors = (struct map_errors){ 0 };
}

/*
 * map_value.c - loads the value of one member of a fact.
 */
#include "import/dates.h"
#include "import/map_load.h"

/* ---- composed strings ----------------------------------------------------- */

/* What stands between braces. */
static bool
load_placeholder(struct map_loader *load, struct slice name, struct map_part *part)
{
	if (slice_equal(name, SLICE("#row"))) {
		part->kind = PART_ROW;
	} else if (slice_equal(name, SLICE("#line"))) {
		part->kind = PART_LINE;
	} else if (slice_equal(name, SLICE("#file"))) {
		part->kind = PART_FILE;
	} else {
		struct slice copy = pool_copy(&load->map->pool, name);

		part->kind = PART_COLUMN;
		part->column = map_load_column_name(load, copy);
		return part->column >= 0;
	}
	return true;
}

/* Takes the part at the start of *rest. */
static bool
load_part(struct map_loader *load, struct slice *rest, struct map_part *part)
{
	const char *data = rest->data;
	size_t size = rest->size;
	size_t end = 1;

	if (data[0] == '{' && (size < 2 || data[1] != '{')) {
		const char *close = memchr(data, '}', size);

		if (!close) {
			map_load_error(load, "'{' without '}' (a brace itself is written twice)");
			return false;
		}
		rest->data = close + 1;
		rest->size = size - (size_t)(close + 1 - data);
		return load_placeholder(
			load, (struct slice){ data + 1, (size_t)(close - data) - 1 }, part);
	}
	part->kind = PART_TEXT;
	if (data[0] == '{' || data[0] == '}') {
		if (size < 2 || data[1] != data[0]) {
			map_load_error(load, "'}' without '{' (a brace itself is written twice)");
			return false;
		}
		part->text = pool_copy(&load->map->pool, (struct slice){ data, 1 });
		end = 2;
	} else {
		while (end < size && data[end] != '{' && data[end] != '}')
			end++;
		part->text = pool_copy(&load->map->pool, (struct slice){ data, end });
	}
	rest->data += end;
	rest->size -= end;
	return true;
}

static void
load_composed(struct map_loader *load, const json_t *json, struct map_value *value)
{
	struct slice rest = { json_string_value(json), json_string_length(json) };
	bool constant = true;
	struct text text = { 0 };

	value->form = FORM_TEXT;
	value->parts = pool_take(&load->map->pool, rest.size + 1, sizeof(*value->parts));
	if (!value->parts)
		return;
	while (rest.size > 0) {
		struct map_part *part = &value->parts[value->part_count];

		if (!load_part(load, &rest, part))
			break;
		if (part->kind != PART_TEXT)
			constant = false;
		else
			text_put(&text, part->text);
		value->part_count++;
	}
	if (constant) {
		value->form = FORM_CONSTANT;
		value->json = map_load_quoted(load, text_slice(&text));
	}
	if (text.failed)
		load->map->pool.failed = true;
	text_free(&text);
}

/* ---- one column, its values replaced --------------------------------------- */

static void
load_cases(struct map_loader *load, const json_t *json, struct map_value *value)
{
	const char *text;
	json_t *result;

	if (!json_is_object(json)) {
		map_load_expected(load, "an object of texts and what they become", json);
		return;
	}
	value->cases = pool_take(&load->map->pool, json_object_size(json), sizeof(*value->cases));
	if (!value->cases)
		return;
	json_object_foreach((json_t *)(uintptr_t)json, text, result) {
		size_t mark = map_load_enter(load, text);

		value->cases[value->case_count++] =
			(struct map_case){ pool_copy(&load->map->pool, slice_of(text)),
				map_load_constant(load, result) };
		map_load_leave(load, mark);
	}
}

static struct slice
load_constant_of(struct map_loader *load, const json_t *object, const char *key)
{
	const json_t *json = json_object_get(object, key);
	struct slice constant = SLICE("");
	size_t mark;

	if (!json)
		return constant;
	mark = map_load_enter(load, key);
	constant = map_load_constant(load, json);
	map_load_leave(load, mark);
	return constant;
}

static void
load_replaced(struct map_loader *load, const json_t *json, struct map_value *value)
{
	static const char *const keys[] = { "column", "values", "else", "keep", "case", "empty",
		NULL };
	const char *letters;
	size_t mark;

	map_load_keys(load, json, keys);
	value->form = FORM_TEXT;
	value->parts = pool_take(&load->map->pool, 1, sizeof(*value->parts));
	if (!value->parts)
		return;
	mark = map_load_enter(load, "column");
	value->part_count = 1;
	value->parts[0].kind = PART_COLUMN;
	value->parts[0].column = map_load_column(load, json_object_get(json, "column"));
	map_load_leave(load, mark);

	mark = map_load_enter(load, "values");
	if (json_object_get(json, "values"))
		load_cases(load, json_object_get(json, "values"), value);
	else if (json_object_get(json, "else") || json_object_get(json, "keep"))
		map_load_error(load, "expected, where there is 'else' or 'keep'");
	map_load_leave(load, mark);
	value->fallback = load_constant_of(load, json, "else");
	value->keep = map_load_bool(load, json, "keep", false);
	if (value->keep && value->fallback.size > 0)
		map_load_error(load, "expected 'else' or 'keep', not both");
	value->empty = load_constant_of(load, json, "empty");

	letters = map_load_string(load, json, "case");
	value->lower = letters != NULL;
	mark = map_load_enter(load, "case");
	if (letters && strcmp(letters, "lower") != 0)
		map_load_error(load, "expected 'lower', not '%.100s'", letters);
	map_load_leave(load, mark);
}

/* ---- money and numbers ------------------------------------------------------ */

static int
load_rounding(struct map_loader *load, const json_t *object)
{
	static const char *const names[] = { [ROUND_DOWN] = "down",
		[ROUND_UP] = "up",
		[ROUND_HALF_UP] = "half-up",
		[ROUND_HALF_EVEN] = "half-even" };
	const char *name = map_load_string(load, object, "round");
	size_t mark;

	for (int i = 0; name && i < 4; i++) {
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	mark = map_load_enter(load, "round");
	if (name)
		map_load_error(load, "expected down, up, half-up or half-even, not '%.100s'", name);
	map_load_leave(load, mark);
	return -1;
}

/* What money and number have in common; source is the key that names their columns. */
static void
load_arithmetic(
	struct map_loader *load, const json_t *json, const char *source, struct map_value *value)
{
	const json_t *less = json_object_get(json, "less");
	const json_t *times = json_object_get(json, "times");
	size_t mark = map_load_enter(load, source);

	map_load_columns(
		load, json_object_get(json, source), &value->columns, &value->column_count);
	map_load_leave(load, mark);
	mark = map_load_enter(load, "less");
	if (less)
		map_load_columns(load, less, &value->less, &value->less_count);
	map_load_leave(load, mark);
	mark = map_load_enter(load, "times");
	value->times = times ? map_load_column(load, times) : -1;
	map_load_leave(load, mark);

	value->negate = map_load_bool(load, json, "negate", false);
	value->sum = map_load_bool(load, json, "sum", false);
	value->rounding = load_rounding(load, json);
	value->empty = load_constant_of(load, json, "empty");
	mark = map_load_enter(load, "sum");
	if (value->sum && load->in_rows)
		map_load_error(load, "expected outside of what each row gives");
	else if (value->sum && !load->map->grouped)
		map_load_error(load, "expected only where the map has a 'group'");
	map_load_leave(load, mark);
}

static void
load_money(struct map_loader *load, const json_t *json, struct map_value *value)
{
	static const char *const keys[] = { "money", "less", "times", "negate", "sum", "round",
		"empty", NULL };

	map_load_keys(load, json, keys);
	value->form = FORM_MONEY;
	value->decimals = load->map->money_decimals;
	load->money_used = true;
	load_arithmetic(load, json, "money", value);
}

static void
load_number(struct map_loader *load, const json_t *json, struct map_value *value)
{
	static const char *const keys[] = { "number", "less", "times", "negate", "sum", "round",
		"decimals", "empty", NULL };

	map_load_keys(load, json, keys);
	value->form = FORM_NUMBER;
	value->decimals = map_load_integer(load, json, "decimals", 0, 9, -1);
	load_arithmetic(load, json, "number", value);
	if (value->rounding >= 0 && value->decimals < 0)
		map_load_error(load, "expected 'decimals' where there is 'round'");
}

/* ---- times and dates -------------------------------------------------------- */

static void
load_formats(struct map_loader *load, const json_t *json, struct map_value *value)
{
	size_t count = map_load_count(json);

	value->formats = pool_take(&load->map->pool, count, sizeof(*value->formats));
	if (count == 0)
		map_load_error(load, "expected at least one format");
	for (size_t i = 0; i < count && value->formats; i++) {
		const json_t *element = map_load_element(json, i);
		size_t mark = map_load_enter_element(load, json, i);
		const char *wrong = NULL;

		if (!json_is_string(element))
			map_load_expected(load, "a format like \"%Y-%m-%d %H:%M\"", element);
		else
			wrong = date_format_check(json_string_value(element), NULL);
		if (wrong)
			map_load_error(load, "%s", wrong);
		else if (json_is_string(element))
			value->formats[value->format_count++] =
				pool_copy(&load->map->pool, slice_of(json_string_value(element)))
					.data;
		map_load_leave(load, mark);
	}
}

static void
load_time(struct map_loader *load, const json_t *json, const char *source, struct map_value *value)
{
	const char *const keys[] = { source, "format", NULL };
	size_t mark;

	map_load_keys(load, json, keys);
	mark = map_load_enter(load, source);
	map_load_columns(
		load, json_object_get(json, source), &value->columns, &value->column_count);
	map_load_leave(load, mark);
	mark = map_load_enter(load, "format");
	if (json_object_get(json, "format"))
		load_formats(load, json_object_get(json, "format"), value);
	map_load_leave(load, mark);
}

/* ---- all forms ---------------------------------------------------------------- */

static void
load_list(struct map_loader *load, const json_t *json, struct map_value *value)
{
	size_t count = json_array_size(json);

	value->form = FORM_LIST;
	value->list = pool_take(&load->map->pool, count, sizeof(*value->list));
	for (size_t i = 0; i < count && value->list; i++) {
		const json_t *element = json_array_get(json, i);
		size_t mark = map_load_enter_index(load, i);

		value->list[i].path = value->path;
		if (json_is_array(element))
			map_load_expected(load, "a value, not a list within a list", NULL);
		else
			map_load_value(load, element, &value->list[i]);
		if (value->list[i].sum)
			map_load_error(load, "a sum cannot stand in a list");
		value->list_count++;
		map_load_leave(load, mark);
	}
}

void
map_load_value(struct map_loader *load, const json_t *json, struct map_value *value)
{
	value->times = -1;
	value->rounding = -1;
	if (json_is_string(json)) {
		load_composed(load, json, value);
	} else if (json_is_array(json)) {
		load_list(load, json, value);
	} else if (!json_is_object(json)) {
		value->form = FORM_CONSTANT;
		value->json = map_load_constant(load, json);
	} else if (json_object_get(json, "column")) {
		load_replaced(load, json, value);
	} else if (json_object_get(json, "money")) {
		load_money(load, json, value);
	} else if (json_object_get(json, "number")) {
		load_number(load, json, value);
	} else if (json_object_get(json, "time")) {
		value->form = FORM_TIME;
		load_time(load, json, "time", value);
	} else if (json_object_get(json, "date")) {
		value->form = FORM_DATE;
		load_time(load, json, "date", value);
	} else {
		map_load_error(load,
			"expected an object with 'column', 'money', 'number', 'time' or 'date' "
			"(a member of a member is written with a dot: \"basket.amount\")");
	}
}

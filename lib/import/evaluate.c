/*
 * evaluate.c - what a row says under a map.
 */
#include "import/evaluate.h"

#include <inttypes.h>
#include <stdio.h>

#include "import/dates.h"

enum { SHOWN_MAX = 60 };

void
name_column(const struct map *map, int column, char *path, size_t size)
{
	const struct map_column *named = &map->columns[column];

	if (named->name.size > 0)
		snprintf(path, size, "%s", named->name.data);
	else
		snprintf(path, size, "column %d", named->number);
}

/* `invalid 'amount': expected WHAT, not 'CELL'`. */
static enum loyalty_status
bad_cell(const struct source *source, int column, struct slice cell, const char *what,
	struct loyalty_error *error)
{
	char path[sizeof(error->path)];
	size_t size = cell.size < SHOWN_MAX ? cell.size : SHOWN_MAX;

	while (size < cell.size && size > 0 && ((unsigned char)cell.data[size] & 0xc0) == 0x80)
		size--;
	name_column(source->map, column, path, sizeof(path));
	if (cell.size == 0)
		return fail_at(error, LOYALTY_BAD, path, "expected %s, not nothing", what);
	return fail_at(error, LOYALTY_BAD, path, "expected %s, not '%.*s%s'", what, (int)size,
		cell.data, size < cell.size ? "..." : "");
}

static enum loyalty_status
bad_number(const struct source *source, int column, enum number_result result, int decimals,
	struct loyalty_error *error)
{
	struct slice cell = source_cell(source, column);
	char what[64];

	switch (result) {
	case NUMBER_GROUPS:
		return bad_cell(source, column, cell, "thousands in groups of three digits", error);
	case NUMBER_OVERFLOW:
		return bad_cell(source, column, cell, "a number that fits", error);
	case NUMBER_INEXACT:
		snprintf(what, sizeof(what), "at most %d decimals", decimals);
		return bad_cell(source, column, cell, what, error);
	default:
		return bad_cell(source, column, cell, "a number", error);
	}
}

/* ---- conditions ----------------------------------------------------------- */

static bool
equals_any(const struct source *source, const struct map_test *test, struct slice cell)
{
	struct exact number;

	for (int i = 0; i < test->count; i++) {
		const struct map_operand *operand = &test->operands[i];

		if (slice_equal(operand->text, cell))
			return true;
		if (operand->numeric &&
			number_read(&source->map->numbers, cell, &number) == NUMBER_OK &&
			exact_compare(number, operand->number) == 0)
			return true;
	}
	return false;
}

static bool
compares(enum test_kind kind, int order)
{
	switch (kind) {
	case TEST_MIN:
		return order >= 0;
	case TEST_MAX:
		return order <= 0;
	case TEST_ABOVE:
		return order > 0;
	default:
		return order < 0;
	}
}

static enum loyalty_status
test_holds(const struct source *source, const struct map_test *test, bool *holds,
	struct loyalty_error *error)
{
	struct slice cell = source_cell(source, test->column);
	enum number_result result;
	struct exact number;

	switch (test->kind) {
	case TEST_ANY:
		*holds = equals_any(source, test, cell);
		return LOYALTY_OK;
	case TEST_NONE:
		*holds = !equals_any(source, test, cell);
		return LOYALTY_OK;
	case TEST_EXISTS:
		*holds = (cell.size > 0) == test->exists;
		return LOYALTY_OK;
	default:
		break;
	}
	*holds = false;
	if (cell.size == 0)
		return LOYALTY_OK;
	result = number_read(&source->map->numbers, cell, &number);
	if (result != NUMBER_OK)
		return bad_number(source, test->column, result, 0, error);
	*holds = compares(test->kind, exact_compare(number, test->operands[0].number));
	return LOYALTY_OK;
}

enum loyalty_status
record_matches(const struct source *source, const struct map_record *record, bool *matches,
	struct loyalty_error *error)
{
	*matches = record->condition_count == 0;
	for (int i = 0; i < record->condition_count && !*matches; i++) {
		const struct map_condition *condition = &record->conditions[i];

		*matches = true;
		for (int j = 0; j < condition->count && *matches; j++) {
			enum loyalty_status status =
				test_holds(source, &condition->tests[j], matches, error);

			if (status != LOYALTY_OK)
				return status;
		}
	}
	return LOYALTY_OK;
}

/* ---- texts ------------------------------------------------------------------ */

static void
put_part(const struct source *source, const struct map_part *part, struct text *text)
{
	char number[24];

	switch (part->kind) {
	case PART_TEXT:
		text_put_escaped(text, part->text);
		break;
	case PART_COLUMN:
		text_put_escaped(text, source_cell(source, part->column));
		break;
	case PART_ROW:
		text_put(text, (struct slice){ number, (size_t)snprintf(number, sizeof(number),
							       "%" PRIu64, source->number) });
		break;
	case PART_LINE:
		text_put(text, (struct slice){ number, (size_t)snprintf(number, sizeof(number),
							       "%lu", source->line) });
		break;
	case PART_FILE:
		text_put_escaped(text, source->file);
		break;
	}
}

static void
lower_letters(struct text *text, size_t from)
{
	for (size_t i = from; i < text->size; i++) {
		if (text->data[i] >= 'A' && text->data[i] <= 'Z')
			text->data[i] |= 32;
	}
}

static void
put_text(const struct source *source, const struct map_value *value, struct text *text)
{
	size_t start = text->size;

	for (int i = 0; i < value->part_count; i++) {
		if (value->parts[i].kind == PART_COLUMN &&
			source_cell(source, value->parts[i].column).size == 0) {
			text_put(text, value->empty);
			return;
		}
	}
	text_put_char(text, '"');
	for (int i = 0; i < value->part_count; i++)
		put_part(source, &value->parts[i], text);
	text_put_char(text, '"');
	if (value->lower)
		lower_letters(text, start);
}

static enum loyalty_status
write_text(const struct source *source, const struct map_value *value, struct text *text,
	struct loyalty_error *error)
{
	struct slice cell;

	if (value->case_count == 0) {
		put_text(source, value, text);
		return LOYALTY_OK;
	}
	cell = source_cell(source, value->parts[0].column);
	for (int i = 0; i < value->case_count; i++) {
		if (slice_equal(value->cases[i].text, cell)) {
			text_put(text, value->cases[i].json);
			return LOYALTY_OK;
		}
	}
	if (cell.size == 0 || value->keep) {
		put_text(source, value, text);
		return LOYALTY_OK;
	}
	text_put(text, value->fallback);
	if (value->fallback.size > 0)
		return LOYALTY_OK;
	return bad_cell(source, value->parts[0].column, cell, "a value that the map lists", error);
}

/* ---- numbers ---------------------------------------------------------------- */

/* Adds the cells of these columns; empty ones are nothing. */
static enum loyalty_status
add_cells(const struct source *source, const int *columns, int count, int sign, struct exact *sum,
	bool *present, struct loyalty_error *error)
{
	for (int i = 0; i < count; i++) {
		struct slice cell = source_cell(source, columns[i]);
		enum number_result result;
		struct exact number;

		if (cell.size == 0)
			continue;
		result = number_read(&source->map->numbers, cell, &number);
		if (result != NUMBER_OK)
			return bad_number(source, columns[i], result, 0, error);
		number.digits *= sign;
		if (!exact_add(sum, number))
			return bad_number(source, columns[i], NUMBER_OVERFLOW, 0, error);
		*present = true;
	}
	return LOYALTY_OK;
}

static enum loyalty_status
multiply(const struct source *source, const struct map_value *value, struct exact *number,
	struct loyalty_error *error)
{
	struct exact factor;
	enum number_result result;

	if (value->times < 0)
		return LOYALTY_OK;
	result = number_read(&source->map->numbers, source_cell(source, value->times), &factor);
	if (result == NUMBER_OK && !exact_multiply(number, factor))
		result = NUMBER_OVERFLOW;
	return result == NUMBER_OK ? LOYALTY_OK
				   : bad_number(source, value->times, result, 0, error);
}

/* What a row's cells come to, at the value's decimals. */
static enum loyalty_status
compute(const struct source *source, const struct map_value *value, struct exact *number,
	bool *present, struct loyalty_error *error)
{
	enum number_result result;
	enum loyalty_status status;
	bool ignored = false;
	int64_t count;

	*number = (struct exact){ 0 };
	*present = false;
	status = add_cells(source, value->columns, value->column_count, 1, number, present, error);
	if (status != LOYALTY_OK || !*present)
		return status;
	status = add_cells(source, value->less, value->less_count, -1, number, &ignored, error);
	if (status == LOYALTY_OK)
		status = multiply(source, value, number, error);
	if (status != LOYALTY_OK)
		return status;
	if (value->negate)
		number->digits = -number->digits;
	if (value->decimals < 0)
		return LOYALTY_OK;
	result = exact_count(*number, value->decimals, value->rounding, &count);
	if (result != NUMBER_OK)
		return bad_number(source, value->columns[0], result, value->decimals, error);
	*number = (struct exact){ count, value->decimals };
	return LOYALTY_OK;
}

static enum loyalty_status
bad_result(const struct map *map, const struct map_value *value, const char *what,
	struct loyalty_error *error)
{
	char path[sizeof(error->path)];

	name_column(map, value->columns[0], path, sizeof(path));
	return fail_at(error, LOYALTY_BAD, path, "%s %s",
		value->sum ? "the sum of its group" : "what the row comes to", what);
}

/* Appends a number that has been computed. */
static enum loyalty_status
put_number(const struct map *map, const struct map_value *value, struct exact number,
	struct text *text, struct loyalty_error *error)
{
	int decimals = value->decimals >= 0 ? value->decimals : number.scale;
	char digits[DECIMAL_TEXT_MAX];
	int64_t count;
	bool money = value->form == FORM_MONEY;

	if (decimals < 0)
		decimals = 0;
	if (decimals > DECIMAL_DIGITS_MAX || (value->decimals < 0 && value->times >= 0))
		decimals = exact_decimals(number);
	if (decimals > DECIMAL_DIGITS_MAX || exact_count(number, decimals, -1, &count) != NUMBER_OK)
		return bad_result(map, value, "does not fit", error);
	if (money && count < 0)
		return bad_result(map, value,
			"is below zero: such rows need a record of their own, or 'negate'", error);
	if (money)
		text_put_char(text, '"');
	text_put(text, (struct slice){ digits, decimal_format(count, decimals, digits) });
	if (money)
		text_put_char(text, '"');
	return LOYALTY_OK;
}

enum loyalty_status
value_add(const struct source *source, const struct map_value *value, struct exact *sum,
	bool *present, struct loyalty_error *error)
{
	struct exact number;
	bool here;
	enum loyalty_status status = compute(source, value, &number, &here, error);

	if (status != LOYALTY_OK || !here)
		return status;
	*present = true;
	if (!exact_add(sum, number))
		return bad_number(source, value->columns[0], NUMBER_OVERFLOW, 0, error);
	return LOYALTY_OK;
}

enum loyalty_status
sum_write(const struct map *map, const struct map_value *value, struct exact sum, struct text *text,
	struct loyalty_error *error)
{
	return put_number(map, value, sum, text, error);
}

static enum loyalty_status
write_number(const struct source *source, const struct map_value *value, struct text *text,
	struct loyalty_error *error)
{
	struct exact number;
	bool present;
	enum loyalty_status status = compute(source, value, &number, &present, error);

	if (status != LOYALTY_OK)
		return status;
	if (present)
		return put_number(source->map, value, number, text, error);
	text_put(text, value->empty);
	return LOYALTY_OK;
}

/* ---- times ------------------------------------------------------------------ */

static enum time_result
read_time(const struct map_value *value, struct slice cell, struct moment *moment)
{
	enum time_result best = TIME_SYNTAX;

	if (value->format_count == 0)
		return date_read_standard(cell, moment);
	for (int i = 0; i < value->format_count; i++) {
		enum time_result result = date_read(value->formats[i], cell, moment);

		if (result == TIME_OK)
			return result;
		if (result != TIME_SYNTAX)
			best = result;
	}
	return best;
}

/* The cells of a time, with a space between; in buffer where they are several. */
static struct slice
join_cells(const struct source *source, const struct map_value *value, char *buffer, size_t size)
{
	size_t used = 0;

	if (value->column_count == 1)
		return source_cell(source, value->columns[0]);
	for (int i = 0; i < value->column_count; i++) {
		struct slice cell = source_cell(source, value->columns[i]);

		if (cell.size == 0)
			continue;
		if (cell.size + 1 > size - used)
			return cell;
		if (used > 0)
			buffer[used++] = ' ';
		memcpy(buffer + used, cell.data, cell.size);
		used += cell.size;
	}
	return (struct slice){ buffer, used };
}

static enum loyalty_status
write_time(const struct source *source, const struct map_value *value, struct text *text,
	struct loyalty_error *error)
{
	char buffer[128];
	struct slice cell = join_cells(source, value, buffer, sizeof(buffer));
	int column = value->columns[0];
	struct moment moment;
	enum time_result result;
	char what[96];

	if (cell.size == 0)
		return LOYALTY_OK;
	result = read_time(value, cell, &moment);
	text_put_char(text, '"');
	if (result == TIME_OK && value->form == FORM_DATE)
		moment_write_date(&moment, text);
	else if (result == TIME_OK)
		result = moment_write(&moment, source->map->zone, text);
	text_put_char(text, '"');
	switch (result) {
	case TIME_OK:
		return LOYALTY_OK;
	case TIME_IMPOSSIBLE:
		return bad_cell(source, column, cell, "a date and time that exist", error);
	case TIME_SKIPPED:
		return bad_cell(
			source, column, cell, "a time that the zone's clock does not skip", error);
	case TIME_SYNTAX:
		break;
	}
	snprintf(what, sizeof(what), "a time like '%.60s'",
		value->format_count ? value->formats[0] : "2026-03-01T12:00:00Z");
	return bad_cell(source, column, cell, what, error);
}

/* ---- all forms --------------------------------------------------------------- */

static enum loyalty_status
write_list(const struct source *source, const struct map_value *value, struct text *text,
	struct loyalty_error *error)
{
	size_t start = text->size;
	int count = 0;

	text_put_char(text, '[');
	for (int i = 0; i < value->list_count; i++) {
		size_t before = text->size;
		size_t begin;
		enum loyalty_status status;

		if (count > 0)
			text_put_char(text, ',');
		begin = text->size;
		status = value_write(source, &value->list[i], text, error);
		if (status != LOYALTY_OK)
			return status;
		if (text->size == begin)
			text->size = before;
		else
			count++;
	}
	text_put_char(text, ']');
	if (count == 0)
		text->size = start;
	return LOYALTY_OK;
}

enum loyalty_status
value_write(const struct source *source, const struct map_value *value, struct text *text,
	struct loyalty_error *error)
{
	switch (value->form) {
	case FORM_CONSTANT:
		text_put(text, value->json);
		return LOYALTY_OK;
	case FORM_TEXT:
		return write_text(source, value, text, error);
	case FORM_LIST:
		return write_list(source, value, text, error);
	case FORM_MONEY:
	case FORM_NUMBER:
		return write_number(source, value, text, error);
	case FORM_TIME:
	case FORM_DATE:
		break;
	}
	return write_time(source, value, text, error);
}

/* ---- members ------------------------------------------------------------------ */

static void
count_cells(const struct map_template *template, const struct map_node *node,
	const struct slice *values, int *given, int *missing)
{
	for (const struct map_node *child = node->children; child; child = child->next) {
		if (child->kind != NODE_VALUE)
			count_cells(template, child, values, given, missing);
		else if (template->values[child->index].form == FORM_CONSTANT)
			continue;
		else if (values[child->index].size > 0)
			++*given;
		else
			++*missing;
	}
}

bool
node_has_cells(const struct map_template *template, const struct map_node *node,
	const struct slice *values)
{
	int given = 0, missing = 0;

	count_cells(template, node, values, &given, &missing);
	return given > 0 || missing == 0;
}

struct writing {
	const struct map_template *template;
	const struct slice *values;
	const struct slice *rows;
	struct text *text;
};

static void write_members(const struct writing *writing, const struct map_node *parent);

/* The value behind its key; false: there is none. */
static bool
write_node(const struct writing *writing, const struct map_node *node)
{
	struct text *text = writing->text;
	size_t start = text->size;

	switch (node->kind) {
	case NODE_VALUE:
		text_put(text, writing->values[node->index]);
		return writing->values[node->index].size > 0;
	case NODE_OBJECT:
		text_put_char(text, '{');
		write_members(writing, node);
		text_put_char(text, '}');
		return text->size > start + 2;
	case NODE_LIST:
		text_put_char(text, '[');
		write_members(writing, node);
		text_put_char(text, ']');
		return text->size > start + 2;
	case NODE_ROWS:
		text_put_char(text, '[');
		text_put(text, writing->rows[node->index]);
		text_put_char(text, ']');
		return text->size > start + 2;
	}
	return false;
}

static void
write_members(const struct writing *writing, const struct map_node *parent)
{
	struct text *text = writing->text;
	bool some = false;

	for (const struct map_node *node = parent->children; node; node = node->next) {
		size_t start = text->size;

		if (parent->kind == NODE_LIST &&
			!node_has_cells(writing->template, node, writing->values))
			continue;
		if (some)
			text_put_char(text, ',');
		text_put(text, node->key);
		if (write_node(writing, node))
			some = true;
		else
			text->size = start;
	}
}

void
template_write(const struct map_template *template, const struct slice *values,
	const struct slice *rows, struct text *text)
{
	struct writing writing = { template, values, rows, text };

	write_node(&writing, &template->root);
}

/*
 * values.c - the plain values of a document: texts, numbers, dates, keywords.
 */
#include <stdio.h>
#include <stdlib.h>

#include "loader.h"

bool
load_notes(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)field;
	(void)unused;
	*LOAD_APPEND(loader, loader->noted, loader->noted_count) = node->up->json;
	for (int i = 0; i < node_list_size(node); i++) {
		struct node note = node_list_item(node, i);

		if (!json_is_string(note.json))
			return load_error(loader, &note, "expected a string");
	}
	return true;
}

bool
load_nothing(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)loader;
	(void)node;
	(void)field;
	(void)unused;
	return true;
}

struct slice
node_text(const struct node *node)
{
	if (!json_is_string(node->json))
		return (struct slice){ "", 0 };
	return (struct slice){ json_string_value(node->json), json_string_length(node->json) };
}

bool
load_text(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct slice text = node_text(node);

	(void)unused;
	if (text.size == 0)
		return load_error(loader, node, "expected a string that is not empty");
	*(struct slice *)field = load_copy(loader, text.data, text.size);
	return true;
}

bool
load_text_list(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct slice_list *list = field;
	bool loaded = true;

	(void)unused;
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);

		loaded &= load_text(
			loader, &item, LOAD_APPEND(loader, list->items, list->count), NULL);
	}
	return loaded;
}

bool
load_flag(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)unused;
	if (!json_is_boolean(node->json))
		return load_error(loader, node, "expected true or false");
	*(bool *)field = json_is_true(node->json);
	return true;
}

/* "down, up or half-up" */
static const char *
join_names(struct loader *loader, const char *const *names)
{
	const char *joined = names[0];

	for (int i = 1; names[i]; i++)
		joined = load_format(
			loader, "%s%s%s", joined, names[i + 1] ? ", " : " or ", names[i]);
	return joined;
}

/* argument: the names, in the order of the enum that field is. */
bool
load_keyword(struct loader *loader, const struct node *node, void *field, const void *argument)
{
	const char *const *names = argument;
	const char *text = json_string_value(node->json);

	for (int i = 0; text && names[i]; i++) {
		if (strcmp(names[i], text) == 0) {
			*(unsigned *)field = (unsigned)i;
			return true;
		}
	}
	if (text)
		return load_error(loader, node, "unknown value '%s': expected %s", text,
			join_names(loader, names));
	return load_error(loader, node, "expected %s", join_names(loader, names));
}

/* ---- numbers ----------------------------------------------------------------- */

/* The shortest text that reads as the same double: what was probably written. */
static void
format_real(double real, char *text, size_t size)
{
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, size, "%.*g", digits, real);
		if (strtod(text, NULL) == real)
			return;
	}
}

bool
load_number_text(struct loader *loader, const struct node *node, struct slice *text)
{
	char digits[48];

	if (json_is_string(node->json)) {
		*text = load_copy(
			loader, json_string_value(node->json), json_string_length(node->json));
		return true;
	}
	if (json_is_real(node->json)) {
		format_real(json_real_value(node->json), digits, sizeof(digits));
		return load_error(loader, node, "a decimal stands in quotes: write \"%s\"", digits);
	}
	if (!json_is_integer(node->json))
		return load_error(
			loader, node, "expected a number: an integer or a decimal in quotes");
	snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(node->json));
	*text = load_copy(loader, digits, strlen(digits));
	return true;
}

static bool
load_number_error(struct loader *loader, const struct node *node, enum decimal_result result,
	struct slice text, int decimals)
{
	if (result == DECIMAL_OVERFLOW)
		return load_error(loader, node, "the number '%s' is too large", text.data);
	if (result == DECIMAL_INEXACT && decimals == 0)
		return load_error(loader, node, "expected a whole number, not '%s'", text.data);
	if (result == DECIMAL_INEXACT)
		return load_error(loader, node, "expected at most %d decimal%s, not '%s'", decimals,
			decimals == 1 ? "" : "s", text.data);
	return load_error(loader, node, "expected a number, not '%s'", text.data);
}

bool
load_ratio(struct loader *loader, const struct node *node, struct rational *value)
{
	struct slice text;
	enum decimal_result result;

	if (!load_number_text(loader, node, &text))
		return false;
	result = rational_parse(text, value);
	if (result != DECIMAL_OK)
		return load_number_error(loader, node, result, text, 0);
	if (value->num < 0)
		return load_error(loader, node, "expected 0 or more, not '%s'", text.data);
	return true;
}

bool
load_count(struct loader *loader, const struct node *node, int decimals, int64_t *count)
{
	struct slice text;
	enum decimal_result result;

	if (!load_number_text(loader, node, &text))
		return false;
	result = decimal_parse(text, decimals, count);
	if (result != DECIMAL_OK)
		return load_number_error(loader, node, result, text, decimals);
	if (*count < 0)
		return load_error(loader, node, "expected 0 or more, not '%s'", text.data);
	return true;
}

bool
load_decimal(struct loader *loader, const struct node *node, struct decimal *value)
{
	struct slice text;
	enum decimal_result result;

	if (!load_number_text(loader, node, &text))
		return false;
	result = decimal_read(text, value);
	return result == DECIMAL_OK || load_number_error(loader, node, result, text, 0);
}

/* argument: the range, two ints. */
bool
load_integer(struct loader *loader, const struct node *node, void *field, const void *argument)
{
	const int *range = argument;
	json_int_t value = json_integer_value(node->json);

	if (range[0] == range[1] && value != range[0])
		return load_error(loader, node, "expected %d", range[0]);
	if (!json_is_integer(node->json) || value < range[0] || value > range[1])
		return load_error(
			loader, node, "expected an integer from %d to %d", range[0], range[1]);
	*(int *)field = (int)value;
	return true;
}

/* ---- time ----------------------------------------------------------------------- */

bool
duration_is_zero(const struct duration *duration)
{
	return duration->months == 0 && duration->days == 0 && duration->micros == 0;
}

bool
duration_equal(const struct duration *a, const struct duration *b)
{
	return a->months == b->months && a->days == b->days && a->micros == b->micros;
}

bool
load_duration(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct duration *duration = field;

	(void)unused;
	if (!duration_parse(node_text(node), duration))
		return load_error(loader, node, "expected a duration such as P12M, P90D or PT10M");
	if (duration_is_zero(duration))
		return load_error(loader, node, "expected a duration longer than nothing");
	return true;
}

/* "from": a date, or a local date and time. */
bool
load_from(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)unused;
	if (!json_is_string(node->json))
		return load_error(loader, node, "expected a date such as 2026-03-10");
	if (!loader->programme->zone)
		return true; /* said at the zone */
	switch (instant_parse(loader->programme->zone, node_text(node), field, NULL)) {
	case TIME_OK:
		return true;
	case TIME_IMPOSSIBLE:
		return load_error(loader, node, "there is no '%s'", json_string_value(node->json));
	case TIME_SKIPPED:
		return load_error(loader, node, "the clock of the zone skips '%s'",
			json_string_value(node->json));
	case TIME_SYNTAX:
		break;
	}
	return load_error(loader, node, "expected a date such as 2026-03-10, not '%s'",
		json_string_value(node->json));
}

/* "through": a date, and that whole day. */
bool
load_through(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	int32_t day;

	(void)unused;
	if (!json_is_string(node->json))
		return load_error(loader, node, "expected a date such as 2026-03-10");
	switch (day_parse(node_text(node), &day)) {
	case TIME_OK:
		break;
	case TIME_IMPOSSIBLE:
		return load_error(loader, node, "there is no '%s'", json_string_value(node->json));
	case TIME_SYNTAX:
	case TIME_SKIPPED:
		return load_error(loader, node,
			"expected a date such as 2026-03-10 (that whole day is included), not '%s'",
			json_string_value(node->json));
	}
	if (loader->programme->zone)
		*(instant *)field = zone_day_start(loader->programme->zone, day + 1);
	return true;
}

static bool
parse_digits(struct slice text, size_t at, int *value)
{
	const char *digit = text.data + at;

	if (digit[0] < '0' || digit[0] > '9' || digit[1] < '0' || digit[1] > '9')
		return false;
	*value = (digit[0] - '0') * 10 + digit[1] - '0';
	return true;
}

bool
parse_month_day(struct slice text, struct month_day *day)
{
	enum { LEAP_YEAR = 2024 };

	return text.size == 5 && text.data[2] == '-' && parse_digits(text, 0, &day->month) &&
	       parse_digits(text, 3, &day->day) && day->month >= 1 && day->month <= 12 &&
	       day->day >= 1 && day->day <= days_in_month(LEAP_YEAR, day->month);
}

bool
parse_clock(struct slice text, int *minute)
{
	int hours, minutes;

	if (text.size != 5 || text.data[2] != ':' || !parse_digits(text, 0, &hours) ||
		!parse_digits(text, 3, &minutes) || hours > 23 || minutes > 59)
		return false;
	*minute = hours * 60 + minutes;
	return true;
}

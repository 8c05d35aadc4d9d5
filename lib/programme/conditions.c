/*
 * conditions.c - `when`, `items`, `tenders`, `item`: all keys of an object hold,
 * or any object of a list.
 */
#include "loader.h"

static bool
load_children(struct loader *loader, const struct node *node, enum scope scope, struct test *test)
{
	test->condition_count = 1;
	test->conditions = load_alloc(loader, 1, sizeof(*test->conditions));
	return load_condition_at(loader, node, scope, test->conditions);
}

/* ---- time --------------------------------------------------------------------- */

static bool
is_date(struct slice text)
{
	int32_t day;

	return day_parse(text, &day) == TIME_OK;
}

static bool
is_time(struct slice text)
{
	int minute;
	struct slice minutes = { text.data, text.size < 5 ? text.size : 5 };

	if (!parse_clock(minutes, &minute))
		return false;
	return text.size == 5 ||
	       (text.size == 8 && text.data[5] == ':' && text.data[6] >= '0' &&
		       text.data[6] <= '5' && text.data[7] >= '0' && text.data[7] <= '9');
}

int
weekday_of(struct slice name)
{
	static const char *const names[] = { "monday", "tuesday", "wednesday", "thursday", "friday",
		"saturday", "sunday" };

	for (int i = 0; i < 7; i++) {
		if (slice_equal(slice_of(names[i]), name))
			return i;
	}
	return -1;
}

static bool
is_weekday(struct slice text)
{
	return weekday_of(text) >= 0;
}

static bool
is_day_of_month(struct slice text)
{
	int64_t day;

	return decimal_parse(text, 0, &day) == DECIMAL_OK && day >= 1 && day <= 31;
}

static bool
is_month(struct slice text)
{
	int64_t month;

	return decimal_parse(text, 0, &month) == DECIMAL_OK && month >= 1 && month <= 12;
}

static const struct {
	const char *name;
	enum test_kind kind;
	bool (*accepts)(struct slice text);
	const char *expected;
} times[] = {
	{ "date", TEST_AT_DATE, is_date, "a date such as 2026-03-10" },
	{ "time", TEST_AT_TIME, is_time, "a time such as 09:00" },
	{ "weekday", TEST_AT_WEEKDAY, is_weekday, "a day of the week such as monday" },
	{ "day", TEST_AT_DAY, is_day_of_month, "a day from 1 to 31" },
	{ "month", TEST_AT_MONTH, is_month, "a month from 1 to 12" },
};

static bool
accepts_scalars(const struct scalar_list *list, bool (*accepts)(struct slice text))
{
	for (int i = 0; i < list->count; i++) {
		if (!accepts(list->items[i].text))
			return false;
	}
	return true;
}

static bool
load_time_test(struct loader *loader, const struct node *node, const char *name, struct test *test)
{
	const struct comparison *compare = &test->compare;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		bool (*accepts)(struct slice text) = times[i].accepts;

		if (strcmp(times[i].name, name) != 0)
			continue;
		test->kind = times[i].kind;
		if (!load_comparison(loader, node, &test->compare, NULL))
			return false;
		if (accepts_scalars(&compare->equals, accepts) &&
			accepts_scalars(&compare->unequal, accepts) &&
			(!compare->has_min || accepts(compare->min.text)) &&
			(!compare->has_max || accepts(compare->max.text)) &&
			(!compare->has_above || accepts(compare->above.text)) &&
			(!compare->has_below || accepts(compare->below.text)))
			return true;
		return load_error(loader, node, "expected %s", times[i].expected);
	}
	return load_error(
		loader, node, "expected at.date, at.time, at.weekday, at.day or at.month");
}

/* ---- the member ----------------------------------------------------------------- */

static int
level_of_scalar(const struct name_list *levels, const struct scalar *scalar)
{
	return name_find(levels, scalar->text);
}

static bool
check_levels(struct loader *loader, const struct node *node, const struct name_list *levels,
	const struct scalar_list *list)
{
	bool known = true;

	for (int i = 0; i < list->count; i++) {
		if (level_of_scalar(levels, &list->items[i]) < 0)
			known = load_unknown(loader, node, "level",
				list->items[i].text.data ? list->items[i].text.data : "", levels);
	}
	return known;
}

static bool
check_level_bound(struct loader *loader, const struct node *node, const struct name_list *levels,
	bool has, struct scalar *bound)
{
	struct scalar_list list = { bound, 1 };

	return !has || check_levels(loader, node, levels, &list);
}

static uint64_t
levels_of(const struct name_list *levels, const struct scalar_list *list)
{
	uint64_t bits = 0;

	for (int i = 0; i < list->count; i++)
		bits |= UINT64_C(1) << level_of_scalar(levels, &list->items[i]);
	return bits;
}

static bool
level_holds(const struct name_list *levels, const struct comparison *compare, int level)
{
	uint64_t bit = UINT64_C(1) << level;

	if (compare->equals.count && !(levels_of(levels, &compare->equals) & bit))
		return false;
	if (levels_of(levels, &compare->unequal) & bit)
		return false;
	return (!compare->has_min || level >= level_of_scalar(levels, &compare->min)) &&
	       (!compare->has_max || level <= level_of_scalar(levels, &compare->max)) &&
	       (!compare->has_above || level > level_of_scalar(levels, &compare->above)) &&
	       (!compare->has_below || level < level_of_scalar(levels, &compare->below));
}

static bool
load_level_test(struct loader *loader, const struct node *node, int ladder, struct test *test)
{
	const struct name_list *levels = &loader->levels[ladder];
	struct comparison *compare = &test->compare;

	test->kind = TEST_LEVEL;
	test->index = ladder;
	note_level_read(loader, ladder);
	if (!load_comparison(loader, node, compare, NULL))
		return false;
	if (compare->exists >= 0 || compare->has_every)
		return load_error(loader, node, "a level has no 'exists' and no 'every'");
	if (!check_levels(loader, node, levels, &compare->equals) ||
		!check_levels(loader, node, levels, &compare->unequal) ||
		!check_level_bound(loader, node, levels, compare->has_min, &compare->min) ||
		!check_level_bound(loader, node, levels, compare->has_max, &compare->max) ||
		!check_level_bound(loader, node, levels, compare->has_above, &compare->above) ||
		!check_level_bound(loader, node, levels, compare->has_below, &compare->below))
		return false;
	for (int i = 0; i < levels->count && i < LEVELS_MAX; i++) {
		if (level_holds(levels, compare, i))
			test->levels |= UINT64_C(1) << i;
	}
	if (test->levels == 0)
		return load_error(loader, node, "no level is like this");
	return true;
}

static bool
load_unit_test(struct loader *loader, const struct node *node, const char *name, bool earned,
	struct test *test)
{
	struct period over = { .kind = PERIOD_LIFETIME, .window = -1 };
	int unit = name_find(&loader->units, slice_of(name));

	test->kind = earned ? TEST_EARNED : TEST_BALANCE;
	test->index = unit;
	if (!load_comparison(loader, node, &test->compare, earned ? &over : NULL))
		return false;
	if (unit < 0)
		return load_unknown(loader, node, "unit", name, &loader->units);
	if (earned)
		test->index = earned_counter(loader, unit, &over);
	else
		note_reads(loader, READS_BALANCE);
	if (!earned && !loader->programme->units[unit].spendable)
		return load_error(loader, node, "'%s' has no balance: it is not spendable", name);
	return true;
}

static bool
load_in_periods(struct loader *loader, const struct node *node, struct test *test)
{
	bool loaded = true;

	if (node_list_size(node) == 0)
		return load_error(loader, node, "expected at least one period");
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		struct period *period = LOAD_APPEND(loader, test->periods, test->period_count);

		if (!load_period(loader, &item, PERIOD_WITH_ENDS, period))
			loaded = false;
		else if (period->kind != PERIOD_BIRTHDAY_MONTH && period->kind != PERIOD_WINDOW)
			loaded = load_error(
				loader, &item, "expected birthday-month or a window of 'periods'");
	}
	return loaded;
}

static bool
load_in(struct loader *loader, const struct node *node, struct test *test)
{
	struct node negated;

	test->kind = TEST_IN;
	if (!json_is_object(node->json))
		return load_in_periods(loader, node, test);
	negated = node_member(node, "not");
	if (!negated.json || json_object_size(node->json) != 1)
		return load_error(
			loader, node, "expected a period, a list of periods or {\"not\": ...}");
	test->in_negated = true;
	return load_in_periods(loader, &negated, test);
}

/* ---- elements --------------------------------------------------------------------- */

/* One object of a condition on elements, with `count` and `total` beside its fields. */
static bool
load_element_test(
	struct loader *loader, const struct node *node, enum scope scope, struct test *test)
{
	struct node count = { .json = NULL };
	struct node total = { .json = NULL };
	bool loaded = true;

	test->kind = TEST_ELEMENTS;
	test->table = scope == SCOPE_ITEMS     ? TABLE_ITEMS
		      : scope == SCOPE_TENDERS ? TABLE_TENDERS
					       : TABLE_BASKET_ITEMS;
	if (json_is_object(node->json)) {
		count = node_member(node, "count");
		total = node_member(node, "total");
	}
	if (count.json) {
		test->has_count = true;
		loaded &= load_comparison(loader, &count, &test->count, NULL);
	}
	if (total.json) {
		test->has_total = true;
		loaded &= load_comparison(loader, &total, &test->total, NULL);
	}
	loader->in_elements = true;
	loaded &= load_children(loader, node, scope, test);
	loader->in_elements = false;
	return loaded;
}

/* A list is any of its objects, each with its own count. */
static bool
load_elements_test(
	struct loader *loader, const struct node *node, enum scope scope, struct test *test)
{
	bool loaded = true;

	if (!json_is_array(node->json))
		return load_element_test(loader, node, scope, test);
	test->kind = TEST_ANY;
	test->condition_count = node_list_size(node);
	test->conditions =
		load_alloc(loader, (size_t)test->condition_count + 1, sizeof(*test->conditions));
	if (test->condition_count == 0)
		return load_error(loader, node, "expected at least one condition");
	for (int i = 0; i < test->condition_count; i++) {
		struct node item = node_list_item(node, i);
		struct condition *condition = &test->conditions[i];
		struct alternative *alternative =
			LOAD_APPEND(loader, condition->alternatives, condition->count);

		loaded &= load_element_test(loader, &item, scope,
			LOAD_APPEND(loader, alternative->tests, alternative->count));
	}
	return loaded;
}

static bool
load_any(struct loader *loader, const struct node *node, enum scope scope, struct test *test)
{
	bool loaded = true;

	test->kind = TEST_ANY;
	if (!json_is_array(node->json) || json_array_size(node->json) == 0)
		return load_error(loader, node, "expected a list of conditions");
	test->condition_count = node_list_size(node);
	test->conditions =
		load_alloc(loader, (size_t)test->condition_count, sizeof(*test->conditions));
	for (int i = 0; i < test->condition_count; i++) {
		struct node item = node_list_item(node, i);

		loaded &= load_condition_at(loader, &item, scope, &test->conditions[i]);
	}
	return loaded;
}

/* ---- keys --------------------------------------------------------------------------- */

static bool
load_field_test(struct loader *loader, const struct node *node, enum scope scope, struct test *test)
{
	const int tables[] = { TABLE_RECORD, TABLE_ITEMS, TABLE_TENDERS, TABLE_BASKET_ITEMS };

	if (!node->key[0])
		return load_error(loader, node, "expected the name of a field");
	check_field_name(loader, node, node->key);
	test->kind = TEST_FIELD;
	test->table = tables[scope];
	test->column = column_of(loader, scope, node->key);
	return load_comparison(loader, node, &test->compare, NULL);
}

static const char *
after_prefix(const char *key, const char *prefix)
{
	size_t size = strlen(prefix);

	return strncmp(key, prefix, size) == 0 && key[size] ? key + size : NULL;
}

static bool
load_member_test(
	struct loader *loader, const struct node *node, const char *name, struct test *test)
{
	test->kind = TEST_MEMBER;
	test->index = attribute_of(loader, name);
	return load_comparison(loader, node, &test->compare, NULL);
}

static bool
is_reserved(const char *key)
{
	static const char *const words[] = { "tier", "balance", "earned", "member", "at", "basket",
		NULL };

	for (int i = 0; words[i]; i++) {
		if (strcmp(key, words[i]) == 0)
			return true;
	}
	return false;
}

static bool
load_record_test(struct loader *loader, const struct node *node, struct test *test)
{
	const char *key = node->key;
	const char *rest;
	int ladder = name_find(&loader->ladders, slice_of(key));

	if (ladder >= 0)
		return load_level_test(loader, node, ladder, test);
	if ((rest = after_prefix(key, "at.")))
		return load_time_test(loader, node, rest, test);
	if ((rest = after_prefix(key, "member.")))
		return load_member_test(loader, node, rest, test);
	if ((rest = after_prefix(key, "balance.")))
		return load_unit_test(loader, node, rest, false, test);
	if ((rest = after_prefix(key, "earned.")))
		return load_unit_test(loader, node, rest, true, test);
	if (strcmp(key, "items") == 0)
		return load_elements_test(loader, node, SCOPE_ITEMS, test);
	if (strcmp(key, "tenders") == 0)
		return load_elements_test(loader, node, SCOPE_TENDERS, test);
	if (strcmp(key, "basket.items") == 0)
		return load_elements_test(loader, node, SCOPE_BASKET_ITEMS, test);
	if (strcmp(key, "history") == 0)
		return load_history(loader, node, test);
	if (strcmp(key, "in") == 0)
		return load_in(loader, node, test);
	if (part_of(loader, key, &test->part)) {
		test->kind = TEST_PART;
		return load_comparison(loader, node, &test->compare, NULL);
	}
	if (strcmp(key, "tier") == 0)
		return load_error(loader, node, "the programme has no ladder 'tier'");
	if (is_reserved(key))
		return load_error(loader, node, "expected %s.NAME", key);
	return load_field_test(loader, node, SCOPE_RECORD, test);
}

static bool
load_test_key(struct loader *loader, const struct node *node, enum scope scope, struct test *test)
{
	test->compare.exists = -1;
	if (strcmp(node->key, "any") == 0)
		return load_any(loader, node, scope, test);
	if (strcmp(node->key, "not") == 0) {
		test->kind = TEST_NOT;
		return load_children(loader, node, scope, test);
	}
	if (scope == SCOPE_RECORD)
		return load_record_test(loader, node, test);
	return load_field_test(loader, node, scope, test);
}

/* count and total of elements are the element test's own. */
static bool
is_element_key(const char *key)
{
	return strcmp(key, "count") == 0 || strcmp(key, "total") == 0;
}

static bool
load_alternative(struct loader *loader, const struct node *node, enum scope scope, bool counted,
	struct condition *condition)
{
	struct alternative *alternative;
	struct node child = { NULL, node, NULL, -1 };
	bool loaded = true;

	if (!json_is_object(node->json))
		return load_error(loader, node, "expected a condition: an object");
	alternative = LOAD_APPEND(loader, condition->alternatives, condition->count);
	json_object_foreach(node->json, child.key, child.json) {
		child.place++;
		if (scope != SCOPE_RECORD && is_element_key(child.key)) {
			if (!counted)
				loaded = load_error(loader, &child,
					"'%s' counts elements only directly in items, tenders or "
					"basket.items of a condition",
					child.key);
			continue;
		}
		loaded &= load_test_key(loader, &child, scope,
			LOAD_APPEND(loader, alternative->tests, alternative->count));
	}
	return loaded;
}

bool
load_condition_at(struct loader *loader, const struct node *node, enum scope scope,
	struct condition *condition)
{
	bool counted = loader->in_elements;
	bool loaded = true;

	loader->in_elements = false;
	if (node_too_deep(loader, node))
		return false;
	/* No keys: always. */
	if (json_is_object(node->json) && json_object_size(node->json) == 0)
		return true;
	if (node_list_size(node) == 0)
		return load_error(loader, node, "expected at least one condition");
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);

		loaded &= load_alternative(loader, &item, scope, counted, condition);
	}
	return loaded;
}

bool
load_condition(struct loader *loader, const struct node *node, void *field, const void *argument)
{
	const enum scope *scope = argument;
	struct condition *condition = load_alloc(loader, 1, sizeof(*condition));

	*(struct condition **)field = condition;
	return load_condition_at(loader, node, scope ? *scope : SCOPE_RECORD, condition);
}

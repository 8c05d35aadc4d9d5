/*
 * map_records.c - loads the list of records of a map: which rows, and what of them.
 */
#include <stdio.h>

#include "import/map_load.h"

/* ---- conditions ----------------------------------------------------------- */

static void
load_operands(struct map_loader *load, const json_t *json, struct map_test *test)
{
	static const struct number_format plain = { .decimal = '.' };
	size_t count = map_load_count(json);

	test->operands = pool_take(&load->map->pool, count, sizeof(*test->operands));
	if (count == 0)
		map_load_error(load, "expected at least one value");
	for (size_t i = 0; i < count && test->operands; i++) {
		const json_t *element = map_load_element(json, i);
		size_t mark = map_load_enter_element(load, json, i);
		struct map_operand *operand = &test->operands[test->count++];
		char number[32];

		operand->numeric = json_is_integer(element);
		if (operand->numeric) {
			snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
				json_integer_value(element));
			operand->text = pool_copy(&load->map->pool, slice_of(number));
		} else if (json_is_string(element)) {
			operand->text =
				pool_copy(&load->map->pool, slice_of(json_string_value(element)));
		} else {
			map_load_expected(load, "a string or an integer", element);
		}
		if (test->kind >= TEST_MIN && operand->text.data &&
			number_read(&plain, operand->text, &operand->number) != NUMBER_OK)
			map_load_error(load, "expected a number (\"-12.50\"), not '%s'",
				operand->text.data);
		else if (operand->numeric)
			number_read(&plain, operand->text, &operand->number);
		map_load_leave(load, mark);
	}
	if (test->kind >= TEST_MIN && json_is_array(json))
		map_load_error(load, "expected one number, not a list");
}

static void
load_comparison(
	struct map_loader *load, const json_t *json, int column, struct map_condition *condition)
{
	static const struct {
		const char *key;
		enum test_kind kind;
	} comparisons[] = { { "not", TEST_NONE }, { "min", TEST_MIN }, { "max", TEST_MAX },
		{ "above", TEST_ABOVE }, { "below", TEST_BELOW }, { "exists", TEST_EXISTS } };
	static const char *const keys[] = { "not", "min", "max", "above", "below", "exists", NULL };

	map_load_keys(load, json, keys);
	if (json_object_size(json) == 0)
		map_load_error(load, "expected at least one comparison");
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
		const json_t *operand = json_object_get(json, comparisons[i].key);
		struct map_test *test = &condition->tests[condition->count];
		size_t mark;

		if (!operand)
			continue;
		*test = (struct map_test){ .column = column, .kind = comparisons[i].kind };
		condition->count++;
		if (test->kind == TEST_EXISTS) {
			test->exists = map_load_bool(load, json, "exists", true);
			continue;
		}
		mark = map_load_enter(load, comparisons[i].key);
		load_operands(load, operand, test);
		map_load_leave(load, mark);
	}
}

static void
load_condition(struct map_loader *load, const json_t *json, struct map_condition *condition)
{
	const char *name;
	json_t *value;

	if (!json_is_object(json) || json_object_size(json) == 0) {
		map_load_expected(load, "an object of columns and what they must be", json);
		return;
	}
	condition->tests =
		pool_take(&load->map->pool, 6 * json_object_size(json), sizeof(*condition->tests));
	if (!condition->tests)
		return;
	json_object_foreach((json_t *)(uintptr_t)json, name, value) {
		size_t mark = map_load_enter(load, name);
		int column = map_load_column_name(load, slice_of(name));

		if (json_is_object(value)) {
			load_comparison(load, value, column, condition);
		} else {
			struct map_test *test = &condition->tests[condition->count++];

			*test = (struct map_test){ .column = column, .kind = TEST_ANY };
			load_operands(load, value, test);
		}
		map_load_leave(load, mark);
	}
}

static void
load_when(struct map_loader *load, const json_t *json, struct map_record *record)
{
	size_t count = map_load_count(json);
	size_t mark = map_load_enter(load, "when");

	record->conditions = pool_take(&load->map->pool, count, sizeof(*record->conditions));
	if (count == 0)
		map_load_error(load, "expected at least one condition");
	for (size_t i = 0; i < count && record->conditions; i++) {
		size_t inner = map_load_enter_element(load, json, i);

		load_condition(load, map_load_element(json, i), &record->conditions[i]);
		record->condition_count++;
		map_load_leave(load, inner);
	}
	map_load_leave(load, mark);
}

/* ---- what a fact must have -------------------------------------------------- */

/* Members that every fact of a type must have, besides at and member; `|`: one of two. */
static const struct {
	const char *type;
	const char *members[2];
} needs[] = {
	{ "purchase", { "amount" } },
	{ "return", { "of", "amount|items" } },
	{ "cancel", { "of" } },
	{ "action", { "name" } },
	{ "redeem", { "reward|points" } },
	{ "adjust", { "points" } },
	{ "transfer", { "to", "points" } },
	{ "grant", { "tier" } },
	{ "merge", { "into" } },
};

/* Index of the value at a path of head, -2 of an array, -1 of nothing. */
static int
find_value(const struct map_record *record, struct slice path)
{
	for (int i = 0; i < record->head.count; i++) {
		if (slice_equal(record->head.values[i].path, path))
			return i;
	}
	for (struct map_node *node = record->head.root.children; node; node = node->next) {
		if ((node->kind == NODE_ROWS || node->kind == NODE_LIST) &&
			node->key.size == path.size + 3 &&
			memcmp(node->key.data + 1, path.data, path.size) == 0)
			return -2;
	}
	return -1;
}

static void
require(struct map_loader *load, struct map_record *record, const char *type, const char *members)
{
	const char *bar = strchr(members, '|');
	struct slice first = { members, bar ? (size_t)(bar - members) : strlen(members) };
	int one = find_value(record, first);
	int other = bar ? find_value(record, slice_of(bar + 1)) : -1;
	int i = record->required_count;

	if (one == -1 && other == -1) {
		map_load_error(load, "expected '%.*s'%s%s%s in a fact of type '%s'",
			(int)first.size, first.data, bar ? " or '" : "", bar ? bar + 1 : "",
			bar ? "'" : "", type);
		return;
	}
	record->required[i].name = pool_copy(&load->map->pool, first).data;
	record->required[i].values[0] = one;
	record->required[i].values[1] = other;
	record->required_count++;
}

static void
load_required(struct map_loader *load, const json_t *fact, struct map_record *record)
{
	const json_t *type = json_object_get(fact, "type");
	const char *name = json_string_value(type);
	size_t mark;

	if (!name || !name[0] || strpbrk(name, "{}")) {
		mark = map_load_enter(load, "type");
		map_load_expected(load, "a type of facts, as it is (\"purchase\")", type);
		map_load_leave(load, mark);
		return;
	}
	require(load, record, name, "at");
	if (strcmp(name, "tick") != 0)
		require(load, record, name, "member");
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		for (int j = 0; j < 2 && strcmp(needs[i].type, name) == 0; j++) {
			if (needs[i].members[j])
				require(load, record, name, needs[i].members[j]);
		}
	}
}

/* ---- what all rows of a group must agree on --------------------------------- */

static bool
contains(const int *columns, int count, int column)
{
	for (int i = 0; i < count; i++) {
		if (columns[i] == column)
			return true;
	}
	return false;
}

static void
add_same(struct map_loader *load, struct map_record *record, int column)
{
	if (column < 0 || contains(record->same, record->same_count, column) ||
		contains(load->map->group, load->map->group_count, column) ||
		contains(load->first, load->first_count, column))
		return;
	record->same[record->same_count++] = column;
}

static void
add_same_of(struct map_loader *load, struct map_record *record, const struct map_value *value)
{
	if (value->sum)
		return;
	for (int i = 0; i < value->part_count; i++)
		add_same(load, record,
			value->parts[i].kind == PART_COLUMN ? value->parts[i].column : -1);
	for (int i = 0; i < value->column_count; i++)
		add_same(load, record, value->columns[i]);
	for (int i = 0; i < value->less_count; i++)
		add_same(load, record, value->less[i]);
	add_same(load, record, value->times);
	for (int i = 0; i < value->list_count; i++)
		add_same_of(load, record, &value->list[i]);
}

static void
find_same(struct map_loader *load, struct map_record *record)
{
	if (!load->map->grouped || load->map->column_count == 0)
		return;
	record->same =
		pool_take(&load->map->pool, (size_t)load->map->column_count, sizeof(*record->same));
	for (int i = 0; i < record->head.count && record->same; i++)
		add_same_of(load, record, &record->head.values[i]);
}

/* ---- records ---------------------------------------------------------------- */

static void
load_record(struct map_loader *load, const json_t *json, struct map_record *record)
{
	static const char *const keys[] = { "name", "notes", "when", "fact", "skip", NULL };
	const json_t *fact = json_object_get(json, "fact");
	const char *name = map_load_string(load, json, "name");
	size_t mark;

	record->name = pool_copy(&load->map->pool, slice_of(name ? name : load->path));
	if (!map_load_keys(load, json, keys))
		return;
	if (json_object_get(json, "when"))
		load_when(load, json_object_get(json, "when"), record);
	record->skip = map_load_bool(load, json, "skip", false);
	if (record->skip == (fact != NULL)) {
		map_load_error(load, "expected either 'fact' or 'skip': true");
		return;
	}
	if (record->skip)
		return;
	mark = map_load_enter(load, "fact");
	map_load_fact(load, fact, record);
	if (json_is_object(fact))
		load_required(load, fact, record);
	map_load_leave(load, mark);
	find_same(load, record);
}

void
map_load_records(struct map_loader *load, const json_t *json)
{
	struct map *map = load->map;
	size_t count = json_array_size(json);
	size_t mark = map_load_enter(load, "records");

	if (count == 0)
		map_load_expected(load, "a list of records", json_is_array(json) ? NULL : json);
	map->records = pool_take(&map->pool, count, sizeof(*map->records));
	for (size_t i = 0; i < count && map->records; i++) {
		size_t inner = map_load_enter_index(load, i);

		if (i > 0 && map->records[i - 1].condition_count == 0 &&
			!json_object_get(json_array_get(json, i - 1), "when"))
			map_load_error(
				load, "no row gets here: the record before it has no 'when'");
		load_record(load, json_array_get(json, i), &map->records[i]);
		map->record_count++;
		map_load_leave(load, inner);
	}
	map_load_leave(load, mark);
}

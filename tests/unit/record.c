/*
 * record.c - unit tests of shapes, records and values.
 */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"

static bool
is(const struct value *value, enum value_kind kind, const char *text)
{
	return value->kind == kind && slice_equal(value->text, slice_of(text));
}

static bool
absent(const struct value *value)
{
	return value->kind == VALUE_ABSENT;
}

static void
test_shape(void)
{
	struct shape *shape = shape_new();
	int items = shape_table(shape, SLICE("items"));
	char name[32];

	CHECK(items == 1);
	CHECK(shape_table(shape, SLICE("basket.items")) == 2);
	CHECK(shape_table(shape, SLICE("items")) == items);
	CHECK(shape_column(shape, TABLE_RECORD, SLICE("member")) == 0);
	CHECK(shape_column(shape, TABLE_RECORD, SLICE("discount.store")) == 1);
	CHECK(shape_column(shape, TABLE_RECORD, SLICE("discount")) == 2);
	CHECK(shape_column(shape, TABLE_RECORD, SLICE("items")) == 3);
	CHECK(shape_column(shape, TABLE_RECORD, SLICE("member")) == 0);
	CHECK(shape_column(shape, items, SLICE("member")) == 0);
	CHECK(shape_width(shape, TABLE_RECORD) == 4);
	CHECK(shape_width(shape, items) == 1);
	CHECK(shape_width(shape, 2) == 0);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "field-%d", i);
		CHECK(shape_column(shape, items, slice_of(name)) == 1 + i);
	}
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "field-%d", i);
		CHECK(shape_column(shape, items, slice_of(name)) == 1 + i);
	}
	shape_free(shape);
}

static void
test_record(void)
{
	struct shape *shape = shape_new();
	int items = shape_table(shape, SLICE("items"));
	int basket = shape_table(shape, SLICE("basket.items"));
	int member = shape_column(shape, TABLE_RECORD, SLICE("member"));
	int store = shape_column(shape, TABLE_RECORD, SLICE("discount.store"));
	int discount = shape_column(shape, TABLE_RECORD, SLICE("discount"));
	int raw = shape_column(shape, TABLE_RECORD, SLICE("items"));
	int sku = shape_column(shape, items, SLICE("sku"));
	int net = shape_column(shape, items, SLICE("price.net"));
	int qty = shape_column(shape, basket, SLICE("qty"));
	struct record *record = record_new(shape);
	struct loyalty_error error;
	struct slice line =
		SLICE("{ \"m\\u0065mber\": \"m\\t1\", \"discount\": {\"store\": 1.50, \"x\":[]},"
		      "\"items\":[{\"sku\":\"a\"}, 7 ,{\"price\":{\"net\":-2e1}}], "
		      "\"basket\":{\"items\":[{\"qty\":null}]}}");

	CHECK(record_parse(shape, line, record, &error) == LOYALTY_OK);
	CHECK(is(record_value(record, member), VALUE_STRING, "m\\t1"));
	CHECK(record_value(record, member)->escaped);
	CHECK(is(record_value(record, store), VALUE_NUMBER, "1.50"));
	CHECK(is(record_value(record, discount), VALUE_OBJECT, "{\"store\": 1.50, \"x\":[]}"));
	CHECK(is(record_value(record, raw), VALUE_ARRAY,
		"[{\"sku\":\"a\"}, 7 ,{\"price\":{\"net\":-2e1}}]"));
	CHECK(record_column(record, record_value(record, member)) == 18);
	CHECK(record_column(record, record_value(record, store)) == 48);
	CHECK(record->tables[items].present && record->tables[items].mixed);
	CHECK(record->tables[items].count == 3);
	CHECK(is(record_cell(record, items, 0, sku), VALUE_STRING, "a"));
	CHECK(absent(record_cell(record, items, 0, net)));
	CHECK(absent(record_cell(record, items, 1, sku)));
	CHECK(is(record_cell(record, items, 2, net), VALUE_NUMBER, "-2e1"));
	CHECK(record->tables[basket].present && !record->tables[basket].mixed);
	CHECK(is(record_cell(record, basket, 0, qty), VALUE_NULL, "null"));

	/* Nothing of the line before is left; a table's path with another value is no table. */
	CHECK(record_parse(shape, SLICE("{\"items\":true,\"basket\":[]}"), record, &error) ==
		LOYALTY_OK);
	CHECK(absent(record_value(record, member)) && absent(record_value(record, store)));
	CHECK(record_column(record, record_value(record, member)) == 0);
	CHECK(is(record_value(record, raw), VALUE_TRUE, "true"));
	CHECK(!record->tables[items].present && record->tables[items].count == 0);
	CHECK(!record->tables[items].mixed && !record->tables[basket].present);
	CHECK(record_parse(shape, SLICE("{\"items\":[]}"), record, &error) == LOYALTY_OK);
	CHECK(record->tables[items].present && record->tables[items].count == 0);
	record_free(record);
	shape_free(shape);
}

static void
check_bad(const char *data, size_t size, unsigned long column, const char *text)
{
	struct shape *shape = shape_new();
	struct record *record = record_new(shape);
	struct loyalty_error error = { 0 };
	enum loyalty_status status =
		record_parse(shape, (struct slice){ data, size }, record, &error);

	if (status != LOYALTY_BAD || error.column != column || strcmp(error.text, text) != 0) {
		printf("'%.*s': status %d, column %lu, %s\n", (int)size, data, (int)status,
			error.column, error.text);
		failures++;
	}
	record_free(record);
	shape_free(shape);
}

#define BAD(literal, column, text) check_bad(literal, sizeof(literal) - 1, column, text)

static void
test_bad(void)
{
	BAD("", 1, "not a JSON object");
	BAD("[]", 1, "not a JSON object");
	BAD(" 17", 2, "not a JSON object");
	BAD("{\"a\":1", 7, "unexpected end of the line");
	BAD("{\"a\":\"x", 8, "unexpected end of the line");
	BAD("{\"a\" 1}", 6, "expected ':'");
	BAD("{\"a\":1 \"b\":2}", 8, "expected ',' or '}'");
	BAD("{\"a\":[1 2]}", 9, "expected ',' or ']'");
	BAD("{\"a\":1,}", 8, "expected a name in quotes");
	BAD("{\"a\":x}", 6, "expected a value");
	BAD("{\"a\":truth}", 6, "expected a value");
	BAD("{\"a\":truex}", 10, "expected ',' or '}'");
	BAD("{\"a\":01}", 8, "invalid number");
	BAD("{\"a\":9223372036854775808}", 6, "number is too large");
	BAD("{\"a\":1e309}", 6, "number is too large");
	BAD("{\"a\":1} {}", 9, "text after the object");
	BAD("{\"a\":1,\"a\":2}", 8, "name comes twice");
	BAD("{\"m1\":1,\"m\\u0031\":2}", 9, "name comes twice");
	BAD("{\"a\":{\"b\":[{\"c\":1,\"c\":1}]}}", 19, "name comes twice");
	BAD("{\"a\":\"\\u0000\"}", 7, "\\u0000 is not allowed");
	BAD("{\"a\":\"\\q\"}", 7, "invalid escape");
	BAD("{\"a\":\"\\ud800\"}", 7, "half of a surrogate pair");
	BAD("{\"a\":\"x\ty\"}", 8, "control character in a string");
	BAD("{\"a\":\"x\xFFy\"}", 8, "invalid UTF-8");
	BAD("{\"a\":1\0}", 7, "NUL byte");
	BAD("{\"a\":\"\0\"}", 7, "NUL byte");
}

/* Parses {"v":TEXT} where TEXT is n times opening, then n times closing. */
static enum loyalty_status
parse_nested(int n, const char *inside)
{
	struct shape *shape = shape_new();
	struct record *record = record_new(shape);
	struct loyalty_error error;
	size_t size = (size_t)n;
	char *line = malloc(2 * size + 16);
	enum loyalty_status status;

	memcpy(line, "{\"v\":", 5);
	memset(line + 5, '[', size);
	memcpy(line + 5 + size, inside, strlen(inside));
	memset(line + 5 + size + strlen(inside), ']', size);
	line[5 + 2 * size + strlen(inside)] = '}';
	status = record_parse(
		shape, (struct slice){ line, 6 + 2 * size + strlen(inside) }, record, &error);
	free(line);
	record_free(record);
	shape_free(shape);
	return status;
}

/* Jansson counts the object and the innermost value, too, and stops at 2048. */
static void
test_depth(void)
{
	CHECK(parse_nested(2047, "") == LOYALTY_OK);
	CHECK(parse_nested(2046, "1") == LOYALTY_OK);
	CHECK(parse_nested(2047, "1") == LOYALTY_BAD);
	CHECK(parse_nested(2048, "") == LOYALTY_BAD);
}

/* Writes an object of n names "PREFIX0".. to line; the last one again where repeat says. */
static size_t
write_names(char *line, const char *prefix, int n, bool repeat)
{
	size_t size = 0;

	line[size++] = '{';
	for (int i = 0; i < n; i++)
		size += (size_t)sprintf(line + size, "\"%s%d\":1,", prefix, i);
	size += (size_t)sprintf(line + size, "\"%s%d\":1}", prefix, repeat ? n / 2 : n);
	return size;
}

/* Large objects find repeats by a hash table; beside each other, nested, and line after line. */
static void
test_many_names(void)
{
	static const int counts[] = { 1, 2, 31, 32, 33, 34, 64, 65, 500, 40000 };
	struct shape *shape = shape_new();
	struct record *record = record_new(shape);
	struct loyalty_error error;
	char *line = malloc(1 << 21);

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (int repeat = 0; repeat < 2; repeat++) {
			size_t size = write_names(line, "name-", counts[i], repeat);

			CHECK(record_parse(shape, (struct slice){ line, size }, record, &error) ==
				(repeat ? LOYALTY_BAD : LOYALTY_OK));
		}
	}
	for (int repeat = 0; repeat < 2; repeat++) {
		size_t size = (size_t)sprintf(line, "{\"a\":");

		size += write_names(line + size, "n", 100, false);
		size += (size_t)sprintf(line + size, ",\"b\":");
		size += write_names(line + size, "n", 100, false);
		for (int i = 0; i < 60; i++)
			size += (size_t)sprintf(line + size, ",\"n%d\":{\"n%d\":1}", i, i);
		size += (size_t)sprintf(line + size, ",\"%s\":1}", repeat ? "n7" : "n60");
		CHECK(record_parse(shape, (struct slice){ line, size }, record, &error) ==
			(repeat ? LOYALTY_BAD : LOYALTY_OK));
	}
	free(line);
	record_free(record);
	shape_free(shape);
}

static void
test_many_rows(void)
{
	struct shape *shape = shape_new();
	int items = shape_table(shape, SLICE("items"));
	int qty = shape_column(shape, items, SLICE("qty"));
	int sku = shape_column(shape, items, SLICE("sku"));
	struct record *record = record_new(shape);
	struct loyalty_error error;
	char *line = malloc(1 << 20);
	size_t size = (size_t)sprintf(line, "{\"items\":[{}");

	for (int i = 1; i < 5000; i++)
		size += (size_t)sprintf(line + size, ",{\"qty\":%d}", i);
	size += (size_t)sprintf(line + size, "]}");
	CHECK(record_parse(shape, (struct slice){ line, size }, record, &error) == LOYALTY_OK);
	CHECK(record->tables[items].count == 5000);
	CHECK(absent(record_cell(record, items, 0, qty)));
	CHECK(is(record_cell(record, items, 4999, qty), VALUE_NUMBER, "4999"));
	CHECK(absent(record_cell(record, items, 4999, sku)));
	free(line);
	record_free(record);
	shape_free(shape);
}

/* Parses one line after another into one record; whether the verdict is as expected. */
static bool
parse_next(const struct shape *shape, struct record *record, const char *text, bool expected)
{
	size_t size = strlen(text);
	/* A copy of exactly its size, so that a sanitizer sees what is read beyond. */
	char *line = malloc(size);
	struct loyalty_error error;
	enum loyalty_status status;

	memcpy(line, text, size);
	status = record_parse(shape, (struct slice){ line, size }, record, &error);
	free(line);
	return (status == LOYALTY_OK) == expected;
}

/* What earlier lines taught does not change what a line means. */
static void
test_orders(void)
{
	struct shape *shape = shape_new();
	int b = shape_column(shape, TABLE_RECORD, SLICE("b"));
	int longer = shape_column(shape, TABLE_RECORD, SLICE("a-name-longer-than-16"));
	struct record *record = record_new(shape);
	char line[256];

	for (int i = 0; i < 2; i++) {
		CHECK(parse_next(
			shape, record, "{\"a\":1,\"b\":2,\"a-name-longer-than-16\":3}", true));
		CHECK(record_value(record, b)->kind == VALUE_NUMBER);
		CHECK(record_value(record, longer)->kind == VALUE_NUMBER);
		CHECK(parse_next(shape, record, "{\"a\":1,\"a-name-longer-than-17\":3}", true));
		CHECK(record_value(record, longer)->kind == VALUE_ABSENT);
		CHECK(parse_next(shape, record, "{\"a\" :1,\"b\" : 2}", true));
		CHECK(record_value(record, b)->kind == VALUE_NUMBER);
		CHECK(parse_next(shape, record, "{\"b\":1,\"a\":2}", true));
		CHECK(record_value(record, b)->kind == VALUE_NUMBER);
		CHECK(parse_next(shape, record, "{\"a\":1,\"b\":2,\"a\":3}", false));
		CHECK(parse_next(shape, record, "{\"a\":1,\"b\":2,\"\\u0061\":3}", false));
		CHECK(parse_next(shape, record, "{\"a\":1,\"b\":2,\"\\u0062b\":3}", true));
		CHECK(parse_next(shape, record, "{\"a\":1,\"b\":", false));
		CHECK(parse_next(shape, record, "{\"a\":1,\"b", false));
		CHECK(parse_next(shape, record, "{\"a\":1,\"a-name-longer-than-16", false));
		CHECK(parse_next(shape, record, "{\"a\":", false));
	}
	/* More names in one place than are remembered. */
	for (int i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "{\"x%d\":1,\"y\":{\"x%d\":1},\"b\":2}", i % 20,
			i % 20);
		CHECK(parse_next(shape, record, line, true));
		CHECK(record_value(record, b)->kind == VALUE_NUMBER);
		snprintf(line, sizeof(line), "{\"x%d\":1,\"b\":2,\"x%d\":1}", i % 20, i % 20);
		CHECK(parse_next(shape, record, line, false));
	}
	record_free(record);
	shape_free(shape);
}

static void
test_value(void)
{
	struct slice rest = SLICE("[ 1 ,\"a]\\\"\",[2,[3]] , {\"b\":\"}\"},null]");
	struct value value;
	struct value key;
	char buffer[64];

	CHECK(value_next_element(&rest, &value) && is(&value, VALUE_NUMBER, "1"));
	CHECK(value_next_element(&rest, &value) && is(&value, VALUE_STRING, "a]\\\""));
	CHECK(value.escaped);
	CHECK(slice_equal(value_string(&value, buffer), SLICE("a]\"")));
	CHECK(value_next_element(&rest, &value) && is(&value, VALUE_ARRAY, "[2,[3]]"));
	CHECK(value_next_element(&rest, &value) && is(&value, VALUE_OBJECT, "{\"b\":\"}\"}"));
	CHECK(value_next_element(&rest, &value) && is(&value, VALUE_NULL, "null"));
	CHECK(!value_next_element(&rest, &value) && !value_next_element(&rest, &value));
	rest = SLICE("[ ]");
	CHECK(!value_next_element(&rest, &value));
	rest = SLICE("17");
	CHECK(!value_next_element(&rest, &value));

	rest = SLICE("{\"a\\n\" : true, \"b\":{\"c\":1}}");
	CHECK(value_next_member(&rest, &key, &value));
	CHECK(is(&key, VALUE_STRING, "a\\n") && key.escaped && is(&value, VALUE_TRUE, "true"));
	CHECK(value_next_member(&rest, &key, &value));
	CHECK(is(&key, VALUE_STRING, "b") && !key.escaped && is(&value, VALUE_OBJECT, "{\"c\":1}"));
	CHECK(!value_next_member(&rest, &key, &value));
	rest = SLICE("{}");
	CHECK(!value_next_member(&rest, &key, &value));
	rest = SLICE("[1]");
	CHECK(!value_next_member(&rest, &key, &value));
}

static void
test_strings(void)
{
	struct value value = { SLICE("\\u00e9\\u20AC\\ud83d\\ude00\\/\\b\\f\\r\\t"), VALUE_STRING,
		true };
	char buffer[128];
	size_t size;

	CHECK(slice_equal(value_string(&value, buffer),
		SLICE("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80/\b\f\r\t")));
	size = json_escape(SLICE("a\"\\\n\t\r\b\f\x01\x1F\x7F/\xC3\xA9"), buffer);
	CHECK(slice_equal((struct slice){ buffer, size },
		SLICE("a\\\"\\\\\\n\\t\\r\\b\\f\\u0001\\u001f\x7F/\xC3\xA9")));
	CHECK(json_plain(SLICE("")) && json_plain(SLICE("plain, caf\xC3\xA9 and / and more text")));
	CHECK(!json_plain(SLICE("\"")) && !json_plain(SLICE("a\\")) && !json_plain(SLICE("\x1F")));
	CHECK(!json_plain(SLICE("more than sixteen bytes\n")) && !json_plain(SLICE("\xFF")));
}

int
main(void)
{
	test_shape();
	test_record();
	test_bad();
	test_depth();
	test_many_names();
	test_many_rows();
	test_orders();
	test_value();
	test_strings();
	return failures != 0;
}

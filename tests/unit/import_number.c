/*
 * import_number.c - numbers as files write them, exact sums, products and roundings.
 */
#include <stdio.h>

#include "check.h"
#include "import/number.h"

static const struct number_format plain = { .decimal = '.' };

/* text under format, as a count of 10^-decimals. */
static enum number_result
count_of(const struct number_format *format, const char *text, int decimals, int rounding,
	int64_t *count)
{
	struct exact number;
	enum number_result result = number_read(format, slice_of(text), &number);

	*count = 0;
	return result == NUMBER_OK ? exact_count(number, decimals, rounding, count) : result;
}

static void
check_counts(void)
{
	static struct slice symbols[] = { { "$", 1 }, { "EUR", 3 } };
	static const struct number_format european = { .decimal = ',',
		.thousands = { ".", 1 },
		.symbols = symbols,
		.symbol_count = 2,
		.trailing = true,
		.parentheses = true };
	static const struct {
		const struct number_format *format;
		const char *text;
		int decimals, rounding;
		enum number_result result;
		int64_t count;
	} cases[] = {
		{ &plain, "12.5", 2, -1, NUMBER_OK, 1250 },
		{ &plain, "-.5", 2, -1, NUMBER_OK, -50 },
		{ &plain, "+5.", 0, -1, NUMBER_OK, 5 },
		{ &plain, "1.500", 1, -1, NUMBER_OK, 15 },
		{ &plain, "1.505", 2, -1, NUMBER_INEXACT, 0 },
		{ &plain, "1.505", 2, ROUND_HALF_EVEN, NUMBER_OK, 150 },
		{ &plain, "1.505", 2, ROUND_HALF_UP, NUMBER_OK, 151 },
		{ &plain, "-1.505", 2, ROUND_HALF_UP, NUMBER_OK, -151 },
		{ &plain, "4.440892e-16", 2, ROUND_HALF_EVEN, NUMBER_OK, 0 },
		{ &plain, "4.440892e-16", 2, ROUND_UP, NUMBER_OK, 1 },
		{ &plain, "9e-300", 2, ROUND_HALF_UP, NUMBER_OK, 0 },
		{ &plain, "0e-300", 2, -1, NUMBER_OK, 0 },
		{ &plain, "0e300", 2, -1, NUMBER_OK, 0 },
		{ &plain, "1e17", 0, -1, NUMBER_OK, 100000000000000000 },
		{ &plain, "1e30", 0, -1, NUMBER_OVERFLOW, 0 },
		{ &plain, "1e399", 2, -1, NUMBER_OVERFLOW, 0 },
		{ &plain, "9223372036854775807", 0, -1, NUMBER_OK, INT64_MAX },
		{ &plain, "9223372036854775808", 0, -1, NUMBER_OVERFLOW, 0 },
		{ &plain, "99999999999999999999999999999999999", 0, -1, NUMBER_OVERFLOW, 0 },
		{ &plain, "", 0, -1, NUMBER_SYNTAX, 0 },
		{ &plain, ".", 0, -1, NUMBER_SYNTAX, 0 },
		{ &plain, "-", 0, -1, NUMBER_SYNTAX, 0 },
		{ &plain, "--1", 0, -1, NUMBER_SYNTAX, 0 },
		{ &plain, "1e", 0, -1, NUMBER_SYNTAX, 0 },
		{ &plain, "0x1", 0, -1, NUMBER_SYNTAX, 0 },
		{ &plain, "1,000", 0, -1, NUMBER_SYNTAX, 0 },
		{ &plain, "5-", 0, -1, NUMBER_SYNTAX, 0 },
		{ &plain, "$5", 0, -1, NUMBER_SYNTAX, 0 },
		{ &european, "1.234.567,89", 2, -1, NUMBER_OK, 123456789 },
		{ &european, "1234,5", 2, -1, NUMBER_OK, 123450 },
		{ &european, "1.23", 2, -1, NUMBER_GROUPS, 0 },
		{ &european, "1234.567", 2, -1, NUMBER_GROUPS, 0 },
		{ &european, ".567", 2, -1, NUMBER_GROUPS, 0 },
		{ &european, "5,00-", 2, -1, NUMBER_OK, -500 },
		{ &european, "5,00- EUR", 2, -1, NUMBER_OK, -500 },
		{ &european, "-$5", 2, -1, NUMBER_OK, -500 },
		{ &european, "$ -5", 2, -1, NUMBER_OK, -500 },
		{ &european, "($5)", 2, -1, NUMBER_OK, -500 },
		{ &european,
			"12,50\xc2\xa0"
			"EUR",
			2, -1, NUMBER_OK, 1250 },
		{ &european, "(-5)", 2, -1, NUMBER_SYNTAX, 0 },
		{ &european,
			"\xe2\x88\x92"
			"5",
			2, -1, NUMBER_OK, -500 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t count;
		enum number_result result = count_of(cases[i].format, cases[i].text,
			cases[i].decimals, cases[i].rounding, &count);

		CHECK_CASE(result == cases[i].result, cases[i].text);
		CHECK_CASE(result != NUMBER_OK || count == cases[i].count, cases[i].text);
	}
}

static struct exact
exact_of(const char *text)
{
	struct exact number;

	CHECK_CASE(number_read(&plain, slice_of(text), &number) == NUMBER_OK, text);
	return number;
}

static void
check_order(void)
{
	/* ascending */
	static const char *const numbers[] = { "-1e300", "-12.51", "-12.5", "-1e-300", "0",
		"1e-300", "1e-200", "12.49", "12.5", "1e20", "1e300" };
	const int size = sizeof(numbers) / sizeof(numbers[0]);

	for (int i = 0; i < size; i++) {
		for (int j = 0; j < size; j++) {
			int order = exact_compare(exact_of(numbers[i]), exact_of(numbers[j]));

			CHECK_CASE((order > 0) - (order < 0) == (i > j) - (i < j), numbers[i]);
		}
	}
	CHECK(exact_compare(exact_of("12.50"), exact_of("12.5")) == 0);
}

static void
check_arithmetic(void)
{
	struct exact sum = exact_of("0.1");
	struct exact product = exact_of("0.30");
	int64_t count;

	CHECK(exact_add(&sum, exact_of("0.25")));
	CHECK(exact_count(sum, 2, -1, &count) == NUMBER_OK && count == 35);
	CHECK(exact_multiply(&product, exact_of("-4")));
	CHECK(exact_count(product, 1, -1, &count) == NUMBER_OK && count == -12);
	CHECK(exact_decimals(exact_of("1.5000")) == 1);
	product = exact_of("99999999999999999999999999999");
	CHECK(!exact_multiply(&product, exact_of("99999999999999999999999999999")));
	sum = exact_of("1e300");
	CHECK(!exact_add(&sum, exact_of("1e-300")));
}

int
main(void)
{
	check_counts();
	check_order();
	check_arithmetic();
	return failures > 0;
}

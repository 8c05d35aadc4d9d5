/*
 * decimal.c - checks of exact numbers: text, counts, ratios, rounding, sharing out.
 */
#include "decimal.h"

#include <inttypes.h>
#include <stdio.h>

#include "check.h"

static bool
parses(const char *text, int decimals, int64_t expected)
{
	int64_t count = 77;

	return decimal_parse(slice_of(text), decimals, &count) == DECIMAL_OK && count == expected;
}

static enum decimal_result
result_of(const char *text, int decimals)
{
	int64_t count;

	return decimal_parse(slice_of(text), decimals, &count);
}

static bool
reads(const char *text, int64_t digits, int scale)
{
	struct decimal value;

	return decimal_read(slice_of(text), &value) == DECIMAL_OK && value.digits == digits &&
	       value.scale == scale;
}

static bool
formats(int64_t count, int decimals, const char *expected)
{
	char buffer[DECIMAL_TEXT_MAX];
	size_t length = decimal_format(count, decimals, buffer);

	return slice_equal((struct slice){ buffer, length }, slice_of(expected));
}

static void
test_parse(void)
{
	CHECK(parses("12.34", 2, 1234));
	CHECK(parses("-12.50", 2, -1250));
	CHECK(parses("-12.5", 2, -1250));
	CHECK(parses("0", 2, 0));
	CHECK(parses("-0.00", 2, 0));
	CHECK(parses("0.05", 2, 5));
	CHECK(parses("85", 0, 85));
	CHECK(parses("1.25e3", 0, 1250));
	CHECK(parses("1.25E+3", 2, 125000));
	CHECK(parses("1250e-1", 0, 125));
	CHECK(parses("1e-2", 2, 1));
	CHECK(parses("1.2000", 1, 12));
	CHECK(parses("106.000000000000000000000000000", 0, 106));
	CHECK(parses("100000000000000000000e-20", 0, 1));
	CHECK(parses("0.00000000000000000000000001e26", 0, 1));
	CHECK(parses("0e999999999999999999999", 2, 0));
	CHECK(parses("0.000000000000000000000000", 2, 0));
	CHECK(parses("999999999999999999", 0, 999999999999999999));
	CHECK(parses("0.999999999999999999", 18, 999999999999999999));
	CHECK(parses("9223372036854775807", 0, INT64_MAX));
	CHECK(parses("-9223372036854775808", 0, INT64_MIN));
	CHECK(parses("92233720368547758.07", 2, INT64_MAX));
	CHECK(parses("-92233720368547758.08", 2, INT64_MIN));
	CHECK(parses("-92233720368547758.0800", 2, INT64_MIN));
	CHECK(parses("-9.223372036854775808e18", 0, INT64_MIN));
}

static void
test_parse_refuses(void)
{
	static const char *const not_decimals[] = { "", "-", "+1", " 1", "1 ", "1.", ".5", "-.5",
		"01", "-01", "00", "1e", "1e+", "1e-", "1.e3", "1..2", "1.2.3", "0x1", "1,5", "--1",
		"NaN", "Infinity", "1e1.5", "12a", "1_000", "123456789012345678901234567890x" };

	for (size_t i = 0; i < sizeof(not_decimals) / sizeof(not_decimals[0]); i++)
		if (result_of(not_decimals[i], 2) != DECIMAL_SYNTAX) {
			fprintf(stderr, "decimal.c: '%s' is no syntax error\n", not_decimals[i]);
			failures++;
		}
	CHECK(decimal_parse((struct slice){ "1\0", 2 }, 0, &(int64_t){ 0 }) == DECIMAL_SYNTAX);
	CHECK(result_of("12.345", 2) == DECIMAL_INEXACT);
	CHECK(result_of("0.5", 0) == DECIMAL_INEXACT);
	CHECK(result_of("1e-3", 2) == DECIMAL_INEXACT);
	CHECK(result_of("1e-400", 2) == DECIMAL_INEXACT);
	CHECK(result_of("1e-99999999999999999999", 2) == DECIMAL_INEXACT);
	CHECK(result_of("0.1234567890123456789012345", 18) == DECIMAL_INEXACT);
	CHECK(result_of("9223372036854775808", 0) == DECIMAL_OVERFLOW);
	CHECK(result_of("-9223372036854775809", 0) == DECIMAL_OVERFLOW);
	CHECK(result_of("92233720368547758.08", 2) == DECIMAL_OVERFLOW);
	CHECK(result_of("18446744073709551616", 0) == DECIMAL_OVERFLOW);
	CHECK(result_of("18446744073709551617", 0) == DECIMAL_OVERFLOW);
	CHECK(result_of("1e19", 0) == DECIMAL_OVERFLOW);
	CHECK(result_of("1e400", 0) == DECIMAL_OVERFLOW);
	CHECK(result_of("1e99999999999999999999", 0) == DECIMAL_OVERFLOW);
}

static void
test_read_compare(void)
{
	struct decimal value;

	CHECK(reads("12.50", 125, 1));
	CHECK(reads("100", 100, 0));
	CHECK(reads("1e2", 100, 0));
	CHECK(reads("-0.0", 0, 0));
	CHECK(reads("1e-18", 1, 18));
	CHECK(reads("0.123456789012345678", 123456789012345678, 18));
	CHECK(reads("-9223372036854775808", INT64_MIN, 0));
	CHECK(reads("1.000000000000000000000", 1, 0));
	CHECK(decimal_read(SLICE("1e-19"), &value) == DECIMAL_OVERFLOW);
	CHECK(decimal_read(SLICE("1e19"), &value) == DECIMAL_OVERFLOW);
	CHECK(decimal_read(SLICE("abc"), &value) == DECIMAL_SYNTAX);
	CHECK(decimal_compare((struct decimal){ 125, 1 }, (struct decimal){ 1250, 2 }) == 0);
	CHECK(decimal_compare((struct decimal){ 125, 1 }, (struct decimal){ 1251, 2 }) < 0);
	CHECK(decimal_compare((struct decimal){ INT64_MAX, 0 }, (struct decimal){ INT64_MAX, 18 }) >
		0);
	CHECK(decimal_compare((struct decimal){ INT64_MIN, 0 }, (struct decimal){ INT64_MIN, 18 }) <
		0);
}

static void
test_format(void)
{
	CHECK(formats(8520, 2, "85.20"));
	CHECK(formats(-5, 2, "-0.05"));
	CHECK(formats(106, 0, "106"));
	CHECK(formats(0, 0, "0"));
	CHECK(formats(0, 2, "0.00"));
	CHECK(formats(100, 2, "1.00"));
	CHECK(formats(INT64_MAX, 0, "9223372036854775807"));
	CHECK(formats(INT64_MIN, 0, "-9223372036854775808"));
	CHECK(formats(INT64_MIN, 18, "-9.223372036854775808"));
	CHECK(formats(-1, 18, "-0.000000000000000001"));
	CHECK(decimal_power(0) == 1 && decimal_power(18) == 1000000000000000000);
}

/* The same digits as printf() says, with a point among them, and nothing behind them touched. */
static bool
formats_as_printed(int64_t count, int decimals)
{
	char digits[DECIMAL_TEXT_MAX], expected[DECIMAL_TEXT_MAX + 2];
	char buffer[DECIMAL_TEXT_MAX] = { 0 };
	uint64_t size = count < 0 ? 0 - (uint64_t)count : (uint64_t)count;
	int length = snprintf(digits, sizeof(digits), "%0*" PRIu64, decimals + 1, size);
	int whole = length - decimals;

	snprintf(expected, sizeof(expected), "%s%.*s%s%s", count < 0 ? "-" : "", whole, digits,
		decimals ? "." : "", digits + whole);
	return decimal_format(count, decimals, buffer) == strlen(expected) &&
	       strcmp(buffer, expected) == 0;
}

/* Every number of digits, and what is next to it. */
static void
test_format_lengths(void)
{
	for (int power = 0; power <= DECIMAL_DIGITS_MAX; power++)
		for (int64_t by = -1; by <= 1; by++)
			for (int decimals = 0; decimals <= DECIMAL_DIGITS_MAX; decimals++) {
				CHECK(formats_as_printed(decimal_power(power) + by, decimals));
				CHECK(formats_as_printed(-decimal_power(power) + by, decimals));
			}
	for (int bit = 0; bit < 63; bit++)
		CHECK(formats_as_printed(INT64_C(1) << bit, bit % (DECIMAL_DIGITS_MAX + 1)));
}

static bool
ratio_is(const char *text, int64_t num, int64_t den)
{
	struct rational value;

	return rational_parse(slice_of(text), &value) == DECIMAL_OK && value.num == num &&
	       value.den == den;
}

static void
test_rational(void)
{
	struct rational value;

	CHECK(ratio_is("1.25", 5, 4));
	CHECK(ratio_is("-0.5", -1, 2));
	CHECK(ratio_is("0", 0, 1));
	CHECK(ratio_is("3", 3, 1));
	CHECK(ratio_is("0.1", 1, 10));
	CHECK(ratio_is("-9223372036854775808", INT64_MIN, 1));
	CHECK(ratio_is("-9.223372036854775808", -35184372088832, 3814697265625));
	CHECK(rational_parse(SLICE("1/3"), &value) == DECIMAL_SYNTAX);
	CHECK(rational_parse(SLICE("1e30"), &value) == DECIMAL_OVERFLOW);
}

static bool
rounds(int128 num, int128 den, int64_t down, int64_t up, int64_t half_up, int64_t half_even)
{
	return round_quotient(num, den, ROUND_DOWN) == down &&
	       round_quotient(num, den, ROUND_UP) == up &&
	       round_quotient(num, den, ROUND_HALF_UP) == half_up &&
	       round_quotient(num, den, ROUND_HALF_EVEN) == half_even;
}

static void
test_round(void)
{
	int128 largest = (int128)(~(unsigned __int128)0 >> 1);
	int128 wide = (int128)1 << 100;

	/*                      down  up  half-up  half-even */
	CHECK(rounds(10, 5, 2, 2, 2, 2));
	CHECK(rounds(0, 7, 0, 0, 0, 0));
	CHECK(rounds(24, 10, 2, 3, 2, 2));
	CHECK(rounds(25, 10, 2, 3, 3, 2));
	CHECK(rounds(35, 10, 3, 4, 4, 4));
	CHECK(rounds(26, 10, 2, 3, 3, 3));
	CHECK(rounds(5, 10, 0, 1, 1, 0));
	CHECK(rounds(-24, 10, -2, -3, -2, -2));
	CHECK(rounds(-25, 10, -2, -3, -3, -2));
	CHECK(rounds(-35, 10, -3, -4, -4, -4));
	CHECK(rounds(-26, 10, -2, -3, -3, -3));
	CHECK(rounds(-5, 10, 0, -1, -1, 0));
	CHECK(rounds(-1, 3, 0, -1, 0, 0));
	CHECK(rounds(INT64_MIN, 1, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN));
	CHECK(rounds(7 * wide, 2 * wide, 3, 4, 4, 4));
	CHECK(rounds(-5 * wide, 2 * wide, -2, -3, -3, -2));
	CHECK(rounds(largest, largest, 1, 1, 1, 1));
	CHECK(rounds(largest - 1, largest, 0, 1, 1, 1));
	CHECK(rounds(-largest - 1, largest, -1, -2, -1, -1));
	CHECK(round_quotient(-largest - 1, 1, ROUND_UP) == -largest - 1);
}

/* Whether total falls to these three weights so, and with the other sign as well. */
static bool
splits(int64_t total, const int64_t weights[3], int64_t a, int64_t b, int64_t c)
{
	int64_t shares[3];

	split_largest_remainder(total, weights, 3, shares);
	if (shares[0] != a || shares[1] != b || shares[2] != c)
		return false;
	if (total == INT64_MIN)
		return true;
	split_largest_remainder(-total, weights, 3, shares);
	return shares[0] == -a && shares[1] == -b && shares[2] == -c;
}

static void
test_split(void)
{
	enum { MANY = 1000 };
	static int64_t weights[MANY], shares[MANY];
	int64_t share, sum = 0;

	CHECK(splits(100, (const int64_t[]){ 1, 1, 1 }, 34, 33, 33));
	CHECK(splits(101, (const int64_t[]){ 1, 1, 1 }, 34, 34, 33));
	CHECK(splits(0, (const int64_t[]){ 5, 0, 3 }, 0, 0, 0));
	CHECK(splits(7, (const int64_t[]){ 0, 0, 3 }, 0, 0, 7));
	CHECK(splits(1, (const int64_t[]){ 0, 2, 2 }, 0, 1, 0));
	/* 26 over 5.75 and 20.50: 5.695..., 20.304... */
	CHECK(splits(26, (const int64_t[]){ 575, 2050, 0 }, 6, 20, 0));
	/* 2.5, 2.0, 0.5: the tie goes to the first. */
	CHECK(splits(5, (const int64_t[]){ 5, 4, 1 }, 3, 2, 0));
	/* 1.4, 1.0, 0.6: the largest remainder before the first. */
	CHECK(splits(3, (const int64_t[]){ 7, 5, 3 }, 1, 1, 1));
	CHECK(splits(3, (const int64_t[]){ 8, 4, 3 }, 2, 1, 0));
	CHECK(splits(2, (const int64_t[]){ 3, 4, 3 }, 1, 1, 0));
	CHECK(splits(INT64_MAX, (const int64_t[]){ 0, INT64_MAX, 0 }, 0, INT64_MAX, 0));
	CHECK(splits(INT64_MIN, (const int64_t[]){ 0, INT64_MAX, 0 }, 0, INT64_MIN, 0));
	CHECK(splits(INT64_MAX, (const int64_t[]){ INT64_MAX, INT64_MAX, INT64_MAX },
		3074457345618258603, 3074457345618258602, 3074457345618258602));
	split_largest_remainder(9, &(const int64_t){ 3 }, 1, &share);
	CHECK(share == 9);

	for (int i = 0; i < MANY; i++)
		weights[i] = i * 7919 % 1009;
	split_largest_remainder(-123457, weights, MANY, shares);
	for (int i = 0; i < MANY; i++)
		sum += shares[i];
	CHECK(sum == -123457);
}

static void
test_currency(void)
{
	CHECK(currency_decimals(SLICE("USD")) == 2);
	CHECK(currency_decimals(SLICE("EUR")) == 2);
	CHECK(currency_decimals(SLICE("ZWL")) == 2);
	CHECK(currency_decimals(SLICE("AED")) == 2);
	CHECK(currency_decimals(SLICE("JPY")) == 0);
	CHECK(currency_decimals(SLICE("KRW")) == 0);
	CHECK(currency_decimals(SLICE("VND")) == 0);
	CHECK(currency_decimals(SLICE("KWD")) == 3);
	CHECK(currency_decimals(SLICE("CLF")) == 4);
	CHECK(currency_decimals(SLICE("usd")) == -1);
	CHECK(currency_decimals(SLICE("USDT")) == -1);
	CHECK(currency_decimals(SLICE("US")) == -1);
	CHECK(currency_decimals(SLICE("")) == -1);
	CHECK(currency_decimals(SLICE("ZZZ")) == -1);
	CHECK(currency_decimals(SLICE("D A")) == -1);
	CHECK(currency_decimals(SLICE("XAU")) == -1);
}

static void
test_overflow(void)
{
	int64_t result;

	CHECK(add_overflows(INT64_MAX, 1, &result));
	CHECK(!add_overflows(INT64_MAX, -1, &result) && result == INT64_MAX - 1);
	CHECK(!narrow_overflows(INT64_MIN, &result) && result == INT64_MIN);
	CHECK(narrow_overflows((int128)INT64_MAX + 1, &result));
	CHECK(narrow_overflows((int128)INT64_MIN - 1, &result));
}

int
main(void)
{
	test_parse();
	test_parse_refuses();
	test_read_compare();
	test_format();
	test_format_lengths();
	test_rational();
	test_round();
	test_split();
	test_currency();
	test_overflow();
	return failures != 0;
}

/*
 * wide.c - checks of sums that 64 bits do not hold: text and back.
 */
#include "wide.h"

#include "check.h"

#define LEAST "-170141183460469231731687303715884105728"

static bool
parses(const char *text, int decimals, const char *expected)
{
	char buffer[WIDE_TEXT_MAX];
	int128 sum = 77;

	return wide_parse(slice_of(text), decimals, &sum) == DECIMAL_OK &&
	       slice_equal((struct slice){ buffer, wide_format(sum, decimals, buffer) },
		       slice_of(expected));
}

static bool
refuses(const char *text, int decimals, enum decimal_result expected)
{
	int128 sum;

	return wide_parse(slice_of(text), decimals, &sum) == expected;
}

static int
keep(void *context, const char *data, size_t size)
{
	return slice_equal((struct slice){ data, size }, slice_of(context)) ? 0 : 1;
}

static bool
puts_as(int128 sum, int decimals, char *expected)
{
	struct writer writer;
	bool same = writer_init_sink(&writer, keep, expected);

	wide_put(&writer, sum, decimals);
	writer_flush(&writer);
	same = same && !writer.error;
	writer_free(&writer);
	return same;
}

int
main(void)
{
	CHECK(parses("0", 0, "0"));
	CHECK(parses("-0.05", 2, "-0.05"));
	CHECK(parses("1e3", 2, "1000.00"));
	CHECK(parses("9223372036854775807", 0, "9223372036854775807"));
	CHECK(parses("9223372036854775808", 0, "9223372036854775808"));
	CHECK(parses("-9223372036854775809", 0, "-9223372036854775809"));
	CHECK(parses("100000000000000000000", 0, "100000000000000000000"));
	CHECK(parses("92233720368547758.08", 2, "92233720368547758.08"));
	CHECK(parses("-1000000000000000000.5", 2, "-1000000000000000000.50"));
	CHECK(parses("1000000000000000000", 2, "1000000000000000000.00"));
	CHECK(parses(LEAST, 0, LEAST));
	CHECK(refuses("170141183460469231731687303715884105728", 0, DECIMAL_OVERFLOW));
	CHECK(refuses(LEAST "0", 0, DECIMAL_OVERFLOW));
	CHECK(refuses(LEAST, 1, DECIMAL_OVERFLOW));
	CHECK(refuses("1e30", 0, DECIMAL_OVERFLOW));
	CHECK(refuses("", 0, DECIMAL_SYNTAX));
	CHECK(refuses("9223372036854775808 ", 0, DECIMAL_SYNTAX));
	CHECK(refuses("9223372036854775808x", 0, DECIMAL_SYNTAX));
	CHECK(refuses("0.5", 0, DECIMAL_INEXACT));
	CHECK(puts_as(INT64_MAX, 0, (char[]){ "9223372036854775807" }));
	CHECK(puts_as((int128)INT64_MAX + 1, 0, (char[]){ "\"9223372036854775808\"" }));
	CHECK(puts_as((int128)INT64_MIN - 1, 2, (char[]){ "\"-92233720368547758.09\"" }));
	CHECK(puts_as(-5, 2, (char[]){ "\"-0.05\"" }));
	return failures != 0;
}

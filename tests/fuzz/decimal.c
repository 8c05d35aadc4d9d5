/*
 * decimal.c - fuzzes exact numbers against arithmetic by the digit: a letter for the decimals,
 * then the text.
 */
#include <stdlib.h>

#include "decimal.h"
#include "import/number.h"
#include "ratio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DIGITS_MAX = 4096, EXPONENT_MAX = 100000000 };

/* A number by its digits: no zeros around them, times ten to the exponent. */
struct digits {
	bool negative;
	char text[DIGITS_MAX];
	size_t count;
	long exponent;
};

static size_t
count_digits(struct slice text, size_t at)
{
	size_t count = 0;

	while (at + count < text.size && text.data[at + count] >= '0' &&
		text.data[at + count] <= '9')
		count++;
	return count;
}

static void
take_digits(struct digits *digits, struct slice text, size_t at, size_t count)
{
	memcpy(digits->text + digits->count, text.data + at, count);
	digits->count += count;
}

/* What follows the digits of the fraction: nothing, or an exponent. */
static bool
read_exponent(struct digits *digits, struct slice text, size_t at)
{
	long value = 0;
	bool negative = false;
	size_t count;

	if (at == text.size)
		return true;
	if (text.data[at] != 'e' && text.data[at] != 'E')
		return false;
	at++;
	if (at < text.size && (text.data[at] == '-' || text.data[at] == '+'))
		negative = text.data[at++] == '-';
	count = count_digits(text, at);
	if (count == 0 || at + count != text.size)
		return false;
	for (; count > 0; count--, at++) {
		if (value < EXPONENT_MAX)
			value = value * 10 + (text.data[at] - '0');
	}
	digits->exponent += negative ? -value : value;
	return true;
}

static void
strip_zeros(struct digits *digits)
{
	size_t zeros = 0;

	while (zeros < digits->count && digits->text[zeros] == '0')
		zeros++;
	memmove(digits->text, digits->text + zeros, digits->count - zeros);
	digits->count -= zeros;
	for (; digits->count > 0 && digits->text[digits->count - 1] == '0'; digits->count--)
		digits->exponent++;
}

/* false: not a number of JSON. */
static bool
read_digits(struct slice text, struct digits *digits)
{
	size_t at = 0;
	size_t count;

	*digits = (struct digits){ .negative = text.size && text.data[0] == '-' };
	at += digits->negative;
	count = count_digits(text, at);
	if (count == 0 || (count > 1 && text.data[at] == '0'))
		return false;
	take_digits(digits, text, at, count);
	at += count;
	if (at < text.size && text.data[at] == '.') {
		at++;
		count = count_digits(text, at);
		if (count == 0)
			return false;
		take_digits(digits, text, at, count);
		digits->exponent = -(long)count;
		at += count;
	}
	if (!read_exponent(digits, text, at))
		return false;
	strip_zeros(digits);
	return true;
}

/* As a count of 10^-decimals. */
static bool
count_of(const struct digits *digits, int decimals, int128 *count)
{
	long zeros = digits->exponent + decimals;

	*count = 0;
	if (digits->count == 0)
		return true;
	if (zeros < 0 || (long)digits->count + zeros > 19)
		return false;
	for (size_t i = 0; i < digits->count; i++)
		*count = *count * 10 + (digits->text[i] - '0');
	for (; zeros > 0; zeros--)
		*count *= 10;
	if (digits->negative)
		*count = -*count;
	return *count >= INT64_MIN && *count <= INT64_MAX;
}

static void
check_count(struct slice text, int decimals, int64_t count)
{
	char buffer[DECIMAL_TEXT_MAX];
	struct decimal value;
	int64_t again;
	size_t size = decimal_format(count, decimals, buffer);

	if (size > sizeof(buffer) ||
		decimal_parse((struct slice){ buffer, size }, decimals, &again) != DECIMAL_OK ||
		again != count)
		abort();
	if (decimal_read(text, &value) == DECIMAL_OK &&
		decimal_compare(value, (struct decimal){ count, decimals }) != 0)
		abort();
}

static void
check_parse(struct slice text, int decimals)
{
	struct digits digits;
	int64_t count = 0;
	int128 expected = 0;
	bool number = read_digits(text, &digits);
	bool fits = number && count_of(&digits, decimals, &expected);

	switch (decimal_parse(text, decimals, &count)) {
	case DECIMAL_OK:
		if (!fits || count != expected)
			abort();
		check_count(text, decimals, count);
		break;
	case DECIMAL_SYNTAX:
		if (number)
			abort();
		break;
	case DECIMAL_INEXACT:
		if (!number || fits || digits.exponent + decimals >= 0)
			abort();
		break;
	case DECIMAL_OVERFLOW:
		if (!number || fits)
			abort();
		break;
	}
}

/* The same number as a ratio, and what import makes of it. */
static void
check_others(struct slice text, int decimals)
{
	static const struct number_format plain = { .decimal = '.', .thousands = { "'", 1 } };
	struct rational ratio;
	struct exact exact;
	int64_t count, other;

	if (rational_parse(text, &ratio) == DECIMAL_OK) {
		if (ratio.den <= 0)
			abort();
		if (decimal_parse(text, decimals, &count) == DECIMAL_OK &&
			(!ratio_round(
				 ratio_of(ratio.num, ratio.den), decimals, ROUND_DOWN, &other) ||
				other != count))
			abort();
	}
	if (number_read(&plain, text, &exact) == NUMBER_OK &&
		exact_count(exact, decimals, -1, &other) == NUMBER_OK &&
		decimal_parse(text, decimals, &count) == DECIMAL_OK && other != count)
		abort();
}

/* Shares of the text's bytes as weights add up. */
static void
check_split(struct slice text)
{
	int64_t weights[64], shares[64];
	int64_t total = (int64_t)text.size * 1000003 - 31;
	int64_t sum = 0;
	size_t count = text.size < 64 ? text.size : 64;
	bool some = false;

	for (size_t i = 0; i < count; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		weights[i] = byte < 200 ? byte : INT64_MAX / 64 - byte;
		some = some || byte;
	}
	if (!some)
		return;
	split_largest_remainder(total, weights, count, shares);
	for (size_t i = 0; i < count; i++)
		sum += shares[i];
	if (sum != total)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text;
	int decimals;

	if (size == 0 || size >= DIGITS_MAX)
		return 0;
	text = (struct slice){ (const char *)data + 1, size - 1 };
	decimals = data[0] % (DECIMAL_DIGITS_MAX + 1);
	check_parse(text, decimals);
	check_others(text, decimals);
	check_split(text);
	return 0;
}

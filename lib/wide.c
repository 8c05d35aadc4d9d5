/*
 * wide.c - sums over a whole run, between text and 128 bits.
 */
#include "wide.h"

/* Appends a digit to a value that is kept below zero. false: it is none, or does not fit. */
static bool
take_digit(int128 *value, char digit)
{
	return digit >= '0' && digit <= '9' && !__builtin_mul_overflow(*value, 10, value) &&
	       !__builtin_sub_overflow(*value, digit - '0', value);
}

/* A decimal without an exponent. */
static bool
parse_plain(struct slice text, int decimals, int128 *sum)
{
	bool minus = text.data[0] == '-';
	bool point = false;
	int behind = 0;
	int128 value = 0;

	for (size_t i = minus; i < text.size; i++) {
		if (text.data[i] == '.') {
			point = true;
			continue;
		}
		if (!take_digit(&value, text.data[i]))
			return false;
		behind += point;
	}
	for (; behind < decimals; behind++)
		if (!take_digit(&value, '0'))
			return false;
	if (behind > decimals || (!minus && __builtin_sub_overflow((int128)0, value, &value)))
		return false;
	*sum = value;
	return true;
}

enum decimal_result
wide_parse(struct slice text, int decimals, int128 *sum)
{
	int64_t count;
	enum decimal_result result = decimal_parse(text, decimals, &count);

	if (result == DECIMAL_OK)
		*sum = count;
	if (result == DECIMAL_OVERFLOW && parse_plain(text, decimals, sum))
		return DECIMAL_OK;
	return result;
}

size_t
wide_format(int128 sum, int decimals, char *buffer)
{
	unsigned __int128 rest = sum < 0 ? -(unsigned __int128)sum : (unsigned __int128)sum;
	char text[WIDE_TEXT_MAX];
	char *at = text + sizeof(text);
	size_t size;

	for (int place = 0; rest > 0 || place <= decimals; place++, rest /= 10) {
		if (place > 0 && place == decimals)
			*--at = '.';
		*--at = (char)('0' + (int)(rest % 10));
	}
	if (sum < 0)
		*--at = '-';
	size = (size_t)(text + sizeof(text) - at);
	memcpy(buffer, at, size);
	return size;
}

void
wide_put(struct writer *writer, int128 sum, int decimals)
{
	int64_t count;
	char *place;
	size_t size;

	if (!narrow_overflows(sum, &count)) {
		writer_put_decimal(writer, count, decimals);
		return;
	}
	place = writer_reserve(writer, WIDE_TEXT_MAX + 2);
	place[0] = '"';
	size = wide_format(sum, decimals, place + 1);
	place[size + 1] = '"';
	writer_advance(writer, size + 2);
}

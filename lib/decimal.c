/*
 * decimal.c - exact numbers between text and counts, on the way in and out.
 *
 * Text is scanned into digits x 10^exponent; a count of 10^-decimals is that,
 * shifted. Nothing is lost on the way: what does not fit is an error.
 */
#include "decimal.h"

#include <assert.h>
#include <string.h>

enum { SHORT_TEXT = 19 };

/* An exponent that no text in memory can bring back into range. */
#define EXPONENT_MAX (INT64_C(1) << 60)

const uint64_t decimal_powers[DECIMAL_POWERS] = {
	UINT64_C(1),
	UINT64_C(10),
	UINT64_C(100),
	UINT64_C(1000),
	UINT64_C(10000),
	UINT64_C(100000),
	UINT64_C(1000000),
	UINT64_C(10000000),
	UINT64_C(100000000),
	UINT64_C(1000000000),
	UINT64_C(10000000000),
	UINT64_C(100000000000),
	UINT64_C(1000000000000),
	UINT64_C(10000000000000),
	UINT64_C(100000000000000),
	UINT64_C(1000000000000000),
	UINT64_C(10000000000000000),
	UINT64_C(100000000000000000),
	UINT64_C(1000000000000000000),
	UINT64_C(10000000000000000000),
};

/* What a text says: digits x 10^exponent. */
struct number {
	uint64_t digits;
	int64_t exponent;
	bool negative;
	bool wide; /* more digits than fit, the last of them not zero */
};

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') <= 9;
}

/* The usual case: no exponent, and so short that the digits cannot overflow. */
static inline bool
number_scan_short(struct slice text, struct number *number)
{
	const char *p = text.data;
	const char *end = p + text.size;
	const char *whole, *fraction;
	uint64_t digits = 0;

	if (text.size == 0 || text.size > SHORT_TEXT)
		return false;
	number->negative = *p == '-';
	p += number->negative;
	for (whole = p; p < end && is_digit(*p); p++)
		digits = digits * 10 + (uint64_t)(*p - '0');
	if (p == whole || (*whole == '0' && p - whole > 1))
		return false;
	number->exponent = 0;
	if (p < end && *p == '.') {
		for (fraction = ++p; p < end && is_digit(*p); p++)
			digits = digits * 10 + (uint64_t)(*p - '0');
		if (p == fraction)
			return false;
		number->exponent = fraction - p;
	}
	number->digits = digits;
	number->wide = false;
	return p == end;
}

/* Appends a run of digits; zeros wait in *zeros until a digit follows them. */
static const char *
number_digits(struct number *number, const char *p, const char *end, int64_t *zeros)
{
	for (; p < end && is_digit(*p); p++) {
		if (*p == '0') {
			(*zeros)++;
			continue;
		}
		if (number->digits == 0)
			*zeros = 0;
		if (*zeros + 1 >= DECIMAL_POWERS ||
			__builtin_mul_overflow(
				number->digits, decimal_powers[*zeros + 1], &number->digits) ||
			__builtin_add_overflow(
				number->digits, (uint64_t)(*p - '0'), &number->digits)) {
			number->wide = true;
			number->digits = 1;
		}
		*zeros = 0;
	}
	return p;
}

/* Reads the digits of an exponent with its sign; NULL where there are none. */
static const char *
number_exponent(const char *p, const char *end, int64_t *exponent)
{
	bool negative = p < end && *p == '-';
	const char *first;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	*exponent = 0;
	for (first = p; p < end && is_digit(*p); p++)
		if (*exponent < EXPONENT_MAX / 10)
			*exponent = *exponent * 10 + (*p - '0');
	if (negative)
		*exponent = -*exponent;
	return p == first ? NULL : p;
}

/* Any JSON number. */
static bool
number_scan(struct slice text, struct number *number)
{
	const char *p = text.data;
	const char *end = p + text.size;
	const char *first;
	int64_t zeros = 0;
	int64_t exponent = 0;

	*number = (struct number){ .negative = p < end && *p == '-' };
	p += number->negative;
	first = p;
	p = number_digits(number, p, end, &zeros);
	if (p == first || (*first == '0' && p - first > 1))
		return false;
	if (p < end && *p == '.') {
		first = ++p;
		p = number_digits(number, p, end, &zeros);
		if (p == first)
			return false;
		number->exponent = first - p;
	}
	number->exponent += zeros;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p = number_exponent(p + 1, end, &exponent);
		if (!p)
			return false;
		number->exponent += exponent;
	}
	return p == end;
}

/* Shifts the digits by a power of ten and applies the sign. */
static inline enum decimal_result
number_count(const struct number *number, int64_t shift, int64_t *count)
{
	uint64_t digits = number->digits;

	if (digits == 0) {
		*count = 0;
		return DECIMAL_OK;
	}
	if (shift < 0) {
		if (number->wide || shift <= -DECIMAL_POWERS ||
			digits % decimal_powers[-shift] != 0)
			return DECIMAL_INEXACT;
		digits /= decimal_powers[-shift];
	} else if (number->wide || shift >= DECIMAL_POWERS ||
		   __builtin_mul_overflow(digits, decimal_powers[shift], &digits)) {
		return DECIMAL_OVERFLOW;
	}
	if (digits > (uint64_t)INT64_MAX + number->negative)
		return DECIMAL_OVERFLOW;
	*count = (int64_t)(number->negative ? 0 - digits : digits);
	return DECIMAL_OK;
}

enum decimal_result
decimal_parse(struct slice text, int decimals, int64_t *count)
{
	struct number number;

	if (!number_scan_short(text, &number) && !number_scan(text, &number))
		return DECIMAL_SYNTAX;
	return number_count(&number, number.exponent + decimals, count);
}

enum decimal_result
decimal_read(struct slice text, struct decimal *value)
{
	struct number number;

	if (!number_scan_short(text, &number) && !number_scan(text, &number))
		return DECIMAL_SYNTAX;
	value->scale = 0;
	if (number.digits == 0) {
		value->digits = 0;
		return DECIMAL_OK;
	}
	while (number.exponent < 0 && number.digits % 10 == 0) {
		number.digits /= 10;
		number.exponent++;
	}
	if (number.wide || number.exponent < -DECIMAL_DIGITS_MAX)
		return DECIMAL_OVERFLOW;
	if (number.exponent < 0) {
		value->scale = (int)-number.exponent;
		number.exponent = 0;
	}
	return number_count(&number, number.exponent, &value->digits);
}

int
decimal_compare(struct decimal a, struct decimal b)
{
	int128 left = (int128)a.digits * decimal_power(b.scale);
	int128 right = (int128)b.digits * decimal_power(a.scale);

	return (left > right) - (left < right);
}

/* Two digits before `end`. */
static inline char *
put_pair(char *end, uint64_t number)
{
	decimal_pair((unsigned)number, end - 2);
	return end - 2;
}

/* The number before `end`. */
static inline void
put_number(char *end, uint64_t number)
{
	for (; number >= 100; number /= 100)
		end = put_pair(end, number % 100);
	if (number >= 10)
		put_pair(end, number);
	else
		end[-1] = (char)('0' + number);
}

/* The last digits of a number before `end`; returns the number before them. */
static inline uint64_t
put_last_digits(char *end, uint64_t number, int digits)
{
	for (; digits >= 2; digits -= 2, number /= 100)
		end = put_pair(end, number % 100);
	if (digits == 0)
		return number;
	end[-1] = (char)('0' + number % 10);
	return number / 10;
}

/* How many digits a number has. */
static inline int
digit_count(uint64_t number)
{
	/* 1233 / 4096 is nearly log10(2): so many digits, or one more. */
	int power = (64 - __builtin_clzll(number | 1)) * 1233 >> 12;

	return power + (number >= decimal_powers[power] || number == 0);
}

/* The length first: so every byte is written once, where it stays. */
size_t
decimal_format(int64_t count, int decimals, char *buffer)
{
	uint64_t number = count < 0 ? 0 - (uint64_t)count : (uint64_t)count;
	int digits = digit_count(number);
	char *end = buffer + (count < 0);

	assert(decimals >= 0 && decimals <= DECIMAL_DIGITS_MAX);
	if (count < 0)
		*buffer = '-';
	if (decimals == 0) {
		end += digits;
		put_number(end, number);
		return (size_t)(end - buffer);
	}
	end += (digits > decimals ? digits : decimals + 1) + 1;
	number = put_last_digits(end, number, decimals);
	end[-decimals - 1] = '.';
	put_number(end - decimals - 1, number);
	return (size_t)(end - buffer);
}

static uint64_t
greatest_divisor(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

enum decimal_result
rational_parse(struct slice text, struct rational *value)
{
	struct decimal decimal;
	enum decimal_result result = decimal_read(text, &decimal);
	int64_t den, divisor;

	if (result != DECIMAL_OK)
		return result;
	den = decimal_power(decimal.scale);
	/* At most den, which is positive: the cast back is safe. */
	divisor = (int64_t)greatest_divisor(
		decimal.digits < 0 ? 0 - (uint64_t)decimal.digits : (uint64_t)decimal.digits,
		(uint64_t)den);
	value->num = decimal.digits / divisor;
	value->den = den / divisor;
	return DECIMAL_OK;
}

/* Whether a quotient cut toward zero, with a remainder other than 0, goes one away from it. */
static bool
rounds_away(bool odd, int128 rest, int128 den, enum rounding mode)
{
	/* rest against den - rest, since twice rest might overflow. */
	int128 other = den - rest;

	switch (mode) {
	case ROUND_DOWN:
		return false;
	case ROUND_UP:
		return true;
	case ROUND_HALF_UP:
		return rest >= other;
	case ROUND_HALF_EVEN:
		return rest > other || (rest == other && odd);
	}
	return false;
}

int128
round_quotient(int128 num, int128 den, enum rounding mode)
{
	int128 quotient, rest;

	assert(den > 0);
	/* The common case in 64 bits: a division in 128 is a slow call. */
	if (num == (int64_t)num && den == (int64_t)den) {
		quotient = (int64_t)num / (int64_t)den;
		rest = (int64_t)num % (int64_t)den;
	} else {
		quotient = num / den;
		rest = num % den;
	}
	if (rest == 0)
		return quotient;
	if (!rounds_away(quotient & 1, rest < 0 ? -rest : rest, den, mode))
		return quotient;
	return num < 0 ? quotient - 1 : quotient + 1;
}

/* The share of one weight cut to a whole number, and what was cut off, in parts of sum. */
static int128
share_cut(int128 total, int64_t weight, int128 sum, int128 *rest)
{
	int128 product = total * weight;

	*rest = product % sum;
	return product / sum;
}

/* How many weights have a remainder of at least limit. */
static size_t
count_remainders(int128 total, const int64_t *weights, size_t n, int128 sum, int128 limit)
{
	size_t count = 0;
	int128 rest;

	for (size_t i = 0; i < n; i++) {
		share_cut(total, weights[i], sum, &rest);
		count += rest >= limit;
	}
	return count;
}

void
split_largest_remainder(int64_t total, const int64_t *weights, size_t n, int64_t *shares)
{
	/* A return is dealt as its sale was, with the other sign. */
	int128 size = total < 0 ? -(int128)total : total;
	int128 left = size;
	int128 sum = 0;
	int128 rest, low, high;
	size_t i, above;

	for (i = 0; i < n; i++)
		sum += weights[i];
	assert(sum > 0);
	for (i = 0; i < n; i++)
		left -= share_cut(size, weights[i], sum, &rest);

	/*
	 * The highest limit that enough remainders reach, by bisection: no memory
	 * is needed, and a large basket costs no more than a few dozen passes.
	 */
	low = 0;
	high = sum;
	while (left > 0 && high - low > 1) {
		int128 middle = low + (high - low) / 2;

		if (count_remainders(size, weights, n, sum, middle) >= (size_t)left)
			low = middle;
		else
			high = middle;
	}
	above = left > 0 ? count_remainders(size, weights, n, sum, low + 1) : 0;
	left -= (int128)above;
	for (i = 0; i < n; i++) {
		int128 share = share_cut(size, weights[i], sum, &rest);

		if (above > 0 && rest > low) {
			share++;
		} else if (left > 0 && rest == low) {
			share++;
			left--;
		}
		shares[i] = (int64_t)(total < 0 ? -share : share);
	}
}

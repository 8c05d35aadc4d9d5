/*
 * ratio.c - exact fractions in 128 bits.
 */
#include "ratio.h"

static int128
magnitude(int128 value)
{
	return value < 0 ? -value : value;
}

static int128
greatest_divisor(int128 a, int128 b)
{
	a = magnitude(a);
	b = magnitude(b);
	while (b) {
		int128 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Lowest terms, once the terms no longer fit into half of the bits. */
static struct ratio
reduced(struct ratio a)
{
	const int128 large = (int128)1 << 62;
	int128 divisor;

	if (magnitude(a.num) < large && a.den < large)
		return a;
	divisor = greatest_divisor(a.num, a.den);
	if (divisor > 1) {
		a.num /= divisor;
		a.den /= divisor;
	}
	return a;
}

bool
ratio_add(struct ratio a, struct ratio b, struct ratio *result)
{
	int128 left, right;

	if (a.den == b.den) {
		result->den = a.den;
		return !__builtin_add_overflow(a.num, b.num, &result->num);
	}
	a = reduced(a);
	b = reduced(b);
	if (__builtin_mul_overflow(a.num, b.den, &left) ||
		__builtin_mul_overflow(b.num, a.den, &right) ||
		__builtin_mul_overflow(a.den, b.den, &result->den) ||
		__builtin_add_overflow(left, right, &result->num))
		return false;
	*result = reduced(*result);
	return true;
}

bool
ratio_multiply(struct ratio a, struct ratio b, struct ratio *result)
{
	a = reduced(a);
	b = reduced(b);
	if (__builtin_mul_overflow(a.num, b.num, &result->num) ||
		__builtin_mul_overflow(a.den, b.den, &result->den))
		return false;
	*result = reduced(*result);
	return true;
}

bool
ratio_divide(struct ratio a, struct ratio b, struct ratio *result)
{
	struct ratio inverse = { b.den, b.num };

	if (inverse.den < 0) {
		inverse.num = -inverse.num;
		inverse.den = -inverse.den;
	}
	return ratio_multiply(a, inverse, result);
}

/* By whole parts first, then by what remains: no product that could overflow. */
int
ratio_compare(struct ratio a, struct ratio b)
{
	for (;;) {
		int128 whole_a = a.num / a.den - (a.num % a.den < 0);
		int128 whole_b = b.num / b.den - (b.num % b.den < 0);
		int128 rest_a = a.num - whole_a * a.den;
		int128 rest_b = b.num - whole_b * b.den;

		if (whole_a != whole_b)
			return whole_a < whole_b ? -1 : 1;
		if (rest_a == 0 || rest_b == 0)
			return (rest_a != 0) - (rest_b != 0);
		/* Compare rest_a / den_a with rest_b / den_b by their inverses, the other way round. */
		struct ratio next_a = { b.den, rest_b };
		struct ratio next_b = { a.den, rest_a };

		a = next_a;
		b = next_b;
	}
}

bool
ratio_round(struct ratio a, int decimals, enum rounding mode, int64_t *count)
{
	int128 scaled;

	a = reduced(a);
	if (__builtin_mul_overflow(a.num, (int128)decimal_power(decimals), &scaled))
		return false;
	return !narrow_overflows(round_quotient(scaled, a.den, mode), count);
}

struct ratio
ratio_to(struct ratio a, int decimals)
{
	int64_t count = 0;

	while (decimals > 0 && !ratio_round(a, decimals, ROUND_DOWN, &count))
		decimals--;
	return decimals || ratio_round(a, 0, ROUND_DOWN, &count)
		       ? ratio_of(count, decimal_power(decimals))
		       : a;
}

struct ratio
ratio_settled(struct ratio a)
{
	const int128 large = (int128)1 << 62;
	int128 divisor = greatest_divisor(a.num, a.den);

	if (divisor > 1) {
		a.num /= divisor;
		a.den /= divisor;
	}
	return magnitude(a.num) < large && a.den < large ? a : ratio_to(a, DECIMAL_DIGITS_MAX);
}

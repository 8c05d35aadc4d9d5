/*
 * decimal.h - exact numbers: decimals from text, rationals, rounding.
 *
 * Money and units are int64 counts of the smallest part ("85.20" USD is 8520).
 * Nothing here ever goes through binary floating point; every overflow is an
 * error, never a wrap or a saturation.
 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include "slice.h"

__extension__ typedef __int128 int128;

enum { DECIMAL_DIGITS_MAX = 18, DECIMAL_TEXT_MAX = 32, DECIMAL_POWERS = 20 };

/* 10^0, 10^1, … */
extern const uint64_t decimal_powers[DECIMAL_POWERS];

/* A decimal of its own scale: digits x 10^-scale, 0 <= scale <= 18. */
struct decimal {
	int64_t digits;
	int scale;
};

/* A ratio; den > 0. */
struct rational {
	int64_t num;
	int64_t den;
};

enum rounding { ROUND_DOWN, ROUND_UP, ROUND_HALF_UP, ROUND_HALF_EVEN };

enum decimal_result {
	DECIMAL_OK,
	DECIMAL_SYNTAX,   /* not a decimal */
	DECIMAL_INEXACT,  /* more decimals than asked for (trailing zeros are not counted) */
	DECIMAL_OVERFLOW, /* does not fit */
};

/*
 * Reads a JSON number or the same in a string ("-12.50", "1.25e3"), exactly,
 * as a count of 10^-decimals. Leading '+', spaces, "1." and ".5" are syntax errors.
 */
enum decimal_result decimal_parse(struct slice text, int decimals, int64_t *count);

/* Reads text at its own scale, trailing zeros dropped. */
enum decimal_result decimal_read(struct slice text, struct decimal *value);

/* <0, 0, >0; exact, in 128 bits. */
int decimal_compare(struct decimal a, struct decimal b);

/*
 * Writes count x 10^-decimals without a NUL ("85.20", "-0.05", "106") to
 * buffer (DECIMAL_TEXT_MAX bytes at least); returns the length.
 */
size_t decimal_format(int64_t count, int decimals, char *buffer);

/* 10^exponent for 0..18. */
static inline int64_t
decimal_power(int exponent)
{
	return (int64_t)decimal_powers[exponent];
}

/* The two digits of a number below 100. */
static inline void
decimal_pair(unsigned number, char place[2])
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";

	memcpy(place, pairs + 2 * number, 2);
}

/* text as a ratio in lowest terms; DECIMAL_OVERFLOW where it does not fit. */
enum decimal_result rational_parse(struct slice text, struct rational *value);

/*
 * num / den rounded; den > 0. down is toward zero, up away from zero, half-up
 * away from zero at a half, half-even to the even neighbour.
 */
int128 round_quotient(int128 num, int128 den, enum rounding mode);

/* a + b, a - b, a x b into *result; true where it overflowed (as the builtins do). */
static inline bool
add_overflows(int64_t a, int64_t b, int64_t *result)
{
	return __builtin_add_overflow(a, b, result);
}

/* Narrows to int64; true where it does not fit. */
static inline bool
narrow_overflows(int128 wide, int64_t *result)
{
	*result = (int64_t)wide;
	return (int128)*result != wide;
}

/*
 * Deals total out over n weights (>= 0, at least one > 0) by largest remainder,
 * ties to the first: the shares add up to total exactly. total may be negative.
 */
void split_largest_remainder(int64_t total, const int64_t *weights, size_t n, int64_t *shares);

/*
 * ISO 4217: decimals of a currency code (JPY 0, USD 2, KWD 3), or -1 for a
 * code that the standard does not list, or not with decimals (XAU, XTS).
 */
int currency_decimals(struct slice code);

#endif

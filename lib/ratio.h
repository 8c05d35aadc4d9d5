/*
 * ratio.h - exact fractions in 128 bits, for what rules contribute.
 *
 * Every operation says whether it overflowed; a ratio is brought to lowest terms
 * only when its terms grow, since most have denominators of a few digits.
 */
#ifndef RATIO_H
#define RATIO_H

#include "decimal.h"

struct ratio {
	int128 num;
	int128 den; /* > 0 */
};

#define RATIO_ZERO ((struct ratio){ 0, 1 })

static inline struct ratio
ratio_of(int64_t num, int64_t den)
{
	return (struct ratio){ num, den };
}

/* a + b, a x b, a / b (b != 0) into *result; false where it overflowed. */
bool ratio_add(struct ratio a, struct ratio b, struct ratio *result);
bool ratio_multiply(struct ratio a, struct ratio b, struct ratio *result);
bool ratio_divide(struct ratio a, struct ratio b, struct ratio *result);

static inline bool
ratio_subtract(struct ratio a, struct ratio b, struct ratio *result)
{
	b.num = -b.num;
	return ratio_add(a, b, result);
}

/* <0, 0, >0; terms are at most of 2^126 after an operation, compared exactly. */
int ratio_compare(struct ratio a, struct ratio b);

/* a x 10^decimals rounded to a count; false where it does not fit. */
bool ratio_round(struct ratio a, int decimals, enum rounding mode, int64_t *count);

/* a rounded down to a number of decimals (0 to 18), or fewer where they would not fit. */
struct ratio ratio_to(struct ratio a, int decimals);
/*
 * a in lowest terms, for long sums: as it is where its terms fit into int64, with some
 * bits to spare, else to 18 decimals.
 */
struct ratio ratio_settled(struct ratio a);

/* A decimal as a ratio. */
static inline struct ratio
ratio_of_decimal(struct decimal value)
{
	return ratio_of(value.digits, decimal_power(value.scale));
}

#endif

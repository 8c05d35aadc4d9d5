/*
 * number.h - a cell's text to an exact number, as people and tills write them:
 * decimal comma, thousands separators, currency signs, minus behind or
 * parentheses around.
 */
#ifndef IMPORT_NUMBER_H
#define IMPORT_NUMBER_H

#include "decimal.h"

/* How a file writes its numbers. */
struct number_format {
	char decimal;           /* '.' or ',' */
	struct slice thousands; /* one character; empty: none */
	struct slice *symbols;  /* what may stand before or after: "$", "EUR" */
	int symbol_count;
	bool trailing;    /* "12.50-" is negative, too */
	bool parentheses; /* "(12.50)" is negative, too */
};

/* digits x 10^-scale; scale may be negative ("1e6"). */
struct exact {
	int128 digits;
	int scale;
};

enum number_result {
	NUMBER_OK,
	NUMBER_SYNTAX,   /* not a number as the format writes them */
	NUMBER_GROUPS,   /* thousands separators that do not part groups of three digits */
	NUMBER_OVERFLOW, /* does not fit */
	NUMBER_INEXACT,  /* more decimals than asked for, and no rounding named */
};

/* text as a number; "1.5e3" is one, too, as programmes write them. */
enum number_result number_read(
	const struct number_format *format, struct slice text, struct exact *number);

/* *sum += term; false: overflow. */
bool exact_add(struct exact *sum, struct exact term);
/* *product *= factor; false: overflow. */
bool exact_multiply(struct exact *product, struct exact factor);
/* <0, 0, >0. */
int exact_compare(struct exact a, struct exact b);

/* As a count of 10^-decimals; rounding: enum rounding, or -1 where it must be exact. */
enum number_result exact_count(struct exact number, int decimals, int rounding, int64_t *count);

/* Decimals that it needs, trailing zeros not counted; at least 0. */
int exact_decimals(struct exact number);

#endif

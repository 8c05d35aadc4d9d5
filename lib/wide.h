/*
 * wide.h - sums over many postings.
 *
 * An amount is int64, and an overflow of one is an error. What the postings of a member, or of
 * all, come to is added up in 128 bits, which no run can fill: so no filter fails where another
 * one, which has seen more of the postings, would not.
 */
#ifndef WIDE_H
#define WIDE_H

#include "decimal.h"
#include "writer.h"

enum { WIDE_TEXT_MAX = 48 };

/* Beyond what 2^31 postings of a member come to; so many members are within 128 bits. */
#define WIDE_MEMBER_MAX ((int128)1 << 94)

/* sums[i] += amounts[i]. */
static inline void
wide_add(int128 *sums, const int64_t *amounts, int count)
{
	for (int i = 0; i < count; i++)
		sums[i] += amounts[i];
}

static inline void
wide_add_wide(int128 *sums, const int128 *amounts, int count)
{
	for (int i = 0; i < count; i++)
		sums[i] += amounts[i];
}

/* Reads what wide_put() writes, and what decimal_parse() does. */
enum decimal_result wide_parse(struct slice text, int decimals, int128 *sum);

/* As decimal_format(); buffer has WIDE_TEXT_MAX bytes at least. */
size_t wide_format(int128 sum, int decimals, char *buffer);

/* As writer_put_decimal(), but a number that JSON's readers would not hold is a string, too. */
void wide_put(struct writer *writer, int128 sum, int decimals);

#endif

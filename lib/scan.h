/*
 * scan.h - the bytes of JSON's tokens: where a string or a number ends, and
 * whether what stands in it is allowed. Used by the parser of lines and by what
 * looks into values afterwards.
 *
 * Most strings of a log are short and plain, so the inline part looks at 16
 * bytes at a time and leaves everything else to scan.c.
 */
#ifndef SCAN_H
#define SCAN_H

#include <string.h>

#include "slice.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

enum { SCAN_BLOCK = 16 };

/* What a scan saw. fault and reason are set where it fails. */
struct scan {
	const char *start; /* of the line */
	const char *end;
	bool wide; /* the line has a whole block, so that one can be read that ends at its end */
	bool escaped;
	const char *fault;
	const char *reason;
};

/* Keeps where and why the text is not JSON; NULL, to be returned. */
const char *scan_fault(struct scan *scan, const char *at, const char *reason);

/*
 * From inside a string to its closing quote; sets escaped where it meets a
 * backslash. NULL where the string is not valid or does not end.
 */
const char *scan_string_slow(struct scan *scan, const char *at);

/* From the first byte of a number to the byte after it; NULL where it is not one. */
const char *scan_number(struct scan *scan, const char *at);

/* Bytes of the valid UTF-8 sequence at `at`, 0 where there is none. */
size_t scan_utf8(const char *at, const char *end);

/* Bytes at `at` (before end) that would drive a terminal, or are no UTF-8; 0: a character. */
size_t scan_unseen(const char *at, const char *end);

/* Decodes the escapes of a valid string's inside; buffer of text.size bytes; returns the length. */
size_t scan_unescape(struct slice text, char *buffer);

/* Bit i: byte i is a quote, a backslash, a control character or not ASCII. */
static inline unsigned
scan_block(const char *at)
{
#ifdef __SSE2__
	__m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
	/* Signed, bytes of 0x80 and above are below the space, too. */
	__m128i low = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
	__m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
	__m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, backslash)));
#else
	unsigned mask = 0;

	for (unsigned i = 0; i < SCAN_BLOCK; i++) {
		unsigned char byte = (unsigned char)at[i];

		if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\')
			mask |= 1U << i;
	}
	return mask;
#endif
}

/* As scan_string_slow(), fast where the string is plain ASCII. */
static inline const char *
scan_string(struct scan *scan, const char *at)
{
	unsigned mask;

	while (LIKELY(scan->end - at >= SCAN_BLOCK)) {
		mask = scan_block(at);
		if (LIKELY(mask != 0)) {
			at += __builtin_ctz(mask);
			return LIKELY(*at == '"') ? at : scan_string_slow(scan, at);
		}
		at += SCAN_BLOCK;
	}
	if (LIKELY(scan->wide)) {
		mask = scan_block(scan->end - SCAN_BLOCK) >> (SCAN_BLOCK - (scan->end - at));
		if (LIKELY(mask != 0)) {
			at += __builtin_ctz(mask);
			if (LIKELY(*at == '"'))
				return at;
		}
	}
	return scan_string_slow(scan, at);
}

static inline const char *
scan_space(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

#endif

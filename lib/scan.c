/*
 * scan.c - strings and numbers of JSON in full: escapes, UTF-8, and the limits
 * that Jansson puts on numbers. What is not on the fast path stands here.
 */
#include "scan.h"

enum { INTEGER_DIGITS_MAX = 19, REAL_DIGITS_MAX = 309 };

#define CODE_INVALID 0xFFFFFFFFU

const char *
scan_fault(struct scan *scan, const char *at, const char *reason)
{
	scan->fault = at;
	scan->reason = reason;
	return NULL;
}

static bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
is_continuation(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

size_t
scan_utf8(const char *at, const char *end)
{
	const unsigned char *byte = (const unsigned char *)at;
	size_t left = (size_t)(end - at);

	if (left >= 1 && byte[0] < 0x80)
		return 1;
	if (left < 2 || !is_continuation(byte[1]))
		return 0;
	if (byte[0] >= 0xC2 && byte[0] <= 0xDF)
		return 2;
	if (left < 3 || !is_continuation(byte[2]))
		return 0;
	if (byte[0] == 0xE0)
		return byte[1] >= 0xA0 ? 3 : 0;
	if (byte[0] == 0xED)
		return byte[1] <= 0x9F ? 3 : 0;
	if (byte[0] >= 0xE1 && byte[0] <= 0xEF)
		return 3;
	if (left < 4 || !is_continuation(byte[3]))
		return 0;
	if (byte[0] == 0xF0)
		return byte[1] >= 0x90 ? 4 : 0;
	if (byte[0] == 0xF4)
		return byte[1] <= 0x8F ? 4 : 0;
	return byte[0] >= 0xF1 && byte[0] <= 0xF3 ? 4 : 0;
}

size_t
scan_unseen(const char *at, const char *end)
{
	unsigned char first = (unsigned char)*at;
	size_t size = scan_utf8(at, end);

	if (size == 0 || first < 0x20 || first == 0x7f)
		return 1;
	/* UTF-8's C1 controls, U+0080 to U+009F. */
	return first == 0xc2 && (unsigned char)at[1] < 0xa0 ? size : 0;
}

static unsigned
hex_value(char byte)
{
	if (byte >= '0' && byte <= '9')
		return (unsigned)(byte - '0');
	if (byte >= 'a' && byte <= 'f')
		return (unsigned)(byte - 'a') + 10;
	if (byte >= 'A' && byte <= 'F')
		return (unsigned)(byte - 'A') + 10;
	return 16;
}

/* The four hexadecimal digits at `at`, or CODE_INVALID. */
static unsigned
hex_code(const char *at, const char *end)
{
	unsigned code = 0;

	if (end - at < 4)
		return CODE_INVALID;
	for (int i = 0; i < 4; i++) {
		unsigned value = hex_value(at[i]);

		if (value > 15)
			return CODE_INVALID;
		code = code << 4 | value;
	}
	return code;
}

static bool
is_high_surrogate(unsigned code)
{
	return code >= 0xD800 && code <= 0xDBFF;
}

static bool
is_low_surrogate(unsigned code)
{
	return code >= 0xDC00 && code <= 0xDFFF;
}

/* From the backslash of a \u escape to the byte after it, or after its pair. */
static const char *
scan_unicode_escape(struct scan *scan, const char *at)
{
	unsigned code = hex_code(at + 2, scan->end);

	if (code == CODE_INVALID)
		return scan_fault(scan, at, "invalid escape");
	if (code == 0)
		return scan_fault(scan, at, "\\u0000 is not allowed");
	if (is_low_surrogate(code))
		return scan_fault(scan, at, "half of a surrogate pair");
	if (!is_high_surrogate(code))
		return at + 6;
	if (scan->end - at < 12 || at[6] != '\\' || at[7] != 'u' ||
		!is_low_surrogate(hex_code(at + 8, scan->end)))
		return scan_fault(scan, at, "half of a surrogate pair");
	return at + 12;
}

static const char *
scan_escape(struct scan *scan, const char *at)
{
	scan->escaped = true;
	if (scan->end - at < 2)
		return scan_fault(scan, scan->end, "invalid escape");
	switch (at[1]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return at + 2;
	case 'u':
		return scan_unicode_escape(scan, at);
	default:
		return scan_fault(scan, at, "invalid escape");
	}
}

const char *
scan_string_slow(struct scan *scan, const char *at)
{
	while (at < scan->end) {
		unsigned char byte = (unsigned char)*at;

		if (byte == '"')
			return at;
		if (byte < 0x20)
			return scan_fault(scan, at, "control character in a string");
		if (byte == '\\') {
			at = scan_escape(scan, at);
			if (!at)
				return NULL;
		} else if (byte < 0x80) {
			at++;
		} else {
			size_t size = scan_utf8(at, scan->end);

			if (size == 0)
				return scan_fault(scan, at, "invalid UTF-8");
			at += size;
		}
	}
	return scan_fault(scan, at, "string without its end");
}

static size_t
encode_utf8(unsigned code, char *buffer)
{
	if (code < 0x80) {
		buffer[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		buffer[0] = (char)(0xC0 | code >> 6);
		buffer[1] = (char)(0x80 | (code & 0x3F));
		return 2;
	}
	if (code < 0x10000) {
		buffer[0] = (char)(0xE0 | code >> 12);
		buffer[1] = (char)(0x80 | (code >> 6 & 0x3F));
		buffer[2] = (char)(0x80 | (code & 0x3F));
		return 3;
	}
	buffer[0] = (char)(0xF0 | code >> 18);
	buffer[1] = (char)(0x80 | (code >> 12 & 0x3F));
	buffer[2] = (char)(0x80 | (code >> 6 & 0x3F));
	buffer[3] = (char)(0x80 | (code & 0x3F));
	return 4;
}

static char
unescape_short(char letter)
{
	switch (letter) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return letter;
	}
}

size_t
scan_unescape(struct slice text, char *buffer)
{
	const char *at = text.data;
	const char *end = at + text.size;
	char *to = buffer;

	while (at < end) {
		unsigned code;

		if (*at != '\\' || end - at < 2) {
			*to++ = *at++;
			continue;
		}
		code = at[1] == 'u' ? hex_code(at + 2, end) : CODE_INVALID;
		if (code == CODE_INVALID) {
			*to++ = unescape_short(at[1]);
			at += 2;
			continue;
		}
		at += 6;
		if (is_high_surrogate(code) && end - at >= 6) {
			code = 0x10000 + ((code - 0xD800) << 10) +
			       ((hex_code(at + 2, end) - 0xDC00) & 0x3FF);
			at += 6;
		}
		to += encode_utf8(code, to);
	}
	return (size_t)(to - buffer);
}

/* Jansson keeps integers in an int64 and refuses what does not fit. */
static bool
integer_fits(const char *digits, size_t count, bool negative)
{
	const char *limit = negative ? "9223372036854775808" : "9223372036854775807";

	if (count != INTEGER_DIGITS_MAX)
		return count < INTEGER_DIGITS_MAX;
	return memcmp(digits, limit, INTEGER_DIGITS_MAX) <= 0;
}

/*
 * The least real that rounds to more than a double holds, 2^1024 - 2^970. It is
 * compared digit by digit, so that the verdict needs no binary floating point.
 */
static const char real_limit[] =
	"17976931348623158079372897140530341507993413271003782693617377898044"
	"49682927647509466490179775872070963302864166928879109465555478519404"
	"02630657488671505820681908902000708383676273854845817711531764475730"
	"27006985557136695962284291481986083493647529271907416844436551070434"
	"2711559699508093042880177904174497792";

/* Whether the digits of a real (with at most one point) times ten to the exponent stay a double. */
static bool
real_fits(const char *at, const char *end, int64_t exponent)
{
	int64_t magnitude = 0; /* digits before the point, from the first that is not 0 */
	bool point = false;
	size_t compared = 0;
	const char *first = NULL;

	for (const char *digit = at; digit < end; digit++) {
		if (*digit == '.') {
			point = true;
			continue;
		}
		if (!first && *digit != '0')
			first = digit;
		if (first && !point)
			magnitude++;
		if (!first && point)
			magnitude--;
	}
	if (!first)
		return true;
	magnitude += exponent;
	if (magnitude != REAL_DIGITS_MAX)
		return magnitude < REAL_DIGITS_MAX;
	for (const char *digit = first; digit < end && compared < REAL_DIGITS_MAX; digit++) {
		if (*digit == '.')
			continue;
		if (*digit != real_limit[compared])
			return *digit < real_limit[compared];
		compared++;
	}
	/* Where the digits ran out first, more of the limit than zeros is left. */
	return compared < REAL_DIGITS_MAX;
}

/* Reads [eE][+-]digits; what is beyond any line's digits is cut to that. */
static const char *
scan_exponent(struct scan *scan, const char *at, int64_t *exponent)
{
	bool negative = false;
	int64_t value = 0;

	at++;
	if (at < scan->end && (*at == '+' || *at == '-'))
		negative = *at++ == '-';
	if (at == scan->end || !is_digit(*at))
		return scan_fault(scan, at, "invalid number");
	for (; at < scan->end && is_digit(*at); at++) {
		if (value < INT64_C(1) << 48)
			value = value * 10 + (*at - '0');
	}
	*exponent = negative ? -value : value;
	return at;
}

const char *
scan_number(struct scan *scan, const char *at)
{
	const char *start = at;
	const char *digits;
	const char *end;
	int64_t exponent = 0;
	bool real = false;

	if (*at == '-')
		at++;
	digits = at;
	while (at < scan->end && is_digit(*at))
		at++;
	if (at == digits || (*digits == '0' && at - digits > 1))
		return scan_fault(scan, at, "invalid number");
	if (at < scan->end && *at == '.') {
		const char *point = at++;

		real = true;
		while (at < scan->end && is_digit(*at))
			at++;
		if (at == point + 1)
			return scan_fault(scan, at, "invalid number");
	}
	end = at;
	if (at < scan->end && (*at == 'e' || *at == 'E')) {
		real = true;
		at = scan_exponent(scan, at, &exponent);
		if (!at)
			return NULL;
	}
	if (!real && !integer_fits(digits, (size_t)(end - digits), start != digits))
		return scan_fault(scan, start, "number is too large");
	if (real && (exponent > 0 || end - digits > 300) && !real_fits(digits, end, exponent))
		return scan_fault(scan, start, "number is too large");
	return at;
}

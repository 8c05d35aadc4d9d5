/*
 * record_jansson.c - the parser of lines accepts what Jansson accepts and keeps
 * what Jansson keeps, on random lines, whole and damaged.
 *
 * usage: record_jansson [seed [cases]]
 */
#include "../jansson_compare.h"

enum { CASES = 60000, LINE_MAX_BYTES = 1 << 16, DEPTH = 4, RECORD_CASES = 50 };

struct text {
	char data[LINE_MAX_BYTES];
	size_t size;
};

static uint64_t state;

static unsigned
draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % below;
}

static const char *const names[] = { "type", "id", "at", "member", "m1", "amount", "basket",
	"discount", "store", "kind", "items", "sku", "qty", "tags", "price", "net",
	"long-name-of-a-field", "long-name-of-a-fiend", "caf\xC3\xA9", "", "a", "aaaaaaaa",
	"aaaaaaab", "aaaaaaaaa" };

/* The same names written otherwise, and what is no name of a column. */
static const char *const aliases[] = { "m\\u0031", "\\u0069tems", "caf\\u00e9", "basket.amount",
	"\\\"", "\\u0000", "typ\\u0065", "items", "type", "sku" };

static const char *const scalars[] = { "null", "true", "false", "0", "-0", "1", "12.34", "-0.5",
	"1e5", "1E+2", "2e-3", "9223372036854775807", "-9223372036854775808",
	"1.7976931348623157e308", "1.7976931348623158e308", "1e308", "1e-400",
	"0e999999999999999999999", "0.000001e314", "\"\"", "\"t-00000001\"",
	"\"2026-01-01T00:00:12Z\"", "\"a string of more than sixteen bytes, plain\"",
	"\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"",
	"\"\\ud83d\\ude00 \\n\\t\\\\ \\/ \\b\\f\\r\\\"\"",
	"\"\\u00e9 in a longer text, after sixteen bytes \\u20ac\"", "\"\xEF\xBF\xBF\xED\x9F\xBF\"",
	"[]", "{}", "[ ]", "{ }" };

/* What is not JSON, and what Jansson refuses although it is. */
static const char *const doubtful[] = { "9223372036854775808", "-9223372036854775809",
	"10000000000000000000000", "1.7976931348623159e308", "-1.7976931348623159e+308", "1e309",
	"-1e400", "0.0000001e316", "1e99999999999999999999", "01", "1.", ".5", "+1", "-", "1e",
	"1e+", "nul", "truex", "NaN", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
	"\"\\u0000\"", "\"\\x\"", "\"\\u12g4\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"",
	"\"\xF4\x90\x80\x80\"", "\"\xFF\"", "\"\t\"", "\"\xE0\x9F\xBF\"", "\"\xF0\x8F\xBF\xBF\"",
	"\"\xF5\x80\x80\x80\"" };

static const char *const scraps[] = { "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "\t", "\n",
	"\r", "\\u", "\xC3", "\xE2\x82", "\xF0\x9F\x98\x80", "0", "9", ".", "e", "-", "null",
	"\\ud800", "\"a\":1,", "\"items\":[{}]", "[[[[[[", "]]]]]]" };

#define COUNT(list) (unsigned)(sizeof(list) / sizeof((list)[0]))

static void
put(struct text *text, const char *string)
{
	size_t size = strlen(string);

	if (sizeof(text->data) - text->size < size)
		return;
	memcpy(text->data + text->size, string, size);
	text->size += size;
}

static void
put_space(struct text *text)
{
	static const char *const spaces[] = { " ", "\t", "\r", "\n", "  " };

	if (draw(12) == 0)
		put(text, spaces[draw(COUNT(spaces))]);
}

static void put_value(struct text *text, int depth);

static void
put_member(struct text *text, const char *name, int depth)
{
	put(text, "\"");
	put(text, draw(40) == 0 ? aliases[draw(COUNT(aliases))] : name);
	put(text, "\"");
	put_space(text);
	put(text, ":");
	put_space(text);
	put_value(text, depth);
}

static void
put_object(struct text *text, int depth)
{
	unsigned count = draw(200) == 0 ? draw(100) : draw(5);
	unsigned first = draw(COUNT(names));

	put(text, "{");
	put_space(text);
	for (unsigned i = 0; i < count; i++) {
		char name[40];

		if (i > 0) {
			put(text, ",");
			put_space(text);
		}
		/* Going round keeps names apart, numbers do so where there are many. */
		snprintf(name, sizeof(name), i < COUNT(names) ? "%s" : "%s%u",
			names[(first + 5 * i) % COUNT(names)], i);
		put_member(text, name, depth - 1);
		put_space(text);
	}
	put(text, "}");
}

static void
put_array(struct text *text, int depth)
{
	unsigned count = draw(300) == 0 ? draw(60) : draw(4);
	bool objects = draw(2) == 0;

	put(text, "[");
	put_space(text);
	for (unsigned i = 0; i < count; i++) {
		if (i > 0) {
			put(text, ",");
			put_space(text);
		}
		if (objects && depth > 1)
			put_object(text, depth - 1);
		else
			put_value(text, depth - 1);
		put_space(text);
	}
	put(text, "]");
}

static void
put_value(struct text *text, int depth)
{
	unsigned kind = draw(depth > 0 ? 10 : 6);

	if (kind < 6)
		put(text, draw(60) == 0 ? doubtful[draw(COUNT(doubtful))]
					: scalars[draw(COUNT(scalars))]);
	else if (kind < 8)
		put_object(text, depth);
	else
		put_array(text, depth);
}

/* A line with some of the names that the shape wants, in a random order. */
static void
put_line(struct text *text)
{
	unsigned first = draw(COUNT(names));

	put_space(text);
	put(text, "{");
	for (unsigned i = 0; i < COUNT(names); i++) {
		if (draw(4) != 0)
			continue;
		if (text->data[text->size - 1] != '{')
			put(text, ",");
		put_space(text);
		put_member(text, names[(first + 7 * i) % COUNT(names)], DEPTH);
		put_space(text);
	}
	put(text, "}");
	put_space(text);
}

static void
replace(struct text *text, size_t at, size_t gone, const char *with, size_t size)
{
	if (text->size - gone + size > sizeof(text->data))
		return;
	memmove(text->data + at + size, text->data + at + gone, text->size - at - gone);
	memcpy(text->data + at, with, size);
	text->size += size - gone;
}

static void
damage(struct text *text)
{
	size_t at = draw((unsigned)text->size);
	const char *scrap = scraps[draw(COUNT(scraps))];
	char byte = (char)draw(256);

	switch (draw(5)) {
	case 0:
		replace(text, at, 1, &byte, 1);
		break;
	case 1:
		replace(text, at, 1, "", 0);
		break;
	case 2:
		replace(text, at, 0, scrap, strlen(scrap));
		break;
	case 3:
		replace(text, at, 1, scrap, strlen(scrap));
		break;
	default:
		text->size = at;
		break;
	}
}

/* Compares a copy of exactly the line's size, so that a sanitizer sees what is read beyond. */
static bool
check(const struct comparison *comparison, const struct text *text, bool *accepted)
{
	char *copy = malloc(text->size + 1);
	struct slice line = { copy, text->size };
	bool equal;

	memcpy(copy, text->data, text->size);
	copy = realloc(copy, text->size ? text->size : 1);
	line.data = copy;
	/* The second time, the order of the names may be known. */
	equal = compare_line(comparison, line, accepted) &&
		compare_line(comparison, line, accepted);
	if (!equal)
		printf("line: %.*s\n", (int)line.size, line.data);
	free(copy);
	return equal;
}

int
main(int argc, char *argv[])
{
	static struct text text;
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 20260101;
	long cases = argc > 2 ? strtol(argv[2], NULL, 0) : CASES;
	long accepted_count = 0;
	struct comparison comparison;

	state = seed ? seed : 1;
	for (long i = 0; i < cases; i++) {
		bool accepted;

		/* A record that has met many orders of names takes up no new ones. */
		if (i % RECORD_CASES == 0 && i > 0)
			compare_free(&comparison);
		if (i % RECORD_CASES == 0 && !compare_init(&comparison))
			return 1;
		text.size = 0;
		put_line(&text);
		for (unsigned n = draw(4); n > 2 && text.size > 0; n = draw(4))
			damage(&text);
		if (!check(&comparison, &text, &accepted)) {
			printf("record_jansson: seed %llu, case %ld\n", (unsigned long long)seed,
				i);
			return 1;
		}
		accepted_count += accepted;
	}
	if (cases > 0)
		compare_free(&comparison);
	/* A generator of which nearly nothing is valid, or all, tests nothing. */
	if (cases >= CASES && (accepted_count < cases / 10 || accepted_count > cases / 10 * 9)) {
		printf("record_jansson: %ld of %ld lines were accepted\n", accepted_count, cases);
		return 1;
	}
	return 0;
}

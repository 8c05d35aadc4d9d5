/*
 * codec.c - the JSON of a member's state, member by member.
 */
#include "codec.h"

#include <stdio.h>
#include <string.h>

#include "../scan.h"
#include "../wide.h"

/* Times outside of these years have no date of four digits. */
static const instant DATED_FROM = INT64_C(-62135510400000000);
static const instant DATED_UNTIL = INT64_C(253402214400000000);

enum { HASH_DIGITS = 16, RATIO_TEXT_MAX = 2 * WIDE_TEXT_MAX };

void
codec_read(struct codec *codec, struct slice text)
{
	codec->out = NULL;
	codec->at = text.data;
	codec->end = text.data + text.size;
}

void
codec_write(struct codec *codec, struct writer *out)
{
	codec->out = out;
	codec->comma = false;
}

void
codec_fail(struct codec *codec, const char *name, const char *text)
{
	char path[64] = "state";

	if (codec->failed)
		return;
	codec->failed = true;
	if (name[0])
		snprintf(path, sizeof(path), "state.%s", name);
	fail_at(codec->error, LOYALTY_CORRUPT, path, "%s", text);
}

void
codec_memory(struct codec *codec)
{
	if (!codec->failed)
		fail_memory(codec->error);
	codec->failed = true;
}

/* ---- the text ------------------------------------------------------------------ */

void
codec_space(struct codec *codec)
{
	codec->at = scan_space(codec->at, codec->end);
}

/* Goes over a byte, where it stands next. */
static bool
skip_byte(struct codec *codec, char byte)
{
	codec_space(codec);
	if (codec->at == codec->end || *codec->at != byte)
		return false;
	codec->at++;
	return true;
}

/* Behind a value. */
static void
skip_comma(struct codec *codec)
{
	(void)skip_byte(codec, ',');
	codec_space(codec);
}

/* Whether the member that stands next has that name; then at its value. */
static bool
is_next(struct codec *codec, const char *name)
{
	size_t size = strlen(name);

	if (codec->failed || (size_t)(codec->end - codec->at) < size + 3 || *codec->at != '"' ||
		memcmp(codec->at + 1, name, size) != 0 || codec->at[size + 1] != '"')
		return false;
	codec->at += size + 2;
	(void)skip_byte(codec, ':');
	codec_space(codec);
	return true;
}

static void
put_key(struct codec *codec, const char *name)
{
	if (codec->comma)
		writer_put_char(codec->out, ',');
	writer_put_char(codec->out, '"');
	writer_put(codec->out, slice_of(name));
	writer_put(codec->out, SLICE("\":"));
	codec->comma = true;
}

static void
put_comma(struct codec *codec)
{
	if (codec->comma)
		writer_put_char(codec->out, ',');
	codec->comma = true;
}

/* A string's inside. false: there is none. */
static bool
take_string(struct codec *codec, struct value *value)
{
	struct scan scan = { .start = codec->at, .end = codec->end };
	const char *close;

	*value = (struct value){ .kind = VALUE_STRING };
	if (codec->at == codec->end || *codec->at != '"')
		return false;
	close = scan_string(&scan, codec->at + 1);
	if (!close)
		return false;
	value->escaped = scan.escaped;
	value->text = (struct slice){ codec->at + 1, (size_t)(close - codec->at - 1) };
	codec->at = close + 1;
	return true;
}

/* ---- objects and lists -------------------------------------------------------- */

static bool
enter(struct codec *codec, const char *name, bool there, char bracket)
{
	if (writes(codec)) {
		if (!there)
			return false;
		put_key(codec, name);
		writer_put_char(codec->out, bracket);
		codec->comma = false;
		return true;
	}
	if (!is_next(codec, name))
		return false;
	if (!skip_byte(codec, bracket)) {
		codec_fail(codec, name, bracket == '{' ? "expected an object" : "expected a list");
		return false;
	}
	codec_space(codec);
	return true;
}

static void
leave(struct codec *codec, char bracket)
{
	if (writes(codec)) {
		writer_put_char(codec->out, bracket);
		codec->comma = true;
		return;
	}
	if (!codec->failed && !skip_byte(codec, bracket))
		codec_fail(
			codec, "", "has a member that does not belong there, or not in this order");
	if (!codec->failed)
		skip_comma(codec);
}

bool
code_object(struct codec *codec, const char *name, bool there)
{
	return enter(codec, name, there, '{');
}

bool
code_list(struct codec *codec, const char *name, bool there)
{
	return enter(codec, name, there, '[');
}

void
code_object_end(struct codec *codec)
{
	leave(codec, '}');
}

void
code_list_end(struct codec *codec)
{
	leave(codec, ']');
}

bool
code_next(struct codec *codec)
{
	if (writes(codec)) {
		put_comma(codec);
		return true;
	}
	codec_space(codec);
	return !codec->failed && codec->at < codec->end && *codec->at != ']';
}

bool
code_next_object(struct codec *codec)
{
	if (!code_next(codec))
		return false;
	if (writes(codec)) {
		writer_put_char(codec->out, '{');
		codec->comma = false;
		return true;
	}
	if (!skip_byte(codec, '{')) {
		codec_fail(codec, "", "expected an object");
		return false;
	}
	codec_space(codec);
	return true;
}

size_t
code_left(const struct codec *codec)
{
	const char *at = codec->at;
	size_t count = 0;

	while (!codec->failed && at < codec->end && *at != ']') {
		struct value value;

		at = scan_space(value_take(at, codec->end, &value), codec->end);
		if (at < codec->end && *at == ',')
			at = scan_space(at + 1, codec->end);
		count++;
	}
	return count;
}

static struct slice
decoded(struct codec *codec, const struct value *value)
{
	struct slice text = value_decoded(value, &codec->engine->scratch);

	if (codec->engine->scratch.failed)
		codec_memory(codec);
	return text;
}

bool
read_name(struct codec *codec, struct slice *name)
{
	struct value value;

	codec_space(codec);
	if (codec->failed || !take_string(codec, &value))
		return false;
	(void)skip_byte(codec, ':');
	codec_space(codec);
	*name = decoded(codec, &value);
	return true;
}

void
write_name(struct codec *codec, struct slice name)
{
	put_comma(codec);
	writer_put_string(codec->out, name);
	writer_put_char(codec->out, ':');
}

/* ---- values ---------------------------------------------------------------------- */

static void
put_number(struct codec *codec, int64_t number)
{
	writer_put_decimal(codec->out, number, 0);
}

static bool
take_number(struct codec *codec, int64_t *number)
{
	bool minus = codec->at < codec->end && *codec->at == '-';
	const char *start = codec->at += minus;
	int64_t value = 0;
	bool overflows = false;

	for (; codec->at < codec->end && *codec->at >= '0' && *codec->at <= '9'; codec->at++)
		overflows |= __builtin_mul_overflow(value, 10, &value) ||
			     __builtin_sub_overflow(value, *codec->at - '0', &value);
	overflows |= !minus && value == INT64_MIN;
	*number = minus ? value : -value;
	return codec->at > start && !overflows;
}

static void
put_instant(struct codec *codec, instant at)
{
	const struct zone *zone = codec->engine->programme->zone;
	char date[INSTANT_TEXT_MAX];
	int32_t day;

	if (at == INSTANT_ALWAYS) {
		writer_put(codec->out, SLICE("\"always\""));
	} else if (at == INSTANT_NEVER) {
		writer_put(codec->out, SLICE("\"never\""));
	} else if (at == INSTANT_BY_RULE) {
		writer_put(codec->out, SLICE("\"by-rule\""));
	} else if (at < DATED_FROM || at >= DATED_UNTIL) {
		put_number(codec, at);
	} else if (day = zone_day(zone, at), zone_day_start(zone, day) == at) {
		writer_put_char(codec->out, '"');
		writer_put(codec->out, (struct slice){ date, day_format(day, date) });
		writer_put_char(codec->out, '"');
	} else {
		writer_put_instant(codec->out, zone, at);
	}
}

static bool
take_instant(struct codec *codec, instant *at)
{
	struct value value;

	if (!take_string(codec, &value))
		return take_number(codec, at);
	if (slice_equal(value.text, SLICE("always")))
		*at = INSTANT_ALWAYS;
	else if (slice_equal(value.text, SLICE("never")))
		*at = INSTANT_NEVER;
	else if (slice_equal(value.text, SLICE("by-rule")))
		*at = INSTANT_BY_RULE;
	else
		return instant_parse(codec->engine->programme->zone, value.text, at, NULL) ==
		       TIME_OK;
	return true;
}

void
value_count(struct codec *codec, int64_t *count)
{
	if (writes(codec)) {
		put_number(codec, *count);
		return;
	}
	if (!codec->failed && !take_number(codec, count))
		codec_fail(codec, "", "expected a count");
	skip_comma(codec);
}

void
value_instant(struct codec *codec, instant *at)
{
	if (writes(codec)) {
		put_instant(codec, *at);
		return;
	}
	if (!codec->failed && !take_instant(codec, at))
		codec_fail(codec, "", "expected a time");
	skip_comma(codec);
}

void
value_text(struct codec *codec, struct slice *text)
{
	struct value value;

	if (writes(codec)) {
		writer_put_string(codec->out, *text);
		return;
	}
	*text = SLICE("");
	if (codec->failed)
		return;
	if (take_string(codec, &value))
		*text = decoded(codec, &value);
	else
		codec_fail(codec, "", "expected a string");
	skip_comma(codec);
}

enum value_kind
value_kind_next(const struct codec *codec)
{
	struct value value = { .kind = VALUE_ABSENT };

	if (!codec->failed && codec->at < codec->end)
		(void)value_take(codec->at, codec->end, &value);
	return (enum value_kind)value.kind;
}

void
value_raw(struct codec *codec, struct slice *text)
{
	struct value value = { .kind = VALUE_ABSENT, .text = SLICE("") };

	if (writes(codec)) {
		writer_put(codec->out, *text);
		return;
	}
	*text = SLICE("");
	if (codec->failed || codec->at == codec->end)
		return;
	codec->at = value_take(codec->at, codec->end, &value);
	*text = value.text;
	skip_comma(codec);
}

/* ---- members ------------------------------------------------------------------------ */

void
code_count(struct codec *codec, const char *name, int64_t *count, int64_t usual)
{
	if (writes(codec)) {
		if (*count == usual)
			return;
		put_key(codec, name);
		put_number(codec, *count);
		return;
	}
	*count = usual;
	if (!is_next(codec, name))
		return;
	if (!take_number(codec, count))
		codec_fail(codec, name, "expected a count");
	skip_comma(codec);
}

void
code_flag(struct codec *codec, const char *name, bool *flag)
{
	if (writes(codec)) {
		if (!*flag)
			return;
		put_key(codec, name);
		writer_put(codec->out, SLICE("true"));
		return;
	}
	*flag = false;
	if (!is_next(codec, name))
		return;
	if (codec->end - codec->at < 4 || memcmp(codec->at, "true", 4) != 0) {
		codec_fail(codec, name, "expected true");
		return;
	}
	codec->at += 4;
	*flag = true;
	skip_comma(codec);
}

void
code_instant(struct codec *codec, const char *name, instant *at, instant usual)
{
	if (writes(codec)) {
		if (*at == usual)
			return;
		put_key(codec, name);
		put_instant(codec, *at);
		return;
	}
	*at = usual;
	if (!is_next(codec, name))
		return;
	if (!take_instant(codec, at))
		codec_fail(codec, name, "expected a time");
	skip_comma(codec);
}

void
codec_dated(struct codec *codec, const char *name, instant at)
{
	if (at < DATED_FROM || at >= DATED_UNTIL)
		codec_fail(codec, name, "expected a time");
}

void
code_dated(struct codec *codec, const char *name, instant *at)
{
	code_instant(codec, name, at, INSTANT_ALWAYS);
	codec_dated(codec, name, *at);
}

void
code_text(struct codec *codec, const char *name, struct slice *text)
{
	struct value value;

	if (writes(codec)) {
		if (text->size == 0)
			return;
		put_key(codec, name);
		writer_put_string(codec->out, *text);
		return;
	}
	*text = SLICE("");
	if (!is_next(codec, name))
		return;
	if (take_string(codec, &value))
		*text = decoded(codec, &value);
	else
		codec_fail(codec, name, "expected a string");
	skip_comma(codec);
}

void
code_hash(struct codec *codec, const char *name, uint64_t *hash)
{
	static const char digits[] = "0123456789abcdef";
	char buffer[HASH_DIGITS];
	struct slice text = { buffer, HASH_DIGITS };
	uint64_t value = 0;

	if (writes(codec)) {
		for (int i = 0; i < HASH_DIGITS; i++)
			buffer[i] = digits[*hash >> (60 - 4 * i) & 15];
		if (*hash)
			code_text(codec, name, &text);
		return;
	}
	*hash = 0;
	code_text(codec, name, &text);
	for (size_t i = 0; i < text.size; i++) {
		const char *digit = memchr(digits, text.data[i], 16);

		if (!digit || text.size != HASH_DIGITS) {
			codec_fail(codec, name, "expected 16 hexadecimal digits");
			return;
		}
		value = value << 4 | (uint64_t)(digit - digits);
	}
	*hash = value;
}

/* ---- ratios --------------------------------------------------------------------------- */

static bool
parse_ratio(struct slice text, struct ratio *ratio)
{
	const char *slash = memchr(text.data, '/', text.size);
	struct slice num = text, den = SLICE("1");

	if (slash) {
		num.size = (size_t)(slash - text.data);
		den = (struct slice){ slash + 1, text.size - num.size - 1 };
	}
	return wide_parse(num, 0, &ratio->num) == DECIMAL_OK &&
	       wide_parse(den, 0, &ratio->den) == DECIMAL_OK && ratio->den > 0;
}

static struct slice
format_ratio(const struct ratio *ratio, char *buffer)
{
	struct slice text = { buffer, wide_format(ratio->num, 0, buffer) };

	if (ratio->den != 1) {
		buffer[text.size++] = '/';
		text.size += wide_format(ratio->den, 0, buffer + text.size);
	}
	return text;
}

void
value_ratio(struct codec *codec, struct ratio *ratio)
{
	char buffer[RATIO_TEXT_MAX];
	struct slice text = SLICE("");

	if (writes(codec))
		text = format_ratio(ratio, buffer);
	value_text(codec, &text);
	if (!writes(codec) && !codec->failed && !parse_ratio(text, ratio))
		codec_fail(codec, "", "expected a fraction");
}

void
code_ratio(struct codec *codec, const char *name, struct ratio *ratio, struct ratio usual)
{
	char buffer[RATIO_TEXT_MAX];
	struct slice text = SLICE("");

	if (writes(codec)) {
		if (ratio->num == usual.num && ratio->den == usual.den)
			return;
		text = format_ratio(ratio, buffer);
		code_text(codec, name, &text);
		return;
	}
	*ratio = usual;
	code_text(codec, name, &text);
	if (text.size && !parse_ratio(text, ratio))
		codec_fail(codec, name, "expected a fraction");
}

void
code_word(struct codec *codec, const char *name, const char *const *words, int count, int *place)
{
	struct slice text = writes(codec) && *place ? slice_of(words[*place]) : SLICE("");

	code_text(codec, name, &text);
	if (writes(codec))
		return;
	*place = 0;
	for (int i = 0; text.size && i < count; i++)
		if (slice_equal(text, slice_of(words[i]))) {
			*place = i;
			return;
		}
	if (text.size)
		codec_fail(codec, name, "no such word");
}

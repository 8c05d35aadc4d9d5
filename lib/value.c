/*
 * value.c - looking into kept values (elements, members, strings' escapes), and
 * text to the inside of a JSON string.
 *
 * Values come from a line that was parsed, so what stands in them is known to be
 * JSON; nothing is read beyond a value's end even where it is not.
 */
#include "record.h"
#include "scan.h"

/* From inside a string to its closing quote, or end. */
static const char *
skip_string(const char *at, const char *end, bool *escaped)
{
	while (at < end && *at != '"') {
		if (*at == '\\') {
			*escaped = true;
			at++;
		}
		at++;
	}
	return at < end ? at : end;
}

/* From the opening bracket to the byte after the closing one. */
static const char *
skip_container(const char *at, const char *end)
{
	size_t depth = 0;
	bool escaped;

	for (; at < end; at++) {
		if (*at == '"') {
			at = skip_string(at + 1, end, &escaped);
			if (at == end)
				return end;
		} else if (*at == '{' || *at == '[') {
			depth++;
		} else if (*at == '}' || *at == ']') {
			depth--;
			if (depth == 0)
				return at + 1;
		}
	}
	return end;
}

static const char *
skip_plain(const char *at, const char *end)
{
	while (at < end && *at != ',' && *at != ']' && *at != '}' && *at != ' ' && *at != '\t' &&
		*at != '\n' && *at != '\r')
		at++;
	return at;
}

static enum value_kind
kind_of(char first)
{
	switch (first) {
	case '"':
		return VALUE_STRING;
	case '{':
		return VALUE_OBJECT;
	case '[':
		return VALUE_ARRAY;
	case 't':
		return VALUE_TRUE;
	case 'f':
		return VALUE_FALSE;
	case 'n':
		return VALUE_NULL;
	default:
		return VALUE_NUMBER;
	}
}

const char *
value_take(const char *at, const char *end, struct value *value)
{
	const char *start = at;

	*value = (struct value){ .kind = (uint8_t)kind_of(*at) };
	switch (value->kind) {
	case VALUE_STRING:
		start++;
		at = skip_string(start, end, &value->escaped);
		value->text = (struct slice){ start, (size_t)(at - start) };
		return at < end ? at + 1 : end;
	case VALUE_ARRAY:
	case VALUE_OBJECT:
		at = skip_container(at, end);
		break;
	default:
		at = skip_plain(at, end);
		break;
	}
	value->text = (struct slice){ start, (size_t)(at - start) };
	return at;
}

/*
 * Enters a container at its opening bracket, or goes over the comma after an
 * element; NULL where there is no further element.
 */
static const char *
step(struct slice *rest, char opening)
{
	const char *end = rest->data + rest->size;
	const char *at = scan_space(rest->data, end);

	if (at == end || (*at != opening && *at != ','))
		return NULL;
	at = scan_space(at + 1, end);
	return at == end || *at == ']' || *at == '}' ? NULL : at;
}

static bool
stop(struct slice *rest)
{
	rest->size = 0;
	return false;
}

static void
move_to(struct slice *rest, const char *at)
{
	rest->size -= (size_t)(at - rest->data);
	rest->data = at;
}

bool
value_next_element(struct slice *rest, struct value *element)
{
	const char *at = step(rest, '[');

	if (!at)
		return stop(rest);
	move_to(rest, value_take(at, rest->data + rest->size, element));
	return true;
}

bool
value_next_member(struct slice *rest, struct value *key, struct value *member)
{
	const char *end = rest->data + rest->size;
	const char *at = step(rest, '{');

	if (!at || *at != '"')
		return stop(rest);
	at = scan_space(value_take(at, end, key), end);
	if (at == end || *at != ':')
		return stop(rest);
	at = scan_space(at + 1, end);
	if (at == end)
		return stop(rest);
	move_to(rest, value_take(at, end, member));
	return true;
}

struct slice
value_string(const struct value *value, char *buffer)
{
	if (!value->escaped)
		return value->text;
	return (struct slice){ buffer, scan_unescape(value->text, buffer) };
}

/* The letter that escapes a byte, 'u' where it needs four digits, 0 where it needs nothing. */
static char
escape_letter(unsigned char byte)
{
	switch (byte) {
	case '"':
	case '\\':
		return (char)byte;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return byte < 0x20 ? 'u' : 0;
	}
}

size_t
json_escape(struct slice text, char *buffer)
{
	static const char digits[] = "0123456789abcdef";
	char *to = buffer;

	for (size_t i = 0; i < text.size; i++) {
		unsigned char byte = (unsigned char)text.data[i];
		char letter = escape_letter(byte);

		if (letter == 0) {
			*to++ = (char)byte;
			continue;
		}
		*to++ = '\\';
		*to++ = letter;
		if (letter == 'u') {
			*to++ = '0';
			*to++ = '0';
			*to++ = digits[byte >> 4];
			*to++ = digits[byte & 15];
		}
	}
	return (size_t)(to - buffer);
}

bool
json_plain(struct slice text)
{
	const char *at = text.data;
	const char *end = at + text.size;

	while (at < end) {
		size_t size;

		if (end - at >= SCAN_BLOCK && scan_block(at) == 0) {
			at += SCAN_BLOCK;
			continue;
		}
		if (escape_letter((unsigned char)*at) != 0)
			return false;
		size = scan_utf8(at, end);
		if (size == 0)
			return false;
		at += size;
	}
	return true;
}

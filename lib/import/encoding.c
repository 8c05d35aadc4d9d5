/*
 * encoding.c - a file's bytes to UTF-8.
 */
#include "import/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <strings.h>

/* One byte through iconv; the length of the UTF-8, 0 where it is not a character by itself. */
static size_t
convert_byte(iconv_t converter, unsigned char byte, char out[4])
{
	char in = (char)byte;
	char *from = &in;
	char *to = out;
	size_t from_left = 1;
	size_t to_left = 4;

	iconv(converter, NULL, NULL, NULL, NULL);
	if (iconv(converter, &from, &from_left, &to, &to_left) != 0 || from_left != 0)
		return 0;
	return 4 - to_left;
}

enum encoding_result
encoding_load(const char *name, struct encoding *encoding)
{
	enum encoding_result result = ENCODING_OK;
	char out[4];
	iconv_t converter;

	*encoding = (struct encoding){ 0 };
	errno = 0;
	encoding->utf8 = strcasecmp(name, "utf-8") == 0 || strcasecmp(name, "utf8") == 0;
	if (encoding->utf8)
		return ENCODING_OK;
	/* A suffix ("//TRANSLIT") would be an instruction to iconv, not a name. */
	converter = strchr(name, '/') ? (iconv_t)-1 : iconv_open("UTF-8", name);
	if (converter == (iconv_t)-1)
		return errno == ENOMEM ? ENCODING_MEMORY : ENCODING_UNKNOWN;
	for (unsigned byte = 1; byte < 128 && result == ENCODING_OK; byte++) {
		if (convert_byte(converter, (unsigned char)byte, out) != 1 || out[0] != (char)byte)
			result = ENCODING_WIDE;
	}
	for (unsigned i = 0; i < 128; i++)
		encoding->upper[i].size = (unsigned char)convert_byte(
			converter, (unsigned char)(i + 128), encoding->upper[i].bytes);
	iconv_close(converter);
	/* Of Shift_JIS and its like the upper half is half empty, too, but not at 0xe4. */
	if (result == ENCODING_OK && encoding->upper[0xe4 - 128].size == 0)
		result = ENCODING_WIDE;
	return result;
}

bool
bytes_are_ascii(struct slice bytes)
{
	uint64_t all = 0;
	size_t at = 0;

	for (; at + 8 <= bytes.size; at += 8) {
		uint64_t word;

		memcpy(&word, bytes.data + at, 8);
		all |= word;
	}
	for (; at < bytes.size; at++)
		all |= (unsigned char)bytes.data[at];
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

/* Length of the UTF-8 sequence at bytes, or 0 where it is none (RFC 3629). */
static size_t
sequence_length(const unsigned char *bytes, size_t size)
{
	unsigned char lead = bytes[0];
	size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (length == 0 || lead > 0xf4 || length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((lead == 0xe0 && bytes[1] < 0xa0) || (lead == 0xed && bytes[1] > 0x9f))
		return 0;
	if ((lead == 0xf0 && bytes[1] < 0x90) || (lead == 0xf4 && bytes[1] > 0x8f))
		return 0;
	return length;
}

static bool
check_utf8(struct slice bytes, size_t *offset)
{
	size_t length;

	for (size_t at = 0; at < bytes.size; at += length) {
		length = sequence_length((const unsigned char *)bytes.data + at, bytes.size - at);
		if (length == 0) {
			*offset = at;
			return false;
		}
	}
	return true;
}

bool
encoding_decode(
	const struct encoding *encoding, struct slice bytes, struct text *text, size_t *offset)
{
	size_t size = text->size;

	if (bytes_are_ascii(bytes) || (encoding->utf8 && check_utf8(bytes, offset))) {
		text_put(text, bytes);
		return true;
	}
	if (encoding->utf8)
		return false;
	for (size_t at = 0; at < bytes.size; at++) {
		unsigned char byte = (unsigned char)bytes.data[at];

		if (byte < 128) {
			text_put_char(text, (char)byte);
			continue;
		}
		if (encoding->upper[byte - 128].size == 0) {
			text->size = size;
			*offset = at;
			return false;
		}
		text_put(text, (struct slice){ encoding->upper[byte - 128].bytes,
				       encoding->upper[byte - 128].size });
	}
	return true;
}

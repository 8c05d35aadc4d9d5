/*
 * encoding.h - a file's bytes to UTF-8.
 *
 * UTF-8 is checked and passed on; every other encoding is one in which a byte
 * is a character and the lower half is ASCII (latin1, windows-1252, koi8-r, …),
 * so that cells can be found before they are decoded. iconv(3) is asked once,
 * for the upper half.
 */
#ifndef IMPORT_ENCODING_H
#define IMPORT_ENCODING_H

#include "import/text.h"

struct encoding {
	bool utf8;
	struct {
		char bytes[4];
		unsigned char size; /* 0: not a character */
	} upper[128];
};

enum encoding_result {
	ENCODING_OK,
	ENCODING_UNKNOWN, /* iconv(3) does not know the name */
	ENCODING_WIDE,    /* it is not one byte a character over ASCII */
	ENCODING_MEMORY,  /* memory ran out */
};

enum encoding_result encoding_load(const char *name, struct encoding *encoding);

/* Whether all bytes are ASCII: the same in every encoding. */
bool bytes_are_ascii(struct slice bytes);

/*
 * Appends bytes as UTF-8 to text. false: the byte at *offset is not a character
 * (nothing is appended then).
 */
bool encoding_decode(
	const struct encoding *encoding, struct slice bytes, struct text *text, size_t *offset);

#endif

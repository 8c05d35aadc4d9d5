/*
 * text.h - bytes that grow: cells, pieces of a fact, whole facts on their way out.
 *
 * A failed allocation is kept in `failed`, later calls do nothing, and callers
 * ask once, at the end of a row.
 */
#ifndef IMPORT_TEXT_H
#define IMPORT_TEXT_H

#include "slice.h"

struct text {
	char *data;
	size_t size;
	size_t capacity;
	bool failed;
};

void text_free(struct text *text);

/* Room for more bytes behind what there is, to be followed by text->size +=. NULL: out of memory.
 */
char *text_reserve(struct text *text, size_t more);

static inline void
text_put(struct text *text, struct slice bytes)
{
	char *place = text->data ? text->data + text->size : NULL;

	if (text->capacity - text->size < bytes.size || !place)
		place = text_reserve(text, bytes.size);
	if (!place || bytes.size == 0)
		return;
	memcpy(place, bytes.data, bytes.size);
	text->size += bytes.size;
}

static inline void
text_put_char(struct text *text, char byte)
{
	text_put(text, (struct slice){ &byte, 1 });
}

/* As the inside of a JSON string, without the quotes; bytes must be UTF-8. */
void text_put_escaped(struct text *text, struct slice bytes);

static inline struct slice
text_slice(const struct text *text)
{
	return (struct slice){ text->data, text->size };
}

#endif

/*
 * text.c - bytes that grow.
 */
#include "import/text.h"

#include <stdlib.h>

#include "record.h"

enum { TEXT_FIRST = 64 };

void
text_free(struct text *text)
{
	free(text->data);
	*text = (struct text){ 0 };
}

char *
text_reserve(struct text *text, size_t more)
{
	size_t capacity = text->capacity ? text->capacity : TEXT_FIRST;
	char *data;

	if (text->failed)
		return NULL;
	if (text->capacity - text->size >= more && text->data)
		return text->data + text->size;
	if (more > SIZE_MAX / 4 - text->size) {
		text->failed = true;
		return NULL;
	}
	while (capacity - text->size < more)
		capacity *= 2;
	data = realloc(text->data, capacity);
	if (!data) {
		text->failed = true;
		return NULL;
	}
	text->data = data;
	text->capacity = capacity;
	return data + text->size;
}

void
text_put_escaped(struct text *text, struct slice bytes)
{
	char *place;

	if (json_plain(bytes)) {
		text_put(text, bytes);
		return;
	}
	place = text_reserve(text, 6 * bytes.size);
	if (place)
		text->size += json_escape(bytes, place);
}

/*
 * memory.c - what the loader asks of the arena, and steps through the document.
 */
#include <stdarg.h>
#include <stdio.h>

#include "loader.h"

void *
load_alloc(struct loader *loader, size_t count, size_t size)
{
	size_t bytes;
	void *piece = NULL;

	if (!__builtin_mul_overflow(count, size, &bytes))
		piece = arena_alloc(loader->arena, bytes);
	if (!piece)
		longjmp(loader->out_of_memory, 1);
	return piece;
}

/* Room doubles at every power of two, so that is when it is full. */
void *
load_grow(struct loader *loader, void *items, int count, size_t size)
{
	void *grown;

	if (count != 0 && (count & (count - 1)) != 0)
		return items;
	grown = load_alloc(loader, count ? (size_t)count * 2 : 1, size);
	if (count != 0)
		memcpy(grown, items, (size_t)count * size);
	return grown;
}

struct slice
load_copy(struct loader *loader, const char *text, size_t size)
{
	char *copy = load_alloc(loader, size + 1, 1);

	memcpy(copy, text, size);
	return (struct slice){ copy, size };
}

char *
load_format(struct loader *loader, const char *format, ...)
{
	va_list arguments;
	char *text;
	int size;

	va_start(arguments, format);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	text = load_alloc(loader, size < 0 ? 1 : (size_t)size + 1, 1);
	va_start(arguments, format);
	vsnprintf(text, size < 0 ? 1 : (size_t)size + 1, format, arguments);
	va_end(arguments);
	return text;
}

void
list_add(struct loader *loader, struct index_list *list, int index)
{
	*LOAD_APPEND(loader, list->items, list->count) = index;
}

int
node_list_size(const struct node *node)
{
	return json_is_array(node->json) ? (int)json_array_size(node->json) : 1;
}

struct node
node_list_item(const struct node *node, int i)
{
	if (!json_is_array(node->json))
		return *node;
	return (struct node){ json_array_get(node->json, (size_t)i), node, NULL, i };
}

struct node
node_member(const struct node *object, const char *key)
{
	struct node member = { NULL, object, key, 0 };
	const char *name;
	json_t *value;

	json_object_foreach(object->json, name, value) {
		if (strcmp(name, key) == 0) {
			member.json = value;
			break;
		}
		member.place++;
	}
	return member;
}

bool
node_has(const struct node *object, const char *key)
{
	json_t *value = json_object_get(object->json, key);

	return value && !json_is_false(value);
}

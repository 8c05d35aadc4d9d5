/*
 * errors.c - what is wrong with a document: collected wherever it is found,
 * handed out in the order of the document.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "loader.h"

enum { NAME_COMPARED_MAX = 48, TEXT_MAX = 512, PATH_MAX_TEXT = 1024 };

static int
node_depth(const struct node *node)
{
	int depth = 0;

	for (; node->up; node = node->up)
		depth++;
	return depth;
}

char *
node_path(struct loader *loader, const struct node *node)
{
	const struct node *way[DEPTH_MAX] = { NULL };
	char path[PATH_MAX_TEXT];
	size_t size = 0;
	int depth = node_depth(node);

	path[0] = '\0';
	for (int i = depth; i > 0; i--, node = node->up)
		way[i - 1] = node;
	for (int i = 0; i < depth && size < sizeof(path); i++) {
		size_t room = sizeof(path) - size;

		if (way[i]->key)
			size += (size_t)snprintf(
				path + size, room, "%s%s", size ? "." : "", way[i]->key);
		else
			size += (size_t)snprintf(path + size, room, "[%d]", way[i]->place);
	}
	return load_format(loader, "%s", path);
}

static void
collect(struct loader *loader, const struct node *node, bool warning, const char *text)
{
	struct load_error *error = LOAD_APPEND(loader, loader->errors, loader->error_count);

	error->depth = node_depth(node);
	error->places = load_alloc(loader, (size_t)error->depth + 1, sizeof(*error->places));
	error->path = node_path(loader, node);
	error->text = load_format(loader, "%s", text);
	error->warning = warning;
	for (int i = error->depth; i > 0; i--, node = node->up)
		error->places[i - 1] = (unsigned short)node->place;
	if (!warning)
		loader->failures++;
}

bool
load_error(struct loader *loader, const struct node *node, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	collect(loader, node, false, text);
	return false;
}

void
load_warning(struct loader *loader, const struct node *node, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	collect(loader, node, true, text);
}

/* ---- the nearest name ------------------------------------------------------ */

/* Changes of one byte that make one name the other; two neighbours that changed places are one. */
static int
name_distance(const char *a, const char *b)
{
	int rows[3][NAME_COMPARED_MAX + 1];
	int a_size = (int)strlen(a);
	int b_size = (int)strlen(b);

	if (a_size > NAME_COMPARED_MAX || b_size > NAME_COMPARED_MAX)
		return NAME_COMPARED_MAX;
	for (int j = 0; j <= b_size; j++)
		rows[0][j] = j;
	for (int i = 1; i <= a_size; i++) {
		int *row = rows[i % 3];
		const int *above = rows[(i + 2) % 3];
		const int *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (int j = 1; j <= b_size; j++) {
			int best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				above2[j - 2] + 1 < best)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_size % 3][b_size];
}

const char *
nearest_name(const char *name, const char *const *known, int count)
{
	int size = (int)strlen(name);
	int nearest = size < 4 ? 2 : size / 3 + 1; /* a third of the name may be wrong */
	const char *found = NULL;

	for (int i = 0; i < count; i++) {
		int distance = name_distance(name, known[i]);

		if (distance < nearest) {
			nearest = distance;
			found = known[i];
		}
	}
	return found;
}

bool
load_unknown(struct loader *loader, const struct node *node, const char *what, const char *name,
	const struct name_list *known)
{
	const char **names = load_alloc(loader, (size_t)known->count + 1, sizeof(*names));
	const char *nearest;

	for (int i = 0; i < known->count; i++)
		names[i] = known->items[i].data; /* copies end with a NUL */
	nearest = nearest_name(name, names, known->count);
	if (nearest)
		return load_error(
			loader, node, "unknown %s '%s': did you mean '%s'?", what, name, nearest);
	return load_error(loader, node, "unknown %s '%s'", what, name);
}

/* ---- handing out -------------------------------------------------------------- */

/* By the way through the document; what was found first first where it is the same. */
static int
compare_places(const struct load_error *a, const struct load_error *b)
{
	for (int i = 0; i < a->depth && i < b->depth; i++) {
		if (a->places[i] != b->places[i])
			return a->places[i] < b->places[i] ? -1 : 1;
	}
	return a->depth - b->depth;
}

static void
sort_errors(struct load_error *errors, int count)
{
	for (int i = 1; i < count; i++) {
		struct load_error error = errors[i];
		int j = i;

		for (; j > 0 && compare_places(&errors[j - 1], &error) > 0; j--)
			errors[j] = errors[j - 1];
		errors[j] = error;
	}
}

static bool
append(struct programme_error **items, int *count, int *capacity, const struct load_error *error)
{
	struct programme_error *item;

	if (*count == *capacity) {
		int room = *capacity ? *capacity * 2 : 8;
		struct programme_error *grown = realloc(*items, (size_t)room * sizeof(*grown));

		if (!grown)
			return false;
		*items = grown;
		*capacity = room;
	}
	item = &(*items)[*count];
	*item = (struct programme_error){ strdup(error->path), strdup(error->text), 0, 0 };
	(*count)++;
	return item->path && item->text;
}

bool
errors_publish(struct loader *loader, struct programme_errors *errors)
{
	bool kept = true;

	sort_errors(loader->errors, loader->error_count);
	for (int i = 0; i < loader->error_count && kept; i++) {
		const struct load_error *error = &loader->errors[i];

		kept = error->warning
			       ? append(&errors->warnings, &errors->warning_count,
					 &errors->warning_capacity, error)
			       : append(&errors->items, &errors->count, &errors->capacity, error);
	}
	if (!kept)
		programme_errors_free(errors);
	return kept;
}

void
programme_errors_free(struct programme_errors *errors)
{
	for (int i = 0; i < errors->count; i++) {
		free(errors->items[i].path);
		free(errors->items[i].text);
	}
	for (int i = 0; i < errors->warning_count; i++) {
		free(errors->warnings[i].path);
		free(errors->warnings[i].text);
	}
	free(errors->items);
	free(errors->warnings);
	*errors = (struct programme_errors){ 0 };
}

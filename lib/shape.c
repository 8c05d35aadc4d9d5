/*
 * shape.c - which values of a line are kept: paths to the levels, names and
 * tables that the parser goes by.
 */
#include "shape.h"

#include <stdlib.h>

enum { SLOT_BITS_MIN = 4 };

/* Appends a level of table; SHAPE_NONE: out of memory. */
static int
level_add(struct shape *shape, int table)
{
	size_t count = (size_t)shape->level_count;
	struct shape_level *levels = realloc(shape->levels, (count + 1) * sizeof(*levels));
	int *slots = malloc(sizeof(*slots) << SLOT_BITS_MIN);

	if (levels)
		shape->levels = levels;
	if (!levels || !slots) {
		free(slots);
		return SHAPE_NONE;
	}
	for (int i = 0; i < 1 << SLOT_BITS_MIN; i++)
		slots[i] = SHAPE_NONE;
	levels[count] = (struct shape_level){
		.slots = slots,
		.slot_bits = SLOT_BITS_MIN,
		.table = table,
	};
	return shape->level_count++;
}

/* Appends a table with its root level; SHAPE_NONE: out of memory. */
static int
table_add(struct shape *shape)
{
	size_t count = (size_t)shape->table_count;
	int *roots = realloc(shape->roots, (count + 1) * sizeof(*roots));
	int *widths;
	int root;

	if (!roots)
		return SHAPE_NONE;
	shape->roots = roots;
	widths = realloc(shape->widths, (count + 1) * sizeof(*widths));
	if (!widths)
		return SHAPE_NONE;
	shape->widths = widths;
	root = level_add(shape, shape->table_count);
	if (root == SHAPE_NONE)
		return SHAPE_NONE;
	roots[count] = root;
	widths[count] = 0;
	return shape->table_count++;
}

struct shape *
shape_new(void)
{
	struct shape *shape = calloc(1, sizeof(*shape));

	if (shape && table_add(shape) == SHAPE_NONE) {
		shape_free(shape);
		return NULL;
	}
	return shape;
}

void
shape_free(struct shape *shape)
{
	if (!shape)
		return;
	for (int i = 0; i < shape->level_count; i++) {
		struct shape_level *level = &shape->levels[i];

		for (int j = 0; j < level->count; j++)
			free((void *)(uintptr_t)level->names[j].key.data);
		free(level->names);
		free(level->slots);
	}
	free(shape->levels);
	free(shape->roots);
	free(shape->widths);
	free(shape);
}

static void
slot_fill(struct shape_level *level, int index)
{
	unsigned mask = (1U << level->slot_bits) - 1;
	unsigned slot = (unsigned)(key_hash(&level->names[index].key) >> (64 - level->slot_bits));

	while (level->slots[slot] != SHAPE_NONE)
		slot = (slot + 1) & mask;
	level->slots[slot] = index;
}

/* Keeps the slots four times as many as the names, so that most look-ups are one look. */
static bool
level_grow_slots(struct shape_level *level)
{
	int bits = level->slot_bits;
	int *slots;

	while (1 << bits < 4 * (level->count + 1))
		bits++;
	if (bits == level->slot_bits)
		return true;
	slots = realloc(level->slots, sizeof(*slots) << bits);
	if (!slots)
		return false;
	level->slots = slots;
	level->slot_bits = bits;
	for (int i = 0; i < 1 << bits; i++)
		slots[i] = SHAPE_NONE;
	for (int i = 0; i < level->count; i++)
		slot_fill(level, i);
	return true;
}

/* Index of a name in a level, added where it is new; SHAPE_NONE: out of memory. */
static int
level_name(struct shape_level *level, struct slice text)
{
	struct shape_name *names;
	struct key key = key_of(text);
	char *copy;

	for (int i = 0; i < level->count; i++) {
		if (key_equal(&level->names[i].key, &key))
			return i;
	}
	if (!level_grow_slots(level))
		return SHAPE_NONE;
	names = realloc(level->names, (size_t)(level->count + 1) * sizeof(*names));
	if (!names)
		return SHAPE_NONE;
	level->names = names;
	copy = malloc(text.size + 1);
	if (!copy)
		return SHAPE_NONE;
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	key.data = copy;
	names[level->count] = (struct shape_name){ key, SHAPE_NONE, SHAPE_NONE, SHAPE_NONE, 0 };
	slot_fill(level, level->count);
	return level->count++;
}

/* The name at the end of a path that starts in a table; NULL: out of memory. */
static struct shape_name *
path_name(struct shape *shape, int table, struct slice path)
{
	int at = shape->roots[table];

	for (;;) {
		const char *dot = path.size ? memchr(path.data, '.', path.size) : NULL;
		size_t size = dot ? (size_t)(dot - path.data) : path.size;
		int index = level_name(&shape->levels[at], (struct slice){ path.data, size });
		int below;

		if (index == SHAPE_NONE)
			return NULL;
		if (!dot)
			return &shape->levels[at].names[index];
		below = shape->levels[at].names[index].level;
		if (below == SHAPE_NONE) {
			below = level_add(shape, table);
			if (below == SHAPE_NONE)
				return NULL;
			shape->levels[at].names[index].level = below;
		}
		at = below;
		path.data += size + 1;
		path.size -= size + 1;
	}
}

int
shape_table(struct shape *shape, struct slice path)
{
	struct shape_name *name = path_name(shape, TABLE_RECORD, path);

	if (!name)
		return SHAPE_NONE;
	/* table_add() may move the levels, but not the names of one. */
	if (name->table == SHAPE_NONE)
		name->table = table_add(shape);
	return name->table;
}

int
shape_column(struct shape *shape, int table, struct slice path)
{
	struct shape_name *name = path_name(shape, table, path);

	if (!name)
		return SHAPE_NONE;
	if (name->column == SHAPE_NONE) {
		name->column = shape->widths[table]++;
		name->mark = table == TABLE_RECORD ? record_mark(name->column) : 0;
	}
	return name->column;
}

int
shape_width(const struct shape *shape, int table)
{
	return shape->widths[table];
}

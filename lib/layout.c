/*
 * layout.c - what a line has around its values.
 */
#include "layout.h"

/* Lines that no layout fits, before the next one is learned. */
enum { MISSES_MIN = 16 };

static const struct shape_name *
wanted(const struct shape_level *level, struct slice text)
{
	const struct key key = key_of(text);

	return level_find(level, &key, key_hash(&key));
}

static bool
put_piece(struct layout_piece *piece, const char *start, const char *end)
{
	if (end - start > LAYOUT_TEXT_MAX)
		return false;
	piece->size = (uint8_t)(end - start);
	memcpy(piece->text, start, piece->size);
	if (piece->size >= sizeof(uint64_t)) {
		piece->first = key_load(piece->text);
		piece->last = key_load(piece->text + piece->size - sizeof(uint64_t));
	}
	piece->kind = VALUE_ABSENT;
	piece->column = SHAPE_NONE;
	return true;
}

static bool
add_piece(struct layout *layout, const struct shape_level *level, const char *start,
	const struct value *key, const struct value *value)
{
	struct layout_piece *piece = &layout->pieces[layout->count];
	const struct shape_name *name;

	if (layout->count == LAYOUT_PIECES_MAX || key->escaped ||
		(value->kind != VALUE_STRING && value->kind != VALUE_NUMBER) ||
		!put_piece(piece, start, value->text.data))
		return false;
	piece->kind = value->kind;
	name = wanted(level, key->text);
	if (name && name->column != SHAPE_NONE) {
		piece->column = name->column;
		layout->present |= name->mark;
	}
	layout->count++;
	return true;
}

static bool
lay_out(struct layout *layout, const struct shape_level *level, struct slice line)
{
	const char *start = line.data;
	struct slice rest = line;
	struct value key, value;

	layout->count = 0;
	layout->present = 0;
	while (value_next_member(&rest, &key, &value)) {
		if (!add_piece(layout, level, start, &key, &value))
			return false;
		start = value.text.data + value.text.size;
	}
	/* Columns that share a mark cannot be cleared apart. */
	return layout->count && !(layout->present & record_mark(MARKS - 1)) &&
	       put_piece(&layout->pieces[layout->count], start, line.data + line.size);
}

void
layouts_learn(struct layouts *layouts, const struct shape_level *level, struct slice line)
{
	int place = !layouts->recent;
	struct layout layout;

	if (layouts->known[place].count && ++layouts->misses < MISSES_MIN)
		return;
	layouts->misses = 0;
	if (line.data[0] != '{' || !lay_out(&layout, level, line))
		return;
	layouts->known[place] = layout;
	layouts->recent = place;
}

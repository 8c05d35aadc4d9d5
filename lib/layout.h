/*
 * layout.h - lines that differ in their values only.
 *
 * One program writes its lines alike: the same names in the same order, the same spaces or
 * none. A layout is what such a line has around its values. A line that has the same bytes
 * there, and strings and numbers between them, is valid where the other was: it needs no
 * more than these comparisons and to look for where its values end. A record remembers two
 * layouts; they change its speed only.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "scan.h"
#include "shape.h"

enum { LAYOUT_PIECES_MAX = 16, LAYOUT_TEXT_MAX = 48 };

/* What stands before a value: the end of the one before, the name, the opening quote. */
struct layout_piece {
	uint64_t first, last; /* bytes of text, where it has so many */
	uint8_t size;         /* of text */
	uint8_t kind;         /* of the value: a string or a number; of the last piece: absent */
	int column;           /* where the value is kept, or SHAPE_NONE */
	char text[LAYOUT_TEXT_MAX];
};

struct layout {
	uint64_t present; /* marks of the columns */
	int count;        /* of pieces with a value; behind them comes the last; 0: no layout */
	struct layout_piece pieces[LAYOUT_PIECES_MAX + 1];
};

struct layouts {
	struct layout known[2];
	int recent; /* the one that fitted last: the other is learned over */
	int misses; /* lines since one was learned that none fitted */
};

/* Takes a valid line's layout, if it has one; the level is that of the line's names. */
void layouts_learn(struct layouts *layouts, const struct shape_level *level, struct slice line);

static inline bool
layout_has(const struct layout_piece *piece, const char *at, const char *end)
{
	size_t size = piece->size;

	if (UNLIKELY((size_t)(end - at) < size))
		return false;
	if (UNLIKELY(size < sizeof(uint64_t) || size > 2 * sizeof(uint64_t)))
		return memcmp(at, piece->text, size) == 0;
	return key_load(at) == piece->first &&
	       key_load(at + size - sizeof(uint64_t)) == piece->last;
}

/* What stands behind the last value, mostly two bytes. */
static inline bool
layout_ends(const struct layout_piece *piece, const char *at, const char *end)
{
	const char *text = piece->text;

	if (end - at != piece->size)
		return false;
	while (at < end && *at == *text++)
		at++;
	return at == end;
}

/* The byte after a value that begins at `at`, or NULL. */
static inline const char *
layout_value_end(const struct layout_piece *piece, struct scan *scan, const char *at)
{
	if (LIKELY(piece->kind == VALUE_STRING))
		return scan_string(scan, at);
	return at < scan->end ? scan_number(scan, at) : NULL;
}

static inline void
layout_keep(const struct layout_piece *piece, struct value *row, const char *start, const char *end,
	bool escaped)
{
	struct value *value = &row[piece->column];

	if (UNLIKELY(piece->column == SHAPE_NONE))
		return;
	value->text = (struct slice){ start, (size_t)(end - start) };
	value->kind = piece->kind;
	value->escaped = escaped;
}

/* Keeps the line's values in their columns of row; false: the line has another layout. */
static inline bool
layout_fits(const struct layout *layout, struct scan *scan, struct value *row)
{
	const struct layout_piece *piece;
	const char *at = scan->start;

	for (piece = layout->pieces; piece->kind != VALUE_ABSENT; piece++) {
		const char *start;

		if (UNLIKELY(!layout_has(piece, at, scan->end)))
			return false;
		start = at + piece->size;
		at = layout_value_end(piece, scan, start);
		if (UNLIKELY(!at))
			return false;
		layout_keep(piece, row, start, at, scan->escaped);
		scan->escaped = false;
	}
	return layout_ends(piece, at, scan->end);
}

#endif

/*
 * table.c - rows and columns, written for people or for other tools.
 */
#include "table.h"

#include <csv.h>
#include <stdlib.h>

#include "width.h"

enum { COLUMN_GAP = 2 };

struct table {
	enum table_format format;
	struct column *columns;
	size_t width; /* columns */

	char *text; /* all cells, one after the other */
	size_t text_used, text_size;
	size_t *ends; /* of the cells in text */
	size_t cells, cells_size;
	size_t *breaks; /* rows that a blank line stands before */
	size_t break_count, break_size;
	bool failed; /* memory ran out */
};

struct table *
table_new(enum table_format format, const struct column *columns, int count)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->format = format;
	table->width = (size_t)count;
	table->columns = malloc(table->width * sizeof(*columns));
	if (!table->columns) {
		table_free(table);
		return NULL;
	}
	memcpy(table->columns, columns, table->width * sizeof(*columns));
	return table;
}

void
table_free(struct table *table)
{
	if (!table)
		return;
	free(table->columns);
	free(table->text);
	free(table->ends);
	free(table->breaks);
	free(table);
}

/* ---- filling ------------------------------------------------------------- */

/* Room for more items; false (and failed) where there is none. */
static bool
grow(struct table *table, void **items, size_t needed, size_t *capacity, size_t size)
{
	size_t more = needed < 1024 ? 1024 : 2 * needed;
	void *grown;

	if (table->failed)
		return false;
	if (needed <= *capacity)
		return true;
	grown = realloc(*items, more * size);
	if (!grown) {
		table->failed = true;
		return false;
	}
	*items = grown;
	*capacity = more;
	return true;
}

void
table_add(struct table *table, struct slice piece)
{
	if (!grow(table, (void **)&table->text, table->text_used + piece.size, &table->text_size,
		    1))
		return;
	if (piece.size)
		memcpy(table->text + table->text_used, piece.data, piece.size);
	table->text_used += piece.size;
}

void
table_add_number(struct table *table, int128 count, int decimals)
{
	char text[WIDE_TEXT_MAX];

	table_add(table, (struct slice){ text, wide_format(count, decimals, text) });
}

void
table_cell_end(struct table *table)
{
	if (!grow(table, (void **)&table->ends, table->cells + 1, &table->cells_size,
		    sizeof(*table->ends)))
		return;
	table->ends[table->cells++] = table->text_used;
}

void
table_text(struct table *table, struct slice text)
{
	table_add(table, text);
	table_cell_end(table);
}

void
table_number(struct table *table, int128 count, int decimals)
{
	table_add_number(table, count, decimals);
	table_cell_end(table);
}

void
table_empty(struct table *table)
{
	table_cell_end(table);
}

size_t
table_rows(const struct table *table)
{
	return table->cells / table->width;
}

void
table_break(struct table *table)
{
	if (table_rows(table) == 0 || !grow(table, (void **)&table->breaks, table->break_count + 1,
					      &table->break_size, sizeof(*table->breaks)))
		return;
	table->breaks[table->break_count++] = table_rows(table);
}

static struct slice
cell_at(const struct table *table, size_t row, size_t column)
{
	size_t cell = row * table->width + column;
	size_t begin = cell ? table->ends[cell - 1] : 0;

	return (struct slice){ table->text + begin, table->ends[cell] - begin };
}

/* ---- for people ----------------------------------------------------------- */

static void
put_spaces(struct writer *writer, size_t count, char byte)
{
	while (count-- > 0)
		writer_put_char(writer, byte);
}

static void
put_aligned(struct writer *writer, struct slice text, size_t width, bool right, bool last)
{
	size_t used = text_width(text);
	size_t gap = width > used ? width - used : 0;

	if (right)
		put_spaces(writer, gap, ' ');
	writer_put_visible(writer, text);
	if (!right && !last)
		put_spaces(writer, gap, ' ');
	if (!last)
		put_spaces(writer, COLUMN_GAP, ' ');
}

/* Trailing empty cells are left out, so that no line ends in spaces. */
static size_t
cells_used(const struct table *table, size_t row)
{
	size_t used = table->width;

	while (used > 1 && cell_at(table, row, used - 1).size == 0)
		used--;
	return used;
}

static void
put_row(const struct table *table, struct writer *writer, size_t row, const size_t *widths,
	bool colour)
{
	size_t used = cells_used(table, row);

	for (size_t i = 0; i < used; i++) {
		struct slice text = cell_at(table, row, i);
		bool number = table->columns[i].number;
		bool red = colour && number && text.size && text.data[0] == '-';

		if (widths[i] == 0)
			continue;
		if (red)
			writer_put(writer, SLICE("\033[31m"));
		put_aligned(writer, text, widths[i], number, i + 1 == used);
		if (red)
			writer_put(writer, SLICE("\033[0m"));
	}
	writer_line_end(writer);
}

static void
put_heading(const struct table *table, struct writer *writer, const size_t *widths, bool colour)
{
	size_t used = table->width;

	while (used > 1 && widths[used - 1] == 0)
		used--;
	if (colour)
		writer_put(writer, SLICE("\033[1m"));
	for (size_t i = 0; i < used; i++) {
		if (widths[i] == 0)
			continue;
		put_aligned(writer, table->columns[i].title, widths[i], table->columns[i].number,
			i + 1 == used);
	}
	if (colour)
		writer_put(writer, SLICE("\033[0m"));
	writer_line_end(writer);
	for (size_t i = 0; i < used; i++) {
		if (widths[i] == 0)
			continue;
		put_spaces(writer, widths[i], '-');
		if (i + 1 < used)
			put_spaces(writer, COLUMN_GAP, ' ');
	}
	writer_line_end(writer);
}

/* 0: the column is left out. */
static size_t
width_of(const struct table *table, size_t column)
{
	size_t widest = 0;

	for (size_t row = 0; row < table_rows(table); row++) {
		size_t width = text_width(cell_at(table, row, column));

		if (width > widest)
			widest = width;
	}
	if (table->columns[column].optional && widest == 0)
		return 0;
	return widest > text_width(table->columns[column].title)
		       ? widest
		       : text_width(table->columns[column].title);
}

static bool
write_plain(const struct table *table, struct writer *writer, bool colour)
{
	size_t *widths = calloc(table->width, sizeof(*widths));
	size_t next_break = 0;

	if (!widths)
		return false;
	for (size_t i = 0; i < table->width; i++)
		widths[i] = width_of(table, i);
	put_heading(table, writer, widths, colour);
	for (size_t row = 0; row < table_rows(table); row++) {
		if (next_break < table->break_count && table->breaks[next_break] == row) {
			writer_line_end(writer);
			next_break++;
		}
		put_row(table, writer, row, widths, colour);
	}
	free(widths);
	return true;
}

/* ---- for tools ------------------------------------------------------------ */

static void
put_csv_text(struct writer *writer, struct slice text)
{
	/* What a spreadsheet would take for a formula. */
	bool defuse = text.size && memchr("=+-@\t\r", text.data[0], 6);
	char *place = writer_reserve(writer, 2 * text.size + 3);
	size_t used;

	if (text.size == 0)
		return;
	used = csv_write(place, 2 * text.size + 2, text.data, text.size);
	if (defuse) {
		memmove(place + 2, place + 1, used - 1);
		place[1] = '\'';
		used++;
	}
	writer_advance(writer, used);
}

static void
put_tsv_text(struct writer *writer, struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		static const char plain[] = "\t\n\r\\";
		static const char letters[] = "tnr\\";
		char byte = text.data[i];
		const char *found = byte ? strchr(plain, byte) : NULL;

		if (found)
			writer_put_char(writer, '\\');
		writer_put_char(writer, found ? letters[found - plain] : byte);
	}
}

static void
write_separated(const struct table *table, struct writer *writer)
{
	void (*put)(struct writer *, struct slice) =
		table->format == TABLE_CSV ? put_csv_text : put_tsv_text;
	char separator = table->format == TABLE_CSV ? ',' : '\t';

	for (size_t i = 0; i < table->width; i++) {
		if (i > 0)
			writer_put_char(writer, separator);
		put(writer, table->columns[i].key);
	}
	writer_line_end(writer);
	for (size_t row = 0; row < table_rows(table); row++) {
		for (size_t i = 0; i < table->width; i++) {
			struct slice text = cell_at(table, row, i);

			if (i > 0)
				writer_put_char(writer, separator);
			if (table->columns[i].number)
				writer_put(writer, text);
			else
				put(writer, text);
		}
		writer_line_end(writer);
	}
}

/* As wide_put() has it. */
static bool
is_json_number(struct slice text)
{
	int64_t count;

	return !memchr(text.data, '.', text.size) && decimal_parse(text, 0, &count) == DECIMAL_OK;
}

static void
write_ndjson(const struct table *table, struct writer *writer)
{
	for (size_t row = 0; row < table_rows(table); row++) {
		for (size_t i = 0; i < table->width; i++) {
			struct slice text = cell_at(table, row, i);

			writer_put_char(writer, i ? ',' : '{');
			writer_put_string(writer, table->columns[i].key);
			writer_put_char(writer, ':');
			if (text.size == 0)
				writer_put(writer, SLICE("null"));
			else if (table->columns[i].number && is_json_number(text))
				writer_put(writer, text);
			else
				writer_put_string(writer, text);
		}
		writer_put_char(writer, '}');
		writer_line_end(writer);
	}
}

bool
table_write(const struct table *table, struct writer *writer, bool colour)
{
	if (table->failed)
		return false;
	if (table->format == TABLE_PLAIN)
		return write_plain(table, writer, colour);
	if (table->format == TABLE_NDJSON)
		write_ndjson(table, writer);
	else
		write_separated(table, writer);
	return true;
}

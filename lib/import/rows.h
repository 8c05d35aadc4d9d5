/*
 * rows.h - bytes to rows of cells: the first step of an import.
 *
 * libcsv (or, for tables in which spaces part the columns, a splitter of our
 * own) finds the cells; then they are decoded and trimmed. A row that cannot be
 * read is an error of its own, and reading can go on after it.
 */
#ifndef IMPORT_ROWS_H
#define IMPORT_ROWS_H

#include "import/encoding.h"
#include "status.h"

enum { ROW_BYTES_MAX = 1 << 20, CELLS_MAX = 4096 };

/* How a file's rows are written. */
struct row_format {
	bool whitespace; /* runs of spaces and tabs part the cells; no quotes */
	char delimiter;
	char quote; /* 0: none */
	bool trim;
	unsigned long skip_lines; /* before the header */
	struct encoding encoding;
};

/* Slices live until the next row. */
struct row {
	struct slice *cells;
	size_t count;
	unsigned long line; /* where it begins, from 1 */
	struct slice raw;   /* its bytes, without the end of its last line */
	int bad_cell;       /* where it could not be read: the cell, from 0; -1: unknown */
};

struct rows;

/* Reads fd, which stays the caller's. format must outlive the reader. NULL: out of memory. */
struct rows *rows_new(int fd, const struct row_format *format);
void rows_free(struct rows *rows);

/*
 * The next row that is not blank. LOYALTY_END at the end. LOYALTY_BAD: this row
 * cannot be read (row->raw and row->line are set), but reading can go on.
 * LOYALTY_CORRUPT: where rows begin and end is lost. LOYALTY_IO, LOYALTY_MEMORY.
 */
enum loyalty_status rows_next(struct rows *rows, struct row *row, struct loyalty_error *error);

#endif

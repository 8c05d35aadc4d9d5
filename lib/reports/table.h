/*
 * table.h - rows and columns, written for people or for other tools.
 *
 * A report fills a table cell by cell; nothing is written before all of it is
 * known, so that a report of a broken ledger is no report.
 */
#ifndef TABLE_H
#define TABLE_H

#include "wide.h"

enum table_format {
	TABLE_PLAIN,  /* aligned by display width, for people */
	TABLE_CSV,    /* RFC 4180; text that a spreadsheet would run gets a leading ' */
	TABLE_TSV,    /* tabs, newlines and backslashes as \t \n \r \\ */
	TABLE_NDJSON, /* an object a row; numbers with decimals, or beyond 64 bits, are strings */
};

struct column {
	struct slice key;   /* name for tools */
	struct slice title; /* heading for people */
	bool number;        /* right-aligned; JSON numbers */
	bool optional;      /* for people: left out where all of it is empty */
};

struct table;

/* The columns are copied, their names must outlive the table. NULL: memory. */
struct table *table_new(enum table_format format, const struct column *columns, int count);
void table_free(struct table *table);

/* The next cell of the present row; rows follow one another by themselves. */
void table_text(struct table *table, struct slice text);
void table_number(struct table *table, int128 count, int decimals);
void table_empty(struct table *table);

/* Several pieces that make one cell of text. */
void table_add(struct table *table, struct slice piece);
void table_add_number(struct table *table, int128 count, int decimals);
void table_cell_end(struct table *table);

/* For people: a blank line before the next row. */
void table_break(struct table *table);

/* Rows complete so far. */
size_t table_rows(const struct table *table);

/* Writes heading and rows. false: memory ran out while filling it. */
bool table_write(const struct table *table, struct writer *writer, bool colour);

#endif

/*
 * import.h - tables to facts: rows in, lines of JSON out.
 *
 * The path of one row: bytes -> cells (rows.h) -> which record (evaluate.h) ->
 * the fact it begins or adds to (draft.h) -> a line. A group of rows is imported
 * whole or not at all.
 */
#ifndef IMPORT_H
#define IMPORT_H

#include "import/map.h"
#include "status.h"

/* Where facts and bad rows go. false from either stops the import. */
struct import_sink {
	void *context;
	bool (*fact)(void *context, struct slice line);
	/* error has line and text, and where one is to blame the column as path. */
	bool (*reject)(void *context, const char *file, const struct loyalty_error *error,
		struct slice row);
	bool keep_rows; /* reject may be called for rows that came long before */
};

struct import;

/* map and sink must outlive the import. NULL: out of memory. */
struct import *import_new(const struct map *map, const struct import_sink *sink);
void import_free(struct import *import);

/*
 * Imports the table in fd; name (for messages) must outlive the import.
 * LOYALTY_END: the sink said to stop. LOYALTY_CORRUPT, with a line: the header
 * lacks a column, or rows cannot be told apart. LOYALTY_IO, LOYALTY_MEMORY.
 */
enum loyalty_status import_file(
	struct import *import, int fd, const char *name, struct loyalty_error *error);

/* After the last file: the facts that were waiting for more rows. */
enum loyalty_status import_end(struct import *import, struct loyalty_error *error);

/* Rows that a record of the map, by its index, has skipped. */
uint64_t import_skipped(const struct import *import, int record);

#endif

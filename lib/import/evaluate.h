/*
 * evaluate.h - what a row says under a map: which record it is, and the values
 * of its members as JSON.
 */
#ifndef IMPORT_EVALUATE_H
#define IMPORT_EVALUATE_H

#include "import/map.h"
#include "status.h"

/* A row as the map's columns see it. */
struct source {
	const struct map *map;
	const int *places; /* of each column of the map: its cell, from 0 */
	const struct slice *cells;
	unsigned long line;
	uint64_t number; /* of the row in the whole import, from 1 */
	struct slice file;
};

static inline struct slice
source_cell(const struct source *source, int column)
{
	return source->cells[source->places[column]];
}

/* Fills error's path with a column as messages name it. */
void name_column(const struct map *map, int column, char *path, size_t size);

/* Whether a row is one of this record. LOYALTY_BAD: a cell to be compared is not a number. */
enum loyalty_status record_matches(const struct source *source, const struct map_record *record,
	bool *matches, struct loyalty_error *error);

/*
 * Appends a value as JSON, or nothing where its cells are empty. A value that
 * is a sum is not for this.
 */
enum loyalty_status value_write(const struct source *source, const struct map_value *value,
	struct text *text, struct loyalty_error *error);

/* What this row adds to a sum; *present: some cell was not empty. */
enum loyalty_status value_add(const struct source *source, const struct map_value *value,
	struct exact *sum, bool *present, struct loyalty_error *error);

/* Appends a sum as JSON. */
enum loyalty_status sum_write(const struct map *map, const struct map_value *value,
	struct exact sum, struct text *text, struct loyalty_error *error);

/*
 * Appends the members of a template as one JSON object; values are their JSON,
 * empty where there is none, rows the elements of the record's arrays.
 */
void template_write(const struct map_template *template, const struct slice *values,
	const struct slice *rows, struct text *text);

/* Whether an element of an array says anything that is not the same for all. */
bool node_has_cells(const struct map_template *template, const struct map_node *node,
	const struct slice *values);

#endif

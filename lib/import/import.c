/*
 * import.c - tables to facts: the loop over rows.
 */
#include "import/import.h"

#include <stdio.h>
#include <stdlib.h>

#include "import/draft.h"
#include "import/groups.h"

struct import {
	const struct map *map;
	const struct import_sink *sink;
	struct groups *groups; /* NULL: the map groups nothing */
	struct pieces scratch;
	uint64_t number; /* rows so far, of all files */
	uint64_t *skipped;

	/* the file being read */
	const char *name;
	struct slice base; /* its name without directories */
	int *places;
	size_t width; /* cells of a row; 0: not known yet */
	struct slice empty_cells[CELLS_MAX];
};

struct import *
import_new(const struct map *map, const struct import_sink *sink)
{
	struct import *import = calloc(1, sizeof(*import));

	if (!import)
		return NULL;
	import->map = map;
	import->sink = sink;
	import->places = calloc((size_t)map->column_count + 1, sizeof(*import->places));
	import->skipped = calloc((size_t)map->record_count, sizeof(*import->skipped));
	if (map->grouped)
		import->groups = groups_new(map, sink);
	if (import->places && import->skipped && (import->groups || !map->grouped))
		return import;
	import_free(import);
	return NULL;
}

void
import_free(struct import *import)
{
	if (!import)
		return;
	groups_free(import->groups);
	pieces_free(&import->scratch);
	free(import->places);
	free(import->skipped);
	free(import);
}

uint64_t
import_skipped(const struct import *import, int record)
{
	return import->skipped[record];
}

/* ---- the header ------------------------------------------------------------- */

/* The cell of a column in the header, or -1 with error. */
static int
find_place(const struct map_column *column, const struct row *row, struct loyalty_error *error)
{
	int found = -1;

	if (column->number > (int)row->count) {
		fail(error, LOYALTY_CORRUPT, "no column %d, which the map reads: there are %zu",
			column->number, row->count);
		return -1;
	}
	if (column->number > 0)
		return column->number - 1;
	for (size_t i = 0; i < row->count; i++) {
		if (!slice_equal(row->cells[i], column->name))
			continue;
		if (found >= 0) {
			fail(error, LOYALTY_CORRUPT,
				"two columns '%.80s': the map must name them by number",
				column->name.data);
			return -1;
		}
		found = (int)i;
	}
	if (found < 0)
		fail(error, LOYALTY_CORRUPT, "no column '%.80s', which the map reads",
			column->name.data);
	return found;
}

/* Finds the map's columns in the header, or in the first row where there is none. */
static enum loyalty_status
find_columns(struct import *import, const struct row *row, struct loyalty_error *error)
{
	const struct map *map = import->map;

	import->width = map->name_count > 0 ? (size_t)map->name_count : row->count;
	for (int i = 0; i < map->column_count; i++) {
		const struct map_column *column = &map->columns[i];

		/* With names in the map a first row of another width is a bad row as others are. */
		if (map->name_count > 0)
			import->places[i] = column->number - 1;
		else
			import->places[i] = find_place(column, row, error);
		if (import->places[i] >= 0)
			continue;
		error->line = row->line;
		return LOYALTY_CORRUPT;
	}
	return LOYALTY_OK;
}

static enum loyalty_status
read_header(struct import *import, struct rows *rows, struct loyalty_error *error)
{
	struct row row;
	enum loyalty_status status = rows_next(rows, &row, error);

	if (status == LOYALTY_OK)
		return find_columns(import, &row, error);
	if (status == LOYALTY_END)
		return fail(error, LOYALTY_CORRUPT, "no header: there is nothing in it");
	if (status == LOYALTY_BAD)
		error->code = status = LOYALTY_CORRUPT;
	if (status == LOYALTY_CORRUPT)
		error->line = row.line;
	return status;
}

/* ---- rows ------------------------------------------------------------------- */

/* LOYALTY_OK: go on. */
static enum loyalty_status
reject(struct import *import, const struct row *row, struct loyalty_error *error)
{
	error->line = row->line;
	return import->sink->reject(import->sink->context, import->name, error, row->raw)
		       ? LOYALTY_OK
		       : LOYALTY_END;
}

static enum loyalty_status
check_width(struct import *import, struct row *row, struct loyalty_error *error)
{
	if (row->count == import->width)
		return LOYALTY_OK;
	if (row->count > import->width)
		return fail(error, LOYALTY_BAD, "expected %zu cells, not %zu", import->width,
			row->count);
	if (!import->map->pad)
		return fail(error, LOYALTY_BAD, "expected %zu cells, not %zu", import->width,
			row->count);
	memcpy(import->empty_cells, row->cells, row->count * sizeof(*row->cells));
	for (size_t i = row->count; i < import->width; i++)
		import->empty_cells[i] = SLICE("");
	row->cells = import->empty_cells;
	return LOYALTY_OK;
}

/* A cell that the map may read by name, or not at all. */
static void
name_cell(const struct import *import, int cell, struct loyalty_error *error)
{
	const struct map *map = import->map;

	snprintf(error->path, sizeof(error->path), "column %d", cell + 1);
	for (int i = 0; i < map->column_count && import->width > 0; i++) {
		if (import->places[i] == cell)
			name_column(map, i, error->path, sizeof(error->path));
	}
}

/* The first record that takes the row. */
static enum loyalty_status
choose_record(const struct import *import, const struct source *source, int *chosen,
	struct loyalty_error *error)
{
	const struct map *map = import->map;

	for (int i = 0; i < map->record_count; i++) {
		bool matches;
		enum loyalty_status status =
			record_matches(source, &map->records[i], &matches, error);

		if (status != LOYALTY_OK)
			return status;
		if (!matches)
			continue;
		*chosen = i;
		return LOYALTY_OK;
	}
	return fail(error, LOYALTY_BAD, "no record of the map takes this row");
}

/* A row that is a fact by itself. */
static enum loyalty_status
import_single(struct import *import, const struct source *source, const struct map_record *record,
	struct loyalty_error *error)
{
	struct draft *draft = draft_new(source, record, &import->scratch, error);
	enum loyalty_status status;

	if (!draft)
		return error->code;
	status = draft_add(draft, source, &import->scratch, error);
	if (status == LOYALTY_OK)
		status = draft_render(draft, import->map, &import->scratch, error);
	if (status == LOYALTY_OK &&
		!import->sink->fact(import->sink->context, text_slice(&draft->text)))
		status = LOYALTY_END;
	draft_free(draft);
	return status;
}

static enum loyalty_status
import_row(struct import *import, const struct row *row, struct loyalty_error *error)
{
	struct source source = { import->map, import->places, row->cells, row->line, import->number,
		import->base };
	struct held_row held = { import->name, row->line, row->raw };
	const struct map_record *record;
	enum loyalty_status status = LOYALTY_OK;
	int chosen = -1;

	if (import->map->fill_count > 0)
		status = groups_fill(import->groups, &source, row->cells, error);
	if (status != LOYALTY_OK)
		return status;
	status = choose_record(import, &source, &chosen, error);
	record = status == LOYALTY_OK ? &import->map->records[chosen] : NULL;
	if (record && record->skip) {
		import->skipped[chosen]++;
		return LOYALTY_OK;
	}
	if (import->groups)
		return groups_add(import->groups, &source, record, &held, error);
	if (status == LOYALTY_OK)
		status = import_single(import, &source, record, error);
	return status == LOYALTY_BAD ? reject(import, row, error) : status;
}

static enum loyalty_status
import_rows(struct import *import, struct rows *rows, struct loyalty_error *error)
{
	enum loyalty_status status;
	struct row row;

	if (import->map->header) {
		status = read_header(import, rows, error);
		if (status != LOYALTY_OK)
			return status;
	}
	for (;;) {
		status = rows_next(rows, &row, error);
		if (status != LOYALTY_OK && status != LOYALTY_BAD)
			break;
		import->number++;
		if (status == LOYALTY_OK && import->width == 0)
			status = find_columns(import, &row, error);
		if (status == LOYALTY_OK)
			status = check_width(import, &row, error);
		if (status == LOYALTY_BAD && row.bad_cell >= 0)
			name_cell(import, row.bad_cell, error);
		if (status == LOYALTY_BAD)
			status = reject(import, &row, error);
		else if (status == LOYALTY_OK)
			status = import_row(import, &row, error);
		if (status != LOYALTY_OK)
			return status;
	}
	if (status == LOYALTY_CORRUPT)
		error->line = row.line;
	return status == LOYALTY_END ? LOYALTY_OK : status;
}

static struct slice
base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slice_of(slash ? slash + 1 : name);
}

enum loyalty_status
import_file(struct import *import, int fd, const char *name, struct loyalty_error *error)
{
	struct rows *rows = rows_new(fd, &import->map->format);
	enum loyalty_status status;

	if (!rows)
		return fail_memory(error);
	import->name = name;
	import->base = base_name(name);
	import->width = 0;
	status = import_rows(import, rows, error);
	rows_free(rows);
	return status;
}

enum loyalty_status
import_end(struct import *import, struct loyalty_error *error)
{
	return import->groups ? groups_end(import->groups, error) : LOYALTY_OK;
}

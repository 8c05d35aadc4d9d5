/*
 * groups.h - rows of one basket become one fact (or one of each record).
 *
 * Adjacent groups are written as soon as another begins; all others wait for
 * the end of the input, and come in the order of their first rows.
 */
#ifndef IMPORT_GROUPS_H
#define IMPORT_GROUPS_H

#include "import/draft.h"
#include "import/import.h"

struct groups;

struct groups *groups_new(const struct map *map, const struct import_sink *sink);
void groups_free(struct groups *groups);

/*
 * Fills empty cells of a row with those of the first row of its group, where
 * the map says so; of a first row they are kept. A row without group stays as
 * it is. cells are those of source.
 */
enum loyalty_status groups_fill(struct groups *groups, const struct source *source,
	struct slice *cells, struct loyalty_error *error);

/*
 * Adds a row to its group. record is NULL where none takes it, for the reason
 * in error: then the group is rejected. LOYALTY_END: the sink said to stop.
 */
enum loyalty_status groups_add(struct groups *groups, const struct source *source,
	const struct map_record *record, const struct held_row *row, struct loyalty_error *error);

/* Writes what is left. */
enum loyalty_status groups_end(struct groups *groups, struct loyalty_error *error);

#endif

/*
 * map_load.h - between the files that load a map: where in the document we are, and
 * what is wrong there.
 *
 * A loader goes on after an error, so that all of them are found; map_load()
 * looks at the list in the end.
 */
#ifndef IMPORT_MAP_LOAD_H
#define IMPORT_MAP_LOAD_H

#include <jansson.h>

#include "import/map.h"

struct map_loader {
	struct map *map;
	struct map_errors *errors;
	char path[1024];
	size_t path_size;
	int column_capacity;
	bool money_used; /* some value needs the currency */
	int *first;      /* columns of group.first: may differ within a group */
	int first_count;
	bool in_rows; /* within a template for each row of a group */
};

/* Goes into a member or element; the result is given to map_load_leave(). */
size_t map_load_enter(struct map_loader *load, const char *key);
size_t map_load_enter_index(struct map_loader *load, size_t index);
void map_load_leave(struct map_loader *load, size_t mark);

/* Notes an error at the place where we are. */
void map_load_error(struct map_loader *load, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Notes "expected WHAT, not FOUND". */
void map_load_expected(struct map_loader *load, const char *what, const json_t *found);

/* Whether json is an object with no other keys than these (NULL-ended); notes errors. */
bool map_load_keys(struct map_loader *load, const json_t *json, const char *const keys[]);

/* Members of an object; where they are missing the fallback, where wrong, noted. */
bool map_load_bool(struct map_loader *load, const json_t *object, const char *key, bool fallback);
int map_load_integer(struct map_loader *load, const json_t *object, const char *key, int least,
	int most, int fallback);
/* NULL: missing, or not a string, which has been noted. */
const char *map_load_string(struct map_loader *load, const json_t *object, const char *key);

/* One or a list: its elements are json itself, or those of the array. */
size_t map_load_count(const json_t *json);
const json_t *map_load_element(const json_t *json, size_t index);
/* map_load_enter_index() where it is an array, else stays. */
size_t map_load_enter_element(struct map_loader *load, const json_t *json, size_t index);

/* A column by name or number: its index in map->columns, or -1, which has been noted. */
int map_load_column(struct map_loader *load, const json_t *json);
/* The same of a name within a composed string. */
int map_load_column_name(struct map_loader *load, struct slice name);
/* One or a list of columns. */
void map_load_columns(struct map_loader *load, const json_t *json, int **columns, int *count);

/* A string, integer or boolean as JSON; "" where it is none, which has been noted. */
struct slice map_load_constant(struct map_loader *load, const json_t *json);

/* Moves a text into the pool. */
struct slice map_load_text(struct map_loader *load, struct text *text);

/* A string of JSON in the pool, with its quotes. */
struct slice map_load_quoted(struct map_loader *load, struct slice bytes);

/* ---- map_template.c ----------------------------------------------------------- */

/* The template of a fact: record->head and record->rows. */
void map_load_fact(struct map_loader *load, const json_t *json, struct map_record *record);

/* ---- map_value.c -------------------------------------------------------------- */

void map_load_value(struct map_loader *load, const json_t *json, struct map_value *value);

/* ---- map_records.c ------------------------------------------------------------ */

void map_load_records(struct map_loader *load, const json_t *json);

#endif

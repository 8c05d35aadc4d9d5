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

struct load {
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

/* Goes into a member or element; the result is given to load_leave(). */
size_t load_enter(struct load *load, const char *key);
size_t load_enter_index(struct load *load, size_t index);
void load_leave(struct load *load, size_t mark);

/* Notes an error at the place where we are. */
void load_error(struct load *load, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Notes "expected WHAT, not FOUND". */
void load_expected(struct load *load, const char *what, const json_t *found);

/* Whether json is an object with no other keys than these (NULL-ended); notes errors. */
bool load_keys(struct load *load, const json_t *json, const char *const keys[]);

/* Members of an object; where they are missing the fallback, where wrong, noted. */
bool load_bool(struct load *load, const json_t *object, const char *key, bool fallback);
int load_integer(struct load *load, const json_t *object, const char *key, int least, int most,
        int fallback);
/* NULL: missing, or not a string, which has been noted. */
const char *load_string(struct load *load, const json_t *object, const char *key);

/* One or a list: its elements are json itself, or those of the array. */
size_t load_count(const json_t *json);
const json_t *load_element(const json_t *json, size_t index);
/* load_enter_index() where it is an array, else stays. */
size_t load_enter_element(struct load *load, const json_t *json, size_t index);

/* A column by name or number: its index in map->columns, or -1, which has been noted. */
int load_column(struct load *load, const json_t *json);
/* The same of a name within a composed string. */
int load_column_name(struct load *load, struct slice name);
/* One or a list of columns. */
void load_columns(struct load *load, const json_t *json, int **columns, int *count);

/* A string, integer or boolean as JSON; "" where it is none, which has been noted. */
struct slice load_constant(struct load *load, const json_t *json);

/* Moves a text into the pool. */
struct slice load_text(struct load *load, struct text *text);

/* A string of JSON in the pool, with its quotes. */
struct slice load_quoted(struct load *load, struct slice text);

/* ---- map_template.c ----------------------------------------------------------- */

/* The template of a fact: record->head and record->rows. */
void load_fact(struct load *load, const json_t *json, struct map_record *record);

/* ---- map_value.c -------------------------------------------------------------- */

void load_value(struct load *load, const json_t *json, struct map_value *value);

/* ---- map_records.c ------------------------------------------------------------ */

void load_records(struct load *load, const json_t *json);

#endif

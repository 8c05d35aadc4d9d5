/*
 * map.h - a map: how the rows of a table become facts.
 *
 * A map is a JSON document, loyalty-map(5) is its language. It is checked whole
 * when it is loaded, and every error has its JSON path. A loaded map is read
 * only; columns are numbers into map.columns, which an import finds in the
 * header of each of its files.
 */
#ifndef IMPORT_MAP_H
#define IMPORT_MAP_H

#include "import/number.h"
#include "import/pool.h"
#include "import/rows.h"
#include "zone.h"

/* A column that the map reads. */
struct map_column {
	struct slice name; /* empty where it is named by its number */
	int number;        /* from 1; 0 where it is named by its name */
};

/* ---- values --------------------------------------------------------------- */

enum part_kind { PART_TEXT, PART_COLUMN, PART_ROW, PART_LINE, PART_FILE };

/* A piece of a composed string: "{basket_id}-{#line}". */
struct map_part {
	enum part_kind kind;
	struct slice text;
	int column;
};

/* An entry of `values`: this text becomes this JSON. */
struct map_case {
	struct slice text;
	struct slice json;
};

enum value_form {
	FORM_CONSTANT, /* json */
	FORM_TEXT,     /* parts; a single column may have cases, fallback, lower */
	FORM_LIST,     /* list */
	FORM_MONEY,    /* columns, less, times */
	FORM_NUMBER,
	FORM_TIME, /* columns, formats */
	FORM_DATE,
};

struct map_value {
	enum value_form form;
	struct slice path; /* of the member in the fact, for messages: "items.amount" */
	struct slice json;

	struct map_part *parts;
	int part_count;
	struct map_case *cases;
	int case_count;
	struct slice fallback; /* JSON for all that `values` does not list; empty: an error */
	bool keep;             /* what `values` does not list stays as it is */
	bool lower;            /* A-Z become a-z */

	struct map_value *list;
	int list_count;

	int *columns;
	int column_count;
	int *less;
	int less_count;
	int times; /* -1: none */
	bool negate;
	bool sum;      /* over the rows of the group */
	int sum_index; /* among the sums of its template */
	int rounding;  /* enum rounding; -1: must be exact */
	int decimals;  /* of money, the currency's; of a number, -1: as it is written */

	const char **formats; /* none: ISO 8601 */
	int format_count;

	struct slice empty; /* JSON where the cells are empty; empty: no member */
};

/* ---- facts ---------------------------------------------------------------- */

enum node_kind { NODE_VALUE, NODE_OBJECT, NODE_LIST, NODE_ROWS };

/* A member of a fact in the order of the map. */
struct map_node {
	enum node_kind kind;
	struct slice key;          /* escaped and quoted, with its colon; of a list's element "" */
	int index;                 /* NODE_VALUE: of template.values; NODE_ROWS: of record.rows */
	struct map_node *children; /* the first of them */
	struct map_node *next;     /* its sibling */
};

/* A tree of members and the values in it. */
struct map_template {
	struct map_node root; /* NODE_OBJECT */
	struct map_value *values;
	int count;
	int sum_count; /* values that are sums */
};

enum { ROWS_MAX = 2, REQUIRED_MAX = 4 };

struct map_operand {
	struct slice text;
	bool numeric; /* written as a JSON number: compared as one */
	struct exact number;
};

enum test_kind { TEST_ANY, TEST_NONE, TEST_MIN, TEST_MAX, TEST_ABOVE, TEST_BELOW, TEST_EXISTS };

struct map_test {
	int column;
	enum test_kind kind;
	struct map_operand *operands;
	int count;
	bool exists;
};

/* All tests must hold. */
struct map_condition {
	struct map_test *tests;
	int count;
};

struct map_record {
	struct slice name;                /* for messages: its `name`, else "records[0]" */
	struct map_condition *conditions; /* any must hold; none: every row */
	int condition_count;
	bool skip;

	struct map_template head;           /* from a group's first row */
	struct map_template rows[ROWS_MAX]; /* from each row: items, tenders */
	int row_count;
	/* Values of head of which the fact must have one each: type, at, member, … */
	struct {
		const char *name;
		int values[2]; /* -1: no alternative, -2: it is an array of rows */
	} required[REQUIRED_MAX];
	int required_count;
	int *same; /* columns that must say the same in all rows of a group */
	int same_count;
};

/* ---- the map -------------------------------------------------------------- */

struct map {
	struct row_format format;
	bool header;
	bool pad;            /* short rows are filled up with empty cells */
	struct slice *names; /* of a file without header */
	int name_count;
	struct number_format numbers;
	struct zone *zone; /* NULL: times without offset stay so */
	int money_decimals;

	bool grouped;
	bool adjacent;
	int *group;
	int group_count;
	int *fill; /* columns that say nothing where they say the same as in the first row */
	int fill_count;

	struct map_record *records;
	int record_count;
	struct map_column *columns;
	int column_count;
	struct pool pool; /* everything above lives here */
};

/* Errors of a map, all of them, in its order. */
struct map_error {
	char *path;                 /* "records[0].fact.amount"; "" for the document itself */
	char *text;                 /* what was expected */
	unsigned long line, column; /* only of a document that is not JSON; else 0 */
};

struct map_errors {
	struct map_error *items;
	int count;
	int capacity;
	bool memory;                 /* memory ran out, and the list says nothing of the map */
	struct loyalty_error unread; /* LOYALTY_IO: the zone could not be read, and likewise */
};

/*
 * Loads a map. NULL with errors filled where it is not valid; the caller frees
 * errors with map_errors_free() in any case.
 */
struct map *map_load(struct slice text, struct map_errors *errors);
void map_free(struct map *map);
void map_errors_free(struct map_errors *errors);

#endif

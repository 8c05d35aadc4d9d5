/*
 * draft.h - a fact while its rows come in, and the group of rows it is of.
 */
#ifndef IMPORT_DRAFT_H
#define IMPORT_DRAFT_H

#include "import/evaluate.h"

/* The values of a template from one row: JSON texts one behind the other. */
struct pieces {
	struct text text;
	size_t *ends;       /* of each value in text */
	struct slice *list; /* the same as slices, by pieces_list() */
	int capacity;
};

void pieces_free(struct pieces *pieces);

/* Evaluates a template on a row; values that are sums are left empty. */
enum loyalty_status pieces_evaluate(struct pieces *pieces, const struct source *source,
	const struct map_template *template, struct loyalty_error *error);

/* The values as slices, to be read until the next evaluation; NULL: out of memory. */
struct slice *pieces_list(struct pieces *pieces, int count);

struct draft_sum {
	struct exact sum;
	bool present;
};

/* A fact that has had its first row. */
struct draft {
	const struct map_record *record;
	struct group *group;
	struct draft *next; /* of all drafts, in the order of first rows */
	struct draft *next_of_group;
	size_t *ends;      /* values of the head, in text */
	struct slice same; /* what all rows must say, each with a NUL behind it */
	struct text text;  /* the head's values; once rendered, the fact */
	struct text rows[ROWS_MAX];
	unsigned long line;      /* of the first row */
	struct draft_sum sums[]; /* of the head */
};

/* A row as it was read, kept for the case that its group is rejected. */
struct held_row {
	const char *file;
	unsigned long line;
	struct slice raw;
};

struct group {
	struct slice key;
	struct draft *drafts;
	struct slice fill; /* cells of the first row, for columns that are filled */
	struct held_row *held;
	size_t held_count;
	size_t held_capacity;
	unsigned long line;     /* of the first row */
	unsigned long bad_line; /* of the row for which it was rejected; 0: it was not */
	bool closed;            /* its facts are out */
};

/* Begins a fact of a row; NULL with error where that cannot be. */
struct draft *draft_new(const struct source *source, const struct map_record *record,
	struct pieces *scratch, struct loyalty_error *error);
void draft_free(struct draft *draft);

/* Cells of these columns, each with a NUL behind it; the caller frees data. NULL: out of memory. */
struct slice copy_cells(const struct source *source, const int *columns, int count);

/* Adds a row to a fact: the elements of its arrays, its sums. The first row, too. */
enum loyalty_status draft_add(struct draft *draft, const struct source *source,
	struct pieces *scratch, struct loyalty_error *error);

/* Whether a further row says the same as the first where it must. */
enum loyalty_status draft_agree(
	const struct draft *draft, const struct source *source, struct loyalty_error *error);

/* draft->text becomes the fact's line. LOYALTY_BAD: something it needs is missing. */
enum loyalty_status draft_render(struct draft *draft, const struct map *map, struct pieces *scratch,
	struct loyalty_error *error);

#endif

/*
 * draft.c - a fact while its rows come in.
 */
#include "import/draft.h"

#include <stdlib.h>

#include "lines.h"

void
pieces_free(struct pieces *pieces)
{
	text_free(&pieces->text);
	free(pieces->ends);
	free(pieces->list);
	*pieces = (struct pieces){ 0 };
}

static bool
reserve_values(struct pieces *pieces, int count)
{
	size_t *ends;
	struct slice *list;

	if (count <= pieces->capacity)
		return true;
	ends = realloc(pieces->ends, (size_t)count * sizeof(*ends));
	if (ends)
		pieces->ends = ends;
	list = realloc(pieces->list, (size_t)count * sizeof(*list));
	if (list)
		pieces->list = list;
	if (!ends || !list)
		return false;
	pieces->capacity = count;
	return true;
}

enum loyalty_status
pieces_evaluate(struct pieces *pieces, const struct source *source,
	const struct map_template *template, struct loyalty_error *error)
{
	pieces->text.size = 0;
	if (!reserve_values(pieces, template->count))
		return fail_memory(error);
	for (int i = 0; i < template->count; i++) {
		enum loyalty_status status = LOYALTY_OK;

		if (!template->values[i].sum)
			status = value_write(source, &template->values[i], &pieces->text, error);
		if (status != LOYALTY_OK)
			return status;
		pieces->ends[i] = pieces->text.size;
	}
	return pieces->text.failed ? fail_memory(error) : LOYALTY_OK;
}

/* Values at their ends in data, as slices. */
static void
list_values(const char *data, const size_t *ends, int count, struct slice *list)
{
	size_t start = 0;

	for (int i = 0; i < count; i++) {
		list[i] = (struct slice){ data + start, ends[i] - start };
		start = ends[i];
	}
}

struct slice *
pieces_list(struct pieces *pieces, int count)
{
	if (!reserve_values(pieces, count))
		return NULL;
	list_values(pieces->text.data, pieces->ends, count, pieces->list);
	return pieces->list;
}

/* ---- a fact ----------------------------------------------------------------- */

struct slice
copy_cells(const struct source *source, const int *columns, int count)
{
	struct text text = { 0 };

	text_reserve(&text, 1);
	for (int i = 0; i < count; i++) {
		text_put(&text, source_cell(source, columns[i]));
		text_put_char(&text, '\0');
	}
	if (text.failed)
		text_free(&text);
	return text_slice(&text);
}

struct draft *
draft_new(const struct source *source, const struct map_record *record, struct pieces *scratch,
	struct loyalty_error *error)
{
	size_t count = (size_t)record->head.count;
	size_t sums = (size_t)record->head.sum_count;
	struct draft *draft;

	if (pieces_evaluate(scratch, source, &record->head, error) != LOYALTY_OK)
		return NULL;
	/* One block: there may be one for each basket of a year. */
	draft = calloc(
		1, sizeof(*draft) + sums * sizeof(*draft->sums) + count * sizeof(*draft->ends));
	if (!draft) {
		fail_memory(error);
		return NULL;
	}
	draft->ends = (size_t *)(void *)(draft->sums + sums);
	draft->record = record;
	draft->line = source->line;
	if (count > 0)
		memcpy(draft->ends, scratch->ends, count * sizeof(*draft->ends));
	text_put(&draft->text, text_slice(&scratch->text));
	if (source->map->grouped)
		draft->same = copy_cells(source, record->same, record->same_count);
	if (!draft->text.failed && (draft->same.data || !source->map->grouped))
		return draft;
	fail_memory(error);
	draft_free(draft);
	return NULL;
}

void
draft_free(struct draft *draft)
{
	if (!draft)
		return;
	text_free(&draft->text);
	for (int i = 0; i < ROWS_MAX; i++)
		text_free(&draft->rows[i]);
	free((char *)(uintptr_t)draft->same.data);
	free(draft);
}

static enum loyalty_status
add_element(struct draft *draft, int number, const struct source *source, struct pieces *scratch,
	struct loyalty_error *error)
{
	const struct map_template *template = &draft->record->rows[number];
	struct text *rows = &draft->rows[number];
	enum loyalty_status status = pieces_evaluate(scratch, source, template, error);
	struct slice *values;

	if (status != LOYALTY_OK)
		return status;
	values = pieces_list(scratch, template->count);
	if (!values)
		return fail_memory(error);
	if (!node_has_cells(template, &template->root, values))
		return LOYALTY_OK;
	if (rows->size > 0)
		text_put_char(rows, ',');
	template_write(template, values, NULL, rows);
	if (rows->size > LINE_BYTES_MAX)
		return fail(error, LOYALTY_BAD, "the fact is over %d bytes", LINE_BYTES_MAX);
	return rows->failed ? fail_memory(error) : LOYALTY_OK;
}

enum loyalty_status
draft_add(struct draft *draft, const struct source *source, struct pieces *scratch,
	struct loyalty_error *error)
{
	const struct map_template *head = &draft->record->head;
	enum loyalty_status status = LOYALTY_OK;

	for (int i = 0; i < draft->record->row_count && status == LOYALTY_OK; i++)
		status = add_element(draft, i, source, scratch, error);
	for (int i = 0; i < head->count && status == LOYALTY_OK; i++) {
		struct draft_sum *sum = &draft->sums[head->values[i].sum_index];

		if (head->values[i].sum)
			status = value_add(
				source, &head->values[i], &sum->sum, &sum->present, error);
	}
	return status;
}

enum loyalty_status
draft_agree(const struct draft *draft, const struct source *source, struct loyalty_error *error)
{
	const char *first = draft->same.data;
	char path[sizeof(error->path)];

	for (int i = 0; i < draft->record->same_count; i++) {
		int column = draft->record->same[i];
		struct slice cell = source_cell(source, column);
		struct slice before = slice_of(first);

		first += before.size + 1;
		if (cell.size == 0 || slice_equal(cell, before))
			continue;
		name_column(source->map, column, path, sizeof(path));
		return fail_at(error, LOYALTY_BAD, path,
			"expected '%.40s' as on line %lu, of the same group, not '%.*s'",
			before.data, draft->line, cell.size < 40 ? (int)cell.size : 40, cell.data);
	}
	return LOYALTY_OK;
}

/* ---- its line ----------------------------------------------------------------- */

static bool
has_value(const struct slice *values, int index)
{
	if (index == -2) /* an array, which may be empty */
		return true;
	return index >= 0 && values[index].size > 0;
}

static enum loyalty_status
check_required(const struct draft *draft, const struct slice *values, struct loyalty_error *error)
{
	const struct map_record *record = draft->record;

	for (int i = 0; i < record->required_count; i++) {
		if (!has_value(values, record->required[i].values[0]) &&
			!has_value(values, record->required[i].values[1]))
			return fail(error, LOYALTY_BAD, "no '%s' for the fact: its cells are empty",
				record->required[i].name);
	}
	return LOYALTY_OK;
}

/* The head's values with the sums in their places; sums' texts go to scratch->text. */
static enum loyalty_status
settle_sums(struct draft *draft, const struct map *map, struct pieces *scratch,
	struct loyalty_error *error)
{
	const struct map_template *head = &draft->record->head;
	struct slice *list = scratch->list;
	size_t start = 0;

	scratch->text.size = 0;
	for (int i = 0; i < head->count; i++) {
		const struct map_value *value = &head->values[i];
		const struct draft_sum *sum = &draft->sums[value->sum_index];
		enum loyalty_status status = LOYALTY_OK;

		if (value->sum && sum->present)
			status = sum_write(map, value, sum->sum, &scratch->text, error);
		else if (value->sum)
			text_put(&scratch->text, value->empty);
		if (status != LOYALTY_OK)
			return status;
		scratch->ends[i] = scratch->text.size;
	}
	if (scratch->text.failed)
		return fail_memory(error);
	for (int i = 0; i < head->count; i++) {
		if (head->values[i].sum)
			list[i] = (struct slice){ scratch->text.data + start,
				scratch->ends[i] - start };
		start = scratch->ends[i];
	}
	return LOYALTY_OK;
}

enum loyalty_status
draft_render(struct draft *draft, const struct map *map, struct pieces *scratch,
	struct loyalty_error *error)
{
	const struct map_template *head = &draft->record->head;
	struct slice rows[ROWS_MAX];
	struct text line = { 0 };
	enum loyalty_status status;

	if (!reserve_values(scratch, head->count))
		return fail_memory(error);
	list_values(draft->text.data, draft->ends, head->count, scratch->list);
	status = settle_sums(draft, map, scratch, error);
	if (status == LOYALTY_OK)
		status = check_required(draft, scratch->list, error);
	if (status != LOYALTY_OK)
		return status;
	for (int i = 0; i < ROWS_MAX; i++)
		rows[i] = text_slice(&draft->rows[i]);
	template_write(head, scratch->list, rows, &line);
	if (!line.failed && line.size > LINE_BYTES_MAX)
		status = fail(error, LOYALTY_BAD, "the fact is over %d bytes", LINE_BYTES_MAX);
	else if (line.failed)
		status = fail_memory(error);
	for (int i = 0; i < ROWS_MAX; i++)
		text_free(&draft->rows[i]);
	text_free(&draft->text);
	draft->text = line;
	return status;
}

/*
 * groups.c - rows of one basket become one fact.
 */
#include "import/groups.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "reserve.h"
#include "slots.h"

struct groups {
	const struct map *map;
	const struct import_sink *sink;
	struct group **all; /* in the order of their first rows */
	uint32_t count, capacity;
	struct slots slots;                     /* of those, by key */
	struct group *open;                     /* the one that the last row went to */
	struct draft *first_draft, *last_draft; /* not written yet */
	struct text key;
	struct pieces scratch;
};

static int
compare_groups(const void *context, const void *wanted, uintptr_t index)
{
	const struct groups *groups = context;
	const struct slice *key = wanted;

	return slice_compare(*key, groups->all[index]->key);
}

struct groups *
groups_new(const struct map *map, const struct import_sink *sink)
{
	struct groups *groups = calloc(1, sizeof(*groups));

	if (!groups)
		return NULL;
	groups->map = map;
	groups->sink = sink;
	groups->slots.compare = compare_groups;
	return groups;
}

static void
drop_held(struct group *group)
{
	for (size_t i = 0; i < group->held_count; i++)
		free((char *)(uintptr_t)group->held[i].raw.data);
	free(group->held);
	group->held = NULL;
	group->held_count = 0;
	group->held_capacity = 0;
}

void
groups_free(struct groups *groups)
{
	if (!groups)
		return;
	while (groups->first_draft) {
		struct draft *draft = groups->first_draft;

		groups->first_draft = draft->next;
		draft_free(draft);
	}
	for (uint32_t i = 0; i < groups->count; i++) {
		struct group *group = groups->all[i];

		drop_held(group);
		free((char *)(uintptr_t)group->fill.data);
		free(group);
	}
	free(groups->all);
	slots_free(&groups->slots);
	text_free(&groups->key);
	pieces_free(&groups->scratch);
	free(groups);
}

/* ---- the table --------------------------------------------------------------- */

static struct group *
add_group(struct groups *groups, struct slice key, const struct slots_name *name)
{
	struct group *group = calloc(1, sizeof(*group) + key.size);

	if (!group ||
		!reserve((void **)&groups->all, groups->count, &groups->capacity,
			sizeof(struct group *)) ||
		!slots_put(&groups->slots, name, groups->count)) {
		free(group);
		return NULL;
	}
	memcpy(group + 1, key.data, key.size);
	group->key = (struct slice){ (const char *)(group + 1), key.size };
	groups->all[groups->count++] = group;
	return group;
}

/* The group of a row; NULL with error where it has none. */
static struct group *
find_group(struct groups *groups, const struct source *source, struct loyalty_error *error)
{
	const struct map *map = groups->map;
	struct slots_name name = { .context = groups };
	struct slice key;
	uint32_t index;
	struct group *group;

	groups->key.size = 0;
	for (int i = 0; i < map->group_count; i++) {
		struct slice cell = source_cell(source, map->group[i]);

		if (cell.size == 0) {
			char path[sizeof(error->path)];

			name_column(map, map->group[i], path, sizeof(path));
			fail_at(error, LOYALTY_BAD, path,
				"expected what its group goes by, not nothing");
			return NULL;
		}
		text_put(&groups->key, cell);
		text_put_char(&groups->key, '\0');
	}
	if (groups->key.failed) {
		fail_memory(error);
		return NULL;
	}
	key = text_slice(&groups->key);
	/* Where rows of a group stand together, most are of the same as the row before. */
	if (groups->count && slice_equal(groups->all[groups->count - 1]->key, key))
		return groups->all[groups->count - 1];
	name.hash = XXH3_64bits(key.data, key.size);
	name.wanted = &key;
	if (slots_find(&groups->slots, &name, &index))
		return groups->all[index];
	group = add_group(groups, key, &name);
	if (!group)
		fail_memory(error);
	return group;
}

/* ---- rejecting ---------------------------------------------------------------- */

static enum loyalty_status
reject(struct groups *groups, const struct held_row *row, struct loyalty_error *error)
{
	error->line = row->line;
	return groups->sink->reject(groups->sink->context, row->file, error, row->raw)
		       ? LOYALTY_OK
		       : LOYALTY_END;
}

static enum loyalty_status
reject_companion(struct groups *groups, const struct group *group, const struct held_row *row,
	struct loyalty_error *error)
{
	fail(error, LOYALTY_BAD, "its group was rejected for line %lu", group->bad_line);
	return reject(groups, row, error);
}

/* Rejects all of a group: first the row that is to blame, unless that is one of those held. */
static enum loyalty_status
reject_group(struct groups *groups, struct group *group, const struct held_row *row,
	struct loyalty_error *error)
{
	enum loyalty_status status = reject(groups, row, error);

	group->bad_line = row->line;
	for (size_t i = 0; i < group->held_count && status == LOYALTY_OK; i++) {
		if (&group->held[i] != row)
			status = reject_companion(groups, group, &group->held[i], error);
	}
	group->drafts = NULL; /* they are passed over when their turn to be written comes */
	drop_held(group);
	return status;
}

static enum loyalty_status
hold_row(struct groups *groups, struct group *group, const struct held_row *row,
	struct loyalty_error *error)
{
	struct slice bytes = groups->sink->keep_rows ? row->raw : SLICE("");
	struct held_row *held;
	char *raw;

	if (!groups->sink->keep_rows && group->held_count > 0)
		return LOYALTY_OK;
	if (group->held_count == group->held_capacity) {
		size_t capacity = group->held_capacity ? 2 * group->held_capacity : 1;

		held = realloc(group->held, capacity * sizeof(*held));
		if (!held)
			return fail_memory(error);
		group->held = held;
		group->held_capacity = capacity;
	}
	raw = malloc(bytes.size + 1);
	if (!raw)
		return fail_memory(error);
	memcpy(raw, bytes.data, bytes.size);
	held = &group->held[group->held_count++];
	*held = *row;
	held->raw.data = raw;
	held->raw.size = bytes.size;
	return LOYALTY_OK;
}

/* ---- writing ------------------------------------------------------------------ */

/* All facts of a group become lines, or none does. */
static enum loyalty_status
render_group(struct groups *groups, struct group *group, struct loyalty_error *error)
{
	for (struct draft *draft = group->drafts; draft; draft = draft->next_of_group) {
		enum loyalty_status status =
			draft_render(draft, groups->map, &groups->scratch, error);

		if (status == LOYALTY_BAD)
			return reject_group(groups, group, &group->held[0], error);
		if (status != LOYALTY_OK)
			return status;
	}
	drop_held(group);
	group->closed = true;
	return LOYALTY_OK;
}

/* Writes and frees all drafts, in the order of their first rows. */
static enum loyalty_status
write_drafts(struct groups *groups, struct loyalty_error *error)
{
	enum loyalty_status status = LOYALTY_OK;

	while (groups->first_draft && status == LOYALTY_OK) {
		struct draft *draft = groups->first_draft;
		struct group *group = draft->group;

		if (group->bad_line == 0 && !group->closed)
			status = render_group(groups, group, error);
		if (status == LOYALTY_OK && group->bad_line == 0 &&
			!groups->sink->fact(groups->sink->context, text_slice(&draft->text)))
			status = LOYALTY_END;
		groups->first_draft = draft->next;
		draft_free(draft);
	}
	if (!groups->first_draft)
		groups->last_draft = NULL;
	return status;
}

enum loyalty_status
groups_end(struct groups *groups, struct loyalty_error *error)
{
	return write_drafts(groups, error);
}

/* ---- a row -------------------------------------------------------------------- */

static struct draft *
find_draft(const struct group *group, const struct map_record *record)
{
	struct draft *draft = group->drafts;

	while (draft && draft->record != record)
		draft = draft->next_of_group;
	return draft;
}

static void
link_draft(struct groups *groups, struct group *group, struct draft *draft)
{
	draft->group = group;
	draft->next_of_group = group->drafts;
	group->drafts = draft;
	if (groups->last_draft)
		groups->last_draft->next = draft;
	else
		groups->first_draft = draft;
	groups->last_draft = draft;
}

static enum loyalty_status
add_row(struct groups *groups, struct group *group, const struct source *source,
	const struct map_record *record, struct loyalty_error *error)
{
	struct draft *draft = find_draft(group, record);
	enum loyalty_status status = LOYALTY_OK;

	if (draft)
		status = draft_agree(draft, source, error);
	else if ((draft = draft_new(source, record, &groups->scratch, error)) != NULL)
		link_draft(groups, group, draft);
	else
		status = error->code;
	if (status == LOYALTY_OK)
		status = draft_add(draft, source, &groups->scratch, error);
	return status;
}

enum loyalty_status
groups_fill(struct groups *groups, const struct source *source, struct slice *cells,
	struct loyalty_error *error)
{
	const struct map *map = groups->map;
	struct group *group = find_group(groups, source, error);
	const char *fill;

	if (!group)
		return error->code == LOYALTY_BAD ? LOYALTY_OK : error->code;
	if (!group->fill.data) {
		group->fill = copy_cells(source, map->fill, map->fill_count);
		return group->fill.data ? LOYALTY_OK : fail_memory(error);
	}
	fill = group->fill.data;
	for (int i = 0; i < map->fill_count; i++) {
		struct slice *cell = &cells[source->places[map->fill[i]]];

		if (cell->size == 0)
			*cell = slice_of(fill);
		fill += strlen(fill) + 1;
	}
	return LOYALTY_OK;
}

enum loyalty_status
groups_add(struct groups *groups, const struct source *source, const struct map_record *record,
	const struct held_row *row, struct loyalty_error *error)
{
	struct loyalty_error reason = *error; /* why there is no record */
	struct group *group = find_group(groups, source, error);
	enum loyalty_status status = LOYALTY_OK;

	if (!group && error->code != LOYALTY_BAD)
		return error->code;
	if (!group)
		return reject(groups, row, record ? error : &reason);
	if (group->bad_line)
		return reject_companion(groups, group, row, error);
	if (group->closed) {
		fail(error, LOYALTY_BAD,
			"its group began on line %lu and ended: its rows are not adjacent",
			group->line);
		return reject(groups, row, error);
	}
	if (groups->map->adjacent && groups->open && groups->open != group)
		status = write_drafts(groups, error);
	groups->open = group;
	if (status != LOYALTY_OK)
		return status;
	if (group->line == 0)
		group->line = row->line;
	if (!record)
		return reject_group(groups, group, row, &reason);
	status = add_row(groups, group, source, record, error);
	if (status == LOYALTY_BAD)
		return reject_group(groups, group, row, error);
	return status == LOYALTY_OK ? hold_row(groups, group, row, error) : status;
}

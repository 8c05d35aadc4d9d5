/*
 * sort.c - items into memory, from there in order, or on to the runs.
 *
 * Items stand in chunks, never moved; what is sorted are 16-byte entries.
 */
#include "sort.h"

#include <stdlib.h>
#include <string.h>

#include "prefetch.h"
#include "sort_entries.h"
#include "sort_runs.h"

enum {
	CHUNK_SIZE_MIN = 4 * 1024,
	CHUNK_SIZE_MAX = 4 * 1024 * 1024,
	/* An entry, and its place in the scratch that sorting takes. */
	ENTRY_COST = 2 * sizeof(struct sort_entry),
	PREFETCH = 8,
};

struct chunk {
	struct chunk *next;
	size_t size;
	char bytes[];
};

struct sorter {
	size_t memory;
	size_t chunk_size;
	size_t used;          /* of memory */
	struct chunk *chunks; /* the newest first */
	char *free;           /* room in the newest */
	char *free_end;
	struct sort_entry *entries;
	struct sort_entry *scratch;
	struct sort_entry *sorted; /* one of the two, after sort_memory() */
	size_t count;
	size_t capacity;
	size_t scratch_capacity;
	size_t next; /* of sorted */
	struct sort_runs *runs;
};

struct sorter *
sorter_new(size_t memory, const char *directory)
{
	struct sorter *sorter = calloc(1, sizeof(*sorter));

	if (!sorter)
		return NULL;
	sorter->memory = memory < SORT_MEMORY_MIN ? SORT_MEMORY_MIN : memory;
	sorter->chunk_size = sorter->memory / 32;
	if (sorter->chunk_size < CHUNK_SIZE_MIN)
		sorter->chunk_size = CHUNK_SIZE_MIN;
	if (sorter->chunk_size > CHUNK_SIZE_MAX)
		sorter->chunk_size = CHUNK_SIZE_MAX;
	sorter->runs = sort_runs_new(directory);
	if (!sorter->runs) {
		free(sorter);
		return NULL;
	}
	return sorter;
}

static void
free_chunks(struct sorter *sorter)
{
	while (sorter->chunks) {
		struct chunk *chunk = sorter->chunks;

		sorter->chunks = chunk->next;
		free(chunk);
	}
	sorter->free = sorter->free_end = NULL;
	sorter->used = 0;
	sorter->count = 0;
}

void
sorter_free(struct sorter *sorter)
{
	if (!sorter)
		return;
	free_chunks(sorter);
	free(sorter->entries);
	free(sorter->scratch);
	sort_runs_free(sorter->runs);
	free(sorter);
}

size_t
sorter_runs(const struct sorter *sorter)
{
	return sort_runs_count(sorter->runs);
}

static enum loyalty_status
sort_memory(struct sorter *sorter, struct loyalty_error *error)
{
	sorter->sorted = sorter->entries;
	sorter->next = 0;
	if (sort_entries_sorted(sorter->entries, sorter->count))
		return LOYALTY_OK;
	if (sorter->scratch_capacity < sorter->count) {
		free(sorter->scratch);
		sorter->scratch_capacity = 0;
		sorter->scratch = malloc(sorter->count * sizeof(*sorter->scratch));
		if (!sorter->scratch)
			return fail_memory(error);
		sorter->scratch_capacity = sorter->count;
	}
	sorter->sorted = sort_entries(sorter->entries, sorter->scratch, sorter->count);
	return LOYALTY_OK;
}

static struct slice
entry_item(const struct sort_entry *entry)
{
	uint32_t size;

	memcpy(&size, entry->item, sizeof(size));
	return (struct slice){ entry->item + sizeof(size), size };
}

/* Lines of a log that is not sorted lie all over memory. */
static void
prefetch_item(const struct sorter *sorter, size_t at)
{
	if (at + PREFETCH < sorter->count)
		prefetch(sorter->sorted[at + PREFETCH].item);
}

static enum loyalty_status
spill(struct sorter *sorter, struct loyalty_error *error)
{
	if (sort_memory(sorter, error) != LOYALTY_OK)
		return error->code;
	if (sort_runs_begin(sorter->runs, error) != LOYALTY_OK)
		return error->code;
	for (size_t i = 0; i < sorter->count; i++) {
		const struct sort_entry *entry = &sorter->sorted[i];

		prefetch_item(sorter, i);
		if (sort_runs_put(sorter->runs, entry->key, entry_item(entry), error) != LOYALTY_OK)
			return error->code;
	}
	free_chunks(sorter);
	return sort_runs_end(sorter->runs, error);
}

static bool
add_chunk(struct sorter *sorter, size_t size)
{
	struct chunk *chunk;

	if (size < sorter->chunk_size)
		size = sorter->chunk_size;
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		return false;
	chunk->next = sorter->chunks;
	chunk->size = size;
	sorter->chunks = chunk;
	sorter->free = chunk->bytes;
	sorter->free_end = chunk->bytes + size;
	sorter->used += sizeof(*chunk) + size;
	return true;
}

static bool
grow_entries(struct sorter *sorter)
{
	size_t capacity = sorter->capacity ? 2 * sorter->capacity : 1024;
	struct sort_entry *grown = realloc(sorter->entries, capacity * sizeof(*grown));

	if (!grown)
		return false;
	sorter->entries = grown;
	sorter->capacity = capacity;
	return true;
}

enum loyalty_status
sorter_add(
	struct sorter *sorter, int64_t key, size_t size, char **item, struct loyalty_error *error)
{
	size_t need = sizeof(uint32_t) + size;
	bool fits = (size_t)(sorter->free_end - sorter->free) >= need;
	uint32_t stored = (uint32_t)size;

	if (sorter->count > 0 &&
		sorter->used + ENTRY_COST + (fits ? 0 : sorter->chunk_size) > sorter->memory) {
		if (spill(sorter, error) != LOYALTY_OK)
			return error->code;
		fits = false;
	}
	if (!fits && !add_chunk(sorter, need))
		return fail_memory(error);
	if (sorter->count == sorter->capacity && !grow_entries(sorter))
		return fail_memory(error);
	memcpy(sorter->free, &stored, sizeof(stored));
	sorter->entries[sorter->count++] = (struct sort_entry){ key, sorter->free };
	*item = sorter->free + sizeof(stored);
	sorter->free += need;
	sorter->used += ENTRY_COST;
	return LOYALTY_OK;
}

enum loyalty_status
sorter_finish(struct sorter *sorter, struct loyalty_error *error)
{
	if (sort_runs_count(sorter->runs) == 0)
		return sort_memory(sorter, error);
	if (sorter->count > 0 && spill(sorter, error) != LOYALTY_OK)
		return error->code;
	free(sorter->entries);
	free(sorter->scratch);
	sorter->entries = sorter->scratch = NULL;
	sorter->capacity = sorter->scratch_capacity = 0;
	return sort_runs_open(sorter->runs, sorter->memory, error);
}

enum loyalty_status
sorter_next(struct sorter *sorter, int64_t *key, struct slice *item, struct loyalty_error *error)
{
	if (sort_runs_count(sorter->runs) > 0)
		return sort_runs_next(sorter->runs, key, item, error);
	if (sorter->next == sorter->count)
		return LOYALTY_END;
	prefetch_item(sorter, sorter->next);
	*key = sorter->sorted[sorter->next].key;
	*item = entry_item(&sorter->sorted[sorter->next]);
	sorter->next++;
	return LOYALTY_OK;
}

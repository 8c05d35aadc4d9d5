/*
 * sort_runs.c - the part of sorting that goes through a temporary file.
 *
 * All runs stand in one file one after the other, so their number is limited
 * by memory for buffers and not by descriptors. An item is its key, its size
 * as uint32_t, and its bytes.
 */
#include "sort_runs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sort_heap.h"

enum {
	HEADER_SIZE = sizeof(int64_t) + sizeof(uint32_t),
	WRITE_SIZE = 256 * 1024,
	READ_SIZE_MIN = 4 * 1024,
	READ_SIZE_MAX = 1024 * 1024,
};

struct run {
	off_t next; /* what of it has not been read into buffer */
	off_t end;
	char *buffer;
	size_t size;
	size_t from; /* of what is in buffer */
	size_t to;
};

struct sort_runs {
	const char *directory;
	int fd;
	off_t written;
	char *buffer; /* of the run being written */
	size_t used;
	struct run *runs;
	size_t count;
	size_t capacity;
	struct sort_head *heads;
	size_t head_count;
	bool given; /* heads[0] is what sort_runs_next() gave last */
};

struct sort_runs *
sort_runs_new(const char *directory)
{
	struct sort_runs *runs = calloc(1, sizeof(*runs));

	if (!runs)
		return NULL;
	runs->directory = directory;
	runs->fd = -1;
	return runs;
}

void
sort_runs_free(struct sort_runs *runs)
{
	if (!runs)
		return;
	for (size_t i = 0; i < runs->count; i++)
		free(runs->runs[i].buffer);
	if (runs->fd != -1)
		close(runs->fd);
	free(runs->runs);
	free(runs->heads);
	free(runs->buffer);
	free(runs);
}

size_t
sort_runs_count(const struct sort_runs *runs)
{
	return runs->count;
}

static enum loyalty_status
fail_temporary(const struct sort_runs *runs, const char *verb, struct loyalty_error *error)
{
	int reason = errno;

	return fail(error, LOYALTY_IO, "cannot %s a temporary file in '%s': %s", verb,
		runs->directory, strerror(reason));
}

/* A file without a name; where the file system has none such, one that loses its name at once. */
static int
open_temporary(const char *directory)
{
	char path[PATH_MAX];
	int fd;

	do
		fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	while (fd == -1 && errno == EINTR);
	if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	if ((size_t)snprintf(path, sizeof(path), "%s/loyalty-sort-XXXXXX", directory) >=
		sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd != -1)
		unlink(path);
	return fd;
}

static enum loyalty_status
flush(struct sort_runs *runs, struct loyalty_error *error)
{
	size_t done = 0;

	while (done < runs->used) {
		ssize_t size = write(runs->fd, runs->buffer + done, runs->used - done);

		if (size < 0 && errno == EINTR)
			continue;
		if (size == 0)
			errno = ENOSPC;
		if (size <= 0)
			return fail_temporary(runs, "write", error);
		done += (size_t)size;
	}
	runs->written += (off_t)done;
	runs->used = 0;
	return LOYALTY_OK;
}

static enum loyalty_status
put_bytes(struct sort_runs *runs, const void *data, size_t size, struct loyalty_error *error)
{
	const char *from = data;

	while (size > 0) {
		size_t room = WRITE_SIZE - runs->used;
		size_t part = size < room ? size : room;

		memcpy(runs->buffer + runs->used, from, part);
		runs->used += part;
		from += part;
		size -= part;
		if (runs->used == WRITE_SIZE && flush(runs, error) != LOYALTY_OK)
			return error->code;
	}
	return LOYALTY_OK;
}

enum loyalty_status
sort_runs_begin(struct sort_runs *runs, struct loyalty_error *error)
{
	if (runs->fd == -1)
		runs->fd = open_temporary(runs->directory);
	if (runs->fd == -1)
		return fail_temporary(runs, "create", error);
	if (!runs->buffer)
		runs->buffer = malloc(WRITE_SIZE);
	if (!runs->buffer)
		return fail_memory(error);
	if (runs->count == runs->capacity) {
		size_t capacity = runs->capacity ? 2 * runs->capacity : 16;
		struct run *grown = realloc(runs->runs, capacity * sizeof(*grown));

		if (!grown)
			return fail_memory(error);
		runs->runs = grown;
		runs->capacity = capacity;
	}
	runs->runs[runs->count++] = (struct run){ .next = runs->written };
	return LOYALTY_OK;
}

enum loyalty_status
sort_runs_put(struct sort_runs *runs, int64_t key, struct slice item, struct loyalty_error *error)
{
	uint32_t size = (uint32_t)item.size;
	char header[HEADER_SIZE];

	memcpy(header, &key, sizeof(key));
	memcpy(header + sizeof(key), &size, sizeof(size));
	if (put_bytes(runs, header, sizeof(header), error) != LOYALTY_OK)
		return error->code;
	return put_bytes(runs, item.data, item.size, error);
}

enum loyalty_status
sort_runs_end(struct sort_runs *runs, struct loyalty_error *error)
{
	if (flush(runs, error) != LOYALTY_OK)
		return error->code;
	runs->runs[runs->count - 1].end = runs->written;
	return LOYALTY_OK;
}

/* ---- merging ------------------------------------------------------------- */

/* Has at least size bytes of the run in its buffer. They are there: the file is only ours. */
static enum loyalty_status
fill(struct sort_runs *runs, struct run *run, size_t size, struct loyalty_error *error)
{
	if (run->to - run->from >= size)
		return LOYALTY_OK;
	memmove(run->buffer, run->buffer + run->from, run->to - run->from);
	run->to -= run->from;
	run->from = 0;
	if (run->size < size) {
		char *grown = realloc(run->buffer, size);

		if (!grown)
			return fail_memory(error);
		run->buffer = grown;
		run->size = size;
	}
	while (run->to < size) {
		size_t room = run->size - run->to;
		size_t left = (size_t)(run->end - run->next);
		ssize_t got = pread(
			runs->fd, run->buffer + run->to, room < left ? room : left, run->next);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO;
		if (got <= 0)
			return fail_temporary(runs, "read", error);
		run->to += (size_t)got;
		run->next += got;
	}
	return LOYALTY_OK;
}

/* Reads the first item of a run into its buffer; LOYALTY_END where it has no more. */
static enum loyalty_status
read_head(struct sort_runs *runs, struct run *run, int64_t *key, struct loyalty_error *error)
{
	uint32_t size;

	if (run->from == run->to && run->next == run->end)
		return LOYALTY_END;
	if (fill(runs, run, HEADER_SIZE, error) != LOYALTY_OK)
		return error->code;
	memcpy(&size, run->buffer + run->from + sizeof(*key), sizeof(size));
	if (fill(runs, run, HEADER_SIZE + size, error) != LOYALTY_OK)
		return error->code;
	memcpy(key, run->buffer + run->from, sizeof(*key));
	return LOYALTY_OK;
}

enum loyalty_status
sort_runs_open(struct sort_runs *runs, size_t memory, struct loyalty_error *error)
{
	size_t share = memory / (runs->count + 1);
	enum loyalty_status status = LOYALTY_OK;

	if (share < READ_SIZE_MIN)
		share = READ_SIZE_MIN;
	if (share > READ_SIZE_MAX)
		share = READ_SIZE_MAX;
	runs->heads = calloc(runs->count + 1, sizeof(*runs->heads));
	if (!runs->heads)
		return fail_memory(error);
	for (size_t i = 0; i < runs->count; i++) {
		struct sort_head *head = &runs->heads[runs->head_count];
		struct run *run = &runs->runs[i];

		run->buffer = malloc(share);
		run->size = share;
		if (!run->buffer)
			return fail_memory(error);
		status = read_head(runs, run, &head->key, error);
		head->source = i;
		if (status == LOYALTY_OK)
			runs->head_count++;
		else if (status != LOYALTY_END)
			return status;
	}
	sort_heap_build(runs->heads, runs->head_count);
	return LOYALTY_OK;
}

/* Moves on behind the item that was given last. */
static enum loyalty_status
step(struct sort_runs *runs, struct loyalty_error *error)
{
	struct sort_head *head = &runs->heads[0];
	struct run *run = &runs->runs[head->source];
	enum loyalty_status status;
	uint32_t size;

	memcpy(&size, run->buffer + run->from + sizeof(head->key), sizeof(size));
	run->from += HEADER_SIZE + size;
	status = read_head(runs, run, &head->key, error);
	if (status == LOYALTY_END)
		*head = runs->heads[--runs->head_count];
	else if (status != LOYALTY_OK)
		return status;
	if (runs->head_count > 0)
		sort_heap_sink(runs->heads, runs->head_count, 0);
	return LOYALTY_OK;
}

enum loyalty_status
sort_runs_next(
	struct sort_runs *runs, int64_t *key, struct slice *item, struct loyalty_error *error)
{
	const struct run *run;
	uint32_t size;

	if (runs->given && step(runs, error) != LOYALTY_OK)
		return error->code;
	runs->given = runs->head_count > 0;
	if (!runs->given)
		return LOYALTY_END;
	run = &runs->runs[runs->heads[0].source];
	memcpy(&size, run->buffer + run->from + sizeof(*key), sizeof(size));
	*key = runs->heads[0].key;
	*item = (struct slice){ run->buffer + run->from + HEADER_SIZE, size };
	return LOYALTY_OK;
}

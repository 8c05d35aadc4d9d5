/*
 * again.c - a ledger decided once more, and held line by line against what it says.
 */
#include "again.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that wait: lines of the ledger that are expected, or a piece of a decided one. */
struct bytes {
	char *data;
	size_t used, size;
};

struct expected {
	size_t end; /* in the bytes */
	unsigned long number;
};

struct again {
	struct source *source;
	struct writer out;
	struct bytes lines;
	struct expected *expected;
	size_t first, count, capacity; /* of expected: first of those that have not come yet */
	struct bytes piece;            /* of a decided line whose end has not been written yet */
	bool failed;
	struct loyalty_error *error;
};

static bool
bytes_add(struct bytes *bytes, const char *data, size_t size)
{
	if (bytes->size - bytes->used < size) {
		size_t larger = (bytes->used + size) * 2;
		char *grown = realloc(bytes->data, larger);

		if (!grown)
			return false;
		bytes->data = grown;
		bytes->size = larger;
	}
	memcpy(bytes->data + bytes->used, data, size);
	bytes->used += size;
	return true;
}

static void
again_fail(struct again *again, unsigned long number, const char *text, struct slice line)
{
	if (again->failed)
		return;
	again->failed = true;
	fail(again->error, LOYALTY_CORRUPT, "%s%.*s", text,
		(int)(line.size < 200 ? line.size : 200), line.data);
	again->error->line = number;
}

/* ---- what was decided ------------------------------------------------------------ */

static void
hold_line(struct again *again, struct slice line)
{
	static const char *const OTHERWISE = "the ledger's facts give another line here: ";
	struct loyalty_error error;
	enum loyalty_status status;
	struct slice stated;

	if (line.size && line.data[line.size - 1] == '\r')
		line.size--;
	if (again->first < again->count) {
		size_t start = again->first ? again->expected[again->first - 1].end : 0;

		stated = (struct slice){ again->lines.data + start,
			again->expected[again->first].end - start };
		if (!slice_equal(stated, line))
			again_fail(again, again->expected[again->first].number, OTHERWISE, line);
		again->first++;
		return;
	}
	status = source_peek(again->source, &error);
	if (status == LOYALTY_IO || status == LOYALTY_MEMORY) {
		again->failed = true;
		*again->error = error;
		return;
	}
	if (status != LOYALTY_OK) {
		again_fail(again, source_number(again->source),
			"the ledger ends before what its facts give: ", line);
		return;
	}
	if (!slice_equal(source_line(again->source), line)) {
		again_fail(again, source_number(again->source), OTHERWISE, line);
		return;
	}
	source_take(again->source);
}

static int
take_decided(void *context, const char *data, size_t size)
{
	struct again *again = context;

	while (size && !again->failed) {
		const char *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) : size;
		struct slice line = { data, length };

		if ((!end || again->piece.used) && !bytes_add(&again->piece, data, length)) {
			again->failed = true;
			fail_memory(again->error);
			return 0;
		}
		data += length + (end ? 1 : 0);
		size -= length + (end ? 1 : 0);
		if (!end)
			return 0;
		if (again->piece.used)
			line = (struct slice){ again->piece.data, again->piece.used };
		hold_line(again, line);
		again->piece.used = 0;
	}
	return 0;
}

/* ---- the run ------------------------------------------------------------------------ */

struct again *
again_new(struct source *source, struct loyalty_error *error)
{
	struct again *again = calloc(1, sizeof(*again));

	if (!again)
		return NULL;
	again->source = source;
	again->error = error;
	if (!writer_init_sink(&again->out, take_decided, again)) {
		free(again);
		return NULL;
	}
	return again;
}

void
again_free(struct again *again)
{
	if (!again)
		return;
	writer_free(&again->out);
	free(again->lines.data);
	free(again->expected);
	free(again->piece.data);
	free(again);
}

struct writer *
again_writer(struct again *again)
{
	return &again->out;
}

enum loyalty_status
again_expect(struct again *again, struct slice line, unsigned long number)
{
	if (again->first == again->count)
		again->first = again->count = again->lines.used = 0;
	if (again->count == again->capacity) {
		size_t capacity = again->capacity ? again->capacity * 2 : 16;
		struct expected *expected =
			realloc(again->expected, capacity * sizeof(*again->expected));

		if (!expected)
			return fail_memory(again->error);
		again->expected = expected;
		again->capacity = capacity;
	}
	if (!bytes_add(&again->lines, line.data, line.size))
		return fail_memory(again->error);
	again->expected[again->count++] = (struct expected){ again->lines.used, number };
	return LOYALTY_OK;
}

enum loyalty_status
again_settle(struct again *again)
{
	writer_flush(&again->out);
	if (again->first < again->count)
		again_fail(again, again->expected[again->first].number,
			"a posting that the ledger's facts do not give", SLICE(""));
	return again->failed ? again->error->code : LOYALTY_OK;
}

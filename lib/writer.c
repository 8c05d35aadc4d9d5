/*
 * writer.c - the last step of a record's path: a buffer, written in large
 * blocks, to a descriptor, a function, or a file that takes its name when it is
 * whole.
 */
#include "writer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "decimal.h"
#include "record.h"
#include "scan.h"

enum { BUFFER_BYTES = 1 << 18, STRING_PIECE = 4096 };

bool
writer_init(struct writer *writer, int fd)
{
	*writer = (struct writer){ .fd = fd, .size = BUFFER_BYTES };
	writer->buffer = malloc(BUFFER_BYTES);
	return writer->buffer != NULL;
}

bool
writer_init_sink(struct writer *writer, writer_sink *sink, void *context)
{
	if (!writer_init(writer, -1))
		return false;
	writer->sink = sink;
	writer->context = context;
	return true;
}

static void
write_all(struct writer *writer, const char *data, size_t size)
{
	struct pollfd waiting = { .fd = writer->fd, .events = POLLOUT };

	if (writer->sink) {
		if (size > 0 && !writer->error)
			writer->error = writer->sink(writer->context, data, size);
		return;
	}
	while (size > 0 && !writer->error) {
		ssize_t written = write(writer->fd, data, size);

		if (written > 0) {
			data += written;
			size -= (size_t)written;
		} else if (written == 0) {
			writer->error = ENOSPC;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			poll(&waiting, 1, -1);
		} else if (errno != EINTR) {
			writer->error = errno;
		}
	}
}

void
writer_flush(struct writer *writer)
{
	write_all(writer, writer->buffer, writer->used);
	writer->used = 0;
}

char *
writer_make_room(struct writer *writer, size_t size)
{
	char *buffer;

	writer_flush(writer);
	if (writer->size >= size)
		return writer->buffer;
	buffer = realloc(writer->buffer, size);
	if (!buffer) {
		if (!writer->error)
			writer->error = ENOMEM;
		return NULL;
	}
	writer->buffer = buffer;
	writer->size = size;
	return buffer;
}

void
writer_put_slow(struct writer *writer, const char *data, size_t size)
{
	writer_flush(writer);
	if (size >= writer->size) {
		write_all(writer, data, size);
		return;
	}
	memcpy(writer->buffer, data, size);
	writer->used = size;
}

/* Eight bytes of which some is a quote, a backslash or a control character. */
static bool
needs_escape(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t tops = ones << 7;
	/* With its second bit turned a quote stands next to the control characters, below '!'. */
	uint64_t controls = (word ^ (ones * ('"' ^ ' '))) - ones * '!';
	uint64_t backslashes = (word ^ (ones * '\\')) - ones;

	return ((controls | backslashes) & ~word & tops) != 0;
}

/* The eight bytes at `from` go to `to`; false: some of them needs an escape. */
static bool
copy_word(char *to, const char *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	memcpy(to, &word, sizeof(word));
	return !needs_escape(word);
}

/* Copies text that needs no escapes, as most does; false: some byte needs one. */
static bool
copy_plain(struct slice text, char *place)
{
	enum { WORD = sizeof(uint64_t) };
	char word[WORD] = "        ";
	size_t done = 0;

	for (; done + WORD <= text.size; done += WORD)
		if (!copy_word(place + done, text.data + done))
			return false;
	if (done == text.size)
		return true;
	/* What remains together with what was before it, else with spaces. */
	if (text.size > WORD)
		return copy_word(place + text.size - WORD, text.data + text.size - WORD);
	bytes_copy(word, text.data, text.size);
	bytes_copy(place, text.data, text.size);
	return copy_word(word, word);
}

static void
put_escaped(struct writer *writer, struct slice text)
{
	while (text.size > 0) {
		size_t size = text.size < STRING_PIECE ? text.size : STRING_PIECE;
		char *place = writer_reserve(writer, 6 * size);

		if (!place)
			return;
		writer_advance(writer, json_escape((struct slice){ text.data, size }, place));
		text.data += size;
		text.size -= size;
	}
}

void
writer_put_string(struct writer *writer, struct slice text)
{
	char *place = writer_reserve(writer, text.size + 2);

	if (!place)
		return;
	place[0] = '"';
	if (copy_plain(text, place + 1)) {
		place[text.size + 1] = '"';
		writer_advance(writer, text.size + 2);
		return;
	}
	writer_advance(writer, 1);
	put_escaped(writer, text);
	writer_put_char(writer, '"');
}

void
writer_put_visible(struct writer *writer, struct slice text)
{
	const char *end = text.data + text.size;
	const char *from = text.data;

	for (const char *at = text.data; at < end;) {
		size_t unseen = scan_unseen(at, end);

		if (unseen == 0) {
			at += scan_utf8(at, end);
			continue;
		}
		writer_put(writer, (struct slice){ from, (size_t)(at - from) });
		writer_put_char(writer, '?');
		at += unseen;
		from = at;
	}
	writer_put(writer, (struct slice){ from, (size_t)(end - from) });
}

void
writer_put_decimal(struct writer *writer, int64_t count, int decimals)
{
	char *place = writer_reserve(writer, DECIMAL_TEXT_MAX + 2);
	size_t size;

	if (decimals == 0) {
		writer_advance(writer, decimal_format(count, 0, place));
		return;
	}
	place[0] = '"';
	size = decimal_format(count, decimals, place + 1);
	place[size + 1] = '"';
	writer_advance(writer, size + 2);
}

struct slice
writer_instant(struct writer *writer, const struct zone *zone, instant at)
{
	if (writer->date_size == 0 || writer->dated != at) {
		writer->date[0] = '"';
		writer->date_size = 1 + instant_format(zone, at, writer->date + 1);
		writer->date[writer->date_size++] = '"';
		writer->dated = at;
	}
	return (struct slice){ writer->date, writer->date_size };
}

void
writer_put_instant(struct writer *writer, const struct zone *zone, instant at)
{
	writer_put(writer, writer_instant(writer, zone, at));
}

void
writer_line_end(struct writer *writer)
{
	writer_put_char(writer, '\n');
	if (writer->unbuffered)
		writer_flush(writer);
}

enum loyalty_status
writer_open(struct writer *writer, const char *path, struct loyalty_error *error)
{
	struct new_file file;
	int reason = new_file_open(&file, path);

	if (reason == EBUSY)
		return fail(
			error, LOYALTY_IO, "cannot create '%s': another run is writing it", path);
	if (reason != 0)
		return fail(error, LOYALTY_IO, "cannot create '%s': %s", path, strerror(reason));
	if (!writer_init(writer, file.fd)) {
		new_file_drop(&file);
		return fail_memory(error);
	}
	writer->file = file;
	return LOYALTY_OK;
}

enum loyalty_status
writer_commit(struct writer *writer, struct loyalty_error *error)
{
	const char *path = writer->file.path;

	writer_flush(writer);
	if (!writer->error && path)
		writer->error = new_file_publish(&writer->file);
	if (!writer->error)
		return LOYALTY_OK;
	if (path)
		return fail(
			error, LOYALTY_IO, "cannot write '%s': %s", path, strerror(writer->error));
	return fail(error, LOYALTY_IO, "cannot write: %s", strerror(writer->error));
}

void
writer_free(struct writer *writer)
{
	if (writer->file.path)
		new_file_drop(&writer->file);
	free(writer->buffer);
	*writer = (struct writer){ .fd = -1 };
}

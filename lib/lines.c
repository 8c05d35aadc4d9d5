/*
 * lines.c - the first step of a record's path: a descriptor or memory to lines.
 *
 * Lines are handed out where they lie in the block that was read. What is left
 * of a block when it holds no further newline moves to the front before the next
 * read; the block grows only for a line that does not fit into it.
 */
#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A ring of a power of two. */
enum { BLOCK_BYTES = 1 << 16, NEWLINES = 8 };

_Static_assert((int)LINES_AHEAD < (int)NEWLINES, "the ring holds the newlines of all lines ahead");

struct lines {
	char *name;
	char *buffer; /* NULL: all text is in memory that is not ours */
	size_t size;
	const char *at;                 /* what has not been handed out */
	const char *end;                /* of what has been read */
	const char *newlines[NEWLINES]; /* a ring by number, of lines that were looked at ahead */
	const char *ahead;              /* the first that was not */
	uint64_t bytes;
	unsigned long number;
	unsigned long last_ahead; /* number of the last line that was looked at ahead */
	int fd;
	bool started; /* a byte order mark can come no more */
	bool finished;
	bool ended;
	bool crlf;
};

static struct lines *
lines_create(const char *name)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (!lines)
		return NULL;
	lines->name = strdup(name);
	if (!lines->name) {
		free(lines);
		return NULL;
	}
	return lines;
}

struct lines *
lines_new_behind(struct slice ahead, int fd, const char *name)
{
	struct lines *lines = lines_create(name);

	if (!lines)
		return NULL;
	lines->size = ahead.size > BLOCK_BYTES ? ahead.size : BLOCK_BYTES;
	lines->buffer = malloc(lines->size);
	if (!lines->buffer) {
		lines_free(lines);
		return NULL;
	}
	if (ahead.size)
		memcpy(lines->buffer, ahead.data, ahead.size);
	lines->at = lines->buffer;
	lines->end = lines->buffer + ahead.size;
	lines->bytes = ahead.size;
	lines->fd = fd;
	return lines;
}

struct lines *
lines_new(int fd, const char *name)
{
	return lines_new_behind((struct slice){ 0 }, fd, name);
}

struct lines *
lines_new_memory(struct slice text, const char *name)
{
	struct lines *lines = lines_create(name);

	if (!lines)
		return NULL;
	lines->at = text.data;
	lines->end = text.data + text.size;
	lines->bytes = text.size;
	lines->fd = -1;
	lines->finished = true;
	return lines;
}

void
lines_free(struct lines *lines)
{
	if (!lines)
		return;
	free(lines->buffer);
	free(lines->name);
	free(lines);
}

/* Reads into the buffer from place on, its end included; LOYALTY_OK also at the end of the file. */
static enum loyalty_status
read_to(struct lines *lines, char *place, struct loyalty_error *error)
{
	size_t room = (size_t)(lines->buffer + lines->size - place);
	struct pollfd waiting = { .fd = lines->fd, .events = POLLIN };
	ssize_t got;

	for (;;) {
		got = read(lines->fd, place, room);
		if (got >= 0)
			break;
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			poll(&waiting, 1, -1);
		else if (errno != EINTR)
			return fail_errno(error, "cannot read");
	}
	lines->finished = got == 0;
	lines->bytes += (uint64_t)got;
	lines->end = place + got;
	return LOYALTY_OK;
}

/* How long the line may be that has not been handed out. */
static size_t
longest_line(const struct lines *lines)
{
	static const struct slice OPENING = { "{\"type\":\"opening\"", 17 };

	if ((size_t)(lines->end - lines->at) >= OPENING.size &&
		memcmp(lines->at, OPENING.data, OPENING.size) == 0)
		return OPENING_BYTES_MAX;
	return LINE_BYTES_MAX;
}

/* Reads more behind what has not been handed out, which moves to the front. */
static enum loyalty_status
read_more(struct lines *lines, struct loyalty_error *error)
{
	size_t left = (size_t)(lines->end - lines->at);

	if (left > lines->size / 2) {
		/* A line of the limit with its CRLF, and room to read on. */
		size_t largest = longest_line(lines) + BLOCK_BYTES;
		size_t size = 2 * lines->size < largest ? 2 * lines->size : largest;
		size_t offset = (size_t)(lines->at - lines->buffer);
		char *buffer = realloc(lines->buffer, size);

		if (!buffer)
			return fail_memory(error);
		lines->buffer = buffer;
		lines->size = size;
		lines->at = buffer + offset;
	}
	memmove(lines->buffer, lines->at, left);
	lines->at = lines->buffer;
	return read_to(lines, lines->buffer + left, error);
}

/* The newline after `from`, or NULL where it has not been read. */
static const char *
find_newline(const struct lines *lines, const char *from)
{
	return from < lines->end ? memchr(from, '\n', (size_t)(lines->end - from)) : NULL;
}

/* The end of the line at the front, or NULL where it has not been read. */
static const char *
next_newline(const struct lines *lines)
{
	if (lines->last_ahead > lines->number)
		return lines->newlines[(lines->number + 1) % NEWLINES];
	return find_newline(lines, lines->at);
}

/* Nothing moves while there is a line ahead, as its newline has been read. */
bool
lines_ahead(struct lines *lines, unsigned long *number, struct slice *line)
{
	const char *newline;

	if (lines->last_ahead <= lines->number) {
		lines->last_ahead = lines->number;
		lines->ahead = lines->at;
	}
	if (lines->last_ahead - lines->number == LINES_AHEAD)
		return false;
	newline = find_newline(lines, lines->ahead);
	if (!newline)
		return false;
	*number = ++lines->last_ahead;
	*line = (struct slice){ lines->ahead, (size_t)(newline - lines->ahead) };
	lines->newlines[*number % NEWLINES] = newline;
	lines->ahead = newline + 1;
	return true;
}

/*
 * Goes over the rest of a line that is longer than the limit, to after newline
 * where it has been read. The bytes that are handed out stay at the front of the
 * buffer, and what follows them is read behind.
 */
static enum loyalty_status
skip_long(struct lines *lines, const char *newline, struct slice *line, struct loyalty_error *error)
{
	const char *start = lines->at;

	if (!newline && !lines->finished) {
		memmove(lines->buffer, start, LINE_BYTES_MAX);
		start = lines->buffer;
	}
	while (!newline && !lines->finished) {
		char *place = lines->buffer + LINE_BYTES_MAX;
		enum loyalty_status status = read_to(lines, place, error);

		if (status != LOYALTY_OK)
			return status;
		newline = find_newline(lines, place);
	}
	*line = (struct slice){ start, LINE_BYTES_MAX };
	lines->ended = newline != NULL;
	lines->crlf = false;
	lines->at = newline ? newline + 1 : lines->end;
	fail(error, LOYALTY_BAD, "line is longer than %d bytes", LINE_BYTES_MAX);
	error->line = lines->number;
	return LOYALTY_BAD;
}

/* Hands out the line from lines->at to newline (NULL: to the end of the input). */
static enum loyalty_status
take_line(struct lines *lines, const char *newline, struct slice *line, struct loyalty_error *error)
{
	const char *end = newline ? newline : lines->end;

	lines->number++;
	lines->ended = newline != NULL;
	lines->crlf = newline && newline > lines->at && newline[-1] == '\r';
	if (lines->crlf)
		end--;
	if (end - lines->at > LINE_BYTES_MAX && (size_t)(end - lines->at) > longest_line(lines))
		return skip_long(lines, newline, line, error);
	*line = (struct slice){ lines->at, (size_t)(end - lines->at) };
	lines->at = newline ? newline + 1 : lines->end;
	return LOYALTY_OK;
}

/* Whether there is nothing in the line; most lines tell by their first byte. */
static bool
is_blank(struct slice line)
{
	for (size_t i = 0; i < line.size; i++) {
		if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r')
			return false;
	}
	return true;
}

static void
skip_mark(struct lines *lines)
{
	lines->started = true;
	if (lines->end - lines->at >= 3 && memcmp(lines->at, "\xEF\xBB\xBF", 3) == 0)
		lines->at += 3;
}

/* The next line, blank or not. */
static enum loyalty_status
next_line(struct lines *lines, struct slice *line, struct loyalty_error *error)
{
	const char *newline = next_newline(lines);
	enum loyalty_status status;

	while (!newline && !lines->finished) {
		size_t seen = (size_t)(lines->end - lines->at);

		/* With its CR, and in a first line the mark, a line of the limit has a few bytes
		 * more. */
		if (seen > LINE_BYTES_MAX + 4 && seen > longest_line(lines) + 4)
			break;
		status = read_more(lines, error);
		if (status != LOYALTY_OK)
			return status;
		newline = find_newline(lines, lines->at + seen);
	}
	if (!lines->started)
		skip_mark(lines);
	if (lines->at == lines->end)
		return LOYALTY_END;
	return take_line(lines, newline, line, error);
}

enum loyalty_status
lines_next(struct lines *lines, struct slice *line, struct loyalty_error *error)
{
	enum loyalty_status status;

	do
		status = next_line(lines, line, error);
	while (status == LOYALTY_OK && is_blank(*line));
	return status;
}

unsigned long
lines_number(const struct lines *lines)
{
	return lines->number;
}

bool
lines_ended(const struct lines *lines)
{
	return lines->ended;
}

bool
lines_crlf(const struct lines *lines)
{
	return lines->crlf;
}

const char *
lines_name(const struct lines *lines)
{
	return lines->name;
}

uint64_t
lines_bytes(const struct lines *lines)
{
	return lines->bytes;
}

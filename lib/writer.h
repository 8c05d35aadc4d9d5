/*
 * writer.h - the last step of a record's path: bytes to a file descriptor, to a
 * function, or to a file that appears whole or not at all.
 *
 * The first failure is kept and every later call does nothing, so that callers
 * check once, at the end or between lines.
 */
#ifndef WRITER_H
#define WRITER_H

#include <string.h>

#include "new_file.h"
#include "slice.h"
#include "status.h"
#include "zone.h"

/* Takes bytes, all of them; they are gone when it returns. 0, or the errno of a failure. */
typedef int writer_sink(void *context, const char *data, size_t size);

struct writer {
	char *buffer;
	size_t used;
	size_t size;
	int fd;
	writer_sink *sink;    /* NULL: to fd */
	void *context;        /* of sink */
	bool unbuffered;      /* flush at every writer_line_end() */
	int error;            /* errno of the first failure */
	struct new_file file; /* of writer_open(); without a path: fd is only written to */
	/* The latest time of writer_instant(), with its quotes: many in a row are the same. */
	instant dated;
	size_t date_size; /* 0: none yet */
	char date[INSTANT_TEXT_MAX + 2];
};

/* Writes to fd. false: out of memory. */
bool writer_init(struct writer *writer, int fd);
/* Hands sink what would be written, block by block. false: out of memory. */
bool writer_init_sink(struct writer *writer, writer_sink *sink, void *context);
/*
 * Creates a file beside path; it takes path's name in writer_commit(), with the
 * mode of the file that was there before. A device or pipe is written to as it is.
 */
enum loyalty_status writer_open(
	struct writer *writer, const char *path, struct loyalty_error *error);
/* Flushes; for writer_open(): fsync, rename, fsync of the directory. */
enum loyalty_status writer_commit(struct writer *writer, struct loyalty_error *error);
/* Frees; an uncommitted file of writer_open() is removed. */
void writer_free(struct writer *writer);

/* Writes what is buffered. */
void writer_flush(struct writer *writer);

char *writer_make_room(struct writer *writer, size_t size);

/*
 * Room for size more bytes at the returned place, to be followed by
 * writer_advance(). NULL only where memory ran out for more than the buffer's size.
 */
static inline char *
writer_reserve(struct writer *writer, size_t size)
{
	if (writer->size - writer->used >= size)
		return writer->buffer + writer->used;
	return writer_make_room(writer, size);
}

static inline void
writer_advance(struct writer *writer, size_t size)
{
	writer->used += size;
}

void writer_put_slow(struct writer *writer, const char *data, size_t size);

static inline void
writer_put(struct writer *writer, struct slice text)
{
	if (writer->size - writer->used < text.size) {
		writer_put_slow(writer, text.data, text.size);
		return;
	}
	bytes_copy(writer->buffer + writer->used, text.data, text.size);
	writer->used += text.size;
}

static inline void
writer_put_char(struct writer *writer, char byte)
{
	if (writer->size == writer->used) {
		writer_put_slow(writer, &byte, 1);
		return;
	}
	writer->buffer[writer->used++] = byte;
}

/* Writes text as a JSON string with its quotes, escaping what must be. */
void writer_put_string(struct writer *writer, struct slice text);
/* Writes text as a person may see it on a terminal: what would drive it as '?'. */
void writer_put_visible(struct writer *writer, struct slice text);
/* Writes a count as a JSON number (decimals 0) or a decimal string ("85.20" with its quotes). */
void writer_put_decimal(struct writer *writer, int64_t count, int decimals);

/*
 * A time as a JSON string, with the zone's offset, until the next one is asked for. One writer
 * is for one zone.
 */
struct slice writer_instant(struct writer *writer, const struct zone *zone, instant at);
/* Writes it. */
void writer_put_instant(struct writer *writer, const struct zone *zone, instant at);

/* Ends the line: a newline, and a flush where lines must not wait. */
void writer_line_end(struct writer *writer);

#endif

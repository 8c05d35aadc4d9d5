/*
 * writer.c - the last step of a record's path: a buffer, written in large
 * blocks, to a descriptor, a function, or a file that takes its name when it is
 * whole.
 */
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decimal.h"
#include "record.h"

enum { BUFFER_BYTES = 1 << 18, STRING_PIECE = 4096, NAME_TRIES = 100, MODE_BITS = 0777 };

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

		if (written >= 0) {
			data += written;
			size -= (size_t)written;
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
	uint64_t quote = word ^ (ones * '"');
	uint64_t backslash = word ^ (ones * '\\');

	return ((((word - ones * ' ') & ~word) | ((quote - ones) & ~quote) |
			((backslash - ones) & ~backslash)) &
		       tops) != 0;
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

void
writer_put_instant(struct writer *writer, const struct zone *zone, instant at)
{
	if (writer->date_size == 0 || writer->dated != at) {
		writer->date[0] = '"';
		writer->date_size = 1 + instant_format(zone, at, writer->date + 1);
		writer->date[writer->date_size++] = '"';
		writer->dated = at;
	}
	writer_put(writer, (struct slice){ writer->date, writer->date_size });
}

void
writer_line_end(struct writer *writer)
{
	writer_put_char(writer, '\n');
	if (writer->unbuffered)
		writer_flush(writer);
}

/* The directory of a path, to be freed; NULL: out of memory. */
static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A name beside path for its content until it is whole, to be freed; NULL: out of memory. */
static char *
temporary_name(const char *path)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	const char *slash = strrchr(path, '/');
	int directory = slash ? (int)(slash + 1 - path) : 0;
	unsigned char random[6];
	char suffix[sizeof(random) + 1];
	char *name;

	/* Without randomness the names repeat, and the next try finds another. */
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		memset(random, 0, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		suffix[i] = letters[random[i] % 32];
	suffix[sizeof(random)] = '\0';
	if (asprintf(&name, "%.*s.%s.%s", directory, path, path + directory, suffix) < 0)
		return NULL;
	return name;
}

/* Creates writer->temporary, with the mode that a new file gets, or *mode of the old one. */
static int
create_temporary(struct writer *writer, const struct stat *old)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		writer->temporary = temporary_name(writer->path);
		if (!writer->temporary)
			return ENOMEM;
		writer->fd = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (writer->fd >= 0)
			break;
		free(writer->temporary);
		writer->temporary = NULL;
		if (errno != EEXIST)
			return errno;
	}
	if (writer->fd < 0)
		return EEXIST;
	return old && fchmod(writer->fd, old->st_mode & MODE_BITS) != 0 ? errno : 0;
}

/* Opens what path names: a device or pipe as it is, a file by a temporary one beside it. */
static int
open_path(struct writer *writer, const char *path)
{
	struct stat old;
	bool exists = stat(path, &old) == 0;
	size_t size = strlen(path);

	if (!exists && errno != ENOENT)
		return errno;
	if (!exists && (size == 0 || path[size - 1] == '/'))
		return size == 0 ? ENOENT : EISDIR;
	/* The file that a symbolic link points to is replaced, not the link. */
	writer->path = exists ? realpath(path, NULL) : strdup(path);
	if (!writer->path)
		return errno;
	if (!exists || S_ISREG(old.st_mode))
		return create_temporary(writer, exists ? &old : NULL);
	writer->fd = open(writer->path, O_WRONLY | O_CLOEXEC);
	return writer->fd < 0 ? errno : 0;
}

enum loyalty_status
writer_open(struct writer *writer, const char *path, struct loyalty_error *error)
{
	int reason;

	if (!writer_init(writer, -1))
		return fail_memory(error);
	reason = open_path(writer, path);
	if (reason == 0)
		return LOYALTY_OK;
	writer_free(writer);
	return fail(error, LOYALTY_IO, "cannot create '%s': %s", path, strerror(reason));
}

/* Makes the new name last. */
static int
sync_directory(const char *path)
{
	char *directory = directory_of(path);
	int reason = 0;
	int fd;

	if (!directory)
		return ENOMEM;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		reason = errno;
	if (fd >= 0)
		close(fd);
	free(directory);
	return reason;
}

static int
close_file(struct writer *writer)
{
	int fd = writer->fd;

	writer->fd = -1;
	return close(fd) == 0 ? 0 : errno;
}

/* Gives the temporary file its name; errno of what failed, or 0. */
static int
commit_temporary(struct writer *writer)
{
	int reason;

	if (fsync(writer->fd) != 0)
		return errno;
	reason = close_file(writer);
	if (reason != 0)
		return reason;
	if (rename(writer->temporary, writer->path) != 0)
		return errno;
	free(writer->temporary);
	writer->temporary = NULL;
	return sync_directory(writer->path);
}

enum loyalty_status
writer_commit(struct writer *writer, struct loyalty_error *error)
{
	writer_flush(writer);
	if (!writer->error && writer->temporary)
		writer->error = commit_temporary(writer);
	else if (!writer->error && writer->path)
		writer->error = close_file(writer);
	if (!writer->error)
		return LOYALTY_OK;
	if (writer->path)
		return fail(error, LOYALTY_IO, "cannot write '%s': %s", writer->path,
			strerror(writer->error));
	return fail(error, LOYALTY_IO, "cannot write: %s", strerror(writer->error));
}

void
writer_free(struct writer *writer)
{
	if (writer->path && writer->fd >= 0)
		close(writer->fd);
	if (writer->temporary)
		unlink(writer->temporary);
	free(writer->temporary);
	free(writer->path);
	free(writer->buffer);
	*writer = (struct writer){ .fd = -1 };
}

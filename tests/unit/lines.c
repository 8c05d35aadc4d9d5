/*
 * lines.c - unit tests of reading lines, from memory and from descriptors that
 * give their bytes in pieces.
 */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "slice.h"

/* Looks at all lines that can be seen ahead, which must change nothing. */
static void
look_ahead(struct lines *lines)
{
	unsigned long last = lines_number(lines);
	unsigned long number;
	struct slice line;

	while (lines_ahead(lines, &number, &line)) {
		CHECK(number > last && number <= lines_number(lines) + LINES_AHEAD);
		CHECK(line.data[line.size] == '\n' && !memchr(line.data, '\n', line.size));
		last = number;
	}
}

static bool
next_is(struct lines *lines, const char *text, unsigned long number, bool ended, bool crlf)
{
	struct loyalty_error error;
	struct slice line;

	if (lines_next(lines, &line, &error) != LOYALTY_OK)
		return false;
	look_ahead(lines);
	return slice_equal(line, slice_of(text)) && lines_number(lines) == number &&
	       lines_ended(lines) == ended && lines_crlf(lines) == crlf;
}

static bool
at_end(struct lines *lines)
{
	struct loyalty_error error;
	struct slice line;

	return lines_next(lines, &line, &error) == LOYALTY_END;
}

/* A pipe that a child fills, piece bytes a write. */
static int
pipe_of(struct slice text, size_t piece, pid_t *child)
{
	int ends[2];

	if (pipe(ends) != 0)
		exit(1);
	*child = fork();
	if (*child == 0) {
		close(ends[0]);
		while (text.size > 0) {
			size_t size = text.size < piece ? text.size : piece;
			ssize_t written = write(ends[1], text.data, size);

			if (written < 0)
				_exit(1);
			text.data += written;
			text.size -= (size_t)written;
		}
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void
check_small(struct lines *lines)
{
	CHECK(strcmp(lines_name(lines), "till.ndjson") == 0);
	CHECK(next_is(lines, "{\"a\":1}", 1, true, false));
	CHECK(next_is(lines, "{\"b\":2}", 4, true, true));
	CHECK(next_is(lines, " x", 6, true, false));
	CHECK(next_is(lines, "last\r", 7, false, false));
	CHECK(at_end(lines) && at_end(lines));
	CHECK(lines_bytes(lines) == 35);
}

static void
test_small(void)
{
	struct slice text = SLICE("\xEF\xBB\xBF{\"a\":1}\n\n \t\r\n{\"b\":2}\r\n\r\n x\nlast\r");
	struct lines *lines = lines_new_memory(text, "till.ndjson");

	check_small(lines);
	lines_free(lines);
	for (size_t piece = 1; piece < 6; piece++) {
		pid_t child;
		int fd = pipe_of(text, piece, &child);

		lines = lines_new(fd, "till.ndjson");
		check_small(lines);
		lines_free(lines);
		close(fd);
		waitpid(child, NULL, 0);
	}
}

static void
test_empty(void)
{
	static const char *const texts[] = { "", "\n", "\r\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n",
		"  \n\t" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct lines *lines = lines_new_memory(slice_of(texts[i]), "empty");

		CHECK(at_end(lines));
		lines_free(lines);
	}
}

/* A line of size letters, then end, at data; returns the bytes. */
static size_t
put_line(char *data, size_t size, char letter, const char *end)
{
	memset(data, letter, size);
	memcpy(data + size, end, strlen(end));
	return size + strlen(end);
}

static void
check_long(struct lines *lines)
{
	struct loyalty_error error;
	struct slice line;

	/* The limit itself is allowed, whatever stands around it. */
	CHECK(lines_next(lines, &line, &error) == LOYALTY_OK);
	CHECK(line.size == LINE_BYTES_MAX && lines_crlf(lines));
	CHECK(lines_next(lines, &line, &error) == LOYALTY_BAD);
	CHECK(line.size == LINE_BYTES_MAX && line.data[0] == 'b' &&
		line.data[line.size - 1] == 'b');
	CHECK(strcmp(error.text, "line is longer than 1048576 bytes") == 0);
	CHECK(error.line == 2 && lines_number(lines) == 2 && lines_ended(lines));
	CHECK(next_is(lines, "c", 3, true, false));
	CHECK(lines_next(lines, &line, &error) == LOYALTY_BAD);
	CHECK(line.size == LINE_BYTES_MAX && line.data[0] == 'd' &&
		line.data[line.size - 1] == 'd');
	CHECK(next_is(lines, "e", 5, true, false));
	CHECK(lines_next(lines, &line, &error) == LOYALTY_OK && line.size == LINE_BYTES_MAX);
	look_ahead(lines);
	CHECK(line.data[0] == 'f' && line.data[line.size - 1] == 'f');
	CHECK(lines_next(lines, &line, &error) == LOYALTY_BAD);
	CHECK(line.size == LINE_BYTES_MAX && !lines_ended(lines) && lines_number(lines) == 7);
	CHECK(at_end(lines));
}

static void
test_long(void)
{
	static const size_t pieces[] = { 4093, 65536, 1 << 24 };
	char *data = malloc((size_t)16 << 20);
	size_t size = put_line(data, 0, 0, "\xEF\xBB\xBF");
	struct lines *lines;

	size += put_line(data + size, LINE_BYTES_MAX, 'a', "\r\n");
	size += put_line(data + size, LINE_BYTES_MAX + 1, 'b', "\n");
	size += put_line(data + size, 1, 'c', "\n");
	size += put_line(data + size, 5 * LINE_BYTES_MAX, 'd', "\r\n");
	size += put_line(data + size, 1, 'e', "\n");
	size += put_line(data + size, LINE_BYTES_MAX, 'f', "\n");
	size += put_line(data + size, 2 * LINE_BYTES_MAX, 'g', "");
	lines = lines_new_memory((struct slice){ data, size }, "long");
	check_long(lines);
	lines_free(lines);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		pid_t child;
		int fd = pipe_of((struct slice){ data, size }, pieces[i], &child);

		lines = lines_new(fd, "long");
		check_long(lines);
		CHECK(lines_bytes(lines) == size);
		lines_free(lines);
		close(fd);
		waitpid(child, NULL, 0);
	}
	free(data);
}

/* The i-th line of test_blocks(). */
static bool
is_block_line(struct slice line, int i)
{
	char expected[256];

	snprintf(expected, sizeof(expected), "%0*d", 1 + i * 7 % 211, i);
	return slice_equal(line, slice_of(expected));
}

/* Lines of all lengths over many blocks come out as they went in, and are seen so ahead. */
static void
test_blocks(void)
{
	enum { LINES = 20000 };
	unsigned long number;
	int seen = 0;
	char *data = malloc((size_t)LINES * 220);
	size_t size = 0;
	struct lines *lines;
	struct loyalty_error error;
	struct slice line;
	pid_t child;
	int fd;

	for (int i = 0; i < LINES; i++)
		size += (size_t)sprintf(data + size, "%0*d\n", 1 + i * 7 % 211, i);
	fd = pipe_of((struct slice){ data, size }, 10007, &child);
	lines = lines_new(fd, "blocks");
	for (int i = 0; i < LINES; i++) {
		CHECK(lines_next(lines, &line, &error) == LOYALTY_OK);
		CHECK(is_block_line(line, i));
		for (int n = 0; n < i % 5 && lines_ahead(lines, &number, &line); n++, seen++)
			CHECK(is_block_line(line, (int)number - 1));
	}
	CHECK(seen > LINES / 2);
	CHECK(at_end(lines) && lines_number(lines) == LINES && lines_bytes(lines) == size);
	lines_free(lines);
	close(fd);
	waitpid(child, NULL, 0);
	free(data);
}

static void
ignore_signal(int number)
{
	(void)number;
}

/* A read that a signal interrupts, or that has nothing yet, goes on. */
static void
test_waiting(void)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	pid_t parent = getpid();
	struct lines *lines;
	int ends[2];
	pid_t child;

	sigaction(SIGUSR1, &action, NULL);
	if (pipe(ends) != 0)
		exit(1);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	child = fork();
	if (child == 0) {
		usleep(20000);
		kill(parent, SIGUSR1);
		usleep(20000);
		if (write(ends[1], "a\nb", 3) != 3)
			_exit(1);
		usleep(20000);
		fcntl(ends[0], F_SETFL, 0);
		_exit(0);
	}
	close(ends[1]);
	lines = lines_new(ends[0], "waiting");
	CHECK(next_is(lines, "a", 1, true, false));
	CHECK(next_is(lines, "b", 2, false, false));
	CHECK(at_end(lines));
	lines_free(lines);
	close(ends[0]);
	waitpid(child, NULL, 0);
}

static void
test_directory(void)
{
	int fd = open(".", O_RDONLY);
	struct lines *lines = lines_new(fd, ".");
	struct loyalty_error error;
	struct slice line;

	CHECK(lines_next(lines, &line, &error) == LOYALTY_IO);
	CHECK(strcmp(error.text, "cannot read: Is a directory") == 0);
	lines_free(lines);
	close(fd);
}

int
main(void)
{
	test_small();
	test_empty();
	test_long();
	test_blocks();
	test_waiting();
	test_directory();
	return failures != 0;
}

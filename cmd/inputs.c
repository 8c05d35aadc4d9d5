/*
 * inputs.c - the FILEs of the command line, one after the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "slice.h"

enum { PROGRESS_STEP = 8 << 20, READ_BYTES = 1 << 16 };

int
cli_open_to_read(const char *path)
{
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd == -1 && errno == EINTR);
	return fd;
}

/* An input, which no directory is. -1: errno. */
static int
open_input(const char *path)
{
	struct stat status;
	int fd = cli_open_to_read(path);

	if (fd == -1)
		return -1;
	if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
		return fd;
	if (S_ISDIR(status.st_mode))
		errno = EISDIR;
	return close(fd), -1;
}

bool
cli_open_input(struct cli *cli, int index, struct cli_input *input)
{
	const char *path = cli->files[index];
	bool standard = strcmp(path, "-") == 0;

	input->lines = NULL;
	input->fd = standard ? STDIN_FILENO : open_input(path);
	if (input->fd == -1)
		return cli_stop(cli, EXIT_FAILED, "cannot open '%s': %s", path, strerror(errno));
	input->lines = lines_new(input->fd, standard ? "<stdin>" : path);
	if (input->lines)
		return true;
	cli_close_input(input);
	return cli_stop(cli, EXIT_FAILED, "out of memory");
}

void
cli_close_input(struct cli_input *input)
{
	lines_free(input->lines);
	if (input->fd > STDERR_FILENO)
		close(input->fd);
	*input = (struct cli_input){ .fd = -1 };
}

bool
cli_read_more(struct cli_text *text, int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	ssize_t got;

	if (text->capacity - text->size < READ_BYTES) {
		size_t capacity = 2 * text->capacity + READ_BYTES;
		char *more = realloc(text->data, capacity);

		if (!more)
			return false;
		text->data = more;
		text->capacity = capacity;
	}
	while ((got = read(fd, text->data + text->size, text->capacity - text->size)) < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			poll(&waiting, 1, -1);
		else if (errno != EINTR)
			return false;
	}
	text->size += (size_t)got;
	text->finished = got == 0;
	return true;
}

struct slice
cli_read_whole(struct cli *cli, const char *path, bool dash)
{
	bool standard = dash && strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : cli_open_to_read(path);
	struct cli_text text = { 0 };
	bool good = true;

	if (fd == -1) {
		cli_stop(cli, EXIT_FAILED, "cannot open '%s': %s", path, strerror(errno));
		return (struct slice){ 0 };
	}
	while (good && !text.finished)
		good = cli_read_more(&text, fd);
	if (!good) {
		cli_stop(cli, EXIT_FAILED, "cannot read '%s': %s", path, strerror(errno));
		free(text.data);
		text = (struct cli_text){ 0 };
	}
	if (!standard)
		close(fd);
	return (struct slice){ text.data, text.size };
}

void
cli_free_whole(struct slice text)
{
	free((char *)(uintptr_t)text.data);
}

struct lines *
cli_next_input(struct cli *cli)
{
	cli_close_input(&cli->input);
	cli->progress_shown = 0;
	if (cli->file_next == cli->file_count)
		return NULL;
	if (!cli_open_input(cli, cli->file_next++, &cli->input))
		return NULL;
	return cli->input.lines;
}

enum loyalty_status
cli_open_next(void *context, struct lines **lines, struct loyalty_error *error)
{
	struct cli *cli = context;

	*lines = cli_next_input(cli);
	if (*lines)
		return LOYALTY_OK;
	if (cli->status == EXIT_FAILED)
		return fail(error, LOYALTY_IO, " ");
	return LOYALTY_END;
}

const char *
cli_last_input(const struct cli *cli)
{
	const char *path = cli->files[cli->file_count - 1];

	return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

void
cli_progress_input(void *context)
{
	struct cli *cli = context;

	cli_progress(cli, cli->input.lines);
}

void
cli_show_progress(struct cli *cli, const struct lines *lines)
{
	struct stat status = { 0 };
	uint64_t bytes = lines_bytes(lines);
	char name[128];

	if (bytes - cli->progress_shown < PROGRESS_STEP)
		return;
	cli->progress_shown = bytes;
	cli->progress_dirty = true;
	snprintf(name, sizeof(name), "%s", lines_name(lines));
	cli_blank_controls(name);
	if (cli->input.fd != -1 && fstat(cli->input.fd, &status) == 0 && status.st_size > 0)
		fprintf(stderr, "\r%s: %s: %lu lines, %lu %%", cli->tool->name, name,
			lines_number(lines),
			(unsigned long)(bytes * 100 / (uint64_t)status.st_size));
	else
		fprintf(stderr, "\r%s: %s: %lu lines", cli->tool->name, name, lines_number(lines));
}

void
cli_clear_progress(struct cli *cli)
{
	if (cli->progress_dirty)
		fputs("\r\033[K", stderr);
	cli->progress_dirty = false;
}

bool
cli_as_of(struct cli *cli, const struct zone *zone, instant *at)
{
	switch (instant_parse(zone, slice_of(cli->as_of), at, NULL)) {
	case TIME_OK:
		return true;
	case TIME_SYNTAX:
		break;
	case TIME_IMPOSSIBLE:
		return cli_stop(
			cli, EXIT_USAGE, "invalid '--as-of': no such time: '%s'", cli->as_of);
	case TIME_SKIPPED:
		return cli_stop(
			cli, EXIT_USAGE, "invalid '--as-of': the clock skips '%s'", cli->as_of);
	}
	return cli_stop(cli, EXIT_USAGE,
		"invalid '--as-of': expected a date or time such as 2026-03-01, not '%s'",
		cli->as_of);
}

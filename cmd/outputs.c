/*
 * outputs.c - where a tool writes: its output and its rejects.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli.h"
#include "slice.h"

enum { MESSAGE_MAX = 4096 };

/* ---- nothing half-written stays behind a signal --------------------------- */

/* What a handler may look at; the one thing here that cannot stand in struct cli. */
static char *volatile temporaries[CLI_PARTS_MAX + 3];

static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT };

static void
remove_temporaries(int number)
{
	for (size_t i = 0; i < sizeof(temporaries) / sizeof(temporaries[0]); i++) {
		if (temporaries[i])
			unlink(temporaries[i]);
	}
	signal(number, SIG_DFL);
	raise(number);
}

static void
watch_temporary(struct cli_sink *sink)
{
	struct sigaction old;

	if (!sink->writer.file.temporary)
		return;
	while (temporaries[sink->watched])
		sink->watched++;
	/* A copy, for the writer frees its own before we can know. */
	temporaries[sink->watched] = strdup(sink->writer.file.temporary);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			signal(signals[i], remove_temporaries);
	}
}

static void
unwatch_temporary(const struct cli_sink *sink)
{
	char *name = temporaries[sink->watched];

	temporaries[sink->watched] = NULL;
	free(name);
}

/* While a draft becomes a file: once it has, its name may be the draft of another run. */
static void
hold_signals(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, before);
}

/* ---- opening ------------------------------------------------------------- */

/* The descriptor of /dev/stdout and the like, which may be a file but is not to be replaced. */
static int
named_descriptor(const char *path)
{
	static const char directory[] = "/dev/fd/";
	char *end;
	long fd;

	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	if (strncmp(path, directory, strlen(directory)) != 0)
		return -1;
	fd = strtol(path + strlen(directory), &end, 10);
	return *end || fd < 0 || fd > INT_MAX ? -1 : (int)fd;
}

static bool
open_descriptor(struct cli *cli, struct cli_sink *sink, int fd)
{
	if (fd == -1)
		return cli_stop(
			cli, EXIT_FAILED, "cannot open '%s': %s", sink->name, strerror(errno));
	if (!writer_init(&sink->writer, fd)) {
		if (sink->owned)
			close(fd);
		return cli_stop(cli, EXIT_FAILED, "out of memory");
	}
	sink->open = true;
	return true;
}

static bool
open_sink(struct cli *cli, struct cli_sink *sink, const char *path)
{
	struct loyalty_error error;

	if (!path || strcmp(path, "-") == 0) {
		sink->name = "<stdout>";
		return open_descriptor(cli, sink, STDOUT_FILENO);
	}
	sink->name = path;
	if (named_descriptor(path) != -1) {
		sink->owned = true;
		return open_descriptor(
			cli, sink, fcntl(named_descriptor(path), F_DUPFD_CLOEXEC, 0));
	}
	if (writer_open(&sink->writer, path, &error) != LOYALTY_OK)
		return cli_report(cli, NULL, &error);
	sink->open = true;
	watch_temporary(sink);
	return true;
}

static bool
open_lists(struct cli *cli)
{
	return (!cli->rejects || open_sink(cli, &cli->rejected, cli->rejects)) &&
	       (!cli->repeats || open_sink(cli, &cli->repeated, cli->repeats));
}

bool
cli_open_output(struct cli *cli)
{
	if (!open_sink(cli, &cli->out, cli->output))
		return false;
	cli->out.writer.unbuffered = cli->unbuffered;
	return open_lists(cli);
}

/* Every part is a file, and its directory, that stay open to the end. */
static void
raise_descriptors(size_t count)
{
	enum { PER_PART = 2, OTHERS = 32 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= PER_PART * count + OTHERS)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* NULL: out of memory. Numbers are equally long, so that names are in their order. */
static char *
part_name(const char *pattern, size_t number, size_t count)
{
	const char *hole = strstr(pattern, "{}");
	size_t front = hole ? (size_t)(hole - pattern) : strlen(pattern);
	int digits = 1;
	char *name;

	for (size_t most = count - 1; most > 9; most /= 10)
		digits++;
	if (asprintf(&name, "%.*s%0*zu%s", (int)front, pattern, digits, number,
		    hole ? hole + strlen("{}") : "") < 0)
		return NULL;
	return name;
}

static bool
is_list(const struct cli *cli, const char *name)
{
	return (cli->rejects && strcmp(name, cli->rejects) == 0) ||
	       (cli->repeats && strcmp(name, cli->repeats) == 0);
}

bool
cli_open_parts(struct cli *cli, size_t count)
{
	raise_descriptors(count);
	cli->parts = calloc(count, sizeof(*cli->parts));
	for (size_t i = 0; cli->parts && i < count; i++) {
		struct cli_sink *part = &cli->parts[i];
		char *name = part_name(cli->output, i, count);

		if (!name)
			break;
		cli->part_count = i + 1;
		if (is_list(cli, name)) {
			part->name = name;
			return cli_stop(cli, EXIT_USAGE,
				"a list goes to the same file as a part: '%s'", name);
		}
		if (!open_sink(cli, part, name)) {
			part->name = name;
			return false;
		}
	}
	if (cli->part_count < count)
		return cli_stop(cli, EXIT_FAILED, "out of memory");
	return open_lists(cli);
}

/* ---- closing ------------------------------------------------------------- */

static void
commit_sink(struct cli *cli, struct cli_sink *sink)
{
	struct loyalty_error error;

	if (writer_commit(&sink->writer, &error) == LOYALTY_OK)
		return;
	if (sink->writer.error == EPIPE)
		cli->reader_gone = true;
	else
		cli_stop(cli, EXIT_FAILED, "cannot write '%s': %s", sink->name,
			strerror(sink->writer.error));
}

/* commit: a file is to appear; flush: what is left is to go to anything else. */
static void
close_sink(struct cli *cli, struct cli_sink *sink, bool commit, bool flush)
{
	bool draft = sink->writer.file.temporary;
	int fd = sink->writer.fd;
	sigset_t before;

	if (!sink->open)
		return;
	if (draft)
		hold_signals(&before);
	if (draft ? commit : flush)
		commit_sink(cli, sink);
	if (draft)
		unwatch_temporary(sink);
	writer_free(&sink->writer);
	if (draft)
		sigprocmask(SIG_SETMASK, &before, NULL);
	if (sink->owned && close(fd) != 0)
		cli_stop(cli, EXIT_FAILED, "cannot write '%s': %s", sink->name, strerror(errno));
	sink->open = false;
}

/* All or none: what cannot be written is found before any of them appears. */
static void
close_parts(struct cli *cli)
{
	for (size_t i = 0; i < cli->part_count && cli->status <= EXIT_REJECTED; i++) {
		struct cli_sink *part = &cli->parts[i];

		writer_flush(&part->writer);
		if (part->writer.error)
			cli_stop(cli, EXIT_FAILED, "cannot write '%s': %s", part->name,
				strerror(part->writer.error));
	}
	for (size_t i = 0; i < cli->part_count; i++) {
		close_sink(cli, &cli->parts[i], cli->status <= EXIT_REJECTED, true);
		free((char *)(uintptr_t)cli->parts[i].name);
	}
	free(cli->parts);
	cli->parts = NULL;
	cli->part_count = 0;
}

void
cli_close_outputs(struct cli *cli)
{
	bool ended = cli->status <= EXIT_REJECTED;
	bool listed = cli->status != EXIT_FAILED && cli_output_works(cli);
	bool done;

	/* A list that broke off in the middle would be taken for all of them. */
	close_sink(cli, &cli->rejected, listed, true);
	close_sink(cli, &cli->repeated, listed, true);
	if (cli->rejected_count > 0) {
		cli_warn(cli, "%lu %s rejected", cli->rejected_count,
			cli->rejected_count == 1 ? "line" : "lines");
		if (cli->status == EXIT_DONE)
			cli->status = EXIT_REJECTED;
	}
	done = cli->status <= EXIT_REJECTED && !cli->reader_gone;
	/*
	 * What went to a pipe is out already, so the rest of it may as well follow, but not the
	 * end of a stream whose rejects are lost.
	 */
	close_sink(cli, &cli->out, done, done || !ended);
	close_parts(cli);
}

/* ---- rejects ------------------------------------------------------------- */

/* Length of the UTF-8 sequence at text, or 0 where it is none (RFC 3629). */
static size_t
utf8_length(const unsigned char *text, size_t size)
{
	unsigned char lead = text[0];
	size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (length == 0 || lead > 0xf4 || length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((lead == 0xe0 && text[1] < 0xa0) || (lead == 0xed && text[1] > 0x9f))
		return 0;
	if ((lead == 0xf0 && text[1] < 0x90) || (lead == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

static bool
is_utf8(struct slice text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	size_t length;

	for (size_t at = 0; at < text.size; at += length) {
		length = utf8_length(bytes + at, text.size - at);
		if (length == 0)
			return false;
	}
	return true;
}

static void
put_base64(struct writer *writer, struct slice text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = (const unsigned char *)text.data;

	writer_put_char(writer, '"');
	for (size_t at = 0; at < text.size; at += 3) {
		size_t left = text.size - at;
		unsigned group = (unsigned)bytes[at] << 16;

		if (left > 1)
			group |= (unsigned)bytes[at + 1] << 8;
		if (left > 2)
			group |= bytes[at + 2];
		writer_put_char(writer, digits[group >> 18]);
		writer_put_char(writer, digits[group >> 12 & 63]);
		writer_put_char(writer, left > 1 ? digits[group >> 6 & 63] : '=');
		writer_put_char(writer, left > 2 ? digits[group & 63] : '=');
	}
	writer_put_char(writer, '"');
}

/* A message or a file name as a string: bytes of it that are not UTF-8 become '?'. */
static void
put_message(struct writer *writer, const char *text)
{
	char shown[MESSAGE_MAX];
	size_t used = 0;
	size_t size = strlen(text);

	for (size_t at = 0; at < size && used + 4 < sizeof(shown);) {
		size_t length = utf8_length((const unsigned char *)text + at, size - at);

		memcpy(shown + used, length ? text + at : "?", length ? length : 1);
		used += length ? length : 1;
		at += length ? length : 1;
	}
	writer_put_string(writer, (struct slice){ shown, used });
}

static void
put_place(struct writer *writer, const char *file, unsigned long number)
{
	writer_put(writer, SLICE("{\"file\":"));
	put_message(writer, file);
	writer_put(writer, SLICE(",\"line\":"));
	writer_put_decimal(writer, (int64_t)number, 0);
}

static void
put_text(struct writer *writer, struct slice line)
{
	if (is_utf8(line)) {
		writer_put(writer, SLICE(",\"text\":"));
		writer_put_string(writer, line);
	} else {
		writer_put(writer, SLICE(",\"base64\":"));
		put_base64(writer, line);
	}
	writer_put_char(writer, '}');
	writer_line_end(writer);
}

static void
put_reject(struct writer *writer, const char *file, const struct loyalty_error *error,
	struct slice line)
{
	char reason[sizeof(error->path) + sizeof(error->text) + 64];

	cli_format(reason, sizeof(reason), NULL, error);
	put_place(writer, file, error->line);
	if (error->column) {
		writer_put(writer, SLICE(",\"column\":"));
		writer_put_decimal(writer, (int64_t)error->column, 0);
	}
	writer_put(writer, SLICE(",\"reason\":"));
	put_message(writer, reason);
	put_text(writer, line);
}

void
cli_repeat(struct cli *cli, const char *file, unsigned long number, struct slice line)
{
	if (!cli->repeated.open)
		return;
	put_place(&cli->repeated.writer, file, number);
	put_text(&cli->repeated.writer, line);
}

bool
cli_reject(struct cli *cli, const char *file, const struct loyalty_error *error, struct slice line)
{
	if (!cli->rejected.open) {
		cli_report(cli, file, error);
		cli_warn(cli,
			"stopped there; '--rejects FILE' would set bad records aside and go on");
		return false;
	}
	put_reject(&cli->rejected.writer, file, error, line);
	cli->rejected_count++;
	if (cli->rejected_count > cli->rejects_max) {
		cli_report(cli, file, error);
		return cli_stop(
			cli, EXIT_STOPPED, "more than %lu lines rejected", cli->rejects_max);
	}
	return cli->rejected.writer.error == 0;
}

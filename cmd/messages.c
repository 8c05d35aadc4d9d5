/*
 * messages.c - what the tools say on standard error, and their exit codes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "scan.h"

enum { MESSAGE_MAX = 4096 };

enum cli_exit
cli_exit_of(enum loyalty_status status)
{
	switch (status) {
	case LOYALTY_OK:
	case LOYALTY_END:
		return EXIT_DONE;
	case LOYALTY_PROGRAMME:
		return EXIT_USAGE;
	case LOYALTY_BAD:
	case LOYALTY_CORRUPT:
		return EXIT_STOPPED;
	case LOYALTY_IO:
	case LOYALTY_MEMORY:
		break;
	}
	return EXIT_FAILED;
}

static void
note(struct cli *cli, enum cli_exit status)
{
	if (cli->status < status)
		cli->status = status;
}

void
cli_blank_controls(char *text)
{
	const char *end = text + strlen(text);

	while (text < end) {
		size_t unseen = scan_unseen(text, end);

		memset(text, '?', unseen);
		text += unseen ? unseen : scan_utf8(text, end);
	}
}

static void __attribute__((format(printf, 2, 0)))
say(struct cli *cli, const char *format, va_list arguments)
{
	char text[MESSAGE_MAX];
	char message[MESSAGE_MAX + 64];
	int reason = errno;

	vsnprintf(text, sizeof(text), format, arguments);
	cli_blank_controls(text);
	cli_clear_progress(cli);
	/* One write a message, so that the tools of a pipeline do not mix theirs. */
	snprintf(message, sizeof(message), "%s: %s\n", cli->tool->name, text);
	fputs(message, stderr);
	fflush(stderr);
	errno = reason;
}

void
cli_error(struct cli *cli, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(cli, format, arguments);
	va_end(arguments);
}

void
cli_warn(struct cli *cli, const char *format, ...)
{
	va_list arguments;

	if (cli->quiet)
		return;
	va_start(arguments, format);
	say(cli, format, arguments);
	va_end(arguments);
}

bool
cli_stop(struct cli *cli, enum cli_exit status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(cli, format, arguments);
	va_end(arguments);
	note(cli, status);
	return false;
}

void
cli_format(char *buffer, size_t size, const char *file, const struct loyalty_error *error)
{
	char place[64] = "";

	if (error->line && error->column)
		snprintf(place, sizeof(place), ":%lu:%lu", error->line, error->column);
	else if (error->line)
		snprintf(place, sizeof(place), ":%lu", error->line);
	snprintf(buffer, size, "%s%s%s%s%s%s%s", file ? file : "", file ? place : "",
		file ? ": " : "", error->path[0] ? "invalid '" : "", error->path,
		error->path[0] ? "': " : "", error->text);
}

bool
cli_report(struct cli *cli, const char *file, const struct loyalty_error *error)
{
	char text[MESSAGE_MAX];

	cli_format(text, sizeof(text), file, error);
	return cli_stop(cli, cli_exit_of(error->code), "%s", text);
}

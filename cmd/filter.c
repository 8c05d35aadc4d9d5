/*
 * filter.c - the main of every filter: options, programme, the loop, exit code.
 */
#include "../lib/filter.h"

#include <string.h>

#include "document.h"
#include "filter.h"

/* Only who looks for leaks wants millions of pieces given back one by one before the end. */
#if defined(__SANITIZE_ADDRESS__)
enum { LEAKS_COUNT = 1 };
#elif defined(__has_feature)
enum { LEAKS_COUNT = __has_feature(address_sanitizer) };
#else
enum { LEAKS_COUNT = 0 };
#endif

static enum loyalty_status
open_next(void *context, struct lines **lines, struct loyalty_error *error)
{
	struct cli *cli = context;

	*lines = cli_next_input(cli);
	if (*lines)
		return LOYALTY_OK;
	if (cli->status == EXIT_FAILED)
		return fail(error, LOYALTY_IO, " ");
	return LOYALTY_END;
}

static bool
reject_line(void *context, const char *name, const struct loyalty_error *error, struct slice line)
{
	return cli_reject(context, name, error, line);
}

static void
repeat_line(void *context, const char *name, unsigned long number, struct slice line)
{
	cli_repeat(context, name, number, line);
}

static void
show_progress(void *context)
{
	struct cli *cli = context;

	cli_progress(cli, cli->input.lines);
}

/* Where an input ended too early: the last one, which is closed by then. */
static const char *
last_input(const struct cli *cli)
{
	const char *path = cli->files[cli->file_count - 1];

	return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

/* What the run failed by, unless it has been said: a bad record, a file that does not open. */
static void
report(struct cli *cli, const char *name, const struct loyalty_error *error,
	enum loyalty_status status)
{
	if (status == LOYALTY_OK || status == LOYALTY_BAD || !cli_output_works(cli))
		return;
	if (cli->status == EXIT_FAILED)
		return;
	if (!name && status == LOYALTY_CORRUPT)
		name = last_input(cli);
	cli_report(cli, name, error);
}

static void
run(struct cli *cli, const struct programme *programme)
{
	struct filter filter = {
		.programme = programme,
		.emits = cli->tool->emits,
		.postings_only = cli->postings_only,
		.ends_process = !LEAKS_COUNT,
		.posts_late = cli->posts_late,
		.out = &cli->out.writer,
		.open = open_next,
		.reject = reject_line,
		.repeat = cli->repeats ? repeat_line : NULL,
		.progress = cli->progress ? show_progress : NULL,
		.context = cli,
	};
	struct loyalty_error error = { .code = LOYALTY_OK };
	const char *name;
	enum loyalty_status status;

	if (cli->as_of) {
		filter.has_as_of = true;
		filter.as_of_text = slice_of(cli->as_of);
		if (!cli_as_of(cli, programme->zone, &filter.as_of))
			return;
	}
	if (!cli_open_output(cli))
		return;
	status = filter_run(&filter, &name, &error);
	if (status == LOYALTY_BAD && filter.late)
		cli_warn(cli, "with '--late post' it would be posted at that time");
	report(cli, name, &error, status);
}

int
cli_filter(const struct cli_tool *tool, int argc, char *argv[])
{
	struct programme *programme;
	struct cli cli;

	if (cli_start(&cli, tool, NULL, argc, argv) && cli_load_programme(&cli, &programme)) {
		run(&cli, programme);
		programme_free(programme);
	}
	return cli_finish(&cli);
}

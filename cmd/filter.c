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
		name = cli_last_input(cli);
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
		.open = cli_open_next,
		.reject = reject_line,
		.repeat = cli->repeats ? repeat_line : NULL,
		.progress = cli->progress ? cli_progress_input : NULL,
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

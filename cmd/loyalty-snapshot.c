/*
 * loyalty-snapshot - a ledger to a snapshot: what every member has at its end, so that later
 * facts can go on from there.
 */
#include <string.h>

#include "../lib/filter.h"
#include "../lib/snapshot/snapshot.h"
#include "cli.h"
#include "document.h"

struct settings {
	bool touched;
	const char *onto;
};

/* ---- options ---------------------------------------------------------------- */

static bool
set_touched(struct cli *cli, const char *argument)
{
	(void)argument;
	((struct settings *)cli->own)->touched = true;
	return true;
}

static const struct cli_option options[] = {
	{ "touched", 0, NULL, "only who has another state than the ledger began with",
		set_touched },
	{ 0 },
};

/* ---- the run -------------------------------------------------------------------- */

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

static void
show_progress(void *context)
{
	struct cli *cli = context;

	cli_progress(cli, cli->input.lines);
}

static enum loyalty_status
write_snapshot(void *context, struct engine *engine, struct loyalty_error *error)
{
	struct cli *cli = context;
	const struct settings *settings = cli->own;

	return snapshot_write(engine, settings->touched, &cli->out.writer, error);
}

/* Where an input ended too early: the last one, which is closed by then. */
static const char *
last_input(const struct cli *cli)
{
	const char *path = cli->files[cli->file_count - 1];

	return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

static void
fold_ledger(struct cli *cli, const struct programme *programme)
{
	struct filter filter = {
		.programme = programme,
		.emits = DECIDE_ALL,
		.again = write_snapshot,
		.out = &cli->out.writer,
		.open = open_next,
		.progress = cli->progress ? show_progress : NULL,
		.context = cli,
	};
	struct loyalty_error error = { .code = LOYALTY_OK };
	const char *name;
	enum loyalty_status status = filter_run(&filter, &name, &error);

	if (status == LOYALTY_OK || !cli_output_works(cli) || cli->status == EXIT_FAILED)
		return;
	cli_report(cli, name ? name : last_input(cli), &error);
}

int
main(int argc, char *argv[])
{
	static const struct cli_tool tool = {
		.name = "loyalty-snapshot",
		.usage = "[-p programme] [--touched] [ledger ...]",
		.about = "Reads a whole ledger, decides it once more, and writes what every member "
			 "has at its end.",
		.takes = CLI_PROGRAMME | CLI_OUTPUT | CLI_PROGRESS,
		.options = options,
	};
	struct settings settings = { 0 };
	struct programme *programme = NULL;
	struct cli cli;

	if (cli_start(&cli, &tool, &settings, argc, argv) &&
		cli_load_programme(&cli, &programme) && cli_open_output(&cli))
		fold_ledger(&cli, programme);
	programme_free(programme);
	return cli_finish(&cli);
}

/*
 * loyalty-snapshot - a ledger to a snapshot: what every member has at its end, so that later
 * facts can go on from there.
 */
#include <string.h>

#include "../lib/filter.h"
#include "../lib/snapshot/overlay.h"
#include "../lib/snapshot/snapshot.h"
#include "cli.h"
#include "document.h"

struct settings {
	bool touched;
	char *onto; /* the snapshot that a touched one is laid over */
};

/* ---- options ---------------------------------------------------------------- */

static bool
set_touched(struct cli *cli, const char *argument)
{
	(void)argument;
	((struct settings *)cli->own)->touched = true;
	return true;
}

static bool
set_onto(struct cli *cli, const char *argument)
{
	((struct settings *)cli->own)->onto = (char *)(uintptr_t)argument;
	return true;
}

static const struct cli_option options[] = {
	{ "touched", 0, NULL, "only who has another state than the ledger began with",
		set_touched },
	{ "onto", 0, "SNAPSHOT", "lay a snapshot made with --touched over this one", set_onto },
	{ 0 },
};

static bool
check_options(struct cli *cli, const struct settings *settings)
{
	if (settings->touched && settings->onto)
		return cli_stop(cli, EXIT_USAGE, "'--touched' does not go with '--onto'");
	return true;
}

/* ---- the run -------------------------------------------------------------------- */

static enum loyalty_status
write_snapshot(void *context, struct engine *engine, struct loyalty_error *error)
{
	struct cli *cli = context;
	const struct settings *settings = cli->own;

	return snapshot_write(engine, settings->touched, &cli->out.writer, error);
}

static void
fold_ledger(struct cli *cli, const struct programme *programme)
{
	struct filter filter = {
		.programme = programme,
		.emits = DECIDE_ALL,
		.again = write_snapshot,
		.out = &cli->out.writer,
		.open = cli_open_next,
		.progress = cli->progress ? cli_progress_input : NULL,
		.context = cli,
	};
	struct loyalty_error error = { .code = LOYALTY_OK };
	const char *name;
	enum loyalty_status status = filter_run(&filter, &name, &error);

	if (status == LOYALTY_OK || !cli_output_works(cli) || cli->status == EXIT_FAILED)
		return;
	cli_report(cli, name ? name : cli_last_input(cli), &error);
}

/* ---- one snapshot over another ------------------------------------------------- */

/* The one input of a source. */
struct single {
	struct cli_input input;
	bool given;
};

static enum loyalty_status
open_once(void *context, struct lines **lines, struct loyalty_error *error)
{
	struct single *single = context;

	(void)error;
	if (single->given)
		return LOYALTY_END;
	single->given = true;
	*lines = single->input.lines;
	return LOYALTY_OK;
}

static void
lay_over(struct cli *cli, const struct programme *programme, struct single *base,
	struct single *delta)
{
	struct overlay overlay = {
		.programme = programme,
		.base = source_new(programme, open_once, base),
		.delta = source_new(programme, open_once, delta),
		.out = &cli->out.writer,
	};
	struct loyalty_error error = { .code = LOYALTY_OK };
	enum loyalty_status status = LOYALTY_MEMORY;
	const struct lines *lines;

	if (overlay.base && overlay.delta)
		status = overlay_write(&overlay, &error);
	else
		fail_memory(&error);
	lines = overlay.in_delta ? delta->input.lines : base->input.lines;
	if (status == LOYALTY_CORRUPT && error.line == 0)
		error.line = lines_number(lines);
	if (status != LOYALTY_OK && cli_output_works(cli))
		cli_report(cli, lines_name(lines), &error);
	source_free(overlay.base);
	source_free(overlay.delta);
}

static void
lay_snapshots(struct cli *cli, const struct programme *programme)
{
	char *files[] = { ((struct settings *)cli->own)->onto, cli->files[0] };
	char **given = cli->files;
	struct single base = { .input = { .fd = -1 } };
	struct single delta = { .input = { .fd = -1 } };

	if (cli->file_count > 1 || strcmp(files[0], files[1]) == 0) {
		cli_stop(cli, EXIT_USAGE, "'--onto' needs one other snapshot");
		return;
	}
	cli->files = files;
	if (cli_open_input(cli, 0, &base.input) && cli_open_input(cli, 1, &delta.input))
		lay_over(cli, programme, &base, &delta);
	cli->files = given;
	cli_close_input(&base.input);
	cli_close_input(&delta.input);
}

int
main(int argc, char *argv[])
{
	static const struct cli_tool tool = {
		.name = "loyalty-snapshot",
		.usage = "[-p programme] [--touched | --onto snapshot] [file ...]",
		.about =
			"Reads a ledger, decides it once more, writes what every member has at its "
			"end.",
		.takes = CLI_PROGRAMME | CLI_OUTPUT | CLI_PROGRESS,
		.options = options,
	};
	struct settings settings = { 0 };
	struct programme *programme = NULL;
	struct cli cli;

	if (cli_start(&cli, &tool, &settings, argc, argv) && check_options(&cli, &settings) &&
		cli_load_programme(&cli, &programme) && cli_open_output(&cli)) {
		if (settings.onto)
			lay_snapshots(&cli, programme);
		else
			fold_ledger(&cli, programme);
	}
	programme_free(programme);
	return cli_finish(&cli);
}

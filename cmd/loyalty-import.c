/*
 * loyalty-import - a shop's tables to facts: where every log begins.
 */
#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "import/import.h"

struct settings {
	const char *map;
	bool check;
};

static bool
set_map(struct cli *cli, const char *argument)
{
	struct settings *settings = cli->own;

	settings->map = argument;
	return true;
}

static bool
set_check(struct cli *cli, const char *argument)
{
	struct settings *settings = cli->own;

	(void)argument;
	settings->check = true;
	return true;
}

/* ---- the map -------------------------------------------------------------- */

/* Every error of the map on a line of its own. */
static void
report_map(struct cli *cli, const char *path, const struct map_errors *errors)
{
	bool judged = !errors->memory && !cli_starved() && errors->unread.code == LOYALTY_OK;

	for (int i = 0; i < errors->count && judged; i++) {
		const struct map_error *item = &errors->items[i];

		if (item->line)
			cli_error(
				cli, "%s:%lu:%lu: %s", path, item->line, item->column, item->text);
		else
			cli_error(cli, "%s: %s%s%s", path, item->path, item->path[0] ? ": " : "",
				item->text);
	}
	cli->status = EXIT_USAGE;
	if (errors->unread.code != LOYALTY_OK)
		cli_report(cli, NULL, &errors->unread);
	else if (!judged)
		cli_stop(cli, EXIT_FAILED, "out of memory");
}

static struct map *
open_map(struct cli *cli, const char *path)
{
	struct slice text = cli_read_whole(cli, path, false);
	struct map_errors errors;
	struct map *map;

	if (!text.data)
		return NULL;
	map = map_load(text, &errors);
	if (!map)
		report_map(cli, path, &errors);
	map_errors_free(&errors);
	cli_free_whole(text);
	return map;
}

/* ---- the import ------------------------------------------------------------ */

static bool
write_fact(void *context, struct slice line)
{
	struct cli *cli = context;

	writer_put(&cli->out.writer, line);
	writer_line_end(&cli->out.writer);
	return cli_output_works(cli);
}

static bool
take_reject(void *context, const char *file, const struct loyalty_error *error, struct slice row)
{
	return cli_reject(context, file, error, row);
}

static void
report_skipped(struct cli *cli, const struct map *map, const struct import *import)
{
	for (int i = 0; i < map->record_count; i++) {
		uint64_t count = import_skipped(import, i);

		if (count > 0)
			cli_warn(cli, "%" PRIu64 " %s skipped by '%s'", count,
				count == 1 ? "row" : "rows", map->records[i].name.data);
	}
}

static void
import_all(struct cli *cli, const struct map *map)
{
	struct import_sink sink = { cli, write_fact, take_reject, cli->rejects != NULL };
	struct import *import = import_new(map, &sink);
	enum loyalty_status status = LOYALTY_OK;
	struct loyalty_error error = { 0 };
	struct lines *lines;

	if (!import) {
		cli_stop(cli, EXIT_FAILED, "out of memory");
		return;
	}
	while (status == LOYALTY_OK && (lines = cli_next_input(cli)) != NULL) {
		const char *file = cli->files[cli->file_next - 1];

		/* lines_name() would not live until groups end. */
		status = import_file(
			import, cli->input.fd, strcmp(file, "-") == 0 ? "<stdin>" : file, &error);
		if (status != LOYALTY_OK && status != LOYALTY_END)
			cli_report(cli, lines_name(lines), &error);
	}
	if (status == LOYALTY_OK && cli->status == EXIT_DONE) {
		status = import_end(import, &error);
		if (status != LOYALTY_OK && status != LOYALTY_END)
			cli_report(cli, NULL, &error);
	}
	if (status == LOYALTY_OK && cli->status == EXIT_DONE)
		report_skipped(cli, map, import);
	import_free(import);
}

int
main(int argc, char *argv[])
{
	static const struct cli_option options[] = {
		{ "map", 'm', "FILE", "the map: how rows become facts; see loyalty-map(5)",
			set_map },
		{ "check", 0, NULL, "check the map and read nothing", set_check },
		{ 0 },
	};
	static const struct cli_tool tool = {
		.name = "loyalty-import",
		.usage = "-m map [--check] [-o file] [--rejects file] [file ...]",
		.about = "Reads tables of comma-separated values, writes facts.",
		.takes = CLI_OUTPUT | CLI_REJECTS | CLI_UNBUFFERED | CLI_QUIET,
		.options = options,
	};
	struct settings settings = { 0 };
	struct map *map = NULL;
	struct cli cli;

	if (!cli_start(&cli, &tool, &settings, argc, argv))
		return cli_finish(&cli);
	if (settings.map)
		map = open_map(&cli, settings.map);
	else
		cli_stop(&cli, EXIT_USAGE, "no map: give one with '--map'");
	if (map && !settings.check && cli_open_output(&cli))
		import_all(&cli, map);
	map_free(map);
	return cli_finish(&cli);
}

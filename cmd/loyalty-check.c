/*
 * loyalty-check - says whether programme documents are valid, and every reason
 * why not.
 */
#include <string.h>

#include "document.h"
#include "explain.h"
#include "programme.h"
#include "slice.h"

struct check {
	struct cli cli;
	bool explain;
	int explained;
};

/* ---- options --------------------------------------------------------------- */

static bool
set_explain(struct cli *cli, const char *argument)
{
	struct check *check = cli->own;

	(void)argument;
	return check->explain = true;
}

static const struct cli_option options[] = {
	{ "explain", 0, NULL, "write what valid documents say in plain words", set_explain },
	{ 0 },
};

static const struct cli_tool tool = {
	.name = "loyalty-check",
	.usage = "[-q] [--explain] [-o file] [file ...]",
	.about = "Reads programme documents, writes what is wrong with them to standard error.",
	.takes = CLI_OUTPUT | CLI_QUIET,
	.options = options,
};

/* ---- one document ------------------------------------------------------------ */

/* The document is valid, so it is an object; only memory can fail. */
static void
explain(struct check *check, struct slice json)
{
	size_t mark = json.size >= 3 && memcmp(json.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	json_t *document =
		json_loadb(json.data + mark, json.size - mark, JSON_REJECT_DUPLICATES, NULL);

	if (!document) {
		cli_stop(&check->cli, EXIT_FAILED, "out of memory");
		return;
	}
	if (check->explained++ > 0)
		writer_put_char(&check->cli.out.writer, '\n');
	explain_programme(&check->cli.out.writer, document);
	json_decref(document);
}

static void
check_file(struct check *check, const char *file)
{
	struct cli *cli = &check->cli;
	const char *name = strcmp(file, "-") == 0 ? "<stdin>" : file;
	struct programme_errors errors;
	struct programme *programme;
	struct slice json = cli_read_whole(cli, file, true);

	if (!json.data)
		return;
	programme = programme_load(json, &errors);
	for (int i = 0; i < errors.count; i++)
		cli_programme_error(cli, name, &errors.items[i]);
	for (int i = 0; i < errors.warning_count; i++)
		cli_warn(cli, "%s: %s: warning: %s", name, errors.warnings[i].path,
			errors.warnings[i].text);
	if (!programme && errors.count == 0)
		cli_stop(cli, EXIT_FAILED, "out of memory");
	if (programme && check->explain)
		explain(check, json);
	programme_errors_free(&errors);
	programme_free(programme);
	cli_free_whole(json);
}

int
main(int argc, char *argv[])
{
	struct check check = { 0 };

	if (cli_start(&check.cli, &tool, &check, argc, argv) && cli_open_output(&check.cli)) {
		for (int i = 0; i < check.cli.file_count; i++)
			check_file(&check, check.cli.files[i]);
	}
	return cli_finish(&check.cli);
}

/*
 * document.c - the programme that -p or LOYALTY_PROGRAMME names.
 */
#include "document.h"

void
cli_programme_error(struct cli *cli, const char *name, const struct programme_error *error)
{
	if (error->line)
		cli_stop(cli, EXIT_USAGE, "%s:%lu:%lu: %s", name, error->line, error->column,
			error->text);
	else if (error->path[0])
		cli_stop(cli, EXIT_USAGE, "%s: %s: %s", name, error->path, error->text);
	else
		cli_stop(cli, EXIT_USAGE, "%s: %s", name, error->text);
}

bool
cli_load_programme(struct cli *cli, struct programme **programme)
{
	struct programme_errors errors = { 0 };
	struct slice json;

	*programme = NULL;
	if (!cli->programme)
		return cli_stop(cli, EXIT_USAGE,
			"no programme: give '--programme' or set LOYALTY_PROGRAMME");
	json = cli_read_whole(cli, cli->programme, false);
	if (!json.data)
		return false;
	*programme = programme_load(json, &errors);
	cli_free_whole(json);
	for (int i = 0; i < errors.count && !cli_starved(); i++)
		cli_programme_error(cli, cli->programme, &errors.items[i]);
	if (!*programme && (errors.count == 0 || cli_starved()))
		cli_report(cli, NULL, &errors.reason);
	programme_errors_free(&errors);
	return *programme != NULL;
}

/*
 * document.c - the programme that -p or LOYALTY_PROGRAMME names.
 */
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_FIRST = 1 << 16 };

/* Reads all of fd. data NULL: errno says why. */
static struct slice
read_all(int fd)
{
	size_t size = READ_FIRST;
	size_t used = 0;
	char *data = malloc(size);

	while (data) {
		ssize_t got = read(fd, data + used, size - used);
		char *grown;

		if (got == 0)
			break;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int reason = errno;

			free(data);
			errno = reason;
			return (struct slice){ 0 };
		}
		used += (size_t)got;
		if (used < size)
			continue;
		size *= 2;
		grown = realloc(data, size);
		if (!grown)
			free(data);
		data = grown;
	}
	return (struct slice){ data, used };
}

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

/* The whole document. data NULL: it could not be read, which has been said. */
static struct slice
read_document(struct cli *cli)
{
	struct slice json = { 0 };
	int fd = open(cli->programme, O_RDONLY | O_CLOEXEC);

	if (fd == -1) {
		cli_stop(cli, EXIT_FAILED, "cannot open '%s': %s", cli->programme, strerror(errno));
		return json;
	}
	json = read_all(fd);
	if (!json.data)
		cli_stop(cli, EXIT_FAILED, "cannot read '%s': %s", cli->programme, strerror(errno));
	close(fd);
	return json;
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
	json = read_document(cli);
	if (!json.data)
		return false;
	*programme = programme_load(json, &errors);
	free((char *)(uintptr_t)json.data);
	for (int i = 0; i < errors.count; i++)
		cli_programme_error(cli, cli->programme, &errors.items[i]);
	if (!*programme && errors.count == 0)
		cli_stop(cli, EXIT_FAILED, "out of memory");
	programme_errors_free(&errors);
	return *programme != NULL;
}

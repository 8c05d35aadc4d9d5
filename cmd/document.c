/*
 * document.c - the programme that -p or LOYALTY_PROGRAMME names.
 */
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

static void
report_errors(struct cli *cli, const struct programme_errors *errors)
{
	for (int i = 0; i < errors->count; i++) {
		const struct programme_error *found = &errors->items[i];
		struct loyalty_error error = {
			.code = LOYALTY_PROGRAMME, .line = found->line, .column = found->column
		};

		snprintf(error.path, sizeof(error.path), "%s", found->path ? found->path : "");
		snprintf(error.text, sizeof(error.text), "%s", found->text ? found->text : "");
		cli_report(cli, cli->programme, &error);
	}
}

bool
cli_load_programme(struct cli *cli, struct programme **programme)
{
	struct programme_errors errors = { 0 };
	struct slice json = { 0 };
	int fd;

	*programme = NULL;
	if (!cli->programme)
		return cli_stop(cli, EXIT_USAGE,
		        "no programme: give '--programme' or set LOYALTY_PROGRAMME");
	fd = open(cli->programme, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		json = read_all(fd);
		close(fd);
	}
	if (!json.data)
		return cli_stop(
		        cli, EXIT_FAILED, "cannot read '%s': %s", cli->programme, strerror(errno));
	*programme = programme_load(json, &errors);
	free((char *)(uintptr_t)json.data);
	report_errors(cli, &errors);
	if (!*programme && errors.count == 0)
		cli_stop(cli, EXIT_FAILED, "out of memory");
	programme_errors_free(&errors);
	return *programme != NULL;
}

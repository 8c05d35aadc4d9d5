/*
 * import.c - fuzzes loyalty-import's core: a map, a NUL, and a table under it.
 *
 * Without a NUL the input is a table under a map that uses most of the language.
 * Every fact must be a line that Jansson accepts.
 */
#include <jansson.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char standing[] =
	"{\"currency\":\"USD\",\"numbers\":{\"thousands\":\"'\",\"negative\":[\"trailing\","
	"\"parentheses\"]},\"zone\":\"Europe/Berlin\",\"file\":{\"short_rows\":\"pad\"},"
	"\"group\":{\"by\":1,\"fill\":2,\"first\":3},\"records\":[{\"when\":{\"r\":{\"below\":0}},"
	"\"skip\":true},{\"fact\":{\"type\":\"return\",\"at\":{\"time\":3},\"member\":\"{m}\","
	"\"of\":\"{#row}\",\"amount\":{\"money\":[4,5],\"less\":5,\"times\":4,\"sum\":true,"
	"\"round\":\"half-up\"},\"a.b\":{\"number\":4,\"negate\":true},\"items\":{\"q\":"
	"{\"number\":5},\"n\":\"{m}-{r}\"}}}]}";

static bool
take_fact(void *context, struct slice line)
{
	json_t *json = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, NULL);

	(void)context;
	if (!json)
		abort();
	json_decref(json);
	return true;
}

static bool
take_reject(void *context, const char *file, const struct loyalty_error *error, struct slice row)
{
	(void)context;
	return file && error->text[0] && (row.size == 0 || row.data);
}

static void
run(const struct map *map, struct slice table)
{
	struct import_sink sink = { NULL, take_fact, take_reject, true };
	struct import *import = import_new(map, &sink);
	struct loyalty_error error;
	int fd = memfd_create("table", 0);

	if (!import || fd == -1 || write(fd, table.data, table.size) != (ssize_t)table.size ||
		lseek(fd, 0, SEEK_SET) != 0)
		abort();
	if (import_file(import, fd, "table", &error) == LOYALTY_OK)
		import_end(import, &error);
	import_free(import);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice document = { standing, sizeof(standing) - 1 };
	struct slice table = { (const char *)data, size };
	const char *end = size > 0 ? memchr(data, '\0', size) : NULL;
	struct map_errors errors;
	struct map *map;

	if (end) {
		document = (struct slice){ table.data, (size_t)(end - table.data) };
		table = (struct slice){ end + 1, size - document.size - 1 };
	}
	map = map_load(document, &errors);
	if (!map && !end)
		abort();
	if (map)
		run(map, table);
	map_free(map);
	map_errors_free(&errors);
	return 0;
}

/*
 * import.c - fuzzes loyalty-import's core: a map, a NUL, and a table under it.
 *
 * Without a NUL the input is a table under a map that uses most of the language.
 * Every fact must be a line that Jansson accepts.
 */
#include "support/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char standing[] =
	"{\"currency\":\"USD\",\"numbers\":{\"thousands\":\"'\",\"negative\":[\"trailing\","
	"\"parentheses\"]},\"zone\":\"Europe/Berlin\",\"file\":{\"short_rows\":\"pad\"},"
	"\"group\":{\"by\":1,\"fill\":2,\"first\":3},\"records\":[{\"when\":{\"r\":{\"below\":0}},"
	"\"skip\":true},{\"fact\":{\"type\":\"return\",\"at\":{\"time\":3},\"member\":\"{m}\","
	"\"of\":\"{#row}\",\"amount\":{\"money\":[4,5],\"less\":5,\"times\":4,\"sum\":true,"
	"\"round\":\"half-up\"},\"a.b\":{\"number\":4,\"negate\":true},\"items\":{\"q\":"
	"{\"number\":5},\"n\":\"{m}-{r}\"}}}]}";

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
		fuzz_import(map, table);
	map_free(map);
	map_errors_free(&errors);
	return 0;
}

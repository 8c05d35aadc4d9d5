/*
 * table.h - what the targets of imports share: a table under a map. Every fact must be a line
 * that Jansson accepts.
 */
#ifndef FUZZ_TABLE_H
#define FUZZ_TABLE_H

#include <jansson.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import/import.h"

static inline bool
fuzz_take_fact(void *context, struct slice line)
{
	json_t *json = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, NULL);

	(void)context;
	if (!json)
		abort();
	json_decref(json);
	return true;
}

static inline bool
fuzz_take_reject(
	void *context, const char *file, const struct loyalty_error *error, struct slice row)
{
	(void)context;
	return file && error->text[0] && (row.size == 0 || row.data);
}

static inline void
fuzz_import(const struct map *map, struct slice table)
{
	struct import_sink sink = { NULL, fuzz_take_fact, fuzz_take_reject, true };
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

#endif

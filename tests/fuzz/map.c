/*
 * map.c - fuzzes the loader of import maps; one that it takes reads a table.
 */
#include "support/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char table[] = "id,date,time,customer,amount,qty,sku,store,kind\n"
			    "1,2026-01-05,12:30,m1,12.50,1,a,s1,sale\n"
			    "1,2026-01-05,12:30,m1,7.25,2,b,s1,sale\n"
			    "2,05.01.2026,23:59:59,m2,\"1'234,50\",1,\"a \"\"b\"\"\",,sale\n"
			    "3,01/31/2026,1:05 PM,m1,(12.50),-1,a,s2,refund\n"
			    "4,20260131,,,,,,,\n"
			    "5\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct map_errors errors;
	struct map *map = map_load((struct slice){ (const char *)data, size }, &errors);

	if (!map && errors.count == 0)
		abort();
	for (int i = 0; i < errors.count; i++) {
		if (!errors.items[i].text[0] || !errors.items[i].path)
			abort();
	}
	if (map)
		fuzz_import(map, (struct slice){ table, sizeof(table) - 1 });
	map_free(map);
	map_errors_free(&errors);
	return 0;
}

/*
 * digest.c - the name of a programme's content: the same for every way of
 * spacing and escaping it, and whatever its notes say.
 */
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "loader.h"

bool
digest_write(struct loader *loader, char hex[33])
{
	XXH128_hash_t hash;
	char *text;

	for (int i = 0; i < loader->noted_count; i++)
		json_object_del(loader->noted[i], "notes");
	/* The order of keys stays: that of units is the order of what is posted. */
	text = json_dumps(loader->root, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!text)
		return false;
	hash = XXH3_128bits(text, strlen(text));
	free(text);
	snprintf(hex, 33, "%016llx%016llx", (unsigned long long)hash.high64,
		(unsigned long long)hash.low64);
	return true;
}

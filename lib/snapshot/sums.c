/*
 * sums.c - what the openings of a snapshot come to.
 */
#define XXH_INLINE_ALL
#include "sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../wide.h"

struct snapshot_sums {
	int unit_count;
	uint64_t members;
	int128 *units;
	XXH3_state_t *hash;
	char digits[SNAPSHOT_HASH_DIGITS + 1];
};

struct snapshot_sums *
sums_new(const struct programme *programme)
{
	struct snapshot_sums *sums = calloc(1, sizeof(*sums));

	if (!sums)
		return NULL;
	sums->unit_count = programme->unit_count;
	sums->units = calloc((size_t)programme->unit_count + 1, sizeof(*sums->units));
	sums->hash = XXH3_createState();
	if (!sums->units || !sums->hash) {
		sums_free(sums);
		return NULL;
	}
	sums_clear(sums);
	return sums;
}

void
sums_free(struct snapshot_sums *sums)
{
	if (!sums)
		return;
	free(sums->units);
	XXH3_freeState(sums->hash);
	free(sums);
}

void
sums_clear(struct snapshot_sums *sums)
{
	sums->members = 0;
	memset(sums->units, 0, (size_t)sums->unit_count * sizeof(*sums->units));
	XXH3_128bits_reset(sums->hash);
}

void
sums_add(struct snapshot_sums *sums, struct slice line, struct slice key, const int128 *units)
{
	XXH3_128bits_update(sums->hash, line.data, line.size);
	XXH3_128bits_update(sums->hash, "\n", 1);
	if (key.size == 0)
		return;
	sums->members++;
	wide_add_wide(sums->units, units, sums->unit_count);
}

bool
sums_are(const struct snapshot_sums *sums, uint64_t members, const int128 *units)
{
	for (int i = 0; i < sums->unit_count; i++)
		if (sums->units[i] != units[i])
			return false;
	return sums->members == members;
}

uint64_t
sums_members(const struct snapshot_sums *sums)
{
	return sums->members;
}

const char *
sums_hash(struct snapshot_sums *sums)
{
	XXH128_hash_t hash = XXH3_128bits_digest(sums->hash);

	snprintf(sums->digits, sizeof(sums->digits), "%016llx%016llx",
		(unsigned long long)hash.high64, (unsigned long long)hash.low64);
	return sums->digits;
}

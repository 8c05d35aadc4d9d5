/*
 * write.c - the state of an engine becomes a snapshot.
 */
#define XXH_INLINE_ALL
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "../wide.h"
#include "names.h"
#include "snapshot.h"
#include "state.h"

/* One run of writing; lines go through a writer of their own, to be hashed. */
struct writing {
	struct codec codec;
	struct writer line;
	struct writer *out; /* NULL: lines are looked at only */
	XXH3_state_t *whole, *one;
	struct snapshot_head head;
	uint8_t *changed; /* a bit a member, of a touched one */
	char at[INSTANT_TEXT_MAX];
};

static int
take_bytes(void *context, const char *data, size_t size)
{
	struct writing *writing = context;

	XXH3_64bits_update(writing->one, data, size);
	if (writing->out) {
		XXH3_128bits_update(writing->whole, data, size);
		writer_put(writing->out, (struct slice){ data, size });
	}
	return 0;
}

static void
free_writing(struct writing *writing)
{
	names_free(writing->codec.names);
	writer_free(&writing->line);
	XXH3_freeState(writing->whole);
	XXH3_freeState(writing->one);
	snapshot_head_free(&writing->head);
	free(writing->changed);
}

static bool
start_writing(struct writing *writing, struct engine *engine, struct loyalty_error *error)
{
	size_t bytes = members_count(engine->members) / 8 + 1;
	bool room = writer_init_sink(&writing->line, take_bytes, writing);

	writing->codec = (struct codec){ .engine = engine, .error = error };
	writing->codec.names = names_new(engine->programme);
	writing->whole = XXH3_createState();
	writing->one = XXH3_createState();
	writing->changed = calloc(bytes, 1);
	room = snapshot_head_init(&writing->head, engine->programme) && room;
	if (!room || !writing->codec.names || !writing->whole || !writing->one || !writing->changed)
		return false;
	XXH3_128bits_reset(writing->whole);
	codec_write(&writing->codec, &writing->line);
	return true;
}

/* The hash of the member's opening as it would be written, without its line feed. */
static uint64_t
write_member(struct writing *writing, struct member *member, const int128 *units)
{
	XXH3_64bits_reset(writing->one);
	write_opening(&writing->codec, member, units);
	writer_flush(&writing->line);
	scratch_reset(&writing->codec.engine->scratch);
	return XXH3_64bits_digest(writing->one);
}

/* ---- totals ---------------------------------------------------------------------------- */

/* Whether the member's opening is another than the one they came with. */
static bool
has_changed(struct writing *writing, struct member *member, const int128 *units)
{
	const uint64_t *opened = balances_opened(writing->codec.engine->balances, member);

	return opened && *opened != write_member(writing, member, units);
}

static void
count_member(struct writing *writing, struct member *member, const int128 *units, bool touched)
{
	const struct programme *programme = writing->codec.engine->programme;
	struct snapshot_head *head = &writing->head;

	head->whole_members++;
	wide_add_wide(head->whole_units, units, programme->unit_count);
	if (touched && !has_changed(writing, member, units))
		return;
	writing->changed[member->index / 8] |= (uint8_t)(1U << member->index % 8);
	head->members++;
	wide_add_wide(head->units, units, programme->unit_count);
}

static enum loyalty_status
count_members(struct writing *writing, bool touched)
{
	struct engine *engine = writing->codec.engine;
	instant latest = engine->tick_facts->clock;

	for (uint32_t i = 0; i < members_count(engine->members); i++) {
		struct member *member = members_at(engine->members, i);
		const int128 *units = balances_of(engine->balances, member);

		if (!units)
			return fail_memory(writing->codec.error);
		count_member(writing, member, units, touched);
		if (member->clock > latest)
			latest = member->clock;
	}
	if (latest != INSTANT_ALWAYS)
		writing->head.at = (struct slice){ writing->at,
			instant_format(engine->programme->zone, latest, writing->at) };
	writing->head.touched = touched;
	return LOYALTY_OK;
}

/* ---- the whole -------------------------------------------------------------------------- */

static void
put_end(struct writing *writing)
{
	XXH128_hash_t hash = XXH3_128bits_digest(writing->whole);
	char digits[SNAPSHOT_HASH_DIGITS + 1];

	snprintf(digits, sizeof(digits), "%016llx%016llx", (unsigned long long)hash.high64,
		(unsigned long long)hash.low64);
	snapshot_put_end(writing->codec.engine->programme, &writing->head, digits, writing->out);
}

static enum loyalty_status
write_all(struct writing *writing, struct writer *out)
{
	struct engine *engine = writing->codec.engine;

	writing->out = out;
	snapshot_put_begin(engine->programme, &writing->head, out);
	XXH3_64bits_reset(writing->one);
	write_common(&writing->codec);
	writer_flush(&writing->line);
	for (uint32_t i = 0; i < members_count(engine->members) && !out->error; i++) {
		struct member *member = members_at(engine->members, i);

		if (writing->changed[i / 8] >> i % 8 & 1)
			(void)write_member(writing, member, balances_of(engine->balances, member));
	}
	if (writing->codec.failed || engine->scratch.failed || writing->line.error)
		return fail_memory(writing->codec.error);
	put_end(writing);
	return out->error ? LOYALTY_IO : LOYALTY_OK;
}

enum loyalty_status
snapshot_write(struct engine *engine, bool touched, struct writer *out, struct loyalty_error *error)
{
	struct writing writing = { 0 };
	enum loyalty_status status = LOYALTY_OK;

	if (!start_writing(&writing, engine, error))
		status = fail_memory(error);
	if (status == LOYALTY_OK)
		status = count_members(&writing, touched);
	if (status == LOYALTY_OK)
		status = write_all(&writing, out);
	free_writing(&writing);
	return status;
}

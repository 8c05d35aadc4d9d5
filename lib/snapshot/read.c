/*
 * read.c - openings become the state of an engine.
 */
#define XXH_INLINE_ALL
#include <stdlib.h>
#include <xxhash.h>

#include "../wide.h"
#include "names.h"
#include "references.h"
#include "snapshot.h"
#include "state.h"
#include "sums.h"

struct openings {
	struct codec codec;
	struct snapshot_sums *sums; /* of this section's */
	instant ticked;             /* before this section */
	uint32_t known;             /* members of the sections before this one */
	bool named;                 /* an opening without member has been read in this section */
	bool unsettled;             /* members have been read since references were settled */
	XXH3_state_t *line;         /* to hash one */
};

struct openings *
openings_new(struct engine *engine, struct loyalty_error *error)
{
	struct openings *openings = calloc(1, sizeof(*openings));

	if (!openings)
		return NULL;
	openings->codec = (struct codec){ .engine = engine, .error = error };
	openings->codec.names = names_new(engine->programme);
	openings->codec.references = references_new();
	openings->sums = sums_new(engine->programme);
	openings->line = XXH3_createState();
	if (!openings->codec.names || !openings->codec.references || !openings->sums ||
		!openings->line) {
		openings_free(openings);
		return NULL;
	}
	openings_section(openings, false);
	return openings;
}

void
openings_free(struct openings *openings)
{
	if (!openings)
		return;
	names_free(openings->codec.names);
	references_free(openings->codec.references);
	sums_free(openings->sums);
	XXH3_freeState(openings->line);
	free(openings);
}

void
openings_section(struct openings *openings, bool changed)
{
	sums_clear(openings->sums);
	openings->known = members_count(openings->codec.engine->members);
	openings->ticked = INSTANT_ALWAYS;
	openings->named = false;
	openings->codec.changed = changed;
}

instant
openings_ticked(const struct openings *openings)
{
	return openings->ticked;
}

struct snapshot_sums *
openings_sums(struct openings *openings)
{
	return openings->sums;
}

static enum loyalty_status
status_of(const struct openings *openings)
{
	return openings->codec.failed ? openings->codec.error->code : LOYALTY_OK;
}

/* ---- an opening of nobody ------------------------------------------------------------- */

static enum loyalty_status
take_common(struct openings *openings, const struct record *record)
{
	openings->named = true;
	(void)read_common(&openings->codec, record, &openings->ticked);
	return status_of(openings);
}

/* ---- an opening of a member ------------------------------------------------------------- */

/* A member who was there before has in the ledger what the opening says. */
static enum loyalty_status
hold_against(struct openings *openings, const struct member *member, const int128 *units)
{
	struct engine *engine = openings->codec.engine;
	const int128 *balance;

	if (!engine->balances)
		return LOYALTY_OK;
	balance = balances_of(engine->balances, member);
	if (!balance)
		return fail_memory(openings->codec.error);
	for (int i = 0; i < engine->programme->unit_count; i++)
		if (balance[i] != units[i])
			return fail_at(openings->codec.error, LOYALTY_CORRUPT, "units",
				"the member has another balance in the ledger before");
	return LOYALTY_OK;
}

/* Notes what the member came with, where somebody will ask. */
static bool
note_balance(struct openings *openings, const struct member *member, const int128 *units,
	struct slice line)
{
	struct engine *engine = openings->codec.engine;
	int128 *balance;
	uint64_t *opened;

	if (!engine->balances)
		return true;
	balance = balances_of(engine->balances, member);
	opened = balance ? balances_opened(engine->balances, member) : NULL;
	if (!opened)
		return false;
	XXH3_64bits_reset(openings->line);
	XXH3_64bits_update(openings->line, line.data, line.size);
	XXH3_64bits_update(openings->line, "\n", 1);
	*opened = XXH3_64bits_digest(openings->line);
	memcpy(balance, units, (size_t)engine->programme->unit_count * sizeof(*balance));
	return true;
}

static enum loyalty_status
take_new(struct openings *openings, const struct record *record, struct slice line,
	struct slice key, const int128 *units)
{
	struct codec *codec = &openings->codec;

	openings->unsettled = true;
	if (!read_opening(codec, record, key))
		return codec->engine->status != LOYALTY_OK ? codec->engine->status
							   : status_of(openings);
	wide_add_wide(codec->engine->sums, units, codec->engine->programme->unit_count);
	if (!note_balance(openings, codec->member, units, line))
		return fail_memory(codec->error);
	return LOYALTY_OK;
}

static enum loyalty_status
take_member(struct openings *openings, const struct record *record, struct slice line,
	struct slice key, bool head)
{
	struct codec *codec = &openings->codec;
	struct engine *engine = codec->engine;
	int count = engine->programme->unit_count;
	int128 *units = scratch_take(&engine->scratch, (size_t)count * sizeof(*units) + 1);
	const struct member *member = members_find(engine->members, key);
	enum loyalty_status status;

	if (!units)
		return fail_memory(codec->error);
	if (head && member && member->index >= openings->known)
		return fail_at(
			codec->error, LOYALTY_CORRUPT, "member", "the member has two openings");
	status = snapshot_read_units(
		engine->programme, record_value(record, FIELD_UNITS), units, codec->error);
	if (status == LOYALTY_OK)
		status = member ? hold_against(openings, member, units)
				: take_new(openings, record, line, key, units);
	if (status != LOYALTY_OK)
		return status;
	sums_add(openings->sums, line, key, units);
	if (head || !member)
		wide_add_wide(engine->copied, units, count);
	return LOYALTY_OK;
}

enum loyalty_status
openings_take(struct openings *openings, const struct record *record, struct slice line, bool head)
{
	struct codec *codec = &openings->codec;
	const struct value *key = record_value(record, FIELD_MEMBER);

	if (key->kind == VALUE_ABSENT) {
		sums_add(openings->sums, line, SLICE(""), NULL);
		return take_common(openings, record);
	}
	if (!openings->named)
		return fail(codec->error, LOYALTY_CORRUPT,
			"an opening of a member before the one without member");
	if (key->kind != VALUE_STRING || key->text.size == 0)
		return fail_at(codec->error, LOYALTY_CORRUPT, "member", "expected a string");
	return take_member(
		openings, record, line, value_decoded(key, &codec->engine->scratch), head);
}

enum loyalty_status
openings_settle(struct openings *openings)
{
	if (!openings->unsettled)
		return LOYALTY_OK;
	openings->unsettled = false;
	(void)references_settle(&openings->codec);
	references_free(openings->codec.references);
	openings->codec.references = references_new();
	if (!openings->codec.references)
		return fail_memory(openings->codec.error);
	return status_of(openings);
}

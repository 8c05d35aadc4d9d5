/*
 * overlay.c - a snapshot of who has changed, laid over the one that it goes on from.
 *
 * The delta is held in memory, by member; the base passes by. What the whole comes to is what
 * the delta says of it, or the two do not belong together.
 */
#include "overlay.h"

#include <stdlib.h>
#include <string.h>

#include "snapshot.h"
#include "sums.h"

/* An opening of the delta. */
struct kept {
	char *line;
	size_t size;
	int128 *units;
	bool written;
};

struct laying {
	struct overlay *overlay;
	struct loyalty_error *error;
	struct members *members; /* those of the delta, in the order of their lines */
	struct scratch scratch;
	struct kept *kept; /* of those members */
	size_t kept_count, kept_capacity;
	struct kept common; /* of nobody */
	struct snapshot_head base, delta;
	char at[INSTANT_TEXT_MAX]; /* of the delta's head */
	struct snapshot_sums *read, *written;
};

static enum loyalty_status
corrupt(struct laying *laying, const char *text)
{
	return fail(laying->error, LOYALTY_CORRUPT, "%s", text);
}

/* ---- snapshots that pass by ---------------------------------------------------------- */

static enum loyalty_status
begin(struct laying *laying, struct source *source, struct snapshot_head *head)
{
	enum loyalty_status status = source_peek(source, laying->error);

	if (status == LOYALTY_END ||
		(status == LOYALTY_OK && source_type(source) != RECORD_SNAPSHOT_BEGIN))
		return corrupt(laying, "not a snapshot: it does not begin with 'snapshot_begin'");
	if (status != LOYALTY_OK)
		return status == LOYALTY_BAD ? LOYALTY_CORRUPT : status;
	status = snapshot_begin_read(
		laying->overlay->programme, source_record(source), head, laying->error);
	if (status == LOYALTY_OK && head->changed)
		return corrupt(laying, "the snapshot was made under another programme, or another "
				       "version of it");
	return status;
}

/* Takes an opening; the member's key is empty for that of nobody. */
typedef enum loyalty_status take(
	struct laying *laying, struct slice line, struct slice key, const int128 *units);

static enum loyalty_status
pass_opening(struct laying *laying, const struct source *source, take *take_one)
{
	const struct programme *programme = laying->overlay->programme;
	const struct record *record = source_record(source);
	size_t count = (size_t)programme->unit_count + 1;
	int128 *units = scratch_take(&laying->scratch, count * sizeof(*units));
	struct slice key = value_decoded(record_value(record, FIELD_MEMBER), &laying->scratch);
	enum loyalty_status status;

	if (!units)
		return fail_memory(laying->error);
	status = snapshot_read_units(
		programme, record_value(record, FIELD_UNITS), units, laying->error);
	if (status != LOYALTY_OK)
		return status;
	sums_add(laying->read, source_line(source), key, units);
	return take_one(laying, source_line(source), key, units);
}

/* Its openings, up to its end, which says what has passed by. */
static enum loyalty_status
pass(struct laying *laying, struct source *source, const struct snapshot_head *head, take *take_one)
{
	source_take(source);
	sums_clear(laying->read);
	for (;;) {
		enum loyalty_status status = source_peek(source, laying->error);

		if (status == LOYALTY_END)
			return corrupt(laying, "the snapshot was cut off: it has no end");
		if (status != LOYALTY_OK)
			return status == LOYALTY_BAD ? LOYALTY_CORRUPT : status;
		if (source_type(source) == RECORD_SNAPSHOT_END)
			return snapshot_end_check(laying->overlay->programme, source_record(source),
				head, laying->read, laying->error);
		if (source_type(source) != RECORD_OPENING)
			return corrupt(laying, "a record that does not belong inside a snapshot");
		status = pass_opening(laying, source, take_one);
		if (status != LOYALTY_OK)
			return status;
		scratch_reset(&laying->scratch);
		source_take(source);
	}
}

/* ---- the delta ------------------------------------------------------------------------- */

static bool
copy_opening(const struct programme *programme, struct kept *kept, struct slice line,
	const int128 *units)
{
	size_t size = (size_t)programme->unit_count * sizeof(*units);

	*kept = (struct kept){ malloc(line.size + 1), line.size, malloc(size + 1), false };
	if (!kept->line || !kept->units)
		return false;
	memcpy(kept->line, line.data, line.size);
	memcpy(kept->units, units, size);
	return true;
}

static enum loyalty_status
keep_opening(struct laying *laying, struct slice line, struct slice key, const int128 *units)
{
	const struct programme *programme = laying->overlay->programme;
	const struct member *member;

	if (key.size == 0)
		return copy_opening(programme, &laying->common, line, units)
			       ? LOYALTY_OK
			       : fail_memory(laying->error);
	if (laying->kept_count == laying->kept_capacity) {
		size_t capacity = laying->kept_capacity ? laying->kept_capacity * 2 : 1024;
		struct kept *kept = realloc(laying->kept, capacity * sizeof(*kept));

		if (!kept)
			return fail_memory(laying->error);
		laying->kept = kept;
		laying->kept_capacity = capacity;
	}
	member = members_add(laying->members, key, 0);
	if (!member)
		return fail_memory(laying->error);
	if (member->index != laying->kept_count)
		return corrupt(laying, "a member has two openings");
	return copy_opening(programme, &laying->kept[laying->kept_count++], line, units)
		       ? LOYALTY_OK
		       : fail_memory(laying->error);
}

static enum loyalty_status
read_delta(struct laying *laying)
{
	struct overlay *overlay = laying->overlay;
	struct snapshot_head *head = &laying->delta;
	enum loyalty_status status = begin(laying, overlay->delta, head);

	if (status != LOYALTY_OK)
		return status;
	if (!head->touched)
		return corrupt(laying, "the snapshot is a whole one: it needs no other");
	if (head->at.size > sizeof(laying->at))
		return corrupt(laying, "its time is not one");
	if (head->at.size)
		memcpy(laying->at, head->at.data, head->at.size);
	head->at.data = laying->at;
	return pass(laying, overlay->delta, head, keep_opening);
}

/* ---- the whole --------------------------------------------------------------------------- */

static enum loyalty_status
put_opening(struct laying *laying, struct slice line, struct slice key, const int128 *units)
{
	sums_add(laying->written, line, key, units);
	writer_put(laying->overlay->out, line);
	writer_line_end(laying->overlay->out);
	return laying->overlay->out->error ? LOYALTY_IO : LOYALTY_OK;
}

static enum loyalty_status
put_kept(struct laying *laying, struct kept *kept, struct slice key)
{
	kept->written = true;
	return put_opening(laying, (struct slice){ kept->line, kept->size }, key, kept->units);
}

static enum loyalty_status
put_instead(struct laying *laying, struct slice line, struct slice key, const int128 *units)
{
	const struct member *member;

	if (key.size == 0)
		return laying->common.line ? put_kept(laying, &laying->common, key) : LOYALTY_OK;
	member = members_find(laying->members, key);
	if (!member)
		return put_opening(laying, line, key, units);
	if (laying->kept[member->index].written)
		return corrupt(laying, "a member has two openings");
	return put_kept(laying, &laying->kept[member->index], key);
}

static enum loyalty_status
write_whole(struct laying *laying)
{
	struct overlay *overlay = laying->overlay;
	struct snapshot_head whole = { .at = laying->delta.at,
		.members = laying->delta.whole_members,
		.units = laying->delta.whole_units };
	enum loyalty_status status = begin(laying, overlay->base, &laying->base);

	if (status == LOYALTY_OK && laying->base.touched)
		return corrupt(
			laying, "the snapshot that it is to be laid over is not a whole one");
	if (status != LOYALTY_OK)
		return status;
	snapshot_put_begin(overlay->programme, &whole, overlay->out);
	status = pass(laying, overlay->base, &laying->base, put_instead);
	for (uint32_t i = 0; status == LOYALTY_OK && i < laying->kept_count; i++)
		if (!laying->kept[i].written)
			status = put_kept(
				laying, &laying->kept[i], members_at(laying->members, i)->key);
	if (status != LOYALTY_OK)
		return status;
	if (!sums_are(laying->written, whole.members, whole.units))
		return corrupt(laying, "the snapshots do not belong together: they do not come to "
				       "what the ledger of the second came to");
	snapshot_put_end(overlay->programme, &whole, sums_hash(laying->written), overlay->out);
	return LOYALTY_OK;
}

static void
free_kept(struct kept *kept)
{
	free(kept->line);
	free(kept->units);
}

static void
free_laying(struct laying *laying)
{
	for (size_t i = 0; i < laying->kept_count; i++)
		free_kept(&laying->kept[i]);
	free_kept(&laying->common);
	free(laying->kept);
	members_free(laying->members);
	scratch_free(&laying->scratch);
	snapshot_head_free(&laying->base);
	snapshot_head_free(&laying->delta);
	sums_free(laying->read);
	sums_free(laying->written);
}

enum loyalty_status
overlay_write(struct overlay *overlay, struct loyalty_error *error)
{
	const struct programme *programme = overlay->programme;
	struct laying laying = { .overlay = overlay, .error = error };
	enum loyalty_status status;
	bool heads = snapshot_head_init(&laying.base, programme);

	heads = snapshot_head_init(&laying.delta, programme) && heads;
	laying.members = members_new(programme);
	laying.read = sums_new(programme);
	laying.written = sums_new(programme);
	overlay->in_delta = true;
	if (!heads || !laying.members || !laying.read || !laying.written)
		status = fail_memory(error);
	else
		status = read_delta(&laying);
	if (status == LOYALTY_OK) {
		overlay->in_delta = false;
		status = write_whole(&laying);
	}
	free_laying(&laying);
	return status;
}

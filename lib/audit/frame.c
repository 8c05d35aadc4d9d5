/*
 * frame.c - begin and end: what they promise of the records between them.
 */
#include "state.h"

static bool
is_number(const struct value *value, int64_t *number)
{
	return value->kind == VALUE_NUMBER && decimal_parse(value->text, 0, number) == DECIMAL_OK &&
	       *number >= 0;
}

static unsigned
read_deciders(struct audit *audit)
{
	const struct value *list = column(audit, COLUMN_DECIDERS);
	struct slice rest = list->text;
	struct value element;
	unsigned deciders = 0;

	if (list->kind != VALUE_ARRAY) {
		anomaly(audit, "frame: expected a list of deciders");
		return DECIDE_ALL;
	}
	while (value_next_element(&rest, &element)) {
		struct slice name = text_of(audit, &element);
		int i = 0;

		while (i < DECIDER_COUNT &&
			!slice_equal(name, slice_of(decider_name((enum decider)(1 << i)))))
			i++;
		if (i == DECIDER_COUNT || deciders >> i)
			anomaly(audit, "frame: the deciders are not some of earn, tier, redeem, "
				       "expire in this order");
		else
			deciders |= 1U << i;
	}
	return deciders;
}

/* A ledger that began with a snapshot of another version says so. */
static bool
is_changed(struct audit *audit)
{
	const struct value *opened = column(audit, COLUMN_OPENED);
	struct slice rest = opened->text;
	struct value key;
	struct value value;

	while (opened->kind == VALUE_OBJECT && value_next_member(&rest, &key, &value))
		if (slice_equal(key.text, SLICE("changed")))
			return value.kind == VALUE_TRUE;
	return false;
}

static void
check_programme(struct audit *audit)
{
	struct slice digest = text_of(audit, column(audit, COLUMN_DIGEST));
	struct slice name = text_of(audit, column(audit, COLUMN_PROGRAMME));
	bool first = !audit->digest.data;
	char *copy;

	audit->of_programme = false;
	if (!digest.size || !name.data) {
		anomaly(audit, "frame: expected the programme and its digest");
		return;
	}
	if (audit->programme && !slice_equal(digest, slice_of(audit->programme->digest)))
		anomaly(audit, "programme: the ledger is of '%.*s', %.*s, not of '%.*s', %s",
			SHOW(name), SHOW(digest), SHOW(audit->programme->name),
			audit->programme->digest);
	else if (!first && !slice_equal(digest, audit->digest) && !is_changed(audit))
		anomaly(audit, "programme: the ledger before is of another programme, %.*s",
			SHOW(audit->digest));
	else
		audit->of_programme = audit->programme;
	if (!first && slice_equal(digest, audit->digest))
		return;
	copy = arena_alloc(audit->arena, digest.size);
	if (copy)
		memcpy(copy, digest.data, digest.size);
	audit->digest = (struct slice){ copy, digest.size };
	audit->no_memory |= !copy;
}

enum loyalty_status
audit_frame_begin(struct audit *audit)
{
	const struct value *version = column(audit, COLUMN_VERSION);

	if (audit->begun)
		anomaly(audit, "frame: 'begin' before the 'end' of a section");
	if (version->kind != VALUE_NUMBER || !slice_equal(version->text, SLICE("1")))
		anomaly(audit, "frame: expected version 1");
	check_programme(audit);
	audit->snapshot = audit->line.type == RECORD_SNAPSHOT_BEGIN;
	audit->deciders = audit->snapshot ? DECIDE_ALL : read_deciders(audit);
	audit->begun = audit->head = true;
	audit->section++;
	audit->no_memory |= !audit_keep_opened(audit, column(audit, COLUMN_OPENED));
	audit_begin_openings(audit);
	audit->postings_only = column(audit, COLUMN_POSTINGS_ONLY)->kind == VALUE_TRUE;
	audit->late = slice_equal(text_of(audit, column(audit, COLUMN_LATE)), SLICE("post"));
	memset(audit->counts, 0, sizeof(audit->counts));
	for (int unit = 0; unit < audit->unit_count; unit++)
		audit->units[unit].total = 0;
	audit->floored = audit->ticked = audit->sweeping = false;
	audit->latest = INSTANT_ALWAYS;
	audit->agenda.has_fact = false;
	audit->agenda.group = GROUP_NONE;
	audit->agenda.due_member = 0;
	return LOYALTY_OK;
}

/* ---- end ------------------------------------------------------------------------ */

static void
check_counts(struct audit *audit)
{
	const struct value *counts = column(audit, COLUMN_COUNTS);
	int64_t stated[RECORD_TYPES] = { 0 };
	struct slice rest = counts->text;
	struct value key;
	struct value number;

	if (counts->kind != VALUE_OBJECT) {
		anomaly(audit, "frame: expected 'counts'");
		return;
	}
	while (value_next_member(&rest, &key, &number)) {
		struct slice name = text_of(audit, &key);
		enum record_type type = record_type_of(name);

		if (!is_number(&number, &stated[type]) || (int)type >= COUNTED_TYPES ||
			(type == RECORD_OTHER && !slice_equal(name, SLICE("other"))))
			anomaly(audit, "frame: 'counts' has a '%.*s' that is no count", SHOW(name));
	}
	for (int i = 0; i < COUNTED_TYPES; i++) {
		enum record_type type = (enum record_type)i;

		/* The facts that a ledger of postings only was made of are not in it. */
		if (audit->postings_only && (is_fact(type) || type == RECORD_OTHER))
			continue;
		if ((uint64_t)stated[i] != audit->counts[i])
			anomaly(audit, "frame: 'end' counts %lld of '%s', and there are %llu",
				(long long)stated[i],
				type == RECORD_OTHER ? "other" : record_type_name(type),
				(unsigned long long)audit->counts[i]);
	}
}

static void
check_totals(struct audit *audit)
{
	int128 stated[AUDIT_UNITS] = { 0 };
	uint64_t named;

	if (column(audit, COLUMN_UNITS)->kind == VALUE_ABSENT)
		anomaly(audit, "frame: expected 'units'");
	if (!audit_read_sums(audit, column(audit, COLUMN_UNITS), stated, &named))
		return;
	for (int unit = 0; unit < audit->unit_count; unit++) {
		char said[AMOUNT_TEXT_MAX];
		char found[AMOUNT_TEXT_MAX];

		if (stated[unit] != audit->units[unit].total)
			anomaly(audit, "units: 'end' says %s, and the postings make %s",
				amount_text(audit, unit, stated[unit], said),
				amount_text(audit, unit, audit->units[unit].total, found));
		else if (!(named >> unit & 1) && audit->of_programme)
			anomaly(audit, "units: 'end' says nothing of '%.*s'",
				SHOW(audit->units[unit].name));
	}
}

void
audit_frame_end(struct audit *audit)
{
	int64_t number;

	audit_close_agenda(audit);
	audit_settle_merge(audit);
	if (audit->agenda.due_member)
		anomaly_at(audit, audit->agenda.due_line,
			"time: what time caused for '%.*s' stands before no record of theirs",
			SHOW(audit->members[audit->agenda.due_member - 1].key));
	check_counts(audit);
	check_totals(audit);
	if (!is_number(column(audit, COLUMN_REPEATS), &number) ||
		!is_number(column(audit, COLUMN_REJECTED), &number))
		anomaly(audit, "frame: expected the numbers 'repeats' and 'rejected'");
	audit->begun = false;
	audit->ended = true;
}

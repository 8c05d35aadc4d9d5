/*
 * openings.c - snapshots and the openings that they leave in a ledger: what a member has before
 * anything is posted, or, where the ledger has had the member before, must have by now.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "state.h"

#include <stdio.h>
#include <stdlib.h>

enum { HASH_DIGITS = 32 };

/* ---- lots ------------------------------------------------------------------------------- */

/* What `lots` and the state say of each unit. */
struct sums {
	int128 units[AUDIT_UNITS];  /* of `units` */
	int128 lots[AUDIT_UNITS];   /* of `lots`, debt and all */
	int128 stated[AUDIT_UNITS]; /* of the lots and debts in the state */
	uint64_t with_lots;
};

static void
read_state_lots(struct audit *audit, const struct value *state, struct sums *sums)
{
	struct value lots = state_value(state, "lots");
	struct slice rest = lots.text;
	struct value element;

	while (state_next_object(&lots, &rest, &element)) {
		struct slice name = state_text(audit, &element, "lot");
		int unit = state_unit(audit, &element);
		int64_t left = state_count(audit, &element, "left");
		uint32_t member = audit->line.member_index;
		struct audit_lot *lot;

		if (!name.data || unit < 0) {
			anomaly(audit, "opening: a lot without a name, or of no unit");
			continue;
		}
		lot = audit_find_lot(audit, member, unit, audit_hash(name));
		if (!lot)
			lot = audit_add_lot(audit, member, unit, audit_hash(name));
		if (!lot)
			return;
		if (add_overflows(lot->left, left, &lot->left))
			anomaly(audit, "opening: it cannot be counted");
		sums->stated[unit] += left;
		lot->usable = state_time(audit, &element, "usable", INSTANT_ALWAYS);
		lot->until = state_time(audit, &element, "until", INSTANT_NEVER);
	}
}

static void
read_state_debts(struct audit *audit, const struct value *state, struct sums *sums)
{
	struct value debts = state_value(state, "debts");
	struct slice rest = debts.text;
	struct value element;

	while (state_next_object(&debts, &rest, &element)) {
		int unit = state_unit(audit, &element);

		if (unit < 0)
			anomaly(audit, "opening: a debt of no unit");
		else
			sums->stated[unit] -= state_count(audit, &element, "amount");
	}
}

/* What was taken unnamed so far is known now. */
static void
settle_lot(struct audit *audit, struct holding *holding, struct slice name, int64_t *left,
	int64_t stated, bool known)
{
	char here[AMOUNT_TEXT_MAX];
	char there[AMOUNT_TEXT_MAX];
	int64_t gone = 0;

	if (known && (__builtin_sub_overflow(*left, stated, &gone) || gone < 0 ||
			     gone > holding->unnamed)) {
		if (!holding->doubtful)
			anomaly(audit, "opening: '%.*s' of '%.*s' has %s here, and %s before it",
				SHOW(name), SHOW(audit->line.member),
				amount_text(audit, holding->unit, stated, here),
				amount_text(audit, holding->unit, *left, there));
		holding->doubtful = true;
		gone = 0;
	}
	holding->unnamed -= gone;
	*left = stated;
}

/* known: the ledger has had the member; else the state says the same of lots. */
static void
read_lot(struct audit *audit, struct slice name, int unit, int64_t stated, bool known)
{
	uint32_t member = audit->line.member_index;
	struct holding *holding = audit_holding(audit, member, unit);
	struct audit_lot *lot = audit_find_lot(audit, member, unit, audit_hash(name));

	if (!holding)
		return;
	if (slice_equal(name, SLICE("debt"))) {
		settle_lot(audit, holding, name, &holding->debt, stated, known);
		return;
	}
	if (!known && (!lot || lot->left != stated))
		anomaly(audit, "opening: '%.*s' of '%.*s' is another in its state", SHOW(name),
			SHOW(audit->line.member));
	if (!lot)
		lot = audit_add_lot(audit, member, unit, audit_hash(name));
	if (lot)
		settle_lot(audit, holding, name, &lot->left, stated, known);
}

static void
read_lots(struct audit *audit, struct sums *sums, bool known)
{
	const struct value *lots = column(audit, COLUMN_LOTS);
	struct slice rest = lots->text;
	struct value key;
	struct value units;

	while (lots->kind == VALUE_OBJECT && value_next_member(&rest, &key, &units)) {
		struct slice name = text_of(audit, &key);
		int64_t amounts[AUDIT_UNITS] = { 0 };
		uint64_t named;

		audit_read_units(audit, &units, amounts, &named);
		sums->with_lots |= named;
		for (; named; named &= named - 1) {
			int unit = __builtin_ctzll(named);

			sums->lots[unit] += amounts[unit];
			read_lot(audit, name, unit, amounts[unit], known);
			if ((amounts[unit] < 0) != slice_equal(name, SLICE("debt")))
				anomaly(audit, "opening: '%.*s' of '%.*s' is %s zero", SHOW(name),
					SHOW(audit->line.member),
					amounts[unit] < 0 ? "below" : "not below");
		}
	}
}

/* ---- units -------------------------------------------------------------------------------- */

/* The parts make the whole. */
static void
check_sums(struct audit *audit, const struct sums *sums, bool known)
{
	for (int unit = 0; unit < audit->unit_count; unit++) {
		struct audit_unit *of = &audit->units[unit];
		char said[AMOUNT_TEXT_MAX];
		char made[AMOUNT_TEXT_MAX];

		if (sums->with_lots >> unit & 1 && of->kind == UNIT_UNKNOWN)
			of->kind = UNIT_OF_LOTS;
		amount_text(audit, unit, sums->lots[unit], made);
		if (of->kind == UNIT_OF_LOTS && sums->lots[unit] != sums->units[unit])
			anomaly(audit, "opening: the lots of '%.*s' make %s, and the units are %s",
				SHOW(audit->line.member), made,
				amount_text(audit, unit, sums->units[unit], said));
		else if (!known && sums->stated[unit] != sums->lots[unit])
			anomaly(audit, "opening: the lots of '%.*s' make %s, and its state %s",
				SHOW(audit->line.member), made,
				amount_text(audit, unit, sums->stated[unit], said));
	}
}

static void
open_unit(struct audit *audit, int unit, int128 stated, bool known, bool counted)
{
	struct holding *holding = audit_holding(audit, audit->line.member_index, unit);
	char here[AMOUNT_TEXT_MAX];
	char there[AMOUNT_TEXT_MAX];

	if (!holding)
		return;
	if (known && holding->balance != stated) {
		anomaly(audit, "opening: '%.*s' has %s here, and %s before it",
			SHOW(audit->line.member), amount_text(audit, unit, stated, here),
			amount_text(audit, unit, holding->balance, there));
		holding->doubtful = true;
	}
	holding->balance = stated;
	if (counted)
		audit->units[unit].total += stated;
	audit->units[unit].opened += stated;
}

/* What no postings of a member come to is nothing, so that it can be added up. */
static void
read_units(struct audit *audit, int128 *units, uint64_t *named)
{
	audit_read_sums(audit, column(audit, COLUMN_UNITS), units, named);
	for (uint64_t left = *named; left; left &= left - 1) {
		int unit = __builtin_ctzll(left);

		if (units[unit] <= WIDE_MEMBER_MAX && units[unit] >= -WIDE_MEMBER_MAX)
			continue;
		anomaly(audit, "opening: it cannot be counted");
		units[unit] = 0;
	}
}

static void
open_units(struct audit *audit, struct sums *sums, bool known, bool counted)
{
	const struct holding *holding;
	uint64_t named;

	read_units(audit, sums->units, &named);
	for (uint32_t i = audit->members[audit->line.member_index].holdings; i; i = holding->next) {
		holding = &audit->holdings[i - 1];
		named |= UINT64_C(1) << holding->unit;
	}
	for (; named; named &= named - 1)
		open_unit(audit, __builtin_ctzll(named), sums->units[__builtin_ctzll(named)], known,
			counted);
}

/* ---- a member ------------------------------------------------------------------------------------ */

static void
open_member(struct audit *audit)
{
	const struct value *state = column(audit, COLUMN_STATE);
	struct audit_member *member = &audit->members[audit->line.member_index];
	bool known = member->timed || member->holdings;
	/* The section's own sums begin with its openings; one in the middle is held against them. */
	bool counted = !known || (audit->head && member->opened != audit->section);
	struct sums sums = { 0 };

	/* What time has caused since does not count in it. */
	if (!member->timed || certainly_before(member->clock, audit->line.at))
		member->clock = audit->line.at;
	member->timed = member->known = true;
	member->opened = audit->section;
	audit->opened_members++;
	/* Before all deciders have run, a ledger does not have what an opening has. */
	if (known && audit->deciders != DECIDE_ALL)
		return;
	open_units(audit, &sums, known, counted);
	if (!known) {
		read_state_lots(audit, state, &sums);
		read_state_debts(audit, state, &sums);
		state_read_member(audit);
	}
	read_lots(audit, &sums, known);
	check_sums(audit, &sums, known);
}

static void
hash_line(struct audit *audit)
{
	if (!audit->hash) {
		audit->hash = XXH3_createState();
		if (audit->hash)
			XXH3_128bits_reset(audit->hash);
	}
	if (!audit->hash) {
		audit->no_memory = true;
		return;
	}
	XXH3_128bits_update(audit->hash, audit->line.text.data, audit->line.text.size);
	XXH3_128bits_update(audit->hash, "\n", 1);
}

void
audit_opening(struct audit *audit)
{
	struct line *line = &audit->line;

	audit->counts[RECORD_OPENING]++;
	audit->sequence++;
	if (audit->snapshot)
		hash_line(audit);
	if (column(audit, COLUMN_STATE)->kind != VALUE_OBJECT) {
		anomaly(audit, "form: expected a 'state'");
		return;
	}
	audit_close_agenda(audit);
	audit_settle_merge(audit);
	audit->agenda.has_fact = false;
	if (column(audit, COLUMN_MEMBER)->kind == VALUE_ABSENT) {
		state_read_common(audit);
		return;
	}
	line->member = text_of(audit, column(audit, COLUMN_MEMBER));
	if (line->member.size == 0 ||
		!when_of(audit, text_of(audit, column(audit, COLUMN_AT)), &line->at)) {
		anomaly(audit, "form: expected a member and its time");
		return;
	}
	line->member_index = audit_add_member(audit, line->member);
	if (line->member_index != UINT32_MAX)
		open_member(audit);
}

/* ---- the frame of openings -------------------------------------------------------------------------- */

/* Holds members and units that are stated against the openings. */
static void
check_head(struct audit *audit, const struct value *members, const struct value *units)
{
	int128 stated[AUDIT_UNITS] = { 0 };
	uint64_t named;
	int64_t count = -1;

	if (members->kind != VALUE_NUMBER ||
		decimal_parse(members->text, 0, &count) != DECIMAL_OK ||
		(uint64_t)count != audit->opened_members)
		anomaly(audit, "opening: %llu members are opened, not %lld",
			(unsigned long long)audit->opened_members, (long long)count);
	audit_read_sums(audit, units, stated, &named);
	for (int unit = 0; unit < audit->unit_count; unit++) {
		char here[AMOUNT_TEXT_MAX];
		char there[AMOUNT_TEXT_MAX];

		if (stated[unit] != audit->units[unit].opened)
			anomaly(audit, "opening: the openings make %s, not %s",
				amount_text(audit, unit, audit->units[unit].opened, here),
				amount_text(audit, unit, stated[unit], there));
	}
}

void
audit_begin_openings(struct audit *audit)
{
	audit->opened_members = 0;
	for (int unit = 0; unit < audit->unit_count; unit++)
		audit->units[unit].opened = 0;
	if (audit->hash)
		XXH3_128bits_reset(audit->hash);
}

void
audit_free_openings(struct audit *audit)
{
	if (audit->hash)
		XXH3_freeState(audit->hash);
	free(audit->opened);
}

/* `opened` stands in another line than the openings, which is gone by their end. */
bool
audit_keep_opened(struct audit *audit, const struct value *opened)
{
	char *copy = opened->text.size ? realloc(audit->opened, opened->text.size) : NULL;

	audit->opened_size = opened->kind == VALUE_OBJECT ? opened->text.size : 0;
	if (opened->text.size == 0)
		return true;
	if (!copy)
		return false;
	memcpy(copy, opened->text.data, opened->text.size);
	audit->opened = copy;
	return true;
}

void
audit_settle_openings(struct audit *audit)
{
	struct value opened = { .text = { audit->opened, audit->opened_size },
		.kind = VALUE_OBJECT };
	struct value members;
	struct value units;

	audit->head = false;
	if (audit->opened_size == 0) {
		if (audit->opened_members)
			anomaly(audit, "frame: openings, and 'begin' was not 'opened'");
		return;
	}
	members = state_value(&opened, "members");
	units = state_value(&opened, "units");
	check_head(audit, &members, &units);
}

void
audit_end_snapshot(struct audit *audit)
{
	struct slice hash = text_of(audit, column(audit, COLUMN_HASH));
	char digits[HASH_DIGITS + 1] = "";

	check_head(audit, column(audit, COLUMN_MEMBERS), column(audit, COLUMN_UNITS));
	if (audit->hash) {
		XXH128_hash_t found = XXH3_128bits_digest(audit->hash);

		snprintf(digits, sizeof(digits), "%016llx%016llx", (unsigned long long)found.high64,
			(unsigned long long)found.low64);
	}
	if (!slice_equal(hash, slice_of(digits)))
		anomaly(audit, "opening: the lines have the hash %s", digits);
	audit->begun = audit->snapshot = false;
	audit->ended = true;
}

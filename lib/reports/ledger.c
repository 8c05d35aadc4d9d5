/*
 * ledger.c - lines of a ledger to checked entries.
 */
#define XXH_INLINE_ALL
#include "ledger.h"

#include <stdlib.h>
#include <xxhash.h>

#include "crowd.h"
#include "wide.h"

enum { TEXT_TIMES = 4, SEEN_FIRST = 1 << 12 };

/* The keys of members by their hash, and the latest section that opened them; hash 0: free. */
struct seen {
	uint64_t hash;
	int section;
};

struct ledger {
	const struct programme *programme;
	bool any_programme;
	struct record *record;
	int short_column, would_column, programme_column;

	/* Decoded strings of the present line: TEXT_TIMES its size, as some are read again. */
	char *text;
	size_t text_used, text_size;

	/* The section that is being read. */
	bool begun, late, postings_only, complete;
	bool head;            /* nothing but openings has come */
	bool opened, changed; /* it began with a snapshot, of another version of the programme */
	instant opened_at;
	int sections;
	int number; /* of the section in all files */
	int64_t counts[RECORD_TYPES];
	int128 *totals; /* per unit */
	int128 *kept;   /* those before an opening that does not count */
	int128 *read;   /* the amounts of an object, as far as it names them */
	int64_t *units; /* of the present posting */

	/* Who has been there. */
	struct seen *seen;
	size_t seen_count, seen_size; /* a power of two */
	struct crowd crowd;           /* indices of `crowded` */
	struct seen *crowded;
	size_t crowded_size;
};

struct ledger *
ledger_new(struct programme *programme, bool any_programme)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	size_t count = (size_t)programme->unit_count + 1;

	if (!ledger)
		return NULL;
	ledger->programme = programme;
	ledger->any_programme = any_programme;
	ledger->short_column = shape_column(programme->shape, TABLE_RECORD, SLICE("short"));
	ledger->would_column = shape_column(programme->shape, TABLE_RECORD, SLICE("would"));
	ledger->programme_column = shape_column(programme->shape, TABLE_RECORD, SLICE("programme"));
	ledger->record = record_new(programme->shape);
	ledger->totals = calloc(count, sizeof(*ledger->totals));
	ledger->kept = calloc(count, sizeof(*ledger->kept));
	ledger->read = calloc(count, sizeof(*ledger->read));
	ledger->units = calloc(count, sizeof(*ledger->units));
	if (ledger->short_column >= 0 && ledger->would_column >= 0 &&
		ledger->programme_column >= 0 && ledger->record && ledger->totals && ledger->kept &&
		ledger->read && ledger->units)
		return ledger;
	ledger_free(ledger);
	return NULL;
}

void
ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	if (ledger->record)
		record_free(ledger->record);
	free(ledger->text);
	free(ledger->totals);
	free(ledger->kept);
	free(ledger->read);
	free(ledger->units);
	free(ledger->seen);
	free(ledger->crowded);
	crowd_free(&ledger->crowd);
	free(ledger);
}

int
ledger_short_column(const struct ledger *ledger)
{
	return ledger->short_column;
}

int
ledger_would_column(const struct ledger *ledger)
{
	return ledger->would_column;
}

/* ---- values ------------------------------------------------------------ */

struct slice
ledger_text(struct ledger *ledger, const struct value *value)
{
	struct slice text;

	if (value->kind != VALUE_STRING)
		return (struct slice){ 0 };
	text = value_string(value, ledger->text + ledger->text_used);
	if (value->escaped)
		ledger->text_used += text.size;
	return text;
}

bool
ledger_instant(struct ledger *ledger, const struct value *value, instant *at)
{
	struct slice text = ledger_text(ledger, value);

	return text.data && instant_parse(ledger->programme->zone, text, at, NULL) == TIME_OK;
}

static enum loyalty_status
fail_amount(struct slice unit, struct loyalty_error *error)
{
	return fail_at(error, LOYALTY_BAD, "units", "expected an amount of '%.*s'", (int)unit.size,
		unit.data);
}

/* Reads {unit: amount} into ledger->read; *named gets the bits of the units. */
static enum loyalty_status
read_units(struct ledger *ledger, const struct value *object, uint64_t *named,
	struct loyalty_error *error)
{
	const struct programme *programme = ledger->programme;
	struct slice rest = object->text;
	struct value key;
	struct value amount;

	*named = 0;
	if (object->kind != VALUE_OBJECT)
		return fail_at(error, LOYALTY_BAD, "units", "expected an object");
	while (value_next_member(&rest, &key, &amount)) {
		struct slice name = ledger_text(ledger, &key);
		int unit = unit_index(programme, name);

		if (unit < 0)
			return fail_at(error, LOYALTY_BAD, "units",
				"the programme has no unit '%.*s'", (int)name.size, name.data);
		if ((amount.kind != VALUE_NUMBER && amount.kind != VALUE_STRING) ||
			wide_parse(amount.text, programme->units[unit].decimals,
				&ledger->read[unit]) != DECIMAL_OK)
			return fail_amount(name, error);
		*named |= UINT64_C(1) << unit;
	}
	return LOYALTY_OK;
}

enum loyalty_status
ledger_units(struct ledger *ledger, const struct value *object, int64_t *amounts, uint64_t *moved,
	struct loyalty_error *error)
{
	enum loyalty_status status = read_units(ledger, object, moved, error);

	if (status != LOYALTY_OK)
		return status;
	for (uint64_t left = *moved; left; left &= left - 1) {
		int unit = __builtin_ctzll(left);

		if (narrow_overflows(ledger->read[unit], &amounts[unit]))
			return fail_amount(ledger->programme->units[unit].id, error);
	}
	return LOYALTY_OK;
}

/* ---- members ------------------------------------------------------------ */

/* The slot of a hash, or the free one for it; NULL: neither is near. */
static struct seen *
seen_slot(struct seen *seen, size_t size, uint64_t hash)
{
	size_t at = hash & (size - 1);

	for (int i = 0; i < CROWD_PLACES_HALF; i++, at = (at + 1) & (size - 1))
		if (!seen[at].hash || seen[at].hash == hash)
			return &seen[at];
	return NULL;
}

/* The hash is all that is known of a member. */
static int
compare_seen(const void *context, const void *wanted, uintptr_t index)
{
	(void)context;
	(void)wanted;
	(void)index;
	return 0;
}

static struct seen *
find_crowded(const struct ledger *ledger, uint64_t hash)
{
	const struct crowd_name name = { hash, compare_seen, NULL, NULL };
	uintptr_t index;

	return crowd_find(&ledger->crowd, &name, &index) ? &ledger->crowded[index] : NULL;
}

static struct seen *
add_crowded(struct ledger *ledger, const struct seen *seen)
{
	const struct crowd_name name = { seen->hash, compare_seen, NULL, NULL };
	size_t count = ledger->crowd.count;

	if (count == ledger->crowded_size) {
		size_t size = count ? 2 * count : SEEN_FIRST;
		struct seen *crowded = realloc(ledger->crowded, size * sizeof(*crowded));

		if (!crowded)
			return NULL;
		ledger->crowded = crowded;
		ledger->crowded_size = size;
	}
	if (!crowd_add(&ledger->crowd, &name, count))
		return NULL;
	ledger->crowded[count] = *seen;
	return &ledger->crowded[count];
}

static bool
grow_seen(struct ledger *ledger)
{
	size_t size = ledger->seen_size ? 2 * ledger->seen_size : SEEN_FIRST;
	struct seen *grown;
	bool placed = true;

	if (2 * ledger->seen_count < ledger->seen_size)
		return true;
	grown = calloc(size, sizeof(*grown));
	if (!grown)
		return false;
	for (size_t i = 0; i < ledger->seen_size && placed; i++) {
		struct seen *slot = seen_slot(grown, size, ledger->seen[i].hash);

		if (ledger->seen[i].hash && slot)
			*slot = ledger->seen[i];
		else if (ledger->seen[i].hash)
			placed = add_crowded(ledger, &ledger->seen[i]) != NULL;
	}
	free(ledger->seen);
	ledger->seen = grown;
	ledger->seen_size = size;
	return placed;
}

/* Notes whose a line is. NULL: out of memory. */
static struct seen *
see_member(struct ledger *ledger, struct slice key)
{
	uint64_t hash = XXH3_64bits(key.data, key.size) | 1;
	struct seen *seen;

	if (!grow_seen(ledger))
		return NULL;
	seen = seen_slot(ledger->seen, ledger->seen_size, hash);
	if (seen && seen->hash)
		return seen;
	if (ledger->crowd.count && find_crowded(ledger, hash))
		return find_crowded(ledger, hash);
	ledger->seen_count++;
	if (!seen)
		return add_crowded(ledger, &(struct seen){ .hash = hash });
	seen->hash = hash;
	return seen;
}

/* ---- the frame --------------------------------------------------------- */

bool
ledger_opened(const struct ledger *ledger, instant *at)
{
	*at = ledger->opened_at;
	return ledger->opened;
}

bool
ledger_changed(const struct ledger *ledger)
{
	return ledger->changed || ledger->any_programme;
}

/* What `begin` says of the snapshot before it. */
static void
read_opened(struct ledger *ledger)
{
	const struct value *opened = record_value(ledger->record, FIELD_OPENED);
	struct slice rest = opened->text;
	struct value key;
	struct value value;

	ledger->opened = ledger->changed = false;
	while (opened->kind == VALUE_OBJECT && value_next_member(&rest, &key, &value)) {
		if (slice_equal(key.text, SLICE("at")))
			ledger->opened = ledger_instant(ledger, &value, &ledger->opened_at);
		if (slice_equal(key.text, SLICE("changed")))
			ledger->changed = value.kind == VALUE_TRUE;
	}
}

static bool
has_all_deciders(const struct ledger *ledger)
{
	const struct value *deciders = record_value(ledger->record, FIELD_DECIDERS);
	struct slice rest = deciders->text;
	struct value decider;
	int count = 0;

	while (deciders->kind == VALUE_ARRAY && value_next_element(&rest, &decider))
		count++;
	return count == DECIDER_COUNT;
}

static enum loyalty_status
begin_section(struct ledger *ledger, struct loyalty_error *error)
{
	const struct programme *programme = ledger->programme;
	struct slice digest = ledger_text(ledger, record_value(ledger->record, FIELD_DIGEST));
	struct slice name;

	if (ledger->begun)
		return fail(
			error, LOYALTY_CORRUPT, "cut off: 'begin' before the 'end' of a section");
	if (!digest.data)
		return fail_at(error, LOYALTY_CORRUPT, "digest", "expected a string");
	if (!ledger->any_programme && !slice_equal(digest, slice_of(programme->digest))) {
		name = ledger_text(ledger, record_value(ledger->record, ledger->programme_column));
		return fail(error, LOYALTY_PROGRAMME,
			"the ledger is another programme's ('%.*s', %.*s): expected '%.*s', %s",
			(int)name.size, name.data, (int)digest.size, digest.data,
			(int)programme->name.size, programme->name.data, programme->digest);
	}
	ledger->begun = ledger->head = true;
	ledger->sections++;
	ledger->number++;
	ledger->complete = has_all_deciders(ledger);
	read_opened(ledger);
	ledger->late = record_value(ledger->record, FIELD_LATE)->kind == VALUE_STRING;
	ledger->postings_only =
		record_value(ledger->record, FIELD_POSTINGS_ONLY)->kind == VALUE_TRUE;
	memset(ledger->counts, 0, sizeof(ledger->counts));
	memset(ledger->totals, 0, (size_t)programme->unit_count * sizeof(*ledger->totals));
	return LOYALTY_OK;
}

/* The facts that a ledger of postings only was made of are not in it. */
static bool
is_left_out(const struct ledger *ledger, enum record_type type)
{
	return ledger->postings_only && (is_fact(type) || type == RECORD_OTHER);
}

static enum loyalty_status
check_counts(struct ledger *ledger, struct loyalty_error *error)
{
	const struct value *counts = record_value(ledger->record, FIELD_COUNTS);
	int64_t expected[RECORD_TYPES] = { 0 };
	struct slice rest = counts->text;
	struct value key;
	struct value number;

	if (counts->kind != VALUE_OBJECT)
		return fail_at(error, LOYALTY_CORRUPT, "counts", "expected an object");
	while (value_next_member(&rest, &key, &number)) {
		struct slice name = ledger_text(ledger, &key);

		if (number.kind != VALUE_NUMBER ||
			decimal_parse(number.text, 0, &expected[record_type_of(name)]) !=
				DECIMAL_OK)
			return fail_at(error, LOYALTY_CORRUPT, "counts", "expected whole numbers");
	}
	for (int type = 0; type < COUNTED_TYPES; type++) {
		if (is_left_out(ledger, (enum record_type)type) ||
			expected[type] == ledger->counts[type])
			continue;
		return fail_at(error, LOYALTY_CORRUPT, "counts",
			"%lld of '%s' were read, and %lld counted: lines are missing or added",
			(long long)ledger->counts[type],
			type == RECORD_OTHER ? "other" : record_type_name((enum record_type)type),
			(long long)expected[type]);
	}
	return LOYALTY_OK;
}

static enum loyalty_status
check_totals(struct ledger *ledger, struct loyalty_error *error)
{
	const struct programme *programme = ledger->programme;
	enum loyalty_status status;
	uint64_t named;

	memset(ledger->read, 0, (size_t)programme->unit_count * sizeof(*ledger->read));
	status = read_units(ledger, record_value(ledger->record, FIELD_UNITS), &named, error);
	if (status != LOYALTY_OK) {
		error->code = LOYALTY_CORRUPT;
		return LOYALTY_CORRUPT;
	}
	for (int unit = 0; unit < programme->unit_count; unit++) {
		char found[WIDE_TEXT_MAX];
		char said[WIDE_TEXT_MAX];
		int decimals = programme->units[unit].decimals;
		int found_size;
		int said_size;

		if (ledger->read[unit] == ledger->totals[unit])
			continue;
		found_size = (int)wide_format(ledger->totals[unit], decimals, found);
		said_size = (int)wide_format(ledger->read[unit], decimals, said);
		return fail_at(error, LOYALTY_CORRUPT, "units",
			"the postings have %.*s of '%.*s', and 'end' says %.*s", found_size, found,
			(int)programme->units[unit].id.size, programme->units[unit].id.data,
			said_size, said);
	}
	return LOYALTY_OK;
}

static enum loyalty_status
end_section(struct ledger *ledger, struct loyalty_error *error)
{
	enum loyalty_status status;

	if (!ledger->begun)
		return fail(error, LOYALTY_CORRUPT, "'end' without 'begin'");
	ledger->begun = false;
	status = check_counts(ledger, error);
	return status == LOYALTY_OK ? check_totals(ledger, error) : status;
}

enum loyalty_status
ledger_finish(struct ledger *ledger, struct loyalty_error *error)
{
	int sections = ledger->sections;

	ledger->sections = 0;
	if (ledger->begun)
		return fail(error, LOYALTY_CORRUPT, "cut off: 'begin' without 'end'");
	if (sections == 0)
		return fail(error, LOYALTY_CORRUPT, "no input: upstream wrote nothing");
	return LOYALTY_OK;
}

/* ---- a line ------------------------------------------------------------- */

static enum loyalty_status
add_to_totals(struct ledger *ledger, struct entry *entry, struct loyalty_error *error)
{
	const struct value *object = record_value(ledger->record, FIELD_UNITS);
	enum loyalty_status status;

	memset(ledger->units, 0, (size_t)ledger->programme->unit_count * sizeof(*ledger->units));
	entry->units = ledger->units;
	if (object->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	status = ledger_units(ledger, object, ledger->units, &entry->moved, error);
	if (status != LOYALTY_OK)
		return status;
	for (int unit = 0; unit < ledger->programme->unit_count; unit++) {
		if (ledger->units[unit] == 0)
			entry->moved &= ~(UINT64_C(1) << unit);
	}
	wide_add(ledger->totals, ledger->units, ledger->programme->unit_count);
	return LOYALTY_OK;
}

/*
 * An opening adds up where the ledger has had nothing of its member, and in the sums of the section
 * that begins with it.
 */
static enum loyalty_status
take_opening(struct ledger *ledger, struct entry *entry, struct loyalty_error *error)
{
	size_t size = (size_t)ledger->programme->unit_count * sizeof(*ledger->totals);
	enum loyalty_status status;
	struct seen *seen;
	bool counts;

	entry->complete = ledger->complete;
	if (!entry->member.data) {
		entry->opens = true;
		return LOYALTY_OK;
	}
	if (!entry->timed)
		return fail_at(error, LOYALTY_BAD, "at", "expected a time");
	seen = see_member(ledger, entry->member);
	if (!seen)
		return fail_memory(error);
	entry->opens = seen->section == 0;
	counts = entry->opens || (ledger->head && seen->section != ledger->number);
	seen->section = ledger->number;
	if (!counts)
		memcpy(ledger->kept, ledger->totals, size);
	status = add_to_totals(ledger, entry, error);
	if (!counts)
		memcpy(ledger->totals, ledger->kept, size);
	return status;
}

/* Facts and postings say when; all but ticks say of whom. */
static enum loyalty_status
check_entry(const struct entry *entry, struct loyalty_error *error)
{
	if (!is_fact(entry->type) && !is_posting(entry->type))
		return LOYALTY_OK;
	if (!entry->timed)
		return fail_at(error, LOYALTY_BAD, "at", "expected a time");
	if (!entry->member.data && entry->type != FACT_TICK)
		return fail_at(error, LOYALTY_BAD, "member", "expected a string");
	return LOYALTY_OK;
}

static bool
reserve_text(struct ledger *ledger, size_t size)
{
	char *text;

	ledger->text_used = 0;
	if (TEXT_TIMES * size < ledger->text_size)
		return true;
	ledger->text_size = 2 * TEXT_TIMES * size + 1;
	text = realloc(ledger->text, ledger->text_size);
	if (!text)
		return false;
	ledger->text = text;
	return true;
}

enum loyalty_status
ledger_line(
	struct ledger *ledger, struct slice line, struct entry *entry, struct loyalty_error *error)
{
	struct record *record = ledger->record;
	enum loyalty_status status;
	const struct value *type;

	if (!reserve_text(ledger, line.size))
		return fail_memory(error);
	status = record_parse(ledger->programme->shape, line, record, error);
	if (status != LOYALTY_OK)
		return status;
	type = record_value(record, FIELD_TYPE);
	if (type->kind != VALUE_STRING)
		return fail_at(error, LOYALTY_BAD, "type", "expected a string");
	*entry = (struct entry){ .type = record_type_of(ledger_text(ledger, type)),
		.record = record };
	if (entry->type == RECORD_BEGIN)
		return begin_section(ledger, error);
	if (entry->type == RECORD_END)
		return end_section(ledger, error);
	if (!ledger->begun)
		return fail(error, LOYALTY_CORRUPT, "expected a ledger, which begins with 'begin'");
	if (entry->type == RECORD_SNAPSHOT_BEGIN || entry->type == RECORD_SNAPSHOT_END)
		return fail_at(error, LOYALTY_BAD, "type",
			"a snapshot is not a ledger: post what comes after it");
	ledger->counts[entry->type]++;
	entry->late = ledger->late && is_fact(entry->type);
	entry->timed = ledger_instant(ledger, record_value(record, FIELD_AT), &entry->at);
	entry->member = ledger_text(ledger, record_value(record, FIELD_MEMBER));
	if (entry->type == RECORD_OPENING)
		return take_opening(ledger, entry, error);
	ledger->head = false;
	entry->id = ledger_text(ledger, record_value(record, FIELD_ID));
	entry->of = ledger_text(ledger, record_value(record, FIELD_OF));
	entry->rule = ledger_text(ledger, record_value(record, FIELD_RULE));
	status = check_entry(entry, error);
	if (status == LOYALTY_OK && is_posting(entry->type))
		status = add_to_totals(ledger, entry, error);
	if (status == LOYALTY_OK && entry->member.data) {
		struct seen *seen = see_member(ledger, entry->member);

		if (!seen)
			return fail_memory(error);
		if (seen->section == 0)
			seen->section = -1;
	}
	return status;
}

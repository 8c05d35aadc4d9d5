/*
 * frame.c - the first and the last line of a snapshot.
 */
#include <stdlib.h>

#include "../wide.h"
#include "snapshot.h"

bool
snapshot_head_init(struct snapshot_head *head, const struct programme *programme)
{
	size_t count = (size_t)programme->unit_count + 1;

	*head = (struct snapshot_head){ 0 };
	head->units = calloc(count, sizeof(*head->units));
	head->whole_units = calloc(count, sizeof(*head->whole_units));
	return head->units && head->whole_units;
}

void
snapshot_head_free(struct snapshot_head *head)
{
	free(head->units);
	free(head->whole_units);
}

/* ---- writing ------------------------------------------------------------------ */

static void
put_totals(const struct programme *programme, uint64_t members, const int128 *units,
	struct writer *out)
{
	writer_put(out, SLICE("\"members\":"));
	writer_put_decimal(out, (int64_t)members, 0);
	writer_put(out, SLICE(",\"units\":{"));
	for (int i = 0; i < programme->unit_count; i++) {
		if (i)
			writer_put_char(out, ',');
		writer_put_string(out, programme->units[i].id);
		writer_put_char(out, ':');
		wide_put(out, units[i], programme->units[i].decimals);
	}
	writer_put_char(out, '}');
}

void
snapshot_put_begin(
	const struct programme *programme, const struct snapshot_head *head, struct writer *out)
{
	writer_put(out, SLICE("{\"type\":\"snapshot_begin\",\"version\":1,\"programme\":"));
	writer_put_string(out, programme->name);
	writer_put(out, SLICE(",\"digest\":\""));
	writer_put(out, slice_of(programme->digest));
	writer_put_char(out, '"');
	if (head->at.size) {
		writer_put(out, SLICE(",\"at\":\""));
		writer_put(out, head->at);
		writer_put_char(out, '"');
	}
	writer_put_char(out, ',');
	put_totals(programme, head->members, head->units, out);
	if (head->touched) {
		writer_put(out, SLICE(",\"touched\":{"));
		put_totals(programme, head->whole_members, head->whole_units, out);
		writer_put_char(out, '}');
	}
	writer_put_char(out, '}');
	writer_line_end(out);
}

void
snapshot_put_end(const struct programme *programme, const struct snapshot_head *head,
	const char *hash, struct writer *out)
{
	writer_put(out, SLICE("{\"type\":\"snapshot_end\","));
	put_totals(programme, head->members, head->units, out);
	writer_put(out, SLICE(",\"hash\":\""));
	writer_put(out, (struct slice){ hash, SNAPSHOT_HASH_DIGITS });
	writer_put(out, SLICE("\"}"));
	writer_line_end(out);
}

/* ---- reading --------------------------------------------------------------------- */

/* What is left of a unit that the programme does not have. */
static enum loyalty_status
check_gone(struct slice name, struct slice amount, struct loyalty_error *error)
{
	struct decimal left;

	if (decimal_read(amount, &left) == DECIMAL_OK && left.digits == 0)
		return LOYALTY_OK;
	return fail_at(error, LOYALTY_CORRUPT, "units",
		"the programme does not have the unit '%.*s', of which something is left",
		(int)name.size, name.data);
}

static enum loyalty_status
fail_amount(struct slice name, struct loyalty_error *error)
{
	return fail_at(error, LOYALTY_CORRUPT, "units", "expected an amount of the unit '%.*s'",
		(int)name.size, name.data);
}

static enum loyalty_status
read_sums(const struct programme *programme, const struct value *value, int128 *sums,
	struct loyalty_error *error)
{
	struct slice rest = value->text;
	struct value key, amount;
	enum loyalty_status status = LOYALTY_OK;

	if (value->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	if (value->kind != VALUE_OBJECT)
		return fail_at(error, LOYALTY_CORRUPT, "units", "expected an object");
	while (status == LOYALTY_OK && value_next_member(&rest, &key, &amount)) {
		int unit = unit_index(programme, key.text);

		if (unit < 0)
			status = check_gone(key.text, amount.text, error);
		else if (wide_parse(amount.text, programme->units[unit].decimals, &sums[unit]) !=
			 DECIMAL_OK)
			status = fail_amount(key.text, error);
	}
	return status;
}

enum loyalty_status
snapshot_read_units(const struct programme *programme, const struct value *value, int128 *units,
	struct loyalty_error *error)
{
	enum loyalty_status status;

	memset(units, 0, (size_t)programme->unit_count * sizeof(*units));
	status = read_sums(programme, value, units, error);
	for (int i = 0; status == LOYALTY_OK && i < programme->unit_count; i++)
		if (units[i] > WIDE_MEMBER_MAX || units[i] < -WIDE_MEMBER_MAX)
			status = fail_amount(programme->units[i].id, error);
	return status;
}

static enum loyalty_status
read_members(const struct value *value, uint64_t *members, struct loyalty_error *error)
{
	int64_t count;

	if (value->kind != VALUE_NUMBER || decimal_parse(value->text, 0, &count) != DECIMAL_OK ||
		count < 0)
		return fail_at(error, LOYALTY_CORRUPT, "members", "expected a count");
	*members = (uint64_t)count;
	return LOYALTY_OK;
}

/* What the whole comes to of which this is a part. */
static enum loyalty_status
read_touched(const struct programme *programme, const struct value *value,
	struct snapshot_head *head, struct loyalty_error *error)
{
	struct slice rest = value->text;
	struct value key, member;
	enum loyalty_status status = LOYALTY_OK;

	head->touched = value->kind != VALUE_ABSENT;
	while (status == LOYALTY_OK && value->kind == VALUE_OBJECT &&
		value_next_member(&rest, &key, &member)) {
		if (slice_equal(key.text, SLICE("members")))
			status = read_members(&member, &head->whole_members, error);
		else if (slice_equal(key.text, SLICE("units")))
			status = read_sums(programme, &member, head->whole_units, error);
	}
	return status;
}

enum loyalty_status
snapshot_begin_read(const struct programme *programme, const struct record *record,
	struct snapshot_head *head, struct loyalty_error *error)
{
	const struct value *version = record_value(record, FIELD_VERSION);
	const struct value *digest = record_value(record, FIELD_DIGEST);
	enum loyalty_status status;

	if (version->kind != VALUE_NUMBER || !slice_equal(version->text, SLICE("1")))
		return fail_at(error, LOYALTY_CORRUPT, "version",
			"expected 1: the snapshot was written by another version of these tools");
	if (digest->kind != VALUE_STRING)
		return fail_at(error, LOYALTY_CORRUPT, "digest", "expected a string");
	head->digest = digest->text;
	head->at = record_value(record, FIELD_AT)->text;
	head->changed = !slice_equal(digest->text, slice_of(programme->digest));
	status = read_members(record_value(record, FIELD_MEMBERS), &head->members, error);
	if (status == LOYALTY_OK)
		status =
			read_sums(programme, record_value(record, FIELD_UNITS), head->units, error);
	if (status == LOYALTY_OK)
		status = read_touched(programme, record_value(record, FIELD_TOUCHED), head, error);
	return status;
}

/* What the last line says is what the first said, and what was read. */
static enum loyalty_status
check_totals(const struct snapshot_head *head, const struct snapshot_head *end,
	const struct snapshot_sums *sums, struct loyalty_error *error)
{
	uint64_t members = sums_members(sums);

	if (head->members != members || end->members != members)
		return fail_at(error, LOYALTY_CORRUPT, "members",
			"the snapshot says %llu members, but has %llu",
			(unsigned long long)(head->members == members ? end->members
								      : head->members),
			(unsigned long long)members);
	if (!sums_are(sums, members, head->units) || !sums_are(sums, members, end->units))
		return fail_at(error, LOYALTY_CORRUPT, "units",
			"the sums are not those of the snapshot's openings");
	return LOYALTY_OK;
}

enum loyalty_status
snapshot_end_check(const struct programme *programme, const struct record *record,
	const struct snapshot_head *head, struct snapshot_sums *sums, struct loyalty_error *error)
{
	const struct value *stated = record_value(record, FIELD_HASH);
	struct slice hash = { sums_hash(sums), SNAPSHOT_HASH_DIGITS };
	struct snapshot_head end;
	enum loyalty_status status;

	if (!snapshot_head_init(&end, programme)) {
		snapshot_head_free(&end);
		return fail_memory(error);
	}
	status = read_members(record_value(record, FIELD_MEMBERS), &end.members, error);
	if (status == LOYALTY_OK)
		status = read_sums(programme, record_value(record, FIELD_UNITS), end.units, error);
	if (status == LOYALTY_OK)
		status = check_totals(head, &end, sums, error);
	if (status == LOYALTY_OK && !slice_equal(stated->text, hash))
		status = fail_at(error, LOYALTY_CORRUPT, "hash",
			"the openings are not those that the snapshot was written with");
	snapshot_head_free(&end);
	return status;
}

struct slice
snapshot_opened(
	const struct snapshot_head *head, const struct record *record, struct scratch *scratch)
{
	struct slice units = record_value(record, FIELD_UNITS)->text;
	struct slice members = record_value(record, FIELD_MEMBERS)->text;
	struct slice text = scratch_join(scratch, SLICE("{\"digest\":\""), head->digest,
		head->at.size ? SLICE("\",\"at\":\"") : SLICE(""), head->at);

	text = scratch_join(scratch, text, SLICE("\",\"members\":"), members, SLICE(",\"units\":"));
	text = scratch_join(scratch, text, units,
		head->changed ? SLICE(",\"changed\":true}") : SLICE("}"), SLICE(""));
	return scratch->failed ? SLICE("") : text;
}

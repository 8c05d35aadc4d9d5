/*
 * frame.c - begin and end.
 */
#include "frame.h"

#include "wide.h"

static void
put(struct writer *out, const char *text)
{
	writer_put(out, slice_of(text));
}

static void
put_count(struct writer *out, uint64_t count)
{
	writer_put_decimal(out, (int64_t)count, 0);
}

void
frame_write_begin(const struct programme *programme, const struct frame *frame, struct writer *out)
{
	const char *separator = "";

	put(out, "{\"type\":\"begin\",\"version\":1,\"programme\":");
	writer_put_string(out, programme->name);
	put(out, ",\"digest\":\"");
	put(out, programme->digest);
	put(out, "\",\"deciders\":[");
	for (int i = 0; i < DECIDER_COUNT; i++) {
		if (!(frame->deciders >> i & 1))
			continue;
		put(out, separator);
		put(out, "\"");
		put(out, decider_name((enum decider)(1 << i)));
		put(out, "\"");
		separator = ",";
	}
	put(out, frame->late ? "],\"late\":\"post\"" : "]");
	put(out, frame->postings_only ? ",\"postings_only\":true" : "");
	if (frame->opened.size) {
		put(out, ",\"opened\":");
		writer_put(out, frame->opened);
	}
	put(out, "}");
	writer_line_end(out);
}

void
frame_write_end(const struct engine *engine, struct writer *out)
{
	const struct programme *programme = engine->programme;
	const char *separator = "";

	put(out, "{\"type\":\"end\",\"counts\":{");
	for (int type = 0; type < COUNTED_TYPES; type++) {
		if (!engine->counts[type])
			continue;
		put(out, separator);
		put(out, "\"");
		put(out, type == RECORD_OTHER ? "other" : record_type_name((enum record_type)type));
		put(out, "\":");
		put_count(out, engine->counts[type]);
		separator = ",";
	}
	put(out, "},\"units\":{");
	for (int i = 0; i < programme->unit_count; i++) {
		if (i > 0)
			put(out, ",");
		writer_put_string(out, programme->units[i].id);
		put(out, ":");
		wide_put(out, engine->sums[i], programme->units[i].decimals);
	}
	put(out, "},\"repeats\":");
	put_count(out, engine->repeats);
	put(out, ",\"rejected\":");
	put_count(out, engine->rejected);
	put(out, "}");
	writer_line_end(out);
}

static enum loyalty_status
read_deciders(const struct value *value, unsigned *deciders, struct loyalty_error *error)
{
	struct slice rest = value->text;
	struct value element;

	*deciders = 0;
	if (value->kind != VALUE_ARRAY)
		return fail_at(error, LOYALTY_CORRUPT, "deciders", "expected an array");
	while (value_next_element(&rest, &element)) {
		int i = 0;

		while (i < DECIDER_COUNT &&
			!slice_equal(element.text, slice_of(decider_name((enum decider)(1 << i)))))
			i++;
		if (i == DECIDER_COUNT)
			return fail_at(error, LOYALTY_CORRUPT, "deciders", "unknown decider");
		*deciders |= 1U << i;
	}
	return LOYALTY_OK;
}

static enum loyalty_status
read_late(const struct value *value, bool *late, struct loyalty_error *error)
{
	*late = value->kind == VALUE_STRING && slice_equal(value->text, SLICE("post"));
	if (!*late && value->kind != VALUE_ABSENT)
		return fail_at(error, LOYALTY_CORRUPT, "late", "expected \"post\"");
	return LOYALTY_OK;
}

enum loyalty_status
frame_read_begin(const struct programme *programme, const struct record *record,
	struct frame *frame, struct loyalty_error *error)
{
	const struct value *version = record_value(record, FIELD_VERSION);
	const struct value *digest = record_value(record, FIELD_DIGEST);
	enum loyalty_status status;

	if (version->kind != VALUE_NUMBER || !slice_equal(version->text, SLICE("1")))
		return fail_at(error, LOYALTY_CORRUPT, "version",
			"expected 1: the ledger was written by another version of these tools");
	if (digest->kind != VALUE_STRING || !slice_equal(digest->text, slice_of(programme->digest)))
		return fail(error, LOYALTY_CORRUPT,
			"the ledger was posted by another programme, or another version of it");
	frame->postings_only = record_value(record, FIELD_POSTINGS_ONLY)->kind == VALUE_TRUE;
	frame->opened = record_value(record, FIELD_OPENED)->text;
	status = read_deciders(record_value(record, FIELD_DECIDERS), &frame->deciders, error);
	if (status == LOYALTY_OK)
		status = read_late(record_value(record, FIELD_LATE), &frame->late, error);
	if (status == LOYALTY_OK && frame->postings_only)
		return fail(error, LOYALTY_CORRUPT,
			"the ledger has postings only: its facts are missing");
	return status;
}

bool
frame_is_changed(const struct frame *frame)
{
	struct slice rest = frame->opened;
	struct value name, value;

	while (rest.size && value_next_member(&rest, &name, &value))
		if (slice_equal(name.text, SLICE("changed")))
			return value.kind == VALUE_TRUE;
	return false;
}

static int
counted_type(struct slice name)
{
	if (slice_equal(name, SLICE("other")))
		return RECORD_OTHER;
	return (int)record_type_of(name);
}

static enum loyalty_status
read_count(const struct record *record, int field, const char *path, uint64_t *count,
	struct loyalty_error *error)
{
	const struct value *value = record_value(record, field);
	int64_t number;

	if (value->kind != VALUE_NUMBER || decimal_parse(value->text, 0, &number) != DECIMAL_OK ||
		number < 0)
		return fail_at(error, LOYALTY_CORRUPT, path, "expected a count");
	*count = (uint64_t)number;
	return LOYALTY_OK;
}

/* Units come in the programme's order, as we write them. */
static enum loyalty_status
check_sums(const struct engine *engine, const struct record *record, struct loyalty_error *error)
{
	const struct programme *programme = engine->programme;
	const struct value *value = record_value(record, FIELD_UNITS);
	struct slice rest = value->text;
	struct value key, sum;
	int unit = 0;

	if (value->kind != VALUE_OBJECT)
		return fail_at(error, LOYALTY_CORRUPT, "units", "expected an object");
	for (; value_next_member(&rest, &key, &sum); unit++) {
		int128 stated;

		if (unit == programme->unit_count ||
			wide_parse(sum.text, programme->units[unit].decimals, &stated) !=
				DECIMAL_OK ||
			stated != engine->copied[unit])
			break;
	}
	if (unit != programme->unit_count || rest.size > 0)
		return fail_at(error, LOYALTY_CORRUPT, "units",
			"the sums are not those of the ledger's postings");
	return LOYALTY_OK;
}

enum loyalty_status
frame_check_end(const struct engine *engine, const struct record *record, const uint64_t *counts,
	uint64_t *repeats, uint64_t *rejected, struct loyalty_error *error)
{
	const struct value *value = record_value(record, FIELD_COUNTS);
	uint64_t stated[RECORD_TYPES] = { 0 };
	struct slice rest = value->text;
	struct value key, count;
	enum loyalty_status status;

	if (value->kind != VALUE_OBJECT)
		return fail_at(error, LOYALTY_CORRUPT, "counts", "expected an object");
	while (value_next_member(&rest, &key, &count)) {
		int64_t number;

		if (decimal_parse(count.text, 0, &number) == DECIMAL_OK && number >= 0)
			stated[counted_type(key.text)] += (uint64_t)number;
	}
	for (int type = 0; type < COUNTED_TYPES; type++)
		if (stated[type] != counts[type])
			return fail_at(error, LOYALTY_CORRUPT, "counts",
				"the ledger says %llu records of type %s, but has %llu",
				(unsigned long long)stated[type],
				type == RECORD_OTHER ? "other"
						     : record_type_name((enum record_type)type),
				(unsigned long long)counts[type]);
	status = check_sums(engine, record, error);
	if (status == LOYALTY_OK)
		status = read_count(record, FIELD_REPEATS, "repeats", repeats, error);
	if (status == LOYALTY_OK)
		status = read_count(record, FIELD_REJECTED, "rejected", rejected, error);
	return status;
}

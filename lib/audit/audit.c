/*
 * audit.c - the lines of a ledger, one by one, and what is said of them.
 */
#include "state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TEXT_TIMES = 4, /* how often all strings of a line may be decoded */
	ANOMALY_MAX = 1024,
};

/* Zones are at most this far apart. */
#define ZONES_APART (INT64_C(28) * 3600 * SECOND_MICROS)

/* ---- what is said -------------------------------------------------------- */

static void __attribute__((format(printf, 3, 0)))
say(struct audit *audit, unsigned long line, const char *format, va_list arguments)
{
	char text[ANOMALY_MAX];

	if (audit->mute || audit->anomalies == audit->anomalies_max)
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	audit->anomalies++;
	audit->say(audit->context, line, text);
}

void
anomaly(struct audit *audit, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(audit, audit->line.number, format, arguments);
	va_end(arguments);
}

void
anomaly_at(struct audit *audit, unsigned long line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(audit, line, format, arguments);
	va_end(arguments);
}

void
audit_unreadable(struct audit *audit, unsigned long number, const char *text)
{
	anomaly_at(audit, number, "form: %s", text);
}

unsigned long
audit_anomalies(const struct audit *audit)
{
	return audit->anomalies;
}

/* ---- values --------------------------------------------------------------- */

struct slice
text_of(struct audit *audit, const struct value *value)
{
	struct slice text;

	if (value->kind != VALUE_STRING || value->text.size > audit->text_size - audit->text_used)
		return (struct slice){ 0 };
	text = value_string(value, audit->text + audit->text_used);
	if (value->escaped)
		audit->text_used += text.size;
	return text;
}

/* "2026-03-01", "2026-03-01T12:00" and the like. */
static bool
lacks_offset(struct slice text)
{
	if (text.size < 11)
		return true;
	if (text.data[text.size - 1] == 'Z' || text.data[text.size - 1] == 'z')
		return false;
	return text.data[text.size - 6] != '+' && text.data[text.size - 6] != '-';
}

bool
when_of(struct audit *audit, struct slice text, struct when *when)
{
	when->local = audit->owns_zone && lacks_offset(text);
	return text.data && instant_parse(audit->zone, text, &when->at, NULL) == TIME_OK;
}

static bool
further_than(instant earlier, instant later, int64_t distance)
{
	int64_t between;

	return !__builtin_sub_overflow(later, earlier, &between) && between > distance;
}

bool
certainly_before(struct when a, struct when b)
{
	return further_than(a.at, b.at, a.local == b.local ? 0 : ZONES_APART);
}

bool
certainly_not_equal(struct when a, struct when b)
{
	return certainly_before(a, b) || certainly_before(b, a);
}

const char *
when_text(const struct audit *audit, struct when when, char buffer[INSTANT_TEXT_MAX])
{
	size_t size = instant_format(audit->zone, when.at, buffer);

	/* Of a local time the offset is not known. */
	buffer[when.local ? size - 6 : size] = '\0';
	return buffer;
}

const char *
place_text(const struct audit *audit, uint32_t line, char buffer[PLACE_TEXT_MAX])
{
	uint32_t file = audit->file_count - 1;

	while (file > 0 && audit->files[file].first >= line)
		file--;
	if (file == audit->file_count - 1)
		snprintf(buffer, PLACE_TEXT_MAX, "line %lu",
			(unsigned long)(line - audit->files[file].first));
	else
		snprintf(buffer, PLACE_TEXT_MAX, "%s:%lu", audit->files[file].name,
			(unsigned long)(line - audit->files[file].first));
	return buffer;
}

/* ---- making ----------------------------------------------------------------- */

static bool
make_shape(struct audit *audit)
{
	static const struct slice names[] = {
#define X(constant, name) SLICE(name),
		COLUMNS(X)
#undef X
	};

	audit->shape = shape_new();
	if (!audit->shape)
		return false;
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (shape_column(audit->shape, TABLE_RECORD, names[i]) != i)
			return false;
	audit->record = record_new(audit->shape);
	return audit->record;
}

static bool
make_zone(struct audit *audit)
{
	struct loyalty_error ignored;

	if (audit->programme) {
		audit->zone = audit->programme->zone;
		return true;
	}
	audit->owns_zone = true;
	return zone_load(SLICE("UTC"), &audit->zone, &ignored) == LOYALTY_OK;
}

static void
name_units(struct audit *audit)
{
	for (int i = 0; audit->programme && i < audit->programme->unit_count; i++) {
		const struct unit *unit = &audit->programme->units[i];

		audit->units[audit->unit_count++] = (struct audit_unit){ .name = unit->id,
			.decimals = unit->decimals,
			.kind = unit->spendable ? UNIT_OF_LOTS : UNIT_COUNTED };
	}
}

struct audit *
audit_new(const struct programme *programme, audit_say *say_it, void *context,
	unsigned long anomalies_max)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (!audit)
		return NULL;
	audit->programme = programme;
	audit->say = say_it;
	audit->context = context;
	audit->anomalies_max = anomalies_max;
	audit->member_slots.compare = audit_compare_members;
	audit->lot_slots.compare = audit_compare_lots;
	audit->past_slots.compare = audit_compare_past;
	audit->arena = arena_new();
	if (audit->arena && make_zone(audit) && make_shape(audit)) {
		name_units(audit);
		return audit;
	}
	audit_free(audit);
	return NULL;
}

void
audit_free(struct audit *audit)
{
	if (!audit)
		return;
	for (uint32_t i = 0; i < audit->file_count; i++)
		free(audit->files[i].name);
	if (audit->owns_zone && audit->zone)
		zone_free(audit->zone);
	if (audit->record)
		record_free(audit->record);
	if (audit->shape)
		shape_free(audit->shape);
	arena_free(audit->arena);
	free(audit->files);
	free(audit->text);
	free(audit->members);
	slots_free(&audit->member_slots);
	free(audit->holdings);
	free(audit->lots);
	slots_free(&audit->lot_slots);
	free(audit->past);
	slots_free(&audit->past_slots);
	free(audit->agenda.postings);
	audit_free_openings(audit);
	free(audit);
}

/* ---- files ------------------------------------------------------------------- */

enum loyalty_status
audit_begin_file(struct audit *audit, const char *name, struct loyalty_error *error)
{
	size_t count = audit->file_count + (size_t)1;
	uint32_t before = audit->file_count ? audit->files[audit->file_count - 1].first : 0;
	struct audit_file *files = realloc(audit->files, count * sizeof(*files));

	if (!files)
		return fail_memory(error);
	audit->files = files;
	files[audit->file_count].first = before + (uint32_t)audit->file_lines;
	files[audit->file_count].name = strdup(name);
	if (!files[audit->file_count].name)
		return fail_memory(error);
	audit->file_count++;
	audit->file_lines = 0;
	audit->begun = audit->ended = false;
	return LOYALTY_OK;
}

enum loyalty_status
audit_end_file(struct audit *audit, struct loyalty_error *error)
{
	if (audit->begun && audit->snapshot)
		return fail(
			error, LOYALTY_CORRUPT, "cut off: 'snapshot_begin' without 'snapshot_end'");
	if (audit->begun)
		return fail(error, LOYALTY_CORRUPT, "cut off: 'begin' without 'end'");
	if (!audit->ended)
		return fail(error, LOYALTY_CORRUPT, "no input: upstream wrote nothing");
	return LOYALTY_OK;
}

/* ---- a line --------------------------------------------------------------------- */

static bool
reserve_text(struct audit *audit, size_t size)
{
	char *text;

	audit->text_used = 0;
	if (TEXT_TIMES * size < audit->text_size)
		return true;
	text = realloc(audit->text, 2 * TEXT_TIMES * size + 1);
	if (!text)
		return false;
	audit->text = text;
	audit->text_size = 2 * TEXT_TIMES * size + 1;
	return true;
}

/* The strings that facts and postings have in common; false: something is missing. */
static bool
read_common(struct audit *audit)
{
	struct line *line = &audit->line;
	const struct value *id = column(audit, COLUMN_ID);

	line->id = text_of(audit, id);
	line->member = text_of(audit, column(audit, COLUMN_MEMBER));
	line->of = text_of(audit, column(audit, COLUMN_OF));
	if (!when_of(audit, text_of(audit, column(audit, COLUMN_AT)), &line->at)) {
		anomaly(audit, "form: expected a time in 'at'");
		return false;
	}
	if (line->type != FACT_TICK && line->member.size == 0) {
		anomaly(audit, "form: expected a member");
		return false;
	}
	if (id->kind != VALUE_ABSENT && line->id.size == 0) {
		anomaly(audit, "form: expected an 'id' that is not empty");
		return false;
	}
	return true;
}

static void
read_record(struct audit *audit)
{
	struct line *line = &audit->line;

	audit->counts[line->type]++;
	audit->sequence++;
	if (line->type == RECORD_OTHER || !read_common(audit))
		return;
	if (line->type != FACT_TICK) {
		line->member_index = audit_add_member(audit, line->member);
		if (line->member_index == UINT32_MAX)
			return;
	}
	if (is_fact(line->type))
		audit_fact(audit);
	else
		audit_posting(audit);
}

static enum loyalty_status
read_line(struct audit *audit, struct loyalty_error *error)
{
	enum record_type type = audit->line.type;

	if (type == RECORD_BEGIN ||
		(type == RECORD_SNAPSHOT_BEGIN && (!audit->begun || audit->snapshot)))
		return audit_frame_begin(audit);
	if (!audit->begun && !audit->ended)
		return fail(error, LOYALTY_CORRUPT, "not a ledger: it does not start with 'begin'");
	if (!audit->begun) {
		anomaly(audit, "frame: a record outside of 'begin' and 'end'");
	} else if (type == RECORD_OPENING) {
		audit_opening(audit);
	} else if (audit->snapshot != (type == RECORD_SNAPSHOT_END) ||
		   type == RECORD_SNAPSHOT_BEGIN) {
		anomaly(audit, "frame: '%s' does not belong here",
			type == RECORD_OTHER ? "other" : record_type_name(type));
	} else if (audit->snapshot) {
		audit_end_snapshot(audit);
	} else {
		if (audit->head)
			audit_settle_openings(audit);
		if (type == RECORD_END)
			audit_frame_end(audit);
		else
			read_record(audit);
	}
	return LOYALTY_OK;
}

enum loyalty_status
audit_line(
	struct audit *audit, struct slice text, unsigned long number, struct loyalty_error *error)
{
	enum loyalty_status status;
	const struct value *type;

	audit->line = (struct line){ .number = number, .text = text };
	audit->file_lines = number;
	if (!reserve_text(audit, text.size))
		return fail_memory(error);
	status = record_parse(audit->shape, text, audit->record, error);
	if (status == LOYALTY_MEMORY)
		return status;
	type = column(audit, COLUMN_TYPE);
	if (status != LOYALTY_OK) {
		anomaly(audit, "form: %s, at byte %lu", error->text, error->column);
	} else if (type->kind != VALUE_STRING) {
		anomaly(audit, "form: expected a string in 'type'");
	} else {
		audit->line.type = record_type_of(text_of(audit, type));
		status = read_line(audit, error);
		if (status != LOYALTY_OK)
			return status;
	}
	if (audit->no_memory)
		return fail_memory(error);
	return audit->anomalies == audit->anomalies_max ? LOYALTY_END : LOYALTY_OK;
}

/* ---- balances -------------------------------------------------------------------- */

void
audit_write_balances(const struct audit *audit, struct writer *writer)
{
	for (uint32_t member = 0; member < audit->member_count; member++) {
		for (int unit = 0; unit < audit->unit_count; unit++) {
			const struct holding *holding = NULL;

			for (uint32_t i = audit->members[member].holdings; i; i = holding->next) {
				holding = &audit->holdings[i - 1];
				if (holding->unit == unit)
					break;
			}
			if (!holding || holding->unit != unit)
				continue;
			writer_put(writer, SLICE("{\"member\":"));
			writer_put_string(writer, audit->members[member].key);
			writer_put(writer, SLICE(",\"unit\":"));
			writer_put_string(writer, audit->units[unit].name);
			writer_put(writer, SLICE(",\"balance\":"));
			wide_put(writer, holding->balance, audit->units[unit].decimals);
			writer_put(writer, SLICE("}"));
			writer_line_end(writer);
		}
	}
}

/*
 * rules.c - what each earn rule gave of each unit: how often, how much, what of
 * it went back, and what it would have given where it was only tried.
 */
#include <stdlib.h>

#include "report.h"

/* Of one rule and unit. */
struct rule_counts {
	int64_t firings, tries;
	int128 given, reversed, would;
};

bool
rules_begin(struct report *report)
{
	const struct programme *programme = report->programme;
	size_t count = (size_t)programme->rule_count * (size_t)programme->unit_count;

	report->rules = calloc(count + 1, sizeof(*report->rules));
	return report->rules != NULL;
}

static bool
is_of_period(const struct report *report, instant at)
{
	const struct report_options *options = report->options;
	int32_t day;

	if (!options->has_from && !options->has_through)
		return true;
	day = zone_day(report->programme->zone, at);
	return (!options->has_from || day >= options->from) &&
	       (!options->has_through || day <= options->through);
}

/* Adds what a posting has of a unit. */
static void
count_unit(struct rule_counts *counts, enum record_type type, int64_t amount)
{
	switch (type) {
	case POSTING_EARNED:
		counts->firings++;
		counts->given += amount;
		break;
	case POSTING_REVERSED:
		counts->reversed += amount;
		break;
	default:
		counts->tries++;
		counts->would += amount;
		break;
	}
}

static void
count_amounts(struct report *report, const struct entry *entry, int rule, const int64_t *amounts)
{
	const struct programme *programme = report->programme;
	struct rule_counts *counts = &report->rules[rule * programme->unit_count];

	for (int unit = 0; unit < programme->unit_count; unit++)
		if (amounts[unit])
			count_unit(&counts[unit], entry->type, amounts[unit]);
}

enum loyalty_status
rules_entry(struct report *report, const struct entry *entry, struct loyalty_error *error)
{
	const struct value *would =
		record_value(entry->record, ledger_would_column(report->ledger));
	int64_t amounts[UNITS_MAX] = { 0 };
	enum loyalty_status status;
	uint64_t named;
	int rule;

	if (entry->type != POSTING_EARNED && entry->type != POSTING_REVERSED &&
		entry->type != POSTING_TRIED)
		return LOYALTY_OK;
	rule = rule_index(report->programme, entry->rule);
	if (rule < 0)
		return fail_at(error, LOYALTY_BAD, "rule", "the programme has no rule '%.*s'",
			(int)entry->rule.size, entry->rule.data);
	if (!is_of_period(report, entry->at))
		return LOYALTY_OK;
	if (entry->type == POSTING_TRIED) {
		status = ledger_units(report->ledger, would, amounts, &named, error);
		if (status != LOYALTY_OK)
			return status;
	}
	count_amounts(report, entry, rule, entry->type == POSTING_TRIED ? amounts : entry->units);
	return LOYALTY_OK;
}

static bool
gives(const struct rule *rule, int unit)
{
	for (int i = 0; i < rule->gives.count; i++) {
		if (rule->gives.items[i].unit == unit)
			return true;
	}
	return false;
}

static void
put_counts(struct report *report, struct table *table, int rule, int unit)
{
	const struct programme *programme = report->programme;
	const struct rule_counts *counts = &report->rules[rule * programme->unit_count + unit];
	int decimals = programme->units[unit].decimals;

	/* Of another version of the programme there may be units that the rule gives no more. */
	if (!gives(&programme->rules[rule], unit) && !counts->firings && !counts->tries &&
		!counts->reversed)
		return;
	table_text(table, programme->rules[rule].id);
	table_text(table, programme->units[unit].id);
	table_number(table, counts->firings, 0);
	table_number(table, counts->given, decimals);
	table_number(table, counts->reversed, decimals);
	table_number(table, counts->tries, 0);
	table_number(table, counts->would, decimals);
}

enum loyalty_status
rules_write(struct report *report, struct writer *writer, struct loyalty_error *error)
{
	static const struct column columns[] = {
		{ SLICE("rule"), SLICE("rule"), .number = false },
		{ SLICE("unit"), SLICE("unit"), .number = false },
		{ SLICE("firings"), SLICE("firings"), .number = true },
		{ SLICE("given"), SLICE("given"), .number = true },
		{ SLICE("reversed"), SLICE("reversed"), .number = true },
		{ SLICE("tries"), SLICE("tries"), .number = true },
		{ SLICE("would_give"), SLICE("would give"), .number = true },
	};
	const struct programme *programme = report->programme;
	struct table *table = table_new(
		report->options->format, columns, (int)(sizeof(columns) / sizeof(columns[0])));
	enum loyalty_status status = LOYALTY_OK;

	if (!table)
		return fail_memory(error);
	for (int rule = 0; rule < programme->rule_count; rule++)
		for (int unit = 0; unit < programme->unit_count; unit++)
			put_counts(report, table, rule, unit);
	if (!table_write(table, writer, report->options->colour))
		status = fail_memory(error);
	table_free(table);
	return status;
}

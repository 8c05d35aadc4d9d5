/*
 * report.c - what the reports have in common: members asked for, and time.
 */
#include "report.h"

#include <stdlib.h>

#include "fold.h"

static bool
begin(struct report *report)
{
	bool statement = report->options->kind == REPORT_STATEMENT;

	if (report->options->kind == REPORT_LIABILITY)
		return liability_begin(report);
	if (report->options->kind == REPORT_RULES)
		return rules_begin(report);
	report->fold = fold_new(report->programme, report->ledger, statement);
	if (!report->fold)
		return false;
	return !statement || statement_begin(report);
}

struct report *
report_new(const struct report_options *options, const struct programme *programme,
	struct ledger *ledger)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->options = options;
	report->programme = programme;
	report->ledger = ledger;
	report->first = INSTANT_NEVER;
	report->last = INSTANT_ALWAYS;
	if (begin(report))
		return report;
	report_free(report);
	return NULL;
}

void
report_free(struct report *report)
{
	if (!report)
		return;
	fold_free(report->fold);
	table_free(report->table);
	free(report->names);
	liability_free(report->liability);
	free(report->rules);
	free(report);
}

static bool
is_asked_for_member(const struct report_options *options, struct slice member)
{
	if (options->member_count == 0)
		return true;
	for (int i = 0; i < options->member_count; i++) {
		if (member.data && slice_equal(member, options->members[i]))
			return true;
	}
	return false;
}

static bool
is_asked_for(const struct report_options *options, const struct entry *entry)
{
	if (options->has_as_of && entry->timed && entry->at > options->as_of)
		return false;
	return is_asked_for_member(options, entry->member);
}

/* What a ledger opens with counts whatever the time that is asked for. */
static enum loyalty_status
take_opening(struct report *report, const struct entry *entry, struct loyalty_error *error)
{
	bool keep = is_asked_for_member(report->options, entry->member);
	enum loyalty_status status;
	instant at;

	if (ledger_opened(report->ledger, &at)) {
		report->timed = true;
		if (at > report->last)
			report->last = at;
	}
	if (report->options->kind == REPORT_RULES)
		return LOYALTY_OK;
	if (report->options->kind == REPORT_LIABILITY)
		return keep && entry->member.data ? liability_entry(report, entry, error)
						  : LOYALTY_OK;
	status = fold_opening(report->fold, entry, keep, error);
	if (status == LOYALTY_OK && report->options->kind == REPORT_STATEMENT && keep &&
		entry->opens)
		status = statement_entry(report, entry, error);
	return status;
}

enum loyalty_status
report_entry(struct report *report, const struct entry *entry, struct loyalty_error *error)
{
	enum loyalty_status status;

	if (entry->type == RECORD_OPENING)
		return take_opening(report, entry, error);
	if (!is_fact(entry->type) && !is_posting(entry->type))
		return LOYALTY_OK;
	report->timed = true;
	if (entry->at < report->first)
		report->first = entry->at;
	if (entry->at > report->last)
		report->last = entry->at;
	if (!is_asked_for(report->options, entry))
		return LOYALTY_OK;
	if (report->options->kind == REPORT_LIABILITY)
		return liability_entry(report, entry, error);
	if (report->options->kind == REPORT_RULES)
		return rules_entry(report, entry, error);
	status = fold_entry(report->fold, entry, error);
	if (status == LOYALTY_OK && report->options->kind == REPORT_STATEMENT)
		status = statement_entry(report, entry, error);
	return status;
}

enum loyalty_status
report_write(struct report *report, struct writer *writer, struct loyalty_error *error)
{
	switch (report->options->kind) {
	case REPORT_BALANCE:
		return balance_write(report, writer, error);
	case REPORT_STATEMENT:
		return statement_write(report, writer, error);
	case REPORT_LIABILITY:
		return liability_write(report, writer, error);
	case REPORT_RULES:
		break;
	}
	return rules_write(report, writer, error);
}

void
table_add_day(struct table *table, int32_t day)
{
	char text[INSTANT_TEXT_MAX];

	table_add(table, (struct slice){ text, day_format(day, text) });
}

/*
 * report.h - the reports: entries of a ledger in, one table out.
 *
 * A report takes every entry with report_entry(), and after the ledger has been
 * read and found whole, report_write() writes it.
 */
#ifndef REPORT_H
#define REPORT_H

#include "ledger.h"
#include "table.h"

enum report_kind { REPORT_BALANCE, REPORT_STATEMENT, REPORT_LIABILITY, REPORT_RULES };
enum report_sort { REPORT_SORT_SEEN, REPORT_SORT_MEMBER, REPORT_SORT_BALANCE };

struct report_options {
	enum report_kind kind;
	enum table_format format;
	enum report_sort sort;
	struct slice *members; /* only these; none: all. A statement needs one */
	int member_count;
	bool has_as_of; /* the state at as_of: what came later is left out */
	instant as_of;
	bool has_from, has_through; /* liability, rules: local days, inclusive */
	int32_t from, through;
	bool by_month;
	bool colour; /* escape sequences of a terminal */
	bool blocks; /* the bars of a statement in block characters */
};

struct report;

/* options, programme and ledger must outlive the report. NULL: memory. */
struct report *report_new(const struct report_options *options, const struct programme *programme,
	struct ledger *ledger);
void report_free(struct report *report);

enum loyalty_status report_entry(
	struct report *report, const struct entry *entry, struct loyalty_error *error);

enum loyalty_status report_write(
	struct report *report, struct writer *writer, struct loyalty_error *error);

/* ---- between the reports' files ------------------------------------------ */

struct fold;
struct liability;
struct rule_counts;

struct report {
	const struct report_options *options;
	const struct programme *programme;
	struct ledger *ledger;
	bool timed;          /* some entry had a time */
	instant first, last; /* earliest and latest of them */
	struct fold *fold;   /* balance, statement */
	struct table *table; /* statement: filled entry by entry */
	char *names;         /* statement: of its columns */
	struct liability *liability;
	struct rule_counts *rules; /* rules: rule x unit */
};

/* The instant that the report speaks of: --as-of, or the ledger's last. */
static inline instant
report_now(const struct report *report)
{
	return report->options->has_as_of ? report->options->as_of : report->last;
}

enum loyalty_status balance_write(
	struct report *report, struct writer *writer, struct loyalty_error *error);

bool statement_begin(struct report *report);
enum loyalty_status statement_entry(
	struct report *report, const struct entry *entry, struct loyalty_error *error);
enum loyalty_status statement_write(
	struct report *report, struct writer *writer, struct loyalty_error *error);

bool liability_begin(struct report *report);
enum loyalty_status liability_entry(
	struct report *report, const struct entry *entry, struct loyalty_error *error);
enum loyalty_status liability_write(
	struct report *report, struct writer *writer, struct loyalty_error *error);
void liability_free(struct liability *liability);

bool rules_begin(struct report *report);
enum loyalty_status rules_entry(
	struct report *report, const struct entry *entry, struct loyalty_error *error);
enum loyalty_status rules_write(
	struct report *report, struct writer *writer, struct loyalty_error *error);

/* A name for people: `name` of the document where there is one, else the id. */
static inline struct slice
shown_name(struct slice name, struct slice id)
{
	return name.size ? name : id;
}

/* Adds a local day ("2026-03-01") to the present cell. */
void table_add_day(struct table *table, int32_t day);

#endif

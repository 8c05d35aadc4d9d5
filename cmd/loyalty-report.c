/*
 * loyalty-report - a ledger to a table: balances, one member's statement, the
 * roll-forward of what is owed, or what each rule gave.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "document.h"
#include "reports/report.h"

struct settings {
	struct report_options report;
	bool any_programme;
	bool sorted;
};

struct keyword {
	const char *name;
	int value;
};

/* ---- options ---------------------------------------------------------------- */

/* The value that text names among keywords, which end with a NULL name. */
static bool
choose(struct cli *cli, const char *option, const struct keyword *keywords, const char *text,
	int *value)
{
	char expected[128] = "";

	for (const struct keyword *keyword = keywords; keyword->name; keyword++) {
		if (strcmp(keyword->name, text) == 0) {
			*value = keyword->value;
			return true;
		}
		strcat(expected, keyword == keywords ? "" : keyword[1].name ? ", " : " or ");
		strcat(expected, keyword->name);
	}
	return cli_stop(
		cli, EXIT_USAGE, "invalid '%s': expected %s, not '%s'", option, expected, text);
}

static bool
set_format(struct cli *cli, const char *argument)
{
	static const struct keyword formats[] = { { "table", TABLE_PLAIN }, { "csv", TABLE_CSV },
		{ "tsv", TABLE_TSV }, { "ndjson", TABLE_NDJSON }, { NULL, 0 } };
	struct settings *settings = cli->own;
	int format = TABLE_PLAIN;
	bool chosen = choose(cli, "--format", formats, argument, &format);

	settings->report.format = (enum table_format)format;
	return chosen;
}

static bool
set_sort(struct cli *cli, const char *argument)
{
	static const struct keyword orders[] = { { "member", REPORT_SORT_MEMBER },
		{ "balance", REPORT_SORT_BALANCE }, { NULL, 0 } };
	struct settings *settings = cli->own;
	int order = REPORT_SORT_SEEN;
	bool chosen = choose(cli, "--sort", orders, argument, &order);

	settings->report.sort = (enum report_sort)order;
	settings->sorted = true;
	return chosen;
}

static bool
set_by(struct cli *cli, const char *argument)
{
	static const struct keyword periods[] = { { "month", 1 }, { NULL, 0 } };
	struct settings *settings = cli->own;
	int period = 0;
	bool chosen = choose(cli, "--by", periods, argument, &period);

	settings->report.by_month = period;
	return chosen;
}

static bool
add_member(struct cli *cli, const char *argument)
{
	struct report_options *report = &((struct settings *)cli->own)->report;
	size_t count = (size_t)report->member_count + 1;
	struct slice *members = realloc(report->members, count * sizeof(*members));

	if (!members)
		return cli_stop(cli, EXIT_FAILED, "out of memory");
	members[count - 1] = slice_of(argument);
	report->members = members;
	report->member_count = (int)count;
	return true;
}

static bool
set_day(struct cli *cli, const char *option, const char *argument, int32_t *day, bool *given)
{
	*given = true;
	if (day_parse(slice_of(argument), day) == TIME_OK)
		return true;
	return cli_stop(
		cli, EXIT_USAGE, "invalid '%s': expected a date, not '%s'", option, argument);
}

static bool
set_from(struct cli *cli, const char *argument)
{
	struct report_options *report = &((struct settings *)cli->own)->report;

	return set_day(cli, "--from", argument, &report->from, &report->has_from);
}

static bool
set_through(struct cli *cli, const char *argument)
{
	struct report_options *report = &((struct settings *)cli->own)->report;

	return set_day(cli, "--through", argument, &report->through, &report->has_through);
}

static bool
set_any_programme(struct cli *cli, const char *argument)
{
	(void)argument;
	((struct settings *)cli->own)->any_programme = true;
	return true;
}

static bool
set_as_of(struct cli *cli, const char *argument)
{
	cli->as_of = argument;
	return true;
}

static const struct cli_option options[] = {
	{ "format", 0, "FORMAT", "table, csv, tsv or ndjson (default: table)", set_format },
	{ "member", 'm', "KEY", "only this member; may be repeated", add_member },
	{ "as-of", 0, "TIME", "balance, statement: as it stood at TIME", set_as_of },
	{ "sort", 0, "ORDER", "balance: by member or by balance, the highest first", set_sort },
	{ "from", 0, "DATE", "liability, rules: first day", set_from },
	{ "through", 0, "DATE", "liability, rules: last day", set_through },
	{ "by", 0, "PERIOD", "liability: a block per month", set_by },
	{ "any-programme", 0, NULL, "read the ledger of another version of the programme",
		set_any_programme },
	{ 0 },
};

/* The first operand says which report; what remains are files. */
static bool
take_report(struct cli *cli, struct report_options *report)
{
	static char standard_input[] = "-";
	static char *no_files[] = { standard_input, NULL };
	static const struct keyword kinds[] = { { "balance", REPORT_BALANCE },
		{ "statement", REPORT_STATEMENT }, { "liability", REPORT_LIABILITY },
		{ "rules", REPORT_RULES }, { NULL, 0 } };
	int kind = REPORT_BALANCE;
	bool named = false;

	if (strcmp(cli->files[0], "-") == 0)
		cli_stop(cli, EXIT_USAGE,
			"no report: expected balance, statement, liability or rules");
	else if (choose(cli, "report", kinds, cli->files[0], &kind))
		named = true;
	if (!named)
		return cli_stop(cli, EXIT_USAGE, "try '%s --help'", cli->tool->name);
	report->kind = (enum report_kind)kind;
	cli->files++;
	cli->file_count--;
	if (cli->file_count == 0) {
		cli->files = no_files;
		cli->file_count = 1;
	}
	return true;
}

static bool
refuse_option(struct cli *cli, const char *option, const char *report)
{
	return cli_stop(cli, EXIT_USAGE, "'%s' does not go with '%s'", option, report);
}

/* An option that would change nothing is a slip. */
static bool
check_options(struct cli *cli, const struct settings *settings)
{
	static const char *const names[] = { "balance", "statement", "liability", "rules" };
	const struct report_options *report = &settings->report;
	const char *name = names[report->kind];
	bool daily = report->kind == REPORT_LIABILITY || report->kind == REPORT_RULES;

	if (report->kind == REPORT_STATEMENT && report->member_count != 1)
		return cli_stop(cli, EXIT_USAGE, "a statement needs one '--member'");
	if (daily && cli->as_of)
		return refuse_option(cli, "--as-of", name);
	if (report->kind != REPORT_BALANCE && settings->sorted)
		return refuse_option(cli, "--sort", name);
	if (!daily && report->has_from)
		return refuse_option(cli, "--from", name);
	if (!daily && report->has_through)
		return refuse_option(cli, "--through", name);
	if (report->kind != REPORT_LIABILITY && report->by_month)
		return refuse_option(cli, "--by", name);
	if (report->has_from && report->has_through && report->through < report->from)
		return cli_stop(cli, EXIT_USAGE, "'--through' is before '--from'");
	return true;
}

/* ---- terminal ----------------------------------------------------------------- */

static bool
speaks_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static void
look_at_terminal(const struct cli *cli, struct report_options *report)
{
	const char *no_color = getenv("NO_COLOR");
	bool terminal = (!cli->output || strcmp(cli->output, "-") == 0) && isatty(STDOUT_FILENO);

	report->colour = terminal && !(no_color && no_color[0]);
	report->blocks = terminal && speaks_utf8();
}

/* ---- the run -------------------------------------------------------------------- */

static bool
read_lines(struct cli *cli, struct ledger *ledger, struct report *report, struct lines *lines)
{
	struct loyalty_error error = { 0 };
	enum loyalty_status status;
	struct slice line;

	while ((status = lines_next(lines, &line, &error)) == LOYALTY_OK) {
		struct entry entry;

		status = ledger_line(ledger, line, &entry, &error);
		if (status == LOYALTY_OK &&
			(entry.type < RECORD_OTHER || entry.type == RECORD_OPENING))
			status = report_entry(report, &entry, &error);
		if (status != LOYALTY_OK)
			break;
		cli_progress(cli, lines);
	}
	if (status != LOYALTY_END)
		error.line = lines_number(lines);
	else if (ledger_finish(ledger, &error) == LOYALTY_OK)
		return true;
	return cli_report(cli, lines_name(lines), &error);
}

static bool
run(struct cli *cli, struct ledger *ledger, struct report *report)
{
	struct loyalty_error error;
	struct lines *lines;

	if (!ledger || !report)
		return cli_stop(cli, EXIT_FAILED, "out of memory");
	while ((lines = cli_next_input(cli))) {
		if (!read_lines(cli, ledger, report, lines))
			return false;
	}
	if (cli->status != EXIT_DONE)
		return false;
	if (report_write(report, &cli->out.writer, &error) != LOYALTY_OK)
		return cli_report(cli, NULL, &error);
	return true;
}

static void
report_ledger(struct cli *cli, struct settings *settings, struct programme *programme)
{
	struct report_options *options_given = &settings->report;
	struct ledger *ledger;
	struct report *report = NULL;

	if (cli->as_of && !cli_as_of(cli, programme->zone, &options_given->as_of))
		return;
	options_given->has_as_of = cli->as_of != NULL;
	look_at_terminal(cli, options_given);
	ledger = ledger_new(programme, settings->any_programme);
	if (ledger)
		report = report_new(options_given, programme, ledger);
	run(cli, ledger, report);
	report_free(report);
	ledger_free(ledger);
}

int
main(int argc, char *argv[])
{
	static const struct cli_tool tool = {
		.name = "loyalty-report",
		.usage = "balance|statement|liability|rules [option ...] [file ...]",
		.about = "Reads a ledger, writes balances, a statement, what is owed, or what "
			 "rules gave.",
		.takes = CLI_PROGRAMME | CLI_OUTPUT | CLI_PROGRESS,
		.options = options,
	};
	struct settings settings = { 0 };
	struct programme *programme = NULL;
	struct cli cli;

	if (cli_start(&cli, &tool, &settings, argc, argv) && take_report(&cli, &settings.report) &&
		check_options(&cli, &settings) && cli_load_programme(&cli, &programme) &&
		cli_open_output(&cli))
		report_ledger(&cli, &settings, programme);
	programme_free(programme);
	free(settings.report.members);
	return cli_finish(&cli);
}

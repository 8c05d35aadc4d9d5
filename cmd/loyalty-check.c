/*
 * loyalty-check - says whether programme documents are valid, and every reason
 * why not; and whether ledgers are what they should be.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "document.h"
#include "explain.h"
#include "kinds.h"
#include "programme.h"
#include "slice.h"

struct check {
	struct cli cli;
	bool explain;
	int explained;

	/* Ledgers are read one behind the other, as one. */
	bool balances;
	unsigned long anomalies_max;
	struct programme *programme; /* of -p */
	struct audit *audit;
	const char *name; /* of the ledger in hand */
};

/* ---- options --------------------------------------------------------------- */

static bool
set_explain(struct cli *cli, const char *argument)
{
	struct check *check = cli->own;

	(void)argument;
	return check->explain = true;
}

static bool
set_balances(struct cli *cli, const char *argument)
{
	struct check *check = cli->own;

	(void)argument;
	return check->balances = true;
}

static bool
set_anomalies_max(struct cli *cli, const char *argument)
{
	struct check *check = cli->own;
	char *end;

	errno = 0;
	check->anomalies_max = strtoul(argument, &end, 10);
	if (argument[0] >= '0' && argument[0] <= '9' && !*end && !errno && check->anomalies_max > 0)
		return true;
	return cli_stop(cli, EXIT_USAGE,
		"invalid '--max-anomalies': expected a number above 0, not '%s'", argument);
}

static const struct cli_option options[] = {
	{ "explain", 0, NULL, "write what valid documents say in plain words", set_explain },
	{ "balances", 0, NULL, "write the balances that ledgers add up to", set_balances },
	{ "max-anomalies", 0, "N", "stop after N things that are wrong with ledgers",
		set_anomalies_max },
	{ 0 },
};

static const struct cli_tool tool = {
	.name = "loyalty-check",
	.usage = "[option ...] [file ...]",
	.about = "Reads programme documents and ledgers, and says what is wrong with them.",
	.takes = CLI_PROGRAMME | CLI_OUTPUT | CLI_QUIET | CLI_PROGRESS,
	.options = options,
};

/* ---- reading ----------------------------------------------------------------- */

/* The first line that is not blank; size 0: its end has not been read. */
static struct slice
first_line(const struct cli_text *text)
{
	size_t mark = text->size >= 3 && memcmp(text->data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	size_t start = mark;
	size_t end;

	while (start < text->size && strchr(" \t\r\n", text->data[start]) && text->data[start])
		start++;
	for (end = start; end < text->size && text->data[end] != '\n'; end++)
		;
	if (end == text->size && !text->finished)
		return (struct slice){ 0 };
	if (end > start && text->data[end - 1] == '\r')
		end--;
	return (struct slice){ text->data + start, end - start };
}

/* Records have a type, and documents do not. LOYALTY_BAD: none; LOYALTY_MEMORY: nobody knows. */
static enum loyalty_status
find_record(struct slice line)
{
	struct shape *shape = shape_new();
	int column = shape ? shape_column(shape, TABLE_RECORD, SLICE("type")) : -1;
	struct record *record = column < 0 ? NULL : record_new(shape);
	enum loyalty_status status = LOYALTY_MEMORY;
	struct loyalty_error ignored;

	if (record)
		status = record_parse(shape, line, record, &ignored);
	if (status == LOYALTY_OK && record_value(record, column)->kind != VALUE_STRING)
		status = LOYALTY_BAD;
	if (record)
		record_free(record);
	if (shape)
		shape_free(shape);
	return status;
}

/* ---- one document ------------------------------------------------------------ */

/* The document is valid, so it is an object; only memory can fail. */
static void
explain(struct check *check, struct slice json)
{
	size_t mark = json.size >= 3 && memcmp(json.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	json_t *document =
		json_loadb(json.data + mark, json.size - mark, JSON_REJECT_DUPLICATES, NULL);

	if (!document) {
		cli_stop(&check->cli, EXIT_FAILED, "out of memory");
		return;
	}
	if (check->explained++ > 0)
		writer_put_char(&check->cli.out.writer, '\n');
	explain_programme(&check->cli.out.writer, document);
	json_decref(document);
}

static void
check_document(struct check *check, const char *name, struct slice json)
{
	struct cli *cli = &check->cli;
	struct programme_errors errors;
	struct programme *programme = programme_load(json, &errors);

	for (int i = 0; i < errors.count && !cli_starved(); i++)
		cli_programme_error(cli, name, &errors.items[i]);
	for (int i = 0; i < errors.warning_count; i++)
		cli_warn(cli, "%s: %s: warning: %s", name, errors.warnings[i].path,
			errors.warnings[i].text);
	if (!programme && (errors.count == 0 || cli_starved()))
		cli_report(cli, NULL, &errors.reason);
	if (programme && check->explain)
		explain(check, json);
	programme_errors_free(&errors);
	programme_free(programme);
}

/* ---- one ledger -------------------------------------------------------------- */

static void
say_anomaly(void *context, unsigned long line, const char *text)
{
	struct check *check = context;

	if (line)
		cli_stop(&check->cli, EXIT_REJECTED, "%s:%lu: %s", check->name, line, text);
	else
		cli_stop(&check->cli, EXIT_REJECTED, "%s: %s", check->name, text);
}

static bool
start_audit(struct check *check)
{
	struct cli *cli = &check->cli;

	if (check->audit)
		return true;
	if (cli->programme && !cli_load_programme(cli, &check->programme))
		return false;
	check->audit = audit_new(check->programme, say_anomaly, check, check->anomalies_max);
	return check->audit || cli_stop(cli, EXIT_FAILED, "out of memory");
}

static bool
audit_lines(struct check *check, struct lines *lines)
{
	struct loyalty_error error = { 0 };
	enum loyalty_status status = audit_begin_file(check->audit, check->name, &error);
	struct slice line;

	while (status == LOYALTY_OK) {
		status = lines_next(lines, &line, &error);
		if (status == LOYALTY_BAD) {
			audit_unreadable(check->audit, lines_number(lines), error.text);
			status = LOYALTY_OK;
		} else if (status == LOYALTY_OK) {
			status = audit_line(check->audit, line, lines_number(lines), &error);
			if (status == LOYALTY_END)
				return false;
		}
		cli_progress(&check->cli, lines);
	}
	if (status == LOYALTY_END)
		status = audit_end_file(check->audit, &error);
	else if (status == LOYALTY_CORRUPT)
		error.line = lines_number(lines);
	return status == LOYALTY_OK || cli_report(&check->cli, check->name, &error);
}

static bool
check_ledger(struct check *check, const char *name, struct slice ahead, int fd)
{
	struct lines *lines;
	bool going_on;

	check->name = name;
	if (!start_audit(check))
		return false;
	lines = lines_new_behind(ahead, fd, name);
	if (!lines)
		return cli_stop(&check->cli, EXIT_FAILED, "out of memory");
	going_on = audit_lines(check, lines);
	lines_free(lines);
	return going_on;
}

/* ---- files -------------------------------------------------------------------- */

/* Reads as far as is needed to tell what it is. */
static bool
look(struct cli_text *text, int fd, struct slice *first)
{
	do {
		if (!cli_read_more(text, fd))
			return false;
		*first = first_line(text);
	} while (first->size == 0 && !text->finished && text->size <= 2 * LINE_BYTES_MAX);
	return true;
}

/* false: nothing more is to be read. */
static bool
check_open_file(struct check *check, const char *file, const char *name, int fd)
{
	struct cli_text text = { 0 };
	struct slice first;
	bool good = look(&text, fd, &first);
	enum loyalty_status found = good ? find_record(first) : LOYALTY_BAD;
	bool going_on = true;

	if (found == LOYALTY_MEMORY) {
		cli_stop(&check->cli, EXIT_FAILED, "out of memory");
	} else if (found == LOYALTY_OK) {
		going_on = check_ledger(check, name, (struct slice){ text.data, text.size }, fd);
	} else {
		while (good && !text.finished)
			good = cli_read_more(&text, fd);
		if (good)
			check_document(check, name, (struct slice){ text.data, text.size });
	}
	if (!good)
		cli_stop(&check->cli, EXIT_FAILED, "cannot read '%s': %s", file, strerror(errno));
	free(text.data);
	return going_on;
}

static bool
check_file(struct check *check, const char *file)
{
	bool standard = strcmp(file, "-") == 0;
	int fd = standard ? STDIN_FILENO : cli_open_to_read(file);
	bool going_on;

	if (fd == -1) {
		cli_stop(&check->cli, EXIT_FAILED, "cannot open '%s': %s", file, strerror(errno));
		return true;
	}
	going_on = check_open_file(check, file, standard ? "<stdin>" : file, fd);
	if (!standard)
		close(fd);
	return going_on;
}

static void
finish_audit(struct check *check)
{
	unsigned long count = check->audit ? audit_anomalies(check->audit) : 0;

	if (check->audit && check->balances && check->cli.status <= EXIT_REJECTED)
		audit_write_balances(check->audit, &check->cli.out.writer);
	if (count > 0)
		cli_warn(&check->cli, "%lu %s", count, count == 1 ? "anomaly" : "anomalies");
}

int
main(int argc, char *argv[])
{
	struct check check = { .anomalies_max = ULONG_MAX };
	bool going_on = true;

	if (cli_start(&check.cli, &tool, &check, argc, argv) && cli_open_output(&check.cli)) {
		for (int i = 0; i < check.cli.file_count && going_on; i++)
			going_on = check_file(&check, check.cli.files[i]);
		finish_audit(&check);
	}
	audit_free(check.audit);
	programme_free(check.programme);
	return cli_finish(&check.cli);
}

/*
 * ledger.h - what the targets of whole filters share: programmes by a letter, filters and
 * reports over text.
 *
 * An input is a line of letters (the first one says which programme), then records. The
 * programmes are read from the source tree, which is the working directory.
 */
#ifndef FUZZ_LEDGER_H
#define FUZZ_LEDGER_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/audit.h"
#include "filter.h"
#include "reports/report.h"

/* NULL after the last one. */
static const char *const fuzz_programmes[] = {
	"tests/golden/shop.json",
	"share/programmes/sephora-beauty-insider.json",
	"share/programmes/starbucks-rewards-us.json",
	"share/programmes/tesco-clubcard.json",
	"share/programmes/world-of-hyatt.json",
	"share/programmes/coffee-stamp-card.json",
	"share/programmes/anthroperks.json",
	"share/programmes/my-abercrombie.json",
	"share/programmes/jetblue-trueblue.json",
	"share/programmes/grocery-fuel-points.json",
	"share/programmes/north-face-xplr-pass.json",
	"share/programmes/growth-value.json",
};

enum { FUZZ_PROGRAMMES = sizeof(fuzz_programmes) / sizeof(fuzz_programmes[0]) };

struct fuzz_text {
	char *data;
	size_t size;
};

/* The whole file; stops where it cannot be read. */
static inline struct fuzz_text
fuzz_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct fuzz_text text = { malloc(1 << 20), 0 };

	if (!file || !text.data) {
		perror(path);
		abort();
	}
	text.size = fread(text.data, 1, 1 << 20, file);
	fclose(file);
	return text;
}

/* The programme of a letter, for filters; loaded once, and kept. */
static inline const struct loyalty_programme *
fuzz_programme(char letter)
{
	static struct loyalty_programme *loaded[FUZZ_PROGRAMMES];
	size_t index = (unsigned char)letter % FUZZ_PROGRAMMES;
	struct loyalty_error error;
	struct fuzz_text text;

	if (!loaded[index]) {
		text = fuzz_file(fuzz_programmes[index]);
		if (loyalty_programme_load(
			    &loaded[index], text.data, text.size, NULL, NULL, &error) != LOYALTY_OK)
			abort();
		free(text.data);
	}
	return loaded[index];
}

/* The same for reports, which add to a programme what they read. */
static inline struct programme *
fuzz_own_programme(char letter)
{
	static struct programme *loaded[FUZZ_PROGRAMMES];
	size_t index = (unsigned char)letter % FUZZ_PROGRAMMES;
	struct programme_errors errors = { 0 };
	struct fuzz_text text;

	if (!loaded[index]) {
		text = fuzz_file(fuzz_programmes[index]);
		loaded[index] = programme_load((struct slice){ text.data, text.size }, &errors);
		if (!loaded[index])
			abort();
		programme_errors_free(&errors);
		free(text.data);
	}
	return loaded[index];
}

static inline bool
fuzz_reject(void *context, size_t input, const struct loyalty_error *error, const char *line,
	size_t size)
{
	(void)context;
	(void)input;
	if (!error->text[0] || !error->line || (size && !line))
		abort();
	return true;
}

static inline bool
fuzz_keep(void *context, size_t input, const struct loyalty_error *error, const char *line,
	size_t size)
{
	fuzz_reject(context, input, error, line, size);
	return false;
}

/* A failure says where and why. */
static inline enum loyalty_status
fuzz_filter(const struct loyalty_programme *programme, unsigned deciders, loyalty_reject *reject,
	struct slice in, struct fuzz_text *out)
{
	struct loyalty_filter *filter = loyalty_filter_new(programme, deciders);
	struct loyalty_error error = { .text = "" };
	enum loyalty_status status;

	if (!filter)
		abort();
	loyalty_filter_set_reject(filter, reject, NULL);
	status = loyalty_filter_text(filter, in.data, in.size, &out->data, &out->size, &error);
	if (status != LOYALTY_OK && (!error.text[0] || out->data))
		abort();
	if (status == LOYALTY_IO || status == LOYALTY_MEMORY)
		abort();
	loyalty_filter_free(filter);
	return status;
}

/* The four filters one after the other; the first reads facts, and rejects. */
static inline enum loyalty_status
fuzz_four(const struct loyalty_programme *programme, struct slice facts, struct fuzz_text *ledger)
{
	enum loyalty_status status =
		fuzz_filter(programme, LOYALTY_DECIDE_EARN, fuzz_reject, facts, ledger);

	for (unsigned decider = LOYALTY_DECIDE_TIER;
		status == LOYALTY_OK && decider <= LOYALTY_DECIDE_EXPIRE; decider *= 2) {
		struct slice in = { ledger->data, ledger->size };
		char *before = ledger->data;

		status = fuzz_filter(programme, decider, fuzz_keep, in, ledger);
		free(before);
	}
	return status;
}

static inline int
fuzz_drop(void *context, const char *data, size_t size)
{
	*(size_t *)context += size;
	/* So that a sanitizer sees what was not written to. */
	return size && !data;
}

/* Reads the lines into the report, and writes it; LOYALTY_OK where the ledger is whole. */
static inline enum loyalty_status
fuzz_report_lines(struct report *report, struct ledger *ledger, struct slice text)
{
	struct lines *lines = lines_new_memory(text, "ledger");
	struct loyalty_error error = { .text = "" };
	enum loyalty_status status;
	struct writer writer;
	struct slice line;
	size_t written = 0;

	if (!lines || !writer_init_sink(&writer, fuzz_drop, &written))
		abort();
	while ((status = lines_next(lines, &line, &error)) == LOYALTY_OK) {
		struct entry entry;

		status = ledger_line(ledger, line, &entry, &error);
		if (status == LOYALTY_OK &&
			(entry.type < RECORD_OTHER || entry.type == RECORD_OPENING))
			status = report_entry(report, &entry, &error);
		if (status != LOYALTY_OK)
			break;
	}
	if (status == LOYALTY_END)
		status = ledger_finish(ledger, &error);
	if (status == LOYALTY_OK)
		status = report_write(report, &writer, &error);
	if (status != LOYALTY_OK && !error.text[0])
		abort();
	writer_flush(&writer);
	writer_free(&writer);
	lines_free(lines);
	return status;
}

/* One report of the ledger, for people and for tools. */
static inline enum loyalty_status
fuzz_report(char letter, enum report_kind kind, struct slice text)
{
	struct slice member = SLICE("m1");
	struct report_options options = {
		.kind = kind,
		.format = kind == REPORT_BALANCE ? TABLE_CSV : TABLE_PLAIN,
		.members = &member,
		.member_count = kind == REPORT_STATEMENT,
	};
	struct programme *programme = fuzz_own_programme(letter);
	struct ledger *ledger = ledger_new(programme, false);
	struct report *report = ledger ? report_new(&options, programme, ledger) : NULL;
	enum loyalty_status status;

	if (!report)
		abort();
	status = fuzz_report_lines(report, ledger, text);
	report_free(report);
	ledger_free(ledger);
	return status;
}

static inline void
fuzz_anomaly(void *context, unsigned long line, const char *text)
{
	(void)context;
	(void)line;
	if (!text[0])
		abort();
}

/* Audits the ledger by its programme, or without one. */
static inline void
fuzz_audit(char letter, bool with_programme, struct slice text)
{
	struct programme *programme = with_programme ? fuzz_own_programme(letter) : NULL;
	struct audit *audit = audit_new(programme, fuzz_anomaly, NULL, ULONG_MAX);
	struct lines *lines = lines_new_memory(text, "ledger");
	struct loyalty_error error = { .text = "" };
	enum loyalty_status status;
	struct slice line;

	if (!audit || !lines || audit_begin_file(audit, "ledger", &error) != LOYALTY_OK)
		abort();
	while ((status = lines_next(lines, &line, &error)) == LOYALTY_OK &&
		audit_line(audit, line, lines_number(lines), &error) == LOYALTY_OK)
		;
	audit_end_file(audit, &error);
	lines_free(lines);
	audit_free(audit);
}

/*
 * Whether all that happens lies within some thirty years: what is due every year is posted for
 * every one of them, and thousands of years take long.
 */
static inline bool
fuzz_is_short(struct slice text)
{
	const char *end = text.data + text.size;

	for (const char *at = text.data; (at = memmem(at, (size_t)(end - at), "\"at\":\"", 6));) {
		at += 6;
		if (end - at < 4)
			break;
		if (memcmp(at, "2010", 4) < 0 || memcmp(at, "2039", 4) > 0)
			return false;
	}
	return true;
}

/* Goes over the first line of an input: its letters, as many as asked for; others are 0. */
static inline struct slice
fuzz_letters(const uint8_t *data, size_t size, char *letters, size_t count)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t length = end ? (size_t)(end - data) : 0;

	for (size_t i = 0; i < count; i++)
		letters[i] = i < length ? (char)data[i] : 0;
	if (!end)
		return (struct slice){ (const char *)data, size };
	return (struct slice){ (const char *)end + 1, size - length - 1 };
}

#endif

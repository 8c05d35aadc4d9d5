/*
 * api.c - the public interface: programmes and whole filters for other programs.
 *
 * Puts the public names before programme.h and filter.h, and gives a filter its
 * inputs (descriptors, or one text) and its output (a descriptor, a callback, or
 * memory). Decides nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

_Static_assert(LOYALTY_DECIDE_EARN == (int)DECIDE_EARN && LOYALTY_DECIDE_TIER == (int)DECIDE_TIER &&
		       LOYALTY_DECIDE_REDEEM == (int)DECIDE_REDEEM &&
		       LOYALTY_DECIDE_EXPIRE == (int)DECIDE_EXPIRE &&
		       LOYALTY_DECIDE_ALL == (int)DECIDE_ALL,
	"the public deciders are the engine's");

struct loyalty_programme {
	struct programme *compiled;
	char *name;
};

struct loyalty_filter {
	const struct programme *programme;
	unsigned deciders;
	bool posts_late;
	bool postings_only;
	bool unbuffered;
	char *as_of_text; /* NULL: no --as-of */
	instant as_of;
	loyalty_reject *reject;
	void *reject_context;
	loyalty_repeat *repeat;
	void *repeat_context;
	/* Of the latest run. */
	size_t input;
	uint64_t repeats, rejected;
};

/* One run: where its bytes come from. */
struct reading {
	struct loyalty_filter *filter;
	const int *files; /* NULL: text */
	size_t count;     /* of inputs */
	size_t next;      /* the input that is opened next */
	struct slice text;
	struct lines *lines; /* the input that is open */
};

/* Bytes that are gathered in memory. */
struct gathering {
	char *data;
	size_t used;
	size_t size;
};

/* A callback that takes the output. */
struct receiver {
	loyalty_write *write;
	void *context;
};

const char *
loyalty_version(void)
{
	return LOYALTY_VERSION;
}

/* ---- programme ----------------------------------------------------------- */

static void
fill_error(
	struct loyalty_error *error, enum loyalty_status code, const struct programme_error *found)
{
	*error = (struct loyalty_error){
		.code = code, .line = found->line, .column = found->column
	};
	snprintf(error->path, sizeof(error->path), "%s", found->path ? found->path : "");
	snprintf(error->text, sizeof(error->text), "%s", found->text ? found->text : "");
}

static void
report_all(loyalty_report *report, void *context, enum loyalty_status code,
	const struct programme_error *items, int count)
{
	struct loyalty_error error;

	for (int i = 0; i < count; i++) {
		fill_error(&error, code, &items[i]);
		report(context, &error);
	}
}

static enum loyalty_status
compile(struct loyalty_programme *programme, struct slice json, struct programme_errors *errors,
	struct loyalty_error *error)
{
	programme->compiled = programme_load(json, errors);
	if (!programme->compiled && errors->count > 0) {
		fill_error(error, LOYALTY_PROGRAMME, &errors->items[0]);
		return LOYALTY_PROGRAMME;
	}
	if (!programme->compiled) {
		*error = errors->reason;
		return error->code;
	}
	programme->name = strndup(programme->compiled->name.data, programme->compiled->name.size);
	return programme->name ? LOYALTY_OK : fail_memory(error);
}

enum loyalty_status
loyalty_programme_load(struct loyalty_programme **programme, const char *json, size_t size,
	loyalty_report *report, void *context, struct loyalty_error *error)
{
	struct programme_errors errors = { 0 };
	enum loyalty_status status;

	*programme = calloc(1, sizeof(**programme));
	if (!*programme)
		return fail_memory(error);
	status = compile(*programme, (struct slice){ json ? json : "", size }, &errors, error);
	if (report) {
		report_all(report, context, LOYALTY_PROGRAMME, errors.items, errors.count);
		report_all(report, context, LOYALTY_OK, errors.warnings, errors.warning_count);
	}
	programme_errors_free(&errors);
	if (status != LOYALTY_OK) {
		loyalty_programme_free(*programme);
		*programme = NULL;
	}
	return status;
}

void
loyalty_programme_free(struct loyalty_programme *programme)
{
	if (!programme)
		return;
	programme_free(programme->compiled);
	free(programme->name);
	free(programme);
}

const char *
loyalty_programme_name(const struct loyalty_programme *programme)
{
	return programme->name;
}

const char *
loyalty_programme_digest(const struct loyalty_programme *programme)
{
	return programme->compiled->digest;
}

/* ---- a filter and its settings -------------------------------------------- */

struct loyalty_filter *
loyalty_filter_new(const struct loyalty_programme *programme, unsigned deciders)
{
	struct loyalty_filter *filter = calloc(1, sizeof(*filter));

	if (!filter)
		return NULL;
	filter->programme = programme->compiled;
	filter->deciders = deciders & LOYALTY_DECIDE_ALL;
	return filter;
}

void
loyalty_filter_free(struct loyalty_filter *filter)
{
	if (!filter)
		return;
	free(filter->as_of_text);
	free(filter);
}

enum loyalty_status
loyalty_filter_set_as_of(
	struct loyalty_filter *filter, const char *time, struct loyalty_error *error)
{
	instant as_of = 0;
	char *text = NULL;

	if (time) {
		switch (instant_parse(filter->programme->zone, slice_of(time), &as_of, NULL)) {
		case TIME_OK:
			break;
		case TIME_SYNTAX:
			return fail(error, LOYALTY_BAD,
				"expected a date or time such as 2026-03-01, not '%s'", time);
		case TIME_IMPOSSIBLE:
			return fail(error, LOYALTY_BAD, "no such time: '%s'", time);
		case TIME_SKIPPED:
			return fail(error, LOYALTY_BAD, "the clock skips '%s'", time);
		}
		text = strdup(time);
		if (!text)
			return fail_memory(error);
	}
	free(filter->as_of_text);
	filter->as_of_text = text;
	filter->as_of = as_of;
	return LOYALTY_OK;
}

void
loyalty_filter_set_posts_late(struct loyalty_filter *filter, bool posts)
{
	filter->posts_late = posts;
}

void
loyalty_filter_set_postings_only(struct loyalty_filter *filter, bool only)
{
	filter->postings_only = only;
}

void
loyalty_filter_set_unbuffered(struct loyalty_filter *filter, bool unbuffered)
{
	filter->unbuffered = unbuffered;
}

void
loyalty_filter_set_reject(struct loyalty_filter *filter, loyalty_reject *reject, void *context)
{
	filter->reject = reject;
	filter->reject_context = context;
}

void
loyalty_filter_set_repeat(struct loyalty_filter *filter, loyalty_repeat *repeat, void *context)
{
	filter->repeat = repeat;
	filter->repeat_context = context;
}

size_t
loyalty_filter_input(const struct loyalty_filter *filter)
{
	return filter->input;
}

uint64_t
loyalty_filter_repeats(const struct loyalty_filter *filter)
{
	return filter->repeats;
}

uint64_t
loyalty_filter_rejected(const struct loyalty_filter *filter)
{
	return filter->rejected;
}

/* ---- a run ------------------------------------------------------------------ */

static enum loyalty_status
open_next(void *context, struct lines **lines, struct loyalty_error *error)
{
	struct reading *reading = context;
	size_t index = reading->next;

	if (index == reading->count)
		return LOYALTY_END;
	lines_free(reading->lines);
	*lines = reading->lines = reading->files ? lines_new(reading->files[index], "")
						 : lines_new_memory(reading->text, "");
	if (!reading->lines)
		return fail_memory(error);
	reading->filter->input = index;
	reading->next++;
	return LOYALTY_OK;
}

static bool
reject_line(void *context, const char *name, const struct loyalty_error *error, struct slice line)
{
	const struct reading *reading = context;
	const struct loyalty_filter *filter = reading->filter;

	(void)name;
	return filter->reject &&
	       filter->reject(filter->reject_context, filter->input, error, line.data, line.size);
}

static void
repeat_line(void *context, const char *name, unsigned long number, struct slice line)
{
	const struct reading *reading = context;
	const struct loyalty_filter *filter = reading->filter;

	(void)name;
	filter->repeat(filter->repeat_context, filter->input, number, line.data, line.size);
}

/* Runs the filter and writes all that it has written on, whole or not. */
static enum loyalty_status
run(struct loyalty_filter *public, struct reading *reading, struct writer *out,
	struct loyalty_error *error)
{
	struct filter filter = {
		.programme = public->programme,
		.emits = public->deciders,
		.posts_late = public->posts_late,
		.postings_only = public->postings_only,
		.has_as_of = public->as_of_text != NULL,
		.as_of = public->as_of,
		.out = out,
		.open = open_next,
		.reject = reject_line,
		.repeat = public->repeat ? repeat_line : NULL,
		.context = reading,
	};
	struct loyalty_error unwritten;
	enum loyalty_status status;
	const char *name;

	public->input = 0;
	reading->filter = public;
	out->unbuffered = public->unbuffered;
	if (filter.has_as_of)
		filter.as_of_text = slice_of(public->as_of_text);
	error->code = LOYALTY_OK;
	status = filter_run(&filter, &name, error);
	lines_free(reading->lines);
	public->repeats = filter.repeats;
	public->rejected = filter.rejected;
	if (writer_commit(out, &unwritten) == LOYALTY_OK) {
		/* What is bad in a record means of a ledger that it is corrupt. */
		error->code = status;
		return status;
	}
	*error = unwritten;
	return out->error == ENOMEM ? fail_memory(error) : LOYALTY_IO;
}

enum loyalty_status
loyalty_filter_files(struct loyalty_filter *filter, const int *inputs, size_t input_count,
	int output, struct loyalty_error *error)
{
	struct reading reading = { .files = inputs, .count = input_count };
	struct writer out;
	enum loyalty_status status;

	if (!writer_init(&out, output))
		return fail_memory(error);
	status = run(filter, &reading, &out, error);
	writer_free(&out);
	return status;
}

static enum loyalty_status
run_text(struct loyalty_filter *filter, struct slice text, writer_sink *sink, void *context,
	struct loyalty_error *error)
{
	struct reading reading = { .text = text, .count = 1 };
	struct writer out;
	enum loyalty_status status;

	if (!text.data)
		reading.text = SLICE("");
	if (!writer_init_sink(&out, sink, context))
		return fail_memory(error);
	status = run(filter, &reading, &out, error);
	writer_free(&out);
	return status;
}

static int
hand_over(void *context, const char *data, size_t size)
{
	const struct receiver *receiver = context;

	return receiver->write(receiver->context, data, size) ? 0 : ECANCELED;
}

enum loyalty_status
loyalty_filter_text_to(struct loyalty_filter *filter, const char *text, size_t size,
	loyalty_write *write, void *context, struct loyalty_error *error)
{
	struct receiver receiver = { write, context };

	return run_text(filter, (struct slice){ text, size }, hand_over, &receiver, error);
}

/* Keeps the bytes, and room for a NUL after them. */
static int
gather(void *context, const char *data, size_t size)
{
	struct gathering *gathering = context;

	if (gathering->size - gathering->used <= size) {
		size_t grown = 2 * (gathering->used + size) + 1;
		char *place = realloc(gathering->data, grown);

		if (!place)
			return ENOMEM;
		gathering->data = place;
		gathering->size = grown;
	}
	memcpy(gathering->data + gathering->used, data, size);
	gathering->used += size;
	gathering->data[gathering->used] = '\0';
	return 0;
}

enum loyalty_status
loyalty_filter_text(struct loyalty_filter *filter, const char *text, size_t size, char **output,
	size_t *output_size, struct loyalty_error *error)
{
	struct gathering gathering = { 0 };
	enum loyalty_status status =
		run_text(filter, (struct slice){ text, size }, gather, &gathering, error);

	if (status != LOYALTY_OK) {
		free(gathering.data);
		gathering = (struct gathering){ 0 };
	}
	*output = gathering.data;
	*output_size = gathering.used;
	return status;
}

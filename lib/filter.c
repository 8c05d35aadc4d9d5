/*
 * filter.c - the one loop of all filters.
 */
#include "filter_run.h"

#include <string.h>

#include "merged.h"
#include "periods.h"
#include "schedule.h"

enum { PROGRESS_LINES = 4096, GROUP_BYTES = 1 << 16 };

/* ---- writing -------------------------------------------------------------- */

static void
copy_line(struct run *run, struct slice line)
{
	struct writer *out = run->out;

	if (run->filter->postings_only)
		return;
	writer_put(out, line);
	if (run->crlf)
		writer_put_char(out, '\r');
	writer_line_end(out);
}

/* A record that turns out to be bad in the middle leaves nothing of itself behind. */
static void
mark_output(struct run *run)
{
	struct writer *out = run->out;

	if (out->size - out->used < GROUP_BYTES)
		writer_flush(out);
	run->mark = out->used;
}

static void
unwrite(struct run *run)
{
	if (run->out->used > run->mark)
		run->out->used = run->mark;
}

/* ---- bad records ----------------------------------------------------------- */

/* Hands a bad line over. LOYALTY_OK: go on. */
static enum loyalty_status
reject(struct run *run)
{
	struct filter *filter = run->filter;

	run->error->line = source_number(run->source);
	if (!filter->reject(filter->context, source_name(run->source), run->error,
		    source_line(run->source)))
		return LOYALTY_BAD;
	run->engine->rejected++;
	filter->rejected++;
	filter->late = false;
	return LOYALTY_OK;
}

static void
pass_over(struct run *run)
{
	const struct filter *filter = run->filter;

	run->engine->repeats++;
	if (filter->repeat)
		filter->repeat(filter->context, source_name(run->source),
			source_number(run->source), source_line(run->source));
}

enum loyalty_status
run_corrupt(struct run *run, const char *text)
{
	fail(run->error, LOYALTY_CORRUPT, "%s", text);
	return LOYALTY_CORRUPT;
}

static enum loyalty_status
bad(struct run *run, int field, const char *path, const char *text)
{
	const struct record *record = source_record(run->source);

	fail_at(run->error, LOYALTY_BAD, path, "%s", text);
	run->error->column = record_column(record, record_value(record, field));
	return LOYALTY_BAD;
}

static enum loyalty_status
out_of_order(struct run *run, instant clock, const char *whose)
{
	char text[INSTANT_TEXT_MAX];
	size_t size = instant_format(run->filter->programme->zone, clock, text);

	run->filter->late = true;
	fail_at(run->error, LOYALTY_BAD, "at", "out of order: %s already at %.*s", whose, (int)size,
		text);
	run->error->column = record_column(
		source_record(run->source), record_value(source_record(run->source), FIELD_AT));
	return LOYALTY_BAD;
}

/* ---- order -------------------------------------------------------------------- */

/* A fact must not be earlier than a clock, unless it may come late: then it happens now. */
static enum loyalty_status
keep_up(struct run *run, struct fact *fact, instant clock, const char *whose)
{
	if (fact->at >= clock)
		return LOYALTY_OK;
	if (!run->late)
		return out_of_order(run, clock, whose);
	fact->at = clock;
	return LOYALTY_OK;
}

/* Holds a fact against every clock that it moves; fact->member is set. */
static enum loyalty_status
check_clocks(struct run *run, struct fact *fact)
{
	struct engine *engine = run->engine;
	const struct member *other = engine_named_member(engine, fact, fact->member);
	enum loyalty_status status = keep_up(run, fact, run->ticked, "a tick was");

	if (status == LOYALTY_OK && fact->member)
		status = keep_up(run, fact, fact->member->clock, "the member was");
	if (status == LOYALTY_OK && engine->everybody)
		status = keep_up(run, fact, engine->everybody->clock,
			"a limit ties all members together, and one was");
	if (status == LOYALTY_OK && other)
		status = keep_up(run, fact, other->clock, "a member that it names was");
	return status;
}

/* Postings of a late fact are dated when it is posted, in the programme's zone. */
static enum loyalty_status
date_late(struct run *run, struct fact *fact)
{
	char *text;

	if (fact->at == fact->stated)
		return LOYALTY_OK;
	text = scratch_take(&run->engine->scratch, INSTANT_TEXT_MAX);
	if (!text)
		return fail_memory(run->error);
	fact->at_text = (struct slice){ text,
		instant_format(run->filter->programme->zone, fact->at, text) };
	fact_name(fact, &run->engine->scratch);
	return LOYALTY_OK;
}

/* ---- facts -------------------------------------------------------------------- */

enum repeat { NEW, REPEAT, CONFLICT };

/* Whether a fact was there before, within the programme's window. */
static enum repeat
find_repeat(struct run *run, const struct fact *fact, const struct member *member, instant clock,
	struct slice line)
{
	const struct past *past = run->engine->past;
	struct past_fact *before = fact->id.size ? past_find(past, member, fact->id)
						 : past_find_line(past, member, line);

	if (!before)
		return NEW;
	if (!rolling_holds(run->filter->programme, run->filter->programme->policy.repeats,
		    before->at, clock)) {
		run->old = before;
		return NEW;
	}
	return past_same_line(before, line) ? REPEAT : CONFLICT;
}

/* A key without escapes was looked up when its line came. */
static struct member *
find_member(const struct run *run, const struct fact *fact)
{
	if (record_value(fact->record, FIELD_MEMBER)->escaped)
		return members_find(run->engine->members, fact->member_key);
	return run->ahead;
}

/* What is wrong with a valid fact in its place: LOYALTY_END: nothing, it is a repeat. */
static enum loyalty_status
check_place(struct run *run, struct fact *fact, struct slice line)
{
	const struct member *member;
	enum loyalty_status status;

	fact->key = find_member(run, fact);
	member = fact->member = member_now(run->engine, fact->key);

	if (run->filter->has_as_of && fact->at > run->filter->as_of)
		return bad(run, FIELD_AT, "at", "later than --as-of");
	if (member) {
		switch (find_repeat(run, fact, fact->key, member->clock, line)) {
		case REPEAT:
			return LOYALTY_END;
		case CONFLICT:
			return bad(run, FIELD_ID, "id",
				"the member has a fact of this id with other content");
		case NEW:
			break;
		}
	}
	status = check_clocks(run, fact);
	return status == LOYALTY_OK ? date_late(run, fact) : status;
}

static enum loyalty_status
take_fact(struct run *run, struct fact *fact, struct slice line)
{
	struct engine *engine = run->engine;
	struct member *member = fact->member;

	if (!member)
		member = fact->key = engine_add_member(engine, fact->member_key, fact->at);
	if (!member)
		return engine->status;
	if (run->old)
		past_forget(run->old);
	fact->member = member;
	engine_run_due(engine, member, fact->at);
	member->clock = fact->at;
	if (engine->everybody)
		engine->everybody->clock = fact->at;
	fact->past = past_add(engine->past, fact->key, fact->id, line, fact->type, fact->at,
		fact->type == FACT_PURCHASE ? engine->plain_gives : 0);
	if (!fact->past)
		return fail_memory(run->error);
	engine->counts[fact->type]++;
	copy_line(run, line);
	return engine_fact(engine, fact);
}

static enum loyalty_status
take_tick(struct run *run, const struct fact *fact, struct slice line)
{
	run->ticked = run->engine->tick_facts->clock = fact->at;
	run->engine->counts[FACT_TICK]++;
	copy_line(run, line);
	return engine_tick(run->engine, fact->at);
}

static enum loyalty_status
check_tick(struct run *run, struct fact *fact, struct slice line)
{
	enum loyalty_status status;

	if (run->filter->has_as_of && fact->at > run->filter->as_of)
		return bad(run, FIELD_AT, "at", "later than --as-of");
	switch (find_repeat(run, fact, run->engine->tick_facts, run->ticked, line)) {
	case REPEAT:
		return LOYALTY_END;
	case CONFLICT:
		return bad(run, FIELD_ID, "id", "there was a tick of this id with other content");
	case NEW:
		break;
	}
	status = keep_up(run, fact, run->ticked, "a tick was");
	if (status != LOYALTY_OK)
		return status;
	if (run->old)
		past_forget(run->old);
	if (!past_add(run->engine->past, run->engine->tick_facts, fact->id, line, FACT_TICK,
		    fact->at, 0))
		return fail_memory(run->error);
	return LOYALTY_OK;
}

/* The member of the record in hand, who may have been guessed before. */
static void
fetch_member(struct run *run, struct member *guessed)
{
	const struct value *key = record_value(source_record(run->source), FIELD_MEMBER);

	if (key->kind != VALUE_STRING)
		run->ahead = NULL;
	else if (guessed && slice_equal(guessed->key, key->text))
		run->ahead = guessed;
	else
		run->ahead = members_find(run->engine->members, key->text);
}

/* Among bare facts a record that is none. */
static enum loyalty_status
bare_other(struct run *run, enum record_type type)
{
	if (type == RECORD_OPENING || type == RECORD_SNAPSHOT_BEGIN || type == RECORD_SNAPSHOT_END)
		return bad(run, FIELD_TYPE, "type", "a snapshot stands before all facts");
	if (type != RECORD_OTHER)
		return bad(run, FIELD_TYPE, "type", "not a fact: no ledger has begun");
	run->engine->counts[RECORD_OTHER]++;
	copy_line(run, source_line(run->source));
	return LOYALTY_OK;
}

/* One line of bare facts. */
static enum loyalty_status
bare_record(struct run *run)
{
	struct engine *engine = run->engine;
	enum record_type type = source_type(run->source);
	struct slice line = source_line(run->source);
	struct member *guessed;
	struct fact fact;
	enum loyalty_status status;

	run->old = NULL;
	run->crlf = source_crlf(run->source);
	if (!is_fact(type))
		return bare_other(run, type);
	guessed = foresee(&run->foresight, engine->members,
		record_value(source_record(run->source), FIELD_MEMBER), run->source);
	fetch_member(run, guessed);
	status = fact_read(run->filter->programme, source_record(run->source), type,
		&engine->scratch, &fact, run->error);
	if (status == LOYALTY_OK)
		status = type == FACT_TICK ? check_tick(run, &fact, line)
					   : check_place(run, &fact, line);
	if (status == LOYALTY_END) {
		pass_over(run);
		return LOYALTY_OK;
	}
	if (status != LOYALTY_OK)
		return status;
	mark_output(run);
	status = type == FACT_TICK ? take_tick(run, &fact, line) : take_fact(run, &fact, line);
	/* What fails from here on cannot be gone on from: the member has changed. */
	if (status == LOYALTY_BAD) {
		unwrite(run);
		run->error->code = LOYALTY_CORRUPT;
		return LOYALTY_CORRUPT;
	}
	return status;
}

void
run_progress(struct run *run, unsigned long *lines)
{
	if (run->filter->progress && ++*lines % PROGRESS_LINES == 0)
		run->filter->progress(run->filter->context);
}

static enum loyalty_status
bare_facts(struct run *run)
{
	unsigned long lines = 0;

	for (;;) {
		enum loyalty_status status = source_peek(run->source, run->error);

		if (status == LOYALTY_END)
			return LOYALTY_OK;
		if (status == LOYALTY_OK)
			status = bare_record(run);
		if (status == LOYALTY_BAD)
			status = reject(run);
		if (status != LOYALTY_OK)
			return status;
		scratch_reset(&run->engine->scratch);
		source_take(run->source);
		run_progress(run, &lines);
		if (run->out->error)
			return LOYALTY_IO;
	}
}

/* ---- a ledger from upstream ------------------------------------------------------- */

/* A fact that came late to the first filter was posted when it came. */
static enum loyalty_status
follow_late(struct run *run, struct fact *fact)
{
	enum loyalty_status status = fact->type == FACT_TICK ? keep_up(run, fact, run->ticked, "")
							     : check_clocks(run, fact);

	return status == LOYALTY_OK ? date_late(run, fact) : status;
}

/* Upstream has let the fact in, so it is in order, and who had its id before is forgotten. */
static enum loyalty_status
check_framed_place(struct run *run, struct fact *fact)
{
	struct engine *engine = run->engine;
	const struct member *member = NULL;
	enum loyalty_status status = LOYALTY_OK;

	if (fact->type != FACT_TICK) {
		fact->key = find_member(run, fact);
		member = fact->member = member_now(engine, fact->key);
	}
	if (run->late)
		status = follow_late(run, fact);
	else if (fact->at < run->ticked || (member && fact->at < member->clock))
		status = fail_at(run->error, LOYALTY_CORRUPT, "at", "the ledger is out of order");
	if (member && fact->id.size)
		run->old = past_find(engine->past, fact->key, fact->id);
	return status;
}

static enum loyalty_status
framed_fact(struct run *run)
{
	struct engine *engine = run->engine;
	enum record_type type = source_type(run->source);
	struct slice line = source_line(run->source);
	const struct record *record;
	struct fact fact;
	enum loyalty_status status;

	fetch_member(run, NULL);
	record = source_keep(run->source);
	status = fact_read(
		run->filter->programme, record, type, &engine->scratch, &fact, run->error);
	run->old = NULL;
	run->crlf = source_crlf(run->source);
	if (status == LOYALTY_OK)
		status = check_framed_place(run, &fact);
	if (status == LOYALTY_OK && run->again)
		status = run_expect_fact(run, &fact, line);
	if (status != LOYALTY_OK)
		return status == LOYALTY_MEMORY ? status : LOYALTY_CORRUPT;
	/* The line is kept apart: what comes next may be looked at while it is worked on. */
	source_take(run->source);
	status = type == FACT_TICK ? take_tick(run, &fact, line) : take_fact(run, &fact, line);
	if (status == LOYALTY_OK && run->again)
		status = again_settle(run->again);
	return status;
}

/* A posting that stands where no cause is under way: time caused it. */
static enum loyalty_status
framed_posting(struct run *run)
{
	struct engine *engine = run->engine;
	const struct record *record = source_record(run->source);
	unsigned long number = source_number(run->source);
	struct member *member = members_find(engine->members,
		value_decoded(record_value(record, FIELD_MEMBER), &engine->scratch));
	struct loyalty_error ignored;
	instant at;

	if (!member || instant_parse(run->filter->programme->zone,
			       record_value(record, FIELD_AT)->text, &at, NULL) != TIME_OK)
		return run_corrupt(run, "a posting without a cause before it");
	engine_run_due(engine, member, at);
	if (engine->status != LOYALTY_OK)
		return engine->status;
	if (source_peek(run->source, &ignored) == LOYALTY_OK &&
		source_number(run->source) == number)
		return run_corrupt(run, "a posting without a cause before it");
	return LOYALTY_OK;
}

static enum loyalty_status
framed_record(struct run *run)
{
	enum record_type type = source_type(run->source);

	enum loyalty_status status;

	if (type == RECORD_OPENING)
		return run_opening(run);
	status = run_settle_openings(run);
	if (status != LOYALTY_OK)
		return status;
	if (is_fact(type))
		return framed_fact(run);
	if (is_posting(type))
		return run->again ? run_expect_posting(run) : framed_posting(run);
	if (type == RECORD_BEGIN)
		return run_corrupt(run, "the ledger was cut off: another begins before its end");
	if (type != RECORD_OTHER)
		return run_corrupt(run, "a record that does not belong inside a ledger");
	run->crlf = source_crlf(run->source);
	run->engine->counts[RECORD_OTHER]++;
	if (!run->again)
		copy_line(run, source_line(run->source));
	source_take(run->source);
	return LOYALTY_OK;
}

static enum loyalty_status
begin_section(struct run *run, const struct frame *frame)
{
	if (run->again)
		run->late = frame->late;
	run->ticked = INSTANT_ALWAYS;
	run->head = run->section_begins = true;
	run->changed = frame_is_changed(frame);
	source_forget_counts(run->source);
	source_take(run->source);
	return LOYALTY_OK;
}

/* After `end`: nothing more, or the next section of the same ledger. */
static enum loyalty_status
next_section(struct run *run)
{
	struct frame frame;
	enum loyalty_status status;

	source_take(run->source);
	status = source_peek(run->source, run->error);
	if (status != LOYALTY_OK)
		return status == LOYALTY_BAD ? LOYALTY_CORRUPT : status;
	if (source_type(run->source) != RECORD_BEGIN)
		return run_corrupt(run, "a record outside of the ledger's begin and end");
	status = frame_read_begin(
		run->filter->programme, source_record(run->source), &frame, run->error);
	if (status == LOYALTY_OK && frame.deciders != run->frame.deciders)
		return run_corrupt(run, "sections of a ledger that are not equally far");
	/* Our frame is around them all, and begins with what the first one says. */
	if (status == LOYALTY_OK && frame.late && !run->frame.late && !run->again)
		return run_corrupt(run, "a section that took late records behind one that did not: "
					"give them one by one");
	memset(run->engine->copied, 0,
		(size_t)run->filter->programme->unit_count * sizeof(*run->engine->copied));
	return status == LOYALTY_OK ? begin_section(run, &frame) : status;
}

static enum loyalty_status
end_section(struct run *run)
{
	uint64_t repeats, rejected;
	enum loyalty_status status = run_settle_openings(run);

	if (status == LOYALTY_OK && run->again)
		status = again_settle(run->again);
	if (status == LOYALTY_OK)
		status = frame_check_end(run->engine, source_record(run->source),
			source_counts(run->source), &repeats, &rejected, run->error);
	if (status != LOYALTY_OK)
		return status;
	run->engine->repeats += repeats;
	run->engine->rejected += rejected;
	return next_section(run);
}

static enum loyalty_status
framed_stream(struct run *run)
{
	unsigned long lines = 0;

	begin_section(run, &run->frame);
	for (;;) {
		enum loyalty_status status = source_peek(run->source, run->error);

		if (status == LOYALTY_END)
			return run_corrupt(run, "the ledger was cut off: it has no end");
		if (status == LOYALTY_BAD)
			return LOYALTY_CORRUPT;
		if (status == LOYALTY_OK && source_type(run->source) == RECORD_END) {
			status = end_section(run);
			if (status == LOYALTY_END)
				return LOYALTY_OK;
			if (status == LOYALTY_OK)
				continue;
		}
		if (status == LOYALTY_OK)
			status = framed_record(run);
		if (status != LOYALTY_OK)
			return status == LOYALTY_BAD ? LOYALTY_CORRUPT : status;
		scratch_reset(&run->engine->scratch);
		run_progress(run, &lines);
		if (run->out->error)
			return LOYALTY_IO;
	}
}

/* ---- the whole ---------------------------------------------------------------------- */

/* A filter refuses a stream in which its own or a later decider has run. */
static enum loyalty_status
check_order(struct run *run)
{
	unsigned own = run->filter->emits & (~run->filter->emits + 1);

	if (run->filter->again)
		return run->frame.deciders == DECIDE_ALL
			       ? LOYALTY_OK
			       : run_corrupt(
					 run, "not a whole ledger: not all filters have run on it");
	for (int i = 0; i < DECIDER_COUNT; i++)
		if (run->frame.deciders >> i & 1 && 1U << i >= own)
			return fail(run->error, LOYALTY_CORRUPT,
				"loyalty-%s has already run on this ledger",
				decider_name((enum decider)(1 << i)));
	return LOYALTY_OK;
}

static enum loyalty_status
open_stream(struct run *run)
{
	struct filter *filter = run->filter;
	enum loyalty_status status = source_peek(run->source, run->error);

	/* The first filter opens a frame around nothing; a later one has been given none. */
	if (status == LOYALTY_END && !(filter->emits & DECIDE_EARN))
		return fail(
			run->error, LOYALTY_CORRUPT, "the input is empty: upstream wrote nothing");
	run->framed = status == LOYALTY_OK && source_type(run->source) == RECORD_BEGIN;
	if (status != LOYALTY_OK && status != LOYALTY_END && status != LOYALTY_BAD)
		return status;
	if (filter->again && !run->framed)
		return run_corrupt(run, status == LOYALTY_END
						? "the input is empty: upstream wrote nothing"
						: "not a ledger: it does not begin with 'begin'");
	if (status == LOYALTY_OK && source_type(run->source) == RECORD_SNAPSHOT_BEGIN)
		return run_open_snapshot(run);
	if (!run->framed)
		return LOYALTY_OK;
	status = frame_read_begin(
		filter->programme, source_record(run->source), &run->frame, run->error);
	if (status == LOYALTY_OK)
		status = check_order(run);
	if (run->frame.opened.size)
		run->opened = scratch_copy(&run->kept, run->frame.opened);
	if (status == LOYALTY_OK && filter->has_as_of)
		return fail(run->error, LOYALTY_CORRUPT,
			"--as-of belongs to the first filter: this input is a ledger already");
	if (status == LOYALTY_OK && filter->posts_late && !run->frame.late)
		return fail(run->error, LOYALTY_CORRUPT,
			"--late belongs to the first filter: this input is a ledger already");
	return status;
}

static enum loyalty_status
append_tick(struct run *run)
{
	struct filter *filter = run->filter;
	struct writer *out = run->out;

	if (filter->as_of < run->ticked)
		return LOYALTY_OK;
	run->engine->counts[FACT_TICK]++;
	if (!filter->postings_only) {
		writer_put(out, SLICE("{\"type\":\"tick\",\"at\":\""));
		writer_put(out, filter->as_of_text);
		writer_put(out, SLICE("\"}"));
		writer_line_end(out);
	}
	return engine_tick(run->engine, filter->as_of);
}

static enum loyalty_status
run_stream(struct run *run)
{
	struct filter *filter = run->filter;
	struct frame ours = { run->frame.deciders | filter->emits, run->late, filter->postings_only,
		run->opened };
	enum loyalty_status status = LOYALTY_OK;

	frame_write_begin(filter->programme, &ours, run->out);
	run->engine->source = run->framed ? run->source : NULL;
	if (run->has_snapshot)
		status = run_snapshot(run);
	if (status == LOYALTY_OK)
		status = run->framed ? framed_stream(run) : bare_facts(run);
	if (status == LOYALTY_OK && filter->has_as_of)
		status = append_tick(run);
	if (status == LOYALTY_OK)
		frame_write_end(run->engine, run->out);
	return status;
}

/* The whole ledger once more; what it came to is the caller's. */
static enum loyalty_status
run_again(struct run *run)
{
	enum loyalty_status status = framed_stream(run);

	if (status == LOYALTY_OK)
		status = run->filter->again(run->filter->context, run->engine, run->error);
	return status;
}

/* An engine that knows balances where a later section may be held against them. */
static enum loyalty_status
make_engine(struct run *run)
{
	const struct filter *filter = run->filter;
	unsigned upstream = filter->again ? 0 : run->frame.deciders;
	unsigned emits = filter->again ? DECIDE_ALL : filter->emits;

	run->out = filter->out;
	if (filter->again) {
		run->again = again_new(run->source, run->error);
		if (!run->again)
			return fail_memory(run->error);
		run->out = again_writer(run->again);
	}
	run->engine = engine_new(filter->programme, upstream, emits, run->out, run->error);
	if (!run->engine)
		return run->error->code;
	run->engine->again = filter->again != NULL;
	if (!run->framed || (upstream | emits) != DECIDE_ALL)
		return LOYALTY_OK;
	run->engine->balances = balances_new(filter->programme);
	return run->engine->balances ? LOYALTY_OK : fail_memory(run->error);
}

enum loyalty_status
filter_run(struct filter *filter, const char **name, struct loyalty_error *error)
{
	struct run run = { .filter = filter, .error = error, .ticked = INSTANT_ALWAYS };
	enum loyalty_status status;

	*name = NULL;
	run.source = source_new(filter->programme, filter->open, filter->context);
	if (!run.source)
		return fail_memory(error);
	status = open_stream(&run);
	run.late = filter->posts_late || run.frame.late;
	if (status == LOYALTY_OK)
		status = make_engine(&run);
	if (status == LOYALTY_OK)
		status = run.again ? run_again(&run) : run_stream(&run);
	if (status != LOYALTY_OK && status != LOYALTY_BAD && status != LOYALTY_MEMORY &&
		error->line == 0)
		error->line = source_number(run.source);
	*name = source_name(run.source);
	if (run.engine)
		filter->repeats = run.engine->repeats;
	openings_free(run.openings);
	snapshot_head_free(&run.snapshot);
	again_free(run.again);
	scratch_free(&run.kept);
	source_free(run.source);
	if (!filter->ends_process)
		engine_free(run.engine);
	return status;
}

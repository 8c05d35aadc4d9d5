/*
 * filter_snapshot.c - the part of filter.c for snapshots: one in front of facts, the openings
 * inside of a ledger, and a ledger that is decided once more to become one.
 */
#include "filter_run.h"

/* ---- openings ------------------------------------------------------------------------ */

static enum loyalty_status
prepare_openings(struct run *run)
{
	if (!run->openings)
		run->openings = openings_new(run->engine, run->error);
	if (!run->openings)
		return fail_memory(run->error);
	if (run->section_begins)
		openings_section(run->openings, run->changed);
	run->section_begins = false;
	return LOYALTY_OK;
}

/* They are copied even where facts are not: balances begin with them. */
static void
copy_opening(struct run *run, struct slice line)
{
	run->engine->counts[RECORD_OPENING]++;
	if (run->again)
		return;
	writer_put(run->out, line);
	if (source_crlf(run->source))
		writer_put_char(run->out, '\r');
	writer_line_end(run->out);
}

enum loyalty_status
run_opening(struct run *run)
{
	struct slice line = source_line(run->source);
	enum loyalty_status status = prepare_openings(run);

	if (status == LOYALTY_OK)
		status = openings_take(run->openings, source_record(run->source), line, run->head);
	if (status != LOYALTY_OK)
		return status;
	/* A section that was opened goes on from the ticks before it. */
	run->ticked = openings_ticked(run->openings);
	copy_opening(run, line);
	source_take(run->source);
	return LOYALTY_OK;
}

enum loyalty_status
run_settle_openings(struct run *run)
{
	run->head = false;
	return run->openings ? openings_settle(run->openings) : LOYALTY_OK;
}

/* ---- a snapshot in front of facts ---------------------------------------------------- */

static enum loyalty_status
end_snapshot(struct run *run)
{
	enum loyalty_status status = prepare_openings(run);

	if (status == LOYALTY_OK)
		status = snapshot_end_check(run->filter->programme, source_record(run->source),
			&run->snapshot, openings_sums(run->openings), run->error);
	if (status == LOYALTY_OK)
		status = run_settle_openings(run);
	source_take(run->source);
	return status;
}

/* After it come facts; a ledger has its openings inside. */
static enum loyalty_status
check_behind_snapshot(struct run *run)
{
	struct loyalty_error ignored;

	if (source_peek(run->source, &ignored) != LOYALTY_OK)
		return LOYALTY_OK;
	if (source_type(run->source) == RECORD_BEGIN)
		return run_corrupt(
			run, "a ledger behind a snapshot: its openings are inside of it");
	if (source_type(run->source) == RECORD_SNAPSHOT_BEGIN)
		return run_corrupt(run, "a second snapshot");
	return LOYALTY_OK;
}

enum loyalty_status
run_snapshot(struct run *run)
{
	unsigned long lines = 0;
	enum loyalty_status status;

	run->head = run->section_begins = true;
	run->changed = run->snapshot.changed;
	source_take(run->source);
	for (;;) {
		status = source_peek(run->source, run->error);
		if (status == LOYALTY_END)
			return run_corrupt(run, "the snapshot was cut off: it has no end");
		if (status != LOYALTY_OK)
			return status == LOYALTY_BAD ? LOYALTY_CORRUPT : status;
		if (source_type(run->source) == RECORD_SNAPSHOT_END)
			break;
		if (source_type(run->source) != RECORD_OPENING)
			return run_corrupt(run, "a record that does not belong inside a snapshot");
		status = run_opening(run);
		if (status != LOYALTY_OK)
			return status;
		scratch_reset(&run->engine->scratch);
		run_progress(run, &lines);
		if (run->out->error)
			return LOYALTY_IO;
	}
	status = end_snapshot(run);
	return status == LOYALTY_OK ? check_behind_snapshot(run) : status;
}

enum loyalty_status
run_open_snapshot(struct run *run)
{
	enum loyalty_status status;

	if (!snapshot_head_init(&run->snapshot, run->filter->programme))
		return fail_memory(run->error);
	status = snapshot_begin_read(
		run->filter->programme, source_record(run->source), &run->snapshot, run->error);
	if (status != LOYALTY_OK)
		return status;
	if (run->snapshot.touched)
		return run_corrupt(run,
			"the snapshot has only who has changed: it is to be laid over a whole one "
			"(loyalty-snapshot --onto)");
	run->has_snapshot = true;
	run->opened = snapshot_opened(&run->snapshot, source_record(run->source), &run->kept);
	return run->opened.size ? LOYALTY_OK : fail_memory(run->error);
}

/* ---- a ledger once more ------------------------------------------------------------ */

/* A fact that is decided once more; ticks are remembered as the first filter does. */
enum loyalty_status
run_expect_fact(struct run *run, const struct fact *fact, struct slice line)
{
	struct engine *engine = run->engine;

	if (fact->type == FACT_TICK) {
		run->old = fact->id.size ? past_find(engine->past, engine->tick_facts, fact->id)
					 : NULL;
		if (run->old)
			past_forget(run->old);
		if (!past_add(engine->past, engine->tick_facts, fact->id, line, FACT_TICK, fact->at,
			    0))
			return fail_memory(run->error);
	}
	return again_expect(run->again, line, source_number(run->source));
}

/* A posting that was due before the fact that comes next. */
enum loyalty_status
run_expect_posting(struct run *run)
{
	enum loyalty_status status =
		again_expect(run->again, source_line(run->source), source_number(run->source));

	source_take(run->source);
	return status;
}

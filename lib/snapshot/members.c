/*
 * members.c - opening lines: what all members have, each in one line.
 */
#include <stdlib.h>

#include "../schedule.h"
#include "../wide.h"
#include "names.h"
#include "state.h"

/* The parts of a member's state, in the order in which they stand. */
static void
code_state(struct codec *codec)
{
	code_profile(codec);
	code_merged(codec);
	code_lots(codec);
	code_debts(codec);
	code_levels(codec);
	code_vouchers(codec);
	code_counts(codec, codec->member);
	code_rests(codec);
	code_clocks(codec);
	code_marks(codec);
	code_facts(codec, codec->member);
	code_names_now(codec);
}

/* ---- writing ------------------------------------------------------------------------ */

static void
write_units(struct codec *codec, const int128 *units)
{
	const struct programme *programme = codec->engine->programme;
	bool some = false;

	for (int i = 0; i < programme->unit_count; i++)
		some = some || units[i];
	if (!code_object(codec, "units", some))
		return;
	for (int i = 0; i < programme->unit_count; i++) {
		if (!units[i])
			continue;
		write_name(codec, programme->units[i].id);
		wide_put(codec->out, units[i], programme->units[i].decimals);
	}
	code_object_end(codec);
}

static void
begin_line(struct codec *codec)
{
	writer_put(codec->out, SLICE("{\"type\":\"opening\""));
	codec->comma = true;
}

static void
end_line(struct codec *codec)
{
	code_object_end(codec);
	writer_put_char(codec->out, '}');
	writer_line_end(codec->out);
}

void
write_opening(struct codec *codec, struct member *member, const int128 *units)
{
	struct slice key = member->key;

	codec->member = member;
	begin_line(codec);
	code_instant(codec, "at", &member->clock, INSTANT_NEVER);
	code_text(codec, "member", &key);
	write_units(codec, units);
	write_lots_left(codec, member);
	(void)code_object(codec, "state", true);
	code_state(codec);
	end_line(codec);
}

static void
code_ticks(struct codec *codec)
{
	struct engine *engine = codec->engine;
	uint32_t i = 0;

	code_instant(codec, "ticked", &engine->tick_facts->clock, INSTANT_ALWAYS);
	code_facts(codec, engine->tick_facts);
	if (!code_list(codec, "ticks", engine->tick_count > 0))
		return;
	while ((!writes(codec) || i < engine->tick_count) && code_next(codec)) {
		instant at = writes(codec) ? engine->ticks[i++] : 0;

		value_instant(codec, &at);
		if (!writes(codec) && !codec->failed && !engine_keep_tick(engine, at))
			codec_memory(codec);
	}
	code_list_end(codec);
}

/* What limits that all members share have counted. */
static void
code_everybody(struct codec *codec)
{
	struct member *everybody = codec->engine->everybody;
	struct member *nobody = NULL;

	if (!code_object(codec, "everybody", everybody != NULL))
		return;
	/* Of a programme that has no such limit any more. */
	if (!everybody)
		everybody = nobody = member_nobody();
	if (everybody) {
		code_instant(codec, "at", &everybody->clock, INSTANT_ALWAYS);
		code_counts(codec, everybody);
	} else {
		codec_memory(codec);
	}
	code_object_end(codec);
	member_nobody_free(codec->engine->members, nobody);
}

static void
code_common(struct codec *codec)
{
	codec->member = codec->engine->tick_facts;
	code_ticks(codec);
	code_everybody(codec);
}

void
write_common(struct codec *codec)
{
	begin_line(codec);
	(void)code_object(codec, "state", true);
	code_names(codec);
	code_common(codec);
	end_line(codec);
}

/* ---- reading ---------------------------------------------------------------------------- */

static bool
start_reading(struct codec *codec, const struct record *record)
{
	const struct value *state = record_value(record, FIELD_STATE);
	struct slice text = state->text;

	if (state->kind != VALUE_OBJECT) {
		codec_fail(codec, "", "expected an object");
		return false;
	}
	/* Inside of its brackets. */
	codec_read(codec, (struct slice){ text.data + 1, text.size - 1 });
	codec_space(codec);
	return true;
}

static bool
end_reading(struct codec *codec)
{
	code_object_end(codec);
	if (codec->engine->status != LOYALTY_OK)
		codec->failed = true;
	return !codec->failed;
}

bool
read_common(struct codec *codec, const struct record *record, instant *ticked)
{
	struct engine *engine = codec->engine;
	bool first =
		members_count(engine->members) == 0 && engine->tick_facts->clock == INSTANT_ALWAYS;

	if (!start_reading(codec, record))
		return false;
	code_names(codec);
	if (!first) {
		code_instant(codec, "ticked", ticked, INSTANT_ALWAYS);
		return !codec->failed;
	}
	code_common(codec);
	*ticked = engine->tick_facts->clock;
	return end_reading(codec);
}

bool
read_opening(struct codec *codec, const struct record *record, struct slice key)
{
	struct engine *engine = codec->engine;
	const struct value *at = record_value(record, FIELD_AT);
	instant clock;

	if (at->kind != VALUE_STRING ||
		instant_parse(engine->programme->zone, at->text, &clock, NULL) != TIME_OK) {
		fail_at(codec->error, LOYALTY_CORRUPT, "at", "expected a time");
		codec->failed = true;
		return false;
	}
	if (!start_reading(codec, record))
		return false;
	codec->member = members_add(engine->members, key, clock);
	if (!codec->member) {
		codec_memory(codec);
		return false;
	}
	code_state(codec);
	if (!end_reading(codec))
		return false;
	schedule_refresh(engine, codec->member);
	return engine->status == LOYALTY_OK;
}

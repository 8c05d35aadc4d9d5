/*
 * names.c - what the state names of its programme and of members.
 */
#include "names.h"

#include <stdio.h>
#include <stdlib.h>

#include "references.h"

/* ---- what counters count ------------------------------------------------------ */

static void
print(FILE *out, struct slice text)
{
	if (text.size)
		fwrite(text.data, 1, text.size, out);
}

static void
print_period(FILE *out, const struct programme *programme, struct period period)
{
	static const char *const names[] = { "day", "week", "month", "quarter", "half-year", "year",
		"membership-year", "birthday-month", "lifetime", "rolling", "purchase", "balance",
		"window" };
	const struct duration *rolling = &period.rolling;

	fprintf(out, " per %s", names[period.kind]);
	if (period.kind == PERIOD_ROLLING)
		fprintf(out, " P%dM%dDT%lldu", (int)rolling->months, (int)rolling->days,
			(long long)rolling->micros);
	if (period.kind == PERIOD_WINDOW)
		print(out, programme->windows[period.window].id);
}

static void
print_trigger(FILE *out, const struct programme *programme, const struct trigger *trigger)
{
	static const char *const names[] = { "fact", "moment", "tier-up", "tier-down", "reward",
		"reach", "balance", "choice", "activity" };

	if (trigger->kind == TRIGGER_FACT)
		fprintf(out, "%s", record_type_name(trigger->fact));
	else
		fprintf(out, "%s", names[trigger->kind]);
	if (trigger->name.size)
		fprintf(out, ":");
	print(out, trigger->name);
	if (trigger->kind == TRIGGER_REWARD) {
		fprintf(out, ":");
		print(out, programme->rewards[trigger->index].id);
	}
	if (trigger->kind == TRIGGER_ACTIVITY) {
		fprintf(out, ":");
		print(out, programme->units[trigger->index].id);
	}
}

/* Says that a limit is the n-th of those of its owner. */
static bool
print_owner(
	FILE *out, const struct index_list *limits, int limit, const char *kind, struct slice id)
{
	for (int i = 0; i < limits->count; i++) {
		if (limits->items[i] != limit)
			continue;
		fprintf(out, " of %s ", kind);
		print(out, id);
		if (i)
			fprintf(out, "#%d", i + 1);
		return true;
	}
	return false;
}

/* A limit with a name is called by it; another belongs to one rule, reward or policy. */
static void
print_limit(FILE *out, const struct programme *programme, int limit)
{
	struct slice name = programme->limits[limit].name;

	/* Those that stand where they hold are called by their JSON path. */
	if (!memchr(name.data, '[', name.size) && !memchr(name.data, '.', name.size)) {
		fprintf(out, " of limit ");
		print(out, name);
		return;
	}
	for (int i = 0; i < programme->rule_count; i++)
		if (print_owner(out, &programme->rules[i].limits, limit, "rule",
			    programme->rules[i].id))
			return;
	for (int i = 0; i < programme->reward_count; i++)
		if (print_owner(out, &programme->rewards[i].limits, limit, "reward",
			    programme->rewards[i].id))
			return;
	print_owner(out, &programme->policy.claims_limits, limit, "policy", SLICE("claims"));
}

static void
print_counter(FILE *out, const struct programme *programme, const struct counter *counter)
{
	static const char *const kinds[] = { "earned", "facts", "times", "most", "amount" };

	fprintf(out, "%s", kinds[counter->kind]);
	if (counter->kind == COUNTER_EARNED || counter->kind == COUNTER_MOST) {
		fprintf(out, " ");
		print(out, programme->units[counter->unit].id);
	}
	if (counter->kind == COUNTER_HISTORY) {
		fprintf(out, " ");
		print_trigger(out, programme, &counter->trigger);
		if (counter->when_text.size)
			fprintf(out, " when ");
		print(out, counter->when_text);
	} else if (counter->kind != COUNTER_EARNED) {
		print_limit(out, programme, counter->limit);
	}
	print_period(out, programme, counter->period);
}

/* The texts one behind the other, with where each ends. */
static bool
print_names(const struct programme *programme, char **text, size_t *ends)
{
	size_t size;
	FILE *out = open_memstream(text, &size);
	int n = 0;

	if (!out)
		return false;
	for (int i = 0; i < programme->counter_count; i++) {
		print_counter(out, programme, &programme->counters[i]);
		fflush(out);
		ends[n++] = size;
	}
	for (int i = 0; i < programme->clock_count; i++) {
		print_trigger(out, programme, &programme->clocks[i].trigger);
		fflush(out);
		ends[n++] = size;
	}
	return fclose(out) == 0 && *text;
}

struct names *
names_new(const struct programme *programme)
{
	size_t count = (size_t)programme->counter_count + (size_t)programme->clock_count;
	struct names *names = calloc(1, sizeof(*names) + (count + 1) * sizeof(struct slice));
	size_t *ends = calloc(count + 1, sizeof(*ends));
	bool printed = names && ends && print_names(programme, &names->text, ends);

	for (size_t i = 0; printed && i < count; i++) {
		struct slice *name = (struct slice *)(void *)(names + 1) + i;
		size_t start = i ? ends[i - 1] : 0;

		*name = (struct slice){ names->text + start, ends[i] - start };
	}
	free(ends);
	if (!printed) {
		names_free(names);
		return NULL;
	}
	names->counters = (struct slice *)(void *)(names + 1);
	names->clocks = names->counters + programme->counter_count;
	return names;
}

void
names_free(struct names *names)
{
	if (!names)
		return;
	free(names->text);
	free(names->read_counters.own);
	free(names);
}

/* ---- the lists -------------------------------------------------------------------- */

static int
find_name(const struct slice *names, int count, struct slice name)
{
	for (int i = 0; i < count; i++)
		if (slice_equal(names[i], name))
			return i;
	return -1;
}

static void
note_place(struct codec *codec, struct slice name)
{
	struct places *places = &codec->names->read_counters;
	int *own = realloc(places->own, ((size_t)places->count + 1) * sizeof(*own));

	if (!own) {
		codec_memory(codec);
		return;
	}
	places->own = own;
	own[places->count] =
		find_name(codec->names->counters, codec->engine->programme->counter_count, name);
	if (own[places->count++] < 0 && !codec->changed)
		codec_fail(codec, "counters", "names what the programme does not count");
}

static void
code_counters(struct codec *codec)
{
	int count = codec->engine->programme->counter_count;

	if (!writes(codec))
		codec->names->read_counters.count = 0;
	if (!code_list(codec, "counters", count > 0))
		return;
	for (int i = 0; !writes(codec) || i < count; i++) {
		struct slice name = writes(codec) ? codec->names->counters[i] : SLICE("");

		if (!code_next(codec))
			break;
		value_text(codec, &name);
		if (!writes(codec))
			note_place(codec, name);
	}
	code_list_end(codec);
}

/* A unit's counts have another meaning where its decimals are others. */
static void
read_unit(struct codec *codec, struct slice name, int64_t decimals)
{
	int unit = unit_index(codec->engine->programme, name);

	if (codec->names->unit == INT32_MAX)
		codec->names->unit = unit;
	if (unit >= 0 && codec->engine->programme->units[unit].decimals != decimals)
		codec_fail(codec, "units", "a unit has other decimals in this programme");
}

static void
code_decimals(struct codec *codec)
{
	const struct programme *programme = codec->engine->programme;

	codec->names->unit = writes(codec) ? 0 : INT32_MAX;
	if (!code_object(codec, "units", true))
		return;
	for (int i = 0; writes(codec) && i < programme->unit_count; i++) {
		int64_t decimals = programme->units[i].decimals;

		write_name(codec, programme->units[i].id);
		value_count(codec, &decimals);
	}
	while (!writes(codec)) {
		struct slice name;
		int64_t decimals = 0;

		if (!read_name(codec, &name))
			break;
		value_count(codec, &decimals);
		read_unit(codec, name, decimals);
	}
	code_object_end(codec);
}

void
code_names(struct codec *codec)
{
	code_decimals(codec);
	code_counters(codec);
}

/* ---- one of the programme's ---------------------------------------------------------- */

/* *index of `found`, where the text that was read is of one; -1: nothing, or gone. */
static void
take_index(struct codec *codec, const char *name, struct slice text, int found, int *index)
{
	*index = text.size ? found : -1;
	if (text.size && found < 0 && !codec->changed)
		codec_fail(codec, name, "no such name in the programme");
}

void
code_unit(struct codec *codec, int *unit)
{
	struct slice text = SLICE("");

	if (writes(codec) && *unit != codec->names->unit)
		text = codec->engine->programme->units[*unit].id;
	code_text(codec, "unit", &text);
	if (writes(codec))
		return;
	*unit = codec->names->unit;
	if (text.size)
		take_index(codec, "unit", text, unit_index(codec->engine->programme, text), unit);
}

void
code_rule(struct codec *codec, const char *name, int *rule)
{
	const struct programme *programme = codec->engine->programme;
	struct slice text = SLICE("");

	if (writes(codec) && *rule >= 0)
		text = programme->rules[*rule].id;
	code_text(codec, name, &text);
	if (writes(codec))
		return;
	take_index(codec, name, text, rule_index(programme, text), rule);
}

void
code_reward(struct codec *codec, const char *name, int *reward)
{
	const struct programme *programme = codec->engine->programme;
	struct slice text = SLICE("");

	if (writes(codec) && *reward >= 0)
		text = programme->rewards[*reward].id;
	code_text(codec, name, &text);
	if (writes(codec))
		return;
	take_index(codec, name, text, reward_index(programme, text), reward);
}

void
code_ladder(struct codec *codec, const char *name, int *ladder)
{
	const struct programme *programme = codec->engine->programme;
	struct slice text = SLICE("");

	if (writes(codec) && *ladder >= 0)
		text = programme->ladders[*ladder].id;
	code_text(codec, name, &text);
	if (writes(codec))
		return;
	take_index(codec, name, text, ladder_index(programme, text), ladder);
}

void
code_level(struct codec *codec, const char *name, int ladder, int *level)
{
	const struct programme *programme = codec->engine->programme;
	struct slice text = SLICE("");
	int found = -1;

	if (writes(codec) && *level >= 0)
		text = programme->ladders[ladder].levels[*level].id;
	code_text(codec, name, &text);
	if (writes(codec))
		return;
	if (ladder >= 0)
		found = level_index(&programme->ladders[ladder], text);
	take_index(codec, name, text, found, level);
}

void
code_counter(struct codec *codec, int *counter)
{
	int64_t place = *counter;

	code_count(codec, "c", &place, -1);
	if (writes(codec))
		return;
	if (place < 0 || place >= codec->names->read_counters.count) {
		codec_fail(codec, "c", "no such counter");
		return;
	}
	*counter = codec->names->read_counters.own[place];
}

int
find_clock(const struct codec *codec, struct slice name)
{
	return find_name(codec->names->clocks, codec->engine->programme->clock_count, name);
}

void
code_clock(struct codec *codec, const char *name, int *clock)
{
	struct slice text = writes(codec) ? codec->names->clocks[*clock] : SLICE("");

	code_text(codec, name, &text);
	if (!writes(codec))
		take_index(codec, name, text, find_clock(codec, text), clock);
}

void
code_units(struct codec *codec, const char *name, uint64_t *units)
{
	const struct programme *programme = codec->engine->programme;
	struct slice text = SLICE("");
	int unit = -1;

	if (!code_list(codec, name, *units != 0))
		return;
	for (int i = 0; writes(codec) && i < programme->unit_count; i++) {
		if (!(*units >> i & 1))
			continue;
		(void)code_next(codec);
		text = programme->units[i].id;
		value_text(codec, &text);
	}
	while (!writes(codec) && code_next(codec)) {
		value_text(codec, &text);
		take_index(codec, name, text, unit_index(codec->engine->programme, text), &unit);
		if (unit >= 0)
			*units |= UINT64_C(1) << unit;
	}
	code_list_end(codec);
}

/* ---- members ------------------------------------------------------------------------------ */

void
code_member(struct codec *codec, const char *name, uint32_t *index, uint32_t usual)
{
	struct slice key = SLICE("");

	if (writes(codec) && *index != usual)
		key = members_at(codec->engine->members, *index)->key;
	code_text(codec, name, &key);
	if (!writes(codec))
		*index = key.size ? references_index(codec, key) : usual;
}

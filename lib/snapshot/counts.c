/*
 * counts.c - what an opening says of counters, clocks, rests of rounding and thresholds.
 */
#include <stdlib.h>

#include "../fractions.h"
#include "../periods.h"
#include "../reach.h"
#include "names.h"
#include "state.h"

/* Makes room in a list of the member's rarer part for one more. NULL: codec has failed. */
static void *
grow(struct codec *codec, void *items, uint32_t count, size_t size)
{
	void *grown = codec->failed ? NULL : realloc(items, (count + 1) * size);

	if (!grown)
		codec_memory(codec);
	return grown;
}

/* ---- tallies --------------------------------------------------------------------- */

static bool
still_rolls(const struct codec *codec, const struct member *member, const struct tally *tally,
	const struct happening *item)
{
	const struct programme *programme = codec->engine->programme;

	return rolling_holds(programme, programme->counters[tally->counter].period.rolling,
		item->at, member->clock);
}

/* Whether a tally says more than one that is not there would. */
static bool
tally_tells(const struct codec *codec, const struct member *member, const struct tally *tally)
{
	const struct queue *queue = tally->rolls ? tally->queue : NULL;

	if (!tally->rolls)
		return tally->value != 0 &&
		       !tally_is_stale(codec->engine->programme, member, tally);
	for (uint32_t i = 0; queue && i < queue->count; i++)
		if (still_rolls(codec, member, tally, &queue->items[queue->head + i]))
			return true;
	return false;
}

static int
compare_tallies(const void *left, const void *right)
{
	const struct tally *a = *(const struct tally *const *)left;
	const struct tally *b = *(const struct tally *const *)right;

	if (a->counter != b->counter)
		return a->counter < b->counter ? -1 : 1;
	if (a->by != b->by)
		return a->by < b->by ? -1 : 1;
	return (a->window > b->window) - (a->window < b->window);
}

/* Those that tell something, in an order that does not depend on what came first. */
static const struct tally **
sorted_tallies(struct codec *codec, const struct member *member, size_t *count)
{
	const struct tally **sorted = scratch_take(
		&codec->engine->scratch, (member->tally_count + 1) * sizeof(const struct tally *));

	*count = 0;
	if (!sorted) {
		codec_memory(codec);
		return NULL;
	}
	for (uint32_t i = 0; i < member->tally_count; i++)
		if (tally_tells(codec, member, &member->tallies[i]))
			sorted[(*count)++] = &member->tallies[i];
	qsort(sorted, *count, sizeof(*sorted), compare_tallies);
	return sorted;
}

static void
write_queue(struct codec *codec, const struct member *member, const struct tally *tally)
{
	const struct queue *queue = tally->queue;

	if (!code_list(codec, "q", true))
		return;
	for (uint32_t i = 0; i < queue->count; i++) {
		struct happening item = queue->items[queue->head + i];

		if (!still_rolls(codec, member, tally, &item))
			continue;
		(void)code_next(codec);
		value_instant(codec, &item.at);
		(void)code_next(codec);
		value_count(codec, &item.value);
	}
	code_list_end(codec);
}

static void
read_queue(struct codec *codec, struct tally *tally)
{
	if (!code_list(codec, "q", false))
		return;
	while (code_next(codec)) {
		struct happening item = { 0, 0 };

		value_instant(codec, &item.at);
		value_count(codec, &item.value);
		if (!codec->failed && tally && tally_roll(tally, item.at, item.value) != TALLY_OK)
			codec_memory(codec);
	}
	code_list_end(codec);
}

static void
write_tally(struct codec *codec, const struct member *member, const struct tally *tally)
{
	int counter = (int)tally->counter;
	uint64_t by = tally->by;
	instant from = tally->window;
	int64_t value = tally->value;
	instant to;

	code_counter(codec, &counter);
	code_hash(codec, "by", &by);
	if (tally->rolls) {
		write_queue(codec, member, tally);
		return;
	}
	to = tally->end;
	code_instant(codec, "from", &from, INSTANT_ALWAYS);
	code_instant(codec, "to", &to, INSTANT_NEVER);
	code_count(codec, "n", &value, 0);
}

static void
read_tally(struct codec *codec, struct member *member)
{
	const struct programme *programme = codec->engine->programme;
	struct tally *tally = NULL;
	struct span window = { INSTANT_ALWAYS, INSTANT_NEVER };
	int counter = -1;
	int64_t value = 0;
	uint64_t by = 0;

	code_counter(codec, &counter);
	code_hash(codec, "by", &by);
	code_instant(codec, "from", &window.begin, INSTANT_ALWAYS);
	code_instant(codec, "to", &window.end, INSTANT_NEVER);
	code_count(codec, "n", &value, 0);
	if (counter >= 0 && !codec->failed) {
		tally = tally_put(programme, members_slab(codec->engine->members), member, counter,
			by, window);
		if (!tally)
			codec_memory(codec);
		else if (!tally->rolls)
			tally->value = value;
	}
	read_queue(codec, tally && tally->rolls ? tally : NULL);
}

static void
code_tallies(struct codec *codec, struct member *member)
{
	size_t count = 0;
	const struct tally **tallies = writes(codec) ? sorted_tallies(codec, member, &count) : NULL;

	if (!code_list(codec, "counted", count > 0))
		return;
	for (size_t i = 0; i < count; i++) {
		(void)code_next_object(codec);
		write_tally(codec, member, tallies[i]);
		code_object_end(codec);
	}
	while (!writes(codec) && code_next_object(codec)) {
		read_tally(codec, member);
		code_object_end(codec);
	}
	code_list_end(codec);
}

/* ---- fractions ------------------------------------------------------------------------ */

static int
compare_fractions(const void *left, const void *right)
{
	const struct fraction *a = left;
	const struct fraction *b = right;

	if (a->counter != b->counter)
		return a->counter < b->counter ? -1 : 1;
	if (a->by != b->by)
		return a->by < b->by ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static void
code_num_den(struct codec *codec, const char *name, int64_t *num, int64_t *den)
{
	struct ratio ratio = ratio_of(*num, *den);

	code_ratio(codec, name, &ratio, NO_RATIO);
	if (writes(codec))
		return;
	if (ratio.den == 0 || narrow_overflows(ratio.num, num) || narrow_overflows(ratio.den, den))
		codec_fail(codec, name, "expected a fraction");
}

static void
code_fraction(struct codec *codec, struct fraction *fraction)
{
	int counter = (int)fraction->counter;

	code_counter(codec, &counter);
	code_hash(codec, "by", &fraction->by);
	code_instant(codec, "at", &fraction->at, INSTANT_ALWAYS);
	code_num_den(codec, "n", &fraction->num, &fraction->den);
	fraction->counter = (uint32_t)counter;
}

static void
write_fractions(struct codec *codec, const struct member *member)
{
	const struct member_more *more = member->more;
	struct fraction *sorted =
		scratch_take(&codec->engine->scratch, more->fraction_count * sizeof(*sorted));
	uint32_t count = 0;

	if (!sorted) {
		codec_memory(codec);
		return;
	}
	for (uint32_t i = 0; i < more->fraction_count; i++)
		if (fraction_counts(codec->engine->programme, member, &more->fractions[i]))
			sorted[count++] = more->fractions[i];
	qsort(sorted, count, sizeof(*sorted), compare_fractions);
	if (!code_list(codec, "rests", count > 0))
		return;
	for (uint32_t i = 0; i < count; i++) {
		(void)code_next_object(codec);
		code_fraction(codec, &sorted[i]);
		code_object_end(codec);
	}
	code_list_end(codec);
}

static void
read_fractions(struct codec *codec, struct member *member)
{
	if (!code_list(codec, "rests", false))
		return;
	while (code_next_object(codec)) {
		struct member_more *more = member_more(codec->engine->programme, member);
		struct fraction fraction = { 0 };
		void *grown;

		code_fraction(codec, &fraction);
		code_object_end(codec);
		grown = more ? grow(codec, more->fractions, more->fraction_count, sizeof(fraction))
			     : NULL;
		if (!grown)
			break;
		more->fractions = grown;
		if (fraction.counter != UINT32_MAX)
			more->fractions[more->fraction_count++] = fraction;
	}
	code_list_end(codec);
}

void
code_counts(struct codec *codec, struct member *member)
{
	code_tallies(codec, member);
	if (!writes(codec))
		read_fractions(codec, member);
	else if (member->more && member->more->fraction_count)
		write_fractions(codec, member);
}

/* ---- what rounding left over, what is fresh ------------------------------------------------ */

static void
code_carry(struct codec *codec, struct carry *carry, int *unit)
{
	int rule = carry->rule;

	*unit = carry->unit;
	code_rule(codec, "rule", &rule);
	code_unit(codec, unit);
	code_num_den(codec, "n", &carry->num, &carry->den);
	carry->rule = (int16_t)rule;
}

static void
code_carries(struct codec *codec)
{
	struct member_more *more = codec->member->more;
	int unit = 0;

	if (!code_list(codec, "carried", more && more->carry_count))
		return;
	for (uint32_t i = 0; writes(codec) && i < more->carry_count; i++) {
		(void)code_next_object(codec);
		code_carry(codec, &more->carries[i], &unit);
		code_object_end(codec);
	}
	while (!writes(codec) && code_next_object(codec)) {
		struct carry carry = { 0 };
		void *grown;

		code_carry(codec, &carry, &unit);
		code_object_end(codec);
		more = member_more(codec->engine->programme, codec->member);
		grown = more ? grow(codec, more->carries, more->carry_count, sizeof(carry)) : NULL;
		if (!grown)
			break;
		more->carries = grown;
		carry.unit = (uint8_t)unit;
		if (unit >= 0 && carry.rule >= 0)
			more->carries[more->carry_count++] = carry;
	}
	code_list_end(codec);
}

static void
code_fresh(struct codec *codec)
{
	struct member_more *more = codec->member->more;
	uint64_t earned = more ? more->fresh_earned : 0;
	uint64_t touched = more ? more->fresh_touched : 0;

	code_units(codec, "fresh_earned", &earned);
	code_units(codec, "fresh", &touched);
	if (writes(codec) || !(earned | touched))
		return;
	more = member_more(codec->engine->programme, codec->member);
	if (!more) {
		codec_memory(codec);
		return;
	}
	more->fresh_earned = earned;
	more->fresh_touched = touched;
}

void
code_rests(struct codec *codec)
{
	code_carries(codec);
	code_fresh(codec);
}

/* ---- clocks --------------------------------------------------------------------------------- */

static void
write_clocks(struct codec *codec, const char *list, instant *clocks)
{
	const struct programme *programme = codec->engine->programme;
	bool some = false;

	for (int i = 0; clocks && i < programme->clock_count; i++)
		some = some || clocks[i] != INSTANT_ALWAYS;
	if (!code_object(codec, list, some))
		return;
	for (int i = 0; i < programme->clock_count; i++) {
		if (clocks[i] == INSTANT_ALWAYS)
			continue;
		write_name(codec, codec->names->clocks[i]);
		value_instant(codec, &clocks[i]);
	}
	code_object_end(codec);
}

static void
read_clocks(struct codec *codec, const char *list, bool lived)
{
	struct slice name;

	if (!code_object(codec, list, false))
		return;
	while (read_name(codec, &name)) {
		struct member_more *more = member_more(codec->engine->programme, codec->member);
		int clock = find_clock(codec, name);
		instant at = INSTANT_ALWAYS;

		value_instant(codec, &at);
		if (!more)
			codec_memory(codec);
		else if (clock >= 0)
			(lived ? more->lived : more->clocks)[clock] = at;
		else if (!codec->changed)
			codec_fail(codec, list, "no such clock in the programme");
	}
	code_object_end(codec);
}

static void
code_gap(struct codec *codec, struct clock_gap *gap)
{
	code_clock(codec, "clock", &gap->clock);
	code_instant(codec, "from", &gap->from, INSTANT_ALWAYS);
	code_instant(codec, "to", &gap->to, INSTANT_ALWAYS);
}

static void
code_gaps(struct codec *codec)
{
	struct member_more *more = codec->member->more;

	if (!code_list(codec, "gaps", more && more->gap_count))
		return;
	for (uint32_t i = 0; writes(codec) && i < more->gap_count; i++) {
		(void)code_next_object(codec);
		code_gap(codec, &more->gaps[i]);
		code_object_end(codec);
	}
	while (!writes(codec) && code_next_object(codec)) {
		struct clock_gap gap = { 0 };
		void *grown;

		code_gap(codec, &gap);
		code_object_end(codec);
		more = member_more(codec->engine->programme, codec->member);
		grown = more ? grow(codec, more->gaps, more->gap_count, sizeof(gap)) : NULL;
		if (!grown)
			break;
		more->gaps = grown;
		if (gap.clock >= 0)
			more->gaps[more->gap_count++] = gap;
	}
	code_list_end(codec);
}

void
code_clocks(struct codec *codec)
{
	const struct member_more *more = codec->member->more;

	if (writes(codec)) {
		write_clocks(codec, "clocks", more ? more->clocks : NULL);
		write_clocks(codec, "lived", more ? more->lived : NULL);
	} else {
		read_clocks(codec, "clocks", false);
		read_clocks(codec, "lived", true);
	}
	code_gaps(codec);
}

/* ---- thresholds ------------------------------------------------------------------------------ */

/* Others say the number of a mark: one whose rule is gone stays, for nobody. */
static void
code_mark(struct codec *codec, struct reach_mark *mark)
{
	int rules = codec->engine->programme->rule_count;
	int rule = mark->place < rules ? mark->place : -1;
	int reward = mark->place >= rules ? mark->place - rules : -1;

	code_rule(codec, "rule", &rule);
	code_reward(codec, "reward", &reward);
	code_count(codec, "at", &mark->threshold, 0);
	code_instant(codec, "window", &mark->window, INSTANT_ALWAYS);
	code_instant(codec, "until", &mark->until, INSTANT_NEVER);
	CODE_NUMBER(codec, "n", mark->number, 0);
	code_flag(codec, "back", &mark->back);
	if (!writes(codec))
		mark->place = rule >= 0 ? rule : reward >= 0 ? rules + reward : -1;
}

static uint32_t
mark_count(const struct member *member)
{
	return member->more ? member->more->mark_count : 0;
}

static bool
mark_matters(const struct codec *codec, uint32_t i)
{
	return reach_matters(codec->member, &codec->member->more->marks[i]);
}

static void
code_marks_had(struct codec *codec)
{
	struct member_more *more = codec->member->more;
	int64_t count = more ? more->marks_had : 0;

	code_count(codec, "reached_had", &count, 0);
	if (writes(codec) || !count)
		return;
	more = member_more(codec->engine->programme, codec->member);
	if (more)
		more->marks_had = (uint32_t)count;
	else
		codec_memory(codec);
}

void
code_marks(struct codec *codec)
{
	uint32_t count = writes(codec) ? mark_count(codec->member) : 0;
	uint32_t first = 0;

	while (first < count && !mark_matters(codec, first))
		first++;
	code_marks_had(codec);
	if (!code_list(codec, "reached", first < count))
		return;
	for (uint32_t i = first; i < count; i++) {
		if (!mark_matters(codec, i))
			continue;
		(void)code_next_object(codec);
		code_mark(codec, &codec->member->more->marks[i]);
		code_object_end(codec);
	}
	while (!writes(codec) && code_next_object(codec)) {
		struct reach_mark mark = { 0 };

		code_mark(codec, &mark);
		code_object_end(codec);
		if (!reach_put(codec->engine->programme, codec->member, &mark))
			codec_memory(codec);
	}
	code_list_end(codec);
}

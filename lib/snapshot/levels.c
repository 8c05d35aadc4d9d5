/*
 * levels.c - the levels of an opening: where a member stands on each ladder.
 */
#include "../tier.h"
#include "names.h"
#include "state.h"

/* What a ladder counts for a level beside its hold. */
static void
code_terms(struct codec *codec, const char *name, int64_t *terms, int count)
{
	int n = 0;
	bool some = false;

	for (int i = 0; i < count; i++)
		some = some || terms[i];
	if (!code_list(codec, name, some))
		return;
	for (; (!writes(codec) || n < count) && code_next(codec); n++) {
		int64_t term = writes(codec) ? terms[n] : 0;

		value_count(codec, &term);
		if (!writes(codec) && n < count)
			terms[n] = term;
	}
	/* Of a level with other needs nothing is known of what came since. */
	for (int i = 0; !writes(codec) && n != count && i < count; i++)
		terms[i] = 0;
	code_list_end(codec);
}

static void
code_hold(struct codec *codec, const struct ladder *ladder, int index, struct standing *standing)
{
	struct hold *hold = &standing->holds[index];
	const struct level *level = &ladder->levels[index];
	int64_t *terms = tier_terms(ladder, standing) + level->first_need;

	CODE_BIT(codec, "held", hold->held);
	CODE_BIT(codec, "while_met", hold->while_met);
	CODE_BIT(codec, "grace", hold->grace);
	CODE_BIT(codec, "reached", hold->reached);
	CODE_BIT(codec, "closing", hold->closing);
	CODE_BIT(codec, "fell", hold->fell);
	code_instant(codec, "until", &hold->until, 0);
	code_instant(codec, "since", &hold->since, 0);
	CODE_NUMBER(codec, "facts", hold->facts, 0);
	if (!hold->held)
		return;
	code_terms(codec, "term", terms, level->need_count);
	if (ladder->counts_at_reach)
		code_terms(codec, "at_reach", terms + ladder->need_count, level->need_count);
}

static bool
is_bare(const struct hold *hold)
{
	return !hold->held && !hold->while_met && !hold->grace && !hold->reached &&
	       !hold->closing && !hold->fell && !hold->until && !hold->since && !hold->facts;
}

static void
write_holds(struct codec *codec, int ladder, struct standing *standing)
{
	const struct ladder *on = &codec->engine->programme->ladders[ladder];
	bool some = false;

	for (int i = 0; i < on->level_count; i++)
		some = some || !is_bare(&standing->holds[i]);
	if (!code_list(codec, "holds", some))
		return;
	for (int i = 0; i < on->level_count; i++) {
		int level = i;

		if (is_bare(&standing->holds[i]))
			continue;
		(void)code_next_object(codec);
		code_level(codec, "level", ladder, &level);
		code_hold(codec, on, i, standing);
		code_object_end(codec);
	}
	code_list_end(codec);
}

/* A level that is gone may have been held only before. */
static void
skip_hold(struct codec *codec)
{
	struct hold hold = { 0 };
	int64_t none = 0;

	CODE_BIT(codec, "held", hold.held);
	if (hold.held)
		codec_fail(codec, "levels",
			"a level is held that the programme does not have any more");
	CODE_BIT(codec, "while_met", hold.while_met);
	CODE_BIT(codec, "grace", hold.grace);
	CODE_BIT(codec, "reached", hold.reached);
	CODE_BIT(codec, "closing", hold.closing);
	CODE_BIT(codec, "fell", hold.fell);
	code_instant(codec, "until", &hold.until, 0);
	code_instant(codec, "since", &hold.since, 0);
	code_count(codec, "facts", &none, 0);
}

static void
read_holds(struct codec *codec, int ladder, struct standing *standing)
{
	if (!code_list(codec, "holds", false))
		return;
	while (code_next_object(codec)) {
		int level = -1;

		code_level(codec, "level", ladder, &level);
		if (level < 0)
			skip_hold(codec);
		else
			code_hold(
				codec, &codec->engine->programme->ladders[ladder], level, standing);
		code_object_end(codec);
	}
	code_list_end(codec);
}

static bool
stands_nowhere(const struct ladder *ladder, const struct standing *standing)
{
	for (int i = 0; i < ladder->level_count; i++)
		if (!is_bare(&standing->holds[i]))
			return false;
	return standing->level == 0 && standing->granted == 0 && standing->until == INSTANT_NEVER &&
	       standing->granted_until == INSTANT_NEVER;
}

static void
write_ladder(struct codec *codec, int ladder)
{
	struct standing *standing =
		member_standing(codec->engine->programme, codec->member, ladder);
	int granted = standing->granted ? standing->granted : -1;

	if (stands_nowhere(&codec->engine->programme->ladders[ladder], standing))
		return;
	(void)code_next_object(codec);
	code_ladder(codec, "ladder", &ladder);
	code_level(codec, "level", ladder, &standing->level);
	code_instant(codec, "until", &standing->until, INSTANT_NEVER);
	code_level(codec, "granted", ladder, &granted);
	code_instant(codec, "granted_until", &standing->granted_until, INSTANT_NEVER);
	write_holds(codec, ladder, standing);
	code_object_end(codec);
}

static void
read_ladder(struct codec *codec)
{
	struct standing *standing = NULL;
	struct standing read = { 0 };
	int ladder = -1;

	code_ladder(codec, "ladder", &ladder);
	if (ladder < 0) {
		codec_fail(codec, "levels", "a ladder is not in the programme any more");
		return;
	}
	standing = tier_standing(codec->engine, codec->member, ladder);
	code_level(codec, "level", ladder, &read.level);
	code_instant(codec, "until", &read.until, INSTANT_NEVER);
	code_level(codec, "granted", ladder, &read.granted);
	code_instant(codec, "granted_until", &read.granted_until, INSTANT_NEVER);
	if (!standing) {
		codec_memory(codec);
		return;
	}
	if (read.level < 0)
		codec_fail(codec, "levels",
			"a member is on a level that the programme does not have any more");
	standing->level = read.level;
	standing->granted = read.granted < 0 ? 0 : read.granted;
	standing->until = read.until;
	standing->granted_until = read.granted_until;
	read_holds(codec, ladder, standing);
}

void
code_levels(struct codec *codec)
{
	const struct programme *programme = codec->engine->programme;
	bool some = false;

	for (int i = 0; codec->member->standings && i < programme->ladder_count; i++)
		some = some || !stands_nowhere(&programme->ladders[i],
				       member_standing(programme, codec->member, i));
	if (!code_list(codec, "levels", some))
		return;
	for (int i = 0; writes(codec) && i < programme->ladder_count; i++)
		write_ladder(codec, i);
	while (!writes(codec) && code_next_object(codec)) {
		read_ladder(codec);
		code_object_end(codec);
	}
	code_list_end(codec);
}

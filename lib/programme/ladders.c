/*
 * ladders.c - `tiers`: levels by units in a period.
 */
#include "loader.h"

/* A ladder and what its levels take over from it. */
struct ladder_parts {
	struct ladder ladder;
	struct period period;
	struct table *keep;
	struct node levels;
	unsigned renew;
};

static const char *const renew_names[] = { "when-met", "at-end", NULL };
static const char *const fall_names[] = { "earned", "one", "bottom", "never", NULL };

static bool
load_grace(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct ladder_parts *parts = field;

	(void)unused;
	parts->ladder.has_grace = true;
	return load_duration(loader, node, &parts->ladder.grace, NULL);
}

static bool
load_forfeit(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct index_list *units = field;
	bool loaded = load_references(loader, node, "unit", &loader->units, units);

	(void)unused;
	for (int i = 0; i < units->count && loaded; i++) {
		struct node item = node_list_item(node, i);

		if (!loader->programme->units[units->items[i]].spendable)
			loaded = load_error(
				loader, &item, "a unit that is not spendable cannot be forfeited");
	}
	return loaded;
}

static bool
keep_levels(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)unused;
	*(struct node *)field = *node;
	if (json_is_array(node->json) && json_array_size(node->json) > 0 &&
		json_array_size(node->json) <= LEVELS_MAX)
		return true;
	return load_error(
		loader, node, "expected a list of 1 to %d levels, lowest first", LEVELS_MAX);
}

#define LADDER(field) offsetof(struct ladder_parts, ladder.field)

static const struct key ladder_table[] = {
	{ "id", load_text, LADDER(id), NULL, false },
	{ "name", load_text, LADDER(name), NULL, false },
	{ "notes", load_notes, 0, NULL, false },
	{ "period", load_tier_period, offsetof(struct ladder_parts, period), NULL, false },
	{ "keep", load_table_field, offsetof(struct ladder_parts, keep), &for_keep, false },
	{ "renew", load_keyword, offsetof(struct ladder_parts, renew), renew_names, false },
	{ "grace", load_grace, 0, NULL, false },
	{ "fall", load_keyword, LADDER(fall), fall_names, false },
	{ "forfeit", load_forfeit, LADDER(forfeit), NULL, false },
	{ "from", load_from, LADDER(from), NULL, false },
	{ "through", load_through, LADDER(until), NULL, false },
	{ "levels", keep_levels, offsetof(struct ladder_parts, levels), NULL, true },
};

const struct object_keys ladder_keys = OBJECT_KEYS("ladder", ladder_table);

/* ---- levels ----------------------------------------------------------------------- */

struct level_parts {
	struct level level;
	struct node needs;
};

static bool
keep_needs(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)loader;
	(void)unused;
	*(struct node *)field = *node;
	return true;
}

#define LEVEL(field) offsetof(struct level_parts, level.field)

static const struct key level_table[] = {
	{ "id", load_text, LEVEL(id), NULL, true },
	{ "name", load_text, LEVEL(name), NULL, false },
	{ "notes", load_notes, 0, NULL, false },
	{ "needs", keep_needs, offsetof(struct level_parts, needs), NULL, false },
	{ "period", load_tier_period, LEVEL(period), NULL, false },
	{ "keep", load_table_field, LEVEL(keep), &for_keep, false },
	{ "benefits", load_text_list, LEVEL(benefits), NULL, false },
	{ "from", load_from, LEVEL(from), NULL, false },
	{ "through", load_through, LEVEL(until), NULL, false },
};

const struct object_keys level_keys = OBJECT_KEYS("level", level_table);

static bool
load_needs(struct loader *loader, const struct node *node, struct level *level)
{
	struct needs *needs = LOAD_APPEND(loader, level->alternatives, level->alternative_count);
	struct unit_amounts amounts = { 0 };
	bool loaded = load_unit_amounts(loader, node, &amounts, &for_needs);

	needs->count = amounts.count;
	needs->items = load_alloc(loader, (size_t)amounts.count + 1, sizeof(*needs->items));
	for (int i = 0; i < amounts.count; i++) {
		struct need *need = &needs->items[i];

		need->unit = amounts.items[i].unit;
		need->amount = amounts.items[i].amount;
		need->counter = -1;
		if (need->amount && need->amount->uses.level)
			loaded =
				load_error(loader, node, "what a level needs cannot go by a level");
		if (level->period.kind != PERIOD_BALANCE)
			need->counter = earned_counter(loader, need->unit, &level->period);
		else if (!loader->programme->units[need->unit].spendable)
			loaded =
				load_error(loader, node, "'%s' has no balance: it is not spendable",
					loader->programme->units[need->unit].id.data);
	}
	return loaded;
}

static bool
load_level(struct loader *loader, const struct node *node, const struct ladder_parts *ladder,
	const struct name_list *names, struct level *level)
{
	struct level_parts parts = { .level = { .period = ladder->period,
					     .keep = ladder->keep,
					     .from = INSTANT_ALWAYS,
					     .until = INSTANT_NEVER } };
	bool loaded = load_object(loader, node, &level_keys, &parts);
	struct node id;

	if (!json_is_object(node->json))
		return false;
	id = node_member(node, "id");
	if (parts.level.id.size > 0)
		loaded &= check_id(loader, &id, parts.level.id, names, node->place, "level");
	if (parts.needs.json && node->place == 0)
		loaded = load_error(loader, &parts.needs, "the first level has no 'needs'");
	else if (parts.needs.json && node_list_size(&parts.needs) == 0)
		loaded = load_error(loader, &parts.needs, "expected {unit: number}");
	for (int i = 0; parts.needs.json && i < node_list_size(&parts.needs); i++) {
		struct node item = node_list_item(&parts.needs, i);

		loaded &= load_needs(loader, &item, &parts.level);
	}
	if (loaded && parts.level.from >= parts.level.until)
		loaded = load_error(loader, node, "'through' is before 'from'");
	*level = parts.level;
	return loaded;
}

/* ---- the ladder ------------------------------------------------------------------------ */

/* Words that conditions and tables read as something else. */
static bool
is_field_of_records(struct slice id)
{
	static const char *const words[] = {
#define X(constant, name) name,
		RECORD_FIELDS(X)
#undef X
			"any",
		"not", "in", "history", "balance", "earned", "at", "channel", "store", "region",
		"codes", "merchandise", "basis"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], "tier") != 0 && slice_equal(slice_of(words[i]), id))
			return true;
	}
	return memchr(id.data, '.', id.size) != NULL;
}

static bool
check_ladder_id(struct loader *loader, const struct node *node, int place, struct slice id)
{
	struct node key = node_member(node, "id");
	const struct node *where = key.json ? &key : node;

	if (is_field_of_records(id))
		return load_error(loader, where,
			"a ladder cannot be named '%s': conditions read it as a field", id.data);
	return check_id(loader, where, id, &loader->ladders, place, "ladder");
}

static struct table *
keep_while_met(struct loader *loader)
{
	struct table *table = constant_table(loader);

	table->while_met = true;
	return table;
}

/* What most levels are reached by: so much of one unit. */
static const struct need *
only_need(const struct level *level)
{
	const struct need *need;

	if (level->alternative_count != 1 || level->alternatives[0].count != 1)
		return NULL;
	need = &level->alternatives[0].items[0];
	return need->amount && need->amount->subject == SUBJECT_NONE &&
			       level->period.kind != PERIOD_BALANCE
		       ? need
		       : NULL;
}

static uint64_t
units_needed(const struct level *level)
{
	uint64_t units = 0;

	for (int i = 0; i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++)
			units |= UINT64_C(1) << level->alternatives[i].items[j].unit;
	return units;
}

static void
number_needs(struct ladder *ladder)
{
	int needs = 0;

	for (int i = 0; i < ladder->level_count; i++) {
		struct level *level = &ladder->levels[i];

		level->first_need = needs;
		ladder->on_balance = ladder->on_balance || level->period.kind == PERIOD_BALANCE;
		ladder->counts_terms =
			ladder->counts_terms ||
			(ladder->renew_at_end && level->period.kind == PERIOD_ROLLING);
		for (int j = 0; j < level->alternative_count; j++)
			needs += level->alternatives[j].count;
		level->need_count = needs - level->first_need;
		level->needed = units_needed(level);
		ladder->needed |= level->needed;
		level->only = only_need(level);
	}
	ladder->need_count = needs;
}

static void
list_dates(struct loader *loader, struct ladder *ladder, instant from, instant until)
{
	if (from != INSTANT_ALWAYS)
		*LOAD_APPEND(loader, ladder->dates, ladder->date_count) = from;
	if (until != INSTANT_NEVER)
		*LOAD_APPEND(loader, ladder->dates, ladder->date_count) = until;
}

/* A level is in force where its ladder is, too. */
static void
date_levels(struct loader *loader, struct ladder *ladder)
{
	list_dates(loader, ladder, ladder->from, ladder->until);
	for (int i = 0; i < ladder->level_count; i++) {
		struct level *level = &ladder->levels[i];

		list_dates(loader, ladder, level->from, level->until);
		if (level->from < ladder->from)
			level->from = ladder->from;
		if (level->until > ladder->until)
			level->until = ladder->until;
	}
}

static bool
load_ladder(struct loader *loader, const struct node *node, int place)
{
	struct ladder_parts parts = { .ladder = { .from = INSTANT_ALWAYS, .until = INSTANT_NEVER },
		.period = { .kind = PERIOD_LIFETIME, .window = -1 } };
	struct ladder *ladder = &parts.ladder;
	bool loaded = load_object(loader, node, &ladder_keys, &parts);

	if (!json_is_object(node->json))
		return false;
	if (!parts.keep)
		parts.keep = keep_while_met(loader);
	if (ladder->id.size == 0)
		ladder->id = SLICE("tier");
	ladder->renew_at_end = parts.renew == 1;
	loaded &= check_ladder_id(loader, node, place, ladder->id);
	if (json_is_array(parts.levels.json) && node_list_size(&parts.levels) <= LEVELS_MAX) {
		ladder->level_count = node_list_size(&parts.levels);
		ladder->levels = load_alloc(
			loader, (size_t)ladder->level_count + 1, sizeof(*ladder->levels));
	}
	for (int i = 0; i < ladder->level_count; i++) {
		struct node item = node_list_item(&parts.levels, i);

		loaded &= load_level(
			loader, &item, &parts, &loader->levels[place], &ladder->levels[i]);
	}
	if (loaded && ladder->from >= ladder->until)
		loaded = load_error(loader, node, "'through' is before 'from'");
	number_needs(ladder);
	date_levels(loader, ladder);
	loader->programme->ladders[place] = *ladder;
	return loaded;
}

bool
load_ladders(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct programme *programme = loader->programme;
	bool loaded = true;

	(void)field;
	(void)unused;
	loader->decider = DECIDE_TIER;
	if (node_list_size(node) == 0 || node_list_size(node) > LADDERS_MAX)
		return load_error(
			loader, node, "expected one ladder, or a list of 1 to %d", LADDERS_MAX);
	programme->ladder_count = node_list_size(node);
	programme->ladders = load_alloc(
		loader, (size_t)programme->ladder_count + 1, sizeof(*programme->ladders));
	for (int i = 0; i < programme->ladder_count; i++) {
		struct node item = node_list_item(node, i);

		loaded &= load_ladder(loader, &item, i);
	}
	return loaded;
}

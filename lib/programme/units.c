/*
 * units.c - what is counted: points, stars, nights, spend.
 */
#include "loader.h"

static const int decimals_range[] = { 0, 6 };

const char *const round_names[] = { "down", "up", "half-up", "half-even", NULL };
const char *const round_per_names[] = { "purchase", "rule", "line", "carry", NULL };

/* Of a unit that does not say how it is rounded: the policy's, known when all is read. */
enum { AS_POLICY = 99 };

static bool
load_bucket(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct unit *unit = field;

	(void)unused;
	unit->has_bucket = true;
	return load_period(loader, node, PERIOD_CALENDAR_ONLY, &unit->bucket);
}

/* What is pending is decided when it is earned, unlike its end. */
static bool
load_unit_pending(struct loader *loader, const struct node *node, void *field, const void *argument)
{
	bool loaded;

	loader->decider = DECIDE_EARN;
	loaded = load_table_field(loader, node, field, argument);
	loader->decider = DECIDE_EXPIRE;
	return loaded;
}

static const struct key unit_table[] = {
	{ "name", load_text, offsetof(struct unit, name), NULL, false },
	{ "notes", load_notes, 0, NULL, false },
	{ "decimals", load_integer, offsetof(struct unit, decimals), decimals_range, false },
	{ "spendable", load_flag, offsetof(struct unit, spendable), NULL, false },
	{ "round", load_keyword, offsetof(struct unit, round), round_names, false },
	{ "round_per", load_keyword, offsetof(struct unit, round_per), round_per_names, false },
	{ "pending", load_unit_pending, offsetof(struct unit, pending), &for_pending, false },
	{ "expire", load_table_field, offsetof(struct unit, expire), &for_expiry, false },
	{ "bucket", load_bucket, 0, NULL, false },
};

const struct object_keys unit_keys = OBJECT_KEYS("unit", unit_table);

/* Every posting writes it. */
static struct slice
make_label(struct loader *loader, struct slice id)
{
	enum { ESCAPE_MAX = 6, QUOTES_AND_COLON = 3 };
	char *text = load_alloc(loader, id.size * ESCAPE_MAX + QUOTES_AND_COLON, 1);
	size_t size;

	text[0] = '"';
	size = 1 + json_escape(id, text + 1);
	text[size++] = '"';
	text[size++] = ':';
	return (struct slice){ text, size };
}

static bool
load_unit(struct loader *loader, const struct node *node, int place)
{
	struct programme *programme = loader->programme;
	struct unit *unit = &programme->units[place];
	bool loaded;

	if (place >= UNITS_MAX)
		return load_error(loader, node, "more than %d units", UNITS_MAX);
	loaded = check_id(loader, node, unit->id, &loader->units, place, "unit");
	unit->label = make_label(loader, unit->id);
	if (unit->label.size > programme->label_size)
		programme->label_size = unit->label.size;
	unit->round = (enum rounding)AS_POLICY;
	unit->round_per = (enum round_scope)AS_POLICY;
	loader->activity_unit = unit->spendable ? place : -1;
	loaded &= load_object(loader, node, &unit_keys, unit);
	loader->activity_unit = -1;
	if (!unit->spendable && (unit->pending || unit->expire || unit->has_bucket))
		loaded = load_error(loader, node,
			"a unit that is not spendable has no 'pending', 'expire' or 'bucket'");
	return loaded;
}

bool
load_units(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)field;
	(void)unused;
	loader->decider = DECIDE_EXPIRE;
	return load_members(loader, node, "units", load_unit);
}

void
units_resolve(struct loader *loader)
{
	struct programme *programme = loader->programme;

	for (int i = 0; i < programme->unit_count; i++) {
		struct unit *unit = &programme->units[i];

		if (unit->round == (enum rounding)AS_POLICY)
			unit->round = programme->policy.round;
		if (unit->round_per == (enum round_scope)AS_POLICY)
			unit->round_per = programme->policy.round_per;
	}
}

/*
 * triggers.c - `on` and `since`: facts, moments, changes of level, rewards given,
 * thresholds reached.
 */
#include "loader.h"

static const char *const fact_names[] = {
#define X(constant, name) name,
	FACT_TYPES(X)
#undef X
};

bool
parse_fact(struct loader *loader, struct slice text, struct trigger *trigger)
{
	static const char action[] = "action:";
	const size_t prefix = sizeof(action) - 1;

	*trigger = (struct trigger){ .kind = TRIGGER_FACT };
	if (text.size > prefix && memcmp(text.data, action, prefix) == 0) {
		trigger->fact = FACT_ACTION;
		trigger->name = load_copy(loader, text.data + prefix, text.size - prefix);
		return true;
	}
	for (int i = 0; i < FACT_TYPE_COUNT; i++) {
		if (slice_equal(slice_of(fact_names[i]), text) && i != FACT_TICK) {
			trigger->fact = (enum record_type)i;
			return true;
		}
	}
	return false;
}

static bool
trigger_equal(const struct trigger *a, const struct trigger *b)
{
	return a->kind == b->kind && a->fact == b->fact && a->index == b->index &&
	       slice_equal(a->name, b->name);
}

int
clock_of(struct loader *loader, const struct trigger *trigger)
{
	struct programme *programme = loader->programme;

	for (int i = 0; i < programme->clock_count; i++) {
		if (trigger_equal(&programme->clocks[i].trigger, trigger))
			return i;
	}
	LOAD_APPEND(loader, programme->clocks, programme->clock_count)->trigger = *trigger;
	return programme->clock_count - 1;
}

/* ---- words ------------------------------------------------------------------ */

static bool
load_unknown_trigger(struct loader *loader, const struct node *node, unsigned use, const char *text)
{
	struct name_list known = { 0 };

	for (int i = 0; i < FACT_TICK; i++)
		*LOAD_APPEND(loader, known.items, known.count) = slice_of(fact_names[i]);
	if (use & TRIGGERS_COUNTED)
		return load_unknown(loader, node, "fact", text, &known);
	*LOAD_APPEND(loader, known.items, known.count) = SLICE("tier-up");
	*LOAD_APPEND(loader, known.items, known.count) = SLICE("tier-down");
	if (use & TRIGGERS_OF_CLOCK)
		*LOAD_APPEND(loader, known.items, known.count) = SLICE("activity");
	if (use & TRIGGERS_OF_REWARD) {
		*LOAD_APPEND(loader, known.items, known.count) = SLICE("balance");
		*LOAD_APPEND(loader, known.items, known.count) = SLICE("choice");
	}
	if (use & (TRIGGERS_OF_RULE | TRIGGERS_OF_REWARD)) {
		*LOAD_APPEND(loader, known.items, known.count) = SLICE("birthday");
		*LOAD_APPEND(loader, known.items, known.count) = SLICE("anniversary");
	}
	return load_unknown(
		loader, node, use & TRIGGERS_OF_CLOCK ? "fact" : "fact or moment", text, &known);
}

static bool
load_level_trigger(struct loader *loader, const struct node *node, struct trigger *trigger,
	enum trigger_kind kind)
{
	trigger->kind = kind;
	note_reads(loader, READS_LEVEL);
	if (loader->ladders.count == 0)
		return load_error(loader, node, "the programme has no tiers");
	return true;
}

static bool
load_reward_trigger(
	struct loader *loader, const struct node *node, struct slice id, struct trigger *trigger)
{
	trigger->kind = TRIGGER_REWARD;
	trigger->index = name_find(&loader->rewards, id);
	note_reads(loader, READS_REDEEM);
	if (trigger->index < 0)
		return load_unknown(loader, node, "reward", id.data, &loader->rewards);
	return true;
}

/* A fact that happens when loyalty-redeem carries it out. */
static bool
is_carried_out(const struct trigger *trigger)
{
	return happening_of(trigger->fact) != trigger->fact;
}

static bool
load_moment_trigger(
	struct loader *loader, const struct node *node, unsigned use, struct trigger *trigger)
{
	struct moment moment;

	if (!parse_moment(loader, node_text(node), &moment))
		return load_unknown_trigger(loader, node, use, json_string_value(node->json));
	if (!(use & (TRIGGERS_OF_RULE | TRIGGERS_OF_REWARD)))
		return load_error(loader, node, "expected a fact, not the moment '%s'",
			json_string_value(node->json));
	trigger->kind = TRIGGER_MOMENT;
	trigger->index = moment_of(loader, &moment);
	if (moment.kind == MOMENT_FACT &&
		is_carried_out(&loader->programme->clocks[moment.clock].trigger))
		note_reads(loader, READS_REDEEM);
	return true;
}

static bool
load_activity(struct loader *loader, const struct node *node, struct trigger *trigger)
{
	trigger->kind = TRIGGER_ACTIVITY;
	trigger->index = loader->activity_unit;
	if (trigger->index >= 0)
		return true;
	return load_error(
		loader, node, "'activity' needs a single unit that can be spent; name the facts");
}

bool
load_trigger(struct loader *loader, const struct node *node, unsigned use, struct trigger *trigger)
{
	static const char reward[] = "reward:";
	const size_t prefix = sizeof(reward) - 1;
	struct slice text = node_text(node);

	if (!json_is_string(node->json))
		return load_error(loader, node, "expected a fact%s",
			use & TRIGGERS_COUNTED ? "" : ", a moment or another trigger");
	if (parse_fact(loader, text, trigger)) {
		if (is_carried_out(trigger))
			note_reads(loader, READS_REDEEM);
		return true;
	}
	if (use & TRIGGERS_COUNTED)
		return load_unknown_trigger(loader, node, use, text.data);
	if (slice_equal(text, SLICE("tier-up")))
		return load_level_trigger(loader, node, trigger, TRIGGER_TIER_UP);
	if (slice_equal(text, SLICE("tier-down")))
		return load_level_trigger(loader, node, trigger, TRIGGER_TIER_DOWN);
	if (text.size > prefix && memcmp(text.data, reward, prefix) == 0)
		return load_reward_trigger(loader, node,
			(struct slice){ text.data + prefix, text.size - prefix }, trigger);
	if ((use & TRIGGERS_OF_CLOCK) && slice_equal(text, SLICE("activity")))
		return load_activity(loader, node, trigger);
	if ((use & TRIGGERS_OF_REWARD) && slice_equal(text, SLICE("balance"))) {
		trigger->kind = TRIGGER_BALANCE;
		return true;
	}
	if ((use & TRIGGERS_OF_REWARD) && slice_equal(text, SLICE("choice"))) {
		trigger->kind = TRIGGER_CHOICE;
		return true;
	}
	return load_moment_trigger(loader, node, use, trigger);
}

/* ---- reach -------------------------------------------------------------------- */

static bool
load_reach_units(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)loader;
	(void)unused;
	*(struct node *)field = *node;
	return true;
}

/* Loaded in one pass; amounts are looked at once the unit is known. */
struct reach_parts {
	struct node reach, every;
	struct period over;
};

static const struct key reach_table[] = {
	{ "reach", load_reach_units, offsetof(struct reach_parts, reach), NULL, true },
	{ "every", load_reach_units, offsetof(struct reach_parts, every), NULL, false },
	{ "over", load_tier_period, offsetof(struct reach_parts, over), NULL, false },
	{ "notes", load_notes, 0, NULL, false },
};

const struct object_keys reach_keys = OBJECT_KEYS("trigger", reach_table);

static bool
load_thresholds(struct loader *loader, const struct node *node, struct reach *reach)
{
	int decimals = loader->programme->units[reach->unit].decimals;
	bool loaded = true;

	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		int64_t count;

		if (!load_count(loader, &item, decimals, &count))
			loaded = false;
		else if (count == 0)
			loaded = load_error(loader, &item, "expected a threshold above 0");
		else if (reach->threshold_count > 0 &&
			 count <= reach->thresholds[reach->threshold_count - 1])
			loaded = load_error(
				loader, &item, "expected more than the threshold before");
		else
			*LOAD_APPEND(loader, reach->thresholds, reach->threshold_count) = count;
	}
	if (node_list_size(node) == 0)
		loaded = load_error(loader, node, "expected at least one threshold");
	return loaded;
}

static bool
load_reach_unit(struct loader *loader, const struct node *node, const struct reach_parts *parts,
	struct trigger_list *list)
{
	struct programme *programme = loader->programme;
	struct reach reach = { .over = parts->over, .counter = -1 };
	struct trigger trigger = { .kind = TRIGGER_REACH };
	bool loaded;

	reach.unit = name_find(&loader->units, slice_of(node->key));
	if (reach.unit < 0)
		return load_unknown(loader, node, "unit", node->key, &loader->units);
	loaded = load_thresholds(loader, node, &reach);
	if (parts->every.json) {
		loaded &= load_count(
			loader, &parts->every, programme->units[reach.unit].decimals, &reach.every);
		if (loaded && reach.every == 0)
			loaded = load_error(loader, &parts->every, "expected more than 0");
	}
	if (reach.over.kind == PERIOD_BALANCE && !programme->units[reach.unit].spendable)
		loaded = load_error(
			loader, node, "'%s' has no balance: it is not spendable", node->key);
	if (reach.over.kind != PERIOD_BALANCE)
		reach.counter = earned_counter(loader, reach.unit, &reach.over);
	trigger.index = programme->reach_count;
	*LOAD_APPEND(loader, programme->reaches, programme->reach_count) = reach;
	*LOAD_APPEND(loader, list->items, list->count) = trigger;
	return loaded;
}

static bool
load_reach(struct loader *loader, const struct node *node, struct trigger_list *list)
{
	struct reach_parts parts = { .over = { .kind = PERIOD_LIFETIME, .window = -1 } };
	struct node child = { NULL, &parts.reach, NULL, -1 };
	bool loaded = load_object(loader, node, &reach_keys, &parts);

	if (!loaded)
		return false;
	if (!json_is_object(parts.reach.json) || json_object_size(parts.reach.json) == 0)
		return load_error(loader, &parts.reach, "expected {unit: thresholds}");
	/* The copy of the node stands where its parent, which the path goes by, still lives. */
	json_object_foreach(parts.reach.json, child.key, child.json) {
		child.place++;
		loaded &= load_reach_unit(loader, &child, &parts, list);
	}
	return loaded;
}

/* ---- lists ---------------------------------------------------------------------- */

bool
load_triggers(
	struct loader *loader, const struct node *node, unsigned use, struct trigger_list *list)
{
	bool loaded = true;

	if (node_list_size(node) == 0)
		return load_error(loader, node, "expected at least one fact or moment");
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		struct trigger trigger = { 0 };

		if (json_is_object(item.json) && (use & (TRIGGERS_OF_RULE | TRIGGERS_OF_REWARD))) {
			loaded &= load_reach(loader, &item, list);
			continue;
		}
		if (!load_trigger(loader, &item, use, &trigger)) {
			loaded = false;
			continue;
		}
		for (int j = 0; j < list->count; j++) {
			if (trigger_equal(&list->items[j], &trigger))
				loaded = load_error(loader, &item, "'%s' is named twice",
					json_string_value(item.json));
		}
		*LOAD_APPEND(loader, list->items, list->count) = trigger;
	}
	return loaded;
}

bool
load_rule_triggers(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)unused;
	return load_triggers(loader, node, TRIGGERS_OF_RULE, field);
}

bool
load_reward_triggers(
	struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)unused;
	return load_triggers(loader, node, TRIGGERS_OF_REWARD, field);
}

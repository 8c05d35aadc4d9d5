/*
 * rewards.c - a cost in units for something of value: at once, or as a voucher.
 */
#include <stdio.h>

#include "loader.h"

/* The seven things that a reward can be worth, as JSON names them. */
static const char *const value_names[] = { "off", "percent", "item", "shipping", "give", "choose",
	"benefit" };

enum { VALUE_COUNT = sizeof(value_names) / sizeof(value_names[0]) };

static const char *const rest_names[] = { "kept", "lost", NULL };
static const int count_range[] = { 1, 1000 };

struct reward_parts {
	struct reward reward;
	bool shipping;
	unsigned rest;
};

/* The field of that name in the basket of a redeem. */
static bool
basket_field(struct slice name, char *path, size_t size)
{
	return (size_t)snprintf(path, size, "basket.%.*s", (int)name.size, name.data) < size;
}

static bool
load_off_per(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct reward *reward = field;
	struct slice name = node_text(node);
	char path[256];

	(void)unused;
	if (name.size == 0)
		return load_error(loader, node, "expected a field of the record, such as gallons");
	if (!basket_field(name, path, sizeof(path)))
		return load_error(loader, node, "expected a shorter name");
	reward->off_per = column_of(loader, SCOPE_RECORD, name.data);
	reward->off_per_basket = column_of(loader, SCOPE_RECORD, path);
	return true;
}

static bool
load_shipping(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)field;
	(void)unused;
	return json_is_true(node->json) || load_error(loader, node, "expected true");
}

static bool
load_choose(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct reward *reward = field;
	bool loaded = true;

	(void)unused;
	if (node_list_size(node) == 0)
		return load_error(loader, node, "expected at least one choice");
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		struct choice choice = { .reward = -1 };

		if (!load_text(loader, &item, &choice.name, NULL)) {
			loaded = false;
			continue;
		}
		for (int j = 0; j < reward->choose_count; j++) {
			if (slice_equal(reward->choose[j].name, choice.name))
				loaded = load_error(
					loader, &item, "'%s' is named twice", choice.name.data);
		}
		choice.reward = name_find(&loader->rewards, choice.name);
		*LOAD_APPEND(loader, reward->choose, reward->choose_count) = choice;
	}
	return loaded;
}

/* "30%" of the basket, money, or, where `off` is per something, how many of it. */
static bool
load_up_to(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct reward *reward = field;
	struct slice text = node_text(node);

	(void)unused;
	if (text.size > 1 && text.data[text.size - 1] == '%') {
		reward->has_up_to_percent = true;
		text.size--;
		if (rational_parse(text, &reward->up_to_percent) == DECIMAL_OK &&
			reward->up_to_percent.num > 0 &&
			reward->up_to_percent.num <= 100 * (int128)reward->up_to_percent.den)
			return true;
		return load_error(loader, node, "expected a percentage from 0%% to 100%%");
	}
	if (node_has(node->up, "per"))
		return load_table_field(loader, node, &reward->up_to, &for_ratio);
	return load_table_field(loader, node, &reward->up_to, &for_money);
}

static const struct key voucher_table[] = {
	{ "notes", load_notes, 0, NULL, false },
	{ "life", load_table_field, offsetof(struct voucher_terms, life), &for_life, false },
	{ "pending", load_table_field, offsetof(struct voucher_terms, pending), &for_pending,
		false },
	{ "when", load_condition, offsetof(struct voucher_terms, when), NULL, false },
	{ "as_one", load_flag, offsetof(struct voucher_terms, as_one), NULL, false },
	{ "alone", load_flag, offsetof(struct voucher_terms, alone), NULL, false },
	{ "worth", load_table_field, offsetof(struct voucher_terms, worth), &for_ratio, false },
};

const struct object_keys voucher_keys = OBJECT_KEYS("voucher", voucher_table);

static bool
load_voucher(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct voucher_terms *terms = load_alloc(loader, 1, sizeof(*terms));

	(void)unused;
	*(struct voucher_terms **)field = terms;
	return load_object(loader, node, &voucher_keys, terms);
}

#define REWARD(field) offsetof(struct reward_parts, reward.field)

static const struct key reward_table[] = {
	{ "id", load_text, REWARD(id), NULL, true },
	{ "name", load_text, REWARD(name), NULL, false },
	{ "notes", load_notes, 0, NULL, false },
	{ "on", load_reward_triggers, REWARD(on), NULL, false },
	{ "when", load_condition, REWARD(when), NULL, false },
	{ "items", load_condition, REWARD(items), &scope_items, false },
	{ "from", load_from, REWARD(from), NULL, false },
	{ "through", load_through, REWARD(until), NULL, false },
	{ "limit", load_limit_list, REWARD(limits), NULL, false },
	{ "cost", load_unit_amounts, REWARD(cost), &for_cost, false },
	{ "rest", load_keyword, offsetof(struct reward_parts, rest), rest_names, false },
	{ "off", load_table_field, REWARD(off), &for_money, false },
	{ "per", load_off_per, 0, NULL, false },
	{ "percent", load_table_field, REWARD(percent), &for_percent, false },
	{ "item", load_condition, REWARD(item), &scope_items, false },
	{ "shipping", load_shipping, 0, NULL, false },
	{ "give", load_unit_amounts, REWARD(give), &for_count, false },
	{ "choose", load_choose, 0, NULL, false },
	{ "count", load_integer, REWARD(count), count_range, false },
	{ "benefit", load_text, REWARD(benefit), NULL, false },
	{ "up_to", load_up_to, 0, NULL, false },
	{ "voucher", load_voucher, REWARD(voucher), NULL, false },
};

const struct object_keys reward_keys = OBJECT_KEYS("reward", reward_table);

/* ---- what its keys say about each other ------------------------------------------- */

static bool
check_value(struct loader *loader, const struct node *node, struct reward *reward)
{
	int values = 0;

	for (int i = 0; i < VALUE_COUNT; i++) {
		if (json_object_get(node->json, value_names[i])) {
			reward->value = (enum value_of_reward)i;
			values++;
		}
	}
	if (values == 1)
		return true;
	return load_error(loader, node,
		"expected exactly one of off, percent, item, shipping, give, choose and benefit");
}

static bool
check_belongs(
	struct loader *loader, const struct node *node, const char *key, bool fits, const char *to)
{
	struct node found = node_member(node, key);

	if (!found.json || fits)
		return true;
	return load_error(loader, &found, "'%s' belongs to %s", key, to);
}

static bool
check_parts(struct loader *loader, const struct node *node, const struct reward *reward)
{
	bool off = reward->value == REWARD_OFF;
	bool money = off || reward->value == REWARD_PERCENT || reward->value == REWARD_ITEM;
	bool choose = reward->value == REWARD_CHOOSE;
	bool loaded = check_belongs(loader, node, "per", off, "'off'");

	loaded &= check_belongs(loader, node, "up_to", money, "'off', 'percent' and 'item'");
	loaded &= check_belongs(loader, node, "count", choose, "'choose'");
	loaded &=
		check_belongs(loader, node, "rest", reward->cost.count > 0, "a reward with 'cost'");
	if (choose && reward->count > reward->choose_count) {
		struct node count = node_member(node, "count");

		loaded = load_error(loader, &count, "more than there are to choose from");
	}
	return loaded;
}

static void
find_triggers(struct reward *reward)
{
	reward->asked = reward->on.count == 0;
	for (int i = 0; i < reward->on.count; i++) {
		const struct trigger *trigger = &reward->on.items[i];

		if (trigger->kind == TRIGGER_FACT && trigger->fact == FACT_REDEEM)
			reward->asked = true;
		if (trigger->kind == TRIGGER_BALANCE)
			reward->by_balance = true;
	}
}

static bool
load_reward(struct loader *loader, const struct node *node, int place)
{
	struct reward_parts parts = { .reward = { .from = INSTANT_ALWAYS,
					      .until = INSTANT_NEVER,
					      .off_per = -1,
					      .off_per_basket = -1,
					      .count = 1 } };
	struct reward *reward = &parts.reward;
	struct node id;
	bool loaded;

	loader->ladders_read = 0;
	loaded = load_object(loader, node, &reward_keys, &parts);
	if (!json_is_object(node->json))
		return false;
	id = node_member(node, "id");
	if (reward->id.size > 0)
		loaded &= check_id(loader, &id, reward->id, &loader->rewards, place, "reward");
	reward->rest_lost = parts.rest == 1;
	loaded &= check_value(loader, node, reward);
	loaded = loaded && check_parts(loader, node, reward);
	if (!json_object_get(node->json, "on") || reward->on.count > 0)
		find_triggers(reward);
	if (loaded && reward->from >= reward->until)
		loaded = load_error(loader, node, "'through' is before 'from'");
	loader->reward_ladders[place] = loader->ladders_read;
	loader->programme->rewards[place] = *reward;
	return loaded;
}

bool
load_rewards(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct programme *programme = loader->programme;

	(void)field;
	(void)unused;
	loader->decider = DECIDE_REDEEM;
	programme->reward_count = loader->rewards.count;
	programme->rewards = load_alloc(
		loader, (size_t)programme->reward_count + 1, sizeof(*programme->rewards));
	return load_elements(loader, node, "rewards", load_reward);
}

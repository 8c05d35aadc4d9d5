/*
 * rules.c - `earn`: on a fact or a moment, under a condition, units are given.
 */
#include "loader.h"

/* A rule and what its keys say about each other. */
struct rule_parts {
	struct rule rule;
	struct unit_amounts give, multiply;
	struct node rules;
	bool has_give, has_multiply;
	struct table *per_full;
	unsigned to;
};

static const char *const to_names[] = { "member", "referrer", NULL };

static bool
load_give(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct rule_parts *parts = field;

	(void)unused;
	parts->has_give = true;
	return load_unit_amounts(loader, node, &parts->give, &for_give);
}

static bool
load_multiply(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct rule_parts *parts = field;

	(void)unused;
	parts->has_multiply = true;
	return load_unit_amounts(loader, node, &parts->multiply, &for_give);
}

static bool
keep_node(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)loader;
	(void)unused;
	*(struct node *)field = *node;
	return true;
}

/* The unit that the lots of this rule are of, where there is one only. */
static int
given_unit(const struct loader *loader, const struct node *rule)
{
	json_t *give = json_object_get(rule->json, "give");
	int found = -1;

	for (int i = 0; i < loader->units.count; i++) {
		if (!json_object_get(give, loader->units.items[i].data) ||
			!loader->programme->units[i].spendable)
			continue;
		if (found >= 0)
			return -1;
		found = i;
	}
	return found;
}

static bool
load_rule_expire(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	bool loaded;

	(void)unused;
	loader->activity_unit = given_unit(loader, node->up);
	loaded = load_table_field(loader, node, field, &for_expiry);
	loader->activity_unit = -1;
	return loaded;
}

#define RULE(field) offsetof(struct rule_parts, rule.field)

static const struct key rule_table[] = {
	{ "id", load_text, RULE(id), NULL, true },
	{ "name", load_text, RULE(name), NULL, false },
	{ "notes", load_notes, 0, NULL, false },
	{ "on", load_rule_triggers, RULE(on), NULL, true },
	{ "when", load_condition, RULE(when), NULL, false },
	{ "items", load_condition, RULE(items), &scope_items, false },
	{ "tenders", load_condition, RULE(tenders), &scope_tenders, false },
	{ "from", load_from, RULE(from), NULL, false },
	{ "through", load_through, RULE(until), NULL, false },
	{ "give", load_give, 0, NULL, false },
	{ "per", load_table_field, RULE(per), &for_per, false },
	{ "per_full", load_table_field, offsetof(struct rule_parts, per_full), &for_per, false },
	{ "basis", load_table_field, RULE(basis), &for_basis, false },
	{ "multiply", load_multiply, 0, NULL, false },
	{ "rules", keep_node, offsetof(struct rule_parts, rules), NULL, false },
	{ "stop", load_flag, RULE(stop), NULL, false },
	{ "to", load_keyword, offsetof(struct rule_parts, to), to_names, false },
	{ "limit", load_limit_list, RULE(limits), NULL, false },
	{ "pending", load_table_field, RULE(pending), &for_pending, false },
	{ "expire", load_rule_expire, RULE(expire), NULL, false },
	{ "dry_run", load_flag, RULE(dry_run), NULL, false },
};

const struct object_keys rule_keys = OBJECT_KEYS("rule", rule_table);

/* ---- what a multiplier multiplies ----------------------------------------------- */

static bool
load_multiplied(struct loader *loader, const struct node *node, int place, struct rule *rule)
{
	const struct programme *programme = loader->programme;
	bool loaded = true;

	if (!load_references(loader, node, "rule", &loader->rules, &rule->rules))
		return false;
	for (int i = 0; i < rule->rules.count; i++) {
		struct node item = node_list_item(node, i);
		int other = rule->rules.items[i];

		if (other >= place)
			loaded = load_error(
				loader, &item, "expected a rule that stands before this one");
		else if (programme->rules[other].multiplies)
			loaded = load_error(loader, &item,
				"expected a rule that gives, not one that multiplies");
	}
	return loaded;
}

static bool
gives_unit(const struct rule *rule, int unit)
{
	for (int i = 0; i < rule->gives.count; i++) {
		if (rule->gives.items[i].unit == unit)
			return true;
	}
	return false;
}

static bool
check_multiplied(struct loader *loader, const struct node *node, const struct rule *rule)
{
	const struct programme *programme = loader->programme;
	struct node multiply = node_member(node, "multiply");
	bool loaded = true;

	for (int i = 0; i < rule->gives.count; i++) {
		int unit = rule->gives.items[i].unit;
		bool given = false;

		for (int j = 0; j < rule->rules.count; j++)
			given |= gives_unit(&programme->rules[rule->rules.items[j]], unit);
		if (!given)
			loaded = load_error(loader, &multiply,
				"no rule before this one that it multiplies gives '%s'",
				programme->units[unit].id.data);
	}
	return loaded;
}

static bool
finish_multiplier(
	struct loader *loader, const struct node *node, int place, struct rule_parts *parts)
{
	struct rule *rule = &parts->rule;
	static const char *const of_give[] = { "per", "per_full", "basis", NULL };
	bool loaded = true;

	rule->multiplies = true;
	rule->gives = parts->multiply;
	for (int i = 0; of_give[i]; i++) {
		struct node key = node_member(node, of_give[i]);

		if (key.json)
			loaded = load_error(loader, &key,
				"'%s' belongs to 'give', not to 'multiply'", of_give[i]);
	}
	if (parts->rules.json)
		return load_multiplied(loader, &parts->rules, place, rule) && loaded &&
		       check_multiplied(loader, node, rule);
	for (int i = 0; i < place; i++) {
		if (!loader->programme->rules[i].multiplies)
			list_add(loader, &rule->rules, i);
	}
	return check_multiplied(loader, node, rule) && loaded;
}

/* ---- the whole rule ---------------------------------------------------------------- */

static bool
finish_giver(struct loader *loader, const struct node *node, struct rule_parts *parts)
{
	struct node rules = node_member(node, "rules");
	struct rule *rule = &parts->rule;

	rule->gives = parts->give;
	if (rules.json)
		return load_error(loader, &rules, "'rules' belongs to 'multiply', not to 'give'");
	if (parts->per_full && rule->per)
		return load_error(loader, node, "expected either 'per' or 'per_full'");
	if (parts->per_full) {
		rule->per = parts->per_full;
		rule->per_full = true;
	}
	return true;
}

static bool
load_rule(struct loader *loader, const struct node *node, int place)
{
	struct rule_parts parts = { .rule = { .from = INSTANT_ALWAYS, .until = INSTANT_NEVER } };
	struct rule *rule = &parts.rule;
	struct node id = { .json = NULL };
	bool loaded;

	loader->ladders_read = 0;
	loaded = load_object(loader, node, &rule_keys, &parts);
	if (!json_is_object(node->json))
		return false;
	id = node_member(node, "id");
	if (rule->id.size > 0)
		loaded &= check_id(loader, &id, rule->id, &loader->rules, place, "rule");
	rule->to_referrer = parts.to == 1;
	if (parts.has_give == parts.has_multiply)
		loaded = load_error(loader, node, "expected either 'give' or 'multiply'");
	else if (parts.has_multiply)
		loaded = finish_multiplier(loader, node, place, &parts) && loaded;
	else
		loaded = finish_giver(loader, node, &parts) && loaded;
	if (loaded && rule->from >= rule->until)
		loaded = load_error(loader, node, "'through' is before 'from'");
	loader->programme->rules[place] = *rule;
	return loaded;
}

bool
load_rules(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct programme *programme = loader->programme;

	(void)field;
	(void)unused;
	loader->decider = DECIDE_EARN;
	programme->rule_count = loader->rules.count;
	programme->rules =
		load_alloc(loader, (size_t)programme->rule_count + 1, sizeof(*programme->rules));
	return load_elements(loader, node, "rules", load_rule);
}

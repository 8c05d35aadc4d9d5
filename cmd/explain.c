/*
 * explain.c - a programme document in plain words: a line for each unit, rule,
 * level and reward, and the switches with their defaults filled in.
 *
 * The document is valid when it comes here, so what is not asked for is not
 * looked at.
 */
#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "slice.h"

static void
put(struct writer *out, const char *text)
{
	writer_put(out, slice_of(text));
}

/* What stands in the document must not drive the terminal. */
static void
show(struct writer *out, const char *text)
{
	writer_put_visible(out, slice_of(text));
}

static void explain_value(struct writer *out, json_t *value, const char *last);

/* "a, b or c" */
static void
explain_list(struct writer *out, json_t *list, const char *last)
{
	size_t count = json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			put(out, i + 1 < count ? ", " : last);
		explain_value(out, json_array_get(list, i), last);
	}
}

/* {"by": "tier", "gold": 2, "else": 1} is "by tier: gold 2, else 1" */
static void
explain_table(struct writer *out, json_t *table)
{
	const char *key;
	json_t *value;
	const char *before = ": ";

	put(out, "by ");
	show(out, json_string_value(json_object_get(table, "by")));
	json_object_foreach(table, key, value) {
		bool nested = json_object_get(value, "by") != NULL;

		if (strcmp(key, "by") == 0)
			continue;
		put(out, before);
		show(out, key);
		put(out, nested ? " (" : " ");
		explain_value(out, value, " or ");
		put(out, nested ? ")" : "");
		before = ", ";
	}
}

static const char *
word_of(const char *key)
{
	static const char *const words[][2] = { { "min", "at least" }, { "max", "at most" },
		{ "every", "a multiple of" }, { "after", "after" }, { "over", "over" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], key) == 0)
			return words[i][1];
	}
	return key;
}

/* The members of an object, one after the other. */
static void
explain_members(struct writer *out, json_t *object)
{
	const char *key;
	json_t *value;
	const char *before = "";

	json_object_foreach(object, key, value) {
		bool condition = json_is_object(value) && !json_object_get(value, "by");

		if (strcmp(key, "notes") == 0)
			continue;
		put(out, before[0] && strcmp(key, "since") == 0 ? ", " : before);
		if (strcmp(key, "exists") == 0) {
			put(out, json_is_true(value) ? "there" : "missing");
		} else {
			show(out, word_of(key));
			put(out, condition && json_object_size(value) > 1 ? " (" : " ");
			explain_value(out, value, " or ");
			put(out, condition && json_object_size(value) > 1 ? ")" : "");
		}
		before = " and ";
	}
}

static void
explain_value(struct writer *out, json_t *value, const char *last)
{
	char number[32];

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		if (json_object_get(value, "by"))
			explain_table(out, value);
		else if (json_object_size(value) == 0)
			put(out, "any");
		else
			explain_members(out, value);
		return;
	case JSON_ARRAY:
		explain_list(out, value, last);
		return;
	case JSON_STRING:
		show(out, json_string_value(value));
		return;
	case JSON_INTEGER:
		snprintf(
			number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		show(out, number);
		return;
	case JSON_TRUE:
		put(out, "true");
		return;
	case JSON_FALSE:
		put(out, "false");
		return;
	case JSON_REAL:
	case JSON_NULL:
		put(out, "null");
		return;
	}
}

/* {"points": 1, "spend": 2} is "1 points and 2 spend"; tables follow their unit. */
static void
explain_amounts(struct writer *out, json_t *amounts)
{
	const char *unit;
	json_t *amount;
	const char *before = "";

	json_object_foreach(amounts, unit, amount) {
		put(out, before);
		if (json_is_object(amount)) {
			show(out, unit);
			put(out, " (");
			explain_table(out, amount);
			put(out, ")");
		} else {
			explain_value(out, amount, " or ");
			put(out, " ");
			show(out, unit);
		}
		before = " and ";
	}
}

/* "; word value" where the key is written. */
static void
explain_key(struct writer *out, json_t *object, const char *key, const char *word)
{
	json_t *value = json_object_get(object, key);

	if (!value || json_is_false(value))
		return;
	put(out, word);
	if (json_is_true(value))
		return;
	put(out, " ");
	explain_value(out, value, " or ");
}

static void
explain_id(struct writer *out, json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "name"));

	put(out, "  ");
	show(out, json_string_value(json_object_get(object, "id")));
	if (name) {
		put(out, " (");
		show(out, name);
		put(out, ")");
	}
	put(out, ": ");
}

/* ---- the nouns -------------------------------------------------------------------- */

static void
explain_unit(struct writer *out, const char *name, json_t *unit, json_t *policy)
{
	static const char *const keys[][2] = { { "round", "down" }, { "round_per", "purchase" } };
	json_int_t decimals = json_integer_value(json_object_get(unit, "decimals"));
	char text[48];

	put(out, "  ");
	show(out, name);
	snprintf(text, sizeof(text), ": %d decimals", (int)decimals);
	put(out, decimals ? text : ": whole numbers");
	for (int i = 0; i < 2; i++) {
		json_t *value = json_object_get(unit, keys[i][0]);

		if (!value)
			value = json_object_get(policy, keys[i][0]);
		put(out, i == 0 ? ", rounded " : " per ");
		show(out, value ? json_string_value(value) : keys[i][1]);
	}
	if (json_is_false(json_object_get(unit, "spendable"))) {
		put(out, "; only counted\n");
		return;
	}
	explain_key(out, unit, "pending", "; pending");
	if (json_object_get(unit, "expire"))
		explain_key(out, unit, "expire", "; expire");
	else
		put(out, "; never expire");
	explain_key(out, unit, "bucket", "; kept apart by");
	put(out, "\n");
}

/* "at most 10 times per year for each choice" */
static void
explain_limit(struct writer *out, json_t *limit)
{
	json_t *most = json_object_get(limit, "most");

	if (json_is_string(limit)) {
		show(out, json_string_value(limit));
		return;
	}
	put(out, "at most");
	if (json_object_get(limit, "times")) {
		explain_key(out, limit, "times", "");
		put(out, " times");
	}
	if (most) {
		put(out, " ");
		explain_amounts(out, most);
	}
	if (json_object_get(limit, "amount")) {
		explain_key(out, limit, "amount", "");
		put(out, " of the base");
	}
	explain_key(out, limit, "per", " per");
	explain_key(out, limit, "by", " for each");
	if (json_is_true(json_object_get(limit, "shared")))
		put(out, " for all members together, who cannot be processed apart");
}

static void
explain_limits(struct writer *out, json_t *limits)
{
	if (!limits)
		return;
	put(out, "; limit: ");
	if (!json_is_array(limits))
		explain_limit(out, limits);
	for (size_t i = 0; i < json_array_size(limits); i++) {
		put(out, i ? " and " : "");
		explain_limit(out, json_array_get(limits, i));
	}
}

/* "for lines with category food", "for any line" */
static void
explain_selection(
	struct writer *out, json_t *object, const char *key, const char *one, const char *many)
{
	json_t *condition = json_object_get(object, key);

	if (json_is_object(condition) && json_object_size(condition) == 0) {
		put(out, "; for any ");
		show(out, one);
	} else if (condition) {
		put(out, "; for ");
		show(out, many);
		explain_key(out, object, key, " with");
	}
}

/* What rules and rewards have in common. */
static void
explain_terms(struct writer *out, json_t *object)
{
	explain_key(out, object, "when", "; when");
	explain_selection(out, object, "items", "line", "lines");
	explain_selection(out, object, "tenders", "tender", "tenders");
	explain_key(out, object, "from", "; from");
	explain_key(out, object, "through", "; through");
	explain_limits(out, json_object_get(object, "limit"));
}

static void
explain_rule(struct writer *out, json_t *rule, json_t *policy)
{
	json_t *basis = json_object_get(rule, "basis");
	json_t *per = json_object_get(rule, "per");
	json_t *per_full = json_object_get(rule, "per_full");

	if (!basis)
		basis = json_object_get(policy, "basis");
	explain_id(out, rule);
	put(out, "on ");
	explain_value(out, json_object_get(rule, "on"), " or ");
	put(out, json_object_get(rule, "give") ? ", give " : ", multiply by ");
	explain_amounts(
		out, json_object_get(rule, json_object_get(rule, "give") ? "give" : "multiply"));
	if (per || per_full) {
		put(out, per ? " per " : " per full ");
		explain_value(out, per ? per : per_full, " or ");
		put(out, " of ");
		if (basis)
			explain_value(out, basis, " and ");
		else
			put(out, "merchandise");
	}
	explain_key(out, rule, "to", " to the");
	explain_key(out, rule, "rules", " what is given by");
	explain_terms(out, rule);
	explain_key(out, rule, "pending", "; pending");
	explain_key(out, rule, "expire", "; expire");
	explain_key(out, rule, "stop", "; later rules do not see what it counted");
	explain_key(out, rule, "dry_run", "; only tried, not given");
	put(out, "\n");
}

static void
explain_level(struct writer *out, json_t *level, bool first)
{
	json_t *needs = json_object_get(level, "needs");

	explain_id(out, level);
	if (!needs)
		put(out, first ? "needs nothing" : "by a grant only");
	for (size_t i = 0; i < json_array_size(needs); i++) {
		put(out, i ? " or " : "needs ");
		explain_amounts(out, json_array_get(needs, i));
	}
	if (json_is_object(needs)) {
		put(out, "needs ");
		explain_amounts(out, needs);
	}
	explain_key(out, level, "period", "; over");
	explain_key(out, level, "keep", "; kept");
	if (json_object_get(level, "benefits")) {
		put(out, "; brings ");
		explain_value(out, json_object_get(level, "benefits"), " and ");
	}
	explain_key(out, level, "from", "; from");
	explain_key(out, level, "through", "; through");
	put(out, "\n");
}

static void
explain_ladder(struct writer *out, json_t *ladder)
{
	static const char *const keys[][3] = {
		{ "period", " counts over ", "lifetime" },
		{ "keep", "; a level is kept ", "while-met" },
		{ "renew", "; renewed ", "when-met" },
		{ "fall", "; falls to ", "earned" },
	};
	const char *id = json_string_value(json_object_get(ladder, "id"));
	json_t *levels = json_object_get(ladder, "levels");

	put(out, "\nLevels of ");
	put(out, id ? id : "tier");
	put(out, ":");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *value = json_object_get(ladder, keys[i][0]);

		put(out, keys[i][1]);
		if (value)
			explain_value(out, value, " or ");
		else
			put(out, keys[i][2]);
	}
	explain_key(out, ladder, "grace", "; held longer by");
	explain_key(out, ladder, "forfeit", "; falling forfeits");
	explain_key(out, ladder, "from", "; from");
	explain_key(out, ladder, "through", "; through");
	put(out, "\n");
	for (size_t i = 0; i < json_array_size(levels); i++)
		explain_level(out, json_array_get(levels, i), i == 0);
}

static void
explain_reward(struct writer *out, json_t *reward)
{
	json_t *on = json_object_get(reward, "on");

	explain_id(out, reward);
	put(out, "on ");
	if (on)
		explain_value(out, on, " or ");
	else
		put(out, "redeem");
	put(out, ", ");
	if (json_object_get(reward, "cost"))
		explain_amounts(out, json_object_get(reward, "cost"));
	else
		put(out, "free");
	put(out, json_object_get(reward, "voucher") ? ", a voucher for" : ", for");
	explain_key(out, reward, "off", " money off:");
	explain_key(out, reward, "per", " per");
	explain_key(out, reward, "percent", " percent off:");
	explain_key(out, reward, "item", " one item with");
	explain_key(out, reward, "shipping", " free shipping");
	if (json_object_get(reward, "give")) {
		put(out, " ");
		explain_amounts(out, json_object_get(reward, "give"));
	}
	explain_key(out, reward, "choose", " a choice of");
	explain_key(out, reward, "count", ", how many:");
	explain_key(out, reward, "benefit", "");
	explain_key(out, reward, "up_to", ", up to");
	explain_terms(out, reward);
	explain_key(out, reward, "rest", "; the rest is");
	explain_key(out, reward, "voucher", "; the voucher's");
	put(out, "\n");
}

static void
explain_switch(struct writer *out, json_t *value, const char *otherwise)
{
	if (value)
		explain_value(out, value, " and ");
	else
		show(out, otherwise);
	put(out, value ? "\n" : " (default)\n");
}

static void
explain_policy(struct writer *out, json_t *policy)
{
	static const char *const switches[][2] = { { "last_day", "whole" }, { "round", "down" },
		{ "round_per", "purchase" }, { "crossing", "old" }, { "overdrawn", "negative" },
		{ "sweep", "at-once" }, { "lot_order", "expiring" }, { "restore", "original" },
		{ "earn_on_redeeming", "remainder" }, { "if_short", "refuse" },
		{ "life_from", "earned" }, { "basis", "merchandise" },
		{ "multipliers", "compound" }, { "transfer", "keep-lots" }, { "leave", "forfeit" },
		{ "repeats", "P35D" } };
	static const char *const parts[][3] = { { "returns", "within", "at any time" },
		{ "returns", "over", "refuse" }, { "returns", "restore", "none" },
		{ "returns", "recheck", "nothing" }, { "claims", "within", "at any time" },
		{ "claims", "limit", "none" } };

	put(out, "\nPolicy\n");
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		put(out, "  ");
		put(out, switches[i][0]);
		put(out, ": ");
		explain_switch(out, json_object_get(policy, switches[i][0]), switches[i][1]);
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_t *object = json_object_get(policy, parts[i][0]);

		put(out, "  ");
		put(out, parts[i][0]);
		put(out, ".");
		put(out, parts[i][1]);
		put(out, ": ");
		explain_switch(out, json_object_get(object, parts[i][1]), parts[i][2]);
	}
}

static void
explain_named(struct writer *out, json_t *object, const char *title,
	void explain(struct writer *out, json_t *value))
{
	const char *name;
	json_t *value;

	if (json_object_size(object) > 0)
		put(out, title);
	json_object_foreach(object, name, value) {
		put(out, "  ");
		show(out, name);
		put(out, ": ");
		explain(out, value);
		put(out, "\n");
	}
}

static void
explain_window(struct writer *out, json_t *window)
{
	explain_value(out, window, ", ");
}

void
explain_programme(struct writer *out, json_t *document)
{
	json_t *policy = json_object_get(document, "policy");
	json_t *units = json_object_get(document, "units");
	json_t *rules = json_object_get(document, "earn");
	json_t *rewards = json_object_get(document, "rewards");
	json_t *tiers = json_object_get(document, "tiers");
	const char *name;
	json_t *unit;

	show(out, json_string_value(json_object_get(document, "name")));
	put(out, " (");
	show(out, json_string_value(json_object_get(document, "timezone")));
	put(out, ", ");
	show(out, json_string_value(json_object_get(document, "currency")));
	put(out, ")\n");
	put(out, json_object_size(units) ? "\nUnits\n" : "");
	json_object_foreach(units, name, unit) {
		explain_unit(out, name, unit, policy);
	}
	put(out, json_array_size(rules) ? "\nRules\n" : "");
	for (size_t i = 0; i < json_array_size(rules); i++)
		explain_rule(out, json_array_get(rules, i), policy);
	if (json_is_object(tiers))
		explain_ladder(out, tiers);
	for (size_t i = 0; i < json_array_size(tiers); i++)
		explain_ladder(out, json_array_get(tiers, i));
	put(out, json_array_size(rewards) ? "\nRewards\n" : "");
	for (size_t i = 0; i < json_array_size(rewards); i++)
		explain_reward(out, json_array_get(rewards, i));
	explain_named(out, json_object_get(document, "limits"), "\nLimits\n", explain_limit);
	explain_named(out, json_object_get(document, "periods"), "\nPeriods\n", explain_window);
	explain_policy(out, policy);
}

/*
 * checks.c - what only the whole document shows: values that do not go together,
 * names that nobody uses.
 */
#include "loader.h"

/* The element of a top-level list that a thing was loaded from. */
struct part_node {
	struct node list, item, key;
};

static void
find_part(const struct node *document, const char *list, int i, const char *key,
	struct part_node *part)
{
	part->list = node_member(document, list);
	part->item = node_list_item(&part->list, i);
	part->item.up = json_is_array(part->list.json) ? &part->list : document;
	part->key = part->item;
	if (key && json_is_object(part->item.json) && json_object_get(part->item.json, key))
		part->key = node_member(&part->item, key);
}

static bool
hangs_on(const struct trigger_list *on, enum trigger_kind kind)
{
	for (int i = 0; i < on->count; i++) {
		if (on->items[i].kind == kind)
			return true;
	}
	return false;
}

/* ---- limits ------------------------------------------------------------------------- */

static bool
has_basis_subject(const struct table *table)
{
	if (!table || table->subject == SUBJECT_NONE)
		return false;
	if (table->subject == SUBJECT_BASIS || has_basis_subject(table->otherwise))
		return true;
	for (int i = 0; i < table->key_count; i++) {
		if (has_basis_subject(table->keys[i].value))
			return true;
	}
	return false;
}

/* Whether a rule looks at a base at all. */
static bool
has_base(const struct rule *rule)
{
	if (rule->per || rule->basis || rule->multiplies)
		return true;
	for (int i = 0; i < rule->gives.count; i++) {
		const struct table *amount = rule->gives.items[i].amount;

		if (has_basis_subject(amount) ||
			(amount && (amount->uses.lines || amount->uses.tenders)))
			return true;
	}
	return false;
}

/*
 * Due dates of members are looked at one member at a time, so what may come by time would
 * take room of all members in an order that says nothing. A rule on redeem may follow a
 * reward that came by itself.
 */
static bool
hangs_on_facts(const struct trigger_list *on, bool is_rule)
{
	for (int i = 0; i < on->count; i++) {
		const struct trigger *trigger = &on->items[i];

		if (trigger->kind == TRIGGER_CHOICE)
			continue;
		if (trigger->kind != TRIGGER_FACT || (is_rule && trigger->fact == FACT_REDEEM))
			return false;
	}
	return true;
}

static void
check_limits(struct loader *loader, const struct part_node *part, const struct index_list *limits,
	bool based, bool on_facts)
{
	for (int i = 0; i < limits->count; i++) {
		const struct limit *limit = &loader->programme->limits[limits->items[i]];

		if (limit->amount && !based)
			load_error(loader, &part->key,
				"a limit by 'amount' needs an amount: nothing is given per amount");
		if (limit->shared && !on_facts)
			load_error(loader, &part->key,
				"a limit that all members share is for what a fact asks for: not "
				"for moments, levels, thresholds, balances and other rewards");
	}
}

static bool
is_listed(const struct index_list *list, int index)
{
	for (int i = 0; i < list->count; i++) {
		if (list->items[i] == index)
			return true;
	}
	return false;
}

/* Only of a purchase, or of what follows from one, does anything go back. */
static bool
may_go_back(const struct trigger_list *on)
{
	for (int i = 0; i < on->count; i++) {
		const struct trigger *trigger = &on->items[i];

		if (trigger->kind == TRIGGER_FACT ? trigger->fact == FACT_PURCHASE
						  : trigger->kind != TRIGGER_MOMENT)
			return true;
	}
	return false;
}

/* Finds the limits whose room rules and rewards take from each other. */
static void
mark_limits_by_both(struct programme *programme)
{
	for (int i = 0; i < programme->limit_count; i++) {
		bool by_rule = false;
		bool by_reward = false;
		bool goes_back = false;

		for (int j = 0; j < programme->rule_count; j++) {
			if (!is_listed(&programme->rules[j].limits, i))
				continue;
			by_rule = true;
			goes_back |= may_go_back(&programme->rules[j].on);
		}
		for (int j = 0; j < programme->reward_count; j++)
			by_reward |= is_listed(&programme->rewards[j].limits, i);
		programme->limits[i].by_both = by_rule && by_reward;
		programme->returns_shared_room |= by_reward && goes_back;
	}
}

/* What a purchase used is told to the rules and to the rewards apart. */
static void
check_common_limits(struct loader *loader, const struct node *document)
{
	struct node list = node_member(document, "limits");

	for (int i = 0; i < loader->limits.count; i++) {
		const struct limit *limit = &loader->programme->limits[i];
		struct node named = node_member(&list, loader->limits.items[i].data);
		struct node per = node_member(&named, "per");

		if (limit->by_both && limit->period.kind == PERIOD_PURCHASE)
			load_error(loader, &per,
				"a limit per purchase is for rules or for rewards, not for both");
	}
}

/* ---- rules ------------------------------------------------------------------------------ */

bool
hangs_on_purchase(const struct trigger_list *on)
{
	for (int i = 0; i < on->count; i++) {
		if (on->items[i].kind == TRIGGER_FACT && on->items[i].fact == FACT_PURCHASE)
			return true;
	}
	return false;
}

static bool
names_another(const struct trigger_list *on)
{
	for (int i = 0; i < on->count; i++) {
		if (on->items[i].kind == TRIGGER_FACT &&
			(on->items[i].fact == FACT_TRANSFER || on->items[i].fact == FACT_MERGE))
			return true;
	}
	return false;
}

/* What is given once has no lines or tenders to go by. */
static void
check_fixed(struct loader *loader, const struct node *document, int place)
{
	const struct rule *rule = &loader->programme->rules[place];
	struct part_node part;

	if (rule->per || rule->multiplies)
		return;
	find_part(document, "earn", place, "give", &part);
	for (int i = 0; i < rule->gives.count; i++) {
		const struct table *amount = rule->gives.items[i].amount;

		if (amount && (amount->uses.lines || amount->uses.tenders))
			load_error(loader, &part.key,
				"what goes by lines or tenders is given 'per' something: without "
				"it is given once");
	}
}

static void
check_rule(struct loader *loader, const struct node *document, int place)
{
	const struct rule *rule = &loader->programme->rules[place];
	bool on_moment = hangs_on(&rule->on, TRIGGER_MOMENT);
	struct part_node part;

	find_part(document, "earn", place, "limit", &part);
	check_limits(loader, &part, &rule->limits, has_base(rule), hangs_on_facts(&rule->on, true));
	check_fixed(loader, document, place);
	if (rule->to_referrer && on_moment) {
		find_part(document, "earn", place, "to", &part);
		load_error(loader, &part.key,
			"a rule for the referrer hangs on facts, never on a moment");
	}
	if (rule->to_referrer && names_another(&rule->on)) {
		find_part(document, "earn", place, "to", &part);
		load_error(loader, &part.key,
			"a rule for the referrer hangs on facts that name nobody else");
	}
	if (rule->items && rule->on.count > 0 && !hangs_on_purchase(&rule->on)) {
		find_part(document, "earn", place, "items", &part);
		load_warning(loader, &part.key, "only a purchase has lines to select");
	}
}

/* ---- ladders ------------------------------------------------------------------------------ */

static bool
same_units(const struct needs *a, const struct needs *b)
{
	if (a->count != b->count)
		return false;
	for (int i = 0; i < a->count; i++) {
		bool found = false;

		for (int j = 0; j < b->count; j++)
			found |= a->items[i].unit == b->items[j].unit;
		if (!found)
			return false;
	}
	return true;
}

/* Of two needs for the same units the higher level's must be more in one and less in none. */
static bool
needs_rise(const struct needs *lower, const struct needs *higher)
{
	bool more = false;

	for (int i = 0; i < lower->count; i++) {
		for (int j = 0; j < higher->count; j++) {
			const struct table *a = lower->items[i].amount;
			const struct table *b = higher->items[j].amount;

			if (lower->items[i].unit != higher->items[j].unit)
				continue;
			if (!a || !b || a->subject != SUBJECT_NONE || b->subject != SUBJECT_NONE)
				return true; /* of values that change nothing is said */
			if (b->count < a->count)
				return false;
			more |= b->count > a->count;
		}
	}
	return more;
}

static void
check_rising(
	struct loader *loader, const struct node *levels, const struct ladder *ladder, int place)
{
	const struct level *higher = &ladder->levels[place];
	struct node item = node_list_item(levels, place);
	struct node needs = node_member(&item, "needs");

	for (int i = 0; i < place; i++) {
		const struct level *lower = &ladder->levels[i];
		bool rising = true;

		if (!period_equal(&lower->period, &higher->period))
			continue;
		for (int a = 0; a < lower->alternative_count; a++) {
			for (int b = 0; b < higher->alternative_count; b++) {
				const struct needs *from = &lower->alternatives[a];
				const struct needs *to = &higher->alternatives[b];

				if (from->count > 0 && same_units(from, to))
					rising &= needs_rise(from, to);
			}
		}
		if (!rising)
			load_error(loader, &needs, "expected more than '%s' needs", lower->id.data);
	}
}

static void
check_ladder(struct loader *loader, const struct node *document, int place)
{
	const struct ladder *ladder = &loader->programme->ladders[place];
	struct part_node part;
	bool while_met = false;

	find_part(document, "tiers", place, "levels", &part);
	for (int i = 1; i < ladder->level_count; i++) {
		const struct level *level = &ladder->levels[i];

		check_rising(loader, &part.key, ladder, i);
		while_met |= level->alternative_count > 0 && level->keep &&
			     level->keep->subject == SUBJECT_NONE && level->keep->while_met;
	}
	if (ladder->fall == FALL_ONE && while_met) {
		find_part(document, "tiers", place, "fall", &part);
		load_error(loader, &part.key,
			"to fall by one level, levels need a 'keep' that is a length of time");
	}
	if (ladder->renew_at_end && while_met) {
		find_part(document, "tiers", place, "renew", &part);
		load_warning(loader, &part.key, "a level without 'keep' has no end to look at");
	}
}

/* Over a rolling period nothing else would tell later what it was reached by. */
static void
mark_ladder(const struct programme *programme, struct ladder *ladder)
{
	for (int i = 0; i < ladder->level_count; i++)
		ladder->counts_at_reach |= programme->policy.recheck & RECHECK_TIER &&
					   ladder->levels[i].period.kind == PERIOD_ROLLING;
}

/* ---- rewards -------------------------------------------------------------------------------- */

static void
check_spendable(struct loader *loader, const struct node *document, int place, const char *key,
	const struct unit_amounts *amounts)
{
	struct part_node part;

	find_part(document, "rewards", place, key, &part);
	for (int i = 0; i < amounts->count; i++) {
		const struct unit *unit = &loader->programme->units[amounts->items[i].unit];

		if (!unit->spendable)
			load_error(loader, &part.key, "'%s' is not spendable", unit->id.data);
	}
}

static bool
asked_for_only(const struct reward *reward)
{
	for (int i = 0; i < reward->on.count; i++)
		if (reward->on.items[i].kind != TRIGGER_FACT ||
			reward->on.items[i].fact != FACT_REDEEM)
			return false;
	return reward->asked;
}

/* A choice gives what a reward is worth, and asks nothing more. */
static void
check_chosen(
	struct loader *loader, const struct node *document, const struct node *choose, int place)
{
	static const char *const passed_over[] = { "when", "from", "through", "limit", "cost",
		"voucher" };
	struct part_node chosen;

	find_part(document, "rewards", place, NULL, &chosen);
	for (size_t i = 0; i < sizeof(passed_over) / sizeof(passed_over[0]); i++)
		if (json_object_get(chosen.item.json, passed_over[i]))
			load_error(loader, choose,
				"'%s' has a '%s', and a choice would pass over it",
				loader->programme->rewards[place].id.data, passed_over[i]);
}

static void
check_choices(struct loader *loader, const struct node *document, int place)
{
	const struct reward *reward = &loader->programme->rewards[place];
	struct part_node part;

	find_part(document, "rewards", place, "choose", &part);
	if (reward->choose_count && !asked_for_only(reward))
		load_error(loader, &part.key,
			"the choice is made in a redeem: 'on' cannot be anything else");
	for (int i = 0; i < reward->choose_count; i++) {
		int other = reward->choose[i].reward;

		if (other >= 0 && loader->programme->rewards[other].choose_count > 0)
			load_error(loader, &part.key, "'%s' is a choice itself",
				reward->choose[i].name.data);
		if (other >= 0)
			check_chosen(loader, document, &part.key, other);
	}
}

static bool
is_chosen(const struct programme *programme, int place)
{
	for (int i = 0; i < programme->reward_count; i++) {
		const struct reward *reward = &programme->rewards[i];

		for (int j = 0; j < reward->choose_count; j++) {
			if (reward->choose[j].reward == place)
				return true;
		}
	}
	return false;
}

static void
check_reward(struct loader *loader, const struct node *document, int place)
{
	const struct reward *reward = &loader->programme->rewards[place];
	struct part_node part;

	find_part(document, "rewards", place, "limit", &part);
	check_limits(loader, &part, &reward->limits, false, hangs_on_facts(&reward->on, false));
	find_part(document, "rewards", place, "on", &part);
	if (reward->by_balance && !json_object_get(part.item.json, "cost"))
		load_error(loader, &part.key,
			"a reward by balance needs a 'cost', or it would never stop");
	if (hangs_on(&reward->on, TRIGGER_CHOICE) && !is_chosen(loader->programme, place))
		load_warning(loader, &part.key, "no 'choose' names this reward");
	find_part(document, "rewards", place, "rest", &part);
	if (reward->rest_lost && reward->asked)
		load_error(loader, &part.key,
			"what remains cannot be lost when a reward is asked for");
	check_spendable(loader, document, place, "cost", &reward->cost);
	check_spendable(loader, document, place, "give", &reward->give);
	check_choices(loader, document, place);
}

/* ---- crossing ---------------------------------------------------------------------------------
 */

static bool
ladder_needs(const struct ladder *ladder, int unit)
{
	for (int i = 0; i < ladder->level_count; i++) {
		const struct level *level = &ladder->levels[i];

		for (int a = 0; a < level->alternative_count; a++) {
			for (int n = 0; n < level->alternatives[a].count; n++) {
				if (level->alternatives[a].items[n].unit == unit)
					return true;
			}
		}
	}
	return false;
}

/* The ladders whose levels a table reads, as bits. */
static uint64_t
ladders_of_table(const struct table *table)
{
	uint64_t ladders = 0;

	if (!table)
		return 0;
	if (table->subject == SUBJECT_LEVEL)
		ladders = UINT64_C(1) << table->index;
	for (int i = 0; i < table->key_count; i++)
		ladders |= ladders_of_table(table->keys[i].value);
	return ladders | ladders_of_table(table->otherwise);
}

/*
 * A recheck knows one answer to a table of a rule: where some of its units go by the level
 * that is reached and others by the level before, a base by levels would need two.
 */
static bool
has_two_answers(const struct programme *programme, const struct rule *rule)
{
	const struct table *basis = rule->basis ? rule->basis : programme->policy.basis;
	bool needed = false, other = false;

	if (!(programme->policy.recheck & RECHECK_RULES) ||
		!(ladders_of_table(rule->per) | ladders_of_table(basis)))
		return false;
	if (!rule->basis && ladders_of_table(basis))
		return true;
	for (int i = 0; i < rule->gives.count; i++) {
		bool needs = false;

		for (int j = 0; j < programme->ladder_count; j++)
			needs |= ladder_needs(&programme->ladders[j], rule->gives.items[i].unit);
		needed |= needs;
		other |= !needs;
	}
	return needed && other;
}

/* The new rate from the level, the level from the units, the units from the rate. */
static void
check_crossing_rule(struct loader *loader, const struct node *document, int place)
{
	const struct programme *programme = loader->programme;
	const struct rule *rule = &programme->rules[place];
	uint64_t of_all = ladders_of_table(rule->per) | ladders_of_table(rule->basis);
	struct part_node part;

	find_part(document, "earn", place, rule->multiplies ? "multiply" : "give", &part);
	if (has_two_answers(programme, rule))
		load_error(loader, &part.key,
			"with 'crossing' 'new' and a recheck of rules, a base that some units "
			"share "
			"cannot go by a ladder");
	for (int i = 0; i < rule->gives.count && !rule->dry_run; i++) {
		int unit = rule->gives.items[i].unit;
		uint64_t ladders = of_all | ladders_of_table(rule->gives.items[i].amount);

		for (int ladder = 0; ladder < programme->ladder_count; ladder++)
			if (ladders >> ladder & 1 &&
				ladder_needs(&programme->ladders[ladder], unit))
				load_error(loader, &part.key,
					"with 'crossing' 'new', '%s' cannot go by the ladder '%s', "
					"which needs it",
					programme->units[unit].id.data,
					programme->ladders[ladder].id.data);
	}
}

/* ---- names that nobody uses
 * ----------------------------------------------------------------------- */

static bool
is_given(const struct programme *programme, int unit)
{
	for (int i = 0; i < programme->rule_count; i++) {
		for (int j = 0; j < programme->rules[i].gives.count; j++) {
			if (programme->rules[i].gives.items[j].unit == unit)
				return true;
		}
	}
	for (int i = 0; i < programme->reward_count; i++) {
		for (int j = 0; j < programme->rewards[i].give.count; j++) {
			if (programme->rewards[i].give.items[j].unit == unit)
				return true;
		}
	}
	return false;
}

static void
warn_unused(struct loader *loader, const struct node *document, const char *object,
	const struct name_list *names, const bool *used)
{
	struct node list = node_member(document, object);

	for (int i = 0; i < names->count; i++) {
		struct node member = node_member(&list, names->items[i].data);

		if (!used[i])
			load_warning(loader, &member, "nothing uses '%s'", names->items[i].data);
	}
}

static void
warn_about_names(struct loader *loader, const struct node *document)
{
	const struct programme *programme = loader->programme;
	bool *given = load_alloc(loader, (size_t)loader->units.count + 1, sizeof(*given));
	struct node list = node_member(document, "units");

	warn_unused(loader, document, "limits", &loader->limits, loader->limit_used);
	warn_unused(loader, document, "periods", &loader->windows, loader->window_used);
	for (int i = 0; i < programme->unit_count; i++) {
		struct node member = node_member(&list, loader->units.items[i].data);

		given[i] = is_given(programme, i);
		if (!given[i])
			load_warning(
				loader, &member, "no rule gives '%s'", loader->units.items[i].data);
	}
}

void
checks_run(struct loader *loader, const struct node *document)
{
	struct programme *programme = loader->programme;
	json_t *policy = json_object_get(document->json, "policy");
	const char *crossing = json_string_value(json_object_get(policy, "crossing"));

	mark_limits_by_both(programme);
	check_common_limits(loader, document);
	for (int i = 0; i < programme->rule_count; i++)
		check_rule(loader, document, i);
	for (int i = 0; i < programme->ladder_count; i++) {
		check_ladder(loader, document, i);
		mark_ladder(programme, &programme->ladders[i]);
	}
	for (int i = 0; i < programme->reward_count; i++)
		check_reward(loader, document, i);
	if (crossing && strcmp(crossing, "new") == 0)
		for (int i = 0; i < programme->rule_count; i++)
			check_crossing_rule(loader, document, i);
	if (loader->failures == 0)
		warn_about_names(loader, document);
}

/*
 * circles.c - causes that run in a circle would never come to rest.
 *
 * The graph has the things that fire (rules, ladders, rewards) and, of each
 * unit, that it is earned, that its balance rises and that it falls. An edge
 * says that one may cause the other within the same instant:
 *
 *   rule -> earned of what it gives -> balance rises
 *   earned -> ladder that needs the unit; the balance -> ladder over the balance
 *   ladder -> rule or reward on tier-up or tier-down; balance reward that its level prices
 *   earned, balance rises -> rule or reward on reach
 *   balance rises -> balance reward that costs the unit
 *   reward -> balance falls by its cost, rises by what it gives; what it lets
 *             choose; rules and rewards on reward:ID
 *   ladder -> balance falls by what it forfeits
 *
 * Every circle is refused: a limit that would end it is no excuse, because it
 * ends it at an arbitrary place. Two edges are left out because they can be gone
 * only finitely often in one period: a reach of listed thresholds (no `every`,
 * not over the balance), and what a ladder over a balance forfeits of it.
 */
#include "loader.h"

struct circles {
	struct loader *loader;
	const struct node *document;
	struct index_list *edges; /* by vertex */
	unsigned char *state;     /* unseen, on the way, done */
	int *way;
	int way_count;
	int rule_first, ladder_first, reward_first, earned_first, rise_first, fall_first, count;
};

enum { UNSEEN, ON_THE_WAY, DONE };

static void
add_edge(struct circles *circles, int from, int to)
{
	list_add(circles->loader, &circles->edges[from], to);
}

/* ---- edges -------------------------------------------------------------------------- */

static void
add_level_edges(struct circles *circles, uint64_t ladders, int to)
{
	for (int i = 0; i < circles->loader->programme->ladder_count; i++) {
		if (ladders & UINT64_C(1) << i)
			add_edge(circles, circles->ladder_first + i, to);
	}
}

static void
add_trigger_edges(struct circles *circles, const struct trigger_list *on, int to)
{
	for (int i = 0; i < on->count; i++) {
		const struct trigger *trigger = &on->items[i];
		const struct reach *reach;

		switch (trigger->kind) {
		case TRIGGER_TIER_UP:
		case TRIGGER_TIER_DOWN:
			add_level_edges(circles, UINT64_MAX, to);
			break;
		case TRIGGER_REWARD:
			add_edge(circles, circles->reward_first + trigger->index, to);
			break;
		case TRIGGER_REACH:
			reach = &circles->loader->programme->reaches[trigger->index];
			if (reach->over.kind == PERIOD_BALANCE)
				add_edge(circles, circles->rise_first + reach->unit, to);
			else if (reach->every > 0)
				add_edge(circles, circles->earned_first + reach->unit, to);
			break;
		case TRIGGER_FACT:
		case TRIGGER_MOMENT:
		case TRIGGER_BALANCE:
		case TRIGGER_CHOICE:
		case TRIGGER_ACTIVITY:
			break;
		}
	}
}

static void
add_rule_edges(struct circles *circles, int place)
{
	const struct rule *rule = &circles->loader->programme->rules[place];
	int vertex = circles->rule_first + place;

	add_trigger_edges(circles, &rule->on, vertex);
	/* What is only tried causes nothing. */
	for (int i = 0; i < rule->gives.count && !rule->dry_run; i++)
		add_edge(circles, vertex, circles->earned_first + rule->gives.items[i].unit);
}

static bool
is_over_balance(const struct ladder *ladder, int unit)
{
	for (int i = 0; i < ladder->level_count; i++) {
		const struct level *level = &ladder->levels[i];

		for (int a = 0; a < level->alternative_count; a++) {
			for (int n = 0; n < level->alternatives[a].count; n++) {
				const struct need *need = &level->alternatives[a].items[n];

				if (need->counter < 0 && need->unit == unit)
					return true;
			}
		}
	}
	return false;
}

static void
add_ladder_edges(struct circles *circles, int place)
{
	const struct ladder *ladder = &circles->loader->programme->ladders[place];
	int vertex = circles->ladder_first + place;

	for (int i = 0; i < ladder->level_count; i++) {
		const struct level *level = &ladder->levels[i];

		for (int a = 0; a < level->alternative_count; a++) {
			for (int n = 0; n < level->alternatives[a].count; n++) {
				const struct need *need = &level->alternatives[a].items[n];

				if (need->counter >= 0) {
					add_edge(circles, circles->earned_first + need->unit,
						vertex);
					continue;
				}
				add_edge(circles, circles->rise_first + need->unit, vertex);
				add_edge(circles, circles->fall_first + need->unit, vertex);
			}
		}
	}
	for (int i = 0; i < ladder->forfeit.count; i++) {
		int unit = ladder->forfeit.items[i];

		if (!is_over_balance(ladder, unit))
			add_edge(circles, vertex, circles->fall_first + unit);
	}
}

static void
add_reward_edges(struct circles *circles, int place)
{
	const struct reward *reward = &circles->loader->programme->rewards[place];
	int vertex = circles->reward_first + place;

	add_trigger_edges(circles, &reward->on, vertex);
	if (reward->by_balance)
		add_level_edges(circles, circles->loader->reward_ladders[place], vertex);
	for (int i = 0; i < reward->cost.count; i++) {
		int unit = reward->cost.items[i].unit;

		if (reward->by_balance)
			add_edge(circles, circles->rise_first + unit, vertex);
		add_edge(circles, vertex, circles->fall_first + unit);
	}
	for (int i = 0; i < reward->give.count; i++)
		add_edge(circles, vertex, circles->rise_first + reward->give.items[i].unit);
	for (int i = 0; i < reward->choose_count; i++) {
		if (reward->choose[i].reward >= 0)
			add_edge(circles, vertex, circles->reward_first + reward->choose[i].reward);
	}
}

/* ---- finding and naming ---------------------------------------------------------------- */

static const char *
vertex_name(const struct circles *circles, int vertex)
{
	const struct programme *programme = circles->loader->programme;
	struct loader *loader = circles->loader;

	if (vertex >= circles->fall_first)
		return load_format(loader, "balance of '%s'",
			programme->units[vertex - circles->fall_first].id.data);
	if (vertex >= circles->rise_first)
		return load_format(loader, "balance of '%s'",
			programme->units[vertex - circles->rise_first].id.data);
	if (vertex >= circles->earned_first)
		return load_format(loader, "unit '%s'",
			programme->units[vertex - circles->earned_first].id.data);
	if (vertex >= circles->reward_first)
		return load_format(loader, "reward '%s'",
			programme->rewards[vertex - circles->reward_first].id.data);
	if (vertex >= circles->ladder_first)
		return load_format(loader, "ladder '%s'",
			programme->ladders[vertex - circles->ladder_first].id.data);
	return load_format(
		loader, "rule '%s'", programme->rules[vertex - circles->rule_first].id.data);
}

/* Says the circle from its first thing in the order of rules, ladders, rewards. */
static void
report_circle(struct circles *circles, int first)
{
	int size = circles->way_count - first;
	int start = first;
	int vertex;
	const char *text;
	struct node list, item;

	for (int i = first; i < circles->way_count; i++) {
		if (circles->way[i] < circles->way[start])
			start = i;
	}
	vertex = circles->way[start];
	text = vertex_name(circles, vertex);
	for (int i = 1; i <= size; i++) {
		int next = circles->way[first + (start - first + i) % size];

		text = load_format(circles->loader, "%s -> %s", text, vertex_name(circles, next));
	}
	if (vertex >= circles->reward_first) {
		list = node_member(circles->document, "rewards");
		item = node_list_item(&list, vertex - circles->reward_first);
	} else if (vertex >= circles->ladder_first) {
		list = node_member(circles->document, "tiers");
		item = node_list_item(&list, vertex - circles->ladder_first);
	} else {
		list = node_member(circles->document, "earn");
		item = node_list_item(&list, vertex - circles->rule_first);
	}
	load_error(circles->loader, &item, "causes run in a circle: %s", text);
}

static void
visit(struct circles *circles, int vertex)
{
	const struct index_list *edges = &circles->edges[vertex];

	circles->state[vertex] = ON_THE_WAY;
	circles->way[circles->way_count++] = vertex;
	for (int i = 0; i < edges->count; i++) {
		int next = edges->items[i];

		if (circles->state[next] == UNSEEN) {
			visit(circles, next);
		} else if (circles->state[next] == ON_THE_WAY) {
			int first = circles->way_count - 1;

			while (circles->way[first] != next)
				first--;
			report_circle(circles, first);
		}
	}
	circles->way_count--;
	circles->state[vertex] = DONE;
}

void
circles_find(struct loader *loader, const struct node *document)
{
	const struct programme *programme = loader->programme;
	struct circles circles = { .loader = loader, .document = document };

	circles.ladder_first = programme->rule_count;
	circles.reward_first = circles.ladder_first + programme->ladder_count;
	circles.earned_first = circles.reward_first + programme->reward_count;
	circles.rise_first = circles.earned_first + programme->unit_count;
	circles.fall_first = circles.rise_first + programme->unit_count;
	circles.count = circles.fall_first + programme->unit_count;
	circles.edges = load_alloc(loader, (size_t)circles.count + 1, sizeof(*circles.edges));
	circles.state = load_alloc(loader, (size_t)circles.count + 1, sizeof(*circles.state));
	circles.way = load_alloc(loader, (size_t)circles.count + 1, sizeof(*circles.way));
	for (int i = 0; i < programme->rule_count; i++)
		add_rule_edges(&circles, i);
	for (int i = 0; i < programme->ladder_count; i++)
		add_ladder_edges(&circles, i);
	for (int i = 0; i < programme->reward_count; i++)
		add_reward_edges(&circles, i);
	for (int i = 0; i < programme->unit_count; i++)
		add_edge(&circles, circles.earned_first + i, circles.rise_first + i);
	for (int i = 0; i < circles.count; i++) {
		if (circles.state[i] == UNSEEN)
			visit(&circles, i);
	}
}

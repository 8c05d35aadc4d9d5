/*
 * limits.c - how often or how much: named ones that several rules share, and
 * those written where they hold.
 */
#include "loader.h"

static bool
load_by(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct limit *limit = field;
	bool loaded = true;

	(void)unused;
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		struct slice name = node_text(&item);

		if (name.size == 0)
			loaded = load_error(loader, &item, "expected a field of the record");
		else
			list_add(loader, &limit->by, column_of(loader, SCOPE_RECORD, name.data));
	}
	return loaded;
}

static const struct key limit_table[] = {
	{ "notes", load_notes, 0, NULL, false },
	{ "times", load_table_field, offsetof(struct limit, times), &for_times, false },
	{ "most", load_unit_amounts, offsetof(struct limit, most), &for_count, false },
	{ "amount", load_table_field, offsetof(struct limit, amount), &for_ratio, false },
	{ "per", load_limit_period, offsetof(struct limit, period), NULL, true },
	{ "by", load_by, 0, NULL, false },
	{ "shared", load_flag, offsetof(struct limit, shared), NULL, false },
};

const struct object_keys limit_keys = OBJECT_KEYS("limit", limit_table);

/* Whether a period is the same for all members. */
static bool
is_of_everybody(const struct loader *loader, const struct period *period)
{
	if (period->kind == PERIOD_WINDOW)
		return loader->programme->windows[period->window].kind != WINDOW_SINCE;
	return period->kind != PERIOD_MEMBERSHIP_YEAR && period->kind != PERIOD_BIRTHDAY_MONTH;
}

static int
limit_counter(struct loader *loader, enum counter_kind kind, int place, int unit)
{
	struct counter counter = {
		.kind = kind,
		.period = loader->programme->limits[place].period,
		.unit = unit,
		.limit = place,
	};

	return counter_of(loader, &counter);
}

/* Loads into a limit of its own first: the list may move. */
static bool
load_limit_at(struct loader *loader, const struct node *node, int place, struct slice name)
{
	struct limit limit = { .name = name, .times_counter = -1, .amount_counter = -1 };
	struct limit *kept;
	bool loaded = load_object(loader, node, &limit_keys, &limit);

	if (loaded && !limit.times && !limit.amount && limit.most.count == 0)
		loaded = load_error(loader, node, "expected one of 'times', 'most' or 'amount'");
	if (loaded && limit.shared && !is_of_everybody(loader, &limit.period)) {
		struct node per = node_member(node, "per");

		loaded = load_error(
			loader, &per, "a shared limit needs a period that is everybody's");
	}
	kept = &loader->programme->limits[place];
	*kept = limit;
	kept->most_counters = load_alloc(loader, (size_t)limit.most.count + 1, sizeof(int));
	if (limit.times)
		kept->times_counter = limit_counter(loader, COUNTER_TIMES, place, -1);
	if (limit.amount)
		kept->amount_counter = limit_counter(loader, COUNTER_AMOUNT, place, -1);
	for (int i = 0; i < limit.most.count; i++)
		kept->most_counters[i] =
			limit_counter(loader, COUNTER_MOST, place, limit.most.items[i].unit);
	return loaded;
}

static bool
load_shared_limit(struct loader *loader, const struct node *node, int place)
{
	struct slice name = loader->limits.items[place];
	bool loaded = check_id(loader, node, name, &loader->limits, place, "limit");

	return load_limit_at(loader, node, place, name) && loaded;
}

bool
load_limits(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)field;
	(void)unused;
	loader->decider = DECIDE_EARN;
	return load_members(loader, node, "limits", load_shared_limit);
}

static bool
load_named_limit(struct loader *loader, const struct node *node, struct index_list *list)
{
	int index = load_reference(loader, node, "limit", &loader->limits);

	if (index < 0)
		return false;
	loader->limit_used[index] = true;
	for (int i = 0; i < list->count; i++) {
		if (list->items[i] == index)
			return load_error(
				loader, node, "'%s' is named twice", json_string_value(node->json));
	}
	list_add(loader, list, index);
	return true;
}

bool
load_limit_list(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct programme *programme = loader->programme;
	struct index_list *list = field;
	bool loaded = true;

	(void)unused;
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		int place = programme->limit_count;

		if (!json_is_object(item.json)) {
			loaded &= load_named_limit(loader, &item, list);
			continue;
		}
		(void)LOAD_APPEND(loader, programme->limits, programme->limit_count);
		loaded &= load_limit_at(loader, &item, place, slice_of(node_path(loader, &item)));
		list_add(loader, list, place);
	}
	return loaded;
}

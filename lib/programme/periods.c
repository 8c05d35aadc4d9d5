/*
 * periods.c - what is counted over: calendar periods, rolling ones, and the
 * named windows of `periods`.
 */
#include "loader.h"

static const struct {
	const char *name;
	enum period_kind kind;
} periods[] = {
	{ "day", PERIOD_DAY },
	{ "week", PERIOD_WEEK },
	{ "month", PERIOD_MONTH },
	{ "quarter", PERIOD_QUARTER },
	{ "half-year", PERIOD_HALF_YEAR },
	{ "year", PERIOD_YEAR },
	{ "membership-year", PERIOD_MEMBERSHIP_YEAR },
	{ "birthday-month", PERIOD_BIRTHDAY_MONTH },
	{ "lifetime", PERIOD_LIFETIME },
	{ "purchase", PERIOD_PURCHASE },
	{ "balance", PERIOD_BALANCE },
};

/* Whether a name is a period of the vocabulary. */
static bool
is_reserved_period(struct slice name)
{
	struct duration duration;

	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		if (slice_equal(slice_of(periods[i].name), name))
			return true;
	}
	return duration_parse(name, &duration);
}

bool
parse_period(struct loader *loader, struct slice text, struct period *period)
{
	*period = (struct period){ .window = -1 };
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		if (slice_equal(slice_of(periods[i].name), text)) {
			period->kind = periods[i].kind;
			return true;
		}
	}
	period->window = name_find(&loader->windows, text);
	if (period->window >= 0) {
		period->kind = PERIOD_WINDOW;
		loader->window_used[period->window] = true;
		return true;
	}
	period->kind = PERIOD_ROLLING;
	return duration_parse(text, &period->rolling) && !duration_is_zero(&period->rolling);
}

/* Whether a period of this kind can stand where use says. */
static bool
period_fits(enum period_kind kind, unsigned use)
{
	switch (kind) {
	case PERIOD_PURCHASE:
		return use & PERIOD_OR_PURCHASE;
	case PERIOD_BALANCE:
		return use & PERIOD_OR_BALANCE;
	case PERIOD_LIFETIME:
	case PERIOD_ROLLING:
		return use & PERIOD_FOR_COUNTING;
	case PERIOD_MEMBERSHIP_YEAR:
	case PERIOD_BIRTHDAY_MONTH:
	case PERIOD_WINDOW:
		return use & (PERIOD_FOR_COUNTING | PERIOD_WITH_ENDS);
	default:
		return true;
	}
}

bool
load_period(struct loader *loader, const struct node *node, unsigned use, struct period *period)
{
	struct slice text = node_text(node);
	struct name_list known = { 0 };

	if (!json_is_string(node->json))
		return load_error(loader, node,
			"expected a period such as day, month, year, P12M or a named window");
	if (!parse_period(loader, text, period)) {
		for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++)
			*LOAD_APPEND(loader, known.items, known.count) = slice_of(periods[i].name);
		for (int i = 0; i < loader->windows.count; i++)
			*LOAD_APPEND(loader, known.items, known.count) = loader->windows.items[i];
		return load_unknown(loader, node, "period", text.data, &known);
	}
	if (!period_fits(period->kind, use))
		return load_error(loader, node, "the period '%s' cannot stand here", text.data);
	if (period->kind == PERIOD_BALANCE)
		note_reads(loader, READS_BALANCE);
	return true;
}

bool
load_limit_period(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)unused;
	return load_period(loader, node, PERIOD_FOR_COUNTING | PERIOD_OR_PURCHASE, field);
}

bool
load_tier_period(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)unused;
	return load_period(loader, node, PERIOD_FOR_COUNTING | PERIOD_OR_BALANCE, field);
}

bool
period_equal(const struct period *a, const struct period *b)
{
	return a->kind == b->kind && a->window == b->window &&
	       duration_equal(&a->rolling, &b->rolling);
}

/* ---- windows ------------------------------------------------------------------- */

/* {from, through} before it is known whether they are month-days or dates. */
struct window_dates {
	struct node from_node, through_node;
};

static bool
load_window_date(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct node *kept = field;

	(void)unused;
	*kept = *node;
	if (json_is_string(node->json))
		return true;
	return load_error(loader, node, "expected a date: MM-DD (every year) or YYYY-MM-DD");
}

static const struct key window_yearly_table[] = {
	{ "from", load_window_date, offsetof(struct window_dates, from_node), NULL, true },
	{ "through", load_window_date, offsetof(struct window_dates, through_node), NULL, true },
	{ "notes", load_notes, 0, NULL, false },
};

const struct object_keys window_yearly_keys = OBJECT_KEYS("window", window_yearly_table);

static bool
load_window_since(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct window *window = field;
	struct trigger_list triggers = { 0 };

	(void)unused;
	if (!load_triggers(loader, node, TRIGGERS_OF_CLOCK, &triggers))
		return false;
	for (int i = 0; i < triggers.count; i++)
		list_add(loader, &window->since, clock_of(loader, &triggers.items[i]));
	return true;
}

static const struct key window_since_table[] = {
	{ "since", load_window_since, 0, NULL, true },
	{ "lasts", load_duration, offsetof(struct window, lasts), NULL, true },
	{ "notes", load_notes, 0, NULL, false },
};

const struct object_keys window_since_keys = OBJECT_KEYS("repeating-window", window_since_table);

/* A list of month-days: windows from each to the next. */
static bool
load_starts(struct loader *loader, const struct node *node, struct window *window)
{
	bool loaded = true;

	window->kind = WINDOW_STARTS;
	if (json_array_size(node->json) == 0)
		return load_error(loader, node, "expected at least one start (MM-DD)");
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		struct month_day day, last;

		if (!parse_month_day(node_text(&item), &day)) {
			loaded = load_error(loader, &item, "expected a month-day such as 05-01");
			continue;
		}
		if (window->start_count > 0) {
			last = window->starts[window->start_count - 1];
			if (last.month > day.month ||
				(last.month == day.month && last.day >= day.day))
				loaded = load_error(loader, &item,
					"expected a start later than the one before");
		}
		*LOAD_APPEND(loader, window->starts, window->start_count) = day;
	}
	return loaded;
}

static bool
load_dates(struct loader *loader, const struct node *node, struct window *window)
{
	struct window_dates dates = { 0 };
	struct slice from;

	if (!load_object(loader, node, &window_yearly_keys, &dates))
		return false;
	from = node_text(&dates.from_node);
	if (parse_month_day(from, &window->from)) {
		window->kind = WINDOW_YEARLY;
		if (parse_month_day(node_text(&dates.through_node), &window->through))
			return true;
		return load_error(loader, &dates.through_node,
			"expected a month-day such as 01-31, as 'from' is one");
	}
	window->kind = WINDOW_SINGLE;
	if (!load_from(loader, &dates.from_node, &window->begin, NULL) ||
		!load_through(loader, &dates.through_node, &window->end, NULL))
		return false;
	if (window->begin >= window->end && loader->programme->zone)
		return load_error(loader, node, "the window ends before it begins");
	return true;
}

static bool
load_window(struct loader *loader, const struct node *node, int place)
{
	struct slice id = loader->windows.items[place];
	struct window window = { .id = id };
	bool loaded = check_id(loader, node, id, &loader->windows, place, "period");

	if (is_reserved_period(id))
		loaded = load_error(loader, node, "'%s' is a period already", id.data);
	if (json_is_array(node->json)) {
		loaded &= load_starts(loader, node, &window);
	} else if (json_is_object(node->json) &&
		   (json_object_get(node->json, "since") || json_object_get(node->json, "lasts"))) {
		window.kind = WINDOW_SINCE;
		loaded &= load_object(loader, node, &window_since_keys, &window);
	} else if (json_is_object(node->json)) {
		loaded &= load_dates(loader, node, &window);
	} else {
		loaded = load_error(loader, node,
			"expected a list of month-days, {from, through} or {since, lasts}");
	}
	loader->programme->windows[place] = window;
	return loaded;
}

bool
load_windows(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct programme *programme = loader->programme;

	(void)field;
	(void)unused;
	/* Whoever needs earning needs what earning needs, so that is enough. */
	loader->decider = DECIDE_EARN;
	programme->window_count = loader->windows.count;
	programme->windows = load_alloc(
		loader, (size_t)programme->window_count + 1, sizeof(*programme->windows));
	return load_members(loader, node, "periods", load_window);
}

/*
 * balance.c - a row per member and unit: what they have, what ends next, and
 * how far it is to the next level.
 */
#include <stdlib.h>

#include "fold.h"
#include "report.h"

enum { LADDERS_MAX = 64, COLUMNS_OWN = 7, COLUMNS_OF_LADDER = 5 };

/*
 * "tier", "until", "to_keep", "next_tier", "missing"; of another ladder "status",
 * "until_status", "to_keep_status", "next_status", "missing_status". For people "to keep", "next".
 */
struct ladder_names {
	char *text;
	struct column columns[COLUMNS_OF_LADDER];
};

static bool
name_ladder(struct ladder_names *names, struct slice id)
{
	static const char *const prefixes[] = { "", "until_", "to_keep_", "next_", "missing_" };
	static const bool alone[] = { false, true, true, false, true };
	static const bool number[] = { false, false, true, false, true };
	bool plain = slice_equal(id, SLICE("tier"));
	char *at = malloc(2 * COLUMNS_OF_LADDER * (id.size + sizeof("to_keep_")));

	names->text = at;
	if (!at)
		return false;
	for (int i = 0; i < COLUMNS_OF_LADDER; i++) {
		struct slice prefix = slice_of(prefixes[i]);
		struct slice key = { at, prefix.size + id.size };
		struct slice title;

		memcpy(at, prefix.data, prefix.size);
		memcpy(at + prefix.size, id.data, id.size);
		if (plain && alone[i])
			key.size = prefix.size - 1;
		at += key.size;
		memcpy(at, key.data, key.size);
		for (size_t j = 0; j < prefix.size && j < key.size; j++)
			if (at[j] == '_')
				at[j] = ' ';
		title = (struct slice){ at, plain && i > 0 ? prefix.size - 1 : key.size };
		names->columns[i] = (struct column){ .key = key,
			.title = title,
			.number = number[i],
			.optional = i == 1 || i == 2 };
		at += key.size;
	}
	return true;
}

/* The less of two amounts that are missing; < 0: none. */
static int64_t
less_missing(int64_t least, int64_t missing)
{
	return least < 0 || (missing >= 0 && missing < least) ? missing : least;
}

/* What is missing of a unit on the way to a level: the least of its alternatives. */
static void
put_missing(struct table *table, const struct programme *programme, const struct view *view,
	const struct level *level, int unit, instant now)
{
	int64_t least = -1;

	for (int i = 0; i < level->alternative_count; i++) {
		const struct needs *needs = &level->alternatives[i];

		for (int j = 0; j < needs->count; j++) {
			struct progress progress;
			int64_t missing;

			if (needs->items[j].unit != unit ||
				!view_need(programme, view, &needs->items[j], now, &progress) ||
				__builtin_sub_overflow(progress.goal, progress.have, &missing))
				continue;
			if (missing < 0)
				missing = 0;
			least = less_missing(least, missing);
		}
	}
	if (least < 0)
		table_empty(table);
	else
		table_number(table, least, programme->units[unit].decimals);
}

/* Until when the present level holds, and what is missing of a unit to keep it then. */
static void
put_hold(struct table *table, const struct programme *programme, const struct level *level,
	const struct view_hold *hold, int unit)
{
	int64_t least = -1;
	int n = 0;

	if (hold->end != INSTANT_NEVER)
		table_add_day(table, last_day_before(programme->zone, hold->end));
	table_cell_end(table);
	for (int i = 0; hold->missing && i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++, n++)
			if (level->alternatives[i].items[j].unit == unit)
				least = less_missing(least, hold->missing[n]);
	if (least > 0)
		table_number(table, least, programme->units[unit].decimals);
	else
		table_empty(table);
}

static void
put_ladders(struct table *table, const struct programme *programme, const struct view *view,
	int unit, instant now)
{
	for (int i = 0; i < programme->ladder_count; i++) {
		const struct level *levels = programme->ladders[i].levels;
		int next = view_next_level(programme, view, i, now);

		table_text(table, levels[view->levels[i]].id);
		put_hold(table, programme, &levels[view->levels[i]], &view->holds[i], unit);
		if (next < 0) {
			table_empty(table);
			table_empty(table);
			continue;
		}
		table_text(table, levels[next].id);
		put_missing(table, programme, view, &levels[next], unit, now);
	}
}

static void
put_holdings(struct table *table, const struct programme *programme, int unit,
	const struct holdings *holdings)
{
	int decimals = programme->units[unit].decimals;

	if (!programme->units[unit].spendable) {
		for (int i = 0; i < 4; i++)
			table_empty(table);
		return;
	}
	table_number(table, holdings->usable, decimals);
	table_number(table, holdings->pending, decimals);
	if (holdings->next_end == INSTANT_NEVER) {
		table_empty(table);
		table_empty(table);
		return;
	}
	table_add_day(table, last_day_before(programme->zone, holdings->next_end));
	table_cell_end(table);
	table_number(table, holdings->ending, decimals);
}

static enum loyalty_status
put_member(struct report *report, struct table *table, uint32_t index, struct loyalty_error *error)
{
	const struct programme *programme = report->programme;
	instant now = report_now(report);
	enum loyalty_status status;
	struct view view;

	status = fold_view(report->fold, index, now, &view, error);
	if (status != LOYALTY_OK)
		return status;
	for (int unit = 0; unit < programme->unit_count; unit++) {
		struct holdings holdings;

		if (!view_holdings(programme, &view, unit, now, &holdings))
			return fail(error, LOYALTY_BAD, "the lots of '%.*s' overflow",
				(int)programme->units[unit].id.size,
				programme->units[unit].id.data);
		table_text(table, fold_key(report->fold, index));
		table_text(table, programme->units[unit].id);
		table_number(table, view.sums[unit], programme->units[unit].decimals);
		put_holdings(table, programme, unit, &holdings);
		put_ladders(table, programme, &view, unit, now);
	}
	return LOYALTY_OK;
}

/* ---- order ---------------------------------------------------------------- */

struct sorting {
	const struct fold *fold;
	enum report_sort by;
	int unit; /* the first that can be spent */
};

static int
compare_members(const void *a, const void *b, void *context)
{
	const struct sorting *sorting = context;
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;
	int64_t difference = 0;

	if (sorting->by == REPORT_SORT_MEMBER)
		return slice_compare(fold_key(sorting->fold, left), fold_key(sorting->fold, right));
	if (sorting->by == REPORT_SORT_BALANCE) {
		int64_t of_left = fold_sums(sorting->fold, left)[sorting->unit];
		int64_t of_right = fold_sums(sorting->fold, right)[sorting->unit];

		difference = (of_left < of_right) - (of_left > of_right);
	}
	if (difference)
		return (int)difference;
	return (left > right) - (left < right);
}

static int
first_spendable(const struct programme *programme)
{
	for (int unit = 0; unit < programme->unit_count; unit++) {
		if (programme->units[unit].spendable)
			return unit;
	}
	return 0;
}

static uint32_t *
order_members(const struct report *report)
{
	uint32_t count = fold_count(report->fold);
	uint32_t *order = malloc((count + 1) * sizeof(*order));
	struct sorting sorting = { report->fold, report->options->sort,
		first_spendable(report->programme) };

	if (!order)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	if (sorting.by == REPORT_SORT_MEMBER ||
		(sorting.by == REPORT_SORT_BALANCE && report->programme->unit_count > 0))
		qsort_r(order, count, sizeof(*order), compare_members, &sorting);
	return order;
}

/* ---- the report ------------------------------------------------------------ */

static enum loyalty_status
write_members(struct report *report, const struct column *columns, int count, struct writer *writer,
	struct loyalty_error *error)
{
	struct table *table = table_new(report->options->format, columns, count);
	uint32_t *order = order_members(report);
	enum loyalty_status status = table && order ? LOYALTY_OK : fail_memory(error);

	for (uint32_t i = 0; status == LOYALTY_OK && i < fold_count(report->fold); i++)
		status = put_member(report, table, order[i], error);
	if (status == LOYALTY_OK && !table_write(table, writer, report->options->colour))
		status = fail_memory(error);
	free(order);
	table_free(table);
	return status;
}

enum loyalty_status
balance_write(struct report *report, struct writer *writer, struct loyalty_error *error)
{
	struct column columns[COLUMNS_OWN + COLUMNS_OF_LADDER * LADDERS_MAX] = {
		{ SLICE("member"), SLICE("member"), .number = false },
		{ SLICE("unit"), SLICE("unit"), .number = false },
		{ SLICE("balance"), SLICE("balance"), .number = true },
		{ SLICE("usable"), SLICE("usable"), .number = true },
		{ SLICE("pending"), SLICE("pending"), .number = true },
		{ SLICE("last_day"), SLICE("last day"), .number = false },
		{ SLICE("expiring"), SLICE("expiring"), .number = true },
	};
	struct ladder_names names[LADDERS_MAX] = { 0 };
	int ladders = report->programme->ladder_count;
	enum loyalty_status status = LOYALTY_OK;

	if (ladders > LADDERS_MAX)
		return fail(error, LOYALTY_PROGRAMME, "more than %d ladders", LADDERS_MAX);
	if (report->options->member_count > 0 && fold_count(report->fold) == 0)
		return fail(error, LOYALTY_BAD, "the ledger has no member '%.*s'",
			(int)report->options->members[0].size, report->options->members[0].data);
	for (int i = 0; i < ladders && status == LOYALTY_OK; i++) {
		if (!name_ladder(&names[i], report->programme->ladders[i].id))
			status = fail_memory(error);
		else
			memcpy(&columns[COLUMNS_OWN + COLUMNS_OF_LADDER * i], names[i].columns,
				sizeof(names[i].columns));
	}
	if (status == LOYALTY_OK)
		status = write_members(
			report, columns, COLUMNS_OWN + COLUMNS_OF_LADDER * ladders, writer, error);
	for (int i = 0; i < ladders; i++)
		free(names[i].text);
	return status;
}

/*
 * statement.c - one member's entries in stream order with running balances, and,
 * for people, where that leaves them: what ends next and how far the next level
 * and the next reward are.
 */
#include <stdlib.h>

#include "fold.h"
#include "report.h"
#include "width.h"
#include "words.h"

enum { COLUMNS_OWN = 3, BAR_WIDTH = 20, ENDS_SHOWN = 3, INDENT = 2 };

/* ---- entries ------------------------------------------------------------------ */

/* "points" and "points_balance" for every unit; the text of the second lives in buffer. */
static void
name_unit(const struct unit *unit, char *buffer, struct column *columns)
{
	struct slice balance = { buffer, unit->id.size + sizeof("_balance") - 1 };

	memcpy(buffer, unit->id.data, unit->id.size);
	memcpy(buffer + unit->id.size, "_balance", sizeof("_balance") - 1);
	columns[0] = (struct column){ unit->id, unit->id, .number = true };
	columns[1] = (struct column){ balance, SLICE("balance"), .number = true };
}

bool
statement_begin(struct report *report)
{
	const struct programme *programme = report->programme;
	struct column columns[COLUMNS_OWN + 2 * UNITS_MAX] = {
		{ SLICE("at"), SLICE("date"), .number = false },
		{ SLICE("what"), SLICE("what"), .number = false },
		{ SLICE("id"), SLICE("id"), .number = false },
	};
	size_t size = 1;
	char *names;

	for (int i = 0; i < programme->unit_count; i++)
		size += programme->units[i].id.size + sizeof("_balance");
	names = report->names = malloc(size);
	if (!names || programme->unit_count > UNITS_MAX)
		return false;
	for (int i = 0; i < programme->unit_count; i++) {
		name_unit(&programme->units[i], names, &columns[COLUMNS_OWN + 2 * i]);
		names += programme->units[i].id.size + sizeof("_balance");
	}
	report->table = table_new(
		report->options->format, columns, COLUMNS_OWN + 2 * programme->unit_count);
	return report->table != NULL;
}

static void
put_time(const struct report *report, instant at)
{
	const struct zone *zone = report->programme->zone;
	char text[INSTANT_TEXT_MAX];

	if (report->options->format == TABLE_PLAIN)
		table_add_day(report->table, zone_day(zone, at));
	else
		table_add(report->table, (struct slice){ text, instant_format(zone, at, text) });
	table_cell_end(report->table);
}

enum loyalty_status
statement_entry(struct report *report, const struct entry *entry, struct loyalty_error *error)
{
	const struct programme *programme = report->programme;
	struct table *table = report->table;
	const int64_t *sums;

	(void)error;
	if (!entry->member.data)
		return LOYALTY_OK;
	put_time(report, entry->at);
	add_words(report, table, entry);
	table_cell_end(table);
	table_text(table, entry->id);
	sums = fold_sums(report->fold, 0);
	for (int unit = 0; unit < programme->unit_count; unit++) {
		if (!(entry->moved >> unit & 1)) {
			table_empty(table);
			table_empty(table);
			continue;
		}
		table_number(table, entry->units[unit], programme->units[unit].decimals);
		table_number(table, sums[unit], programme->units[unit].decimals);
	}
	return LOYALTY_OK;
}

/* ---- where that leaves the member ----------------------------------------------- */

/* The lines under the table are written twice: to measure their labels, and to show them. */
struct summary {
	const struct report *report;
	const struct view *view;
	instant now;
	struct writer *writer;
	bool measuring;
	size_t width; /* of the widest label */
};

static void
put_count(struct writer *writer, int64_t count, int decimals)
{
	char *place = writer_reserve(writer, DECIMAL_TEXT_MAX);

	if (place)
		writer_advance(writer, decimal_format(count, decimals, place));
}

static void
put_day(struct writer *writer, int32_t day)
{
	char text[INSTANT_TEXT_MAX];

	writer_put(writer, (struct slice){ text, day_format(day, text) });
}

/* Starts a line with its label. false: it was only measured. */
static bool
put_label(struct summary *summary, struct slice label)
{
	size_t width = text_width(label);

	if (summary->measuring) {
		if (width > summary->width)
			summary->width = width;
		return false;
	}
	writer_put_visible(summary->writer, label);
	for (; width < summary->width + INDENT; width++)
		writer_put_char(summary->writer, ' ');
	return true;
}

static void
put_bar(struct summary *summary, const struct progress *progress)
{
	bool blocks = summary->report->options->blocks;
	int64_t filled = 0;

	if (progress->have >= progress->goal)
		filled = BAR_WIDTH;
	else if (progress->have > 0)
		filled = (int64_t)((int128)progress->have * BAR_WIDTH / progress->goal);
	writer_put_char(summary->writer, '[');
	for (int i = 0; i < BAR_WIDTH; i++) {
		if (blocks)
			writer_put(summary->writer, i < filled ? SLICE("█") : SLICE("░"));
		else
			writer_put_char(summary->writer, i < filled ? '#' : '.');
	}
	writer_put(summary->writer, SLICE("] "));
}

static void
put_progress(struct summary *summary, struct slice label, const struct progress *progress, int unit)
{
	const struct unit *counted = &summary->report->programme->units[unit];
	struct writer *writer = summary->writer;

	if (!put_label(summary, label))
		return;
	put_bar(summary, progress);
	put_count(writer, progress->have, counted->decimals);
	writer_put(writer, SLICE(" of "));
	put_count(writer, progress->goal, counted->decimals);
	writer_put_char(writer, ' ');
	writer_put_visible(writer, shown_name(counted->name, counted->id));
	writer_line_end(writer);
}

static bool
put_ends(struct summary *summary, int unit)
{
	const struct unit *shown = &summary->report->programme->units[unit];
	instant end = summary->now;
	bool overflow = false;

	for (int i = 0; i < ENDS_SHOWN; i++) {
		int64_t ending;

		end = view_next_end(summary->view, unit, end, &ending, &overflow);
		if (end == INSTANT_NEVER)
			break;
		writer_put(summary->writer, SLICE(", "));
		put_count(summary->writer, ending, shown->decimals);
		writer_put(summary->writer, SLICE(" through "));
		put_day(summary->writer, last_day_before(summary->report->programme->zone, end));
	}
	return !overflow;
}

/* "points  1106 (1000 usable, 106 pending), 500 through 2026-12-31" */
static bool
put_unit(struct summary *summary, int unit)
{
	const struct programme *programme = summary->report->programme;
	const struct unit *shown = &programme->units[unit];
	struct writer *writer = summary->writer;
	struct holdings holdings;
	bool fits = view_holdings(programme, summary->view, unit, summary->now, &holdings);

	if (!fits || !put_label(summary, shown_name(shown->name, shown->id)))
		return fits;
	put_count(writer, summary->view->sums[unit], shown->decimals);
	if (shown->spendable &&
		(holdings.pending || holdings.usable != summary->view->sums[unit])) {
		writer_put(writer, SLICE(" ("));
		put_count(writer, holdings.usable, shown->decimals);
		writer_put(writer, SLICE(" usable, "));
		put_count(writer, holdings.pending, shown->decimals);
		writer_put(writer, SLICE(" pending)"));
	}
	fits = put_ends(summary, unit);
	writer_line_end(writer);
	return fits;
}

/* One way to keep a level: "20.00 spend and 3 nights". */
static void
put_way(struct summary *summary, const struct needs *needs, const int64_t *missing)
{
	const struct programme *programme = summary->report->programme;
	struct writer *writer = summary->writer;
	bool first = true;

	for (int i = 0; i < needs->count; i++) {
		const struct unit *unit = &programme->units[needs->items[i].unit];

		if (missing[i] == 0)
			continue;
		if (!first)
			writer_put(writer, SLICE(" and "));
		put_count(writer, missing[i], unit->decimals);
		writer_put_char(writer, ' ');
		writer_put_visible(writer, shown_name(unit->name, unit->id));
		first = false;
	}
}

static bool
is_told(const struct needs *needs, const int64_t *missing)
{
	for (int i = 0; i < needs->count; i++)
		if (missing[i] < 0)
			return false;
	return true;
}

/* "holds  through 2027-02-28, to keep it 20.00 spend and 3 nights or 300.00 spend" */
static void
put_hold(struct summary *summary, const struct level *level, const struct view_hold *hold)
{
	const struct zone *zone = summary->report->programme->zone;
	struct writer *writer = summary->writer;
	const int64_t *missing = hold->missing;
	bool first = true;

	if (hold->end == INSTANT_NEVER || !put_label(summary, SLICE("holds")))
		return;
	writer_put(writer, SLICE("through "));
	put_day(writer, last_day_before(zone, hold->end));
	for (int i = 0; missing && i < level->alternative_count; i++) {
		const struct needs *needs = &level->alternatives[i];

		if (is_told(needs, missing)) {
			writer_put(writer, first ? SLICE(", to keep it ") : SLICE(" or "));
			put_way(summary, needs, missing);
			first = false;
		}
		missing += needs->count;
	}
	writer_line_end(writer);
}

static void
put_ladder(struct summary *summary, int ladder)
{
	const struct programme *programme = summary->report->programme;
	const struct ladder *levels = &programme->ladders[ladder];
	const struct level *level = &levels->levels[summary->view->levels[ladder]];
	int next = view_next_level(programme, summary->view, ladder, summary->now);

	if (put_label(summary, shown_name(levels->name, levels->id))) {
		writer_put_visible(summary->writer, shown_name(level->name, level->id));
		for (int i = 0; i < level->benefits.count; i++) {
			writer_put(summary->writer, i ? SLICE(", ") : SLICE(" ("));
			writer_put_visible(summary->writer, level->benefits.items[i]);
		}
		if (level->benefits.count)
			writer_put_char(summary->writer, ')');
		writer_line_end(summary->writer);
	}
	put_hold(summary, level, &summary->view->holds[ladder]);
	if (next < 0)
		return;
	level = &levels->levels[next];
	for (int i = 0; i < level->alternative_count; i++) {
		for (int j = 0; j < level->alternatives[i].count; j++) {
			const struct need *need = &level->alternatives[i].items[j];
			struct progress progress;

			if (view_need(programme, summary->view, need, summary->now, &progress))
				put_progress(summary, shown_name(level->name, level->id), &progress,
					need->unit);
		}
	}
}

static void
put_reward(struct summary *summary, int unit)
{
	const struct programme *programme = summary->report->programme;
	struct next_reward next;
	struct holdings holdings;
	struct progress progress;

	if (!programme->units[unit].spendable ||
		!view_holdings(programme, summary->view, unit, summary->now, &holdings))
		return;
	view_next_reward(programme, summary->view, unit, holdings.usable, summary->now, &next);
	if (next.reward < 0)
		return;
	progress = (struct progress){ holdings.usable, next.cost };
	put_progress(summary,
		next.choice.data ? next.choice
				 : shown_name(programme->rewards[next.reward].name,
					   programme->rewards[next.reward].id),
		&progress, unit);
}

static void
put_voucher(struct summary *summary, const struct view_voucher *voucher)
{
	const struct programme *programme = summary->report->programme;
	struct writer *writer = summary->writer;

	if (!put_label(summary, SLICE("voucher")))
		return;
	if (voucher->reward >= 0)
		writer_put_visible(writer, shown_name(programme->rewards[voucher->reward].name,
						   programme->rewards[voucher->reward].id));
	writer_put(writer, SLICE(" ("));
	writer_put_visible(writer, voucher->id);
	writer_put_char(writer, ')');
	if (voucher->usable > summary->now) {
		writer_put(writer, SLICE(", from "));
		put_day(writer, zone_day(programme->zone, voucher->usable));
	}
	if (voucher->until != INSTANT_NEVER) {
		writer_put(writer, SLICE(", through "));
		put_day(writer, last_day_before(programme->zone, voucher->until));
	}
	writer_line_end(writer);
}

static bool
put_summary(struct summary *summary)
{
	const struct programme *programme = summary->report->programme;

	for (int unit = 0; unit < programme->unit_count; unit++) {
		if (!put_unit(summary, unit))
			return false;
	}
	for (int ladder = 0; ladder < programme->ladder_count; ladder++)
		put_ladder(summary, ladder);
	for (int unit = 0; unit < programme->unit_count; unit++)
		put_reward(summary, unit);
	for (int i = 0; i < summary->view->voucher_count; i++) {
		const struct view_voucher *voucher = &summary->view->vouchers[i];

		if (voucher->sale.size == 0 && voucher->until > summary->now)
			put_voucher(summary, voucher);
	}
	return true;
}

/* Everything that can fail comes before the first byte is written. */
enum loyalty_status
statement_write(struct report *report, struct writer *writer, struct loyalty_error *error)
{
	const struct slice member = report->options->members[0];
	struct view view;
	struct summary summary = { .report = report,
		.view = &view,
		.now = report_now(report),
		.writer = writer,
		.measuring = true };
	enum loyalty_status status;

	if (fold_count(report->fold) == 0)
		return fail(error, LOYALTY_BAD, "the ledger has no member '%.*s'", (int)member.size,
			member.data);
	status = fold_view(report->fold, 0, summary.now, &view, error);
	if (status != LOYALTY_OK)
		return status;
	if (!put_summary(&summary))
		return fail(error, LOYALTY_BAD, "the lots overflow");
	if (!table_write(report->table, writer, report->options->colour))
		return fail_memory(error);
	if (report->options->format != TABLE_PLAIN)
		return LOYALTY_OK;
	writer_line_end(writer);
	summary.measuring = false;
	put_summary(&summary);
	return LOYALTY_OK;
}

/*
 * liability.c - the roll-forward of a period: per unit what was open, what each
 * kind of posting moved, and what remains.
 */
#include <stdlib.h>

#include "report.h"

/* The kinds of postings that move units, in the order of their columns. */
#define MOVING_KINDS(X)                                                                            \
	X(EARNED, "earned")                                                                        \
	X(REVERSED, "reversed")                                                                    \
	X(ADJUSTED, "adjusted")                                                                    \
	X(REDEEMED, "redeemed")                                                                    \
	X(RESTORED, "restored")                                                                    \
	X(TRANSFERRED, "transferred")                                                              \
	X(WAIVED, "waived")                                                                        \
	X(EXPIRED, "expired")                                                                      \
	X(FORFEITED, "forfeited")

enum moving_kind {
#define X(constant, name) MOVING_##constant,
	MOVING_KINDS(X)
#undef X
		MOVING_KIND_COUNT
};

static int
moving_kind(enum record_type type)
{
	switch (type) {
#define X(constant, name)                                                                          \
	case POSTING_##constant:                                                                   \
		return MOVING_##constant;
		MOVING_KINDS(X)
#undef X
	default:
		return -1;
	}
}

/* A month's movements; sums[unit * MOVING_KIND_COUNT + kind]. */
struct month {
	int32_t number; /* year * 12 + month - 1 */
	int128 *sums;
};

struct liability {
	instant from, until;  /* [from, until) of the whole report */
	int128 *opening;      /* per unit: what came before */
	int128 *closing;      /* per unit: all up to the end, added up on its own */
	struct month *months; /* ascending; without --by there is one, number 0 */
	int month_count, month_capacity;
	int month_last;                 /* where the latest entry went */
	instant month_begin, month_end; /* what months[month_last] spans */
};

bool
liability_begin(struct report *report)
{
	const struct report_options *options = report->options;
	const struct zone *zone = report->programme->zone;
	size_t units = (size_t)report->programme->unit_count + 1;
	struct liability *liability = calloc(1, sizeof(*liability));

	report->liability = liability;
	if (!liability)
		return false;
	liability->from = options->has_from ? zone_day_start(zone, options->from) : INSTANT_ALWAYS;
	liability->until =
		options->has_through ? zone_day_start(zone, options->through + 1) : INSTANT_NEVER;
	liability->opening = calloc(units, sizeof(*liability->opening));
	liability->closing = calloc(units, sizeof(*liability->closing));
	return liability->opening && liability->closing;
}

void
liability_free(struct liability *liability)
{
	if (!liability)
		return;
	for (int i = 0; i < liability->month_count; i++)
		free(liability->months[i].sums);
	free(liability->months);
	free(liability->opening);
	free(liability->closing);
	free(liability);
}

/* ---- filling ---------------------------------------------------------------- */

static instant
month_start(const struct zone *zone, int32_t number)
{
	return zone_day_start(zone, day_from_civil(number / 12, number % 12 + 1, 1));
}

/* The month of that number, added in its place where it is new. NULL: memory. */
static struct month *
month_at(struct report *report, int32_t number)
{
	struct liability *liability = report->liability;
	size_t size = (size_t)report->programme->unit_count * MOVING_KIND_COUNT + 1;
	int at = liability->month_count;
	struct month *months = liability->months;

	while (at > 0 && months[at - 1].number >= number)
		at--;
	liability->month_last = at;
	if (at < liability->month_count && months[at].number == number)
		return &months[at];
	if (liability->month_count == liability->month_capacity) {
		int capacity = liability->month_capacity ? 2 * liability->month_capacity : 64;

		months = realloc(months, (size_t)capacity * sizeof(*months));
		if (!months)
			return NULL;
		liability->months = months;
		liability->month_capacity = capacity;
	}
	memmove(&months[at + 1], &months[at],
		(size_t)(liability->month_count - at) * sizeof(*months));
	liability->month_count++;
	months[at] = (struct month){ number, calloc(size, sizeof(*months[at].sums)) };
	return months[at].sums ? &months[at] : NULL;
}

static struct month *
month_of(struct report *report, instant at)
{
	struct liability *liability = report->liability;
	const struct zone *zone = report->programme->zone;
	struct civil civil;
	int32_t number;

	if (liability->month_count && liability->month_begin <= at && at < liability->month_end)
		return &liability->months[liability->month_last];
	if (!report->options->by_month) {
		liability->month_begin = INSTANT_ALWAYS;
		liability->month_end = INSTANT_NEVER;
		return month_at(report, 0);
	}
	zone_civil(zone, at, &civil);
	number = civil.year * 12 + civil.month - 1;
	liability->month_begin = month_start(zone, number);
	liability->month_end = month_start(zone, number + 1);
	return month_at(report, number);
}

/* Adds what a posting moved to sums[unit * stride]. */
static void
add_units(const struct report *report, const struct entry *entry, int128 *sums, int stride)
{
	for (int unit = 0; unit < report->programme->unit_count; unit++)
		sums[unit * stride] += entry->units[unit];
}

static void
add_opening(struct report *report, const struct entry *entry)
{
	add_units(report, entry, report->liability->closing, 1);
	add_units(report, entry, report->liability->opening, 1);
}

enum loyalty_status
liability_entry(struct report *report, const struct entry *entry, struct loyalty_error *error)
{
	struct liability *liability = report->liability;
	int kind = moving_kind(entry->type);
	struct month *month;

	if (entry->type == RECORD_OPENING) {
		if (entry->opens)
			add_opening(report, entry);
		return LOYALTY_OK;
	}
	if (!is_posting(entry->type) || entry->moved == 0 || entry->at >= liability->until)
		return LOYALTY_OK;
	if (kind < 0)
		return fail_at(error, LOYALTY_BAD, "units", "'%s' does not move units",
			record_type_name(entry->type));
	add_units(report, entry, liability->closing, 1);
	if (entry->at < liability->from) {
		add_units(report, entry, liability->opening, 1);
		return LOYALTY_OK;
	}
	month = month_of(report, entry->at);
	if (!month)
		return fail_memory(error);
	add_units(report, entry, month->sums + kind, MOVING_KIND_COUNT);
	return LOYALTY_OK;
}

/* ---- writing ---------------------------------------------------------------- */

struct roll {
	struct report *report;
	struct table *table;
	int32_t first, last; /* days of the whole report */
	int128 *open;        /* per unit: carried from block to block */
};

static void
put_days(struct table *table, int32_t from, int32_t through)
{
	table_add_day(table, from);
	table_cell_end(table);
	table_add_day(table, through);
	table_cell_end(table);
}

/* A block: a row per unit. sums NULL: nothing moved. */
static void
put_block(struct roll *roll, int32_t from, int32_t through, const int128 *sums)
{
	const struct programme *programme = roll->report->programme;

	table_break(roll->table);
	for (int unit = 0; unit < programme->unit_count; unit++) {
		int decimals = programme->units[unit].decimals;

		put_days(roll->table, from, through);
		table_text(roll->table, programme->units[unit].id);
		table_number(roll->table, roll->open[unit], decimals);
		for (int kind = 0; kind < MOVING_KIND_COUNT; kind++) {
			int128 sum = sums ? sums[unit * MOVING_KIND_COUNT + kind] : 0;

			table_number(roll->table, sum, decimals);
			roll->open[unit] += sum;
		}
		table_number(roll->table, roll->open[unit], decimals);
	}
}

static int32_t
month_of_day(int32_t day)
{
	struct civil civil;

	civil_from_day(day, &civil);
	return civil.year * 12 + civil.month - 1;
}

static void
put_months(struct roll *roll)
{
	const struct liability *liability = roll->report->liability;
	int32_t last = month_of_day(roll->last);
	int next = 0;

	for (int32_t number = month_of_day(roll->first); number <= last; number++) {
		int32_t from = day_from_civil(number / 12, number % 12 + 1, 1);
		int32_t through = from + days_in_month(number / 12, number % 12 + 1) - 1;
		const int128 *sums = NULL;

		if (next < liability->month_count && liability->months[next].number == number)
			sums = liability->months[next++].sums;
		put_block(roll, from < roll->first ? roll->first : from,
			through > roll->last ? roll->last : through, sums);
	}
}

static enum loyalty_status
put_blocks(struct roll *roll, struct loyalty_error *error)
{
	const struct programme *programme = roll->report->programme;
	const struct liability *liability = roll->report->liability;

	if (roll->report->options->by_month)
		put_months(roll);
	else
		put_block(roll, roll->first, roll->last,
			liability->month_count ? liability->months[0].sums : NULL);
	for (int unit = 0; unit < programme->unit_count; unit++) {
		if (roll->open[unit] != liability->closing[unit])
			return fail(error, LOYALTY_CORRUPT, "'%.*s' does not add up",
				(int)programme->units[unit].id.size,
				programme->units[unit].id.data);
	}
	return LOYALTY_OK;
}

/* The days that the report is of; without --from and --through those of the ledger. */
static void
set_days(struct roll *roll)
{
	const struct report *report = roll->report;
	const struct report_options *options = report->options;
	const struct zone *zone = report->programme->zone;

	if (options->has_from)
		roll->first = options->from;
	else if (report->timed)
		roll->first =
			zone_day(zone, report->first < report->last ? report->first : report->last);
	else
		roll->first = options->through;
	if (options->has_through)
		roll->last = options->through;
	else if (report->timed)
		roll->last = zone_day(zone, report->last);
	else
		roll->last = roll->first;
	/* A bound beyond the ledger's own days: the period is that one day's. */
	if (roll->last < roll->first && options->has_from)
		roll->last = roll->first;
	else if (roll->last < roll->first)
		roll->first = roll->last;
}

enum loyalty_status
liability_write(struct report *report, struct writer *writer, struct loyalty_error *error)
{
	static const struct column columns[] = {
		{ SLICE("from"), SLICE("from"), .number = false },
		{ SLICE("through"), SLICE("through"), .number = false },
		{ SLICE("unit"), SLICE("unit"), .number = false },
		{ SLICE("opening"), SLICE("opening"), .number = true },
#define X(constant, name) { SLICE(name), SLICE(name), .number = true },
		MOVING_KINDS(X)
#undef X
			{ SLICE("closing"), SLICE("closing"), .number = true },
	};
	struct roll roll = { .report = report };
	enum loyalty_status status = LOYALTY_OK;

	roll.open = report->liability->opening;
	roll.table = table_new(
		report->options->format, columns, (int)(sizeof(columns) / sizeof(columns[0])));
	if (!roll.table)
		return fail_memory(error);
	set_days(&roll);
	if (report->timed || report->options->has_from || report->options->has_through)
		status = put_blocks(&roll, error);
	if (status == LOYALTY_OK && !table_write(roll.table, writer, report->options->colour))
		status = fail_memory(error);
	table_free(roll.table);
	return status;
}

/*
 * periods.c - windows of periods, ends of lives, times of moments.
 */
#include "periods.h"

/* Clocks are shifted by days at most where months are clamped or @HH:MM is set. */
static const struct duration SLACK = { 0, 5, 0 };

/* The day of a month-day in a year: 29 February is the 28th in common years. */
static int32_t
month_day_in(struct month_day month_day, int32_t year)
{
	int days = days_in_month(year, month_day.month);

	return day_from_civil(year, month_day.month, month_day.day > days ? days : month_day.day);
}

static int32_t
year_of(const struct programme *programme, instant at)
{
	struct civil civil;

	zone_civil(programme->zone, at, &civil);
	return civil.year;
}

static instant
day_start(const struct programme *programme, int32_t day)
{
	return zone_day_start(programme->zone, day);
}

/* [month, month + months) of a year; month may be beyond 12. */
static struct span
month_span(const struct programme *programme, int32_t year, int month, int months)
{
	int last = month + months;

	return (struct span){
		day_start(programme, day_from_civil(year, month, 1)),
		day_start(
			programme, day_from_civil(year + (last - 1) / 12, (last - 1) % 12 + 1, 1)),
	};
}

static struct span
calendar_window(const struct programme *programme, enum period_kind kind, instant at)
{
	struct civil civil;
	int32_t day;

	zone_civil(programme->zone, at, &civil);
	switch (kind) {
	case PERIOD_MONTH:
		return month_span(programme, civil.year, civil.month, 1);
	case PERIOD_QUARTER:
		return month_span(programme, civil.year, (civil.month - 1) / 3 * 3 + 1, 3);
	case PERIOD_HALF_YEAR:
		return month_span(programme, civil.year, (civil.month - 1) / 6 * 6 + 1, 6);
	case PERIOD_YEAR:
		return month_span(programme, civil.year, 1, 12);
	default:
		break;
	}
	day = day_from_civil(civil.year, civil.month, civil.day);
	if (kind == PERIOD_WEEK) {
		day -= weekday_of_day(day);
		return (struct span){ day_start(programme, day), day_start(programme, day + 7) };
	}
	return (struct span){ day_start(programme, day), day_start(programme, day + 1) };
}

/* Windows one after the other from an anchor: n x lasts, always counted from the anchor. */
static bool
windows_from(const struct programme *programme, instant anchor, struct duration lasts, instant at,
	struct span *span)
{
	struct duration total = { 0, 0, 0 };

	if (anchor > at)
		return false;
	span->end = anchor;
	do {
		span->begin = span->end;
		total.months += lasts.months;
		total.days += lasts.days;
		total.micros += lasts.micros;
		span->end = zone_add(programme->zone, anchor, total, 1);
	} while (span->end <= at);
	return true;
}

static bool
birthday_window(const struct programme *programme, const struct member *member, instant at,
	struct span *window)
{
	struct civil civil;

	if (!member->birth_month)
		return false;
	zone_civil(programme->zone, at, &civil);
	if (civil.month != member->birth_month)
		return false;
	*window = month_span(programme, civil.year, civil.month, 1);
	return true;
}

/* [start i of year, start i + 1): i may run over the year's end. */
static struct span
starts_span(const struct programme *programme, const struct window *window, int32_t year, int i)
{
	int next = i + 1;
	int32_t next_year = year;

	if (next == window->start_count) {
		next = 0;
		next_year++;
	}
	return (struct span){
		day_start(programme, month_day_in(window->starts[i], year)),
		day_start(programme, month_day_in(window->starts[next], next_year)),
	};
}

/* from..through of a year; through may be in the next one. */
static struct span
yearly_span(const struct programme *programme, const struct window *window, int32_t year)
{
	int32_t begin = month_day_in(window->from, year);
	int32_t last = month_day_in(window->through, year);

	if (last < begin)
		last = month_day_in(window->through, year + 1);
	return (struct span){ day_start(programme, begin), day_start(programme, last + 1) };
}

/* The latest happening that a member's own windows run from. */
static instant
since_start(const struct member *member, const struct window *window, instant at)
{
	instant start = INSTANT_ALWAYS;

	for (int i = 0; i < window->since.count; i++) {
		instant happened = member_clock(member, window->since.items[i]);

		if (happened > start && happened <= at)
			start = happened;
	}
	return start;
}

static bool
since_window(const struct programme *programme, const struct member *member,
	const struct window *window, instant at, struct span *span)
{
	instant anchor = since_start(member, window, at);

	return anchor != INSTANT_ALWAYS && windows_from(programme, anchor, window->lasts, at, span);
}

/* A window of `periods` that starts in a year (or is the single one), or none any more. */
static bool
window_of_year(const struct programme *programme, const struct window *window, int32_t year, int i,
	struct span *span)
{
	switch (window->kind) {
	case WINDOW_STARTS:
		if (i >= window->start_count)
			return false;
		*span = starts_span(programme, window, year, i);
		return true;
	case WINDOW_YEARLY:
		if (i > 0)
			return false;
		*span = yearly_span(programme, window, year);
		return true;
	default:
		return false;
	}
}

static bool
named_window(const struct programme *programme, const struct member *member,
	const struct window *window, instant at, struct span *span)
{
	int32_t year;

	if (window->kind == WINDOW_SINGLE) {
		*span = (struct span){ window->begin, window->end };
		return span->begin <= at && at < span->end;
	}
	if (window->kind == WINDOW_SINCE)
		return since_window(programme, member, window, at, span);
	year = year_of(programme, at);
	for (int32_t y = year - 1; y <= year; y++)
		for (int i = 0; window_of_year(programme, window, y, i, span); i++)
			if (span->begin <= at && at < span->end)
				return true;
	return false;
}

bool
period_window(const struct programme *programme, const struct member *member, struct period period,
	instant at, struct span *window)
{
	switch (period.kind) {
	case PERIOD_LIFETIME:
	case PERIOD_ROLLING:
	case PERIOD_BALANCE:
	case PERIOD_PURCHASE:
		*window = (struct span){ INSTANT_ALWAYS, INSTANT_NEVER };
		return true;
	case PERIOD_MEMBERSHIP_YEAR:
		return windows_from(
			programme, member->enrolled, (struct duration){ 12, 0, 0 }, at, window);
	case PERIOD_BIRTHDAY_MONTH:
		return birthday_window(programme, member, at, window);
	case PERIOD_WINDOW:
		return named_window(
			programme, member, &programme->windows[period.window], at, window);
	default:
		*window = calendar_window(programme, period.kind, at);
		return true;
	}
}

/* Months have 28 to 31 days, days are longer or shorter where clocks change. */
int64_t
duration_least(struct duration duration)
{
	return ((int64_t)duration.months * 28 + duration.days - 2) * DAY_MICROS + duration.micros;
}

int64_t
duration_most(struct duration duration)
{
	return ((int64_t)duration.months * 31 + duration.days + 2) * DAY_MICROS + duration.micros;
}

bool
rolling_holds(const struct programme *programme, struct duration rolling, instant then, instant now)
{
	/* Nearly always far from the edge; the calendar is asked only near it. */
	if (now - then < duration_least(rolling))
		return true;
	if (now - then > duration_most(rolling))
		return false;
	return zone_add(programme->zone, then, rolling, 1) > now;
}

/* ---- boundaries ------------------------------------------------------- */

/* The first end (or start) of a birthday month after an instant. */
static instant
next_birthday_boundary(
	const struct programme *programme, const struct member *member, bool end, instant after)
{
	int32_t year = year_of(programme, after);

	if (!member->birth_month)
		return INSTANT_NEVER;
	for (int32_t y = year - 1;; y++) {
		struct span span = month_span(programme, y, member->birth_month, 1);
		instant boundary = end ? span.end : span.begin;

		if (boundary > after)
			return boundary;
	}
}

static instant
next_named_boundary(const struct programme *programme, const struct member *member,
	const struct window *window, bool end, instant after)
{
	int32_t year = year_of(programme, after);
	struct span span;

	if (window->kind == WINDOW_SINGLE) {
		instant boundary = end ? window->end : window->begin;

		return boundary > after ? boundary : INSTANT_NEVER;
	}
	if (window->kind == WINDOW_SINCE)
		return since_window(programme, member, window, after, &span) ? span.end
									     : INSTANT_NEVER;
	for (int32_t y = year - 1; y <= year + 2; y++)
		for (int i = 0; window_of_year(programme, window, y, i, &span); i++) {
			instant boundary = end ? span.end : span.begin;

			if (boundary > after)
				return boundary;
		}
	return INSTANT_NEVER;
}

/* The first end (or start) of a window of a period after an instant, or INSTANT_NEVER. */
static instant
next_boundary(const struct programme *programme, const struct member *member, struct period period,
	bool end, instant after)
{
	struct span span;

	switch (period.kind) {
	case PERIOD_LIFETIME:
	case PERIOD_ROLLING:
	case PERIOD_BALANCE:
	case PERIOD_PURCHASE:
		return INSTANT_NEVER;
	case PERIOD_BIRTHDAY_MONTH:
		return next_birthday_boundary(programme, member, end, after);
	case PERIOD_WINDOW:
		return next_named_boundary(
			programme, member, &programme->windows[period.window], end, after);
	case PERIOD_MEMBERSHIP_YEAR:
		if (member->enrolled == INSTANT_NEVER)
			return INSTANT_NEVER;
		if (after < member->enrolled)
			after = member->enrolled;
		break;
	default:
		break;
	}
	/* Windows that follow each other: the end of one is the start of the next. */
	if (!period_window(programme, member, period, after, &span))
		return INSTANT_NEVER;
	return span.end;
}

/* ---- lives ------------------------------------------------------------ */

static instant
at_clock(const struct programme *programme, instant at, int minute)
{
	struct civil civil;

	zone_civil(programme->zone, at, &civil);
	civil.hour = minute / 60;
	civil.minute = minute % 60;
	civil.second = 0;
	civil.micros = 0;
	zone_instant(programme->zone, &civil, &at);
	return at;
}

/* start + first, rounded up to the end of a period, + then, at the clock's time. */
static instant
life_after(const struct programme *programme, const struct member *member, const struct life *life,
	instant start)
{
	instant end = start;

	if (life->forever)
		return INSTANT_NEVER;
	end = zone_add(programme->zone, end, life->first, 1);
	if (life->has_round) {
		end = next_boundary(programme, member, life->round, true, end);
		if (end == INSTANT_NEVER)
			return end;
		end = zone_add(programme->zone, end, life->then, 1);
	}
	if (life->has_clock)
		end = at_clock(programme, end, life->clock_minute);
	return end;
}

instant
pending_end(const struct programme *programme, const struct member *member, const struct life *life,
	instant start)
{
	instant end = life_after(programme, member, life, start);

	/* It must be written, and NEVER would wait for a fact. */
	return end >= INSTANT_LAST && end != INSTANT_NEVER ? INSTANT_LAST - SECOND_MICROS : end;
}

/* Whether last_day has a say: a DURATION of whole days or more. */
static bool
counts_days(struct duration duration)
{
	return (duration.months || duration.days) && duration.micros == 0;
}

/* The end of a DURATION from start, by the policy's last usable day. */
static instant
last_day_end(const struct programme *programme, instant end)
{
	int32_t day = zone_day(programme->zone, end);

	switch (programme->policy.last_day) {
	case LAST_DAY_WHOLE:
		return day_start(programme, day + 1);
	case LAST_DAY_BEFORE:
		return day_start(programme, day);
	case LAST_DAY_INSTANT:
		break;
	}
	return end;
}

instant
life_end(const struct programme *programme, const struct member *member, const struct life *life,
	instant start)
{
	instant end = life_after(programme, member, life, start);

	if (end >= INSTANT_LAST)
		return INSTANT_NEVER;
	if (life->has_round || life->has_clock || !counts_days(life->first))
		return end;
	return last_day_end(programme, end);
}

instant
within_end(const struct programme *programme, struct duration within, instant start)
{
	instant end = zone_add(programme->zone, start, within, 1);

	return counts_days(within) ? last_day_end(programme, end) : end;
}

/* The calendar is asked only near the edge. */
bool
within_passed(const struct programme *programme, struct duration within, instant start, instant now)
{
	if (now - start < duration_least(within))
		return false;
	if (now - start > duration_most(within))
		return true;
	return within_end(programme, within, start) <= now;
}

bool
claimed_late(const struct programme *programme, instant occurred, instant stated)
{
	const struct policy *policy = &programme->policy;

	return occurred < stated && policy->has_claims_within &&
	       within_passed(programme, policy->claims_within, occurred, stated);
}

struct duration
sale_known(const struct policy *policy)
{
	struct duration known = policy->returns_within;

	known.months += policy->repeats.months;
	known.days += policy->repeats.days;
	known.micros += policy->repeats.micros;
	return known;
}

struct duration
redemption_known(const struct policy *policy)
{
	struct duration known = sale_known(policy);

	if (!policy->returns_share)
		return known;
	known.months *= 2;
	known.days *= 2;
	known.micros *= 2;
	return known;
}

bool
sale_is_known(const struct programme *programme, instant then, instant now)
{
	const struct policy *policy = &programme->policy;

	return !policy->has_returns_within ||
	       rolling_holds(programme, policy->repeats, then, now) ||
	       !within_passed(programme, sale_known(policy), then, now);
}

/* ---- moments ---------------------------------------------------------- */

static instant
shift(const struct programme *programme, const struct moment *moment, instant at)
{
	if (moment->offset_sign)
		at = zone_add(programme->zone, at, moment->offset, moment->offset_sign);
	if (moment->has_clock_time)
		at = at_clock(programme, at, moment->clock_minute);
	return at;
}

/* The yearly date of a moment; false where the member has none. */
static bool
yearly_date(const struct programme *programme, const struct member *member,
	const struct moment *moment, struct month_day *date)
{
	struct civil civil;

	switch (moment->kind) {
	case MOMENT_BIRTHDAY:
		*date = (struct month_day){ member->birth_month, member->birth_day };
		return member->birth_month != 0;
	case MOMENT_ANNIVERSARY:
		if (member->enrolled == INSTANT_NEVER)
			return false;
		zone_civil(programme->zone, member->enrolled, &civil);
		*date = (struct month_day){ civil.month, civil.day };
		return true;
	default:
		*date = moment->day;
		return true;
	}
}

static instant
next_yearly(const struct programme *programme, const struct member *member,
	const struct moment *moment, instant near, instant from)
{
	struct month_day date;

	if (!yearly_date(programme, member, moment, &date))
		return INSTANT_NEVER;
	for (int32_t year = year_of(programme, near) - 1;; year++) {
		instant base = day_start(programme, month_day_in(date, year));
		instant at = shift(programme, moment, base);

		if (moment->kind == MOMENT_ANNIVERSARY && base <= member->enrolled)
			continue;
		if (at >= from)
			return at;
	}
}

static instant
next_of_period(const struct programme *programme, const struct member *member,
	const struct moment *moment, instant near, instant from)
{
	bool end = moment->kind == MOMENT_END_OF;

	for (;;) {
		instant boundary = next_boundary(programme, member, moment->period, end, near);
		instant at;

		if (boundary == INSTANT_NEVER)
			return INSTANT_NEVER;
		at = shift(programme, moment, boundary);
		if (at >= from)
			return at;
		near = boundary;
	}
}

instant
moment_next(const struct programme *programme, const struct member *member,
	const struct moment *moment, instant from)
{
	instant near = from;

	if (moment->kind == MOMENT_FACT) {
		instant happened = member_clock(member, moment->clock);
		instant at;

		if (happened == INSTANT_ALWAYS)
			return INSTANT_NEVER;
		at = shift(programme, moment, happened);
		return at >= from ? at : INSTANT_NEVER;
	}
	/* Start looking a little before the boundary whose shifted time is `from`. */
	if (moment->offset_sign)
		near = zone_add(programme->zone, near, moment->offset, -moment->offset_sign);
	near = zone_add(programme->zone, near, SLACK, -1);
	if (moment->kind == MOMENT_START_OF || moment->kind == MOMENT_END_OF)
		return next_of_period(programme, member, moment, near, from);
	return next_yearly(programme, member, moment, near, from);
}

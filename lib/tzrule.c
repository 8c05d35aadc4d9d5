/*
 * tzrule.c - the POSIX TZ string at the end of a zone's file ("MST7MDT,M3.2.0,M11.1.0").
 *
 * As RFC 8536 extends it: names in <>, times of change from -167 to 167 hours.
 */
#include "tz.h"

enum {
	HOUR = 3600,
	NAME_MIN = 3,
	OFFSET_HOURS_MAX = 24,
	CHANGE_HOURS_MAX = 167,
	CHANGE_DEFAULT = 2 * HOUR,
};

struct cursor {
	const char *at;
	const char *end;
};

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
take(struct cursor *cursor, char c)
{
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

static bool
take_number(struct cursor *cursor, int min, int max, int *number)
{
	const char *first = cursor->at;

	*number = 0;
	while (cursor->at < cursor->end && is_digit(*cursor->at) && *number <= max)
		*number = *number * 10 + (*cursor->at++ - '0');
	return cursor->at > first && *number >= min && *number <= max;
}

static bool
take_name(struct cursor *cursor)
{
	bool quoted = take(cursor, '<');
	const char *first = cursor->at;
	size_t length;

	while (cursor->at < cursor->end &&
		(is_letter(*cursor->at) ||
			(quoted && (is_digit(*cursor->at) || *cursor->at == '+' ||
					   *cursor->at == '-'))))
		cursor->at++;
	length = (size_t)(cursor->at - first);
	return length >= NAME_MIN && (!quoted || take(cursor, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool
take_time(struct cursor *cursor, int hours_max, int32_t *seconds)
{
	bool negative = take(cursor, '-');
	int hour;
	int minute = 0;
	int second = 0;

	if (!negative)
		take(cursor, '+');
	if (!take_number(cursor, 0, hours_max, &hour))
		return false;
	if (take(cursor, ':')) {
		if (!take_number(cursor, 0, 59, &minute))
			return false;
		if (take(cursor, ':') && !take_number(cursor, 0, 59, &second))
			return false;
	}
	*seconds = hour * HOUR + minute * 60 + second;
	if (negative)
		*seconds = -*seconds;
	return true;
}

/* ",Jn", ",n" or ",Mm.w.d", each with an optional "/time". */
static bool
take_change(struct cursor *cursor, struct tz_change *change)
{
	bool ok;

	if (!take(cursor, ','))
		return false;
	if (take(cursor, 'M')) {
		change->kind = TZ_MONTH;
		ok = take_number(cursor, 1, 12, &change->month) && take(cursor, '.') &&
		     take_number(cursor, 1, 5, &change->week) && take(cursor, '.') &&
		     take_number(cursor, 0, 6, &change->weekday);
	} else if (take(cursor, 'J')) {
		change->kind = TZ_JULIAN;
		ok = take_number(cursor, 1, 365, &change->day);
	} else {
		change->kind = TZ_DAY;
		ok = take_number(cursor, 0, 365, &change->day);
	}
	if (!ok)
		return false;
	change->time = CHANGE_DEFAULT;
	return !take(cursor, '/') || take_time(cursor, CHANGE_HOURS_MAX, &change->time);
}

bool
tz_rule_parse(struct slice text, struct tz_rule *rule)
{
	struct cursor cursor = { text.data, text.data + text.size };

	*rule = (struct tz_rule){ 0 };
	if (!take_name(&cursor) || !take_time(&cursor, OFFSET_HOURS_MAX, &rule->standard))
		return false;
	/* The string counts west of Greenwich. */
	rule->standard = -rule->standard;
	if (cursor.at == cursor.end)
		return true;
	rule->has_daylight = true;
	rule->daylight = rule->standard + HOUR;
	if (!take_name(&cursor))
		return false;
	if (cursor.at < cursor.end && *cursor.at != ',') {
		if (!take_time(&cursor, OFFSET_HOURS_MAX, &rule->daylight))
			return false;
		rule->daylight = -rule->daylight;
	}
	return take_change(&cursor, &rule->begin) && take_change(&cursor, &rule->end) &&
	       cursor.at == cursor.end;
}

/* Local seconds since 1970 at which the clock changes in a year. */
static int64_t
change_local(const struct tz_change *change, int32_t year)
{
	int32_t day;
	int from_sunday, month_day;

	if (change->kind != TZ_MONTH) {
		bool leap = days_in_month(year, 2) == 29;

		day = day_from_civil(year, 1, 1) + change->day;
		if (change->kind == TZ_JULIAN)
			day += (leap && change->day >= 60) - 1;
		return day * DAY_SECONDS + change->time;
	}
	day = day_from_civil(year, change->month, 1);
	from_sunday = (weekday_of_day(day) + 1) % 7;
	month_day = (change->weekday - from_sunday + 7) % 7 + (change->week - 1) * 7;
	if (month_day >= days_in_month(year, change->month))
		month_day -= 7;
	return (day + month_day) * DAY_SECONDS + change->time;
}

void
tz_rule_year(const struct tz_rule *rule, int32_t year, struct tz_span changes[2])
{
	struct tz_span begin = { change_local(&rule->begin, year) - rule->standard,
		rule->daylight };
	struct tz_span end = { change_local(&rule->end, year) - rule->daylight, rule->standard };
	bool in_order = begin.start <= end.start;

	changes[0] = in_order ? begin : end;
	changes[1] = in_order ? end : begin;
}

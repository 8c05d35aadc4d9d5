/*
 * tz.h - inside a time zone: its table of offsets, where it is read from.
 *
 * Only zone.c, tzfile.c and tzrule.c look in here; everybody else uses zone.h.
 */
#ifndef TZ_H
#define TZ_H

#include "zone.h"

#define DAY_SECONDS INT64_C(86400)

/* The Gregorian calendar with its weekdays repeats after 400 years. */
#define CYCLE_YEARS 400
#define CYCLE_SECONDS (INT64_C(146097) * DAY_SECONDS)

/* The clock is offset seconds east of UTC from start (seconds since 1970) on. */
struct tz_span {
	int64_t start;
	int32_t offset;
};

/* Spans in order of time; the first begins before everything. */
struct tz_table {
	struct tz_span *spans;
	size_t count;
	size_t capacity;
	int64_t repeat; /* from here on all is as 400 years before; INT64_MAX: never */
};

/* Day of the year on which a rule changes the clock, and when on that day. */
struct tz_change {
	enum { TZ_JULIAN, TZ_DAY, TZ_MONTH } kind;
	int day;      /* TZ_JULIAN 1-365 without leap days, TZ_DAY 0-365 */
	int month;    /* TZ_MONTH: 1-12 */
	int week;     /*           1-5, 5 is the last */
	int weekday;  /*           0 Sunday */
	int32_t time; /* seconds after midnight; may be negative or past the day */
};

/* A POSIX TZ string: the rule for times after a zone's last listed change. */
struct tz_rule {
	int32_t standard;
	bool has_daylight;
	int32_t daylight;
	struct tz_change begin; /* of daylight time, by the standard clock */
	struct tz_change end;   /* by the daylight clock */
};

/* false where text is not such a string. */
bool tz_rule_parse(struct slice text, struct tz_rule *rule);

/* The two changes of a year, in order; rule has daylight time. */
void tz_rule_year(const struct tz_rule *rule, int32_t year, struct tz_span changes[2]);

/*
 * Fills table from the bytes of a TZif file. LOYALTY_BAD without a text where
 * they are no such file, or one that counts leap seconds. The caller frees
 * table->spans, also after a failure.
 */
enum loyalty_status tz_table_read(struct slice bytes, struct tz_table *table);

#endif

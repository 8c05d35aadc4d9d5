/*
 * zone.h - instants, local days of an IANA time zone, durations.
 *
 * An instant is int64 microseconds since 1970-01-01T00:00:00Z. A day is int32
 * days since 1970-01-01 in the programme's zone. Local time that a change of
 * the clock skips is the first instant after the gap where we schedule, and an
 * error in input; local time that comes twice is its first pass.
 */
#ifndef ZONE_H
#define ZONE_H

#include "slice.h"
#include "status.h"

typedef int64_t instant;

#define INSTANT_NEVER INT64_MAX
#define INSTANT_ALWAYS INT64_MIN
#define SECOND_MICROS INT64_C(1000000)
#define DAY_MICROS (INT64_C(86400) * SECOND_MICROS)

/* From here on a time cannot be written in every zone; what ends later does not end. */
#define INSTANT_LAST (INT64_C(2932896) * DAY_MICROS)

enum { INSTANT_TEXT_MAX = 40 };

struct civil {
	int32_t year;
	int month; /* 1-12 */
	int day;   /* 1-31 */
	int hour, minute, second, micros;
};

/* Years and months count first (clamped to the month's end), then days, then elapsed time. */
struct duration {
	int32_t months; /* years are 12 */
	int32_t days;   /* weeks are 7 */
	int64_t micros;
};

struct zone;

/*
 * Loads a zone of the system's tz database (RFC 8536 files under
 * /usr/share/zoneinfo; the TZ and TZDIR variables are not read). LOYALTY_BAD
 * where the name is not one that the system knows; "localtime" (whatever this
 * machine is set to) and the zones under right/ (which count leap seconds) are
 * refused too. The caller frees it.
 */
enum loyalty_status zone_load(struct slice name, struct zone **zone, struct loyalty_error *error);
void zone_free(struct zone *zone);

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. */
int32_t day_from_civil(int32_t year, int month, int day);
void civil_from_day(int32_t day, struct civil *civil); /* fills the date, clears the time */
int days_in_month(int32_t year, int month);
int weekday_of_day(int32_t day); /* 0 Monday .. 6 Sunday */

/* Seconds east of UTC at an instant. */
int32_t zone_offset(const struct zone *zone, instant at);

/* The local date and time of an instant; the local day alone. */
void zone_civil(const struct zone *zone, instant at, struct civil *civil);
int32_t zone_day(const struct zone *zone, instant at);

enum local_result { LOCAL_OK, LOCAL_SKIPPED, LOCAL_TWICE };

/* The instant of a local time; skipped: the end of the gap; twice: the first pass. */
enum local_result zone_instant(const struct zone *zone, const struct civil *civil, instant *at);

/* The first instant of a local day. */
instant zone_day_start(const struct zone *zone, int32_t day);

/*
 * at + duration by the rule above. All parts are negated together when sign is -1. NEVER and
 * ALWAYS stay what they are; a sum past some 290000 years is NEVER, or ALWAYS.
 */
instant zone_add(const struct zone *zone, instant at, struct duration duration, int sign);

/* ISO 8601: P12M, P1Y, P90D, P2W, PT10M, P1MT2H. false: not a duration, or out of range. */
bool duration_parse(struct slice text, struct duration *duration);

enum time_result {
	TIME_OK,
	TIME_SYNTAX,     /* not a date or time of the accepted forms */
	TIME_IMPOSSIBLE, /* a date that does not exist (2026-02-30), hour 24, ... */
	TIME_SKIPPED,    /* a local time that the zone's clock skips */
};

/*
 * Reads RFC 3339 with offset ("2026-03-01T12:00:00.5-05:00", "T" may be "t" or
 * a space, "Z" or "z"), or a local date/time in zone ("2026-03-01T12:00:00",
 * "2026-03-01T12:00", "2026-03-01": the start of that day). Digits beyond
 * microseconds (up to nine) are read and dropped. A leap second (:60) is
 * the instant after :59, and possible only where a month of UTC ends.
 * date_only (may be NULL) says whether there was no time.
 */
enum time_result instant_parse(
	const struct zone *zone, struct slice text, instant *at, bool *date_only);

/* The date of the time that was read last. */
struct date_seen {
	char text[sizeof("2026-03-10") - 1];
	bool known; /* there was one */
	int32_t day;
};

/* The same, faster where the date is that of the time before. */
enum time_result instant_parse_like(struct date_seen *last, const struct zone *zone,
	struct slice text, instant *at, bool *date_only);

/* "2026-03-10" alone, as a day. */
enum time_result day_parse(struct slice text, int32_t *day);

/*
 * RFC 3339 with the zone's offset ("+00:00" for UTC; whole minutes, so that local
 * mean times can be read back), fractions only where there are any, without a
 * NUL; returns the length.
 */
size_t instant_format(const struct zone *zone, instant at, char *buffer);

/* "2026-03-10" into buffer; returns the length. */
size_t day_format(int32_t day, char *buffer);

#endif

/*
 * dates.h - a cell's text to a date and time, by a format like strptime(3)'s but
 * without locale, and back to RFC 3339.
 */
#ifndef IMPORT_DATES_H
#define IMPORT_DATES_H

#include "import/text.h"
#include "zone.h"

/* What a text said. */
struct moment {
	struct civil civil;
	bool has_time;
	bool has_offset;
	bool utc;       /* the offset was written "Z" */
	int32_t offset; /* seconds east of UTC */
};

/*
 * Checks a format. NULL: it is one; else what is wrong with it ("expected a year
 * (%Y or %y)"). *has_time (may be NULL): it has an hour.
 */
const char *date_format_check(const char *format, bool *has_time);

/*
 * Reads the whole of text by format:
 *   %Y %y %m %d %e %b %B %H %I %M %S %p %z %s %%
 * Numbers may lack leading zeros; %Y is four digits, %y is 1969 to 2068; %b and
 * %B are English names, short or long; %S may have a fraction; %z is Z, +hhmm,
 * +hh:mm or +hh, spaces before it; a space is any number of spaces.
 */
enum time_result date_read(const char *format, struct slice text, struct moment *moment);

/* ISO 8601 as RFC 3339 has it: "T" or a space, seconds and offset optional, or a date alone. */
enum time_result date_read_standard(struct slice text, struct moment *moment);

/*
 * Appends "2026-03-01T12:00:00.5-05:00". A time without offset gets the offset
 * of zone, or none where zone is NULL; a date without time is the start of that
 * day in zone, or the date alone. TIME_SKIPPED: the zone's clock skips it.
 */
enum time_result moment_write(
	const struct moment *moment, const struct zone *zone, struct text *text);

/* Appends the date alone. */
void moment_write_date(const struct moment *moment, struct text *text);

#endif

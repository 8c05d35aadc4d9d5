/*
 * time.c - fuzzes dates, instants and durations in several zones, and the formats of imports.
 *
 * An input is lines: a letter for the zone, a time, a duration, a format.
 */
#include <stdlib.h>

#include "import/dates.h"
#include "zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const zones[] = { "America/New_York", "UTC", "Europe/Berlin", "Asia/Kolkata",
	"Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/St_Johns",
	"Africa/Monrovia", "Asia/Pyongyang", "Antarctica/Troll", "America/Godthab" };

enum { ZONES = sizeof(zones) / sizeof(zones[0]) };

static const struct zone *
zone_of(char letter)
{
	static struct zone *loaded[ZONES];
	size_t index = (unsigned char)letter % ZONES;
	struct loyalty_error error;

	if (!loaded[index] &&
		zone_load(slice_of(zones[index]), &loaded[index], &error) != LOYALTY_OK)
		abort();
	return loaded[index];
}

static struct slice
next_line(struct slice *rest)
{
	const char *end = rest->size ? memchr(rest->data, '\n', rest->size) : NULL;
	struct slice line = *rest;

	if (!end) {
		*rest = (struct slice){ rest->data + rest->size, 0 };
		return line;
	}
	line.size = (size_t)(end - rest->data);
	*rest = (struct slice){ end + 1, rest->size - line.size - 1 };
	return line;
}

/* What is written of a time is read as the same; its local time is its own, or the first pass. */
static void
check_instant(const struct zone *zone, instant at)
{
	char text[INSTANT_TEXT_MAX];
	struct civil civil;
	instant again;
	int32_t day = zone_day(zone, at);
	size_t size = instant_format(zone, at, text);

	if (size > sizeof(text))
		abort();
	/* At both ends of time a zone may write a year that is none of RFC 3339. */
	if (at < day_from_civil(1, 1, 3) * DAY_MICROS || at >= INSTANT_LAST)
		return;
	if (instant_parse(zone, (struct slice){ text, size }, &again, NULL) != TIME_OK ||
		again != at)
		abort();
	zone_civil(zone, at, &civil);
	switch (zone_instant(zone, &civil, &again)) {
	case LOCAL_OK:
		if (again != at)
			abort();
		break;
	case LOCAL_TWICE:
		if (again > at)
			abort();
		break;
	case LOCAL_SKIPPED:
		abort();
	}
	if (zone_day_start(zone, day) > at || zone_day_start(zone, day + 1) <= at)
		abort();
}

static void
check_duration(const struct zone *zone, instant at, struct slice text)
{
	struct duration duration;
	instant later;

	if (!duration_parse(text, &duration))
		return;
	later = zone_add(zone, at, duration, 1);
	if (later < at || zone_add(zone, at, duration, -1) > at)
		abort();
	if (later < INSTANT_LAST)
		check_instant(zone, later);
}

static void
check_day(struct slice text)
{
	char buffer[INSTANT_TEXT_MAX];
	int32_t day, again;
	size_t size;

	if (day_parse(text, &day) != TIME_OK)
		return;
	size = day_format(day, buffer);
	if (day_parse((struct slice){ buffer, size }, &again) != TIME_OK || again != day)
		abort();
}

static void
check_format(struct slice text, struct slice format)
{
	char *copy = strndup(format.data ? format.data : "", format.size);
	struct moment moment;
	bool has_time;

	if (!copy)
		abort();
	if (!date_format_check(copy, &has_time) && date_read(copy, text, &moment) == TIME_OK &&
		(moment.civil.month < 1 || moment.civil.month > 12 || moment.civil.day < 1 ||
			moment.civil.day > 31 || moment.civil.hour > 23 ||
			moment.civil.minute > 59 || moment.civil.second > 60))
		abort();
	date_read_standard(text, &moment);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct slice letter = next_line(&rest);
	const struct zone *zone = zone_of(letter.size ? letter.data[0] : 0);
	struct slice text = next_line(&rest);
	bool date_only;
	instant at;

	if (instant_parse(zone, text, &at, &date_only) == TIME_OK) {
		check_instant(zone, at);
		check_duration(zone, at, next_line(&rest));
	} else {
		next_line(&rest);
	}
	check_day(text);
	check_format(text, next_line(&rest));
	return 0;
}

/*
 * zone.c - checks of the calendar, time zones, instants and durations.
 */
#include "zone.h"
#include "check.h"
#include "tz.h"

#include <stdio.h>
#include <stdlib.h>

static struct zone *
load(const char *name)
{
	struct loyalty_error error;
	struct zone *zone;

	if (zone_load(slice_of(name), &zone, &error) != LOYALTY_OK) {
		fprintf(stderr, "zone.c: %s: %s\n", name, error.text);
		exit(1);
	}
	return zone;
}

/* What text is in a zone, as text again: every check below is one line. */
static const char *
show(const struct zone *zone, const char *text)
{
	static const char *const results[] = { "ok", "syntax", "impossible", "skipped" };
	static char buffer[INSTANT_TEXT_MAX + 1];
	enum time_result result;
	instant at;

	result = instant_parse(zone, slice_of(text), &at, NULL);
	if (result != TIME_OK)
		return results[result];
	buffer[instant_format(zone, at, buffer)] = '\0';
	return buffer;
}

static bool
shows(const char *name, const char *text, const char *expected)
{
	struct zone *zone = load(name);
	const char *shown = show(zone, text);
	bool same = strcmp(shown, expected) == 0;

	if (!same)
		fprintf(stderr, "zone.c: %s in %s is %s\n", text, name, shown);
	zone_free(zone);
	return same;
}

static bool
adds(const char *name, const char *text, const char *added, int sign, const char *expected)
{
	struct zone *zone = load(name);
	char buffer[INSTANT_TEXT_MAX + 1];
	struct duration duration;
	bool same = false;
	instant at;

	if (instant_parse(zone, slice_of(text), &at, NULL) == TIME_OK &&
		duration_parse(slice_of(added), &duration)) {
		buffer[instant_format(zone, zone_add(zone, at, duration, sign), buffer)] = '\0';
		same = strcmp(buffer, expected) == 0;
		if (!same)
			fprintf(stderr, "zone.c: %s and %s is %s\n", text, added, buffer);
	}
	zone_free(zone);
	return same;
}

static void
test_calendar(void)
{
	struct civil civil;
	char buffer[INSTANT_TEXT_MAX];
	int32_t day;

	CHECK(day_from_civil(1970, 1, 1) == 0);
	CHECK(day_from_civil(2000, 2, 29) == 11016);
	CHECK(day_from_civil(1, 1, 1) == -719162);
	CHECK(day_from_civil(9999, 12, 31) == 2932896);
	for (day = -719162; day <= 2932896; day++) {
		civil_from_day(day, &civil);
		if (day_from_civil(civil.year, civil.month, civil.day) != day || civil.day < 1 ||
			civil.day > days_in_month(civil.year, civil.month) || civil.hour != 0)
			break;
	}
	CHECK(day == 2932897);
	CHECK(days_in_month(2000, 2) == 29 && days_in_month(1900, 2) == 28);
	CHECK(days_in_month(2024, 2) == 29 && days_in_month(2026, 2) == 28);
	CHECK(weekday_of_day(0) == 3);
	CHECK(weekday_of_day(-1) == 2 && weekday_of_day(-4) == 6 && weekday_of_day(-3) == 0);
	CHECK(weekday_of_day(day_from_civil(2026, 3, 9)) == 0);
	CHECK(day_parse(SLICE("2026-03-10"), &day) == TIME_OK &&
		day == day_from_civil(2026, 3, 10));
	CHECK(slice_equal((struct slice){ buffer, day_format(day, buffer) }, SLICE("2026-03-10")));
	CHECK(day_parse(SLICE("2024-02-29"), &day) == TIME_OK);
	CHECK(day_parse(SLICE("2026-02-29"), &day) == TIME_IMPOSSIBLE);
	CHECK(day_parse(SLICE("2026-13-01"), &day) == TIME_IMPOSSIBLE);
	CHECK(day_parse(SLICE("0000-01-01"), &day) == TIME_IMPOSSIBLE);
	CHECK(day_parse(SLICE("2026-3-10"), &day) == TIME_SYNTAX);
	CHECK(day_parse(SLICE("2026-03-10T"), &day) == TIME_SYNTAX);
	CHECK(day_parse(SLICE("20a6-03-10"), &day) == TIME_SYNTAX);
}

static void
test_load_refuses(void)
{
	static const char *const names[] = { "", "/", "/usr/share/zoneinfo/UTC", "../zoneinfo/UTC",
		"America/../UTC", "America/./Denver", "America//Denver", "America/", "America",
		"America/Nowhere", "zone.tab", "iso3166.tab", "right/UTC", "localtime",
		"MST7MDT,M3.2.0", "UTC\n", "UTC/x", ":UTC" };
	char long_name[300];
	struct loyalty_error error;
	struct zone *zone;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (zone_load(slice_of(names[i]), &zone, &error) != LOYALTY_BAD || zone) {
			fprintf(stderr, "zone.c: '%s' is taken for a zone\n", names[i]);
			failures++;
		}
	memset(long_name, 'A', sizeof(long_name));
	CHECK(zone_load((struct slice){ long_name, sizeof(long_name) }, &zone, &error) ==
		LOYALTY_BAD);
	CHECK(zone_load((struct slice){ "UTC\0x", 5 }, &zone, &error) == LOYALTY_BAD);
	CHECK(zone_load(SLICE("Mars/\tBase"), &zone, &error) == LOYALTY_BAD);
	CHECK(strcmp(error.text, "unknown time zone 'Mars/?Base'") == 0);
	zone_free(NULL);
}

/* Every beginning of a real file, and every byte of it turned, is read or refused, no worse. */
static void
test_broken_files(void)
{
	static char bytes[8192];
	FILE *file = fopen("/usr/share/zoneinfo/America/New_York", "rb");
	struct tz_table table;
	size_t size;

	if (!file)
		return;
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	CHECK(tz_table_read((struct slice){ bytes, size }, &table) == LOYALTY_OK);
	free(table.spans);
	for (size_t cut = 0; cut < size; cut++) {
		CHECK(tz_table_read((struct slice){ bytes, cut }, &table) == LOYALTY_BAD);
		free(table.spans);
	}
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (char)~bytes[i];
		tz_table_read((struct slice){ bytes, size }, &table);
		free(table.spans);
		bytes[i] = (char)~bytes[i];
	}
}

static bool
changes(const char *text, int32_t year, const char *first, const char *second)
{
	struct tz_span spans[2];
	struct tz_rule rule;
	struct zone *utc = load("UTC");
	const char *expected[2] = { first, second };
	bool same = tz_rule_parse(slice_of(text), &rule) && rule.has_daylight;

	for (int i = 0; same && i < 2; i++) {
		char buffer[INSTANT_TEXT_MAX + 1];

		tz_rule_year(&rule, year, spans);
		buffer[instant_format(utc, spans[i].start * SECOND_MICROS, buffer)] = '\0';
		same = strncmp(buffer, expected[i], strlen(expected[i])) == 0;
		if (!same)
			fprintf(stderr, "zone.c: %s: %s\n", text, buffer);
	}
	zone_free(utc);
	return same;
}

static void
test_rules(void)
{
	static const char *const bad[] = { "", "M7", "MST", "MST7MDT", "MST7MDT,M3.2.0", "<+03-3",
		"MST7MDT,M13.2.0,M11.1.0", "MST7MDT,M3.6.0,M11.1.0", "MST7MDT,M3.2.7,M11.1.0",
		"MST7MDT,J0,J365", "MST7MDT,J366,J365", "MST7MDT,366,1", "MST25", "MST7:60",
		"MST7MDT,M3.2.0/168,M11.1.0", "MST7 ", "MST7MDT,M3.2.0,M11.1.0x" };
	struct tz_rule rule;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!tz_rule_parse(slice_of(bad[i]), &rule));
	CHECK(tz_rule_parse(SLICE("<+03>-3"), &rule) && rule.standard == 10800 &&
		!rule.has_daylight);
	CHECK(tz_rule_parse(SLICE("<-0930>9:30"), &rule) && rule.standard == -34200);
	CHECK(tz_rule_parse(SLICE("LMT-1:02:03"), &rule) && rule.standard == 3723);
	CHECK(changes(
		"MST7MDT,M3.2.0,M11.1.0", 2026, "2026-03-08T09:00:00", "2026-11-01T08:00:00"));
	CHECK(changes(
		"GMT0BST,M3.5.0/1,M10.5.0", 2026, "2026-03-29T01:00:00", "2026-10-25T01:00:00"));
	CHECK(changes("AAA0BBB,J59,J60", 2024, "2024-02-28T02:00:00", "2024-03-01T01:00:00"));
	CHECK(changes("AAA0BBB,58,59", 2024, "2024-02-28T02:00:00", "2024-02-29T01:00:00"));
	CHECK(changes(
		"IST-2IDT,M3.4.4/26,M10.5.0", 2026, "2026-03-27T00:00:00", "2026-10-24T23:00:00"));
	CHECK(changes("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, "2026-03-29T01:00:00",
		"2026-10-25T01:00:00"));
	/* Ireland counts its winter as the saving; the south has it over the new year. */
	CHECK(changes(
		"IST-1GMT0,M10.5.0,M3.5.0/1", 2026, "2026-03-29T01:00:00", "2026-10-25T01:00:00"));
}

static void
test_denver(void)
{
	CHECK(shows("America/Denver", "2026-03-08T01:59:59", "2026-03-08T01:59:59-07:00"));
	CHECK(shows("America/Denver", "2026-03-08T02:00:00", "skipped"));
	CHECK(shows("America/Denver", "2026-03-08T02:59:59.999999", "skipped"));
	CHECK(shows("America/Denver", "2026-03-08T03:00:00", "2026-03-08T03:00:00-06:00"));
	CHECK(shows("America/Denver", "2026-11-01T01:30:00", "2026-11-01T01:30:00-06:00"));
	CHECK(shows("America/Denver", "2026-11-01T01:30:00-07:00", "2026-11-01T01:30:00-07:00"));
	CHECK(shows("America/Denver", "2026-11-01T02:00:00", "2026-11-01T02:00:00-07:00"));
	CHECK(shows("America/Denver", "2026-07-01", "2026-07-01T00:00:00-06:00"));
	CHECK(shows("America/Denver", "9999-12-31", "9999-12-31T00:00:00-07:00"));
	CHECK(shows("America/Denver", "9999-12-31T23:59:59.999999",
		"9999-12-31T23:59:59.999999-07:00"));
	CHECK(shows("America/Denver", "9999-07-01", "9999-07-01T00:00:00-06:00"));
	CHECK(shows("America/Denver", "2500-03-14T02:30:00", "skipped"));
	/* Local mean time, 6:59:56 west, is written in whole minutes. */
	CHECK(shows("America/Denver", "0001-01-01T00:00:00Z", "0000-12-31T17:01:00-06:59"));
	CHECK(shows("America/Denver", "0001-01-02", "0001-01-02T00:00:56-06:59"));
}

static void
test_zones(void)
{
	CHECK(shows("America/New_York", "2026-03-08T02:30", "skipped"));
	CHECK(shows("America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00-04:00"));
	CHECK(shows("America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T01:00:00-05:00"));
	CHECK(shows("America/New_York", "2026-11-01T01:00", "2026-11-01T01:00:00-04:00"));
	CHECK(shows("Europe/London", "2026-03-29T01:30:00", "skipped"));
	CHECK(shows("Europe/London", "2026-10-25T01:30:00", "2026-10-25T01:30:00+01:00"));
	CHECK(shows("Europe/London", "1970-06-01", "1970-06-01T00:00:00+01:00"));
	CHECK(shows("Asia/Seoul", "2026-03-01T00:00:00+09:00", "2026-03-01T00:00:00+09:00"));
	CHECK(shows("Asia/Seoul", "1988-05-08T02:30:00", "skipped"));
	CHECK(shows("Asia/Kolkata", "2026-03-01", "2026-03-01T00:00:00+05:30"));
	CHECK(shows("Asia/Kolkata", "2026-02-28T18:30:00Z", "2026-03-01T00:00:00+05:30"));
	CHECK(shows("Asia/Ho_Chi_Minh", "2026-03-01", "2026-03-01T00:00:00+07:00"));
	CHECK(shows("UTC", "2026-03-01", "2026-03-01T00:00:00+00:00"));
	CHECK(shows("Asia/Kathmandu", "2026-03-01", "2026-03-01T00:00:00+05:45"));
	/* Half an hour of daylight time. */
	CHECK(shows("Australia/Lord_Howe", "2026-10-04T01:59:59", "2026-10-04T01:59:59+10:30"));
	CHECK(shows("Australia/Lord_Howe", "2026-10-04T02:00:00", "skipped"));
	CHECK(shows("Australia/Lord_Howe", "2026-10-04T02:29:59", "skipped"));
	CHECK(shows("Australia/Lord_Howe", "2026-10-04T02:30:00", "2026-10-04T02:30:00+11:00"));
	CHECK(shows("Australia/Lord_Howe", "2026-04-05T01:30:00", "2026-04-05T01:30:00+11:00"));
	CHECK(shows("Australia/Lord_Howe", "2026-04-05T02:00:00", "2026-04-05T02:00:00+10:30"));
	/* A day that never was, and one without its midnight. */
	CHECK(shows("Pacific/Apia", "2011-12-30", "skipped"));
	CHECK(shows("Pacific/Apia", "2011-12-30T12:00", "skipped"));
	CHECK(shows("Pacific/Apia", "2011-12-29T23:59:59", "2011-12-29T23:59:59-10:00"));
	CHECK(shows("Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00"));
	CHECK(shows("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"));
	CHECK(shows("America/Sao_Paulo", "2018-11-04T00:00", "skipped"));
}

static void
test_local(void)
{
	struct zone *apia = load("Pacific/Apia");
	struct zone *denver = load("America/Denver");
	struct civil civil = { 2026, 3, 8, 2, 30, 0, 5 };
	instant gap_end = (day_from_civil(2026, 3, 8) * INT64_C(86400) + 9 * 3600) * SECOND_MICROS;
	int32_t skipped_day = day_from_civil(2011, 12, 30);
	instant at;

	CHECK(zone_instant(denver, &civil, &at) == LOCAL_SKIPPED && at == gap_end);
	CHECK(zone_offset(denver, gap_end - 1) == -25200);
	CHECK(zone_offset(denver, gap_end) == -21600);
	civil = (struct civil){ 2026, 11, 1, 1, 30, 0, 5 };
	CHECK(zone_instant(denver, &civil, &at) == LOCAL_TWICE && at % SECOND_MICROS == 5);
	CHECK(zone_offset(denver, at) == -21600);
	CHECK(zone_day_start(apia, skipped_day) == zone_day_start(apia, skipped_day + 1));
	CHECK(zone_day(apia, zone_day_start(apia, skipped_day)) == skipped_day + 1);
	CHECK(zone_day(apia, zone_day_start(apia, skipped_day) - 1) == skipped_day - 1);
	CHECK(zone_day(denver, -1) == -1);
	CHECK(zone_day(denver, 7 * 3600 * SECOND_MICROS) == 0);
	CHECK(zone_day(denver, 7 * 3600 * SECOND_MICROS - 1) == -1);
	zone_civil(denver, -1, &civil);
	CHECK(civil.year == 1969 && civil.day == 31 && civil.hour == 16 && civil.micros == 999999);
	zone_civil(denver, INSTANT_NEVER, &civil);
	CHECK(civil.year == 294247);
	zone_civil(denver, INSTANT_ALWAYS, &civil);
	CHECK(civil.year == -290308);
	zone_free(apia);
	zone_free(denver);
}

static void
test_instant_forms(void)
{
	struct zone *zone = load("America/New_York");
	bool date_only = false;
	instant at;

	CHECK(instant_parse(zone, SLICE("1970-01-01T00:00:00Z"), &at, NULL) == TIME_OK && at == 0);
	CHECK(instant_parse(zone, SLICE("1969-12-31t19:00:00-05:00"), &at, &date_only) == TIME_OK);
	CHECK(at == 0 && !date_only);
	CHECK(instant_parse(zone, SLICE("1970-01-01"), &at, &date_only) == TIME_OK && date_only);
	CHECK(at == 5 * 3600 * SECOND_MICROS);
	CHECK(instant_parse(zone, SLICE("1970-01-01 00:00:00.5z"), &at, &date_only) == TIME_OK);
	CHECK(at == 500000 && !date_only);
	CHECK(instant_parse(zone, SLICE("1969-12-31T23:59:59.999999999Z"), &at, NULL) == TIME_OK);
	CHECK(at == -1);
	CHECK(strcmp(show(zone, "2026-03-01T12:00:00.500-05:00"), "2026-03-01T12:00:00.5-05:00") ==
		0);
	CHECK(strcmp(show(zone, "2026-03-01T12:00:00.0000009Z"), "2026-03-01T07:00:00-05:00") == 0);
	CHECK(strcmp(show(zone, "2026-03-01T12:00:00.000001"),
		      "2026-03-01T12:00:00.000001-05:00") == 0);
	CHECK(strcmp(show(zone, "2026-03-01T12:00:00-00:00"), "2026-03-01T07:00:00-05:00") == 0);
	CHECK(strcmp(show(zone, "2026-03-01T12:00:00+23:59"), "2026-02-28T07:01:00-05:00") == 0);
	zone_free(zone);
}

static void
test_instant_refuses(void)
{
	static const char *const syntax[] = { "", "2026", "2026-03", "2026-03-1",
		"2026-3-01T12:00:00Z", "2026-03-01T", "2026-03-01T12", "2026-03-01T12:0",
		"2026-03-01T12:00Z", "2026-03-01Z", "2026-03-01T12:00:00.", "2026-03-01T12:00:00.Z",
		"2026-03-01T12:00:00,5Z", "2026-03-01T12:00:00.1234567890Z",
		"2026-03-01T12:00:00ZZ", "2026-03-01T12:00:00+5:00", "2026-03-01T12:00:00+0500",
		"2026-03-01T12:00:00+05", "2026-03-01T12:00:00 -05:00", "2026-03-01_12:00:00Z",
		"2026/03/01T12:00:00Z", "20x6-03-01T12:00:00Z", "2026-03-01T12:00:0/Z",
		"2026-03-01T12-00-00Z", "+026-03-01T12:00:00Z", " 2026-03-01",
		"2026-03-01T12:00:00-05:0a", "12026-03-01T12:00:00Z", "2026-02-30T12:00:00X" };
	static const char *const impossible[] = { "2026-02-30", "2026-02-29T12:00:00Z",
		"2026-00-01T12:00:00Z", "2026-13-01T12:00:00Z", "2026-01-00", "2026-04-31",
		"0000-01-01T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z",
		"2026-03-01T12:00:61Z", "2026-03-01T12:00:00+24:00", "2026-03-01T12:00:00+05:60",
		"2026-03-01T12:00:60Z", "2026-03-01T24:00", "2026-06-30T23:59:60+01:00" };
	struct zone *zone = load("America/New_York");

	for (size_t i = 0; i < sizeof(syntax) / sizeof(syntax[0]); i++)
		if (strcmp(show(zone, syntax[i]), "syntax") != 0) {
			fprintf(stderr, "zone.c: '%s' is no syntax error\n", syntax[i]);
			failures++;
		}
	for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++)
		if (strcmp(show(zone, impossible[i]), "impossible") != 0) {
			fprintf(stderr, "zone.c: '%s' is not impossible\n", impossible[i]);
			failures++;
		}
	zone_free(zone);
}

/*
 * The usual forms are read eight characters at a time, and a date that has just been read is
 * known; with a fraction they are read one by one. All must agree, whatever a character is
 * replaced by.
 */
static void
test_instant_ways(const char *usual)
{
	enum { LENGTH_MAX = 25, SIGN = 19 };
	static const char fraction[] = ".000000000";
	enum { FRACTION = sizeof(fraction) - 1 }; /* as many digits as there may be */
	int length = (int)strlen(usual);
	struct zone *zone = load("America/New_York");
	char text[LENGTH_MAX], longer[LENGTH_MAX + FRACTION];
	struct date_seen seen = { 0 };
	instant at, slow, again;

	for (int i = 0; i < length * 256; i++) {
		struct slice changed = { text, (size_t)length };
		enum time_result result;

		memcpy(text, usual, changed.size);
		text[i / 256] = (char)(i % 256);
		memcpy(longer, text, SIGN);
		memcpy(longer + SIGN, fraction, FRACTION);
		memcpy(longer + SIGN + FRACTION, text + SIGN, changed.size - SIGN);
		at = slow = again = 0;
		result = instant_parse(zone, changed, &at, NULL);
		if (instant_parse(zone, (struct slice){ longer, changed.size + FRACTION }, &slow,
			    NULL) != result ||
			instant_parse_like(&seen, zone, changed, &again, NULL) != result ||
			(result == TIME_OK && (at != slow || at != again))) {
			fprintf(stderr, "zone.c: '%.*s' is read in two ways\n", length, text);
			failures++;
		}
	}
	zone_free(zone);
}

static void
test_leap_second(void)
{
	CHECK(shows("UTC", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"));
	CHECK(shows("UTC", "2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.25+00:00"));
	CHECK(shows("UTC", "2016-12-31T18:59:60-05:00", "2017-01-01T00:00:00+00:00"));
	CHECK(shows("America/New_York", "2016-12-31T18:59:60", "2016-12-31T19:00:00-05:00"));
	CHECK(shows("Asia/Kolkata", "2015-07-01T05:29:60", "2015-07-01T05:30:00+05:30"));
	CHECK(shows("Asia/Kolkata", "2015-07-01T05:30:60", "impossible"));
}

static void
test_add(void)
{
	const char *denver = "America/Denver";

	CHECK(adds("UTC", "2026-01-31", "P1M", 1, "2026-02-28T00:00:00+00:00"));
	CHECK(adds("UTC", "2024-01-31", "P1M", 1, "2024-02-29T00:00:00+00:00"));
	CHECK(adds("UTC", "2026-01-31", "P2M", 1, "2026-03-31T00:00:00+00:00"));
	CHECK(adds("UTC", "2026-01-31", "P13M", 1, "2027-02-28T00:00:00+00:00"));
	CHECK(adds("UTC", "2024-02-29", "P1Y", 1, "2025-02-28T00:00:00+00:00"));
	CHECK(adds("UTC", "2024-02-29", "P4Y", 1, "2028-02-29T00:00:00+00:00"));
	CHECK(adds("UTC", "2026-03-31", "P1M", -1, "2026-02-28T00:00:00+00:00"));
	CHECK(adds("UTC", "2026-01-15", "P1M", -1, "2025-12-15T00:00:00+00:00"));
	CHECK(adds("UTC", "2026-01-31", "P1M1D", 1, "2026-03-01T00:00:00+00:00"));
	CHECK(adds("UTC", "2026-03-31", "P1M1DT1H", -1, "2026-02-26T23:00:00+00:00"));
	CHECK(adds("UTC", "1969-12-31T23:59:59.5", "P1M", 1, "1970-01-31T23:59:59.5+00:00"));
	CHECK(adds(denver, "2026-11-01", "PT2H", 1, "2026-11-01T01:00:00-07:00"));
	CHECK(adds(denver, "2026-10-01", "P1MT2H", 1, "2026-11-01T01:00:00-07:00"));
	CHECK(adds(denver, "2026-10-31T12:00", "P1D", 1, "2026-11-01T12:00:00-07:00"));
	CHECK(adds(denver, "2026-10-31T12:00", "PT24H", 1, "2026-11-01T11:00:00-07:00"));
	CHECK(adds(denver, "2026-03-07T02:30", "P1D", 1, "2026-03-08T03:00:00-06:00"));
	CHECK(adds(denver, "2026-03-09T02:30", "P1D", -1, "2026-03-08T03:00:00-06:00"));
	CHECK(adds(denver, "2026-03-07T02:30:00.25", "P1D", 1, "2026-03-08T03:00:00-06:00"));
	CHECK(adds(denver, "2026-10-31T01:30", "P1D", 1, "2026-11-01T01:30:00-06:00"));
	CHECK(adds(denver, "2026-11-01T01:30:00-07:00", "P0D", 1, "2026-11-01T01:30:00-07:00"));
	CHECK(adds("Pacific/Apia", "2011-12-29T10:00", "P1D", 1, "2011-12-31T00:00:00+14:00"));
	CHECK(adds("UTC", "9999-12-31", "P9999Y", 1, "19998-12-31T00:00:00+00:00"));
}

static void
test_add_limits(void)
{
	struct zone *zone = load("America/Denver");
	struct duration months = { .months = INT32_MAX };
	struct duration days = { .days = INT32_MAX };
	struct duration micros = { .micros = INT64_MAX };

	CHECK(zone_add(zone, 0, months, 1) == INSTANT_NEVER);
	CHECK(zone_add(zone, 0, months, -1) == INSTANT_ALWAYS);
	CHECK(zone_add(zone, 0, days, 1) == INSTANT_NEVER);
	CHECK(zone_add(zone, 0, days, -1) == INSTANT_ALWAYS);
	CHECK(zone_add(zone, 1, micros, 1) == INSTANT_NEVER);
	CHECK(zone_add(zone, -2, micros, -1) == INSTANT_ALWAYS);
	CHECK(zone_add(zone, INSTANT_NEVER, months, -1) == INSTANT_NEVER);
	CHECK(zone_add(zone, INSTANT_ALWAYS, months, 1) == INSTANT_ALWAYS);
	zone_free(zone);
}

static bool
lasts(const char *text, int32_t months, int32_t days, int64_t seconds)
{
	struct duration duration;

	return duration_parse(slice_of(text), &duration) && duration.months == months &&
	       duration.days == days && duration.micros == seconds * SECOND_MICROS;
}

static void
test_duration(void)
{
	static const char *const bad[] = { "", "P", "PT", "P1", "1D", "P1H", "P-1D", "-P1D", "+P1D",
		"P1DT", "PT1D", "P1D1M", "PT1S1M", "P1M1M", "P1.5D", "PT0.5S", "p1d", "P1d", "P 1D",
		"P1D ", "PT1HT1M", "P1DT1H1", "PP1D", "P1S", "PT1Y", "PT1W", "P10000Y", "P119989M",
		"P99999999999999999999D", "P4000000D", "PT99999999999999H", "P9999Y1M" };
	struct duration duration;

	CHECK(lasts("P12M", 12, 0, 0));
	CHECK(lasts("P1Y", 12, 0, 0));
	CHECK(lasts("P1Y6M", 18, 0, 0));
	CHECK(lasts("P90D", 0, 90, 0));
	CHECK(lasts("P2W", 0, 14, 0));
	CHECK(lasts("P1W3D", 0, 10, 0));
	CHECK(lasts("PT10M", 0, 0, 600));
	CHECK(lasts("P1MT2H", 1, 0, 7200));
	CHECK(lasts("P1Y2M3W4DT5H6M7S", 14, 25, 18367));
	CHECK(lasts("P0D", 0, 0, 0));
	CHECK(lasts("PT0S", 0, 0, 0));
	CHECK(lasts("P007D", 0, 7, 0));
	CHECK(lasts("P9999Y", 119988, 0, 0));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (duration_parse(slice_of(bad[i]), &duration)) {
			fprintf(stderr, "zone.c: '%s' is taken for a duration\n", bad[i]);
			failures++;
		}
}

int
main(void)
{
	test_calendar();
	test_load_refuses();
	test_broken_files();
	test_rules();
	test_denver();
	test_zones();
	test_local();
	test_instant_forms();
	test_instant_refuses();
	test_instant_ways("2024-02-29T23:59:58-05:30");
	test_instant_ways("2024-02-29T23:59:58Z");
	test_leap_second();
	test_add();
	test_add_limits();
	test_duration();
	return failures != 0;
}

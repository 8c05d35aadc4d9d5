/*
 * instant.c - instants, days and durations as text.
 *
 * Every record's time comes through instant_parse(): fixed positions, all
 * digits checked at once, no calls but to the zone for local times.
 */
#include "zone.h"

#include <assert.h>
#include <endian.h>

#include "decimal.h"

enum {
	DATE_LENGTH = 10,    /* 2026-03-01 */
	MINUTE_LENGTH = 16,  /* 2026-03-01T12:00 */
	SECOND_LENGTH = 19,  /* 2026-03-01T12:00:00 */
	OFFSET_LENGTH = 6,   /* -05:00 */
	FRACTION_DIGITS = 9, /* read */
	MICROS_DIGITS = 6,   /* kept */
	DURATION_YEARS = 9999,
};

#define DURATION_MONTHS_MAX (DURATION_YEARS * INT64_C(12))
#define DURATION_DAYS_MAX (DURATION_YEARS * INT64_C(366))
#define DURATION_SECONDS_MAX (DURATION_DAYS_MAX * 86400)

/* ---- reading a time -------------------------------------------------------- */

/*
 * The two digits at p. *bad turns negative where they are none: it gathers the
 * signs of all that must not be negative, which takes no branches.
 */
static inline int
read_pair(const char *p, int *bad)
{
	int tens = p[0] - '0';
	int ones = p[1] - '0';

	*bad |= tens | (9 - tens) | ones | (9 - ones);
	return tens * 10 + ones;
}

static inline void
expect(bool holds, int *bad)
{
	*bad |= (int)holds - 1;
}

/* Reads a date into civil; *bad where its form is wrong. */
static inline void
read_date(const char *p, struct civil *civil, int *bad)
{
	civil->year = read_pair(p, bad) * 100 + read_pair(p + 2, bad);
	civil->month = read_pair(p + 5, bad);
	civil->day = read_pair(p + 8, bad);
	expect((p[4] == '-') & (p[7] == '-'), bad);
}

static inline bool
date_exists(const struct civil *civil)
{
	if (civil->year < 1 || civil->month < 1 || civil->month > 12 || civil->day < 1)
		return false;
	return civil->day <= 28 || civil->day <= days_in_month(civil->year, civil->month);
}

/* Reads a fraction (with its point) into micros; NULL where it has no or too many digits. */
static const char *
read_fraction(const char *p, const char *end, int *micros)
{
	const char *first = ++p;
	int place;

	*micros = 0;
	for (place = 0; p < end && (unsigned char)(*p - '0') <= 9; p++, place++)
		if (place < MICROS_DIGITS)
			*micros = *micros * 10 + (*p - '0');
	for (; place < MICROS_DIGITS; place++)
		*micros *= 10;
	return p == first || p - first > FRACTION_DIGITS ? NULL : p;
}

enum offset_result { OFFSET_OK, OFFSET_NONE, OFFSET_SYNTAX, OFFSET_IMPOSSIBLE };

/* Reads what follows the time of day: nothing, Z, or an offset east of UTC in seconds. */
static inline enum offset_result
read_offset(const char *p, const char *end, int *offset)
{
	int bad = 0;
	int hour, minute;

	*offset = 0;
	if (p == end)
		return OFFSET_NONE;
	if (end - p == 1 && (*p == 'Z' || *p == 'z'))
		return OFFSET_OK;
	if (end - p != OFFSET_LENGTH || (*p != '+' && *p != '-') || p[3] != ':')
		return OFFSET_SYNTAX;
	hour = read_pair(p + 1, &bad);
	minute = read_pair(p + 4, &bad);
	if (bad < 0)
		return OFFSET_SYNTAX;
	*offset = hour * 3600 + minute * 60;
	if (*p == '-')
		*offset = -*offset;
	return hour > 23 || minute > 59 ? OFFSET_IMPOSSIBLE : OFFSET_OK;
}

/* A leap second comes only before a month of UTC begins. */
static bool
leap_second_exists(instant after)
{
	struct civil civil;

	after -= after % SECOND_MICROS;
	if (after % DAY_MICROS != 0)
		return false;
	civil_from_day((int32_t)(after / DAY_MICROS), &civil);
	return civil.day == 1;
}

/* A whole date without a time: its first instant, where the zone has that day. */
static enum time_result
parse_date(const struct zone *zone, struct civil *civil, instant *at)
{
	int32_t day = day_from_civil(civil->year, civil->month, civil->day);

	*at = zone_day_start(zone, day);
	return zone_day(zone, *at) == day ? TIME_OK : TIME_SKIPPED;
}

/* Makes an instant of a time whose form is right. */
static inline enum time_result
resolve(const struct zone *zone, struct civil *civil, bool local, int offset, instant *at)
{
	bool leap = civil->second == 60;
	int64_t seconds;

	if (!date_exists(civil) || civil->hour > 23 || civil->minute > 59 || civil->second > 60)
		return TIME_IMPOSSIBLE;
	civil->second -= leap;
	if (local) {
		if (zone_instant(zone, civil, at) == LOCAL_SKIPPED)
			return TIME_SKIPPED;
	} else {
		seconds = day_from_civil(civil->year, civil->month, civil->day) * INT64_C(86400) +
			  civil->hour * 3600 + civil->minute * 60 + civil->second - offset;
		*at = seconds * SECOND_MICROS + civil->micros;
	}
	if (!leap)
		return TIME_OK;
	*at += SECOND_MICROS;
	return leap_second_exists(*at) ? TIME_OK : TIME_IMPOSSIBLE;
}

/* ---- reading the usual form at once ---------------------------------------- */

/* Eight characters, the first in the lowest byte. */
static inline uint64_t
load_eight(const char *p)
{
	uint64_t bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return le64toh(bytes);
}

/* Added to a byte, these reach 0x80 from ten on (a digit's) and from one on (a separator's). */
#define OVER_PAIRS UINT64_C(0x76767f76767f7676) /* 00:00:00 */
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Makes each byte ten times itself and the next one: a pair's first byte is then its number. */
static inline uint64_t
join_pairs(uint64_t digits)
{
	return digits * 10 + (digits >> 8);
}

static inline int
byte_of(uint64_t bytes, int place)
{
	return (int)(bytes >> (8 * place) & 0xff);
}

struct pairs {
	int first, second, third;
};

/* Reads three pairs of digits with the separators of the form ("00:00:00"), all at once. */
static inline bool
read_pairs(const char *p, const char *form, struct pairs *pairs)
{
	uint64_t digits = load_eight(p) ^ load_eight(form);

	if (((digits | (digits + OVER_PAIRS)) & HIGH_BITS) != 0)
		return false;
	digits = join_pairs(digits);
	*pairs = (struct pairs){ byte_of(digits, 0), byte_of(digits, 3), byte_of(digits, 6) };
	return true;
}

/* Reads "2026-03-01"; false: not of this form, or there is no such day. */
static bool
read_day(const char *p, int32_t *day)
{
	struct civil civil = { 0 };
	struct pairs date;
	int bad = 0;

	civil.year = read_pair(p, &bad) * 100;
	if (bad < 0 || !read_pairs(p + 2, "00-00-00", &date))
		return false;
	civil.year += date.first;
	civil.month = date.second;
	civil.day = date.third;
	if (!date_exists(&civil))
		return false;
	*day = day_from_civil(civil.year, civil.month, civil.day);
	return true;
}

/* The same, remembered: the dates of a log are mostly those of the line before. */
static inline bool
read_day_like(const char *p, struct date_seen *last, int32_t *day)
{
	if (!last->known || memcmp(p, last->text, DATE_LENGTH) != 0) {
		last->known = read_day(p, &last->day);
		memcpy(last->text, p, DATE_LENGTH);
	}
	*day = last->day;
	return last->known;
}

/* Reads "00-05:00" from the seconds on: the offset east of UTC in seconds. */
static inline bool
read_usual_offset(const char *p, int *offset)
{
	bool west = p[2] == '-';
	struct pairs pairs;

	if (!read_pairs(p, west ? "00-00:00" : "00+00:00", &pairs) || pairs.second > 23 ||
		pairs.third > 59)
		return false;
	*offset = pairs.second * 3600 + pairs.third * 60;
	if (west)
		*offset = -*offset;
	return true;
}

/*
 * Reads "2026-03-01T12:00:00-05:00" or "2026-03-01T17:00:00Z", eight characters at a time.
 * false: it is not of these forms, or wrong, or a leap second; the caller looks closer.
 */
static inline bool
parse_usual(struct slice text, struct date_seen *last, instant *at)
{
	const char *p = text.data;
	struct pairs time;
	int offset = 0;
	int32_t day;

	if (text.size != SECOND_LENGTH + 1 && text.size != SECOND_LENGTH + OFFSET_LENGTH)
		return false;
	if (text.size == SECOND_LENGTH + 1 ? p[SECOND_LENGTH] != 'Z'
					   : !read_usual_offset(p + 17, &offset))
		return false;
	if (p[DATE_LENGTH] != 'T' || !read_pairs(p + 11, "00:00:00", &time) || time.first > 23 ||
		time.second > 59 || time.third > 59 || !read_day_like(p, last, &day))
		return false;
	*at = (day * INT64_C(86400) + time.first * 3600 + time.second * 60 + time.third - offset) *
	      SECOND_MICROS;
	return true;
}

/* Reads a time that is not of the usual form. */
static enum time_result
parse_closely(const struct zone *zone, struct slice text, instant *at)
{
	const char *p = text.data;
	const char *end = p + text.size;
	struct civil civil = { 0 };
	enum offset_result zoned = OFFSET_NONE;
	int bad = 0;
	int offset = 0;

	if (text.size < SECOND_LENGTH && text.size != MINUTE_LENGTH && text.size != DATE_LENGTH)
		return TIME_SYNTAX;
	read_date(p, &civil, &bad);
	if (text.size == DATE_LENGTH) {
		if (bad < 0)
			return TIME_SYNTAX;
		return date_exists(&civil) ? parse_date(zone, &civil, at) : TIME_IMPOSSIBLE;
	}
	civil.hour = read_pair(p + 11, &bad);
	civil.minute = read_pair(p + 14, &bad);
	expect(((p[10] == 'T') | (p[10] == 't') | (p[10] == ' ')) & (p[13] == ':'), &bad);
	if (text.size != MINUTE_LENGTH) {
		civil.second = read_pair(p + 17, &bad);
		expect(p[16] == ':', &bad);
		p += SECOND_LENGTH;
		if (p < end && *p == '.') {
			p = read_fraction(p, end, &civil.micros);
			if (!p)
				return TIME_SYNTAX;
		}
		zoned = read_offset(p, end, &offset);
	}
	if (bad < 0 || zoned == OFFSET_SYNTAX)
		return TIME_SYNTAX;
	if (zoned == OFFSET_IMPOSSIBLE)
		return TIME_IMPOSSIBLE;
	return resolve(zone, &civil, zoned == OFFSET_NONE, offset, at);
}

enum time_result
instant_parse_like(struct date_seen *last, const struct zone *zone, struct slice text, instant *at,
	bool *date_only)
{
	if (date_only)
		*date_only = text.size == DATE_LENGTH;
	return parse_usual(text, last, at) ? TIME_OK : parse_closely(zone, text, at);
}

enum time_result
instant_parse(const struct zone *zone, struct slice text, instant *at, bool *date_only)
{
	struct date_seen none = { 0 };

	return instant_parse_like(&none, zone, text, at, date_only);
}

enum time_result
day_parse(struct slice text, int32_t *day)
{
	struct civil civil;
	int bad = 0;

	if (text.size != DATE_LENGTH)
		return TIME_SYNTAX;
	read_date(text.data, &civil, &bad);
	if (bad < 0)
		return TIME_SYNTAX;
	if (!date_exists(&civil))
		return TIME_IMPOSSIBLE;
	*day = day_from_civil(civil.year, civil.month, civil.day);
	return TIME_OK;
}

/* ---- reading a duration ------------------------------------------------------ */

enum sum_kind { SUM_MONTHS, SUM_DAYS, SUM_SECONDS, SUMS };

/* The parts of a duration in their order, and what each adds up to. */
struct part {
	char letter;
	bool is_time;
	enum sum_kind sum;
	int64_t size;
};

static const struct part parts[] = {
	{ 'Y', false, SUM_MONTHS, 12 },
	{ 'M', false, SUM_MONTHS, 1 },
	{ 'W', false, SUM_DAYS, 7 },
	{ 'D', false, SUM_DAYS, 1 },
	{ 'H', true, SUM_SECONDS, 3600 },
	{ 'M', true, SUM_SECONDS, 60 },
	{ 'S', true, SUM_SECONDS, 1 },
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

/* The first part from *next on that has this letter, and the one after it in *next. */
static const struct part *
find_part(char letter, bool is_time, size_t *next)
{
	while (*next < PARTS) {
		const struct part *part = &parts[(*next)++];

		if (part->letter == letter && part->is_time == is_time)
			return part;
	}
	return NULL;
}

/* Reads a number and its letter, and adds them to their sum; NULL where it cannot. */
static const char *
take_part(const char *p, const char *end, bool is_time, size_t *next, int64_t sums[SUMS])
{
	static const int64_t sums_max[SUMS] = {
		[SUM_MONTHS] = DURATION_MONTHS_MAX,
		[SUM_DAYS] = DURATION_DAYS_MAX,
		[SUM_SECONDS] = DURATION_SECONDS_MAX,
	};
	const struct part *part;
	const char *first = p;
	int64_t count = 0;

	for (; p < end && (unsigned char)(*p - '0') <= 9; p++) {
		count = count * 10 + (*p - '0');
		if (count > DURATION_SECONDS_MAX)
			return NULL;
	}
	if (p == first || p == end)
		return NULL;
	part = find_part(*p, is_time, next);
	if (!part || count > (sums_max[part->sum] - sums[part->sum]) / part->size)
		return NULL;
	sums[part->sum] += count * part->size;
	return p + 1;
}

bool
duration_parse(struct slice text, struct duration *duration)
{
	const char *p = text.data;
	const char *end = p + text.size;
	int64_t sums[SUMS] = { 0 };
	bool is_time = false;
	size_t next = 0;

	if (text.size < 3 || *p++ != 'P')
		return false;
	while (p < end) {
		if (*p == 'T' && !is_time) {
			is_time = true;
			p++;
		}
		p = take_part(p, end, is_time, &next, sums);
		if (!p)
			return false;
	}
	duration->months = (int32_t)sums[SUM_MONTHS];
	duration->days = (int32_t)sums[SUM_DAYS];
	duration->micros = sums[SUM_SECONDS] * SECOND_MICROS;
	return true;
}

/* ---- writing ------------------------------------------------------------------- */

static inline char *
write_pair(char *p, int value)
{
	decimal_pair((unsigned)value, p);
	return p + 2;
}

static char *
write_date(char *p, const struct civil *civil)
{
	int32_t year = civil->year;

	if (year < 0) {
		*p++ = '-';
		year = -year;
	}
	/* Years past 9999 are no time of RFC 3339, but can still be told apart. */
	for (int32_t place = 10000000; place >= 10000; place /= 10)
		if (year >= place)
			*p++ = (char)('0' + year / place % 10);
	p = write_pair(p, year / 100 % 100);
	p = write_pair(p, year % 100);
	*p++ = '-';
	p = write_pair(p, civil->month);
	*p++ = '-';
	return write_pair(p, civil->day);
}

static char *
write_fraction(char *p, int micros)
{
	if (micros == 0)
		return p;
	*p++ = '.';
	for (int place = 100000; micros > 0; place /= 10) {
		*p++ = (char)('0' + micros / place);
		micros %= place;
	}
	return p;
}

size_t
instant_format(const struct zone *zone, instant at, char *buffer)
{
	/* RFC 3339 has no seconds in an offset; local mean times of long ago do. */
	int offset = zone_offset(zone, at) / 60 * 60;
	int micros = (int)(at % SECOND_MICROS);
	int64_t seconds = at / SECOND_MICROS - (micros < 0);
	int64_t local = seconds + offset;
	int32_t day = (int32_t)(local / 86400 - (local % 86400 < 0));
	int of_day = (int)(local - day * INT64_C(86400));
	struct civil civil;
	char *p = buffer;

	civil_from_day(day, &civil);
	p = write_date(p, &civil);
	*p++ = 'T';
	p = write_pair(p, of_day / 3600);
	*p++ = ':';
	p = write_pair(p, of_day / 60 % 60);
	*p++ = ':';
	p = write_pair(p, of_day % 60);
	p = write_fraction(p, micros < 0 ? micros + (int)SECOND_MICROS : micros);
	*p++ = offset < 0 ? '-' : '+';
	offset = offset < 0 ? -offset : offset;
	p = write_pair(p, offset / 3600);
	*p++ = ':';
	p = write_pair(p, offset / 60 % 60);
	assert(p - buffer <= INSTANT_TEXT_MAX);
	return (size_t)(p - buffer);
}

size_t
day_format(int32_t day, char *buffer)
{
	struct civil civil;

	civil_from_day(day, &civil);
	return (size_t)(write_date(buffer, &civil) - buffer);
}

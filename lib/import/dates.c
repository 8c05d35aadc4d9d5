/*
 * dates.c - a cell's text to a date and time.
 */
#include "import/dates.h"

#include <strings.h>

/* What has been read of a text so far; -1: not yet. */
struct reading {
	struct slice rest;
	int year, month, day;
	int hour, hour12, minute, second, micros;
	int afternoon;
	int64_t epoch;
	bool has_epoch;
	struct moment *moment;
};

static const char *const month_names[] = { "january", "february", "march", "april", "may", "june",
	"july", "august", "september", "october", "november", "december" };

static inline bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static void
skip(struct reading *reading, size_t size)
{
	reading->rest.data += size;
	reading->rest.size -= size;
}

static bool
read_spaces(struct reading *reading)
{
	while (reading->rest.size > 0 && reading->rest.data[0] == ' ')
		skip(reading, 1);
	return true;
}

/* least to most digits. */
static bool
read_number(struct reading *reading, size_t least, size_t most, int *number)
{
	size_t count = 0;

	*number = 0;
	for (; count < most && count < reading->rest.size && is_digit(reading->rest.data[count]);
		count++)
		*number = *number * 10 + (reading->rest.data[count] - '0');
	skip(reading, count);
	return count >= least;
}

static bool
read_short_year(struct reading *reading)
{
	if (!read_number(reading, 2, 2, &reading->year))
		return false;
	reading->year += reading->year < 69 ? 2000 : 1900;
	return true;
}

/* ".123456789" after the seconds: up to nine digits, kept to microseconds. */
static bool
read_second(struct reading *reading)
{
	int scale = 100000;
	size_t at = 1;

	if (!read_number(reading, 1, 2, &reading->second))
		return false;
	reading->micros = 0;
	if (reading->rest.size < 2 ||
		(reading->rest.data[0] != '.' && reading->rest.data[0] != ',') ||
		!is_digit(reading->rest.data[1]))
		return true;
	for (; at < reading->rest.size && at <= 9 && is_digit(reading->rest.data[at]); at++) {
		reading->micros += (reading->rest.data[at] - '0') * scale;
		scale /= 10;
	}
	skip(reading, at);
	return true;
}

static bool
read_month_name(struct reading *reading)
{
	for (int i = 0; i < 12; i++) {
		size_t whole = strlen(month_names[i]);
		size_t size = reading->rest.size < whole ? 3 : whole;

		if (reading->rest.size < 3)
			return false;
		if (strncasecmp(reading->rest.data, month_names[i], size) != 0)
			size = 3;
		if (strncasecmp(reading->rest.data, month_names[i], size) != 0)
			continue;
		skip(reading, size);
		reading->month = i + 1;
		return true;
	}
	return false;
}

static bool
read_half(struct reading *reading)
{
	if (reading->rest.size < 2 || (reading->rest.data[1] | 32) != 'm')
		return false;
	if ((reading->rest.data[0] | 32) == 'p')
		reading->afternoon = 1;
	else if ((reading->rest.data[0] | 32) == 'a')
		reading->afternoon = 0;
	else
		return false;
	skip(reading, 2);
	return true;
}

static bool
read_offset(struct reading *reading)
{
	int hours, minutes = 0;
	bool west;

	read_spaces(reading);
	if (reading->rest.size == 0)
		return false;
	reading->moment->has_offset = true;
	west = reading->rest.data[0] == '-';
	if (reading->rest.data[0] == 'Z' || reading->rest.data[0] == 'z') {
		reading->moment->utc = true;
		skip(reading, 1);
		return true;
	}
	if (reading->rest.data[0] != '+' && !west)
		return false;
	skip(reading, 1);
	if (!read_number(reading, 2, 2, &hours))
		return false;
	if (reading->rest.size > 0 && reading->rest.data[0] == ':')
		skip(reading, 1);
	if (reading->rest.size > 0 && !read_number(reading, 2, 2, &minutes))
		return false;
	reading->moment->offset = (hours * 60 + minutes) * (west ? -60 : 60);
	return hours < 24 && minutes < 60;
}

/* Seconds since 1970-01-01T00:00:00Z, up to twelve digits. */
static bool
read_epoch(struct reading *reading)
{
	bool negative = reading->rest.size > 0 && reading->rest.data[0] == '-';
	size_t count = 0;

	skip(reading, negative);
	for (; count < reading->rest.size && count < 12 && is_digit(reading->rest.data[count]);
		count++)
		reading->epoch = reading->epoch * 10 + (reading->rest.data[count] - '0');
	skip(reading, count);
	if (negative)
		reading->epoch = -reading->epoch;
	reading->has_epoch = true;
	return count > 0;
}

static bool
read_conversion(struct reading *reading, char conversion)
{
	switch (conversion) {
	case 'Y':
		return read_number(reading, 4, 4, &reading->year);
	case 'y':
		return read_short_year(reading);
	case 'm':
		return read_number(reading, 1, 2, &reading->month);
	case 'd':
	case 'e':
		read_spaces(reading);
		return read_number(reading, 1, 2, &reading->day);
	case 'b':
	case 'B':
		return read_month_name(reading);
	case 'H':
		return read_number(reading, 1, 2, &reading->hour);
	case 'I':
		return read_number(reading, 1, 2, &reading->hour12);
	case 'M':
		return read_number(reading, 2, 2, &reading->minute);
	case 'S':
		return read_second(reading);
	case 'p':
		return read_half(reading);
	case 'z':
		return read_offset(reading);
	case 's':
		return read_epoch(reading);
	default:
		return false;
	}
}

static bool
read_literal(struct reading *reading, char byte)
{
	if (byte == ' ')
		return read_spaces(reading);
	if (reading->rest.size == 0 || reading->rest.data[0] != byte)
		return false;
	skip(reading, 1);
	return true;
}

/* The fields that were read as one date and time; TIME_IMPOSSIBLE where there is none such. */
static enum time_result
settle(struct reading *reading)
{
	struct civil *civil = &reading->moment->civil;

	if (reading->has_epoch) {
		int64_t day = reading->epoch / 86400 - (reading->epoch % 86400 < 0);
		int seconds = (int)(reading->epoch - day * 86400);

		if (day < -719162 || day > 2932896) /* the years 1 to 9999 */
			return TIME_IMPOSSIBLE;
		civil_from_day((int32_t)day, civil);
		civil->hour = seconds / 3600;
		civil->minute = seconds / 60 % 60;
		civil->second = seconds % 60;
		*reading->moment = (struct moment){ *civil, true, true, true, 0 };
		return TIME_OK;
	}
	if (reading->hour12 == 0 || reading->hour12 > 12)
		return TIME_IMPOSSIBLE;
	if (reading->hour12 > 0)
		reading->hour = reading->hour12 % 12 + 12 * (reading->afternoon == 1);
	reading->moment->has_time = reading->hour >= 0;
	*civil = (struct civil){ reading->year, reading->month, reading->day, reading->hour,
		reading->minute, reading->second, reading->micros };
	if (reading->hour < 0)
		civil->hour = 0;
	if (reading->minute < 0)
		civil->minute = 0;
	if (reading->second < 0)
		civil->second = 0;
	if (civil->year < 1 || civil->month < 1 || civil->month > 12 || civil->day < 1 ||
		civil->day > days_in_month(civil->year, civil->month))
		return TIME_IMPOSSIBLE;
	if (civil->hour > 23 || civil->minute > 59 || civil->second > 59)
		return TIME_IMPOSSIBLE;
	return TIME_OK;
}

enum time_result
date_read(const char *format, struct slice text, struct moment *moment)
{
	struct reading reading = { .rest = text,
		.year = -1,
		.month = -1,
		.day = -1,
		.hour = -1,
		.hour12 = -1,
		.minute = -1,
		.second = -1,
		.afternoon = -1,
		.moment = moment };
	bool good = true;

	*moment = (struct moment){ 0 };
	for (const char *at = format; *at && good; at++) {
		if (*at != '%' || at[1] == '%')
			good = read_literal(&reading, *at);
		else
			good = read_conversion(&reading, at[1]);
		at += *at == '%';
	}
	if (!good || reading.rest.size > 0)
		return TIME_SYNTAX;
	return settle(&reading);
}

enum time_result
date_read_standard(struct slice text, struct moment *moment)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S",
		"%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d %H:%M%z", "%Y-%m-%d %H:%M", "%Y-%m-%d" };
	enum time_result result = TIME_SYNTAX;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		result = date_read(formats[i], text, moment);
		if (result != TIME_SYNTAX)
			break;
	}
	return result;
}

/* Each conversion at most once, which is a bit here. */
static unsigned
conversion_bit(char conversion)
{
	static const char conversions[] = "YymdebBHIMSpzs";
	const char *found = conversion ? strchr(conversions, conversion) : NULL;

	return found ? 1u << (found - conversions) : 0;
}

#define HAS(conversion) ((seen & conversion_bit(conversion)) != 0)

static const char *
check_parts(unsigned seen, bool *has_time)
{
	*has_time = HAS('H') || HAS('I') || HAS('s');
	if (HAS('s'))
		return seen == conversion_bit('s') ? NULL : "expected %s to stand alone";
	if (HAS('Y') + HAS('y') != 1)
		return "expected one year (%Y or %y)";
	if (HAS('m') + HAS('b') + HAS('B') != 1)
		return "expected one month (%m, %b or %B)";
	if (HAS('d') + HAS('e') != 1)
		return "expected one day (%d or %e)";
	if (HAS('H') && HAS('I'))
		return "expected one hour (%H, or %I with %p)";
	if (HAS('I') != HAS('p'))
		return "expected %I and %p together";
	if ((HAS('M') || HAS('z')) && !*has_time)
		return "expected an hour (%H, or %I with %p)";
	if (HAS('S') && !HAS('M'))
		return "expected minutes (%M)";
	return NULL;
}

const char *
date_format_check(const char *format, bool *has_time)
{
	unsigned seen = 0;
	bool time;

	for (const char *at = format; *at; at++) {
		if (*at != '%')
			continue;
		at++;
		if (*at == '%')
			continue;
		if (conversion_bit(*at) == 0)
			return "expected only %Y %y %m %d %e %b %B %H %I %M %S %p %z %s %%";
		if (seen & conversion_bit(*at))
			return "expected each conversion once";
		seen |= conversion_bit(*at);
	}
	return check_parts(seen, has_time ? has_time : &time);
}

/* ---- back to text --------------------------------------------------------- */

static void
put_number(struct text *text, int number, int digits)
{
	char *place = text_reserve(text, (size_t)digits);

	if (!place)
		return;
	for (int i = digits - 1; i >= 0; i--) {
		place[i] = (char)('0' + number % 10);
		number /= 10;
	}
	text->size += (size_t)digits;
}

static void
put_date(struct text *text, const struct civil *civil)
{
	put_number(text, civil->year, 4);
	text_put_char(text, '-');
	put_number(text, civil->month, 2);
	text_put_char(text, '-');
	put_number(text, civil->day, 2);
}

static void
put_time(struct text *text, const struct civil *civil)
{
	text_put_char(text, 'T');
	put_number(text, civil->hour, 2);
	text_put_char(text, ':');
	put_number(text, civil->minute, 2);
	text_put_char(text, ':');
	put_number(text, civil->second, 2);
	if (civil->micros == 0)
		return;
	text_put_char(text, '.');
	put_number(text, civil->micros, 6);
	while (!text->failed && text->data[text->size - 1] == '0')
		text->size--;
}

static void
put_offset(struct text *text, int32_t seconds)
{
	int minutes = (seconds < 0 ? -seconds : seconds) / 60;

	text_put_char(text, seconds < 0 ? '-' : '+');
	put_number(text, minutes / 60, 2);
	text_put_char(text, ':');
	put_number(text, minutes % 60, 2);
}

void
moment_write_date(const struct moment *moment, struct text *text)
{
	put_date(text, &moment->civil);
}

enum time_result
moment_write(const struct moment *moment, const struct zone *zone, struct text *text)
{
	struct civil civil = moment->civil;
	instant at;

	if (moment->has_offset || !zone) {
		put_date(text, &civil);
		if (!moment->has_time)
			return TIME_OK;
		put_time(text, &civil);
		if (moment->utc)
			text_put_char(text, 'Z');
		else if (moment->has_offset)
			put_offset(text, moment->offset);
		return TIME_OK;
	}
	if (!moment->has_time)
		at = zone_day_start(zone, day_from_civil(civil.year, civil.month, civil.day));
	else if (zone_instant(zone, &civil, &at) == LOCAL_SKIPPED)
		return TIME_SKIPPED;
	zone_civil(zone, at, &civil);
	put_date(text, &civil);
	put_time(text, &civil);
	put_offset(text, zone_offset(zone, at));
	return TIME_OK;
}

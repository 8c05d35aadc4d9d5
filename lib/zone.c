/*
 * zone.c - a time zone: from instants to its local time, and back.
 *
 * Every record asks for its day, so an offset is found without a search: a
 * small index says which span holds the start of each slot of 2^22 seconds
 * (48 days), and hardly ever more than one step is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tz.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo"

enum {
	NAME_MAX_LENGTH = 100,
	FILE_SIZE_MAX = 1 << 20,
	SLOT_BITS = 22,
	SPANS_MAX = UINT16_MAX - 1,
};

/* The index reaches from about 1811 to 3058; spans beyond are walked to. */
#define INDEX_MIN (-INT64_C(5000000000))
#define INDEX_MAX (INT64_C(1) << 35)

/* Years whose instants fit well; what a sum brings beyond is never, or always. */
#define YEAR_LIMIT 290000

struct zone {
	struct tz_table table; /* with one span more at the end, that never begins */
	int32_t offset_max;
	int64_t index_start;
	size_t index_count;
	uint16_t index[];
};

/* ---- loading ----------------------------------------------------------- */

/* Names of the database: no way out of its directory, no hidden files. */
static bool
name_is_plain(struct slice name)
{
	bool at_start = true;

	if (name.size == 0 || name.size > NAME_MAX_LENGTH)
		return false;
	for (size_t i = 0; i < name.size; i++) {
		char c = name.data[i];
		bool letter =
			(c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (at_start && !letter)
			return false;
		if (!letter && !memchr("/_+-.", c, 5))
			return false;
		at_start = c == '/';
	}
	/* "localtime" is in the directory, but is whatever this machine is set to. */
	return !at_start && !slice_equal(name, SLICE("localtime"));
}

static enum loyalty_status
fail_unknown(struct loyalty_error *error, struct slice name)
{
	char shown[NAME_MAX_LENGTH + 1];
	size_t length = name.size < NAME_MAX_LENGTH ? name.size : NAME_MAX_LENGTH;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)name.data[i];

		shown[i] = c < ' ' || c == 0x7f ? '?' : name.data[i];
	}
	shown[length] = '\0';
	return fail(error, LOYALTY_BAD, "unknown time zone '%s'", shown);
}

static enum loyalty_status
fail_open(struct loyalty_error *error, struct slice name)
{
	if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return fail_errno(error, "cannot open time zone");
	if (access(ZONE_DIRECTORY, F_OK) != 0)
		return fail_errno(error, "cannot open '" ZONE_DIRECTORY "'");
	return fail_unknown(error, name);
}

/* Reads a whole file of at most FILE_SIZE_MAX bytes into *bytes, which the caller frees. */
static enum loyalty_status
file_read(int fd, struct slice name, char **bytes, size_t *size, struct loyalty_error *error)
{
	struct stat about;
	ssize_t got;

	if (fstat(fd, &about) != 0)
		return fail_errno(error, "cannot read time zone");
	if (!S_ISREG(about.st_mode) || about.st_size <= 0 || about.st_size > FILE_SIZE_MAX)
		return fail_unknown(error, name);
	*bytes = malloc((size_t)about.st_size);
	if (!*bytes)
		return fail_memory(error);
	for (*size = 0; *size < (size_t)about.st_size; *size += (size_t)got) {
		got = read(fd, *bytes + *size, (size_t)about.st_size - *size);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got < 0)
			return fail_errno(error, "cannot read time zone");
		else if (got == 0)
			break;
	}
	return LOYALTY_OK;
}

static enum loyalty_status
file_load(struct slice name, char **bytes, size_t *size, struct loyalty_error *error)
{
	char path[sizeof(ZONE_DIRECTORY "/") + NAME_MAX_LENGTH];
	enum loyalty_status status;
	int fd;

	if (!name_is_plain(name))
		return fail_unknown(error, name);
	memcpy(path, ZONE_DIRECTORY "/", sizeof(ZONE_DIRECTORY));
	memcpy(path + sizeof(ZONE_DIRECTORY), name.data, name.size);
	path[sizeof(ZONE_DIRECTORY) + name.size] = '\0';
	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return fail_open(error, name);
	status = file_read(fd, name, bytes, size, error);
	close(fd);
	return status;
}

/* Closes the table with a span that never begins. */
static bool
table_close(struct tz_table *table)
{
	struct tz_span *spans;

	spans = realloc(table->spans, (table->count + 1) * sizeof(*spans));
	if (!spans)
		return false;
	spans[table->count] = (struct tz_span){ INT64_MAX, 0 };
	table->spans = spans;
	return true;
}

static void
index_fill(struct zone *zone)
{
	const struct tz_span *spans = zone->table.spans;
	size_t span = 0;

	for (size_t slot = 0; slot < zone->index_count; slot++) {
		int64_t start = zone->index_start + ((int64_t)slot << SLOT_BITS);

		while (spans[span + 1].start <= start)
			span++;
		zone->index[slot] = (uint16_t)span;
	}
}

/* Makes a zone of a table, whose spans it takes over; NULL where memory ran out. */
static struct zone *
zone_new(struct tz_table *table)
{
	int64_t first = table->count > 1 ? table->spans[1].start : 0;
	int64_t last = table->spans[table->count - 1].start;
	struct zone *zone;
	size_t slots;

	first = first < INDEX_MIN ? INDEX_MIN : first > INDEX_MAX ? INDEX_MAX : first;
	last = last < first ? first : last > INDEX_MAX ? INDEX_MAX : last;
	slots = (size_t)((last - first) >> SLOT_BITS) + 2;
	zone = malloc(sizeof(*zone) + slots * sizeof(zone->index[0]));
	if (!zone)
		return NULL;
	if (!table_close(table)) {
		free(zone);
		return NULL;
	}
	zone->table = *table;
	zone->offset_max = table->spans[0].offset;
	for (size_t i = 1; i < table->count; i++)
		if (table->spans[i].offset > zone->offset_max)
			zone->offset_max = table->spans[i].offset;
	zone->index_start = first;
	zone->index_count = slots;
	index_fill(zone);
	return zone;
}

enum loyalty_status
zone_load(struct slice name, struct zone **zone, struct loyalty_error *error)
{
	struct tz_table table = { .spans = NULL };
	enum loyalty_status status;
	char *bytes = NULL;
	size_t size = 0;

	*zone = NULL;
	status = file_load(name, &bytes, &size, error);
	if (status != LOYALTY_OK) {
		free(bytes);
		return status;
	}
	status = tz_table_read((struct slice){ bytes, size }, &table);
	free(bytes);
	if (status == LOYALTY_OK && table.count > SPANS_MAX)
		status = LOYALTY_BAD;
	if (status == LOYALTY_OK) {
		*zone = zone_new(&table);
		if (*zone)
			return LOYALTY_OK;
		status = LOYALTY_MEMORY;
	}
	free(table.spans);
	return status == LOYALTY_MEMORY ? fail_memory(error) : fail_unknown(error, name);
}

void
zone_free(struct zone *zone)
{
	if (!zone)
		return;
	free(zone->table.spans);
	free(zone);
}

/* ---- from an instant to local time --------------------------------------- */

static inline int64_t
seconds_of(instant at)
{
	return at / SECOND_MICROS - (at % SECOND_MICROS < 0);
}

static inline int32_t
day_of(int64_t seconds)
{
	return (int32_t)(seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0));
}

/* What to take off seconds so that they fall into the table. */
static inline int64_t
cycles_beyond(const struct zone *zone, int64_t seconds)
{
	if (seconds < zone->table.repeat)
		return 0;
	return ((seconds - zone->table.repeat) / CYCLE_SECONDS + 1) * CYCLE_SECONDS;
}

/* The span of the table that holds seconds. */
static inline const struct tz_span *
span_at(const struct zone *zone, int64_t seconds)
{
	const struct tz_span *span = zone->table.spans;
	size_t slot;

	if (seconds >= zone->index_start) {
		slot = (size_t)(seconds - zone->index_start) >> SLOT_BITS;
		if (slot >= zone->index_count)
			slot = zone->index_count - 1;
		span += zone->index[slot];
	}
	while (seconds >= span[1].start)
		span++;
	return span;
}

static inline int32_t
offset_at(const struct zone *zone, int64_t seconds)
{
	return span_at(zone, seconds - cycles_beyond(zone, seconds))->offset;
}

int32_t
zone_offset(const struct zone *zone, instant at)
{
	return offset_at(zone, seconds_of(at));
}

int32_t
zone_day(const struct zone *zone, instant at)
{
	int64_t seconds = seconds_of(at);

	return day_of(seconds + offset_at(zone, seconds));
}

void
zone_civil(const struct zone *zone, instant at, struct civil *civil)
{
	int64_t seconds = seconds_of(at);
	int64_t local = seconds + offset_at(zone, seconds);
	int32_t day = day_of(local);
	int of_day = (int)(local - day * DAY_SECONDS);

	civil_from_day(day, civil);
	civil->hour = of_day / 3600;
	civil->minute = of_day / 60 % 60;
	civil->second = of_day % 60;
	civil->micros = (int)((at % SECOND_MICROS + SECOND_MICROS) % SECOND_MICROS);
}

/* ---- from local time to an instant --------------------------------------- */

/* The second since 1970 at which the clock shows local (counted as if it were UTC). */
static enum local_result
local_seconds(const struct zone *zone, int64_t local, int64_t *seconds)
{
	int64_t beyond = cycles_beyond(zone, local);
	const struct tz_span *span;

	local -= beyond;
	/* No span before this one can show that time. */
	span = span_at(zone, local - zone->offset_max);
	while (local - span->offset >= span[1].start) {
		span++;
		if (local - span->offset < span->start) {
			*seconds = span->start + beyond;
			return LOCAL_SKIPPED;
		}
	}
	*seconds = local - span->offset + beyond;
	return local - span[1].offset >= span[1].start ? LOCAL_TWICE : LOCAL_OK;
}

enum local_result
zone_instant(const struct zone *zone, const struct civil *civil, instant *at)
{
	int64_t local = day_from_civil(civil->year, civil->month, civil->day) * DAY_SECONDS +
			civil->hour * 3600 + civil->minute * 60 + civil->second;
	int64_t seconds;
	enum local_result result = local_seconds(zone, local, &seconds);

	*at = seconds * SECOND_MICROS + (result == LOCAL_SKIPPED ? 0 : civil->micros);
	return result;
}

instant
zone_day_start(const struct zone *zone, int32_t day)
{
	int64_t seconds;

	local_seconds(zone, day * DAY_SECONDS, &seconds);
	return seconds * SECOND_MICROS;
}

/* ---- sums ---------------------------------------------------------------- */

/* Adds months to a date, back to the month's end where it is shorter; false: out of range. */
static bool
civil_add_months(struct civil *civil, int64_t months)
{
	int64_t month = (int64_t)civil->year * 12 + civil->month - 1 + months;
	int64_t year = month / 12 - (month % 12 < 0);
	int days;

	if (year < -YEAR_LIMIT || year > YEAR_LIMIT)
		return false;
	civil->year = (int32_t)year;
	civil->month = (int)(month - year * 12) + 1;
	days = days_in_month(civil->year, civil->month);
	if (civil->day > days)
		civil->day = days;
	return true;
}

/* Moves at to the same local time, months and days later; false: out of range. */
static bool
instant_add_days(const struct zone *zone, instant *at, int64_t months, int64_t days)
{
	struct civil civil, date;
	int64_t day;

	zone_civil(zone, *at, &civil);
	if (!civil_add_months(&civil, months))
		return false;
	day = day_from_civil(civil.year, civil.month, civil.day) + days;
	if (day < -YEAR_LIMIT * INT64_C(365) || day > YEAR_LIMIT * INT64_C(365))
		return false;
	civil_from_day((int32_t)day, &date);
	civil.year = date.year;
	civil.month = date.month;
	civil.day = date.day;
	zone_instant(zone, &civil, at);
	return true;
}

instant
zone_add(const struct zone *zone, instant at, struct duration duration, int sign)
{
	int64_t months = (int64_t)duration.months * sign;
	int64_t days = (int64_t)duration.days * sign;
	instant sum = at;

	if (at == INSTANT_NEVER || at == INSTANT_ALWAYS)
		return at;
	if ((months != 0 || days != 0) && !instant_add_days(zone, &sum, months, days))
		return months + days < 0 ? INSTANT_ALWAYS : INSTANT_NEVER;
	if (sign > 0 && __builtin_add_overflow(sum, duration.micros, &sum))
		return duration.micros < 0 ? INSTANT_ALWAYS : INSTANT_NEVER;
	if (sign < 0 && __builtin_sub_overflow(sum, duration.micros, &sum))
		return duration.micros < 0 ? INSTANT_NEVER : INSTANT_ALWAYS;
	return sum;
}

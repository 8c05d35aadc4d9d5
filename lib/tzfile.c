/*
 * tzfile.c - a TZif file (RFC 8536) made into the table of a zone's offsets.
 *
 * The listed changes come first; the footer's rule is carried on for somewhat
 * more than 400 years, after which the calendar, and so the table, repeats.
 */
#include "tz.h"

#include <stdlib.h>

enum {
	HEADER_SIZE = 44,
	TYPE_SIZE = 6,
	OFFSET_MAX = 26 * 3600,
	RULE_YEAR_MIN = 1900, /* for a file with a rule and no listed change */
};

/* Before every time we know; adding an offset to it does not overflow. */
#define TIME_MIN (-(INT64_C(1) << 59))

/* One of the file's two blocks, whose times have 4 or 8 bytes. */
struct block {
	size_t time_size;
	size_t leaps, times, types;
	const unsigned char *data;
	size_t size;
};

static uint32_t
read_32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t
read_time(const unsigned char *p, size_t size)
{
	if (size == 4)
		return (int32_t)read_32(p);
	return (int64_t)((uint64_t)read_32(p) << 32 | read_32(p + 4));
}

/* Reads the header at *bytes and steps over its block. */
static bool
block_take(struct slice *bytes, size_t time_size, struct block *block)
{
	const unsigned char *header = (const unsigned char *)bytes->data;
	size_t indicators, letters;

	if (bytes->size < HEADER_SIZE || memcmp(header, "TZif", 4) != 0)
		return false;
	indicators = (size_t)read_32(header + 20) + read_32(header + 24);
	block->time_size = time_size;
	block->leaps = read_32(header + 28);
	block->times = read_32(header + 32);
	block->types = read_32(header + 36);
	letters = read_32(header + 40);
	block->data = header + HEADER_SIZE;
	block->size = block->times * (time_size + 1) + block->types * TYPE_SIZE + letters +
		      block->leaps * (time_size + 4) + indicators;
	if (block->size > bytes->size - HEADER_SIZE)
		return false;
	bytes->data += HEADER_SIZE + block->size;
	bytes->size -= HEADER_SIZE + block->size;
	return true;
}

/* Appends a span; changes at or after its start, and to the same offset, are none. */
static bool
table_append(struct tz_table *table, int64_t start, int32_t offset)
{
	while (table->count > 1 && table->spans[table->count - 1].start >= start)
		table->count--;
	if (table->count > 0 && table->spans[table->count - 1].offset == offset)
		return true;
	if (table->count == table->capacity) {
		size_t capacity = table->capacity ? table->capacity * 2 : 256;
		struct tz_span *spans = realloc(table->spans, capacity * sizeof(*spans));

		if (!spans)
			return false;
		table->spans = spans;
		table->capacity = capacity;
	}
	table->spans[table->count++] = (struct tz_span){ start, offset };
	return true;
}

static bool
block_offset(const struct block *block, size_t type, int32_t *offset)
{
	const unsigned char *types = block->data + block->times * (block->time_size + 1);

	if (type >= block->types)
		return false;
	*offset = (int32_t)read_32(types + type * TYPE_SIZE);
	return *offset > -OFFSET_MAX && *offset < OFFSET_MAX;
}

static enum loyalty_status
table_add_block(struct tz_table *table, const struct block *block, int64_t *last)
{
	const unsigned char *types = block->data + block->times * block->time_size;
	int32_t offset;

	if (!block_offset(block, 0, &offset))
		return LOYALTY_BAD;
	if (!table_append(table, INT64_MIN, offset))
		return LOYALTY_MEMORY;
	*last = INT64_MIN;
	for (size_t i = 0; i < block->times; i++) {
		int64_t time = read_time(block->data + i * block->time_size, block->time_size);

		if (time <= *last || !block_offset(block, types[i], &offset))
			return LOYALTY_BAD;
		*last = time;
		if (!table_append(table, time < TIME_MIN ? TIME_MIN : time, offset))
			return LOYALTY_MEMORY;
	}
	return LOYALTY_OK;
}

/* Carries the rule on from the last listed change, until the table can repeat. */
static enum loyalty_status
table_add_rule(struct tz_table *table, const struct tz_rule *rule, int64_t last)
{
	struct tz_span changes[2];
	struct civil civil = { .year = RULE_YEAR_MIN };
	int32_t year;

	if (!rule->has_daylight)
		return LOYALTY_OK;
	if (last > INT32_MAX * DAY_SECONDS)
		return LOYALTY_BAD;
	if (last > TIME_MIN)
		civil_from_day((int32_t)(last / DAY_SECONDS), &civil);
	/* Two years at each end are surely the rule's own, whatever hour it names. */
	for (year = civil.year; year < civil.year + CYCLE_YEARS + 4; year++) {
		tz_rule_year(rule, year, changes);
		for (int i = 0; i < 2; i++)
			if (changes[i].start > last &&
				!table_append(table, changes[i].start, changes[i].offset))
				return LOYALTY_MEMORY;
	}
	table->repeat = day_from_civil(civil.year + CYCLE_YEARS + 2, 1, 1) * DAY_SECONDS;
	return LOYALTY_OK;
}

/* The rule stands between two newlines; an empty one says nothing. */
static enum loyalty_status
table_add_footer(struct tz_table *table, struct slice footer, int64_t last)
{
	struct tz_rule rule;
	const char *end;

	if (footer.size < 2 || footer.data[0] != '\n')
		return LOYALTY_BAD;
	footer.data++;
	footer.size--;
	end = memchr(footer.data, '\n', footer.size);
	if (!end)
		return LOYALTY_BAD;
	footer.size = (size_t)(end - footer.data);
	if (footer.size == 0)
		return LOYALTY_OK;
	if (!tz_rule_parse(footer, &rule))
		return LOYALTY_BAD;
	return table_add_rule(table, &rule, last);
}

enum loyalty_status
tz_table_read(struct slice bytes, struct tz_table *table)
{
	bool has_footer = bytes.size > 4 && bytes.data[4] >= '2';
	struct block block;
	enum loyalty_status status;
	int64_t last;

	*table = (struct tz_table){ .repeat = INT64_MAX };
	if (!block_take(&bytes, 4, &block))
		return LOYALTY_BAD;
	if (has_footer && !block_take(&bytes, 8, &block))
		return LOYALTY_BAD;
	/* Such a file's seconds are not those that the rest of the world counts. */
	if (block.leaps != 0)
		return LOYALTY_BAD;
	status = table_add_block(table, &block, &last);
	if (status != LOYALTY_OK || !has_footer)
		return status;
	return table_add_footer(table, bytes, last);
}

/*
 * moments.c - what happens by itself: start-of-month@09:00, birthday-P7D,
 * purchase+P180D.
 */
#include "loader.h"

static struct slice
skip(struct slice text, size_t size)
{
	return (struct slice){ text.data + size, text.size - size };
}

static bool
parse_edge(struct loader *loader, struct slice text, const char *prefix, struct period *period)
{
	size_t size = strlen(prefix);

	if (text.size <= size || memcmp(text.data, prefix, size) != 0)
		return false;
	return parse_period(loader, skip(text, size), period) && period->kind != PERIOD_LIFETIME &&
	       period->kind != PERIOD_ROLLING && period->kind != PERIOD_PURCHASE &&
	       period->kind != PERIOD_BALANCE;
}

/* A moment without offset and clock time. */
static bool
parse_base(struct loader *loader, struct slice text, struct moment *moment)
{
	struct trigger trigger;

	if (slice_equal(text, SLICE("birthday"))) {
		moment->kind = MOMENT_BIRTHDAY;
		return true;
	}
	if (slice_equal(text, SLICE("anniversary"))) {
		moment->kind = MOMENT_ANNIVERSARY;
		return true;
	}
	if (parse_month_day(text, &moment->day)) {
		moment->kind = MOMENT_MONTH_DAY;
		return true;
	}
	if (parse_edge(loader, text, "start-of-", &moment->period)) {
		moment->kind = MOMENT_START_OF;
		return true;
	}
	if (parse_edge(loader, text, "end-of-", &moment->period)) {
		moment->kind = MOMENT_END_OF;
		return true;
	}
	if (!parse_fact(loader, text, &trigger))
		return false;
	moment->kind = MOMENT_FACT;
	moment->clock = clock_of(loader, &trigger);
	return true;
}

/* "+DURATION" or "-DURATION" after a base; names may hold '-' and '+' themselves. */
static bool
parse_offset(struct loader *loader, struct slice text, struct moment *moment)
{
	for (size_t at = text.size; at-- > 1;) {
		struct slice base = { text.data, at };

		if (text.data[at] != '+' && text.data[at] != '-')
			continue;
		if (!duration_parse(skip(text, at + 1), &moment->offset) ||
			duration_is_zero(&moment->offset))
			continue;
		if (parse_base(loader, base, moment)) {
			moment->offset_sign = text.data[at] == '+' ? 1 : -1;
			return true;
		}
	}
	return false;
}

bool
parse_moment(struct loader *loader, struct slice text, struct moment *moment)
{
	struct slice rest = text;
	const char *at = memrchr(text.data, '@', text.size);

	*moment = (struct moment){ .clock = -1 };
	if (at) {
		rest.size = (size_t)(at - text.data);
		moment->has_clock_time = true;
		if (!parse_clock(skip(text, rest.size + 1), &moment->clock_minute))
			return false;
	}
	if (!parse_base(loader, rest, moment) && !parse_offset(loader, rest, moment))
		return false;
	/* The fact's own time is a trigger, and what comes before it cannot be known. */
	if (moment->kind == MOMENT_FACT && moment->offset_sign != 1)
		return false;
	moment->closes = moment->kind == MOMENT_END_OF && moment->offset_sign == 0 &&
			 !moment->has_clock_time;
	moment->name = load_copy(loader, text.data, text.size);
	return true;
}

int
moment_of(struct loader *loader, const struct moment *moment)
{
	struct programme *programme = loader->programme;

	for (int i = 0; i < programme->moment_count; i++) {
		if (slice_equal(programme->moments[i].name, moment->name))
			return i;
	}
	*LOAD_APPEND(loader, programme->moments, programme->moment_count) = *moment;
	return programme->moment_count - 1;
}

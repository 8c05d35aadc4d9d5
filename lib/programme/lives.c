/*
 * lives.c - how long something lasts: P12M, end-of-month+P6M@02:00, forever.
 */
#include "loader.h"

static bool
starts_with(struct slice text, const char *prefix)
{
	return text.size >= strlen(prefix) && memcmp(text.data, prefix, strlen(prefix)) == 0;
}

static struct slice
skip(struct slice text, size_t size)
{
	return (struct slice){ text.data + size, text.size - size };
}

/* Takes "@HH:MM" off the end. false: there is an '@' but no time after it. */
static bool
take_clock(struct slice *text, bool *has_clock, int *minute)
{
	const char *at = memchr(text->data, '@', text->size);
	size_t before = at ? (size_t)(at - text->data) : text->size;

	*has_clock = at != NULL;
	if (!at)
		return true;
	if (!parse_clock(skip(*text, before + 1), minute))
		return false;
	text->size = before;
	return true;
}

/* "end-of-PERIOD" with an optional "+DURATION". */
static bool
parse_end(struct loader *loader, struct slice text, struct life *life)
{
	struct slice period = skip(text, strlen("end-of-"));
	const char *plus;

	life->has_round = true;
	if (parse_period(loader, period, &life->round))
		return true;
	plus = memrchr(period.data, '+', period.size);
	if (!plus)
		return false;
	period.size = (size_t)(plus - period.data);
	return duration_parse(skip(text, (size_t)(plus + 1 - text.data)), &life->then) &&
	       parse_period(loader, period, &life->round);
}

static bool
parse_life(struct loader *loader, struct slice text, struct life *life)
{
	const char *dots = memmem(text.data, text.size, "..", 2);

	*life = (struct life){ .until_clock = -1 };
	if (slice_equal(text, SLICE("forever"))) {
		life->forever = true;
		return true;
	}
	if (!starts_with(text, "end-of-") && !dots)
		return duration_parse(text, &life->first) && !duration_is_zero(&life->first);
	if (!starts_with(text, "end-of-")) {
		struct slice first = { text.data, (size_t)(dots - text.data) };

		text = skip(text, first.size + 2);
		if (!duration_parse(first, &life->first))
			return false;
	}
	return take_clock(&text, &life->has_clock, &life->clock_minute) &&
	       starts_with(text, "end-of-") && parse_end(loader, text, life);
}

bool
load_life(struct loader *loader, const struct node *node, struct life *life)
{
	if (!json_is_string(node->json))
		return load_error(loader, node,
			"expected how long: a duration such as P12M, end-of-month, or forever");
	if (!parse_life(loader, node_text(node), life))
		return load_error(loader, node,
			"expected how long: a duration such as P12M, end-of-month+P6M, or forever, "
			"not '%s'",
			json_string_value(node->json));
	if (life->has_round &&
		(life->round.kind == PERIOD_LIFETIME || life->round.kind == PERIOD_ROLLING ||
			life->round.kind == PERIOD_PURCHASE || life->round.kind == PERIOD_BALANCE))
		return load_error(loader, node, "'%s' has no end", json_string_value(node->json));
	return true;
}

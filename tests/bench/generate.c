/*
 * generate - write a log of purchases for the benchmark: the same seed, the same bytes
 *
 * Purchases are spread evenly over two years (or more), in order of time. Members shop unequally: the member
 * of rank r buys in proportion to 1/sqrt(r), so one in a hundred brings a tenth of all purchases.
 * Only integers are used, so that no machine's libm changes the log.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINE_MAX_BYTES = 256,
	DAYS = 731,     /* 2024 and 2025 */
	YEARS_MAX = 75, /* up to 2099, when a leap year is left out */
	DAY_SECONDS = 86400,
	CENTS_LEAST = 50,
	CENTS_SPREAD = 30000,
};

struct plan {
	uint64_t seed;
	uint64_t purchases;
	uint64_t members;
	uint64_t redeem_percent;
	uint64_t years; /* 0: two */
	bool tick;
};

struct calendar {
	uint64_t day; /* days from 2024-01-01 that `date` stands for */
	char date[sizeof("2024-01-01")];
};

/* splitmix64 (Steele, Lea and Flood 2014) */
static uint64_t
random_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* The top half of the product: x / 2^32 of n, for x below 2^32. */
static uint64_t
scale(uint64_t x, uint64_t n)
{
	return (x * n) >> 32;
}

/* A member's number: low ranks are the good customers, and are spread over all numbers. */
static uint64_t
member_draw(uint64_t *state, uint64_t members)
{
	uint64_t u = random_next(state) >> 32;
	uint64_t rank = scale(scale(u, u), members);

	return (rank * 2654435761u) % members;
}

/* Many small baskets and a few large ones: 0.50 to 300.49, on average 75.50. */
static uint64_t
cents_draw(uint64_t *state)
{
	uint64_t u = random_next(state) >> 32;

	return CENTS_LEAST + scale(scale(u, scale(u, u)), CENTS_SPREAD);
}

static char *
put_text(char *p, const char *text, size_t len)
{
	memcpy(p, text, len);
	return p + len;
}

#define put_literal(p, literal) put_text((p), (literal), sizeof(literal) - 1)

/* At least `width` digits. */
static char *
put_number(char *p, uint64_t n, int width)
{
	char digits[20];
	int len = 0;

	do {
		digits[len++] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	for (; len < width; len++)
		digits[len] = '0';
	while (len > 0)
		*p++ = digits[--len];
	return p;
}

static uint64_t
year_days(uint64_t year)
{
	return year % 4 == 0 ? 366 : 365;
}

static void
calendar_set(struct calendar *calendar, uint64_t day)
{
	static const uint64_t month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t left = day;
	uint64_t year = 2024;
	uint64_t month = 0;
	char *p = calendar->date;

	for (; left >= year_days(year); year++)
		left -= year_days(year);
	for (;; month++) {
		uint64_t length = month_days[month];

		if (month == 1 && year_days(year) == 366)
			length++;
		if (left < length)
			break;
		left -= length;
	}
	p = put_number(p, year, 4);
	*p++ = '-';
	p = put_number(p, month + 1, 2);
	*p++ = '-';
	put_number(p, left + 1, 2);
	calendar->day = day;
}

static char *
put_instant(char *p, struct calendar *calendar, uint64_t second)
{
	uint64_t of_day = second % DAY_SECONDS;

	if (calendar->date[0] == '\0' || second / DAY_SECONDS != calendar->day)
		calendar_set(calendar, second / DAY_SECONDS);
	p = put_text(p, calendar->date, sizeof(calendar->date) - 1);
	*p++ = 'T';
	p = put_number(p, of_day / 3600, 2);
	*p++ = ':';
	p = put_number(p, of_day / 60 % 60, 2);
	*p++ = ':';
	p = put_number(p, of_day % 60, 2);
	*p++ = 'Z';
	return p;
}

static char *
put_head(char *p, struct calendar *calendar, uint64_t second, uint64_t member)
{
	p = put_literal(p, "\",\"at\":\"");
	p = put_instant(p, calendar, second);
	p = put_literal(p, "\",\"member\":\"m");
	return put_number(p, member, 7);
}

static char *
put_purchase(char *p, struct calendar *calendar, uint64_t id, uint64_t second, uint64_t member,
	uint64_t cents)
{
	p = put_literal(p, "{\"type\":\"purchase\",\"id\":\"t-");
	p = put_number(p, id, 8);
	p = put_head(p, calendar, second, member);
	p = put_literal(p, "\",\"amount\":\"");
	p = put_number(p, cents / 100, 1);
	*p++ = '.';
	p = put_number(p, cents % 100, 2);
	return put_literal(p, "\"}\n");
}

static char *
put_redeem(char *p, struct calendar *calendar, uint64_t id, uint64_t second, uint64_t member)
{
	p = put_literal(p, "{\"type\":\"redeem\",\"id\":\"r-");
	p = put_number(p, id, 8);
	p = put_head(p, calendar, second, member);
	return put_literal(p, "\",\"reward\":\"cash-5\"}\n");
}

static bool
log_write(const struct plan *plan, FILE *out)
{
	const uint64_t days = plan->years ? plan->years * 365 : DAYS;
	const uint64_t span = days * DAY_SECONDS;
	struct calendar calendar = { .date = "" };
	uint64_t state = plan->seed;
	char lines[2 * LINE_MAX_BYTES];

	for (uint64_t i = 0; i < plan->purchases; i++) {
		/* 128 bits are not needed: a span is below 2^32, and a count below 2^32. */
		uint64_t second = i * span / plan->purchases;
		uint64_t member = member_draw(&state, plan->members);
		uint64_t cents = cents_draw(&state);
		char *end = put_purchase(lines, &calendar, i + 1, second, member, cents);

		if (random_next(&state) % 100 < plan->redeem_percent)
			end = put_redeem(end, &calendar, i + 1, second, member);
		if (fwrite(lines, 1, (size_t)(end - lines), out) != (size_t)(end - lines))
			return false;
	}
	if (plan->tick &&
		fputs("{\"type\":\"tick\",\"at\":\"2026-01-01T00:00:00Z\"}\n", out) == EOF)
		return false;
	return fflush(out) == 0;
}

static uint64_t
option_number(const char *name, const char *text, uint64_t most)
{
	char *end;
	uintmax_t n;

	errno = 0;
	n = strtoumax(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n > most) {
		fprintf(stderr, "generate: invalid %s '%s'\n", name, text);
		exit(2);
	}
	return n;
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "purchases", required_argument, NULL, 'n' },
		{ "members", required_argument, NULL, 'm' },
		{ "redeem", required_argument, NULL, 'r' },
		{ "years", required_argument, NULL, 'y' },
		{ "tick", no_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	static char buffer[1 << 20];
	struct plan plan = { .seed = 1, .purchases = 2000000 };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			plan.seed = option_number("seed", optarg, UINT64_MAX);
			break;
		case 'n':
			plan.purchases = option_number("purchases", optarg, UINT32_MAX);
			break;
		case 'm':
			plan.members = option_number("members", optarg, UINT32_MAX);
			break;
		case 'r':
			plan.redeem_percent = option_number("redeem", optarg, 100);
			break;
		case 'y':
			plan.years = option_number("years", optarg, YEARS_MAX);
			break;
		case 't':
			plan.tick = true;
			break;
		default:
			fputs("usage: generate [--seed n] [--purchases n] [--members n] "
			      "[--redeem percent] [--years n] [--tick]\n",
				stderr);
			return 2;
		}
	}
	if (plan.members == 0)
		plan.members = plan.purchases / 10 > 0 ? plan.purchases / 10 : 1;
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if (!log_write(&plan, stdout)) {
		perror("generate: write");
		return 4;
	}
	return 0;
}

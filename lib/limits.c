/*
 * limits.c - the room that limits leave.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "firing.h"
#include "fractions.h"

enum { BY_MAX = 16 };

static bool
rolls(const struct limits_asked *asked, int counter)
{
	return asked->engine->programme->counters[counter].period.kind == PERIOD_ROLLING;
}

static instant
counting_time(const struct limits_asked *asked, int counter)
{
	return counter >= 0 && rolls(asked, counter) ? asked->cause->judged : asked->cause->date;
}

static uint64_t
hash_value(const struct limits_asked *asked, const struct value *value, uint64_t seed)
{
	struct slice text = value->text;

	if (value->kind == VALUE_STRING)
		text = value_decoded(value, &asked->engine->scratch);
	/* 1 keeps a value apart from no `by` at all. */
	return XXH3_64bits_withSeed(text.data, text.size, seed + value->kind) | 1;
}

/*
 * The values that a limit counts apart: one for all its fields, or one per element where a
 * field is an array.
 */
static int
by_values(const struct limits_asked *asked, const struct limit *limit, uint64_t *values)
{
	const struct fact *fact = asked->question->fact;
	uint64_t seed = 0;
	int count = 0;

	if (limit->by.count == 0) {
		values[0] = 0;
		return 1;
	}
	for (int i = 0; i < limit->by.count; i++) {
		/* What is no fact has no fields, like a fact that does not state them. */
		static const struct value absent = { .kind = VALUE_ABSENT };
		const struct value *value =
			fact ? record_value(fact->record, limit->by.items[i]) : &absent;
		struct slice rest = value->text;
		struct value element;

		if (value->kind != VALUE_ARRAY) {
			seed = hash_value(asked, value, seed);
			continue;
		}
		while (count < BY_MAX && value_next_element(&rest, &element))
			values[count++] = hash_value(asked, &element, seed);
	}
	if (count == 0)
		values[count++] = seed;
	return count;
}

static void
add_used(const struct room_use *uses, const struct member *member, int limit, int give, uint64_t by,
	struct ratio *used)
{
	for (const struct room_use *use = uses; use; use = use->next)
		if ((!member || use->member == member) && use->limit == limit &&
			use->give == give && use->by == by)
			(void)ratio_add(*used, use->of->exact, used);
}

/* Of a shared limit also what this record gave to another member. */
static struct ratio
used_by_record(const struct limits_asked *asked, int limit, int give, uint64_t by)
{
	bool shared = asked->engine->programme->limits[limit].shared;
	const struct member *member = shared ? NULL : asked->member;
	struct ratio used = RATIO_ZERO;

	add_used(*asked->record_uses, member, limit, give, by, &used);
	if (asked->other_uses)
		add_used(*asked->other_uses, member, limit, give, by, &used);
	return used;
}

/* What a counter of a base has beyond its tally. */
static struct ratio
counted_rest(const struct limits_asked *asked, int counter, uint64_t by)
{
	const struct programme *programme = asked->engine->programme;

	if (counter < 0 || programme->counters[counter].kind != COUNTER_AMOUNT)
		return RATIO_ZERO;
	return fraction_sum(programme, tally_holder(asked->engine, asked->member, counter), counter,
		by, counting_time(asked, counter));
}

/* allowed less what the counter (in parts of 10^-decimals) and this record have. */
static struct ratio
room_of(const struct limits_asked *asked, int limit, int give, int counter, uint64_t by,
	struct ratio allowed, int decimals)
{
	struct ratio rest = counted_rest(asked, counter, by);
	struct ratio used = used_by_record(asked, limit, give, by);
	int64_t counted = 0;
	struct ratio room = allowed;

	if (counter >= 0)
		counted = tally_value(asked->engine->programme,
			tally_holder(asked->engine, asked->member, counter), counter, by,
			counting_time(asked, counter));
	if (!ratio_subtract(room, ratio_of(counted, decimal_power(decimals)), &room) ||
		!ratio_subtract(room, used, &room) ||
		(rest.num && !ratio_subtract(room, rest, &room)))
		engine_overflow(asked->engine, "what a limit has counted");
	if (room.num < 0)
		room = RATIO_ZERO;
	return room;
}

static void
add_use(const struct limits_asked *asked, struct room_use use, struct room_use **uses)
{
	struct room_use *kept = scratch_take(&asked->engine->scratch, sizeof(*kept));
	struct room_use *record = scratch_take(&asked->engine->scratch, sizeof(*record));

	if (!kept || !record) {
		engine_memory(asked->engine);
		return;
	}
	*kept = use;
	kept->of = kept;
	kept->next = *uses;
	*uses = kept;
	*record = use;
	record->of = kept;
	record->next = *asked->record_uses;
	*asked->record_uses = record;
}

struct room_use *
limits_of_purchase(struct room_use *uses)
{
	struct room_use *kept = NULL;
	struct room_use *next;

	for (; uses; uses = next) {
		next = uses->next;
		if (uses->counter >= 0)
			continue;
		uses->next = kept;
		kept = uses;
	}
	return kept;
}

/* A limit per purchase counts this record, and what follows from it. */
static int
kept_counter(const struct limit *limit, int counter)
{
	return limit->period.kind == PERIOD_PURCHASE ? -1 : counter;
}

int64_t
limits_times(const struct limits_asked *asked, struct slice *limited)
{
	const struct programme *programme = asked->engine->programme;
	int64_t least = INT64_MAX;

	for (int i = 0; i < asked->limits->count; i++) {
		int index = asked->limits->items[i];
		const struct limit *limit = &programme->limits[index];
		const struct table *times = table_value(asked->question, limit->times);
		uint64_t values[BY_MAX];
		int count = times ? by_values(asked, limit, values) : 0;

		for (int j = 0; j < count; j++) {
			struct ratio room =
				room_of(asked, index, -1, kept_counter(limit, limit->times_counter),
					values[j], ratio_of(times->count, 1), 0);
			int64_t whole = (int64_t)(room.num / room.den);

			if (whole < least) {
				least = whole;
				*limited = limit->name;
			}
		}
	}
	return least;
}

void
limits_use_times(const struct limits_asked *asked, int64_t times, struct room_use **uses)
{
	const struct programme *programme = asked->engine->programme;

	for (int i = 0; i < asked->limits->count; i++) {
		int index = asked->limits->items[i];
		const struct limit *limit = &programme->limits[index];
		int counter = kept_counter(limit, limit->times_counter);
		uint64_t values[BY_MAX];
		int count = limit->times ? by_values(asked, limit, values) : 0;

		for (int j = 0; j < count; j++)
			add_use(asked,
				(struct room_use){ asked->member, counter, index, -1, values[j],
					counting_time(asked, counter), ratio_of(times, 1), times,
					NULL, NULL, RATIO_ZERO },
				uses);
	}
}

bool
limits_most(const struct limits_asked *asked, int index, int give, struct ratio *room)
{
	const struct programme *programme = asked->engine->programme;
	const struct limit *limit = &programme->limits[index];
	int unit = limit->most.items[give].unit;
	const struct table *most = table_value(asked->question, limit->most.items[give].amount);
	int decimals = programme->units[unit].decimals;
	uint64_t values[BY_MAX];

	if (!most)
		return false;
	by_values(asked, limit, values);
	*room = room_of(asked, index, give, kept_counter(limit, limit->most_counters[give]),
		values[0], ratio_of(most->count, decimal_power(decimals)), decimals);
	return true;
}

void
limits_use_most(const struct limits_asked *asked, int index, int give, struct ratio exact,
	struct room_use **uses)
{
	const struct limit *limit = &asked->engine->programme->limits[index];
	int counter = kept_counter(limit, limit->most_counters[give]);
	uint64_t values[BY_MAX];

	by_values(asked, limit, values);
	add_use(asked,
		(struct room_use){ asked->member, counter, index, give, values[0],
			counting_time(asked, counter), exact, 0, NULL, NULL, RATIO_ZERO },
		uses);
}

bool
limits_amount(const struct limits_asked *asked, int index, struct ratio *room)
{
	const struct limit *limit = &asked->engine->programme->limits[index];
	const struct table *amount = table_value(asked->question, limit->amount);
	int counter = kept_counter(limit, limit->amount_counter);
	uint64_t values[BY_MAX];

	if (!amount)
		return false;
	by_values(asked, limit, values);
	*room = ratio_settled(room_of(asked, index, -2, counter, values[0],
		ratio_of(amount->ratio.num, amount->ratio.den), TALLY_DECIMALS));
	return true;
}

void
limits_use_amount(
	const struct limits_asked *asked, int index, struct ratio exact, struct room_use **uses)
{
	const struct limit *limit = &asked->engine->programme->limits[index];
	int counter = kept_counter(limit, limit->amount_counter);
	uint64_t values[BY_MAX];
	struct ratio rest;
	int64_t counted;

	if (!fraction_split(exact, &counted, &rest)) {
		engine_overflow(asked->engine, "what a limit has counted");
		return;
	}
	by_values(asked, limit, values);
	add_use(asked,
		(struct room_use){ asked->member, counter, index, -2, values[0],
			counting_time(asked, counter), exact, counted, NULL, NULL, rest },
		uses);
}

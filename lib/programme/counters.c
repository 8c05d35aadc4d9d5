/*
 * counters.c - what is counted over a period, each question once; and what a
 * decider has to know that others decide.
 */
#include "loader.h"

static bool
counter_equal(const struct counter *a, const struct counter *b)
{
	return a->kind == b->kind && period_equal(&a->period, &b->period) && a->unit == b->unit &&
	       a->limit == b->limit && a->trigger.kind == b->trigger.kind &&
	       a->trigger.fact == b->trigger.fact && slice_equal(a->trigger.name, b->trigger.name);
}

/* Histories with conditions are told apart by the text of their conditions (histories.c). */
int
counter_of(struct loader *loader, const struct counter *counter)
{
	struct programme *programme = loader->programme;

	for (int i = 0; i < programme->counter_count; i++) {
		const struct counter *other = &programme->counters[i];

		if (counter_equal(other, counter) && other->when == counter->when)
			return i;
	}
	*LOAD_APPEND(loader, programme->counters, programme->counter_count) = *counter;
	return programme->counter_count - 1;
}

int
earned_counter(struct loader *loader, int unit, const struct period *period)
{
	struct counter counter = {
		.kind = COUNTER_EARNED,
		.period = *period,
		.unit = unit,
		.limit = -1,
	};

	return counter_of(loader, &counter);
}

static int
decider_place(enum decider decider)
{
	return __builtin_ctz((unsigned)decider);
}

void
note_reads(struct loader *loader, unsigned reads)
{
	loader->reads[decider_place(loader->decider)] |= reads;
}

void
note_level_read(struct loader *loader, int ladder)
{
	note_reads(loader, READS_LEVEL);
	loader->ladders_read |= UINT64_C(1) << ladder;
}

/*
 * crossing.c - the levels that a purchase is about to reach (policy: crossing new).
 *
 * What the ladders need is worked out first, at the levels as they are; the levels that
 * it leads to are those which tables of all other units read. So no unit both makes a
 * level and is priced by it.
 */
#include "earn.h"
#include "tier.h"

static bool
goes_by_level(const struct rule *rule)
{
	if ((rule->per && rule->per->uses.level) || (rule->basis && rule->basis->uses.level))
		return true;
	for (int i = 0; i < rule->gives.count; i++)
		if (rule->gives.items[i].amount->uses.level)
			return true;
	return false;
}

bool
crossing_matters(const struct programme *programme)
{
	if (programme->policy.crossing != CROSSING_NEW)
		return false;
	for (int i = 0; i < programme->rule_count; i++)
		if (goes_by_level(&programme->rules[i]))
			return true;
	return programme->policy.basis->uses.level;
}

static uint64_t
units_of_level(const struct level *level)
{
	uint64_t units = 0;

	for (int i = 0; i < level->alternative_count; i++)
		for (int j = 0; j < level->alternatives[i].count; j++)
			units |= UINT64_C(1) << level->alternatives[i].items[j].unit;
	return units;
}

uint64_t
crossing_needed(const struct programme *programme)
{
	uint64_t units = 0;

	for (int i = 0; i < programme->ladder_count; i++)
		for (int j = 0; j < programme->ladders[i].level_count; j++)
			units |= units_of_level(&programme->ladders[i].levels[j]);
	return units;
}

const int *
crossing_levels(struct earning *earning)
{
	struct engine *engine = earning->engine;
	const struct programme *programme = engine->programme;
	size_t units = (size_t)programme->unit_count;
	int64_t *gained = scratch_take(&engine->scratch, units * sizeof(*gained));
	int *levels =
		scratch_take(&engine->scratch, (size_t)programme->ladder_count * sizeof(*levels));

	if (!gained || !levels) {
		engine_memory(engine);
		return NULL;
	}
	memset(gained, 0, units * sizeof(*gained));
	for (const struct firing *firing = earning->first; firing; firing = firing->next) {
		const struct rule *rule = &programme->rules[firing->rule];

		if (rule->dry_run || firing->receiver != earning->cause->member)
			continue;
		for (int i = 0; i < rule->gives.count; i++) {
			int64_t *sum = &gained[rule->gives.items[i].unit];

			if (add_overflows(*sum, firing->rounded[i], sum))
				engine_overflow(engine, "what the rules give");
		}
	}
	for (int i = 0; i < programme->ladder_count; i++)
		levels[i] = tier_level_with(engine, earning->cause, i, gained);
	return levels;
}

/*
 * clocks.c - when each happening that a programme waits for last came.
 */
#include "clocks.h"

static bool
is_fact_of(const struct trigger *trigger, const struct entry *entry, struct slice name)
{
	if (entry->type == POSTING_TRANSFERRED &&
		(record_value(entry->record, FIELD_TO)->kind == VALUE_ABSENT ||
			slice_equal(entry->rule, SLICE("merge"))))
		return false;
	if (happening_of(trigger->fact) != trigger->fact)
		return entry->type == happening_of(trigger->fact);
	if (entry->type != trigger->fact)
		return false;
	return trigger->name.size == 0 || slice_equal(trigger->name, name);
}

static bool
starts(const struct programme *programme, const struct trigger *trigger, const struct entry *entry,
	struct slice name)
{
	switch (trigger->kind) {
	case TRIGGER_FACT:
		return is_fact_of(trigger, entry, name);
	case TRIGGER_ACTIVITY:
		return (entry->type == POSTING_EARNED || entry->type == POSTING_REDEEMED) &&
		       (entry->moved >> trigger->index & 1);
	case TRIGGER_REWARD:
		return (entry->type == POSTING_REDEEMED || entry->type == POSTING_ISSUED) &&
		       slice_equal(entry->rule, programme->rewards[trigger->index].id);
	default:
		return false;
	}
}

void
clocks_entry(const struct programme *programme, instant *clocks, const struct entry *entry,
	struct slice name)
{
	for (int i = 0; i < programme->clock_count; i++) {
		if (starts(programme, &programme->clocks[i].trigger, entry, name))
			clocks[i] = entry->at;
	}
}

void
clocks_level(const struct programme *programme, instant *clocks, bool up, instant at)
{
	enum trigger_kind kind = up ? TRIGGER_TIER_UP : TRIGGER_TIER_DOWN;

	for (int i = 0; i < programme->clock_count; i++) {
		if (programme->clocks[i].trigger.kind == kind)
			clocks[i] = at;
	}
}

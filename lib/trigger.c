/*
 * trigger.c - which rules and rewards a cause sets off.
 */
#include "firing.h"

/* Thresholds in (before, after]. */
static int
passed(const struct reach *reach, struct rise rise)
{
	int count = 0;
	int64_t last = reach->thresholds[reach->threshold_count - 1];

	for (int i = 0; i < reach->threshold_count; i++)
		if (reach->thresholds[i] > rise.before && reach->thresholds[i] <= rise.after)
			count++;
	if (reach->every > 0 && rise.after > last) {
		int64_t from = rise.before > last ? (rise.before - last) / reach->every : 0;

		count += (int)((rise.after - last) / reach->every - from);
	}
	return count;
}

int64_t
reach_threshold(const struct programme *programme, const struct cause *cause, int index, int which)
{
	const struct reach *reach = &programme->reaches[index];
	struct rise rise = cause->rises[index];
	int64_t last = reach->thresholds[reach->threshold_count - 1];
	int64_t first;

	for (int i = 0; i < reach->threshold_count; i++)
		if (reach->thresholds[i] > rise.before && reach->thresholds[i] <= rise.after &&
			which-- == 0)
			return reach->thresholds[i];
	first = rise.before > last ? (rise.before - last) / reach->every + 1 : 1;
	return last + (first + which) * reach->every;
}

static bool
is_level_change(const struct cause *cause, bool up)
{
	const struct posting *posting = cause->posting;

	if (!posting || posting->type != POSTING_TIER_CHANGED)
		return false;
	return up ? posting->to > posting->from : posting->to < posting->from;
}

/* A reward was given: by its voucher where it has one, else by the redemption. */
static bool
is_reward(const struct programme *programme, const struct cause *cause, int reward)
{
	const struct posting *posting = cause->posting;
	enum record_type type =
		programme->rewards[reward].voucher ? POSTING_ISSUED : POSTING_REDEEMED;

	return posting && posting->type == type && posting->rule_index == reward;
}

static bool
is_fired(const struct programme *programme, const struct trigger *trigger,
	const struct cause *cause)
{
	switch (trigger->kind) {
	case TRIGGER_FACT:
		if (trigger->fact == FACT_REDEEM)
			return cause->posting && cause->posting->type == POSTING_REDEEMED;
		return cause->fact && trigger_is_fact(trigger, cause->fact);
	case TRIGGER_MOMENT:
		return cause->moment == trigger->index;
	case TRIGGER_TIER_UP:
		return is_level_change(cause, true);
	case TRIGGER_TIER_DOWN:
		return is_level_change(cause, false);
	case TRIGGER_REWARD:
		return is_reward(programme, cause, trigger->index);
	default:
		return false;
	}
}

int
trigger_fires(struct engine *engine, const struct trigger_list *on, const struct cause *cause,
	int *reach)
{
	const struct programme *programme = engine->programme;

	*reach = -1;
	for (int i = 0; i < on->count; i++) {
		const struct trigger *trigger = &on->items[i];
		int count;

		if (trigger->kind != TRIGGER_REACH) {
			if (is_fired(programme, trigger, cause))
				return 1;
			continue;
		}
		if (!cause->rises)
			continue;
		count = passed(&programme->reaches[trigger->index], cause->rises[trigger->index]);
		if (count) {
			*reach = trigger->index;
			return count;
		}
	}
	return 0;
}

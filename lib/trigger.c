/*
 * trigger.c - which rules and rewards a cause sets off.
 */
#include "firing.h"
#include "reach.h"

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
is_fired(
	const struct programme *programme, const struct trigger *trigger, const struct cause *cause)
{
	switch (trigger->kind) {
	case TRIGGER_FACT:
		if (happening_of(trigger->fact) != trigger->fact)
			return cause->posting && posting_carries_out(cause->posting, trigger->fact);
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
	int place, int *reach)
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
		count = reach_count(programme, cause, trigger->index, place);
		if (count > FIRINGS_MAX) {
			engine_firings(engine);
			return 0;
		}
		if (count) {
			*reach = trigger->index;
			return count;
		}
	}
	return 0;
}

/*
 * view.c - what follows from a member's state at an instant: what can be spent,
 * what ends next, how far it is to the next level and the next reward.
 */
#include "view.h"

/* Under `sweep: on-tick` a lot is good until its `expired` is in the ledger. */
static bool
has_ended(const struct programme *programme, const struct view_lot *lot, instant now)
{
	return lot->until <= now && programme->policy.sweep == SWEEP_AT_ONCE;
}

instant
view_next_end(const struct view *view, int unit, instant after, int64_t *ending, bool *overflow)
{
	instant end = INSTANT_NEVER;

	*ending = 0;
	for (int i = 0; i < view->lot_count; i++) {
		const struct view_lot *lot = &view->lots[i];

		if (lot->unit != unit || lot->until <= after || lot->until > end ||
			lot->until == INSTANT_NEVER)
			continue;
		if (lot->until < end)
			*ending = 0;
		end = lot->until;
		*overflow |= add_overflows(*ending, lot->left, ending);
	}
	return end;
}

bool
view_holdings(const struct programme *programme, const struct view *view, int unit, instant now,
	struct holdings *holdings)
{
	bool overflow = false;

	*holdings = (struct holdings){ .usable = view->debts[unit] };
	for (int i = 0; i < view->lot_count; i++) {
		const struct view_lot *lot = &view->lots[i];
		int64_t *into = lot->usable > now ? &holdings->pending : &holdings->usable;

		if (lot->unit == unit && !has_ended(programme, lot, now))
			overflow |= add_overflows(*into, lot->left, into);
	}
	holdings->next_end = view_next_end(view, unit, now, &holdings->ending, &overflow);
	return !overflow;
}

const struct table *
view_table(const struct programme *programme, const struct view *view, const struct table *table,
	instant now)
{
	while (table && table->subject != SUBJECT_NONE) {
		const struct table *found = table->otherwise;
		int64_t value;

		if (table->subject == SUBJECT_LEVEL)
			value = view->levels[table->index];
		else if (table->subject == SUBJECT_DATE)
			value = zone_day(programme->zone, now);
		else
			return NULL;
		for (int i = 0; i < table->key_count; i++) {
			if (table->subject == SUBJECT_LEVEL ? table->keys[i].bound == value
							    : table->keys[i].bound <= value)
				found = table->keys[i].value;
		}
		table = found;
	}
	return table;
}

bool
view_count(const struct programme *programme, const struct view *view, const struct table *table,
	instant now, int64_t *count)
{
	table = view_table(programme, view, table, now);
	if (table)
		*count = table->count;
	return table != NULL;
}

int
view_next_level(const struct programme *programme, const struct view *view, int ladder, instant now)
{
	const struct ladder *levels = &programme->ladders[ladder];

	if (!in_force(levels->from, levels->until, now))
		return -1;
	for (int i = view->levels[ladder] + 1; i < levels->level_count; i++) {
		const struct level *level = &levels->levels[i];

		if (level->alternative_count > 0 && in_force(level->from, level->until, now))
			return i;
	}
	return -1;
}

bool
view_need(const struct programme *programme, const struct view *view, const struct need *need,
	instant now, struct progress *progress)
{
	struct holdings holdings;

	if (!view_count(programme, view, need->amount, now, &progress->goal))
		return false;
	if (need->counter >= 0) {
		progress->have = view->counted[need->counter];
		return view->countable[need->counter];
	}
	if (!view_holdings(programme, view, need->unit, now, &holdings))
		return false;
	progress->have = holdings.usable;
	return true;
}

static void
offer(struct next_reward *next, int reward, struct slice choice, int64_t cost, int64_t usable)
{
	if (cost <= usable || (next->reward >= 0 && cost >= next->cost))
		return;
	*next = (struct next_reward){ reward, choice, cost };
}

void
view_next_reward(const struct programme *programme, const struct view *view, int unit,
	int64_t usable, instant now, struct next_reward *next)
{
	static const struct slice no_choice = { 0 };

	*next = (struct next_reward){ .reward = -1 };
	for (int i = 0; i < programme->reward_count; i++) {
		const struct reward *reward = &programme->rewards[i];
		const struct table *amount;
		int64_t cost;

		if (reward->cost.count != 1 || reward->cost.items[0].unit != unit ||
			!(reward->asked || reward->by_balance) ||
			!in_force(reward->from, reward->until, now))
			continue;
		amount = reward->cost.items[0].amount;
		if (view_count(programme, view, amount, now, &cost))
			offer(next, i, no_choice, cost, usable);
		if (amount->subject != SUBJECT_FIELD || amount->column != FIELD_CHOICE)
			continue;
		for (int key = 0; key < amount->key_count; key++) {
			if (view_count(programme, view, amount->keys[key].value, now, &cost))
				offer(next, i, amount->keys[key].text, cost, usable);
		}
	}
}

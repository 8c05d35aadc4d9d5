/*
 * merge.c - the points of a member who was merged go to who they are now.
 *
 * Each lot goes on living as it did, under another name; pending ones go along, and so does
 * what is owed.
 */
#include "ids.h"
#include "lots.h"
#include "merged.h"
#include "redeem.h"

static const struct slice RULE = { "merge", 5 };

/* Takes everything from a member: what is left of lots, then what is owed. */
static struct posting *
post_taken(struct engine *engine, const struct cause *cause, struct member *from)
{
	int unit_count = engine->programme->unit_count;
	struct posting *posting = transferred_side(engine, cause, from, cause->member, RULE);

	if (!posting || !posting_units(engine, posting, unit_count))
		return NULL;
	posting->lots = scratch_take(&engine->scratch,
		((size_t)from->lot_count + (size_t)unit_count) * sizeof(*posting->lots));
	if (!posting->lots) {
		engine_memory(engine);
		return NULL;
	}
	for (uint32_t i = 0; i < from->lot_count; i++)
		if (from->lots[i].left > 0)
			posting->lots[posting->lot_count++] =
				lot_delta_of(engine, from, &from->lots[i], -from->lots[i].left);
	for (int unit = 0; unit < unit_count; unit++) {
		int64_t owed = member_debt(from, unit);

		posting->units[unit].unit = unit;
		if (owed)
			posting->lots[posting->lot_count++] =
				(struct lot_delta){ DEBT_NAME, unit, owed, 0 };
	}
	for (int i = 0; i < posting->lot_count; i++) {
		int64_t *amount = &posting->units[posting->lots[i].unit].amount;

		if (add_overflows(*amount, posting->lots[i].amount, amount))
			engine_overflow(engine, "what is merged");
	}
	engine_post(engine, cause, posting);
	return posting;
}

/* Hardly ever has the member a lot of that name. */
static struct slice
free_name(struct engine *engine, const struct member *member, struct slice name,
	const struct lot_delta *taken)
{
	struct slice numbered = name;
	struct lot_call call = lot_call_of(name);

	for (int number = 2; engine->status == LOYALTY_OK &&
			     lot_lives(engine->programme, member, numbered, taken->unit, &call);
		number++) {
		numbered = number_id(engine, name, number);
		call = lot_call_of(numbered);
	}
	return numbered;
}

static void
give_lot(struct engine *engine, const struct cause *cause, struct member *from,
	const struct lot_delta *taken)
{
	const struct lot *lot = lot_find_delta(engine->programme, from, taken);
	struct posting *posting = transferred_side(engine, cause, cause->member, NULL, RULE);

	if (!posting)
		return;
	posting->moved->lot =
		free_name(engine, cause->member, merged_lot_name(engine, from, taken->lot), taken);
	transferred_lot(engine, from, lot, -taken->amount, cause->at, posting);
	engine_post(engine, cause, posting);
}

static void
give_debts(struct engine *engine, const struct cause *cause, const struct posting *taken, int first)
{
	int count = taken->lot_count - first;
	struct posting *posting = transferred_side(engine, cause, cause->member, NULL, RULE);

	if (!posting || !posting_units(engine, posting, count))
		return;
	posting->lots = scratch_take(&engine->scratch, (size_t)count * sizeof(*posting->lots));
	if (!posting->lots) {
		engine_memory(engine);
		return;
	}
	for (int i = 0; i < count; i++) {
		posting->lots[i] = taken->lots[first + i];
		posting->lots[i].amount = -posting->lots[i].amount;
		posting->units[i].unit = posting->lots[i].unit;
		posting->units[i].amount = posting->lots[i].amount;
	}
	posting->lot_count = count;
	engine_post(engine, cause, posting);
}

void
merge_decide(struct engine *engine, struct cause *cause)
{
	struct member *from = merged_last(cause->key, cause->member);
	const struct posting *taken = post_taken(engine, cause, from);
	int i = 0;

	while (taken && engine->status == LOYALTY_OK && i < taken->lot_count &&
		!slice_equal(taken->lots[i].lot, DEBT_NAME))
		give_lot(engine, cause, from, &taken->lots[i++]);
	if (taken && i < taken->lot_count)
		give_debts(engine, cause, taken, i);
}

/*
 * apply_lots.c - the part of apply.c for lots and debt: what postings give, take and
 * give back.
 */
#include <stdlib.h>

#include "apply.h"
#include "firing.h"
#include "lots.h"
#include "schedule.h"

struct lot
lot_of_delta(const struct unit_delta *delta, int rule, instant earned, uint32_t number)
{
	return (struct lot){
		.earned = earned,
		.until = delta->until,
		.left = delta->amount,
		.number = number,
		.rule = (int16_t)rule,
		.unit = (uint8_t)delta->unit,
	};
}

void
make_lot_like(struct engine *engine, const struct posting *posting, struct slice name,
	struct lot_call call, const struct unit_delta *delta, const struct lot *like)
{
	struct lot *lot = lot_add(engine, posting->member, name, call, like, delta->usable);

	if (!lot)
		return;
	if (delta->usable != INSTANT_ALWAYS)
		schedule_at(engine, posting->member, delta->usable);
	if (lot->until != INSTANT_NEVER)
		schedule_lot_end(engine, posting->member, lot_end(engine, posting->member, lot));
}

void
make_lot(struct engine *engine, const struct posting *posting, const struct unit_delta *delta,
	int rule)
{
	struct lot like = lot_of_delta(delta, rule, posting->at, lot_next_number(posting->member));

	make_lot_like(engine, posting, posting->id, posting->call, delta, &like);
}

void
add_debt(struct engine *engine, struct member *member, int unit, int64_t amount, int64_t to_waive)
{
	struct member_more *more = more_of(engine, member);
	struct debt *debts;

	if (!more || amount <= 0)
		return;
	for (uint32_t i = 0; i < more->debt_count; i++) {
		struct debt *debt = &more->debts[i];

		if (debt->unit != unit)
			continue;
		if (add_overflows(debt->amount, amount, &debt->amount))
			engine_overflow(engine, "the debt");
		debt->to_waive += to_waive;
		debt->lots_before = member->lots_given;
		return;
	}
	debts = realloc(more->debts, (more->debt_count + 1) * sizeof(*debts));
	if (!debts) {
		engine_memory(engine);
		return;
	}
	more->debts = debts;
	debts[more->debt_count++] = (struct debt){ unit, amount, to_waive, member->lots_given };
}

static void
pay_debt(struct member *member, int unit, int64_t amount, bool waived)
{
	struct member_more *more = member->more;

	for (uint32_t i = 0; more && i < more->debt_count; i++) {
		struct debt *debt = &more->debts[i];

		if (debt->unit != unit)
			continue;
		debt->amount -= amount;
		if (waived)
			debt->to_waive -= amount < debt->to_waive ? amount : debt->to_waive;
		if (debt->amount <= 0)
			*debt = more->debts[--more->debt_count];
		return;
	}
}

void
take_back(struct engine *engine, struct member *member, const struct lot_delta *delta)
{
	struct lot *lot = lot_find(engine->programme, member, delta->lot, delta->unit);
	int64_t share = -delta->amount;
	int64_t dead = 0;

	if (lot) {
		/* One of which nothing was left to know might as well have been dropped. */
		lot->kept = lot_matters(engine->programme, member, lot);
		int64_t paid = share < lot->left ? share : lot->left;

		lot->left -= paid;
		share -= paid;
		dead = share < lot_dead(lot) ? share : lot_dead(lot);
		if (dead)
			lot->rest->dead -= dead;
	}
	add_debt(engine, member, delta->unit, share, dead);
}

/* Nothing of it is known any more, or another has had the name since, of which nothing is left. */
static bool
is_over(const struct engine *engine, const struct member *member, const struct lot *lot,
	const struct lot *like)
{
	bool another = like->number != LOT_NUMBER_UNKNOWN && lot->number != like->number;

	return !lot_matters(engine->programme, member, lot) || (lot->left == 0 && another);
}

void
give_back(struct engine *engine, struct member *member, const struct lot_delta *delta,
	const struct lot *like, instant usable)
{
	struct lot *lot = lot_find(engine->programme, member, delta->lot, delta->unit);

	if (lot && is_over(engine, member, lot, like)) {
		lot_drop(engine, member, lot);
		lot = NULL;
	}
	if (lot) {
		lot->left += delta->amount;
	} else {
		struct lot again = *like;

		again.left = delta->amount;
		again.gone = false;
		lot = lot_put_back(engine, member, delta->lot, &again, usable);
	}
	if (!lot)
		return;
	lot->gone = false;
	member->look_at_ends = true;
	schedule_lot_end(engine, member, lot_end(engine, member, lot));
}

struct lot
lot_of_sale(struct engine *engine, const struct posting *posting, int unit,
	const struct cause *sale, instant *usable)
{
	const struct rule *rule =
		posting->rule_index >= 0 ? &engine->programme->rules[posting->rule_index] : NULL;
	struct unit_delta dates = { unit, 0, INSTANT_ALWAYS, INSTANT_NEVER };

	lot_dates(engine, posting->member, unit, rule, sale, &dates);
	*usable = dates.usable;
	return (struct lot){ .earned = sale->at,
		.until = dates.until,
		.unit = (uint8_t)unit,
		.rule = (int16_t)posting->rule_index,
		.number = LOT_NUMBER_UNKNOWN };
}

void
take_adjustment(struct engine *engine, struct member *member, int unit, int64_t amount, instant now)
{
	uint32_t count;
	uint32_t *order = lots_in_order(engine, member, unit, now, &count);

	for (uint32_t i = 0; i < count && amount > 0; i++) {
		struct lot *lot = &member->lots[order[i]];
		int64_t paid = amount < lot->left ? amount : lot->left;

		lot->left -= paid;
		amount -= paid;
	}
	for (uint32_t i = 0; i < member->lot_count && amount > 0; i++) {
		struct lot *lot = &member->lots[i];
		int64_t paid = amount < lot->left ? amount : lot->left;

		if (lot->unit != unit || lot->gone || lot_usable(lot) <= now)
			continue;
		lot->left -= paid;
		amount -= paid;
	}
	add_debt(engine, member, unit, amount, 0);
}

void
take_lots(struct engine *engine, const struct posting *posting, bool die)
{
	for (int i = 0; i < posting->lot_count; i++) {
		const struct lot_delta *delta = &posting->lots[i];
		struct lot *lot;

		if (slice_equal(delta->lot, DEBT_NAME)) {
			pay_debt(posting->member, delta->unit, delta->amount,
				posting->type == POSTING_WAIVED);
			continue;
		}
		lot = lot_find_delta(engine->programme, posting->member, delta);
		if (!lot) {
			engine_fail(
				engine, LOYALTY_CORRUPT, "lots", "names a lot that is not there");
			return;
		}
		if (add_overflows(lot->left, delta->amount, &lot->left) || lot->left < 0) {
			engine_fail(engine, LOYALTY_CORRUPT, "lots", "takes more than a lot has");
			return;
		}
		if (die) {
			lot_dies(engine, posting->member, lot, -delta->amount);
			lot->gone = posting->type == POSTING_EXPIRED;
		}
	}
}

/*
 * apply.c - what facts and postings change: the only code that writes a member's state.
 */
#include <stdlib.h>
#include <string.h>

#include "clocks.h"
#include "firing.h"
#include "lots.h"
#include "question.h"
#include "redeem.h"
#include "schedule.h"
#include "tier.h"

static struct member_more *
more_of(struct engine *engine, struct member *member)
{
	struct member_more *more = member_more(engine->programme, member);

	if (!more)
		engine_memory(engine);
	return more;
}

/* `at` orders and rolls; `occurred` is what calendar periods count by. */
static instant
counting_time(const struct programme *programme, int counter, const struct cause *cause)
{
	bool rolls = programme->counters[counter].period.kind == PERIOD_ROLLING;

	return rolls ? cause->at : cause->date;
}

static void
add_tally(struct engine *engine, struct member *member, int counter, uint64_t by, instant at,
	int64_t value)
{
	switch (tally_add(engine->programme, member, counter, by, at, value)) {
	case TALLY_OVERFLOW:
		engine_overflow(engine, "what the member earned");
		break;
	case TALLY_MEMORY:
		engine_memory(engine);
		break;
	case TALLY_OK:
		break;
	}
}

/* ---- facts --------------------------------------------------------------- */

bool
trigger_is_fact(const struct trigger *trigger, const struct fact *fact)
{
	const struct value *name;

	if (trigger->kind != TRIGGER_FACT || trigger->fact != fact->type)
		return false;
	if (trigger->name.size == 0)
		return true;
	name = record_value(fact->record, FIELD_NAME);
	return name->kind == VALUE_STRING && slice_equal(name->text, trigger->name);
}

static char *
copy_text(struct engine *engine, struct slice text)
{
	char *copy = malloc(text.size + 1);

	if (!copy) {
		engine_memory(engine);
		return NULL;
	}
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	return copy;
}

static void
set_attribute(struct engine *engine, struct member *member, int index, const struct value *value)
{
	struct member_more *more;
	struct attribute_value *attribute;
	struct slice text = value->text;

	if (value->kind == VALUE_ABSENT)
		return;
	more = more_of(engine, member);
	if (!more)
		return;
	if (value->kind == VALUE_STRING)
		text = value_decoded(value, &engine->scratch);
	attribute = &more->attributes[index];
	free(attribute->text);
	attribute->text = copy_text(engine, text);
	attribute->size = (uint32_t)text.size;
	attribute->kind = attribute->text ? value->kind : VALUE_ABSENT;
}

static void
apply_profile(struct engine *engine, const struct fact *fact)
{
	const struct programme *programme = engine->programme;
	struct member *member = fact->member;
	const struct member *referrer;

	if (fact->birth_month) {
		member->birth_month = fact->birth_month;
		member->birth_day = fact->birth_day;
	}
	if (fact->referrer.size && !slice_equal(fact->referrer, member->key)) {
		referrer = members_find(engine->members, fact->referrer);
		if (referrer)
			member->referrer = referrer->index + 1;
	}
	for (int i = 0; i < programme->attribute_count; i++)
		set_attribute(engine, member, i,
			record_value(fact->record, programme->attributes[i].column));
}

/* A new enrolment after a leave starts bare; lots, debt and vouchers stay. */
static void
start_bare(struct engine *engine, struct member *member, instant at)
{
	const struct programme *programme = engine->programme;
	struct member_more *more = member->more;

	member->left = false;
	member->seen = at;
	member->referrer = 0;
	member->birth_month = member->birth_day = 0;
	tallies_clear(member);
	if (!more)
		return;
	more->carry_count = 0;
	for (int i = 0; i < programme->ladder_count; i++) {
		more->standings[i] = NULL;
	}
	for (int i = 0; i < programme->clock_count; i++)
		more->clocks[i] = INSTANT_ALWAYS;
	more->mark_count = 0;
	for (int i = 0; i < programme->attribute_count; i++)
		more->attributes[i].kind = VALUE_ABSENT;
}

/* Counts the fact for every history counter whose trigger and condition it meets. */
static uint64_t
count_history(struct engine *engine, const struct cause *cause, bool redeemed)
{
	const struct programme *programme = engine->programme;
	uint64_t counted = 0;
	int bit = 0;

	for (int i = 0; i < programme->counter_count; i++) {
		const struct counter *counter = &programme->counters[i];
		struct question question;
		bool is_redeem;

		if (counter->kind != COUNTER_HISTORY)
			continue;
		bit++;
		is_redeem = counter->trigger.kind == TRIGGER_FACT &&
			    counter->trigger.fact == FACT_REDEEM;
		if (is_redeem != redeemed)
			continue;
		if (!redeemed && !trigger_is_fact(&counter->trigger, cause->fact))
			continue;
		question = question_of(engine, cause);
		if (!condition_holds(&question, counter->when))
			continue;
		add_tally(engine, cause->member, i, 0, counting_time(programme, i, cause), 1);
		counted |= UINT64_C(1) << ((bit - 1) & 63);
	}
	return counted;
}

static void
uncount_history(struct engine *engine, struct member *member, const struct past_fact *past)
{
	const struct programme *programme = engine->programme;
	int bit = 0;

	for (int i = 0; past->history && i < programme->counter_count; i++) {
		bool rolls = programme->counters[i].period.kind == PERIOD_ROLLING;

		if (programme->counters[i].kind != COUNTER_HISTORY)
			continue;
		if (past->history >> (bit++ & 63) & 1)
			add_tally(engine, member, i, 0, rolls ? past->at : past_date(past), -1);
	}
}

/* The remembered fact that a cause's fact refers to by `of`. */
struct past_fact *
past_of(struct engine *engine, const struct fact *fact)
{
	if (fact->of.size == 0)
		return NULL;
	return past_find(engine->past, fact->member, fact->of);
}

/* A cancelled purchase gives its vouchers back, their end kept. */
static void
reopen_vouchers(struct engine *engine, const struct fact *fact)
{
	struct member *member = fact->member;

	for (uint32_t i = 0; member->more && i < member->more->voucher_count; i++) {
		struct voucher *voucher = &member->more->vouchers[i];

		if (voucher->state != VOUCHER_USED ||
			!slice_equal(slice_of(voucher->used_by), fact->of))
			continue;
		voucher->state = VOUCHER_OPEN;
		free(voucher->used_by);
		voucher->used_by = NULL;
		member->look_at_ends = true;
		schedule_at(engine, member, voucher->until);
	}
}

static void
apply_cancel(struct engine *engine, const struct fact *fact)
{
	struct past_fact *past = past_of(engine, fact);

	/* A redemption's cancel is loyalty-redeem's to decide. */
	if (!past || past->type == FACT_REDEEM)
		return;
	past->cancelled = true;
	uncount_history(engine, fact->member, past);
	if (past->type == FACT_PURCHASE)
		reopen_vouchers(engine, fact);
}

static void
apply_clocks(struct engine *engine, const struct cause *cause)
{
	const struct programme *programme = engine->programme;
	bool moved = false;

	for (int i = 0; i < programme->clock_count; i++) {
		if (!trigger_is_fact(&programme->clocks[i].trigger, cause->fact) ||
			cause->fact->type == FACT_REDEEM)
			continue;
		clock_move(engine, cause->member, i, cause->at);
		moved = true;
	}
	/* Lots may wait for the fact (usable when delivered), moments may follow it. */
	if (moved && programme->moment_count)
		schedule_refresh(engine, cause->member);
}

static bool
waits_for(struct engine *engine, const struct lot *lot, const struct fact *fact)
{
	const struct programme *programme = engine->programme;
	const struct rule *rule = lot->rule >= 0 ? &programme->rules[lot->rule] : NULL;
	const struct table *pending =
		rule && rule->pending ? rule->pending : programme->units[lot->unit].pending;

	while (pending && pending->subject != SUBJECT_NONE)
		pending = pending->otherwise;
	return pending && pending->life.until_clock >= 0 &&
	       trigger_is_fact(&programme->clocks[pending->life.until_clock].trigger, fact);
}

/* Lots whose pending time ends with this fact. */
static void
release_lots(struct engine *engine, const struct cause *cause)
{
	struct member *member = cause->member;

	for (uint32_t i = 0; i < member->lot_count; i++) {
		struct lot *lot = &member->lots[i];

		if (lot->usable == INSTANT_NEVER && waits_for(engine, lot, cause->fact)) {
			lot->usable = cause->at;
			schedule_lot_end(engine, member, lot_end(engine, member, lot));
		}
	}
}

static void
apply_grant(struct engine *engine, const struct fact *fact)
{
	struct standing *standing = tier_standing(engine, fact->member, fact->ladder);

	if (!standing)
		return;
	standing->granted = fact->level;
	standing->granted_until = fact->until;
	schedule_at(engine, fact->member, fact->until);
}

void
apply_fact(struct engine *engine, const struct cause *cause)
{
	const struct fact *fact = cause->fact;
	struct member *member = cause->member;
	uint64_t counted;

	switch (fact->type) {
	case FACT_ENROL:
		if (member->left)
			start_bare(engine, member, fact->at);
		member->enrolled = fact->at;
		apply_profile(engine, fact);
		schedule_refresh(engine, member);
		break;
	case FACT_PROFILE:
		apply_profile(engine, fact);
		schedule_refresh(engine, member);
		break;
	case FACT_PURCHASE:
		/* Later filters need to know at most when a claim counts. */
		if (fact->id.size && (fact->claimed || !(engine->upstream & DECIDE_EARN)))
			apply_sale(engine, fact);
		break;
	case FACT_RETURN:
		if (engine->upstream & DECIDE_EARN)
			apply_known_return(engine, fact);
		break;
	case FACT_CANCEL:
		apply_cancel(engine, fact);
		break;
	case FACT_GRANT:
		if (fact->level >= 0)
			apply_grant(engine, fact);
		break;
	case FACT_LEAVE:
		member->left = true;
		break;
	default:
		break;
	}
	if (engine->programme->clock_count) {
		apply_clocks(engine, cause);
		release_lots(engine, cause);
	}
	counted = engine->has_history ? count_history(engine, cause, false) : 0;
	if (fact->past)
		fact->past->history = counted;
}

/* ---- postings: units ------------------------------------------------------ */

static void
count_earned(struct engine *engine, struct member *member, int unit, int64_t amount,
	const struct cause *cause)
{
	const struct programme *programme = engine->programme;

	tier_count_terms(member, programme, unit, amount, cause->at);

	for (int i = 0; i < programme->counter_count; i++)
		if (programme->counters[i].kind == COUNTER_EARNED &&
			programme->counters[i].unit == unit)
			add_tally(engine, member, i, 0, counting_time(programme, i, cause), amount);
}

/* A lot for what a posting gives of a unit. */
static void
make_lot(struct engine *engine, const struct posting *posting, const struct unit_delta *delta,
	int rule)
{
	struct lot like = {
		.earned = posting->at,
		.usable = delta->usable,
		.until = delta->until,
		.left = delta->amount,
		.rule = (int16_t)rule,
		.unit = (uint8_t)delta->unit,
	};
	struct lot *lot = lot_add(engine, posting->member, posting->id, &like);

	if (!lot)
		return;
	if (lot->usable != INSTANT_ALWAYS)
		schedule_at(engine, posting->member, lot->usable);
	if (lot->until == INSTANT_BY_RULE || lot->until != INSTANT_NEVER)
		schedule_lot_end(engine, posting->member, lot_end(engine, posting->member, lot));
}

static void
touch_activity(struct engine *engine, struct member *member, int unit, instant at)
{
	const struct programme *programme = engine->programme;

	for (int i = 0; i < programme->clock_count; i++)
		if (programme->clocks[i].trigger.kind == TRIGGER_ACTIVITY &&
			programme->clocks[i].trigger.index == unit)
			clock_move(engine, member, i, at);
}

static bool
makes_lots(const struct engine *engine, int unit)
{
	return engine->keeps_lots && engine->programme->units[unit].spendable;
}

static void
apply_given(
	struct engine *engine, const struct cause *cause, const struct posting *posting, int rule)
{
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];

		if (delta->amount <= 0)
			continue;
		count_earned(engine, posting->member, delta->unit, delta->amount, cause);
		touch_activity(engine, posting->member, delta->unit, posting->at);
		if (makes_lots(engine, delta->unit))
			make_lot(engine, posting, delta, rule);
	}
}

static void
apply_earned(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	apply_given(engine, cause, posting, posting->rule_index);
	if (posting->by && cause->root && cause->root->past)
		cause->root->past->paid_to = posting->member->index + 1;
	if (posting->firing)
		apply_firing(engine, cause, posting);
	else if (posting->plain)
		apply_plain(cause, posting);
	else
		apply_upstream_firing(engine, cause, posting);
}

/* ---- postings: lots and debt ------------------------------------------------ */

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

/* What the lot cannot pay is debt; what of it had died is to be waived. */
static void
take_back(struct engine *engine, struct member *member, const struct lot_delta *delta)
{
	struct lot *lot = lot_find(member, delta->lot, delta->unit);
	int64_t share = -delta->amount;
	int64_t dead = 0;

	if (lot) {
		lot->kept = true;
		int64_t paid = share < lot->left ? share : lot->left;

		lot->left -= paid;
		share -= paid;
		dead = share < lot->dead ? share : lot->dead;
		lot->dead -= dead;
	}
	add_debt(engine, member, delta->unit, share, dead);
}

/* A cancelled return gives back into a lot with the original's dates. */
static void
give_back(struct engine *engine, struct member *member, const struct lot_delta *delta,
	const struct lot *like)
{
	struct lot *lot = lot_find(member, delta->lot, delta->unit);

	if (lot) {
		lot->left += delta->amount;
	} else {
		struct lot again = *like;

		again.left = delta->amount;
		again.dead = 0;
		again.gone = false;
		lot = lot_put_back(engine, member, delta->lot, &again);
	}
	if (!lot)
		return;
	lot->gone = false;
	member->look_at_ends = true;
	schedule_lot_end(engine, member, lot_end(engine, member, lot));
}

/* What a lot was that is not there any more: as its rule makes it, at the time of its sale. */
static struct lot
lot_of_sale(
	struct engine *engine, const struct posting *posting, int unit, const struct cause *sale)
{
	const struct rule *rule =
		posting->rule_index >= 0 ? &engine->programme->rules[posting->rule_index] : NULL;
	struct unit_delta dates = { unit, 0, INSTANT_ALWAYS, INSTANT_NEVER };

	lot_dates(engine, posting->member, unit, rule, sale, &dates);
	return (struct lot){ .earned = sale->at,
		.usable = dates.usable,
		.until = INSTANT_BY_RULE,
		.unit = (uint8_t)unit,
		.rule = (int16_t)posting->rule_index,
		.number = LOT_NUMBER_UNKNOWN };
}

/* A reversal counts when what it reverses counted. */
struct cause
counting_cause(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct past_fact *past = NULL;
	struct cause sale = *cause;

	if (posting->type == POSTING_REVERSED && cause->root)
		past = past_of(engine, cause->root);
	if (past) {
		sale.date = past_date(past);
		if (past->type == FACT_RETURN && past->returned)
			past = past_by_number(cause->root->member, past->returned->sale);
	}
	if (past)
		sale.at = past->at;
	return sale;
}

static void
apply_reversed(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct cause sale = counting_cause(engine, cause, posting);

	for (int i = 0; i < posting->unit_count; i++)
		count_earned(engine, posting->member, posting->units[i].unit,
			posting->units[i].amount, &sale);
	if (engine->keeps_lots)
		for (int i = 0; i < posting->lot_count; i++) {
			const struct lot_delta *delta = &posting->lots[i];
			struct lot like;

			if (delta->amount < 0) {
				take_back(engine, posting->member, delta);
				continue;
			}
			like = lot_of_sale(engine, posting, delta->unit, &sale);
			give_back(engine, posting->member, delta, &like);
		}
	if (posting->reversal)
		apply_reversal(engine, posting);
}

/* Usable lots in the programme's order, then pending ones; the rest is debt. */
static void
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

		if (lot->unit != unit || lot->gone || lot->usable <= now)
			continue;
		lot->left -= paid;
		amount -= paid;
	}
	add_debt(engine, member, unit, amount, 0);
}

static void
apply_adjusted(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];

		count_earned(engine, posting->member, delta->unit, delta->amount, cause);
		if (!makes_lots(engine, delta->unit))
			continue;
		if (delta->amount > 0)
			make_lot(engine, posting, delta, -1);
		else
			take_adjustment(engine, posting->member, delta->unit, -delta->amount,
				cause->judged);
	}
}

/* Takes what a posting names from lots; a lot that died keeps how much. */
static void
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
		lot = lot_find(posting->member, delta->lot, delta->unit);
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
			lot->dead -= delta->amount;
			lot->gone = posting->type == POSTING_EXPIRED;
		}
	}
}

/* ---- postings: rewards --------------------------------------------------------- */

static void
note_redemption_rooms(
	struct engine *engine, const struct posting *posting, struct redemption *redemption)
{
	uint32_t count = 0;

	for (const struct room_use *use = posting->rooms; use; use = use->next)
		count += use->counter >= 0;
	if (!count)
		return;
	redemption->rooms = malloc(count * sizeof(*redemption->rooms));
	if (!redemption->rooms) {
		engine_memory(engine);
		return;
	}
	for (const struct room_use *use = posting->rooms; use; use = use->next)
		if (use->counter >= 0)
			redemption->rooms[redemption->room_count++] =
				(struct room_used){ use->by, use->at, use->amount, use->amount,
					(uint32_t)use->counter, posting->member->index };
}

/* The redeem that a posting carries out, where it may be cancelled later. */
static struct past_fact *
past_redeem(const struct cause *cause)
{
	if (!cause->fact || cause->fact->type != FACT_REDEEM || cause->fact->id.size == 0)
		return NULL;
	return cause->fact->past;
}

void
apply_cancelled_redemption(struct engine *engine, struct member *member, struct past_fact *past)
{
	const struct redemption *redemption = past->redemption;

	past->cancelled = true;
	uncount_history(engine, member, past);
	for (uint32_t i = 0; i < redemption->room_count; i++) {
		const struct room_used *room = &redemption->rooms[i];

		add_tally(engine, members_at(engine->members, room->member), (int)room->counter,
			room->by, room->window, -room->amount);
	}
}

/* What a cancel of the redemption would have to give back. */
static void
remember_redemption(struct engine *engine, const struct posting *posting, struct past_fact *past)
{
	size_t names = 0;
	struct redemption *redemption;

	for (int i = 0; i < posting->lot_count; i++)
		names += posting->lots[i].lot.size;
	redemption =
		calloc(1, sizeof(*redemption) + (size_t)posting->lot_count * sizeof(struct taken));
	if (!redemption || !(redemption->names = malloc(names + 1))) {
		free(redemption);
		engine_memory(engine);
		return;
	}
	redemption->reward = posting->rule_index;
	redemption->taken_count = (uint32_t)posting->lot_count;
	names = 0;
	for (int i = 0; i < posting->lot_count; i++) {
		const struct lot_delta *delta = &posting->lots[i];
		const struct lot *lot = lot_find(posting->member, delta->lot, delta->unit);
		struct taken *taken = &redemption->taken[i];

		if (lot)
			taken->lot = *lot;
		taken->amount = -delta->amount;
		taken->lot.name = (uint32_t)names;
		taken->lot.name_size = (uint16_t)delta->lot.size;
		taken->lot.unit = (uint8_t)delta->unit;
		memcpy(redemption->names + names, delta->lot.data, delta->lot.size);
		names += delta->lot.size;
	}
	past->redemption = redemption;
	note_redemption_rooms(engine, posting, redemption);
}

static void
touch_reward_clocks(struct engine *engine, const struct posting *posting)
{
	const struct programme *programme = engine->programme;

	for (int i = 0; i < programme->clock_count; i++) {
		const struct trigger *trigger = &programme->clocks[i].trigger;

		if ((trigger->kind == TRIGGER_REWARD && trigger->index == posting->rule_index) ||
			(trigger->kind == TRIGGER_FACT && trigger->fact == FACT_REDEEM &&
				posting->type == POSTING_REDEEMED))
			clock_move(engine, posting->member, i, posting->at);
	}
	if (programme->clock_count && programme->moment_count)
		schedule_refresh(engine, posting->member);
}

static void
apply_redeemed(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	const struct programme *programme = engine->programme;
	struct past_fact *past = past_redeem(cause);
	uint64_t counted;

	if (past && !past->redemption)
		remember_redemption(engine, posting, past);
	apply_rooms(engine, posting->member, posting->rooms);
	take_lots(engine, posting, false);
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];

		if (delta->amount < 0)
			touch_activity(engine, posting->member, delta->unit, posting->at);
		else if (delta->amount > 0 && makes_lots(engine, delta->unit))
			make_lot(engine, posting, delta, -1);
	}
	if (programme->clock_count)
		touch_reward_clocks(engine, posting);
	counted = engine->has_history ? count_history(engine, cause, true) : 0;
	if (past)
		past->history |= counted;
}

static void
apply_restored(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct past_fact *past = cause->root ? past_of(engine, cause->root) : NULL;
	const struct redemption *redemption =
		past && past->type == FACT_REDEEM ? past->redemption : NULL;

	for (int i = 0; i < posting->lot_count; i++) {
		const struct lot_delta *delta = &posting->lots[i];
		struct lot like = { .earned = posting->at,
			.usable = INSTANT_ALWAYS,
			.until = INSTANT_BY_RULE,
			.rule = -1,
			.unit = (uint8_t)delta->unit,
			.number = LOT_NUMBER_UNKNOWN };

		for (uint32_t j = 0; redemption && j < redemption->taken_count; j++) {
			const struct taken *taken = &redemption->taken[j];
			struct slice name = { redemption->names + taken->lot.name,
				taken->lot.name_size };

			if (taken->lot.unit == delta->unit && slice_equal(name, delta->lot))
				like = taken->lot;
		}
		give_back(engine, posting->member, delta, &like);
	}
	if (posting->lot_count)
		return;
	for (int i = 0; i < posting->unit_count; i++)
		if (posting->units[i].amount > 0 && makes_lots(engine, posting->units[i].unit))
			make_lot(engine, posting, &posting->units[i], -1);
}

static void
apply_issued(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct member_more *more = more_of(engine, posting->member);
	struct past_fact *past = past_redeem(cause);
	struct voucher *voucher;

	if (!more)
		return;
	if (past && !past->redemption)
		remember_redemption(engine, posting, past);
	apply_rooms(engine, posting->member, posting->rooms);
	if (more->voucher_count == more->voucher_capacity) {
		uint32_t capacity = more->voucher_capacity ? more->voucher_capacity * 2 : 2;
		struct voucher *vouchers = realloc(more->vouchers, capacity * sizeof(*vouchers));

		if (!vouchers) {
			engine_memory(engine);
			return;
		}
		more->vouchers = vouchers;
		more->voucher_capacity = capacity;
	}
	voucher = &more->vouchers[more->voucher_count++];
	*voucher = (struct voucher){
		.id = copy_text(engine, posting->id),
		.id_size = (uint32_t)posting->id.size,
		.reward = (int16_t)posting->rule_index,
		.given = (int16_t)posting->worth.reward,
		.usable = posting->usable,
		.until = posting->has_until ? posting->until : INSTANT_NEVER,
		.cause = copy_text(engine, cause->id),
		.qty = posting->worth.qty,
		.off = posting->worth.off,
		.percent = posting->worth.percent,
		.up_to = posting->worth.up_to,
	};
	schedule_at(engine, posting->member, voucher->until);
	if (engine->programme->clock_count)
		touch_reward_clocks(engine, posting);
}

struct voucher *
voucher_find(struct member *member, struct slice id)
{
	for (uint32_t i = 0; member->more && i < member->more->voucher_count; i++) {
		struct voucher *voucher = &member->more->vouchers[i];

		if (slice_equal((struct slice){ voucher->id, voucher->id_size }, id))
			return voucher;
	}
	return NULL;
}

static void
close_voucher(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct voucher *voucher = voucher_find(posting->member, posting->voucher);

	if (!voucher) {
		engine_fail(
			engine, LOYALTY_CORRUPT, "voucher", "names a voucher that is not there");
		return;
	}
	if (posting->type == POSTING_USED) {
		voucher->state = VOUCHER_USED;
		voucher->used_by = copy_text(engine, cause->id);
	} else {
		voucher->state = posting->type == POSTING_VOIDED ? VOUCHER_VOID : VOUCHER_EXPIRED;
	}
}

/* ---- postings: levels ------------------------------------------------------------ */

static void
touch_level_clocks(struct engine *engine, const struct posting *posting)
{
	const struct programme *programme = engine->programme;
	enum trigger_kind kind = posting->to > posting->from ? TRIGGER_TIER_UP : TRIGGER_TIER_DOWN;

	for (int i = 0; i < programme->clock_count; i++)
		if (programme->clocks[i].trigger.kind == kind)
			clock_move(engine, posting->member, i, posting->at);
}

static void
apply_tier_changed(struct engine *engine, const struct posting *posting)
{
	struct standing *standing = tier_standing(engine, posting->member, posting->rule_index);

	if (!standing)
		return;
	standing->level = posting->to;
	standing->until = posting->until;
	posting->member->look_at_ends = true;
	if (posting->to != posting->from && posting->reason != REASON_LEFT)
		touch_level_clocks(engine, posting);
	/* Ends that depend on the level may have moved nearer. */
	if (engine->keeps_lots && engine->ends_by_level)
		schedule_refresh(engine, posting->member);
}

void
apply_posting(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	switch (posting->type) {
	case POSTING_EARNED:
		apply_earned(engine, cause, posting);
		break;
	case POSTING_REVERSED:
		apply_reversed(engine, cause, posting);
		break;
	case POSTING_ADJUSTED:
		apply_adjusted(engine, cause, posting);
		break;
	case POSTING_TIER_CHANGED:
		apply_tier_changed(engine, posting);
		break;
	case POSTING_REDEEMED:
		apply_redeemed(engine, cause, posting);
		break;
	case POSTING_RESTORED:
		apply_restored(engine, cause, posting);
		break;
	case POSTING_SETTLED:
	case POSTING_WAIVED:
		take_lots(engine, posting, false);
		break;
	case POSTING_ISSUED:
		apply_issued(engine, cause, posting);
		break;
	case POSTING_USED:
	case POSTING_VOIDED:
		close_voucher(engine, cause, posting);
		break;
	case POSTING_EXPIRED:
		if (posting->voucher.size)
			close_voucher(engine, cause, posting);
		take_lots(engine, posting, true);
		break;
	case POSTING_FORFEITED:
		take_lots(engine, posting, true);
		break;
	default:
		break;
	}
}

/*
 * apply.c - what facts and postings change: facts, units and levels, and who carries out
 * which posting. apply_lots.c and apply_rewards.c are the parts for lots and for rewards.
 */
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "clocks.h"
#include "firing.h"
#include "lots.h"
#include "merged.h"
#include "question.h"
#include "recall.h"
#include "schedule.h"
#include "tier.h"

struct member_more *
more_of(struct engine *engine, struct member *member)
{
	struct member_more *more = member_more(engine->programme, member);

	if (!more)
		engine_memory(engine);
	return more;
}

/* `at` rolls, of what ends a period its last instant; calendar periods count by `occurred`. */
static instant
counting_time(const struct programme *programme, int counter, const struct cause *cause)
{
	bool rolls = programme->counters[counter].period.kind == PERIOD_ROLLING;

	return rolls ? cause->judged : cause->date;
}

struct member *
tally_holder(const struct engine *engine, struct member *member, int counter)
{
	const struct counter *counted = &engine->programme->counters[counter];

	if (!engine->everybody || counted->kind == COUNTER_EARNED ||
		counted->kind == COUNTER_HISTORY)
		return member;
	return engine->programme->limits[counted->limit].shared ? engine->everybody : member;
}

void
apply_tally(struct engine *engine, struct member *member, int counter, uint64_t by, instant at,
	int64_t value)
{
	member = tally_holder(engine, member, counter);
	switch (tally_add(
		engine->programme, members_slab(engine->members), member, counter, by, at, value)) {
	case TALLY_OVERFLOW:
		engine_overflow(engine, engine->programme->counters[counter].kind == COUNTER_EARNED
						? "what the member earned"
						: "what a limit has counted");
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

char *
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
	bool by_oneself = fact->named.size &&
			  member_now(engine, members_find(engine->members, fact->named)) == member;

	if (fact->birth_month) {
		member->birth_month = fact->birth_month;
		member->birth_day = fact->birth_day;
	}
	if (fact->named.size && !by_oneself) {
		referrer = members_find(engine->members, fact->named);
		if (referrer)
			member->referrer = referrer->index + 1;
	}
	for (int i = 0; i < programme->attribute_count; i++) {
		int column = programme->attributes[i].column;

		if (column != FIELD_REFERRER || !by_oneself)
			set_attribute(engine, member, i, record_value(fact->record, column));
	}
}

/* Facts of the membership that was left, under whatever key of the member. */
static void
leave_facts(struct member *member)
{
	const struct member *key;

	for (uint32_t i = 0; (key = merged_key(member, i)); i++)
		for (struct past_fact *past = past_next(key, NULL); past;
			past = past_next(key, past))
			past->left = true;
}

/* A new enrolment after a leave starts bare; lots, debt and vouchers stay. */
static void
start_bare(struct engine *engine, struct member *member, instant at)
{
	const struct programme *programme = engine->programme;
	struct member_more *more = member->more;

	member->left = false;
	member->seen = at;
	leave_facts(member);
	member->referrer = 0;
	member->birth_month = member->birth_day = 0;
	tallies_clear(member);
	slab_give(members_slab(engine->members), member->standings, standings_size(programme));
	member->standings = NULL;
	if (!more)
		return;
	more->carry_count = 0;
	more->fraction_count = 0;
	clocks_leave(programme, member);
	more->mark_count = 0;
	for (int i = 0; i < programme->attribute_count; i++)
		more->attributes[i].kind = VALUE_ABSENT;
}

/* Whether the cause is what a trigger means: its fact, or what a posting of it carries out. */
static bool
happens(const struct trigger *trigger, const struct cause *cause, const struct posting *carried_out)
{
	if (happening_of(trigger->fact) != trigger->fact)
		return carried_out && posting_carries_out(carried_out, trigger->fact);
	return !carried_out && trigger_is_fact(trigger, cause->fact);
}

uint64_t
count_history(struct engine *engine, const struct cause *cause, const struct posting *carried_out)
{
	const struct programme *programme = engine->programme;
	uint64_t counted = 0;
	int bit = 0;

	for (int i = 0; i < programme->counter_count; i++) {
		const struct counter *counter = &programme->counters[i];
		struct question question;

		if (counter->kind != COUNTER_HISTORY)
			continue;
		bit++;
		if (!happens(&counter->trigger, cause, carried_out))
			continue;
		question = question_of(engine, cause);
		if (!condition_holds(&question, counter->when))
			continue;
		apply_tally(engine, cause->member, i, 0, counting_time(programme, i, cause), 1);
		counted |= UINT64_C(1) << ((bit - 1) & 63);
	}
	return counted;
}

void
uncount_history(struct engine *engine, struct member *member, const struct past_fact *past)
{
	const struct programme *programme = engine->programme;
	int bit = 0;

	for (int i = 0; past_history(past) && i < programme->counter_count; i++) {
		bool rolls = programme->counters[i].period.kind == PERIOD_ROLLING;

		if (programme->counters[i].kind != COUNTER_HISTORY)
			continue;
		if (past_history(past) >> (bit++ & 63) & 1)
			apply_tally(engine, member, i, 0, rolls ? past->at : past_date(past), -1);
	}
}

/* What was before a new enrolment cannot be named any more. */
static struct past_fact *
past_since_enrolled(const struct engine *engine, const struct member *key, struct slice id)
{
	struct past_fact *past = past_find(engine->past, key, id);

	return past && !past->left ? past : NULL;
}

struct past_fact *
past_called(struct engine *engine, const struct fact *fact, struct slice id, struct member **key)
{
	struct past_fact *past = past_since_enrolled(engine, *key = fact->key, id);
	struct member *other;

	for (uint32_t i = 0; engine->has_merges && !past; i++) {
		other = merged_key(fact->member, i);
		if (!other)
			return NULL;
		past = past_since_enrolled(engine, *key = other, id);
	}
	return past;
}

struct past_fact *
past_of(struct engine *engine, const struct fact *fact, struct member **key)
{
	return fact->of.size ? past_called(engine, fact, fact->of, key) : NULL;
}

struct past_fact *
past_sale(struct engine *engine, const struct past_fact *past, struct member **key)
{
	*key = members_at(engine->members, past->returned->key);
	return past_by_number(*key, past->returned->sale);
}

/* Whether this process needs to know what its sales were. */
static bool
keeps_sales(const struct engine *engine)
{
	return !(engine->upstream & DECIDE_EARN) || recall_later(engine->programme);
}

static void
apply_cancel(struct engine *engine, const struct fact *fact)
{
	struct member *key;
	struct past_fact *past = past_of(engine, fact, &key);

	/* A redemption's cancel is loyalty-redeem's to decide. */
	if (!past || past->type == FACT_REDEEM)
		return;
	past->cancelled = true;
	uncount_history(engine, fact->member, past);
	if (past->type == FACT_RETURN && past->returned && keeps_sales(engine))
		apply_cancelled_return(engine, fact);
	if (past->type == FACT_PURCHASE)
		reopen_vouchers(engine, fact, past, key);
}

static void
apply_clocks(struct engine *engine, const struct cause *cause)
{
	const struct programme *programme = engine->programme;
	bool moved = false;

	for (int i = 0; i < programme->clock_count; i++) {
		if (!trigger_is_fact(&programme->clocks[i].trigger, cause->fact) ||
			happening_of(cause->fact->type) != cause->fact->type)
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
	int clock = lot_waits_for(programme, lot->unit, rule);

	return clock >= 0 && trigger_is_fact(&programme->clocks[clock].trigger, fact);
}

/* Lots whose pending time ends with this fact. */
static void
release_lots(struct engine *engine, const struct cause *cause)
{
	struct member *member = cause->member;

	for (uint32_t i = 0; i < member->lot_count; i++) {
		struct lot *lot = &member->lots[i];

		if (lot_usable(lot) == INSTANT_NEVER && waits_for(engine, lot, cause->fact)) {
			lot->rest->usable = cause->at;
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
		/* Later filters need to know at most when a sale counts that came late, or is claimed. */
		if (fact->id.size && (fact->occurred != fact->at || keeps_sales(engine)))
			apply_sale(engine, fact);
		break;
	case FACT_RETURN:
		if (keeps_sales(engine))
			apply_return(engine, fact);
		else
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
	counted = engine->has_history ? count_history(engine, cause, NULL) : 0;
	if (fact->past)
		past_count_history(fact->past, counted);
}

/* ---- postings: units ------------------------------------------------------ */

static void
count_earned(struct engine *engine, struct member *member, int unit, int64_t amount,
	const struct cause *cause, const int64_t *sale)
{
	const struct programme *programme = engine->programme;

	if (engine->counts_terms)
		tier_count_terms(member, programme, unit, amount, cause->at, sale);
	for (int i = 0; i < programme->counter_count; i++)
		if (programme->counters[i].kind == COUNTER_EARNED &&
			programme->counters[i].unit == unit)
			apply_tally(
				engine, member, i, 0, counting_time(programme, i, cause), amount);
}

void
touch_activity(struct engine *engine, struct member *member, int unit, instant at)
{
	const struct programme *programme = engine->programme;

	for (int i = 0; i < programme->clock_count; i++)
		if (programme->clocks[i].trigger.kind == TRIGGER_ACTIVITY &&
			programme->clocks[i].trigger.index == unit)
			clock_move(engine, member, i, at);
}

static void
apply_given(
	struct engine *engine, const struct cause *cause, const struct posting *posting, int rule)
{
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];

		if (delta->amount <= 0)
			continue;
		count_earned(engine, posting->member, delta->unit, delta->amount, cause, NULL);
		touch_activity(engine, posting->member, delta->unit, posting->at);
		if (makes_lots(engine, delta->unit))
			make_lot(engine, posting, delta, rule);
	}
}

static void
apply_earned(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	apply_given(engine, cause, posting, posting->rule_index);
	if (posting->member != cause->member)
		apply_paid_to(engine, cause, posting->member);
	if (posting->firing)
		apply_firing(engine, cause, posting);
	else if (posting->plain)
		apply_plain(engine, cause, posting);
	else
		apply_upstream_firing(engine, cause, posting);
}

/* A reversal counts when what it reverses counted; *number is which fact that was. */
static struct cause
counting_sale(struct engine *engine, const struct cause *cause, const struct posting *posting,
	int64_t *number)
{
	struct past_fact *past = NULL;
	struct cause sale = *cause;
	struct member *key;

	*number = -1;
	if (posting->type == POSTING_REVERSED && cause->root)
		past = past_of(engine, cause->root, &key);
	if (past) {
		sale.date = past_date(past);
		if (past->type == FACT_RETURN && past->returned)
			past = past_sale(engine, past, &key);
	}
	if (past) {
		sale.at = sale.judged = past->at;
		if (key == posting->member)
			*number = past->number;
	}
	return sale;
}

struct cause
counting_cause(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	int64_t number;

	return counting_sale(engine, cause, posting, &number);
}

static void
apply_reversed(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	int64_t number;
	struct cause sale = counting_sale(engine, cause, posting, &number);

	for (int i = 0; i < posting->unit_count; i++)
		count_earned(engine, posting->member, posting->units[i].unit,
			posting->units[i].amount, &sale, &number);
	if (engine->keeps_lots)
		for (int i = 0; i < posting->lot_count; i++) {
			const struct lot_delta *delta = &posting->lots[i];
			struct lot like;
			instant usable;

			if (delta->amount < 0) {
				take_back(engine, posting->member, delta);
				continue;
			}
			like = lot_of_sale(engine, posting, delta->unit, &sale, &usable);
			give_back(engine, posting->member, delta, &like, usable);
		}
	if (posting->reversal)
		apply_reversal(engine, posting);
	else if (engine->programme->returns_shared_room)
		apply_upstream_reversal(engine, cause, posting);
}

static void
apply_adjusted(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];

		count_earned(engine, posting->member, delta->unit, delta->amount, cause, NULL);
		if (!makes_lots(engine, delta->unit))
			continue;
		if (delta->amount > 0)
			make_lot(engine, posting, delta, -1);
		else
			take_adjustment(engine, posting->member, delta->unit, -delta->amount,
				cause->judged);
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
	case POSTING_TRANSFERRED:
		apply_transferred(engine, cause, posting);
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

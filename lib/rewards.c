/*
 * rewards.c - rewards that are asked for, and those that come by themselves.
 */
#include <stdlib.h>

#include "lots.h"
#include "periods.h"
#include "reach.h"
#include "recall.h"
#include "redeem.h"

/* One reward about to be given. */
struct giving {
	struct engine *engine;
	struct cause *cause;
	const struct reward *reward;
	const struct reward *valued; /* what is worth something: itself, or what a choice names */
	int index;
	struct question question;
	struct basket basket;
	int64_t *cost;            /* per item of reward->cost, for one */
	struct slice choice;      /* JSON text */
	int64_t shown;            /* qty for the posting; 0: not said */
	const struct fact *named; /* the redeem that names the bucket; NULL: none does */
	int reach;                /* that fired it; -1: none */
	int64_t threshold;
	struct room_use *uses;
	struct limits_asked limits;
};

static const struct ratio ONE = { 1, 1 };

static bool
begin(struct giving *giving, struct engine *engine, struct cause *cause, int index)
{
	const struct reward *reward = &engine->programme->rewards[index];

	*giving = (struct giving){
		.engine = engine,
		.cause = cause,
		.reward = reward,
		.valued = reward,
		.index = index,
		.question = question_of(engine, cause),
		.basket = basket_of(engine, cause),
		.reach = -1,
		.uses = engine->reward_uses,
	};
	giving->cost = scratch_take(
		&engine->scratch, (size_t)(reward->cost.count + 1) * sizeof(*giving->cost));
	if (!giving->cost)
		engine_memory(engine);
	return giving->cost != NULL;
}

/* The limits look at the giving that stands still from here on. */
static void
ask_limits(struct giving *giving)
{
	giving->limits = (struct limits_asked){ giving->engine, giving->cause, &giving->question,
		giving->cause->member, &giving->reward->limits, &giving->uses, NULL };
}

static bool
in_force(const struct giving *giving)
{
	return giving->question.date >= giving->reward->from &&
	       giving->question.date < giving->reward->until;
}

/* What one costs; false: no price, and *by_choice says whether a choice would have had one. */
static bool
price(struct giving *giving, bool *by_choice)
{
	const struct unit_amounts *cost = &giving->reward->cost;

	for (int i = 0; i < cost->count; i++) {
		const struct table *amount = table_value(&giving->question, cost->items[i].amount);

		*by_choice = cost->items[i].amount->subject == SUBJECT_FIELD &&
			     cost->items[i].amount->column == FIELD_CHOICE;
		if (!amount)
			return false;
		giving->cost[i] = amount->count;
	}
	return true;
}

/* What can be paid of one unit of the cost. */
static int64_t
has_of(const struct giving *giving, int item)
{
	return payable_from(giving->engine, giving->cause, giving->reward->cost.items[item].unit,
		giving->named);
}

static bool
can_pay(const struct giving *giving, int64_t qty)
{
	for (int i = 0; i < giving->reward->cost.count; i++) {
		int64_t total;

		if (__builtin_mul_overflow(giving->cost[i], qty, &total) ||
			has_of(giving, i) < total)
			return false;
	}
	return true;
}

/* How many can be paid, at most qty. */
static int64_t
affordable(const struct giving *giving, int64_t qty)
{
	for (int i = 0; i < giving->reward->cost.count; i++) {
		int64_t has = has_of(giving, i);
		int64_t count = has > 0 ? has / giving->cost[i] : 0;

		if (count < qty)
			qty = count;
	}
	return qty;
}

/* What is given of a unit, qty times. */
static bool
given_units(const struct giving *giving, const struct reward *reward, int item, int64_t qty,
	int64_t *amount)
{
	const struct table *table = table_value(&giving->question, reward->give.items[item].amount);

	*amount = 0;
	return table && !__builtin_mul_overflow(table->count, qty, amount);
}

/* How many the limits allow, at most qty. */
static int64_t
limited(const struct giving *giving, int64_t qty)
{
	const struct programme *programme = giving->engine->programme;
	struct slice name;
	int64_t room = limits_times(&giving->limits, &name);

	for (int i = 0; i < giving->reward->limits.count; i++) {
		const struct limit *limit = &programme->limits[giving->reward->limits.items[i]];

		for (int j = 0; j < limit->most.count; j++) {
			int unit = limit->most.items[j].unit;
			struct ratio most;

			for (int k = 0; k < giving->valued->give.count; k++) {
				int64_t each, count;

				if (giving->valued->give.items[k].unit != unit ||
					!given_units(giving, giving->valued, k, 1, &each) ||
					each <= 0 ||
					!limits_most(&giving->limits,
						giving->reward->limits.items[i], j, &most) ||
					!ratio_divide(most,
						ratio_of(each,
							decimal_power(
								programme->units[unit].decimals)),
						&most))
					continue;
				count = (int64_t)(most.num / most.den);
				if (count < room)
					room = count;
			}
		}
	}
	return room < qty ? room : qty;
}

/* ---- posting ------------------------------------------------------------------ */

static void
describe(const struct giving *giving, int64_t qty, struct worth *worth)
{
	if (qty != 1)
		worth->qty = qty;
	worth->choice = giving->choice;
	if (giving->valued != giving->reward)
		worth->reward = (int)(giving->valued - giving->engine->programme->rewards);
}

static void
add_given(struct giving *giving, struct posting *posting, int64_t qty)
{
	const struct unit_amounts *give = &giving->valued->give;

	for (int i = 0; i < give->count; i++) {
		struct unit_delta *delta = &posting->units[posting->unit_count];

		delta->unit = give->items[i].unit;
		if (!given_units(giving, giving->valued, i, qty, &delta->amount)) {
			engine_overflow(giving->engine, "what a reward gives");
			return;
		}
		lot_dates(giving->engine, giving->cause->member, delta->unit, NULL, giving->cause,
			delta);
		posting->unit_count++;
	}
}

static int
compare_units(const void *left, const void *right)
{
	const struct unit_delta *a = left;
	const struct unit_delta *b = right;

	return (a->unit > b->unit) - (a->unit < b->unit);
}

static void
post_redeemed(struct giving *giving, int64_t qty, const struct room_use *rooms)
{
	struct engine *engine = giving->engine;
	const struct reward *reward = giving->reward;
	struct posting *posting = engine_posting(engine, giving->cause, POSTING_REDEEMED,
		giving->cause->member, reward->id, giving->index);
	struct worth *worth = posting_worth(engine, posting);

	if (!worth || !payment_room(engine, giving->cause, posting,
			      reward->cost.count + giving->valued->give.count + 1))
		return;
	for (int unit = 0; unit < engine->programme->unit_count; unit++)
		for (int i = 0; i < reward->cost.count; i++)
			if (reward->cost.items[i].unit == unit)
				pay_from(engine, giving->cause, posting, unit,
					giving->cost[i] * qty, giving->named);
	describe(giving, giving->shown, worth);
	posting->reached = giving->reach;
	posting->rooms = rooms;
	if (!reward->voucher) {
		worth_on_basket(
			&giving->question, giving->valued, NULL, &giving->basket, qty, ONE, worth);
		add_given(giving, posting, qty);
	}
	qsort(posting->units, (size_t)posting->unit_count, sizeof(*posting->units), compare_units);
	engine_post(engine, giving->cause, posting);
}

static void
post_issued(struct giving *giving, int64_t qty, const struct room_use *rooms)
{
	struct engine *engine = giving->engine;
	const struct voucher_terms *terms = giving->reward->voucher;
	const struct table *life = table_value(&giving->question, terms->life);
	const struct table *pending = table_value(&giving->question, terms->pending);
	struct member *member = giving->cause->member;
	struct posting *posting = engine_posting(
		engine, giving->cause, POSTING_ISSUED, member, giving->reward->id, giving->index);
	struct worth *worth = posting_worth(engine, posting);

	if (!worth)
		return;
	describe(giving, qty, worth);
	worth_at_issue(&giving->question, giving->valued, qty, worth);
	if (pending)
		posting->usable =
			pending_end(engine->programme, member, &pending->life, giving->cause->at);
	if (life)
		posting->until =
			life_end(engine->programme, member, &life->life, giving->cause->at);
	posting->has_until = posting->until != INSTANT_NEVER;
	posting->rooms = rooms;
	posting->reached = giving->reach;
	posting->threshold = giving->threshold;
	engine_post(engine, giving->cause, posting);
}

/* What the reward gives counts where a limit is by units. */
static void
use_most(struct giving *giving, int64_t qty, struct room_use **rooms)
{
	const struct programme *programme = giving->engine->programme;
	const struct unit_amounts *give = &giving->valued->give;

	for (int i = 0; i < giving->reward->limits.count; i++) {
		int index = giving->reward->limits.items[i];
		const struct unit_amounts *most = &programme->limits[index].most;

		for (int j = 0; j < most->count; j++)
			for (int k = 0; k < give->count; k++) {
				int decimals = programme->units[most->items[j].unit].decimals;
				int64_t amount;

				if (give->items[k].unit != most->items[j].unit ||
					!given_units(giving, giving->valued, k, qty, &amount))
					continue;
				limits_use_most(&giving->limits, index, j,
					ratio_of(amount, decimal_power(decimals)), rooms);
				if (*rooms)
					(*rooms)->amount = amount;
			}
	}
}

/* One redemption: what is paid, what is given, and the voucher where it is one. */
static void
give(struct giving *giving, int64_t qty)
{
	bool redeems = giving->reward->cost.count > 0 || !giving->reward->voucher;
	struct room_use *rooms = NULL;

	limits_use_times(&giving->limits, qty, &rooms);
	use_most(giving, qty, &rooms);
	if (redeems)
		post_redeemed(giving, qty, rooms);
	if (giving->reward->voucher)
		post_issued(giving, qty, redeems ? NULL : rooms);
	/* Applied by now: the next asks the tallies. */
	giving->uses = giving->engine->reward_uses = limits_of_purchase(giving->uses);
}

/* ---- asked for ------------------------------------------------------------------- */

static int
find_reward(const struct programme *programme, struct slice id)
{
	int reward = reward_index(programme, id);

	return reward >= 0 && programme->rewards[reward].asked ? reward : -1;
}

static bool
is_choice(const struct reward *reward, struct slice name, int *chosen)
{
	for (int i = 0; i < reward->choose_count; i++)
		if (slice_equal(reward->choose[i].name, name)) {
			*chosen = reward->choose[i].reward;
			return true;
		}
	return false;
}

/* `choice` names as many different ones as `count` says. */
static bool
read_choice(struct giving *giving)
{
	struct scratch *scratch = &giving->engine->scratch;
	const struct value *value = record_value(giving->cause->fact->record, FIELD_CHOICE);
	struct slice rest = value->text;
	struct value element = *value;
	struct slice names[16];
	int count = 0;
	int chosen = -1;

	while (value->kind == VALUE_STRING ? count == 0 : value_next_element(&rest, &element)) {
		struct slice name;

		if (element.kind != VALUE_STRING || count == 16)
			return false;
		name = value_decoded(&element, scratch);
		for (int i = 0; i < count; i++)
			if (slice_equal(names[i], name))
				return false;
		if (!is_choice(giving->reward, name, &chosen))
			return false;
		names[count++] = name;
	}
	if (count != giving->reward->count)
		return false;
	if (chosen >= 0)
		giving->valued = &giving->engine->programme->rewards[chosen];
	return true;
}

static struct slice
quoted(struct engine *engine, const struct value *value)
{
	struct slice text = value_decoded(value, &engine->scratch);
	char *buffer = scratch_take(&engine->scratch, 6 * text.size + 2);
	size_t size;

	if (!buffer) {
		engine_memory(engine);
		return SLICE("");
	}
	buffer[0] = '"';
	size = json_escape(text, buffer + 1);
	buffer[size + 1] = '"';
	return (struct slice){ buffer, size + 2 };
}

/* The choice that the fact states, as postings write what they say. */
static void
keep_choice(struct giving *giving)
{
	struct engine *engine = giving->engine;
	const struct value *value = record_value(giving->cause->fact->record, FIELD_CHOICE);
	struct slice rest = value->text;
	struct slice choice = SLICE("[");
	struct value name;

	if (value->kind == VALUE_STRING)
		giving->choice = quoted(engine, value);
	if (value->kind != VALUE_ARRAY)
		return;
	while (value_next_element(&rest, &name))
		choice = scratch_join(&engine->scratch, choice,
			choice.size > 1 ? SLICE(",") : SLICE(""), quoted(engine, &name), SLICE(""));
	giving->choice = scratch_join(&engine->scratch, choice, SLICE("]"), SLICE(""), SLICE(""));
}

/* How many are asked for; 0: the points are no whole multiple. */
static int64_t
asked_quantity(const struct giving *giving)
{
	const struct fact *fact = giving->cause->fact;
	int64_t whole;

	if (!fact->has_points)
		return fact->qty;
	if (giving->reward->cost.count == 0)
		return 0;
	whole = fact->points / giving->cost[0];
	if (whole * giving->cost[0] != fact->points &&
		giving->engine->programme->policy.if_short == IF_SHORT_REFUSE)
		return 0;
	return whole;
}

static void
refuse_short(struct giving *giving, int64_t qty)
{
	struct engine *engine = giving->engine;
	const struct unit_amounts *cost = &giving->reward->cost;
	struct posting *posting = engine_posting(engine, giving->cause, POSTING_REFUSED,
		giving->cause->member, giving->reward->id, -1);

	posting->why = SLICE("balance");
	if (!posting_units(engine, posting, cost->count + 1))
		return;
	posting->unit_count = 0;
	for (int unit = 0; unit < engine->programme->unit_count; unit++)
		for (int i = 0; i < cost->count; i++) {
			int64_t has, total, missing;

			if (cost->items[i].unit != unit)
				continue;
			has = has_of(giving, i);
			if (__builtin_mul_overflow(giving->cost[i], qty, &total) ||
				__builtin_sub_overflow(total, has, &missing)) {
				engine_overflow(engine, "what is asked for");
				return;
			}
			if (missing > 0)
				posting->units[posting->unit_count++] = (struct unit_delta){ unit,
					missing, INSTANT_ALWAYS, INSTANT_NEVER };
		}
	engine_post(engine, giving->cause, posting);
	giving->cause->refused = true;
}

static void
refuse(struct giving *giving, struct slice why)
{
	engine_refuse(giving->engine, giving->cause, giving->reward->id, why);
	giving->cause->refused = true;
}

/* Everything but the balance; size 0: nothing is against it. */
static struct slice
refusal(struct giving *giving, int64_t *qty)
{
	bool by_choice = false;
	bool priced;

	if (!in_force(giving))
		return SLICE("not-in-force");
	if (giving->reward->choose_count && !read_choice(giving))
		return SLICE("unknown-choice");
	priced = price(giving, &by_choice);
	*qty = priced ? asked_quantity(giving) : 0;
	giving->question.qty = *qty;
	if (!condition_holds(&giving->question, giving->reward->when))
		return SLICE("not-met");
	if (!giving->reward->voucher) {
		struct worth worth = WORTH_NONE;

		if (!worth_on_basket(&giving->question, giving->valued, NULL, &giving->basket, 1,
			    ONE, &worth))
			return SLICE("not-met");
	}
	if (!priced)
		return by_choice ? SLICE("unknown-choice") : SLICE("no-price");
	return *qty ? SLICE("") : SLICE("step");
}

static void
ask_points_alone(struct engine *engine, struct cause *cause)
{
	const struct fact *fact = cause->fact;
	const struct fact *named = fact->has_bucket ? fact : NULL;
	int64_t has = payable_from(engine, cause, fact->unit, named);
	bool clamp = engine->programme->policy.if_short == IF_SHORT_CLAMP;
	bool enough = has >= fact->points || (clamp && has > 0);
	int64_t missing;
	struct posting *posting = engine_posting(engine, cause,
		enough ? POSTING_REDEEMED : POSTING_REFUSED, cause->member, SLICE("redeem"), -1);

	if (!payment_room(engine, cause, posting, 1))
		return;
	if (enough) {
		pay_from(engine, cause, posting, fact->unit,
			has < fact->points ? has : fact->points, named);
	} else if (__builtin_sub_overflow(fact->points, has, &missing)) {
		engine_overflow(engine, "what is asked for");
	} else {
		cause->refused = true;
		posting->why = SLICE("balance");
		posting->units[posting->unit_count++] =
			(struct unit_delta){ fact->unit, missing, INSTANT_ALWAYS, INSTANT_NEVER };
	}
	engine_post(engine, cause, posting);
}

void
reward_ask(struct engine *engine, struct cause *cause)
{
	bool clamp = engine->programme->policy.if_short == IF_SHORT_CLAMP;
	struct giving giving;
	struct slice why;
	int64_t qty = 0;
	int64_t possible;
	int index;

	if (cause->fact->reward.size == 0) {
		ask_points_alone(engine, cause);
		return;
	}
	index = find_reward(engine->programme, cause->fact->reward);
	if (index < 0) {
		engine_refuse(engine, cause, cause->fact->reward, SLICE("unknown-reward"));
		cause->refused = true;
		return;
	}
	if (!begin(&giving, engine, cause, index))
		return;
	giving.named = cause->fact->has_bucket ? cause->fact : NULL;
	ask_limits(&giving);
	why = refusal(&giving, &qty);
	if (why.size) {
		refuse(&giving, why);
		return;
	}
	possible = limited(&giving, qty);
	if (possible < qty && (!clamp || possible < 1)) {
		refuse(&giving, SLICE("limit"));
		return;
	}
	if (clamp) {
		possible = worth_of_use(&giving.question, giving.valued, &giving.basket, possible);
		qty = affordable(&giving, possible);
	}
	if (qty < 1 || !can_pay(&giving, qty)) {
		refuse_short(&giving, qty < 1 ? 1 : qty);
		return;
	}
	keep_choice(&giving);
	giving.shown = qty;
	give(&giving, qty);
}

/* ---- by themselves -------------------------------------------------------------- */

static bool
pays_by_buckets(const struct giving *giving)
{
	const struct unit_amounts *cost = &giving->reward->cost;

	for (int i = 0; i < cost->count; i++)
		if (giving->engine->programme->units[cost->items[i].unit].has_bucket)
			return true;
	return false;
}

/* One after the other. Of buckets, count is not known: only that it is at most so many. */
static void
give_often(struct giving *giving, int64_t count)
{
	struct engine *engine = giving->engine;

	if (count > FIRINGS_MAX && !pays_by_buckets(giving))
		engine_firings(engine);
	for (int64_t i = 0; i < count && engine->status == LOYALTY_OK && can_pay(giving, 1); i++) {
		if (i == FIRINGS_MAX)
			engine_firings(engine);
		else
			give(giving, 1);
	}
}

/* Once, or with a cost as often as the balance and the limits allow. Did it fire? */
static bool
fire(struct engine *engine, struct cause *cause, int index, int reach)
{
	struct giving giving;
	bool by_choice, as_one;
	int64_t count = 1;

	if (!begin(&giving, engine, cause, index) || !in_force(&giving))
		return false;
	ask_limits(&giving);
	/* The balance is the cheapest to ask, and the usual answer. */
	if (!price(&giving, &by_choice))
		return false;
	if (giving.reward->cost.count)
		count = affordable(&giving, INT64_MAX);
	if (count < 1 || !condition_holds(&giving.question, giving.reward->when))
		return false;
	giving.reach = reach;
	if (reach >= 0)
		giving.threshold = reach_threshold(
			engine->programme, cause, reach, engine->programme->rule_count + index, 0);
	if (!giving.reward->voucher) {
		struct worth worth = WORTH_NONE;

		if (!worth_on_basket(
			    &giving.question, giving.reward, NULL, &giving.basket, 1, ONE, &worth))
			return false;
	}
	as_one = giving.reward->voucher && giving.reward->voucher->as_one;
	/* Buckets pay one after the other: how often shows as they do. */
	count = limited(&giving, pays_by_buckets(&giving) && !as_one ? INT64_MAX : count);
	if (count < 1)
		return false;
	giving.shown = 1;
	if (as_one) {
		give(&giving, count);
		return true;
	}
	give_often(&giving, count);
	return true;
}

void
rewards_by_themselves(struct engine *engine, struct cause *cause)
{
	const struct programme *programme = engine->programme;
	struct recall *noted = recall_of(cause);
	struct question question = question_of(engine, cause);
	bool fired = false;

	for (int i = 0; i < programme->reward_count && engine->status == LOYALTY_OK; i++) {
		const struct reward *reward = &programme->rewards[i];
		int place = programme->rule_count + i;
		int reach;
		int times = trigger_fires(engine, &reward->on, cause, place, &reach);

		if (times && noted)
			recall_note(noted, &question, reward->asks);
		while (times-- > 0)
			if (fire(engine, cause, i, reach) && reach >= 0)
				apply_reach(engine, cause, reach, place,
					reach_threshold(programme, cause, reach, place, 0));
		if (reward->by_balance && fire(engine, cause, i, REACHED_BY_BALANCE))
			fired = true;
	}
	while (fired && engine->status == LOYALTY_OK) {
		fired = false;
		for (int i = 0; i < programme->reward_count; i++)
			if (programme->rewards[i].by_balance &&
				fire(engine, cause, i, REACHED_BY_BALANCE))
				fired = true;
	}
}

/*
 * engine.c - causes, groups and the agenda.
 */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "earn.h"
#include "firing.h"
#include "ids.h"
#include "lots.h"
#include "merged.h"
#include "periods.h"
#include "question.h"
#include "reach.h"
#include "replay.h"
#include "schedule.h"
#include "tier.h"

/* ---- failures ---------------------------------------------------------- */

void
engine_fail(struct engine *engine, enum loyalty_status code, const char *path, const char *text)
{
	if (engine->status == LOYALTY_OK)
		engine->status = fail_at(engine->error, code, path, "%s", text);
}

void
engine_overflow(struct engine *engine, const char *what)
{
	char text[128];

	strcpy(text, what);
	strcat(text, " would be too large to be counted");
	engine_fail(engine, LOYALTY_BAD, "", text);
}

void
engine_firings(struct engine *engine)
{
	char text[128];

	snprintf(text, sizeof(text), "a rule or reward would fire more than %d times at once",
		FIRINGS_MAX);
	engine_fail(engine, LOYALTY_BAD, "", text);
}

void
engine_memory(struct engine *engine)
{
	if (engine->status == LOYALTY_OK)
		engine->status = fail_memory(engine->error);
}

/* ---- making ------------------------------------------------------------ */

static void
find_reactions(struct engine *engine)
{
	const struct programme *programme = engine->programme;
	bool *reactive = engine->reactive;
	bool units_react = programme->reach_count > 0;

	for (int i = 0; i < programme->rule_count + programme->reward_count; i++) {
		bool is_rule = i < programme->rule_count;
		const struct trigger_list *on =
			is_rule ? &programme->rules[i].on
				: &programme->rewards[i - programme->rule_count].on;

		for (int j = 0; j < on->count; j++) {
			const struct trigger *trigger = &on->items[j];

			if (trigger->kind == TRIGGER_TIER_UP || trigger->kind == TRIGGER_TIER_DOWN)
				reactive[POSTING_TIER_CHANGED] = true;
			if (trigger->kind == TRIGGER_REWARD) {
				reactive[POSTING_REDEEMED] = true;
				reactive[POSTING_ISSUED] = true;
			}
			if (trigger->kind == TRIGGER_FACT &&
				(is_rule || trigger->fact != FACT_REDEEM))
				reactive[happening_of(trigger->fact)] = true;
			if (is_rule && programme->rules[i].to_referrer &&
				trigger->kind == TRIGGER_FACT)
				engine->referrals[trigger->fact] = true;
		}
	}
	for (int i = 0; i < programme->ladder_count; i++) {
		const struct ladder *ladder = &programme->ladders[i];

		if (ladder->on_balance)
			units_react = engine->balance_ladder = true;
		if (ladder->counts_terms || ladder->counts_at_reach)
			engine->counts_terms = true;
	}
	/* Lots that come after a group has looked at debts pay them in the next one. */
	reactive[POSTING_RESTORED] = reactive[POSTING_TRANSFERRED] = true;
	reactive[POSTING_SETTLED] = true;
	reactive[POSTING_WAIVED] = true;
	/* A return gives lots back behind other postings, whose groups come first then. */
	if (programme->policy.returns_share || programme->policy.recheck & RECHECK_REWARDS)
		units_react = true;
	for (int i = 0; i < programme->reward_count; i++) {
		const struct reward *reward = &programme->rewards[i];

		if (reward->give.count)
			reactive[POSTING_REDEEMED] = true;
		if (reward->by_balance || reward->on.count)
			engine->gives_by_itself = true;
	}
	for (int type = 0; units_react && type < RECORD_TYPES; type++)
		if (is_posting((enum record_type)type) && type != POSTING_REFUSED &&
			type != POSTING_TRIED)
			reactive[type] = true;
}

static bool
has_plain_rules(const struct programme *programme)
{
	bool plain = true;

	for (int i = 0; i < programme->rule_count; i++)
		plain = plain && json_plain(programme->rules[i].id);
	for (int i = 0; i < programme->reward_count; i++)
		plain = plain && json_plain(programme->rewards[i].id);
	for (int i = 0; i < programme->ladder_count; i++)
		plain = plain && json_plain(programme->ladders[i].id);
	return plain;
}

static void
find_features(struct engine *engine)
{
	const struct programme *programme = engine->programme;

	engine->plain_rules = has_plain_rules(programme);
	engine->crosses = crossing_matters(programme);
	engine->needed = crossing_needed(programme);
	engine->plain_gives = plain_programme(programme);
	engine->plain = engine->plain_gives >= 0;
	if (!engine->plain || engine->upstream & DECIDE_EARN)
		engine->plain_gives = 0;
	for (int i = 0; i < programme->counter_count; i++)
		if (programme->counters[i].kind == COUNTER_HISTORY)
			engine->has_history = true;
	for (int i = 0; i < programme->unit_count; i++)
		if (programme->units[i].expire && programme->units[i].expire->uses.level)
			engine->ends_by_level = true;
	for (int i = 0; i < programme->rule_count; i++)
		if (programme->rules[i].expire && programme->rules[i].expire->uses.level)
			engine->ends_by_level = true;
}

static unsigned
needs_of(const struct programme *programme, unsigned deciders)
{
	unsigned needs = deciders;

	for (int i = 0; i < DECIDER_COUNT; i++)
		if (deciders & 1U << i)
			needs |= programme->needs[i];
	return needs;
}

static bool
gives_lots(const struct programme *programme)
{
	bool gives = false;

	for (int i = 0; i < programme->unit_count; i++)
		gives = gives || programme->units[i].spendable;
	return gives;
}

static bool
has_shared_limits(const struct programme *programme)
{
	bool shared = false;

	for (int i = 0; i < programme->limit_count; i++)
		shared = shared || programme->limits[i].shared;
	return shared;
}

struct engine *
engine_new(const struct programme *programme, unsigned upstream, unsigned emits, struct writer *out,
	struct loyalty_error *error)
{
	bool shared = has_shared_limits(programme);
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine) {
		fail_memory(error);
		return NULL;
	}
	engine->programme = programme;
	engine->upstream = upstream;
	engine->emits = emits;
	engine->active = needs_of(programme, emits) | upstream;
	/* Ids go by what is left of lots, and what they take by the ids. */
	if (engine->active & ~upstream & DECIDE_EARN && gives_lots(programme))
		engine->active |= needs_of(programme, DECIDE_REDEEM | DECIDE_EXPIRE);
	engine->keeps_lots = engine->active & (DECIDE_REDEEM | DECIDE_EXPIRE);
	engine->out = out;
	engine->error = error;
	engine->tick_at = engine->swept = INSTANT_ALWAYS;
	engine->agenda_end = &engine->agenda;
	engine->members = members_new(programme);
	engine->heap = due_heap_new();
	engine->sums = calloc((size_t)programme->unit_count + 1, sizeof(*engine->sums));
	engine->copied = calloc((size_t)programme->unit_count + 1, sizeof(*engine->copied));
	if (engine->members)
		engine->past = past_new(programme, engine->members);
	engine->tick_facts = member_nobody();
	engine->everybody = shared ? member_nobody() : NULL;
	if (!engine->members || !engine->heap || !engine->sums || !engine->copied ||
		!engine->past || !engine->tick_facts || (shared && !engine->everybody)) {
		engine_free(engine);
		fail_memory(error);
		return NULL;
	}
	find_reactions(engine);
	find_features(engine);
	return engine;
}

void
engine_free(struct engine *engine)
{
	if (!engine)
		return;
	past_free(engine->past, engine->tick_facts);
	member_nobody_free(engine->members, engine->tick_facts);
	member_nobody_free(engine->members, engine->everybody);
	members_free(engine->members);
	due_heap_free(engine->heap);
	scratch_free(&engine->scratch);
	if (engine->paid)
		free(engine->paid->rooms);
	if (engine->recalled)
		record_free(engine->recalled);
	free(engine->sums);
	free(engine->copied);
	free(engine->ticks);
	balances_free(engine->balances);
	free(engine);
}

/* ---- postings ----------------------------------------------------------- */

struct posting *
engine_posting(struct engine *engine, const struct cause *cause, enum record_type type,
	struct member *member, struct slice rule, int rule_index)
{
	struct naming naming = { .type = type, .member = member };
	struct slice id;
	struct posting *posting = scratch_take(&engine->scratch, sizeof(*posting));

	if (!posting) {
		engine_memory(engine);
		return &engine->nowhere;
	}
	id = posting_id(engine, cause, &naming, rule);
	/* All of it by name: nothing is cleared before it is written. */
	*posting = (struct posting){
		.type = type,
		.rule_index = rule_index,
		.id = id,
		.at_text = cause->at_text,
		.of = cause->id,
		.rule = rule,
		.at = cause->at,
		.member = member,
		.by = member == cause->key ? NULL : cause->key,
		.units = NULL,
		.lots = NULL,
		.unit_count = 0,
		.lot_count = 0,
		.limited = { NULL, 0 },
		.from = 0,
		.to = 0,
		.reason = REASON_REACHED,
		.has_until = false,
		.plain_names = cause->plain_id && engine->plain_rules &&
			       (member == cause->key || cause->key->plain_key),
		.plain = false,
		.call = naming.call,
		.until = INSTANT_NEVER,
		.usable = INSTANT_ALWAYS,
		.worth = NULL,
		.moved = NULL,
		.firing = NULL,
		.reached = REACHED_NOTHING,
		.threshold = 0,
	};
	return posting;
}

struct unit_delta *
posting_units(struct engine *engine, struct posting *posting, int n)
{
	posting->units = scratch_take(&engine->scratch, (size_t)n * sizeof(*posting->units));
	if (!posting->units) {
		engine_memory(engine);
		return NULL;
	}
	for (int i = 0; i < n; i++)
		posting->units[i] = (struct unit_delta){ 0, 0, INSTANT_ALWAYS, INSTANT_NEVER };
	posting->unit_count = n;
	return posting->units;
}

struct worth *
posting_worth(struct engine *engine, struct posting *posting)
{
	posting->worth = scratch_take(&engine->scratch, sizeof(*posting->worth));
	if (posting->worth)
		*posting->worth = WORTH_NONE;
	else
		engine_memory(engine);
	return posting->worth;
}

static void
push_cause(struct engine *engine, const struct cause *from, const struct posting *posting,
	struct rise *rises)
{
	struct cause *cause = scratch_take(&engine->scratch, sizeof(*cause));

	if (!cause) {
		engine_memory(engine);
		return;
	}
	*cause = *from;
	cause->member = cause->key = posting->member;
	cause->handed = posting->member != from->member;
	cause->id = posting->id;
	cause->plain_id = posting->plain_names;
	cause->fact = NULL;
	cause->posting = posting;
	cause->moment = -1;
	cause->rises = rises;
	cause->next = NULL;
	*engine->agenda_end = cause;
	engine->agenda_end = &cause->next;
}

/* Sums go on over everything that is posted or copied. */
static void
count_posting(const struct posting *posting, int128 *sums)
{
	if (posting->type == POSTING_REFUSED || posting->type == POSTING_TRIED)
		return;
	for (int i = 0; i < posting->unit_count; i++)
		sums[posting->units[i].unit] += posting->units[i].amount;
}

/* Where somebody asks for balances. */
static void
count_balance(struct engine *engine, const struct posting *posting)
{
	if (posting->type == POSTING_REFUSED || posting->type == POSTING_TRIED)
		return;
	if (!balances_add(engine->balances, posting))
		engine_memory(engine);
	/* The ledger's own postings are not read, but they are these. */
	if (engine->again)
		count_posting(posting, engine->copied);
}

/* What was taken says which buckets paid. */
static void
note_rests(struct engine *engine, const struct posting *posting)
{
	for (int i = 0; i < posting->lot_count; i++) {
		const struct lot_delta *delta = &posting->lots[i];
		const struct lot *lot = lot_find_delta(engine->programme, posting->member, delta);
		struct lost_rest *rest = scratch_take(&engine->scratch, sizeof(*rest));

		if (!rest) {
			engine_memory(engine);
			return;
		}
		if (!lot || delta->amount >= 0)
			continue;
		*rest = (struct lost_rest){ NULL, posting->rule_index, delta->unit,
			lot_bucket(engine, posting->member, lot) };
		*engine->rests_end = rest;
		engine->rests_end = &rest->next;
	}
}

/* The units that a posting earns, takes back or adjusts; and those of them that it earns. */
static uint64_t
units_touched(const struct posting *posting, uint64_t *earned)
{
	uint64_t touched = 0;

	*earned = 0;
	if (posting->type != POSTING_EARNED && posting->type != POSTING_ADJUSTED &&
		posting->type != POSTING_REVERSED)
		return 0;
	for (int i = 0; i < posting->unit_count; i++) {
		uint64_t bit = UINT64_C(1) << posting->units[i].unit;

		touched |= bit;
		if (posting->type != POSTING_REVERSED && posting->units[i].amount > 0)
			*earned |= bit;
	}
	return touched;
}

static void
note_group(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	uint64_t earned;

	engine->group_postings++;
	if (posting->member != cause->member)
		return;
	if (posting->type == POSTING_TIER_CHANGED && posting->to < posting->from &&
		posting->reason != REASON_LEFT)
		engine->group_fallen |= UINT64_C(1) << posting->rule_index;
	if (posting->type == POSTING_REDEEMED && posting->rule_index >= 0 &&
		engine->programme->rewards[posting->rule_index].rest_lost)
		note_rests(engine, posting);
	engine->group_touched |= units_touched(posting, &earned);
	engine->group_earned |= earned;
}

/* For ladders on the balance, which are looked at in a later group. */
static void
note_fresh(struct engine *engine, const struct posting *posting)
{
	struct member_more *more = member_more(engine->programme, posting->member);
	uint64_t earned;

	if (!more) {
		engine_memory(engine);
		return;
	}
	more->fresh_touched |= units_touched(posting, &earned);
	more->fresh_earned |= earned;
}

/* Whether something may follow from a posting in a group of its own. */
static bool
is_cause(const struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	/* What was only tried or refused is no cause, not even of a group of another member. */
	if (posting->type == POSTING_TRIED || posting->type == POSTING_REFUSED)
		return false;
	/* A merge brings lots behind other postings, whose groups come first then. */
	return engine->reactive[posting->type] || posting->member != cause->key ||
	       (cause->root && cause->root->type == FACT_MERGE);
}

/* Carries a posting out and remembers it as a cause; write is what differs between filters. */
static void
take_posting(struct engine *engine, const struct cause *cause, struct posting *posting)
{
	struct member *member = posting->member;
	bool reactive = is_cause(engine, cause, posting);
	struct rise *rises = reactive ? rises_before(engine, member, cause) : NULL;

	apply_posting(engine, cause, posting);
	rises_after(engine, cause, posting, rises);
	if (engine->balance_ladder)
		note_fresh(engine, posting);
	note_group(engine, cause, posting);
	if (reactive)
		push_cause(engine, cause, posting, rises);
}

void
engine_post(struct engine *engine, const struct cause *cause, struct posting *posting)
{
	if (engine->status != LOYALTY_OK)
		return;
	take_posting(engine, cause, posting);
	if (engine->status != LOYALTY_OK || !(engine->emits & deciders_of(posting->type)))
		return;
	if (posting->type == POSTING_REFUSED && !(engine->emits & engine->deciding))
		return;
	engine->counts[posting->type]++;
	count_posting(posting, engine->sums);
	if (engine->balances)
		count_balance(engine, posting);
	posting_write(engine->programme, posting, engine->out);
}

void
engine_refuse(struct engine *engine, const struct cause *cause, struct slice rule, struct slice why)
{
	struct posting *posting =
		engine_posting(engine, cause, POSTING_REFUSED, cause->member, rule, -1);

	posting->why = why;
	engine_post(engine, cause, posting);
}

void
engine_copy_posting(struct engine *engine, const struct cause *cause, struct posting *posting)
{
	/* The id was given upstream: the next one of the same name counts on from it. */
	struct naming naming = {
		.type = posting->type, .member = posting->member, .stated = posting->id
	};
	struct slice id = posting_id(engine, cause, &naming, posting->rule);

	if (engine->status == LOYALTY_OK && !slice_equal(posting->id, id))
		engine_fail(
			engine, LOYALTY_CORRUPT, "id", "not that of a posting which stands here");
	posting->call = naming.call;
	engine->counts[posting->type]++;
	count_posting(posting, engine->sums);
	count_posting(posting, engine->copied);
	if (engine->balances)
		count_balance(engine, posting);
	if (engine->status == LOYALTY_OK)
		take_posting(engine, cause, posting);
}

/* ---- groups ------------------------------------------------------------- */

/* What the fact says is refused before anything of it happens. */
static void
settle_fact(struct engine *engine, struct cause *cause)
{
	engine->deciding = DECIDE_EARN;
	if (engine->upstream & DECIDE_EARN)
		cause->refused = replay_refusal(engine, cause);
	else
		cause->refused = earn_refuses(engine, cause);
	if (cause->refused || engine->status != LOYALTY_OK)
		return;
	if (cause->fact->type == FACT_MERGE)
		merge_members(engine, cause);
	if (engine->status == LOYALTY_OK)
		apply_fact(engine, cause);
}

static void
clear_rests(struct engine *engine)
{
	engine->rests = NULL;
	engine->rests_end = &engine->rests;
}

typedef void decider_turn(struct engine *engine, struct cause *cause);

/* One decider has its turn in a group, or what it posted upstream. */
static inline void
run_decider(struct engine *engine, struct cause *cause, enum decider decider, decider_turn *decide)
{
	if (engine->status != LOYALTY_OK)
		return;
	engine->deciding = decider;
	if (engine->upstream & decider)
		replay_postings(engine, cause, decider);
	else if (engine->active & decider && !cause->refused)
		decide(engine, cause);
}

static void
run_group(struct engine *engine, struct cause *cause)
{
	engine->group_ids = NULL;
	engine->group_earned = engine->group_touched = 0;
	engine->group_fallen = 0;
	clear_rests(engine);
	engine->group_postings = 0;
	/* What is posted to another member was not looked at in the group that posted it. */
	if (cause->handed) {
		note_group(engine, cause, cause->posting);
		engine->group_fallen = 0;
		clear_rests(engine);
		engine->group_postings = 0;
	}
	if (cause->fact)
		settle_fact(engine, cause);
	run_decider(engine, cause, DECIDE_EARN, earn_decide);
	run_decider(engine, cause, DECIDE_TIER, tier_decide);
	/* A look at the levels that found nothing is no group. */
	if (cause->slot == SLOT_TIER && !cause->posting && engine->group_postings == 0)
		return;
	run_decider(engine, cause, DECIDE_REDEEM, redeem_decide);
	run_decider(engine, cause, DECIDE_EXPIRE, expire_decide);
}

static void
run_agenda(struct engine *engine)
{
	while (engine->agenda && engine->status == LOYALTY_OK) {
		struct cause *cause = engine->agenda;

		engine->agenda = cause->next;
		if (!engine->agenda)
			engine->agenda_end = &engine->agenda;
		run_group(engine, cause);
	}
	engine->agenda = NULL;
	engine->agenda_end = &engine->agenda;
}

/* ---- what is due --------------------------------------------------------- */

static struct slice
due_name(const struct programme *programme, uint32_t slot)
{
	switch (slot) {
	case SLOT_TIER:
		return SLICE("tier");
	case SLOT_EXPIRE:
		return SLICE("expire");
	case SLOT_USABLE:
		return SLICE("usable");
	default:
		return programme->moments[slot & (SLOT_TIER - 1)].name;
	}
}

/* The instant's text, which stays until another's is asked for: many members share it. */
static struct slice
due_text(struct engine *engine, instant at)
{
	if (engine->due_size == 0 || at != engine->due_at)
		engine->due_size = instant_format(engine->programme->zone, at, engine->due_text);
	engine->due_at = at;
	return (struct slice){ engine->due_text, engine->due_size };
}

/* What ends a period is judged at its last instant. */
static bool
closes_period(const struct engine *engine, struct schedule_key key)
{
	const struct moment *moment;

	if (key.slot >= SLOT_TIER)
		return key.slot == SLOT_TIER;
	moment = &engine->programme->moments[key.slot];
	return moment->offset_sign == 0 && !moment->has_clock_time;
}

static void
run_due(struct engine *engine, struct member *member, struct schedule_key key)
{
	bool closes = closes_period(engine, key);
	struct cause cause = {
		.member = member, .key = member, .at = key.at, .slot = key.slot, .moment = -1
	};

	cause.at_text = due_text(engine, key.at);
	cause.id = scratch_join(&engine->scratch, due_name(engine->programme, key.slot), SLICE("@"),
		cause.at_text, SLICE(""));
	if (engine->scratch.failed) {
		engine_memory(engine);
		return;
	}
	cause.judged = cause.date = closes ? key.at - 1 : key.at;
	if (key.slot < SLOT_TIER || key.slot >= SLOT_OPENING)
		cause.moment = (int)(key.slot & (SLOT_TIER - 1));
	if (key.slot == SLOT_USABLE)
		cause.rises = rises_usable(engine, member, &cause);
	if (key.slot == SLOT_EXPIRE && key.at == engine->tick_at)
		engine->swept = key.at;
	/* A tick sweeps also what a record at that instant came before. */
	if (schedule_before(member->done, key))
		member->done = key;
	engine->rule_uses = engine->reward_uses = NULL;
	run_group(engine, &cause);
	run_agenda(engine);
}

/* Whether something may be due, by the bounds alone: mostly there is nothing. */
static bool
may_be_due(const struct engine *engine, const struct member *member, instant at)
{
	return member->due <= at || (engine->tick_at != INSTANT_ALWAYS && member->sweep <= at);
}

void
engine_run_due(struct engine *engine, struct member *member, instant at)
{
	if (!may_be_due(engine, member, at) && !(engine->upstream & DECIDE_TIER))
		return;
	while (engine->status == LOYALTY_OK) {
		struct schedule_key limit = { at, SLOT_RECORD };
		struct schedule_key key = { INSTANT_NEVER, 0 };

		if (may_be_due(engine, member, at))
			key = schedule_next(engine, member);
		if (engine->upstream & DECIDE_TIER)
			replay_tier_due(engine, member, &key);
		if (!schedule_before(key, limit))
			return;
		run_due(engine, member, key);
	}
}

/* ---- facts --------------------------------------------------------------- */

/* Whom else the sale gave units to, of which a return or cancel may take back. */
static struct member *
paid_member(struct engine *engine, const struct fact *fact)
{
	struct member *key;
	const struct past_fact *past = past_of(engine, fact, &key);

	if (past && past->type == FACT_RETURN && past->returned)
		past = past_sale(engine, past, &key);
	if (!past || past->type != FACT_PURCHASE || !past->open || !past->sale->paid_to)
		return NULL;
	return members_at(engine->members, past->sale->paid_to - 1);
}

/* Nobody names themself, by whatever key. */
static struct member *
another(const struct engine *engine, struct member *other, const struct member *member)
{
	other = member_now(engine, other);
	return other == member ? NULL : other;
}

struct member *
engine_named_member(struct engine *engine, const struct fact *fact, const struct member *member)
{
	if (fact->named.size && !slice_equal(fact->named, fact->member_key)) {
		struct member *named = members_find(engine->members, fact->named);
		struct member *other = named ? another(engine, named, member) : NULL;

		if (!named || other)
			return other;
	}
	if (!member)
		return NULL;
	/* A new enrolment starts bare: of the old one's referrer nothing is known. */
	if (engine->referrals[fact->type] && member->referrer &&
		!(member->left && fact->type == FACT_ENROL))
		return another(engine, members_at(engine->members, member->referrer - 1), member);
	if (member->left || (fact->type != FACT_RETURN && fact->type != FACT_CANCEL))
		return NULL;
	return another(engine, paid_member(engine, fact), member);
}

/* The same, who appears with the fact where they were unknown. */
static struct member *
appearing_member(struct engine *engine, const struct fact *fact)
{
	struct member *other = engine_named_member(engine, fact, fact->member);

	if (other || fact->named.size == 0 || members_find(engine->members, fact->named))
		return other;
	return engine_add_member(engine, fact->named, fact->at);
}

struct member *
engine_add_member(struct engine *engine, struct slice key, instant at)
{
	struct member *member = members_add(engine->members, key, at);

	if (!member)
		engine_memory(engine);
	else
		schedule_refresh(engine, member);
	return member;
}

enum loyalty_status
engine_fact(struct engine *engine, struct fact *fact)
{
	struct member *other = appearing_member(engine, fact);
	struct cause cause = {
		.member = fact->member,
		.key = fact->key,
		.id = fact->name,
		.plain_id = !record_value(fact->record, FIELD_ID)->escaped,
		.at_text = fact->at_text,
		.at = fact->at,
		.judged = fact->at,
		.date = fact->occurred,
		.fact = fact,
		.root = fact,
		.moment = -1,
		.slot = SLOT_RECORD,
	};

	if (other && other->clock < fact->at) {
		engine_run_due(engine, other, fact->at);
		other->clock = fact->at;
		other->done = (struct schedule_key){ fact->at, SLOT_RECORD };
	}
	fact->member->done = (struct schedule_key){ fact->at, SLOT_RECORD };
	engine->rule_uses = engine->reward_uses = NULL;
	run_group(engine, &cause);
	run_agenda(engine);
	return engine->status;
}

/* Under on-tick sweeping a lot ends with the first tick after its end. */
bool
engine_keep_tick(struct engine *engine, instant at)
{
	instant *ticks;

	if (engine->programme->policy.sweep != SWEEP_ON_TICK)
		return true;
	ticks = realloc(engine->ticks, (engine->tick_count + 1) * sizeof(*ticks));
	if (!ticks) {
		engine_memory(engine);
		return false;
	}
	engine->ticks = ticks;
	ticks[engine->tick_count++] = at;
	engine->swept = at;
	return true;
}

/* Members by whom something is due lie scattered over memory: it is asked for them early. */
static void
foresee_due(struct member *const *due, uint32_t count, uint32_t i)
{
	enum { MEMBER_AHEAD = 6, STATE_AHEAD = 3 };

	if (i + MEMBER_AHEAD < count)
		member_prefetch(due[i + MEMBER_AHEAD]);
	if (i + STATE_AHEAD < count)
		member_prefetch_due(due[i + STATE_AHEAD]);
}

/* The members by whom something is due, and between them those for whom upstream found something. */
static void
sweep(struct engine *engine, instant at, struct member *const *due, uint32_t count)
{
	const struct member *last = NULL;

	for (uint32_t i = 0; engine->status == LOYALTY_OK;) {
		struct member *member = i < count ? due[i] : NULL;
		struct member *ahead = engine->upstream ? replay_member(engine) : NULL;

		if (ahead && (!last || ahead->index > last->index) &&
			(!member || ahead->index < member->index))
			member = ahead;
		else
			i++;
		if (!member)
			return;
		foresee_due(due, count, i);
		engine->swept =
			engine->tick_count ? engine->ticks[engine->tick_count - 1] : INSTANT_ALWAYS;
		engine_run_due(engine, member, at);
		schedule_wake(engine, member);
		scratch_reset(&engine->scratch);
		last = member;
	}
}

enum loyalty_status
engine_tick(struct engine *engine, instant at)
{
	uint32_t count;
	struct member **due;

	engine->tick_at = at;
	due = schedule_due(engine, at, &count);
	sweep(engine, at, due, count);
	free(due);
	engine->tick_at = INSTANT_ALWAYS;
	(void)engine_keep_tick(engine, at);
	return engine->status;
}

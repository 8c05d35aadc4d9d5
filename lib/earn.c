/*
 * earn.c - the first decider: what is earned, and what is taken back.
 *
 * Rules are asked in the document's order; each that fires contributes an exact
 * fraction to each line of the purchase, multipliers add to what they multiply,
 * and only at the end is everything rounded into postings (lib/rounding.c).
 */
#include "earn.h"

#include "basis.h"
#include "lots.h"
#include "merged.h"
#include "past.h"
#include "periods.h"
#include "reach.h"

/* The lines and tenders of the record in hand; a record without is one of each. */
static void
measure(struct earning *earning)
{
	const struct fact *fact = earning->cause->fact;
	bool by_tender = fact && fact->tender_count > 0 && earning->tender_total > 0;

	earning->line_count = fact && fact->line_count ? fact->line_count : 1;
	earning->tender_count = by_tender ? fact->tender_count : 1;
	earning->cell_count = earning->line_count * earning->tender_count;
}

static bool
pays_with_reward(const struct fact *fact, int tender)
{
	const struct value *kind =
		record_cell(fact->record, TABLE_TENDERS, fact->tenders[tender].row, TENDER_KIND);

	return kind->kind == VALUE_STRING && slice_equal(kind->text, SLICE("reward"));
}

static bool
uses_rewards(const struct fact *fact)
{
	for (int i = 0; fact && i < fact->tender_count; i++)
		if (pays_with_reward(fact, i))
			return true;
	return false;
}

/* ---- selection ---------------------------------------------------------- */

/* Which lines a rule counts for a unit; false: none. */
static bool
select_lines(const struct earning *earning, const struct rule *rule, int unit, bool *selected)
{
	const struct fact *fact = earning->cause->fact;
	uint64_t bit = UINT64_C(1) << unit;
	bool any = false;

	for (int i = 0; i < earning->line_count; i++) {
		selected[i] = !(earning->stopped[i] & bit) && line_is_there(&earning->question, i);
		if (selected[i] && rule->items && fact && fact->line_count)
			selected[i] = element_holds(
				&earning->question, rule->items, TABLE_ITEMS, fact->lines[i].row);
		any = any || selected[i];
	}
	return any;
}

/* The share of each tender that a rule counts, of all that was paid; false: none. */
static bool
select_tenders(const struct earning *earning, const struct rule *rule, struct ratio *shares)
{
	const struct fact *fact = earning->cause->fact;
	bool remainder = earning->engine->programme->policy.earn_on_redeeming == EARN_REMAINDER;
	bool any = false;

	/* What was paid by nothing that we know of has one tender without fields. */
	if (earning->tender_count == 1 && earning->tender_total == 0) {
		shares[0] = ratio_of(1, 1);
		return element_holds(&earning->question, rule->tenders, TABLE_TENDERS, -1);
	}
	for (int i = 0; i < earning->tender_count; i++) {
		bool counts = !(remainder && pays_with_reward(fact, i));

		if (counts && rule->tenders)
			counts = element_holds(&earning->question, rule->tenders, TABLE_TENDERS,
				fact->tenders[i].row);
		shares[i] = counts ? ratio_of(fact->tenders[i].amount, earning->tender_total)
				   : RATIO_ZERO;
		any = any || counts;
	}
	return any;
}

/* ---- contributions -------------------------------------------------------- */

struct ratio *
earn_ratios(struct earning *earning, int count)
{
	struct ratio *ratios =
		scratch_take(&earning->engine->scratch, (size_t)count * sizeof(*ratios));

	if (!ratios) {
		engine_memory(earning->engine);
		return NULL;
	}
	for (int i = 0; i < count; i++)
		ratios[i] = RATIO_ZERO;
	return ratios;
}

bool
sum_ratios(const struct ratio *ratios, int count, struct ratio *sum)
{
	*sum = ratios[0];
	for (int i = 1; i < count; i++)
		if (!ratio_add(*sum, ratios[i], sum))
			return false;
	return true;
}

static struct ratio
ratio_of_rational(struct rational rational)
{
	return ratio_of(rational.num, rational.den);
}

/* The base of each line and tender for one unit of a rule. false: no base, or overflow. */
static bool
base_cells(struct earning *earning, const struct rule *rule, const bool *selected,
	const struct ratio *shares, struct ratio *cells)
{
	const struct programme *programme = earning->engine->programme;
	const struct table *table = table_value(
		&earning->question, rule->basis ? rule->basis : programme->policy.basis);
	struct ratio *lines = earn_ratios(earning, earning->line_count);

	if (!lines || !table)
		return false;
	if (!basis_lines(&earning->question, &table->basis, selected, !rule->items, lines))
		goto overflow;
	for (int i = 0; i < earning->line_count; i++)
		for (int j = 0; j < earning->tender_count; j++)
			if (!ratio_multiply(
				    lines[i], shares[j], &cells[i * earning->tender_count + j]))
				goto overflow;
	return true;
overflow:
	engine_overflow(earning->engine, "the base of a rule");
	return false;
}

/* Steps of `per` in the base: exact, or only whole ones, dealt back over the cells. */
static bool
step_cells(struct earning *earning, const struct rule *rule, struct ratio per, struct ratio *cells)
{
	struct ratio total, steps;

	for (int i = 0; i < earning->cell_count; i++)
		if (!ratio_divide(cells[i], per, &cells[i]))
			return false;
	if (!rule->per_full)
		return true;
	if (!sum_ratios(cells, earning->cell_count, &total))
		return false;
	if (total.num == 0)
		return true;
	steps = (struct ratio){ total.num / total.den, 1 };
	if (!ratio_divide(steps, total, &steps))
		return false;
	for (int i = 0; i < earning->cell_count; i++)
		if (!ratio_multiply(cells[i], steps, &cells[i]))
			return false;
	return true;
}

/* What a table gives on one line and tender, as a ratio of whole units; false: nothing. */
bool
earn_rate(struct earning *earning, const struct table *table, int line, int tender,
	struct ratio *rate)
{
	struct question question = earning->question;
	const struct table *leaf;

	question.line = line;
	question.tender = tender;
	leaf = table_value(&question, table);
	if (!leaf)
		return false;
	*rate = ratio_of_rational(leaf->ratio);
	return true;
}

/*
 * rate x steps; split line by line or tender by tender only where the table asks for it.
 * *any: whether the table gives anything (it may be 0) on some cell. false: overflow.
 */
static bool
rate_cells(struct earning *earning, const struct table *table, struct ratio *cells, bool *any)
{
	bool split = table->uses.lines || table->uses.tenders;
	struct ratio rate = RATIO_ZERO;
	bool given = split || earn_rate(earning, table, -1, -1, &rate);

	*any = !split && given;

	for (int i = 0; i < earning->cell_count; i++) {
		if (split)
			given = earning->selected[i / earning->tender_count] &&
				earn_rate(earning, table, i / earning->tender_count,
					i % earning->tender_count, &rate);
		*any = *any || given;
		if (!given)
			cells[i] = RATIO_ZERO;
		else if (!ratio_multiply(cells[i], rate, &cells[i]))
			return false;
	}
	return true;
}

static bool
asks_basis(const struct table *table)
{
	if (!table || table->subject == SUBJECT_NONE)
		return false;
	if (table->subject == SUBJECT_BASIS)
		return true;
	for (int i = 0; i < table->key_count; i++)
		if (asks_basis(table->keys[i].value))
			return true;
	return asks_basis(table->otherwise);
}

/* What a fixed rule gives, on the first line that it selects. false: nothing. */
static bool
fixed_cells(struct earning *earning, const struct table *table, const bool *selected,
	struct ratio *cells)
{
	int line = 0;
	struct ratio rate;

	while (line < earning->line_count - 1 && !selected[line])
		line++;
	for (int i = 0; i < earning->cell_count; i++)
		cells[i] = RATIO_ZERO;
	if (!earn_rate(earning, table, line, -1, &rate))
		return false;
	cells[line * earning->tender_count] = rate;
	return true;
}

/* What a rule counted, of whatever unit: for limits of `amount`. */
static void
note_base(const struct earning *earning, const struct ratio *cells, struct firing *firing)
{
	for (int i = 0; i < earning->cell_count; i++)
		if (earning->selected[i / earning->tender_count])
			firing->base[i] = cells[i];
}

/* The contribution of one unit of a give rule to every cell. false: none (then no firing by it). */
static bool
give_cells(struct earning *earning, const struct rule *rule, int give, struct firing *firing)
{
	const struct table *table = rule->gives.items[give].amount;
	struct ratio *cells = firing->cells + give * earning->cell_count;
	bool fixed = !rule->per;
	struct ratio base;
	bool any;

	if (!select_lines(earning, rule, rule->gives.items[give].unit, earning->selected))
		return false;
	if (fixed && !asks_basis(table))
		return fixed_cells(earning, table, earning->selected, cells);
	if (!earning->cause->fact || earning->cause->fact->line_count == 0)
		return false;
	if (!base_cells(earning, rule, earning->selected, earning->shares, cells))
		return false;
	if (!sum_ratios(cells, earning->cell_count, &base) || base.num <= 0)
		return false;
	note_base(earning, cells, firing);
	earning->question.has_basis = true;
	earning->question.basis = base;
	if (fixed)
		return fixed_cells(earning, table, earning->selected, cells);
	{
		const struct table *per = table_value(&earning->question, rule->per);

		if (!per)
			return false;
		if (!step_cells(earning, rule, ratio_of_rational(per->ratio), cells) ||
			!rate_cells(earning, table, cells, &any)) {
			engine_overflow(earning->engine, "what a rule gives");
			return false;
		}
	}
	return any;
}

/* ---- one rule ------------------------------------------------------------- */

bool
gives_something(const struct earning *earning, const struct firing *firing)
{
	int gives = earning->engine->programme->rules[firing->rule].gives.count;

	for (int i = 0; i < gives; i++)
		if (firing->given[i])
			return true;
	return false;
}

static struct member *
receiver_of(struct earning *earning, const struct rule *rule)
{
	struct member *member = earning->cause->member;
	struct member *referrer;

	if (!rule->to_referrer)
		return member;
	if (earning->recall)
		return earning->recall->receiver
			       ? member_now(earning->engine, members_at(earning->engine->members,
								     earning->recall->receiver - 1))
			       : NULL;
	if (!member->referrer)
		return NULL;
	referrer = member_now(
		earning->engine, members_at(earning->engine->members, member->referrer - 1));
	return referrer == member || referrer->left ? NULL : referrer;
}

struct firing *
new_firing(struct earning *earning, int rule, struct member *receiver)
{
	const struct rule *of = &earning->engine->programme->rules[rule];
	struct firing *firing = scratch_take(&earning->engine->scratch, sizeof(*firing));
	int cells = of->gives.count * earning->cell_count;

	if (!firing) {
		engine_memory(earning->engine);
		return NULL;
	}
	*firing = (struct firing){
		.rule = rule, .receiver = receiver, .reach = -1, .limited_share = ratio_of(1, 1)
	};
	firing->base = earn_ratios(earning, earning->cell_count);
	firing->cells = earn_ratios(earning, cells);
	firing->fixed_parts = earn_ratios(earning, of->gives.count);
	firing->totals = earn_ratios(earning, of->gives.count);
	firing->rounded =
		scratch_take(&earning->engine->scratch, (size_t)of->gives.count * sizeof(int64_t));
	firing->given = scratch_take(
		&earning->engine->scratch, (size_t)of->gives.count * sizeof(*firing->given));
	firing->counted = scratch_take(&earning->engine->scratch,
		(size_t)(of->gives.count * earning->line_count) * sizeof(*firing->counted));
	if (!firing->base || !firing->given || !firing->counted || !firing->cells ||
		!firing->fixed_parts || !firing->totals || !firing->rounded)
		return NULL;
	return firing;
}

struct limits_asked
earn_limits(struct earning *earning, const struct rule *rule, struct member *receiver)
{
	bool own = receiver == earning->cause->member;

	return (struct limits_asked){ earning->engine, earning->cause, &earning->question, receiver,
		&rule->limits, own ? &earning->own_uses : &earning->other_uses,
		own ? &earning->other_uses : &earning->own_uses };
}

/* `stop`: what this rule counted later rules for these units do not see. */
static void
stop_lines(struct earning *earning, const struct rule *rule)
{
	for (int i = 0; i < rule->gives.count; i++) {
		uint64_t bit = UINT64_C(1) << rule->gives.items[i].unit;

		select_lines(earning, rule, rule->gives.items[i].unit, earning->selected);
		for (int j = 0; j < earning->line_count; j++)
			if (!rule->items || earning->selected[j])
				earning->stopped[j] |= bit;
	}
}

void
keep_firing(struct earning *earning, struct firing *firing)
{
	*earning->last = firing;
	earning->last = &firing->next;
}

/* Tables of what no ladder needs read the levels that the record leads to. */
void
earn_look_at(struct earning *earning, int unit)
{
	bool needed = earning->engine->needed >> unit & 1;

	earning->question.levels = needed ? NULL : earning->levels;
}

static void
fire_give(struct earning *earning, int index, struct member *receiver, int reach, int which)
{
	const struct rule *rule = &earning->engine->programme->rules[index];
	struct limits_asked asked = earn_limits(earning, rule, receiver);
	struct slice times_limit;
	struct firing *firing;

	if (earning->recall ? !fired_then(earning, rule, index)
			    : limits_times(&asked, &times_limit) < 1)
		return;
	firing = new_firing(earning, index, receiver);
	if (!firing)
		return;
	firing->fixed = !rule->per;
	firing->reach = reach;
	if (reach >= 0)
		firing->threshold = reach_threshold(
			earning->engine->programme, earning->cause, reach, index, which);
	for (int i = 0; i < rule->gives.count; i++) {
		earn_look_at(earning, rule->gives.items[i].unit);
		firing->given[i] = give_cells(earning, rule, i, firing);
		memcpy(firing->counted + i * earning->line_count, earning->selected,
			(size_t)earning->line_count * sizeof(bool));
		if (firing->given[i] && !sum_ratios(firing->cells + i * earning->cell_count,
						earning->cell_count, &firing->totals[i]))
			engine_overflow(earning->engine, "what a rule gives");
	}
	earning->question.has_basis = false;
	earning->question.levels = NULL;
	limit_firing(earning, &asked, firing);
	if (!gives_something(earning, firing))
		return;
	keep_firing(earning, firing);
	if (rule->dry_run)
		return;
	if (!earning->recall)
		use_limits(earning, &asked, firing);
	if (rule->stop)
		stop_lines(earning, rule);
}

/* ---- all rules ---------------------------------------------------------------- */

static bool
holds_table(const struct table *table, const struct table *wanted)
{
	if (!table || table == wanted)
		return table != NULL;
	for (int i = 0; i < table->key_count; i++)
		if (holds_table(table->keys[i].value, wanted))
			return true;
	return holds_table(table->otherwise, wanted);
}

/* Whether a table of the rule is asked for units that go by the levels that are reached. */
static bool
goes_by_new_levels(
	const struct earning *earning, const struct rule *rule, const struct table *table)
{
	bool of_all = holds_table(rule->per, table) || holds_table(rule->basis, table);

	for (int i = 0; i < rule->gives.count; i++)
		if (!(earning->engine->needed >> rule->gives.items[i].unit & 1) &&
			(of_all || holds_table(rule->gives.items[i].amount, table)))
			return true;
	return false;
}

/* What a rule sees of the member, for a recheck of the sale. */
static void
note_answers(struct earning *earning, const struct rule *rule)
{
	const struct asked *asked = earning->engine->programme->asked;

	recall_note(earning->noted, &earning->question, rule->asks);
	for (int i = rule->asks.first; earning->levels && i < rule->asks.first + rule->asks.count;
		i++) {
		if (!asked[i].table || !goes_by_new_levels(earning, rule, asked[i].table))
			continue;
		earning->question.levels = earning->levels;
		recall_note(earning->noted, &earning->question, (struct asked_range){ i, 1 });
		earning->question.levels = NULL;
	}
}

static void
ask_rule(struct earning *earning, int index)
{
	const struct rule *rule = &earning->engine->programme->rules[index];
	const struct cause *cause = earning->cause;
	struct member *receiver;
	int reach;
	int times;

	if (cause->date < rule->from || cause->date >= rule->until)
		return;
	times = trigger_fires(earning->engine, &rule->on, cause, index, &reach);
	if (!times)
		return;
	if (earning->noted)
		note_answers(earning, rule);
	if (earning->recall && rule->dry_run)
		return;
	receiver = receiver_of(earning, rule);
	if (!receiver || !condition_holds(&earning->question, rule->when))
		return;
	if (!select_tenders(earning, rule, earning->shares))
		return;
	for (int i = 0; i < times; i++) {
		if (rule->multiplies)
			fire_multiply(earning, index, receiver);
		else
			fire_give(earning, index, receiver, reach, i);
	}
}

static void
add_tenders(struct earning *earning)
{
	const struct fact *fact = earning->cause->fact;

	for (int i = 0; fact && i < fact->tender_count; i++)
		earning->tender_total += fact->tenders[i].amount;
}

static bool
prepare(struct earning *earning)
{
	struct scratch *scratch = &earning->engine->scratch;
	size_t lines;

	add_tenders(earning);
	measure(earning);
	lines = (size_t)earning->line_count;
	earning->selected = scratch_take(scratch, lines * sizeof(*earning->selected));
	earning->stopped = scratch_take(scratch, lines * sizeof(*earning->stopped));
	earning->multiplied = scratch_take(scratch, lines * sizeof(*earning->multiplied));
	earning->shares = earn_ratios(earning, earning->tender_count);
	if (!earning->selected || !earning->stopped || !earning->multiplied || !earning->shares) {
		engine_memory(earning->engine);
		return false;
	}
	memset(earning->stopped, 0, lines * sizeof(*earning->stopped));
	memset(earning->multiplied, 0, lines * sizeof(*earning->multiplied));
	return true;
}

static bool
ask_rules(struct earning *earning)
{
	struct engine *engine = earning->engine;

	earning->question = question_of(engine, earning->cause);
	earning->last = &earning->first;
	if (!prepare(earning))
		return false;
	if (earning->noted)
		recall_note(earning->noted, &earning->question,
			(struct asked_range){ 0, engine->programme->asked_by_policy });
	for (int i = 0; i < engine->programme->rule_count && engine->status == LOYALTY_OK; i++)
		ask_rule(earning, i);
	return earning->first && engine->status == LOYALTY_OK;
}

/* The levels that the record leads to; NULL: those that the member has. */
static const int *
look_ahead(struct engine *engine, struct cause *cause)
{
	struct earning ahead = { .engine = engine, .cause = cause, .ahead = true };

	if (!ask_rules(&ahead))
		return NULL;
	round_firings(&ahead);
	return crossing_levels(&ahead);
}

/* What was used of limits per purchase is used for all that the purchase brings. */
static void
keep_uses(struct earning *earning)
{
	struct room_use **end = &earning->engine->rule_uses;

	*end = limits_of_purchase(earning->own_uses);
	while (*end)
		end = &(*end)->next;
	*end = limits_of_purchase(earning->other_uses);
}

static void
decide_rules(struct engine *engine, struct cause *cause)
{
	struct earning earning = { .engine = engine, .cause = cause };

	if (engine->programme->policy.earn_on_redeeming == EARN_NOTHING &&
		uses_rewards(cause->fact))
		return;
	if (engine->crosses && cause->fact)
		earning.levels = look_ahead(engine, cause);
	earning.noted = recall_of(cause);
	earning.own_uses = engine->rule_uses;
	if (ask_rules(&earning))
		post_firings(&earning);
	keep_uses(&earning);
}

struct firing *
earn_again(struct engine *engine, struct recalled *recalled)
{
	struct earning earning = { .engine = engine,
		.cause = &recalled->cause,
		.question = recalled->question,
		.recall = recalled->recall };

	earning.last = &earning.first;
	if (!prepare(&earning))
		return NULL;
	for (int i = 0; i < engine->programme->rule_count && engine->status == LOYALTY_OK; i++)
		ask_rule(&earning, i);
	round_firings(&earning);
	return earning.first;
}

int64_t
earn_again_amount(const struct programme *programme, const struct firing *first, int rule, int unit)
{
	const struct unit_amounts *gives = &programme->rules[rule].gives;

	for (const struct firing *firing = first; firing; firing = firing->next)
		for (int i = 0; firing->rule == rule && i < gives->count; i++)
			if (gives->items[i].unit == unit)
				return firing->rounded[i];
	return 0;
}

/* ---- adjust, refusals ------------------------------------------------------------ */

static void
decide_adjust(struct engine *engine, struct cause *cause)
{
	const struct fact *fact = cause->fact;
	struct posting *posting =
		engine_posting(engine, cause, POSTING_ADJUSTED, cause->member, SLICE("adjust"), -1);
	struct unit_delta *delta = posting_units(engine, posting, 1);

	if (!delta || fact->points == 0)
		return;
	delta->unit = fact->unit;
	delta->amount = fact->points;
	if (fact->points > 0)
		lot_dates(engine, cause->member, fact->unit, NULL, cause, delta);
	engine_post(engine, cause, posting);
}

static struct slice
claim_refusal(struct engine *engine, const struct cause *cause)
{
	const struct policy *policy = &engine->programme->policy;
	const struct fact *fact = cause->fact;
	struct question question = question_of(engine, cause);
	struct cause claim = *cause;
	struct room_use *record_uses = NULL;
	struct room_use *uses = NULL;
	struct slice limited;
	struct limits_asked asked = { engine, &claim, &question, cause->member,
		&policy->claims_limits, &record_uses, NULL };

	/* Claims are counted by the day on which they are made, however late they come here. */
	claim.date = fact->stated;
	if (policy->claims_limits.count && limits_times(&asked, &limited) < 1)
		return SLICE("claim-limit");
	limits_use_times(&asked, 1, &uses);
	apply_rooms(engine, cause->member, uses);
	return SLICE("");
}

/* What is known without looking at points; those are loyalty-redeem's to count. */
static struct slice
transfer_refusal(struct engine *engine, const struct fact *fact)
{
	const struct member *to = engine_named_member(engine, fact, fact->member);

	if (!to)
		return SLICE("self-transfer");
	if (engine->programme->policy.transfer == TRANSFER_NO)
		return SLICE("not-allowed");
	return to->left ? SLICE("receiver-left") : SLICE("");
}

static struct slice
merge_refusal(struct engine *engine, const struct fact *fact)
{
	const struct member *into = engine_named_member(engine, fact, fact->member);

	if (!into)
		return SLICE("self-merge");
	return into->left ? SLICE("receiver-left") : SLICE("");
}

static struct slice
refusal_of(struct engine *engine, const struct cause *cause)
{
	const struct fact *fact = cause->fact;

	if (cause->member->left && fact->type != FACT_ENROL)
		return SLICE("left");
	if (claimed_late(engine->programme, fact->occurred, fact->stated))
		return SLICE("late-claim");
	switch (fact->type) {
	case FACT_PURCHASE:
		return fact->claimed ? claim_refusal(engine, cause) : SLICE("");
	case FACT_RETURN:
	case FACT_CANCEL:
		return returns_refusal(engine, fact);
	case FACT_TRANSFER:
		return transfer_refusal(engine, fact);
	case FACT_MERGE:
		return merge_refusal(engine, fact);
	default:
		return SLICE("");
	}
}

bool
earn_refuses(struct engine *engine, const struct cause *cause)
{
	struct slice why = refusal_of(engine, cause);

	if (why.size == 0)
		return false;
	if (cause->fact->past)
		cause->fact->past->refused = true;
	engine_refuse(engine, cause, slice_of(record_type_name(cause->fact->type)), why);
	return true;
}

void
earn_decide(struct engine *engine, struct cause *cause)
{
	if (cause->fact) {
		enum record_type type = cause->fact->type;

		if (type == FACT_RETURN || type == FACT_CANCEL)
			returns_decide(engine, cause);
		else if (type == FACT_ADJUST)
			decide_adjust(engine, cause);
		/* A level that does not exist is loyalty-tier's to refuse: nothing happened. */
		else if (type == FACT_GRANT && cause->fact->level < 0)
			return;
	}
	if (engine->programme->rule_count == 0 || cause->member->left)
		return;
	if (plain_purchase(engine, cause))
		plain_decide(engine, cause);
	else
		decide_rules(engine, cause);
}

/*
 * sales.c - what a sale gave, kept for its returns.
 */
#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "apply.h"
#include "firing.h"
#include "fractions.h"
#include "merged.h"
#include "reach.h"
#include "recall.h"
#include "sales.h"

/* ---- rooms ---------------------------------------------------------------- */

static void
apply_rest(struct engine *engine, struct member *member, int counter, uint64_t by, instant at,
	struct ratio rest)
{
	if (!fraction_add(engine->programme, tally_holder(engine, member, counter), counter, by, at,
		    rest))
		engine_memory(engine);
}

void
apply_rooms(struct engine *engine, struct member *member, const struct room_use *uses)
{
	for (; uses; uses = uses->next) {
		if (uses->counter < 0)
			continue;
		if (uses->amount)
			apply_tally(
				engine, member, uses->counter, uses->by, uses->at, uses->amount);
		if (uses->rest.num)
			apply_rest(engine, member, uses->counter, uses->by, uses->at, uses->rest);
	}
}

/* ---- the sale ---------------------------------------------------------------- */

uint64_t
hash_sku(const struct fact *fact, int row)
{
	const struct value *sku;

	if (row < 0)
		return 0;
	sku = record_cell(fact->record, TABLE_ITEMS, row, ITEM_SKU);
	if (sku->kind == VALUE_ABSENT)
		return 0;
	return XXH3_64bits(sku->text.data, sku->text.size) | 1;
}

static struct sale_back *
back_of(struct engine *engine, struct sale *sale)
{
	if (sale->back)
		return sale->back;
	sale->back = malloc(sizeof(*sale->back) + sale->line_count * sizeof(struct ratio));
	if (!sale->back) {
		engine_memory(engine);
		return NULL;
	}
	sale->back->recall = NULL;
	sale->back->share = RATIO_ZERO;
	for (uint32_t i = 0; i < sale->line_count; i++)
		sale->back->lines[i] = RATIO_ZERO;
	return sale->back;
}

static struct sale *
new_sale(struct engine *engine, const struct fact *fact)
{
	uint32_t lines = (uint32_t)fact->line_count;
	bool has_items = fact->lines[0].row >= 0;
	struct sale *sale =
		slab_take(members_slab(engine->members), sale_size(has_items ? lines : 0));

	if (!sale) {
		engine_memory(engine);
		return NULL;
	}
	*sale = (struct sale){ .date = fact->occurred,
		.amount = fact->amount,
		.line_count = lines,
		.has_items = has_items };
	for (uint32_t i = 0; has_items && i < lines; i++)
		sale->lines[i] = (struct sale_line){ hash_sku(fact, fact->lines[i].row),
			fact->lines[i].qty };
	return sale;
}

static bool
is_plain_sale(const struct engine *engine, const struct fact *fact)
{
	return engine->plain && fact->key == fact->member && fact->lines[0].row < 0 &&
	       fact->tender_count == 0 && fact->occurred == fact->at;
}

static struct sale *
open_new_sale(struct engine *engine, const struct fact *fact)
{
	struct sale *sale = new_sale(engine, fact);

	if (sale)
		fact->past->sale = sale;
	fact->past->open = sale;
	return sale;
}

/* A sale whose rules a return is to ask again. */
static void
keep_sale(struct engine *engine, const struct fact *fact)
{
	struct sale *sale = open_new_sale(engine, fact);
	struct sale_back *back = sale ? back_of(engine, sale) : NULL;

	if (!back)
		return;
	back->recall = recall_new(engine->programme, fact->record->line, fact->member->referrer);
	if (!back->recall)
		engine_memory(engine);
}

void
apply_sale(struct engine *engine, const struct fact *fact)
{
	fact->past->amount = fact->amount;
	if (recall_needed(engine->programme))
		keep_sale(engine, fact);
	else if (!is_plain_sale(engine, fact))
		open_new_sale(engine, fact);
}

void
sale_add_given(struct sale *sale, struct given_posting *posting)
{
	if (sale->last)
		sale->last->next = posting;
	else
		sale->first = posting;
	sale->last = posting;
}

/* What a rule gave on the one line of a sale, without limits. */
static struct given_posting *
add_plain_posting(struct engine *engine, const struct member *member, const struct past_fact *past,
	int rule, struct slice id, uint32_t gives)
{
	struct given_posting *posting =
		given_posting_new(members_slab(engine->members), gives, 0, 0, false, id);

	if (!posting) {
		engine_memory(engine);
		return NULL;
	}
	posting->member = member->index;
	posting->rule = (int16_t)rule;
	sale_add_given(past->sale, posting);
	return posting;
}

/* Gives of one rule stand together: they were one posting. */
static void
open_posting(struct engine *engine, const struct member *member, const struct past_fact *past,
	uint32_t first, uint32_t count)
{
	int rule = past->gives[first].rule;
	struct slice id = scratch_join(&engine->scratch, past_id(past), SLICE(":"),
		engine->programme->rules[rule].id, SLICE(""));
	struct given_posting *posting = add_plain_posting(engine, member, past, rule, id, count);

	for (uint32_t i = 0; posting && i < count; i++)
		given_of(posting)[i] = (struct given){ .amount = past->gives[first + i].amount,
			.unit = past->gives[first + i].unit };
}

struct sale *
sale_open(struct engine *engine, const struct member *key, struct past_fact *past)
{
	struct sale *sale = past_open_sale(past);
	uint32_t count;

	if (sale)
		return sale;
	sale = slab_take(members_slab(engine->members), sale_size(0));
	if (!sale) {
		engine_memory(engine);
		return NULL;
	}
	*sale = (struct sale){ .date = past->at, .amount = past->amount, .line_count = 1 };
	past->sale = sale;
	past->open = true;
	for (uint32_t i = 0; i < past->give_count; i += count) {
		count = 1;
		while (i + count < past->give_count &&
			past->gives[i + count].rule == past->gives[i].rule)
			count++;
		open_posting(engine, key, past, i, count);
	}
	past->give_count = 0;
	return past->sale;
}

/* The remembered purchase that a cause goes back to. */
static struct past_fact *
sale_of_cause(struct engine *engine, const struct cause *cause)
{
	const struct fact *fact = cause->root;

	if (!fact || fact->type != FACT_PURCHASE || fact->id.size == 0 || !fact->past)
		return NULL;
	return sale_open(engine, fact->key, fact->past) ? fact->past : NULL;
}

static uint32_t
count_rooms(const struct firing *firing)
{
	uint32_t rooms = 0;

	for (const struct room_use *use = firing->rooms; use; use = use->next)
		if (use->counter >= 0)
			rooms++;
	return rooms;
}

static struct ratio
line_weight(const struct firing *firing, int give, int line)
{
	const struct ratio *cells =
		firing->cells + (give * firing->line_count + line) * firing->tender_count;
	struct ratio sum = RATIO_ZERO;

	for (int i = 0; i < firing->tender_count; i++)
		(void)ratio_add(sum, cells[i], &sum);
	return sum;
}

/* The weights of one unit of a posting: each line's contribution, then the fixed part. */
static void
note_weights(
	const struct firing *firing, int give, bool chained, uint32_t lines, struct ratio *weights)
{
	bool whole = firing->fixed || chained;

	for (uint32_t i = 0; i < lines; i++)
		weights[i] = whole ? RATIO_ZERO : line_weight(firing, give, (int)i);
	weights[lines] = whole ? ratio_of(1, 1) : firing->fixed_parts[give];
}

static void
note_rooms(const struct firing *firing, uint32_t member, struct room_used *rooms)
{
	for (const struct room_use *use = firing->rooms; use; use = use->next)
		if (use->counter >= 0)
			*rooms++ = (struct room_used){ use->by, use->at, use->amount, use->amount,
				(uint32_t)use->counter, member };
}

/* The base that limits counted of a firing: one for all of them. */
static const struct room_use *
counted_base(const struct programme *programme, const struct firing *firing)
{
	for (const struct room_use *use = firing->rooms; use; use = use->next)
		if (use->counter >= 0 && programme->counters[use->counter].kind == COUNTER_AMOUNT)
			return use;
	return NULL;
}

/* A bonus that hangs on another posting goes back with the whole sale only. */
static void
note_posting(struct engine *engine, struct past_fact *past, const struct cause *cause,
	const struct posting *posting)
{
	const struct firing *firing = posting->firing;
	const struct rule *rule = &engine->programme->rules[posting->rule_index];
	struct sale *sale = past->sale;
	uint32_t lines = sale->line_count;
	const struct room_use *base;
	struct given_posting *kept;
	uint32_t rooms;

	rooms = count_rooms(firing);
	base = counted_base(engine->programme, firing);
	kept = given_posting_new(members_slab(engine->members), (uint32_t)posting->unit_count,
		rooms, lines + 1, base != NULL, posting->id);
	if (!kept) {
		engine_memory(engine);
		return;
	}
	kept->member = posting->member->index;
	kept->rule = (int16_t)posting->rule_index;
	kept->mark = firing->mark;
	kept->chained = cause->posting != NULL;
	for (int i = 0; i < posting->unit_count; i++) {
		struct ratio *weights = given_weights(kept, (uint32_t)i);

		given_of(kept)[i] = (struct given){ .amount = posting->units[i].amount,
			.unit = posting->units[i].unit };
		note_weights(firing, rule_give(rule, posting->units[i].unit), cause->posting, lines,
			weights);
	}
	note_rooms(firing, kept->member, rooms_of(kept));
	if (base)
		*given_base(kept) = (struct given_base){ base->exact, base->exact };
	sale_add_given(sale, kept);
}

void
apply_paid_to(struct engine *engine, const struct cause *cause, const struct member *other)
{
	struct past_fact *past = sale_of_cause(engine, cause);

	if (past)
		past->sale->paid_to = other->index + 1;
}

/* The usual case: one line gave it all, and no limit was used. */
void
apply_plain(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct past_fact *past = cause->root->past;

	if (cause->root->id.size == 0)
		return;
	/* A number in its id cannot be told from the fact and the rule. */
	if (posting->id.size != past->id_size + 1 + posting->rule.size &&
		!sale_open(engine, posting->member, past))
		return;
	/* A claim has been opened before: when it counts had to be kept. */
	if (past->open) {
		struct given_posting *kept = add_plain_posting(engine, posting->member, past,
			posting->rule_index, posting->id, (uint32_t)posting->unit_count);

		for (int i = 0; kept && i < posting->unit_count; i++)
			given_of(kept)[i] = (struct given){ .amount = posting->units[i].amount,
				.unit = posting->units[i].unit };
		return;
	}
	for (int i = 0; i < posting->unit_count; i++)
		past->gives[past->give_count++] = (struct plain_give){ posting->units[i].amount,
			(int16_t)posting->rule_index, (uint16_t)posting->units[i].unit };
}

void
apply_firing(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct past_fact *past = sale_of_cause(engine, cause);

	apply_rooms(engine, posting->member, posting->firing->rooms);
	if (posting->firing->reach >= 0 && posting->id.size)
		posting->firing->mark = apply_reach(engine, cause, posting->firing->reach,
			posting->rule_index, posting->firing->threshold);
	if (past)
		note_posting(engine, past, cause, posting);
}

/* What was decided upstream, with the rooms that a return gives back. */
static void
note_upstream_posting(struct engine *engine, const struct cause *cause,
	const struct posting *posting, const struct firing *firing)
{
	struct past_fact *past = sale_of_cause(engine, cause);
	uint32_t units = (uint32_t)posting->unit_count;
	struct given_posting *kept;

	if (!past)
		return;
	kept = given_posting_new(
		members_slab(engine->members), units, count_rooms(firing), 0, false, posting->id);
	if (!kept) {
		engine_memory(engine);
		return;
	}
	kept->member = posting->member->index;
	kept->rule = (int16_t)posting->rule_index;
	for (uint32_t i = 0; i < units; i++)
		given_of(kept)[i] = (struct given){ .amount = posting->units[i].amount,
			.unit = posting->units[i].unit };
	note_rooms(firing, kept->member, rooms_of(kept));
	sale_add_given(past->sale, kept);
}

/* What was posted is what a `most` limit counts. */
static void
use_most(const struct limits_asked *asked, int index, const struct posting *posting,
	struct room_use **uses)
{
	const struct unit_amounts *most = &asked->engine->programme->limits[index].most;

	for (int i = 0; i < most->count; i++)
		for (int j = 0; j < posting->unit_count; j++) {
			if (posting->units[j].unit != most->items[i].unit)
				continue;
			limits_use_most(asked, index, i, RATIO_ZERO, uses);
			if (*uses)
				(*uses)->amount = posting->units[j].amount;
		}
}

void
apply_upstream_firing(
	struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	const struct programme *programme = engine->programme;
	const struct rule *rule = &programme->rules[posting->rule_index];
	struct question question = question_of(engine, cause);
	struct firing firing = { .reach = -1 };

	for (int i = 0; i < rule->limits.count; i++) {
		struct index_list one = { &rule->limits.items[i], 1 };
		struct room_use *record_uses = NULL;
		struct limits_asked asked = { engine, cause, &question, posting->member, &one,
			&record_uses, NULL };

		if (!programme->limits[one.items[0]].by_both)
			continue;
		limits_use_times(&asked, 1, &firing.rooms);
		use_most(&asked, one.items[0], posting, &firing.rooms);
	}
	apply_rooms(engine, posting->member, firing.rooms);
	if (programme->returns_shared_room && firing.rooms)
		note_upstream_posting(engine, cause, posting, &firing);
}

static size_t
parts_size(uint32_t gives, uint32_t rooms, uint32_t weights, bool base)
{
	return sizeof(struct given_posting) + (base ? sizeof(struct given_base) : 0) +
	       (size_t)gives * weights * sizeof(struct ratio) + gives * sizeof(struct given) +
	       rooms * sizeof(struct room_used);
}

size_t
given_posting_size(const struct given_posting *posting)
{
	return parts_size(posting->given_count, posting->room_count, posting->weight_count,
		       posting->has_base) +
	       posting->id_size;
}

struct given_posting *
given_posting_new(struct slab *slab, uint32_t gives, uint32_t rooms, uint32_t weights, bool base,
	struct slice id)
{
	size_t parts = parts_size(gives, rooms, weights, base);
	struct given_posting *posting = slab_take(slab, parts + id.size);

	if (!posting)
		return NULL;
	memset(posting, 0, parts);
	posting->given_count = (uint16_t)gives;
	posting->room_count = (uint16_t)rooms;
	posting->weight_count = weights;
	posting->has_base = base;
	posting->id_size = (uint32_t)id.size;
	if (id.size > 0)
		memcpy((char *)posting + parts, id.data, id.size);
	return posting;
}

struct given_base *
given_base(struct given_posting *posting)
{
	return posting->has_base ? (struct given_base *)(void *)(posting + 1) : NULL;
}

struct ratio *
given_weights(struct given_posting *posting, uint32_t give)
{
	struct given_base *weights = (struct given_base *)(void *)(posting + 1);

	return (struct ratio *)(void *)(weights + (posting->has_base ? 1 : 0)) +
	       (size_t)give * posting->weight_count;
}

struct given *
given_of(struct given_posting *posting)
{
	return (struct given *)(void *)given_weights(posting, posting->given_count);
}

struct room_used *
rooms_of(struct given_posting *posting)
{
	return (struct room_used *)(void *)(given_of(posting) + posting->given_count);
}

struct slice
given_id(struct given_posting *posting)
{
	return (struct slice){ (const char *)(rooms_of(posting) + posting->room_count),
		posting->id_size };
}

/* ---- returns ------------------------------------------------------------------- */

static void
move_back(struct ratio *back, struct ratio by, int sign)
{
	by.num *= sign;
	(void)ratio_add(*back, by, back);
}

/* Remembers what a return brought back, so that it can be cancelled. */
static void
note_return(struct engine *engine, const struct fact *fact, struct past_fact *sale,
	struct ratio back, const struct ratio *lines)
{
	struct past_fact *past = fact->past;
	uint32_t count = lines ? sale->sale->line_count : 0;
	struct returned *returned;
	struct member *key = fact->key;

	if (!past || past->type != FACT_RETURN)
		return;
	returned = malloc(sizeof(*returned) + count * sizeof(struct ratio));
	if (!returned) {
		engine_memory(engine);
		return;
	}
	(void)past_of(engine, fact, &key);
	returned->sale = sale->number;
	returned->key = key->index;
	returned->date = past_date(sale);
	returned->back = back;
	returned->line_count = count;
	for (uint32_t i = 0; i < count; i++)
		returned->lines[i] = lines[i];
	past->returned = returned;
}

void
apply_known_return(struct engine *engine, const struct fact *fact)
{
	struct member *key;
	struct past_fact *sale = past_of(engine, fact, &key);

	if (sale && sale->type == FACT_PURCHASE && fact->id.size)
		note_return(engine, fact, sale, RATIO_ZERO, NULL);
}

void
move_return(struct engine *engine, const struct fact *fact, struct past_fact *sale,
	struct ratio share, const struct ratio *lines, int sign)
{
	struct sale_back *back = back_of(engine, sale->sale);

	if (!back)
		return;
	move_back(&back->share, share, sign);
	for (uint32_t i = 0; lines && i < sale->sale->line_count; i++)
		move_back(&back->lines[i], lines[i], sign);
	if (sign > 0 && fact->id.size)
		note_return(engine, fact, sale, share, lines);
}

struct ratio
sale_line_back(const struct sale *sale, uint32_t line)
{
	const struct ratio one = { 1, 1 };
	struct ratio back;

	if (!sale->back)
		return RATIO_ZERO;
	if (!ratio_add(sale->back->lines[line], sale->back->share, &back))
		return one;
	return ratio_compare(back, one) > 0 ? one : back;
}

bool
sale_is_back(const struct past_fact *past)
{
	if (past->cancelled)
		return true;
	for (uint32_t i = 0; i < past->sale->line_count; i++)
		if (ratio_compare(sale_line_back(past->sale, i), ratio_of(1, 1)) != 0)
			return false;
	return true;
}

/* ---- reversal ------------------------------------------------------------------ */

/* Room goes back to the period in which it was used. */
void
apply_room_held(struct engine *engine, struct room_used *room, int64_t held)
{
	if (held == room->held)
		return;
	apply_tally(engine, member_now(engine, members_at(engine->members, room->member)),
		(int)room->counter, room->by, room->window, held - room->held);
	room->held = held;
}

void
apply_base_held(struct engine *engine, struct room_used *room, struct ratio more)
{
	struct member *member = member_now(engine, members_at(engine->members, room->member));
	int counter = (int)room->counter;
	struct ratio rest;
	int64_t count;

	if (!fraction_split(more, &count, &rest)) {
		engine_overflow(engine, "what a limit has counted");
		return;
	}
	if (count)
		apply_tally(engine, member, counter, room->by, room->window, count);
	if (rest.num)
		apply_rest(engine, member, counter, room->by, room->window, rest);
}

static bool
is_taken_back(struct given_posting *posting)
{
	for (uint32_t i = 0; i < posting->given_count; i++)
		if (given_of(posting)[i].reversed != given_of(posting)[i].amount)
			return false;
	return true;
}

void
apply_reversal(struct engine *engine, const struct posting *posting)
{
	const struct reversal *reversal = posting->reversal;

	for (int i = 0; i < reversal->part_count; i++) {
		const struct reversal_part *part = &reversal->parts[i];
		struct member *member = members_at(engine->members, part->posting->member);
		uint32_t mark = part->posting->mark;

		given_of(part->posting)[part->given].reversed += part->amount;
		if (mark)
			apply_reach_back(member_now(engine, member), merged_mark(member, mark),
				is_taken_back(part->posting));
	}
}

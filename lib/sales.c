/*
 * sales.c - what a sale gave, kept for its returns.
 */
#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "firing.h"
#include "sales.h"

/* ---- rooms ---------------------------------------------------------------- */

static void
count_room(struct engine *engine, struct member *member, int counter, uint64_t by, instant at,
	int64_t amount)
{
	switch (tally_add(engine->programme, member, counter, by, at, amount)) {
	case TALLY_OVERFLOW:
		engine_overflow(engine, "what a limit has counted");
		break;
	case TALLY_MEMORY:
		engine_memory(engine);
		break;
	case TALLY_OK:
		break;
	}
}

void
apply_rooms(struct engine *engine, struct member *member, const struct room_use *uses)
{
	for (; uses; uses = uses->next)
		if (uses->counter >= 0 && uses->amount)
			count_room(engine, member, uses->counter, uses->by, uses->at, uses->amount);
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

static struct sale *
new_sale(struct engine *engine, const struct fact *fact)
{
	uint32_t lines = (uint32_t)fact->line_count;
	struct sale *sale = calloc(1, sizeof(*sale) + lines * sizeof(struct sale_line));

	if (!sale) {
		engine_memory(engine);
		return NULL;
	}
	sale->amount = fact->amount;
	sale->back = RATIO_ZERO;
	sale->line_count = lines;
	for (uint32_t i = 0; i < lines; i++) {
		sale->lines[i].sku = hash_sku(fact, fact->lines[i].row);
		sale->lines[i].qty = fact->lines[i].qty;
		sale->lines[i].back = RATIO_ZERO;
	}
	return sale;
}

void
apply_sale(struct engine *engine, const struct fact *fact)
{
	struct past_fact *past = past_find(engine->past, fact->member->index, fact->id);

	if (past && past->type == FACT_PURCHASE)
		past->sale = new_sale(engine, fact);
}

/* The remembered purchase that a cause goes back to. */
static struct past_fact *
sale_of_cause(struct engine *engine, const struct cause *cause)
{
	const struct fact *fact = cause->root;
	struct past_fact *past;

	if (!fact || fact->type != FACT_PURCHASE || fact->id.size == 0)
		return NULL;
	past = past_find(engine->past, fact->member->index, fact->id);
	return past && past->sale ? past : NULL;
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
	const struct ratio *cells = firing->cells +
	                            (give * firing->line_count + line) * firing->tender_count;
	struct ratio sum = RATIO_ZERO;

	for (int i = 0; i < firing->tender_count; i++)
		(void)ratio_add(sum, cells[i], &sum);
	return sum;
}

static int
give_index(const struct rule *rule, int unit)
{
	for (int i = 0; i < rule->gives.count; i++)
		if (rule->gives.items[i].unit == unit)
			return i;
	return 0;
}

/* The weights of one unit of a posting: each line's contribution, then the fixed part. */
static void
note_weights(const struct firing *firing, int give, bool chained, uint32_t lines,
	struct ratio *weights)
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
			*rooms++ = (struct room_used){ use->by, use->at, use->amount,
				(uint32_t)use->counter, member };
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
	struct given_posting *kept;
	uint32_t rooms;

	rooms = count_rooms(firing);
	kept = given_posting_new((uint32_t)posting->unit_count, rooms, lines + 1, posting->id);
	if (!kept) {
		engine_memory(engine);
		return;
	}
	kept->member = posting->member->index;
	kept->rule = posting->rule_index;
	kept->reach = (uint32_t)(firing->reach + 1);
	kept->threshold = firing->threshold;
	for (int i = 0; i < posting->unit_count; i++) {
		struct ratio *weights = given_weights(kept, (uint32_t)i);

		given_of(kept)[i] = (struct given){ .amount = posting->units[i].amount,
			.unit = posting->units[i].unit };
		note_weights(firing, give_index(rule, posting->units[i].unit), cause->posting,
			lines, weights);
	}
	note_rooms(firing, kept->member, rooms_of(kept));
	if (sale->last)
		sale->last->next = kept;
	else
		sale->first = kept;
	sale->last = kept;
}

void
apply_firing(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct past_fact *past = sale_of_cause(engine, cause);

	apply_rooms(engine, posting->member, posting->firing->rooms);
	if (past)
		note_posting(engine, past, cause, posting);
}

struct given_posting *
given_posting_new(uint32_t gives, uint32_t rooms, uint32_t weights, struct slice id)
{
	size_t size = sizeof(struct given_posting) + gives * sizeof(struct given) +
	              rooms * sizeof(struct room_used) +
	              (size_t)gives * weights * sizeof(struct ratio) + id.size;
	struct given_posting *posting = malloc(size);

	if (!posting)
		return NULL;
	memset(posting, 0, size);
	posting->given_count = gives;
	posting->room_count = rooms;
	posting->weight_count = weights;
	posting->id_size = (uint32_t)id.size;
	memcpy((char *)posting + size - id.size, id.data, id.size);
	return posting;
}

struct ratio *
given_weights(struct given_posting *posting, uint32_t give)
{
	return (struct ratio *)(void *)(posting + 1) + (size_t)give * posting->weight_count;
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
	struct past_fact *past = past_find(engine->past, fact->member->index, fact->id);
	uint32_t count = lines ? sale->sale->line_count : 0;
	struct returned *returned;

	if (!past || past->type != FACT_RETURN)
		return;
	returned = malloc(sizeof(*returned) + count * sizeof(struct ratio));
	if (!returned) {
		engine_memory(engine);
		return;
	}
	returned->sale = sale;
	returned->back = back;
	returned->line_count = count;
	for (uint32_t i = 0; i < count; i++)
		returned->lines[i] = lines[i];
	past->returned = returned;
	past->date = sale->date;
}

void
apply_return(struct engine *engine, const struct fact *fact, struct past_fact *sale,
	struct ratio back, const struct ratio *lines, int sign)
{
	move_back(&sale->sale->back, back, sign);
	for (uint32_t i = 0; lines && i < sale->sale->line_count; i++)
		move_back(&sale->sale->lines[i].back, lines[i], sign);
	if (sign > 0 && fact->id.size)
		note_return(engine, fact, sale, back, lines);
}

/* ---- reversal ------------------------------------------------------------------ */

/* Room goes back to the period in which it was used, in the share that was taken back. */
static void
return_rooms(struct engine *engine, const struct reversal_part *part)
{
	struct given_posting *posting = part->posting;
	const struct given *given = &given_of(posting)[part->given];
	struct room_used *rooms = rooms_of(posting);

	for (uint32_t i = 0; i < posting->room_count; i++) {
		const struct counter *counter = &engine->programme->counters[rooms[i].counter];
		struct member *member = members_at(engine->members, rooms[i].member);
		int64_t amount = 0;

		if (counter->kind == COUNTER_TIMES && part->whole)
			amount = rooms[i].amount;
		else if (counter->kind == COUNTER_MOST && counter->unit == given->unit)
			amount = part->amount;
		else if (counter->kind == COUNTER_AMOUNT && given->amount && part->given == 0)
			amount = (int64_t)((int128)rooms[i].amount * part->amount / given->amount);
		if (amount)
			count_room(engine, member, (int)rooms[i].counter, rooms[i].by,
				rooms[i].window, -amount);
	}
}

static void
lower_peak(struct engine *engine, const struct given_posting *posting)
{
	struct member *member = members_at(engine->members, posting->member);
	int64_t *peak;

	if (!posting->reach || !member->more)
		return;
	peak = &member->more->reach_peaks[posting->reach - 1];
	if (*peak >= posting->threshold)
		*peak = posting->threshold - 1;
}

void
apply_reversal(struct engine *engine, const struct posting *posting)
{
	const struct reversal *reversal = posting->reversal;

	for (int i = 0; i < reversal->part_count; i++) {
		const struct reversal_part *part = &reversal->parts[i];

		given_of(part->posting)[part->given].reversed += part->amount;
		return_rooms(engine, part);
		if (part->whole)
			lower_peak(engine, part->posting);
	}
}

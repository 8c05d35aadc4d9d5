/*
 * recall.c - a sale once more, as its returns have left it.
 */
#include "recall.h"

#include <stdlib.h>
#include <string.h>

#include "basis.h"
#include "sales.h"

static bool
recall_rewards(const struct programme *programme)
{
	return programme->policy.returns_share || programme->policy.recheck & RECHECK_REWARDS;
}

bool
recall_later(const struct programme *programme)
{
	return recall_rewards(programme) || programme->returns_shared_room;
}

bool
recall_needed(const struct programme *programme)
{
	return programme->policy.recheck & RECHECK_RULES || recall_rewards(programme);
}

static char *
line_of(const struct recall *recall, const struct programme *programme)
{
	return (char *)(uintptr_t)(recall->answers + programme->asked_count);
}

struct slice
recall_line(const struct recall *recall, const struct programme *programme)
{
	return (struct slice){ line_of(recall, programme), recall->line_size };
}

struct recall *
recall_new(const struct programme *programme, struct slice line, uint32_t receiver)
{
	size_t answers = (size_t)programme->asked_count * sizeof(uint16_t);
	struct recall *recall = calloc(1, sizeof(*recall) + answers + line.size);

	if (!recall)
		return NULL;
	recall->receiver = receiver;
	recall->line_size = (uint32_t)line.size;
	memcpy(line_of(recall, programme), line.data, line.size);
	return recall;
}

void
recall_free(struct recall *recall)
{
	if (!recall)
		return;
	while (recall->firings) {
		struct recall_firing *next = recall->firings->next;

		free(recall->firings);
		recall->firings = next;
	}
	free(recall);
}

struct recall *
recall_of(const struct cause *cause)
{
	const struct past_fact *past = cause->fact ? cause->fact->past : NULL;

	if (!past || !past_open_sale(past) || !past->sale->back)
		return NULL;
	return past->sale->back->recall;
}

void
recall_note(struct recall *recall, const struct question *question, struct asked_range range)
{
	const struct asked *asked = question->engine->programme->asked;

	for (int i = range.first; i < range.first + range.count; i++)
		recall->answers[i] = asked[i].test ? test_answer(question, asked[i].test)
						   : table_answer(question, asked[i].table);
}

const struct recall_firing *
recall_find(const struct recall *recall, int rule)
{
	for (const struct recall_firing *kept = recall->firings; kept; kept = kept->next)
		if (kept->rule == rule)
			return kept;
	return NULL;
}

struct recall_firing *
recall_firing(struct recall *recall, const struct programme *programme, int rule)
{
	struct recall_firing *kept = (struct recall_firing *)(uintptr_t)recall_find(recall, rule);
	size_t parts = (size_t)programme->rules[rule].gives.count;

	if (kept)
		return kept;
	kept = calloc(1, sizeof(*kept) + parts * sizeof(struct recall_part));
	if (!kept)
		return NULL;
	kept->rule = rule;
	for (size_t i = 0; i < parts; i++)
		kept->parts[i].carried = RATIO_ZERO;
	kept->next = recall->firings;
	recall->firings = kept;
	return kept;
}

/* ---- reading again ------------------------------------------------------------- */

/* What is left of each line, and of what was paid. */
static bool
measure_rest(struct engine *engine, const struct sale *sale, struct recalled *recalled)
{
	struct ratio *lines =
		scratch_take(&engine->scratch, sale->line_count * sizeof(struct ratio));
	struct part amount = { .kind = PART_AMOUNT, .sign = 1 };
	struct ratio whole, rest;

	if (!lines) {
		engine_memory(engine);
		return false;
	}
	for (uint32_t i = 0; i < sale->line_count; i++)
		if (!ratio_subtract(ratio_of(1, 1), sale_line_back(sale, i), &lines[i]))
			lines[i] = RATIO_ZERO;
	recalled->remains.lines = lines;
	recalled->remains.share = ratio_of(1, 1);
	if (!part_total(&recalled->question, &amount, &whole))
		return false;
	recalled->question.remains = &recalled->remains;
	return whole.num == 0 || (part_total(&recalled->question, &amount, &rest) &&
					 ratio_divide(rest, whole, &recalled->remains.share));
}

bool
recall_sale(struct engine *engine, struct member *member, struct past_fact *past,
	struct recalled *recalled)
{
	const struct programme *programme = engine->programme;
	const struct recall *recall = past->sale->back->recall;
	struct slice line = recall_line(recall, programme);

	*recalled = (struct recalled){ .recall = recall };
	if (!engine->recalled)
		engine->recalled = record_new(programme->shape);
	if (!engine->recalled) {
		engine_memory(engine);
		return false;
	}
	if (record_parse(programme->shape, line, engine->recalled, engine->error) != LOYALTY_OK ||
		fact_read(programme, engine->recalled, FACT_PURCHASE, &engine->scratch,
			&recalled->fact, engine->error) != LOYALTY_OK) {
		engine_fail(engine, LOYALTY_CORRUPT, "", "a sale that cannot be read again");
		return false;
	}
	recalled->fact.at = past->at;
	recalled->fact.member = recalled->fact.key = member;
	recalled->fact.past = past;
	recalled->cause = (struct cause){
		.member = member,
		.key = member,
		.id = recalled->fact.name,
		.at_text = recalled->fact.at_text,
		.at = past->at,
		.judged = past->at,
		.date = recalled->fact.occurred,
		.fact = &recalled->fact,
		.root = &recalled->fact,
		.moment = -1,
		.slot = SLOT_RECORD,
	};
	recalled->question = question_of(engine, &recalled->cause);
	recalled->remains.answers = recall->answers;
	if (measure_rest(engine, past->sale, recalled))
		return true;
	engine_overflow(engine, "what is left of a sale");
	return false;
}

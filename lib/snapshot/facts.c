/*
 * facts.c - the remembered facts of an opening.
 */
#include "../past.h"

#include "names.h"
#include "state.h"

enum { LINE_BYTES = 16 };

/* What a fact is, beside what it gave or took. */
struct whole_fact {
	struct slice id;
	int64_t amount; /* of a sale */
	uint64_t history;
	int type;
	struct plain_give *gives;
	struct past_fact fact;
};

/* ---- the line of a fact without id -------------------------------------------- */

static void
code_line(struct codec *codec, struct slice *id)
{
	static const char digits[] = "0123456789abcdef";
	char *bytes = scratch_take(&codec->engine->scratch, LINE_BYTES);
	char text[2 * LINE_BYTES];
	struct slice line = { text, sizeof(text) };

	if (!bytes) {
		codec_memory(codec);
		return;
	}
	for (size_t i = 0; writes(codec) && i < LINE_BYTES; i++) {
		text[2 * i] = digits[(unsigned char)id->data[i] >> 4];
		text[2 * i + 1] = digits[(unsigned char)id->data[i] & 15];
	}
	code_text(codec, "line", &line);
	if (writes(codec) || line.size == 0)
		return;
	for (size_t i = 0; i < LINE_BYTES && line.size == sizeof(text); i++) {
		const char *high = memchr(digits, line.data[2 * i], 16);
		const char *low = memchr(digits, line.data[2 * i + 1], 16);

		if (!high || !low)
			break;
		bytes[i] = (char)((high - digits) << 4 | (low - digits));
		if (i + 1 == LINE_BYTES)
			*id = (struct slice){ bytes, LINE_BYTES };
	}
	if (id->size == 0)
		codec_fail(codec, "line", "expected 32 hexadecimal digits");
}

/* ---- members of a fact --------------------------------------------------------- */

/* Histories are told by their counters: which of them are histories is the programme's. */
static void
code_history(struct codec *codec, uint64_t *history)
{
	const struct programme *programme = codec->engine->programme;
	int bit = 0;

	if (!code_list(codec, "counted", *history != 0))
		return;
	for (int i = 0; writes(codec) && i < programme->counter_count; i++) {
		int64_t place = i;

		if (programme->counters[i].kind != COUNTER_HISTORY ||
			!(*history >> (bit++ & 63) & 1))
			continue;
		(void)code_next(codec);
		value_count(codec, &place);
	}
	while (!writes(codec) && code_next(codec)) {
		int64_t place = -1;
		int counter = -1;

		value_count(codec, &place);
		if (place >= 0 && place < codec->names->read_counters.count)
			counter = codec->names->read_counters.own[place];
		bit = 0;
		for (int i = 0; i < counter; i++)
			bit += programme->counters[i].kind == COUNTER_HISTORY;
		if (counter >= 0)
			*history |= UINT64_C(1) << (bit & 63);
	}
	code_list_end(codec);
}

static void
code_give(struct codec *codec, struct plain_give *give, int *rule, int *unit)
{
	int64_t amount = give->amount;

	code_rule(codec, "rule", rule);
	code_unit(codec, unit);
	code_count(codec, "n", &amount, 0);
	give->amount = amount;
}

static void
read_gives(struct codec *codec, struct whole_fact *whole)
{
	size_t room = code_left(codec);
	int count = 0;

	whole->gives = scratch_take(&codec->engine->scratch, (room + 1) * sizeof(*whole->gives));
	if (!whole->gives || room > UINT8_MAX) {
		codec_memory(codec);
		return;
	}
	while (code_next_object(codec)) {
		struct plain_give give = { 0 };
		int rule = -1, unit = -1;

		code_give(codec, &give, &rule, &unit);
		code_object_end(codec);
		give.rule = (int16_t)rule;
		give.unit = (uint16_t)unit;
		if (rule >= 0 && unit >= 0)
			whole->gives[count++] = give;
	}
	whole->fact.give_count = whole->fact.give_room = (uint8_t)count;
}

static void
code_gives(struct codec *codec, struct whole_fact *whole)
{
	if (!code_list(codec, "gave", whole->fact.give_count > 0))
		return;
	for (int i = 0; writes(codec) && i < whole->fact.give_count; i++) {
		struct plain_give give = whole->gives[i];
		int rule = give.rule, unit = give.unit;

		(void)code_next_object(codec);
		code_give(codec, &give, &rule, &unit);
		code_object_end(codec);
	}
	if (!writes(codec))
		read_gives(codec, whole);
	code_list_end(codec);
}

static void
code_fact(struct codec *codec, struct whole_fact *whole)
{
	struct past_fact *fact = &whole->fact;
	struct slice type = slice_of(record_type_name((enum record_type)whole->type));
	uint64_t hash = fact->line_hash;

	code_text(codec, "type", &type);
	if (!writes(codec)) {
		whole->type = (int)record_type_of(type);
		if (!is_fact((enum record_type)whole->type))
			codec_fail(codec, "facts", "expected a fact");
	}
	if (!writes(codec) || !fact->by_line)
		code_text(codec, "id", &whole->id);
	if (!writes(codec))
		fact->by_line = whole->id.size == 0;
	if (fact->by_line)
		code_line(codec, &whole->id);
	code_hash(codec, "hash", &hash);
	fact->line_hash = hash;
	CODE_NUMBER(codec, "n", fact->number, 0);
	code_dated(codec, "at", &fact->at);
	code_count(codec, "amount", &whole->amount, 0);
	CODE_BIT(codec, "cancelled", fact->cancelled);
	CODE_BIT(codec, "refused", fact->refused);
	CODE_BIT(codec, "left", fact->left);
	code_history(codec, &whole->history);
	code_gives(codec, whole);
}

/* What hangs on a fact beside itself. */
static void
code_story(struct codec *codec, struct past_fact *fact)
{
	switch ((enum record_type)fact->type) {
	case FACT_PURCHASE:
		code_sale(codec, fact);
		break;
	case FACT_RETURN:
		code_returned(codec, fact);
		break;
	case FACT_REDEEM:
		fact->redemption = code_redemption(codec, "took", fact->redemption);
		break;
	default:
		break;
	}
}

/* ---- all of them ----------------------------------------------------------------- */

static void
write_fact(struct codec *codec, struct past_fact *fact)
{
	struct whole_fact whole = {
		.id = past_id(fact), .history = past_history(fact), .type = fact->type
	};

	memcpy(&whole.fact, fact, sizeof(whole.fact));
	whole.gives = fact->gives;
	if (fact->type == FACT_PURCHASE)
		whole.amount = fact->open ? fact->sale->amount : fact->amount;
	(void)code_next_object(codec);
	code_fact(codec, &whole);
	code_story(codec, fact);
	code_object_end(codec);
}

static void
read_fact(struct codec *codec, struct member *member)
{
	struct whole_fact whole = { .id = SLICE("") };
	const struct past_fact *read = &whole.fact;
	struct past_fact *fact;

	code_fact(codec, &whole);
	if (codec->failed)
		return;
	fact = past_put(codec->engine->past, member, whole.id, read->by_line,
		(enum record_type)whole.type, read->at, read->give_count);
	if (!fact) {
		codec_memory(codec);
		return;
	}
	fact->line_hash = read->line_hash;
	fact->number = read->number;
	if (fact->type == FACT_PURCHASE)
		fact->amount = whole.amount;
	fact->cancelled = read->cancelled;
	fact->refused = read->refused;
	fact->left = read->left;
	fact->give_count = read->give_count;
	if (read->give_count)
		memcpy(fact->gives, whole.gives, read->give_count * sizeof(*whole.gives));
	past_count_history(fact, whole.history);
	code_story(codec, fact);
}

static bool
is_written(const struct codec *codec, const struct member *member, const struct past_fact *fact)
{
	return past_matters(codec->engine->past, member, fact);
}

void
code_facts(struct codec *codec, struct member *member)
{
	int64_t count = member->facts_had;
	struct past_fact *fact;
	bool some = false;

	code_count(codec, "facts_had", &count, 0);
	for (fact = past_next(member, NULL); writes(codec) && fact; fact = past_next(member, fact))
		some = some || is_written(codec, member, fact);
	if (code_list(codec, "facts", some)) {
		fact = past_next(member, NULL);
		for (; writes(codec) && fact; fact = past_next(member, fact))
			if (is_written(codec, member, fact))
				write_fact(codec, fact);
		while (!writes(codec) && code_next_object(codec)) {
			read_fact(codec, member);
			code_object_end(codec);
		}
		code_list_end(codec);
	}
	if (!writes(codec))
		member->facts_had = (uint32_t)count;
}

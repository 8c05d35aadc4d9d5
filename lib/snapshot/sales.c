/*
 * sales.c - the remembered sales and returns of an opening: what they gave, and how much of
 * it has gone back.
 */
#include "../sales.h"

#include <stdlib.h>

#include "../recall.h"
#include "names.h"
#include "state.h"

/* ---- fractions of lines ---------------------------------------------------------- */

/* Ratios of a list; what is not said is 0. */
static void
code_ratios(struct codec *codec, const char *name, struct ratio *ratios, uint32_t count)
{
	uint32_t i = 0;

	if (!code_list(codec, name, count > 0))
		return;
	for (; (!writes(codec) || i < count) && code_next(codec); i++) {
		struct ratio ratio = writes(codec) ? ratios[i] : RATIO_ZERO;

		value_ratio(codec, &ratio);
		if (!writes(codec) && i < count)
			ratios[i] = ratio;
	}
	code_list_end(codec);
}

/* ---- what is kept to ask again ------------------------------------------------------ */

static void
code_part(struct codec *codec, struct recall_part *part)
{
	code_ratio(codec, "room", &part->room, NO_RATIO);
	code_ratio(codec, "carried", &part->carried, RATIO_ZERO);
}

static void
code_firing(struct codec *codec, struct recall_firing *firing, int parts)
{
	int i = 0;

	code_flag(codec, "fired", &firing->fired);
	code_ratio(codec, "base", &firing->base, NO_RATIO);
	if (!code_list(codec, "parts", parts > 0))
		return;
	for (; (!writes(codec) || i < parts) && code_next_object(codec); i++) {
		struct recall_part part = { NO_RATIO, RATIO_ZERO };

		if (writes(codec))
			part = firing->parts[i];
		code_part(codec, &part);
		code_object_end(codec);
		if (!writes(codec) && i < parts)
			firing->parts[i] = part;
	}
	code_list_end(codec);
}

/* The last first: reading puts each before those that it has read. */
static void
write_firings(struct codec *codec, struct recall_firing *firing)
{
	const struct programme *programme = codec->engine->programme;

	if (!firing)
		return;
	write_firings(codec, firing->next);
	(void)code_next_object(codec);
	code_rule(codec, "rule", &firing->rule);
	code_firing(codec, firing, programme->rules[firing->rule].gives.count);
	code_object_end(codec);
}

static void
read_firing(struct codec *codec, struct recall *recall)
{
	const struct programme *programme = codec->engine->programme;
	struct recall_firing none = { 0 };
	struct recall_firing *firing = &none;
	int rule = -1;

	code_rule(codec, "rule", &rule);
	if (rule >= 0)
		firing = recall_firing(recall, programme, rule);
	if (firing)
		code_firing(codec, firing, rule < 0 ? 0 : programme->rules[rule].gives.count);
	else
		codec_memory(codec);
}

static void
code_answers(struct codec *codec, struct recall *recall)
{
	int count = codec->engine->programme->asked_count;
	int i = 0;

	if (!code_list(codec, "answers", count > 0))
		return;
	for (; (!writes(codec) || i < count) && code_next(codec); i++) {
		int64_t answer = writes(codec) ? recall->answers[i] : 0;

		value_count(codec, &answer);
		if (!writes(codec) && i < count)
			recall->answers[i] = (uint16_t)answer;
	}
	code_list_end(codec);
}

static void
code_kept(struct codec *codec, struct recall *recall)
{
	code_flag(codec, "foreign", &recall->foreign);
	code_answers(codec, recall);
	if (code_list(codec, "firings", recall->firings != NULL)) {
		if (writes(codec))
			write_firings(codec, recall->firings);
		while (!writes(codec) && code_next_object(codec)) {
			read_firing(codec, recall);
			code_object_end(codec);
		}
		code_list_end(codec);
	}
	recall->foreign = recall->foreign || codec->changed;
}

static struct recall *
code_recall(struct codec *codec, struct recall *recall)
{
	const struct programme *programme = codec->engine->programme;
	struct slice line = recall ? recall_line(recall, programme) : SLICE("");
	uint32_t receiver = recall ? recall->receiver - 1 : UINT32_MAX;

	if (!code_object(codec, "recall", recall != NULL))
		return recall;
	code_text(codec, "line", &line);
	code_member(codec, "receiver", &receiver, UINT32_MAX);
	if (!writes(codec))
		recall = recall_new(programme, line, receiver + 1);
	if (recall)
		code_kept(codec, recall);
	else
		codec_memory(codec);
	code_object_end(codec);
	return recall;
}

/* ---- what was given ------------------------------------------------------------------- */

/* A posting that goes back with its sale, in its parts. */
struct whole_given {
	struct given_posting head;
	struct slice id;
	struct given *gives;
	struct ratio *weights;
	struct room_used *rooms;
	struct given_base base;
	uint32_t give_count, room_count;
	int rule;
};

static void
code_given_unit(
	struct codec *codec, struct whole_given *whole, struct given *given, struct ratio *weights)
{
	code_unit(codec, &given->unit);
	code_count(codec, "n", &given->amount, 0);
	code_count(codec, "back", &given->reversed, 0);
	if (!writes(codec))
		for (uint32_t i = 0; i < whole->head.weight_count; i++)
			weights[i] = RATIO_ZERO;
	code_ratios(codec, "w", weights, whole->head.weight_count);
}

static void
code_given_units(struct codec *codec, struct whole_given *whole)
{
	size_t weights = whole->head.weight_count;
	size_t room;

	if (!code_list(codec, "units", whole->give_count > 0))
		return;
	for (uint32_t i = 0; writes(codec) && i < whole->give_count; i++) {
		(void)code_next_object(codec);
		code_given_unit(codec, whole, &whole->gives[i], whole->weights + i * weights);
		code_object_end(codec);
	}
	if (!writes(codec)) {
		room = code_left(codec) + 1;
		whole->gives = scratch_take(&codec->engine->scratch, room * sizeof(struct given));
		whole->weights = scratch_take(
			&codec->engine->scratch, (room * weights + 1) * sizeof(struct ratio));
		if (!whole->gives || !whole->weights)
			codec_memory(codec);
	}
	while (!writes(codec) && code_next_object(codec)) {
		struct given *given = &whole->gives[whole->give_count];

		*given = (struct given){ 0 };
		code_given_unit(codec, whole, given, whole->weights + whole->give_count * weights);
		code_object_end(codec);
		whole->give_count += given->unit >= 0;
	}
	code_list_end(codec);
}

static void
code_given_rooms(struct codec *codec, struct whole_given *whole)
{
	if (!code_list(codec, "rooms", whole->room_count > 0))
		return;
	for (uint32_t i = 0; writes(codec) && i < whole->room_count; i++) {
		(void)code_next_object(codec);
		code_room(codec, &whole->rooms[i]);
		code_object_end(codec);
	}
	if (!writes(codec)) {
		whole->rooms = scratch_take(
			&codec->engine->scratch, (code_left(codec) + 1) * sizeof(struct room_used));
		if (!whole->rooms)
			codec_memory(codec);
	}
	while (!writes(codec) && code_next_object(codec)) {
		struct room_used *room = &whole->rooms[whole->room_count];

		*room = (struct room_used){ 0 };
		code_room(codec, room);
		code_object_end(codec);
		whole->room_count += room->counter != UINT32_MAX;
	}
	code_list_end(codec);
}

/* Mostly a posting is called by its fact and rule. */
static struct slice
usual_id(struct codec *codec, const struct past_fact *fact, int rule)
{
	if (rule < 0)
		return SLICE("");
	return scratch_join(&codec->engine->scratch, past_id(fact), SLICE(":"),
		codec->engine->programme->rules[rule].id, SLICE(""));
}

static void
code_given(struct codec *codec, struct past_fact *fact, struct whole_given *whole)
{
	struct given_posting *head = &whole->head;
	struct slice usual;

	code_rule(codec, "rule", &whole->rule);
	usual = usual_id(codec, fact, whole->rule);
	if (writes(codec) && slice_equal(usual, whole->id))
		whole->id = SLICE("");
	code_text(codec, "id", &whole->id);
	if (!writes(codec) && whole->id.size == 0)
		whole->id = usual;
	code_member(codec, "member", &head->member, codec->member->index);
	CODE_NUMBER(codec, "mark", head->mark, 0);
	CODE_BIT(codec, "chained", head->chained);
	CODE_NUMBER(codec, "weights", head->weight_count, fact->sale->line_count + 1);
	if (head->weight_count > fact->sale->line_count + 1)
		codec_fail(codec, "facts", "more weights than lines");
	if (codec->failed)
		return;
	code_given_units(codec, whole);
	code_ratio(codec, "counted", &whole->base.counted, NO_RATIO);
	code_ratio(codec, "held", &whole->base.held, whole->base.counted);
	code_given_rooms(codec, whole);
}

static void
write_given(struct codec *codec, struct past_fact *fact, struct given_posting *given)
{
	const struct given_base *base = given_base(given);
	struct whole_given whole = {
		.head = *given,
		.id = given_id(given),
		.gives = given_of(given),
		.weights = given_weights(given, 0),
		.rooms = rooms_of(given),
		.base = base ? *base : (struct given_base){ NO_RATIO, NO_RATIO },
		.give_count = given->given_count,
		.room_count = given->room_count,
		.rule = given->rule,
	};

	(void)code_next_object(codec);
	code_given(codec, fact, &whole);
	code_object_end(codec);
}

static void
read_given(struct codec *codec, struct past_fact *fact)
{
	struct whole_given whole = { .rule = -1 };
	struct given_posting *given;
	size_t weights;

	code_given(codec, fact, &whole);
	/* What a rule gave that is gone is not taken back any more. */
	if (codec->failed || whole.rule < 0)
		return;
	weights = whole.head.weight_count * whole.give_count;
	given = given_posting_new(members_slab(codec->engine->members), whole.give_count,
		whole.room_count, whole.head.weight_count, whole.base.counted.den != 0, whole.id);
	if (!given) {
		codec_memory(codec);
		return;
	}
	given->member = whole.head.member;
	given->rule = (int16_t)whole.rule;
	given->mark = whole.head.mark;
	given->chained = whole.head.chained;
	if (given->has_base)
		*given_base(given) = whole.base;
	for (size_t i = 0; i < weights; i++)
		given_weights(given, 0)[i] = whole.weights[i];
	for (uint32_t i = 0; i < whole.give_count; i++)
		given_of(given)[i] = whole.gives[i];
	for (uint32_t i = 0; i < whole.room_count; i++)
		rooms_of(given)[i] = whole.rooms[i];
	sale_add_given(fact->sale, given);
}

/* ---- sales ------------------------------------------------------------------------------- */

static void
code_line(struct codec *codec, struct sale_line *line)
{
	char digits[DECIMAL_TEXT_MAX];
	struct slice text = { digits, 0 };
	bool one = line->qty.digits == 1 && line->qty.scale == 0;

	code_hash(codec, "sku", &line->sku);
	if (writes(codec) && !one)
		text.size = decimal_format(line->qty.digits, line->qty.scale, digits);
	code_text(codec, "qty", &text);
	if (writes(codec))
		return;
	line->qty = (struct decimal){ 1, 0 };
	if (text.size && decimal_read(text, &line->qty) != DECIMAL_OK)
		codec_fail(codec, "facts", "expected a quantity");
}

static void
code_lines(struct codec *codec, struct sale *sale)
{
	uint32_t i = 0;

	for (; (!writes(codec) || i < sale->line_count) && code_next_object(codec); i++) {
		struct sale_line line = { 0 };

		if (writes(codec))
			line = sale->lines[i];
		code_line(codec, &line);
		code_object_end(codec);
		if (!writes(codec) && i < sale->line_count)
			sale->lines[i] = line;
	}
	code_list_end(codec);
}

/* A sale in memory for what comes next in the text. */
static struct sale *
start_sale(struct codec *codec, const struct past_fact *fact, instant date)
{
	bool has_items = code_list(codec, "lines", false);
	uint32_t lines = has_items ? (uint32_t)code_left(codec) : 0;
	struct sale *sale = slab_take(members_slab(codec->engine->members), sale_size(lines));

	if (!sale) {
		codec_memory(codec);
		return NULL;
	}
	*sale = (struct sale){ .date = date,
		.amount = fact->amount,
		.line_count = has_items ? lines : 1,
		.has_items = has_items };
	if (has_items)
		code_lines(codec, sale);
	return sale;
}

static void
code_sale_back(struct codec *codec, struct sale *sale)
{
	struct sale_back *back = sale->back;

	if (!code_object(codec, "back", back != NULL))
		return;
	if (!back) {
		back = malloc(sizeof(*back) + sale->line_count * sizeof(struct ratio));
		if (!back) {
			codec_memory(codec);
			return;
		}
		sale->back = back;
		back->recall = NULL;
		for (uint32_t i = 0; i < sale->line_count; i++)
			back->lines[i] = RATIO_ZERO;
	}
	code_ratio(codec, "share", &back->share, RATIO_ZERO);
	code_ratios(codec, "lines", back->lines, sale->line_count);
	back->recall = code_recall(codec, back->recall);
	code_object_end(codec);
}

static void
code_sale_gave(struct codec *codec, struct past_fact *fact)
{
	if (!code_list(codec, "gave", fact->sale->first != NULL))
		return;
	if (writes(codec))
		for (struct given_posting *given = fact->sale->first; given; given = given->next)
			write_given(codec, fact, given);
	while (!writes(codec) && code_next_object(codec)) {
		read_given(codec, fact);
		code_object_end(codec);
	}
	code_list_end(codec);
}

static void
code_paid_to(struct codec *codec, struct sale *sale)
{
	uint32_t paid_to = sale->paid_to - 1;

	if (writes(codec) && !sale->paid_to)
		return;
	code_member(codec, "paid", &paid_to, UINT32_MAX);
	sale->paid_to = paid_to + 1;
}

void
code_sale(struct codec *codec, struct past_fact *fact)
{
	struct sale *sale = past_open_sale(fact);
	instant date = sale ? sale->date : fact->at;

	if (!code_object(codec, "sale", sale != NULL))
		return;
	code_instant(codec, "date", &date, fact->at);
	if (!writes(codec))
		sale = start_sale(codec, fact, date);
	else if (code_list(codec, "lines", sale->has_items))
		code_lines(codec, sale);
	if (sale) {
		fact->sale = sale;
		fact->open = true;
		code_paid_to(codec, sale);
		code_sale_back(codec, sale);
		code_sale_gave(codec, fact);
	}
	code_object_end(codec);
}

/* ---- returns ------------------------------------------------------------------------------ */

static struct returned *
read_returned(struct codec *codec, const struct returned *head)
{
	bool has_lines = code_list(codec, "lines", false);
	uint32_t count = has_lines ? (uint32_t)code_left(codec) : 0;
	struct returned *returned = malloc(sizeof(*returned) + count * sizeof(struct ratio));

	if (!returned) {
		codec_memory(codec);
		return NULL;
	}
	*returned = *head;
	returned->line_count = count;
	for (uint32_t i = 0; has_lines && code_next(codec); i++) {
		struct ratio line = RATIO_ZERO;

		value_ratio(codec, &line);
		if (i < count)
			returned->lines[i] = line;
	}
	if (has_lines)
		code_list_end(codec);
	return returned;
}

void
code_returned(struct codec *codec, struct past_fact *fact)
{
	struct returned head = { 0 };

	if (!code_object(codec, "returned", fact->returned != NULL))
		return;
	if (writes(codec))
		head = *fact->returned;
	CODE_NUMBER(codec, "sale", head.sale, 0);
	code_member(codec, "key", &head.key, codec->member->index);
	code_instant(codec, "date", &head.date, fact->at);
	code_ratio(codec, "back", &head.back, RATIO_ZERO);
	if (writes(codec))
		code_ratios(codec, "lines", fact->returned->lines, head.line_count);
	else
		fact->returned = read_returned(codec, &head);
	code_object_end(codec);
}

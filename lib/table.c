/*
 * table.c - values that change: which leaf of a table a question meets.
 */
#include "basis.h"
#include "question.h"

static const struct table *
by_number(const struct table *table, int64_t number)
{
	for (int i = 0; i < table->key_count; i++)
		if (table->keys[i].bound == number)
			return table->keys[i].value;
	return table->otherwise;
}

/* The greatest key that is not above the number. */
static const struct table *
by_bound(const struct table *table, int64_t number)
{
	for (int i = table->key_count; i-- > 0;)
		if (table->keys[i].bound <= number)
			return table->keys[i].value;
	return table->otherwise;
}

static const struct table *
by_exact_bound(const struct table *table, struct ratio number)
{
	for (int i = table->key_count; i-- > 0;)
		if (ratio_compare(ratio_of_decimal(table->keys[i].decimal), number) <= 0)
			return table->keys[i].value;
	return table->otherwise;
}

static const struct table *
by_text(const struct question *question, const struct table *table, const struct value *value)
{
	struct slice text = value->text;
	struct decimal decimal;
	bool is_decimal;

	if (value->kind == VALUE_ABSENT || value->kind == VALUE_NULL)
		return table->otherwise;
	if (value->kind == VALUE_STRING)
		text = value_decoded(value, &question->engine->scratch);
	is_decimal = decimal_read(text, &decimal) == DECIMAL_OK;
	for (int i = 0; i < table->key_count; i++) {
		const struct scalar *key = &table->keys[i].scalar;

		if (is_decimal && key->is_decimal ? decimal_compare(decimal, key->decimal) == 0
						  : slice_equal(text, table->keys[i].text))
			return table->keys[i].value;
	}
	return table->otherwise;
}

static const struct value *
line_value(const struct question *question, int column)
{
	static const struct value absent = { { "", 0 }, VALUE_ABSENT, false };
	const struct fact *fact = question->fact;
	int line = question->line < 0 ? 0 : question->line;

	if (!fact || line >= fact->line_count || fact->lines[line].row < 0)
		return &absent;
	return record_cell(fact->record, TABLE_ITEMS, fact->lines[line].row, column);
}

static const struct value *
tender_value(const struct question *question, int column)
{
	static const struct value absent = { { "", 0 }, VALUE_ABSENT, false };
	const struct fact *fact = question->fact;
	int tender = question->tender < 0 ? 0 : question->tender;

	if (!fact || tender >= fact->tender_count || fact->tenders[tender].row < 0)
		return &absent;
	return record_cell(fact->record, TABLE_TENDERS, fact->tenders[tender].row, column);
}

static const struct table *
by_member(const struct question *question, const struct table *table)
{
	const struct member_more *more = question->member->more;
	const struct attribute_value *attribute = more ? &more->attributes[table->index] : NULL;
	struct value value;

	if (!attribute || attribute->kind == VALUE_ABSENT)
		return table->otherwise;
	value = (struct value){ { attribute->text, attribute->size }, attribute->kind, false };
	return by_text(question, table, &value);
}

/* Dates and times of day in the programme's zone. */
static const struct table *
by_date(const struct question *question, const struct table *table)
{
	const struct zone *zone = question->engine->programme->zone;
	struct civil civil;
	int32_t day;

	if (table->subject == SUBJECT_DATE)
		return by_bound(table, zone_day(zone, question->date));
	zone_civil(zone, question->date, &civil);
	day = day_from_civil(civil.year, civil.month, civil.day);
	if (table->subject == SUBJECT_WEEKDAY)
		return by_number(table, weekday_of_day(day));
	return by_bound(table,
		((civil.hour * 60 + civil.minute) * INT64_C(60) + civil.second) * SECOND_MICROS +
			civil.micros);
}

/* Of a sale of which returns have taken: what is left, to be compared with whole bounds. */
static const struct table *
by_rest(const struct question *question, const struct table *table, int line)
{
	const struct fact *fact = question->fact;
	struct part amount = { .kind = PART_AMOUNT, .sign = 1 };
	struct ratio rest = question->remains->lines[line];
	struct ratio whole;
	int64_t money;

	if (table->subject == SUBJECT_ITEM_QTY)
		return ratio_multiply(ratio_of_decimal(fact->lines[line].qty), rest, &rest)
			       ? by_exact_bound(table, rest)
			       : table->otherwise;
	if (table->subject == SUBJECT_ITEM_AMOUNT)
		whole = ratio_of(fact->lines[line].amount, 1);
	else if (!part_total(question, &amount, &whole) ||
		 !ratio_multiply(whole,
			 ratio_of(decimal_power(question->engine->programme->money_decimals), 1),
			 &whole))
		return table->otherwise;
	if (table->subject == SUBJECT_ITEM_AMOUNT && !ratio_multiply(whole, rest, &whole))
		return table->otherwise;
	return ratio_round(whole, 0, ROUND_DOWN, &money) ? by_bound(table, money)
							 : table->otherwise;
}

/* Numbers of the record and of the member. */
static const struct table *
by_amount(const struct question *question, const struct table *table)
{
	const struct programme *programme = question->engine->programme;
	const struct fact *fact = question->fact;
	int line = question->line < 0 ? 0 : question->line;
	bool has_line = fact && line < fact->line_count;
	int64_t money;

	if (question->remains && has_line && table->subject != SUBJECT_BASIS)
		return by_rest(question, table, line);
	switch (table->subject) {
	case SUBJECT_AMOUNT:
		if (!fact || !fact_money(programme, fact, NULL, FIELD_AMOUNT, &money))
			return table->otherwise;
		return by_bound(table, money);
	case SUBJECT_ITEM_AMOUNT:
		return has_line ? by_bound(table, fact->lines[line].amount) : table->otherwise;
	case SUBJECT_ITEM_QTY:
		return has_line ? by_exact_bound(table, ratio_of_decimal(fact->lines[line].qty))
				: table->otherwise;
	case SUBJECT_BALANCE:
		return by_bound(table, usable_balance(question->engine, question->member,
					       table->index, question->now));
	case SUBJECT_EARNED:
		return by_bound(table, tally_value(programme, question->member, table->counter, 0,
					       question->date));
	default:
		return question->has_basis ? by_exact_bound(table, question->basis)
					   : table->otherwise;
	}
}

static const struct table *
step(const struct question *question, const struct table *table)
{
	switch (table->subject) {
	case SUBJECT_LEVEL:
		return by_number(table, question->levels ? question->levels[table->index]
							 : member_level(question->engine->programme,
								   question->member, table->index));
	case SUBJECT_FIELD:
		if (!question->fact)
			return table->otherwise;
		return by_text(
			question, table, record_value(question->fact->record, table->column));
	case SUBJECT_MEMBER:
		return by_member(question, table);
	case SUBJECT_ITEM:
		return by_text(question, table, line_value(question, table->column));
	case SUBJECT_TENDER:
		return by_text(question, table, tender_value(question, table->column));
	case SUBJECT_WEEKDAY:
	case SUBJECT_DATE:
	case SUBJECT_TIME:
		return by_date(question, table);
	default:
		return by_amount(question, table);
	}
}

uint16_t
table_answer(const struct question *question, const struct table *table)
{
	const struct table *found = step(question, table);

	for (int i = 0; i < table->key_count; i++)
		if (table->keys[i].value == found)
			return (uint16_t)(i + 1);
	return 0;
}

/* As it was answered when the rules of a sale asked. */
static const struct table *
answered(const struct table *table, uint16_t answer)
{
	return answer ? table->keys[answer - 1].value : table->otherwise;
}

const struct table *
table_look_up(const struct question *question, const struct table *table)
{
	while (table && table->subject != SUBJECT_NONE)
		table = question->remains && table->answer
				? answered(table, question->remains->answers[table->answer - 1])
				: step(question, table);
	return table;
}

const struct table *
table_dated(const struct question *question, const struct table *table)
{
	while (table && table->subject == SUBJECT_DATE)
		table = by_date(question, table);
	return table;
}

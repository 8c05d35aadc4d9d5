/*
 * basis.c - the base of a rule, line by line.
 */
#include "basis.h"

/* Columns of TABLE_RECORD and of the lines that state a part of the money; -1: neither. */
static const struct {
	int field, item;
} COLUMNS[] = {
	[PART_MERCHANDISE] = { -1, -1 },
	[PART_TAX] = { FIELD_TAX, ITEM_TAX },
	[PART_SHIPPING] = { FIELD_SHIPPING, ITEM_SHIPPING },
	[PART_TIP] = { FIELD_TIP, ITEM_TIP },
	[PART_FEES] = { FIELD_FEES, ITEM_FEES },
	[PART_DONATION] = { FIELD_DONATION, ITEM_DONATION },
	[PART_DISCOUNT] = { FIELD_DISCOUNT, ITEM_DISCOUNT },
	[PART_AMOUNT] = { FIELD_AMOUNT, -1 },
	[PART_FIELD] = { -1, -1 },
	[PART_ITEMS_FIELD] = { -1, -1 },
};

/* Deals what the purchase states over its lines by their money. */
static void
share_over_lines(const struct question *question, int64_t money, int64_t *shares)
{
	const struct fact *fact = question->fact;
	size_t n = (size_t)fact->line_count;
	int64_t *weights = scratch_take(&question->engine->scratch, n * sizeof(*weights));
	bool any = false;

	for (size_t i = 0; i < n; i++)
		shares[i] = 0;
	if (!weights)
		return;
	for (size_t i = 0; i < n; i++) {
		weights[i] = fact->lines[i].money > 0 ? fact->lines[i].money : 0;
		any = any || weights[i] > 0;
	}
	if (any)
		split_largest_remainder(money, weights, n, shares);
	else
		shares[0] = money;
}

/* What the lines carry of a part; false where no line states any. */
static bool
stated_by_lines(const struct question *question, const struct part *part, int64_t *money)
{
	const struct fact *fact = question->fact;
	const struct programme *programme = question->engine->programme;
	int column = COLUMNS[part->kind].item;
	bool stated = false;

	for (int i = 0; i < fact->line_count; i++) {
		const struct value *value;

		money[i] = 0;
		if (column < 0 || fact->lines[i].row < 0)
			continue;
		value = record_cell(fact->record, TABLE_ITEMS, fact->lines[i].row, column);
		if (value->kind == VALUE_ABSENT)
			continue;
		stated = true;
		if (part->kind == PART_DISCOUNT)
			money[i] = discount_money(programme, value, part->discount_kind);
		else
			fact_money(programme, fact, &fact->lines[i], column, &money[i]);
	}
	return stated;
}

/* What the purchase itself states of a part. */
static bool
stated_by_purchase(const struct question *question, const struct part *part, int64_t *money)
{
	const struct fact *fact = question->fact;
	const struct programme *programme = question->engine->programme;
	int column = COLUMNS[part->kind].field;

	*money = 0;
	if (column < 0 || record_value(fact->record, column)->kind == VALUE_ABSENT)
		return false;
	if (part->kind == PART_DISCOUNT) {
		*money = discount_money(
			programme, record_value(fact->record, column), part->discount_kind);
		return true;
	}
	return fact_money(programme, fact, NULL, column, money);
}

/* A part of the money of each line. */
static void
money_lines(const struct question *question, const struct part *part, bool whole, int64_t *money)
{
	const struct fact *fact = question->fact;
	int64_t total;

	if (part->kind == PART_MERCHANDISE) {
		for (int i = 0; i < fact->line_count; i++)
			money[i] = fact->lines[i].merchandise;
		return;
	}
	if (part->kind == PART_DISCOUNT) {
		/* Both came off: the lines' own and the purchase's. */
		int64_t *shares = scratch_take(
			&question->engine->scratch, (size_t)fact->line_count * sizeof(*shares));

		stated_by_lines(question, part, money);
		if (!shares || !stated_by_purchase(question, part, &total))
			return;
		share_over_lines(question, total, shares);
		for (int i = 0; i < fact->line_count; i++)
			money[i] += shares[i];
		return;
	}
	if (whole && stated_by_purchase(question, part, &total))
		share_over_lines(question, total, money);
	else if (!stated_by_lines(question, part, money) &&
		 stated_by_purchase(question, part, &total))
		share_over_lines(question, total, money);
}

static struct ratio
number_of(const struct value *value)
{
	struct decimal decimal = { 0, 0 };

	if (value->kind == VALUE_NUMBER || value->kind == VALUE_STRING)
		if (decimal_read(value->text, &decimal) != DECIMAL_OK)
			decimal = (struct decimal){ 0, 0 };
	return ratio_of_decimal(decimal);
}

/* A number of the record, or of each line; qty of a line without one is 1. */
static void
number_lines(const struct question *question, const struct part *part, struct ratio *numbers)
{
	const struct fact *fact = question->fact;

	for (int i = 0; i < fact->line_count; i++) {
		numbers[i] = RATIO_ZERO;
		if (part->kind == PART_FIELD) {
			if (i == 0)
				numbers[i] = number_of(record_value(fact->record, part->column));
		} else if (part->column == ITEM_QTY) {
			numbers[i] = ratio_of_decimal(fact->lines[i].qty);
		} else if (fact->lines[i].row >= 0) {
			numbers[i] = number_of(record_cell(
				fact->record, TABLE_ITEMS, fact->lines[i].row, part->column));
		}
	}
}

static bool
add_part(const struct question *question, const struct part *part, bool whole, struct ratio *lines)
{
	const struct fact *fact = question->fact;
	size_t n = (size_t)fact->line_count;
	struct ratio *numbers = scratch_take(&question->engine->scratch, n * sizeof(*numbers));
	int64_t *money = scratch_take(&question->engine->scratch, n * sizeof(*money));
	int64_t unit = decimal_power(question->engine->programme->money_decimals);

	if (!numbers || !money)
		return false;
	if (part->kind == PART_FIELD || part->kind == PART_ITEMS_FIELD) {
		number_lines(question, part, numbers);
	} else {
		money_lines(question, part, whole, money);
		for (size_t i = 0; i < n; i++)
			numbers[i] = ratio_of(money[i], unit);
	}
	for (size_t i = 0; i < n; i++) {
		numbers[i].num *= part->sign;
		if (question->remains &&
			!ratio_multiply(numbers[i], question->remains->lines[i], &numbers[i]))
			return false;
		if (!ratio_add(lines[i], numbers[i], &lines[i]))
			return false;
	}
	return true;
}

/* Numbers of the record are not a line's: they count once, whatever is selected. */
static void
clear_unselected(const struct question *question, const struct basis *basis, const bool *selected,
	struct ratio *lines)
{
	bool of_record = basis->count == 1 && basis->parts[0].kind == PART_FIELD;

	for (int i = 0; i < question->fact->line_count; i++)
		if (!selected[i] && !of_record)
			lines[i] = RATIO_ZERO;
}

/* The result may be 0, never negative: what is below is taken from the lines, last first. */
static bool
raise_to_zero(const struct question *question, struct ratio *lines)
{
	struct ratio total = RATIO_ZERO;

	for (int i = 0; i < question->fact->line_count; i++)
		if (!ratio_add(total, lines[i], &total))
			return false;
	if (total.num < 0)
		for (int i = 0; i < question->fact->line_count; i++)
			lines[i] = RATIO_ZERO;
	return true;
}

bool
basis_lines(const struct question *question, const struct basis *basis, const bool *selected,
	bool whole, struct ratio *lines)
{
	for (int i = 0; i < question->fact->line_count; i++)
		lines[i] = RATIO_ZERO;
	for (int i = 0; i < basis->count; i++)
		if (!add_part(question, &basis->parts[i], whole, lines))
			return false;
	clear_unselected(question, basis, selected, lines);
	return raise_to_zero(question, lines);
}

bool
part_total(const struct question *question, const struct part *part, struct ratio *total)
{
	const struct fact *fact = question->fact;
	struct ratio *lines;
	int64_t money;

	*total = RATIO_ZERO;
	/* A line alone states nothing: conditions on what is missing do not hold. */
	if (fact->line_count == 0 ||
		(fact->type == FACT_ACTION &&
			record_value(fact->record, FIELD_AMOUNT)->kind == VALUE_ABSENT)) {
		if (!stated_by_purchase(question, part, &money))
			return false;
		*total =
			ratio_of(money, decimal_power(question->engine->programme->money_decimals));
		return true;
	}
	lines = scratch_take(&question->engine->scratch, (size_t)fact->line_count * sizeof(*lines));
	if (!lines)
		return false;
	for (int i = 0; i < fact->line_count; i++)
		lines[i] = RATIO_ZERO;
	if (!add_part(question, part, true, lines))
		return false;
	for (int i = 0; i < fact->line_count; i++)
		if (!ratio_add(*total, lines[i], total))
			return false;
	return true;
}

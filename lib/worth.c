/*
 * worth.c - what a reward is worth.
 */
#include "worth.h"

struct basket
basket_of(struct engine *engine, const struct cause *cause)
{
	struct basket basket = { cause->fact, -1, TABLE_BASKET_ITEMS };
	const struct value *amount;
	int64_t money;

	if (!cause->fact)
		return basket;
	if (cause->fact->type == FACT_PURCHASE) {
		basket.table = TABLE_ITEMS;
		basket.amount = cause->fact->amount;
		return basket;
	}
	amount = record_value(cause->fact->record, FIELD_BASKET_AMOUNT);
	if ((amount->kind == VALUE_NUMBER || amount->kind == VALUE_STRING) &&
		decimal_parse(amount->text, engine->programme->money_decimals, &money) ==
			DECIMAL_OK &&
		money >= 0)
		basket.amount = money;
	return basket;
}

static int
row_count(const struct basket *basket)
{
	const struct table_rows *rows;

	if (!basket->fact)
		return 0;
	rows = &basket->fact->record->tables[basket->table];
	return rows->present ? rows->count : 0;
}

/* A line's total less its own discount. */
static int64_t
row_money(const struct question *question, const struct basket *basket, int row)
{
	const struct programme *programme = question->engine->programme;
	const struct record *record = basket->fact->record;
	const struct value *amount = record_cell(record, basket->table, row, ITEM_AMOUNT);
	int64_t money = 0;

	if (amount->kind == VALUE_NUMBER || amount->kind == VALUE_STRING)
		if (decimal_parse(amount->text, programme->money_decimals, &money) != DECIMAL_OK)
			money = 0;
	return money - discount_money(programme,
			       record_cell(record, basket->table, row, ITEM_DISCOUNT), SLICE(""));
}

static int64_t
row_merchandise(const struct question *question, const struct basket *basket, int row)
{
	if (basket->table == TABLE_ITEMS && row < basket->fact->line_count &&
		basket->fact->lines[row].row == row)
		return basket->fact->lines[row].merchandise;
	return row_money(question, basket, row);
}

/* The merchandise of the lines that a condition selects; false: there are none. */
static bool
selected_money(const struct question *question, const struct basket *basket,
	const struct condition *condition, int64_t *sum)
{
	bool any = false;

	*sum = 0;
	for (int row = 0; row < row_count(basket); row++) {
		if (!element_holds(question, condition, basket->table, row))
			continue;
		any = true;
		if (add_overflows(*sum, row_merchandise(question, basket, row), sum))
			engine_overflow(question->engine, "the basket");
	}
	/* A purchase that does not list its lines is one, without fields. */
	if (basket->table == TABLE_ITEMS && row_count(basket) == 0 &&
		element_holds(question, condition, TABLE_ITEMS, -1)) {
		*sum = basket->fact->lines[0].merchandise;
		any = true;
	}
	return any;
}

static bool
dearest_line(const struct question *question, const struct basket *basket,
	const struct condition *condition, int64_t *dearest)
{
	bool any = false;

	for (int row = 0; row < row_count(basket); row++) {
		int64_t money;

		if (!element_holds(question, condition, basket->table, row))
			continue;
		money = row_money(question, basket, row);
		if (!any || money > *dearest)
			*dearest = money;
		any = true;
	}
	return any;
}

static void
lower(int64_t *ceiling, int64_t other)
{
	if (other >= 0 && (*ceiling < 0 || other < *ceiling))
		*ceiling = other;
}

/* The ceiling of a value in smallest money; -1: none. */
static int64_t
ceiling_of(const struct question *question, const struct reward *reward,
	const struct voucher *voucher, const struct basket *basket, int64_t qty)
{
	const struct table *up_to;
	int64_t ceiling;

	if (reward->has_up_to_percent) {
		if (basket->amount < 0)
			return -1;
		return (int64_t)round_quotient((int128)basket->amount * reward->up_to_percent.num,
			(int128)reward->up_to_percent.den * 100, ROUND_DOWN);
	}
	if (voucher)
		return voucher->up_to;
	up_to = table_value(question, reward->up_to);
	if (!up_to)
		return -1;
	if (__builtin_mul_overflow(up_to->count, qty, &ceiling))
		return -1;
	return ceiling;
}

/* Rounded down to the smallest money, never above the ceiling. */
static bool
money_below(struct ratio value, int64_t ceiling, int64_t *money)
{
	if (!ratio_round(value, 0, ROUND_DOWN, money))
		return false;
	if (ceiling >= 0 && *money > ceiling)
		*money = ceiling;
	return true;
}

/* off: times the quantity of a field where it is per one. */
static bool
off_value(const struct question *question, const struct reward *reward,
	const struct voucher *voucher, const struct basket *basket, int64_t qty,
	struct ratio *value, int64_t *ceiling)
{
	const struct table *off = table_value(question, reward->off);
	struct decimal quantity = { 0, 0 };
	const struct table *most;
	const struct value *field;

	if (voucher)
		*value = ratio_of(voucher->off, 1);
	else if (!off || !ratio_multiply(ratio_of(off->count, 1), ratio_of(qty, 1), value))
		return false;
	if (reward->off_per < 0) {
		lower(ceiling, ceiling_of(question, reward, voucher, basket, qty));
		return true;
	}
	if (!question->fact)
		return false;
	field = record_value(question->fact->record,
		question->fact->type == FACT_PURCHASE ? reward->off_per : reward->off_per_basket);
	if (field->kind == VALUE_NUMBER || field->kind == VALUE_STRING)
		if (decimal_read(field->text, &quantity) != DECIMAL_OK)
			quantity = (struct decimal){ 0, 0 };
	most = table_value(question, reward->up_to);
	{
		struct ratio amount = ratio_of_decimal(quantity);
		struct ratio limit = most ? ratio_of(most->ratio.num, most->ratio.den) : amount;

		if (ratio_compare(amount, limit) > 0)
			amount = limit;
		return ratio_multiply(*value, amount, value);
	}
}

static bool
percent_value(const struct question *question, const struct reward *reward,
	const struct voucher *voucher, const struct basket *basket, struct ratio *value)
{
	const struct table *percent = table_value(question, reward->percent);
	struct rational rate = { 0, 1 };
	int64_t of = basket->amount;

	if (voucher)
		rate = voucher->percent;
	else if (percent)
		rate = percent->ratio;
	else
		return false;
	if (reward->items && !selected_money(question, basket, reward->items, &of))
		return false;
	if (of < 0)
		return false;
	return ratio_multiply(ratio_of(of, 100), ratio_of(rate.num, rate.den), value);
}

bool
worth_on_basket(const struct question *question, const struct reward *reward,
	const struct voucher *voucher, const struct basket *basket, int64_t qty,
	struct ratio factor, struct worth *worth)
{
	struct ratio value = RATIO_ZERO;
	int64_t ceiling = basket->amount;
	int64_t *money = NULL;
	int64_t dearest = 0;

	switch (reward->value) {
	case REWARD_OFF:
		if (!off_value(question, reward, voucher, basket, qty, &value, &ceiling))
			return false;
		money = &worth->off;
		break;
	case REWARD_PERCENT:
		if (!percent_value(question, reward, voucher, basket, &value))
			return false;
		lower(&ceiling, ceiling_of(question, reward, voucher, basket, qty));
		money = &worth->percent_off;
		break;
	case REWARD_ITEM:
		if (!dearest_line(question, basket, reward->item, &dearest))
			return false;
		value = ratio_of(dearest, 1);
		lower(&ceiling, ceiling_of(question, reward, voucher, basket, qty));
		money = &worth->item;
		break;
	case REWARD_SHIPPING:
		worth->shipping = true;
		return true;
	case REWARD_BENEFIT:
		worth->benefit = reward->benefit;
		return true;
	default:
		return true;
	}
	return ratio_multiply(value, factor, &value) && money_below(value, ceiling, money);
}

bool
worth_at_issue(const struct question *question, const struct reward *reward, int64_t qty,
	struct worth *worth)
{
	const struct table *table;

	switch (reward->value) {
	case REWARD_OFF:
		table = table_value(question, reward->off);
		if (!table || __builtin_mul_overflow(table->count, qty, &worth->off))
			return false;
		break;
	case REWARD_PERCENT:
		table = table_value(question, reward->percent);
		if (!table)
			return false;
		worth->percent = table->ratio;
		break;
	case REWARD_ITEM:
		worth->item_open = true;
		break;
	case REWARD_SHIPPING:
		worth->shipping = true;
		break;
	case REWARD_BENEFIT:
		worth->benefit = reward->benefit;
		break;
	default:
		break;
	}
	table = table_value(question, reward->up_to);
	if (table && reward->off_per < 0 &&
		__builtin_mul_overflow(table->count, qty, &worth->up_to))
		return false;
	if (reward->has_up_to_percent) {
		char *text = scratch_take(&question->engine->scratch, DECIMAL_TEXT_MAX + 1);
		int decimals = 0;
		size_t size;

		if (!text)
			return false;
		while (decimal_power(decimals) % reward->up_to_percent.den != 0)
			decimals++;
		size = decimal_format(reward->up_to_percent.num *
					      (decimal_power(decimals) / reward->up_to_percent.den),
			decimals, text);
		text[size] = '%';
		worth->up_to_text = (struct slice){ text, size + 1 };
	}
	return true;
}

int64_t
worth_of_use(const struct question *question, const struct reward *reward,
	const struct basket *basket, int64_t qty)
{
	const struct table *off = table_value(question, reward->off);
	int64_t of_use;

	if (reward->value != REWARD_OFF || reward->off_per >= 0 || !off || off->count <= 0 ||
		basket->amount < 0)
		return qty;
	of_use = (basket->amount + off->count - 1) / off->count;
	if (of_use < 1)
		of_use = 1;
	return of_use < qty ? of_use : qty;
}

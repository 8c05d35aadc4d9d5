/*
 * fact.c - validating facts: the only place that meets raw lines' fields.
 */
#include "fact.h"

#include <string.h>

/* Ids stand in the names of postings and lots: enough for any id, and no more. */
enum { ID_BYTES_MAX = 4096 };

/* What the readers of single fields share. */
struct reading {
	const struct programme *programme;
	const struct record *record;
	struct scratch *scratch;
	struct fact *fact;
	struct loyalty_error *error;
};

static enum loyalty_status
bad(const struct reading *reading, const struct value *value, const char *path, const char *text)
{
	enum loyalty_status status = fail_at(reading->error, LOYALTY_BAD, path, "%s", text);

	if (value && value->kind != VALUE_ABSENT)
		reading->error->column = record_column(reading->record, value);
	return status;
}

struct slice
value_decoded(const struct value *value, struct scratch *scratch)
{
	char *buffer;

	if (!value->escaped)
		return value->text;
	buffer = scratch_take(scratch, value->text.size);
	if (!buffer)
		return value->text;
	return value_string(value, buffer);
}

/* A string that is not empty. */
static enum loyalty_status
read_string(const struct reading *reading, int field, const char *path, bool required,
	struct slice *text)
{
	const struct value *value = record_value(reading->record, field);

	*text = (struct slice){ "", 0 };
	if (value->kind == VALUE_ABSENT)
		return required ? bad(reading, value, path, "missing") : LOYALTY_OK;
	if (value->kind != VALUE_STRING)
		return bad(reading, value, path, "expected a string");
	if (value->text.size == 0)
		return bad(reading, value, path, "expected a string that is not empty");
	*text = value_decoded(value, reading->scratch);
	return LOYALTY_OK;
}

static enum loyalty_status
decimal_trouble(const struct reading *reading, const struct value *value, const char *path,
	enum decimal_result result)
{
	switch (result) {
	case DECIMAL_INEXACT:
		return bad(reading, value, path, "too many decimals");
	case DECIMAL_OVERFLOW:
		return bad(reading, value, path, "too large");
	default:
		return bad(reading, value, path, "expected a decimal");
	}
}

static bool
is_number(const struct value *value)
{
	return value->kind == VALUE_NUMBER || (value->kind == VALUE_STRING && !value->escaped);
}

/* An exact decimal, string or number. */
static enum loyalty_status
read_decimal(const struct reading *reading, const struct value *value, const char *path,
	int decimals, int64_t *count)
{
	enum decimal_result result;

	if (!is_number(value))
		return bad(reading, value, path, "expected a decimal");
	result = decimal_parse(value->text, decimals, count);
	return result == DECIMAL_OK ? LOYALTY_OK : decimal_trouble(reading, value, path, result);
}

/* Money that is not negative; absent is *money unchanged. */
static enum loyalty_status
read_money(
	const struct reading *reading, const struct value *value, const char *path, int64_t *money)
{
	enum loyalty_status status;
	int64_t read = 0;

	if (value->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	status = read_decimal(reading, value, path, reading->programme->money_decimals, &read);
	if (status == LOYALTY_OK && read < 0)
		return bad(reading, value, path, "expected an amount that is not negative");
	if (status == LOYALTY_OK)
		*money = read;
	return status;
}

static enum loyalty_status
time_trouble(const struct reading *reading, const struct value *value, const char *path,
	enum time_result result)
{
	switch (result) {
	case TIME_IMPOSSIBLE:
		return bad(reading, value, path, "no such date or time");
	case TIME_SKIPPED:
		return bad(reading, value, path, "no such local time: the zone's clock skips it");
	default:
		return bad(
			reading, value, path, "expected a time such as 2026-03-01T12:00:00-05:00");
	}
}

static enum loyalty_status
read_instant(const struct reading *reading, const struct value *value, const char *path,
	instant *at, bool *date_only)
{
	enum time_result result;

	if (value->kind != VALUE_STRING || value->escaped)
		return bad(
			reading, value, path, "expected a time such as 2026-03-01T12:00:00-05:00");
	result = instant_parse_like(
		reading->record->date, reading->programme->zone, value->text, at, date_only);
	return result == TIME_OK ? LOYALTY_OK : time_trouble(reading, value, path, result);
}

/* ---- purchase --------------------------------------------------------- */

static const struct {
	int field, item;
	const char *path, *item_path;
} PARTS[] = {
	{ FIELD_TAX, ITEM_TAX, "tax", "items.tax" },
	{ FIELD_SHIPPING, ITEM_SHIPPING, "shipping", "items.shipping" },
	{ FIELD_TIP, ITEM_TIP, "tip", "items.tip" },
	{ FIELD_FEES, ITEM_FEES, "fees", "items.fees" },
	{ FIELD_DONATION, ITEM_DONATION, "donation", "items.donation" },
};

enum { PART_COUNT = sizeof(PARTS) / sizeof(PARTS[0]) };

/* A discount: money, or an object of kind -> money. */
static enum loyalty_status
check_discount(
	const struct reading *reading, const struct value *value, const char *path, int64_t *total)
{
	struct slice rest = value->text;
	struct value key, member;

	*total = 0;
	if (value->kind != VALUE_OBJECT)
		return read_money(reading, value, path, total);
	while (value_next_member(&rest, &key, &member)) {
		int64_t money = 0;
		enum loyalty_status status = read_money(reading, &member, path, &money);

		if (status != LOYALTY_OK)
			return status;
		if (add_overflows(*total, money, total))
			return bad(reading, value, path, "too large");
	}
	return LOYALTY_OK;
}

int64_t
discount_money(const struct programme *programme, const struct value *value, struct slice kind)
{
	struct slice rest = value->text;
	struct value key, member;
	int64_t total = 0;
	int64_t money;

	if (value->kind == VALUE_ABSENT)
		return 0;
	if (value->kind != VALUE_OBJECT) {
		if (kind.size || decimal_parse(value->text, programme->money_decimals, &money))
			return 0;
		return money;
	}
	while (value_next_member(&rest, &key, &member)) {
		if (kind.size && !slice_equal(key.text, kind))
			continue;
		if (decimal_parse(member.text, programme->money_decimals, &money) == DECIMAL_OK)
			total += money;
	}
	return total;
}

bool
fact_money(const struct programme *programme, const struct fact *fact, const struct line *line,
	int field, int64_t *money)
{
	const struct value *value;

	if (!line || line->row < 0)
		value = record_value(fact->record, field);
	else
		value = record_cell(fact->record, TABLE_ITEMS, line->row, field);
	*money = 0;
	return value->kind != VALUE_ABSENT && is_number(value) &&
	       decimal_parse(value->text, programme->money_decimals, money) == DECIMAL_OK;
}

static enum loyalty_status
read_quantity(const struct reading *reading, const struct value *value, const char *path,
	struct decimal *qty)
{
	enum decimal_result result;

	*qty = (struct decimal){ 1, 0 };
	if (value->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	if (!is_number(value))
		return bad(reading, value, path, "expected a decimal");
	result = decimal_read(value->text, qty);
	if (result != DECIMAL_OK)
		return decimal_trouble(reading, value, path, result);
	if (qty->digits < 0)
		return bad(reading, value, path, "expected a quantity that is not negative");
	return LOYALTY_OK;
}

static enum loyalty_status
read_line(const struct reading *reading, int row, bool money_required, struct line *line)
{
	const struct record *record = reading->record;
	const struct value *amount = record_cell(record, TABLE_ITEMS, row, ITEM_AMOUNT);
	int64_t discount, money;
	enum loyalty_status status;

	line->row = row;
	line->amount = 0;
	if (money_required && amount->kind == VALUE_ABSENT)
		return bad(reading, record_value(record, FIELD_ITEMS), "items.amount", "missing");
	status = read_money(reading, amount, "items.amount", &line->amount);
	if (status == LOYALTY_OK)
		status = read_quantity(reading, record_cell(record, TABLE_ITEMS, row, ITEM_QTY),
			"items.qty", &line->qty);
	if (status == LOYALTY_OK)
		status = check_discount(reading,
			record_cell(record, TABLE_ITEMS, row, ITEM_DISCOUNT), "items.discount",
			&discount);
	for (int i = 0; i < PART_COUNT && status == LOYALTY_OK; i++)
		status = read_money(reading, record_cell(record, TABLE_ITEMS, row, PARTS[i].item),
			PARTS[i].item_path, &money);
	if (status == LOYALTY_OK)
		line->money = line->merchandise = line->amount - discount;
	return status;
}

/* The purchase's own discount, off the lines by their money. */
static void
share_discount(const struct reading *reading, int64_t discount)
{
	struct fact *fact = reading->fact;
	int64_t *weights = scratch_take(reading->scratch, (size_t)fact->line_count * 8);
	int64_t *shares = scratch_take(reading->scratch, (size_t)fact->line_count * 8);
	bool any = false;

	if (!weights || !shares)
		return;
	for (int i = 0; i < fact->line_count; i++) {
		weights[i] = fact->lines[i].merchandise > 0 ? fact->lines[i].merchandise : 0;
		any = any || weights[i] > 0;
	}
	if (!any)
		return;
	split_largest_remainder(discount, weights, (size_t)fact->line_count, shares);
	for (int i = 0; i < fact->line_count; i++)
		fact->lines[i].merchandise -= shares[i];
}

/* What a purchase may say beside its amount. */
static const uint64_t PURCHASE_DETAILS =
	UINT64_C(1) << FIELD_CURRENCY | UINT64_C(1) << FIELD_TAX | UINT64_C(1) << FIELD_SHIPPING |
	UINT64_C(1) << FIELD_TIP | UINT64_C(1) << FIELD_FEES | UINT64_C(1) << FIELD_DONATION |
	UINT64_C(1) << FIELD_DISCOUNT | UINT64_C(1) << FIELD_TENDERS |
	UINT64_C(1) << FIELD_VOUCHERS | UINT64_C(1) << FIELD_REDEEMS | UINT64_C(1) << FIELD_ITEMS;

/* A purchase without items is one line of its merchandise, and so is an action. */
static enum loyalty_status
read_whole_as_line(const struct reading *reading)
{
	struct fact *fact = reading->fact;
	struct line *line = scratch_take(reading->scratch, sizeof(*line));
	int64_t money;

	if (!line)
		return fail_memory(reading->error);
	*line = (struct line){ -1, fact->amount, fact->amount, fact->amount, { 1, 0 } };
	fact->lines = line;
	fact->line_count = 1;
	if (!(reading->record->present & PURCHASE_DETAILS))
		return LOYALTY_OK;
	for (int i = 0; i < PART_COUNT; i++)
		if (record_value(reading->record, PARTS[i].field)->kind != VALUE_ABSENT &&
			fact_money(reading->programme, fact, NULL, PARTS[i].field, &money) &&
			money > 0 && add_overflows(line->merchandise, -money, &line->merchandise))
			return bad(reading, record_value(reading->record, PARTS[i].field),
				PARTS[i].path, "the sum is too large");
	return LOYALTY_OK;
}

static enum loyalty_status
read_items(const struct reading *reading, bool money_required)
{
	const struct table_rows *rows = &reading->record->tables[TABLE_ITEMS];
	const struct value *items = record_value(reading->record, FIELD_ITEMS);
	struct fact *fact = reading->fact;
	int64_t total = 0;

	if (!rows->present || rows->mixed)
		return bad(reading, items, "items", "expected an array of objects");
	fact->lines = scratch_take(reading->scratch, (size_t)rows->count * sizeof(*fact->lines));
	if (rows->count && !fact->lines)
		return fail_memory(reading->error);
	for (int row = 0; row < rows->count; row++) {
		struct line *line = &fact->lines[row];
		enum loyalty_status status = read_line(reading, row, money_required, line);

		if (status != LOYALTY_OK)
			return status;
		if (add_overflows(total, line->amount, &total))
			return bad(reading, items, "items.amount", "the sum is too large");
	}
	fact->line_count = rows->count;
	return LOYALTY_OK;
}

static enum loyalty_status
read_tenders(const struct reading *reading)
{
	const struct table_rows *rows = &reading->record->tables[TABLE_TENDERS];
	const struct value *tenders = record_value(reading->record, FIELD_TENDERS);
	struct fact *fact = reading->fact;
	int64_t total = 0;

	if (tenders->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	if (!rows->present || rows->mixed)
		return bad(reading, tenders, "tenders", "expected an array of objects");
	fact->tenders =
		scratch_take(reading->scratch, (size_t)rows->count * sizeof(*fact->tenders));
	if (rows->count && !fact->tenders)
		return fail_memory(reading->error);
	for (int row = 0; row < rows->count; row++) {
		const struct value *amount =
			record_cell(reading->record, TABLE_TENDERS, row, TENDER_AMOUNT);
		enum loyalty_status status;

		if (amount->kind == VALUE_ABSENT)
			return bad(reading, tenders, "tenders.amount", "missing");
		fact->tenders[row] = (struct tender){ row, 0 };
		status = read_money(reading, amount, "tenders.amount", &fact->tenders[row].amount);
		if (status != LOYALTY_OK)
			return status;
		if (add_overflows(total, fact->tenders[row].amount, &total))
			return bad(reading, tenders, "tenders.amount", "the sum is too large");
	}
	fact->tender_count = rows->count;
	return LOYALTY_OK;
}

/* An array of ids, or one. */
static enum loyalty_status
check_ids(const struct reading *reading, int field, const char *path)
{
	const struct value *value = record_value(reading->record, field);
	struct slice rest = value->text;
	struct value element;

	if (value->kind == VALUE_ABSENT || value->kind == VALUE_STRING)
		return LOYALTY_OK;
	if (value->kind != VALUE_ARRAY)
		return bad(reading, value, path, "expected an array of strings");
	while (value_next_element(&rest, &element))
		if (element.kind != VALUE_STRING)
			return bad(reading, value, path, "expected an array of strings");
	return LOYALTY_OK;
}

static enum loyalty_status
check_currency(const struct reading *reading)
{
	const struct value *value = record_value(reading->record, FIELD_CURRENCY);

	if (value->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	if (value->kind != VALUE_STRING ||
		!slice_equal(value->text, reading->programme->currency)) {
		char text[64];

		strcpy(text, "expected the programme's currency ");
		strncat(text, reading->programme->currency.data, reading->programme->currency.size);
		return bad(reading, value, "currency", text);
	}
	return LOYALTY_OK;
}

static enum loyalty_status
read_details(const struct reading *reading)
{
	const struct record *record = reading->record;
	struct fact *fact = reading->fact;
	int64_t discount = 0;
	int64_t money;
	enum loyalty_status status = check_currency(reading);

	for (int i = 0; i < PART_COUNT && status == LOYALTY_OK; i++)
		status = read_money(
			reading, record_value(record, PARTS[i].field), PARTS[i].path, &money);
	if (status == LOYALTY_OK)
		status = check_discount(
			reading, record_value(record, FIELD_DISCOUNT), "discount", &discount);
	if (status == LOYALTY_OK)
		status = read_tenders(reading);
	if (status == LOYALTY_OK)
		status = check_ids(reading, FIELD_VOUCHERS, "vouchers");
	if (status == LOYALTY_OK)
		status = check_ids(reading, FIELD_REDEEMS, "redeems");
	if (status != LOYALTY_OK)
		return status;
	if (record_value(record, FIELD_ITEMS)->kind == VALUE_ABSENT)
		return read_whole_as_line(reading);
	status = read_items(reading, true);
	if (status == LOYALTY_OK && fact->line_count == 0)
		return read_whole_as_line(reading);
	if (status == LOYALTY_OK && discount && fact->line_count)
		share_discount(reading, discount);
	return status;
}

static enum loyalty_status
read_purchase(const struct reading *reading)
{
	const struct value *amount = record_value(reading->record, FIELD_AMOUNT);
	struct fact *fact = reading->fact;
	enum loyalty_status status;

	if (amount->kind == VALUE_ABSENT)
		return bad(reading, amount, "amount", "missing");
	fact->has_amount = true;
	status = read_money(reading, amount, "amount", &fact->amount);
	if (status != LOYALTY_OK)
		return status;
	if (reading->record->present & PURCHASE_DETAILS)
		return read_details(reading);
	return read_whole_as_line(reading);
}

/* ---- the other facts -------------------------------------------------- */

static enum loyalty_status
read_return(const struct reading *reading)
{
	const struct record *record = reading->record;
	const struct value *amount = record_value(record, FIELD_AMOUNT);
	const struct value *items = record_value(record, FIELD_ITEMS);
	struct fact *fact = reading->fact;
	enum loyalty_status status = read_string(reading, FIELD_OF, "of", true, &fact->of);

	if (status == LOYALTY_OK)
		status = check_currency(reading);
	if (status != LOYALTY_OK)
		return status;
	if (items->kind != VALUE_ABSENT)
		return read_items(reading, false);
	/* Neither: all that is left of the sale goes back. */
	fact->has_amount = amount->kind != VALUE_ABSENT;
	return read_money(reading, amount, "amount", &fact->amount);
}

/* The unit that `points` counts: named by `unit`, or the only one that can be spent. */
static enum loyalty_status
read_unit(const struct reading *reading)
{
	const struct programme *programme = reading->programme;
	struct fact *fact = reading->fact;
	struct slice name;
	int spendable = 0;
	enum loyalty_status status = read_string(reading, FIELD_UNIT, "unit", false, &name);

	if (status != LOYALTY_OK)
		return status;
	for (int i = 0; i < programme->unit_count; i++) {
		if (name.size ? slice_equal(programme->units[i].id, name)
			      : programme->units[i].spendable) {
			fact->unit = i;
			spendable++;
		}
	}
	if (name.size && !spendable)
		return bad(reading, record_value(reading->record, FIELD_UNIT), "unit",
			"no such unit in the programme");
	if (spendable != 1) {
		fact->unit = -1;
		return bad(reading, NULL, "unit",
			spendable ? "missing: the programme has several units that can be spent"
				  : "the programme has no unit that can be spent");
	}
	return LOYALTY_OK;
}

static enum loyalty_status
read_points(const struct reading *reading, bool required)
{
	const struct value *value = record_value(reading->record, FIELD_POINTS);
	struct fact *fact = reading->fact;
	enum loyalty_status status;

	if (value->kind == VALUE_ABSENT)
		return required ? bad(reading, value, "points", "missing") : LOYALTY_OK;
	status = read_unit(reading);
	if (status != LOYALTY_OK)
		return status;
	fact->has_points = true;
	status = read_decimal(reading, value, "points",
		reading->programme->units[fact->unit].decimals, &fact->points);
	/* The least number has no opposite, and every amount may have to be taken back. */
	if (status == LOYALTY_OK && fact->points == INT64_MIN)
		return decimal_trouble(reading, value, "points", DECIMAL_OVERFLOW);
	return status;
}

static enum loyalty_status
check_points(const struct reading *reading)
{
	if (reading->fact->points > 0)
		return LOYALTY_OK;
	return bad(reading, record_value(reading->record, FIELD_POINTS), "points",
		"expected more than 0");
}

/* What the redemption is for: its money, where it is given, bounds what a reward is worth. */
static enum loyalty_status
check_basket(const struct reading *reading)
{
	const struct record *record = reading->record;
	const struct value *basket = record_value(record, FIELD_BASKET);
	int64_t money;

	if (basket->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	if (basket->kind != VALUE_OBJECT)
		return bad(reading, basket, "basket", "expected an object");
	return read_money(
		reading, record_value(record, FIELD_BASKET_AMOUNT), "basket.amount", &money);
}

static enum loyalty_status
read_bucket(const struct reading *reading)
{
	const struct value *bucket = record_value(reading->record, FIELD_BUCKET);

	if (bucket->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	reading->fact->has_bucket = true;
	if (bucket->kind == VALUE_STRING &&
		day_parse(bucket->text, &reading->fact->bucket) == TIME_OK)
		return LOYALTY_OK;
	return bad(reading, bucket, "bucket", "expected a date, the first day of the bucket");
}

static enum loyalty_status
read_redeem(const struct reading *reading)
{
	const struct value *qty = record_value(reading->record, FIELD_QTY);
	struct fact *fact = reading->fact;
	enum loyalty_status status =
		read_string(reading, FIELD_REWARD, "reward", false, &fact->reward);

	fact->qty = 1;
	if (status == LOYALTY_OK)
		status = read_string(reading, FIELD_OF, "of", false, &fact->of);
	if (status == LOYALTY_OK)
		status = read_points(reading, fact->reward.size == 0);
	if (status == LOYALTY_OK && fact->has_points)
		status = check_points(reading);
	if (status == LOYALTY_OK)
		status = check_ids(reading, FIELD_CHOICE, "choice");
	if (status == LOYALTY_OK)
		status = check_basket(reading);
	if (status == LOYALTY_OK)
		status = read_bucket(reading);
	if (status != LOYALTY_OK || qty->kind == VALUE_ABSENT)
		return status;
	fact->has_qty = true;
	status = read_decimal(reading, qty, "qty", 0, &fact->qty);
	if (status == LOYALTY_OK && fact->qty <= 0)
		status = bad(reading, qty, "qty", "expected more than 0");
	return status;
}

static enum loyalty_status
read_grant(const struct reading *reading)
{
	const struct programme *programme = reading->programme;
	const struct value *until = record_value(reading->record, FIELD_UNTIL);
	struct fact *fact = reading->fact;
	struct slice tier;
	bool date_only;
	enum loyalty_status status = read_string(reading, FIELD_TIER, "tier", true, &tier);

	fact->ladder = fact->level = -1;
	fact->until = INSTANT_NEVER;
	for (int i = 0; i < programme->ladder_count && fact->ladder < 0; i++)
		for (int j = 0; j < programme->ladders[i].level_count; j++)
			if (slice_equal(programme->ladders[i].levels[j].id, tier)) {
				fact->ladder = i;
				fact->level = j;
			}
	if (status != LOYALTY_OK || until->kind == VALUE_ABSENT)
		return status;
	status = read_instant(reading, until, "until", &fact->until, &date_only);
	/* A day is held whole: the end is the start of the next one. */
	if (status == LOYALTY_OK && date_only)
		fact->until =
			zone_day_start(programme->zone, zone_day(programme->zone, fact->until) + 1);
	if (fact->until >= INSTANT_LAST)
		fact->until = INSTANT_NEVER;
	return status;
}

/* Another member. */
static enum loyalty_status
read_named(const struct reading *reading, int field, const char *path, bool required)
{
	struct slice *named = &reading->fact->named;
	enum loyalty_status status = read_string(reading, field, path, required, named);

	if (status == LOYALTY_OK && named->size > ID_BYTES_MAX)
		status = bad(reading, record_value(reading->record, field), path, "too long");
	return status;
}

static enum loyalty_status
read_transfer(const struct reading *reading)
{
	enum loyalty_status status = read_named(reading, FIELD_TO, "to", true);

	if (status == LOYALTY_OK)
		status = read_points(reading, true);
	return status == LOYALTY_OK ? check_points(reading) : status;
}

static enum loyalty_status
read_profile(const struct reading *reading)
{
	const struct value *birthday = record_value(reading->record, FIELD_BIRTHDAY);
	struct fact *fact = reading->fact;
	struct civil civil;
	int32_t day;
	enum loyalty_status status = read_named(reading, FIELD_REFERRER, "referrer", false);

	if (status != LOYALTY_OK || birthday->kind == VALUE_ABSENT)
		return status;
	if (birthday->kind != VALUE_STRING || day_parse(birthday->text, &day) != TIME_OK)
		return bad(reading, birthday, "birthday", "expected a date such as 1990-05-17");
	civil_from_day(day, &civil);
	fact->birth_month = (uint8_t)civil.month;
	fact->birth_day = (uint8_t)civil.day;
	return LOYALTY_OK;
}

/* An action may have an amount and other numbers, which rules may go by. */
static enum loyalty_status
read_action(const struct reading *reading)
{
	const struct value *amount = record_value(reading->record, FIELD_AMOUNT);
	struct slice name;
	enum loyalty_status status = read_string(reading, FIELD_NAME, "name", true, &name);

	if (status == LOYALTY_OK)
		status = read_money(reading, amount, "amount", &reading->fact->amount);
	return status == LOYALTY_OK ? read_whole_as_line(reading) : status;
}

static enum loyalty_status
read_type(const struct reading *reading)
{
	struct fact *fact = reading->fact;

	switch (fact->type) {
	case FACT_ENROL:
	case FACT_PROFILE:
		return read_profile(reading);
	case FACT_PURCHASE:
		return read_purchase(reading);
	case FACT_RETURN:
		return read_return(reading);
	case FACT_CANCEL:
		return read_string(reading, FIELD_OF, "of", true, &fact->of);
	case FACT_ACTION:
		return read_action(reading);
	case FACT_REDEEM:
		return read_redeem(reading);
	case FACT_ADJUST:
		return read_points(reading, true);
	case FACT_GRANT:
		return read_grant(reading);
	case FACT_TRANSFER:
		return read_transfer(reading);
	case FACT_MERGE:
		return read_named(reading, FIELD_INTO, "into", true);
	default:
		return LOYALTY_OK;
	}
}

static enum loyalty_status
read_times(const struct reading *reading)
{
	const struct value *at = record_value(reading->record, FIELD_AT);
	const struct value *occurred = record_value(reading->record, FIELD_OCCURRED);
	struct fact *fact = reading->fact;
	enum loyalty_status status;

	if (at->kind == VALUE_ABSENT)
		return bad(reading, at, "at", "missing");
	status = read_instant(reading, at, "at", &fact->at, NULL);
	fact->at_text = at->text;
	fact->stated = fact->occurred = fact->at;
	if (status != LOYALTY_OK || occurred->kind == VALUE_ABSENT)
		return status;
	status = read_instant(reading, occurred, "occurred", &fact->occurred, NULL);
	fact->claimed = fact->occurred < fact->at;
	if (status == LOYALTY_OK && fact->occurred > fact->at)
		return bad(reading, occurred, "occurred", "later than 'at'");
	return status;
}

/* What a fact without id is called. */
static struct slice
nameless(const struct fact *fact, struct scratch *scratch)
{
	return scratch_join(scratch, slice_of(record_type_name(fact->type)), SLICE("@"),
		fact->at_text, SLICE(""));
}

enum loyalty_status
fact_read(const struct programme *programme, const struct record *record, enum record_type type,
	struct scratch *scratch, struct fact *fact, struct loyalty_error *error)
{
	const struct reading reading = { programme, record, scratch, fact, error };
	struct slice key = SLICE(""), id = SLICE("");
	enum loyalty_status status;

	memset(fact, 0, sizeof(*fact));
	fact->type = type;
	fact->record = record;
	fact->unit = -1;
	status = read_times(&reading);
	if (status == LOYALTY_OK && type != FACT_TICK)
		status = read_string(&reading, FIELD_MEMBER, "member", true, &key);
	if (status == LOYALTY_OK)
		status = read_string(&reading, FIELD_ID, "id", false, &id);
	if (status == LOYALTY_OK && id.size > ID_BYTES_MAX)
		status = bad(&reading, record_value(record, FIELD_ID), "id", "too long");
	if (status == LOYALTY_OK && key.size > ID_BYTES_MAX)
		status = bad(&reading, record_value(record, FIELD_MEMBER), "member", "too long");
	if (status != LOYALTY_OK)
		return status;
	fact->member_key = key;
	fact->id = id;
	fact->name = id.size ? id : nameless(fact, scratch);
	return read_type(&reading);
}

void
fact_name(struct fact *fact, struct scratch *scratch)
{
	fact->name = fact->id.size ? fact->id : nameless(fact, scratch);
}

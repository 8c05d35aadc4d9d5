/*
 * condition.c - whether a condition of the programme holds.
 */
#include "basis.h"
#include "question.h"

/* What a comparison is held against: a scalar of the record or of the member's state. */
struct subject_value {
	enum value_kind kind;
	struct slice text;
	bool is_decimal;
	struct decimal decimal;
};

static const struct subject_value ABSENT = { VALUE_ABSENT, { "", 0 }, false, { 0, 0 } };

static struct subject_value
of_text(struct slice text)
{
	struct subject_value value = { VALUE_STRING, text, false, { 0, 0 } };

	value.is_decimal = decimal_read(text, &value.decimal) == DECIMAL_OK;
	return value;
}

static struct subject_value
of_decimal(struct decimal decimal)
{
	return (struct subject_value){ VALUE_NUMBER, { "", 0 }, true, decimal };
}

static struct subject_value
of_count(int64_t count, int decimals)
{
	return of_decimal((struct decimal){ count, decimals });
}

/*
 * A fraction that is no decimal is given as one between the two of six decimals around it:
 * to what a document compares it with, it stands as it does itself.
 */
static struct subject_value
of_endless(struct ratio ratio)
{
	enum { DECIMALS = 6 };
	int64_t digits = INT64_MAX / 10;

	(void)ratio_round(ratio, DECIMALS, ROUND_DOWN, &digits);
	digits = digits * 10 + (ratio.num < 0 ? -5 : 5);
	return of_decimal((struct decimal){ digits, DECIMALS + 1 });
}

static struct subject_value
of_ratio(struct ratio ratio)
{
	for (int scale = 0; scale <= DECIMAL_DIGITS_MAX; scale++) {
		int64_t digits;
		int128 scaled;

		if (__builtin_mul_overflow(ratio.num, (int128)decimal_power(scale), &scaled))
			break;
		if (scaled % ratio.den == 0 && !narrow_overflows(scaled / ratio.den, &digits))
			return of_decimal((struct decimal){ digits, scale });
	}
	return of_endless(ratio);
}

/* A kept value; escapes are decoded into the work on this line. */
static struct subject_value
of_value(const struct question *question, const struct value *value)
{
	struct subject_value result;

	if (value->kind == VALUE_STRING)
		return of_text(value_decoded(value, &question->engine->scratch));
	if (value->kind == VALUE_NUMBER) {
		result = of_text(value->text);
		result.kind = VALUE_NUMBER;
		return result;
	}
	return (struct subject_value){ value->kind, value->text, false, { 0, 0 } };
}

static bool
equals(const struct subject_value *value, const struct scalar *scalar)
{
	if (value->is_decimal && scalar->is_decimal)
		return decimal_compare(value->decimal, scalar->decimal) == 0;
	if (value->kind != scalar->kind)
		return false;
	return value->kind != VALUE_STRING || slice_equal(value->text, scalar->text);
}

static bool
equals_any(const struct subject_value *value, const struct scalar_list *list)
{
	for (int i = 0; i < list->count; i++)
		if (equals(value, &list->items[i]))
			return true;
	return false;
}

/* Order of two scalars that have one; *order is set only then. */
static bool
ordered(const struct subject_value *value, const struct scalar *scalar, int *order)
{
	if (value->is_decimal && scalar->is_decimal)
		*order = decimal_compare(value->decimal, scalar->decimal);
	else if (value->kind == VALUE_STRING && scalar->kind == VALUE_STRING)
		*order = slice_compare(value->text, scalar->text);
	else
		return false;
	return true;
}

static bool
within_bounds(const struct subject_value *value, const struct comparison *compare)
{
	int order;

	if (compare->has_min && !(ordered(value, &compare->min, &order) && order >= 0))
		return false;
	if (compare->has_max && !(ordered(value, &compare->max, &order) && order <= 0))
		return false;
	if (compare->has_above && !(ordered(value, &compare->above, &order) && order > 0))
		return false;
	return !compare->has_below || (ordered(value, &compare->below, &order) && order < 0);
}

/* Whether a decimal is a whole multiple of another. */
static bool
is_multiple(struct decimal value, struct decimal step)
{
	int128 a = value.digits;
	int128 b = step.digits;

	if (value.scale < step.scale)
		a *= decimal_power(step.scale - value.scale);
	else
		b *= decimal_power(value.scale - step.scale);
	return b != 0 && a % b == 0;
}

/* All keys of a comparison but `not` and `exists`. */
static bool
meets(const struct subject_value *value, const struct comparison *compare)
{
	if (compare->equals.count && !equals_any(value, &compare->equals))
		return false;
	if (compare->has_every &&
		!(value->is_decimal && is_multiple(value->decimal, compare->every)))
		return false;
	return within_bounds(value, compare);
}

/* Whether a comparison asks for more than what a value is not. */
static bool
asks_for_value(const struct comparison *compare)
{
	return compare->equals.count || compare->has_min || compare->has_max ||
	       compare->has_above || compare->has_below || compare->has_every;
}

static bool
compare_scalar(const struct subject_value *value, const struct comparison *compare)
{
	if (compare->exists >= 0 && (value->kind != VALUE_ABSENT) != compare->exists)
		return false;
	return !equals_any(value, &compare->unequal) && meets(value, compare);
}

/* Of an array some element: none may be what `not` names. */
static bool
compare_array(const struct question *question, const struct value *array,
	const struct comparison *compare)
{
	struct slice rest = array->text;
	struct value element;
	bool met = !asks_for_value(compare);

	if (compare->exists == 0)
		return false;
	while (value_next_element(&rest, &element)) {
		struct subject_value value = of_value(question, &element);

		if (equals_any(&value, &compare->unequal))
			return false;
		met = met || meets(&value, compare);
	}
	return met;
}

static bool
compare_value(const struct question *question, const struct value *value,
	const struct comparison *compare)
{
	struct subject_value subject;

	if (value->kind == VALUE_ARRAY)
		return compare_array(question, value, compare);
	subject = of_value(question, value);
	return compare_scalar(&subject, compare);
}

/* ---- fields of a posting that is the cause ------------------------------ */

static struct subject_value
posting_field(const struct question *question, int column)
{
	const struct posting *posting = question->posting;
	const struct programme *programme = question->engine->programme;

	switch (column) {
	case FIELD_TYPE:
		return of_text(slice_of(record_type_name(posting->type)));
	case FIELD_RULE:
		return of_text(posting->rule);
	case FIELD_FROM:
		if (posting->type == POSTING_TIER_CHANGED)
			return of_text(
				programme->ladders[posting->rule_index].levels[posting->from].id);
		return ABSENT;
	case FIELD_TO:
		if (posting->type == POSTING_TIER_CHANGED)
			return of_text(
				programme->ladders[posting->rule_index].levels[posting->to].id);
		return ABSENT;
	default:
		return ABSENT;
	}
}

/* ---- tests ------------------------------------------------------------ */

static bool tests_hold(
	const struct question *question, const struct condition *condition, int table, int row);

/* The amounts and quantities that go with what returns bring back. */
static bool
goes_back(const struct question *question, const struct test *test, int table)
{
	if (!question->remains || test->table != table)
		return false;
	return table == TABLE_ITEMS ? test->column == ITEM_AMOUNT || test->column == ITEM_QTY
				    : table == TABLE_RECORD && test->column == FIELD_AMOUNT;
}

/* One of them, as far as it is left. */
static bool
test_rest(const struct question *question, const struct test *test, int row)
{
	struct part amount = { .kind = PART_AMOUNT, .sign = 1 };
	struct subject_value subject = ABSENT;
	struct ratio rest;

	if (test->table == TABLE_RECORD) {
		if (part_total(question, &amount, &rest))
			subject = of_ratio(rest);
		return compare_scalar(&subject, &test->compare);
	}
	subject = of_value(
		question, record_cell(question->fact->record, TABLE_ITEMS, row, test->column));
	if (subject.is_decimal && ratio_multiply(ratio_of_decimal(subject.decimal),
					  question->remains->lines[row], &rest))
		subject = of_ratio(rest);
	return compare_scalar(&subject, &test->compare);
}

/* A condition on items is asked of those of the record or of its basket. */
static bool
test_field(const struct question *question, const struct test *test, int table, int row)
{
	struct subject_value value = ABSENT;

	if (question->qty && test->table == TABLE_RECORD && test->column == FIELD_QTY) {
		value = of_count(question->qty, 0);
		return compare_scalar(&value, &test->compare);
	}
	if (question->fact && !(test->table != TABLE_RECORD && row < 0)) {
		const struct record *record = question->fact->record;
		/* A line is a purchase's or a basket's: the same columns, not the same rows. */

		if (goes_back(question, test, table))
			return test_rest(question, test, row);
		return compare_value(question,
			test->table == TABLE_RECORD ? record_value(record, test->column)
						    : record_cell(record, table, row, test->column),
			&test->compare);
	}
	if (question->posting && test->table == TABLE_RECORD)
		value = posting_field(question, test->column);
	return compare_scalar(&value, &test->compare);
}

static const char *const WEEKDAYS[] = { "monday", "tuesday", "wednesday", "thursday", "friday",
	"saturday", "sunday" };

static bool
test_time(const struct question *question, const struct test *test)
{
	struct civil civil;
	struct subject_value value;
	char text[16];
	int32_t day;

	zone_civil(question->engine->programme->zone, question->date, &civil);
	day = day_from_civil(civil.year, civil.month, civil.day);
	switch (test->kind) {
	case TEST_AT_DATE:
		value = of_text((struct slice){ text, day_format(day, text) });
		break;
	case TEST_AT_TIME:
		text[0] = (char)('0' + civil.hour / 10);
		text[1] = (char)('0' + civil.hour % 10);
		text[2] = ':';
		text[3] = (char)('0' + civil.minute / 10);
		text[4] = (char)('0' + civil.minute % 10);
		text[5] = ':';
		text[6] = (char)('0' + civil.second / 10);
		text[7] = (char)('0' + civil.second % 10);
		/* To the second only where the document is: 09:00 is all of that minute. */
		value = of_text((struct slice){ text, civil.second ? 8 : 5 });
		break;
	case TEST_AT_WEEKDAY:
		value = of_text(slice_of(WEEKDAYS[weekday_of_day(day)]));
		break;
	case TEST_AT_DAY:
		value = of_count(civil.day, 0);
		break;
	default:
		value = of_count(civil.month, 0);
		break;
	}
	return compare_scalar(&value, &test->compare);
}

/* Adds a decimal of any scale; what does not fit is as good as the largest number. */
static void
add_decimal(
	struct ratio *sum, const struct value *value, struct decimal fallback, struct ratio share)
{
	struct decimal decimal = fallback;
	struct ratio part;

	if (value->kind == VALUE_NUMBER || value->kind == VALUE_STRING)
		decimal_read(value->text, &decimal);
	part = ratio_of_decimal(decimal);
	if (share.num != share.den)
		(void)ratio_multiply(part, share, &part);
	(void)ratio_add(*sum, part, sum);
}

/* How much of a row is left, where returns have taken of it. */
static struct ratio
rest_of_row(const struct question *question, int table, int row)
{
	if (!question->remains || table == TABLE_BASKET_ITEMS)
		return ratio_of(1, 1);
	return table == TABLE_TENDERS ? question->remains->share : question->remains->lines[row];
}

/* The elements that meet a condition: how many rows, their quantity, their money. */
struct elements {
	int met;
	struct ratio count, total;
};

static void
add_line(const struct question *question, int table, int row, struct ratio rest,
	struct elements *elements)
{
	const struct programme *programme = question->engine->programme;
	const struct record *record = question->fact->record;
	struct ratio off =
		ratio_of(-discount_money(programme, record_cell(record, table, row, ITEM_DISCOUNT),
				 SLICE("")),
			decimal_power(programme->money_decimals));

	add_decimal(&elements->count, record_cell(record, table, row, ITEM_QTY),
		(struct decimal){ 1, 0 }, rest);
	add_decimal(&elements->total, record_cell(record, table, row, ITEM_AMOUNT),
		(struct decimal){ 0, 0 }, rest);
	(void)ratio_multiply(off, rest, &off);
	(void)ratio_add(elements->total, off, &elements->total);
}

static void
add_tender(const struct question *question, int row, struct ratio rest, struct elements *elements)
{
	(void)ratio_add(elements->count, ratio_of(1, 1), &elements->count);
	add_decimal(&elements->total,
		record_cell(question->fact->record, TABLE_TENDERS, row, TENDER_AMOUNT),
		(struct decimal){ 0, 0 }, rest);
}

/* A purchase that does not list its lines or tenders is one of them, without fields. */
static void
add_whole(const struct question *question, int table, struct elements *elements)
{
	const struct fact *fact = question->fact;
	int64_t money = table == TABLE_ITEMS ? fact->lines[0].merchandise : fact->amount;
	struct ratio rest = rest_of_row(question, table, 0);

	if (rest.num == 0)
		return;
	elements->met = 1;
	elements->count = ratio_of(1, 1);
	elements->total =
		ratio_of(money, decimal_power(question->engine->programme->money_decimals));
	(void)ratio_multiply(elements->total, rest, &elements->total);
}

static bool
test_elements(const struct question *question, const struct test *test)
{
	struct elements elements = { 0, RATIO_ZERO, RATIO_ZERO };
	const struct condition *condition = test->condition_count ? &test->conditions[0] : NULL;
	const struct table_rows *rows;
	struct subject_value value;

	if (!question->fact)
		return false;
	rows = &question->fact->record->tables[test->table];
	for (int row = 0; rows->present && row < rows->count; row++) {
		struct ratio rest = rest_of_row(question, test->table, row);

		if (rest.num == 0 || !element_holds(question, condition, test->table, row))
			continue;
		elements.met++;
		if (test->table == TABLE_TENDERS)
			add_tender(question, row, rest, &elements);
		else
			add_line(question, test->table, row, rest, &elements);
	}
	if ((!rows->present || rows->count == 0) && question->fact->type == FACT_PURCHASE &&
		test->table != TABLE_BASKET_ITEMS &&
		element_holds(question, condition, test->table, -1))
		add_whole(question, test->table, &elements);
	if (!test->has_count && !test->has_total)
		return elements.met > 0;
	value = of_ratio(elements.count);
	if (test->has_count && !compare_scalar(&value, &test->count))
		return false;
	value = of_ratio(elements.total);
	return !test->has_total || compare_scalar(&value, &test->total);
}

static bool
test_member(const struct question *question, const struct test *test)
{
	const struct member_more *more = question->member->more;
	const struct attribute_value *attribute = more ? &more->attributes[test->index] : NULL;
	struct subject_value value = ABSENT;
	struct value array;

	if (attribute && attribute->kind == VALUE_ARRAY) {
		array = (struct value){ { attribute->text, attribute->size }, VALUE_ARRAY, false };
		return compare_array(question, &array, &test->compare);
	}
	if (attribute && attribute->kind != VALUE_ABSENT) {
		value = of_text((struct slice){ attribute->text, attribute->size });
		value.kind = attribute->kind;
	}
	return compare_scalar(&value, &test->compare);
}

static bool
test_in(const struct question *question, const struct test *test)
{
	struct span window;
	bool inside = false;

	for (int i = 0; i < test->period_count && !inside; i++)
		inside = period_window(question->engine->programme, question->member,
			test->periods[i], question->date, &window);
	return inside != test->in_negated;
}

static bool
test_count(const struct question *question, const struct test *test)
{
	const struct programme *programme = question->engine->programme;
	struct subject_value value;
	const struct counter *counter;
	bool rolling;

	if (test->kind == TEST_BALANCE) {
		value = of_count(usable_balance(question->engine, question->member, test->index,
					 question->now),
			programme->units[test->index].decimals);
		return compare_scalar(&value, &test->compare);
	}
	counter = &programme->counters[test->index];
	rolling = counter->period.kind == PERIOD_ROLLING;
	value = of_count(tally_value(programme, question->member, test->index, 0,
				 rolling ? question->now : question->date),
		counter->kind == COUNTER_EARNED ? programme->units[counter->unit].decimals : 0);
	return compare_scalar(&value, &test->compare);
}

static bool
test_part(const struct question *question, const struct test *test)
{
	struct subject_value value = ABSENT;
	struct ratio total;

	if (question->fact && part_total(question, &test->part, &total))
		value = of_ratio(total);
	return compare_scalar(&value, &test->compare);
}

static bool
test_any(const struct question *question, const struct test *test, int table, int row)
{
	for (int i = 0; i < test->condition_count; i++)
		if (tests_hold(question, &test->conditions[i], table, row))
			return true;
	return false;
}

static bool
test_holds(const struct question *question, const struct test *test, int table, int row)
{
	if (question->remains && test->answer)
		return question->remains->answers[test->answer - 1];
	switch (test->kind) {
	case TEST_FIELD:
		return test_field(question, test, table, row);
	case TEST_AT_DATE:
	case TEST_AT_TIME:
	case TEST_AT_WEEKDAY:
	case TEST_AT_DAY:
	case TEST_AT_MONTH:
		return test_time(question, test);
	case TEST_ELEMENTS:
		return test_elements(question, test);
	case TEST_MEMBER:
		return test_member(question, test);
	case TEST_LEVEL:
		return test->levels >> member_level(question->engine->programme, question->member,
					       test->index) &
		       1;
	case TEST_BALANCE:
	case TEST_EARNED:
	case TEST_HISTORY:
		return test_count(question, test);
	case TEST_IN:
		return test_in(question, test);
	case TEST_PART:
		return test_part(question, test);
	case TEST_ANY:
		return test_any(question, test, table, row);
	case TEST_NOT:
		return !tests_hold(question, &test->conditions[0], table, row);
	case TEST_COUNT:
		break;
	}
	return false;
}

/* Any alternative, all of whose tests hold. */
static bool
tests_hold(const struct question *question, const struct condition *condition, int table, int row)
{
	if (condition->count == 0)
		return true;
	for (int i = 0; i < condition->count; i++) {
		const struct alternative *alternative = &condition->alternatives[i];
		int held = 0;

		while (held < alternative->count &&
			test_holds(question, &alternative->tests[held], table, row))
			held++;
		if (held == alternative->count)
			return true;
	}
	return false;
}

bool
condition_holds(const struct question *question, const struct condition *condition)
{
	return !condition || tests_hold(question, condition, TABLE_RECORD, -1);
}

uint16_t
test_answer(const struct question *question, const struct test *test)
{
	return test_holds(question, test, TABLE_RECORD, -1);
}

bool
element_holds(
	const struct question *question, const struct condition *condition, int table, int row)
{
	return !condition || tests_hold(question, condition, table, row);
}

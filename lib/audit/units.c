/*
 * units.c - {unit: amount}, exactly.
 */
#include "state.h"

#include <stdio.h>

/* Digits behind the point. */
static int
decimals_of(struct slice text)
{
	const char *point = memchr(text.data, '.', text.size);
	size_t digits = point ? (size_t)(text.data + text.size - point) - 1 : 0;

	return digits > AUDIT_DECIMALS_MAX ? AUDIT_DECIMALS_MAX : (int)digits;
}

static int
unit_add(struct audit *audit, struct slice name, struct slice text)
{
	char *copy;

	if (audit->unit_count == AUDIT_UNITS) {
		anomaly(audit, "units: more than %d units", AUDIT_UNITS);
		return -1;
	}
	copy = arena_alloc(audit->arena, name.size + 1);
	if (!copy) {
		audit->no_memory = true;
		return -1;
	}
	memcpy(copy, name.data, name.size);
	audit->units[audit->unit_count] =
		(struct audit_unit){ .name = { copy, name.size }, .decimals = decimals_of(text) };
	return audit->unit_count++;
}

int
audit_find_unit(struct audit *audit, struct slice name, struct slice text)
{
	for (int i = 0; i < audit->unit_count; i++)
		if (slice_equal(audit->units[i].name, name))
			return i;
	if (!audit->of_programme)
		return unit_add(audit, name, text);
	anomaly(audit, "programme: no unit is called '%.*s'", SHOW(name));
	return -1;
}

static void
uncountable(struct audit *audit, int unit, struct slice text)
{
	anomaly(audit, "units: %.*s of '%.*s' cannot be counted", SHOW(text),
		SHOW(audit->units[unit].name));
}

static bool
read_sum(struct audit *audit, int unit, const struct value *amount, int128 *sum)
{
	const struct audit_unit *known = &audit->units[unit];
	enum decimal_result result = DECIMAL_SYNTAX;

	if (amount->kind == VALUE_NUMBER || amount->kind == VALUE_STRING)
		result = wide_parse(amount->text, known->decimals, sum);
	if (result == DECIMAL_OK)
		return true;
	if (result == DECIMAL_INEXACT)
		anomaly(audit, "units: '%.*s' has %d decimals, not those of %.*s",
			SHOW(known->name), known->decimals, SHOW(amount->text));
	else if (result == DECIMAL_SYNTAX)
		anomaly(audit, "units: expected an amount of '%.*s', not %.*s", SHOW(known->name),
			SHOW(amount->text));
	else
		uncountable(audit, unit, amount->text);
	return false;
}

bool
audit_read_sums(struct audit *audit, const struct value *object, int128 *sums, uint64_t *named)
{
	struct slice rest = object->text;
	struct value key;
	struct value amount;
	bool good = true;

	*named = 0;
	if (object->kind == VALUE_ABSENT)
		return true;
	if (object->kind != VALUE_OBJECT) {
		anomaly(audit, "units: expected units and amounts");
		return false;
	}
	while (value_next_member(&rest, &key, &amount)) {
		int unit = audit_find_unit(audit, text_of(audit, &key), amount.text);

		if (unit < 0 || !read_sum(audit, unit, &amount, &sums[unit]))
			good = false;
		else
			*named |= UINT64_C(1) << unit;
	}
	return good;
}

bool
audit_read_units(struct audit *audit, const struct value *object, int64_t *amounts, uint64_t *named)
{
	int128 sums[AUDIT_UNITS];
	bool good = audit_read_sums(audit, object, sums, named);

	for (uint64_t left = *named; left; left &= left - 1) {
		int unit = __builtin_ctzll(left);
		char text[WIDE_TEXT_MAX];

		if (!narrow_overflows(sums[unit], &amounts[unit]))
			continue;
		uncountable(audit, unit,
			(struct slice){
				text, wide_format(sums[unit], audit->units[unit].decimals, text) });
		*named &= ~(UINT64_C(1) << unit);
		good = false;
	}
	return good;
}

const char *
amount_text(const struct audit *audit, int unit, int128 amount, char buffer[AMOUNT_TEXT_MAX])
{
	const struct audit_unit *known = &audit->units[unit];
	char digits[WIDE_TEXT_MAX];
	int size = (int)wide_format(amount, known->decimals, digits);

	snprintf(buffer, AMOUNT_TEXT_MAX, "%.*s %.*s", size, digits, SHOW(known->name));
	return buffer;
}

/*
 * states.c - the state in an opening, as far as an audit asks for it: what may be named after it.
 */
#include "state.h"

#include <stdlib.h>

/* ---- values of a state ---------------------------------------------------------- */

static bool
is_key(const struct value *key, const char *name)
{
	return slice_equal(key->text, slice_of(name));
}

/* The member of an object; VALUE_ABSENT where it has none. */
struct value
state_value(const struct value *object, const char *name)
{
	struct slice rest = object->text;
	struct value key;
	struct value value;

	while (object->kind == VALUE_OBJECT && value_next_member(&rest, &key, &value))
		if (is_key(&key, name))
			return value;
	return (struct value){ .kind = VALUE_ABSENT };
}

struct slice
state_text(struct audit *audit, const struct value *object, const char *name)
{
	struct value value = state_value(object, name);

	return text_of(audit, &value);
}

/* A time, or one of the words for none; otherwise where it is left out. */
instant
state_time(struct audit *audit, const struct value *object, const char *name, instant otherwise)
{
	struct slice text = state_text(audit, object, name);
	struct when when;

	if (slice_equal(text, SLICE("always")))
		return INSTANT_ALWAYS;
	if (!text.data || slice_equal(text, SLICE("never")) ||
		slice_equal(text, SLICE("by-rule")) || !when_of(audit, text, &when))
		return otherwise;
	return when.at;
}

/* The next element of a list of objects. */
bool
state_next_object(const struct value *list, struct slice *rest, struct value *element)
{
	return list->kind == VALUE_ARRAY && value_next_element(rest, element);
}

/* Of a unit that is not named it is the usual one; -1: there is no such unit. */
int
state_unit(struct audit *audit, const struct value *object)
{
	struct slice name = state_text(audit, object, "unit");

	return name.data ? audit_find_unit(audit, name, SLICE("0")) : audit->usual_unit;
}

int64_t
state_count(struct audit *audit, const struct value *object, const char *name)
{
	struct value value = state_value(object, name);
	int64_t count = 0;

	if (value.kind != VALUE_ABSENT &&
		(value.kind != VALUE_NUMBER || decimal_parse(value.text, 0, &count) != DECIMAL_OK))
		anomaly(audit, "opening: expected a number in '%s'", name);
	return count;
}

/* ---- what belongs to nobody -------------------------------------------------------- */

/* Units with their decimals; one that is not named below is the first. */
static void
read_decimals(struct audit *audit, const struct value *units)
{
	struct slice rest = units->text;
	struct value key;
	struct value decimals;

	audit->usual_unit = -1;
	while (units->kind == VALUE_OBJECT && value_next_member(&rest, &key, &decimals)) {
		int known = audit->unit_count;
		int64_t count;
		int unit = audit_find_unit(audit, text_of(audit, &key), SLICE("0"));

		if (unit < 0 || decimal_parse(decimals.text, 0, &count) != DECIMAL_OK)
			continue;
		if (audit->usual_unit < 0)
			audit->usual_unit = unit;
		if (count < 0 || count > AUDIT_DECIMALS_MAX)
			anomaly(audit, "opening: '%.*s' cannot have %lld decimals",
				SHOW(audit->units[unit].name), (long long)count);
		else if (unit < known && audit->units[unit].decimals != count)
			anomaly(audit, "opening: '%.*s' has %d decimals, not %lld",
				SHOW(audit->units[unit].name), audit->units[unit].decimals,
				(long long)count);
		else
			audit->units[unit].decimals = (int)count;
	}
}

/* ---- facts that are remembered --------------------------------------------------------------- */

/* A lot that a return or cancel may still name, though nothing is left in it. */
static void
note_lot(struct audit *audit, const struct value *owner, struct slice name, int unit)
{
	struct slice key = state_text(audit, owner, "member");
	uint32_t member = key.data ? audit_add_member(audit, key) : audit->line.member_index;

	if (member != UINT32_MAX && name.size && unit >= 0 &&
		!audit_find_lot(audit, member, unit, audit_hash(name)))
		audit_add_lot(audit, member, unit, audit_hash(name));
}

static void
note_lots(struct audit *audit, const struct value *redemption, const char *list)
{
	struct value lots = state_value(redemption, list);
	struct slice rest = lots.text;
	struct value lot;

	while (state_next_object(&lots, &rest, &lot))
		note_lot(
			audit, redemption, state_text(audit, &lot, "lot"), state_unit(audit, &lot));
}

static void
note_redemption(struct audit *audit, const struct value *redemption)
{
	note_lots(audit, redemption, "taken");
	note_lots(audit, redemption, "given");
}

/* What a sale gave: lots called by the posting, which is mostly called by the sale and the rule. */
static void
note_given(struct audit *audit, struct slice id, const struct value *given)
{
	struct slice rule = state_text(audit, given, "rule");
	struct slice name = state_text(audit, given, "id");
	struct value units = state_value(given, "units");
	struct slice rest = units.text;
	struct value unit;
	char *text = audit->text + audit->text_used;

	if (!name.data) {
		if (id.size + rule.size + 1 > audit->text_size - audit->text_used)
			return;
		bytes_copy(text, id.data, id.size);
		text[id.size] = ':';
		bytes_copy(text + id.size + 1, rule.data, rule.size);
		name = (struct slice){ text, id.size + rule.size + 1 };
		audit->text_used += name.size;
	}
	if (units.kind == VALUE_ABSENT)
		note_lot(audit, given, name, state_unit(audit, given));
	while (state_next_object(&units, &rest, &unit))
		note_lot(audit, given, name, state_unit(audit, &unit));
}

static void
note_fact(struct audit *audit, const struct value *fact, struct slice id)
{
	struct value sale = state_value(fact, "sale");
	struct value took = state_value(fact, "took");
	struct value lists[] = { state_value(fact, "gave"), state_value(&sale, "gave") };

	for (int i = 0; id.size && i < 2; i++) {
		struct slice rest = lists[i].text;
		struct value given;

		while (state_next_object(&lists[i], &rest, &given))
			note_given(audit, id, &given);
	}
	note_redemption(audit, &took);
}

/* One without id is known by the hash of its line. */
static uint64_t
line_hash(struct audit *audit, const struct value *fact)
{
	struct slice hash = state_text(audit, fact, "hash");
	char digits[17] = "";

	if (hash.size == sizeof(digits) - 1)
		memcpy(digits, hash.data, hash.size);
	return strtoull(digits, NULL, 16);
}

/* Facts that may not come again yet, and may be referred to. */
static void
read_facts(struct audit *audit, const struct value *state, uint32_t member)
{
	struct value facts = state_value(state, "facts");
	struct slice rest = facts.text;
	struct value fact;

	while (state_next_object(&facts, &rest, &fact)) {
		struct slice id = state_text(audit, &fact, "id");
		instant at = state_time(audit, &fact, "at", INSTANT_ALWAYS);

		audit_once_remember(
			audit, id.size ? audit_hash(id) : line_hash(audit, &fact), member, at);
		if (member != UINT32_MAX)
			note_fact(audit, &fact, id);
	}
}

/* ---- levels, vouchers, names ----------------------------------------------------------------- */

static void
read_levels(struct audit *audit, const struct value *state)
{
	struct value levels = state_value(state, "levels");
	struct slice rest = levels.text;
	struct value element;

	while (state_next_object(&levels, &rest, &element)) {
		struct slice ladder = state_text(audit, &element, "ladder");
		struct slice level = state_text(audit, &element, "level");
		struct audit_lot *entry;

		if (!ladder.data || !level.data)
			continue;
		entry = audit_add_lot(
			audit, audit->line.member_index, ABOUT_LEVEL, audit_hash(ladder));
		if (!entry)
			return;
		entry->left = (int64_t)audit_hash(level);
		entry->sequence = audit->sequence;
	}
}

static void
read_vouchers(struct audit *audit, const struct value *state)
{
	static const char *const states[] = { "used", "void", "expired" };
	struct value vouchers = state_value(state, "vouchers");
	struct slice rest = vouchers.text;
	struct value element;

	while (state_next_object(&vouchers, &rest, &element)) {
		struct slice name = state_text(audit, &element, "voucher");
		struct slice how = state_text(audit, &element, "state");
		uint32_t member = audit->line.member_index;
		uint64_t hash = audit_hash(name);
		struct audit_lot *voucher = audit_find_lot(audit, member, ABOUT_VOUCHER, hash);
		struct value from = state_value(&element, "from");
		struct value paid = state_value(&from, "paid");

		if (!voucher)
			voucher = audit_add_lot(audit, member, ABOUT_VOUCHER, hash);
		if (!voucher)
			return;
		note_redemption(audit, &paid);
		voucher->left += !how.data || slice_equal(how, SLICE("open"));
		voucher->sequence = audit->sequence;
		for (int i = 0; how.data && i < 3; i++)
			if (slice_equal(how, slice_of(states[i])) && voucher->until != VOUCHER_USED)
				voucher->until = i;
	}
}

/* An id that a fact without one has given; of another member's postings, their key is behind it. */
static void
note_name(struct audit *audit, struct slice id)
{
	const char *end = id.size ? memrchr(id.data, '\n', id.size) : NULL;
	uint32_t member = audit->line.member_index;
	struct slice key;

	if (end) {
		key = (struct slice){ end + 1, (size_t)(id.data + id.size - end) - 1 };
		id.size -= key.size + 1;
		member = audit_add_member(audit, key);
	}
	if (id.size && member != UINT32_MAX)
		audit_once_count(audit, id, member, audit->line.at.at);
}

/* Those that were given at this time, each as often as it was, without numbers. */
static void
read_names(struct audit *audit, const struct value *state)
{
	struct value names = state_value(state, "names");
	struct slice rest = names.text;
	struct value id;

	while (state_next_object(&names, &rest, &id)) {
		size_t used = audit->text_used;

		note_name(audit, text_of(audit, &id));
		audit->text_used = used;
	}
}

static void
read_ties(struct audit *audit, const struct value *state)
{
	struct value merged = state_value(state, "merged");
	struct slice into = state_text(audit, &merged, "into");
	struct slice referrer = state_text(audit, state, "referrer");
	uint32_t self = audit->line.member_index;
	uint32_t other;

	if (referrer.size) {
		other = audit_add_member(audit, referrer);
		if (other == UINT32_MAX)
			return;
		audit->members[other].known = true;
		audit->members[self].referrer = other + 1;
	}
	other = into.size ? audit_add_member(audit, into) : UINT32_MAX;
	if (other == UINT32_MAX || audit->members[self].into || audit_root(audit, other) == self)
		return;
	audit->members[self].into = other + 1;
	audit->members[self].next = audit->members[other].merged;
	audit->members[other].merged = self + 1;
}

void
state_read_common(struct audit *audit)
{
	const struct value *state = column(audit, COLUMN_STATE);
	struct value units = state_value(state, "units");
	struct value everybody = state_value(state, "everybody");

	read_decimals(audit, &units);
	audit->floored = audit->sweeping = false;
	audit->ticked = when_of(audit, state_text(audit, state, "ticked"), &audit->tick);
	audit->latest = state_time(audit, &everybody, "at", INSTANT_ALWAYS);
	read_facts(audit, state, UINT32_MAX);
}

void
state_read_member(struct audit *audit)
{
	const struct value *state = column(audit, COLUMN_STATE);

	read_levels(audit, state);
	read_vouchers(audit, state);
	read_names(audit, state);
	read_ties(audit, state);
	read_facts(audit, state, audit->line.member_index);
}

/*
 * posting_read.c - postings as lines: reading them back in the next filter.
 */
#include "lots.h"

struct reading {
	const struct programme *programme;
	const struct record *record;
	struct scratch *scratch;
	struct posting *posting;
	struct loyalty_error *error;
};

static enum loyalty_status
corrupt(const struct reading *reading, const char *path, const char *text)
{
	return fail_at(reading->error, LOYALTY_CORRUPT, path, "%s", text);
}

static struct slice
decoded(const struct reading *reading, const struct value *value)
{
	char *buffer;

	if (!value->escaped)
		return value->text;
	buffer = scratch_take(reading->scratch, value->text.size);
	return buffer ? value_string(value, buffer) : value->text;
}

static enum loyalty_status
read_text(const struct reading *reading, int field, const char *path, bool required,
	struct slice *text)
{
	const struct value *value = record_value(reading->record, field);

	*text = SLICE("");
	if (value->kind == VALUE_ABSENT && !required)
		return LOYALTY_OK;
	if (value->kind != VALUE_STRING)
		return corrupt(reading, path, "expected a string");
	*text = decoded(reading, value);
	return LOYALTY_OK;
}

static int
count_members(const struct value *object)
{
	struct slice rest = object->text;
	struct value key, member;
	int count = 0;

	while (object->kind == VALUE_OBJECT && value_next_member(&rest, &key, &member))
		count++;
	return count;
}

static enum loyalty_status
read_amount(const struct reading *reading, const char *path, const struct value *key,
	const struct value *amount, int *unit, int64_t *count)
{
	*unit = unit_index(reading->programme, decoded(reading, key));
	if (*unit < 0)
		return corrupt(reading, path, "no such unit in the programme");
	if (decimal_parse(amount->text, reading->programme->units[*unit].decimals, count) !=
			DECIMAL_OK ||
		*count == INT64_MIN)
		return corrupt(reading, path, "expected an amount of the unit");
	return LOYALTY_OK;
}

/* units or short: {unit: n}. */
static enum loyalty_status
read_units(const struct reading *reading, int field, const char *path)
{
	const struct value *value = record_value(reading->record, field);
	struct posting *posting = reading->posting;
	struct slice rest = value->text;
	struct value key, amount;
	int count = count_members(value);

	posting->unit_count = 0;
	if (value->kind != VALUE_ABSENT && value->kind != VALUE_OBJECT)
		return corrupt(reading, path, "expected an object");
	if (count == 0)
		return LOYALTY_OK;
	posting->units = scratch_take(reading->scratch, (size_t)count * sizeof(*posting->units));
	if (!posting->units)
		return fail_memory(reading->error);
	while (value_next_member(&rest, &key, &amount)) {
		struct unit_delta *delta = &posting->units[posting->unit_count++];
		enum loyalty_status status;

		*delta = (struct unit_delta){ 0, 0, INSTANT_ALWAYS, INSTANT_NEVER };
		status = read_amount(reading, path, &key, &amount, &delta->unit, &delta->amount);
		if (status != LOYALTY_OK)
			return status;
	}
	return LOYALTY_OK;
}

/* {lot: {unit: n}} */
static enum loyalty_status
read_lots(const struct reading *reading)
{
	const struct value *value = record_value(reading->record, FIELD_LOTS);
	struct posting *posting = reading->posting;
	struct slice rest = value->text;
	struct value lot, units;
	int count = 0;

	if (value->kind != VALUE_ABSENT && value->kind != VALUE_OBJECT)
		return corrupt(reading, "lots", "expected an object");
	while (value->kind == VALUE_OBJECT && value_next_member(&rest, &lot, &units))
		count += count_members(&units);
	if (count == 0)
		return LOYALTY_OK;
	posting->lots = scratch_take(reading->scratch, (size_t)count * sizeof(*posting->lots));
	if (!posting->lots)
		return fail_memory(reading->error);
	rest = value->text;
	while (value_next_member(&rest, &lot, &units)) {
		struct slice name = decoded(reading, &lot);
		struct slice inner = units.text;
		struct value key, amount;

		while (units.kind == VALUE_OBJECT && value_next_member(&inner, &key, &amount)) {
			struct lot_delta *delta = &posting->lots[posting->lot_count++];
			enum loyalty_status status;

			delta->lot = name;
			delta->place = UINT32_MAX;
			status = read_amount(
				reading, "lots", &key, &amount, &delta->unit, &delta->amount);
			if (status != LOYALTY_OK)
				return status;
		}
	}
	return LOYALTY_OK;
}

static enum loyalty_status
read_instant(
	const struct reading *reading, const char *path, const struct value *value, instant *at)
{
	if (value->kind != VALUE_STRING ||
		instant_parse(reading->programme->zone, value->text, at, NULL) != TIME_OK)
		return corrupt(reading, path, "expected a time");
	return LOYALTY_OK;
}

/* The rule whose own pending and expire the lots of a posting have, or NULL. */
static const struct rule *
lot_rule(const struct reading *reading)
{
	const struct posting *posting = reading->posting;
	int rule = -1;

	if (posting->type == POSTING_EARNED)
		rule = posting->rule_index;
	else if (posting->type == POSTING_TRANSFERRED)
		rule = posting->moved->rule;
	return rule >= 0 ? &reading->programme->rules[rule] : NULL;
}

/* The end that a lot has by its rule, where the posting fixes none. */
static instant
end_not_fixed(const struct reading *reading, int unit)
{
	const struct rule *rule = lot_rule(reading);
	const struct table *expire = reading->programme->units[unit].expire;

	if (rule && rule->expire)
		expire = rule->expire;
	return expire ? INSTANT_BY_RULE : INSTANT_NEVER;
}

/* usable and until of the lots that a posting makes: {unit: instant}. */
static enum loyalty_status
read_lives(const struct reading *reading)
{
	struct posting *posting = reading->posting;

	for (int i = 0; i < posting->unit_count; i++) {
		struct unit_delta *delta = &posting->units[i];

		delta->until = end_not_fixed(reading, delta->unit);
		if (lot_waits_for(reading->programme, delta->unit, lot_rule(reading)) >= 0)
			delta->usable = INSTANT_NEVER;
	}
	for (int field = 0; field < 2; field++) {
		const struct value *value =
			record_value(reading->record, field ? FIELD_UNTIL : FIELD_USABLE);
		struct slice rest = value->text;
		struct value key, at;

		while (value->kind == VALUE_OBJECT && value_next_member(&rest, &key, &at)) {
			int unit = unit_index(reading->programme, decoded(reading, &key));
			instant when;
			enum loyalty_status status =
				read_instant(reading, field ? "until" : "usable", &at, &when);

			if (status != LOYALTY_OK)
				return status;
			for (int i = 0; i < posting->unit_count; i++) {
				if (posting->units[i].unit != unit)
					continue;
				if (field)
					posting->units[i].until = when;
				else
					posting->units[i].usable = when;
			}
		}
	}
	return LOYALTY_OK;
}

/* What is said of a unit, 0 where nothing is, and what was taken from its lots, below 0. */
static bool
sums_of_unit(const struct posting *posting, int unit, int64_t *said, int64_t *taken)
{
	bool overflows = false;

	*said = *taken = 0;
	for (int i = 0; i < posting->unit_count; i++)
		if (posting->units[i].unit == unit)
			*said = posting->units[i].amount;
	for (int i = 0; i < posting->lot_count; i++)
		if (posting->lots[i].unit == unit)
			overflows |= add_overflows(*taken, posting->lots[i].amount, taken);
	return !overflows;
}

/* A redemption that paid and gave the same unit says the sum: apart again, as it was decided. */
static enum loyalty_status
part_units(const struct reading *reading)
{
	struct posting *posting = reading->posting;
	int unit_count = reading->programme->unit_count;
	struct unit_delta *parts =
		scratch_take(reading->scratch, 2 * (size_t)unit_count * sizeof(*parts));
	int count = 0;

	if (!parts)
		return fail_memory(reading->error);
	for (int unit = 0; unit < unit_count; unit++) {
		int64_t said, taken, given;

		if (!sums_of_unit(posting, unit, &said, &taken) || taken > 0 ||
			taken < -INT64_MAX || add_overflows(said, -taken, &given))
			return corrupt(reading, "lots", "the amounts do not add up");
		if (taken)
			parts[count++] =
				(struct unit_delta){ unit, taken, INSTANT_ALWAYS, INSTANT_NEVER };
		if (given)
			parts[count++] =
				(struct unit_delta){ unit, given, INSTANT_ALWAYS, INSTANT_NEVER };
	}
	posting->units = parts;
	posting->unit_count = count;
	return LOYALTY_OK;
}

/* ---- names ------------------------------------------------------------------- */

static enum loyalty_status
find_rule(const struct reading *reading)
{
	const struct programme *programme = reading->programme;
	struct posting *posting = reading->posting;

	posting->rule_index = -1;
	switch (posting->type) {
	case POSTING_EARNED:
	case POSTING_REVERSED:
	case POSTING_TRIED:
		posting->rule_index = rule_index(programme, posting->rule);
		break;
	case POSTING_TIER_CHANGED:
		posting->rule_index = ladder_index(programme, posting->rule);
		break;
	case POSTING_REDEEMED:
	case POSTING_RESTORED:
		if (slice_equal(posting->rule, SLICE("redeem")))
			return LOYALTY_OK;
		/* fall through */
	case POSTING_ISSUED:
	case POSTING_USED:
	case POSTING_VOIDED:
		posting->rule_index = reward_index(programme, posting->rule);
		break;
	default:
		return LOYALTY_OK;
	}
	if (posting->rule_index < 0 && posting->type != POSTING_REDEEMED &&
		posting->type != POSTING_RESTORED)
		return corrupt(reading, "rule", "no such rule in the programme");
	return LOYALTY_OK;
}

static enum loyalty_status
read_tier_change(const struct reading *reading)
{
	static const char *const reasons[] = { "reached", "renewed", "ended", "granted", "returned",
		"left" };
	struct posting *posting = reading->posting;
	const struct ladder *ladder = &reading->programme->ladders[posting->rule_index];
	struct slice from, to, reason;
	size_t known = 0;
	enum loyalty_status status = read_text(reading, FIELD_FROM, "from", true, &from);

	if (status == LOYALTY_OK)
		status = read_text(reading, FIELD_TO, "to", true, &to);
	if (status == LOYALTY_OK)
		status = read_text(reading, FIELD_REASON, "reason", true, &reason);
	if (status != LOYALTY_OK)
		return status;
	posting->from = level_index(ladder, from);
	posting->to = level_index(ladder, to);
	if (posting->from < 0 || posting->to < 0)
		return corrupt(reading, posting->from < 0 ? "from" : "to",
			"no such level in the programme");
	while (known < sizeof(reasons) / sizeof(reasons[0]) &&
		!slice_equal(slice_of(reasons[known]), reason))
		known++;
	if (known == sizeof(reasons) / sizeof(reasons[0]))
		return corrupt(reading, "reason", "not one that levels change for");
	posting->reason = (enum reason)known;
	return LOYALTY_OK;
}

/* until and usable where they are one instant: levels and vouchers. */
static enum loyalty_status
read_ends(const struct reading *reading)
{
	struct posting *posting = reading->posting;
	const struct value *until = record_value(reading->record, FIELD_UNTIL);
	const struct value *usable = record_value(reading->record, FIELD_USABLE);
	enum loyalty_status status = LOYALTY_OK;

	posting->has_until = until->kind != VALUE_ABSENT;
	if (posting->has_until)
		status = read_instant(reading, "until", until, &posting->until);
	if (status == LOYALTY_OK && usable->kind != VALUE_ABSENT)
		status = read_instant(reading, "usable", usable, &posting->usable);
	return status;
}

static void
read_money(const struct reading *reading, int field, int64_t *money)
{
	const struct value *value = record_value(reading->record, field);

	if ((value->kind == VALUE_STRING || value->kind == VALUE_NUMBER) &&
		decimal_parse(value->text, reading->programme->money_decimals, money) != DECIMAL_OK)
		*money = -1;
}

/* What a voucher fixed at issue. */
static enum loyalty_status
read_terms(const struct reading *reading)
{
	struct worth *worth = scratch_take(reading->scratch, sizeof(*worth));
	const struct value *percent = record_value(reading->record, FIELD_PERCENT);
	const struct value *qty = record_value(reading->record, FIELD_QTY);
	struct slice reward = record_value(reading->record, FIELD_REWARD)->text;

	if (!worth)
		return fail_memory(reading->error);
	*worth = WORTH_NONE;
	reading->posting->worth = worth;
	read_money(reading, FIELD_OFF, &worth->off);
	read_money(reading, FIELD_UP_TO, &worth->up_to);
	if (percent->kind != VALUE_ABSENT &&
		rational_parse(percent->text, &worth->percent) != DECIMAL_OK)
		worth->percent = (struct rational){ 0, 0 };
	if (qty->kind != VALUE_ABSENT && decimal_parse(qty->text, 0, &worth->qty) != DECIMAL_OK)
		worth->qty = 0;
	if (reward.size)
		worth->reward = reward_index(reading->programme, reward);
	return LOYALTY_OK;
}

/* The instant of a unit in {unit: instant}; of a posting with one unit it is that one. */
static enum loyalty_status
read_since(const struct reading *reading, instant *since)
{
	const struct value *value = record_value(reading->record, FIELD_EARNED);
	struct slice rest = value->text;
	struct value key, at;

	if (value->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	if (reading->posting->unit_count != 1 || value->kind != VALUE_OBJECT ||
		!value_next_member(&rest, &key, &at))
		return corrupt(reading, "earned", "expected the time of the posting's unit");
	return read_instant(reading, "earned", &at, since);
}

static enum loyalty_status
read_moved(const struct reading *reading, struct members *members)
{
	struct transferred *moved = scratch_take(reading->scratch, sizeof(*moved));
	struct slice to, rule;
	enum loyalty_status status;

	if (!moved)
		return fail_memory(reading->error);
	*moved = (struct transferred){ .since = INSTANT_ALWAYS,
		.rule = -1,
		.merge = slice_equal(reading->posting->rule, SLICE("merge")) };
	reading->posting->moved = moved;
	status = read_text(reading, FIELD_TO, "to", false, &to);
	if (status == LOYALTY_OK)
		status = read_text(reading, FIELD_EARNED_BY, "earned_by", false, &rule);
	if (status == LOYALTY_OK)
		status = read_text(reading, FIELD_LOT, "lot", false, &moved->lot);
	if (status == LOYALTY_OK)
		status = read_since(reading, &moved->since);
	if (status != LOYALTY_OK)
		return status;
	if (to.size && !(moved->to = members_find(members, to)))
		return corrupt(reading, "to", "nobody of that name was seen before");
	if (rule.size)
		moved->rule = rule_index(reading->programme, rule);
	if (rule.size && moved->rule < 0)
		return corrupt(reading, "earned_by", "no such rule in the programme");
	return read_lives(reading);
}

static enum loyalty_status
read_details(const struct reading *reading, struct members *members)
{
	struct posting *posting = reading->posting;

	switch (posting->type) {
	case POSTING_EARNED:
	case POSTING_ADJUSTED:
	case POSTING_RESTORED:
		return read_lives(reading);
	case POSTING_REDEEMED: {
		enum loyalty_status status = part_units(reading);

		return status == LOYALTY_OK ? read_lives(reading) : status;
	}
	case POSTING_TRANSFERRED:
		return read_moved(reading, members);
	case POSTING_TIER_CHANGED: {
		enum loyalty_status status = read_tier_change(reading);

		return status == LOYALTY_OK ? read_ends(reading) : status;
	}
	case POSTING_ISSUED: {
		enum loyalty_status status = read_terms(reading);

		return status == LOYALTY_OK ? read_ends(reading) : status;
	}
	case POSTING_USED:
	case POSTING_VOIDED:
	case POSTING_EXPIRED:
		return read_text(reading, FIELD_VOUCHER, "voucher", false, &posting->voucher);
	case POSTING_REFUSED:
		return read_text(reading, FIELD_WHY, "why", true, &posting->why);
	default:
		return LOYALTY_OK;
	}
}

static enum loyalty_status
read_members(const struct reading *reading, struct members *members)
{
	struct posting *posting = reading->posting;
	struct slice member, by;
	enum loyalty_status status = read_text(reading, FIELD_MEMBER, "member", true, &member);

	if (status == LOYALTY_OK)
		status = read_text(reading, FIELD_BY, "by", false, &by);
	if (status != LOYALTY_OK)
		return status;
	posting->member = members_find(members, member);
	posting->by = by.size ? members_find(members, by) : NULL;
	if (!posting->member || (by.size && !posting->by))
		return corrupt(reading, posting->member ? "by" : "member",
			"nobody of that name was seen before");
	return LOYALTY_OK;
}

enum loyalty_status
posting_read(const struct programme *programme, const struct record *record, enum record_type type,
	struct members *members, struct scratch *scratch, struct posting *posting,
	struct loyalty_error *error)
{
	const struct reading reading = { programme, record, scratch, posting, error };
	enum loyalty_status status;

	*posting = (struct posting){
		.type = type,
		.usable = INSTANT_ALWAYS,
		.until = INSTANT_NEVER,
		.reached = REACHED_NOTHING,
	};
	status = read_members(&reading, members);
	if (status == LOYALTY_OK)
		status = read_text(&reading, FIELD_ID, "id", true, &posting->id);
	if (status == LOYALTY_OK)
		status = read_text(&reading, FIELD_OF, "of", true, &posting->of);
	if (status == LOYALTY_OK)
		status = read_text(&reading, FIELD_RULE, "rule", true, &posting->rule);
	if (status == LOYALTY_OK)
		status = read_instant(&reading, "at", record_value(record, FIELD_AT), &posting->at);
	posting->at_text = record_value(record, FIELD_AT)->text;
	if (status == LOYALTY_OK)
		status = find_rule(&reading);
	if (status == LOYALTY_OK && type != POSTING_TRIED)
		status = type == POSTING_REFUSED ? LOYALTY_OK
						 : read_units(&reading, FIELD_UNITS, "units");
	if (status == LOYALTY_OK)
		status = read_lots(&reading);
	if (status == LOYALTY_OK)
		status = read_details(&reading, members);
	return status;
}

/*
 * posting.c - postings as lines: writing them.
 *
 * The order of the members is fixed (loyalty-record(5)), so that the same
 * decisions are the same bytes.
 */
#include "posting.h"

static const char *const REASONS[] = { "reached", "renewed", "ended", "granted", "returned",
	"left" };

static void
put_name(struct slice key, struct writer *writer)
{
	writer_put(writer, key);
}

/* Room that an amount needs beside its unit's name: a sign, quotes, a comma. */
enum { AMOUNT_BYTES = DECIMAL_TEXT_MAX + 4 };

static char *
add(char *at, struct slice text)
{
	bytes_copy(at, text.data, text.size);
	return at + text.size;
}

/* "unit":amount */
static char *
add_amount(const struct unit *unit, int64_t amount, char *at)
{
	at = add(at, unit->label);
	if (unit->decimals == 0)
		return at + decimal_format(amount, 0, at);
	*at++ = '"';
	at += decimal_format(amount, unit->decimals, at);
	*at++ = '"';
	return at;
}

/*
 * ,"units":{…}: in the document's order, as deciders keep them; zeros are left out. A reward may cost
 * and give the same unit: the sum is said, and what its lots leave of it was given.
 */
static void
put_units(const struct programme *programme, const struct posting *posting, struct slice key,
	struct writer *writer)
{
	size_t each = programme->label_size + AMOUNT_BYTES;
	char *start = writer_reserve(writer, key.size + (size_t)posting->unit_count * each + 1);
	char *at = start;

	if (!start)
		return;
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit *unit = &programme->units[posting->units[i].unit];
		int64_t amount = posting->units[i].amount;

		if (i + 1 < posting->unit_count &&
			posting->units[i + 1].unit == posting->units[i].unit)
			amount += posting->units[++i].amount;
		if (amount == 0)
			continue;
		at = add(at, at == start ? key : SLICE(","));
		at = add_amount(unit, amount, at);
	}
	if (at > start)
		*at++ = '}';
	writer_advance(writer, (size_t)(at - start));
}

/* "unit":amount behind what stands before it. */
static void
put_amount(const struct unit *unit, int64_t amount, struct slice before, struct writer *writer)
{
	char *start = writer_reserve(writer, before.size + unit->label.size + AMOUNT_BYTES);

	if (start)
		writer_advance(
			writer, (size_t)(add_amount(unit, amount, add(start, before)) - start));
}

/* Only lots of several units can come twice: a lot of each unit has the posting's name. */
static bool
moves_units(const struct posting *posting)
{
	for (int i = 1; i < posting->lot_count; i++)
		if (posting->lots[i].unit != posting->lots[0].unit)
			return true;
	return false;
}

static bool
stands_before(const struct posting *posting, int lot)
{
	for (int i = lot; i-- > 0;)
		if (slice_equal(posting->lots[i].lot, posting->lots[lot].lot))
			return true;
	return false;
}

/* ,"lots":{lot: {unit: n}}: each lot once, where it first stands, with all of its units. */
static void
put_lots(const struct programme *programme, const struct posting *posting, struct writer *writer)
{
	bool units = moves_units(posting);

	for (int i = 0; i < posting->lot_count; i++) {
		const struct lot_delta *lot = &posting->lots[i];

		if (units && stands_before(posting, i))
			continue;
		put_name(i ? SLICE("},") : SLICE(",\"lots\":{"), writer);
		writer_put_string(writer, lot->lot);
		for (int j = i; j < posting->lot_count; j++) {
			const struct lot_delta *delta = &posting->lots[j];

			if (j > i && (!units || !slice_equal(delta->lot, lot->lot)))
				continue;
			put_amount(&programme->units[delta->unit], delta->amount,
				j == i ? SLICE(":{") : SLICE(","), writer);
			if (!units)
				break;
		}
	}
	if (posting->lot_count)
		put_name(SLICE("}}"), writer);
}

static bool
has_usable(const struct unit_delta *delta)
{
	return delta->usable != INSTANT_ALWAYS && delta->usable != INSTANT_NEVER &&
	       delta->amount > 0;
}

static bool
has_end(const struct unit_delta *delta)
{
	return delta->until < INSTANT_BY_RULE && delta->amount > 0;
}

/* "unit":instant behind what stands before it. */
static void
put_time(const struct programme *programme, int unit, instant when, struct slice before,
	struct writer *writer)
{
	struct slice label = programme->units[unit].label;
	struct slice time = writer_instant(writer, programme->zone, when);
	char *start = writer_reserve(writer, before.size + label.size + time.size);

	if (start)
		writer_advance(writer, (size_t)(add(add(add(start, before), label), time) - start));
}

/* ,"usable":{…} and ,"until":{…} of the lots that a posting makes. */
static void
put_lives(const struct programme *programme, const struct posting *posting, struct writer *writer)
{
	struct slice usable = SLICE(",\"usable\":{");
	struct slice until = SLICE(",\"until\":{");

	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];

		if (!has_usable(delta))
			continue;
		put_time(programme, delta->unit, delta->usable, usable, writer);
		usable = SLICE(",");
	}
	if (usable.size == 1)
		writer_put_char(writer, '}');
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];

		if (!has_end(delta))
			continue;
		put_time(programme, delta->unit, delta->until, until, writer);
		until = SLICE(",");
	}
	if (until.size == 1)
		writer_put_char(writer, '}');
}

/* Money is a string in every currency; only amounts of units may be numbers. */
static void
put_decimal_string(int64_t count, int decimals, struct writer *writer)
{
	char *place = writer_reserve(writer, DECIMAL_TEXT_MAX + 2);
	size_t size;

	place[0] = '"';
	size = decimal_format(count, decimals, place + 1);
	place[size + 1] = '"';
	writer_advance(writer, size + 2);
}

static void
put_money(const struct programme *programme, struct slice key, int64_t money, struct writer *writer)
{
	if (money < 0)
		return;
	put_name(key, writer);
	put_decimal_string(money, programme->money_decimals, writer);
}

static void
put_text(struct slice key, struct slice text, struct writer *writer)
{
	if (text.size == 0)
		return;
	put_name(key, writer);
	writer_put_string(writer, text);
}

static void
put_number(struct slice key, int64_t number, struct writer *writer)
{
	put_name(key, writer);
	writer_put_decimal(writer, number, 0);
}

/* A factor of the document as it stands there: an integer, or a decimal string. */
static void
put_percent(struct rational percent, struct writer *writer)
{
	int decimals = 0;

	while (decimals < DECIMAL_DIGITS_MAX && decimal_power(decimals) % percent.den != 0)
		decimals++;
	writer_put_decimal(writer, percent.num * (decimal_power(decimals) / percent.den), decimals);
}

static void
put_worth(const struct programme *programme, const struct worth *worth, struct writer *writer)
{
	if (!worth)
		return;
	if (worth->qty)
		put_number(SLICE(",\"qty\":"), worth->qty, writer);
	if (worth->choice.size) {
		put_name(SLICE(",\"choice\":"), writer);
		writer_put(writer, worth->choice);
	}
	if (worth->reward >= 0)
		put_text(SLICE(",\"reward\":"), programme->rewards[worth->reward].id, writer);
	put_money(programme, SLICE(",\"off\":"), worth->off, writer);
	if (worth->percent.den) {
		put_name(SLICE(",\"percent\":"), writer);
		put_percent(worth->percent, writer);
	}
	put_money(programme, SLICE(",\"percent\":"), worth->percent_off, writer);
	put_money(programme, SLICE(",\"item\":"), worth->item, writer);
	if (worth->item_open)
		put_name(SLICE(",\"item\":true"), writer);
	if (worth->shipping)
		put_name(SLICE(",\"shipping\":true"), writer);
	put_text(SLICE(",\"benefit\":"), worth->benefit, writer);
	put_money(programme, SLICE(",\"up_to\":"), worth->up_to, writer);
	put_text(SLICE(",\"up_to\":"), worth->up_to_text, writer);
}

static void
put_tier_change(
	const struct programme *programme, const struct posting *posting, struct writer *writer)
{
	const struct ladder *ladder = &programme->ladders[posting->rule_index];

	put_text(SLICE(",\"from\":"), ladder->levels[posting->from].id, writer);
	put_text(SLICE(",\"to\":"), ladder->levels[posting->to].id, writer);
	put_text(SLICE(",\"reason\":"), slice_of(REASONS[posting->reason]), writer);
}

/* ,"earned":{unit: instant} and ,"earned_by":rule of a lot that is kept, or whom it goes to. */
static void
put_moved(const struct programme *programme, const struct posting *posting, struct writer *writer)
{
	const struct transferred *moved = posting->moved;

	if (moved->since != INSTANT_ALWAYS) {
		put_name(SLICE(",\"earned\":{"), writer);
		writer_put(writer, programme->units[posting->units[0].unit].label);
		writer_put_instant(writer, programme->zone, moved->since);
		writer_put_char(writer, '}');
	}
	if (moved->rule >= 0)
		put_text(SLICE(",\"earned_by\":"), programme->rules[moved->rule].id, writer);
	put_text(SLICE(",\"lot\":"), moved->lot, writer);
	if (moved->to)
		put_text(SLICE(",\"to\":"), moved->to->key, writer);
}

static void
put_until(const struct programme *programme, const struct posting *posting, struct writer *writer)
{
	if (posting->usable != INSTANT_ALWAYS && posting->type == POSTING_ISSUED) {
		put_name(SLICE(",\"usable\":"), writer);
		writer_put_instant(writer, programme->zone, posting->usable);
	}
	if (!posting->has_until || posting->until >= INSTANT_BY_RULE)
		return;
	put_name(SLICE(",\"until\":"), writer);
	writer_put_instant(writer, programme->zone, posting->until);
}

static void
put_details(const struct programme *programme, const struct posting *posting, struct writer *writer)
{
	switch (posting->type) {
	case POSTING_EARNED:
	case POSTING_ADJUSTED:
	case POSTING_RESTORED:
		put_lives(programme, posting, writer);
		put_text(SLICE(",\"limited\":"), posting->limited, writer);
		break;
	case POSTING_TRANSFERRED:
		put_lives(programme, posting, writer);
		put_moved(programme, posting, writer);
		break;
	case POSTING_TRIED:
		put_text(SLICE(",\"limited\":"), posting->limited, writer);
		break;
	case POSTING_TIER_CHANGED:
		put_tier_change(programme, posting, writer);
		put_until(programme, posting, writer);
		break;
	case POSTING_REDEEMED:
		put_worth(programme, posting->worth, writer);
		put_lives(programme, posting, writer);
		break;
	case POSTING_ISSUED:
		put_worth(programme, posting->worth, writer);
		put_until(programme, posting, writer);
		break;
	case POSTING_USED:
		put_text(SLICE(",\"voucher\":"), posting->voucher, writer);
		put_worth(programme, posting->worth, writer);
		break;
	case POSTING_VOIDED:
	case POSTING_EXPIRED:
		put_text(SLICE(",\"voucher\":"), posting->voucher, writer);
		break;
	case POSTING_REFUSED:
		put_text(SLICE(",\"why\":"), posting->why, writer);
		put_units(programme, posting, SLICE(",\"short\":{"), writer);
		break;
	default:
		break;
	}
}

/* How the line of a type begins. */
static const struct slice OPENINGS[RECORD_TYPES] = {
#define X(constant, name, decider)                                                                 \
	[POSTING_##constant] = { "{\"type\":\"" name "\",\"id\":\"",                               \
		sizeof("{\"type\":\"" name "\",\"id\":\"") - 1 },
	POSTING_TYPES(X)
#undef X
};

/* What every posting says, where nothing in it needs an escape: in one piece. */
static void
put_plain_head(const struct posting *posting, struct writer *writer)
{
	enum { NAMES_BYTES = 64 }; /* of the members, with their quotes */
	struct slice opening = OPENINGS[posting->type];
	struct slice member = posting->member->key;
	char *start = writer_reserve(
		writer, opening.size + posting->id.size + posting->at_text.size + member.size +
				posting->of.size + posting->rule.size + NAMES_BYTES);
	char *at;

	if (!start)
		return;
	at = add(start, opening);
	at = add(at, posting->id);
	at = add(at, SLICE("\",\"at\":\""));
	at = add(at, posting->at_text);
	at = add(at, SLICE("\",\"member\":\""));
	at = add(at, member);
	at = add(at, SLICE("\",\"of\":\""));
	at = add(at, posting->of);
	at = add(at, SLICE("\",\"rule\":\""));
	at = add(at, posting->rule);
	*at++ = '"';
	writer_advance(writer, (size_t)(at - start));
}

static void
put_head(const struct posting *posting, struct writer *writer)
{
	put_name(SLICE("{\"type\":\""), writer);
	put_name(slice_of(record_type_name(posting->type)), writer);
	put_name(SLICE("\",\"id\":"), writer);
	writer_put_string(writer, posting->id);
	put_name(SLICE(",\"at\":\""), writer);
	put_name(posting->at_text, writer);
	put_name(SLICE("\",\"member\":"), writer);
	writer_put_string(writer, posting->member->key);
	if (posting->by)
		put_text(SLICE(",\"by\":"), posting->by->key, writer);
	put_name(SLICE(",\"of\":"), writer);
	writer_put_string(writer, posting->of);
	put_name(SLICE(",\"rule\":"), writer);
	writer_put_string(writer, posting->rule);
}

void
posting_write(
	const struct programme *programme, const struct posting *posting, struct writer *writer)
{
	if (posting->plain_names && posting->member->plain_key && !posting->by)
		put_plain_head(posting, writer);
	else
		put_head(posting, writer);
	if (posting->type == POSTING_TRIED)
		put_units(programme, posting, SLICE(",\"would\":{"), writer);
	else if (posting->type != POSTING_REFUSED)
		put_units(programme, posting, SLICE(",\"units\":{"), writer);
	put_lots(programme, posting, writer);
	put_details(programme, posting, writer);
	writer_put_char(writer, '}');
	writer_line_end(writer);
}

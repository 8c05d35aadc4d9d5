/*
 * lots.c - what postings move: balances, lots and debt.
 *
 * Every point stands in a lot or is owed, and a posting says which lots it touches; what makes a
 * lot has its name. Only a correction below zero, and the cancel of a return that gave new lots,
 * take without saying from which: then a lot holds at most what is kept of it here.
 */
#include "state.h"

#define DEBT SLICE("debt")

/* ---- finding ---------------------------------------------------------------- */

/* A merged member's lot is called NAME:KEY from then on. */
static struct audit_lot *
find_merged(struct audit *audit, uint32_t member, int unit, struct slice name)
{
	for (uint32_t i = audit->members[member].merged; i; i = audit->members[i - 1].next) {
		struct slice key = audit->members[i - 1].key;
		struct slice rest = { name.data, name.size - key.size - 1 };
		struct audit_lot *lot;

		if (name.size < key.size + 2 || name.data[rest.size] != ':' ||
			memcmp(name.data + rest.size + 1, key.data, key.size) != 0)
			continue;
		lot = audit_find_lot(audit, i - 1, unit, audit_hash(rest));
		if (!lot)
			lot = find_merged(audit, i - 1, unit, rest);
		if (lot)
			return lot;
	}
	return NULL;
}

static struct audit_lot *
find_lot(struct audit *audit, uint32_t member, int unit, struct slice name)
{
	uint64_t hash = audit_hash(name);
	struct audit_lot *lot = audit_find_lot(audit, member, unit, hash);

	if (lot || !find_merged(audit, member, unit, name))
		return lot;
	/* Nothing was left of it when its member was merged. */
	return audit_add_lot(audit, member, unit, hash);
}

bool
audit_had_lot(struct audit *audit, struct slice name)
{
	for (int unit = 0; unit < audit->unit_count; unit++)
		if (find_lot(audit, audit->line.member_index, unit, name))
			return true;
	return false;
}

/* ---- one lot ------------------------------------------------------------------ */

static bool
is_named(struct slice name, const char *expected)
{
	return slice_equal(name, slice_of(expected));
}

/* What is spent was usable, and what ends had come to its end. */
static void
check_dates(struct audit *audit, const struct audit_lot *lot, struct slice name)
{
	bool ending = audit->line.type == POSTING_EXPIRED;
	bool spending =
		audit->line.type == POSTING_REDEEMED || audit->line.type == POSTING_SETTLED ||
		(audit->line.type == POSTING_TRANSFERRED && !is_named(audit->line.rule, "merge"));
	instant judged = audit_judged(audit);
	struct when limit = { .at = lot->usable };
	char text[INSTANT_TEXT_MAX];

	if (!audit->of_programme || lot->doubtful || lot->usable == INSTANT_NEVER)
		return;
	if (spending && judged < lot->usable)
		anomaly(audit, "lots: '%.*s' of '%.*s' cannot be used before %s", SHOW(name),
			SHOW(audit->line.member), when_text(audit, limit, text));
	limit.at = lot->until;
	if (spending && judged >= lot->until && audit->programme->policy.sweep == SWEEP_AT_ONCE)
		anomaly(audit, "lots: '%.*s' of '%.*s' ended at %s", SHOW(name),
			SHOW(audit->line.member), when_text(audit, limit, text));
	if (ending && lot->until != INSTANT_NEVER && audit->line.at.at < lot->until)
		anomaly(audit, "lots: '%.*s' of '%.*s' ends at %s, not before", SHOW(name),
			SHOW(audit->line.member), when_text(audit, limit, text));
}

static void
overflow(struct audit *audit, int unit)
{
	anomaly(audit, "units: '%.*s' of '%.*s' cannot be counted", SHOW(audit->units[unit].name),
		SHOW(audit->line.member));
}

/* Without what has expired, lots have more than there is to take, and less is owed. */
static bool
knows_ends(const struct audit *audit)
{
	return audit->deciders & DECIDE_EXPIRE;
}

/* What was taken unnamed may have been owed. */
static void
move_debt(struct audit *audit, struct holding *holding, int unit, int64_t amount)
{
	char text[AMOUNT_TEXT_MAX];

	if (add_overflows(holding->debt, amount, &holding->debt)) {
		overflow(audit, unit);
	} else if (holding->debt > holding->unnamed) {
		if (!holding->doubtful && knows_ends(audit))
			anomaly(audit, "lots: %s pay a debt that '%.*s' does not have",
				amount_text(audit, unit, holding->debt - holding->unnamed, text),
				SHOW(audit->line.member));
		holding->debt = holding->unnamed = 0;
	} else if (holding->debt > 0) {
		holding->unnamed -= holding->debt;
		holding->debt = 0;
	}
}

/* Nothing remains of a lot that ends, but what was taken from it unnamed. */
static void
end_lot(struct audit *audit, struct holding *holding, int unit, struct audit_lot *lot,
	struct slice name)
{
	char text[AMOUNT_TEXT_MAX];

	if (lot->left > holding->unnamed && !lot->doubtful)
		anomaly(audit, "lots: '%.*s' of '%.*s' ends with %s left in it", SHOW(name),
			SHOW(audit->line.member), amount_text(audit, unit, lot->left, text));
	else if (!lot->doubtful)
		holding->unnamed -= lot->left;
	lot->left = 0;
}

/* Whatever is wrong with a lot is wrong with all that is taken from it. */
static struct audit_lot *
doubt(struct audit *audit, struct holding *holding, int unit, struct slice name,
	struct audit_lot *lot)
{
	if (!lot)
		lot = audit_add_lot(audit, audit->line.member_index, unit, audit_hash(name));
	if (lot)
		lot->doubtful = true;
	holding->doubtful = true;
	return lot;
}

static void
move_lot(struct audit *audit, struct holding *holding, int unit, struct slice name, int64_t amount)
{
	struct audit_lot *lot = find_lot(audit, audit->line.member_index, unit, name);
	bool owing = audit->line.type == POSTING_REVERSED || audit->line.type == POSTING_RESTORED;
	char wanted[AMOUNT_TEXT_MAX];
	char found[AMOUNT_TEXT_MAX];
	int64_t rest;

	if (!lot) {
		anomaly(audit, "lots: '%.*s' has no lot '%.*s' of %.*s", SHOW(audit->line.member),
			SHOW(name), SHOW(audit->units[unit].name));
		lot = doubt(audit, holding, unit, name, NULL);
		if (!lot)
			return;
	}
	check_dates(audit, lot, name);
	if (add_overflows(lot->left, amount, &rest)) {
		overflow(audit, unit);
		return;
	}
	if (rest < 0 && !owing && !lot->doubtful) {
		/* Without its sign: of the least amount there is no opposite. */
		anomaly(audit, "lots: %s are taken from '%.*s' of '%.*s', which has %s",
			amount_text(audit, unit, amount, wanted) + 1, SHOW(name),
			SHOW(audit->line.member), amount_text(audit, unit, lot->left, found));
		doubt(audit, holding, unit, name, lot);
	}
	lot->left = rest < 0 ? 0 : rest;
	if (rest < 0)
		move_debt(audit, holding, unit, rest);
	if (audit->line.type == POSTING_EXPIRED)
		end_lot(audit, holding, unit, lot, name);
}

/* ---- making lots -------------------------------------------------------------------- */

/* The time of a unit in {unit: time}. */
static instant
time_of_unit(struct audit *audit, enum column name, int unit, instant otherwise)
{
	const struct value *object = column(audit, name);
	struct slice rest = object->text;
	struct value key;
	struct value time;
	struct when when;

	if (object->kind != VALUE_OBJECT)
		return otherwise;
	while (value_next_member(&rest, &key, &time)) {
		if (!slice_equal(text_of(audit, &key), audit->units[unit].name))
			continue;
		if (when_of(audit, text_of(audit, &time), &when))
			return when.at;
		anomaly(audit, "form: expected a time of '%.*s'", SHOW(audit->units[unit].name));
	}
	return otherwise;
}

/* Two lots of one name could not be told apart; of a lot, all of what took from it must be known. */
static void
check_alone(struct audit *audit, struct audit_lot *lot, int unit, struct slice name)
{
	struct holding *holding = audit_holding(audit, audit->line.member_index, unit);
	char text[AMOUNT_TEXT_MAX];

	if (!holding || !audit->of_programme || audit->deciders != DECIDE_ALL || lot->doubtful ||
		lot->left <= holding->unnamed)
		return;
	anomaly(audit, "lots: '%.*s' has a lot '%.*s' already, with %s left in it",
		SHOW(audit->line.member), SHOW(name), amount_text(audit, unit, lot->left, text));
	doubt(audit, holding, unit, name, lot);
}

static void
make_lot(struct audit *audit, int unit, int64_t amount)
{
	struct slice given = text_of(audit, column(audit, COLUMN_LOT));
	struct slice name = given.data ? given : audit->line.id;
	uint64_t hash = audit_hash(name);
	uint32_t member = audit->line.member_index;
	struct audit_lot *lot = audit_find_lot(audit, member, unit, hash);
	instant usable = time_of_unit(audit, COLUMN_USABLE, unit, INSTANT_ALWAYS);
	instant until = time_of_unit(audit, COLUMN_UNTIL, unit, INSTANT_NEVER);

	if (!lot)
		lot = audit_add_lot(audit, member, unit, hash);
	if (!lot)
		return;
	/* An id that is used again may make a lot of the same name when nothing is left of the first. */
	if (lot->left == 0) {
		lot->usable = INSTANT_NEVER;
		lot->until = INSTANT_ALWAYS;
	}
	check_alone(audit, lot, unit, name);
	if (add_overflows(lot->left, amount, &lot->left))
		overflow(audit, unit);
	if (lot->usable == INSTANT_NEVER || lot->usable > usable)
		lot->usable = usable;
	if (lot->until == INSTANT_ALWAYS || lot->until < until)
		lot->until = until;
}

/* ---- a posting ------------------------------------------------------------------------ */

static struct move *
touch(struct audit *audit, int unit)
{
	uint64_t bit = UINT64_C(1) << unit;

	if (!(audit->touched & bit))
		audit->moves[unit] = (struct move){ 0 };
	audit->touched |= bit;
	return &audit->moves[unit];
}

static void
note_named(struct audit *audit, int unit, struct slice lot, int64_t amount)
{
	struct move *move = touch(audit, unit);

	if (add_overflows(move->named, amount, &move->named))
		overflow(audit, unit);
	move->has_named = true;
	if (slice_equal(lot, DEBT)) {
		move->debt_down |= amount < 0;
		move->debt_up |= amount > 0;
	} else {
		move->lot_down |= amount < 0;
		move->lot_up |= amount > 0;
	}
	if (amount == 0)
		anomaly(audit, "lots: nothing of %.*s moves in '%.*s'",
			SHOW(audit->units[unit].name), SHOW(lot));
}

/* Goes through `lots`: once to add up, once to move. */
static void
each_lot(struct audit *audit, bool moving)
{
	const struct value *lots = column(audit, COLUMN_LOTS);
	struct slice rest = lots->text;
	struct value key;
	struct value units;

	if (lots->kind != VALUE_OBJECT) {
		if (lots->kind != VALUE_ABSENT && !moving)
			anomaly(audit, "lots: expected lots and what they gain or lose");
		return;
	}
	while (value_next_member(&rest, &key, &units)) {
		struct slice name = text_of(audit, &key);
		int64_t amounts[AUDIT_UNITS] = { 0 };
		uint64_t named;

		/* What is wrong with it was said the first time. */
		audit->mute = moving;
		audit_read_units(audit, &units, amounts, &named);
		audit->mute = false;
		for (; named; named &= named - 1) {
			int unit = __builtin_ctzll(named);
			struct holding *holding;

			if (!moving) {
				note_named(audit, unit, name, amounts[unit]);
				continue;
			}
			holding = audit_holding(audit, audit->line.member_index, unit);
			if (holding && slice_equal(name, DEBT))
				move_debt(audit, holding, unit, amounts[unit]);
			else if (holding)
				move_lot(audit, holding, unit, name, amounts[unit]);
		}
	}
}

static void
read_moves(struct audit *audit)
{
	int64_t amounts[AUDIT_UNITS] = { 0 };
	uint64_t named;

	audit->touched = 0;
	audit_read_units(audit, column(audit, COLUMN_UNITS), amounts, &named);
	for (uint64_t left = named; left; left &= left - 1) {
		int unit = __builtin_ctzll(left);

		touch(audit, unit)->amount = amounts[unit];
		if (amounts[unit] == 0)
			anomaly(audit, "units: nothing of '%.*s' moves",
				SHOW(audit->units[unit].name));
	}
	each_lot(audit, false);
}

/* ---- what each type may do ---------------------------------------------------------------- */

/* A unit is one of lots or only counted, as the programme says, or as postings show. */
static void
learn_kind(struct audit *audit, struct audit_unit *unit, const struct move *move, bool giver)
{
	bool takes = audit->line.type == POSTING_REVERSED ||
		     audit->line.type == POSTING_FORFEITED || giver;

	if (unit->kind == UNIT_UNKNOWN && move->has_named)
		unit->kind = UNIT_OF_LOTS;
	else if (unit->kind == UNIT_UNKNOWN && takes)
		unit->kind = UNIT_COUNTED;
	else if (unit->kind == UNIT_COUNTED && move->has_named)
		anomaly(audit, "lots: '%.*s' is only counted, and has no lots", SHOW(unit->name));
}

/* What of a move is the posting's own: made anew, or taken unnamed. */
enum own { OWN_NONE, OWN_MADE, OWN_TAKEN = 2 };

struct law {
	bool up, down;           /* the amount may be above zero, below it */
	unsigned own;            /* enum own, as bits */
	bool lot_up, lot_down;   /* lots that it names may gain, may lose */
	bool debt_up, debt_down; /* so may debt */
};

static struct law
law_of(enum record_type type, bool giver, bool merge)
{
	switch (type) {
	case POSTING_EARNED:
		return (struct law){ .up = true, .own = OWN_MADE };
	case POSTING_REVERSED:
		return (struct law){ .up = true, .down = true, .lot_up = true, .lot_down = true };
	case POSTING_ADJUSTED:
		return (struct law){ .up = true, .down = true, .own = OWN_MADE | OWN_TAKEN };
	case POSTING_REDEEMED:
		return (struct law){ .up = true, .down = true, .own = OWN_MADE, .lot_down = true };
	case POSTING_RESTORED:
		return (struct law){ .up = true,
			.down = true,
			.own = OWN_MADE | OWN_TAKEN,
			.lot_up = true,
			.lot_down = true };
	case POSTING_TRANSFERRED:
		if (giver)
			return (struct law){
				.up = merge, .down = true, .lot_down = true, .debt_up = merge
			};
		return (struct law){
			.up = true, .down = merge, .own = OWN_MADE, .debt_down = merge
		};
	case POSTING_SETTLED:
		return (struct law){ .lot_down = true, .debt_up = true };
	case POSTING_WAIVED:
		return (struct law){ .up = true, .debt_up = true };
	case POSTING_EXPIRED:
	case POSTING_FORFEITED:
		return (struct law){ .down = true, .lot_down = true };
	default:
		return (struct law){ 0 };
	}
}

/* What is wrong with the parts of a move that the posting's type does not have. */
static void
say_move(struct audit *audit, int unit, const struct law *law)
{
	const struct move *move = &audit->moves[unit];
	const char *type = record_type_name(audit->line.type);
	char said[AMOUNT_TEXT_MAX];
	char made[AMOUNT_TEXT_MAX];

	amount_text(audit, unit, move->amount, said);
	amount_text(audit, unit, move->named, made);
	if ((move->amount > 0 && !law->up) || (move->amount < 0 && !law->down))
		anomaly(audit, "units: '%s' cannot move %s", type, said);
	else if ((move->lot_up && !law->lot_up) || (move->lot_down && !law->lot_down))
		anomaly(audit, "lots: '%s' cannot make lots %s", type,
			move->lot_up && !law->lot_up ? "gain" : "lose");
	else if ((move->debt_up && !law->debt_up) || (move->debt_down && !law->debt_down))
		anomaly(audit, "lots: '%s' cannot make debt %s", type,
			move->debt_up && !law->debt_up ? "less" : "more");
	else
		anomaly(audit, "lots: the lots make %s, and the units are %s", made, said);
}

/* Whether the parts of a move are such as the posting's type can have. */
static bool
check_move(struct audit *audit, int unit, const struct law *law, int64_t own)
{
	const struct move *move = &audit->moves[unit];
	bool allowed = (move->amount <= 0 || law->up) && (move->amount >= 0 || law->down) &&
		       (!move->lot_up || law->lot_up) && (!move->lot_down || law->lot_down) &&
		       (!move->debt_up || law->debt_up) && (!move->debt_down || law->debt_down);

	/* What goes back to the lots that it came from makes none anew. */
	if (allowed && (own == 0 || audit->units[unit].kind == UNIT_COUNTED ||
			       (own > 0 && law->own & OWN_MADE && !move->lot_up) ||
			       (own < 0 && law->own & OWN_TAKEN && !move->has_named)))
		return true;
	say_move(audit, unit, law);
	return false;
}

static void
move_own(struct audit *audit, struct holding *holding, int unit, int64_t own)
{
	if (audit->units[unit].kind == UNIT_COUNTED)
		return;
	if (own > 0)
		make_lot(audit, unit, own);
	else if (own < 0)
		holding->unnamed -= own;
}

static void
move_unit(struct audit *audit, int unit, const struct law *law, bool giver)
{
	struct audit_unit *known = &audit->units[unit];
	const struct move *move = &audit->moves[unit];
	struct holding *holding = audit_holding(audit, audit->line.member_index, unit);
	int64_t own;

	if (!holding)
		return;
	learn_kind(audit, known, move, giver);
	known->total += move->amount;
	holding->balance += move->amount;
	if (__builtin_sub_overflow(move->amount, move->named, &own) ||
		(audit->line.type == POSTING_TRANSFERRED &&
			add_overflows(known->transferred, move->amount, &known->transferred)))
		overflow(audit, unit);
	else if (check_move(audit, unit, law, own))
		move_own(audit, holding, unit, own);
	else if (known->kind != UNIT_COUNTED)
		doubt(audit, holding, unit, audit->line.id,
			audit_find_lot(
				audit, audit->line.member_index, unit, audit_hash(audit->line.id)));
}

/* Everything of a member who is merged goes. */
static void
check_taken(struct audit *audit)
{
	const struct holding *holding;

	if (!knows_ends(audit))
		return;
	for (uint32_t i = audit->members[audit->line.member_index].holdings; i; i = holding->next) {
		char text[AMOUNT_TEXT_MAX];

		holding = &audit->holdings[i - 1];
		if (audit->units[holding->unit].kind == UNIT_OF_LOTS && holding->balance != 0)
			anomaly(audit, "lots: '%.*s' is merged, and keeps %s",
				SHOW(audit->line.member),
				amount_text(audit, holding->unit, holding->balance, text));
	}
}

void
audit_move(struct audit *audit, const struct cause *cause)
{
	bool giver = audit->line.type == POSTING_TRANSFERRED &&
		     column(audit, COLUMN_TO)->kind != VALUE_ABSENT;
	bool merge = is_named(audit->line.rule, "merge");
	struct law law = law_of(audit->line.type, giver, merge);

	/* A return is taken back by its cancel, else it takes. */
	if (audit->line.type == POSTING_REVERSED && cause) {
		law.up = law.lot_up = cause->type == FACT_CANCEL;
		law.down = law.lot_down = true;
	}
	if (column(audit, COLUMN_UNITS)->kind == VALUE_ABSENT &&
		column(audit, COLUMN_LOTS)->kind == VALUE_ABSENT) {
		if (giver && merge)
			check_taken(audit);
		return;
	}
	read_moves(audit);
	for (uint64_t left = audit->touched; left; left &= left - 1)
		move_unit(audit, __builtin_ctzll(left), &law, giver);
	each_lot(audit, true);
	if (giver && merge)
		check_taken(audit);
}

/*
 * fold_lots.c - what postings move: balances, lots and debt.
 */
#define XXH_INLINE_ALL
#include "fold_state.h"

static XXH128_hash_t
lot_name_of(const struct fold *fold, const struct fold_member *member, struct slice id, int unit)
{
	uint64_t seed = (uint64_t)(member - fold->members) << 8 | (uint64_t)unit;

	return XXH3_128bits_withSeed(id.data, id.size, seed);
}

int
fold_compare_lots(const void *context, const void *wanted, uintptr_t index)
{
	const struct fold *fold = context;

	return XXH128_cmp(wanted, &fold->lots[index].name);
}

struct fold_lot *
fold_find_lot(struct fold *fold, const struct fold_member *member, struct slice id, int unit)
{
	XXH128_hash_t name = lot_name_of(fold, member, id, unit);
	const struct slots_name wanted = { name.low64, fold, &name };
	uint32_t index;

	if (!slots_find(&fold->lot_slots, &wanted, &index))
		return NULL;
	return &fold->lots[index];
}

/* The newest of the member's lots is the last of them. */
static void
move_to_end(struct fold *fold, struct fold_member *member, uint32_t number)
{
	uint32_t *link = &member->first_lot;

	if (member->last_lot == number)
		return;
	while (*link != number)
		link = &fold->lots[*link - 1].next;
	*link = fold->lots[number - 1].next;
	fold->lots[number - 1].next = 0;
	fold->lots[member->last_lot - 1].next = number;
	member->last_lot = number;
}

/* One of which nothing is left, whose name is given again. */
static struct fold_lot *
renew_lot(struct fold *fold, struct fold_member *member, uint32_t index)
{
	struct fold_lot *lot = &fold->lots[index];

	move_to_end(fold, member, index + 1);
	*lot = (struct fold_lot){
		.name = lot->name,
		.unit = lot->unit,
		.rule = -1,
		.usable = INSTANT_ALWAYS,
		.until = INSTANT_NEVER,
	};
	return lot;
}

struct fold_lot *
fold_add_lot(struct fold *fold, struct fold_member *member, struct slice id, int unit)
{
	XXH128_hash_t name = lot_name_of(fold, member, id, unit);
	const struct slots_name wanted = { name.low64, fold, &name };
	struct fold_lot *lot;
	uint32_t before;

	if (slots_find(&fold->lot_slots, &wanted, &before) && fold->lots[before].left == 0)
		return renew_lot(fold, member, before);
	if (!reserve((void **)&fold->lots, fold->lot_count, &fold->lot_capacity,
		    sizeof(*fold->lots)))
		return NULL;
	if (!slots_put(&fold->lot_slots, &wanted, fold->lot_count))
		return NULL;
	lot = &fold->lots[fold->lot_count++];
	*lot = (struct fold_lot){
		.name = name,
		.unit = (int16_t)unit,
		.rule = -1,
		.usable = INSTANT_ALWAYS,
		.until = INSTANT_NEVER,
	};
	if (member->last_lot)
		fold->lots[member->last_lot - 1].next = fold->lot_count;
	else
		member->first_lot = fold->lot_count;
	member->last_lot = fold->lot_count;
	return lot;
}

/* The instant of a unit in {unit: instant}; at where there is none. */
static instant
instant_of_unit(struct fold *fold, const struct value *object, int unit, instant at)
{
	struct slice rest = object->text;
	struct value key;
	struct value time;

	if (object->kind != VALUE_OBJECT)
		return at;
	while (value_next_member(&rest, &key, &time)) {
		if (slice_equal(ledger_text(fold->ledger, &key), fold->programme->units[unit].id))
			ledger_instant(fold->ledger, &time, &at);
	}
	return at;
}

instant
fold_lot_usable(const struct fold_member *member, const struct fold_lot *lot)
{
	instant came;

	if (lot->usable != INSTANT_NEVER)
		return lot->usable;
	came = member->clocks[lot->waits];
	return came > lot->earned ? came : INSTANT_NEVER;
}

instant
fold_lot_end(struct fold *fold, const struct fold_member *member, const struct fold_lot *lot)
{
	struct lot_rest rest = { .usable = fold_lot_usable(member, lot) };
	const struct lot form = { .rest = &rest,
		.has_rest = true,
		.earned = lot->earned,
		.until = lot->until,
		.rule = lot->rule,
		.unit = (uint8_t)lot->unit };

	if (lot->until != INSTANT_BY_RULE)
		return lot->until;
	return lot_end(&fold->engine, fold_member_form(fold, member), &form);
}

int16_t
fold_clock_waited_for(const struct programme *programme, const struct fold_lot *lot)
{
	const struct table *pending = programme->units[lot->unit].pending;

	if (lot->rule >= 0 && programme->rules[lot->rule].pending)
		pending = programme->rules[lot->rule].pending;
	while (pending && pending->subject != SUBJECT_NONE)
		pending = pending->key_count ? pending->keys[0].value : pending->otherwise;
	return pending ? (int16_t)pending->life.until_clock : -1;
}

/* Whether a lot without a date in the ledger may have an end all the same. */
static bool
may_end(const struct programme *programme, const struct fold_lot *lot)
{
	return programme->units[lot->unit].expire ||
	       (lot->rule >= 0 && programme->rules[lot->rule].expire);
}

static enum loyalty_status
give_lot(struct fold *fold, struct fold_member *member, const struct entry *posting, int unit,
	struct loyalty_error *error)
{
	struct slice name = ledger_text(fold->ledger, record_value(posting->record, FIELD_LOT));
	struct fold_lot *lot = fold_add_lot(fold, member, name.data ? name : posting->id, unit);
	struct slice earned_by =
		ledger_text(fold->ledger, record_value(posting->record, FIELD_EARNED_BY));

	if (!lot)
		return fail_memory(error);
	lot->left = fold->own[unit];
	lot->earned = instant_of_unit(
		fold, record_value(posting->record, FIELD_EARNED), unit, posting->at);
	if (posting->type == POSTING_EARNED)
		lot->rule = (int16_t)rule_index(fold->programme, posting->rule);
	else if (earned_by.data)
		lot->rule = (int16_t)rule_index(fold->programme, earned_by);
	lot->waits = fold_clock_waited_for(fold->programme, lot);
	lot->usable = instant_of_unit(fold, record_value(posting->record, FIELD_USABLE), unit,
		lot->waits < 0 ? INSTANT_ALWAYS : INSTANT_NEVER);
	lot->until = instant_of_unit(fold, record_value(posting->record, FIELD_UNTIL), unit,
		may_end(fold->programme, lot) ? INSTANT_BY_RULE : INSTANT_NEVER);
	return LOYALTY_OK;
}

/* A lot that could be taken from, with its dates as they stand. */
struct candidate {
	struct fold_lot *lot;
	instant usable, end;
};

/*
 * Whether a is taken before b: usable ones first, in the programme's order, of which those that
 * another member gave may be the oldest; then the others, as they came.
 */
static bool
comes_before(const struct fold *fold, struct candidate a, struct candidate b, instant at)
{
	if ((a.usable > at) != (b.usable > at))
		return a.usable <= at;
	if (a.usable > at)
		return false;
	if (fold->programme->policy.lot_order == LOT_ORDER_EXPIRING && a.end != b.end)
		return a.end < b.end;
	return a.lot->earned < b.lot->earned;
}

/* Where lots end with a tick only, what has ended by `at` has so by the latest one. */
static instant
ended_by(const struct fold *fold, instant at)
{
	return fold->programme->policy.sweep == SWEEP_ON_TICK ? fold->ticked : at;
}

static struct fold_lot *
first_to_pay(struct fold *fold, const struct fold_member *member, int unit, instant at)
{
	struct candidate best = { 0 };

	for (uint32_t i = member->first_lot; i; i = fold->lots[i - 1].next) {
		struct candidate next = { .lot = &fold->lots[i - 1] };

		if (next.lot->unit != unit || next.lot->left <= 0)
			continue;
		next.usable = fold_lot_usable(member, next.lot);
		next.end = fold_lot_end(fold, member, next.lot);
		if (next.end > ended_by(fold, at) &&
			(!best.lot || comes_before(fold, next, best, at)))
			best = next;
	}
	return best.lot;
}

/* Adds to what the member owes of a unit (<= 0: owed). */
static enum loyalty_status
move_debt(struct fold_member *member, int unit, int64_t amount, struct loyalty_error *error)
{
	if (add_overflows(member->debts[unit], amount, &member->debts[unit]))
		return fail_at(error, LOYALTY_BAD, "lots", "the debt overflows");
	return LOYALTY_OK;
}

/* Takes what a posting took without naming lots; the rest is debt. */
static enum loyalty_status
take_from_lots(struct fold *fold, struct fold_member *member, int unit, int64_t amount, instant at,
	struct loyalty_error *error)
{
	while (amount > 0) {
		struct fold_lot *lot = first_to_pay(fold, member, unit, at);
		int64_t part;

		if (!lot)
			break;
		part = lot->left < amount ? lot->left : amount;
		lot->left -= part;
		amount -= part;
	}
	return move_debt(member, unit, -amount, error);
}

/*
 * A lot of which nothing was left when its member was merged has not been named here before;
 * where only one member's records are folded, the merge may not have been seen at all.
 */
static struct fold_lot *
lot_of_merged(struct fold *fold, struct fold_member *member, const struct entry *posting,
	struct slice id, int unit)
{
	struct fold_lot *lot;

	if (!(member->merges || fold->keeps_vouchers) ||
		(posting->type != POSTING_REVERSED && posting->type != POSTING_RESTORED))
		return NULL;
	lot = fold_add_lot(fold, member, id, unit);
	if (!lot)
		return NULL;
	lot->earned = posting->at;
	if (may_end(fold->programme, lot))
		lot->until = INSTANT_BY_RULE;
	return lot;
}

/* One entry of `lots`: what a lot cannot pay becomes debt. */
static enum loyalty_status
move_lot(struct fold *fold, struct fold_member *member, const struct entry *posting,
	struct slice id, int unit, struct loyalty_error *error)
{
	int64_t amount = fold->amounts[unit];
	struct fold_lot *lot;

	if (slice_equal(id, SLICE("debt")))
		return move_debt(member, unit, amount, error);
	lot = fold_find_lot(fold, member, id, unit);
	if (!lot)
		lot = lot_of_merged(fold, member, posting, id, unit);
	if (!lot)
		return fail_at(
			error, LOYALTY_BAD, "lots", "unknown lot '%.*s'", (int)id.size, id.data);
	if (add_overflows(lot->left, amount, &lot->left))
		return fail_at(error, LOYALTY_BAD, "lots", "the lot overflows");
	if (lot->left >= 0)
		return LOYALTY_OK;
	amount = lot->left;
	lot->left = 0;
	return move_debt(member, unit, amount, error);
}

/* Moves the lots that a posting names, and takes their amounts off what it moves on its own. */
static enum loyalty_status
move_named_lots(struct fold *fold, struct fold_member *member, const struct entry *posting,
	struct loyalty_error *error)
{
	const struct value *lots = record_value(posting->record, FIELD_LOTS);
	struct slice rest = lots->text;
	struct value key;
	struct value units;

	if (lots->kind == VALUE_ABSENT)
		return LOYALTY_OK;
	if (lots->kind != VALUE_OBJECT)
		return fail_at(error, LOYALTY_BAD, "lots", "expected an object");
	while (value_next_member(&rest, &key, &units)) {
		struct slice id = ledger_text(fold->ledger, &key);
		enum loyalty_status status;
		uint64_t moved;

		memset(fold->amounts, 0,
			(size_t)fold->programme->unit_count * sizeof(*fold->amounts));
		status = ledger_units(fold->ledger, &units, fold->amounts, &moved, error);
		for (; status == LOYALTY_OK && moved; moved &= moved - 1) {
			int unit = __builtin_ctzll(moved);

			if (__builtin_sub_overflow(
				    fold->own[unit], fold->amounts[unit], &fold->own[unit]))
				return fail_at(error, LOYALTY_BAD, "lots", "the lots overflow");
			status = move_lot(fold, member, posting, id, unit, error);
		}
		if (status != LOYALTY_OK)
			return status;
	}
	return LOYALTY_OK;
}

enum loyalty_status
fold_units(struct fold *fold, struct fold_member *member, const struct entry *posting,
	struct loyalty_error *error)
{
	const struct programme *programme = fold->programme;
	enum loyalty_status status;

	memcpy(fold->own, posting->units, (size_t)programme->unit_count * sizeof(*fold->own));
	for (int unit = 0; unit < programme->unit_count; unit++) {
		if (add_overflows(member->sums[unit], posting->units[unit], &member->sums[unit]))
			return fail_at(error, LOYALTY_BAD, "units", "the balance overflows");
	}
	status = move_named_lots(fold, member, posting, error);
	for (int unit = 0; status == LOYALTY_OK && unit < programme->unit_count; unit++) {
		if (!programme->units[unit].spendable || fold->own[unit] == 0)
			continue;
		if (fold->own[unit] > 0)
			status = give_lot(fold, member, posting, unit, error);
		else if (fold->own[unit] == INT64_MIN)
			status = fail_at(error, LOYALTY_BAD, "units", "the amount overflows");
		else
			status = take_from_lots(
				fold, member, unit, -fold->own[unit], posting->at, error);
	}
	return status;
}

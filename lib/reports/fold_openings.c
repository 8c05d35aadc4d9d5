/*
 * fold_openings.c - what members had before the ledger: its openings, read as a filter reads them.
 *
 * They become members of an engine, of which the fold takes over what it keeps itself; what was
 * counted over periods it goes on asking there.
 */
#define XXH_INLINE_ALL
#include "fold_state.h"

#include "merged.h"
#include "past.h"
#include "tally.h"
#include "tier.h"

/* ---- reading --------------------------------------------------------------------- */

static bool
open_engine(struct fold *fold, struct loyalty_error *error)
{
	if (!fold->opened)
		fold->opened = engine_new(fold->programme, 0, DECIDE_ALL, NULL, error);
	if (fold->opened && !fold->openings)
		fold->openings = openings_new(fold->opened, error);
	return fold->openings;
}

void
fold_close_openings(struct fold *fold)
{
	openings_free(fold->openings);
	engine_free(fold->opened);
}

/* Of a member who was there before, it says what the ledger has made of them. */
static enum loyalty_status
check_opening(struct fold *fold, const struct fold_member *member, const struct entry *opening,
	struct loyalty_error *error)
{
	for (int unit = 0; unit < fold->programme->unit_count; unit++)
		if (member->sums[unit] != opening->units[unit] && opening->complete)
			return fail_at(error, LOYALTY_CORRUPT, "units",
				"the opening of '%.*s' is not what the ledger before it makes",
				(int)member->key.size, member->key.data);
	return LOYALTY_OK;
}

enum loyalty_status
fold_opening(struct fold *fold, const struct entry *opening, bool keep, struct loyalty_error *error)
{
	struct fold_member *member = NULL;
	enum loyalty_status status;

	if (opening->member.data && keep) {
		member = fold_find_member(fold, opening->member, opening->at);
		if (!member)
			return fail_memory(error);
		if (!opening->opens)
			return check_opening(fold, member, opening, error);
		memcpy(member->sums, opening->units,
			(size_t)fold->programme->unit_count * sizeof(*member->sums));
	}
	if (opening->member.data && !opening->opens)
		return LOYALTY_OK;
	if (!open_engine(fold, error))
		return fail_memory(error);
	if (!opening->member.data)
		openings_section(fold->openings, ledger_changed(fold->ledger));
	status = openings_take(
		fold->openings, opening->record, opening->record->line, opening->opens);
	scratch_reset(&fold->opened->scratch);
	return status;
}

/* ---- taking over -------------------------------------------------------------------- */

static enum loyalty_status
take_lot(struct fold *fold, struct fold_member *member, const struct lot *lot, int64_t left,
	struct loyalty_error *error)
{
	struct slice name = lot_name(fold->opened, lot);
	struct fold_lot *own = fold_find_lot(fold, member, name, lot->unit);

	/* Of one that was redeemed, nothing but its dates may be wanted. */
	if (own && left == 0)
		return LOYALTY_OK;
	if (!own)
		own = fold_add_lot(fold, member, name, lot->unit);
	if (!own)
		return fail_memory(error);
	own->earned = lot->earned;
	own->until = lot->until;
	own->usable = lot_usable(lot);
	own->rule = lot->rule;
	own->waits = fold_clock_waited_for(fold->programme, own);
	if (add_overflows(own->left, left, &own->left))
		return fail_at(error, LOYALTY_BAD, "lots", "the lot overflows");
	return LOYALTY_OK;
}

static enum loyalty_status
take_lots(struct fold *fold, struct fold_member *member, const struct member *from,
	struct loyalty_error *error)
{
	enum loyalty_status status = LOYALTY_OK;

	for (uint32_t i = 0; i < from->lot_count && status == LOYALTY_OK; i++)
		status = take_lot(fold, member, &from->lots[i], from->lots[i].left, error);
	for (uint32_t i = 0; from->more && i < from->more->debt_count; i++)
		member->debts[from->more->debts[i].unit] -= from->more->debts[i].amount;
	return status;
}

/* What a return takes back; NULL: it is none, or that is not known. */
static const struct past_fact *
sale_of(const struct fold *fold, const struct past_fact *fact)
{
	const struct members *members = fold->opened->members;

	if (fact->type != FACT_RETURN || !fact->returned ||
		fact->returned->key >= members_count(members))
		return NULL;
	return past_by_number(members_at(members, fact->returned->key), fact->returned->sale);
}

static bool
remember_fact(struct fold *fold, struct fold_member *member, const struct past_fact *fact)
{
	const struct past_fact *sale = sale_of(fold, fact);
	instant at = fact->type == FACT_RETURN ? past_date(fact) : fact->at;

	return earnings_remember(&fold->earnings, &member->earned,
		&(struct earned_before){ .key = member->key,
			.id = past_id(fact),
			.sale = sale ? past_id(sale) : SLICE(""),
			.at = sale ? sale->at : at,
			.occurred = past_date(fact) });
}

/* Facts that came before a term did: what goes back of them does not count in it. */
static void
mark_terms(
	struct fold *fold, struct fold_member *member, const struct member *from, uint32_t number)
{
	for (int i = 0; i < fold->programme->ladder_count; i++) {
		const struct standing *standing = member_standing(fold->programme, from, i);

		if (standing && number < standing->holds[standing->level].facts)
			member->holds[i].mark = fold->earnings.count;
	}
}

/* Redemptions know the lots that a cancel would give back to, and sales when they were. */
static enum loyalty_status
take_facts(struct fold *fold, struct fold_member *member, const struct member *from,
	struct loyalty_error *error)
{
	enum loyalty_status status = LOYALTY_OK;
	const struct past_fact *fact = past_next(from, NULL);

	for (; fact && status == LOYALTY_OK; fact = past_next(from, fact)) {
		const struct redemption *redemption =
			fact->type == FACT_REDEEM ? fact->redemption : NULL;

		for (uint32_t i = 0; redemption && i < redemption->taken_count; i++)
			if (status == LOYALTY_OK)
				status = take_lot(fold, member, &redemption->taken[i], 0, error);
		if ((fact->type == FACT_PURCHASE || fact->type == FACT_RETURN) &&
			status == LOYALTY_OK && !remember_fact(fold, member, fact))
			status = fail_memory(error);
		mark_terms(fold, member, from, fact->number);
	}
	return status;
}

static void
take_levels(struct fold *fold, struct fold_member *member, const struct member *from)
{
	for (int i = 0; i < fold->programme->ladder_count; i++) {
		const struct standing *standing = member_standing(fold->programme, from, i);
		struct fold_hold *hold = &member->holds[i];

		if (!standing)
			continue;
		member->levels[i] = standing->level;
		hold->until = standing->level ? standing->until : INSTANT_NEVER;
		hold->grant = standing->granted;
		hold->granted = standing->granted == standing->level &&
				!standing->holds[standing->level].held;
		hold->since = standing->holds[standing->level].since;
		/* What a ledger in one piece does not tell, no snapshot tells of it. */
		hold->termed = standing->holds[standing->level].held &&
			       !standing->holds[standing->level].fell;
		hold->opened = true;
	}
}

/* The sale that used a voucher, where that may be cancelled; size 0: there is none. */
static struct slice
sale_that_used(const struct fold *fold, const struct voucher *voucher)
{
	const struct members *members = fold->opened->members;
	const struct past_fact *sale;

	if (voucher->state != VOUCHER_USED || !voucher->used_sale ||
		voucher->used_key >= members_count(members))
		return SLICE("");
	sale = past_by_number(members_at(members, voucher->used_key), voucher->used_sale - 1);
	return sale && !sale->by_line ? past_id(sale) : SLICE("");
}

static enum loyalty_status
take_vouchers(struct fold *fold, const struct member *from, struct loyalty_error *error)
{
	for (uint32_t i = 0; from->more && i < from->more->voucher_count; i++) {
		const struct voucher *voucher = &from->more->vouchers[i];
		struct slice sale = sale_that_used(fold, voucher);

		if ((voucher->state == VOUCHER_OPEN || sale.size) &&
			!fold_add_voucher(fold, (struct slice){ voucher->id, voucher->id_size },
				&(struct view_voucher){ .reward = voucher->reward,
					.qty = voucher->qty ? voucher->qty : 1,
					.usable = voucher->usable,
					.until = voucher->until,
					.sale = sale }))
			return fail_memory(error);
	}
	return LOYALTY_OK;
}

/* What goes back of the sales of a merged member goes back from who they are now. */
static enum loyalty_status
join_merged(struct fold *fold, struct fold_member *member, struct fold_member *into,
	struct loyalty_error *error)
{
	member->into = (uint32_t)(into - fold->members) + 1;
	while (into->into)
		into = &fold->members[into->into - 1];
	return earnings_merge(&fold->earnings, &member->earned, &into->earned,
		fold->programme->unit_count, error);
}

static enum loyalty_status
take_member(struct fold *fold, struct member *from, struct loyalty_error *error)
{
	struct fold_member *member = fold_look_up(fold, from->key);
	const struct merged *merged = from->more ? from->more->merged : NULL;
	struct fold_member *into;
	enum loyalty_status status;

	/* Nobody asks for them. */
	if (!member)
		return LOYALTY_OK;
	member->seen = from->seen;
	member->enrolled = from->enrolled;
	member->clock = from->clock;
	member->left = from->left;
	member->opened = from;
	member->merges = true;
	for (int i = 0; i < fold->programme->clock_count; i++)
		member->clocks[i] = member_lived(from, i);
	take_levels(fold, member, from);
	status = take_lots(fold, member, from, error);
	if (status == LOYALTY_OK)
		status = take_facts(fold, member, from, error);
	if (status == LOYALTY_OK && fold->keeps_vouchers)
		status = take_vouchers(fold, from, error);
	into = merged && merged->into ? fold_look_up(fold, merged->into->key) : NULL;
	if (status == LOYALTY_OK && into)
		status = join_merged(fold, member, into, error);
	return status;
}

enum loyalty_status
fold_settle(struct fold *fold, struct loyalty_error *error)
{
	enum loyalty_status status;

	if (!fold->openings || fold->taken == members_count(fold->opened->members))
		return LOYALTY_OK;
	status = openings_settle(fold->openings);
	if (fold->opened->tick_facts->clock > fold->ticked)
		fold->ticked = fold->opened->tick_facts->clock;
	if (fold->opened->everybody && fold->opened->everybody->clock > fold->everybody)
		fold->everybody = fold->opened->everybody->clock;
	while (status == LOYALTY_OK && fold->taken < members_count(fold->opened->members)) {
		status = take_member(fold, members_at(fold->opened->members, fold->taken++), error);
		scratch_reset(&fold->opened->scratch);
	}
	return status;
}

/* ---- what was counted before ---------------------------------------------------------- */

enum loyalty_status
fold_opened_count(const struct fold *fold, const struct fold_member *member, int counter,
	instant now, int64_t *value, struct loyalty_error *error)
{
	for (; member; member = member->joined ? &fold->members[member->joined - 1] : NULL)
		if (member->opened &&
			add_overflows(*value,
				tally_value(fold->programme, member->opened, counter, 0, now),
				value))
			return fail(error, LOYALTY_BAD, "what was earned overflows");
	return LOYALTY_OK;
}

enum loyalty_status
fold_opened_term(const struct fold *fold, const struct fold_member *member, int ladder, int need,
	int64_t *value, struct loyalty_error *error)
{
	struct standing *standing =
		member->opened ? member_standing(fold->programme, member->opened, ladder) : NULL;

	if (standing &&
		add_overflows(*value, tier_terms(&fold->programme->ladders[ladder], standing)[need],
			value))
		return fail(error, LOYALTY_BAD, "what was earned overflows");
	return LOYALTY_OK;
}

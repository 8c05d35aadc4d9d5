/*
 * vouchers.c - vouchers used, voided, and given back with the cancel of a redemption.
 */
#include "lots.h"
#include "merged.h"
#include "redeem.h"
#include "voucher_index.h"

void
voucher_post(struct engine *engine, const struct cause *cause, enum record_type type,
	const struct voucher *voucher, const struct worth *worth)
{
	struct posting *posting = engine_posting(engine, cause, type, cause->member,
		engine->programme->rewards[voucher->reward].id, voucher->reward);

	posting->voucher = (struct slice){ voucher->id, voucher->id_size };
	if (worth && posting_worth(engine, posting))
		*posting->worth = *worth;
	engine_post(engine, cause, posting);
}

/* Why a voucher cannot be used now; size 0: it can. */
static struct slice
state_refusal(const struct voucher *voucher, instant now)
{
	if (!voucher || voucher->state == VOUCHER_VOID)
		return SLICE("unknown-voucher");
	if (voucher->state == VOUCHER_USED)
		return SLICE("used-voucher");
	if (voucher->state == VOUCHER_EXPIRED || voucher->until <= now)
		return SLICE("expired-voucher");
	if (voucher->usable > now)
		return SLICE("pending-voucher");
	return SLICE("");
}

static bool
worth_of(struct engine *engine, const struct cause *cause, const struct voucher *voucher,
	struct worth *worth)
{
	const struct programme *programme = engine->programme;
	const struct reward *reward = &programme->rewards[voucher->reward];
	const struct reward *valued =
		voucher->given >= 0 ? &programme->rewards[voucher->given] : reward;
	struct question question = question_of(engine, cause);
	struct basket basket = basket_of(engine, cause);
	const struct table *factor = table_value(&question, reward->voucher->worth);
	struct ratio times = ratio_of(1, 1);

	if (factor)
		times = ratio_of(factor->ratio.num, factor->ratio.den);
	return worth_on_basket(&question, valued, voucher, &basket, 1, times, worth);
}

static void
use_voucher(struct engine *engine, struct cause *cause, struct slice id, bool others)
{
	struct voucher *voucher = voucher_find(engine, cause->member, id, cause->at);
	struct slice why = state_refusal(voucher, cause->judged);
	struct question question = question_of(engine, cause);
	struct worth worth = WORTH_NONE;

	if (why.size == 0) {
		const struct voucher_terms *terms =
			engine->programme->rewards[voucher->reward].voucher;

		if (!condition_holds(&question, terms->when) || (terms->alone && others) ||
			!worth_of(engine, cause, voucher, &worth))
			why = SLICE("unsuitable-voucher");
	}
	if (why.size)
		engine_refuse(engine, cause, SLICE("purchase"), why);
	else
		voucher_post(engine, cause, POSTING_USED, voucher, &worth);
}

void
vouchers_use(struct engine *engine, struct cause *cause)
{
	const struct value *value = record_value(cause->fact->record, FIELD_VOUCHERS);
	struct slice rest = value->text;
	struct value element;
	int count = 0;

	if (value->kind == VALUE_STRING) {
		use_voucher(engine, cause, value_decoded(value, &engine->scratch), false);
		return;
	}
	if (value->kind != VALUE_ARRAY)
		return;
	while (value_next_element(&rest, &element))
		count++;
	rest = value->text;
	while (value_next_element(&rest, &element))
		use_voucher(engine, cause, value_decoded(&element, &engine->scratch), count > 1);
}

void
vouchers_void(struct engine *engine, struct cause *cause)
{
	const struct member_more *more = cause->member->more;

	for (uint32_t i = 0; more && i < more->voucher_count; i++)
		if (more->vouchers[i].state == VOUCHER_OPEN)
			voucher_post(engine, cause, POSTING_VOIDED, &more->vouchers[i], NULL);
}

/* ---- cancel ----------------------------------------------------------------------- */

/*
 * The voucher that a redemption gave, and not what else was issued in its group; the latest, since
 * the redeem's id may have been used before.
 */
static const struct voucher *
voucher_of(struct engine *engine, const struct cause *cause, const struct redemption *redemption,
	const struct member *key)
{
	const struct voucher_search search = {
		.by = BY_CAUSE, .name = cause->fact->of, .key = key->index, .now = cause->at
	};
	const struct voucher *voucher = NULL;

	while ((voucher = voucher_next(engine, cause->member, &search, voucher)))
		if (voucher->reward == redemption->reward)
			return voucher;
	return NULL;
}

/* Returns of a sale that it went with may have given all of it back. */
static bool
has_more_to_restore(const struct redemption *redemption)
{
	for (uint32_t i = 0; i < redemption->taken_count; i++)
		if (redemption_back(redemption, i) < redemption->taken[i].left)
			return true;
	return false;
}

void
redemption_restore(struct engine *engine, struct cause *cause, const struct redemption *redemption)
{
	const struct programme *programme = engine->programme;
	const struct member *member = members_at(engine->members, redemption->member);
	bool original = programme->policy.restore == RESTORE_ORIGINAL;
	struct slice rule = redemption->reward >= 0 ? programme->rewards[redemption->reward].id
						    : SLICE("redeem");
	struct posting *posting;

	if (!has_more_to_restore(redemption) || programme->policy.restore == RESTORE_LOST)
		return;
	posting = engine_posting(
		engine, cause, POSTING_RESTORED, cause->member, rule, redemption->reward);
	if (!posting_units(engine, posting, programme->unit_count))
		return;
	posting->lots =
		scratch_take(&engine->scratch, redemption->taken_count * sizeof(*posting->lots));
	if (!posting->lots) {
		engine_memory(engine);
		return;
	}
	for (int unit = 0; unit < programme->unit_count; unit++) {
		posting->units[unit].unit = unit;
		lot_dates(engine, cause->member, unit, NULL, cause, &posting->units[unit]);
	}
	for (uint32_t i = 0; i < redemption->taken_count; i++) {
		const struct lot *taken = &redemption->taken[i];

		int64_t left = taken->left - redemption_back(redemption, i);

		posting->units[taken->unit].amount += left;
		if (original && left)
			posting->lots[posting->lot_count++] = (struct lot_delta){
				merged_lot_name(engine, member, lot_name(engine, taken)),
				taken->unit, left, 0
			};
	}
	/* Dates belong to a lot of its own only. */
	for (int unit = 0; original && unit < programme->unit_count; unit++) {
		posting->units[unit].usable = INSTANT_ALWAYS;
		posting->units[unit].until = INSTANT_NEVER;
	}
	engine_post(engine, cause, posting);
}

/* What was given goes back, too: from its lots as far as they go, the rest is debt. */
static void
take_given(struct engine *engine, struct cause *cause, const struct redemption *redemption)
{
	const struct programme *programme = engine->programme;
	const struct member *member = members_at(engine->members, redemption->member);
	struct posting *posting;

	if (redemption->given_count == 0)
		return;
	posting = engine_posting(engine, cause, POSTING_RESTORED, cause->member,
		programme->rewards[redemption->reward].id, redemption->reward);
	if (!posting_units(engine, posting, programme->unit_count))
		return;
	posting->lots =
		scratch_take(&engine->scratch, redemption->given_count * sizeof(*posting->lots));
	if (!posting->lots) {
		engine_memory(engine);
		return;
	}
	for (int unit = 0; unit < programme->unit_count; unit++)
		posting->units[unit] =
			(struct unit_delta){ unit, 0, INSTANT_ALWAYS, INSTANT_NEVER };
	for (uint32_t i = 0; i < redemption->given_count; i++) {
		const struct lot *given = &redemption->taken[redemption->taken_count + i];

		posting->units[given->unit].amount -= given->left;
		posting->lots[posting->lot_count++] = (struct lot_delta){
			merged_lot_name(engine, member, lot_name(engine, given)), given->unit,
			-given->left, 0
		};
	}
	engine_post(engine, cause, posting);
}

void
redemption_cancel(struct engine *engine, struct cause *cause)
{
	struct member *key;
	struct past_fact *past = past_of(engine, cause->fact, &key);
	const struct voucher *voucher = NULL;
	struct slice why = SLICE("");

	if (!past || past->type != FACT_REDEEM)
		return;
	if (past->redemption)
		voucher = voucher_of(engine, cause, past->redemption, key);
	if (!past->redemption)
		why = SLICE("unknown-fact");
	else if (past->cancelled)
		why = SLICE("already-cancelled");
	else if (voucher && voucher->state == VOUCHER_USED)
		why = SLICE("voucher-used");
	if (why.size) {
		engine_refuse(engine, cause, SLICE("cancel"), why);
		cause->refused = true;
		return;
	}
	apply_cancelled_redemption(engine, cause->member, past);
	redemption_restore(engine, cause, past->redemption);
	take_given(engine, cause, past->redemption);
	if (voucher && voucher->state != VOUCHER_VOID)
		voucher_post(engine, cause, POSTING_VOIDED, voucher, NULL);
}

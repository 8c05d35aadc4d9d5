/*
 * transfer.c - points that go to another member.
 *
 * Who gives them pays as for a redemption. Who gets them has a lot for each that was taken,
 * which goes on living as it did, or one new lot, as though earned now (policy.transfer).
 */
#include "lots.h"
#include "redeem.h"

static const struct slice RULE = { "transfer", 8 };

static void
refuse_short(struct engine *engine, struct cause *cause, int64_t has)
{
	const struct fact *fact = cause->fact;
	struct posting *posting =
		engine_posting(engine, cause, POSTING_REFUSED, cause->member, RULE, -1);
	struct unit_delta *missing = posting_units(engine, posting, 1);

	if (!missing)
		return;
	posting->why = SLICE("balance");
	missing->unit = fact->unit;
	if (__builtin_sub_overflow(fact->points, has, &missing->amount))
		engine_overflow(engine, "what is asked for");
	engine_post(engine, cause, posting);
	cause->refused = true;
}

struct posting *
transferred_side(struct engine *engine, const struct cause *cause, struct member *member,
	struct member *to, struct slice rule)
{
	struct posting *posting =
		engine_posting(engine, cause, POSTING_TRANSFERRED, member, rule, -1);
	struct transferred *moved = scratch_take(&engine->scratch, sizeof(*moved));

	if (!moved) {
		engine_memory(engine);
		return NULL;
	}
	*moved = (struct transferred){ .to = to,
		.since = INSTANT_ALWAYS,
		.rule = -1,
		.merge = cause->fact->type == FACT_MERGE };
	posting->moved = moved;
	return posting;
}

/*
 * When a lot is usable that goes along. It says so too where it could be waiting for a fact,
 * but does not any more.
 */
static instant
usable_on(const struct engine *engine, const struct lot *lot, const struct rule *rule,
	instant since, instant now)
{
	instant usable = lot_usable(lot);

	if (usable > now)
		return usable;
	return lot_waits_for(engine->programme, lot->unit, rule) >= 0 ? since : INSTANT_ALWAYS;
}

void
transferred_lot(struct engine *engine, struct member *from, const struct lot *lot, int64_t amount,
	instant now, struct posting *posting)
{
	const struct rule *rule = lot->rule >= 0 ? &engine->programme->rules[lot->rule] : NULL;
	struct unit_delta *delta = posting_units(engine, posting, 1);
	instant since = lot_since(engine, from, lot, now);

	if (!delta)
		return;
	*delta = (struct unit_delta){ lot->unit, amount, usable_on(engine, lot, rule, since, now),
		lot->until };
	posting->moved->since = since;
	if (rule && (rule->pending || rule->expire))
		posting->moved->rule = lot->rule;
}

static void
give_new_lot(struct engine *engine, const struct cause *cause, struct member *to)
{
	struct posting *posting = transferred_side(engine, cause, to, NULL, RULE);
	struct unit_delta *delta = posting ? posting_units(engine, posting, 1) : NULL;

	if (!delta)
		return;
	delta->unit = cause->fact->unit;
	delta->amount = cause->fact->points;
	lot_dates(engine, to, delta->unit, NULL, cause, delta);
	engine_post(engine, cause, posting);
}

void
transfer_decide(struct engine *engine, struct cause *cause)
{
	const struct fact *fact = cause->fact;
	struct member *member = cause->member;
	struct member *to = engine_named_member(engine, fact, member);
	bool keep = engine->programme->policy.transfer == TRANSFER_KEEP_LOTS;
	int64_t has = payable(engine, cause, fact->unit);
	struct posting *given, *kept;

	if (!to) {
		engine_fail(engine, LOYALTY_CORRUPT, "to", "a transfer that should be refused");
		return;
	}
	if (has < fact->points) {
		refuse_short(engine, cause, has);
		return;
	}
	given = transferred_side(engine, cause, member, to, RULE);
	if (!given || !payment_room(engine, cause, given, 1))
		return;
	pay(engine, cause, given, fact->unit, fact->points);
	engine_post(engine, cause, given);
	if (!keep)
		give_new_lot(engine, cause, to);
	/* The lots are there still: nothing is given to them who gave. */
	for (int i = 0; keep && i < given->lot_count && engine->status == LOYALTY_OK; i++) {
		const struct lot_delta *taken = &given->lots[i];
		const struct lot *lot = lot_find_delta(engine->programme, member, taken);

		kept = transferred_side(engine, cause, to, NULL, RULE);
		if (!kept)
			return;
		transferred_lot(engine, member, lot, -taken->amount, cause->at, kept);
		engine_post(engine, cause, kept);
	}
}

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

/* A posting of one of the two sides, about to have one unit. */
static struct posting *
new_side(struct engine *engine, const struct cause *cause, struct member *member, struct member *to)
{
	struct posting *posting =
		engine_posting(engine, cause, POSTING_TRANSFERRED, member, RULE, -1);
	struct transferred *moved = scratch_take(&engine->scratch, sizeof(*moved));

	if (!moved) {
		engine_memory(engine);
		return NULL;
	}
	*moved = (struct transferred){ to, INSTANT_ALWAYS, -1 };
	posting->moved = moved;
	return posting;
}

/* What becomes of a lot of which some is taken: a lot of that much with the same life. */
static void
keep_lot(struct engine *engine, struct member *member, const struct lot *lot, int64_t amount,
	struct posting *posting)
{
	const struct rule *rule = lot->rule >= 0 ? &engine->programme->rules[lot->rule] : NULL;
	struct unit_delta *delta = posting_units(engine, posting, 1);

	if (!delta)
		return;
	*delta = (struct unit_delta){ lot->unit, amount, INSTANT_ALWAYS, lot->until };
	posting->moved->since = lot_since(engine, member, lot);
	if (rule && (rule->pending || rule->expire))
		posting->moved->rule = lot->rule;
}

static void
give_new_lot(struct engine *engine, const struct cause *cause, struct member *to)
{
	struct posting *posting = new_side(engine, cause, to, NULL);
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

	if (has < fact->points) {
		refuse_short(engine, cause, has);
		return;
	}
	given = new_side(engine, cause, member, to);
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

		kept = new_side(engine, cause, to, NULL);
		if (!kept)
			return;
		keep_lot(engine, member, lot, -taken->amount, kept);
		engine_post(engine, cause, kept);
	}
}

/*
 * recheck.c - vouchers that came by themselves for a sale, once returns took of it
 * (policy.returns.recheck: rewards).
 *
 * Each has its reason: the sale met a condition, a count reached a threshold, a level was
 * reached, another reward was given. Where that is gone and the voucher is still open, it
 * is voided, and what was paid for it comes back.
 */
#include "recall.h"
#include "redeem.h"
#include "sales.h"
#include "voucher_index.h"

/* What a sale's vouchers are looked at with. */
struct second_look {
	struct engine *engine;
	struct cause *cause;
	struct past_fact *sale;
	struct member *key; /* under which the sale is remembered */
	bool recalled;      /* then */
	struct recalled rest;
};

/* Reading the sale again is put off until a voucher asks for it. */
static bool
sale_still_meets(struct second_look *look, const struct condition *when)
{
	struct engine *engine = look->engine;

	if (sale_is_back(look->sale))
		return false;
	if (!when || !recall_asks(look->sale))
		return true;
	if (!look->recalled)
		look->recalled =
			recall_sale(engine, look->cause->root->member, look->sale, &look->rest);
	return !look->recalled || condition_holds(&look->rest.question, when);
}

static bool
count_still_reaches(const struct second_look *look, const struct voucher_origin *origin)
{
	const struct programme *programme = look->engine->programme;
	const struct reach *reach = &programme->reaches[origin->index];
	struct member *member = look->cause->member;
	bool rolls = reach->over.kind == PERIOD_ROLLING;

	if (reach->counter < 0)
		return true;
	/* Of a closed period nothing is known any more. */
	if (!rolls && tally_is_closed(programme, member,
			      tally_span(programme, member, reach->counter, origin->window).end))
		return true;
	return tally_value(programme, member, reach->counter, 0,
		       rolls ? look->cause->judged : origin->window) >= origin->threshold;
}

static bool
still_has_reason(struct second_look *look, const struct voucher *voucher)
{
	const struct reward *reward = &look->engine->programme->rewards[voucher->reward];
	const struct voucher_origin *origin = voucher->origin;
	const struct voucher *other;

	switch (origin->kind) {
	case ORIGIN_FACT:
		return sale_still_meets(look, reward->when);
	case ORIGIN_REACH:
		return count_still_reaches(look, origin);
	case ORIGIN_LEVEL:
		return !(look->engine->group_fallen >> origin->index & 1) ||
		       member_level(look->engine->programme, look->cause->member, origin->index) >=
			       origin->threshold;
	case ORIGIN_REWARD:
		break;
	}
	other = voucher_find(
		look->engine, look->cause->member, slice_of(voucher->cause), look->cause->at);
	return !other || other->state != VOUCHER_VOID;
}

/* The vouchers that came of the sale, as they were issued, from scratch. */
static const uint32_t *
vouchers_of_sale(const struct second_look *look, uint32_t *count)
{
	struct member *member = look->cause->member;
	const struct voucher_search search = { .by = BY_SALE,
		.key = look->key->index,
		.number = look->sale->number,
		.now = look->cause->at };
	const struct voucher *voucher = NULL;
	uint32_t *places;
	uint32_t at;

	*count = 0;
	while ((voucher = voucher_next(look->engine, member, &search, voucher)))
		++*count;
	places = scratch_take(&look->engine->scratch, *count * sizeof(*places) + 1);
	if (!places) {
		*count = 0;
		engine_memory(look->engine);
		return NULL;
	}
	for (at = *count; (voucher = voucher_next(look->engine, member, &search, voucher));)
		places[--at] = (uint32_t)(voucher - member->more->vouchers);
	return places;
}

static void
void_without_reason(struct second_look *look, const struct voucher *voucher)
{
	struct engine *engine = look->engine;

	if (voucher->state != VOUCHER_OPEN || still_has_reason(look, voucher))
		return;
	if (voucher->origin->paid) {
		apply_redemption_rooms(engine, voucher->origin->paid);
		redemption_restore(engine, look->cause, voucher->origin->paid);
	}
	voucher_post(engine, look->cause, POSTING_VOIDED, voucher, NULL);
}

void
vouchers_recheck(struct engine *engine, struct cause *cause)
{
	const struct fact *root = cause->root;
	struct second_look look = { .engine = engine, .cause = cause };
	const uint32_t *places;
	struct member *key;
	uint32_t count;

	look.sale = returns_sale(engine, root, &look.key);
	/* What is behind the cancel of a return holds as it did. */
	if (!look.sale || !past_open_sale(look.sale) ||
		(root->type == FACT_CANCEL && past_of(engine, root, &key) != look.sale))
		return;
	places = vouchers_of_sale(&look, &count);
	for (uint32_t i = 0; i < count; i++)
		void_without_reason(&look, &cause->member->more->vouchers[places[i]]);
}

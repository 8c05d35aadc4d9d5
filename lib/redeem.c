/*
 * redeem.c - the third decider: debts, vouchers, and what points are given for.
 */
#include "redeem.h"

static void
decide_fact(struct engine *engine, struct cause *cause)
{
	const struct policy *policy = &engine->programme->policy;

	switch (cause->fact->type) {
	case FACT_PURCHASE:
		vouchers_use(engine, cause);
		break;
	case FACT_CANCEL:
		redemption_cancel(engine, cause);
		/* fall through */
	case FACT_RETURN:
		if (policy->returns_share && !cause->refused)
			redemptions_restore(engine, cause);
		if (policy->recheck & RECHECK_REWARDS && !cause->refused)
			vouchers_recheck(engine, cause);
		break;
	case FACT_REDEEM:
		reward_ask(engine, cause);
		break;
	case FACT_TRANSFER:
		transfer_decide(engine, cause);
		break;
	case FACT_MERGE:
		merge_decide(engine, cause);
		break;
	default:
		break;
	}
}

/* Of a sale that is another member's: its vouchers may be this one's. */
static bool
is_taken_from_other(const struct engine *engine, const struct cause *cause)
{
	return engine->programme->policy.recheck & RECHECK_REWARDS && cause->posting &&
	       cause->posting->type == POSTING_REVERSED && cause->posting->by;
}

void
redeem_decide(struct engine *engine, struct cause *cause)
{
	debts_settle(engine, cause);
	if (cause->fact && cause->fact->type == FACT_LEAVE) {
		if (!engine->programme->policy.leave_keeps)
			vouchers_void(engine, cause);
		return;
	}
	if (cause->member->left)
		return;
	if (cause->fact)
		decide_fact(engine, cause);
	else if (is_taken_from_other(engine, cause))
		vouchers_recheck(engine, cause);
	/* What is refused changes nothing else. */
	if (engine->gives_by_itself && engine->status == LOYALTY_OK && !cause->refused)
		rewards_by_themselves(engine, cause);
}

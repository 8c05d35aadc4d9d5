/*
 * redeem.c - the third decider: debts, vouchers, and what points are given for.
 */
#include "redeem.h"

static void
decide_fact(struct engine *engine, struct cause *cause)
{
	switch (cause->fact->type) {
	case FACT_PURCHASE:
		vouchers_use(engine, cause);
		break;
	case FACT_CANCEL:
		redemption_cancel(engine, cause);
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
	/* What is refused changes nothing else. */
	if (engine->status == LOYALTY_OK && !cause->refused)
		rewards_by_themselves(engine, cause);
}

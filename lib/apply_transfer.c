/*
 * apply_transfer.c - the part of apply.c for what goes from one member to another.
 */
#include "apply.h"

/* A lot that is over by the level of who has it now ends at once. */
static void
receive(struct engine *engine, const struct posting *posting)
{
	const struct transferred *moved = posting->moved;
	bool kept = moved->since != INSTANT_ALWAYS;

	for (int i = 0; i < posting->unit_count; i++)
		if (posting->units[i].amount > 0 && makes_lots(engine, posting->units[i].unit))
			make_lot_since(engine, posting, &posting->units[i], moved->rule,
				kept ? moved->since : posting->at);
	posting->member->look_at_ends = true;
}

void
apply_transferred(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	if (!posting->moved->to) {
		receive(engine, posting);
		return;
	}
	take_lots(engine, posting, false);
	if (engine->programme->clock_count)
		touch_posting_clocks(engine, posting);
	if (engine->has_history)
		count_history(engine, cause, posting);
}

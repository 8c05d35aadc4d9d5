/*
 * apply_transfer.c - the part of apply.c for what goes from one member to another.
 */
#include "apply.h"
#include "firing.h"
#include "lots.h"
#include "merged.h"

/* What a lot was called before a merge gave it another name. */
static struct slice
name_before(const struct member *from, struct slice name)
{
	size_t added = from->key.size + 1;

	return (struct slice){ name.data, name.size > added ? name.size - added : 0 };
}

/* What of a lot had died is known of it still. */
static void
note_dead(struct engine *engine, struct member *from, const struct posting *posting)
{
	const struct programme *programme = engine->programme;
	int unit = posting->units[0].unit;
	struct slice name = posting->moved->lot;
	const struct lot *was = lot_find(programme, from, name_before(from, name), unit);
	struct lot *lot = lot_find(programme, posting->member, name, unit);

	if (was && lot && lot_dead(was))
		lot_dies(engine, posting->member, lot, lot_dead(was));
}

/* A lot that is over by the level of who has it now ends at once. */
static void
receive(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	const struct transferred *moved = posting->moved;
	bool named = moved->lot.size;
	struct slice name = named ? moved->lot : posting->id;
	struct lot_call call = named ? lot_call_of(name) : posting->call;
	bool kept = moved->since != INSTANT_ALWAYS;

	call.borne |= named;
	for (int i = 0; i < posting->unit_count; i++)
		if (posting->units[i].amount > 0 && makes_lots(engine, posting->units[i].unit))
			make_lot_since(engine, posting, name, call, &posting->units[i], moved->rule,
				kept ? moved->since : posting->at);
	for (int i = 0; i < posting->lot_count; i++)
		add_debt(engine, posting->member, posting->lots[i].unit, -posting->lots[i].amount,
			0);
	if (moved->lot.size && posting->unit_count && engine->keeps_lots)
		note_dead(engine, merged_last(cause->key, posting->member), posting);
	posting->member->look_at_ends = true;
}

/* Lots of which nothing is left go along without a posting: a return may ask for them. */
static void
give_empty_lots(struct engine *engine, const struct posting *posting)
{
	struct member *from = posting->member;
	struct member *to = posting->moved->to;

	for (uint32_t i = 0; i < from->lot_count && engine->status == LOYALTY_OK; i++) {
		struct lot like = from->lots[i];
		struct slice name = merged_lot_name(engine, from, lot_name(engine, &like));
		int64_t dead = lot_dead(&like);
		struct lot_call call = lot_call_of(name);
		struct lot *lot;

		if (like.left > 0 || !lot_matters(engine->programme, from, &like) ||
			lot_lives(engine->programme, to, name, like.unit, &call))
			continue;
		lot = lot_add(engine, to, name, call, &like, lot_usable(&like));
		if (lot && dead)
			lot_dies(engine, to, lot, dead);
	}
}

void
apply_transferred(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	if (!posting->moved->to) {
		receive(engine, cause, posting);
		return;
	}
	if (posting->moved->merge && engine->keeps_lots)
		give_empty_lots(engine, posting);
	take_lots(engine, posting, false);
	if (engine->programme->clock_count)
		touch_posting_clocks(engine, posting);
	if (engine->has_history)
		count_history(engine, cause, posting);
}

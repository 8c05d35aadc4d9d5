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

	/* Numbered, where a lot of the receiver was called so. */
	if (!slice_ends_with(name, from->key))
		while (name.size > 0 && name.data[--name.size] != '#')
			continue;
	return (struct slice){ name.data, name.size > added ? name.size - added : 0 };
}

/* What a lot that a merge brings was with who was merged; NULL: no merge brings it. */
static const struct lot *
lot_before(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	struct member *from = merged_last(cause->key, posting->member);

	if (!posting->moved->lot.size || !posting->unit_count || !engine->keeps_lots ||
		merged_root(from) == from)
		return NULL;
	return lot_find(engine->programme, from, name_before(from, posting->moved->lot),
		posting->units[0].unit);
}

/* What of a lot had died is known of it still. */
static void
note_dead(struct engine *engine, const struct posting *posting, const struct lot *was)
{
	struct lot *lot = lot_find(
		engine->programme, posting->member, posting->moved->lot, posting->units[0].unit);

	if (lot && lot_dead(was))
		lot_dies(engine, posting->member, lot, lot_dead(was));
}

/* The number that a lot has with the receiver. */
static uint32_t
number_received(const struct cause *cause, const struct posting *posting, const struct lot *was)
{
	if (!was)
		return lot_next_number(posting->member);
	return merged_lot_number(merged_last(cause->key, posting->member), was->number);
}

/* A lot that is over by the level of who has it now ends at once. */
static void
receive(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	const struct transferred *moved = posting->moved;
	bool named = moved->lot.size;
	struct slice name = named ? moved->lot : posting->id;
	struct lot_call call = named ? lot_call_of(name) : posting->call;
	instant since = moved->since != INSTANT_ALWAYS ? moved->since : posting->at;
	const struct lot *was = lot_before(engine, cause, posting);

	call.borne |= named;
	for (int i = 0; i < posting->unit_count; i++) {
		const struct unit_delta *delta = &posting->units[i];
		struct lot like;

		if (delta->amount <= 0 || !makes_lots(engine, delta->unit))
			continue;
		like = lot_of_delta(
			delta, moved->rule, since, number_received(cause, posting, was));
		make_lot_like(engine, posting, name, call, delta, &like);
	}
	for (int i = 0; i < posting->lot_count; i++)
		add_debt(engine, posting->member, posting->lots[i].unit, -posting->lots[i].amount,
			0);
	if (was)
		note_dead(engine, posting, was);
	posting->member->look_at_ends = true;
}

/* Lots of which nothing is left go along without a posting: a return may ask for them. */
static void
give_empty_lots(struct engine *engine, const struct member *from, struct member *to)
{
	for (uint32_t i = 0; i < from->lot_count && engine->status == LOYALTY_OK; i++) {
		struct lot like = from->lots[i];
		struct slice name = merged_lot_name(engine, from, lot_name(engine, &like));
		int64_t dead = lot_dead(&like);
		struct lot_call call = lot_call_of(name);
		struct lot *lot;

		if (like.left > 0 || !lot_matters(engine->programme, from, &like) ||
			lot_lives(engine->programme, to, name, like.unit, &call))
			continue;
		like.number = merged_lot_number(from, like.number);
		lot = lot_add(engine, to, name, call, &like, lot_usable(&like));
		if (lot && dead)
			lot_dies(engine, to, lot, dead);
	}
}

/* All lots that the member ever had stand as they stood, behind those that the receiver had. */
static void
number_lots(const struct member *from, struct member *to, instant at)
{
	if (!from->more || !from->more->merged)
		return;
	from->more->merged->lots = to->lots_given;
	from->more->merged->at = at;
	to->lots_given += from->lots_given;
}

void
apply_transferred(struct engine *engine, const struct cause *cause, const struct posting *posting)
{
	if (!posting->moved->to) {
		receive(engine, cause, posting);
		return;
	}
	if (posting->moved->merge && engine->keeps_lots) {
		number_lots(posting->member, posting->moved->to, posting->at);
		give_empty_lots(engine, posting->member, posting->moved->to);
	}
	take_lots(engine, posting, false);
	if (engine->programme->clock_count)
		touch_posting_clocks(engine, posting);
	if (engine->has_history)
		count_history(engine, cause, posting);
}

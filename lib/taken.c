/*
 * taken.c - the names of lots that a member's redemptions took from.
 */
#include "taken.h"

#include <stdlib.h>

#include "apply.h"

static void
put_names(struct engine *engine, struct member *member, struct taken_names *names,
	const struct redemption *redemption)
{
	for (uint32_t i = 0; i < redemption->taken_count; i++) {
		struct lot_call call = lot_call_of(lot_name(engine, &redemption->taken[i]));

		member->taken_bits |= lot_call_bits(call);
		names->hashes[names->count++] = call.hash;
	}
}

/* Names of redemptions that are forgotten go, whenever there is no room for more. */
static void
put_known(struct engine *engine, struct member *member, struct taken_names *names)
{
	const struct past_fact *past = NULL;

	names->count = 0;
	member->taken_bits = 0;
	while ((past = past_next(member, past)))
		if (past->type == FACT_REDEEM && past->redemption)
			put_names(engine, member, names, past->redemption);
}

static uint32_t
count_known(const struct member *member)
{
	const struct past_fact *past = NULL;
	uint32_t count = 0;

	while ((past = past_next(member, past)))
		if (past->type == FACT_REDEEM && past->redemption)
			count += past->redemption->taken_count;
	return count;
}

/* Room for so many names more. NULL: out of memory. */
static struct taken_names *
make_room(struct engine *engine, struct member *member, uint32_t more_names)
{
	struct member_more *more = more_of(engine, member);
	struct taken_names *names = more ? more->taken_names : NULL;
	struct taken_names *larger;
	uint32_t known, capacity;

	if (!more || (names && names->capacity - names->count >= more_names))
		return names;
	/* Most members never redeem so often that there must be room to spare. */
	known = count_known(member);
	capacity = known + known / 2 + more_names;
	larger = realloc(names, sizeof(*larger) + capacity * sizeof(larger->hashes[0]));
	if (!larger) {
		engine_memory(engine);
		return NULL;
	}
	more->taken_names = larger;
	larger->capacity = capacity;
	put_known(engine, member, larger);
	return larger;
}

void
taken_names_add(struct engine *engine, struct member *member, const struct redemption *redemption)
{
	struct taken_names *names =
		redemption->taken_count ? make_room(engine, member, redemption->taken_count) : NULL;

	if (names)
		put_names(engine, member, names, redemption);
}

bool
taken_names_have(const struct member *member, struct lot_call call)
{
	uint32_t bits = lot_call_bits(call);
	const struct taken_names *names;

	if ((member->taken_bits & bits) != bits || !member->more || !member->more->taken_names)
		return false;
	names = member->more->taken_names;
	for (uint32_t i = 0; i < names->count; i++)
		if (names->hashes[i] == call.hash)
			return true;
	return false;
}

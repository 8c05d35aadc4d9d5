/*
 * taken.h - the names of lots that a member's redemptions took from.
 *
 * What comes back of a redemption goes to lots of those names, so that no other lot may have
 * them. Whether one of them is a name is asked for every posting that may make a lot: hashes
 * tell, before the redemptions themselves are looked through.
 */
#ifndef TAKEN_H
#define TAKEN_H

#include "engine.h"
#include "lots.h"
#include "past.h"

struct taken_names {
	uint32_t count, capacity;
	uint32_t hashes[]; /* of lot_call */
};

/* Remembers the names of what a redemption took, which is not yet the member's. */
void taken_names_add(
	struct engine *engine, struct member *member, const struct redemption *redemption);

/* Whether one of them may be a name: where it is a merged member's, only the lots know. */
bool taken_names_have(const struct member *member, struct lot_call call);

#endif

/*
 * schedule.h - what is due to a member, and when.
 *
 * Each member has a bound before which nothing is due, so that a record costs
 * one comparison; what is due is worked out from the member's state only when the
 * bound is reached. A heap of bounds finds the members that a tick wakes.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "engine.h"

/* The next thing due after what has been done; at == INSTANT_NEVER: nothing. Renews the bound. */
struct schedule_key schedule_next(struct engine *engine, struct member *member);

/* A lot ends: something is due then, or at the first tick after it, by the policy. */
void schedule_lot_end(struct engine *engine, struct member *member, instant end);

/* Something may be due at `at`: lowers the member's bound. */
void schedule_at(struct engine *engine, struct member *member, instant at);

/* Sees that the heap wakes the member no later than its bound: after schedule_due() took it out. */
void schedule_wake(struct engine *engine, struct member *member);

/* Works the bound out anew: enrolled, a birthday known, a fact that a moment waits for. */
void schedule_refresh(struct engine *engine, struct member *member);

/*
 * The members with something due up to `at`, in order of first appearance, from the
 * heap; *count of them. The caller frees. NULL: none, or out of memory (engine->status).
 */
struct member **schedule_due(struct engine *engine, instant at, uint32_t *count);

struct due_heap;

struct due_heap *due_heap_new(void);
void due_heap_free(struct due_heap *heap);

static inline bool
schedule_before(struct schedule_key a, struct schedule_key b)
{
	return a.at != b.at ? a.at < b.at : a.slot < b.slot;
}

#endif

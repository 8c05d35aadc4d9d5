/*
 * lots.h - points that were earned together: their ends, and who comes first.
 */
#ifndef LOTS_H
#define LOTS_H

#include <string.h>

#include "engine.h"

/* The exclusive end of a lot by what is known now; INSTANT_NEVER: it has none. */
instant lot_end(struct engine *engine, struct member *member, const struct lot *lot);

/* When points given now become usable (INSTANT_ALWAYS: at once) and end. */
void lot_dates(struct engine *engine, struct member *member, int unit, const struct rule *rule,
	const struct cause *cause, struct unit_delta *delta);

/*
 * When the life of a lot began: with the latest of its clocks where its end is not fixed,
 * else when it was earned.
 */
instant lot_since(struct engine *engine, struct member *member, const struct lot *lot, instant now);

/* The clock that ends the pending time of points of a unit and rule; -1: time alone, or none. */
int lot_waits_for(const struct programme *programme, int unit, const struct rule *rule);

/* What has ended by `now` is over; where lots end with a tick, by the latest one. */
static inline instant
lots_ended_by(const struct engine *engine, instant now)
{
	return engine->programme->policy.sweep == SWEEP_ON_TICK ? engine->swept : now;
}

/* When a lot becomes usable: INSTANT_ALWAYS: it is; INSTANT_NEVER: it waits for a fact. */
static inline instant
lot_usable(const struct lot *lot)
{
	return lot->has_rest ? lot->rest->usable : INSTANT_ALWAYS;
}

/* What expired or was forfeited of a lot, less what has been waived of it. */
static inline int64_t
lot_dead(const struct lot *lot)
{
	return lot->has_rest ? lot->rest->dead : 0;
}

/* More of it is dead, as far as a return could still ask for it. */
void lot_dies(struct engine *engine, struct member *member, struct lot *lot, int64_t amount);

/* Whether a return, or the cancel of a sale, could still ask what became of a lot. */
bool lot_may_be_returned(
	const struct programme *programme, const struct member *member, const struct lot *lot);
/* Whether something of a lot may still be asked for, now or by a return. */
bool lot_matters(
	const struct programme *programme, const struct member *member, const struct lot *lot);

/* The lot's name, from scratch. */
struct slice lot_name(struct engine *engine, const struct lot *lot);
bool lot_is_called(const struct programme *programme, const struct lot *lot, struct slice name);

/* Of so many bits that thousands of lots of a member seldom share one. */
typedef uint16_t lot_tag;

/* So many fit into one word. */
enum { TAGS_AT_ONCE = sizeof(uint64_t) / sizeof(lot_tag) };

/* What is known of a name by itself. */
struct lot_call lot_call_of(struct slice name);

/* A part of it, by which lots are told apart. */
static inline lot_tag
lot_call_tag(struct lot_call call)
{
	return (lot_tag)(call.hash >> 16);
}

/* The bit of a member's lot_names that says that some lot may have this tag. */
static inline uint64_t
lot_tag_bit(lot_tag tag)
{
	return UINT64_C(1) << (tag & 63);
}

/* Two bits of it, by which sets of lots are. */
static inline uint32_t
lot_call_bits(struct lot_call call)
{
	return UINT32_C(1) << (call.hash >> 5 & 31) | UINT32_C(1) << (call.hash & 31);
}

/* Behind the lots, in their order: few lots of a name that is sought need to be looked at. */
static inline lot_tag *
lot_tags(const struct member *member)
{
	return (lot_tag *)(member->lots + member->lot_capacity);
}

/* Whether one of TAGS_AT_ONCE tags is that one. */
static inline bool
tags_hold(const lot_tag *tags, lot_tag tag)
{
	const uint64_t ones = UINT64_MAX / UINT16_MAX;
	uint64_t apart;

	memcpy(&apart, tags, sizeof(apart));
	apart ^= ones * tag;
	/* What is the same leaves 0; no top bit is set by taking 1 away before there is one. */
	return (apart - ones) & ~apart & ones << (8 * sizeof(lot_tag) - 1);
}

/* The place of the first lot with that tag from a place on; lot_count: there is none. */
static inline uint32_t
lot_next_tagged(const struct member *member, lot_tag tag, uint32_t place)
{
	const lot_tag *tags = lot_tags(member);
	size_t count = member->lot_count;
	size_t at = place;

	while (at + TAGS_AT_ONCE <= count && !tags_hold(tags + at, tag))
		at += TAGS_AT_ONCE;
	while (at < count && tags[at] != tag)
		at++;
	return (uint32_t)at;
}

/* Whether a lot of the member may be called so. */
static inline bool
lot_may_be_called(const struct member *member, struct lot_call call)
{
	lot_tag tag = lot_call_tag(call);

	return member->lot_names & lot_tag_bit(tag) &&
	       lot_next_tagged(member, tag, 0) < member->lot_count;
}

/*
 * Whether a lot of the member of which something is left, of a unit (-1: of any), is called so;
 * *call is what else is known of the name then.
 */
bool lot_lives(const struct programme *programme, const struct member *member, struct slice name,
	int unit, struct lot_call *call);
struct lot *lot_find(
	const struct programme *programme, struct member *member, struct slice name, int unit);

/* The lot that a change is of; where this process decided, it is known where it stands. */
struct lot *lot_find_delta(
	const struct programme *programme, struct member *member, const struct lot_delta *delta);

/* The number of a lot that the member is given now. */
static inline uint32_t
lot_next_number(struct member *member)
{
	return member->lots_given++;
}

/* Adds a lot that is otherwise like another, whose number it has. NULL: out of memory. */
struct lot *lot_add(struct engine *engine, struct member *member, struct slice name,
	struct lot_call call, const struct lot *like, instant usable);

/*
 * The same for a lot that was there before and stands where it stood: by its number, or
 * where that is LOT_NUMBER_UNKNOWN by when and by which rule it was given.
 */
struct lot *lot_put_back(struct engine *engine, struct member *member, struct slice name,
	const struct lot *like, instant usable);

/* Drops a lot, whatever there is to know of it. */
void lot_drop(struct engine *engine, struct member *member, struct lot *lot);

/* Names a lot that stands alone, its rarer part from the slab. false: out of memory. */
bool lot_make(struct engine *engine, struct slice name, instant usable, struct lot *lot);
/* A copy that stands alone, its rarer part from the slab. false: out of memory. */
bool lot_copy(struct slab *slab, const struct lot *lot, struct lot *copy);
/* Bytes of room for lots: behind them a tag of each of their names, to find one by. */
static inline size_t
lots_size(uint32_t capacity)
{
	return (size_t)capacity * (sizeof(struct lot) + sizeof(lot_tag));
}

/* Gives back what a lot has beside itself. */
void lot_forget(struct slab *slab, struct lot *lot);

#define LOT_NUMBER_UNKNOWN UINT32_MAX

/*
 * Indices of the member's lots of a unit that can pay at `now`, in the programme's order,
 * from scratch; *count of them.
 */
uint32_t *lots_in_order(
	struct engine *engine, struct member *member, int unit, instant now, uint32_t *count);

/* A change of a lot for a posting; the name is a copy, since lots' names may move. */
struct lot_delta lot_delta_of(
	struct engine *engine, const struct member *member, const struct lot *lot, int64_t amount);

/* The start of the bucket of a lot, INSTANT_ALWAYS where the unit has none. */
instant lot_bucket(struct engine *engine, struct member *member, const struct lot *lot);

/* What the member owes of a unit. */
int64_t member_debt(const struct member *member, int unit);

#endif

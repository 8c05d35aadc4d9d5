/*
 * replay.h - what upstream decided: its postings are the next lines of the input.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "engine.h"

/* Copies and applies the next lines that a decider posted of the cause. */
void replay_postings(struct engine *engine, struct cause *cause, unsigned decider);

/* Whether such a refusal is of a whole fact, of which then nothing happened. */
bool replay_refuses_fact(enum record_type fact, struct slice rule, struct slice why);

/* Whether the next line says that the fact was refused by loyalty-earn; then it is copied. */
bool replay_refusal(struct engine *engine, const struct cause *cause);

/* The member whose cause made the posting that stands next in the input; NULL: none stands there. */
struct member *replay_member(struct engine *engine);

/*
 * Where the next line is a change of level that time caused for the member, and it comes
 * before *key: the key of that look.
 */
void replay_tier_due(struct engine *engine, struct member *member, struct schedule_key *key);

/* The how-manieth posting id is that a fact without id, at that time, gives its member now. */
int replay_count_id(struct engine *engine, struct member *member, instant at, struct slice id);

/* A merge: facts of one name may give ids to the merged member still. */
void replay_move_names(
	struct engine *engine, const struct member *from, struct member *to, instant at);

/*
 * The posting id that facts without id have given the member now after another (size 0:
 * the first). false: no more.
 */
bool replay_next_id(const struct member *member, struct slice *id);

void posting_names_free(struct posting_names *names);

#endif

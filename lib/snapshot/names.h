/*
 * names.h - what the state names of its programme and of members.
 *
 * Units, rules, rewards, ladders and levels stand in it by their names. Counters, clocks and
 * the like have none: the opening without member lists what they count, and others say the
 * place in that list. So another version of the programme finds what it still has.
 */
#ifndef SNAPSHOT_NAMES_H
#define SNAPSHOT_NAMES_H

#include "codec.h"

/* What a list that was read says: for each place in it the programme's own index; -1: gone. */
struct places {
	int *own;
	int count;
};

struct names {
	struct slice *counters; /* of the programme: what each counts; from one piece of memory */
	struct slice *clocks;
	char *text;
	struct places read_counters;
	int unit; /* that is meant where none is said; -1: gone */
};

/* NULL: out of memory. */
struct names *names_new(const struct programme *programme);
void names_free(struct names *names);

/* The lists themselves, of the opening without member. */
void code_names(struct codec *codec);

/*
 * One of the programme's. Reading what another version wrote, -1 where it is gone; of this
 * version that is a failure. -1 is written as nothing, and nothing is read as -1 (of a unit,
 * as the usual one).
 */
void code_unit(struct codec *codec, int *unit);
void code_rule(struct codec *codec, const char *name, int *rule);
void code_reward(struct codec *codec, const char *name, int *reward);
void code_ladder(struct codec *codec, const char *name, int *ladder);
void code_level(struct codec *codec, const char *name, int ladder, int *level);
void code_counter(struct codec *codec, int *counter);
/* Clocks stand as names of members of objects, too. */
int find_clock(const struct codec *codec, struct slice name);
void code_clock(struct codec *codec, const char *name, int *clock);
/* Units as bits. */
void code_units(struct codec *codec, const char *name, uint64_t *units);

/*
 * A member by key. Who has not been read yet has a number that references_settle() replaces.
 * `usual` is left out.
 */
void code_member(struct codec *codec, const char *name, uint32_t *index, uint32_t usual);

#endif

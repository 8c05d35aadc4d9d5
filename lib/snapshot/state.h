/*
 * state.h - the parts of a member's state, each written and read by one function.
 *
 * codec->member is whose state it is; reading, they have nothing of it yet.
 */
#ifndef SNAPSHOT_STATE_H
#define SNAPSHOT_STATE_H

#include "codec.h"

/* ---- profile.c: dates, profile, merges, names given ---- */

void code_profile(struct codec *codec);
void code_merged(struct codec *codec);
void code_names_now(struct codec *codec);

/* ---- lots.c ---- */

/* `lots` of the opening itself, as in a posting: what is left, and the debt. */
void write_lots_left(struct codec *codec, const struct member *member);
void code_lots(struct codec *codec);
void code_debts(struct codec *codec);
/* A lot that stands alone, as an element of a list: false: reading, there is no more. */
bool code_lot_alone(struct codec *codec, struct lot *lot);

/* ---- levels.c ---- */

void code_levels(struct codec *codec);

/* ---- counts.c ---- */

/* What was counted of a member, or of what hangs on nobody. */
void code_counts(struct codec *codec, struct member *member);
/* Carries, clocks and their gaps, what is fresh, thresholds. */
void code_rests(struct codec *codec);
void code_clocks(struct codec *codec);
void code_marks(struct codec *codec);

/* ---- facts.c, sales.c, redemptions.c, vouchers.c ---- */

/* Remembered facts of a member, or the ticks. */
void code_facts(struct codec *codec, struct member *member);
/* What a remembered purchase or return is more than a fact. */
void code_sale(struct codec *codec, struct past_fact *fact);
void code_returned(struct codec *codec, struct past_fact *fact);
/* NULL where there is none. */
struct redemption *code_redemption(
	struct codec *codec, const char *name, struct redemption *redemption);
void code_room(struct codec *codec, struct room_used *room);
void code_vouchers(struct codec *codec);

/* ---- members.c ---- */

/* A whole opening line; `units` are the sums of the member's postings, per unit. */
void write_opening(struct codec *codec, struct member *member, const int128 *units);
/* The opening without member: names, ticks, what is shared. */
void write_common(struct codec *codec);
/* What an opening's record says becomes the state of a member who was not known. */
bool read_opening(struct codec *codec, const struct record *record, struct slice key);
/* Of a later section the names only, and when the latest tick before it was. */
bool read_common(struct codec *codec, const struct record *record, instant *ticked);

#endif

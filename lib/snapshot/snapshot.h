/*
 * snapshot.h - snapshots: all that members have at one time, as a stream.
 *
 * A filter that meets one goes on from there (openings), a ledger becomes one by deciding it
 * again (again.h), and one may be laid over another (overlay.c).
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "../engine.h"
#include "sums.h"

/* What `snapshot_begin` says. */
struct snapshot_head {
	struct slice digest, at; /* in the record */
	uint64_t members;
	int128 *units; /* sums, per unit of the programme */
	bool changed;  /* another version of the programme has made it */
	bool touched;  /* only who has changed is in it */
	/* Of a touched one: what the whole comes to. */
	uint64_t whole_members;
	int128 *whole_units;
};

bool snapshot_head_init(struct snapshot_head *head, const struct programme *programme);
void snapshot_head_free(struct snapshot_head *head);

/* Reads `snapshot_begin`; what is left of units that the programme does not have is an error. */
enum loyalty_status snapshot_begin_read(const struct programme *programme,
	const struct record *record, struct snapshot_head *head, struct loyalty_error *error);
/* Holds `snapshot_end` against what was read. */
enum loyalty_status snapshot_end_check(const struct programme *programme,
	const struct record *record, const struct snapshot_head *head, struct snapshot_sums *sums,
	struct loyalty_error *error);
/* The head as the member `opened` of `begin`, from scratch. size 0: out of memory. */
struct slice snapshot_opened(
	const struct snapshot_head *head, const struct record *record, struct scratch *scratch);

/* What an opening says of units, per unit of the programme. */
enum loyalty_status snapshot_read_units(const struct programme *programme,
	const struct value *value, int128 *units, struct loyalty_error *error);

/* ---- openings that are read (read.c) ---- */

struct openings;

/* Reads openings into an engine. NULL: out of memory. */
struct openings *openings_new(struct engine *engine, struct loyalty_error *error);
void openings_free(struct openings *openings);
/* A section begins; `changed`: another version of the programme has made its openings. */
void openings_section(struct openings *openings, bool changed);
/*
 * Takes an opening's line; of a member who was there it is held against their balance, where
 * the engine has balances. `head`: it stands before all other records of its section.
 */
enum loyalty_status openings_take(
	struct openings *openings, const struct record *record, struct slice line, bool head);
/* No further one comes for now. */
enum loyalty_status openings_settle(struct openings *openings);
/* The latest tick before this section, as its opening without member says it. */
instant openings_ticked(const struct openings *openings);
/* What those of this section come to. */
struct snapshot_sums *openings_sums(struct openings *openings);

/* ---- snapshots that are written (write.c) ---- */

/* Writes what an engine with balances has; `touched`: only what differs from the openings. */
enum loyalty_status snapshot_write(
	struct engine *engine, bool touched, struct writer *out, struct loyalty_error *error);

/* `snapshot_begin` and `snapshot_end`. */
void snapshot_put_begin(
	const struct programme *programme, const struct snapshot_head *head, struct writer *out);
void snapshot_put_end(const struct programme *programme, const struct snapshot_head *head,
	const char *hash, struct writer *out);

#endif

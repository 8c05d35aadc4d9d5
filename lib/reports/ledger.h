/*
 * ledger.h - the reading side of reports: lines of a ledger to checked entries.
 *
 * Holds what a frame promises: a stream begins with `begin`, ends with `end`,
 * and what `end` counts and sums up is what was read. Several framed sections
 * may follow one another.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include "programme.h"

/* A line of the ledger. Slices and units live until the next line is read. */
struct entry {
	enum record_type type;
	bool timed; /* it has an `at` */
	bool late;  /* a fact of a ledger that took those which came late: it may be one */
	instant at;
	struct slice member, id, of, rule; /* decoded; data NULL where absent */
	const int64_t *units;              /* of a posting: one per unit of the programme */
	uint64_t moved;                    /* bit u: units[u] is not 0 */
	bool opens;    /* an opening: the ledger has had nothing of the member before */
	bool complete; /* all deciders have run, so an opening has what the ledger has */
	const struct record *record; /* everything else, by enum record_field */
};

struct ledger;

/*
 * Reads ledgers of programme, or, with any_programme, of another one that has
 * its units and ladders too. Adds columns to the programme's shape. NULL: memory.
 */
struct ledger *ledger_new(struct programme *programme, bool any_programme);
void ledger_free(struct ledger *ledger);

/*
 * Reads a line. LOYALTY_OK: *entry is a fact, a posting, RECORD_OTHER, or part
 * of the frame (RECORD_BEGIN, RECORD_END), whose checks have been made.
 * LOYALTY_BAD: not a record that a ledger can hold; LOYALTY_CORRUPT: the frame
 * is broken; LOYALTY_PROGRAMME: another programme's.
 */
enum loyalty_status ledger_line(
	struct ledger *ledger, struct slice line, struct entry *entry, struct loyalty_error *error);

/* The time of the snapshot that the section began with. false: with none. */
bool ledger_opened(const struct ledger *ledger, instant *at);
/* Whether another version of the programme has made it. */
bool ledger_changed(const struct ledger *ledger);

/* To be called after the last line of every file: nothing was in it, or `end` is missing. */
enum loyalty_status ledger_finish(struct ledger *ledger, struct loyalty_error *error);

/* The columns of `short` and `would`, which only reports read. */
int ledger_short_column(const struct ledger *ledger);
int ledger_would_column(const struct ledger *ledger);

/*
 * Reads a {unit: amount} object into amounts[unit]; *moved gets the bits of the
 * units named. LOYALTY_BAD for unknown units, and amounts that are none.
 */
enum loyalty_status ledger_units(struct ledger *ledger, const struct value *object,
	int64_t *amounts, uint64_t *moved, struct loyalty_error *error);

/* A string member of a record, decoded; data NULL where it is no string. */
struct slice ledger_text(struct ledger *ledger, const struct value *value);

/* An instant that stands in a string. false: it is none. */
bool ledger_instant(struct ledger *ledger, const struct value *value, instant *at);

#endif

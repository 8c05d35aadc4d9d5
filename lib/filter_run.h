/*
 * filter_run.h - one run of a filter, between filter.c and what it reads snapshots with.
 */
#ifndef FILTER_RUN_H
#define FILTER_RUN_H

#include "filter.h"
#include "foresight.h"
#include "frame.h"
#include "scratch.h"
#include "snapshot/again.h"
#include "snapshot/snapshot.h"

/* One run. */
struct run {
	struct filter *filter;
	struct engine *engine;
	struct source *source;
	struct loyalty_error *error;
	struct frame frame; /* of the input; deciders 0: bare facts */
	bool framed;
	bool late; /* what comes late is posted, and no bad record */
	struct writer *out;
	struct again *again;           /* NULL: an ordinary filter */
	struct snapshot_head snapshot; /* that stands in front of bare facts */
	bool has_snapshot;
	struct slice opened;       /* what the ledger says of its snapshot: frame.opened, kept */
	struct scratch kept;       /* for that */
	struct openings *openings; /* NULL until the first is read */
	bool changed;              /* another version of the programme has made them */
	bool head;                 /* nothing but openings has come in this section */
	bool section_begins;       /* no opening either */
	instant ticked;            /* of the latest tick: nothing earlier may come any more */
	struct past_fact *old;     /* whose id the fact in hand takes over; NULL: nobody's */
	struct member *ahead;      /* of the line in hand, as far as its text tells */
	struct foresight foresight;
	bool crlf;   /* the line in hand ends so */
	size_t mark; /* of the output, before the record in hand */
};

/* What is wrong with the input as a whole. */
enum loyalty_status run_corrupt(struct run *run, const char *text);
/* To be called after every line. */
void run_progress(struct run *run, unsigned long *lines);

/* ---- filter_snapshot.c -------------------------------------------------- */

/* `snapshot_begin` stands next: what the ledger says of it. */
enum loyalty_status run_open_snapshot(struct run *run);
/* Reads the snapshot up to its end, and copies its openings. */
enum loyalty_status run_snapshot(struct run *run);

/* An opening stands next, in front of facts or in a ledger. */
enum loyalty_status run_opening(struct run *run);
/* No further one stands next. */
enum loyalty_status run_settle_openings(struct run *run);

/* A fact or a posting of a ledger that is decided once more. */
enum loyalty_status run_expect_fact(struct run *run, const struct fact *fact, struct slice line);
enum loyalty_status run_expect_posting(struct run *run);

#endif

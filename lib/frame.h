/*
 * frame.h - begin and end: what a stream says of itself.
 */
#ifndef FRAME_H
#define FRAME_H

#include "engine.h"

/* What `begin` says. */
struct frame {
	unsigned deciders;
	bool late; /* records that came late were posted */
	bool postings_only;
	struct slice opened; /* what snapshot it began with, as JSON; size 0: none. In the record */
};

/* Whether another version of the programme has made the snapshot that it began with. */
bool frame_is_changed(const struct frame *frame);

void frame_write_begin(
	const struct programme *programme, const struct frame *frame, struct writer *out);
void frame_write_end(const struct engine *engine, struct writer *out);

/* Reads `begin`. LOYALTY_CORRUPT: not a frame, or of another programme. */
enum loyalty_status frame_read_begin(const struct programme *programme, const struct record *record,
	struct frame *frame, struct loyalty_error *error);

/*
 * Holds `end` against what was read: counts per type, sums per unit. Gives the repeats
 * and rejected lines of the first filter. LOYALTY_CORRUPT where they differ.
 */
enum loyalty_status frame_check_end(const struct engine *engine, const struct record *record,
	const uint64_t *counts, uint64_t *repeats, uint64_t *rejected, struct loyalty_error *error);

#endif

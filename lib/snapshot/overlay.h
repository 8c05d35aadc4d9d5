/*
 * overlay.h - a snapshot of who has changed, laid over the one that it goes on from.
 */
#ifndef SNAPSHOT_OVERLAY_H
#define SNAPSHOT_OVERLAY_H

#include "../source.h"
#include "../writer.h"

struct overlay {
	const struct programme *programme;
	struct source *base, *delta;
	struct writer *out;
	bool in_delta; /* filled: where a failure was; else in the base */
};

/*
 * Writes the base with the openings of the delta in the places of those that it has, and its
 * new ones behind them. LOYALTY_CORRUPT: one of them is no such snapshot, or the delta does
 * not go on from this base.
 */
enum loyalty_status overlay_write(struct overlay *overlay, struct loyalty_error *error);

#endif

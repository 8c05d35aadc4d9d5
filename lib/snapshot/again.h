/*
 * again.h - a ledger decided once more, and held line by line against what it says.
 *
 * What is decided is written to `out`; the ledger's own lines come from the source. Those
 * that stand before their fact (what was due by then) and the fact itself are expected first;
 * what follows is looked up in the source as it is decided.
 */
#ifndef SNAPSHOT_AGAIN_H
#define SNAPSHOT_AGAIN_H

#include "../source.h"

struct again;

/* NULL: out of memory. The writer is good until again_free(). */
struct again *again_new(struct source *source, struct loyalty_error *error);
void again_free(struct again *again);
struct writer *again_writer(struct again *again);

/* A line of the ledger that is to be decided next. */
enum loyalty_status again_expect(struct again *again, struct slice line, unsigned long number);
/* All that was expected has been decided, and all that was decided stood there. */
enum loyalty_status again_settle(struct again *again);

#endif

/*
 * clocks.h - when each happening that a programme waits for (`since`) last came.
 *
 * Lots that start their life anew with activity have no end in the ledger: the
 * clocks and the programme give it, by the engine's own rule.
 */
#ifndef CLOCKS_H
#define CLOCKS_H

#include "ledger.h"

/* Sets the member's clocks, one per clock of the programme, that an entry starts anew. */
void clocks_entry(const struct programme *programme, instant *clocks, const struct entry *entry,
	struct slice name);

/* And those that a rise or a fall of a level starts anew. */
void clocks_level(const struct programme *programme, instant *clocks, bool up, instant at);

#endif

/*
 * filter.h - a whole filter: frame, facts, groups, frame.
 *
 * Bare facts open a frame and are validated here; a ledger from upstream is
 * trusted, and its frame is replaced by ours.
 */
#ifndef FILTER_H
#define FILTER_H

#include "source.h"

struct filter {
	const struct programme *programme;
	unsigned emits; /* enum decider bits */
	bool postings_only;
	bool posts_late; /* bare facts: one that comes late is posted, and no bad record */
	/*
	 * Decides a whole ledger once more, held line by line against what it says, and hands
	 * over what it came to; nothing is written to `out`. NULL: an ordinary filter.
	 */
	enum loyalty_status (*again)(
		void *context, struct engine *engine, struct loyalty_error *error);
	bool has_as_of;
	instant as_of;
	struct slice as_of_text;
	struct writer *out;
	source_open *open; /* opens the inputs, one after the other */
	/*
	 * Takes a line that is not a good record. true: go on; false: stop. error has the
	 * line's number.
	 */
	bool (*reject)(void *context, const char *name, const struct loyalty_error *error,
		struct slice line);
	bool ends_process; /* the caller is about to exit: memory goes back with the process */
	/* Is told of a fact that is passed over, as it was there before; may be NULL. */
	void (*repeat)(void *context, const char *name, unsigned long number, struct slice line);
	/* Called now and then; may be NULL. */
	void (*progress)(void *context);
	void *context;
	/* Filled: what the run came to. */
	uint64_t rejected, repeats;
	uint32_t members, lots;
	bool late; /* the bad record at which it stopped is one that came late */
};

/*
 * Runs the filter to the end of its input. LOYALTY_OK; LOYALTY_BAD: stopped at a bad
 * record, which has been handed to reject(); anything else is in error (with the line of
 * the input, and *name its file).
 */
enum loyalty_status filter_run(
	struct filter *filter, const char **name, struct loyalty_error *error);

#endif

/*
 * source.h - the lines of a filter's input with one line of lookahead.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "engine.h"
#include "lines.h"

struct source;

/*
 * Opens the next input: called when one has ended. LOYALTY_END: there is no more.
 */
typedef enum loyalty_status source_open(
	void *context, struct lines **lines, struct loyalty_error *error);

struct source *source_new(const struct programme *programme, source_open *open, void *context);
void source_free(struct source *source);

/*
 * Parses the next line, unless it stands there already. LOYALTY_OK: the record is
 * source_record() of source_type(); LOYALTY_END; LOYALTY_BAD: not a record, the raw
 * text is source_line(); LOYALTY_IO.
 */
enum loyalty_status source_peek(struct source *source, struct loyalty_error *error);
/* Goes beyond the line that source_peek() gave. Its slices live until the next peek. */
void source_take(struct source *source);

const struct record *source_record(const struct source *source);
enum record_type source_type(const struct source *source);
struct slice source_line(const struct source *source);
bool source_crlf(const struct source *source);
unsigned long source_number(const struct source *source);
const char *source_name(const struct source *source);

/*
 * Keeps the line that was taken last apart, so that its slices live until the next
 * call while further lines are peeked at. NULL: out of memory, or not parsed.
 */
const struct record *source_keep(struct source *source);

/* One line more of those behind the one that stands, as lines_ahead() gives it. */
bool source_ahead(struct source *source, unsigned long *number, struct slice *line);

/* How many records of each type were taken since source_forget_counts(). */
const uint64_t *source_counts(const struct source *source);
void source_forget_counts(struct source *source);

#endif

/*
 * lines.h - bytes to lines: the first step of a record's path.
 *
 * Reads a file descriptor in large blocks and hands out one line at a time. A
 * UTF-8 byte order mark at the start, CRLF and blank lines are accepted; a line
 * longer than the limit is an error of its own, and reading can go on after it.
 */
#ifndef LINES_H
#define LINES_H

#include "status.h"

/* What a member has is one line, however much that is: an opening may be longer than others. */
enum { LINE_BYTES_MAX = 1 << 20, OPENING_BYTES_MAX = 1 << 30 };

enum { LINES_AHEAD = 6 };

struct lines;

/* Reads fd, which stays the caller's. name is for messages and is copied. NULL: out of memory. */
struct lines *lines_new(int fd, const char *name);
/* Reads fd, of which `ahead` has been read before; it is copied. */
struct lines *lines_new_behind(struct slice ahead, int fd, const char *name);
/* Reads memory, which must outlive the reader. */
struct lines *lines_new_memory(struct slice text, const char *name);
void lines_free(struct lines *lines);

/*
 * The next line that is not blank, without its end (LF or CRLF); it lives until
 * the next call. LOYALTY_END at the end; LOYALTY_BAD for a line over
 * LINE_BYTES_MAX that does not begin as an opening, which is skipped; LOYALTY_IO.
 * On LOYALTY_BAD *line holds the first LINE_BYTES_MAX bytes of the long line.
 */
enum loyalty_status lines_next(
	struct lines *lines, struct slice *line, struct loyalty_error *error);

/* Number of the line that lines_next() gave last, from 1, blank lines counted. */
unsigned long lines_number(const struct lines *lines);
/* Whether that line ended with a newline (only the last line of a file may not). */
bool lines_ended(const struct lines *lines);
/*
 * Whether that line ended with CRLF: its copy must, too, to be the same byte for
 * byte. Of a line over the limit it is not known.
 */
bool lines_crlf(const struct lines *lines);
const char *lines_name(const struct lines *lines);
/*
 * Looks at one line more of those to come, blank or not, with its CR: its number. false: it has not
 * been read, or LINES_AHEAD have been looked at that lines_next() has not given.
 */
bool lines_ahead(struct lines *lines, unsigned long *number, struct slice *line);
/* Bytes read so far, for --progress. */
uint64_t lines_bytes(const struct lines *lines);

#endif

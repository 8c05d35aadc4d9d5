/*
 * audit.h - holds a ledger against the laws that every ledger keeps, from its own lines alone.
 *
 * Nothing here decides or carries out what a programme says: what the engine posted is added up
 * and looked through by other code than the engine's. Lines are read once, in order. Kept are the
 * members (some 80 bytes and the key, and 32 for each of their units), the lots, vouchers and
 * levels (some 50 bytes each), and the facts that may still be repeated (some 40 bytes each).
 */
#ifndef AUDIT_H
#define AUDIT_H

#include "programme.h"
#include "writer.h"

/*
 * Takes an anomaly: the line of the file being read, 0 where it is about no single one, and what
 * is wrong, which begins with the law that it breaks ("lots: ...").
 */
typedef void audit_say(void *context, unsigned long line, const char *text);

struct audit;

/*
 * programme NULL: without one; it must outlive the audit. say is called up to anomalies_max
 * times. NULL: memory.
 */
struct audit *audit_new(const struct programme *programme, audit_say *say, void *context,
	unsigned long anomalies_max);
void audit_free(struct audit *audit);

/* Ledgers are read one behind the other, as one. name is for messages, and copied. */
enum loyalty_status audit_begin_file(
	struct audit *audit, const char *name, struct loyalty_error *error);

/*
 * Reads a line. LOYALTY_OK, whatever was wrong with it; LOYALTY_CORRUPT: this is no ledger;
 * LOYALTY_END: there have been anomalies_max anomalies; LOYALTY_MEMORY.
 */
enum loyalty_status audit_line(
	struct audit *audit, struct slice text, unsigned long number, struct loyalty_error *error);

/* A line that could not be read. */
void audit_unreadable(struct audit *audit, unsigned long number, const char *text);

/* After the last line of each file. LOYALTY_CORRUPT: it was cut off, or nothing was in it. */
enum loyalty_status audit_end_file(struct audit *audit, struct loyalty_error *error);

/* How many anomalies there were. */
unsigned long audit_anomalies(const struct audit *audit);

/* {"member":…,"unit":…,"balance":…} a line, members in order of first appearance. */
void audit_write_balances(const struct audit *audit, struct writer *writer);

#endif

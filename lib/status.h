/*
 * status.h - how every part of the library reports failure.
 *
 * A call that can fail returns an enum loyalty_status; anything but LOYALTY_OK
 * has filled the struct loyalty_error that the caller passed. The library never
 * prints and never exits.
 */
#ifndef STATUS_H
#define STATUS_H

#include "loyalty.h"
#include "slice.h"

/*
 * Fills error with code, a printf-formatted text and no position, and returns
 * code, so that a failing call can say `return fail(error, CODE, "...")`.
 */
enum loyalty_status fail(struct loyalty_error *error, enum loyalty_status code, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* As fail(), with the field or JSON path that the message is about. */
enum loyalty_status fail_at(struct loyalty_error *error, enum loyalty_status code, const char *path,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Fills error for the failed system call named by what, with errno's reason. */
enum loyalty_status fail_errno(struct loyalty_error *error, const char *what);

/* Fills error for an allocation that failed. */
enum loyalty_status fail_memory(struct loyalty_error *error);

#endif

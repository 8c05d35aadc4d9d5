/*
 * loyalty.h - the public interface of libloyalty.
 *
 * The path of one line: bytes -> record -> engine -> posting -> bytes.
 * A programme says what is decided; an engine holds the members and decides;
 * lines go in by loyalty_engine_line() and come out through a callback.
 *
 * Rules that hold everywhere: the library never prints, never exits, never
 * reads the clock and has no global state. The caller frees what a _new or
 * _load call returned with the matching _free. Slices handed to a callback live
 * until it returns.
 */
#ifndef LOYALTY_H
#define LOYALTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LOYALTY_VERSION "0.1.0"
#define LOYALTY_API __attribute__((visibility("default")))

/* ---- status ---------------------------------------------------------- */

enum loyalty_status {
	LOYALTY_OK,        /* done */
	LOYALTY_END,       /* nothing more to read */
	LOYALTY_BAD,       /* a record or value that cannot be accepted */
	LOYALTY_PROGRAMME, /* a programme document that is not valid */
	LOYALTY_CORRUPT,   /* a stream that was cut off, or is not a ledger we can go on from */
	LOYALTY_IO,        /* reading or writing failed */
	LOYALTY_MEMORY,    /* memory ran out */
};

/* Where something failed, and why. Line and column count from 1; 0: unknown. */
struct loyalty_error {
	enum loyalty_status code;
	unsigned long line;
	unsigned long column;
	char path[128]; /* field of a record, or JSON path of a document; may be "" */
	char text[256]; /* lower case, no full stop */
};

/* ---- slice: bytes somewhere else, not NUL-terminated ------------------- */

struct slice {
	const char *data;
	size_t size;
};

#ifdef __cplusplus
}
#endif

#endif

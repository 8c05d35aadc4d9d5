/*
 * fact_key.h - what a fact is sorted by: when it happened, and which one it is.
 */
#ifndef FACT_KEY_H
#define FACT_KEY_H

#include "zone.h"

struct fact_key {
	instant at;
	bool named; /* it has an id */
	/* 128 bits of hash of member and id, escapes decoded; only where named. */
	uint64_t high;
	uint64_t low;
};

struct fact_keys;

/* zone reads an `at` without offset; NULL: such a fact is bad. It stays the caller's. */
struct fact_keys *fact_keys_new(const struct zone *zone);
void fact_keys_free(struct fact_keys *keys);

/*
 * The key of a line. LOYALTY_BAD: not a record with a time; LOYALTY_CORRUPT: a
 * frame or an opening, so that this is a ledger and not facts.
 */
enum loyalty_status fact_keys_read(struct fact_keys *keys, struct slice line, struct fact_key *key,
	struct loyalty_error *error);

#endif

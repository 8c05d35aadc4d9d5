/*
 * fact_key.h - what a fact is sorted by: when it happened, which one it is, and whose.
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
	/* Only under fact_keys_tell_members(): hashes of keys, never the largest; 0: nobody. */
	uint64_t member;
	uint64_t tied;  /* whom the fact ties to its member: to, into, referrer */
	bool everybody; /* a tick */
};

struct fact_keys;

/* zone reads an `at` without offset; NULL: such a fact is bad. It stays the caller's. */
struct fact_keys *fact_keys_new(const struct zone *zone);
void fact_keys_free(struct fact_keys *keys);

/* From here on keys say whose facts they are. false: out of memory. */
bool fact_keys_tell_members(struct fact_keys *keys);

/*
 * The key of a line. LOYALTY_BAD: not a record with a time; LOYALTY_CORRUPT: a
 * frame or an opening, so that this is a ledger and not facts.
 */
enum loyalty_status fact_keys_read(struct fact_keys *keys, struct slice line, struct fact_key *key,
	struct loyalty_error *error);

#endif

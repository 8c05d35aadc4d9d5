/*
 * sequence.h - the orders in which the names of objects have come so far.
 *
 * Lines that one program wrote have the same names in the same order. A record
 * keeps the sequences that it has met as a tree: a name that follows the names
 * before it as it did in an earlier line needs no more than a comparison of its
 * bytes; it is known to be valid, not to be repeated, and what is wanted of it.
 * The tree only saves time: what is not in it is read in the ordinary way.
 */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "scan.h"
#include "shape.h"

enum {
	SEQUENCE_NODES_MAX = 512,
	SEQUENCE_LENGTH_MAX = 64,
	SEQUENCE_BRANCHES_MAX = 8,
	SEQUENCE_TEXT_MAX = 48,
};

/* A name after those of its ancestors; a root stands for the object without names. */
struct sequence {
	uint64_t first; /* of text, with mask, and the last eight bytes */
	uint64_t mask;
	uint64_t last;
	size_t size; /* of text */
	const struct shape_name *name;
	struct sequence *branch;  /* first of the names that come next */
	struct sequence *sibling; /* next of its parent's branches */
	struct sequence *parent;
	struct key key;
	int length;
	int branch_count;
	char text[SEQUENCE_TEXT_MAX]; /* the name, closing quote and colon */
};

struct sequences {
	struct sequence *nodes; /* that of level i of the shape is root i */
	int count;
	int capacity;
};

bool sequences_init(struct sequences *sequences, int roots);
void sequences_free(struct sequences *sequences);

/* Whether an earlier name of the sequence is this one. */
bool sequence_has(const struct sequence *sequence, const struct key *key);

/*
 * The sequence with a further name, added where it is new and there is room; NULL
 * where there is not. The name's bytes are those of the line, without escapes.
 */
const struct sequence *sequence_extend(struct sequences *sequences, const struct sequence *sequence,
	const struct key *key, const struct shape_name *name);

static inline bool
sequence_matches(const struct sequence *sequence, const char *at, size_t left)
{
	if (UNLIKELY(left < sequence->size || left < sizeof(uint64_t)))
		return false;
	if ((key_load(at) & sequence->mask) != sequence->first)
		return false;
	if (sequence->size <= 8)
		return true;
	return key_load(at + sequence->size - 8) == sequence->last &&
	       (sequence->size <= 16 || memcmp(at, sequence->text, sequence->size) == 0);
}

/* The sequence with the name, quote and colon that stand at `at`, or NULL. */
static inline const struct sequence *
sequence_next(const struct sequence *sequence, const char *at, const char *end)
{
	const struct sequence *branch = sequence->branch;

	while (branch && !sequence_matches(branch, at, (size_t)(end - at)))
		branch = branch->sibling;
	return branch;
}

#endif

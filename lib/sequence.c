/*
 * sequence.c - growing the tree of the orders in which names come.
 */
#include "sequence.h"

#include <stdlib.h>

bool
sequences_init(struct sequences *sequences, int roots)
{
	sequences->count = roots;
	sequences->capacity = roots + SEQUENCE_NODES_MAX;
	sequences->nodes = calloc((size_t)sequences->capacity, sizeof(*sequences->nodes));
	return sequences->nodes != NULL;
}

void
sequences_free(struct sequences *sequences)
{
	free(sequences->nodes);
}

bool
sequence_has(const struct sequence *sequence, const struct key *key)
{
	for (; sequence->parent; sequence = sequence->parent) {
		if (key_equal(&sequence->key, key))
			return true;
	}
	return false;
}

static void
node_fill(struct sequence *node, const struct key *key)
{
	memcpy(node->text, key->data, key->size);
	memcpy(node->text + key->size, "\":", 2);
	node->size = key->size + 2;
	node->key = key_of((struct slice){ node->text, key->size });
	node->mask = UINT64_MAX;
	if (node->size < 8) {
		char bits[8] = { 0 };

		memset(bits, 0xFF, node->size);
		node->mask = key_load(bits);
	}
	/* The text is longer than eight bytes and zero-filled. */
	node->first = key_load(node->text) & node->mask;
	if (node->size > 8)
		node->last = key_load(node->text + node->size - 8);
}

const struct sequence *
sequence_extend(struct sequences *sequences, const struct sequence *sequence, const struct key *key,
	const struct shape_name *name)
{
	/* All sequences are ours, only seen as constant by the parser. */
	struct sequence *parent = &sequences->nodes[sequence - sequences->nodes];
	struct sequence **end = &parent->branch;
	struct sequence *node;

	for (; *end; end = &(*end)->sibling) {
		if (key_equal(&(*end)->key, key))
			return *end;
	}
	if (sequences->count == sequences->capacity || parent->length == SEQUENCE_LENGTH_MAX ||
		parent->branch_count == SEQUENCE_BRANCHES_MAX || key->size > SEQUENCE_TEXT_MAX - 2)
		return NULL;
	node = &sequences->nodes[sequences->count++];
	node_fill(node, key);
	node->name = name;
	node->parent = parent;
	node->length = parent->length + 1;
	parent->branch_count++;
	*end = node;
	return node;
}

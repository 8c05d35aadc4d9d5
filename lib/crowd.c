/*
 * crowd.c - the tree beside a hash table.
 */
#include "crowd.h"

#include <stdlib.h>

enum { FIRST_NODES = 64 };

struct adding {
	struct crowd *crowd;
	crowd_compare *compare;
	const void *context;
	const void *wanted;
	uintptr_t item;
};

bool
crowd_find(const struct crowd *crowd, crowd_compare *compare, const void *context,
	const void *wanted, uintptr_t *item)
{
	uint32_t at = crowd->root;

	while (at) {
		const struct crowd_node *node = &crowd->nodes[at];
		int order = compare(context, wanted, node->item);

		if (order == 0) {
			*item = node->item;
			return true;
		}
		at = order < 0 ? node->left : node->right;
	}
	return false;
}

/* A left branch of the node's own level is turned to the right. */
static uint32_t
skew(struct crowd_node *nodes, uint32_t at)
{
	uint32_t left = nodes[at].left;

	if (!left || nodes[left].level != nodes[at].level)
		return at;
	nodes[at].left = nodes[left].right;
	nodes[left].right = at;
	return left;
}

/* Of three nodes of one level in a row the middle one rises. */
static uint32_t
split(struct crowd_node *nodes, uint32_t at)
{
	uint32_t right = nodes[at].right;

	if (!right || nodes[nodes[right].right].level != nodes[at].level)
		return at;
	nodes[at].right = nodes[right].left;
	nodes[right].left = at;
	nodes[right].level++;
	return right;
}

/* As deep as the tree is high: twice the logarithm. */
static uint32_t
add_below(const struct adding *adding, uint32_t at)
{
	struct crowd *crowd = adding->crowd;
	struct crowd_node *node = &crowd->nodes[at];
	int order;

	if (!at) {
		crowd->nodes[++crowd->count] =
			(struct crowd_node){ .item = adding->item, .level = 1 };
		return crowd->count;
	}
	order = adding->compare(adding->context, adding->wanted, node->item);
	if (order == 0) {
		node->item = adding->item;
		return at;
	}
	if (order < 0)
		node->left = add_below(adding, node->left);
	else
		node->right = add_below(adding, node->right);
	return split(crowd->nodes, skew(crowd->nodes, at));
}

bool
crowd_add(struct crowd *crowd, crowd_compare *compare, const void *context, const void *wanted,
	uintptr_t item)
{
	const struct adding adding = { crowd, compare, context, wanted, item };

	/* The first node is no item, and has level 0. */
	if (crowd->count + 2 > crowd->capacity) {
		uint32_t capacity = crowd->capacity ? 2 * crowd->capacity : FIRST_NODES;
		struct crowd_node *nodes = realloc(crowd->nodes, capacity * sizeof(*nodes));

		if (!nodes)
			return false;
		nodes[0] = (struct crowd_node){ 0 };
		crowd->nodes = nodes;
		crowd->capacity = capacity;
	}
	crowd->root = add_below(&adding, crowd->root);
	return true;
}

void
crowd_clear(struct crowd *crowd)
{
	crowd->count = 0;
	crowd->root = 0;
}

void
crowd_free(struct crowd *crowd)
{
	free(crowd->nodes);
	*crowd = (struct crowd){ 0 };
}

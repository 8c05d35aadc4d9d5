/*
 * merged.c - members who were merged into others: who they are now.
 */
#include "merged.h"

static struct merged *
merged_in(const struct member *member)
{
	return member->more ? member->more->merged : NULL;
}

static struct member *
next_of(const struct member *member)
{
	const struct merged *merged = merged_in(member);

	return merged ? merged->into : NULL;
}

struct member *
merged_root(struct member *member)
{
	while (next_of(member))
		member = next_of(member);
	return member;
}

struct member *
merged_last(struct member *key, const struct member *member)
{
	while (next_of(key) && next_of(key) != member)
		key = next_of(key);
	return key;
}

struct member *
merged_key(struct member *member, uint32_t number)
{
	const struct merged *merged = merged_in(member);

	if (number == 0)
		return member;
	return merged && number <= merged->key_count ? merged->keys[number - 1] : NULL;
}

struct slice
merged_lot_name(struct engine *engine, const struct member *member, struct slice name)
{
	for (; next_of(member); member = next_of(member))
		name = scratch_join(&engine->scratch, name, SLICE(":"), member->key, SLICE(""));
	if (engine->scratch.failed)
		engine_memory(engine);
	return name;
}

uint32_t
merged_mark(struct member *member, uint32_t mark)
{
	while (next_of(member)) {
		mark += merged_in(member)->marks;
		member = next_of(member);
	}
	return mark;
}

uint32_t
merged_lot_number(const struct member *member, uint32_t number)
{
	for (; next_of(member); member = next_of(member))
		number += merged_in(member)->lots;
	return number;
}

struct member *
merged_given_to(struct engine *engine, struct member *member, struct slice name, instant at)
{
	struct member *given = member;
	size_t longest = 0;
	struct member *key;

	for (uint32_t i = 1; engine->has_merges && (key = merged_key(member, i)); i++) {
		struct slice end = merged_lot_name(engine, key, SLICE(""));

		if (end.size <= longest || !slice_ends_with(name, end))
			continue;
		/* What is given under a merged key later ends with that key, too. */
		if (at > merged_in(key)->at)
			continue;
		longest = end.size;
		given = key;
	}
	return given;
}

instant
merged_lot_at(struct member *member, const struct member *to, uint32_t number)
{
	const struct member *key;

	for (uint32_t i = 1; (key = merged_key(member, i)); i++) {
		uint32_t first = merged_lot_number(key, 0);

		if (next_of(key) == to && number >= first && number - first < key->lots_given)
			return merged_in(key)->at;
	}
	return INSTANT_ALWAYS;
}

/*
 * references.c - members who are named in a state before their own opening has come.
 *
 * Who is not there yet gets a number above all numbers of members. When all openings have
 * been read, the states in which there are such numbers are gone through once more.
 */
#include "references.h"

#include <stdlib.h>
#include <string.h>

#include "../merged.h"
#include "../recall.h"
#include "../sales.h"

static const uint32_t PENDING = UINT32_C(1) << 31;

struct merging {
	struct member *member;
	char *key;
	size_t key_size;
	bool has;
};

/* A key that stood for nobody yet. */
struct pending {
	char *key;
	size_t size;
};

struct references {
	struct pending *keys;
	uint32_t key_count, key_capacity;
	struct member **members; /* in whose states they are */
	uint32_t member_count, member_capacity;
	struct merging *merges;
	uint32_t merge_count, merge_capacity;
};

struct references *
references_new(void)
{
	return calloc(1, sizeof(struct references));
}

void
references_free(struct references *references)
{
	if (!references)
		return;
	for (uint32_t i = 0; i < references->key_count; i++)
		free(references->keys[i].key);
	for (uint32_t i = 0; i < references->merge_count; i++)
		free(references->merges[i].key);
	free(references->keys);
	free(references->members);
	free(references->merges);
	free(references);
}

/* Room for one more. false: out of memory. */
static bool
grow(void **items, uint32_t count, uint32_t *capacity, size_t size)
{
	uint32_t larger = *capacity ? *capacity * 2 : 16;
	void *grown;

	if (count < *capacity)
		return true;
	grown = realloc(*items, larger * size);
	if (!grown)
		return false;
	*items = grown;
	*capacity = larger;
	return true;
}

static char *
copy_key(struct slice key)
{
	char *copy = malloc(key.size + 1);

	if (copy)
		memcpy(copy, key.data, key.size);
	return copy;
}

static bool
note_member(struct references *references, struct member *member)
{
	void *members = references->members;

	if (references->member_count && references->members[references->member_count - 1] == member)
		return true;
	if (!grow(&members, references->member_count, &references->member_capacity,
		    sizeof(*references->members)))
		return false;
	references->members = members;
	references->members[references->member_count++] = member;
	return true;
}

uint32_t
references_index(struct codec *codec, struct slice key)
{
	struct references *references = codec->references;
	const struct member *member = members_find(codec->engine->members, key);
	void *keys = references->keys;

	if (member)
		return member->index;
	if (!note_member(references, codec->member) ||
		!grow(&keys, references->key_count, &references->key_capacity,
			sizeof(*references->keys))) {
		codec_memory(codec);
		return 0;
	}
	references->keys = keys;
	references->keys[references->key_count] = (struct pending){ copy_key(key), key.size };
	if (!references->keys[references->key_count].key) {
		codec_memory(codec);
		return 0;
	}
	return PENDING + references->key_count++;
}

void
references_merge(struct codec *codec, struct slice key, bool has)
{
	struct references *references = codec->references;
	void *merges = references->merges;
	struct merging merging = { codec->member, copy_key(key), key.size, has };

	if (!merging.key || !grow(&merges, references->merge_count, &references->merge_capacity,
				    sizeof(*references->merges))) {
		free(merging.key);
		codec_memory(codec);
		return;
	}
	references->merges = merges;
	references->merges[references->merge_count++] = merging;
}

/* ---- settling ------------------------------------------------------------------------- */

static struct member *
known(struct codec *codec, const char *key, size_t size)
{
	struct member *member = members_find(codec->engine->members, (struct slice){ key, size });

	if (!member)
		codec_fail(codec, "", "names a member who has no opening");
	return member;
}

/* `more`: what the field has more than the number: 1 where 0 is nobody. */
static void
settle(struct codec *codec, uint32_t *field, uint32_t more)
{
	const struct pending *pending;
	const struct member *member;

	if (*field < PENDING + more)
		return;
	pending = &codec->references->keys[*field - more - PENDING];
	member = known(codec, pending->key, pending->size);
	*field = member ? member->index + more : 0;
}

static void
settle_redemption(struct codec *codec, struct redemption *redemption)
{
	if (!redemption)
		return;
	settle(codec, &redemption->member, 0);
	settle(codec, &redemption->key, 0);
	for (uint32_t i = 0; i < redemption->room_count; i++)
		settle(codec, &redemption->rooms[i].member, 0);
}

static void
settle_sale(struct codec *codec, struct sale *sale)
{
	if (!sale)
		return;
	settle(codec, &sale->paid_to, 1);
	for (struct given_posting *given = sale->first; given; given = given->next) {
		settle(codec, &given->member, 0);
		for (uint32_t i = 0; i < given->room_count; i++)
			settle(codec, &rooms_of(given)[i].member, 0);
	}
	if (sale->back && sale->back->recall)
		settle(codec, &sale->back->recall->receiver, 1);
}

static void
settle_fact(struct codec *codec, struct past_fact *fact)
{
	if (fact->type == FACT_PURCHASE)
		settle_sale(codec, past_open_sale(fact));
	if (fact->type == FACT_REDEEM)
		settle_redemption(codec, fact->redemption);
	if (fact->type == FACT_RETURN && fact->returned)
		settle(codec, &fact->returned->key, 0);
}

static void
settle_vouchers(struct codec *codec, struct member_more *more)
{
	for (uint32_t i = 0; more && i < more->voucher_count; i++) {
		struct voucher *voucher = &more->vouchers[i];

		settle(codec, &voucher->cause_key, 0);
		settle(codec, &voucher->used_key, 0);
		if (!voucher->origin)
			continue;
		settle(codec, &voucher->origin->key, 0);
		settle_redemption(codec, voucher->origin->paid);
	}
}

static void
settle_member(struct codec *codec, struct member *member)
{
	settle(codec, &member->referrer, 1);
	for (struct past_fact *fact = past_next(member, NULL); fact; fact = past_next(member, fact))
		settle_fact(codec, fact);
	settle_vouchers(codec, member->more);
}

static void
settle_merge(struct codec *codec, const struct merging *merging)
{
	struct member *other = known(codec, merging->key, merging->key_size);
	struct merged *merged = member_merged(codec->engine->programme, merging->member);
	struct member **keys;

	if (!other || !merged) {
		codec_memory(codec);
		return;
	}
	codec->engine->has_merges = true;
	if (!merging->has) {
		if (merged->into || merged_root(other) == merging->member)
			codec_fail(codec, "into", "a circle of merged members");
		else
			merged->into = other;
		return;
	}
	keys = realloc(merged->keys, (merged->key_count + 1) * sizeof(*keys));
	if (!keys) {
		codec_memory(codec);
		return;
	}
	merged->keys = keys;
	keys[merged->key_count++] = other;
}

bool
references_settle(struct codec *codec)
{
	struct references *references = codec->references;

	for (uint32_t i = 0; i < references->member_count && !codec->failed; i++)
		settle_member(codec, references->members[i]);
	for (uint32_t i = 0; i < references->merge_count && !codec->failed; i++)
		settle_merge(codec, &references->merges[i]);
	return !codec->failed;
}

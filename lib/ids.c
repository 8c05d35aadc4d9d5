/*
 * ids.c - the ids of postings, and the names that lots have by them.
 */
#include "ids.h"

#include <string.h>

#include "apply.h"
#include "lots.h"
#include "replay.h"
#include "voucher_index.h"

/* An id that was given, so that a second one of the same of, rule and member gets #2. */
struct given_id {
	struct given_id *next;
	const struct member *member;
	struct slice id;
	int count;
};

/* of:rule, and whose key the cause has where the posting is another's. */
static struct slice
base_id(struct engine *engine, const struct cause *cause, const struct member *member,
	struct slice rule)
{
	size_t size = cause->id.size + 1 + rule.size;
	char *id = scratch_take(&engine->scratch, size);

	if (!id) {
		engine_memory(engine);
		return SLICE("");
	}
	bytes_copy(id, cause->id.data, cause->id.size);
	id[cause->id.size] = ':';
	bytes_copy(id + cause->id.size + 1, rule.data, rule.size);
	if (member == cause->key)
		return (struct slice){ id, size };
	return scratch_join(&engine->scratch, (struct slice){ id, size }, SLICE(":"),
		cause->key->key, SLICE(""));
}

/* How often a fact without id, of the same name, has given this id before. */
static int
count_nameless(struct engine *engine, const struct cause *cause, const struct member *member,
	struct slice id)
{
	/* Postings of two others may have one id. */
	if (member != cause->key)
		id = scratch_join(&engine->scratch, id, SLICE("\n"), member->key, SLICE(""));
	return replay_count_id(engine, cause->member, cause->at, id);
}

struct slice
number_id(struct engine *engine, struct slice id, int number)
{
	char digits[DECIMAL_TEXT_MAX];
	size_t size = decimal_format(number, 0, digits);

	return scratch_join(
		&engine->scratch, id, SLICE("#"), (struct slice){ digits, size }, SLICE(""));
}

/* Types of postings that may make a lot, which is called by the id. */
#define NAMES_LOTS                                                                                 \
	(UINT64_C(1) << POSTING_EARNED | UINT64_C(1) << POSTING_ADJUSTED |                         \
		UINT64_C(1) << POSTING_REDEEMED | UINT64_C(1) << POSTING_RESTORED |                \
		UINT64_C(1) << POSTING_TRANSFERRED)

/* Whose ids are not to be those of others before them. */
#define NAMES (NAMES_LOTS | UINT64_C(1) << POSTING_ISSUED)

/* The number of an id that goes on from another: 1: it is that one; 0: it does not go on. */
static int
number_of(struct slice id, struct slice base)
{
	struct slice digits;
	int64_t number;

	if (slice_equal(id, base))
		return 1;
	if (id.size < base.size + 2 || memcmp(id.data, base.data, base.size) != 0 ||
		id.data[base.size] != '#')
		return 0;
	digits = (struct slice){ id.data + base.size + 1, id.size - base.size - 1 };
	if (digits.data[0] == '0' || decimal_parse(digits, 0, &number) != DECIMAL_OK ||
		number < 2 || number > INT32_MAX)
		return 0;
	return (int)number;
}

/* Whether postings may still mean a lot of the member that is called so; facts, a voucher. */
static inline bool
is_taken(struct engine *engine, struct naming *naming, struct slice id)
{
	if (naming->type == POSTING_ISSUED)
		return voucher_find(engine, naming->member, id, naming->at) != NULL;
	naming->call = lot_call_of(id);
	return (lot_may_be_called(naming->member, naming->call) &&
		       lot_lives(engine->programme, naming->member, id, -1, &naming->call)) ||
	       redemptions_took(engine, naming->member, id, naming->call);
}

/*
 * Gives the id its number, *number or one after it: it is not taken. A process that keeps no
 * lots has the word of those that do.
 */
static struct slice
free_id(struct engine *engine, struct naming *naming, struct slice base, int *number)
{
	struct slice id = *number == 1 ? base : number_id(engine, base, *number);

	if (!(NAMES >> naming->type & 1))
		return id;
	if (!engine->keeps_lots) {
		int stated = number_of(naming->stated, base);

		if (stated <= *number)
			return id;
		*number = stated;
		return naming->stated;
	}
	while (engine->status == LOYALTY_OK && is_taken(engine, naming, id))
		id = number_id(engine, base, ++*number);
	return id;
}

struct slice
posting_id(
	struct engine *engine, const struct cause *cause, struct naming *naming, struct slice rule)
{
	const struct member *member = naming->member;
	struct slice id = base_id(engine, cause, member, rule);
	struct given_id *given;
	int number;

	naming->at = cause->at;
	if (cause->fact && cause->fact->id.size == 0) {
		number = count_nameless(engine, cause, member, id);
		return free_id(engine, naming, id, &number);
	}
	for (given = engine->group_ids; given; given = given->next)
		if (given->member == member && slice_equal(given->id, id)) {
			given->count++;
			return free_id(engine, naming, id, &given->count);
		}
	given = scratch_take(&engine->scratch, sizeof(*given));
	if (!given) {
		engine_memory(engine);
		return id;
	}
	*given = (struct given_id){ engine->group_ids, member, id, 1 };
	engine->group_ids = given;
	if (!(NAMES >> naming->type & 1) || (engine->keeps_lots && !is_taken(engine, naming, id)))
		return id;
	return free_id(engine, naming, id, &given->count);
}

/*
 * redemptions.c - what redemptions of an opening took and gave, and the rooms of limits
 * that they and sales used.
 */
#include <stdlib.h>

#include "../apply.h"
#include "../lots.h"
#include "../taken.h"
#include "names.h"
#include "state.h"

void
code_room(struct codec *codec, struct room_used *room)
{
	int counter = (int)room->counter;
	uint64_t by = room->by;

	code_counter(codec, &counter);
	code_hash(codec, "by", &by);
	code_instant(codec, "at", &room->window, INSTANT_ALWAYS);
	code_count(codec, "n", &room->amount, 0);
	code_count(codec, "held", &room->held, room->amount);
	code_member(codec, "member", &room->member, codec->member->index);
	room->counter = (uint32_t)counter;
	room->by = by;
}

static void
write_lots(struct codec *codec, const char *name, struct lot *lots, uint32_t count)
{
	if (!code_list(codec, name, count > 0))
		return;
	for (uint32_t i = 0; i < count; i++)
		(void)code_lot_alone(codec, &lots[i]);
	code_list_end(codec);
}

/* A list of lots, from scratch. */
static struct lot *
read_lots(struct codec *codec, const char *name, uint32_t *count)
{
	struct lot *lots;

	*count = 0;
	if (!code_list(codec, name, false))
		return NULL;
	lots = scratch_take(&codec->engine->scratch, (code_left(codec) + 1) * sizeof(*lots));
	if (!lots)
		codec_memory(codec);
	while (lots && code_lot_alone(codec, &lots[*count]))
		if (!codec->failed)
			++*count;
	code_list_end(codec);
	return lots;
}

/* What of each lot that was taken has been given back. */
static void
code_back(struct codec *codec, struct redemption *redemption)
{
	uint32_t i = 0;

	if (!code_list(codec, "back", redemption->back != NULL))
		return;
	if (!redemption->back)
		redemption->back = calloc(redemption->taken_count + 1, sizeof(int64_t));
	if (!redemption->back) {
		codec_memory(codec);
		return;
	}
	for (; (!writes(codec) || i < redemption->taken_count) && code_next(codec); i++) {
		int64_t back = writes(codec) ? redemption->back[i] : 0;

		value_count(codec, &back);
		if (!writes(codec) && i < redemption->taken_count)
			redemption->back[i] = back;
	}
	code_list_end(codec);
}

static void
code_rooms(struct codec *codec, struct redemption *redemption)
{
	size_t room;

	if (!code_list(codec, "rooms", redemption->room_count > 0))
		return;
	for (uint32_t i = 0; writes(codec) && i < redemption->room_count; i++) {
		(void)code_next_object(codec);
		code_room(codec, &redemption->rooms[i]);
		code_object_end(codec);
	}
	if (!writes(codec)) {
		room = code_left(codec);
		redemption->rooms = malloc((room + 1) * sizeof(*redemption->rooms));
		if (!redemption->rooms)
			codec_memory(codec);
	}
	while (!writes(codec) && code_next_object(codec)) {
		struct room_used *used = &redemption->rooms[redemption->room_count];

		*used = (struct room_used){ 0 };
		code_room(codec, used);
		code_object_end(codec);
		if (used->counter != UINT32_MAX)
			redemption->room_count++;
	}
	code_list_end(codec);
}

/* What it was, but for its lots. */
static void
code_head(struct codec *codec, struct redemption *redemption)
{
	int reward = redemption->reward;

	code_reward(codec, "reward", &reward);
	code_member(codec, "member", &redemption->member, codec->member->index);
	CODE_NUMBER(codec, "sale", redemption->sale, 0);
	if (redemption->sale)
		code_member(codec, "key", &redemption->key, codec->member->index);
	redemption->reward = reward;
}

static struct redemption *
read_redemption(struct codec *codec)
{
	struct slab *slab = members_slab(codec->engine->members);
	struct redemption head = { .reward = -1 };
	struct redemption *redemption;
	uint32_t given_count;
	const struct lot *taken, *given;

	code_head(codec, &head);
	taken = read_lots(codec, "taken", &head.taken_count);
	given = read_lots(codec, "given", &given_count);
	head.taken_room = head.taken_count + given_count;
	/* What a reward gave that is gone stays with the member. */
	head.given_count = head.reward >= 0 ? given_count : 0;
	redemption = slab_take(slab, redemption_size(head.taken_room));
	if (!redemption) {
		codec_memory(codec);
		return NULL;
	}
	*redemption = head;
	if (head.taken_count)
		memcpy(redemption->taken, taken, head.taken_count * sizeof(*taken));
	if (given_count)
		memcpy(redemption->taken + head.taken_count, given, given_count * sizeof(*given));
	if (gives_back(codec->engine))
		taken_names_add(codec->engine, codec->member, redemption);
	code_back(codec, redemption);
	code_rooms(codec, redemption);
	return redemption;
}

struct redemption *
code_redemption(struct codec *codec, const char *name, struct redemption *redemption)
{
	if (!code_object(codec, name, redemption != NULL))
		return redemption;
	if (writes(codec)) {
		code_head(codec, redemption);
		write_lots(codec, "taken", redemption->taken, redemption->taken_count);
		write_lots(codec, "given", redemption->taken + redemption->taken_count,
			redemption->given_count);
		code_back(codec, redemption);
		code_rooms(codec, redemption);
	} else {
		redemption = read_redemption(codec);
	}
	code_object_end(codec);
	return redemption;
}

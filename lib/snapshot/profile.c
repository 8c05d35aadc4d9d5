/*
 * profile.c - who the member of an opening is: dates, profile, merges, names given.
 */
#include <stdlib.h>
#include <string.h>

#include "../replay.h"
#include "names.h"
#include "references.h"
#include "state.h"

/* ---- what has been done ------------------------------------------------------------- */

static const char *const SLOTS[] = { "record", "tier", "expire", "usable" };
static const uint32_t SLOT_NUMBERS[] = { SLOT_RECORD, SLOT_TIER, SLOT_EXPIRE, SLOT_USABLE };

/* The place of a moment, as the programme writes it; of one that is gone, behind all others. */
static void
code_moment(struct codec *codec, uint32_t *slot)
{
	const struct programme *programme = codec->engine->programme;
	struct slice name = SLICE("");

	if (writes(codec))
		name = programme->moments[*slot & (SLOT_TIER - 1)].name;
	code_text(codec, "moment", &name);
	if (writes(codec) || name.size == 0)
		return;
	*slot = SLOT_RECORD - 1;
	for (int i = 0; i < programme->moment_count; i++)
		if (slice_equal(programme->moments[i].name, name))
			*slot = (uint32_t)i +
				(programme->moments[i].closes ? SLOT_CLOSING : SLOT_OPENING);
}

static void
code_slot(struct codec *codec, uint32_t *slot)
{
	int place = 0;

	while (writes(codec) && place < 4 && SLOT_NUMBERS[place] != *slot)
		place++;
	if (place < 4)
		code_word(codec, "slot", SLOTS, 4, &place);
	if (!writes(codec))
		*slot = SLOT_NUMBERS[place];
	if (!writes(codec) || place == 4)
		code_moment(codec, slot);
}

static void
code_done(struct codec *codec, struct member *member)
{
	struct schedule_key usual = { member->clock, SLOT_RECORD };
	bool there = member->done.at != usual.at || member->done.slot != usual.slot;

	if (!writes(codec))
		member->done = usual;
	if (!code_object(codec, "done", there))
		return;
	code_instant(codec, "at", &member->done.at, member->clock);
	codec_dated(codec, "done", member->done.at);
	code_slot(codec, &member->done.slot);
	code_object_end(codec);
}

/* ---- dates -------------------------------------------------------------------------------- */

/* "05-17" */
static void
code_birthday(struct codec *codec, struct member *member)
{
	char buffer[8];
	struct slice text = { buffer, 0 };
	int month = member->birth_month, day = member->birth_day;

	if (month) {
		buffer[0] = (char)('0' + month / 10);
		buffer[1] = (char)('0' + month % 10);
		buffer[2] = '-';
		buffer[3] = (char)('0' + day / 10);
		buffer[4] = (char)('0' + day % 10);
		text.size = 5;
	}
	code_text(codec, "birthday", &text);
	if (writes(codec) || text.size == 0)
		return;
	if (text.size != 5 || text.data[2] != '-') {
		codec_fail(codec, "birthday", "expected a month and a day");
		return;
	}
	month = (text.data[0] - '0') * 10 + text.data[1] - '0';
	day = (text.data[3] - '0') * 10 + text.data[4] - '0';
	if (month < 1 || month > 12 || day < 1 || day > 31) {
		codec_fail(codec, "birthday", "expected a month and a day");
		return;
	}
	member->birth_month = (uint8_t)month;
	member->birth_day = (uint8_t)day;
}

static void
write_attributes(struct codec *codec)
{
	const struct programme *programme = codec->engine->programme;
	const struct member_more *more = codec->member->more;
	bool some = false;

	for (int i = 0; more && i < programme->attribute_count; i++)
		some = some || more->attributes[i].kind != VALUE_ABSENT;
	if (!code_object(codec, "profile", some))
		return;
	for (int i = 0; i < programme->attribute_count; i++) {
		const struct attribute_value *value = &more->attributes[i];
		struct slice text = { value->text, value->size };

		if (value->kind == VALUE_ABSENT)
			continue;
		write_name(codec, programme->attributes[i].name);
		if (value->kind == VALUE_STRING)
			value_text(codec, &text);
		else
			value_raw(codec, &text);
	}
	code_object_end(codec);
}

static void
keep_attribute(struct codec *codec, struct attribute_value *attribute, struct slice text,
	enum value_kind kind)
{
	attribute->text = malloc(text.size + 1);
	if (!attribute->text) {
		codec_memory(codec);
		return;
	}
	memcpy(attribute->text, text.data, text.size);
	attribute->text[text.size] = '\0';
	attribute->size = (uint32_t)text.size;
	attribute->kind = (uint8_t)kind;
}

static void
read_attribute(struct codec *codec, struct slice name)
{
	const struct programme *programme = codec->engine->programme;
	struct member_more *more = member_more(programme, codec->member);
	enum value_kind kind = value_kind_next(codec);
	struct slice text = SLICE("");

	if (kind == VALUE_STRING)
		value_text(codec, &text);
	else
		value_raw(codec, &text);
	if (!more)
		codec_memory(codec);
	for (int i = 0; !codec->failed && i < programme->attribute_count; i++)
		if (slice_equal(programme->attributes[i].name, name)) {
			keep_attribute(codec, &more->attributes[i], text, kind);
			return;
		}
	if (!codec->changed)
		codec_fail(codec, "profile", "names what the programme does not look at");
}

static void
read_attributes(struct codec *codec)
{
	struct slice name;

	if (!code_object(codec, "profile", false))
		return;
	while (read_name(codec, &name))
		read_attribute(codec, name);
	code_object_end(codec);
}

void
code_profile(struct codec *codec)
{
	struct member *member = codec->member;
	uint32_t referrer = member->referrer - 1;

	code_instant(codec, "seen", &member->seen, member->clock);
	code_instant(codec, "enrolled", &member->enrolled, INSTANT_NEVER);
	code_done(codec, member);
	CODE_BIT(codec, "left", member->left);
	CODE_BIT(codec, "look", member->look_at_ends);
	code_birthday(codec, member);
	code_member(codec, "referrer", &referrer, UINT32_MAX);
	member->referrer = referrer + 1;
	if (writes(codec))
		write_attributes(codec);
	else
		read_attributes(codec);
}

/* ---- merges ---------------------------------------------------------------------------------- */

static void
write_merged(struct codec *codec, const struct merged *merged)
{
	struct slice key = merged->into ? merged->into->key : SLICE("");
	uint32_t marks = merged->marks, lots = merged->lots;
	instant at = merged->at;

	code_text(codec, "into", &key);
	CODE_NUMBER(codec, "marks", marks, 0);
	CODE_NUMBER(codec, "lots", lots, 0);
	code_instant(codec, "at", &at, 0);
	if (!code_list(codec, "keys", merged->key_count > 0))
		return;
	for (uint32_t i = 0; i < merged->key_count; i++) {
		(void)code_next(codec);
		key = merged->keys[i]->key;
		value_text(codec, &key);
	}
	code_list_end(codec);
}

static void
read_merged(struct codec *codec)
{
	struct merged *merged = member_merged(codec->engine->programme, codec->member);
	struct slice key = SLICE("");
	uint32_t marks = 0, lots = 0;
	instant at = 0;

	code_text(codec, "into", &key);
	if (key.size)
		references_merge(codec, key, false);
	CODE_NUMBER(codec, "marks", marks, 0);
	CODE_NUMBER(codec, "lots", lots, 0);
	code_instant(codec, "at", &at, 0);
	if (merged) {
		merged->marks = marks;
		merged->lots = lots;
		merged->at = at;
	} else {
		codec_memory(codec);
	}
	if (!code_list(codec, "keys", false))
		return;
	while (code_next(codec)) {
		value_text(codec, &key);
		references_merge(codec, key, true);
	}
	code_list_end(codec);
}

void
code_merged(struct codec *codec)
{
	const struct member_more *more = codec->member->more;

	if (!code_object(codec, "merged", more && more->merged))
		return;
	if (writes(codec))
		write_merged(codec, more->merged);
	else
		read_merged(codec);
	code_object_end(codec);
}

/* ---- names given at this instant ---------------------------------------------------------------- */

static void
write_names_now(struct codec *codec)
{
	struct slice id = SLICE("");
	bool any = replay_next_id(codec->member, &id);

	if (!code_list(codec, "names", any))
		return;
	for (; any; any = replay_next_id(codec->member, &id)) {
		(void)code_next(codec);
		value_text(codec, &id);
	}
	code_list_end(codec);
}

static void
read_names_now(struct codec *codec)
{
	struct slice id;

	if (!code_list(codec, "names", false))
		return;
	while (code_next(codec)) {
		value_text(codec, &id);
		(void)replay_count_id(codec->engine, codec->member, codec->member->clock, id);
	}
	code_list_end(codec);
}

void
code_names_now(struct codec *codec)
{
	if (writes(codec))
		write_names_now(codec);
	else
		read_names_now(codec);
}

/*
 * vouchers.c - the vouchers of an opening, and where they came from.
 */
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "state.h"
#include "voucher_index.h"

static const char *const STATES[] = { "open", "used", "expired", "void" };
static const char *const ORIGINS[] = { "fact", "reach", "level", "reward" };

/* ---- origins ---------------------------------------------------------------------- */

/* The level that brought it, or the threshold, in the words of its ladder or unit. */
static void
code_reason(struct codec *codec, struct voucher_origin *origin)
{
	int kind = (int)origin->kind;
	int ladder = -1, level = -1;

	code_word(codec, "by", ORIGINS, 4, &kind);
	origin->kind = (enum origin_kind)kind;
	if (writes(codec) && kind == ORIGIN_LEVEL) {
		ladder = origin->index;
		level = (int)origin->threshold;
	}
	code_ladder(codec, "ladder", &ladder);
	code_level(codec, "level", ladder, &level);
	if (kind == ORIGIN_LEVEL && !writes(codec)) {
		origin->index = ladder;
		origin->threshold = level;
	}
	if (kind != ORIGIN_REACH)
		return;
	CODE_NUMBER(codec, "reach", origin->index, 0);
	code_count(codec, "at", &origin->threshold, 0);
	code_instant(codec, "window", &origin->window, INSTANT_ALWAYS);
}

/* Thresholds of another version are not these, and its ladders may be gone. */
static bool
still_tells(const struct codec *codec, const struct voucher_origin *origin)
{
	if (!codec->changed)
		return true;
	return origin->kind != ORIGIN_REACH &&
	       (origin->kind != ORIGIN_LEVEL || (origin->index >= 0 && origin->threshold >= 0));
}

static struct voucher_origin *
code_origin(struct codec *codec, struct voucher_origin *origin)
{
	if (!code_object(codec, "from", origin != NULL))
		return origin;
	if (!writes(codec))
		origin = calloc(1, sizeof(*origin));
	if (!origin) {
		codec_memory(codec);
		return NULL;
	}
	CODE_NUMBER(codec, "sale", origin->sale, 0);
	code_member(codec, "key", &origin->key, codec->member->index);
	code_reason(codec, origin);
	origin->paid = code_redemption(codec, "paid", origin->paid);
	code_object_end(codec);
	if (!writes(codec) && !still_tells(codec, origin)) {
		voucher_origin_free(members_slab(codec->engine->members), origin);
		return NULL;
	}
	return origin;
}

/* ---- vouchers ---------------------------------------------------------------------- */

/* A voucher with its names as slices. */
struct whole_voucher {
	struct voucher voucher;
	struct slice id, cause;
	int reward, given, state;
};

static void
code_worth(struct codec *codec, struct voucher *voucher)
{
	struct ratio percent = ratio_of(voucher->percent.num, voucher->percent.den);

	code_count(codec, "qty", &voucher->qty, 0);
	code_count(codec, "off", &voucher->off, -1);
	code_ratio(codec, "percent", &percent, NO_RATIO);
	code_count(codec, "up_to", &voucher->up_to, -1);
	if (writes(codec))
		return;
	if (narrow_overflows(percent.num, &voucher->percent.num) ||
		narrow_overflows(percent.den, &voucher->percent.den))
		codec_fail(codec, "percent", "expected a fraction");
}

/* One that expired did so at its end, unless a cancel opened it after that. */
static void
code_over(struct codec *codec, struct whole_voucher *whole)
{
	struct voucher *voucher = &whole->voucher;
	instant usual = whole->state == VOUCHER_EXPIRED ? voucher->until : INSTANT_NEVER;

	if (!writes(codec))
		voucher->over = INSTANT_NEVER;
	if (whole->state != VOUCHER_OPEN)
		code_instant(codec, "over", &voucher->over, usual);
	if (voucher->over != INSTANT_NEVER)
		codec_dated(codec, "over", voucher->over);
}

static void
code_voucher(struct codec *codec, struct whole_voucher *whole)
{
	struct voucher *voucher = &whole->voucher;
	uint32_t self = codec->member->index;

	code_text(codec, "voucher", &whole->id);
	code_reward(codec, "reward", &whole->reward);
	code_word(codec, "state", STATES, 4, &whole->state);
	code_instant(codec, "usable", &voucher->usable, INSTANT_ALWAYS);
	code_instant(codec, "until", &voucher->until, INSTANT_NEVER);
	code_over(codec, whole);
	code_worth(codec, voucher);
	code_reward(codec, "given", &whole->given);
	code_text(codec, "of", &whole->cause);
	code_member(codec, "key", &voucher->cause_key, self);
	CODE_NUMBER(codec, "used", voucher->used_sale, 0);
	code_member(codec, "used_key", &voucher->used_key, voucher->used_sale ? self : 0);
	voucher->origin = code_origin(codec, voucher->origin);
}

static void
write_voucher(struct codec *codec, const struct voucher *voucher)
{
	struct whole_voucher whole = {
		.voucher = *voucher,
		.id = { voucher->id, voucher->id_size },
		.cause = slice_of(voucher->cause),
		.reward = voucher->reward,
		.given = voucher->given,
		.state = voucher->state,
	};

	/* That of an open one has been cancelled. */
	if (voucher->state != VOUCHER_USED || !voucher->used_sale)
		whole.voucher.used_key = whole.voucher.used_sale = 0;
	(void)code_next_object(codec);
	code_voucher(codec, &whole);
	code_object_end(codec);
}

static char *
copy(struct codec *codec, struct slice text)
{
	char *copied = malloc(text.size + 1);

	if (!copied) {
		codec_memory(codec);
		return NULL;
	}
	memcpy(copied, text.data, text.size);
	copied[text.size] = '\0';
	return copied;
}

static void
keep_voucher(struct codec *codec, const struct whole_voucher *whole)
{
	struct member_more *more = member_more(codec->engine->programme, codec->member);
	struct voucher *voucher =
		more ? voucher_add(codec->engine, more, codec->member->done.at) : NULL;

	if (!voucher) {
		codec_memory(codec);
		return;
	}
	*voucher = whole->voucher;
	voucher->id = copy(codec, whole->id);
	voucher->id_size = (uint32_t)whole->id.size;
	voucher->cause = copy(codec, whole->cause);
	voucher->reward = (int16_t)whole->reward;
	voucher->given = (int16_t)whole->given;
	voucher->state = (uint8_t)whole->state;
}

static void
read_voucher(struct codec *codec)
{
	struct whole_voucher whole = { .reward = -1, .given = -1 };
	bool kept = codec->engine->active & (DECIDE_REDEEM | DECIDE_EXPIRE);

	code_voucher(codec, &whole);
	if (whole.reward < 0 && whole.state == VOUCHER_OPEN)
		codec_fail(codec, "vouchers",
			"a voucher is open of a reward that the programme does not have any more");
	if (!codec->failed && kept && whole.reward >= 0)
		keep_voucher(codec, &whole);
	else
		voucher_origin_free(members_slab(codec->engine->members), whole.voucher.origin);
}

/* Nothing asks for one at an earlier time than that up to which all has been done. */
static bool
matters_still(const struct codec *codec, const struct voucher *voucher)
{
	return voucher_matters(codec->engine->programme, voucher, codec->member->done.at);
}

void
code_vouchers(struct codec *codec)
{
	const struct member_more *more = codec->member->more;
	bool some = false;

	for (uint32_t i = 0; more && i < more->voucher_count; i++)
		some = some || matters_still(codec, &more->vouchers[i]);
	if (!code_list(codec, "vouchers", some))
		return;
	for (uint32_t i = 0; writes(codec) && i < more->voucher_count; i++)
		if (matters_still(codec, &more->vouchers[i]))
			write_voucher(codec, &more->vouchers[i]);
	while (!writes(codec) && code_next_object(codec)) {
		read_voucher(codec);
		code_object_end(codec);
	}
	code_list_end(codec);
}

/*
 * lots.c - lots and debts of an opening.
 */
#include "../lots.h"

#include <stdlib.h>

#include "names.h"
#include "state.h"

/* ---- what is left, as in a posting ------------------------------------------- */

static void
put_amounts(struct codec *codec, struct slice name, const int64_t *amounts)
{
	const struct programme *programme = codec->engine->programme;

	write_name(codec, name);
	writer_put_char(codec->out, '{');
	codec->comma = false;
	for (int i = 0; i < programme->unit_count; i++) {
		if (!amounts[i])
			continue;
		write_name(codec, programme->units[i].id);
		writer_put_decimal(codec->out, amounts[i], programme->units[i].decimals);
	}
	writer_put_char(codec->out, '}');
	codec->comma = true;
}

/* A lot of which something is left, and the first of its name. */
struct left {
	struct slice name;
	uint32_t place, first;
};

static int
compare_names(const void *left, const void *right)
{
	const struct left *a = left;
	const struct left *b = right;
	int order = slice_compare(a->name, b->name);

	return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int
compare_firsts(const void *left, const void *right)
{
	const struct left *a = left;
	const struct left *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

/* Those of one name stand together, where the first of them stands. */
static struct left *
sort_left(struct codec *codec, const struct member *member, size_t *count)
{
	struct left *left =
		scratch_take(&codec->engine->scratch, (member->lot_count + 1) * sizeof(*left));

	*count = 0;
	if (!left) {
		codec_memory(codec);
		return NULL;
	}
	for (uint32_t i = 0; i < member->lot_count; i++)
		if (member->lots[i].left)
			left[(*count)++] =
				(struct left){ lot_name(codec->engine, &member->lots[i]), i, i };
	qsort(left, *count, sizeof(*left), compare_names);
	for (size_t i = 1; i < *count; i++)
		if (slice_equal(left[i].name, left[i - 1].name))
			left[i].first = left[i - 1].first;
	qsort(left, *count, sizeof(*left), compare_firsts);
	return left;
}

static void
put_left(struct codec *codec, const struct member *member, const struct left *left, size_t count,
	int64_t *amounts)
{
	size_t size = (size_t)codec->engine->programme->unit_count * sizeof(*amounts);

	for (size_t i = 0; i < count;) {
		uint32_t first = left[i].first;
		struct slice name = left[i].name;

		memset(amounts, 0, size);
		for (; i < count && left[i].first == first; i++) {
			const struct lot *lot = &member->lots[left[i].place];

			amounts[lot->unit] += lot->left;
		}
		put_amounts(codec, name, amounts);
	}
}

static void
put_debt(struct codec *codec, const struct member_more *more, int64_t *amounts)
{
	for (uint32_t i = 0; i < more->debt_count; i++)
		amounts[more->debts[i].unit] -= more->debts[i].amount;
	put_amounts(codec, DEBT_NAME, amounts);
}

void
write_lots_left(struct codec *codec, const struct member *member)
{
	struct engine *engine = codec->engine;
	size_t size = (size_t)engine->programme->unit_count * sizeof(int64_t);
	bool debt = member->more && member->more->debt_count;
	int64_t *amounts = scratch_take(&engine->scratch, size + 1);
	size_t count;
	const struct left *left = sort_left(codec, member, &count);

	if (!amounts || !left || !code_object(codec, "lots", debt || count))
		return;
	put_left(codec, member, left, count, amounts);
	memset(amounts, 0, size);
	if (debt)
		put_debt(codec, member->more, amounts);
	code_object_end(codec);
}

/* ---- lots ---------------------------------------------------------------------- */

/* A lot with all that hangs on it. */
struct whole_lot {
	struct slice name;
	struct lot lot;
	instant usable;
	int64_t dead;
	int unit, rule;
};

static void
code_lot(struct codec *codec, struct whole_lot *whole)
{
	struct lot *lot = &whole->lot;

	code_text(codec, "lot", &whole->name);
	code_unit(codec, &whole->unit);
	code_count(codec, "left", &lot->left, 0);
	code_dated(codec, "earned", &lot->earned);
	code_instant(codec, "until", &lot->until, INSTANT_NEVER);
	code_instant(codec, "usable", &whole->usable, INSTANT_ALWAYS);
	CODE_NUMBER(codec, "n", lot->number, 0);
	code_rule(codec, "rule", &whole->rule);
	code_count(codec, "dead", &whole->dead, 0);
	CODE_BIT(codec, "kept", lot->kept);
	CODE_BIT(codec, "gone", lot->gone);
	if (writes(codec))
		return;
	lot->unit = (uint8_t)(whole->unit < 0 ? 0 : whole->unit);
	lot->rule = (int16_t)whole->rule;
}

static struct whole_lot
whole_of(struct codec *codec, const struct lot *lot)
{
	struct whole_lot whole = {
		.name = lot_name(codec->engine, lot),
		.lot = *lot,
		.usable = lot_usable(lot),
		.dead = lot_dead(lot),
		.unit = lot->unit,
		.rule = lot->rule,
	};

	if (whole.dead && !lot_may_be_returned(codec->engine->programme, codec->member, lot))
		whole.dead = 0;
	return whole;
}

static void
put_lot(struct codec *codec, const struct whole_lot *whole)
{
	struct engine *engine = codec->engine;
	struct lot *lot;

	if (whole->unit < 0 && whole->lot.left)
		codec_fail(codec, "lots",
			"a lot is of a unit that the programme does not have any more");
	if (codec->failed || whole->unit < 0 || !engine->keeps_lots)
		return;
	lot = lot_put_back(engine, codec->member, whole->name, &whole->lot, whole->usable);
	if (lot && whole->dead)
		lot_dies(engine, codec->member, lot, whole->dead);
}

void
code_lots(struct codec *codec)
{
	struct member *member = codec->member;
	const struct programme *programme = codec->engine->programme;
	bool some = false;

	CODE_NUMBER(codec, "lots_given", member->lots_given, 0);
	for (uint32_t i = 0; i < member->lot_count; i++)
		some = some || lot_matters(programme, member, &member->lots[i]);
	if (!code_list(codec, "lots", some))
		return;
	for (uint32_t i = 0; writes(codec) && i < member->lot_count; i++) {
		struct whole_lot whole = whole_of(codec, &member->lots[i]);

		if (!lot_matters(programme, member, &member->lots[i]))
			continue;
		(void)code_next_object(codec);
		code_lot(codec, &whole);
		code_object_end(codec);
	}
	while (!writes(codec) && code_next_object(codec)) {
		struct whole_lot whole = { 0 };

		code_lot(codec, &whole);
		code_object_end(codec);
		put_lot(codec, &whole);
	}
	code_list_end(codec);
}

bool
code_lot_alone(struct codec *codec, struct lot *lot)
{
	struct whole_lot whole = { 0 };

	if (!code_next_object(codec))
		return false;
	if (writes(codec))
		whole = whole_of(codec, lot);
	code_lot(codec, &whole);
	code_object_end(codec);
	if (!writes(codec) && !codec->failed) {
		*lot = whole.lot;
		lot->left = whole.unit < 0 ? 0 : lot->left;
		if (!lot_make(codec->engine, whole.name, whole.usable, lot))
			codec_memory(codec);
	}
	return true;
}

/* ---- debts ----------------------------------------------------------------------- */

static void
code_debt(struct codec *codec, struct debt *debt)
{
	code_unit(codec, &debt->unit);
	code_count(codec, "amount", &debt->amount, 0);
	code_count(codec, "waive", &debt->to_waive, 0);
	CODE_NUMBER(codec, "lots", debt->lots_before, 0);
	if (debt->unit < 0)
		codec_fail(codec, "debts",
			"a debt is of a unit that the programme does not have any more");
}

static void
put_debt_read(struct codec *codec, const struct debt *debt)
{
	struct member_more *more = member_more(codec->engine->programme, codec->member);
	struct debt *debts;

	if (codec->failed || !codec->engine->keeps_lots)
		return;
	debts = more ? realloc(more->debts, (more->debt_count + 1) * sizeof(*debts)) : NULL;
	if (!debts) {
		codec_memory(codec);
		return;
	}
	more->debts = debts;
	debts[more->debt_count++] = *debt;
}

void
code_debts(struct codec *codec)
{
	const struct member_more *more = codec->member->more;

	if (!code_list(codec, "debts", more && more->debt_count))
		return;
	for (uint32_t i = 0; writes(codec) && i < more->debt_count; i++) {
		(void)code_next_object(codec);
		code_debt(codec, &more->debts[i]);
		code_object_end(codec);
	}
	while (!writes(codec) && code_next_object(codec)) {
		struct debt debt = { 0 };

		code_debt(codec, &debt);
		code_object_end(codec);
		put_debt_read(codec, &debt);
	}
	code_list_end(codec);
}

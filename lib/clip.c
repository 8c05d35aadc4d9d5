/*
 * clip.c - what limits leave of a rule's firing.
 *
 * First what of the base counts, in the order of the lines, then what may be given of it.
 * Where returns ask a sale's rules again, limits leave what they left then (recall.h).
 */
#include "earn.h"

static const struct limit *
limit_at(const struct limits_asked *asked, int index)
{
	return &asked->engine->programme->limits[asked->limits->items[index]];
}

/* The limit that leaves the smallest share is the one that the posting names. */
static void
note_limited(struct firing *firing, const struct limit *limit, struct ratio share)
{
	if (ratio_compare(share, firing->limited_share) >= 0)
		return;
	firing->limited_share = share;
	firing->limited = limit->name;
}

/* All lines in proportion. */
static bool
clip_most(struct earning *earning, struct firing *firing, int give, struct ratio room,
	struct ratio *share)
{
	struct ratio *cells = firing->cells + give * earning->cell_count;
	bool fits;

	if (ratio_compare(firing->totals[give], room) <= 0)
		return false;
	fits = ratio_divide(room, firing->totals[give], share);
	for (int i = 0; fits && i < earning->cell_count; i++)
		fits = ratio_multiply(cells[i], *share, &cells[i]);
	if (!fits ||
		!ratio_multiply(firing->fixed_parts[give], *share, &firing->fixed_parts[give])) {
		engine_overflow(earning->engine, "what a limit leaves");
		return false;
	}
	firing->totals[give] = room;
	if (room.num == 0)
		firing->given[give] = false;
	return true;
}

/* What a firing gives of the cell loses what the base of the cell loses. */
static void
scale_cell(struct earning *earning, struct firing *firing, int cell, struct ratio share)
{
	int gives = earning->engine->programme->rules[firing->rule].gives.count;

	for (int i = 0; i < gives; i++) {
		struct ratio *part = &firing->cells[i * earning->cell_count + cell];

		if (!ratio_multiply(*part, share, part))
			engine_overflow(earning->engine, "what a limit leaves");
	}
}

/* The first lines count first. */
static bool
clip_amount(struct earning *earning, struct firing *firing, struct ratio room, struct ratio *share)
{
	int gives = earning->engine->programme->rules[firing->rule].gives.count;
	struct ratio whole;

	if (!sum_ratios(firing->base, earning->cell_count, &whole) ||
		ratio_compare(whole, room) <= 0)
		return false;
	if (!ratio_divide(room, whole, share)) {
		engine_overflow(earning->engine, "what a limit leaves");
		return false;
	}
	for (int i = 0; i < gives && room.num == 0; i++)
		firing->given[i] = false;
	for (int i = 0; i < earning->cell_count; i++) {
		struct ratio counted =
			ratio_compare(firing->base[i], room) > 0 ? room : firing->base[i];
		struct ratio part;

		if (firing->base[i].num && ratio_divide(counted, firing->base[i], &part))
			scale_cell(earning, firing, i, part);
		firing->base[i] = counted;
		(void)ratio_subtract(room, counted, &room);
	}
	for (int i = 0; i < gives; i++)
		if (!sum_ratios(firing->cells + i * earning->cell_count, earning->cell_count,
			    &firing->totals[i]))
			engine_overflow(earning->engine, "what a rule gives");
	return true;
}

static struct recall_firing *
noted_firing(struct earning *earning, const struct firing *firing)
{
	struct recall_firing *kept =
		recall_firing(earning->noted, earning->engine->programme, firing->rule);

	if (!kept)
		engine_memory(earning->engine);
	return kept;
}

/* What limits left of a base, for a recheck; the latest left the least. */
static void
note_base_room(struct earning *earning, const struct firing *firing, struct ratio room)
{
	struct recall_firing *kept = earning->noted ? noted_firing(earning, firing) : NULL;

	if (kept)
		kept->base = room;
}

static void
note_room(struct earning *earning, const struct firing *firing, int give, struct ratio room)
{
	struct recall_firing *kept = earning->noted ? noted_firing(earning, firing) : NULL;

	if (kept)
		kept->parts[give].room = room;
}

/* First what of the base counts, then what may be given of it; in the document's order. */
static void
clip_firing(struct earning *earning, const struct limits_asked *asked, struct firing *firing)
{
	const struct rule *rule = &earning->engine->programme->rules[firing->rule];
	struct ratio room, share;

	for (int i = 0; i < asked->limits->count && !rule->multiplies; i++)
		if (limit_at(asked, i)->amount &&
			limits_amount(asked, asked->limits->items[i], &room) &&
			clip_amount(earning, firing, room, &share)) {
			note_limited(firing, limit_at(asked, i), share);
			note_base_room(earning, firing, room);
		}
	for (int i = 0; i < asked->limits->count; i++) {
		const struct limit *limit = limit_at(asked, i);
		int index = asked->limits->items[i];

		for (int j = 0; j < limit->most.count; j++) {
			int give = rule_give(rule, limit->most.items[j].unit);

			if (give < 0 || !firing->given[give] ||
				!limits_most(asked, index, j, &room) ||
				!clip_most(earning, firing, give, room, &share))
				continue;
			note_limited(firing, limit, share);
			note_room(earning, firing, give, room);
		}
	}
}

/* Of a firing of a sale that is asked again: to what limits left of it then. */
static void
clip_again(struct earning *earning, struct firing *firing)
{
	const struct recall_firing *kept = recall_find(earning->recall, firing->rule);
	int gives = earning->engine->programme->rules[firing->rule].gives.count;
	struct ratio share;

	if (!kept)
		return;
	if (kept->base.den)
		clip_amount(earning, firing, kept->base, &share);
	for (int i = 0; i < gives; i++)
		if (firing->given[i] && kept->parts[i].room.den)
			clip_most(earning, firing, i, kept->parts[i].room, &share);
}

void
limit_firing(struct earning *earning, const struct limits_asked *asked, struct firing *firing)
{
	if (earning->recall)
		clip_again(earning, firing);
	else
		clip_firing(earning, asked, firing);
}

void
use_limits(struct earning *earning, const struct limits_asked *asked, struct firing *firing)
{
	const struct rule *rule = &earning->engine->programme->rules[firing->rule];
	struct recall_firing *kept =
		earning->noted && asked->limits->count ? noted_firing(earning, firing) : NULL;
	struct ratio whole;

	if (kept)
		kept->fired = true;
	for (int i = 0; i < asked->limits->count; i++) {
		const struct limit *limit = limit_at(asked, i);
		int index = asked->limits->items[i];

		for (int j = 0; j < limit->most.count; j++) {
			int give = rule_give(rule, limit->most.items[j].unit);

			if (give >= 0 && firing->given[give])
				limits_use_most(
					asked, index, j, firing->totals[give], &firing->rooms);
		}
		if (limit->amount && sum_ratios(firing->base, earning->cell_count, &whole))
			limits_use_amount(asked, index, whole, &firing->rooms);
	}
	limits_use_times(asked, 1, &firing->rooms);
}

bool
fired_then(const struct earning *earning, const struct rule *rule, int index)
{
	const struct recall_firing *kept;

	if (rule->limits.count == 0)
		return true;
	kept = recall_find(earning->recall, index);
	return kept && kept->fired;
}

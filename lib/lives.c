/*
 * lives.c - the ends of lives, remembered by the day of their start.
 */
#include "lives.h"

#include "periods.h"

/* Whether the end depends on nothing but the life and the local day of its start. */
static bool
is_by_day(const struct programme *programme, const struct life *life)
{
	bool days = life->first.months || life->first.days;

	if (life->forever || life->until_clock >= 0 || life->first.micros)
		return false;
	if (life->has_round)
		return period_is_calendar(life->round);
	if (life->has_clock)
		return days;
	return days && programme->policy.last_day != LAST_DAY_INSTANT;
}

/* Where a life's end is kept, or where it may be: over that of another. */
static struct kept_end *
place_of(struct lives *lives, const struct life *life)
{
	struct kept_end *kept = lives->kept;

	for (int i = 0; i < LIVES_KEPT; i++)
		if (kept[i].life == life || !kept[i].life)
			return &kept[i];
	lives->oldest = (lives->oldest + 1) % LIVES_KEPT;
	return &kept[lives->oldest];
}

instant
lives_end(struct lives *lives, const struct programme *programme, const struct member *member,
	const struct life *life, instant start)
{
	struct kept_end *kept = place_of(lives, life);
	int32_t day;

	if (kept->life == life && start >= kept->from && start < kept->to)
		return kept->end;
	if (!is_by_day(programme, life))
		return life_end(programme, member, life, start);
	day = zone_day(programme->zone, start);
	*kept = (struct kept_end){
		.life = life,
		.from = zone_day_start(programme->zone, day),
		.to = zone_day_start(programme->zone, day + 1),
		.end = life_end(programme, member, life, start),
	};
	return kept->end;
}

/*
 * fold_terms.c - what a fold's members have earned since the term of their level began, and what
 * becomes of terms when two members become one. It is what tier_merge() does of the engine's.
 */
#define XXH_INLINE_ALL
#include "fold_state.h"

void
fold_begin_term(const struct fold *fold, struct fold_hold *hold, instant at)
{
	hold->since = at;
	hold->mark = hold->counted = fold->earnings.count;
	hold->had = NULL;
	hold->opened = false;
}

/* The n-th of all needs of a level, which has as many. */
static const struct need *
level_need(const struct level *level, int n)
{
	const struct needs *needs = level->alternatives;

	for (; n >= needs->count; needs++)
		n -= needs->count;
	return &needs->items[n];
}

enum loyalty_status
fold_term_count(struct fold *fold, const struct fold_member *member, int ladder,
	const struct fold_hold *hold, const struct level *level, int n, int64_t *value,
	struct loyalty_error *error)
{
	const struct need *need = level_need(level, n);
	enum loyalty_status status = earnings_since(&fold->earnings, &member->earned, need->unit,
		&(struct earned_since){ hold->since, hold->mark, hold->counted }, value, error);

	if (status == LOYALTY_OK && hold->had && add_overflows(*value, hold->had[n], value))
		return fail(error, LOYALTY_BAD, "what was earned overflows");
	if (status == LOYALTY_OK && hold->opened)
		status =
			fold_opened_term(fold, member, ladder, level->first_need + n, value, error);
	return status;
}

void
fold_note_change(struct fold *fold, const struct fold_member *member, int ladder,
	const struct entry *posting)
{
	fold->changes[ladder] =
		(struct fold_change){ .member = (uint32_t)(member - fold->members) + 1,
			.of = XXH3_64bits(posting->of.data, posting->of.size),
			.at = posting->at,
			.level = member->levels[ladder],
			.hold = member->holds[ladder] };
}

/* What a member had on a ladder before a merge, whose group may have changed it already. */
static struct fold_change
before_merge(const struct fold *fold, const struct fold_member *into, int ladder,
	const struct entry *merge)
{
	const struct fold_change *change = &fold->changes[ladder];

	if (change->member == (uint32_t)(into - fold->members) + 1 && change->at == merge->at &&
		change->of == XXH3_64bits(merge->of.data, merge->of.size))
		return *change;
	return (struct fold_change){ .level = into->levels[ladder], .hold = into->holds[ladder] };
}

/* Whose hold of a level there is, but for a grant. */
static bool
holds(int holder, int level, const struct fold_hold *hold)
{
	return holder == level && !hold->granted;
}

/* Adds what a term has had so far. */
static enum loyalty_status
add_had(struct fold *fold, const struct fold_member *member, int ladder,
	const struct fold_hold *hold, const struct level *level, int64_t *had,
	struct loyalty_error *error)
{
	for (int n = 0; n < level->need_count; n++) {
		enum loyalty_status status;
		int64_t value;

		status = fold_term_count(fold, member, ladder, hold, level, n, &value, error);
		if (status != LOYALTY_OK)
			return status;
		if (add_overflows(had[n], value, &had[n]))
			return fail(error, LOYALTY_BAD, "what was earned overflows");
	}
	return LOYALTY_OK;
}

/* The level that a member has after a merge, and at least one of both had before. */
static enum loyalty_status
merge_terms(struct fold *fold, const struct fold_member *from, struct fold_member *into, int ladder,
	const struct fold_change *own, struct loyalty_error *error)
{
	int now = into->levels[ladder];
	const struct level *level = &fold->programme->ladders[ladder].levels[now];
	const struct fold_hold *other = &from->holds[ladder];
	bool owns = holds(own->level, now, &own->hold);
	bool others = holds(from->levels[ladder], now, other);
	struct fold_hold *hold = &into->holds[ladder];
	struct fold_hold merged =
		others && (!owns || other->until > own->hold.until) ? *other : own->hold;
	int64_t *had = fold_take(fold, ((size_t)level->need_count + 1) * sizeof(*had));
	enum loyalty_status status = LOYALTY_OK;

	if (!had)
		return fail_memory(error);
	hold->granted = !owns && !others;
	hold->termed =
		(owns || others) && (!owns || own->hold.termed) && (!others || other->termed);
	if (hold->termed && owns)
		status = add_had(fold, into, ladder, &own->hold, level, had, error);
	if (hold->termed && others && status == LOYALTY_OK)
		status = add_had(fold, from, ladder, other, level, had, error);
	hold->since = merged.since;
	hold->mark = merged.mark;
	hold->counted = fold->earnings.count;
	hold->had = had;
	hold->opened = false;
	return status;
}

enum loyalty_status
fold_merge_levels(struct fold *fold, const struct fold_member *from, struct fold_member *into,
	const struct entry *merge, struct loyalty_error *error)
{
	enum loyalty_status status = LOYALTY_OK;

	for (int i = 0; i < fold->programme->ladder_count && status == LOYALTY_OK; i++) {
		struct fold_change own = before_merge(fold, into, i, merge);
		int now = into->levels[i];

		if (from->holds[i].grant > into->holds[i].grant)
			into->holds[i].grant = from->holds[i].grant;
		/* Above what both had, the term began with the merge. */
		if (now == 0 || (now != own.level && now != from->levels[i]))
			continue;
		status = merge_terms(fold, from, into, i, &own, error);
	}
	return status;
}

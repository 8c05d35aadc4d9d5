/*
 * fold_levels.c - the levels of a fold's members: until when each holds, and what is
 * still missing to hold it for longer.
 */
#include "fold_state.h"

#include "clocks.h"
#include "periods.h"

/* ---- what the ledger tells ----------------------------------------------- */

/* When a keep that began at `start` would end. false: it has no such end, or that is not told. */
static bool
keep_end(struct fold *fold, const struct fold_member *member, const struct level *level,
	instant start, instant *end)
{
	const struct view view = { .levels = member->levels };
	const struct table *keep = view_table(fold->programme, &view, level->keep, start);

	if (!keep || keep->while_met)
		return false;
	*end = lives_end(&fold->engine.lives, fold->programme, fold_member_form(fold, member),
		&keep->life, start);
	return true;
}

/* Whether a level that got another end has not been kept, but is only held a little longer. */
static bool
is_grace(const struct fold *fold, const struct ladder *ladder, const struct entry *posting,
	instant until)
{
	return ladder->has_grace &&
	       until == zone_add(fold->programme->zone, posting->at, ladder->grace, 1);
}

static void
renew_hold(struct fold *fold, const struct fold_member *member, const struct ladder *ladder,
	const struct level *level, const struct entry *posting, struct fold_hold *hold)
{
	instant end;

	hold->granted = hold->granted_at == posting->at;
	if (!is_grace(fold, ladder, posting, hold->until)) {
		fold_begin_term(fold, hold, posting->at);
		hold->termed = true;
	} else if (keep_end(fold, member, level, posting->at, &end) && end == hold->until) {
		hold->termed = false; /* a new term would have ended then, too */
	}
}

/* A level to which a member fell may have been held before: of when, nothing was posted. */
static void
change_hold(struct fold *fold, const struct fold_member *member, int ladder, int level,
	const struct entry *posting, struct slice reason)
{
	const struct ladder *levels = &fold->programme->ladders[ladder];
	struct fold_hold *hold = &member->holds[ladder];

	hold->until = INSTANT_NEVER;
	ledger_instant(fold->ledger, record_value(posting->record, FIELD_UNTIL), &hold->until);
	if (slice_equal(reason, SLICE("renewed"))) {
		renew_hold(fold, member, levels, &levels->levels[level], posting, hold);
	} else {
		hold->termed = slice_equal(reason, SLICE("reached"));
		hold->granted = slice_equal(reason, SLICE("granted")) ||
				(!hold->termed && level == hold->grant);
		fold_begin_term(fold, hold, posting->at);
	}
	if (level == 0)
		hold->grant = 0;
}

enum loyalty_status
fold_level(struct fold *fold, struct fold_member *member, const struct entry *posting,
	struct loyalty_error *error)
{
	struct slice to = ledger_text(fold->ledger, record_value(posting->record, FIELD_TO));
	struct slice reason = record_value(posting->record, FIELD_REASON)->text;
	int ladder = ladder_index(fold->programme, posting->rule);
	int level = 0;

	if (ladder < 0)
		return fail_at(error, LOYALTY_BAD, "rule", "the programme has no ladder '%.*s'",
			(int)posting->rule.size, posting->rule.data);
	if (to.data)
		level = level_index(&fold->programme->ladders[ladder], to);
	if (level < 0)
		return fail_at(error, LOYALTY_BAD, "to", "the programme has no level '%.*s'",
			(int)to.size, to.data);
	if (level != member->levels[ladder] && !slice_equal(reason, SLICE("left")))
		clocks_level(fold->programme, member->clocks, level > member->levels[ladder],
			posting->at);
	fold_note_change(fold, member, ladder, posting);
	member->levels[ladder] = level;
	change_hold(fold, member, ladder, level, posting, reason);
	return LOYALTY_OK;
}

void
fold_grant(struct fold *fold, const struct fold_member *member, const struct entry *fact)
{
	struct slice tier = ledger_text(fold->ledger, record_value(fact->record, FIELD_TIER));

	for (int i = 0; tier.data && i < fold->programme->ladder_count; i++) {
		int level = level_index(&fold->programme->ladders[i], tier);

		if (level < 0)
			continue;
		member->holds[i].grant = level;
		member->holds[i].granted_at = fact->at;
		return;
	}
}

/* ---- what follows from it -------------------------------------------------- */

/* The first instant at which the present level does not hold any more. */
static instant
end_of_level(const struct ladder *ladder, int level, const struct fold_hold *hold)
{
	instant end = ladder->fall == FALL_NEVER ? INSTANT_NEVER : hold->until;

	if (level == 0)
		return INSTANT_NEVER;
	return end < ladder->until ? end : ladder->until;
}

/* Whether what is earned now still counts at an end. */
static bool
counts_at_end(struct fold *fold, const struct fold_member *member, struct period period,
	instant now, instant end)
{
	struct span window;

	if (period.kind == PERIOD_ROLLING || period.kind == PERIOD_LIFETIME ||
		period.kind == PERIOD_BALANCE)
		return true;
	return period_window(
		       fold->programme, fold_member_form(fold, member), period, end, &window) &&
	       window.begin <= now;
}

/* When the needs must be met for the present level to hold beyond its end. false: never. */
static bool
judged_at(struct fold *fold, const struct fold_member *member, const struct ladder *ladder,
	const struct level *level, instant end, instant now, instant *judged)
{
	const struct view view = { .levels = member->levels };
	const struct table *keep = view_table(fold->programme, &view, level->keep, now);
	const struct zone *zone = fold->programme->zone;
	instant fresh;

	*judged = end - 1;
	if (ladder->renew_at_end)
		return true;
	*judged = now;
	if (!keep || keep->while_met)
		return keep != NULL;
	if (keep_end(fold, member, level, now, &fresh) &&
		last_day_before(zone, fresh) > last_day_before(zone, end))
		return true;
	*judged = end;
	return counts_at_end(fold, member, level->period, now, end);
}

/* What of a need has been met at an instant. *told false: the ledger does not tell. */
static enum loyalty_status
have_of_need(struct fold *fold, const struct fold_member *member, const struct view *view,
	const struct need *need, instant at, int64_t *have, bool *told, struct loyalty_error *error)
{
	const struct programme *programme = fold->programme;
	struct holdings holdings;

	if (need->counter >= 0) {
		enum loyalty_status status = earnings_count(&fold->earnings, &member->earned,
			programme, fold_member_form(fold, member),
			&programme->counters[need->counter], at, have, told, error);

		if (status == LOYALTY_OK)
			status = fold_opened_count(fold, member, need->counter, at, have, error);
		return status;
	}
	*told = view_holdings(programme, view, need->unit, at, &holdings);
	*have = holdings.usable;
	return LOYALTY_OK;
}

/* What is missing of each need of a level; -1: not to be told. *met: nothing is. */
static enum loyalty_status
miss_needs(struct fold *fold, const struct fold_member *member, const struct view *view, int ladder,
	instant at, int64_t *missing, bool *met, struct loyalty_error *error)
{
	const struct ladder *levels = &fold->programme->ladders[ladder];
	const struct level *level = &levels->levels[view->levels[ladder]];
	const struct fold_hold *hold = &member->holds[ladder];
	bool term = levels->renew_at_end && level->period.kind == PERIOD_ROLLING;
	enum loyalty_status status = LOYALTY_OK;
	int n = 0;

	for (int i = 0; i < level->alternative_count; i++) {
		const struct needs *needs = &level->alternatives[i];
		bool all = true;

		for (int j = 0; j < needs->count && status == LOYALTY_OK; j++, missing++) {
			const struct need *need = &needs->items[j];
			bool told = hold->termed;
			int64_t goal, have;

			status = term ? fold_term_count(fold, member, ladder, hold, level, n++,
						&have, error)
				      : have_of_need(
						fold, member, view, need, at, &have, &told, error);
			if (!told || !view_count(fold->programme, view, need->amount, at, &goal) ||
				__builtin_sub_overflow(goal, have, missing))
				*missing = -1;
			else if (*missing < 0)
				*missing = 0;
			all = all && *missing == 0;
		}
		*met = *met || all;
	}
	return status;
}

enum loyalty_status
fold_view_levels(struct fold *fold, const struct fold_member *member, instant now,
	struct view *view, struct loyalty_error *error)
{
	int64_t *missing = fold->missing;
	enum loyalty_status status = LOYALTY_OK;

	for (int i = 0; i < fold->programme->ladder_count && status == LOYALTY_OK; i++) {
		const struct ladder *ladder = &fold->programme->ladders[i];
		const struct level *level = &ladder->levels[member->levels[i]];
		struct view_hold *hold = &fold->view_holds[i];
		bool met = false;
		instant judged;

		*hold = (struct view_hold){
			.end = member->into
				       ? INSTANT_NEVER
				       : end_of_level(ladder, member->levels[i], &member->holds[i]),
		};
		/* What has ended, and what no effort keeps, has nothing missing. */
		if (hold->end == INSTANT_NEVER || hold->end <= now || hold->end == ladder->until ||
			member->holds[i].granted ||
			!judged_at(fold, member, ladder, level, hold->end, now, &judged))
			continue;
		status = miss_needs(fold, member, view, i, judged, missing, &met, error);
		if (!met)
			hold->missing = missing;
		missing += level->need_count;
	}
	view->holds = fold->view_holds;
	return status;
}

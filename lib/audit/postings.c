/*
 * postings.c - a posting: when and whose it may be, what caused it, and what it says.
 */
#include "state.h"

/* Whether what decided is in the programme, or one of the words of its type. */
static bool
can_decide(const struct programme *programme, enum record_type type, struct slice rule)
{
	switch (type) {
	case POSTING_EARNED:
	case POSTING_REVERSED:
	case POSTING_TRIED:
		return rule_index(programme, rule) >= 0;
	case POSTING_ADJUSTED:
		return slice_equal(rule, SLICE("adjust"));
	case POSTING_TIER_CHANGED:
		return ladder_index(programme, rule) >= 0;
	case POSTING_REDEEMED:
	case POSTING_RESTORED:
		return slice_equal(rule, SLICE("redeem")) || reward_index(programme, rule) >= 0;
	case POSTING_TRANSFERRED:
		return slice_equal(rule, SLICE("transfer")) || slice_equal(rule, SLICE("merge"));
	case POSTING_SETTLED:
		return slice_equal(rule, SLICE("settle"));
	case POSTING_WAIVED:
		return slice_equal(rule, SLICE("waive"));
	case POSTING_ISSUED:
	case POSTING_USED:
	case POSTING_VOIDED:
		return reward_index(programme, rule) >= 0;
	case POSTING_EXPIRED:
		return slice_equal(rule, SLICE("expire")) || reward_index(programme, rule) >= 0;
	case POSTING_FORFEITED:
		return slice_equal(rule, SLICE("leave")) || reward_index(programme, rule) >= 0 ||
		       ladder_index(programme, rule) >= 0;
	default:
		return true;
	}
}

static void
check_rule(struct audit *audit)
{
	const struct line *line = &audit->line;

	if (!audit->of_programme || can_decide(audit->programme, line->type, line->rule))
		return;
	anomaly(audit, "programme: nothing called '%.*s' posts '%s'", SHOW(line->rule),
		record_type_name(line->type));
}

/* ---- whose and when ------------------------------------------------------------- */

static void
check_member(struct audit *audit)
{
	struct audit_member *member = &audit->members[audit->line.member_index];

	if (!member->known && !audit->postings_only)
		anomaly(audit, "cause: no fact named '%.*s' before", SHOW(member->key));
	if (member->into)
		anomaly(audit, "cause: '%.*s' was merged into '%.*s'", SHOW(member->key),
			SHOW(audit->members[member->into - 1].key));
	member->known = true;
}

static void
check_clock(struct audit *audit)
{
	struct audit_member *member = &audit->members[audit->line.member_index];
	struct when at = audit->line.at;
	char clock[INSTANT_TEXT_MAX];

	if (member->timed && certainly_before(at, member->clock))
		anomaly(audit, "time: '%.*s' was at %s already", SHOW(member->key),
			when_text(audit, member->clock, clock));
	else if (audit->floored && certainly_before(at, audit->floor))
		anomaly(audit, "time: dated before the tick of %s",
			when_text(audit, audit->floor, clock));
	member->clock = at;
	member->timed = true;
}

static void
check_cause(struct audit *audit, const struct cause *cause)
{
	unsigned deciders = deciders_of(audit->line.type);
	int rank = __builtin_ctz(deciders);
	char text[INSTANT_TEXT_MAX];

	if (certainly_before(audit->line.at, cause->at))
		anomaly(audit, "time: dated before its cause, which is of %s",
			when_text(audit, cause->at, text));
	else if (certainly_before(cause->at, audit->line.at))
		anomaly(audit, "time: dated after its cause, which is of %s",
			when_text(audit, cause->at, text));
	if (audit->line.type == POSTING_REFUSED)
		return;
	if (rank < audit->agenda.rank)
		anomaly(audit, "cause: loyalty-%s has decided before loyalty-%s",
			decider_name((enum decider)(1 << audit->agenda.rank)),
			decider_name((enum decider)(1 << rank)));
	audit->agenda.rank = rank;
}

/* ---- what it says ------------------------------------------------------------------ */

static void
check_level(struct audit *audit)
{
	uint32_t member = audit->line.member_index;
	int ladder;
	struct slice from = text_of(audit, column(audit, COLUMN_FROM));
	struct slice to = text_of(audit, column(audit, COLUMN_TO));
	struct slice reason = text_of(audit, column(audit, COLUMN_REASON));
	uint64_t name = audit_hash(audit->line.rule);
	struct audit_lot *level = audit_find_lot(audit, member, ABOUT_LEVEL, name);

	if (!from.data || !to.data || !reason.data) {
		anomaly(audit, "form: expected 'from', 'to' and 'reason'");
		return;
	}
	ladder = audit->of_programme ? ladder_index(audit->programme, audit->line.rule) : -1;
	if (ladder >= 0 && (level_index(&audit->programme->ladders[ladder], from) < 0 ||
				   level_index(&audit->programme->ladders[ladder], to) < 0))
		anomaly(audit, "programme: '%.*s' has no such level", SHOW(audit->line.rule));
	if (level && level->sequence >= audit->members[member].merged_at &&
		(uint64_t)level->left != audit_hash(from))
		anomaly(audit, "level: '%.*s' was not on '%.*s' of '%.*s'",
			SHOW(audit->line.member), SHOW(from), SHOW(audit->line.rule));
	if (slice_equal(from, to) != slice_equal(reason, SLICE("renewed")))
		anomaly(audit, "level: from '%.*s' to '%.*s' is not '%.*s'", SHOW(from), SHOW(to),
			SHOW(reason));
	if (!level)
		level = audit_add_lot(audit, member, ABOUT_LEVEL, name);
	if (!level)
		return;
	level->left = (int64_t)audit_hash(to);
	level->sequence = audit->sequence;
}

static void
check_issued(struct audit *audit)
{
	uint32_t member = audit->line.member_index;
	uint64_t name = audit_hash(audit->line.id);
	struct audit_lot *voucher = audit_find_lot(audit, member, ABOUT_VOUCHER, name);

	/* Where nothing has expired yet, it may be over. */
	if (voucher && voucher->left > 0 && audit->deciders & DECIDE_EXPIRE)
		anomaly(audit, "voucher: '%.*s' has a voucher '%.*s' already, which is open",
			SHOW(audit->line.member), SHOW(audit->line.id));
	if (!voucher)
		voucher = audit_add_lot(audit, member, ABOUT_VOUCHER, name);
	if (voucher)
		voucher->left++;
}

/* How likely postings mean this one of several of one name: one that was used may be open again. */
static int
openness(const struct audit_lot *voucher)
{
	if (!voucher)
		return 0;
	if (voucher->left > 0)
		return 3;
	return voucher->until == VOUCHER_USED ? 2 : 1;
}

struct audit_lot *
audit_find_voucher(struct audit *audit, uint32_t member, uint64_t name)
{
	struct audit_lot *found = audit_find_lot(audit, member, ABOUT_VOUCHER, name);
	uint32_t i = audit->members[member].merged;

	for (; i; i = audit->members[i - 1].next) {
		struct audit_lot *other = audit_find_voucher(audit, i - 1, name);

		if (openness(other) > openness(found))
			found = other;
	}
	return found;
}

static void
check_voucher(struct audit *audit, enum voucher_state state)
{
	static const char *const words[] = { "used", "voided", "expired" };
	struct slice name = text_of(audit, column(audit, COLUMN_VOUCHER));
	uint32_t member = audit->line.member_index;
	struct audit_lot *voucher;
	bool another;

	if (!name.data) {
		anomaly(audit, "form: expected a 'voucher'");
		return;
	}
	voucher = audit_find_voucher(audit, member, audit_hash(name));
	if (!voucher) {
		anomaly(audit, "voucher: '%.*s' has no voucher '%.*s'", SHOW(audit->line.member),
			SHOW(name));
		voucher = audit_add_lot(audit, member, ABOUT_VOUCHER, audit_hash(name));
		if (!voucher)
			return;
		voucher->left = 1;
	}
	/* One of that name was used before, and may be open again for that. */
	another = voucher->left > 0 && voucher->until == VOUCHER_USED;
	if (voucher->left > 0)
		voucher->left--;
	/* A cancelled purchase gives its vouchers back, and no posting says so. */
	else if (!(voucher->until == VOUCHER_USED &&
			 (audit->postings_only ||
				 audit->members[member].cancelled >= voucher->sequence)) &&
		 !(voucher->until == VOUCHER_EXPIRED && state == VOUCHER_VOIDED))
		anomaly(audit, "voucher: '%.*s' of '%.*s' was %s before", SHOW(name),
			SHOW(audit->line.member), words[voucher->until]);
	if (another)
		return;
	voucher->until = state;
	voucher->sequence = audit->sequence;
}

/* A correction is of what its fact asks for. */
static void
check_adjusted(struct audit *audit)
{
	const struct value *units = column(audit, COLUMN_UNITS);
	struct slice rest = units->text;
	struct value key;
	struct value amount;
	struct decimal posted;

	if (audit->agenda.group != GROUP_FACT || !audit->agenda.has_points ||
		units->kind != VALUE_OBJECT || !value_next_member(&rest, &key, &amount) ||
		decimal_read(amount.text, &posted) != DECIMAL_OK)
		return;
	if (decimal_compare(posted, audit->agenda.points) != 0)
		anomaly(audit, "units: %.*s are not the 'points' of the fact", SHOW(amount.text));
}

/* Who a member is from here on. */
static void
join(struct audit *audit, uint32_t from, uint32_t into)
{
	struct audit_member *member = &audit->members[from];
	struct audit_member *other = &audit->members[into];

	member->into = into + 1;
	member->next = other->merged;
	other->merged = from + 1;
	other->merged_at = audit->sequence;
	if (other->cancelled < member->cancelled)
		other->cancelled = member->cancelled;
	if (!other->referrer)
		other->referrer = member->referrer;
	if (other->referrer && audit_root(audit, other->referrer - 1) == into)
		other->referrer = 0;
}

static void
merge(struct audit *audit)
{
	struct slice to = text_of(audit, column(audit, COLUMN_TO));
	uint32_t from = audit->line.member_index;
	uint32_t into = to.size ? audit_add_member(audit, to) : UINT32_MAX;

	if (into == UINT32_MAX || audit_root(audit, into) == from)
		anomaly(audit, "form: expected another member in 'to'");
	/* Who goes twice would go round in circles. */
	else if (audit->members[from].into)
		anomaly(audit, "form: the member was merged before");
	else
		join(audit, from, into);
}

void
audit_settle_merge(struct audit *audit)
{
	struct agenda *agenda = &audit->agenda;
	uint32_t from, into;

	if (!agenda->merging)
		return;
	from = audit_root(audit, agenda->fact.key);
	into = audit_root(audit, agenda->merging - 1);
	if (from != into)
		join(audit, from, into);
	agenda->merging = 0;
}

static void
check_own(struct audit *audit)
{
	switch (audit->line.type) {
	case POSTING_TIER_CHANGED:
		check_level(audit);
		break;
	case POSTING_ADJUSTED:
		check_adjusted(audit);
		break;
	case POSTING_ISSUED:
		check_issued(audit);
		break;
	case POSTING_USED:
		check_voucher(audit, VOUCHER_USED);
		break;
	case POSTING_VOIDED:
		check_voucher(audit, VOUCHER_VOIDED);
		break;
	case POSTING_EXPIRED:
		if (column(audit, COLUMN_VOUCHER)->kind != VALUE_ABSENT)
			check_voucher(audit, VOUCHER_EXPIRED);
		break;
	case POSTING_TRANSFERRED:
		if (column(audit, COLUMN_TO)->kind != VALUE_ABSENT &&
			slice_equal(audit->line.rule, SLICE("merge")))
			merge(audit);
		break;
	case POSTING_REFUSED:
		if (column(audit, COLUMN_WHY)->kind != VALUE_STRING)
			anomaly(audit, "form: expected a 'why'");
		if (audit->agenda.group == GROUP_FACT)
			audit->agenda.merging = 0;
		break;
	default:
		break;
	}
}

/* ---- the whole ------------------------------------------------------------------------ */

void
audit_posting(struct audit *audit)
{
	struct line *line = &audit->line;
	const struct cause *cause = NULL;

	line->rule = text_of(audit, column(audit, COLUMN_RULE));
	line->by = text_of(audit, column(audit, COLUMN_BY));
	if (!(deciders_of(line->type) & audit->deciders)) {
		anomaly(audit, "frame: no decider has run that posts '%s'",
			record_type_name(line->type));
		audit->deciders |= deciders_of(line->type);
	}
	check_member(audit);
	check_clock(audit);
	if (!line->id.data || !line->of.size || !line->rule.size)
		anomaly(audit, "form: expected strings in 'id', 'of' and 'rule'");
	else
		cause = audit_find_cause(audit);
	if (cause) {
		check_cause(audit, cause);
		audit_check_id(audit, cause);
		check_rule(audit);
	}
	audit_move(audit, cause);
	check_own(audit);
	if (cause)
		audit_add_cause(audit, cause);
}

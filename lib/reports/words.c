/*
 * words.c - what an entry of a statement says, in people's words.
 */
#include "words.h"

/* Why something was refused, as the ledger has it and as people say it. */
static const struct {
	const char *why, *words;
} reasons[] = {
	{ "unknown-purchase", "no such purchase" },
	{ "already-returned", "already returned" },
	{ "already-cancelled", "already cancelled" },
	{ "late-return", "too late to return or cancel" },
	{ "late-claim", "claimed too late" },
	{ "claim-limit", "too many claims" },
	{ "left", "no longer a member" },
	{ "unknown-fact", "nothing to cancel" },
	{ "self-transfer", "to the same member" },
	{ "self-merge", "with the same member" },
	{ "not-allowed", "not allowed" },
	{ "receiver-left", "the receiver is no longer a member" },
	{ "unknown-tier", "no such tier" },
	{ "unknown-reward", "no such reward" },
	{ "unknown-choice", "no such choice" },
	{ "not-in-force", "not on offer at this time" },
	{ "not-met", "conditions not met" },
	{ "no-price", "no price" },
	{ "limit", "limit reached" },
	{ "balance", "balance too low" },
	{ "step", "not a whole multiple" },
	{ "unknown-voucher", "no such voucher" },
	{ "used-voucher", "voucher already used" },
	{ "expired-voucher", "voucher expired" },
	{ "pending-voucher", "voucher not usable yet" },
	{ "unsuitable-voucher", "voucher does not apply" },
	{ "voucher-used", "its voucher was used" },
};

struct words {
	struct report *report;
	struct table *table;
	const struct entry *entry;
};

static void
add(const struct words *words, const char *text)
{
	table_add(words->table, slice_of(text));
}

static const struct value *
field(const struct words *words, enum record_field column)
{
	return record_value(words->entry->record, (int)column);
}

/* The text of a string or the digits of a number; data NULL: neither. */
static struct slice
field_text(const struct words *words, enum record_field column)
{
	const struct value *value = field(words, column);

	if (value->kind == VALUE_NUMBER)
		return value->text;
	return ledger_text(words->report->ledger, value);
}

/* before, the field, after; nothing where the field is absent. */
static bool
add_field(
	const struct words *words, const char *before, enum record_field column, const char *after)
{
	struct slice text = field_text(words, column);

	if (!text.data)
		return false;
	add(words, before);
	table_add(words->table, text);
	add(words, after);
	return true;
}

static void
add_money(
	const struct words *words, const char *before, enum record_field column, const char *after)
{
	if (!add_field(words, before, column, " "))
		return;
	table_add(words->table, words->report->programme->currency);
	add(words, after);
}

static void
add_days(const struct words *words)
{
	const struct zone *zone = words->report->programme->zone;
	instant usable;
	instant until;

	if (ledger_instant(words->report->ledger, field(words, FIELD_USABLE), &usable)) {
		add(words, ", from ");
		table_add_day(words->table, zone_day(zone, usable));
	}
	if (ledger_instant(words->report->ledger, field(words, FIELD_UNTIL), &until)) {
		add(words, ", through ");
		table_add_day(words->table, zone_day(zone, until - 1));
	}
}

/* ---- names ------------------------------------------------------------------ */

static void
add_reward(const struct words *words, struct slice id)
{
	const struct programme *programme = words->report->programme;
	int reward = reward_index(programme, id);

	if (reward >= 0)
		id = shown_name(programme->rewards[reward].name, id);
	table_add(words->table, id);
}

static void
add_rule(const struct words *words)
{
	const struct programme *programme = words->report->programme;
	int rule = rule_index(programme, words->entry->rule);

	if (rule >= 0)
		table_add(words->table,
			shown_name(programme->rules[rule].name, programme->rules[rule].id));
	else
		table_add(words->table, words->entry->rule);
}

static void
add_level(const struct words *words, enum record_field column)
{
	const struct programme *programme = words->report->programme;
	struct slice id = field_text(words, column);
	int ladder = ladder_index(programme, words->entry->rule);
	int level = ladder >= 0 ? level_index(&programme->ladders[ladder], id) : -1;

	if (level >= 0)
		id = shown_name(programme->ladders[ladder].levels[level].name, id);
	table_add(words->table, id);
}

/* What a reward was worth. */
static void
add_value(const struct words *words)
{
	static const char *const given[] = { ", one item free", ", free shipping" };
	struct slice rest = field(words, FIELD_CHOICE)->text;
	struct value choice;

	add_field(words, " x ", FIELD_QTY, "");
	if (field(words, FIELD_CHOICE)->kind == VALUE_ARRAY) {
		while (value_next_element(&rest, &choice)) {
			add(words, ", ");
			table_add(words->table, ledger_text(words->report->ledger, &choice));
		}
	}
	add_field(words, ", ", FIELD_CHOICE, "");
	if (field_text(words, FIELD_REWARD).data) {
		add(words, ", ");
		add_reward(words, field_text(words, FIELD_REWARD));
	}
	add_money(words, ", ", FIELD_OFF, " off");
	add_field(words, ", ", FIELD_PERCENT, " % off");
	if (field(words, FIELD_ITEM)->kind == VALUE_TRUE)
		add(words, given[0]);
	else
		add_money(words, ", an item of ", FIELD_ITEM, " free");
	if (field(words, FIELD_SHIPPING)->kind == VALUE_TRUE)
		add(words, given[1]);
	add_field(words, ", ", FIELD_BENEFIT, "");
}

/* ---- facts ------------------------------------------------------------------- */

static void
add_points(const struct words *words)
{
	add_field(words, "", FIELD_POINTS, " ");
	if (field_text(words, FIELD_POINTS).data && !add_field(words, "", FIELD_UNIT, ""))
		add(words, "points");
}

static void
add_request(const struct words *words)
{
	struct slice reward = field_text(words, FIELD_REWARD);

	add(words, "asked for ");
	if (reward.data)
		add_reward(words, reward);
	add_field(words, " x ", FIELD_QTY, "");
	if (reward.data)
		add_field(words, ", ", FIELD_CHOICE, "");
	if (reward.data && field_text(words, FIELD_POINTS).data)
		add(words, " for ");
	add_points(words);
}

static void
add_fact(const struct words *words)
{
	switch (words->entry->type) {
	case FACT_ENROL:
		add(words, "joined");
		break;
	case FACT_PROFILE:
		add(words, "profile changed");
		break;
	case FACT_PURCHASE:
		add(words, "purchase");
		add_money(words, " of ", FIELD_AMOUNT, "");
		break;
	case FACT_RETURN:
		add(words, "return");
		add_field(words, " of ", FIELD_OF, "");
		break;
	case FACT_CANCEL:
		add(words, "cancelled");
		add_field(words, " ", FIELD_OF, "");
		break;
	case FACT_ACTION:
		add(words, "action");
		add_field(words, ": ", FIELD_NAME, "");
		break;
	case FACT_REDEEM:
		add_request(words);
		break;
	case FACT_ADJUST:
		add(words, "adjustment");
		add_field(words, ": ", FIELD_REASON, "");
		break;
	case FACT_GRANT:
		add(words, "granted");
		add_field(words, " ", FIELD_TIER, "");
		break;
	case FACT_MERGE:
		add(words, "merged");
		add_field(words, " into ", FIELD_INTO, "");
		break;
	case FACT_TRANSFER:
		add(words, "asked to transfer ");
		add_points(words);
		add_field(words, " to ", FIELD_TO, "");
		break;
	default:
		add(words, "left");
		break;
	}
}

/* ---- postings ----------------------------------------------------------------- */

static void
add_level_change(const struct words *words)
{
	struct slice reason = field_text(words, FIELD_REASON);

	table_add(words->table, words->entry->rule);
	add(words, ": ");
	add_level(words, FIELD_TO);
	if (reason.data && slice_equal(reason, SLICE("ended"))) {
		add(words, ", ");
		add_level(words, FIELD_FROM);
		add(words, " ended");
	} else {
		add_field(words, " ", FIELD_REASON, "");
	}
	add_days(words);
}

/* What stands in an object of amounts by unit, each after `before`. */
static void
add_amounts(const struct words *words, const char *before, int column)
{
	const struct programme *programme = words->report->programme;
	const struct value *amounts = record_value(words->entry->record, column);
	struct slice rest = amounts->text;
	struct value unit;
	struct value amount;

	if (amounts->kind != VALUE_OBJECT)
		return;
	while (value_next_member(&rest, &unit, &amount)) {
		struct slice id = ledger_text(words->report->ledger, &unit);
		int index = unit_index(programme, id);

		add(words, before);
		table_add(words->table, amount.text);
		add(words, " ");
		table_add(words->table,
			index < 0 ? id : shown_name(programme->units[index].name, id));
	}
}

static void
add_refusal(const struct words *words)
{
	struct slice why = field_text(words, FIELD_WHY);

	add(words, "refused: ");
	add_reward(words, words->entry->rule);
	add(words, ", ");
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (slice_equal(why, slice_of(reasons[i].why)))
			why = slice_of(reasons[i].words);
	}
	table_add(words->table, why);
	add_amounts(words, " by ", ledger_short_column(words->report->ledger));
}

/* What ended: a voucher by its reward, or units. */
static void
add_end(const struct words *words, const char *what)
{
	bool voucher = field_text(words, FIELD_VOUCHER).data;

	if (voucher)
		add(words, "voucher ");
	add(words, what);
	if (voucher) {
		add(words, ": ");
		add_reward(words, words->entry->rule);
	}
}

static void
add_with_reward(const struct words *words, const char *what)
{
	add(words, what);
	if (slice_equal(words->entry->rule, SLICE("redeem")))
		return;
	add(words, ": ");
	add_reward(words, words->entry->rule);
}

static bool
gives_back(const struct entry *entry)
{
	for (uint64_t moved = entry->moved; moved; moved &= moved - 1) {
		if (entry->units[__builtin_ctzll(moved)] > 0)
			return true;
	}
	return false;
}

static void
add_posting(const struct words *words)
{
	const struct entry *entry = words->entry;

	switch (entry->type) {
	case POSTING_EARNED:
		add(words, "earned: ");
		add_rule(words);
		break;
	case POSTING_REVERSED:
		add(words, gives_back(entry) ? "earned again: " : "taken back: ");
		add_rule(words);
		break;
	case POSTING_ADJUSTED:
		add(words, "adjusted");
		break;
	case POSTING_TIER_CHANGED:
		add_level_change(words);
		break;
	case POSTING_REDEEMED:
		add_with_reward(words, "redeemed");
		add_value(words);
		break;
	case POSTING_RESTORED:
		add_with_reward(words, "given back");
		break;
	case POSTING_TRANSFERRED: {
		bool merge = slice_equal(entry->rule, SLICE("merge"));

		add(words, merge ? "merged" : "transferred");
		if (!add_field(words, merge ? " into " : " to ", FIELD_TO, ""))
			add_field(words, " from ", FIELD_BY, "");
		break;
	}
	case POSTING_SETTLED:
		add(words, "debt settled");
		break;
	case POSTING_WAIVED:
		add(words, "debt waived");
		break;
	case POSTING_ISSUED:
		add_with_reward(words, "voucher");
		add_value(words);
		add_days(words);
		break;
	case POSTING_USED:
		add_with_reward(words, "voucher used");
		add_value(words);
		break;
	case POSTING_VOIDED:
		add_with_reward(words, "voucher void");
		break;
	case POSTING_EXPIRED:
		add_end(words, "expired");
		break;
	case POSTING_FORFEITED:
		add(words, "forfeited: ");
		add_rule(words);
		break;
	case POSTING_REFUSED:
		add_refusal(words);
		break;
	case RECORD_OPENING:
		add(words, "from before");
		break;
	default:
		add(words, "tried: ");
		add_rule(words);
		add_amounts(words, ", ", ledger_would_column(words->report->ledger));
		break;
	}
}

void
add_words(struct report *report, struct table *table, const struct entry *entry)
{
	const struct words words = { report, table, entry };

	if (is_fact(entry->type))
		add_fact(&words);
	else
		add_posting(&words);
}

/*
 * fold.c - a ledger's postings to the state of its members.
 */
#define XXH_INLINE_ALL
#include "fold_state.h"

#include <stdlib.h>

#include "clocks.h"
#include "periods.h"
#include "replay.h"

enum { BLOCK_BYTES = 1 << 20 };

/* ---- memory ------------------------------------------------------------- */

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

void *
fold_take(struct fold *fold, size_t size)
{
	struct block *block = fold->blocks;

	size = (size + 15) & ~(size_t)15;
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

		block = calloc(1, sizeof(*block) + room);
		if (!block)
			return NULL;
		block->size = room;
		block->next = fold->blocks;
		fold->blocks = block;
	}
	block->used += size;
	return block->bytes + block->used - size;
}

static struct slice
copy(struct fold *fold, struct slice text)
{
	char *bytes = fold_take(fold, text.size + 1);

	if (bytes && text.size)
		memcpy(bytes, text.data, text.size);
	return (struct slice){ bytes, text.size };
}

static int
compare_members(const void *context, const void *wanted, uintptr_t index)
{
	const struct fold *fold = context;
	const struct slice *key = wanted;

	return slice_compare(*key, fold->members[index].key);
}

struct fold *
fold_new(const struct programme *programme, struct ledger *ledger, bool vouchers)
{
	struct fold *fold = calloc(1, sizeof(*fold));
	size_t units = (size_t)programme->unit_count + 1;
	size_t counters = (size_t)programme->counter_count + 1;
	size_t ladders = (size_t)programme->ladder_count + 1;
	size_t needs = 1;

	if (!fold)
		return NULL;
	for (int i = 0; i < programme->ladder_count; i++)
		needs += (size_t)programme->ladders[i].need_count;
	fold->programme = programme;
	fold->ledger = ledger;
	fold->keeps_vouchers = vouchers;
	fold->member_slots.compare = compare_members;
	fold->lot_slots.compare = fold_compare_lots;
	fold->ticked = fold->everybody = INSTANT_ALWAYS;
	for (int i = 0; i < programme->limit_count; i++)
		fold->shares = fold->shares || programme->limits[i].shared;
	fold->clocks_before = calloc((size_t)programme->clock_count + 1, sizeof(instant));
	fold->own = calloc(units, sizeof(*fold->own));
	fold->amounts = calloc(units, sizeof(*fold->amounts));
	fold->counted = calloc(counters, sizeof(*fold->counted));
	fold->countable = calloc(counters, sizeof(*fold->countable));
	fold->view_holds = calloc(ladders, sizeof(*fold->view_holds));
	fold->changes = calloc(ladders, sizeof(*fold->changes));
	fold->missing = calloc(needs, sizeof(*fold->missing));
	fold->engine.programme = programme;
	fold->member.standings = fold_take(fold, standings_size(programme) + 1);
	if (fold->member.standings && earnings_init(&fold->earnings, programme) &&
		fold->clocks_before && fold->own && fold->amounts && fold->counted &&
		fold->countable && fold->view_holds && fold->changes && fold->missing)
		return fold;
	fold_free(fold);
	return NULL;
}

void
fold_free(struct fold *fold)
{
	if (!fold)
		return;
	while (fold->blocks) {
		struct block *next = fold->blocks->next;

		free(fold->blocks);
		fold->blocks = next;
	}
	earnings_free(&fold->earnings);
	fold_close_openings(fold);
	free(fold->members);
	slots_free(&fold->member_slots);
	free(fold->lots);
	slots_free(&fold->lot_slots);
	free(fold->vouchers);
	free(fold->clocks_before);
	free(fold->own);
	free(fold->amounts);
	free(fold->counted);
	free(fold->countable);
	free(fold->view_holds);
	free(fold->changes);
	free(fold->missing);
	free(fold->view_lots);
	free(fold);
}

/* ---- members ------------------------------------------------------------ */

static struct fold_member *
add_member(struct fold *fold, struct slice key, uint64_t hash, instant at)
{
	size_t units = (size_t)fold->programme->unit_count;
	size_t ladders = (size_t)fold->programme->ladder_count;
	struct fold_member *member;
	const struct slots_name name = { hash, fold, &key };
	int64_t *numbers;

	if (!reserve((void **)&fold->members, fold->member_count, &fold->member_capacity,
		    sizeof(*fold->members)))
		return NULL;
	numbers = fold_take(fold, 3 * units * sizeof(*numbers));
	if (!numbers)
		return NULL;
	member = &fold->members[fold->member_count];
	*member = (struct fold_member){
		.key = copy(fold, key),
		.sums = numbers,
		.debts = numbers + units,
		.earned = { .lifetime = numbers + 2 * units },
		.levels = fold_take(fold, ladders * sizeof(int) + 1),
		.holds = fold_take(fold, ladders * sizeof(struct fold_hold) + 1),
		.clocks =
			fold_take(fold, (size_t)fold->programme->clock_count * sizeof(instant) + 1),
		.seen = at,
		.enrolled = INSTANT_NEVER,
		.clock = INSTANT_ALWAYS,
	};
	if (!member->key.data || !member->levels || !member->holds || !member->clocks)
		return NULL;
	for (int i = 0; i < fold->programme->clock_count; i++)
		member->clocks[i] = INSTANT_ALWAYS;
	for (size_t i = 0; i < ladders; i++)
		member->holds[i].granted_at = INSTANT_ALWAYS;
	if (!slots_put(&fold->member_slots, &name, fold->member_count))
		return NULL;
	fold->member_count++;
	return member;
}

/* NULL: unknown. */
static struct fold_member *
look_up_member(const struct fold *fold, struct slice key, uint64_t hash)
{
	const struct slots_name name = { hash, fold, &key };
	uint32_t index;

	if (!slots_find(&fold->member_slots, &name, &index))
		return NULL;
	return &fold->members[index];
}

static struct fold_member *
find_member(struct fold *fold, struct slice key, instant at)
{
	uint64_t hash = XXH3_64bits(key.data, key.size);
	struct fold_member *member = look_up_member(fold, key, hash);

	return member ? member : add_member(fold, key, hash, at);
}

struct fold_member *
fold_find_member(struct fold *fold, struct slice key, instant at)
{
	return find_member(fold, key, at);
}

struct fold_member *
fold_look_up(struct fold *fold, struct slice key)
{
	return look_up_member(fold, key, XXH3_64bits(key.data, key.size));
}

struct member *
fold_member_form(struct fold *fold, const struct fold_member *member)
{
	for (int i = 0; i < fold->programme->ladder_count; i++)
		member_standing(fold->programme, &fold->member, i)->level = member->levels[i];
	fold->more.clocks = member->clocks;
	fold->member = (struct member){ .key = member->key,
		.standings = fold->member.standings,
		.seen = member->seen,
		.enrolled = member->enrolled,
		.more = &fold->more };
	return &fold->member;
}

/* ---- vouchers ------------------------------------------------------------ */

bool
fold_add_voucher(struct fold *fold, struct slice id, const struct view_voucher *voucher)
{
	struct slice name = copy(fold, id);

	if (fold->voucher_count == fold->voucher_capacity) {
		int capacity = fold->voucher_capacity ? 2 * fold->voucher_capacity : 16;
		void *grown = realloc(fold->vouchers, (size_t)capacity * sizeof(*fold->vouchers));

		if (!grown)
			return false;
		fold->vouchers = grown;
		fold->voucher_capacity = capacity;
	}
	if (!name.data)
		return false;
	fold->vouchers[fold->voucher_count] = *voucher;
	fold->vouchers[fold->voucher_count].sale = copy(fold, voucher->sale);
	if (!fold->vouchers[fold->voucher_count].sale.data)
		return false;
	fold->vouchers[fold->voucher_count++].id = name;
	return true;
}

static enum loyalty_status
add_voucher(struct fold *fold, const struct entry *posting, struct loyalty_error *error)
{
	const struct value *qty = record_value(posting->record, FIELD_QTY);
	struct view_voucher voucher = { .reward = reward_index(fold->programme, posting->rule),
		.qty = 1,
		.usable = INSTANT_ALWAYS,
		.until = INSTANT_NEVER,
		.sale = SLICE("") };

	if (qty->kind != VALUE_ABSENT && decimal_parse(qty->text, 0, &voucher.qty) != DECIMAL_OK)
		return fail_at(error, LOYALTY_BAD, "qty", "expected a whole number");
	ledger_instant(fold->ledger, record_value(posting->record, FIELD_USABLE), &voucher.usable);
	ledger_instant(fold->ledger, record_value(posting->record, FIELD_UNTIL), &voucher.until);
	return fold_add_voucher(fold, posting->id, &voucher) ? LOYALTY_OK : fail_memory(error);
}

static struct view_voucher *
open_voucher(struct fold *fold, struct slice id)
{
	for (int i = 0; i < fold->voucher_count; i++)
		if (fold->vouchers[i].sale.size == 0 && slice_equal(fold->vouchers[i].id, id))
			return &fold->vouchers[i];
	return NULL;
}

static void
drop_voucher(struct fold *fold, struct view_voucher *voucher)
{
	size_t behind = (size_t)(&fold->vouchers[fold->voucher_count] - voucher) - 1;

	memmove(voucher, voucher + 1, behind * sizeof(*voucher));
	fold->voucher_count--;
}

/* Whose id another sale has can be cancelled no more. */
static void
drop_used(struct fold *fold, struct slice sale)
{
	for (int i = fold->voucher_count; i-- > 0;)
		if (sale.size && slice_equal(fold->vouchers[i].sale, sale))
			drop_voucher(fold, &fold->vouchers[i]);
}

/* A cancelled purchase gives its vouchers back, unless what comes next refuses that. */
static void
settle_cancel(struct fold *fold, const struct entry *next)
{
	bool refused =
		next && next->type == POSTING_REFUSED && slice_equal(next->rule, SLICE("cancel"));

	for (int i = 0; fold->cancelled.size && !refused && i < fold->voucher_count; i++)
		if (slice_equal(fold->vouchers[i].sale, fold->cancelled))
			fold->vouchers[i].sale = SLICE("");
	fold->cancelled = SLICE("");
}

static bool
fold_sale(struct fold *fold, const struct entry *fact)
{
	if (fact->type == FACT_PURCHASE)
		drop_used(fold, fact->id);
	if (fact->type != FACT_CANCEL)
		return true;
	fold->cancelled =
		copy(fold, ledger_text(fold->ledger, record_value(fact->record, FIELD_OF)));
	return fold->cancelled.data != NULL;
}

static enum loyalty_status
fold_voucher(struct fold *fold, const struct entry *posting, struct loyalty_error *error)
{
	struct slice id = ledger_text(fold->ledger, record_value(posting->record, FIELD_VOUCHER));
	struct view_voucher *voucher;

	if (!fold->keeps_vouchers)
		return LOYALTY_OK;
	if (posting->type == POSTING_ISSUED)
		return add_voucher(fold, posting, error);
	voucher = id.data ? open_voucher(fold, id) : NULL;
	if (!voucher)
		return LOYALTY_OK;
	if (posting->type == POSTING_VOIDED || posting->type == POSTING_EXPIRED)
		drop_voucher(fold, voucher);
	if (posting->type != POSTING_USED)
		return LOYALTY_OK;
	voucher->sale = copy(fold, posting->of);
	return voucher->sale.data ? LOYALTY_OK : fail_memory(error);
}

/* ---- entries ------------------------------------------------------------ */

/* It was refused, so nothing happened. */
static bool
is_claimed_late(struct fold *fold, const struct entry *fact)
{
	instant occurred;

	return ledger_instant(
		       fold->ledger, record_value(fact->record, FIELD_OCCURRED), &occurred) &&
	       claimed_late(fold->programme, occurred, fact->at);
}

static void
fold_clocks(struct fold *fold, struct fold_member *member, const struct entry *entry)
{
	size_t count = (size_t)fold->programme->clock_count;

	if (count && is_fact(entry->type)) {
		fold->fact = entry->type;
		fold->moved = (uint32_t)(member - fold->members) + 1;
		memcpy(fold->clocks_before, member->clocks, count * sizeof(*member->clocks));
	}
	if (count)
		clocks_entry(fold->programme, member->clocks, entry,
			ledger_text(fold->ledger, record_value(entry->record, FIELD_NAME)));
}

/* The clocks are as they were where what comes next refuses the fact that moved them. */
static void
settle_clocks(struct fold *fold, const struct entry *next)
{
	size_t count = (size_t)fold->programme->clock_count;
	struct slice why;

	if (fold->moved && next->type == POSTING_REFUSED) {
		why = ledger_text(fold->ledger, record_value(next->record, FIELD_WHY));
		if (replay_refuses_fact(fold->fact, next->rule, why))
			memcpy(fold->members[fold->moved - 1].clocks, fold->clocks_before,
				count * sizeof(instant));
	}
	fold->moved = 0;
}

static void
fold_fact(struct fold *fold, struct fold_member *member, const struct entry *fact)
{
	size_t units = (size_t)fold->programme->unit_count;

	if (fact->type == FACT_LEAVE)
		member->left = true;
	if (fact->type == FACT_GRANT)
		fold_grant(fold, member, fact);
	if (fact->type != FACT_ENROL)
		return;
	member->enrolled = fact->at;
	if (member->left) {
		memset(member->earned.lifetime, 0, units * sizeof(*member->earned.lifetime));
		member->earned.head = member->earned.tail = 0;
		member->opened = NULL;
		member->joined = 0;
	}
	member->left = false;
}

/* Who a member is now. */
static struct fold_member *
member_now(struct fold *fold, struct fold_member *member)
{
	while (member && member->into)
		member = &fold->members[member->into - 1];
	return member;
}

/* What was opened of one counts for the other. */
static void
fold_join(struct fold *fold, const struct fold_member *from, struct fold_member *into)
{
	while (into->joined)
		into = &fold->members[into->joined - 1];
	into->joined = (uint32_t)(from - fold->members) + 1;
}

/* Whom a fact names beside its member, where they are known. */
static const struct fold_member *
named_member(struct fold *fold, const struct entry *fact)
{
	int field = fact->type == FACT_TRANSFER ? FIELD_TO
		    : fact->type == FACT_MERGE  ? FIELD_INTO
						: FIELD_REFERRER;
	struct slice key = ledger_text(fold->ledger, record_value(fact->record, field));

	if (!key.data)
		return NULL;
	return member_now(fold, look_up_member(fold, key, XXH3_64bits(key.data, key.size)));
}

/* A fact that came late happened when it came: the engine's clocks, as far as they can be told. */
static instant
date_late(struct fold *fold, const struct fold_member *member, const struct entry *fact)
{
	const struct fold_member *named = named_member(fold, fact);
	const instant clocks[] = { fold->ticked, member->clock,
		fold->shares ? fold->everybody : INSTANT_ALWAYS,
		named ? named->clock : INSTANT_ALWAYS };
	instant at = fact->at;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (clocks[i] > at)
			at = clocks[i];
	return at;
}

static void
move_clocks(struct fold *fold, struct fold_member *member, const struct entry *entry)
{
	if (member->clock == INSTANT_ALWAYS && entry->at > member->seen)
		member->seen = entry->at;
	if (entry->at > member->clock)
		member->clock = entry->at;
	if (is_fact(entry->type) && entry->at > fold->everybody)
		fold->everybody = entry->at;
}

/* What is known of a member who was merged is known of who they are now. */
static enum loyalty_status
merge(struct fold *fold, struct fold_member *member, const struct entry *posting,
	struct loyalty_error *error)
{
	struct slice to = ledger_text(fold->ledger, record_value(posting->record, FIELD_TO));
	uint32_t from = (uint32_t)(member - fold->members);
	struct fold_member *into = find_member(fold, to, posting->at);
	enum loyalty_status status;

	if (!into)
		return fail_memory(error);
	member = &fold->members[from];
	if (member_now(fold, into) == member)
		return fail_at(error, LOYALTY_CORRUPT, "to", "the member themself");
	member->into = (uint32_t)(into - fold->members) + 1;
	into->merges = true;
	fold_join(fold, member, into);
	status = fold_merge_levels(fold, member, into, posting, error);
	if (status != LOYALTY_OK)
		return status;
	for (int i = 0; i < fold->programme->clock_count; i++)
		if (member->clocks[i] > into->clocks[i])
			into->clocks[i] = member->clocks[i];
	if (member->seen < into->seen)
		into->seen = member->seen;
	if (member->enrolled < into->enrolled)
		into->enrolled = member->enrolled;
	/* What was theirs is the other's. */
	memset(member->levels, 0, (size_t)fold->programme->ladder_count * sizeof(*member->levels));
	fold->voucher_count = 0;
	return earnings_merge(&fold->earnings, &member->earned, &into->earned,
		fold->programme->unit_count, error);
}

static enum loyalty_status
fold_transferred(struct fold *fold, struct fold_member *member, const struct entry *posting,
	struct loyalty_error *error)
{
	bool to = record_value(posting->record, FIELD_TO)->kind != VALUE_ABSENT;

	if (!slice_equal(posting->rule, SLICE("merge")))
		return LOYALTY_OK;
	if (to)
		return merge(fold, member, posting, error);
	member->merges = true;
	return LOYALTY_OK;
}

enum loyalty_status
fold_entry(struct fold *fold, const struct entry *entry, struct loyalty_error *error)
{
	struct entry dated = *entry;
	struct fold_member *member;
	enum loyalty_status status;
	bool refused = false;

	if (entry->type == FACT_TICK && entry->timed && entry->at > fold->ticked)
		fold->ticked = entry->at;
	if (entry->type >= RECORD_OTHER || !entry->member.data)
		return LOYALTY_OK;
	status = fold_settle(fold, error);
	if (status != LOYALTY_OK)
		return status;
	member = member_now(fold, find_member(fold, entry->member, entry->at));
	if (!member)
		return fail_memory(error);
	if (is_fact(entry->type)) {
		refused = is_claimed_late(fold, entry);
		earnings_fact(&fold->earnings, fold->ledger, entry);
	}
	if (entry->late)
		dated.at = date_late(fold, member, entry);
	entry = &dated;
	move_clocks(fold, member, entry);
	settle_cancel(fold, entry);
	settle_clocks(fold, entry);
	if (refused)
		return LOYALTY_OK;
	fold_clocks(fold, member, entry);
	if (is_fact(entry->type)) {
		fold_fact(fold, member, entry);
		if (fold->keeps_vouchers && !fold_sale(fold, entry))
			return fail_memory(error);
		return LOYALTY_OK;
	}
	if (entry->type == POSTING_TIER_CHANGED)
		return fold_level(fold, member, entry, error);
	status = fold_voucher(fold, entry, error);
	if (status == LOYALTY_OK)
		status = fold_units(fold, member, entry, error);
	if (status == LOYALTY_OK &&
		(entry->type == POSTING_EARNED || entry->type == POSTING_REVERSED ||
			entry->type == POSTING_ADJUSTED))
		status = earnings_add(&fold->earnings, &member->earned, entry, error);
	if (status == LOYALTY_OK && entry->type == POSTING_TRANSFERRED)
		status = fold_transferred(fold, member, entry, error);
	return status;
}

/* ---- the view ------------------------------------------------------------ */

uint32_t
fold_count(const struct fold *fold)
{
	return fold->member_count;
}

struct slice
fold_key(const struct fold *fold, uint32_t index)
{
	return fold->members[index].key;
}

const int64_t *
fold_sums(const struct fold *fold, uint32_t index)
{
	return fold->members[index].sums;
}

static bool
view_lots(struct fold *fold, const struct fold_member *member, struct view *view)
{
	uint32_t count = 0;

	for (uint32_t i = member->first_lot; i; i = fold->lots[i - 1].next) {
		const struct fold_lot *lot = &fold->lots[i - 1];

		if (lot->left == 0)
			continue;
		if (!reserve((void **)&fold->view_lots, count, &fold->view_lot_capacity,
			    sizeof(*fold->view_lots)))
			return false;
		fold->view_lots[count++] = (struct view_lot){ lot->unit, lot->left,
			fold_lot_usable(member, lot), fold_lot_end(fold, member, lot) };
	}
	view->lots = fold->view_lots;
	view->lot_count = (int)count;
	return true;
}

/* The counters that the ladders' needs ask for. */
static enum loyalty_status
view_counters(struct fold *fold, const struct fold_member *member, instant now,
	struct loyalty_error *error)
{
	const struct programme *programme = fold->programme;
	const struct member *dates = fold_member_form(fold, member);

	for (int i = 0; i < programme->counter_count; i++) {
		const struct counter *counter = &programme->counters[i];
		enum loyalty_status status;

		if (!fold->earnings.needed[i])
			continue;
		fold->counted[i] = 0;
		fold->countable[i] = true;
		if (member->into)
			continue;
		status = earnings_count(&fold->earnings, &member->earned, programme, dates, counter,
			now, &fold->counted[i], &fold->countable[i], error);
		if (status == LOYALTY_OK)
			status = fold_opened_count(fold, member, i, now, &fold->counted[i], error);
		if (status != LOYALTY_OK)
			return status;
	}
	return LOYALTY_OK;
}

enum loyalty_status
fold_view(struct fold *fold, uint32_t index, instant now, struct view *view,
	struct loyalty_error *error)
{
	const struct fold_member *member = &fold->members[index];
	enum loyalty_status status = fold_settle(fold, error);

	if (status != LOYALTY_OK)
		return status;
	settle_cancel(fold, NULL);
	*view = (struct view){
		.sums = member->sums,
		.debts = member->debts,
		.levels = member->levels,
		.vouchers = fold->vouchers,
		.voucher_count = fold->voucher_count,
		.counted = fold->counted,
		.countable = fold->countable,
	};
	if (!view_lots(fold, member, view))
		return fail_memory(error);
	status = view_counters(fold, member, now, error);
	if (status == LOYALTY_OK)
		status = fold_view_levels(fold, member, now, view, error);
	return status;
}

/*
 * earnings.c - what members earned and when.
 */
#define XXH_INLINE_ALL
#include "earnings.h"

#include <stdlib.h>
#include <xxhash.h>

#include "periods.h"

static void
note_counter(struct earnings *earnings, const struct programme *programme, int index)
{
	const struct counter *counter = &programme->counters[index];

	earnings->needed[index] = true;
	if (counter->period.kind == PERIOD_LIFETIME)
		earnings->lifetimes |= UINT64_C(1) << counter->unit;
	else
		earnings->units |= UINT64_C(1) << counter->unit;
}

static void
note_level(struct earnings *earnings, const struct programme *programme, const struct level *level)
{
	for (int i = 0; i < level->alternative_count; i++) {
		const struct needs *needs = &level->alternatives[i];

		for (int j = 0; j < needs->count; j++) {
			if (needs->items[j].counter >= 0)
				note_counter(earnings, programme, needs->items[j].counter);
		}
	}
}

bool
earnings_init(struct earnings *earnings, const struct programme *programme)
{
	*earnings = (struct earnings){ .programme = programme };
	earnings->needed = calloc((size_t)programme->counter_count + 1, sizeof(*earnings->needed));
	if (!earnings->needed)
		return false;
	for (int i = 0; i < programme->ladder_count; i++) {
		for (int j = 0; j < programme->ladders[i].level_count; j++)
			note_level(earnings, programme, &programme->ladders[i].levels[j]);
	}
	return true;
}

void
earnings_free(struct earnings *earnings)
{
	free(earnings->items);
	free(earnings->needed);
}

static uint64_t
hash(struct slice text)
{
	return text.size ? XXH3_64bits(text.data, text.size) : 0;
}

void
earnings_fact(struct earnings *earnings, struct ledger *ledger, const struct entry *fact)
{
	if (!earnings->units)
		return;
	earnings->fact_id = hash(fact->id);
	earnings->fact_id_size = fact->id.size;
	earnings->fact_type = fact->type;
	earnings->has_fact = true;
	earnings->fact_of = hash(fact->of);
	earnings->fact_key = (uint32_t)hash(fact->member);
	if (!ledger_instant(
		    ledger, record_value(fact->record, FIELD_OCCURRED), &earnings->fact_occurred))
		earnings->fact_occurred = fact->at;
}

static struct earning *
add(struct earnings *earnings, struct earnings_list *list)
{
	if (earnings->count == earnings->capacity) {
		uint32_t capacity = earnings->capacity ? 2 * earnings->capacity : 1024;
		struct earning *items =
			realloc(earnings->items, capacity * sizeof(*earnings->items));

		if (!items)
			return NULL;
		earnings->items = items;
		earnings->capacity = capacity;
	}
	if (list->tail)
		earnings->items[list->tail - 1].next = earnings->count + 1;
	else
		list->head = earnings->count + 1;
	list->tail = ++earnings->count;
	return &earnings->items[earnings->count - 1];
}

/* Whether an id is made of that many bytes of it, or goes on from them as those of what follows do. */
static bool
goes_on_after(struct slice id, size_t size)
{
	return id.size == size || (id.size > size && id.data[size] == ':');
}

/* Whether a posting goes back to what is called NAME@AT. */
static bool
follows(const struct entry *posting, struct slice name)
{
	struct slice at = record_value(posting->record, FIELD_AT)->text;
	const char *of = posting->of.data;

	return posting->of.size > name.size + at.size && memcmp(of, name.data, name.size) == 0 &&
	       of[name.size] == '@' && memcmp(of + name.size + 1, at.data, at.size) == 0 &&
	       goes_on_after(posting->of, name.size + 1 + at.size);
}

/* Whether a posting goes back to the latest fact. One without id is called by its type. */
static bool
follows_fact(const struct earnings *earnings, const struct entry *posting)
{
	size_t size = earnings->fact_id_size;

	if (size == 0)
		return earnings->has_fact &&
		       follows(posting, slice_of(record_type_name(earnings->fact_type)));
	return goes_on_after(posting->of, size) &&
	       hash((struct slice){ posting->of.data, size }) == earnings->fact_id;
}

/* Whether a posting goes back to what ends a period: the engine counts it in the one that ends. */
static bool
closes_period(const struct programme *programme, const struct entry *posting)
{
	for (int i = 0; i < programme->moment_count; i++)
		if (programme->moments[i].closes && follows(posting, programme->moments[i].name))
			return true;
	return follows(posting, SLICE("tier"));
}

/*
 * The first earning of the fact that the latest one takes back; index + 1; 0: there is none. Ids may
 * be used again: it is the last of that id, and one under another key where a merge made them one.
 */
static uint32_t
find_taken_back(const struct earnings *earnings, const struct earnings_list *list)
{
	uint32_t own = 0;
	uint32_t others = 0;

	for (uint32_t i = list->head; i; i = earnings->items[i - 1].next) {
		const struct earning *earning = &earnings->items[i - 1];
		uint32_t *found = earning->key == earnings->fact_key ? &own : &others;

		if (earning->of != earnings->fact_of)
			continue;
		if (!*found || earnings->items[*found - 1].at != earning->at ||
			earnings->items[*found - 1].occurred != earning->occurred)
			*found = i;
	}
	return own ? own : others;
}

/* It counts when what it takes back counted; of a return, that is its sale. */
static void
take_back(const struct earnings *earnings, uint32_t index, struct earning *earning)
{
	const struct earning *sale = index ? &earnings->items[index - 1] : NULL;

	if (!sale)
		return;
	earning->at = sale->at;
	earning->occurred = sale->occurred;
	earning->sale = sale->sale ? sale->sale : index;
}

/* The times that a posting counts at: its fact's, or for a reversal those of the sale. */
static void
date_earning(const struct earnings *earnings, const struct earnings_list *list,
	const struct entry *posting, struct earning *earning)
{
	*earning = (struct earning){ .at = posting->at, .occurred = posting->at };
	if (!follows_fact(earnings, posting)) {
		earning->of = hash(posting->of);
		earning->closes = closes_period(earnings->programme, posting);
		earning->occurred -= earning->closes;
		return;
	}
	earning->of = earnings->fact_id;
	earning->key = earnings->fact_key;
	earning->occurred = earnings->fact_occurred;
	if (posting->type != POSTING_REVERSED || earnings->fact_of == 0)
		return;
	take_back(earnings, find_taken_back(earnings, list), earning);
}

enum loyalty_status
earnings_add(struct earnings *earnings, struct earnings_list *list, const struct entry *posting,
	struct loyalty_error *error)
{
	struct earning dated = { 0 };

	if (posting->moved & earnings->units)
		date_earning(earnings, list, posting, &dated);
	for (uint64_t left = posting->moved; left; left &= left - 1) {
		int unit = __builtin_ctzll(left);
		struct earning *earning;

		if (earnings->lifetimes >> unit & 1 &&
			add_overflows(
				list->lifetime[unit], posting->units[unit], &list->lifetime[unit]))
			return fail_at(error, LOYALTY_BAD, "units", "what was earned overflows");
		if (!(earnings->units >> unit & 1))
			continue;
		earning = add(earnings, list);
		if (!earning)
			return fail_memory(error);
		*earning = dated;
		earning->unit = (int16_t)unit;
		earning->amount = posting->units[unit];
	}
	return LOYALTY_OK;
}

bool
earnings_remember(
	struct earnings *earnings, struct earnings_list *list, const struct earned_before *fact)
{
	struct earning *earning;
	uint32_t sale = 0;

	if (!earnings->units || fact->id.size == 0)
		return true;
	earnings->fact_key = (uint32_t)hash(fact->key);
	earnings->fact_of = hash(fact->sale);
	if (fact->sale.size)
		sale = find_taken_back(earnings, list);
	earning = add(earnings, list);
	if (earning)
		*earning = (struct earning){ .at = fact->at,
			.occurred = fact->occurred,
			.of = hash(fact->id),
			.key = earnings->fact_key,
			.sale = sale,
			.unit = -1 };
	return earning;
}

enum loyalty_status
earnings_merge(struct earnings *earnings, struct earnings_list *from, struct earnings_list *to,
	int unit_count, struct loyalty_error *error)
{
	for (int unit = 0; unit < unit_count; unit++) {
		if (add_overflows(to->lifetime[unit], from->lifetime[unit], &to->lifetime[unit]))
			return fail_at(error, LOYALTY_BAD, "units", "what was earned overflows");
	}
	if (from->head && to->tail)
		earnings->items[to->tail - 1].next = from->head;
	else if (from->head)
		to->head = from->head;
	if (from->head)
		to->tail = from->tail;
	from->head = from->tail = 0;
	return LOYALTY_OK;
}

/* Whether the dates that a period hangs on are in a ledger's facts as we read them. */
static bool
is_countable(const struct period *period)
{
	return period->kind != PERIOD_BIRTHDAY_MONTH && period->kind != PERIOD_PURCHASE;
}

enum loyalty_status
earnings_count(const struct earnings *earnings, const struct earnings_list *list,
	const struct programme *programme, const struct member *member,
	const struct counter *counter, instant now, int64_t *value, bool *countable,
	struct loyalty_error *error)
{
	bool rolling = counter->period.kind == PERIOD_ROLLING;
	struct span window = { 0 };

	*value = 0;
	*countable = is_countable(&counter->period);
	if (counter->period.kind == PERIOD_LIFETIME)
		*value = list->lifetime[counter->unit];
	if (!*countable || counter->period.kind == PERIOD_LIFETIME)
		return LOYALTY_OK;
	if (!rolling && !period_window(programme, member, counter->period, now, &window))
		return LOYALTY_OK;
	for (uint32_t i = list->head; i; i = earnings->items[i - 1].next) {
		const struct earning *earning = &earnings->items[i - 1];
		bool counts = rolling ? rolling_holds(programme, counter->period.rolling,
						earning->at - earning->closes, now)
				      : window.begin <= earning->occurred &&
						earning->occurred < window.end;

		if (earning->unit == counter->unit && counts &&
			add_overflows(*value, earning->amount, value))
			return fail(error, LOYALTY_BAD, "what was earned overflows");
	}
	return LOYALTY_OK;
}

enum loyalty_status
earnings_since(const struct earnings *earnings, const struct earnings_list *list, int unit,
	const struct earned_since *term, int64_t *value, struct loyalty_error *error)
{
	*value = 0;
	for (uint32_t i = list->head; i; i = earnings->items[i - 1].next) {
		const struct earning *earning = &earnings->items[i - 1];
		bool after = earning->sale == 0 || earning->sale > term->mark;

		/* A merge puts what came before in a list behind what came after. */
		if (i > term->counted && earning->unit == unit &&
			(earning->at > term->since || (after && earning->at == term->since)) &&
			add_overflows(*value, earning->amount, value))
			return fail(error, LOYALTY_BAD, "what was earned overflows");
	}
	return LOYALTY_OK;
}

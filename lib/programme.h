/*
 * programme.h - a programme document, checked and compiled.
 *
 * The loader (lib/programme/) turns the JSON document into the structures below,
 * which the deciders read and nobody changes. Everything that a name refers to
 * is an index by then; everything that may vary is a struct table; everything
 * that is counted over a period is a struct counter. The vocabulary itself is
 * described in loyalty-programme(5).
 */
#ifndef PROGRAMME_H
#define PROGRAMME_H

#include "decimal.h"
#include "kinds.h"
#include "record.h"
#include "zone.h"

/*
 * The fields of records that the engine itself reads: columns of TABLE_RECORD in
 * this order, registered first, so that the enum is the column.
 */
#define RECORD_FIELDS(X)                                                                           \
	X(TYPE, "type")                                                                            \
	X(AT, "at")                                                                                \
	X(MEMBER, "member")                                                                        \
	X(ID, "id")                                                                                \
	X(OCCURRED, "occurred")                                                                    \
	X(OF, "of")                                                                                \
	X(AMOUNT, "amount")                                                                        \
	X(CURRENCY, "currency")                                                                    \
	X(TAX, "tax")                                                                              \
	X(SHIPPING, "shipping")                                                                    \
	X(TIP, "tip")                                                                              \
	X(FEES, "fees")                                                                            \
	X(DONATION, "donation")                                                                    \
	X(DISCOUNT, "discount")                                                                    \
	X(ITEMS, "items")                                                                          \
	X(TENDERS, "tenders")                                                                      \
	X(VOUCHERS, "vouchers")                                                                    \
	X(REDEEMS, "redeems")                                                                      \
	X(NAME, "name")                                                                            \
	X(BIRTHDAY, "birthday")                                                                    \
	X(REFERRER, "referrer")                                                                    \
	X(REWARD, "reward")                                                                        \
	X(QTY, "qty")                                                                              \
	X(POINTS, "points")                                                                        \
	X(UNIT, "unit")                                                                            \
	X(CHOICE, "choice")                                                                        \
	X(BASKET, "basket")                                                                        \
	X(BASKET_AMOUNT, "basket.amount")                                                          \
	X(BUCKET, "bucket")                                                                        \
	X(TIER, "tier")                                                                            \
	X(UNTIL, "until")                                                                          \
	X(BY, "by")                                                                                \
	X(RULE, "rule")                                                                            \
	X(UNITS, "units")                                                                          \
	X(LOTS, "lots")                                                                            \
	X(USABLE, "usable")                                                                        \
	X(FROM, "from")                                                                            \
	X(TO, "to")                                                                                \
	X(REASON, "reason")                                                                        \
	X(VOUCHER, "voucher")                                                                      \
	X(OFF, "off")                                                                              \
	X(PERCENT, "percent")                                                                      \
	X(ITEM, "item")                                                                            \
	X(BENEFIT, "benefit")                                                                      \
	X(UP_TO, "up_to")                                                                          \
	X(EARNED, "earned")                                                                        \
	X(EARNED_BY, "earned_by")                                                                  \
	X(LOT, "lot")                                                                              \
	X(INTO, "into")                                                                            \
	X(WHY, "why")                                                                              \
	X(DECIDERS, "deciders")                                                                    \
	X(VERSION, "version")                                                                      \
	X(DIGEST, "digest")                                                                        \
	X(COUNTS, "counts")                                                                        \
	X(REPEATS, "repeats")                                                                      \
	X(REJECTED, "rejected")                                                                    \
	X(LATE, "late")                                                                            \
	X(POSTINGS_ONLY, "postings_only")                                                          \
	X(OPENED, "opened")                                                                        \
	X(MEMBERS, "members")                                                                      \
	X(TOUCHED, "touched")                                                                      \
	X(HASH, "hash")                                                                            \
	X(STATE, "state")

/* clang-format off */
enum record_field {
#define X(constant, name) FIELD_##constant,
	RECORD_FIELDS(X)
#undef X
	RECORD_FIELD_COUNT
};
/* clang-format on */

/* The tables of a shape, registered in this order. */
/* So that a set of them fits into 64 bits. */
enum { UNITS_MAX = 64 };

enum record_table { TABLE_ITEMS = 1, TABLE_TENDERS, TABLE_BASKET_ITEMS, RECORD_TABLE_COUNT };

/* The columns of TABLE_ITEMS and TABLE_BASKET_ITEMS that the engine reads itself. */
#define ITEM_FIELDS(X)                                                                             \
	X(AMOUNT, "amount")                                                                        \
	X(QTY, "qty")                                                                              \
	X(DISCOUNT, "discount")                                                                    \
	X(TAX, "tax")                                                                              \
	X(SHIPPING, "shipping")                                                                    \
	X(TIP, "tip")                                                                              \
	X(FEES, "fees")                                                                            \
	X(DONATION, "donation")                                                                    \
	X(SKU, "sku")                                                                              \
	X(LINE, "line")

/* clang-format off */
enum item_field {
#define X(constant, name) ITEM_##constant,
	ITEM_FIELDS(X)
#undef X
	ITEM_FIELD_COUNT
};
/* clang-format on */

enum tender_field { TENDER_KIND, TENDER_AMOUNT, TENDER_FIELD_COUNT };

/* A list that the programme owns. */
struct slice_list {
	struct slice *items;
	int count;
};

struct index_list {
	int *items;
	int count;
};

/* ---- time ------------------------------------------------------------ */

enum period_kind {
	PERIOD_DAY,
	PERIOD_WEEK,
	PERIOD_MONTH,
	PERIOD_QUARTER,
	PERIOD_HALF_YEAR,
	PERIOD_YEAR,
	PERIOD_MEMBERSHIP_YEAR,
	PERIOD_BIRTHDAY_MONTH,
	PERIOD_LIFETIME,
	PERIOD_ROLLING,
	PERIOD_PURCHASE, /* in `per` of limits only */
	PERIOD_BALANCE,  /* not a time: what is usable now */
	PERIOD_WINDOW,   /* a named window */
};

struct period {
	enum period_kind kind;
	struct duration rolling; /* PERIOD_ROLLING */
	int window;              /* PERIOD_WINDOW: index into windows */
};

/* Whether its windows are the same for everybody and never move. */
static inline bool
period_is_calendar(struct period period)
{
	return period.kind <= PERIOD_YEAR;
}

enum window_kind { WINDOW_STARTS, WINDOW_YEARLY, WINDOW_SINGLE, WINDOW_SINCE };

struct month_day {
	int month, day; /* 29 February is the 28th in common years */
};

/* A value of `periods`. */
struct window {
	struct slice id;
	enum window_kind kind;
	struct month_day *starts; /* WINDOW_STARTS: ascending */
	int start_count;
	struct month_day from, through; /* WINDOW_YEARLY, both inclusive; may wrap the year's end */
	instant begin, end;             /* WINDOW_SINGLE, [begin, end) */
	struct index_list since;        /* WINDOW_SINCE: indices into clocks */
	struct duration lasts;
};

/*
 * How long something lasts from its start: start + first, rounded up to the end
 * of `round` where has_round, + then, at the wall-clock time where has_clock.
 * A plain DURATION has only `first`; end-of-month+P6M@02:00 has round, then, clock.
 */
struct life {
	bool forever;
	bool has_round, has_clock;
	struct duration first, then;
	struct period round;
	int clock_minute; /* minutes after midnight */
	/* `pending` only: usable when the member's next such fact comes; index into clocks, else -1 */
	int until_clock;
};

enum moment_kind {
	MOMENT_START_OF,
	MOMENT_END_OF,
	MOMENT_BIRTHDAY,
	MOMENT_ANNIVERSARY,
	MOMENT_MONTH_DAY,
	MOMENT_FACT, /* the member's latest such fact; index into clocks */
};

/* Something that happens by itself. In the order of the document. */
struct moment {
	struct slice name; /* as the document writes it */
	enum moment_kind kind;
	struct period period; /* MOMENT_START_OF, MOMENT_END_OF */
	struct month_day day; /* MOMENT_MONTH_DAY */
	int clock;            /* MOMENT_FACT */
	struct duration offset;
	int offset_sign; /* 1, -1, 0: none */
	bool has_clock_time;
	int clock_minute;
	bool closes; /* end-of-…: belongs to the period that it ends */
};

/* ---- triggers --------------------------------------------------------- */

enum trigger_kind {
	TRIGGER_FACT,   /* fact, and name for action:NAME (size 0: any) */
	TRIGGER_MOMENT, /* index */
	TRIGGER_TIER_UP,
	TRIGGER_TIER_DOWN,
	TRIGGER_REWARD,   /* reward:ID: index of the reward */
	TRIGGER_REACH,    /* index into reaches */
	TRIGGER_BALANCE,  /* rewards only */
	TRIGGER_CHOICE,   /* rewards only */
	TRIGGER_ACTIVITY, /* clocks only: any earning or redeeming of unit `index` */
};

struct trigger {
	enum trigger_kind kind;
	enum record_type fact; /* TRIGGER_FACT; of what is decided later, that it was carried out */
	struct slice name;
	int index;
};

struct trigger_list {
	struct trigger *items;
	int count;
};

/* {"reach": {unit: thresholds}, "every": n, "over": PERIOD}; one unit each. */
struct reach {
	int unit;
	int64_t *thresholds; /* ascending, smallest parts */
	int threshold_count;
	int64_t every; /* 0: none; else and every so many after the last threshold */
	struct period over;
	int counter; /* of what was earned over the period; -1 for PERIOD_BALANCE */
};

/* The time of the member's latest such happening is kept: `since`, FACT+DURATION, windows. */
struct clock {
	struct trigger trigger;
};

/* ---- conditions ------------------------------------------------------- */

/* Where a condition looks a bare name up. */
enum scope { SCOPE_RECORD, SCOPE_ITEMS, SCOPE_TENDERS, SCOPE_BASKET_ITEMS };

/* A part of a purchase's money, or a number of the record. */
enum part_kind {
	PART_MERCHANDISE,
	PART_TAX,
	PART_SHIPPING,
	PART_TIP,
	PART_FEES,
	PART_DONATION,
	PART_DISCOUNT, /* kind: size 0 for all kinds */
	PART_AMOUNT,
	PART_FIELD,       /* column of the record */
	PART_ITEMS_FIELD, /* column of the lines, summed over the selected ones */
};

struct part {
	enum part_kind kind;
	int sign; /* 1, -1 */
	struct slice discount_kind;
	int column;
};

struct basis {
	struct part *parts;
	int count;
};

/* A scalar of the document, ready to be compared. */
struct scalar {
	enum value_kind kind; /* NULL FALSE TRUE NUMBER STRING */
	struct slice text;    /* NUMBER, STRING */
	bool is_decimal;      /* NUMBER, or a STRING that reads as a decimal */
	struct decimal decimal;
};

struct scalar_list {
	struct scalar *items;
	int count;
};

/* All that is present must hold. */
struct comparison {
	struct scalar_list equals; /* any of; count 0: not asked */
	struct scalar_list unequal;
	bool has_min, has_max, has_above, has_below, has_every;
	struct scalar min, max, above, below;
	struct decimal every;
	int exists; /* -1 not asked, 0, 1 */
};

enum test_kind {
	TEST_FIELD,      /* table/column of the scope; compares (arrays: some element) */
	TEST_AT_DATE,    /* local date; compares as text YYYY-MM-DD */
	TEST_AT_TIME,    /* HH:MM, by prefix order of HH:MM:SS */
	TEST_AT_WEEKDAY, /* names */
	TEST_AT_DAY,
	TEST_AT_MONTH,
	TEST_ELEMENTS, /* table; condition on elements, count, total */
	TEST_MEMBER,   /* attribute of the member; index into attributes */
	TEST_LEVEL,    /* index of the ladder; levels */
	TEST_BALANCE,  /* unit usable now */
	TEST_EARNED,   /* counter */
	TEST_HISTORY,  /* counter */
	TEST_IN,       /* periods (birthday-month or named windows) */
	TEST_PART,     /* a part of the base, as money of the purchase */
	TEST_COUNT,    /* inside element conditions: TEST_ELEMENTS holds these itself */
	TEST_ANY,      /* conditions: one must hold */
	TEST_NOT,      /* condition: must not hold */
};

struct test {
	enum test_kind kind;
	int table, column;              /* TEST_FIELD, TEST_ELEMENTS (table) */
	int index;                      /* attribute, ladder, unit or counter */
	struct part part;               /* TEST_PART */
	struct comparison compare;      /* scalars; counts and balances as whole-unit decimals */
	struct comparison count, total; /* TEST_ELEMENTS */
	bool has_count, has_total;
	/* TEST_LEVEL: bit n for level n of the ladder, worked out from equals, not, min, max, … */
	uint64_t levels;
	/* TEST_IN: windows that must / must not hold the time */
	struct period *periods;
	int period_count;
	bool in_negated;
	struct condition *conditions; /* TEST_ANY, TEST_NOT, TEST_ELEMENTS (one): children */
	int condition_count;
	int answer; /* n + 1 of the programme's `asked` n; 0: not of the member */
};

/* alternatives of tests: any alternative, all of its tests. count 0: always. */
struct alternative {
	struct test *tests;
	int count;
};

struct condition {
	struct alternative *alternatives;
	int count;
};

/* ---- tables: values that change --------------------------------------- */

enum subject {
	SUBJECT_NONE, /* a constant: leaf */
	/* matches */
	SUBJECT_LEVEL,   /* ladder `index`; key is the level's number */
	SUBJECT_FIELD,   /* column `column` of the record */
	SUBJECT_MEMBER,  /* attribute `index` */
	SUBJECT_ITEM,    /* column of the line: the base is split line by line */
	SUBJECT_TENDER,  /* column of the tender: split tender by tender */
	SUBJECT_WEEKDAY, /* key is 0 Monday .. 6 Sunday */
	/* lower bounds: the greatest key not above the value; keys ascend */
	SUBJECT_DATE,   /* key is a day */
	SUBJECT_TIME,   /* key is microseconds after local midnight, by the wall clock */
	SUBJECT_AMOUNT, /* the record's amount; key in smallest money */
	SUBJECT_BASIS,  /* the rule's own base */
	SUBJECT_ITEM_AMOUNT,
	SUBJECT_ITEM_QTY,
	SUBJECT_BALANCE, /* unit `index` */
	SUBJECT_EARNED,  /* unit `index`, lifetime; counter `counter` */
};

/*
 * Something that the rules on a purchase ask about the member, where a return is to ask
 * them again: a test or a table. Those of one rule stand together.
 */
struct asked {
	struct test *test;   /* or NULL */
	struct table *table; /* or NULL */
};

struct asked_range {
	int first, count;
};

/* Whether any of its values depends on what. */
struct table_uses {
	bool level, balance, lines, tenders;
};

enum expiry_kind { EXPIRY_NEVER, EXPIRY_LIFE };

/* A leaf of `expire`. since count 0: the clock starts when the lot is earned, only. */
struct expiry {
	enum expiry_kind kind;
	struct life life;
	struct index_list since; /* indices into clocks */
};

struct table_key {
	struct slice text; /* SUBJECT_FIELD, MEMBER, ITEM, TENDER: compared as a scalar equals */
	struct scalar scalar;
	int64_t bound;          /* level, weekday, day, micros, smallest money or unit */
	struct decimal decimal; /* SUBJECT_BASIS, ITEM_QTY: exact bound */
	struct table *value;
};

struct table {
	enum subject subject;
	int index, column, counter;
	struct table_key *keys; /* lower bounds: ascending; matches: as written */
	int key_count;
	struct table *otherwise; /* "else"; NULL: nothing */
	int answer;              /* as in struct test */
	struct table_uses uses;
	/* leaf, by what the table is for: */
	struct rational ratio; /* numbers */
	int64_t count;         /* numbers, in the smallest part of their unit or of the money */
	struct life life;      /* pending, keep, voucher life */
	struct expiry expiry;  /* expire */
	struct basis basis;    /* basis */
	bool while_met;        /* keep */
};

/* unit -> amount */
struct unit_amount {
	int unit;
	struct table *amount;
};

struct unit_amounts {
	struct unit_amount *items;
	int count;
};

/* ---- what is counted over a period ------------------------------------ */

enum counter_kind {
	COUNTER_EARNED,  /* earned - reversed +- adjusted of a unit */
	COUNTER_HISTORY, /* facts of a trigger that meet a condition */
	COUNTER_TIMES,   /* a limit's firings */
	COUNTER_MOST,    /* a limit's units given */
	COUNTER_AMOUNT,  /* a limit's base counted */
};

/* Equal questions share one counter. */
struct counter {
	enum counter_kind kind;
	struct period period;
	int unit;               /* EARNED, MOST */
	struct trigger trigger; /* HISTORY */
	struct condition *when; /* HISTORY; NULL: always */
	struct slice when_text; /* its JSON, keys sorted */
	int limit;              /* TIMES, MOST, AMOUNT: index into limits */
};

struct limit {
	struct slice name; /* of a shared one its name, else its JSON path ("earn[1].limit") */
	struct period period;
	struct table *times; /* NULL: not limited so; count */
	struct unit_amounts most;
	struct table *amount; /* ratio: in whole money or numbers of the base */
	struct index_list by; /* columns of the record */
	bool shared;
	bool by_both; /* rules and rewards use its room */
	int times_counter;
	int *most_counters; /* one per item of most */
	int amount_counter;
};

/* ---- the nouns -------------------------------------------------------- */

enum round_scope { ROUND_PER_PURCHASE, ROUND_PER_RULE, ROUND_PER_LINE, ROUND_CARRY };

struct unit {
	struct slice id, name;
	struct slice label; /* the id as a key of JSON: "points": */
	int decimals;
	bool spendable;
	enum rounding round;
	enum round_scope round_per;
	struct table *pending; /* life; NULL: none */
	struct table *expire;  /* expiry; NULL: never */
	bool has_bucket;
	struct period bucket;
};

struct rule {
	struct slice id, name;
	struct trigger_list on;
	struct condition *when;    /* NULL: always */
	struct condition *items;   /* NULL: all lines */
	struct condition *tenders; /* NULL: all tenders */
	instant from, until;       /* in force in [from, until) */
	bool multiplies;           /* `gives` are factors of `rules` */
	struct unit_amounts gives; /* give or multiply */
	struct table *per;         /* NULL: fixed; ratio */
	bool per_full;             /* only whole steps count */
	struct table *basis;       /* NULL: the policy's */
	struct index_list rules;   /* what is multiplied */
	bool stop;
	bool to_referrer;
	struct index_list limits;
	struct table *pending, *expire; /* NULL: the unit's */
	bool dry_run;
	struct asked_range asks;
};

/* Which of a rule's gives is of a unit; -1: none. */
static inline int
rule_give(const struct rule *rule, int unit)
{
	for (int i = 0; i < rule->gives.count; i++)
		if (rule->gives.items[i].unit == unit)
			return i;
	return -1;
}

struct need {
	int unit;
	struct table *amount; /* count */
	int counter;          /* over the level's period; -1: the balance */
};

/* One of the alternatives: all needs. */
struct needs {
	struct need *items;
	int count;
};

enum fall { FALL_EARNED, FALL_ONE, FALL_BOTTOM, FALL_NEVER };

struct level {
	struct slice id, name;
	struct needs *alternatives; /* any; count 0: by grant only (or the first level) */
	int alternative_count;
	int first_need; /* how many needs the levels below have */
	int need_count;
	uint64_t needed; /* bit per unit that its needs name */
	const struct need
		*only; /* its one need, of a fixed amount and counted; NULL: not so simple */
	struct period period;
	struct table *keep; /* leaf: while_met or life */
	struct slice_list benefits;
	instant from, until; /* of the level, while its ladder is in force */
};

struct ladder {
	struct slice id, name;
	bool renew_at_end;
	struct duration grace;
	bool has_grace;
	enum fall fall;
	struct index_list forfeit; /* units */
	instant from, until;
	instant *dates; /* when it or a level comes into force, and when one ceases to be */
	int date_count;
	struct level *levels;
	int level_count; /* at most 64 */
	int need_count;  /* of all levels */
	uint64_t needed; /* bit per unit that needs of some level name */
	bool on_balance; /* some level is by what is held */
	/* Some level is looked at only when its keep ends, by what came since that began. */
	bool counts_terms;
	/* What a rolling period held when a level was reached may be asked for later. */
	bool counts_at_reach;
};

enum value_of_reward {
	REWARD_OFF,
	REWARD_PERCENT,
	REWARD_ITEM,
	REWARD_SHIPPING,
	REWARD_GIVE,
	REWARD_CHOOSE,
	REWARD_BENEFIT,
};

struct voucher_terms {
	struct table *life;    /* life; NULL: forever */
	struct table *pending; /* NULL: none */
	struct condition *when;
	bool as_one, alone;
	struct table *worth; /* ratio; NULL: 1 */
};

struct choice {
	struct slice name;
	int reward; /* -1: a plain name */
};

struct reward {
	struct slice id, name;
	struct trigger_list on;
	bool asked;      /* by a redeem fact */
	bool by_balance; /* on: balance */
	struct condition *when;
	struct condition *items; /* NULL: all lines */
	instant from, until;
	struct index_list limits;
	struct unit_amounts cost; /* count */
	bool rest_lost;
	enum value_of_reward value;
	struct table *off;     /* count: money */
	int off_per;           /* column of a purchase whose quantity off is for; -1: none */
	int off_per_basket;    /* the same of the basket of a redeem */
	struct table *percent; /* ratio */
	struct condition *item;
	struct unit_amounts give; /* count */
	struct choice *choose;
	int choose_count;
	int count; /* of choices to be named */
	struct slice benefit;
	struct table *up_to; /* count: money; with off_per: ratio, the quantity */
	bool has_up_to_percent;
	struct rational up_to_percent;
	struct voucher_terms *voucher; /* NULL: at once */
	struct asked_range asks;       /* by `when` */
};

enum last_day { LAST_DAY_WHOLE, LAST_DAY_BEFORE, LAST_DAY_INSTANT };
enum crossing { CROSSING_OLD, CROSSING_NEW };
enum overdrawn { OVERDRAWN_NEGATIVE, OVERDRAWN_DEBT, OVERDRAWN_WAIVED };
enum sweep { SWEEP_AT_ONCE, SWEEP_ON_TICK };
enum lot_order { LOT_ORDER_EXPIRING, LOT_ORDER_OLDEST };
enum restore { RESTORE_ORIGINAL, RESTORE_NEW, RESTORE_LOST };
enum earn_on_redeeming { EARN_REMAINDER, EARN_ALL, EARN_NOTHING };
enum if_short { IF_SHORT_REFUSE, IF_SHORT_CLAMP };
enum life_from { LIFE_FROM_EARNED, LIFE_FROM_USABLE };
enum multipliers { MULTIPLIERS_COMPOUND, MULTIPLIERS_ADD, MULTIPLIERS_BEST };
enum transfer { TRANSFER_KEEP_LOTS, TRANSFER_NEW_LOTS, TRANSFER_NO };
enum recheck { RECHECK_RULES = 1, RECHECK_TIER = 2, RECHECK_REWARDS = 4 };

struct policy {
	enum last_day last_day;
	enum rounding round;
	enum round_scope round_per;
	enum crossing crossing;
	enum overdrawn overdrawn;
	enum sweep sweep;
	enum lot_order lot_order;
	enum restore restore;
	enum earn_on_redeeming earn_on_redeeming;
	enum if_short if_short;
	enum life_from life_from;
	enum multipliers multipliers;
	struct table *basis; /* default merchandise */
	bool has_returns_within;
	struct duration returns_within;
	unsigned recheck;   /* enum recheck bits */
	bool returns_cap;   /* returns.over: cap, else refuse */
	bool returns_share; /* returns.restore: share */
	bool has_claims_within;
	struct duration claims_within;
	struct index_list claims_limits;
	enum transfer transfer;
	bool leave_keeps;
	struct duration repeats; /* P35D */
};

/* A profile member that some condition or table reads (member.X). */
struct attribute {
	struct slice name; /* "save_for" */
	int column;        /* of TABLE_RECORD in enrol and profile records */
};

struct programme {
	struct slice name;
	char digest[33]; /* XXH3-128 of the canonical document, hex */
	struct zone *zone;
	struct slice timezone, currency;
	int money_decimals;

	struct unit *units;
	int unit_count;    /* at most UNITS_MAX */
	size_t label_size; /* of the longest label of a unit */
	struct rule *rules;
	int rule_count;
	struct ladder *ladders;
	int ladder_count;
	struct reward *rewards;
	int reward_count;
	struct limit *limits;
	int limit_count;
	struct window *windows;
	int window_count;
	struct moment *moments; /* in document order: the rank of equal times */
	int moment_count;
	struct reach *reaches;
	int reach_count;
	struct clock *clocks;
	int clock_count;
	struct counter *counters;
	int counter_count;
	struct attribute *attributes;
	int attribute_count;
	struct policy policy;
	bool returns_shared_room; /* returns give back room of limits that rewards use too */
	struct asked *asked;      /* first those of the policy's basis */
	int asked_count, asked_by_policy;

	struct shape *shape; /* what the reader keeps */
	unsigned needs[4];   /* per decider (earn, tier, redeem, expire): deciders that must run
	                           silently where they did not run upstream (transitive) */
	struct arena *arena; /* everything above lives here */
};

/*
 * Errors of a document, all of them, in its order. path is the JSON path
 * ("earn[0].give.points"), text what was expected and what was found.
 */
struct programme_error {
	char *path;
	char *text;
	unsigned long line, column; /* only of a document that is not JSON; else 0 */
};

struct programme_errors {
	struct programme_error *items;
	int count;
	int capacity;
	/* what is valid but looks like a slip; loyalty-check prints them, nobody refuses for them */
	struct programme_error *warnings;
	int warning_count;
	int warning_capacity;
	struct loyalty_error
		reason; /* without items: why it could not be judged; memory, reading */
};

/*
 * Compiles a document. NULL with errors filled where it is not valid, and with
 * none but a reason where memory ran out or the zone could not be read; the
 * caller frees errors with programme_errors_free() in any case. A byte order mark before the document is passed over.
 */
struct programme *programme_load(struct slice json, struct programme_errors *errors);
void programme_free(struct programme *programme);

/* Where the programme has what is called so, -1: nowhere (programme/index.c). */
int unit_index(const struct programme *programme, struct slice id);
int rule_index(const struct programme *programme, struct slice id);
int reward_index(const struct programme *programme, struct slice id);
int ladder_index(const struct programme *programme, struct slice id);
int level_index(const struct ladder *ladder, struct slice id);
void programme_errors_free(struct programme_errors *errors);

#endif

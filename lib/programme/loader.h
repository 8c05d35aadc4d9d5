/*
 * loader.h - what the files of lib/programme/ share: where in the document we
 * are, what has been found wrong, and how keys are described.
 *
 * The document is read twice. names.c collects what can be referred to, so that
 * a rule may name a level that is defined further down; then every object is
 * loaded by the table of its keys (struct key), in the document's order, and
 * references become indices at once. checks.c, circles.c and needs.c look at
 * the whole. Every error is collected and loading goes on; a value that could
 * not be loaded stays zero and nothing else is said about it.
 *
 * A handler returns false where it has reported an error. Memory that runs out
 * leaves by longjmp to programme_load(), so nothing here returns NULL for it;
 * all memory is in the arena, the shape or the zone, which the programme owns.
 */
#ifndef PROGRAMME_LOADER_H
#define PROGRAMME_LOADER_H

#include <jansson.h>
#include <setjmp.h>

#include "arena.h"
#include "programme.h"

enum { LADDERS_MAX = 64, LEVELS_MAX = 64, DEPTH_MAX = 48, NESTING_MAX = 36 };

/* A value of the document and the way to it. Lives on the stack of who descends. */
struct node {
	json_t *json;
	const struct node *up; /* NULL: the document */
	const char *key;       /* in an object; NULL: element of an array, or the document */
	int place;             /* among its siblings */
};

/* Names that can be referred to; a name's place is its index. */
struct name_list {
	struct slice *items;
	int count;
};

/* What the values that are being loaded look at, beside their record. */
enum reads {
	READS_LEVEL = 1,   /* some ladder's level, or its changes */
	READS_BALANCE = 2, /* usable units */
	READS_REDEEM = 4,  /* that something was redeemed */
};

struct load_error {
	char *path, *text;
	unsigned short *places; /* the way, by places: the document's order */
	int depth;
	bool warning;
};

/* The condition of a history, by its text. */
struct history_condition {
	struct slice text;
	struct condition *when;
};

struct loader {
	struct programme *programme;
	struct arena *arena;
	json_t *root;
	jmp_buf out_of_memory;
	struct loyalty_error unread; /* of the zone, which also leaves by out_of_memory */

	struct load_error *errors;
	int error_count;
	int failures; /* errors that are not warnings */

	struct name_list units, rules, rewards, limits, windows, ladders;
	struct name_list *levels; /* of each ladder */
	json_t **noted;           /* objects with notes */
	int noted_count;

	/* For needs.c: by decider, what it looks at. */
	unsigned reads[DECIDER_COUNT];
	enum decider decider;  /* whose values are being loaded */
	uint64_t ladders_read; /* by the reward that is being loaded, as bits */
	uint64_t *reward_ladders;

	/* The thing that a condition or table stands in. */
	bool in_history;
	bool in_elements; /* `count` and `total` may stand in the next condition */
	struct history_condition *histories;
	int history_count;
	int activity_unit; /* that `activity` is of; -1: not clear */
	bool *limit_used;
	bool *window_used;
};

/* ---- errors.c ---------------------------------------------------------- */

/* Collects an error at node. Returns false, for `return load_error(...)`. */
bool load_error(struct loader *loader, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void load_warning(struct loader *loader, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "unknown unit 'point': did you mean 'points'?" */
bool load_unknown(struct loader *loader, const struct node *node, const char *what,
	const char *name, const struct name_list *known);
/* The known name that is nearest to name, or NULL where none is near. */
const char *nearest_name(const char *name, const char *const *known, int count);
/* The JSON path of node, in the arena. */
char *node_path(struct loader *loader, const struct node *node);
/* Hands what was collected to the caller, in the document's order. false: out of memory. */
bool errors_publish(struct loader *loader, struct programme_errors *errors);

/* ---- memory and nodes (values.c) ---------------------------------------- */

/* Zeroed memory of the programme; does not return where there is none. */
void *load_alloc(struct loader *loader, size_t count, size_t size);
/* A copy of items with room for one more after count; growth is amortised. */
void *load_grow(struct loader *loader, void *items, int count, size_t size);
struct slice load_copy(struct loader *loader, const char *text, size_t size);
char *load_format(struct loader *loader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends a zeroed element and gives its address. */
#define LOAD_APPEND(loader, items, count)                                                          \
	((items) = load_grow(loader, items, count, sizeof(*(items))), &(items)[(count)++])

/* "T+": a value that may be a list of such. */
int node_list_size(const struct node *node);
struct node node_list_item(const struct node *node, int i);
/* A member of an object; json is NULL where it is missing. */
struct node node_member(const struct node *object, const char *key);

/* ---- objects (objects.c) -------------------------------------------------- */

/* Loads the value at node into field. */
typedef bool load_value(
	struct loader *loader, const struct node *node, void *field, const void *argument);

struct key {
	const char *name;
	load_value *load;
	size_t offset;        /* of the field in what the object is loaded into */
	const void *argument; /* for the handler */
	bool required;
};

struct object_keys {
	const char *what; /* "rule", as messages name it */
	const struct key *keys;
	int count;
};

#define OBJECT_KEYS(noun, table)                                                                   \
	{                                                                                          \
		noun, table, (int)(sizeof(table) / sizeof((table)[0]))                             \
	}

bool load_object(
	struct loader *loader, const struct node *node, const struct object_keys *keys, void *into);
/* Members that are keyed by name; each is loaded by load with the member's place as argument. */
typedef bool load_member(struct loader *loader, const struct node *node, int place);
bool load_members(
	struct loader *loader, const struct node *node, const char *what, load_member *load);
bool load_elements(
	struct loader *loader, const struct node *node, const char *what, load_member *load);
/* Says so where there is no end of nesting; a few levels below are safe. */
bool node_too_deep(struct loader *loader, const struct node *node);
/* Whether key is written and not false or empty. */
bool node_has(const struct node *object, const char *key);

/* All tables of keys, for a test that holds the schema against them. NULL-terminated. */
extern const struct object_keys *const programme_object_keys[];

extern const struct object_keys document_keys, unit_keys, rule_keys, limit_keys, ladder_keys,
	level_keys, reward_keys, voucher_keys, policy_keys, returns_keys, claims_keys, expiry_keys,
	pending_keys, reach_keys, history_keys, window_yearly_keys, window_since_keys,
	comparison_keys;

/* ---- plain values (values.c) ----------------------------------------------- */

load_value load_notes, load_text, load_flag, load_keyword, load_duration, load_from, load_through,
	load_integer, load_text_list, load_nothing;

/* The digits of an integer or a decimal in quotes. */
bool load_number_text(struct loader *loader, const struct node *node, struct slice *text);
bool load_ratio(struct loader *loader, const struct node *node, struct rational *value);
/* Exact in the smallest part; what names it in the message. */
bool load_count(struct loader *loader, const struct node *node, int decimals, int64_t *count);
bool load_decimal(struct loader *loader, const struct node *node, struct decimal *value);
struct slice node_text(const struct node *node); /* of a string; size 0 otherwise */
bool parse_month_day(struct slice text, struct month_day *day);
bool parse_clock(struct slice text, int *minute); /* HH:MM */

/* ---- names.c ------------------------------------------------------------------ */

void names_collect(struct loader *loader, const struct node *document);
int name_find(const struct name_list *list, struct slice name); /* -1 */
/* Index of the name that stands at node in list, or -1 and an error. */
int load_reference(struct loader *loader, const struct node *node, const char *what,
	const struct name_list *list);
/* One or a list of references. */
bool load_references(struct loader *loader, const struct node *node, const char *what,
	const struct name_list *list, struct index_list *into);
void list_add(struct loader *loader, struct index_list *list, int index);
/* Whether an id can be used at all, and is not one of count earlier ones. */
bool check_id(struct loader *loader, const struct node *node, struct slice id,
	const struct name_list *list, int place, const char *what);

/* ---- columns.c ------------------------------------------------------------------ */

int column_of(struct loader *loader, enum scope scope, const char *path);
int attribute_of(struct loader *loader, const char *name);
void columns_register(struct loader *loader);
/* The part of a base that name stands for; false where it is a field. */
bool part_of(struct loader *loader, const char *name, struct part *part);
/* Warns where a field's name is nearly one that records have. */
void check_field_name(struct loader *loader, const struct node *node, const char *name);

/* ---- times (periods.c, lives.c) --------------------------------------------------- */

enum period_use {
	PERIOD_FOR_COUNTING = 1, /* any but purchase and balance */
	PERIOD_OR_PURCHASE = 2,
	PERIOD_OR_BALANCE = 4,
	PERIOD_CALENDAR_ONLY = 8, /* bucket: a calendar period */
	PERIOD_WITH_ENDS = 16,    /* start-of, end-of: not lifetime, not rolling */
};

bool parse_period(struct loader *loader, struct slice text, struct period *period);
bool load_period(
	struct loader *loader, const struct node *node, unsigned use, struct period *period);
load_value load_limit_period, load_tier_period;
bool period_equal(const struct period *a, const struct period *b);
bool load_life(struct loader *loader, const struct node *node, struct life *life);
bool duration_is_zero(const struct duration *duration);
bool duration_equal(const struct duration *a, const struct duration *b);

/* ---- triggers.c, counters.c ---------------------------------------------------------- */

enum trigger_use {
	TRIGGERS_OF_RULE = 1,
	TRIGGERS_OF_REWARD = 2,
	TRIGGERS_OF_CLOCK = 4, /* since, until: something that is remembered */
	TRIGGERS_COUNTED = 8,  /* history: facts */
};

bool load_triggers(
	struct loader *loader, const struct node *node, unsigned use, struct trigger_list *list);
load_value load_rule_triggers, load_reward_triggers;
/* A fact's name, "action" or "action:NAME". */
bool parse_fact(struct loader *loader, struct slice text, struct trigger *trigger);
bool load_trigger(
	struct loader *loader, const struct node *node, unsigned use, struct trigger *trigger);
int clock_of(struct loader *loader, const struct trigger *trigger);
bool parse_moment(struct loader *loader, struct slice text, struct moment *moment);
int moment_of(struct loader *loader, const struct moment *moment);
int counter_of(struct loader *loader, const struct counter *counter);
int earned_counter(struct loader *loader, int unit, const struct period *period);
void note_reads(struct loader *loader, unsigned reads);
void note_level_read(struct loader *loader, int ladder);

/* ---- conditions.c, comparisons.c, histories.c -------------------------------------------- */

/* argument: NULL for SCOPE_RECORD, else the address of an enum scope. field: struct condition **.
 */
load_value load_condition;
extern const enum scope scope_items, scope_tenders;
bool load_condition_at(struct loader *loader, const struct node *node, enum scope scope,
	struct condition *condition);
/* Keys beside the comparison's own are errors; over (may be NULL) takes that of earned.U. */
bool load_comparison(struct loader *loader, const struct node *node, struct comparison *compare,
	struct period *over);
bool load_scalar(struct loader *loader, const struct node *node, struct scalar *scalar);
bool load_history(struct loader *loader, const struct node *node, struct test *test);
int weekday_of(struct slice name); /* 0 Monday .. 6 Sunday, -1 */
bool scalar_of(struct loader *loader, struct slice text, struct scalar *scalar);

/* ---- tables.c, table_keys.c ----------------------------------------------------------------- */

enum leaf { LEAF_RATIO, LEAF_COUNT, LEAF_LIFE, LEAF_PENDING, LEAF_KEEP, LEAF_EXPIRY, LEAF_BASIS };

enum table_may {
	TABLE_MAY_SPLIT = 1,  /* by items.X, tenders.X */
	TABLE_MAY_BASIS = 2,  /* by basis: there is a base */
	TABLE_MAY_RECORD = 4, /* by fields of the causing record */
	TABLE_NOT_ZERO = 8,
	TABLE_COMPLETE = 16, /* a value is needed whatever happens */
	TABLE_PERCENT = 32,  /* 0 to 100 */
};

struct table_for {
	enum leaf leaf;
	int decimals; /* LEAF_COUNT; MONEY_DECIMALS: of the currency */
	unsigned may;
};

enum { MONEY_DECIMALS = -1 };

struct table *load_table(
	struct loader *loader, const struct node *node, const struct table_for *purpose);
/* field: struct table **; argument: const struct table_for *. */
load_value load_table_field;
/* field: struct unit_amounts; argument: const struct table_for *, decimals are the unit's. */
load_value load_unit_amounts;
extern const struct table_for for_give, for_per, for_count, for_cost, for_money, for_percent,
	for_ratio, for_life, for_pending, for_keep, for_expiry, for_basis, for_times, for_needs;
struct table *constant_table(struct loader *loader);
/* One subject, and its keys (table_keys.c). */
bool load_subject(struct loader *loader, const struct node *node, const struct table_for *purpose,
	struct table *table);
bool load_table_key(
	struct loader *loader, const struct node *node, struct table *table, struct table_key *key);
bool subject_is_ordered(enum subject subject);

/* ---- the nouns ----------------------------------------------------------------------------------
 */

load_value load_windows, load_units, load_rules, load_ladders, load_rewards, load_limits,
	load_policy;
/* One or a list of limits, named or written in place. field: struct index_list. */
load_value load_limit_list;
void policy_defaults(struct loader *loader);
void units_resolve(struct loader *loader);
extern const char *const round_names[], *const round_per_names[];

/* ---- the whole (checks.c, circles.c, needs.c, digest.c)
 * --------------------------------------------- */

void checks_run(struct loader *loader, const struct node *document);

/* Whether some trigger of a list is a purchase. */
bool hangs_on_purchase(const struct trigger_list *on);

/* ---- answers.c ------------------------------------------------------------------ */

/* Lists what a return's recheck will want to know of the member as the sale found them. */
void answers_number(struct loader *loader);
void circles_find(struct loader *loader, const struct node *document);
void needs_work_out(struct loader *loader);
/* false: out of memory. */
bool digest_write(struct loader *loader, char hex[33]);

#endif

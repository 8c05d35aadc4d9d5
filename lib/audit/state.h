/*
 * state.h - what an audit keeps; between the files of lib/audit.
 */
#ifndef AUDIT_STATE_H
#define AUDIT_STATE_H

#include "arena.h"
#include "audit.h"
#include "kinds.h"
#include "record.h"
#include "reserve.h"
#include "slots.h"
#include "wide.h"
#include "zone.h"

/* ---- columns ------------------------------------------------------------- */

/* X(CONSTANT, "name"): what is read of a line. */
#define COLUMNS(X)                                                                                 \
	X(TYPE, "type")                                                                            \
	X(ID, "id")                                                                                \
	X(AT, "at")                                                                                \
	X(MEMBER, "member")                                                                        \
	X(BY, "by")                                                                                \
	X(OF, "of")                                                                                \
	X(RULE, "rule")                                                                            \
	X(UNITS, "units")                                                                          \
	X(LOTS, "lots")                                                                            \
	X(USABLE, "usable")                                                                        \
	X(UNTIL, "until")                                                                          \
	X(LOT, "lot")                                                                              \
	X(VOUCHER, "voucher")                                                                      \
	X(TO, "to")                                                                                \
	X(INTO, "into")                                                                            \
	X(FROM, "from")                                                                            \
	X(REASON, "reason")                                                                        \
	X(REFERRER, "referrer")                                                                    \
	X(POINTS, "points")                                                                        \
	X(WHY, "why")                                                                              \
	X(WOULD, "would")                                                                          \
	X(VERSION, "version")                                                                      \
	X(PROGRAMME, "programme")                                                                  \
	X(DIGEST, "digest")                                                                        \
	X(DECIDERS, "deciders")                                                                    \
	X(POSTINGS_ONLY, "postings_only")                                                          \
	X(LATE, "late")                                                                            \
	X(COUNTS, "counts")                                                                        \
	X(REPEATS, "repeats")                                                                      \
	X(REJECTED, "rejected")                                                                    \
	X(STATE, "state")                                                                          \
	X(OPENED, "opened")                                                                        \
	X(MEMBERS, "members")                                                                      \
	X(HASH, "hash")

/* clang-format off */
enum column {
#define X(constant, name) COLUMN_##constant,
	COLUMNS(X)
#undef X
	COLUMN_COUNT
};
/* clang-format on */

/* ---- time ----------------------------------------------------------------- */

/*
 * A time as a line states it. Without the programme nobody knows the zone of one without offset:
 * it is read as of UTC, and only what holds in every zone is said of it and others.
 */
struct when {
	instant at;
	bool local;
};

/* ---- tables ---------------------------------------------------------------- */

struct audit_member {
	struct slice key;
	struct when clock;
	instant named_at;              /* of the latest fact of another that may be theirs, too */
	uint32_t holdings;             /* the first one's index + 1; 0: none */
	uint32_t into;                 /* whom they were merged into; index + 1; 0: nobody */
	uint32_t referrer;             /* index + 1 */
	uint32_t merged;               /* the first who were merged into them; index + 1 */
	uint32_t next;                 /* who was merged into the same one before; index + 1 */
	uint32_t merged_at, cancelled; /* sequence of when that and a cancel last were */
	uint32_t opened;               /* the section that has opened them */
	bool known;                    /* some fact named them */
	bool timed;                    /* clock is set */
};

/* What a member has of a unit. */
struct holding {
	/* A ledger that not all deciders have posted may have more than a member can. */
	int128 balance;
	int128 unnamed; /* taken from lots or owed, without a line that says which */
	int64_t debt;   /* <= 0, as far as lines name it */
	uint32_t next;  /* index + 1 */
	uint8_t unit;
	bool doubtful; /* something was wrong with its lots */
};

/* What a lot entry is about: a unit, or one of these. */
enum { AUDIT_DECIMALS_MAX = 6, AUDIT_UNITS = 64, ABOUT_VOUCHER = 254, ABOUT_LEVEL = 255 };

/*
 * A lot of a unit; vouchers of one name (left: how many are open, until: enum voucher_state of the
 * first that was used, else of the latest that is not); a level (left: hash of its name).
 */
struct audit_lot {
	uint64_t name; /* hash of the lot, the voucher, the ladder */
	int64_t left;
	instant usable,
		until; /* as far as they are fixed; of a lot that was not made: NEVER, ALWAYS */
	uint32_t member;
	uint32_t sequence; /* of the record that a voucher or level is from */
	uint8_t about;
	bool doubtful; /* something was wrong with it, which need not be said again */
};

enum voucher_state { VOUCHER_USED, VOUCHER_VOIDED, VOUCHER_EXPIRED };

/* A fact that may come again, by the hash of its id or line. */
struct past {
	uint64_t name;
	instant at;
	uint32_t member; /* index */
	uint32_t line;   /* of all files together */
};

enum unit_kind { UNIT_UNKNOWN, UNIT_OF_LOTS, UNIT_COUNTED };

struct audit_unit {
	struct slice name;
	int decimals;
	enum unit_kind kind;
	int128 total;        /* of the section */
	int64_t transferred; /* by the postings of one cause */
	int128 opened;       /* of the openings */
};

/* ---- causes ------------------------------------------------------------------ */

/* A fact, a due date or a posting that postings may be `of`. */
struct cause {
	uint64_t id;
	uint64_t base;   /* of a posting: its id without the number */
	unsigned number; /* that number; 1: none stands there */
	uint32_t key;    /* member whose id it is */
	struct when at;
	enum record_type type; /* RECORD_OTHER: a due date */
	bool nameless;         /* a fact without id */
};

enum group { GROUP_NONE, GROUP_FACT, GROUP_DUE, GROUP_POSTING };

/* What may cause postings just now, and whose group is being read. */
struct agenda {
	struct cause fact; /* the latest; its own group comes after what was due */
	bool has_fact, fact_done;
	unsigned long fact_line;
	uint32_t named[4]; /* members that the fact names; index + 1 */
	uint32_t other;    /* of them, whom its own type names; index + 1 */
	uint32_t merging; /* whom it merges its member into, of which no posting tells; index + 1 */
	struct decimal points;
	bool has_points;

	struct cause due;
	bool closes;         /* it ends a period, and what it causes is of that */
	uint32_t due_member; /* whose due dates wait for their record; index + 1 */
	unsigned long due_line;

	struct cause *postings; /* of the fact, or of the due date */
	uint32_t count, capacity, current, group_first;
	enum group group;
	int rank; /* of the decider of the latest posting of the group */
};

/* ---- the audit ----------------------------------------------------------------- */

/* The line in hand. */
struct line {
	enum record_type type;
	unsigned long number;
	struct slice text;
	struct slice id, member, by, of, rule;
	struct when at;
	uint32_t member_index; /* with the key as it stands there */
};

/* How one unit moves. */
struct move {
	int64_t amount;                            /* of `units` */
	int64_t named;                             /* the sum of its `lots` */
	bool has_named;                            /* it is in `lots` */
	bool lot_up, lot_down, debt_up, debt_down; /* what gains and loses there */
};

struct audit_file {
	char *name;
	uint32_t first; /* lines of the files before it */
};

struct audit {
	const struct programme *programme;
	bool of_programme; /* the section is, so its names can be held against it */
	audit_say *say;
	void *context;
	unsigned long anomalies, anomalies_max;
	bool mute; /* nothing is said */
	bool no_memory;

	struct zone *zone; /* the programme's, else UTC */
	bool owns_zone;
	struct shape *shape;
	struct record *record;
	char *text; /* decoded strings of the line in hand */
	size_t text_used, text_size;
	struct line line;

	struct arena *arena; /* keys and names */
	struct audit_file *files;
	uint32_t file_count;
	uint64_t file_lines; /* of the present file so far */
	uint32_t sequence;   /* of the records */

	/* The section. */
	bool begun, ended; /* ended: some section of this file has */
	bool postings_only, late;
	unsigned deciders;
	struct slice digest;
	uint64_t counts[RECORD_TYPES];

	uint32_t section;

	/* Its openings. */
	bool head;     /* none but they have come */
	bool snapshot; /* it is one */
	uint64_t opened_members;
	char *opened; /* of `begin` */
	size_t opened_size;
	int usual_unit;            /* of lots that name none; -1 */
	struct XXH3_state_s *hash; /* of their lines */

	/* Time that has passed for everybody. */
	struct when floor, tick;
	bool floored, ticked, sweeping;
	instant latest; /* of all facts */

	struct audit_member *members;
	uint32_t member_count, member_capacity;
	struct slots member_slots;

	struct holding *holdings;
	uint32_t holding_count, holding_capacity;

	struct audit_lot *lots;
	uint32_t lot_count, lot_capacity;
	struct slots lot_slots;

	struct past *past;
	uint32_t past_count, past_capacity;
	struct slots past_slots;

	struct audit_unit units[AUDIT_UNITS];
	int unit_count;
	struct move moves[AUDIT_UNITS];
	uint64_t touched; /* bit u: moves[u] is of the line in hand */

	struct agenda agenda;
};

/* ---- audit.c: what is said, strings and times ------------------------------------ */

/* Says what is wrong with the line in hand. */
void anomaly(struct audit *audit, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same of another line; 0: of none. */
void anomaly_at(struct audit *audit, unsigned long line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline const struct value *
column(const struct audit *audit, enum column name)
{
	return record_value(audit->record, (int)name);
}

/* A string, decoded; data NULL where it is none. */
struct slice text_of(struct audit *audit, const struct value *value);

/* A time in a string. false: it is none. */
bool when_of(struct audit *audit, struct slice text, struct when *when);
bool certainly_before(struct when a, struct when b);
bool certainly_not_equal(struct when a, struct when b);
/* The time as text, NUL-terminated, in buffer. */
const char *when_text(const struct audit *audit, struct when when, char buffer[INSTANT_TEXT_MAX]);

/* For printf's %.*s */
#define SHOW(slice) (int)(slice).size, (slice).data

/* A line of all files together, as text. */
enum { PLACE_TEXT_MAX = 256 };
const char *place_text(const struct audit *audit, uint32_t line, char buffer[PLACE_TEXT_MAX]);

/* ---- tables.c ---------------------------------------------------------------------- */

/* The member of a key, added where it is new; UINT32_MAX: memory. */
uint32_t audit_add_member(struct audit *audit, struct slice key);
/* The member of a key, or UINT32_MAX. */
uint32_t audit_find_member(const struct audit *audit, struct slice key);
/* Who a member is now. */
uint32_t audit_root(const struct audit *audit, uint32_t member);

/* NULL: memory. */
struct holding *audit_holding(struct audit *audit, uint32_t member, int unit);

uint64_t audit_hash(struct slice name);
/* Of a name that many have, the hash of one's. */
uint64_t audit_hash_of(uint64_t name, uint64_t whose);
crowd_compare audit_compare_members, audit_compare_lots, audit_compare_past;
struct audit_lot *audit_find_lot(
	const struct audit *audit, uint32_t member, int about, uint64_t name);
/* NULL: memory. */
struct audit_lot *audit_add_lot(struct audit *audit, uint32_t member, int about, uint64_t name);

/* ---- once.c: ids ------------------------------------------------------------------- */

/* A fact: says where it has been there before, and remembers it. */
void audit_once_fact(struct audit *audit, struct slice id, uint32_t member, struct when at);
/* A posting of a fact without id, whose name others may have: the same, by the posting's id. */
void audit_once_posting(struct audit *audit, uint32_t member, struct when at);
/* One of before the ledger; member UINT32_MAX: a tick. */
void audit_once_remember(struct audit *audit, uint64_t name, uint32_t member, instant at);
/* An id of before the ledger, which is there once more: with the next number behind it. */
void audit_once_count(struct audit *audit, struct slice id, uint32_t member, instant at);
bool audit_once_known(const struct audit *audit, struct slice id, uint32_t member);

/* ---- frame.c ------------------------------------------------------------------------ */

enum loyalty_status audit_frame_begin(struct audit *audit);
void audit_frame_end(struct audit *audit);

/* ---- states.c: the `state` of an opening --------------------------------------------- */

/* The member of an object; VALUE_ABSENT where it has none. */
struct value state_value(const struct value *object, const char *name);
struct slice state_text(struct audit *audit, const struct value *object, const char *name);
/* A time, or one of the words for none; `otherwise` where it is left out. */
instant state_time(
	struct audit *audit, const struct value *object, const char *name, instant otherwise);
/* Of a unit that is not named it is the usual one; -1: there is no such unit. */
int state_unit(struct audit *audit, const struct value *object);
int64_t state_count(struct audit *audit, const struct value *object, const char *name);
/* The next element of a list. */
bool state_next_object(const struct value *list, struct slice *rest, struct value *element);

/* What belongs to nobody; what of a member postings may name, but for lots. */
void state_read_common(struct audit *audit);
void state_read_member(struct audit *audit);

/* ---- openings.c ----------------------------------------------------------------------- */

void audit_opening(struct audit *audit);
void audit_begin_openings(struct audit *audit);
/* Keeps what `begin` says of them. false: memory. */
bool audit_keep_opened(struct audit *audit, const struct value *opened);
/* Something else has come, or `end`. */
void audit_settle_openings(struct audit *audit);
void audit_end_snapshot(struct audit *audit);
void audit_free_openings(struct audit *audit);

/* ---- causes.c ---------------------------------------------------------------- */

void audit_fact(struct audit *audit);

/* A record is over: what caused it, and what it caused, must have added up. */
void audit_close_agenda(struct audit *audit);
/* Finds the cause of the posting in hand. NULL: it has none, which has been said. */
const struct cause *audit_find_cause(struct audit *audit);
/* When what the posting in hand spends must be usable: of what ends a period, its last instant. */
instant audit_judged(const struct audit *audit);
/* The posting in hand may be a cause. */
void audit_add_cause(struct audit *audit, const struct cause *cause);
/* An id with its number behind it, but for the first: until the next one. */
struct slice audit_numbered(struct audit *audit, struct slice base, unsigned number);
/* Holds its id against what it is `of`. */
void audit_check_id(struct audit *audit, const struct cause *cause);

/* ---- postings.c, units.c, lots.c -------------------------------------------------------- */

/* The member's voucher of that name, or one that came with a merge: what may be open, before all. */
struct audit_lot *audit_find_voucher(struct audit *audit, uint32_t member, uint64_t name);

void audit_posting(struct audit *audit);
/* What the latest fact merges is merged, unless it was refused. */
void audit_settle_merge(struct audit *audit);

/* Whether the member of the line in hand has had a lot of that name. */
bool audit_had_lot(struct audit *audit, struct slice name);

/* Reads {unit: amount}; false: it is not one, which has been said. */
bool audit_read_units(
	struct audit *audit, const struct value *object, int64_t *amounts, uint64_t *named);
/* The same of sums over all members. */
bool audit_read_sums(
	struct audit *audit, const struct value *object, int128 *sums, uint64_t *named);
/* The unit of a name, or -1. text tells the decimals of a new one. */
int audit_find_unit(struct audit *audit, struct slice name, struct slice text);
/* An amount with its unit as text, NUL-terminated. */
enum { AMOUNT_TEXT_MAX = 128 };
const char *amount_text(
	const struct audit *audit, int unit, int128 amount, char buffer[AMOUNT_TEXT_MAX]);

/* Moves what the posting in hand moves. */
void audit_move(struct audit *audit, const struct cause *cause);

#endif

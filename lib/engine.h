/*
 * engine.h - causes, groups and the agenda: the one loop that all filters share.
 *
 * A cause is a fact, a due date or a posting. A group is a cause and the postings
 * of it: each decider is asked once, in the order earn, tier, redeem, expire,
 * and sees what those before it posted. Each posting may be the cause of a further
 * group, first in, first out. Deciders read state and call engine_post();
 * lib/apply.c and its parts alone change state.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "balances.h"
#include "fact.h"
#include "lives.h"
#include "past.h"
#include "posting.h"
#include "tally.h"

/* What a posting did to the counts that `reach` triggers look at: (before, after]. */
struct rise {
	int64_t before, after;
	struct span window; /* that they count in; of a period that rolls begin is now */
	/* The first threshold that counted for a place when it was last looked for. */
	int place;
	int64_t first;
	/* The one that was last found, which it was, and how many marks the member had then. */
	int64_t found;
	int which;
	uint32_t marks;
};

/*
 * How often a rule or a reward may fire at once. No programme means as many; a slip in an amount
 * does, and would fill the disk.
 */
enum { FIRINGS_MAX = 10000 };

struct cause {
	struct member *member;
	struct member *key;   /* whose key the fact has, where they were merged; else the member */
	struct slice id;      /* what postings say in `of` */
	struct slice at_text; /* what they say in `at` */
	instant at;
	instant judged;          /* when conditions hold: a period's last instant where it closes */
	instant date;            /* when it counts: `occurred` of the fact it goes back to */
	const struct fact *fact; /* where the cause is a fact; else NULL */
	const struct posting *posting; /* where it is a posting; else NULL */
	const struct fact *root;       /* the fact that all this goes back to; NULL: time */
	int moment;                    /* index where it is one; else -1 */
	uint32_t slot;      /* SLOT_…; SLOT_RECORD for facts and what follows from them */
	bool plain_id;      /* id needs no escapes in JSON */
	bool handed;        /* a posting that was to another member than its cause's */
	bool refused;       /* the fact was refused: nobody is asked any more */
	struct rise *rises; /* per reach of the programme; NULL: none */
	struct cause *next; /* agenda */
};

/* One rule's firing on one record, on its way to being a posting (lib/earn.c). */
struct firing;

/* A reward that was paid by lots of a bucket, of which it loses what remains. */
struct lost_rest {
	struct lost_rest *next;
	int reward, unit;
	instant bucket; /* its start; INSTANT_ALWAYS where the unit has none */
};

struct engine {
	const struct programme *programme;
	unsigned upstream; /* deciders whose postings are in the input */
	unsigned emits;    /* deciders whose postings we write */
	unsigned active;   /* upstream, emitting, or silently run */
	bool postings_only;
	bool plain_rules; /* no name of a rule, ladder or reward needs escapes */
	bool keeps_lots;
	bool plain;                   /* plain_programme() */
	int plain_gives;              /* units that plain rules give to a purchase */
	bool balance_ladder;          /* some level is by what is held */
	bool counts_terms;            /* some ladder counts what came since a term began */
	bool gives_by_itself;         /* some reward is not only asked for */
	bool has_merges;              /* some member was merged into another */
	bool crosses;                 /* rates by levels that the purchase itself may reach */
	uint64_t needed;              /* bit per unit: some ladder needs it */
	bool has_history;             /* some counter counts facts */
	bool ends_by_level;           /* some life of lots depends on a level */
	bool reactive[RECORD_TYPES];  /* posting types that may be a cause */
	bool referrals[RECORD_TYPES]; /* fact types on which a rule to the referrer hangs */

	struct members *members;
	struct past *past;
	struct member *tick_facts; /* nobody: whose facts ticks are, to know repeats */
	/* Whose tallies those of shared limits are; its clock is the latest record's. NULL: none. */
	struct member *everybody;
	struct due_heap *heap;
	struct scratch scratch;
	struct record *recalled; /* a sale read again; NULL until the first */
	struct redemption *paid; /* for the voucher that comes next */
	struct lives lives;
	struct writer *out;
	struct source *source; /* where lookahead comes from; NULL: bare facts */

	struct cause *agenda, **agenda_end;
	uint64_t counts[RECORD_TYPES];
	int128 *sums;              /* per unit, over all postings */
	int128 *copied;            /* the same of upstream's postings in this section */
	struct balances *balances; /* NULL: nobody asks */
	bool again;                /* decided once more, to be held against a ledger */
	uint64_t repeats, rejected;
	instant tick_at; /* of the tick under way; else INSTANT_ALWAYS */
	instant *ticks;  /* those that are done, where lots end with a tick only */
	uint32_t tick_count;
	instant swept; /* up to here, for the member under way; INSTANT_ALWAYS: not yet */
	/* When time last did something, as text; size 0: never yet. */
	instant due_at;
	size_t due_size;
	char due_text[INSTANT_TEXT_MAX];

	/* Ids given in the group under way, for #2, #3, …; from scratch. */
	struct given_id *group_ids;
	/* What the group under way has earned for its cause's member: bit per unit. */
	uint64_t group_earned;                /* earned, adjusted up */
	uint64_t group_touched;               /* earned, reversed, adjusted */
	uint64_t group_fallen;                /* ladders on which the group let the member fall */
	struct lost_rest *rests, **rests_end; /* what the group let rewards lose */
	int group_postings;
	unsigned deciding; /* the decider that is being asked */

	struct posting nowhere;     /* what is filled where memory ran out */
	enum loyalty_status status; /* the first failure inside a group */
	struct loyalty_error *error;
	/* What rules and rewards have used of limits per purchase since the record. */
	struct room_use *rule_uses, *reward_uses;
};

/* ---- for the deciders -------------------------------------------------- */

/*
 * Starts a posting of the cause: fills type, at, of, rule, id and by. units and lots
 * are the decider's to fill from engine->scratch.
 */
struct posting *engine_posting(struct engine *engine, const struct cause *cause,
	enum record_type type, struct member *member, struct slice rule, int rule_index);

/* Applies the posting, writes it where its decider emits, and puts it on the agenda. */
void engine_post(struct engine *engine, const struct cause *cause, struct posting *posting);

/* A refused posting for the fact or a part of it. */
void engine_refuse(
	struct engine *engine, const struct cause *cause, struct slice rule, struct slice why);

/* Notes a failure (memory, overflow); the line is then a bad record or the run stops. */
void engine_fail(
	struct engine *engine, enum loyalty_status code, const char *path, const char *text);
void engine_overflow(struct engine *engine, const char *what);
/* For more than FIRINGS_MAX. */
void engine_firings(struct engine *engine);
void engine_memory(struct engine *engine);

/* Room for n unit deltas of a posting. */
struct unit_delta *posting_units(struct engine *engine, struct posting *posting, int n);
/* Room for what a posting's reward is worth, of which nothing is known yet. */
struct worth *posting_worth(struct engine *engine, struct posting *posting);

/* ---- the deciders ------------------------------------------------------ */

/* Whether loyalty-earn refuses the fact (then it has posted so), before anything of it happens. */
bool earn_refuses(struct engine *engine, const struct cause *cause);
void earn_decide(struct engine *engine, struct cause *cause);
void tier_decide(struct engine *engine, struct cause *cause);
void redeem_decide(struct engine *engine, struct cause *cause);
void expire_decide(struct engine *engine, struct cause *cause);

/* ---- apply.c, with its parts (apply.h) the only code that changes a member's state ---- */

/* What a fact says: profile, clocks, history. Comes before the deciders. */
void apply_fact(struct engine *engine, const struct cause *cause);
/*
 * What a merge says, before anything else of it: all of its member but lots and debt becomes
 * another's, whose the cause is from here on.
 */
void merge_members(struct engine *engine, struct cause *cause);
/* What a posting says. cause is that of its group. */
void apply_posting(struct engine *engine, const struct cause *cause, const struct posting *posting);
/* The cause with the time at which a posting of it counts: a reversal's is its sale's. */
struct cause counting_cause(
	struct engine *engine, const struct cause *cause, const struct posting *posting);

/* Whose tally a counter's is: that of a limit shared by all members is everybody's. */
struct member *tally_holder(const struct engine *engine, struct member *member, int counter);

/* ---- engine.c ------------------------------------------------------------ */

struct engine *engine_new(const struct programme *programme, unsigned upstream, unsigned emits,
	struct writer *out, struct loyalty_error *error);
void engine_free(struct engine *engine);

/* Everything due to the member up to and including `at`. */
void engine_run_due(struct engine *engine, struct member *member, instant at);
/* A valid fact whose line has been written, and whose member's due dates have been run. */
enum loyalty_status engine_fact(struct engine *engine, struct fact *fact);
/* A tick whose line has been written: all that is due up to then, member by member. */
enum loyalty_status engine_tick(struct engine *engine, instant at);
/* Remembers that a tick swept, where lots end with a tick only. false: out of memory. */
bool engine_keep_tick(struct engine *engine, instant at);
/* A member who appears. NULL: out of memory (engine->status). */
struct member *engine_add_member(struct engine *engine, struct slice key, instant at);
/* Whom a fact of a member names beside them, where they are known; else NULL. */
struct member *engine_named_member(
	struct engine *engine, const struct fact *fact, const struct member *member);
/* A posting that was decided upstream: counted, applied, and put on the agenda. */
void engine_copy_posting(struct engine *engine, const struct cause *cause, struct posting *posting);

#endif

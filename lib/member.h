/*
 * member.h - the members and everything that is known of each.
 *
 * State changes in lib/apply*.c only; the deciders read it. A member's lots,
 * vouchers, levels and tallies are small arrays of their own, allocated when
 * they are first needed, so that a member costs what its programme uses.
 */
#ifndef MEMBER_H
#define MEMBER_H

#include "programme.h"
#include "slab.h"

/* Where a member stands in its schedule: everything due up to here has been done. */
struct schedule_key {
	instant at;
	uint32_t slot; /* SLOT_…: the order of what is due at one instant */
};

/* At one instant: what closes a period, the tier look, expiry, what opens, then the record. */
enum {
	SLOT_CLOSING = 0, /* + index of the moment */
	SLOT_TIER = 1 << 20,
	SLOT_EXPIRE,
	SLOT_USABLE,
	SLOT_OPENING = 1 << 21, /* + index of the moment */
	SLOT_RECORD = 1 << 22,
};

/* What few lots need, and the name where it does not fit into the lot itself. */
struct lot_rest {
	instant usable; /* INSTANT_ALWAYS: at once; INSTANT_NEVER: waits for a fact */
	int64_t dead;   /* what expired or was forfeited, less what has been waived of it */
	uint16_t name_size;
	char name[];
};

enum { LOT_NAME_SHORT = 15 };

/*
 * Points that were earned together. A lot whose end is not fixed (its clock
 * starts again with activity, or its life depends on the level) has until ==
 * INSTANT_BY_RULE, and its end is worked out by lot_end(). There are many: most of the
 * memory of a long log is lots (lots.h reads their names and rarer parts).
 */
struct lot {
	union {
		char name[LOT_NAME_SHORT + 1];
		struct lot_rest *rest; /* where has_rest */
	};
	instant earned;
	instant until;
	int64_t left;
	uint32_t number; /* how many lots the member had been given before; they stand by it */
	int16_t rule;    /* earn rule that gave it; -1: none */
	uint8_t unit;
	uint8_t name_size : 4;
	bool has_rest : 1;
	bool of_rule : 1; /* the name goes on with ":" and the rule's id */
	bool kept : 1;    /* was taken back: a cancel may give it back */
	bool gone : 1;    /* past its end: only what died of it still matters */
};

/* What is known of a name that a lot is to have. */
struct lot_call {
	uint32_t hash;
	bool borne; /* perhaps by lots of which nothing is left */
};

#define INSTANT_BY_RULE (INSTANT_NEVER - 1)

/* What a member owes of a unit. */
struct debt {
	int unit;
	int64_t amount;       /* > 0 */
	int64_t to_waive;     /* part of amount that stands for points that had expired */
	uint32_t lots_before; /* lots that the member had been given when the debt was made */
};

enum voucher_state { VOUCHER_OPEN, VOUCHER_USED, VOUCHER_EXPIRED, VOUCHER_VOID };

struct voucher {
	char *id;
	uint32_t id_size;
	uint32_t cause_key; /* index of the member whose key the cause has */
	uint32_t used_key;  /* where it was used: and the purchase that used it */
	uint32_t used_sale; /* number + 1 of that one among the facts of its key; 0: not known */
	uint8_t state;      /* enum voucher_state */
	int16_t reward;
	int16_t given; /* the reward that a choice gave, or -1 */
	instant usable, until;
	instant over; /* when it was used, voided or expired; INSTANT_NEVER: it is open */
	char *cause;  /* the fact or posting whose group issued it */
	int64_t qty;
	int64_t off;             /* money; -1: none */
	struct rational percent; /* den 0: none */
	int64_t up_to;           /* money; -1: none */
	char *choice;
	struct voucher_origin *origin; /* where a return may look at it again (past.h); or NULL */
};

/* How a member holds one level of a ladder, for itself. */
struct hold {
	instant until;  /* exclusive end; INSTANT_NEVER: none */
	instant since;  /* when the term began */
	uint32_t facts; /* how many the member had by then */
	bool held : 1;
	bool while_met : 1; /* without a keep: as long as the needs are met */
	bool grace : 1;     /* held on after its keep ended */
	bool reached : 1;   /* its needs were met when the term began */
	bool closing : 1;   /* that was judged at the end of the period before */
	bool fell : 1;      /* the member fell to it: no posting says when its term began */
};

/* A member's place on one ladder. */
struct standing {
	int level;
	int granted;           /* level by a grant; 0: none */
	instant granted_until; /* INSTANT_NEVER: until another grant */
	instant until;         /* of the level, as last posted */
	/*
	 * Per level; then per need of the levels: what came after the term began (int64_t), and
	 * where the ladder counts_at_reach what a rolling period held when the level was reached.
	 */
	struct hold holds[];
};

/* What was counted for one counter: by window, or as a queue where it rolls. */
struct tally {
	uint64_t by;    /* hash of the `by` values; 0: none */
	instant window; /* its first instant; of a rolling one INSTANT_ALWAYS */
	union {
		instant end;         /* of the window */
		struct queue *queue; /* of a rolling one; NULL: empty */
	};
	int64_t value; /* of a rolling one: sum of what is in the queue */
	uint32_t counter;
	bool rolls;
};

/* Happenings of a rolling counter, in order of time. */
struct queue {
	struct happening {
		instant at;
		int64_t value;
	} * items;
	uint32_t head, count, capacity;
};

/* What a rule's rounding left over (round_per: carry). */
struct carry {
	int16_t rule;
	uint8_t unit;
	int64_t num, den;
};

/* What was counted of a base beyond the tally's eight decimals (fractions.h). */
struct fraction {
	uint64_t by;
	instant at;       /* the tally's window; of a rolling one when it was counted */
	int64_t num, den; /* in whole money or numbers */
	uint32_t counter;
};

/* A clock stood still from `from` to `to`, so long that a lot on it may have died. */
struct clock_gap {
	int clock;
	instant from, to;
};

/* A rule or reward was fired by a threshold. */
struct reach_mark {
	int64_t threshold;
	instant window;  /* of the period that the threshold counts over; of one that rolls, when */
	instant until;   /* how long it matters by the member's clock */
	int place;       /* rule; behind the rules, reward */
	uint32_t number; /* how many the member had before */
	bool back;       /* what it brought was wholly taken back */
};

/* A profile member that the programme reads: its JSON kind, and its text with escapes decoded. */
struct attribute_value {
	uint8_t kind;
	char *text;
	uint32_t size;
};

/* What merges made of a member (merged.h). */
struct merged {
	struct member *into;  /* who they are now; NULL: themself, others were merged into them */
	struct member **keys; /* of who they are now: those others, in that order */
	uint32_t key_count;
	/* Of who was merged: how many of who they are now come before theirs. */
	uint32_t marks; /* of thresholds */
	uint32_t lots;
	instant at; /* when their lots came */
};

/* What few members have. */
struct member_more {
	/* What is looked at for every fact first. */
	struct merged *merged;           /* NULL: nobody was merged */
	struct taken_names *taken_names; /* of lots that redemptions took from (taken.h) */
	struct debt *debts;
	uint32_t debt_count, debt_capacity;
	struct voucher *vouchers;
	uint32_t voucher_count, voucher_capacity;
	struct voucher_index *voucher_index; /* NULL while there are few (voucher_index.h) */
	struct carry *carries;
	uint32_t carry_count, carry_capacity;
	struct fraction *fractions;
	uint32_t fraction_count;
	instant *clocks; /* per clock of the programme: INSTANT_ALWAYS where it never happened */
	instant *lived;  /* the same before the latest enrol after a leave; NULL: never */
	uint64_t fresh_earned;  /* units: earned since ladders on the balance were looked at */
	uint64_t fresh_touched; /* or reversed, or adjusted */
	struct clock_gap *gaps; /* in order of `to` */
	uint32_t gap_count;
	struct reach_mark *marks; /* by place, threshold, window and number */
	uint32_t mark_count, mark_capacity;
	uint32_t marks_had; /* also those that were dropped */
	struct attribute_value *attributes;
	struct posting_names *names_now; /* ids given at this instant to facts without id */
};

enum { MEMBER_KEY_SHORT = 16 };

struct member {
	struct slice key; /* a short one lives in short_key, a long one in the table */
	char short_key[MEMBER_KEY_SHORT];
	uint32_t index;    /* order of first appearance */
	uint32_t referrer; /* index + 1; 0: none */
	instant seen;      /* first appearance */
	instant enrolled;  /* latest enrol; INSTANT_NEVER: none */
	instant clock;     /* of the latest record */
	struct schedule_key done;
	instant due;        /* nothing is due before this */
	instant sweep;      /* where lots end with a tick only: none before this */
	uint64_t lot_names; /* bits of the lots' tags, and of some that are gone (lots.h) */
	struct lot *lots;
	uint32_t lot_count, lot_capacity, lots_given;
	uint8_t birth_month, birth_day; /* 0: unknown */
	bool plain_key : 1;             /* needs no escapes in JSON */
	bool left : 1;
	bool look_at_ends : 1; /* a lot may have died by something else than time */
	struct tally *tallies;
	uint32_t tally_count, tally_capacity;
	struct standing *standings; /* per ladder, one after the other; NULL: nothing held */
	struct member_more *more;   /* NULL until needed */
	instant heap_due;           /* in the heap under this time; INSTANT_NEVER: not there */
	uint32_t taken_bits;        /* of the names of taken.h, for most to know that it is none */
	uint32_t past_endings;      /* bits of how the names of remembered facts end */
	struct past_log *past;      /* those (past.c) */
	uint32_t facts_kept;        /* how many */
	uint32_t facts_had;         /* by the member, remembered or not */
};

/* All members, by key and by order of appearance. */
struct members;

/*
 * A member who is nobody: for what hangs on none. What they keep is in the members' slab,
 * so they are freed before those. NULL: out of memory.
 */
struct member *member_nobody(void);

struct members *members_new(const struct programme *programme);
void members_free(struct members *members);
void member_nobody_free(struct members *members, struct member *member);
/* The member with that key, or NULL. */
struct member *members_find(const struct members *members, struct slice key);
uint64_t members_hash(struct slice key);
/* Who has a key of that hash, by all that the table alone tells; or NULL. */
struct member *members_of_hash(const struct members *members, uint64_t hash);
/*
 * Ask memory for the place of a key's hash in the table; for a member; for what hangs on
 * the member; and of that for what due dates look at.
 */
void members_prefetch_place(const struct members *members, uint64_t hash);
void member_prefetch(const struct member *member);
void member_prefetch_state(const struct member *member);
void member_prefetch_due(const struct member *member);
/* Finds or adds; a new member is seen at `at`. NULL: out of memory. */
struct member *members_add(struct members *members, struct slice key, instant at);
/* Where lots, tallies, levels and remembered facts live. */
struct slab *members_slab(struct members *members);
uint32_t members_count(const struct members *members);
struct member *members_at(const struct members *members, uint32_t index);

/* What merges make of a member, allocated at the first call. NULL: out of memory. */
struct merged *member_merged(const struct programme *programme, struct member *member);

/* The member's rare part, allocated at the first call. NULL: out of memory. */
struct member_more *member_more(const struct programme *programme, struct member *member);

/*
 * The time before which nothing happens to a member any more: of the latest record, or what time
 * alone has done since. What time gives to who never comes again grows old by that, too.
 */
static inline instant
member_time(const struct member *member)
{
	return member->done.at > member->clock ? member->done.at : member->clock;
}

/* Bytes of a member's places on all ladders. */
size_t standings_size(const struct programme *programme);
/* The member's place on a ladder, NULL where nothing is known of any. */
struct standing *member_standing(
	const struct programme *programme, const struct member *member, int ladder);
/* The member's level on a ladder (0: the first). */
int member_level(const struct programme *programme, const struct member *member, int ladder);
/* Latest time of a clock, INSTANT_ALWAYS where it never happened. */
instant member_clock(const struct member *member, int clock);
/* The same for lots, which stay when a membership is left: whenever that was. */
instant member_lived(const struct member *member, int clock);

#endif

/*
 * posting.h - what the programme decided, in memory and as a line.
 *
 * Deciders make postings, apply (lib/apply.c) carries them out, posting_write()
 * puts them into the ledger, and posting_read() has them back in the next
 * filter: the members written here are exactly what apply needs.
 */
#ifndef POSTING_H
#define POSTING_H

#include "member.h"
#include "scratch.h"
#include "writer.h"

struct unit_delta {
	int unit;
	int64_t amount;
	instant usable; /* earned, restored, redeemed that gives: INSTANT_ALWAYS at once */
	instant until;  /* INSTANT_BY_RULE: not fixed; INSTANT_NEVER: never ends */
};

/* How one lot changed. Deltas of one lot stand together. */
struct lot_delta {
	struct slice lot; /* DEBT_NAME for the member's debt */
	int unit;
	int64_t amount;
	uint32_t place; /* where the lot probably stands among its member's */
};

#define DEBT_NAME SLICE("debt")

enum reason {
	REASON_REACHED,
	REASON_RENEWED,
	REASON_ENDED,
	REASON_GRANTED,
	REASON_RETURNED,
	REASON_LEFT,
};

enum { REACHED_NOTHING = -1, REACHED_BY_BALANCE = -2 };

/* The value of a reward, worked out or still to be worked out at use. */
struct worth {
	int64_t qty;             /* 0: not written */
	struct slice choice;     /* JSON text; size 0: none */
	int reward;              /* that a choice gave; -1 */
	int64_t off;             /* money; -1: none */
	struct rational percent; /* of the document; den 0: none */
	int64_t percent_off;     /* percent worked out as money; -1: none */
	int64_t item;            /* money of the free line; -1: none */
	bool item_open;          /* "item":true: worked out at use */
	bool shipping;
	struct slice benefit;    /* size 0: none */
	int64_t up_to;           /* money; -1: none */
	struct slice up_to_text; /* "30%": of the basket at use; size 0: none */
};

#define WORTH_NONE                                                                                 \
	((struct worth){ .reward = -1, .off = -1, .percent_off = -1, .item = -1, .up_to = -1 })

/* The two sides of what goes from one member to another. */
struct transferred {
	struct member *to; /* who gets it, where it is taken from a member; else NULL */
	instant since; /* of a lot that is kept: when its life began; INSTANT_ALWAYS: a new one */
	int rule;      /* of a lot that is kept: earn rule whose pending and expire it has; -1 */
	struct slice lot; /* of a merge: what the lot was called before; size 0: none */
	bool merge;       /* all of one member goes, by a merge */
};

/* What few types of postings say stands behind pointers: one is made for nearly every line. */
struct posting {
	enum record_type type;
	int rule_index; /* earn rule, ladder or reward by that name; -1 */
	struct slice id, at_text, of, rule;
	instant at;
	struct member *member, *by; /* by: NULL where it is the member's own */
	struct unit_delta *units;
	struct lot_delta *lots;
	int unit_count, lot_count;
	union {
		struct slice limited; /* earned, adjusted, restored, tried */
		struct slice voucher; /* used, voided, expired */
		struct slice why;     /* refused; `short` stands in units */
	};
	int from, to; /* tier_changed: levels */
	enum reason reason;
	bool has_until;
	bool plain_names;          /* id, of and rule need no escapes */
	bool plain;                /* earned by this process, one line giving it all */
	struct lot_call call;      /* how a lot would be called by the id */
	instant until;             /* tier_changed, issued */
	instant usable;            /* issued; INSTANT_ALWAYS: at once */
	struct worth *worth;       /* redeemed (of a reward), issued, used; else NULL */
	struct transferred *moved; /* transferred; else NULL */
	/* Of postings by this process; NULL: there is none. */
	union {
		struct firing *firing;        /* earned: what returns and limits need */
		struct reversal *reversal;    /* reversed: what goes back of which posting */
		struct redemption *share;     /* restored with a share of its sale */
		const struct room_use *rooms; /* redeemed, issued: room of limits used */
	};
	int reached; /* redeemed, issued by this process: the reach that fired it, or REACHED_… */
	int64_t threshold; /* of that reach */
};

/* Whether a posting says that a fact, of those that are decided later, was carried out. */
static inline bool
posting_carries_out(const struct posting *posting, enum record_type fact)
{
	const struct transferred *moved = posting->moved;

	return posting->type == happening_of(fact) && (!moved || (moved->to && !moved->merge));
}

/* What posting_write() and posting_read() need of the programme. */
void posting_write(
	const struct programme *programme, const struct posting *posting, struct writer *writer);

struct members;

/*
 * Reads a posting's line of the type given. What is not in the record's slices is
 * taken from scratch. LOYALTY_CORRUPT where it is not a posting of this programme.
 */
enum loyalty_status posting_read(const struct programme *programme, const struct record *record,
	enum record_type type, struct members *members, struct scratch *scratch,
	struct posting *posting, struct loyalty_error *error);

#endif

/*
 * kinds.h - the types of records, and the deciders.
 *
 * Facts say what happened; postings say what the programme decided. The order
 * of the lists is the order in which `end` counts them.
 */
#ifndef KINDS_H
#define KINDS_H

#include "slice.h"

/* X(CONSTANT, "name") */
#define FACT_TYPES(X)                                                                              \
	X(ENROL, "enrol")                                                                          \
	X(PROFILE, "profile")                                                                      \
	X(PURCHASE, "purchase")                                                                    \
	X(RETURN, "return")                                                                        \
	X(CANCEL, "cancel")                                                                        \
	X(ACTION, "action")                                                                        \
	X(REDEEM, "redeem")                                                                        \
	X(ADJUST, "adjust")                                                                        \
	X(GRANT, "grant")                                                                          \
	X(TRANSFER, "transfer")                                                                    \
	X(MERGE, "merge")                                                                          \
	X(LEAVE, "leave")                                                                          \
	X(TICK, "tick")

/* X(CONSTANT, "name", decided by) */
#define POSTING_TYPES(X)                                                                           \
	X(EARNED, "earned", EARN)                                                                  \
	X(REVERSED, "reversed", EARN)                                                              \
	X(ADJUSTED, "adjusted", EARN)                                                              \
	X(TIER_CHANGED, "tier_changed", TIER)                                                      \
	X(REDEEMED, "redeemed", REDEEM)                                                            \
	X(RESTORED, "restored", REDEEM)                                                            \
	X(TRANSFERRED, "transferred", REDEEM)                                                      \
	X(SETTLED, "settled", REDEEM)                                                              \
	X(WAIVED, "waived", REDEEM)                                                                \
	X(ISSUED, "issued", REDEEM)                                                                \
	X(USED, "used", REDEEM)                                                                    \
	X(VOIDED, "voided", REDEEM)                                                                \
	X(EXPIRED, "expired", EXPIRE)                                                              \
	X(FORFEITED, "forfeited", EXPIRE)                                                          \
	X(REFUSED, "refused", ANY)                                                                 \
	X(TRIED, "tried", EARN)

/* clang-format off */
enum record_type {
#define X(constant, name) FACT_##constant,
	FACT_TYPES(X)
#undef X
#define X(constant, name, decider) POSTING_##constant,
	POSTING_TYPES(X)
#undef X
	RECORD_OTHER, /* a type that we do not know: passes through and does nothing */
	RECORD_OPENING, /* what a member has, from a snapshot */
	RECORD_BEGIN,
	RECORD_END,
	RECORD_SNAPSHOT_BEGIN,
	RECORD_SNAPSHOT_END,
	RECORD_TYPES
};
/* clang-format on */

enum { FACT_TYPE_COUNT = FACT_TICK + 1 };
/* Those that `end` counts. */
enum { COUNTED_TYPES = RECORD_OPENING + 1 };

/* The deciders in the order in which they are asked, as bits. */
enum decider { DECIDE_EARN = 1, DECIDE_TIER = 2, DECIDE_REDEEM = 4, DECIDE_EXPIRE = 8 };

enum { DECIDER_COUNT = 4, DECIDE_ALL = 15 };

/* The type that a "type" member names. */
enum record_type record_type_of(struct slice name);
/* Its name, NUL-terminated. */
const char *record_type_name(enum record_type type);
/* "earn", "tier", "redeem", "expire". */
const char *decider_name(enum decider decider);

/* The deciders that post a type of posting, as bits; 0: it is none. */
unsigned deciders_of(enum record_type type);

static inline bool
is_fact(enum record_type type)
{
	return type <= FACT_TICK;
}

static inline bool
is_posting(enum record_type type)
{
	return type > FACT_TICK && type < RECORD_OTHER;
}

/*
 * What says that a fact happened: a redemption and a transfer happen when they are carried
 * out, for which there is a posting; any other fact is itself.
 */
static inline enum record_type
happening_of(enum record_type fact)
{
	switch (fact) {
	case FACT_REDEEM:
		return POSTING_REDEEMED;
	case FACT_TRANSFER:
		return POSTING_TRANSFERRED;
	default:
		return fact;
	}
}

#endif

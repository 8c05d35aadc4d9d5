/*
 * kinds.c - from the name of a record's type to the type, and back.
 */
#include "kinds.h"

/* clang-format off */
static const char *const type_names[RECORD_TYPES] = {
#define X(constant, name) [FACT_##constant] = (name),
	FACT_TYPES(X)
#undef X
#define X(constant, name, decider) [POSTING_##constant] = (name),
	POSTING_TYPES(X)
#undef X
	[RECORD_OTHER] = "other",
	[RECORD_BEGIN] = "begin",
	[RECORD_END] = "end",
	[RECORD_OPENING] = "opening",
	[RECORD_SNAPSHOT_BEGIN] = "snapshot_begin",
	[RECORD_SNAPSHOT_END] = "snapshot_end",
};
/* clang-format on */

static enum record_type
type_if(struct slice name, const char *expected, enum record_type type)
{
	return memcmp(name.data, expected, name.size) == 0 ? type : RECORD_OTHER;
}

/* Asked for every line: the length and one byte leave a single name to compare. */
enum record_type
record_type_of(struct slice name)
{
#define CASE(byte, text, type)                                                                     \
	case byte:                                                                                 \
		return type_if(name, text, type)

	switch (name.size) {
		CASE(3, "end", RECORD_END);
		CASE(9, "forfeited", POSTING_FORFEITED);
		CASE(11, "transferred", POSTING_TRANSFERRED);
		CASE(14, "snapshot_begin", RECORD_SNAPSHOT_BEGIN);
	case 4:
		switch (name.data[0]) {
			CASE('t', "tick", FACT_TICK);
			CASE('u', "used", POSTING_USED);
		}
		return RECORD_OTHER;
	case 5:
		switch (name.data[0]) {
			CASE('b', "begin", RECORD_BEGIN);
			CASE('e', "enrol", FACT_ENROL);
			CASE('g', "grant", FACT_GRANT);
			CASE('l', "leave", FACT_LEAVE);
			CASE('m', "merge", FACT_MERGE);
			CASE('t', "tried", POSTING_TRIED);
		}
		return RECORD_OTHER;
	case 6:
		switch (name.data[0] + name.data[3]) {
			CASE('a' + 'i', "action", FACT_ACTION);
			CASE('a' + 'u', "adjust", FACT_ADJUST);
			CASE('c' + 'c', "cancel", FACT_CANCEL);
			CASE('e' + 'n', "earned", POSTING_EARNED);
			CASE('i' + 'u', "issued", POSTING_ISSUED);
			CASE('r' + 'e', "redeem", FACT_REDEEM);
			CASE('r' + 'u', "return", FACT_RETURN);
			CASE('v' + 'd', "voided", POSTING_VOIDED);
			CASE('w' + 'v', "waived", POSTING_WAIVED);
		}
		return RECORD_OTHER;
	case 7:
		switch (name.data[0]) {
			CASE('e', "expired", POSTING_EXPIRED);
			CASE('o', "opening", RECORD_OPENING);
			CASE('p', "profile", FACT_PROFILE);
			CASE('r', "refused", POSTING_REFUSED);
			CASE('s', "settled", POSTING_SETTLED);
		}
		return RECORD_OTHER;
	case 8:
		switch (name.data[2]) {
			CASE('a', "transfer", FACT_TRANSFER);
			CASE('d', "redeemed", POSTING_REDEEMED);
			CASE('j', "adjusted", POSTING_ADJUSTED);
			CASE('r', "purchase", FACT_PURCHASE);
			CASE('s', "restored", POSTING_RESTORED);
			CASE('v', "reversed", POSTING_REVERSED);
		}
		return RECORD_OTHER;
	case 12:
		switch (name.data[0]) {
			CASE('s', "snapshot_end", RECORD_SNAPSHOT_END);
			CASE('t', "tier_changed", POSTING_TIER_CHANGED);
		}
		return RECORD_OTHER;
	}
#undef CASE
	return RECORD_OTHER;
}

const char *
record_type_name(enum record_type type)
{
	return type_names[type];
}

const char *
decider_name(enum decider decider)
{
	switch (decider) {
	case DECIDE_EARN:
		return "earn";
	case DECIDE_TIER:
		return "tier";
	case DECIDE_REDEEM:
		return "redeem";
	case DECIDE_EXPIRE:
		return "expire";
	}
	return "";
}

unsigned
deciders_of(enum record_type type)
{
	enum { DECIDE_ANY = DECIDE_ALL };

	switch (type) {
#define X(constant, name, decider)                                                                 \
	case POSTING_##constant:                                                                   \
		return DECIDE_##decider;
		POSTING_TYPES(X)
#undef X
	default:
		return 0;
	}
}

/*
 * fold.h - a ledger's postings to the state of its members.
 *
 * Only what the ledger itself says goes in: what a posting's units and lots
 * moved, when lots are usable and end, the levels, the vouchers.
 */
#ifndef FOLD_H
#define FOLD_H

#include "ledger.h"
#include "view.h"

struct fold;

/* vouchers: keep them, too (the statement of one member). NULL: memory. */
struct fold *fold_new(const struct programme *programme, struct ledger *ledger, bool vouchers);
void fold_free(struct fold *fold);

/* Adds an entry to its member. LOYALTY_BAD: something in it cannot be, or overflows. */
enum loyalty_status fold_entry(
	struct fold *fold, const struct entry *entry, struct loyalty_error *error);

/* An opening; keep: of a member who is asked for. */
enum loyalty_status fold_opening(
	struct fold *fold, const struct entry *opening, bool keep, struct loyalty_error *error);

/* Members in order of first appearance. */
uint32_t fold_count(const struct fold *fold);
struct slice fold_key(const struct fold *fold, uint32_t index);
/* The balances of a member, one per unit. */
const int64_t *fold_sums(const struct fold *fold, uint32_t index);

/* The member as of now; the view lives until the next call. */
enum loyalty_status fold_view(struct fold *fold, uint32_t index, instant now, struct view *view,
	struct loyalty_error *error);

#endif

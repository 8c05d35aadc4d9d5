/*
 * worth.h - what a reward is worth: worked out on a basket, or fixed in a voucher.
 */
#ifndef WORTH_H
#define WORTH_H

#include "question.h"

/* What a value is worked out on: the basket of a redeem, or a purchase. */
struct basket {
	const struct fact *fact; /* NULL: none */
	int64_t amount;          /* smallest money; -1: not stated */
	int table;               /* of its lines */
};

struct basket basket_of(struct engine *engine, const struct cause *cause);

/*
 * Fills worth with a reward's value on a basket, qty times (of a voucher: its terms, which
 * replace what the reward says, times factor). false: it cannot be worked out there.
 */
bool worth_on_basket(const struct question *question, const struct reward *reward,
	const struct voucher *voucher, const struct basket *basket, int64_t qty,
	struct ratio factor, struct worth *worth);

/* Fills worth with what a voucher fixes at issue. false: no price. */
bool worth_at_issue(const struct question *question, const struct reward *reward, int64_t qty,
	struct worth *worth);

/* How many times `off` the basket and the ceiling leave of use, at most qty (at least 1). */
int64_t worth_of_use(const struct question *question, const struct reward *reward,
	const struct basket *basket, int64_t qty);

#endif

/*
 * basis.h - the base of a rule: which money or numbers of a purchase count.
 *
 * The base is worked out for each line, so that rates may differ by line and a
 * return may name lines. Money is whole currency (not its smallest part) here,
 * as rates are.
 */
#ifndef BASIS_H
#define BASIS_H

#include "question.h"

/*
 * The base of each of the fact's lines, per basis; lines whose `selected` is false get 0.
 * whole: the rule selects no lines, so parts that the purchase states are its own.
 * false: overflow.
 */
bool basis_lines(const struct question *question, const struct basis *basis, const bool *selected,
	bool whole, struct ratio *lines);

/* One part over the whole purchase, for conditions. false: it has no such part, or overflow. */
bool part_total(const struct question *question, const struct part *part, struct ratio *total);

#endif

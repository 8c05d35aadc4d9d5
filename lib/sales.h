/*
 * sales.h - the parts of what a sale gave (struct given_posting of past.h).
 */
#ifndef SALES_H
#define SALES_H

#include "past.h"
#include "ratio.h"

/* With room for its parts, which are 0. NULL: out of memory. */
struct given_posting *given_posting_new(struct slab *slab, uint32_t gives, uint32_t rooms,
	uint32_t weights, bool base, struct slice id);
size_t given_posting_size(const struct given_posting *posting);

/* Puts it behind those that the sale has. */
void sale_add_given(struct sale *sale, struct given_posting *posting);

static inline size_t
sale_size(uint32_t lines)
{
	return sizeof(struct sale) + lines * sizeof(struct sale_line);
}

/* The fraction of a line that is back by now. */
struct ratio sale_line_back(const struct sale *sale, uint32_t line);
/* Whether nothing is left of a sale. */
bool sale_is_back(const struct past_fact *past);

/* What limits counted of a posting's base, and what of it they hold by now. */
struct given_base {
	struct ratio counted, held;
};

/* NULL: no limit counted it. */
struct given_base *given_base(struct given_posting *posting);
struct given *given_of(struct given_posting *posting);
/* Of one unit (weight_count > 0): what each line contributed, and last what hangs on the whole sale. */
struct ratio *given_weights(struct given_posting *posting, uint32_t give);
struct room_used *rooms_of(struct given_posting *posting);
struct slice given_id(struct given_posting *posting);

#endif

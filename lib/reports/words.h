/*
 * words.h - what an entry of a statement says, in people's words.
 */
#ifndef WORDS_H
#define WORDS_H

#include "report.h"

/* Adds what happened to the present cell: "purchase 85.20 USD", "earned: Base". */
void add_words(struct report *report, struct table *table, const struct entry *entry);

#endif

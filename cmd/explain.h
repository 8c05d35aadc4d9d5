/*
 * explain.h - a programme document in plain words, for people.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <jansson.h>

#include "writer.h"

/* Writes what a valid document says: units, rules, levels, rewards, every switch. */
void explain_programme(struct writer *out, json_t *document);

#endif

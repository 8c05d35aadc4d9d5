/*
 * check.h - what unit tests have in common: what does not hold is said in a line, and counted.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

static int failures;

#define CHECK(condition) CHECK_CASE(condition, #condition)

/* The same, with words that tell of which case it is. */
#define CHECK_CASE(condition, what)                                                                \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: %s\n", __FILE__, __LINE__, what);                           \
			failures++;                                                                \
		}                                                                                  \
	} while (0)

#endif

/*
 * slice.h - bytes somewhere else, not NUL-terminated.
 */
#ifndef SLICE_H
#define SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *data;
	size_t size;
};

/* A slice of a string literal. */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })

static inline struct slice
slice_of(const char *string)
{
	return (struct slice){ string, strlen(string) };
}

/* Copies bytes that are mostly few: without a call where they are. */
static inline void
bytes_copy(char *to, const char *from, size_t size)
{
	if (size > 32) {
		memcpy(to, from, size);
	} else if (size >= 16) {
		memcpy(to, from, 16);
		memcpy(to + size - 16, from + size - 16, 16);
	} else if (size >= 8) {
		memcpy(to, from, 8);
		memcpy(to + size - 8, from + size - 8, 8);
	} else if (size >= 4) {
		memcpy(to, from, 4);
		memcpy(to + size - 4, from + size - 4, 4);
	} else {
		for (size_t i = 0; i < size; i++)
			to[i] = from[i];
	}
}

/* Compares bytes that are mostly few: without a call where they are. */
static inline bool
bytes_equal(const char *a, const char *b, size_t size)
{
	uint64_t words[4];
	uint32_t halves[4];

	if (size >= 8 && size <= 16) {
		memcpy(&words[0], a, 8);
		memcpy(&words[1], b, 8);
		memcpy(&words[2], a + size - 8, 8);
		memcpy(&words[3], b + size - 8, 8);
		return words[0] == words[1] && words[2] == words[3];
	}
	if (size >= 4 && size < 8) {
		memcpy(&halves[0], a, 4);
		memcpy(&halves[1], b, 4);
		memcpy(&halves[2], a + size - 4, 4);
		memcpy(&halves[3], b + size - 4, 4);
		return halves[0] == halves[1] && halves[2] == halves[3];
	}
	return size == 0 || memcmp(a, b, size) == 0;
}

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.size == b.size && bytes_equal(a.data, b.data, a.size);
}

static inline bool
slice_ends_with(struct slice text, struct slice end)
{
	return text.size >= end.size &&
	       bytes_equal(text.data + text.size - end.size, end.data, end.size);
}

/* Byte order, a shorter prefix first: <0, 0, >0. */
static inline int
slice_compare(struct slice a, struct slice b)
{
	size_t common = a.size < b.size ? a.size : b.size;
	int order = common ? memcmp(a.data, b.data, common) : 0;

	if (order != 0)
		return order;
	return (a.size > b.size) - (a.size < b.size);
}

#endif

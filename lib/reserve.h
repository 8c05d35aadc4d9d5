/*
 * reserve.h - arrays that grow.
 */
#ifndef RESERVE_H
#define RESERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Room for one item of size bytes behind the first count of them, where capacity is full for
 * half as many more. false: out of memory; the array stays as it was.
 */
bool reserve(void **items, uint32_t count, uint32_t *capacity, size_t size);
/* The same of one of many arrays, most of which stay small: a member's. */
bool reserve_few(void **items, uint32_t count, uint32_t *capacity, size_t size);

#endif

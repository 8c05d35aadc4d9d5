/*
 * crowd.c - checks of the tree beside hash tables: what is added is found, in few steps.
 */
#include "crowd.h"

#include <stdlib.h>

#include "check.h"

enum { ITEMS = 20000 };

static unsigned long compared;

static int
compare_numbers(const void *context, const void *wanted, uintptr_t item)
{
	uintptr_t number = *(const uintptr_t *)wanted;

	CHECK(context == &compared);
	compared++;
	return (number > item / 10) - (number < item / 10);
}

static struct crowd_name
name_of(const uintptr_t *number, uint64_t hash)
{
	return (struct crowd_name){ hash, compare_numbers, &compared, number };
}

/* In rising, falling and mixed order, all of one hash or of a few. */
static void
test_order(uintptr_t step, uint64_t hashes)
{
	struct crowd crowd = { 0 };
	uintptr_t number = 0;
	uintptr_t item;

	for (uintptr_t i = 0; i < ITEMS; i++) {
		struct crowd_name name = name_of(&number, number % hashes);

		CHECK(!crowd_find(&crowd, &name, &item));
		CHECK(crowd_add(&crowd, &name, number * 10));
		number = (number + step) % ITEMS;
	}
	CHECK(crowd.count == ITEMS);
	compared = 0;
	for (number = 0; number < ITEMS; number++) {
		struct crowd_name name = name_of(&number, number % hashes);

		CHECK(crowd_find(&crowd, &name, &item) && item == number * 10);
	}
	/* Twice the logarithm of the items. */
	CHECK(compared < ITEMS * 30UL);
	CHECK(!crowd_find(
		&crowd, &(struct crowd_name){ 0, compare_numbers, &compared, &number }, &item));
	crowd_free(&crowd);
}

static void
test_again(void)
{
	struct crowd crowd = { 0 };
	uintptr_t number = 7;
	uintptr_t item;
	struct crowd_name name = name_of(&number, 1);

	CHECK(crowd_add(&crowd, &name, 70) && crowd_add(&crowd, &name, 71));
	CHECK(crowd.count == 1);
	CHECK(crowd_find(&crowd, &name, &item) && item == 71);
	crowd_clear(&crowd);
	CHECK(!crowd_find(&crowd, &name, &item));
	crowd_free(&crowd);
}

int
main(void)
{
	test_order(1, 1);
	test_order(ITEMS - 1, 1);
	test_order(7919, 1);
	test_order(7919, 3);
	test_again();
	return failures != 0;
}

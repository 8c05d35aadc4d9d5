/*
 * sort.c - the sorter: order, stability, runs, items of any size, failures.
 */
#include "sort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "slice.h"

/* xorshift64: the seed is all that a failure needs to be seen again. */
static uint64_t
random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

struct plan {
	const char *name;
	size_t count;
	size_t memory;
	uint64_t keys; /* keys are below this; 0: any int64 */
	size_t size_max;
	unsigned disorder; /* one key in so many is random, the others ascend; 0: all ascend */
	bool spills;
};

/* An item says its key and its number; the rest of it is a pattern made of the number. */
struct item {
	int64_t key;
	uint64_t number;
};

static void
add_items(struct sorter *sorter, const struct plan *plan, uint64_t seed)
{
	struct loyalty_error error;
	uint64_t state = seed;

	for (size_t i = 0; i < plan->count; i++) {
		size_t padding = plan->size_max ? random_next(&state) % plan->size_max : 0;
		struct item item = { .key = (int64_t)i, .number = i };
		char *place;

		if (plan->disorder && random_next(&state) % plan->disorder == 0)
			item.key = (int64_t)random_next(&state);
		if (plan->keys)
			item.key = (int64_t)((uint64_t)item.key % plan->keys);
		CHECK(sorter_add(sorter, item.key, sizeof(item) + padding, &place, &error) ==
			LOYALTY_OK);
		memcpy(place, &item, sizeof(item));
		memset(place + sizeof(item), (int)(i % 251), padding);
	}
}

static void
check_items(struct sorter *sorter, const struct plan *plan)
{
	struct loyalty_error error;
	struct item last = { INT64_MIN, 0 };
	size_t count = 0;
	struct slice text;
	int64_t key;

	while (sorter_next(sorter, &key, &text, &error) == LOYALTY_OK) {
		struct item item;

		memcpy(&item, text.data, sizeof(item));
		CHECK(item.key == key);
		CHECK(key >= last.key);
		CHECK(count == 0 || key != last.key || item.number > last.number);
		if (text.size > sizeof(item))
			CHECK((unsigned char)text.data[text.size - 1] == item.number % 251);
		last = item;
		count++;
	}
	CHECK(count == plan->count);
	CHECK(sorter_next(sorter, &key, &text, &error) == LOYALTY_END);
}

static void
check_plan(const struct plan *plan, uint64_t seed)
{
	struct sorter *sorter = sorter_new(plan->memory, "/tmp");
	struct loyalty_error error;
	int before = failures;

	add_items(sorter, plan, seed);
	CHECK(sorter_finish(sorter, &error) == LOYALTY_OK);
	CHECK((sorter_runs(sorter) > 1) == plan->spills);
	check_items(sorter, plan);
	sorter_free(sorter);
	if (failures > before)
		printf("%s: seed %llu\n", plan->name, (unsigned long long)seed);
}

static void
check_extremes(void)
{
	static const int64_t keys[] = { INT64_MAX, 0, INT64_MIN, -1, 1, INT64_MAX - 1,
		INT64_MIN + 1, 5, 4, 3, 2, 9, 8, 7, 6, 15, 14, 13, 12, 11, 10 };
	struct sorter *sorter = sorter_new(0, "/tmp");
	struct loyalty_error error;
	int64_t last = INT64_MIN;
	struct slice item;
	char *place;
	int64_t key;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CHECK(sorter_add(sorter, keys[i], 0, &place, &error) == LOYALTY_OK);
	CHECK(sorter_finish(sorter, &error) == LOYALTY_OK);
	while (sorter_next(sorter, &key, &item, &error) == LOYALTY_OK) {
		CHECK(key >= last && item.size == 0);
		last = key;
	}
	CHECK(last == INT64_MAX);
	sorter_free(sorter);
}

static void
check_directory(void)
{
	static const char expected[] = "cannot create a temporary file in '/nowhere': ";
	struct sorter *sorter = sorter_new(SORT_MEMORY_MIN, "/nowhere");
	enum loyalty_status status = LOYALTY_OK;
	struct loyalty_error error = { .code = LOYALTY_OK };
	char *place;

	for (int i = 0; i < 10000 && status == LOYALTY_OK; i++)
		status = sorter_add(sorter, i, 20, &place, &error);
	CHECK(status == LOYALTY_IO && error.code == LOYALTY_IO);
	CHECK(strncmp(error.text, expected, strlen(expected)) == 0);
	sorter_free(sorter);
}

int
main(void)
{
	static const struct plan plans[] = {
		{ "none", 0, 1 << 20, 0, 0, 0, false },
		{ "one", 1, 1 << 20, 0, 0, 1, false },
		{ "ascending", 5000, 1 << 22, 0, 50, 0, false },
		{ "ascending, spilled", 5000, 1 << 16, 0, 50, 0, true },
		{ "stretches", 20000, 1 << 24, 2500, 0, 0, false },
		{ "random", 20000, 1 << 24, 0, 50, 1, false },
		{ "few keys", 20000, 1 << 24, 7, 50, 1, false },
		{ "one key", 20000, 1 << 17, 1, 50, 1, true },
		{ "nearly ascending", 20000, 1 << 24, 0, 50, 100, false },
		{ "random, spilled", 20000, 1 << 16, 0, 50, 1, true },
		{ "few keys, spilled", 20000, 1 << 16, 7, 50, 2, true },
		{ "items beyond memory", 100, 1 << 16, 0, 300000, 1, true },
	};
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : UINT64_C(20260301);

	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		check_plan(&plans[i], seed + i);
	check_extremes();
	check_directory();
	return failures > 0;
}

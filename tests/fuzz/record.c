/*
 * record.c - fuzzes the parser of lines against Jansson.
 */
#include "../jansson_compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct comparison comparison;
	struct slice line = { (const char *)data, size };
	bool accepted;

	/* Jansson does not take a NULL buffer. */
	if (size == 0)
		return 0;
	if (!compare_init(&comparison))
		abort();
	/* The second time, the order of the names is known. */
	for (int i = 0; i < 2; i++) {
		if (!compare_line(&comparison, line, &accepted))
			abort();
	}
	compare_free(&comparison);
	return 0;
}

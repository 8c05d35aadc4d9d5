/*
 * record.c - fuzzes the parser of lines against Jansson.
 */
#include "../jansson_compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct comparison comparison;
	struct slice line = { (const char *)data, size };
	bool accepted;

	if (!comparison.record && !compare_init(&comparison))
		abort();
	/* Jansson does not take a NULL buffer. */
	if (size == 0)
		return 0;
	if (!compare_line(&comparison, line, &accepted))
		abort();
	return 0;
}

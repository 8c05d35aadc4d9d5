/*
 * record.c - fuzzes the parser of lines against Jansson.
 */
#include "../jansson_compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All lines of the input, each as Jansson reads it. */
static void
compare_lines(struct comparison *comparison, struct slice text)
{
	while (text.size) {
		const char *end = memchr(text.data, '\n', text.size);
		struct slice line = { text.data, end ? (size_t)(end - text.data) : text.size };
		size_t used = line.size + (end != NULL);
		bool accepted;

		/* Jansson does not take a NULL buffer. */
		if (line.size && !compare_line(comparison, line, &accepted))
			abort();
		text.data += used;
		text.size -= used;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct comparison comparison;

	if (!compare_init(&comparison))
		abort();
	/* The second time, the orders of names are known, and what stands around values. */
	for (int i = 0; i < 2; i++)
		compare_lines(&comparison, (struct slice){ (const char *)data, size });
	compare_free(&comparison);
	return 0;
}

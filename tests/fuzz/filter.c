/*
 * filter.c - fuzzes whole filters: loyalty-post gives the bytes of the four filters one after
 * the other, and the reports take them.
 *
 * The letters before the facts: programme, report.
 */
#include "support/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A line with an id that an earlier, other line has. */
static bool
is_used_again(struct slice before, struct slice line)
{
	const char *id = memmem(line.data, line.size, "\"id\":\"", 6);
	const char *end = id ? memchr(id + 6, '"', (size_t)(line.data + line.size - id - 6)) : NULL;

	return end && memmem(before.data, before.size, id, (size_t)(end + 1 - id)) &&
	       !memmem(before.data, before.size, line.data, line.size);
}

/*
 * Whether an id is used for two facts. Where so much time lies between them that the first is
 * forgotten, but what it gave lives, ledgers do not tell their lots apart.
 */
static bool
uses_ids_again(struct slice facts)
{
	struct slice rest = facts;

	while (rest.size) {
		const char *end = memchr(rest.data, '\n', rest.size);
		size_t size = end ? (size_t)(end - rest.data) : rest.size;
		struct slice before = { facts.data, (size_t)(rest.data - facts.data) };

		if (is_used_again(before, (struct slice){ rest.data, size }))
			return true;
		rest.data += size + (end != NULL);
		rest.size -= size + (end != NULL);
	}
	return false;
}

static void
report(const char *letters, struct slice ledger)
{
	enum report_kind kind = (enum report_kind)((unsigned char)letters[1] % 4);
	enum loyalty_status status = fuzz_report(letters[0], kind, ledger);

	/* The member of the statement may not be there, and sums of sums overflow. */
	if (status != LOYALTY_OK && status != LOYALTY_BAD)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char letters[2];
	struct slice facts = fuzz_letters(data, size, letters, 2);
	const struct loyalty_programme *programme = fuzz_programme(letters[0]);
	struct fuzz_text posted = { NULL, 0 };
	struct fuzz_text piped = { NULL, 0 };
	enum loyalty_status status;

	if (!fuzz_is_short(facts) || uses_ids_again(facts))
		return -1;
	status = fuzz_filter(programme, LOYALTY_DECIDE_ALL, fuzz_reject, facts, &posted);

	if (fuzz_four(programme, facts, &piped) != status && status == LOYALTY_OK)
		abort();
	if (status == LOYALTY_OK &&
		(posted.size != piped.size || memcmp(posted.data, piped.data, posted.size) != 0))
		abort();
	/* An input that is a ledger of others is not ours to report on. */
	if (status == LOYALTY_OK && posted.size)
		report(letters, (struct slice){ posted.data, posted.size });
	free(posted.data);
	free(piped.data);
	return 0;
}

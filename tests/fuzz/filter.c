/*
 * filter.c - fuzzes whole filters: loyalty-post gives the bytes of the four filters one after
 * the other, and the reports take them.
 *
 * The letters before the facts: programme, report.
 */
#include "support/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

	if (!fuzz_is_short(facts))
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

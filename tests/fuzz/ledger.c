/*
 * ledger.c - fuzzes what reads postings: a later filter, the reports and the audit, on a ledger that
 * anything may have happened to. They take it, or say what is wrong.
 *
 * The letters before it: programme, decider, report.
 */
#include "support/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char letters[3];
	struct slice ledger = fuzz_letters(data, size, letters, 3);
	const struct loyalty_programme *programme = fuzz_programme(letters[0]);
	struct fuzz_text out = { NULL, 0 };
	struct fuzz_text again = { NULL, 0 };
	unsigned decider = 1U << ((unsigned char)letters[1] % 4);

	if (!fuzz_is_short(ledger))
		return -1;
	fuzz_report(letters[0], (enum report_kind)((unsigned char)letters[2] % 4), ledger);
	fuzz_audit(letters[0], (unsigned char)letters[1] % 2, ledger);
	/* What one filter takes and writes, the next one takes. */
	if (fuzz_filter(programme, decider, fuzz_keep, ledger, &out) == LOYALTY_OK && out.size &&
		decider < LOYALTY_DECIDE_EXPIRE)
		fuzz_filter(programme, decider * 2, fuzz_keep, (struct slice){ out.data, out.size },
			&again);
	free(out.data);
	free(again.data);
	return 0;
}

/*
 * loyalty-redeem - reads facts or a ledger, posts redemptions, vouchers and settled debts.
 */
#include "filter.h"
#include "kinds.h"

int
main(int argc, char *argv[])
{
	static const struct cli_tool tool = {
		.name = "loyalty-redeem",
		.usage = "[-p programme] [--as-of time] [--late how] [file ...]",
		.about = "Reads facts or a ledger, writes a ledger: posts rewards, vouchers, "
			 "settled debt.",
		.takes = CLI_FILTER,
		.emits = DECIDE_REDEEM,
	};

	return cli_filter(&tool, argc, argv);
}

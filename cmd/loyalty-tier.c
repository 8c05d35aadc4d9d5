/*
 * loyalty-tier - reads facts or a ledger, posts changes of level.
 */
#include "filter.h"
#include "kinds.h"

int
main(int argc, char *argv[])
{
	static const struct cli_tool tool = {
		.name = "loyalty-tier",
		.usage = "[-p programme] [--as-of time] [--late how] [file ...]",
		.about = "Reads facts or a ledger, writes a ledger: posts changes of level.",
		.takes = CLI_FILTER,
		.emits = DECIDE_TIER,
	};

	return cli_filter(&tool, argc, argv);
}

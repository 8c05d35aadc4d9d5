/*
 * loyalty-earn - reads facts or a ledger, posts what facts earn, and what returns take back.
 */
#include "filter.h"
#include "kinds.h"

int
main(int argc, char *argv[])
{
	static const struct cli_tool tool = {
		.name = "loyalty-earn",
		.usage = "[-p programme] [--as-of time] [file ...]",
		.about = "Reads facts or a ledger, writes a ledger: posts what facts earn, and what returns take back.",
		.takes = CLI_FILTER,
		.emits = DECIDE_EARN,
	};

	return cli_filter(&tool, argc, argv);
}

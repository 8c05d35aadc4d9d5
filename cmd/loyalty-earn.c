/*
 * loyalty-earn - reads facts, posts what facts earn, and what returns take back.
 */
#include "filter.h"
#include "kinds.h"

int
main(int argc, char *argv[])
{
	static const struct cli_tool tool = {
		.name = "loyalty-earn",
		.usage = "[-p programme] [--as-of time] [--late how] [file ...]",
		.about = "Reads facts, writes a ledger: posts what they earn, and what returns "
			 "take back.",
		.takes = CLI_FILTER,
		.emits = DECIDE_EARN,
	};

	return cli_filter(&tool, argc, argv);
}

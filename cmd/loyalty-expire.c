/*
 * loyalty-expire - reads facts or a ledger, posts what expires and what is forfeited.
 */
#include "filter.h"
#include "kinds.h"

int
main(int argc, char *argv[])
{
	static const struct cli_tool tool = {
		.name = "loyalty-expire",
		.usage = "[-p programme] [--as-of time] [--late how] [file ...]",
		.about = "Reads facts or a ledger, writes a ledger: posts what expires or is "
			 "forfeited.",
		.takes = CLI_FILTER,
		.emits = DECIDE_EXPIRE,
	};

	return cli_filter(&tool, argc, argv);
}

/*
 * loyalty-post - reads facts, posts everything that a programme decides, in one pass.
 */
#include "filter.h"
#include "kinds.h"

int
main(int argc, char *argv[])
{
	static const struct cli_tool tool = {
		.name = "loyalty-post",
		.usage = "[-p programme] [--as-of time] [--late how] [file ...]",
		.about = "Reads facts, writes a ledger: posts all that a programme decides, in one "
			 "pass.",
		.takes = CLI_FILTER,
		.emits = DECIDE_ALL,
	};

	return cli_filter(&tool, argc, argv);
}

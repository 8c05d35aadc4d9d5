/*
 * loyalty-post and the four filters that do a part of its work - one program, which does
 * what it is called.
 *
 * They share all of their code and differ in what they emit. One program can be compiled as
 * a whole, across its files, which makes each line cheaper; five would take five times as
 * long to build.
 */
#include "filter.h"

#include <errno.h>
#include <string.h>

#include "kinds.h"

static const struct cli_tool TOOLS[] = {
	{ .name = "loyalty-post",
		.about = "Reads facts, writes a ledger: posts all that a programme decides, in one "
			 "pass.",
		.emits = DECIDE_ALL },
	{ .name = "loyalty-earn",
		.about = "Reads facts, writes a ledger: posts what they earn, and what returns "
			 "take back.",
		.emits = DECIDE_EARN },
	{ .name = "loyalty-tier",
		.about = "Reads facts or a ledger, writes a ledger: posts changes of level.",
		.emits = DECIDE_TIER },
	{ .name = "loyalty-redeem",
		.about = "Reads facts or a ledger, writes a ledger: posts rewards, vouchers, "
			 "settled debt.",
		.emits = DECIDE_REDEEM },
	{ .name = "loyalty-expire",
		.about = "Reads facts or a ledger, writes a ledger: posts what expires or is "
			 "forfeited.",
		.emits = DECIDE_EXPIRE },
};

enum { TOOL_COUNT = sizeof(TOOLS) / sizeof(TOOLS[0]) };

/* The tool of a name; under any other name it is loyalty-post. */
static const struct cli_tool *
tool_called(const char *name)
{
	for (int i = 0; i < TOOL_COUNT; i++)
		if (strcmp(TOOLS[i].name, name) == 0)
			return &TOOLS[i];
	return &TOOLS[0];
}

int
main(int argc, char *argv[])
{
	struct cli_tool tool = *tool_called(program_invocation_short_name);

	tool.usage = "[-p programme] [--as-of time] [--late how] [file ...]";
	tool.takes = CLI_FILTER;
	return cli_filter(&tool, argc, argv);
}

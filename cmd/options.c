/*
 * options.c - one table of options for getopt_long, the handlers and --help.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Values of long options for getopt, beyond any letter. */
enum { OPTIONS_MAX = 48, VALUE_FIRST = 256, HELP_COLUMN = 27 };

static bool
set_programme(struct cli *cli, const char *argument)
{
	cli->programme = argument;
	return true;
}

static bool
set_as_of(struct cli *cli, const char *argument)
{
	cli->as_of = argument;
	return true;
}

static bool
set_output(struct cli *cli, const char *argument)
{
	cli->output = argument;
	return true;
}

static bool
set_rejects(struct cli *cli, const char *argument)
{
	cli->rejects = argument;
	return true;
}

static bool
set_rejects_max(struct cli *cli, const char *argument)
{
	char *end;

	errno = 0;
	cli->rejects_max = strtoul(argument, &end, 10);
	if (argument[0] < '0' || argument[0] > '9' || *end || errno)
		return cli_stop(cli, EXIT_USAGE,
			"invalid '--max-rejects': expected a number, not '%s'", argument);
	cli->rejects_limited = true;
	return true;
}

static bool
set_repeats(struct cli *cli, const char *argument)
{
	cli->repeats = argument;
	return true;
}

static bool
set_late(struct cli *cli, const char *argument)
{
	cli->posts_late = strcmp(argument, "post") == 0;
	if (cli->posts_late || strcmp(argument, "reject") == 0)
		return true;
	return cli_stop(
		cli, EXIT_USAGE, "invalid '--late': expected post or reject, not '%s'", argument);
}

static bool
set_postings_only(struct cli *cli, const char *argument)
{
	(void)argument;
	cli->postings_only = true;
	return true;
}

static bool
set_unbuffered(struct cli *cli, const char *argument)
{
	(void)argument;
	cli->unbuffered = true;
	return true;
}

static bool
set_quiet(struct cli *cli, const char *argument)
{
	(void)argument;
	cli->quiet = true;
	return true;
}

static bool
set_progress(struct cli *cli, const char *argument)
{
	(void)argument;
	cli->progress = isatty(STDERR_FILENO);
	return true;
}

static bool
show_version(struct cli *cli, const char *argument)
{
	(void)argument;
	printf("%s (loyalty-utils) %s\n", cli->tool->name, LOYALTY_VERSION);
	return false;
}

static bool show_help(struct cli *cli, const char *argument);

static const struct {
	unsigned bit; /* 0: every tool takes it */
	struct cli_option option;
} common[] = {
	{ CLI_PROGRAMME,
		{ "programme", 'p', "FILE", "the programme's document (or LOYALTY_PROGRAMME)",
			set_programme } },
	{ CLI_AS_OF, { "as-of", 0, "TIME", "refuse facts after TIME, and let time pass until it",
			     set_as_of } },
	{ CLI_OUTPUT, { "output", 'o', "FILE", "write FILE, which appears whole or not at all",
			      set_output } },
	{ CLI_REJECTS,
		{ "rejects", 0, "FILE", "write bad records to FILE and go on", set_rejects } },
	{ CLI_REJECTS,
		{ "max-rejects", 0, "N", "stop after more than N bad records", set_rejects_max } },
	{ CLI_REPEATS, { "repeats", 0, "FILE", "write repeats, which are passed over, to FILE",
			       set_repeats } },
	{ CLI_LATE, { "late", 0, "HOW", "late records: 'reject' (the default) or 'post' them",
			    set_late } },
	{ CLI_POSTINGS_ONLY,
		{ "postings-only", 0, NULL, "do not copy the facts", set_postings_only } },
	{ CLI_UNBUFFERED, { "unbuffered", 0, NULL, "write every line at once", set_unbuffered } },
	{ CLI_QUIET, { "quiet", 'q', NULL, "only say what makes the run fail", set_quiet } },
	{ CLI_PROGRESS,
		{ "progress", 0, NULL, "show how far the input has been read, on a terminal",
			set_progress } },
	{ 0, { "help", 0, NULL, "show this help", show_help } },
	{ 0, { "version", 0, NULL, "show the version", show_version } },
};

/* The options that a tool takes: its own first. */
static int
collect(const struct cli_tool *tool, const struct cli_option *options[OPTIONS_MAX])
{
	int count = 0;

	for (const struct cli_option *own = tool->options; own && own->name; own++)
		options[count++] = own;
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (common[i].bit == 0 || (tool->takes & common[i].bit))
			options[count++] = &common[i].option;
	}
	return count;
}

static bool
show_help(struct cli *cli, const char *argument)
{
	const struct cli_option *options[OPTIONS_MAX];
	int count = collect(cli->tool, options);

	(void)argument;
	printf("usage: %s %s\n%s\n\n", cli->tool->name, cli->tool->usage, cli->tool->about);
	for (int i = 0; i < count; i++) {
		const struct cli_option *option = options[i];
		char letter[8] = "    ";
		int width;

		if (option->letter)
			snprintf(letter, sizeof(letter), "-%c, ", option->letter);
		width = printf("  %s--%s%s%s", letter, option->name, option->argument ? " " : "",
			option->argument ? option->argument : "");
		printf("%*s%s\n", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "", option->help);
	}
	printf("\nSee %s(1).\n", cli->tool->name);
	return false;
}

/* getopt's own messages would name argv[0] and know nothing of control bytes. */
static bool
refuse(struct cli *cli, int found, int argc, char *argv[], const struct cli_option **options,
	int count)
{
	if (found == ':' && optopt >= VALUE_FIRST && optopt < VALUE_FIRST + count)
		cli_error(cli, "option '--%s' needs an argument",
			options[optopt - VALUE_FIRST]->name);
	else if (found == ':')
		cli_error(cli, "option '-%c' needs an argument", optopt);
	else if (optopt >= VALUE_FIRST && optopt < VALUE_FIRST + count)
		cli_error(cli, "option '--%s' takes no argument",
			options[optopt - VALUE_FIRST]->name);
	else if (optopt != 0)
		cli_error(cli, "unknown option '-%c'", optopt);
	else
		cli_error(cli, "unknown option '%s'",
			argv[optind > 1 && optind <= argc ? optind - 1 : 0]);
	return cli_stop(cli, EXIT_USAGE, "try '%s --help'", cli->tool->name);
}

/* Two names of sinks; none is standard output, as "-" is. */
static bool
same_file(const char *a, const char *b)
{
	return strcmp(a, b ? b : "-") == 0;
}

/* What must hold between the options once all are read. */
static bool
check_options(struct cli *cli)
{
	if (cli->rejects_limited && !cli->rejects)
		return cli_stop(cli, EXIT_USAGE, "'--max-rejects' needs '--rejects'");
	if (cli->rejects && same_file(cli->rejects, cli->output))
		return cli_stop(cli, EXIT_USAGE, "'--rejects' goes to the same file as the output");
	if (cli->repeats && same_file(cli->repeats, cli->output))
		return cli_stop(cli, EXIT_USAGE, "'--repeats' goes to the same file as the output");
	if (cli->repeats && cli->rejects && same_file(cli->repeats, cli->rejects))
		return cli_stop(cli, EXIT_USAGE, "'--repeats' and '--rejects' go to the same file");
	if (!cli->programme && (cli->tool->takes & CLI_PROGRAMME))
		cli->programme = getenv("LOYALTY_PROGRAMME");
	if (cli->programme && !cli->programme[0])
		cli->programme = NULL;
	return true;
}

bool
cli_parse_options(struct cli *cli, int argc, char *argv[])
{
	static char standard_input[] = "-";
	static char *no_files[] = { standard_input, NULL };
	const struct cli_option *options[OPTIONS_MAX];
	struct option longs[OPTIONS_MAX + 1] = { 0 };
	char letters[2 * OPTIONS_MAX + 2] = ":";
	size_t used = 1;
	int count = collect(cli->tool, options);
	int found;

	for (int i = 0; i < count; i++) {
		longs[i].name = options[i]->name;
		longs[i].has_arg = options[i]->argument ? required_argument : no_argument;
		longs[i].val = VALUE_FIRST + i;
		if (options[i]->letter)
			letters[used++] = options[i]->letter;
		if (options[i]->letter && options[i]->argument)
			letters[used++] = ':';
	}
	opterr = 0;
	while ((found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		int i = found - VALUE_FIRST;

		if (found == '?' || found == ':')
			return refuse(cli, found, argc, argv, options, count);
		for (int j = 0; j < count && i < 0; j++) {
			if (options[j]->letter == found)
				i = j;
		}
		if (!options[i]->set(cli, optarg))
			return false;
	}
	cli->files = optind < argc ? argv + optind : no_files;
	cli->file_count = optind < argc ? argc - optind : 1;
	return check_options(cli);
}

/*
 * cli.c - how every tool starts and ends.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A closed standard descriptor must not become the next file that we open. The
 * stand-ins cannot be read or written as their place asks, so that use of a
 * closed input or output is an error, while messages just vanish.
 */
static bool
fill_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
			open("/dev/null", modes[fd]) != fd)
			return false;
	}
	return true;
}

/* Jansson has one allocator for the process, and it cannot be told whose memory it is out of. */
static bool json_starved;

static void *
allocate_for_json(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		json_starved = true;
	return memory;
}

bool
cli_starved(void)
{
	return json_starved;
}

bool
cli_start(struct cli *cli, const struct cli_tool *tool, void *own, int argc, char *argv[])
{
	*cli = (struct cli){
		.tool = tool,
		.own = own,
		.rejects_max = ULONG_MAX,
		.input = { .fd = -1 },
	};
	json_set_alloc_funcs(allocate_for_json, free);
	if (!fill_descriptors()) {
		cli->status = EXIT_FAILED;
		return false;
	}
	/*
	 * A reader that goes away is seen as EPIPE, cleaned up after, and then died
	 * of; a file that may not grow further is EFBIG, and a failure like others.
	 */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return cli_parse_options(cli, argc, argv);
}

/* --help and --version are printed with stdio; all else through the writer. */
static void
close_standard_output(struct cli *cli)
{
	int reason = 0;

	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout))
		reason = errno ? errno : EIO;
	if (close(STDOUT_FILENO) != 0 && reason == 0)
		reason = errno;
	if (reason == EPIPE)
		cli->reader_gone = true;
	else if (reason)
		cli_stop(cli, EXIT_FAILED, "cannot write '<stdout>': %s", strerror(reason));
}

/* As the default disposition would have done, whatever we inherited. */
static void
die_of_pipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGPIPE);
}

int
cli_finish(struct cli *cli)
{
	cli_clear_progress(cli);
	if (cli_starved() && cli->status != EXIT_FAILED)
		cli_stop(cli, EXIT_FAILED, "out of memory");
	cli_close_input(&cli->input);
	cli_close_outputs(cli);
	close_standard_output(cli);
	if (cli->reader_gone)
		die_of_pipe();
	return (int)cli->status;
}

/*
 * cli.h - the command line that all tools share: options, messages, inputs,
 * outputs, exit codes. The only code that prints or exits.
 *
 * A tool is
 *
 *	struct cli cli;
 *
 *	if (cli_start(&cli, &tool, &own, argc, argv) && cli_open_output(&cli))
 *		work(&cli);
 *	return cli_finish(&cli);
 *
 * Everything that fails prints its message where it fails and leaves its exit
 * code in cli.status; the worst one is what the process returns.
 */
#ifndef CLI_H
#define CLI_H

#include "lines.h"
#include "writer.h"
#include "zone.h"

/* ---- exit codes (messages.c) ------------------------------------------- */

enum cli_exit {
	EXIT_DONE = 0,
	EXIT_REJECTED = 1, /* done, with lines rejected, or a check that failed */
	EXIT_USAGE = 2,    /* wrong usage, or the programme is not valid */
	EXIT_STOPPED = 3,  /* stopped at a bad record, or the input was cut off */
	EXIT_FAILED = 4,   /* reading or writing failed, or memory ran out */
};

/* The exit code of a library status. */
enum cli_exit cli_exit_of(enum loyalty_status status);

/* ---- what a tool declares (options.c) ----------------------------------- */

/* The options that mean the same everywhere; --help and --version are always there. */
enum cli_common {
	CLI_PROGRAMME = 1 << 0,     /* -p, --programme FILE, or LOYALTY_PROGRAMME */
	CLI_AS_OF = 1 << 1,         /* --as-of TIME */
	CLI_OUTPUT = 1 << 2,        /* -o, --output FILE */
	CLI_REJECTS = 1 << 3,       /* --rejects FILE, --max-rejects N */
	CLI_POSTINGS_ONLY = 1 << 4, /* --postings-only */
	CLI_UNBUFFERED = 1 << 5,    /* --unbuffered */
	CLI_QUIET = 1 << 6,         /* -q, --quiet */
	CLI_PROGRESS = 1 << 7,      /* --progress */
	CLI_LATE = 1 << 8,          /* --late post|reject */
	CLI_REPEATS = 1 << 9,       /* --repeats FILE */
	CLI_FILTER = (1 << 10) - 1, /* all of them, as a filter takes */
};

struct cli;

/* An option of one tool's own. A table of them ends with a NULL name. */
struct cli_option {
	const char *name;     /* "memory" for --memory */
	char letter;          /* 'S' for -S; 0: none */
	const char *argument; /* "SIZE" where it takes one; NULL: none */
	const char *help;     /* for --help: lower case, no full stop */
	/*
	 * Takes the argument (NULL where there is none) into cli->own.
	 * false: it is wrong, and cli_stop() has said why.
	 */
	bool (*set)(struct cli *cli, const char *argument);
};

struct cli_tool {
	const char *name;                 /* "loyalty-sort" */
	const char *usage;                /* synopsis after the name: "[-p programme] [file ...]" */
	const char *about;                /* one sentence: reads X, writes Y */
	unsigned takes;                   /* enum cli_common */
	const struct cli_option *options; /* the tool's own; NULL: none */
	unsigned emits;                   /* filters: the deciders whose postings it writes */
};

/* ---- one run of a tool -------------------------------------------------- */

/* An input that is open. */
struct cli_input {
	struct lines *lines; /* its name, as messages show it, is lines_name() */
	int fd;
};

enum { CLI_PARTS_MAX = 1000 };

/* A file that is written to: the output, the rejects. */
struct cli_sink {
	struct writer writer;
	const char *name; /* for messages */
	bool open;
	bool owned;     /* writer.fd was opened here and is to be closed */
	size_t watched; /* where its draft stands among those that a signal removes */
};

struct cli {
	const struct cli_tool *tool;
	void *own; /* the tool's own settings, for its option handlers */
	enum cli_exit status;

	/* The common options; NULL or false where not given. */
	const char *programme;
	const char *as_of;
	const char *output;
	const char *rejects;
	unsigned long rejects_max; /* ULONG_MAX: no limit */
	bool rejects_limited;
	const char *repeats;
	bool posts_late;
	bool postings_only;
	bool unbuffered;
	bool quiet;
	bool progress; /* asked for, and standard error is a terminal */

	/* Inputs: at least one; "-" is standard input. */
	char **files;
	int file_count;
	int file_next;
	struct cli_input input; /* of cli_next_input() */

	struct cli_sink out;      /* postings and copied lines: cli->out.writer */
	struct cli_sink rejected; /* what cli_reject() writes */
	struct cli_sink repeated; /* what cli_repeat() writes */
	struct cli_sink *parts;   /* of cli_open_parts(); then out is not open */
	size_t part_count;
	unsigned long rejected_count;
	uint64_t progress_shown; /* bytes at the last line of progress */
	bool progress_dirty;
	bool reader_gone; /* EPIPE */
};

/*
 * Reads the command line. false: nothing more to do than cli_finish(), be it
 * after --help or after wrong usage. own may be NULL.
 */
bool cli_start(struct cli *cli, const struct cli_tool *tool, void *own, int argc, char *argv[]);

/*
 * Ends a run: commits the outputs (-o FILE appears only with status 0 or 1; the
 * rejects unless it is 4), closes standard output, and returns the exit code. Dies by
 * SIGPIPE where the reader had gone.
 */
int cli_finish(struct cli *cli);

/*
 * Whether memory ran out within Jansson, which then calls the document wrong. Such a run fails, and
 * nothing else is to be said of the document.
 */
bool cli_starved(void);

/* ---- messages (messages.c) ----------------------------------------------- */

/* Text that we quote must not drive the terminal: controls, and what is no UTF-8, become '?'. */
void cli_blank_controls(char *text);

/* `loyalty-sort: text` to standard error, control bytes as '?'. Does not touch the status. */
void cli_error(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, but not under --quiet. */
void cli_warn(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says why and notes the exit code. Returns false, for `return cli_stop(...)`. */
bool cli_stop(struct cli *cli, enum cli_exit status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * `loyalty-earn: <stdin>:17:42: invalid 'amount': expected a decimal`, leaving
 * out of it what error does not know; file may be NULL. Notes the exit code of
 * error->code and returns false.
 */
bool cli_report(struct cli *cli, const char *file, const struct loyalty_error *error);

/* The same text without the tool's name into buffer, cut where it does not fit. */
void cli_format(char *buffer, size_t size, const char *file, const struct loyalty_error *error);

/* ---- inputs (inputs.c) --------------------------------------------------- */

/*
 * Opens cli->files[index]. false: a missing, unreadable or directory file has
 * been reported (exit 4).
 */
bool cli_open_input(struct cli *cli, int index, struct cli_input *input);
void cli_close_input(struct cli_input *input);

/*
 * Closes the input before it and opens the next, in the order of the command
 * line. NULL: no more, or it could not be opened, which cli->status tells.
 */
struct lines *cli_next_input(struct cli *cli);
/* The same as a source_open: what a filter reads from. context: the cli. */
enum loyalty_status cli_open_next(void *context, struct lines **lines, struct loyalty_error *error);
/* The name of the last FILE, for what ended too early: it is closed by then. */
const char *cli_last_input(const struct cli *cli);

/* What has been read of a file, to be freed with free(). */
struct cli_text {
	char *data;
	size_t size, capacity;
	bool finished; /* there is no more */
};

/* Reads on. false with errno: reading failed, or there is no memory. */
bool cli_read_more(struct cli_text *text, int fd);

/* open() for reading, which a signal may break off. -1: errno. */
int cli_open_to_read(const char *path);

/*
 * The whole of a file that is not a stream of lines, as a document is, to be freed with
 * cli_free_whole(); with dash, "-" is standard input. data NULL: it could not be read, which has
 * been said.
 */
struct slice cli_read_whole(struct cli *cli, const char *path, bool dash);
void cli_free_whole(struct slice text);

void cli_show_progress(struct cli *cli, const struct lines *lines);

/* To be called after every line: shows how far we are, to a terminal, now and then. */
static inline void
cli_progress(struct cli *cli, const struct lines *lines)
{
	if (cli->progress)
		cli_show_progress(cli, lines);
}

/* The same for a filter, which has no more than its context: the cli. */
void cli_progress_input(void *context);

/*
 * The instant of --as-of; zone is for one without offset, and never NULL. false: not a time, which
 * has been said (exit 2). Only where cli->as_of is not NULL.
 */
bool cli_as_of(struct cli *cli, const struct zone *zone, instant *at);

/* ---- outputs (outputs.c) ------------------------------------------------- */

/* Opens cli->out: -o FILE, else standard output; and the rejects where asked for. */
bool cli_open_output(struct cli *cli);

/*
 * Opens cli->parts instead of cli->out: -o FILE with the number of each, from 0, in place of
 * "{}" in it or behind it. They appear when all of them have been written.
 */
bool cli_open_parts(struct cli *cli, size_t count);

/* Whether writing still works; the loop over lines asks this now and then. */
static inline bool
cli_output_works(const struct cli *cli)
{
	return cli->out.writer.error == 0;
}

/*
 * A line that cannot be accepted. With --rejects it is written there with file,
 * line, column and reason, and true says to go on, unless there are more than
 * --max-rejects. Without, it is reported: false, exit 3.
 * A line that is not UTF-8 stands there as "base64" instead of "text".
 */
bool cli_reject(
	struct cli *cli, const char *file, const struct loyalty_error *error, struct slice line);

/* A fact that is passed over, for it was there before: a line in --repeats, where it is given. */
void cli_repeat(struct cli *cli, const char *file, unsigned long number, struct slice line);

/* ---- between these files ------------------------------------------------- */

/* Reads the options and leaves the files. false: help was shown, or usage was wrong. */
bool cli_parse_options(struct cli *cli, int argc, char *argv[]);
/* Commits or discards, reports what failed, frees. */
void cli_close_outputs(struct cli *cli);
void cli_clear_progress(struct cli *cli);

#endif

/*
 * loyalty.h - the public interface of libloyalty.
 *
 * The path of one line: bytes -> record -> engine -> posting -> bytes.
 * A programme is a checked JSON document that says what is decided
 * (loyalty-programme(5)). A filter reads records (loyalty-record(5)), one a
 * line, decides by the programme, and writes them on with their postings: what
 * loyalty-earn, loyalty-tier, loyalty-redeem, loyalty-expire and loyalty-post do.
 *
 *	loyalty_programme_load(&programme, json, json_size, NULL, NULL, &error);
 *	filter = loyalty_filter_new(programme, LOYALTY_DECIDE_ALL);
 *	loyalty_filter_text(filter, facts, facts_size, &ledger, &ledger_size, &error);
 *
 * Rules that hold everywhere: the library never prints, never exits, never
 * reads the clock and has no global state. What a _new or _load call gave, the
 * caller frees with the matching _free, which takes NULL. A call that can fail
 * returns an enum loyalty_status; anything but LOYALTY_OK has filled the error
 * that was passed, which is never NULL. What a callback is handed lives until it
 * returns. Threads may share a programme, but not a filter.
 */
#ifndef LOYALTY_H
#define LOYALTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LOYALTY_VERSION "0.1.0"
#define LOYALTY_API __attribute__((visibility("default")))

/* The version of the library that is running, as LOYALTY_VERSION is that of this header. */
LOYALTY_API const char *loyalty_version(void);

/* ---- status ---------------------------------------------------------- */

enum loyalty_status {
	LOYALTY_OK,        /* done */
	LOYALTY_END,       /* nothing more to read */
	LOYALTY_BAD,       /* a record or value that cannot be accepted */
	LOYALTY_PROGRAMME, /* a programme document that is not valid */
	LOYALTY_CORRUPT,   /* a stream that was cut off, or is not a ledger we can go on from */
	LOYALTY_IO,        /* reading or writing failed */
	LOYALTY_MEMORY,    /* memory ran out */
};

/* Where something failed, and why. Line and column count from 1; 0: unknown. */
struct loyalty_error {
	enum loyalty_status code;
	unsigned long line;
	unsigned long column;
	char path[128]; /* field of a record, or JSON path of a document; may be "" */
	char text[256]; /* lower case, no full stop */
};

/* ---- programme --------------------------------------------------------- */

struct loyalty_programme;

/*
 * Takes what is wrong with a document: error->path is a JSON path ("earn[0].give"),
 * error->text what was expected there and what was found; line and column are known
 * only where the text is not JSON. error->code is LOYALTY_PROGRAMME, or LOYALTY_OK
 * for a warning: what is valid, but looks like a slip.
 */
typedef void loyalty_report(void *context, const struct loyalty_error *error);

/*
 * Checks and compiles the JSON document of size bytes, which is not needed
 * afterwards; the programme never changes. report is called for every error, in
 * the document's order, then for every warning; it may be NULL.
 * LOYALTY_PROGRAMME: not valid, error is the first one; LOYALTY_MEMORY. *programme
 * is then NULL.
 */
LOYALTY_API enum loyalty_status loyalty_programme_load(struct loyalty_programme **programme,
	const char *json, size_t size, loyalty_report *report, void *context,
	struct loyalty_error *error);

/* No filter of the programme may be in use any more. */
LOYALTY_API void loyalty_programme_free(struct loyalty_programme *programme);

/* The document's "name", in UTF-8; lives as long as the programme. */
LOYALTY_API const char *loyalty_programme_name(const struct loyalty_programme *programme);

/*
 * 32 hexadecimal digits that tell documents of different content apart, as a
 * ledger's `begin` bears them; lives as long as the programme.
 */
LOYALTY_API const char *loyalty_programme_digest(const struct loyalty_programme *programme);

/* ---- filter ------------------------------------------------------------ */

/* Who decides, as bits. A filter decides in this order. */
enum loyalty_decider {
	LOYALTY_DECIDE_EARN = 1,
	LOYALTY_DECIDE_TIER = 2,
	LOYALTY_DECIDE_REDEEM = 4,
	LOYALTY_DECIDE_EXPIRE = 8,
	LOYALTY_DECIDE_ALL = 15,
};

struct loyalty_filter;

/*
 * A filter that writes the postings of deciders (enum loyalty_decider, one bit or
 * more); others run silently where the programme needs them. The programme must
 * outlive it. A filter keeps its settings, but no members: every run begins anew,
 * with bare facts or with the ledger of a filter before it. NULL: memory ran out.
 */
LOYALTY_API struct loyalty_filter *loyalty_filter_new(
	const struct loyalty_programme *programme, unsigned deciders);
LOYALTY_API void loyalty_filter_free(struct loyalty_filter *filter);

/*
 * Lets time go on to the given one, after the input's last fact: a tick is
 * appended, and what falls due by then is posted; facts that are later are bad.
 * time is an RFC 3339 time, in the programme's zone where it has no offset
 * ("2026-03-31T23:59:59"), or a date, which is its start ("2026-04-01"); it is
 * copied. NULL: not any more.
 * LOYALTY_BAD: not a time, and nothing changes; LOYALTY_MEMORY.
 */
LOYALTY_API enum loyalty_status loyalty_filter_set_as_of(
	struct loyalty_filter *filter, const char *time, struct loyalty_error *error);

/*
 * Whether facts that come late are posted now, and are no bad records: those earlier than
 * what their member had before. Of bare facts only; a ledger says itself. At first: false.
 */
LOYALTY_API void loyalty_filter_set_posts_late(struct loyalty_filter *filter, bool posts);

/* Whether only postings are written, without the facts that caused them. At first: false. */
LOYALTY_API void loyalty_filter_set_postings_only(struct loyalty_filter *filter, bool only);

/* Whether every line is written at once, not in blocks. At first: false. */
LOYALTY_API void loyalty_filter_set_unbuffered(struct loyalty_filter *filter, bool unbuffered);

/*
 * Takes a line that cannot be accepted, without its newline: size bytes, not
 * NUL-terminated, not always UTF-8. input counts the inputs from 0; error has the
 * line's number in it. true: the line is left out, and the run goes on; false: stop
 * with LOYALTY_BAD.
 */
typedef bool loyalty_reject(void *context, size_t input, const struct loyalty_error *error,
	const char *line, size_t size);

/* Sets who takes bad lines. NULL, as at first: the first one stops the run with LOYALTY_BAD. */
LOYALTY_API void loyalty_filter_set_reject(
	struct loyalty_filter *filter, loyalty_reject *reject, void *context);

/*
 * Takes a fact that is passed over because it was there before: its input, from 0, the
 * number of its line, from 1, and size bytes of it without its newline.
 */
typedef void loyalty_repeat(
	void *context, size_t input, unsigned long number, const char *line, size_t size);

/* Sets who is told of them. NULL, as at first: they are only counted. */
LOYALTY_API void loyalty_filter_set_repeat(
	struct loyalty_filter *filter, loyalty_repeat *repeat, void *context);

/*
 * Takes output as it comes: size bytes, in blocks of any length that end anywhere.
 * true: go on; false: stop with LOYALTY_IO.
 */
typedef bool loyalty_write(void *context, const char *data, size_t size);

/*
 * Runs the filter over the inputs, one after the other as if they were one, and
 * writes to output. The descriptors stay the caller's; none is closed.
 * LOYALTY_BAD: stopped at a bad record; LOYALTY_CORRUPT: the input was cut off, is
 * of another programme, or such a filter has been run on it before; LOYALTY_IO,
 * LOYALTY_MEMORY. error->line counts in loyalty_filter_input(). What was written by
 * then has no `end`, so that no later filter takes it for the whole.
 * Where nobody reads output any more, SIGPIPE comes as with write(2); a caller that
 * ignores it gets LOYALTY_IO.
 */
LOYALTY_API enum loyalty_status loyalty_filter_files(struct loyalty_filter *filter,
	const int *inputs, size_t input_count, int output, struct loyalty_error *error);

/*
 * Runs the filter over size bytes of text. *output is what it wrote, *output_size
 * bytes and a NUL after them, to be freed with free(3). Fails as
 * loyalty_filter_files() does; *output is then NULL.
 */
LOYALTY_API enum loyalty_status loyalty_filter_text(struct loyalty_filter *filter, const char *text,
	size_t size, char **output, size_t *output_size, struct loyalty_error *error);

/* The same, but hands what it writes to a callback. */
LOYALTY_API enum loyalty_status loyalty_filter_text_to(struct loyalty_filter *filter,
	const char *text, size_t size, loyalty_write *write, void *context,
	struct loyalty_error *error);

/* Of the latest run: the input that it was reading, from 0; facts that it passed over because
   they had been there before; lines that went to the reject callback. */
LOYALTY_API size_t loyalty_filter_input(const struct loyalty_filter *filter);
LOYALTY_API uint64_t loyalty_filter_repeats(const struct loyalty_filter *filter);
LOYALTY_API uint64_t loyalty_filter_rejected(const struct loyalty_filter *filter);

#ifdef __cplusplus
}
#endif

#endif

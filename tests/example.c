/*
 * example.c - a program that posts by itself, with libloyalty and nothing else.
 *
 *	cc example.c $(pkg-config --cflags --libs loyalty)
 */
#include <loyalty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON as it is written, for C's strings would want a backslash before every quote. */
#define JSON(...) #__VA_ARGS__

/* clang-format off */
static const char document[] = JSON({
	"name": "Corner Shop", "timezone": "Europe/London", "currency": "GBP",
	"units": { "points": { "expire": { "after": "P12M" } } },
	"earn": [ { "id": "base", "on": "purchase", "give": { "points": 1 }, "per": "1.00" } ]
});

static const char facts[] =
	JSON({"type":"enrol","id":"e1","at":"2026-03-01T09:00:00Z","member":"ann"}) "\n"
	JSON({"type":"purchase","id":"p1","at":"2026-03-01T09:05:00Z","member":"ann","amount":"12.50"}) "\n"
	JSON({"type":"purchase","id":"p2","at":"2026-03-02T10:00:00Z","member":"ann","amount":"twelve"}) "\n"
	JSON({"type":"return","id":"r1","at":"2026-03-03T11:00:00Z","member":"ann","of":"p1","amount":"2.50"}) "\n";
/* clang-format on */

static void
print_problem(void *context, const struct loyalty_error *error)
{
	(void)context;
	printf("the programme's '%s': %s\n", error->path, error->text);
}

static bool
print_reject(void *context, size_t input, const struct loyalty_error *error, const char *line,
	size_t size)
{
	(void)context;
	(void)input;
	printf("left out, for its '%s': %s: %.*s\n", error->path, error->text, (int)size, line);
	return true;
}

/* Prints what the programme decides, without the facts. */
static enum loyalty_status
print_postings(struct loyalty_filter *filter, struct loyalty_error *error)
{
	enum loyalty_status status;
	char *ledger;
	size_t size;

	loyalty_filter_set_postings_only(filter, true);
	loyalty_filter_set_reject(filter, print_reject, NULL);
	status = loyalty_filter_set_as_of(filter, "2027-04-01", error);
	if (status == LOYALTY_OK)
		status = loyalty_filter_text(filter, facts, strlen(facts), &ledger, &size, error);
	if (status != LOYALTY_OK)
		return status;
	fwrite(ledger, 1, size, stdout);
	free(ledger);
	return LOYALTY_OK;
}

int
main(void)
{
	struct loyalty_error error = { .code = LOYALTY_MEMORY, .text = "out of memory" };
	struct loyalty_filter *filter = NULL;
	struct loyalty_programme *programme;
	enum loyalty_status status = loyalty_programme_load(
		&programme, document, strlen(document), print_problem, NULL, &error);

	if (status == LOYALTY_OK) {
		printf("libloyalty %s posts by '%s'\n", loyalty_version(),
			loyalty_programme_name(programme));
		filter = loyalty_filter_new(programme, LOYALTY_DECIDE_ALL);
		status = filter ? print_postings(filter, &error) : LOYALTY_MEMORY;
	}
	if (status != LOYALTY_OK)
		fprintf(stderr, "example: %s\n", error.text);
	loyalty_filter_free(filter);
	loyalty_programme_free(programme);
	return status == LOYALTY_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

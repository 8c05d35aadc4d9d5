/*
 * api.c - unit tests of the public interface: what it gives and what it says
 * where it fails, and that runs in two threads do not touch one another.
 */
#include "loyalty.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum { MEMBERS = 50, PURCHASES = 40, ROUNDS = 20 };

#define JSON(...) #__VA_ARGS__

/* clang-format off */
static const char shop[] = JSON({
	"name": "Shop", "timezone": "Europe/London", "currency": "GBP",
	"units": { "points": { "expire": { "after": "P12M" } } },
	"earn": [ { "id": "base", "on": "purchase", "give": { "points": 1 }, "per": "1.00" } ]
});

static const char double_shop[] = JSON({
	"name": "Double", "timezone": "America/New_York", "currency": "USD",
	"units": { "points": { } },
	"earn": [ { "id": "base", "on": "purchase", "give": { "points": 2 }, "per": "1.00" } ]
});

static const char wrong[] = JSON({
	"name": "Wrong", "timezone": "Mars/Olympus", "currency": "GBP", "units": { "points": {} },
	"earn": [ { "id": "base", "on": "purchase", "give": { "stars": 1 }, "per": "1.00" } ]
});

static const char enrolled[] =
	JSON({"type":"enrol","id":"e1","at":"2026-03-01T09:00:00Z","member":"ann"}) "\n";
static const char bought[] =
	JSON({"type":"purchase","id":"p1","at":"2026-03-02T09:00:00Z","member":"ann","amount":"9.90"}) "\n";
/* clang-format on */

static struct loyalty_programme *
load(const char *json)
{
	struct loyalty_programme *programme;
	struct loyalty_error error;

	if (loyalty_programme_load(&programme, json, strlen(json), NULL, NULL, &error) !=
		LOYALTY_OK) {
		printf("%s: %s\n", error.path, error.text);
		exit(1);
	}
	return programme;
}

/* ---- programmes ------------------------------------------------------------ */

struct reported {
	int errors, warnings;
	struct loyalty_error first;
};

static void
report(void *context, const struct loyalty_error *error)
{
	struct reported *reported = context;

	if (error->code == LOYALTY_OK)
		reported->warnings++;
	else if (reported->errors++ == 0)
		reported->first = *error;
}

static void
test_programme(void)
{
	struct loyalty_programme *programme = load(shop);
	struct loyalty_programme *other = load(double_shop);

	CHECK(strcmp(loyalty_programme_name(programme), "Shop") == 0);
	CHECK(strlen(loyalty_programme_digest(programme)) == 32);
	CHECK(strcmp(loyalty_programme_digest(programme), loyalty_programme_digest(other)) != 0);
	CHECK(strcmp(loyalty_version(), LOYALTY_VERSION) == 0);
	loyalty_programme_free(programme);
	loyalty_programme_free(other);
	loyalty_programme_free(NULL);
}

static void
test_programme_errors(void)
{
	struct reported reported = { 0 };
	struct loyalty_programme *programme;
	struct loyalty_error error;

	CHECK(loyalty_programme_load(&programme, wrong, strlen(wrong), report, &reported, &error) ==
		LOYALTY_PROGRAMME);
	CHECK(programme == NULL);
	CHECK(reported.errors == 2 && reported.warnings == 0);
	CHECK(error.code == LOYALTY_PROGRAMME && strcmp(error.path, "timezone") == 0);
	CHECK(error.text[0] && strcmp(error.text, reported.first.text) == 0);
	CHECK(loyalty_programme_load(&programme, "{", 1, NULL, NULL, &error) == LOYALTY_PROGRAMME);
	CHECK(error.line == 1);
	CHECK(loyalty_programme_load(&programme, NULL, 0, NULL, NULL, &error) == LOYALTY_PROGRAMME);
}

/* ---- a text ------------------------------------------------------------------ */

/* What the filter makes of a text, to be freed. */
static char *
post(struct loyalty_filter *filter, const char *text)
{
	struct loyalty_error error;
	char *ledger;
	size_t size;

	if (loyalty_filter_text(filter, text, strlen(text), &ledger, &size, &error) != LOYALTY_OK) {
		printf("%lu: %s: %s\n", error.line, error.path, error.text);
		exit(1);
	}
	CHECK(ledger[size] == '\0' && strlen(ledger) == size);
	return ledger;
}

static int
count_lines(const char *text)
{
	int lines = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		lines++;
	}
	return lines;
}

static void
test_text(struct loyalty_filter *filter)
{
	char text[1024];
	char *ledger;

	snprintf(text, sizeof(text), "%s%s%s", enrolled, bought, bought);
	ledger = post(filter, text);
	CHECK(count_lines(ledger) == 5);
	CHECK(strstr(ledger, "\"units\":{\"points\":9}"));
	CHECK(loyalty_filter_repeats(filter) == 1 && loyalty_filter_rejected(filter) == 0);
	free(ledger);
	/* Every run begins anew: the purchase is no repeat of the one before. */
	loyalty_filter_set_postings_only(filter, true);
	ledger = post(filter, bought);
	CHECK(count_lines(ledger) == 3 && loyalty_filter_repeats(filter) == 0);
	free(ledger);
	loyalty_filter_set_postings_only(filter, false);
	ledger = post(filter, "");
	CHECK(count_lines(ledger) == 2);
	free(ledger);
}

static void
test_as_of(struct loyalty_filter *filter)
{
	struct loyalty_error error;
	char *ledger;
	size_t size;

	CHECK(loyalty_filter_set_as_of(filter, "tomorrow", &error) == LOYALTY_BAD);
	CHECK(strstr(error.text, ", not 'tomorrow'"));
	CHECK(loyalty_filter_set_as_of(filter, "2026-02-30T00:00:00Z", &error) == LOYALTY_BAD);
	CHECK(loyalty_filter_set_as_of(filter, "2026-03-29T01:30:00", &error) == LOYALTY_BAD);
	CHECK(loyalty_filter_set_as_of(filter, "2027-04-01T00:00:00", &error) == LOYALTY_OK);
	ledger = post(filter, bought);
	CHECK(strstr(ledger, "\"type\":\"expired\""));
	CHECK(strstr(ledger, "{\"type\":\"tick\",\"at\":\"2027-04-01T00:00:00\"}\n"));
	free(ledger);
	CHECK(loyalty_filter_set_as_of(filter, "2026-03-01T12:00:00Z", &error) == LOYALTY_OK);
	CHECK(loyalty_filter_text(filter, bought, strlen(bought), &ledger, &size, &error) ==
		LOYALTY_BAD);
	CHECK(ledger == NULL && size == 0);
	CHECK(error.line == 1 && strcmp(error.path, "at") == 0);
	CHECK(loyalty_filter_set_as_of(filter, NULL, &error) == LOYALTY_OK);
}

/* A ledger goes through the filters one by one as through all at once. */
static void
test_stages(const struct loyalty_programme *programme)
{
	struct loyalty_filter *all = loyalty_filter_new(programme, LOYALTY_DECIDE_ALL);
	struct loyalty_filter *early =
		loyalty_filter_new(programme, LOYALTY_DECIDE_EARN | LOYALTY_DECIDE_TIER);
	struct loyalty_filter *late =
		loyalty_filter_new(programme, LOYALTY_DECIDE_REDEEM | LOYALTY_DECIDE_EXPIRE);
	struct loyalty_error error;
	char *whole = post(all, bought);
	char *half = post(early, bought);
	char *piped = post(late, half);
	char *again;
	size_t size;

	CHECK(strcmp(whole, piped) == 0);
	CHECK(loyalty_filter_text(all, whole, strlen(whole), &again, &size, &error) ==
		LOYALTY_CORRUPT);
	CHECK(loyalty_filter_text(late, half, strlen(half) - 20, &again, &size, &error) ==
		LOYALTY_CORRUPT);
	CHECK(again == NULL && error.code == LOYALTY_CORRUPT && error.text[0]);
	free(whole);
	free(half);
	free(piped);
	loyalty_filter_free(all);
	loyalty_filter_free(early);
	loyalty_filter_free(late);
}

/* ---- bad lines ------------------------------------------------------------------ */

struct refused {
	int lines;
	int most;
	size_t input;
	unsigned long number;
	char text[64];
};

static bool
refuse(void *context, size_t input, const struct loyalty_error *error, const char *line,
	size_t size)
{
	struct refused *refused = context;

	refused->input = input;
	refused->number = error->line;
	snprintf(refused->text, sizeof(refused->text), "%.*s", (int)size, line);
	return ++refused->lines <= refused->most;
}

static void
test_reject(struct loyalty_filter *filter)
{
	struct refused refused = { .most = 1 };
	struct loyalty_error error;
	char *ledger;
	size_t size;

	CHECK(loyalty_filter_text(filter, "\nno\n", 4, &ledger, &size, &error) == LOYALTY_BAD);
	CHECK(error.code == LOYALTY_BAD && error.line == 2 && error.column == 1);
	loyalty_filter_set_reject(filter, refuse, &refused);
	ledger = post(filter, "no\n");
	CHECK(strstr(ledger, "\"rejected\":1}") && loyalty_filter_rejected(filter) == 1);
	CHECK(refused.lines == 1 && refused.number == 1 && strcmp(refused.text, "no") == 0);
	free(ledger);
	CHECK(loyalty_filter_text(filter, "no\n", 3, &ledger, &size, &error) == LOYALTY_BAD);
	CHECK(refused.lines == 2 && ledger == NULL);
	loyalty_filter_set_reject(filter, NULL, NULL);
}

/* ---- late and repeated facts ------------------------------------------------------ */

struct repeated {
	int lines;
	size_t input;
	unsigned long number;
	char text[32];
};

static void
note_repeat(void *context, size_t input, unsigned long number, const char *line, size_t size)
{
	struct repeated *repeated = context;

	repeated->lines++;
	repeated->input = input;
	repeated->number = number;
	snprintf(repeated->text, sizeof(repeated->text), "%.*s", (int)size, line);
}

static void
test_late(struct loyalty_filter *filter)
{
	struct repeated repeated = { 0 };
	struct loyalty_error error;
	char text[1024];
	char *ledger;
	size_t size;

	snprintf(text, sizeof(text), "%s%s%s", bought, enrolled, bought);
	CHECK(loyalty_filter_text(filter, text, strlen(text), &ledger, &size, &error) ==
		LOYALTY_BAD);
	CHECK(error.line == 2 && strcmp(error.path, "at") == 0);
	loyalty_filter_set_posts_late(filter, true);
	loyalty_filter_set_repeat(filter, note_repeat, &repeated);
	ledger = post(filter, text);
	CHECK(strstr(ledger, "\"late\":\"post\"}\n"));
	CHECK(strstr(ledger, "\"repeats\":1,"));
	CHECK(repeated.lines == 1 && repeated.input == 0 && repeated.number == 3);
	CHECK(strncmp(repeated.text, bought, strlen(repeated.text)) == 0);
	free(ledger);
	loyalty_filter_set_posts_late(filter, false);
	loyalty_filter_set_repeat(filter, NULL, NULL);
}

/* ---- callbacks and files ----------------------------------------------------------- */

struct taken {
	char data[4096];
	size_t used;
	int calls, most;
};

static bool
take(void *context, const char *data, size_t size)
{
	struct taken *taken = context;

	if (taken->calls++ == taken->most || sizeof(taken->data) - taken->used <= size)
		return false;
	memcpy(taken->data + taken->used, data, size);
	taken->used += size;
	taken->data[taken->used] = '\0';
	return true;
}

static void
test_callback(struct loyalty_filter *filter)
{
	struct taken taken = { .most = 1000 };
	struct loyalty_error error;
	char *ledger = post(filter, bought);

	CHECK(loyalty_filter_text_to(filter, bought, strlen(bought), take, &taken, &error) ==
		LOYALTY_OK);
	CHECK(strcmp(taken.data, ledger) == 0 && taken.calls == 1);
	loyalty_filter_set_unbuffered(filter, true);
	taken = (struct taken){ .most = 1000 };
	CHECK(loyalty_filter_text_to(filter, bought, strlen(bought), take, &taken, &error) ==
		LOYALTY_OK);
	CHECK(strcmp(taken.data, ledger) == 0 && taken.calls == count_lines(ledger));
	taken = (struct taken){ .most = 2 };
	CHECK(loyalty_filter_text_to(filter, bought, strlen(bought), take, &taken, &error) ==
		LOYALTY_IO);
	CHECK(error.code == LOYALTY_IO && taken.calls == 3);
	loyalty_filter_set_unbuffered(filter, false);
	free(ledger);
}

/* A pipe from which text can be read. */
static int
pipe_of(const char *text)
{
	int ends[2];

	if (pipe(ends) != 0 || write(ends[1], text, strlen(text)) != (ssize_t)strlen(text))
		exit(1);
	close(ends[1]);
	return ends[0];
}

static void
test_files(struct loyalty_filter *filter)
{
	struct refused refused = { .most = 9 };
	struct loyalty_error error;
	int full = open("/dev/full", O_WRONLY);
	char text[1024], written[4096];
	int inputs[2] = { pipe_of(enrolled), pipe_of(bought) };
	int output[2];
	ssize_t size;
	char *ledger;

	snprintf(text, sizeof(text), "%s%s", enrolled, bought);
	ledger = post(filter, text);
	CHECK(pipe(output) == 0);
	CHECK(loyalty_filter_files(filter, inputs, 2, output[1], &error) == LOYALTY_OK);
	size = read(output[0], written, sizeof(written) - 1);
	written[size > 0 ? size : 0] = '\0';
	CHECK(strcmp(written, ledger) == 0);
	CHECK(loyalty_filter_input(filter) == 1);
	close(inputs[0]);
	close(inputs[1]);

	inputs[0] = pipe_of(enrolled);
	inputs[1] = pipe_of("no\n");
	loyalty_filter_set_reject(filter, refuse, &refused);
	CHECK(loyalty_filter_files(filter, inputs, 2, full, &error) == LOYALTY_IO);
	CHECK(strcmp(error.text, "cannot write: No space left on device") == 0);
	CHECK(refused.lines == 1 && refused.input == 1 && refused.number == 1);
	loyalty_filter_set_reject(filter, NULL, NULL);
	close(inputs[0]);
	close(inputs[1]);

	inputs[0] = open("/", O_RDONLY);
	CHECK(loyalty_filter_files(filter, inputs, 1, output[1], &error) == LOYALTY_IO);
	CHECK(strcmp(error.text, "cannot read: Is a directory") == 0);
	close(inputs[0]);
	close(output[0]);
	close(output[1]);
	close(full);
	free(ledger);
}

/* ---- threads ------------------------------------------------------------------------ */

struct work {
	const char *document;
	const char *facts;
	const struct loyalty_programme *shared;
	const char *expected_own, *expected_shared;
	int wrong;
};

static char *
many_facts(void)
{
	size_t size = (size_t)MEMBERS * PURCHASES * 128;
	char *facts = malloc(size);
	size_t used = 0;

	for (int i = 0; facts && i < MEMBERS * PURCHASES; i++)
		used += (size_t)snprintf(facts + used, size - used,
			"{\"type\":\"purchase\",\"id\":\"p%d\",\"at\":\"2026-%02d-%02dT10:00:00\","
			"\"member\":\"m%d\",\"amount\":\"%d.%02d\"}\n",
			i, 1 + i / MEMBERS / 20, 1 + i / MEMBERS % 20, i % MEMBERS, i % 97,
			i % 100);
	return facts;
}

static char *
post_once(const struct loyalty_programme *programme, const char *facts)
{
	struct loyalty_filter *filter = loyalty_filter_new(programme, LOYALTY_DECIDE_ALL);
	char *ledger = post(filter, facts);

	loyalty_filter_free(filter);
	return ledger;
}

static bool
posts_the_same(const struct loyalty_programme *programme, const char *facts, const char *expected)
{
	char *ledger = post_once(programme, facts);
	bool same = strcmp(ledger, expected) == 0;

	free(ledger);
	return same;
}

/* Posts by a programme of its own and by one that the other thread uses, too. */
static void *
run_rounds(void *context)
{
	struct work *work = context;

	for (int i = 0; i < ROUNDS; i++) {
		struct loyalty_programme *own = load(work->document);

		work->wrong += !posts_the_same(own, work->facts, work->expected_own);
		work->wrong += !posts_the_same(work->shared, work->facts, work->expected_shared);
		loyalty_programme_free(own);
	}
	return NULL;
}

static void
test_threads(void)
{
	struct loyalty_programme *single = load(shop), *twice = load(double_shop);
	char *facts = many_facts();
	char *by_single = post_once(single, facts), *by_twice = post_once(twice, facts);
	struct work work[2] = {
		{ shop, facts, twice, by_single, by_twice, 0 },
		{ double_shop, facts, twice, by_twice, by_twice, 0 },
	};
	pthread_t threads[2];

	CHECK(strcmp(by_single, by_twice) != 0);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&threads[i], NULL, run_rounds, &work[i]) == 0);
	for (int i = 0; i < 2; i++) {
		CHECK(pthread_join(threads[i], NULL) == 0);
		CHECK(work[i].wrong == 0);
	}
	free(by_single);
	free(by_twice);
	free(facts);
	loyalty_programme_free(single);
	loyalty_programme_free(twice);
}

int
main(void)
{
	struct loyalty_programme *programme = load(shop);
	struct loyalty_filter *filter = loyalty_filter_new(programme, LOYALTY_DECIDE_ALL);

	test_programme();
	test_programme_errors();
	test_text(filter);
	test_as_of(filter);
	test_stages(programme);
	test_reject(filter);
	test_late(filter);
	test_callback(filter);
	test_files(filter);
	test_threads();
	loyalty_filter_free(filter);
	loyalty_programme_free(programme);
	return failures > 0;
}

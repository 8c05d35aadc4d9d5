/*
 * programme.c - fuzzes the loader of programmes; one that it takes must post a log, and the four
 * filters one after the other the same bytes as all at once.
 */
#include "support/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define AT(day) "\"at\":\"2026-" day "T12:00:00-05:00\",\"member\":\"m1\""

static const char facts[] = "{\"type\":\"enrol\",\"id\":\"e1\"," AT(
	"01-02") ",\"birthday\":\"1990-02-03\"}\n"
		 "{\"type\":\"enrol\",\"id\":\"e2\",\"at\":\"2026-01-03\",\"member\":\"m2\","
		 "\"referrer\":\"m1\"}\n"
		 "{\"type\":\"purchase\",\"id\":\"p1\"," AT(
			 "01-05") ",\"amount\":\"120.50\",\"tax\":\"10.00\","
				  "\"channel\":\"online\",\"store\":\"s1\",\"items\":[{\"sku\":"
				  "\"a\",\"category\":\"food\",\"qty\":2,"
				  "\"amount\":\"60.25\"},{\"sku\":\"b\",\"brand\":\"x\",\"amount\":"
				  "\"50.25\"}],\"tenders\":"
				  "[{\"type\":\"card\",\"amount\":\"120.50\"}],\"codes\":[\"c1\"]}"
				  "\n"
				  "{\"type\":\"action\",\"id\":\"a1\"," AT(
					  "01-06") ",\"name\":\"review\"}\n"
						   "{\"type\":\"purchase\",\"id\":\"p2\"," AT(
							   "02-05") ",\"amount\":\"999.99\"}\n"
								    "{\"type\":\"purchase\",\"id\":"
								    "\"p3\"," AT(
									    "02-05") ",\"amount\":"
										     "\"0.01\"}\n"
										     "{\"type\":"
										     "\"redeem\","
										     "\"id\":"
										     "\"r1\"," AT(
											     "02-"
											     "07") ",\"points\":10}\n"
												   "{\"type\":\"return\",\"id\":\"b1\"," AT(
													   "02-08") ",\"of\":\"p1\",\"items\":[{\"sku\":\"a\","
														    "\"qty\":1,\"amount\":\"30.12\"}]}\n"
														    "{\"type\":\"return\",\"id\":\"b2\"," AT(
															    "02-09") ",\"of\":\"p2\",\"amount\":\"500.00\"}\n"
																     "{\"type\":\"cancel\",\"id\":\"x1\"," AT(
																	     "02-10") ",\"of\":\"r1\"}\n"
																		      "{\"type\":\"adjust\",\"id\":\"j1\"," AT(
																			      "02-11") ",\"points\":-7,\"reason\":\"slip\"}\n"
																				       "{\"type\":\"transfer\",\"id\":\"t1\"," AT(
																					       "02-12") ",\"to\":\"m2\",\"points\":5}\n"
																							"{\"type\":\"purchase\",\"id\":\"p4\",\"at\":\"2026-02-13\",\"member\":\"m2\",\"amount\":\"42.00\"}\n"
																							"{\"type\":\"cancel\",\"id\":\"x2\"," AT(
																								"02-14") ",\"of\":\"b2\"}\n"
																									 "{\"type\":\"tick\",\"at\":\"2027-06-01\"}\n"
																									 "{\"type\":\"merge\",\"id\":\"m\",\"at\":\"2027-06-02\",\"member\":\"m2\",\"into\":\"m1\"}\n"
																									 "{\"type\":\"purchase\",\"id\":\"p5\",\"at\":\"2027-06-03\",\"member\":\"m1\",\"amount\":\"77.00\"}\n"
																									 "{\"type\":\"leave\",\"id\":\"l\",\"at\":\"2029-01-01\",\"member\":\"m1\"}\n";

struct counts {
	size_t errors, warnings;
};

static void
count(void *context, const struct loyalty_error *error)
{
	struct counts *counts = context;

	if (!error->text[0])
		abort();
	if (error->code == LOYALTY_OK)
		counts->warnings++;
	else
		counts->errors++;
}

static void
run(const struct loyalty_programme *programme)
{
	struct fuzz_text posted = { NULL, 0 };
	struct fuzz_text piped = { NULL, 0 };
	struct slice log = { facts, sizeof(facts) - 1 };
	enum loyalty_status status =
		fuzz_filter(programme, LOYALTY_DECIDE_ALL, fuzz_reject, log, &posted);
	enum loyalty_status apart = fuzz_four(programme, log, &piped);

	if (status == LOYALTY_OK && (apart != status || posted.size != piped.size ||
					    memcmp(posted.data, piped.data, posted.size) != 0))
		abort();
	free(posted.data);
	free(piped.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct loyalty_programme *programme;
	struct counts counts = { 0, 0 };
	struct loyalty_error error;
	enum loyalty_status status = loyalty_programme_load(
		&programme, (const char *)data, size, count, &counts, &error);

	if ((status == LOYALTY_OK) != (counts.errors == 0) || (status == LOYALTY_OK) != !!programme)
		abort();
	if (status != LOYALTY_OK && (status != LOYALTY_PROGRAMME || !error.text[0]))
		abort();
	if (programme)
		run(programme);
	loyalty_programme_free(programme);
	return 0;
}

/*
 * programme.c - checks of what documents compile to, and of the schema's keys.
 */
#include "programme.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "programme/loader.h"

#define HEAD "{ \"name\": \"T\", \"timezone\": \"Europe/London\", \"currency\": \"GBP\", "
#define UNITS                                                                                      \
	"\"units\": { \"points\": {}, \"spend\": { \"decimals\": 2, \"spendable\": false } }, "
#define LEVELS                                                                                     \
	"\"tiers\": { \"period\": \"year\", \"keep\": \"end-of-year+P1Y\", \"levels\": [ "         \
	"{ \"id\": \"a\" }, { \"id\": \"b\", \"needs\": { \"spend\": \"100.00\" } }, "             \
	"{ \"id\": \"c\", \"needs\": { \"spend\": 200 } } ] }"

/* A document that must be valid. */
static struct programme *
load(const char *json)
{
	struct programme_errors errors;
	struct programme *programme = programme_load(slice_of(json), &errors);

	for (int i = 0; i < errors.count; i++)
		fprintf(stderr, "%s: %s\n", errors.items[i].path, errors.items[i].text);
	programme_errors_free(&errors);
	if (!programme) {
		fprintf(stderr, "not valid: %s\n", json);
		exit(1);
	}
	return programme;
}

static struct programme *
load_rules_of(const char *rules)
{
	char json[4096];

	snprintf(json, sizeof(json), HEAD UNITS "\"earn\": [ %s ], " LEVELS " }", rules);
	return load(json);
}

static void
check_kinds(void)
{
	static const char *const other[] = { "", "x", "purchasE", "enroll", "xxxx", "aaaaaa",
		"eardoc", "tier-changed", "snapshot_bagin" };

	for (int type = 0; type < RECORD_OTHER; type++)
		CHECK(record_type_of(slice_of(record_type_name((enum record_type)type))) ==
			(enum record_type)type);
	CHECK(record_type_of(SLICE("begin")) == RECORD_BEGIN);
	CHECK(record_type_of(SLICE("end")) == RECORD_END);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		CHECK(record_type_of(slice_of(other[i])) == RECORD_OTHER);
	CHECK(strcmp(decider_name(DECIDE_REDEEM), "redeem") == 0);
}

static void
check_columns(void)
{
	struct programme *programme = load_rules_of(
		"{ \"id\": \"r\", \"on\": \"purchase\", \"items\": { \"colour\": \"red\", "
		"\"sku\": \"x\" }, \"when\": { \"colour\": 1, \"amount\": 1, \"basket.items\": "
		"{ \"colour\": 2 } }, \"give\": { \"points\": 1 }, \"per\": 1 }");
	const struct rule *rule = &programme->rules[0];
	const struct test *colour = &rule->items->alternatives[0].tests[0];
	const struct test *basket = &rule->when->alternatives[0].tests[2];

	CHECK(shape_column(programme->shape, TABLE_RECORD, SLICE("type")) == FIELD_TYPE);
	CHECK(shape_column(programme->shape, TABLE_RECORD, SLICE("postings_only")) ==
		FIELD_POSTINGS_ONLY);
	CHECK(shape_table(programme->shape, SLICE("basket.items")) == TABLE_BASKET_ITEMS);
	CHECK(shape_column(programme->shape, TABLE_BASKET_ITEMS, SLICE("line")) == ITEM_LINE);
	CHECK(shape_column(programme->shape, TABLE_TENDERS, SLICE("amount")) == TENDER_AMOUNT);
	CHECK(colour->kind == TEST_FIELD && colour->table == TABLE_ITEMS);
	CHECK(colour->column == ITEM_FIELD_COUNT);
	CHECK(rule->items->alternatives[0].tests[1].column == ITEM_SKU);
	CHECK(rule->when->alternatives[0].tests[0].column == RECORD_FIELD_COUNT);
	CHECK(rule->when->alternatives[0].tests[1].column == FIELD_AMOUNT);
	CHECK(basket->kind == TEST_ELEMENTS && basket->table == TABLE_BASKET_ITEMS);
	CHECK(basket->conditions[0].alternatives[0].tests[0].column == colour->column);
	programme_free(programme);
}

static void
check_numbers_and_dates(void)
{
	struct programme *programme = load_rules_of(
		"{ \"id\": \"r\", \"on\": \"purchase\", \"from\": \"2026-03-29\", \"through\": "
		"\"2026-03-29\", \"give\": { \"points\": { \"by\": \"amount\", \"50.00\": \"2.5\", "
		"\"10\": 1 } }, \"per_full\": \"0.50\" }");
	const struct rule *rule = &programme->rules[0];
	const struct table *points = rule->gives.items[0].amount;

	CHECK(rule->until - rule->from == 23 * 3600 * SECOND_MICROS); /* the clocks go forward */
	CHECK(rule->per_full && rule->per->ratio.num == 1 && rule->per->ratio.den == 2);
	CHECK(points->subject == SUBJECT_AMOUNT && points->key_count == 2 && !points->otherwise);
	CHECK(points->keys[0].bound == 1000 && points->keys[1].bound == 5000);
	CHECK(points->keys[1].value->ratio.num == 5 && points->keys[1].value->ratio.den == 2);
	CHECK(programme->ladders[0].levels[1].alternatives[0].items[0].amount->count == 10000);
	CHECK(programme->policy.repeats.days == 35);
	CHECK(programme->policy.basis->basis.parts[0].kind == PART_MERCHANDISE);
	programme_free(programme);
}

static void
check_levels(void)
{
	struct programme *programme =
		load_rules_of("{ \"id\": \"r\", \"on\": \"purchase\", \"when\": [ { \"tier\": { "
			      "\"min\": \"b\" } }, "
			      "{ \"tier\": { \"not\": \"b\" } }, { \"tier\": [\"a\", \"c\"] } ], "
			      "\"give\": { \"points\": 1 } }");
	const struct alternative *any = programme->rules[0].when->alternatives;

	CHECK(programme->rules[0].when->count == 3);
	CHECK(any[0].tests[0].levels == 6);
	CHECK(any[1].tests[0].levels == 5);
	CHECK(any[2].tests[0].levels == 5);
	CHECK(programme->ladders[0].levels[2].keep->life.has_round);
	CHECK(programme->ladders[0].levels[2].keep->life.then.months == 12);
	programme_free(programme);
}

static void
check_sharing(void)
{
	static const char rules[] =
		"{ \"id\": \"a\", \"on\": [\"start-of-month@09:00\", \"purchase+P180D\"], "
		"\"give\": "
		"{ \"points\": 1 }, \"when\": { \"history\": { \"on\": \"purchase\", \"when\": "
		"{ \"amount\": 1, \"store\": \"x\" }, \"count\": 1 }, \"earned.spend\": 1 } }, "
		"{ \"id\": \"b\", \"on\": [\"birthday-P7D\", \"start-of-month@09:00\"], \"give\": "
		"{ \"points\": 1 }, \"when\": { \"history\": { \"on\": \"purchase\", \"when\": "
		"{ \"store\": \"x\", \"amount\": 1 }, \"count\": 2 } }, "
		"\"limit\": { \"times\": 1, \"per\": \"day\" } }";
	struct programme *programme = load_rules_of(rules);
	const struct rule *b = &programme->rules[1];

	CHECK(programme->moment_count == 3);
	CHECK(slice_equal(programme->moments[1].name, SLICE("purchase+P180D")));
	CHECK(programme->moments[2].offset_sign == -1 && programme->moments[2].offset.days == 7);
	CHECK(b->on.items[1].kind == TRIGGER_MOMENT && b->on.items[1].index == 0);
	CHECK(programme->moments[0].has_clock_time && programme->moments[0].clock_minute == 540);
	CHECK(programme->clock_count == 1);
	/* history, earned lifetime, the limit, earned in the year */
	CHECK(programme->counter_count == 4);
	CHECK(slice_equal(programme->limits[0].name, SLICE("earn[1].limit")));
	CHECK(programme->limits[0].times_counter >= 0);
	programme_free(programme);
}

static unsigned
needs_of(const char *json, int decider)
{
	struct programme *programme = load(json);
	unsigned needs = programme->needs[decider];

	programme_free(programme);
	return needs;
}

static void
check_needs(void)
{
	enum { EARN, TIER, REDEEM, EXPIRE };
	static const char plain[] = HEAD UNITS "\"earn\": [ { \"id\": \"r\", \"on\": \"purchase\", "
					       "\"give\": { \"points\": 1 } } ] }";
	static const char tiered[] =
		HEAD UNITS "\"earn\": [ { \"id\": \"r\", \"on\": \"purchase\", \"give\": { "
			   "\"points\": { \"by\": "
			   "\"tier\", \"a\": 1, \"else\": 2 } } } ], " LEVELS " }";
	static const char balance[] =
		HEAD UNITS "\"earn\": [ { \"id\": \"r\", \"on\": \"purchase\", \"when\": { "
			   "\"balance.points\": 1 }, "
			   "\"give\": { \"points\": 1 } } ] }";

	CHECK(needs_of(plain, EARN) == 0);
	CHECK(needs_of(plain, TIER) == DECIDE_EARN);
	CHECK(needs_of(plain, REDEEM) == (DECIDE_EARN | DECIDE_EXPIRE));
	CHECK(needs_of(plain, EXPIRE) == (DECIDE_EARN | DECIDE_REDEEM));
	CHECK(needs_of(tiered, EARN) == DECIDE_TIER);
	CHECK(needs_of(tiered, REDEEM) == (DECIDE_EARN | DECIDE_TIER | DECIDE_EXPIRE));
	CHECK(needs_of(balance, EARN) == (DECIDE_REDEEM | DECIDE_EXPIRE));
}

static void
check_digest(void)
{
	struct programme *a =
		load(HEAD "\"notes\": \"x\", \"units\": { \"p\": { \"notes\": [] } } }");
	struct programme *b = load(HEAD "\"units\":{\"\\u0070\":{}}}");
	struct programme *c = load(HEAD "\"units\": { \"q\": {} } }");

	CHECK(strlen(a->digest) == 32);
	CHECK(strcmp(a->digest, b->digest) == 0);
	CHECK(strcmp(a->digest, c->digest) != 0);
	programme_free(a);
	programme_free(b);
	programme_free(c);
}

/* The keys that the loader knows are the keys that the schema completes. */
static void
check_schema(void)
{
	json_t *schema = json_load_file("share/loyalty-programme.schema.json", 0, NULL);

	CHECK(schema != NULL);
	for (int i = 0; programme_object_keys[i]; i++) {
		const struct object_keys *keys = programme_object_keys[i];
		json_t *object =
			strcmp(keys->what, "programme") == 0
				? schema
				: json_object_get(json_object_get(schema, "$defs"), keys->what);
		json_t *properties = json_object_get(object, "properties");

		if (json_object_size(properties) != (size_t)keys->count) {
			fprintf(stderr, "schema of %s: %zu keys, expected %d\n", keys->what,
				json_object_size(properties), keys->count);
			failures++;
		}
		for (int k = 0; k < keys->count; k++) {
			if (json_object_get(properties, keys->keys[k].name))
				continue;
			fprintf(stderr, "schema of %s: no '%s'\n", keys->what, keys->keys[k].name);
			failures++;
		}
	}
	json_decref(schema);
}

int
main(void)
{
	check_kinds();
	check_columns();
	check_numbers_and_dates();
	check_levels();
	check_sharing();
	check_needs();
	check_digest();
	check_schema();
	return failures > 0;
}

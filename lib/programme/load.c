/*
 * load.c - a programme document from its text to struct programme.
 */
#include <stdlib.h>

#include "loader.h"

static const int format_range[] = { 1, 1 };

/* The top level has no struct of its own: its parts go to the programme. */
static bool
load_zone(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	if (!load_text(loader, node, field, unused))
		return false;
	if (!loader->programme->zone)
		return load_error(
			loader, node, "unknown time zone '%s'", json_string_value(node->json));
	return true;
}

static bool
load_currency(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	if (!load_text(loader, node, field, unused))
		return false;
	if (currency_decimals(node_text(node)) < 0)
		return load_error(loader, node, "unknown currency '%s': expected an ISO 4217 code",
			json_string_value(node->json));
	return true;
}

static bool
load_format_version(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	int format;

	(void)field;
	(void)unused;
	return load_integer(loader, node, &format, format_range);
}

static const struct key document_table[] = {
	{ "$schema", load_nothing, 0, NULL, false },
	{ "name", load_text, offsetof(struct programme, name), NULL, true },
	{ "notes", load_notes, 0, NULL, false },
	{ "format", load_format_version, 0, NULL, false },
	{ "timezone", load_zone, offsetof(struct programme, timezone), NULL, true },
	{ "currency", load_currency, offsetof(struct programme, currency), NULL, true },
	{ "units", load_units, 0, NULL, false },
	{ "earn", load_rules, 0, NULL, false },
	{ "tiers", load_ladders, 0, NULL, false },
	{ "rewards", load_rewards, 0, NULL, false },
	{ "limits", load_limits, 0, NULL, false },
	{ "periods", load_windows, 0, NULL, false },
	{ "policy", load_policy, 0, NULL, false },
};

const struct object_keys document_keys = OBJECT_KEYS("programme", document_table);

static void
reserve_limits(struct loader *loader)
{
	struct programme *programme = loader->programme;

	for (int i = 0; i < loader->limits.count; i++) {
		struct limit *limit =
			LOAD_APPEND(loader, programme->limits, programme->limit_count);

		limit->name = loader->limits.items[i];
	}
}

static void
load_document(struct loader *loader)
{
	struct node document = { .json = loader->root };

	if (!json_is_object(loader->root)) {
		load_error(loader, &document, "expected an object");
		return;
	}
	columns_register(loader);
	names_collect(loader, &document);
	reserve_limits(loader);
	policy_defaults(loader);
	load_object(loader, &document, &document_keys, loader->programme);
	units_resolve(loader);
	checks_run(loader, &document);
	answers_number(loader);
	/* Only of what is complete: a rule without its units would hide a circle or make one. */
	if (loader->failures == 0)
		circles_find(loader, &document);
	needs_work_out(loader);
}

/* Everything that may leave by longjmp is below here; what it owns hangs on loader. */
static bool
load_guarded(struct loader *loader)
{
	if (setjmp(loader->out_of_memory) != 0)
		return false;
	load_document(loader);
	return true;
}

/* Errors without a document: not JSON, or no memory for it. */
static void
add_parse_error(struct programme_errors *errors, const json_error_t *reason)
{
	struct programme_error *error = calloc(1, sizeof(*error));

	if (!error)
		return;
	error->path = strdup("");
	error->text = strdup(reason->text);
	error->line = reason->line > 0 ? (unsigned long)reason->line : 1;
	error->column = reason->column > 0 ? (unsigned long)reason->column : 1;
	errors->items = error;
	errors->count = errors->capacity = 1;
	if (!error->path || !error->text)
		programme_errors_free(errors);
}

static struct programme *
programme_new(void)
{
	struct arena *arena = arena_new();
	struct programme *programme = arena ? arena_alloc(arena, sizeof(*programme)) : NULL;

	if (!programme) {
		arena_free(arena);
		return NULL;
	}
	programme->arena = arena;
	programme->shape = shape_new();
	if (!programme->shape) {
		arena_free(arena);
		return NULL;
	}
	return programme;
}

struct programme *
programme_load(struct slice json, struct programme_errors *errors)
{
	struct loader loader = { .activity_unit = -1, .decider = DECIDE_EARN };
	json_error_t reason;
	bool loaded;

	*errors = (struct programme_errors){ 0 };
	fail_memory(&errors->reason);
	if (json.size >= 3 && memcmp(json.data, "\xEF\xBB\xBF", 3) == 0)
		json = (struct slice){ json.data + 3, json.size - 3 };
	loader.root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &reason);
	if (!loader.root) {
		add_parse_error(errors, &reason);
		return NULL;
	}
	loader.programme = programme_new();
	if (!loader.programme) {
		json_decref(loader.root);
		return NULL;
	}
	loader.arena = loader.programme->arena;
	loaded = load_guarded(&loader) && errors_publish(&loader, errors) &&
		 digest_write(&loader, loader.programme->digest) && loader.failures == 0;
	json_decref(loader.root);
	if (!loaded) {
		if (loader.unread.code == LOYALTY_IO)
			errors->reason = loader.unread;
		programme_free(loader.programme);
		return NULL;
	}
	return loader.programme;
}

void
programme_free(struct programme *programme)
{
	if (!programme)
		return;
	zone_free(programme->zone);
	shape_free(programme->shape);
	arena_free(programme->arena);
}

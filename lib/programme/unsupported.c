/*
 * unsupported.c - what the vocabulary knows and the engine does not carry out yet.
 *
 * One table: remove an entry when the engine does what it says.
 */
#include "loader.h"

static const struct {
	const char *what, *key;
	const char *value; /* NULL: every value but false and an empty list */
} unsupported[] = {
	{ "limit", "shared", NULL },
	{ "rule", "dry_run", NULL },
	{ "voucher", "worth", NULL },
	{ "policy", "crossing", "new" },
	{ "returns", "recheck", NULL },
	{ "returns", "restore", "share" },
};

static bool
is_written(const json_t *json)
{
	return !json_is_false(json) && !(json_is_array(json) && json_array_size(json) == 0);
}

bool
check_supported(struct loader *loader, const struct node *node, const char *what, const char *key)
{
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++) {
		const char *value = unsupported[i].value;

		if (strcmp(unsupported[i].what, what) != 0 || strcmp(unsupported[i].key, key) != 0)
			continue;
		if (!value && is_written(node->json))
			return load_error(loader, node, "not yet supported");
		if (value && json_is_string(node->json) &&
			strcmp(json_string_value(node->json), value) == 0)
			return load_error(loader, node, "'%s' is not yet supported", value);
	}
	return true;
}

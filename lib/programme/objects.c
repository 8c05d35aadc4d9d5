/*
 * objects.c - an object of the document, loaded by the table of its keys.
 */
#include "loader.h"

static bool
load_unknown_key(struct loader *loader, const struct node *node, const struct object_keys *keys)
{
	const char **names = load_alloc(loader, (size_t)keys->count + 1, sizeof(*names));
	const char *nearest;

	for (int i = 0; i < keys->count; i++)
		names[i] = keys->keys[i].name;
	nearest = nearest_name(node->key, names, keys->count);
	if (nearest)
		return load_error(
			loader, node, "unknown key '%s': did you mean '%s'?", node->key, nearest);
	return load_error(loader, node, "unknown key '%s'", node->key);
}

static const struct key *
find_key(const struct object_keys *keys, const char *name)
{
	for (int i = 0; i < keys->count; i++) {
		if (strcmp(keys->keys[i].name, name) == 0)
			return &keys->keys[i];
	}
	return NULL;
}

bool
node_too_deep(struct loader *loader, const struct node *node)
{
	int depth = 0;

	for (const struct node *up = node; up; up = up->up)
		depth++;
	if (depth <= NESTING_MAX)
		return false;
	load_error(loader, node, "nested too deep");
	return true;
}

bool
load_object(
	struct loader *loader, const struct node *node, const struct object_keys *keys, void *into)
{
	struct node child = { NULL, node, NULL, -1 };
	bool loaded = true;

	if (!json_is_object(node->json))
		return load_error(loader, node, "expected a %s: an object", keys->what);
	if (node_too_deep(loader, node))
		return false;
	json_object_foreach(node->json, child.key, child.json) {
		const struct key *key = find_key(keys, child.key);

		child.place++;
		if (!key)
			loaded &= load_unknown_key(loader, &child, keys);
		else
			loaded &= key->load(
				loader, &child, (char *)into + key->offset, key->argument);
	}
	for (int i = 0; i < keys->count; i++) {
		if (keys->keys[i].required && !json_object_get(node->json, keys->keys[i].name))
			loaded &= load_error(loader, node, "missing '%s'", keys->keys[i].name);
	}
	return loaded;
}

bool
load_members(struct loader *loader, const struct node *node, const char *what, load_member *load)
{
	struct node child = { NULL, node, NULL, -1 };
	bool loaded = true;

	if (!json_is_object(node->json))
		return load_error(loader, node, "expected an object of %s by name", what);
	json_object_foreach(node->json, child.key, child.json) {
		child.place++;
		loaded &= load(loader, &child, child.place);
	}
	return loaded;
}

bool
load_elements(struct loader *loader, const struct node *node, const char *what, load_member *load)
{
	bool loaded = true;

	if (!json_is_array(node->json))
		return load_error(loader, node, "expected a list of %s", what);
	for (int i = 0; i < node_list_size(node); i++) {
		struct node child = node_list_item(node, i);

		loaded &= load(loader, &child, i);
	}
	return loaded;
}

const struct object_keys *const programme_object_keys[] = {
	&document_keys,
	&unit_keys,
	&expiry_keys,
	&pending_keys,
	&rule_keys,
	&limit_keys,
	&ladder_keys,
	&level_keys,
	&reward_keys,
	&voucher_keys,
	&policy_keys,
	&returns_keys,
	&claims_keys,
	&reach_keys,
	&history_keys,
	&window_yearly_keys,
	&window_since_keys,
	&comparison_keys,
	NULL,
};

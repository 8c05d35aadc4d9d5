/*
 * map_template.c - loads the template of a fact: a tree of members with values.
 *
 * Members stand flat in the map ("basket.amount"), so that an object is always
 * a value. Only `items` and `tenders` hold templates of their own: an object is
 * one for each row of the group, a list is so many elements of each fact.
 */
#include "import/map_load.h"

static const char *const arrays[] = { "items", "tenders", NULL };

static bool
is_array_key(const char *key)
{
	for (int i = 0; arrays[i]; i++) {
		if (strcmp(key, arrays[i]) == 0)
			return true;
	}
	return false;
}

/* Values that an object of members can have at most. */
static size_t
count_values(const json_t *json)
{
	size_t count = json_object_size(json);
	json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)json, key, value) {
		for (size_t i = 0; is_array_key(key) && i < json_array_size(value); i++)
			count += json_object_size(json_array_get(value, i));
	}
	return count;
}

static struct map_node *
add_node(struct map_loader *load, struct map_node *parent, enum node_kind kind, struct slice name)
{
	struct map_node *node = pool_take(&load->map->pool, 1, sizeof(*node));
	struct map_node **last = &parent->children;
	struct text key = { 0 };

	if (!node)
		return NULL;
	node->kind = kind;
	if (name.size > 0) {
		text_put(&key, map_load_quoted(load, name));
		text_put_char(&key, ':');
		node->key = map_load_text(load, &key);
	}
	while (*last)
		last = &(*last)->next;
	*last = node;
	return node;
}

static struct map_node *
find_node(struct map_loader *load, struct map_node *parent, struct slice name)
{
	struct slice quoted = map_load_quoted(load, name);

	for (struct map_node *node = parent->children; node; node = node->next) {
		if (node->key.size == quoted.size + 1 &&
			memcmp(node->key.data, quoted.data, quoted.size) == 0)
			return node;
	}
	return NULL;
}

/* The place of a path ("basket.amount") in the tree; NULL: taken, or not a path, which is noted. */
static struct map_node *
place_member(struct map_loader *load, struct map_node *root, const char *path)
{
	struct map_node *parent = root;

	for (;;) {
		size_t size = strcspn(path, ".");
		struct slice name = { path, size };
		struct map_node *node = find_node(load, parent, name);

		if (size == 0) {
			map_load_error(
				load, "expected a member's name, or names with dots between");
			return NULL;
		}
		if (node && (path[size] == '\0' || node->kind != NODE_OBJECT)) {
			map_load_error(load, "this member, or one above it, is there already");
			return NULL;
		}
		if (path[size] == '\0')
			return add_node(load, parent, NODE_VALUE, name);
		if (!node)
			node = add_node(load, parent, NODE_OBJECT, name);
		if (!node)
			return NULL;
		parent = node;
		path += size + 1;
	}
}

static void load_members(struct map_loader *load, const json_t *json, struct map_record *record,
	struct map_template *template, struct map_node *root, const char *prefix);

/* `items` or `tenders` as an object: an element for each row. */
static void
load_rows(struct map_loader *load, const json_t *json, struct map_record *record,
	struct map_node *root, const char *key)
{
	struct map_node *node = place_member(load, root, key);
	struct map_template *rows;
	int number = record->row_count;

	if (!node || number == ROWS_MAX)
		return;
	node->kind = NODE_ROWS;
	node->index = number;
	rows = &record->rows[number];
	record->row_count++;
	rows->root.kind = NODE_OBJECT;
	rows->values =
		pool_take(&load->map->pool, json_object_size(json) + 1, sizeof(*rows->values));
	load->in_rows = true;
	if (rows->values)
		load_members(load, json, NULL, rows, &rows->root, key);
	load->in_rows = false;
}

/* `items` or `tenders` as a list: these elements in every fact. */
static void
load_elements(struct map_loader *load, const json_t *json, struct map_template *template,
	struct map_node *root, const char *key)
{
	struct map_node *node = place_member(load, root, key);

	if (!node)
		return;
	node->kind = NODE_LIST;
	for (size_t i = 0; i < json_array_size(json); i++) {
		const json_t *element = json_array_get(json, i);
		size_t mark = map_load_enter_index(load, i);
		struct map_node *object = add_node(load, node, NODE_OBJECT, SLICE(""));

		if (!json_is_object(element))
			map_load_expected(load, "an object of members", element);
		else if (object)
			load_members(load, element, NULL, template, object, key);
		map_load_leave(load, mark);
	}
}

/* record: NULL within an element, which holds no further arrays. */
static void
load_members(struct map_loader *load, const json_t *json, struct map_record *record,
	struct map_template *template, struct map_node *root, const char *prefix)
{
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)(uintptr_t)json, key, member) {
		size_t mark = map_load_enter(load, key);
		struct map_node *node;
		struct text path = { 0 };

		if (record && is_array_key(key) && json_is_object(member)) {
			load_rows(load, member, record, root, key);
		} else if (record && is_array_key(key) && json_is_array(member)) {
			load_elements(load, member, template, root, key);
		} else if ((node = place_member(load, root, key)) != NULL) {
			struct map_value *value = &template->values[template->count];

			node->index = template->count++;
			text_put(&path, slice_of(prefix));
			text_put(&path, prefix[0] ? SLICE(".") : SLICE(""));
			text_put(&path, slice_of(key));
			value->path = map_load_text(load, &path);
			map_load_value(load, member, value);
			value->sum_index = value->sum ? template->sum_count++ : 0;
		}
		map_load_leave(load, mark);
	}
}

void
map_load_fact(struct map_loader *load, const json_t *json, struct map_record *record)
{
	struct map_template *head = &record->head;

	if (!json_is_object(json)) {
		map_load_expected(load, "an object of members and their values", json);
		return;
	}
	head->root.kind = NODE_OBJECT;
	head->values = pool_take(&load->map->pool, count_values(json) + 1, sizeof(*head->values));
	if (head->values)
		load_members(load, json, record, head, &head->root, "");
}

/*
 * names.c - the first reading of a document: everything that has a name.
 *
 * Nothing is checked here: where a name is missing or of a wrong type its place
 * stays empty, and the second reading says so. Zone, currency and the decimals
 * of units are taken too, because dates and amounts anywhere need them.
 */
#include "loader.h"

int
name_find(const struct name_list *list, struct slice name)
{
	for (int i = 0; i < list->count; i++) {
		if (name.size > 0 && slice_equal(list->items[i], name))
			return i;
	}
	return -1;
}

int
load_reference(struct loader *loader, const struct node *node, const char *what,
	const struct name_list *list)
{
	struct slice name = node_text(node);
	int index = name_find(list, name);

	if (!json_is_string(node->json))
		load_error(loader, node, "expected the name of a %s", what);
	else if (index < 0)
		load_unknown(loader, node, what, name.data, list);
	return index;
}

bool
load_references(struct loader *loader, const struct node *node, const char *what,
	const struct name_list *list, struct index_list *into)
{
	bool loaded = true;

	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		int index = load_reference(loader, &item, what, list);

		loaded &= index >= 0;
		for (int j = 0; j < into->count && index >= 0; j++) {
			if (into->items[j] == index) {
				loaded = load_error(loader, &item, "'%s' is named twice",
					list->items[index].data);
				index = -1;
			}
		}
		if (index >= 0)
			list_add(loader, into, index);
	}
	return loaded;
}

bool
check_id(struct loader *loader, const struct node *node, struct slice id,
	const struct name_list *list, int place, const char *what)
{
	if (id.size == 0)
		return load_error(loader, node, "expected a name that is not empty");
	if (slice_equal(id, SLICE("else")) || slice_equal(id, SLICE("by")))
		return load_error(loader, node, "a %s cannot be named '%s'", what, id.data);
	for (int i = 0; i < place && i < list->count; i++) {
		if (slice_equal(list->items[i], id))
			return load_error(loader, node, "there is another %s '%s'", what, id.data);
	}
	return true;
}

/* ---- collecting ------------------------------------------------------------- */

static void
add_name(struct loader *loader, struct name_list *list, const char *name)
{
	struct slice *item = LOAD_APPEND(loader, list->items, list->count);

	*item = load_copy(loader, name ? name : "", name ? strlen(name) : 0);
}

static void
collect_members(struct loader *loader, const json_t *object, struct name_list *list)
{
	const char *name;
	json_t *value;

	/* Jansson's iterator takes no const object, though it changes nothing. */
	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		add_name(loader, list, name);
	}
}

static void
collect_ids(struct loader *loader, const json_t *array, size_t most, struct name_list *list)
{
	for (size_t i = 0; i < json_array_size(array) && i < most; i++)
		add_name(loader, list,
			json_string_value(json_object_get(json_array_get(array, i), "id")));
}

static void
collect_ladder(struct loader *loader, const json_t *ladder)
{
	struct name_list *levels;
	json_t *id = json_object_get(ladder, "id");
	int count = loader->ladders.count;

	levels = LOAD_APPEND(loader, loader->levels, count);
	add_name(loader, &loader->ladders, id ? json_string_value(id) : "tier");
	collect_ids(loader, json_object_get(ladder, "levels"), LEVELS_MAX, levels);
}

static void
collect_units(struct loader *loader, const json_t *units)
{
	struct programme *programme = loader->programme;
	const char *name;
	json_t *value;

	collect_members(loader, units, &loader->units);
	programme->unit_count = loader->units.count;
	programme->units =
		load_alloc(loader, (size_t)programme->unit_count + 1, sizeof(struct unit));
	for (int i = 0; i < programme->unit_count; i++) {
		json_int_t decimals;

		name = loader->units.items[i].data;
		value = json_object_get(json_object_get(units, name), "decimals");
		decimals = json_integer_value(value);
		programme->units[i].id = loader->units.items[i];
		programme->units[i].spendable = true;
		programme->units[i].decimals = decimals >= 0 && decimals <= 6 ? (int)decimals : 0;
		value = json_object_get(json_object_get(units, name), "spendable");
		if (json_is_false(value))
			programme->units[i].spendable = false;
	}
}

static void
collect_zone(struct loader *loader, const json_t *document)
{
	struct programme *programme = loader->programme;
	const char *zone = json_string_value(json_object_get(document, "timezone"));
	const char *currency = json_string_value(json_object_get(document, "currency"));
	struct loyalty_error error;

	if (zone && zone_load(slice_of(zone), &programme->zone, &error) != LOYALTY_OK) {
		if (error.code == LOYALTY_IO)
			loader->unread = error;
		if (error.code != LOYALTY_BAD)
			longjmp(loader->out_of_memory, 1);
		programme->zone = NULL;
	}
	programme->money_decimals = currency ? currency_decimals(slice_of(currency)) : -1;
	if (programme->money_decimals < 0)
		programme->money_decimals = 2; /* only so that amounts are looked at */
}

void
names_collect(struct loader *loader, const struct node *document)
{
	const json_t *tiers = json_object_get(document->json, "tiers");

	collect_zone(loader, document->json);
	collect_units(loader, json_object_get(document->json, "units"));
	collect_members(loader, json_object_get(document->json, "limits"), &loader->limits);
	collect_members(loader, json_object_get(document->json, "periods"), &loader->windows);
	collect_ids(loader, json_object_get(document->json, "earn"), SIZE_MAX, &loader->rules);
	collect_ids(loader, json_object_get(document->json, "rewards"), SIZE_MAX, &loader->rewards);
	if (json_is_object(tiers))
		collect_ladder(loader, tiers);
	for (size_t i = 0; i < json_array_size(tiers) && i < LADDERS_MAX; i++)
		collect_ladder(loader, json_array_get(tiers, i));
	loader->reward_ladders =
		load_alloc(loader, (size_t)loader->rewards.count + 1, sizeof(uint64_t));
	loader->limit_used = load_alloc(loader, (size_t)loader->limits.count + 1, sizeof(bool));
	loader->window_used = load_alloc(loader, (size_t)loader->windows.count + 1, sizeof(bool));
}

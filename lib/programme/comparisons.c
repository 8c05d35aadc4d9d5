/*
 * comparisons.c - the value of a condition's key: a scalar, a list, or
 * {min, max, above, below, not, exists, every, over}.
 */
#include "loader.h"

bool
scalar_of(struct loader *loader, struct slice text, struct scalar *scalar)
{
	*scalar = (struct scalar){ .kind = VALUE_STRING };
	scalar->text = load_copy(loader, text.data, text.size);
	scalar->is_decimal = decimal_read(scalar->text, &scalar->decimal) == DECIMAL_OK;
	return true;
}

bool
load_scalar(struct loader *loader, const struct node *node, struct scalar *scalar)
{
	struct slice text;

	*scalar = (struct scalar){ 0 };
	switch (json_typeof(node->json)) {
	case JSON_STRING:
		return scalar_of(loader, node_text(node), scalar);
	case JSON_TRUE:
		scalar->kind = VALUE_TRUE;
		return true;
	case JSON_FALSE:
		scalar->kind = VALUE_FALSE;
		return true;
	case JSON_NULL:
		scalar->kind = VALUE_NULL;
		return true;
	case JSON_INTEGER:
	case JSON_REAL:
		if (!load_number_text(loader, node, &text))
			return false;
		scalar_of(loader, text, scalar);
		scalar->kind = VALUE_NUMBER;
		return true;
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
	return load_error(loader, node, "expected a string, a number, true or false");
}

static bool
load_scalars(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct scalar_list *list = field;
	bool loaded = true;

	(void)unused;
	if (node_list_size(node) == 0)
		return load_error(loader, node, "expected at least one value");
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);

		loaded &= load_scalar(loader, &item, LOAD_APPEND(loader, list->items, list->count));
	}
	return loaded;
}

/* A comparison and the keys that struct comparison has no place for. */
struct comparison_parts {
	struct comparison compare;
	struct period *over;
	struct node over_node;
};

enum bound { BOUND_MIN, BOUND_MAX, BOUND_ABOVE, BOUND_BELOW };

static const enum bound bound_min = BOUND_MIN, bound_max = BOUND_MAX, bound_above = BOUND_ABOVE,
			bound_below = BOUND_BELOW;

static bool
load_bound(struct loader *loader, const struct node *node, void *field, const void *argument)
{
	struct comparison *compare = field;
	struct scalar *bound = NULL;

	switch (*(const enum bound *)argument) {
	case BOUND_MIN:
		bound = &compare->min;
		compare->has_min = true;
		break;
	case BOUND_MAX:
		bound = &compare->max;
		compare->has_max = true;
		break;
	case BOUND_ABOVE:
		bound = &compare->above;
		compare->has_above = true;
		break;
	case BOUND_BELOW:
		bound = &compare->below;
		compare->has_below = true;
		break;
	}
	if (!load_scalar(loader, node, bound))
		return false;
	if (bound->kind != VALUE_STRING && bound->kind != VALUE_NUMBER)
		return load_error(loader, node, "expected a number or a string");
	return true;
}

static bool
load_every(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct comparison *compare = field;

	(void)unused;
	compare->has_every = true;
	if (!load_decimal(loader, node, &compare->every))
		return false;
	if (compare->every.digits <= 0)
		return load_error(loader, node, "expected more than 0");
	return true;
}

static bool
load_exists(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct comparison *compare = field;

	(void)unused;
	if (!json_is_boolean(node->json))
		return load_error(loader, node, "expected true or false");
	compare->exists = json_is_true(node->json);
	return true;
}

static bool
load_over(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct comparison_parts *parts = field;

	(void)unused;
	if (!parts->over)
		return load_error(loader, node, "'over' belongs to 'earned' and 'history'");
	return load_period(loader, node, PERIOD_FOR_COUNTING, parts->over);
}

static const struct key comparison_table[] = {
	{ "min", load_bound, 0, &bound_min, false },
	{ "max", load_bound, 0, &bound_max, false },
	{ "above", load_bound, 0, &bound_above, false },
	{ "below", load_bound, 0, &bound_below, false },
	{ "not", load_scalars, offsetof(struct comparison_parts, compare.unequal), NULL, false },
	{ "exists", load_exists, 0, NULL, false },
	{ "every", load_every, 0, NULL, false },
	{ "over", load_over, 0, NULL, false },
};

const struct object_keys comparison_keys = OBJECT_KEYS("comparison", comparison_table);

bool
load_comparison(struct loader *loader, const struct node *node, struct comparison *compare,
	struct period *over)
{
	struct comparison_parts parts = { .compare = { .exists = -1 }, .over = over };
	bool loaded;

	if (!json_is_object(node->json))
		loaded = load_scalars(loader, node, &parts.compare.equals, NULL);
	else if (json_object_size(node->json) == 0)
		loaded = load_error(loader, node, "expected a comparison such as {\"min\": 1}");
	else
		loaded = load_object(loader, node, &comparison_keys, &parts);
	*compare = parts.compare;
	return loaded;
}

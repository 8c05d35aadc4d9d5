/*
 * tables.c - values that may change: a leaf, or {"by": SUBJECT, KEY: VALUE, "else": VALUE}.
 */
#include "loader.h"

/* Of amounts, decimals are replaced by those of the unit. */
const struct table_for for_give = { LEAF_RATIO, 0,
	TABLE_MAY_RECORD | TABLE_MAY_SPLIT | TABLE_MAY_BASIS };
const struct table_for for_per = { LEAF_RATIO, 0,
	TABLE_MAY_RECORD | TABLE_MAY_SPLIT | TABLE_NOT_ZERO };
const struct table_for for_cost = { LEAF_COUNT, 0, TABLE_MAY_RECORD | TABLE_NOT_ZERO };
const struct table_for for_count = { LEAF_COUNT, 0, TABLE_MAY_RECORD };
const struct table_for for_money = { LEAF_COUNT, MONEY_DECIMALS, TABLE_MAY_RECORD };
const struct table_for for_percent = { LEAF_RATIO, 0, TABLE_MAY_RECORD | TABLE_PERCENT };
const struct table_for for_ratio = { LEAF_RATIO, 0, TABLE_MAY_RECORD };
const struct table_for for_times = { LEAF_COUNT, 0, TABLE_MAY_RECORD | TABLE_NOT_ZERO };
const struct table_for for_needs = { LEAF_COUNT, 0, TABLE_NOT_ZERO | TABLE_COMPLETE };
const struct table_for for_life = { LEAF_LIFE, 0, TABLE_MAY_RECORD | TABLE_COMPLETE };
const struct table_for for_pending = { LEAF_PENDING, 0, TABLE_MAY_RECORD | TABLE_COMPLETE };
const struct table_for for_keep = { LEAF_KEEP, 0, TABLE_COMPLETE };
const struct table_for for_expiry = { LEAF_EXPIRY, 0, TABLE_COMPLETE };
const struct table_for for_basis = { LEAF_BASIS, 0, TABLE_MAY_RECORD };

struct table *
constant_table(struct loader *loader)
{
	struct table *table = load_alloc(loader, 1, sizeof(*table));

	table->subject = SUBJECT_NONE;
	table->index = table->column = table->counter = -1;
	table->life.until_clock = -1;
	table->expiry.life.until_clock = -1;
	return table;
}

/* ---- leaves --------------------------------------------------------------------- */

static bool
load_number_leaf(struct loader *loader, const struct node *node, const struct table_for *purpose,
	struct table *leaf)
{
	int decimals = purpose->decimals == MONEY_DECIMALS ? loader->programme->money_decimals
							   : purpose->decimals;

	if (!load_ratio(loader, node, &leaf->ratio))
		return false;
	if (purpose->leaf == LEAF_COUNT && !load_count(loader, node, decimals, &leaf->count))
		return false;
	if ((purpose->may & TABLE_NOT_ZERO) && leaf->ratio.num == 0)
		return load_error(loader, node, "expected more than 0");
	if ((purpose->may & TABLE_PERCENT) && leaf->ratio.num > 100 * (int128)leaf->ratio.den)
		return load_error(loader, node, "expected a percentage from 0 to 100");
	return true;
}

static bool
load_until(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct life *life = field;
	struct trigger trigger = { 0 };

	(void)unused;
	if (!load_trigger(loader, node, TRIGGERS_OF_CLOCK, &trigger))
		return false;
	life->until_clock = clock_of(loader, &trigger);
	return true;
}

static const struct key pending_table[] = {
	{ "until", load_until, 0, NULL, true },
	{ "notes", load_notes, 0, NULL, false },
};

const struct object_keys pending_keys = OBJECT_KEYS("pending", pending_table);

static bool
load_after(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct expiry *expiry = field;

	(void)unused;
	expiry->kind = EXPIRY_LIFE;
	if (!load_life(loader, node, &expiry->life))
		return false;
	if (expiry->life.forever)
		expiry->kind = EXPIRY_NEVER;
	return true;
}

/* "earned" is where every clock starts anyway. */
static bool
load_since(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct expiry *expiry = field;
	bool loaded = true;

	(void)unused;
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		struct trigger trigger = { 0 };

		if (slice_equal(node_text(&item), SLICE("earned")))
			continue;
		if (load_trigger(loader, &item, TRIGGERS_OF_CLOCK, &trigger))
			list_add(loader, &expiry->since, clock_of(loader, &trigger));
		else
			loaded = false;
	}
	return loaded;
}

static const struct key expiry_table[] = {
	{ "after", load_after, 0, NULL, true },
	{ "since", load_since, 0, NULL, false },
	{ "notes", load_notes, 0, NULL, false },
};

const struct object_keys expiry_keys = OBJECT_KEYS("expire", expiry_table);

static bool
load_expiry_leaf(struct loader *loader, const struct node *node, struct table *leaf)
{
	leaf->expiry.kind = EXPIRY_NEVER;
	if (slice_equal(node_text(node), SLICE("never")))
		return true;
	if (json_is_object(node->json))
		return load_object(loader, node, &expiry_keys, &leaf->expiry);
	return load_after(loader, node, &leaf->expiry, NULL);
}

static bool
load_part(struct loader *loader, const struct node *node, struct basis *basis)
{
	static const char items[] = "items.";
	const size_t prefix = sizeof(items) - 1;
	struct slice text = node_text(node);
	struct part part;
	int sign = 1;

	if (text.size > 1 && text.data[0] == '-') {
		sign = -1;
		text = (struct slice){ text.data + 1, text.size - 1 };
	}
	if (text.size == 0)
		return load_error(loader, node,
			"expected a part such as merchandise, tax, amount or items.qty");
	if (!part_of(loader, text.data, &part)) {
		part = (struct part){ .kind = PART_AMOUNT };
		if (text.size > prefix && memcmp(text.data, items, prefix) == 0) {
			part.kind = PART_ITEMS_FIELD;
			part.column = column_of(loader, SCOPE_ITEMS, text.data + prefix);
		} else if (!slice_equal(text, SLICE("amount"))) {
			part.kind = PART_FIELD;
			part.column = column_of(loader, SCOPE_RECORD, text.data);
			check_field_name(loader, node, text.data);
		}
	}
	part.sign = sign;
	*LOAD_APPEND(loader, basis->parts, basis->count) = part;
	return true;
}

static bool
load_basis_leaf(struct loader *loader, const struct node *node, struct basis *basis)
{
	bool loaded = true;

	if (node_list_size(node) == 0)
		return load_error(loader, node, "expected at least one part");
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);

		loaded &= load_part(loader, &item, basis);
	}
	return loaded;
}

static bool
load_leaf(struct loader *loader, const struct node *node, const struct table_for *purpose,
	struct table *leaf)
{
	switch (purpose->leaf) {
	case LEAF_RATIO:
	case LEAF_COUNT:
		return load_number_leaf(loader, node, purpose, leaf);
	case LEAF_LIFE:
		return load_life(loader, node, &leaf->life);
	case LEAF_PENDING:
		if (json_is_object(node->json))
			return load_object(loader, node, &pending_keys, &leaf->life);
		return load_life(loader, node, &leaf->life);
	case LEAF_KEEP:
		leaf->while_met = slice_equal(node_text(node), SLICE("while-met"));
		return leaf->while_met || load_life(loader, node, &leaf->life);
	case LEAF_EXPIRY:
		return load_expiry_leaf(loader, node, leaf);
	case LEAF_BASIS:
		return load_basis_leaf(loader, node, &leaf->basis);
	}
	return false;
}

/* ---- tables ----------------------------------------------------------------------- */

static void
add_uses(struct table_uses *uses, const struct table *table)
{
	if (!table)
		return;
	uses->level |= table->uses.level;
	uses->balance |= table->uses.balance;
	uses->lines |= table->uses.lines;
	uses->tenders |= table->uses.tenders;
}

static int
compare_keys(const struct table *table, const struct table_key *a, const struct table_key *b)
{
	if (table->subject == SUBJECT_BASIS || table->subject == SUBJECT_ITEM_QTY)
		return decimal_compare(a->decimal, b->decimal);
	return (a->bound > b->bound) - (a->bound < b->bound);
}

/* Keeps lower bounds rising; matches stay as they are written. */
static bool
add_key(struct loader *loader, const struct node *node, struct table *table, struct table_key key)
{
	int i;

	(void)LOAD_APPEND(loader, table->keys, table->key_count);
	for (i = table->key_count - 1; i > 0 && subject_is_ordered(table->subject); i--) {
		int order = compare_keys(table, &table->keys[i - 1], &key);

		if (order == 0)
			load_error(loader, node, "there is another key for the same value");
		if (order <= 0)
			break;
		table->keys[i] = table->keys[i - 1];
	}
	table->keys[i] = key;
	return true;
}

/* Whether some value applies whatever the subject is. */
static bool
check_complete(struct loader *loader, const struct node *node, const struct table *table)
{
	const struct name_list *levels;

	if (table->otherwise)
		return true;
	if (table->subject != SUBJECT_LEVEL)
		return load_error(loader, node, "a value is needed in every case: missing 'else'");
	levels = &loader->levels[table->index];
	for (int level = 0; level < levels->count; level++) {
		bool covered = false;

		for (int i = 0; i < table->key_count; i++)
			covered |= table->keys[i].bound == level;
		if (!covered)
			return load_error(loader, node,
				"a value is needed in every case: missing level '%s' or 'else'",
				levels->items[level].data);
	}
	return true;
}

static bool
load_branches(struct loader *loader, const struct node *node, const struct table_for *purpose,
	struct table *table)
{
	struct node child = { NULL, node, NULL, -1 };
	bool loaded = true;

	json_object_foreach(node->json, child.key, child.json) {
		struct table_key key = { .text = { "", 0 } };
		struct table *value;

		child.place++;
		if (strcmp(child.key, "by") == 0)
			continue;
		value = load_table(loader, &child, purpose);
		loaded &= value != NULL;
		add_uses(&table->uses, value);
		if (strcmp(child.key, "else") == 0) {
			table->otherwise = value;
			continue;
		}
		key.value = value;
		if (load_table_key(loader, &child, table, &key))
			loaded &= add_key(loader, &child, table, key);
		else
			loaded = false;
	}
	if (table->key_count == 0 && loaded)
		return load_error(loader, node, "expected at least one key beside 'by'");
	return loaded;
}

struct table *
load_table(struct loader *loader, const struct node *node, const struct table_for *purpose)
{
	struct table *table = constant_table(loader);
	struct node by;

	if (node_too_deep(loader, node))
		return NULL;
	if (!json_is_object(node->json) || !json_object_get(node->json, "by")) {
		if (json_is_object(node->json) && purpose->leaf != LEAF_EXPIRY &&
			purpose->leaf != LEAF_PENDING) {
			load_error(loader, node, "expected a value, or a table with 'by'");
			return NULL;
		}
		return load_leaf(loader, node, purpose, table) ? table : NULL;
	}
	by = node_member(node, "by");
	if (!load_subject(loader, &by, purpose, table))
		return NULL;
	if (!load_branches(loader, node, purpose, table))
		return NULL;
	if ((purpose->may & TABLE_COMPLETE) && !check_complete(loader, node, table))
		return NULL;
	return table;
}

bool
load_table_field(struct loader *loader, const struct node *node, void *field, const void *argument)
{
	struct table *table = load_table(loader, node, argument);

	*(struct table **)field = table;
	return table != NULL;
}

bool
load_unit_amounts(struct loader *loader, const struct node *node, void *field, const void *argument)
{
	struct unit_amounts *amounts = field;
	struct table_for purpose = *(const struct table_for *)argument;
	struct node child = { NULL, node, NULL, -1 };
	bool loaded = true;

	if (!json_is_object(node->json) || json_object_size(node->json) == 0)
		return load_error(loader, node, "expected {unit: number}");
	json_object_foreach(node->json, child.key, child.json) {
		struct unit_amount amount = { 0 };

		child.place++;
		amount.unit = name_find(&loader->units, slice_of(child.key));
		if (amount.unit < 0) {
			loaded = load_unknown(loader, &child, "unit", child.key, &loader->units);
			continue;
		}
		purpose.decimals = loader->programme->units[amount.unit].decimals;
		amount.amount = load_table(loader, &child, &purpose);
		loaded &= amount.amount != NULL;
		*LOAD_APPEND(loader, amounts->items, amounts->count) = amount;
	}
	return loaded;
}

/*
 * columns.c - which fields of records a programme reads.
 *
 * The engine's own come first, in the order of the enums of programme.h, so
 * that an enum constant is a column. Lines of a purchase and lines of a basket
 * get the same columns, because a reward's `item` is looked for in either.
 */
#include "loader.h"

const enum scope scope_items = SCOPE_ITEMS;
const enum scope scope_tenders = SCOPE_TENDERS;

static int
column_add(struct loader *loader, int table, const char *path)
{
	int column = shape_column(loader->programme->shape, table, slice_of(path));

	if (column < 0)
		longjmp(loader->out_of_memory, 1);
	return column;
}

static void
table_add(struct loader *loader, enum record_table table, const char *path)
{
	if (shape_table(loader->programme->shape, slice_of(path)) != (int)table)
		longjmp(loader->out_of_memory, 1);
}

void
columns_register(struct loader *loader)
{
	static const char *const fields[] = {
#define X(constant, name) name,
		RECORD_FIELDS(X)
#undef X
	};
	static const char *const item_fields[] = {
#define X(constant, name) name,
		ITEM_FIELDS(X)
#undef X
	};

	for (int i = 0; i < RECORD_FIELD_COUNT; i++)
		column_add(loader, TABLE_RECORD, fields[i]);
	table_add(loader, TABLE_ITEMS, "items");
	table_add(loader, TABLE_TENDERS, "tenders");
	table_add(loader, TABLE_BASKET_ITEMS, "basket.items");
	for (int i = 0; i < ITEM_FIELD_COUNT; i++)
		column_of(loader, SCOPE_ITEMS, item_fields[i]);
	column_of(loader, SCOPE_TENDERS, "kind");
	column_of(loader, SCOPE_TENDERS, "amount");
}

int
column_of(struct loader *loader, enum scope scope, const char *path)
{
	switch (scope) {
	case SCOPE_RECORD:
		return column_add(loader, TABLE_RECORD, path);
	case SCOPE_TENDERS:
		return column_add(loader, TABLE_TENDERS, path);
	case SCOPE_ITEMS:
	case SCOPE_BASKET_ITEMS:
		break;
	}
	column_add(loader, TABLE_BASKET_ITEMS, path);
	return column_add(loader, TABLE_ITEMS, path);
}

int
attribute_of(struct loader *loader, const char *name)
{
	struct programme *programme = loader->programme;
	struct attribute *attribute;

	for (int i = 0; i < programme->attribute_count; i++) {
		if (slice_equal(programme->attributes[i].name, slice_of(name)))
			return i;
	}
	attribute = LOAD_APPEND(loader, programme->attributes, programme->attribute_count);
	attribute->name = load_copy(loader, name, strlen(name));
	attribute->column = column_of(loader, SCOPE_RECORD, name);
	return programme->attribute_count - 1;
}

bool
part_of(struct loader *loader, const char *name, struct part *part)
{
	static const struct {
		const char *name;
		enum part_kind kind;
	} parts[] = {
		{ "merchandise", PART_MERCHANDISE },
		{ "tax", PART_TAX },
		{ "shipping", PART_SHIPPING },
		{ "tip", PART_TIP },
		{ "fees", PART_FEES },
		{ "donation", PART_DONATION },
		{ "discount", PART_DISCOUNT },
	};
	static const char discount[] = "discount.";
	const size_t prefix = sizeof(discount) - 1;

	*part = (struct part){ .sign = 1 };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(name, parts[i].name) == 0) {
			part->kind = parts[i].kind;
			return true;
		}
	}
	if (strncmp(name, discount, prefix) != 0 || !name[prefix])
		return false;
	part->kind = PART_DISCOUNT;
	part->discount_kind = load_copy(loader, name + prefix, strlen(name + prefix));
	return true;
}

/* A slip of one letter would make a condition that never holds. */
void
check_field_name(struct loader *loader, const struct node *node, const char *name)
{
	static const char *const usual[] = { "amount", "category", "channel", "choice", "codes",
		"currency", "discount", "donation", "merchandise", "network", "occurred", "points",
		"quantity", "region", "reward", "shipping", "source", "store", "tenders",
		"voucher" };
	const int count = (int)(sizeof(usual) / sizeof(usual[0]));
	char first[2] = { name[0], '\0' };
	const char *nearest;

	for (int i = 0; i < count; i++) {
		if (strcmp(usual[i], name) == 0)
			return;
	}
	nearest = strlen(name) >= 5 ? nearest_name(name, usual, count) : NULL;
	/* Words of our own are often near; a slip keeps the first letter and the length. */
	if (nearest && nearest[0] == first[0] && strlen(nearest) <= strlen(name) + 1 &&
		strlen(name) <= strlen(nearest) + 1)
		load_warning(loader, node, "records seldom have a field '%s': did you mean '%s'?",
			name, nearest);
}

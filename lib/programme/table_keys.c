/*
 * table_keys.c - what a table goes by, and its keys.
 */
#include "loader.h"

bool
subject_is_ordered(enum subject subject)
{
	return subject >= SUBJECT_DATE;
}

static const char *
after_prefix(const char *text, const char *prefix)
{
	size_t size = strlen(prefix);

	return strncmp(text, prefix, size) == 0 && text[size] ? text + size : NULL;
}

static bool
load_unit_subject(struct loader *loader, const struct node *node, const char *name,
	enum subject subject, struct table *table)
{
	struct period lifetime = { .kind = PERIOD_LIFETIME, .window = -1 };

	table->subject = subject;
	table->index = name_find(&loader->units, slice_of(name));
	if (table->index < 0)
		return load_unknown(loader, node, "unit", name, &loader->units);
	if (subject == SUBJECT_EARNED)
		table->counter = earned_counter(loader, table->index, &lifetime);
	if (subject == SUBJECT_BALANCE) {
		table->uses.balance = true;
		note_reads(loader, READS_BALANCE);
	}
	return true;
}

static bool
load_line_subject(struct loader *loader, const struct node *node, const char *name,
	const struct table_for *purpose, struct table *table)
{
	table->subject = SUBJECT_ITEM;
	if (strcmp(name, "amount") == 0)
		table->subject = SUBJECT_ITEM_AMOUNT;
	else if (strcmp(name, "qty") == 0)
		table->subject = SUBJECT_ITEM_QTY;
	table->column = column_of(loader, SCOPE_ITEMS, name);
	table->uses.lines = true;
	if (purpose->may & TABLE_MAY_SPLIT)
		return true;
	return load_error(loader, node, "only 'give', 'multiply' and 'per' can go by lines");
}

static bool
load_tender_subject(struct loader *loader, const struct node *node, const char *name,
	const struct table_for *purpose, struct table *table)
{
	table->subject = SUBJECT_TENDER;
	table->column = column_of(loader, SCOPE_TENDERS, name);
	table->uses.tenders = true;
	if (purpose->may & TABLE_MAY_SPLIT)
		return true;
	return load_error(loader, node, "only 'give', 'multiply' and 'per' can go by tenders");
}

static bool
load_time_subject(
	struct loader *loader, const struct node *node, const char *name, struct table *table)
{
	if (strcmp(name, "date") == 0)
		table->subject = SUBJECT_DATE;
	else if (strcmp(name, "time") == 0)
		table->subject = SUBJECT_TIME;
	else if (strcmp(name, "weekday") == 0)
		table->subject = SUBJECT_WEEKDAY;
	else
		return load_error(loader, node, "expected at.date, at.time or at.weekday");
	return true;
}

static bool
load_record_subject(struct loader *loader, const struct node *node, const char *name,
	const struct table_for *purpose, struct table *table)
{
	bool basis = strcmp(name, "basis") == 0;

	if (basis && !(purpose->may & TABLE_MAY_BASIS))
		return load_error(loader, node, "only 'give' and 'multiply' can go by the basis");
	if (!(purpose->may & TABLE_MAY_RECORD))
		return load_error(loader, node,
			"this cannot go by a record: expected a ladder, at.date or member.NAME");
	if (basis) {
		table->subject = SUBJECT_BASIS;
	} else if (strcmp(name, "amount") == 0) {
		table->subject = SUBJECT_AMOUNT;
		table->column = FIELD_AMOUNT;
	} else {
		table->subject = SUBJECT_FIELD;
		table->column = column_of(loader, SCOPE_RECORD, name);
		check_field_name(loader, node, name);
	}
	return true;
}

bool
load_subject(struct loader *loader, const struct node *node, const struct table_for *purpose,
	struct table *table)
{
	const char *text = json_string_value(node->json);
	const char *rest;
	int ladder = name_find(&loader->ladders, node_text(node));

	if (!text || !text[0])
		return load_error(loader, node, "expected what the table goes by");
	if (ladder >= 0) {
		table->subject = SUBJECT_LEVEL;
		table->index = ladder;
		table->uses.level = true;
		note_level_read(loader, ladder);
		return true;
	}
	if (strcmp(text, "tier") == 0)
		return load_error(loader, node, "the programme has no ladder 'tier'");
	if ((rest = after_prefix(text, "at.")))
		return load_time_subject(loader, node, rest, table);
	if ((rest = after_prefix(text, "member."))) {
		table->subject = SUBJECT_MEMBER;
		table->index = attribute_of(loader, rest);
		return true;
	}
	if ((rest = after_prefix(text, "balance.")))
		return load_unit_subject(loader, node, rest, SUBJECT_BALANCE, table);
	if ((rest = after_prefix(text, "earned.")))
		return load_unit_subject(loader, node, rest, SUBJECT_EARNED, table);
	if ((rest = after_prefix(text, "items.")))
		return load_line_subject(loader, node, rest, purpose, table);
	if ((rest = after_prefix(text, "tenders.")))
		return load_tender_subject(loader, node, rest, purpose, table);
	return load_record_subject(loader, node, text, purpose, table);
}

/* ---- keys ------------------------------------------------------------------------- */

static bool
load_level_key(struct loader *loader, const struct node *node, const struct table *table,
	struct table_key *key)
{
	const struct name_list *levels = &loader->levels[table->index];

	key->bound = name_find(levels, key->text);
	return key->bound >= 0 || load_unknown(loader, node, "level", key->text.data, levels);
}

static bool
load_date_key(struct loader *loader, const struct node *node, struct table_key *key)
{
	int32_t day;

	if (day_parse(key->text, &day) != TIME_OK)
		return load_error(loader, node, "expected a date such as 2026-03-10 as key");
	key->bound = day;
	return true;
}

static bool
load_clock_key(struct loader *loader, const struct node *node, struct table_key *key)
{
	int minute;

	if (!parse_clock(key->text, &minute))
		return load_error(loader, node, "expected a time such as 09:00 as key");
	key->bound = minute * 60 * SECOND_MICROS;
	return true;
}

static bool
load_number_key(struct loader *loader, const struct node *node, int decimals, struct table_key *key)
{
	enum decimal_result result = decimal_read(key->text, &key->decimal);

	if (result == DECIMAL_OK && decimals >= 0)
		result = decimal_parse(key->text, decimals, &key->bound);
	if (result == DECIMAL_INEXACT)
		return load_error(loader, node, "expected at most %d decimals in a key", decimals);
	if (result != DECIMAL_OK)
		return load_error(loader, node, "expected a number as key");
	return true;
}

bool
load_table_key(
	struct loader *loader, const struct node *node, struct table *table, struct table_key *key)
{
	const struct programme *programme = loader->programme;

	key->text = load_copy(loader, node->key, strlen(node->key));
	scalar_of(loader, key->text, &key->scalar);
	switch (table->subject) {
	case SUBJECT_LEVEL:
		return load_level_key(loader, node, table, key);
	case SUBJECT_WEEKDAY:
		key->bound = weekday_of(key->text);
		return key->bound >= 0 ||
		       load_error(loader, node, "expected a day of the week such as monday as key");
	case SUBJECT_DATE:
		return load_date_key(loader, node, key);
	case SUBJECT_TIME:
		return load_clock_key(loader, node, key);
	case SUBJECT_AMOUNT:
	case SUBJECT_ITEM_AMOUNT:
		return load_number_key(loader, node, programme->money_decimals, key);
	case SUBJECT_BALANCE:
	case SUBJECT_EARNED:
		return load_number_key(loader, node, programme->units[table->index].decimals, key);
	case SUBJECT_BASIS:
	case SUBJECT_ITEM_QTY:
		return load_number_key(loader, node, -1, key);
	case SUBJECT_NONE:
	case SUBJECT_FIELD:
	case SUBJECT_MEMBER:
	case SUBJECT_ITEM:
	case SUBJECT_TENDER:
		break;
	}
	return true;
}

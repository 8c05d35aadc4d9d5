/*
 * causes.c - what postings are `of`: facts, due dates, and postings before them.
 *
 * A cause and its postings stand together, and everything that a fact brings about stands before
 * the next one; so nothing but what came since the latest fact has to be known.
 */
#include "state.h"

#include <stdio.h>

/* ---- facts ------------------------------------------------------------------ */

void
audit_close_agenda(struct audit *audit)
{
	struct agenda *agenda = &audit->agenda;

	for (int unit = 0; unit < audit->unit_count; unit++) {
		char text[AMOUNT_TEXT_MAX];

		if (audit->units[unit].transferred)
			anomaly_at(audit, agenda->fact_line,
				"units: what is transferred here makes %s, not nothing",
				amount_text(audit, unit, audit->units[unit].transferred, text));
		audit->units[unit].transferred = 0;
	}
	agenda->count = agenda->current = agenda->group_first = 0;
	agenda->group = GROUP_NONE;
	agenda->closes = false;
}

/* The member that a string of the fact names; index + 1, 0: nobody. */
static uint32_t
named_member(struct audit *audit, enum column name)
{
	struct slice key = text_of(audit, column(audit, name));
	uint32_t member = key.size ? audit_add_member(audit, key) : UINT32_MAX;

	if (member == UINT32_MAX)
		return 0;
	audit->members[member].known = true;
	return member + 1;
}

/* Whom facts of the type name; whatever else a fact says is its own. */
static uint32_t
named_by_type(const struct audit *audit, uint32_t referrer)
{
	switch (audit->line.type) {
	case FACT_TRANSFER:
		return audit->agenda.named[0];
	case FACT_MERGE:
		return audit->agenda.named[1];
	case FACT_ENROL:
	case FACT_PROFILE:
		return referrer;
	default:
		return 0;
	}
}

/* Whoever a fact names may have something due before it, too. */
static void
find_named(struct audit *audit)
{
	struct agenda *agenda = &audit->agenda;
	uint32_t key = audit->line.member_index;
	uint32_t referrer = named_member(audit, COLUMN_REFERRER);

	/* Nobody is their own referrer. */
	if (referrer && audit_root(audit, referrer - 1) != audit_root(audit, key))
		audit->members[audit_root(audit, key)].referrer = referrer;
	agenda->named[0] = named_member(audit, COLUMN_TO);
	agenda->named[1] = named_member(audit, COLUMN_INTO);
	agenda->named[2] = audit->members[audit_root(audit, key)].referrer;
	agenda->named[3] = audit->members[key].referrer;
	agenda->other = named_by_type(audit, referrer);
}

/* What time caused stands before the record of whom it was caused for. */
static void
check_due_member(struct audit *audit)
{
	struct agenda *agenda = &audit->agenda;
	uint32_t waiting = agenda->due_member;

	agenda->due_member = 0;
	if (!waiting || audit->line.type == FACT_TICK ||
		audit_root(audit, waiting - 1) == audit_root(audit, audit->line.member_index))
		return;
	anomaly_at(audit, agenda->due_line,
		"time: what time caused for '%.*s' stands before a record of '%.*s'",
		SHOW(audit->members[waiting - 1].key), SHOW(audit->line.member));
}

/* A limit that all members share ties them together: then none is earlier than another. */
static bool
ties_everybody(const struct audit *audit)
{
	for (int i = 0; audit->of_programme && i < audit->programme->limit_count; i++)
		if (audit->programme->limits[i].shared)
			return true;
	return false;
}

/* A late fact counts no earlier than others whom it moves, too, of which no posting need tell. */
static void
keep_up(const struct audit *audit, struct when *at)
{
	uint32_t other = audit->agenda.other;
	const struct audit_member *named =
		other ? &audit->members[audit_root(audit, other - 1)] : NULL;

	if (at->at < audit->latest && ties_everybody(audit))
		at->at = audit->latest;
	if (named && named->timed && certainly_before(*at, named->clock))
		*at = named->clock;
}

/* When a fact counts: where late ones are posted, at the clock of its member. */
static void
check_order(struct audit *audit, struct when *at)
{
	const struct audit_member *member =
		&audit->members[audit_root(audit, audit->line.member_index)];
	char clock[INSTANT_TEXT_MAX];

	if (audit->ticked && certainly_before(*at, audit->tick)) {
		if (audit->late)
			*at = audit->tick;
		else
			anomaly(audit, "time: a fact of before the tick of %s",
				when_text(audit, audit->tick, clock));
	}
	if (member->timed && certainly_before(*at, member->clock)) {
		if (audit->late)
			*at = member->clock;
		else
			anomaly(audit, "time: '%.*s' was at %s already", SHOW(member->key),
				when_text(audit, member->clock, clock));
	}
	if (audit->late)
		keep_up(audit, at);
}

/* type@at, as the line has it. */
static uint64_t
nameless_id(struct audit *audit)
{
	struct slice at = text_of(audit, column(audit, COLUMN_AT));
	char name[128];
	int size = snprintf(name, sizeof(name), "%s@%.*s", record_type_name(audit->line.type),
		(int)at.size, at.data);

	return audit_hash(
		(struct slice){ name, size < (int)sizeof(name) ? (size_t)size : sizeof(name) - 1 });
}

static void
audit_tick(struct audit *audit)
{
	struct when at = audit->line.at;
	char tick[INSTANT_TEXT_MAX];

	if (audit->late && audit->ticked && certainly_before(at, audit->tick))
		at = audit->tick;
	if (audit->ticked && certainly_before(at, audit->tick))
		anomaly(audit, "time: a tick of before the tick of %s",
			when_text(audit, audit->tick, tick));
	audit_once_fact(audit, audit->line.id, UINT32_MAX, at);
	/* Until the next fact, what was due before this tick comes. */
	if (!audit->ticked || certainly_before(audit->tick, at)) {
		audit->floored = audit->ticked;
		audit->floor = audit->tick;
	}
	audit->ticked = audit->sweeping = true;
	audit->tick = at;
	audit->agenda.has_fact = false;
}

/* A fact may be of others, too: then they may have been there, and what was due to them comes after it. */
static void
move_named(struct audit *audit, struct when at)
{
	for (int i = 0; i < 4; i++) {
		uint32_t named = audit->agenda.named[i];
		struct audit_member *member;

		if (!named)
			continue;
		member = &audit->members[audit_root(audit, named - 1)];
		if (member->named_at < at.at)
			member->named_at = at.at;
	}
}

void
audit_fact(struct audit *audit)
{
	struct agenda *agenda = &audit->agenda;
	const struct value *points = column(audit, COLUMN_POINTS);
	struct audit_member *member;
	struct when at = audit->line.at;

	audit_close_agenda(audit);
	audit_settle_merge(audit);
	check_due_member(audit);
	agenda->fact_line = audit->line.number;
	if (audit->line.type == FACT_TICK) {
		audit_tick(audit);
		return;
	}
	audit->floored = audit->ticked;
	audit->floor = audit->tick;
	audit->sweeping = false;
	find_named(audit);
	if (audit->no_memory)
		return;
	check_order(audit, &at);
	audit_once_fact(audit, audit->line.id, audit->line.member_index, at);
	member = &audit->members[audit_root(audit, audit->line.member_index)];
	member->clock = at;
	member->timed = true;
	if (audit->latest < at.at)
		audit->latest = at.at;
	move_named(audit, at);
	audit->members[audit->line.member_index].known = true;
	if (audit->line.type == FACT_CANCEL)
		member->cancelled = audit->sequence;
	agenda->has_fact = true;
	agenda->fact_done = false;
	agenda->fact = (struct cause){
		.id = audit->line.id.size ? audit_hash(audit->line.id) : nameless_id(audit),
		.key = audit->line.member_index,
		.at = at,
		.type = audit->line.type,
		.nameless = audit->line.id.size == 0,
	};
	if (audit->line.type == FACT_MERGE && !(audit->deciders & DECIDE_REDEEM))
		agenda->merging = agenda->named[1];
	agenda->has_points = points->kind != VALUE_ABSENT &&
			     decimal_read(points->text, &agenda->points) == DECIMAL_OK;
}

/* ---- causes ---------------------------------------------------------------------- */

/* NAME@instant, where NAME is not that of a fact without id. */
static bool
is_due(struct audit *audit, struct slice of, struct slice *name, struct when *at)
{
	size_t mark = of.size;

	while (mark > 0 && of.data[mark - 1] != '@')
		mark--;
	if (mark < 2)
		return false;
	*name = (struct slice){ of.data, mark - 1 };
	return !is_fact(record_type_of(*name)) &&
	       when_of(audit, (struct slice){ of.data + mark, of.size - mark }, at);
}

static bool
closes_period(const struct audit *audit, struct slice name)
{
	if (slice_equal(name, SLICE("tier")))
		return true;
	for (int i = 0; audit->of_programme && i < audit->programme->moment_count; i++)
		if (audit->programme->moments[i].closes &&
			slice_equal(name, audit->programme->moments[i].name))
			return true;
	return false;
}

instant
audit_judged(const struct audit *audit)
{
	return audit->agenda.closes ? audit->line.at.at - 1 : audit->line.at.at;
}

/* What is due to others than those whom the fact names waits for a record of theirs. */
static void
note_due_member(struct audit *audit)
{
	struct agenda *agenda = &audit->agenda;
	uint32_t root = audit_root(audit, audit->line.member_index);

	if (audit->postings_only ||
		(audit->sweeping && !certainly_before(audit->tick, audit->line.at)))
		return;
	for (int i = 0; agenda->has_fact && !agenda->fact_done && i < 4; i++)
		if (agenda->named[i] && audit_root(audit, agenda->named[i] - 1) == root)
			return;
	if (agenda->due_member && audit_root(audit, agenda->due_member - 1) != root)
		anomaly(audit,
			"time: what time caused for '%.*s' stands before no record of theirs",
			SHOW(audit->members[agenda->due_member - 1].key));
	agenda->due_member = audit->line.member_index + 1;
	agenda->due_line = audit->line.number;
}

static const struct cause *
due_cause(struct audit *audit, uint64_t id, struct slice name, uint32_t key, struct when at)
{
	struct agenda *agenda = &audit->agenda;

	audit_close_agenda(audit);
	agenda->due = (struct cause){ .id = id, .key = key, .at = at, .type = RECORD_OTHER };
	agenda->group = GROUP_DUE;
	agenda->closes = closes_period(audit, name);
	agenda->rank = 0;
	note_due_member(audit);
	return &agenda->due;
}

/* The cause of the group that is being read. */
static const struct cause *
present_cause(const struct agenda *agenda)
{
	switch (agenda->group) {
	case GROUP_FACT:
		return &agenda->fact;
	case GROUP_DUE:
		return &agenda->due;
	case GROUP_POSTING:
		return &agenda->postings[agenda->current];
	case GROUP_NONE:
		break;
	}
	return NULL;
}

/* A late fact without id is called by when it counts. */
static bool
is_late_fact(struct audit *audit, struct slice name)
{
	const struct cause *fact = &audit->agenda.fact;
	struct slice type = slice_of(record_type_name(fact->type));
	struct when at;

	if (!audit->late || !fact->nameless || name.size <= type.size ||
		memcmp(name.data, type.data, type.size) != 0 || name.data[type.size] != '@')
		return false;
	name.data += type.size + 1;
	name.size -= type.size + 1;
	return when_of(audit, name, &at) && !certainly_before(at, fact->at);
}

static const struct cause *
begin_group(struct agenda *agenda, enum group group, uint32_t current)
{
	agenda->group = group;
	agenda->current = current;
	agenda->group_first = agenda->count;
	agenda->rank = 0;
	return present_cause(agenda);
}

static bool
is_cause(const struct cause *cause, uint64_t id, uint32_t key)
{
	return cause->id == id && cause->key == key;
}

/* Of a ledger without facts: it may have been one. */
static const struct cause *
unseen_cause(struct audit *audit, uint64_t id, uint32_t key)
{
	struct agenda *agenda = &audit->agenda;

	audit_close_agenda(audit);
	agenda->has_fact = true;
	agenda->fact_done = true;
	agenda->fact =
		(struct cause){ .id = id, .key = key, .at = audit->line.at, .type = FACT_CANCEL };
	return begin_group(agenda, GROUP_FACT, 0);
}

static const struct cause *
no_cause(struct audit *audit, uint64_t id, uint32_t key)
{
	struct agenda *agenda = &audit->agenda;
	const struct slice whose = audit->members[key].key;

	for (uint32_t i = 0; i < agenda->count; i++)
		if (is_cause(&agenda->postings[i], id, key)) {
			anomaly(audit, "cause: the postings of '%.*s' do not stand together",
				SHOW(audit->line.of));
			return NULL;
		}
	if (agenda->has_fact && is_cause(&agenda->fact, id, key))
		anomaly(audit, "cause: the postings of '%.*s' do not stand together",
			SHOW(audit->line.of));
	else
		anomaly(audit, "cause: nothing called '%.*s' of '%.*s' came just before",
			SHOW(audit->line.of), SHOW(whose));
	return NULL;
}

/* The latest fact has its own group now, what was due before it is over. */
static const struct cause *
fact_cause(struct audit *audit, uint64_t id)
{
	struct agenda *agenda = &audit->agenda;

	if (agenda->due_member)
		anomaly_at(audit, agenda->due_line,
			"time: what time caused for '%.*s' stands between a fact and its postings",
			SHOW(audit->members[agenda->due_member - 1].key));
	agenda->due_member = 0;
	audit_close_agenda(audit);
	agenda->fact_done = true;
	agenda->fact.id = id;
	/* Others than its member may have been later than that, too. */
	if (audit->late && certainly_before(agenda->fact.at, audit->line.at))
		agenda->fact.at = audit->line.at;
	return begin_group(agenda, GROUP_FACT, 0);
}

/* Whatever of an id is just now a cause, or may be one from here on; NULL: nothing. */
static const struct cause *
cause_called(struct audit *audit, struct slice name, uint32_t key)
{
	struct agenda *agenda = &audit->agenda;
	uint64_t id = audit_hash(name);
	struct slice due;
	struct when at;

	for (uint32_t i = 0; i < agenda->count; i++)
		if (agenda->postings[i].id == id)
			return &agenda->postings[i];
	if (agenda->group != GROUP_NONE && agenda->due.id == id)
		return &agenda->due;
	if (agenda->has_fact && agenda->fact.id == id)
		return agenda->fact_done ? &agenda->fact : fact_cause(audit, id);
	if (agenda->has_fact && !agenda->fact_done && is_late_fact(audit, name))
		return fact_cause(audit, id);
	if (is_due(audit, name, &due, &at))
		return due_cause(audit, id, due, key, at);
	return NULL;
}

/* A posting that a later filter will make; its id tells what it goes back to. */
static const struct cause *
cause_to_come(struct audit *audit, uint64_t id, uint32_t key)
{
	struct agenda *agenda = &audit->agenda;
	struct slice name = audit->line.of;
	const struct cause *root = NULL;
	struct when at;

	while (!root && name.size > 0)
		if (name.data[--name.size] == ':')
			root = cause_called(audit, name, key);
	if (!root)
		return NULL;
	at = root->at;
	if (!reserve((void **)&agenda->postings, agenda->count, &agenda->capacity,
		    sizeof(*agenda->postings))) {
		audit->no_memory = true;
		return NULL;
	}
	agenda->postings[agenda->count++] = (struct cause){
		.id = id, .base = id, .number = 1, .key = key, .at = at, .type = RECORD_OTHER
	};
	return begin_group(agenda, GROUP_POSTING, agenda->count - 1);
}

const struct cause *
audit_find_cause(struct audit *audit)
{
	struct agenda *agenda = &audit->agenda;
	const struct cause *present = present_cause(agenda);
	uint64_t id = audit_hash(audit->line.of);
	uint32_t key = audit->line.member_index;
	struct slice name;
	struct when at;

	if (audit->line.by.data) {
		key = audit->postings_only ? audit_add_member(audit, audit->line.by)
					   : audit_find_member(audit, audit->line.by);
		if (audit->no_memory)
			return NULL;
		if (key == UINT32_MAX) {
			anomaly(audit, "cause: nobody called '%.*s' was there before",
				SHOW(audit->line.by));
			return NULL;
		}
		if (key == audit->line.member_index)
			anomaly(audit, "id: 'by' is for what another member caused");
	}
	if (present && is_cause(present, id, key))
		return present;
	for (uint32_t i = agenda->group == GROUP_POSTING ? agenda->current + 1 : 0;
		i < agenda->count; i++)
		if (is_cause(&agenda->postings[i], id, key))
			return begin_group(agenda, GROUP_POSTING, i);
	if (agenda->has_fact && !agenda->fact_done && agenda->fact.key == key &&
		(agenda->fact.id == id || is_late_fact(audit, audit->line.of)))
		return fact_cause(audit, id);
	if (is_due(audit, audit->line.of, &name, &at) && !audit->line.by.data)
		return due_cause(audit, id, name, key, at);
	if (audit->postings_only)
		return unseen_cause(audit, id, key);
	present = audit->deciders == DECIDE_ALL ? NULL : cause_to_come(audit, id, key);
	return present || audit->no_memory ? present : no_cause(audit, id, key);
}

/* ---- ids -------------------------------------------------------------------------- */

static bool
skip(struct slice *text, struct slice part)
{
	if (text->size < part.size || memcmp(text->data, part.data, part.size) != 0)
		return false;
	text->data += part.size;
	text->size -= part.size;
	return true;
}

/* The number behind of:rule[:by]; 1 where there is none, 0: the id is not made so. */
static unsigned
id_number(const struct line *line)
{
	struct slice rest = line->id;
	int64_t number;

	if (!skip(&rest, line->of) || !skip(&rest, SLICE(":")) || !skip(&rest, line->rule))
		return 0;
	if (line->by.data && (!skip(&rest, SLICE(":")) || !skip(&rest, line->by)))
		return 0;
	if (rest.size == 0)
		return 1;
	if (!skip(&rest, SLICE("#")) || decimal_parse(rest, 0, &number) != DECIMAL_OK ||
		number < 2 || number > INT32_MAX)
		return 0;
	return (unsigned)number;
}

static struct slice
without_number(struct slice id, unsigned number)
{
	if (number > 1)
		while (id.data[--id.size] != '#')
			;
	return id;
}

/* The number that the posting in hand should have. */
static unsigned
next_number(const struct audit *audit, uint64_t base)
{
	const struct agenda *agenda = &audit->agenda;

	for (uint32_t i = agenda->count; i-- > agenda->group_first;)
		if (agenda->postings[i].base == base &&
			agenda->postings[i].key == audit->line.member_index)
			return agenda->postings[i].number + 1;
	return 1;
}

struct slice
audit_numbered(struct audit *audit, struct slice base, unsigned number)
{
	size_t room = audit->text_size - audit->text_used;
	char *text = audit->text + audit->text_used;

	if (number < 2 || base.size + 16 >= room)
		return base;
	return (struct slice){ text,
		(size_t)snprintf(text, base.size + 16, "%.*s#%u", SHOW(base), number) };
}

/* Whether the posting in hand may not have the id, as a lot or a voucher before it has it. */
static bool
is_taken(struct audit *audit, struct slice id)
{
	if (audit->line.type == POSTING_ISSUED)
		return audit_find_voucher(audit, audit->line.member_index, audit_hash(id));
	return audit_had_lot(audit, id);
}

/* Such ids are passed over; after an opening, also those of what is not known any more. */
static bool
are_passed_over(struct audit *audit, struct slice base, unsigned from, unsigned number)
{
	enum record_type type = audit->line.type;

	if (type != POSTING_EARNED && type != POSTING_ADJUSTED && type != POSTING_REDEEMED &&
		type != POSTING_RESTORED && type != POSTING_TRANSFERRED && type != POSTING_ISSUED)
		return false;
	if (audit->members[audit->line.member_index].opened)
		return number > from;
	for (; from < number; from++)
		if (!is_taken(audit, audit_numbered(audit, base, from)))
			return false;
	return from == number;
}

/* Facts without id may have one name, so that their postings are counted on. */
static void
check_nameless(struct audit *audit, struct slice base, unsigned number, struct when at)
{
	if (number > 1 &&
		!audit_once_known(
			audit, audit_numbered(audit, base, number - 1), audit->line.member_index) &&
		!are_passed_over(audit, base, number - 1, number))
		anomaly(audit, "id: '%.*s' without one before it", SHOW(audit->line.id));
	audit_once_posting(audit, audit->line.member_index, at);
}

void
audit_check_id(struct audit *audit, const struct cause *cause)
{
	unsigned number = id_number(&audit->line);
	struct slice base = without_number(audit->line.id, number);
	unsigned expected;

	if (number == 0) {
		anomaly(audit, "id: '%.*s' is not made of 'of', 'rule' and 'by'",
			SHOW(audit->line.id));
		return;
	}
	if (cause->nameless) {
		check_nameless(audit, base, number, cause->at);
		return;
	}
	expected = next_number(audit, audit_hash(base));
	if (are_passed_over(audit, base, expected, number))
		return;
	if (number != expected && expected == 1)
		anomaly(audit, "id: '%.*s' without one before it", SHOW(audit->line.id));
	else if (number != expected)
		anomaly(audit, "id: '%.*s', where number %u of '%.*s' should be",
			SHOW(audit->line.id), expected, SHOW(base));
}

void
audit_add_cause(struct audit *audit, const struct cause *cause)
{
	struct agenda *agenda = &audit->agenda;
	unsigned number = id_number(&audit->line);
	struct when at = cause->at;

	if (!reserve((void **)&agenda->postings, agenda->count, &agenda->capacity,
		    sizeof(*agenda->postings))) {
		audit->no_memory = true;
		return;
	}
	agenda->postings[agenda->count++] = (struct cause){
		.id = audit_hash(audit->line.id),
		.base = audit_hash(without_number(audit->line.id, number)),
		.number = number,
		.key = audit->line.member_index,
		.at = at,
		.type = audit->line.type,
	};
}

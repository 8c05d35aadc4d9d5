/*
 * once.c - the same fact twice posts once: ids that may not come again yet.
 */
#include "state.h"

#include <stdlib.h>

enum { NOBODY = UINT32_MAX - 1 /* whose facts ticks are */ };

#define WINDOW_DEFAULT (35 * DAY_MICROS)

static uint64_t
past_hash(const struct past *past)
{
	return audit_hash_of(past->name, past->member);
}

int
audit_compare_past(const void *context, const void *wanted, uintptr_t index)
{
	const struct audit *audit = context;
	const struct past *a = wanted;
	const struct past *b = &audit->past[index];

	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	return (a->member > b->member) - (a->member < b->member);
}

static struct past *
recall(const struct audit *audit, uint64_t name, uint32_t member)
{
	const struct past wanted = { .name = name, .member = member };
	const struct slots_name called = { past_hash(&wanted), audit, &wanted };
	uint32_t index;

	return slots_find(&audit->past_slots, &called, &index) ? &audit->past[index] : NULL;
}

static instant
clock_of(const struct audit *audit, uint32_t member)
{
	const struct audit_member *root;

	if (member == NOBODY)
		return audit->ticked ? audit->tick.at : INSTANT_ALWAYS;
	root = &audit->members[audit_root(audit, member)];
	return root->clock.at < root->named_at ? root->named_at : root->clock.at;
}

/* Whether a fact of then may not come again now. */
static bool
window_holds(const struct audit *audit, instant then, instant now)
{
	if (audit->programme)
		return zone_add(audit->zone, then, audit->programme->policy.repeats, 1) > now;
	return now == INSTANT_ALWAYS || now - WINDOW_DEFAULT < then;
}

static void
drop_old(struct audit *audit)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < audit->past_count; i++)
		if (window_holds(audit, audit->past[i].at, clock_of(audit, audit->past[i].member)))
			audit->past[kept++] = audit->past[i];
	audit->past_count = kept;
}

static bool
put_past(struct audit *audit, uint32_t index)
{
	const struct past *past = &audit->past[index];
	const struct slots_name name = { past_hash(past), audit, past };

	return slots_put(&audit->past_slots, &name, index);
}

/* Room for one more: where there is none, what the window holds no longer is dropped. */
static bool
make_room(struct audit *audit)
{
	if (audit->past_count < audit->past_capacity)
		return true;
	drop_old(audit);
	/* Were few of them dropped, they would soon be looked through again. */
	if (!reserve((void **)&audit->past, audit->past_count + audit->past_count / 2,
		    &audit->past_capacity, sizeof(*audit->past)))
		return false;
	slots_clear(&audit->past_slots);
	for (uint32_t i = 0; i < audit->past_count; i++)
		if (!put_past(audit, i))
			return false;
	return true;
}

static void
remember(struct audit *audit, uint64_t name, uint32_t member, instant at)
{
	struct past *past = recall(audit, name, member);
	bool known = past != NULL;

	if (!known && !make_room(audit)) {
		audit->no_memory = true;
		return;
	}
	if (!known)
		past = &audit->past[audit->past_count];
	*past = (struct past){ name, at, member,
		audit->files[audit->file_count - 1].first + (uint32_t)audit->line.number };
	if (!known && !put_past(audit, audit->past_count++))
		audit->no_memory = true;
}

void
audit_once_remember(struct audit *audit, uint64_t name, uint32_t member, instant at)
{
	remember(audit, name, member == UINT32_MAX ? NOBODY : member, at);
}

void
audit_once_fact(struct audit *audit, struct slice id, uint32_t member, struct when at)
{
	uint32_t key = member == UINT32_MAX ? NOBODY : member;
	uint64_t name = audit_hash(id.size ? id : audit->line.text);
	const struct past *before = recall(audit, name, key);
	char place[PLACE_TEXT_MAX];

	/* Without the programme its window is not known, but none is so short. */
	if (before && (audit->programme ? window_holds(audit, before->at, clock_of(audit, key))
					: before->at == at.at)) {
		if (id.size)
			anomaly(audit, "once: a fact of the id '%.*s' was there before, on %s",
				SHOW(id), place_text(audit, before->line, place));
		else
			anomaly(audit, "once: the same line was there before, on %s",
				place_text(audit, before->line, place));
	}
	remember(audit, name, key, at.at);
}

void
audit_once_posting(struct audit *audit, uint32_t member, struct when at)
{
	uint64_t name = audit_hash(audit->line.id);
	const struct past *before = recall(audit, name, member);
	char place[PLACE_TEXT_MAX];

	if (before && before->at == at.at)
		anomaly(audit, "once: a posting of the id '%.*s' was there before, on %s",
			SHOW(audit->line.id), place_text(audit, before->line, place));
	remember(audit, name, member, at.at);
}

/* The first number that an id of the member does not have yet, found in few steps. */
static unsigned
free_number(struct audit *audit, struct slice id, uint32_t member)
{
	unsigned known = 0;
	unsigned step = 1;

	while (audit_once_known(audit, audit_numbered(audit, id, known + step), member)) {
		known += step;
		step *= 2;
	}
	for (; step > 1; step /= 2)
		if (audit_once_known(audit, audit_numbered(audit, id, known + step / 2), member))
			known += step / 2;
	return known + 1;
}

void
audit_once_count(struct audit *audit, struct slice id, uint32_t member, instant at)
{
	struct slice next = audit_numbered(audit, id, free_number(audit, id, member));

	audit_once_remember(audit, audit_hash(next), member, at);
}

bool
audit_once_known(const struct audit *audit, struct slice id, uint32_t member)
{
	return recall(audit, audit_hash(id), member) != NULL;
}

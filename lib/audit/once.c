/*
 * once.c - the same fact twice posts once: ids that may not come again yet.
 */
#include "state.h"

#include <stdlib.h>

enum { PAST_FIRST = 1 << 12, NOBODY = UINT32_MAX - 1 /* whose facts ticks are */ };

#define WINDOW_DEFAULT (35 * DAY_MICROS)

static uint64_t
past_hash(uint64_t name, uint32_t member)
{
	uint64_t mixed = name ^ member * UINT64_C(0x9E3779B97F4A7C15);

	return mixed ^ mixed >> 32;
}

/* Where it is, or would be. */
static struct past *
past_slot(const struct audit *audit, uint64_t name, uint32_t member)
{
	size_t at = past_hash(name, member) & (audit->past_size - 1);

	while (audit->past[at].member &&
		(audit->past[at].name != name || audit->past[at].member != member + 1))
		at = (at + 1) & (audit->past_size - 1);
	return &audit->past[at];
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

static bool
past_reserve(struct audit *audit)
{
	struct past *old = audit->past;
	size_t old_size = audit->past_size;
	size_t kept = 0;

	if (3 * audit->past_count < 2 * old_size)
		return true;
	for (size_t i = 0; i < old_size; i++) {
		if (old[i].member &&
			!window_holds(audit, old[i].at, clock_of(audit, old[i].member - 1)))
			old[i].member = 0;
		kept += old[i].member != 0;
	}
	while (audit->past_size < PAST_FIRST || 3 * kept >= audit->past_size)
		audit->past_size = audit->past_size ? 2 * audit->past_size : PAST_FIRST;
	audit->past = calloc(audit->past_size, sizeof(*audit->past));
	if (!audit->past) {
		audit->past = old;
		audit->past_size = old_size;
		return false;
	}
	for (size_t i = 0; i < old_size; i++)
		if (old[i].member)
			*past_slot(audit, old[i].name, old[i].member - 1) = old[i];
	audit->past_count = kept;
	free(old);
	return true;
}

static void
remember(struct audit *audit, uint64_t name, uint32_t member, instant at)
{
	struct past *past;

	if (!past_reserve(audit)) {
		audit->no_memory = true;
		return;
	}
	past = past_slot(audit, name, member);
	audit->past_count += past->member == 0;
	*past = (struct past){ name, at, member + 1,
		audit->files[audit->file_count - 1].first + (uint32_t)audit->line.number };
}

void
audit_once_remember(struct audit *audit, uint64_t name, uint32_t member, instant at)
{
	remember(audit, name, member == UINT32_MAX ? NOBODY : member, at);
}

static const struct past *
recall(const struct audit *audit, uint64_t name, uint32_t member)
{
	const struct past *past = audit->past_size ? past_slot(audit, name, member) : NULL;

	return past && past->member ? past : NULL;
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

bool
audit_once_known(const struct audit *audit, struct slice id, uint32_t member)
{
	return recall(audit, audit_hash(id), member);
}

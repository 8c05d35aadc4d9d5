/*
 * policy.c - the switches, each with a stated default.
 */
#include "loader.h"

/* In the order of the enums of programme.h; the first is the default. */
static const char *const last_day_names[] = { "whole", "before", "instant", NULL };
static const char *const crossing_names[] = { "old", "new", NULL };
static const char *const overdrawn_names[] = { "negative", "debt", "waived", NULL };
static const char *const sweep_names[] = { "at-once", "on-tick", NULL };
static const char *const lot_order_names[] = { "expiring", "oldest", NULL };
static const char *const restore_names[] = { "original", "new", "lost", NULL };
static const char *const earn_on_redeeming_names[] = { "remainder", "all", "nothing", NULL };
static const char *const if_short_names[] = { "refuse", "clamp", NULL };
static const char *const life_from_names[] = { "earned", "usable", NULL };
static const char *const multipliers_names[] = { "compound", "add", "best", NULL };
static const char *const transfer_names[] = { "keep-lots", "new-lots", "no", NULL };
static const char *const leave_names[] = { "forfeit", "keep", NULL };
static const char *const over_names[] = { "refuse", "cap", NULL };
static const char *const share_names[] = { "none", "share", NULL };
static const char *const recheck_names[] = { "rules", "tier", "rewards", NULL };

struct policy_parts {
	struct policy policy;
	unsigned leave, over, share;
};

static bool
load_recheck(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct policy *policy = field;
	bool loaded = true;

	(void)unused;
	for (int i = 0; i < node_list_size(node); i++) {
		struct node item = node_list_item(node, i);
		unsigned which;

		if (load_keyword(loader, &item, &which, recheck_names))
			policy->recheck |= 1u << which;
		else
			loaded = false;
	}
	return loaded;
}

static bool
load_returns_within(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct policy *policy = field;

	(void)unused;
	policy->has_returns_within = true;
	return load_duration(loader, node, &policy->returns_within, NULL);
}

static bool
load_claims_within(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct policy *policy = field;

	(void)unused;
	policy->has_claims_within = true;
	return load_duration(loader, node, &policy->claims_within, NULL);
}

static bool
load_claims_limit(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct policy *policy = field;
	bool loaded = load_limit_list(loader, node, &policy->claims_limits, NULL);

	(void)unused;
	for (int i = 0; i < policy->claims_limits.count && loaded; i++) {
		const struct limit *limit =
			&loader->programme->limits[policy->claims_limits.items[i]];

		if (limit->amount || limit->most.count > 0)
			loaded = load_error(loader, node, "claims are limited by 'times' only");
	}
	return loaded;
}

#define POLICY(field) offsetof(struct policy_parts, policy.field)
#define WHOLE_POLICY offsetof(struct policy_parts, policy)

static const struct key returns_table[] = {
	{ "notes", load_notes, 0, NULL, false },
	{ "within", load_returns_within, WHOLE_POLICY, NULL, false },
	{ "over", load_keyword, offsetof(struct policy_parts, over), over_names, false },
	{ "recheck", load_recheck, WHOLE_POLICY, NULL, false },
	{ "restore", load_keyword, offsetof(struct policy_parts, share), share_names, false },
};

const struct object_keys returns_keys = OBJECT_KEYS("returns", returns_table);

static const struct key claims_table[] = {
	{ "notes", load_notes, 0, NULL, false },
	{ "within", load_claims_within, WHOLE_POLICY, NULL, false },
	{ "limit", load_claims_limit, WHOLE_POLICY, NULL, false },
};

const struct object_keys claims_keys = OBJECT_KEYS("claims", claims_table);

static bool
load_part(struct loader *loader, const struct node *node, void *field, const void *argument)
{
	return load_object(loader, node, argument, field);
}

static const struct key policy_table[] = {
	{ "notes", load_notes, 0, NULL, false },
	{ "last_day", load_keyword, POLICY(last_day), last_day_names, false },
	{ "round", load_keyword, POLICY(round), round_names, false },
	{ "round_per", load_keyword, POLICY(round_per), round_per_names, false },
	{ "crossing", load_keyword, POLICY(crossing), crossing_names, false },
	{ "overdrawn", load_keyword, POLICY(overdrawn), overdrawn_names, false },
	{ "sweep", load_keyword, POLICY(sweep), sweep_names, false },
	{ "lot_order", load_keyword, POLICY(lot_order), lot_order_names, false },
	{ "restore", load_keyword, POLICY(restore), restore_names, false },
	{ "earn_on_redeeming", load_keyword, POLICY(earn_on_redeeming), earn_on_redeeming_names,
		false },
	{ "if_short", load_keyword, POLICY(if_short), if_short_names, false },
	{ "life_from", load_keyword, POLICY(life_from), life_from_names, false },
	{ "basis", load_table_field, POLICY(basis), &for_basis, false },
	{ "multipliers", load_keyword, POLICY(multipliers), multipliers_names, false },
	{ "returns", load_part, 0, &returns_keys, false },
	{ "claims", load_part, 0, &claims_keys, false },
	{ "transfer", load_keyword, POLICY(transfer), transfer_names, false },
	{ "leave", load_keyword, offsetof(struct policy_parts, leave), leave_names, false },
	{ "repeats", load_duration, POLICY(repeats), NULL, false },
};

const struct object_keys policy_keys = OBJECT_KEYS("policy", policy_table);

void
policy_defaults(struct loader *loader)
{
	enum { REPEATS_DAYS = 35 };
	struct policy *policy = &loader->programme->policy;
	struct part merchandise = { .kind = PART_MERCHANDISE, .sign = 1 };

	policy->basis = constant_table(loader);
	*LOAD_APPEND(loader, policy->basis->basis.parts, policy->basis->basis.count) = merchandise;
	policy->repeats.days = REPEATS_DAYS;
}

bool
load_policy(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct policy_parts parts = { .policy = loader->programme->policy };
	bool loaded;

	(void)field;
	(void)unused;
	loader->decider = DECIDE_EARN;
	loaded = load_object(loader, node, &policy_keys, &parts);
	parts.policy.leave_keeps = parts.leave == 1;
	parts.policy.returns_cap = parts.over == 1;
	parts.policy.returns_share = parts.share == 1;
	loader->programme->policy = parts.policy;
	return loaded;
}

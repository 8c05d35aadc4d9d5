/*
 * answers.c - what rules ask about the member, where returns ask them again.
 *
 * A recheck reckons with the member as the sale found them. What is asked of the record
 * can be asked again; what is asked of the member is remembered by its number here.
 */
#include "loader.h"

static void
number(struct loader *loader, struct test *test, struct table *table)
{
	struct programme *programme = loader->programme;

	*LOAD_APPEND(loader, programme->asked, programme->asked_count) =
		(struct asked){ test, table };
	if (test)
		test->answer = programme->asked_count;
	else
		table->answer = programme->asked_count;
}

static bool
is_of_member(enum test_kind kind)
{
	return kind == TEST_MEMBER || kind == TEST_LEVEL || kind == TEST_BALANCE ||
	       kind == TEST_EARNED || kind == TEST_HISTORY || kind == TEST_IN;
}

static void
number_condition(struct loader *loader, struct condition *condition)
{
	for (int i = 0; condition && i < condition->count; i++) {
		for (int j = 0; j < condition->alternatives[i].count; j++) {
			struct test *test = &condition->alternatives[i].tests[j];

			if (is_of_member(test->kind) && !test->answer)
				number(loader, test, NULL);
			for (int k = 0; k < test->condition_count; k++)
				number_condition(loader, &test->conditions[k]);
		}
	}
}

static void
number_table(struct loader *loader, struct table *table)
{
	if (!table)
		return;
	if ((table->subject == SUBJECT_LEVEL || table->subject == SUBJECT_MEMBER ||
		    table->subject == SUBJECT_BALANCE || table->subject == SUBJECT_EARNED) &&
		!table->answer)
		number(loader, NULL, table);
	for (int i = 0; i < table->key_count; i++)
		number_table(loader, table->keys[i].value);
	number_table(loader, table->otherwise);
}

static void
number_rule(struct loader *loader, struct rule *rule)
{
	rule->asks.first = loader->programme->asked_count;
	number_condition(loader, rule->when);
	for (int i = 0; i < rule->gives.count; i++)
		number_table(loader, rule->gives.items[i].amount);
	number_table(loader, rule->per);
	number_table(loader, rule->basis);
	rule->asks.count = loader->programme->asked_count - rule->asks.first;
}

void
answers_number(struct loader *loader)
{
	struct programme *programme = loader->programme;

	if (programme->policy.recheck & RECHECK_RULES) {
		number_table(loader, programme->policy.basis);
		programme->asked_by_policy = programme->asked_count;
		for (int i = 0; i < programme->rule_count; i++) {
			if (hangs_on_purchase(&programme->rules[i].on))
				number_rule(loader, &programme->rules[i]);
		}
	}
	for (int i = 0; programme->policy.recheck & RECHECK_REWARDS && i < programme->reward_count;
		i++) {
		struct reward *reward = &programme->rewards[i];

		if (!reward->voucher || !hangs_on_purchase(&reward->on))
			continue;
		reward->asks.first = programme->asked_count;
		number_condition(loader, reward->when);
		reward->asks.count = programme->asked_count - reward->asks.first;
	}
}

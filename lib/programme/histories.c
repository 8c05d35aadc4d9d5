/*
 * histories.c - {on, when, over, count}: how many of the member's facts match.
 */
#include <stdlib.h>

#include "loader.h"

struct history {
	struct trigger on;
	struct condition *when;
	struct period over;
	struct comparison count;
	bool has_count;
};

static bool
load_history_on(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)unused;
	return load_trigger(loader, node, TRIGGERS_COUNTED, field);
}

static bool
load_history_over(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	(void)unused;
	return load_period(loader, node, PERIOD_FOR_COUNTING, field);
}

static bool
load_history_count(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	struct history *history = field;

	(void)unused;
	history->has_count = true;
	return load_comparison(loader, node, &history->count, NULL);
}

/* Equal conditions are one, so that equal questions share a counter. */
static bool
load_history_when(struct loader *loader, const struct node *node, void *field, const void *unused)
{
	char *text = json_dumps(node->json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	struct condition *when = NULL;
	struct slice key;

	(void)unused;
	if (!text)
		longjmp(loader->out_of_memory, 1);
	for (int i = 0; i < loader->history_count && !when; i++) {
		if (slice_equal(loader->histories[i].text, slice_of(text)))
			when = loader->histories[i].when;
	}
	if (when) {
		free(text);
		*(struct condition **)field = when;
		return true;
	}
	/* Freed before anything can leave by longjmp. */
	key.size = strlen(text);
	key.data = arena_alloc(loader->arena, key.size + 1);
	if (key.data)
		memcpy((char *)(uintptr_t)key.data, text, key.size);
	free(text);
	if (!key.data)
		longjmp(loader->out_of_memory, 1);
	if (!load_condition(loader, node, &when, NULL))
		return false;
	*LOAD_APPEND(loader, loader->histories, loader->history_count) =
		(struct history_condition){ key, when };
	*(struct condition **)field = when;
	return true;
}

static const struct key history_table[] = {
	{ "on", load_history_on, offsetof(struct history, on), NULL, true },
	{ "when", load_history_when, offsetof(struct history, when), NULL, false },
	{ "over", load_history_over, offsetof(struct history, over), NULL, false },
	{ "count", load_history_count, 0, NULL, false },
};

const struct object_keys history_keys = OBJECT_KEYS("history", history_table);

static void
default_count(struct loader *loader, struct comparison *count)
{
	*count = (struct comparison){ .exists = -1, .has_min = true };
	scalar_of(loader, SLICE("1"), &count->min);
	count->min.kind = VALUE_NUMBER;
}

bool
load_history(struct loader *loader, const struct node *node, struct test *test)
{
	struct history history = { .over = { .kind = PERIOD_LIFETIME, .window = -1 } };
	struct counter counter = { .kind = COUNTER_HISTORY, .limit = -1 };
	bool loaded;

	if (loader->in_history)
		return load_error(loader, node, "a history cannot look at a history");
	loader->in_history = true;
	loaded = load_object(loader, node, &history_keys, &history);
	loader->in_history = false;
	if (!loaded)
		return false;
	if (!history.has_count)
		default_count(loader, &history.count);
	counter.trigger = history.on;
	counter.when = history.when;
	for (int i = 0; i < loader->history_count; i++)
		if (loader->histories[i].when == history.when)
			counter.when_text = loader->histories[i].text;
	counter.period = history.over;
	test->kind = TEST_HISTORY;
	test->index = counter_of(loader, &counter);
	test->compare = history.count;
	return true;
}

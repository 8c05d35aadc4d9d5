/*
 * loyalty-sort - puts facts in order of time, the first step of a log's path.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fact_key.h"
#include "fact_parts.h"
#include "fact_repeats.h"
#include "slice.h"
#include "sort.h"
#include "sort_heap.h"

#define MEMORY_DEFAULT ((size_t)512 << 20)

/* Whose an item is that goes to every part; no member's hash. */
#define EVERYBODY UINT64_MAX

struct sort {
	struct cli cli;
	size_t memory;
	const char *directory;
	const char *zone_name;
	bool merge;
	bool unique;
	bool check;
	size_t part_count; /* 0: one output */

	struct zone *zone;
	struct fact_keys *keys;
	struct sorter *sorter;
	struct fact_repeats *repeats;
	struct fact_parts *parts;
	/* Places count lines over all inputs; bases[i] is that of the line before file i. */
	uint64_t *bases;
	bool stopped;
};

/* An input of a merge and the fact that it stands at. */
struct source {
	struct cli_input input;
	struct slice line;
	instant at;
};

/* ---- options --------------------------------------------------------------- */

static bool
set_merge(struct cli *cli, const char *argument)
{
	struct sort *sort = cli->own;

	(void)argument;
	return sort->merge = true;
}

static bool
set_unique(struct cli *cli, const char *argument)
{
	struct sort *sort = cli->own;

	(void)argument;
	return sort->unique = true;
}

static bool
set_check(struct cli *cli, const char *argument)
{
	struct sort *sort = cli->own;

	(void)argument;
	return sort->check = true;
}

static bool
set_parts(struct cli *cli, const char *argument)
{
	struct sort *sort = cli->own;
	char *end;

	errno = 0;
	sort->part_count = strtoul(argument, &end, 10);
	if (argument[0] >= '0' && argument[0] <= '9' && !*end && !errno && sort->part_count > 0 &&
		sort->part_count <= CLI_PARTS_MAX)
		return true;
	return cli_stop(cli, EXIT_USAGE, "invalid '--parts': expected 1 to %d, not '%s'",
		CLI_PARTS_MAX, argument);
}

static bool
set_zone(struct cli *cli, const char *argument)
{
	struct sort *sort = cli->own;

	sort->zone_name = argument;
	return true;
}

static bool
set_directory(struct cli *cli, const char *argument)
{
	struct sort *sort = cli->own;

	sort->directory = argument;
	return true;
}

static bool
set_memory(struct cli *cli, const char *argument)
{
	static const char units[] = "KMGT";
	struct sort *sort = cli->own;
	unsigned long long size;
	const char *unit;
	char *end;

	errno = 0;
	size = strtoull(argument, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (argument[0] < '0' || argument[0] > '9' || errno || (*end && (!unit || end[1])))
		return cli_stop(cli, EXIT_USAGE,
			"invalid '--memory': expected a size such as 512M, not '%s'", argument);
	for (const char *step = units; unit && step <= unit; step++) {
		if (__builtin_mul_overflow(size, 1024ULL, &size))
			return cli_stop(
				cli, EXIT_USAGE, "invalid '--memory': '%s' is too much", argument);
	}
	if (size < SORT_MEMORY_MIN || size > SIZE_MAX)
		return cli_stop(cli, EXIT_USAGE, "invalid '--memory': expected 64K at least");
	sort->memory = size;
	return true;
}

static const struct cli_option options[] = {
	{ "merge", 'm', NULL, "merge inputs that are in order already", set_merge },
	{ "unique", 'u', NULL, "drop facts that are repeated, by member and id", set_unique },
	{ "check", 'c', NULL, "only say which line is the first out of order", set_check },
	{ "parts", 0, "N", "write N parts to be posted apart: FILE0, FILE1 ...", set_parts },
	{ "zone", 0, "NAME", "read times without offset in this zone", set_zone },
	{ "memory", 'S', "SIZE", "use about SIZE of memory (512M), then temporary files",
		set_memory },
	{ "tmpdir", 'T', "DIR", "make them in DIR (TMPDIR, or /tmp)", set_directory },
	{ 0 },
};

static const struct cli_tool tool = {
	.name = "loyalty-sort",
	.usage = "[-cmuq] [-p programme | --zone name] [option ...] [file ...]",
	.about = "Reads facts, writes them in order of time, and at one time in that of the input.",
	.takes = CLI_PROGRAMME | CLI_OUTPUT | CLI_REJECTS | CLI_REPEATS | CLI_QUIET | CLI_PROGRESS,
	.options = options,
};

/* ---- before the first line --------------------------------------------------- */

static bool
load_zone(struct sort *sort, const char *name, const char *file)
{
	struct loyalty_error error;

	if (zone_load(slice_of(name), &sort->zone, &error) == LOYALTY_OK)
		return true;
	/* Whoever names a zone is a user, not a record. */
	if (error.code == LOYALTY_BAD)
		error.code = LOYALTY_PROGRAMME;
	return cli_report(&sort->cli, file, &error);
}

/* Whether a value, the key of which may be `limit` or `limits`, has limits that are shared. */
static bool
has_shared(json_t *value, bool is_limit)
{
	bool shared = is_limit && json_is_true(json_object_get(value, "shared"));
	const char *key;
	json_t *inner;
	size_t i;

	json_object_foreach(value, key, inner)
		shared = shared || has_shared(inner, is_limit || strcmp(key, "limit") == 0 ||
							     strcmp(key, "limits") == 0);
	json_array_foreach(value, i, inner) shared = shared || has_shared(inner, is_limit);
	return shared;
}

/* Only the zone matters here, and whether a log can be parted: nothing else is looked at. */
static bool
look_at_programme(struct sort *sort)
{
	const char *file = sort->cli.programme;
	struct loyalty_error error;
	struct slice text;
	json_error_t reason;
	json_t *programme;
	const char *name;
	bool loaded;

	if (strcmp(file, "-") == 0)
		return cli_stop(&sort->cli, EXIT_USAGE, "the programme cannot be read from '-'");
	text = cli_read_whole(&sort->cli, file, false);
	if (!text.data)
		return false;
	programme = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &reason);
	cli_free_whole(text);
	if (!programme && cli_starved())
		return cli_stop(&sort->cli, EXIT_FAILED, "out of memory");
	if (!programme) {
		fail(&error, LOYALTY_PROGRAMME, "%s", reason.text);
		error.line = (unsigned long)reason.line;
		error.column = (unsigned long)reason.column;
		return cli_report(&sort->cli, file, &error);
	}
	name = json_string_value(json_object_get(programme, "timezone"));
	if (sort->part_count > 1 && has_shared(programme, false))
		loaded = cli_stop(&sort->cli, EXIT_USAGE,
			"%s: a limit that all members share ties them together: one part only",
			file);
	else if (sort->zone_name)
		loaded = true;
	else if (!name)
		loaded = cli_stop(&sort->cli, EXIT_USAGE, "%s: missing 'timezone'", file);
	else
		loaded = load_zone(sort, name, file);
	json_decref(programme);
	return loaded;
}

static bool
check_usage(struct sort *sort)
{
	struct cli *cli = &sort->cli;

	if (sort->check && (sort->merge || sort->unique || cli->output || sort->part_count))
		return cli_stop(cli, EXIT_USAGE,
			"'--check' goes with none of '-m', '-u', '-o' and '--parts'");
	if (cli->repeats && !sort->unique)
		return cli_stop(cli, EXIT_USAGE, "'--repeats' needs '-u'");
	if (sort->part_count && (!cli->output || strcmp(cli->output, "-") == 0))
		return cli_stop(cli, EXIT_USAGE, "'--parts' needs '-o', the name of its files");
	for (int i = 0; i < cli->file_count && sort->merge; i++) {
		for (int j = 0; j < i; j++) {
			if (strcmp(cli->files[i], "-") == 0 && strcmp(cli->files[j], "-") == 0)
				return cli_stop(cli, EXIT_USAGE, "cannot merge '-' with itself");
		}
	}
	return true;
}

static bool
prepare(struct sort *sort)
{
	struct cli *cli = &sort->cli;

	if (!check_usage(sort))
		return false;
	if (!sort->directory)
		sort->directory = getenv("TMPDIR");
	if (!sort->directory || !sort->directory[0])
		sort->directory = "/tmp";
	if (sort->zone_name && !load_zone(sort, sort->zone_name, NULL))
		return false;
	if (cli->programme && (!sort->zone_name || sort->part_count > 1) &&
		!look_at_programme(sort))
		return false;
	sort->keys = fact_keys_new(sort->zone);
	/* A quarter is for finding repeats, and one for knowing the members of parts. */
	sort->sorter = sorter_new(
		sort->memory / 4 * (4 - sort->unique - (sort->part_count > 0)), sort->directory);
	sort->repeats = fact_repeats_new(sort->memory / 4, sort->directory);
	if (sort->part_count)
		sort->parts = fact_parts_new(sort->memory / 4);
	sort->bases = calloc((size_t)cli->file_count + 1, sizeof(*sort->bases));
	if (!sort->keys || !sort->sorter || !sort->repeats || !sort->bases ||
		(sort->part_count && (!sort->parts || !fact_keys_tell_members(sort->keys))))
		return cli_stop(cli, EXIT_FAILED, "out of memory");
	return sort->part_count ? cli_open_parts(cli, sort->part_count) : cli_open_output(cli);
}

static void
release(struct sort *sort)
{
	fact_parts_free(sort->parts);
	fact_repeats_free(sort->repeats);
	sorter_free(sort->sorter);
	fact_keys_free(sort->keys);
	zone_free(sort->zone);
	free(sort->bases);
}

/* ---- reading ----------------------------------------------------------------- */

/* Ends the run; the reason has been or will be said. Returns false. */
static bool
stop(struct sort *sort)
{
	sort->stopped = true;
	return false;
}

static bool
stop_reporting(struct sort *sort, const char *file, const struct loyalty_error *error)
{
	cli_report(&sort->cli, file, error);
	return stop(sort);
}

/*
 * The next fact of an input that can be sorted. last: when it must not be
 * earlier. false: no more, or the run has been stopped.
 */
static bool
next_fact(struct sort *sort, struct lines *lines, instant last, struct slice *line,
	struct fact_key *key)
{
	for (;;) {
		struct loyalty_error error = { .code = LOYALTY_OK };
		enum loyalty_status status = lines_next(lines, line, &error);

		if (status == LOYALTY_END)
			return false;
		if (status == LOYALTY_IO || status == LOYALTY_MEMORY)
			return stop_reporting(sort, lines_name(lines), &error);
		if (status == LOYALTY_OK)
			status = fact_keys_read(sort->keys, *line, key, &error);
		if (status == LOYALTY_OK && key->at < last)
			status = fail(&error, LOYALTY_BAD, "out of order: before the line above");
		if (status == LOYALTY_OK)
			return true;
		error.line = lines_number(lines);
		if (status != LOYALTY_BAD)
			return stop_reporting(sort, lines_name(lines), &error);
		if (!cli_reject(&sort->cli, lines_name(lines), &error, *line))
			return stop(sort);
	}
}

/* ---- writing ----------------------------------------------------------------- */

static bool
put_line(struct sort *sort, struct writer *writer, struct slice line, bool crlf)
{
	writer_put(writer, line);
	if (crlf)
		writer_put_char(writer, '\r');
	writer_put_char(writer, '\n');
	return writer->error == 0 || stop(sort);
}

/* To the part of its member, or to all. */
static bool
put_in_part(struct sort *sort, uint64_t owner, struct slice line)
{
	if (owner != EVERYBODY)
		return put_line(sort, &sort->cli.parts[fact_parts_find(sort->parts, owner)].writer,
			line, false);
	for (size_t i = 0; i < sort->part_count; i++)
		if (!put_line(sort, &sort->cli.parts[i].writer, line, false))
			return false;
	return true;
}

/* ---- sorting ----------------------------------------------------------------- */

/* What stands before a line in an item. */
static size_t
head_size(const struct sort *sort)
{
	return (sort->part_count ? 2 : 1) * sizeof(uint64_t);
}

/* An item is the place of a line, whose it is, and the line with the CR that it may have had. */
static bool
add_fact(struct sort *sort, const struct lines *lines, uint64_t place, const struct fact_key *key,
	struct slice line)
{
	const uint64_t head[2] = { place, key->everybody ? EVERYBODY : key->member };
	size_t size = head_size(sort) + line.size + lines_crlf(lines);
	struct loyalty_error error;
	char *item;

	if (sorter_add(sort->sorter, key->at, size, &item, &error) != LOYALTY_OK)
		return stop_reporting(sort, NULL, &error);
	memcpy(item, head, head_size(sort));
	memcpy(item + head_size(sort), line.data, line.size);
	if (lines_crlf(lines))
		item[size - 1] = '\r';
	if (sort->parts && !key->everybody &&
		fact_parts_add(sort->parts, key->member, key->tied, &error) != LOYALTY_OK)
		return stop_reporting(sort, NULL, &error);
	if (sort->unique && key->named &&
		fact_repeats_add(sort->repeats, place, key, line, &error) != LOYALTY_OK)
		return stop_reporting(sort, NULL, &error);
	return true;
}

static bool
read_inputs(struct sort *sort)
{
	struct fact_key key = { 0 };
	struct lines *lines;
	struct slice line;

	for (int file = 0; (lines = cli_next_input(&sort->cli)) != NULL; file++) {
		instant last = INSTANT_ALWAYS;

		while (next_fact(sort, lines, last, &line, &key)) {
			if (!add_fact(sort, lines, sort->bases[file] + lines_number(lines), &key,
				    line))
				return false;
			if (sort->merge)
				last = key.at;
			cli_progress(&sort->cli, lines);
		}
		if (sort->stopped)
			return false;
		sort->bases[file + 1] = sort->bases[file] + lines_number(lines);
	}
	return sort->cli.status <= EXIT_REJECTED;
}

/* The file of a place, as messages name it; *line is the line in it. */
static const char *
place_file(const struct sort *sort, uint64_t place, unsigned long *line)
{
	int file = sort->cli.file_count - 1;
	const char *name;

	while (file > 0 && sort->bases[file] >= place)
		file--;
	*line = (unsigned long)(place - sort->bases[file]);
	name = sort->cli.files[file];
	return strcmp(name, "-") == 0 ? "<stdin>" : name;
}

/* A fact with the name of an earlier one and other content is a bad record. */
static bool
reject_conflict(struct sort *sort, uint64_t place, uint64_t first, struct slice line)
{
	struct loyalty_error error;
	unsigned long first_line;
	const char *first_file = place_file(sort, first, &first_line);
	const char *file;

	fail_at(&error, LOYALTY_BAD, "id", "there is another fact with this id at %.160s:%lu",
		first_file, first_line);
	file = place_file(sort, place, &error.line);
	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	return cli_reject(&sort->cli, file, &error, line) || stop(sort);
}

/* Nothing is written where a conflict is going to stop the run. */
static bool
find_repeats(struct sort *sort)
{
	struct loyalty_error error;
	uint64_t place, first;

	if (fact_repeats_finish(sort->repeats, &error) != LOYALTY_OK)
		return stop_reporting(sort, NULL, &error);
	if (sort->cli.rejects || !fact_repeats_conflict(sort->repeats, &place, &first))
		return true;
	return reject_conflict(sort, place, first, SLICE(""));
}

/* A repeat that is dropped. Returns true. */
static bool
note_repeat(struct sort *sort, uint64_t place, struct slice line)
{
	unsigned long number;
	const char *file = place_file(sort, place, &number);

	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	cli_repeat(&sort->cli, file, number, line);
	return true;
}

static bool
write_item(struct sort *sort, struct slice item)
{
	size_t size = head_size(sort);
	struct slice line = { item.data + size, item.size - size };
	uint64_t head[2] = { 0 };
	uint64_t first;
	enum repeat repeat = REPEAT_NONE;

	memcpy(head, item.data, size);
	if (sort->unique)
		repeat = fact_repeats_find(sort->repeats, head[0], &first);
	if (repeat == REPEAT_SAME)
		return note_repeat(sort, head[0], line);
	if (repeat == REPEAT_CONFLICT)
		return reject_conflict(sort, head[0], first, line);
	if (sort->parts)
		return put_in_part(sort, head[1], line);
	return put_line(sort, &sort->cli.out.writer, line, false);
}

static void
sort_inputs(struct sort *sort)
{
	struct loyalty_error error;
	enum loyalty_status status;
	struct slice item;
	int64_t at;

	if (!read_inputs(sort))
		return;
	if (sort->unique && !find_repeats(sort))
		return;
	status = sorter_finish(sort->sorter, &error);
	if (status == LOYALTY_OK && sort->parts)
		status = fact_parts_deal(sort->parts, sort->part_count, &error);
	while (status == LOYALTY_OK) {
		status = sorter_next(sort->sorter, &at, &item, &error);
		if (status == LOYALTY_OK && !write_item(sort, item))
			return;
	}
	if (status != LOYALTY_END)
		stop_reporting(sort, NULL, &error);
}

/* ---- merging ------------------------------------------------------------------ */

static bool
next_of_source(struct sort *sort, struct source *source)
{
	struct fact_key key;

	if (!next_fact(sort, source->input.lines, source->at, &source->line, &key))
		return false;
	source->at = key.at;
	return true;
}

static void
merge_sources(struct sort *sort, struct source *sources, struct sort_head *heads, size_t count)
{
	sort_heap_build(heads, count);
	while (count > 0 && !sort->stopped) {
		struct source *source = &sources[heads[0].source];

		if (!put_line(sort, &sort->cli.out.writer, source->line,
			    lines_crlf(source->input.lines)))
			return;
		if (next_of_source(sort, source))
			heads[0].key = source->at;
		else
			heads[0] = heads[--count];
		if (count > 0)
			sort_heap_sink(heads, count, 0);
	}
}

static void
merge_inputs(struct sort *sort)
{
	size_t count = (size_t)sort->cli.file_count;
	struct source *sources = calloc(count, sizeof(*sources));
	struct sort_head *heads = calloc(count, sizeof(*heads));
	size_t opened = 0;
	size_t live = 0;

	if (!sources || !heads)
		cli_stop(&sort->cli, EXIT_FAILED, "out of memory");
	while (sources && heads && opened < count && !sort->stopped) {
		struct source *source = &sources[opened];

		source->at = INSTANT_ALWAYS;
		if (!cli_open_input(&sort->cli, (int)opened, &source->input))
			break;
		if (next_of_source(sort, source))
			heads[live++] = (struct sort_head){ source->at, opened };
		opened++;
	}
	if (opened == count)
		merge_sources(sort, sources, heads, live);
	while (opened > 0)
		cli_close_input(&sources[--opened].input);
	free(sources);
	free(heads);
}

/* ---- checking ------------------------------------------------------------------ */

static void
check_order(struct sort *sort)
{
	struct fact_key key = { 0 };
	instant last = INSTANT_ALWAYS;
	struct lines *lines;
	struct slice line;

	while ((lines = cli_next_input(&sort->cli)) != NULL && !sort->stopped) {
		while (next_fact(sort, lines, INSTANT_ALWAYS, &line, &key)) {
			if (key.at < last) {
				cli_stop(&sort->cli, EXIT_REJECTED, "%s:%lu: out of order: %.*s",
					lines_name(lines), lines_number(lines),
					line.size < 200 ? (int)line.size : 200, line.data);
				return;
			}
			last = key.at;
			cli_progress(&sort->cli, lines);
		}
	}
}

int
main(int argc, char *argv[])
{
	struct sort sort = { .memory = MEMORY_DEFAULT };

	if (cli_start(&sort.cli, &tool, &sort, argc, argv) && prepare(&sort)) {
		if (sort.check)
			check_order(&sort);
		else if (sort.merge && !sort.unique && !sort.parts)
			merge_inputs(&sort);
		else
			sort_inputs(&sort);
	}
	release(&sort);
	return cli_finish(&sort.cli);
}

/*
 * report_table.c - tables in every format: display width, quoting, escaping,
 * what is not there, and memory by the thousand rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "reports/table.h"
#include "reports/width.h"

static void
check_width(const char *text, size_t expected)
{
	size_t width = text_width(slice_of(text));

	if (width == expected)
		return;
	printf("width of '%s': %zu, expected %zu\n", text, width, expected);
	failures++;
}

static void
check_widths(void)
{
	check_width("", 0);
	check_width("points", 6);
	check_width("커피", 4);
	check_width("成长值", 6);
	check_width("ポイント", 8);
	check_width("ﾎﾟｲﾝﾄ", 5); /* halfwidth forms */
	check_width("Ａ", 2);    /* fullwidth */
	check_width("điểm", 4);
	check_width("đie\xcc\x82\xcc\x89m", 4); /* the same with combining marks */
	check_width("\xe1\x84\x8f\xe1\x85\xa5\xe1\x84\x91\xe1\x85\xb5",
		4); /* 커피 in conjoining letters */
	check_width("☕", 2);
	check_width("→é½", 3);
	check_width("a\xe2\x80\x8d"
		    "b",
		2); /* zero width joiner */
	check_width("𠮷", 2);
	check_width("🫨", 2); /* Unicode 15 */
	check_width("𑽀", 0); /* a mark of Unicode 15 */
	check_width("Ω≈ﬁ", 3);
}

/* Writes a table into a pipe's worth of text. */
static void
render(const struct table *table, bool colour, char *text, size_t size)
{
	struct loyalty_error error;
	struct writer writer;
	int ends[2];
	ssize_t got;

	if (pipe(ends) != 0 || !writer_init(&writer, ends[1]))
		exit(1);
	if (!table_write(table, &writer, colour))
		failures++;
	writer_commit(&writer, &error);
	writer_free(&writer);
	close(ends[1]);
	got = read(ends[0], text, size - 1);
	text[got > 0 ? got : 0] = '\0';
	close(ends[0]);
}

static void
check_table(enum table_format format, bool colour, const char *expected)
{
	static const struct column columns[] = {
		{ SLICE("member"), SLICE("member"), false, false },
		{ SLICE("last_day"), SLICE("last day"), false, false },
		{ SLICE("balance"), SLICE("balance"), true, false },
		{ SLICE("tier"), SLICE("tier"), false, false },
	};
	struct table *table = table_new(format, columns, 4);
	char text[4096];

	table_break(table);
	table_text(table, SLICE("커피"));
	table_empty(table);
	table_number(table, -12, 0);
	table_text(table, SLICE("=a\"b"));
	table_break(table);
	table_text(table, SLICE("x\ty\\\n"));
	table_text(table, SLICE("2026-12-31"));
	table_number(table, 1200, 2);
	table_empty(table);
	if (table_rows(table) != 2)
		failures++;
	render(table, colour, text, sizeof(text));
	table_free(table);
	if (strcmp(text, expected) == 0)
		return;
	printf("format %d:\n%sexpected:\n%s", (int)format, text, expected);
	failures++;
}

static void
check_formats(void)
{
	check_table(TABLE_PLAIN, false,
		"member  last day    balance  tier\n"
		"------  ----------  -------  ----\n"
		"커피                    -12  =a\"b\n"
		"\n"
		"x?y\\?   2026-12-31    12.00\n");
	check_table(TABLE_PLAIN, true,
		"\033[1mmember  last day    balance  tier\033[0m\n"
		"------  ----------  -------  ----\n"
		"커피                \033[31m    -12  \033[0m=a\"b\n"
		"\n"
		"x?y\\?   2026-12-31    12.00\n");
	check_table(TABLE_CSV, false,
		"\"member\",\"last_day\",\"balance\",\"tier\"\n"
		"\"커피\",,-12,\"'=a\"\"b\"\n"
		"\"x\ty\\\n\",\"2026-12-31\",12.00,\n");
	check_table(TABLE_TSV, false,
		"member\tlast_day\tbalance\ttier\n"
		"커피\t\t-12\t=a\"b\n"
		"x\\ty\\\\\\n\t2026-12-31\t12.00\t\n");
	check_table(TABLE_NDJSON, false,
		"{\"member\":\"커피\",\"last_day\":null,\"balance\":-12,\"tier\":\"=a\\\"b\"}\n"
		"{\"member\":\"x\\ty\\\\\\n\",\"last_day\":\"2026-12-31\",\"balance\":\"12.00\","
		"\"tier\":null}\n");
}

int
main(void)
{
	check_widths();
	check_formats();
	if (failures)
		printf("%d failed\n", failures);
	return failures != 0;
}

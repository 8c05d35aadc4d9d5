/*
 * rows.c - bytes to rows of cells.
 *
 * libcsv does not say where in its input a row began, and a reject needs the
 * row as it was. So lines are found here and given to libcsv one by one; a row
 * has ended where libcsv says so at the end of a line.
 */
#include "import/rows.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 << 10 };

/* A cell while its row is being put together: offsets, because the text moves as it grows. */
struct cell {
	size_t start;
	size_t size;
};

struct rows {
	const struct row_format *format;
	int fd;
	bool ended;   /* no more to read */
	bool started; /* byte order mark and lines to skip are behind us */
	char *buffer;
	size_t capacity;
	size_t row_start; /* of the row being read, in buffer */
	size_t at;        /* what has been given to libcsv */
	size_t filled;
	unsigned long line; /* lines that end before `at` */

	struct csv_parser parser;
	bool row_ended;
	struct text text; /* the cells' bytes as libcsv gave them */
	struct text decoded;
	struct cell cells[CELLS_MAX];
	size_t count;
	bool too_many;
	struct slice slices[CELLS_MAX];
};

/* ---- lines ---------------------------------------------------------------- */

/* Reads more behind what is kept; false with errno, or at the end of the file. */
static bool
fill(struct rows *rows, struct loyalty_error *error, enum loyalty_status *status)
{
	ssize_t got;

	if (rows->row_start > 0) {
		memmove(rows->buffer, rows->buffer + rows->row_start,
			rows->filled - rows->row_start);
		rows->at -= rows->row_start;
		rows->filled -= rows->row_start;
		rows->row_start = 0;
	}
	if (rows->capacity - rows->filled < BLOCK_BYTES) {
		char *buffer = realloc(rows->buffer, rows->capacity * 2);

		if (!buffer) {
			*status = fail_memory(error);
			return false;
		}
		rows->buffer = buffer;
		rows->capacity *= 2;
	}
	do
		got = read(rows->fd, rows->buffer + rows->filled, BLOCK_BYTES);
	while (got == -1 && errno == EINTR);
	if (got == -1) {
		*status = fail(error, LOYALTY_IO, "cannot read: %s", strerror(errno));
		return false;
	}
	rows->ended = got == 0;
	rows->filled += (size_t)got;
	return true;
}

/*
 * End of the line that begins at `at`, behind its LF, CRLF or lone CR; 0 where
 * more must be read to know. At the end of the file a line may just stop.
 */
static size_t
line_end(const struct rows *rows)
{
	const char *start = rows->buffer + rows->at;
	size_t size = rows->filled - rows->at;
	const char *feed = memchr(start, '\n', size);
	const char *limit = feed ? feed : start + size;
	const char *carriage = memchr(start, '\r', (size_t)(limit - start));

	if (carriage && carriage + 1 < limit)
		return (size_t)(carriage + 1 - rows->buffer);
	if (feed)
		return (size_t)(feed + 1 - rows->buffer);
	return rows->ended ? rows->filled : 0;
}

/* The next line, *line with its end. LOYALTY_END: there is none. */
static enum loyalty_status
next_line(struct rows *rows, struct slice *line, struct loyalty_error *error)
{
	enum loyalty_status status = LOYALTY_OK;
	size_t end;

	while ((end = line_end(rows)) == 0) {
		if (rows->ended)
			return LOYALTY_END;
		if (rows->filled - rows->row_start > ROW_BYTES_MAX)
			return fail(error, LOYALTY_CORRUPT,
				"row over %d bytes: a quote is not closed, or this is not a table",
				ROW_BYTES_MAX);
		if (!fill(rows, error, &status))
			return status;
	}
	if (end == rows->at)
		return LOYALTY_END;
	*line = (struct slice){ rows->buffer + rows->at, end - rows->at };
	rows->at = end;
	rows->line++;
	return LOYALTY_OK;
}

static bool
is_blank(const struct row_format *format, struct slice line)
{
	for (size_t i = 0; i < line.size; i++) {
		if (!strchr(" \t\r\n", line.data[i]) || line.data[i] == '\0' ||
			line.data[i] == format->delimiter)
			return false;
	}
	return true;
}

static struct slice
without_end(struct slice line)
{
	while (line.size > 0 &&
		(line.data[line.size - 1] == '\n' || line.data[line.size - 1] == '\r'))
		line.size--;
	return line;
}

/* ---- cells ---------------------------------------------------------------- */

static void
take_cell(void *cell, size_t size, void *context)
{
	struct rows *rows = context;

	if (rows->count == CELLS_MAX) {
		rows->too_many = true;
		return;
	}
	rows->cells[rows->count++] = (struct cell){ rows->text.size, size };
	text_put(&rows->text, (struct slice){ cell, size });
}

static void
take_row_end(int end, void *context)
{
	struct rows *rows = context;

	(void)end;
	rows->row_ended = true;
}

static int
is_no_space(unsigned char byte)
{
	(void)byte;
	return 0;
}

static bool
start_parser(struct rows *rows)
{
	/* Malformed quotes are errors, and so is the end of the file within quotes. */
	if (csv_init(&rows->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return false;
	csv_set_delim(&rows->parser, (unsigned char)rows->format->delimiter);
	/* A row with a NUL never gets here, so that NUL can stand for "no quote". */
	csv_set_quote(&rows->parser, (unsigned char)rows->format->quote);
	if (!rows->format->trim)
		csv_set_space_func(&rows->parser, is_no_space);
	return true;
}

static void
split_at_whitespace(struct rows *rows, struct slice line)
{
	size_t at = 0;

	while (at < line.size) {
		size_t start;

		while (at < line.size && (line.data[at] == ' ' || line.data[at] == '\t'))
			at++;
		start = at;
		while (at < line.size && line.data[at] != ' ' && line.data[at] != '\t')
			at++;
		if (at > start) {
			struct slice cell = { line.data + start, at - start };

			take_cell((void *)(uintptr_t)cell.data, cell.size, rows);
		}
	}
	rows->row_ended = true;
}

/* Gives a line to libcsv. */
static enum loyalty_status
feed(struct rows *rows, struct slice line, struct loyalty_error *error)
{
	if (memchr(line.data, '\0', line.size))
		return fail(error, LOYALTY_BAD, "a NUL byte");
	if (rows->format->whitespace) {
		split_at_whitespace(rows, without_end(line));
		return LOYALTY_OK;
	}
	if (csv_parse(&rows->parser, line.data, line.size, take_cell, take_row_end, rows) ==
		line.size)
		return LOYALTY_OK;
	if (csv_error(&rows->parser) != CSV_EPARSE)
		return fail_memory(error);
	return fail(error, LOYALTY_BAD, "a quote within a cell, or text after a closing quote");
}

/* At the end of the file, with a row begun. */
static enum loyalty_status
feed_end(struct rows *rows, struct loyalty_error *error)
{
	if (csv_fini(&rows->parser, take_cell, take_row_end, rows) == 0)
		return LOYALTY_OK;
	if (csv_error(&rows->parser) != CSV_EPARSE)
		return fail_memory(error);
	return fail(error, LOYALTY_BAD, "a quote is not closed before the end of the file");
}

/* ---- rows ----------------------------------------------------------------- */

struct rows *
rows_new(int fd, const struct row_format *format)
{
	struct rows *rows = calloc(1, sizeof(*rows));

	if (!rows)
		return NULL;
	rows->fd = fd;
	rows->format = format;
	rows->capacity = 2 * BLOCK_BYTES;
	rows->buffer = malloc(rows->capacity);
	if (rows->buffer && start_parser(rows))
		return rows;
	free(rows->buffer);
	free(rows);
	return NULL;
}

void
rows_free(struct rows *rows)
{
	if (!rows)
		return;
	csv_free(&rows->parser);
	text_free(&rows->text);
	text_free(&rows->decoded);
	free(rows->buffer);
	free(rows);
}

/* Byte order mark and lines to skip. */
static enum loyalty_status
start(struct rows *rows, struct loyalty_error *error)
{
	enum loyalty_status status = LOYALTY_OK;
	struct slice line;

	while (rows->filled < 3 && !rows->ended) {
		if (!fill(rows, error, &status))
			return status;
	}
	if (rows->filled >= 3 && memcmp(rows->buffer, "\xef\xbb\xbf", 3) == 0) {
		if (!rows->format->encoding.utf8)
			return fail(error, LOYALTY_CORRUPT,
				"begins with the byte order mark of UTF-8, "
				"but the map gives another encoding");
		rows->at = 3;
	}
	for (unsigned long i = 0; i < rows->format->skip_lines; i++) {
		rows->row_start = rows->at;
		status = next_line(rows, &line, error);
		if (status != LOYALTY_OK)
			return status;
	}
	rows->started = true;
	return LOYALTY_OK;
}

/* What is left of a row that could not be read must not become part of the next. */
static enum loyalty_status
abandon(struct rows *rows, enum loyalty_status status, struct loyalty_error *error)
{
	csv_free(&rows->parser);
	return start_parser(rows) ? status : fail_memory(error);
}

/* Reads lines until a row has ended. */
static enum loyalty_status
collect(struct rows *rows, struct row *row, struct loyalty_error *error)
{
	enum loyalty_status status = LOYALTY_OK;
	struct slice line;

	row->line = 0;
	while (!rows->row_ended && status == LOYALTY_OK) {
		if (row->line == 0)
			rows->row_start = rows->at;
		status = next_line(rows, &line, error);
		if (status == LOYALTY_END && row->line > 0) {
			status = feed_end(rows, error);
			break;
		}
		if (status == LOYALTY_CORRUPT)
			row->line = row->line ? row->line : rows->line + 1;
		if (status != LOYALTY_OK || (row->line == 0 && is_blank(rows->format, line)))
			continue;
		if (row->line == 0)
			row->line = rows->line;
		if (rows->at - rows->row_start > ROW_BYTES_MAX)
			return fail(error, LOYALTY_CORRUPT,
				"row over %d bytes: a quote is not closed, or this is not a table",
				ROW_BYTES_MAX);
		status = feed(rows, line, error);
	}
	row->raw = without_end(
		(struct slice){ rows->buffer + rows->row_start, rows->at - rows->row_start });
	if (status == LOYALTY_BAD)
		status = abandon(rows, status, error);
	return status;
}

static struct slice
trim(struct slice cell)
{
	while (cell.size > 0 && (cell.data[0] == ' ' || cell.data[0] == '\t')) {
		cell.data++;
		cell.size--;
	}
	while (cell.size > 0 &&
		(cell.data[cell.size - 1] == ' ' || cell.data[cell.size - 1] == '\t'))
		cell.size--;
	return cell;
}

/* The cells as UTF-8. */
static enum loyalty_status
decode(struct rows *rows, struct row *row, struct loyalty_error *error)
{
	const struct text *text = &rows->text;
	bool ascii = bytes_are_ascii(text_slice(text));
	size_t offset;

	rows->decoded.size = 0;
	for (size_t i = 0; i < rows->count && !ascii; i++) {
		struct slice cell = { text->data + rows->cells[i].start, rows->cells[i].size };
		size_t begin = rows->decoded.size;

		if (!encoding_decode(&rows->format->encoding, cell, &rows->decoded, &offset)) {
			row->bad_cell = (int)i;
			return fail(error, LOYALTY_BAD,
				"byte 0x%02x is not a character of the file's encoding",
				(unsigned char)cell.data[offset]);
		}
		rows->cells[i] = (struct cell){ begin, rows->decoded.size - begin };
	}
	if (text->failed || rows->decoded.failed)
		return fail_memory(error);
	if (!ascii)
		text = &rows->decoded;
	for (size_t i = 0; i < rows->count; i++) {
		rows->slices[i] =
			(struct slice){ text->data + rows->cells[i].start, rows->cells[i].size };
		if (rows->format->trim)
			rows->slices[i] = trim(rows->slices[i]);
	}
	row->cells = rows->slices;
	row->count = rows->count;
	return LOYALTY_OK;
}

enum loyalty_status
rows_next(struct rows *rows, struct row *row, struct loyalty_error *error)
{
	enum loyalty_status status = LOYALTY_OK;

	*row = (struct row){ .bad_cell = -1 };
	if (!rows->started)
		status = start(rows, error);
	if (status != LOYALTY_OK)
		return status;
	rows->text.size = 0;
	rows->count = 0;
	rows->too_many = false;
	rows->row_ended = false;
	status = collect(rows, row, error);
	if (status == LOYALTY_OK && rows->too_many)
		status = fail(error, LOYALTY_BAD, "more than %d cells", CELLS_MAX);
	if (status != LOYALTY_OK)
		return status;
	return decode(rows, row, error);
}

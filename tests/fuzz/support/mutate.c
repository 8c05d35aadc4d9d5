/*
 * mutate.c - changes inputs as records may be changed, beside libFuzzer's ways by the byte.
 *
 * Lines go, come twice, change places; values and members are put in the place of others that
 * stand in the input, or of those that are known to be awkward. Most of what comes of it still
 * parses, and so gets behind the reader.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static const char *const awkward[] = { "0", "1", "2", "-1", "1.5", "100", "1000000", "1e3", "1e18",
	"1e400", "9223372036854775807", "-9223372036854775808", "\"92233720368547758.07\"",
	"\"0.001\"", "\"-0.01\"", "\"0.00\"", "null", "true", "false", "{}", "[]", "\"\"", "\"m1\"",
	"\"m2\"", "\"m3\"", "\"t-1\"", "\"2026-02-30\"", "\"2026-01-05\"", "\"2027-12-31\"",
	"\"0001-01-01\"", "\"9999-12-31T23:59:59-14:00\"", "\"P1D\"", "\"P12M\"", "\"P9999Y\"",
	"\"PT1S\"", "\"day\"", "\"month\"", "\"year\"", "\"purchase\"", "\"return\"", "\"cancel\"",
	"\"redeem\"", "\"tick\"", "\"merge\"", "\"transfer\"", "\"leave\"", "\"adjust\"",
	"\"grant\"", "\"\\ud83d\\ude00\"", "\"100.00\"", "\"5000.00\"", "[[1]]", "[{}]",
	"[\"m1\"]" };

enum { AWKWARD = sizeof(awkward) / sizeof(awkward[0]), TRIES = 16 };

/* A stretch of the input. */
struct piece {
	size_t at, size;
};

struct input {
	uint8_t *data;
	size_t size, room;
	uint64_t state;
};

static size_t
draw(struct input *input, size_t below)
{
	input->state = input->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return below ? (size_t)(input->state >> 33) % below : 0;
}

/* Puts text in the place of a piece; what has no room is left as it is. */
static bool
replace(struct input *input, struct piece piece, const void *text, size_t size)
{
	size_t after = input->size - piece.at - piece.size;

	if (input->size - piece.size + size > input->room)
		return false;
	memmove(input->data + piece.at + size, input->data + piece.at + piece.size, after);
	if (size)
		memcpy(input->data + piece.at, text, size);
	input->size = piece.at + size + after;
	return true;
}

/* The same with bytes of the input itself. */
static bool
replace_by_piece(struct input *input, struct piece piece, struct piece other)
{
	uint8_t *copy = malloc(other.size + 1);
	bool done;

	if (!copy)
		return false;
	memcpy(copy, input->data + other.at, other.size);
	done = replace(input, piece, copy, other.size);
	free(copy);
	return done;
}

/* A line with its newline, but not the letters before the records. */
static bool
draw_line(struct input *input, struct piece *line)
{
	for (int i = 0; i < TRIES && input->size; i++) {
		size_t at = draw(input, input->size);
		size_t end;

		while (at > 0 && input->data[at - 1] != '\n')
			at--;
		if (input->data[at] != '{')
			continue;
		for (end = at; end < input->size && input->data[end] != '\n';)
			end++;
		*line = (struct piece){ at, end + (end < input->size) - at };
		return true;
	}
	return false;
}

/* From the first byte of a value to the byte after it. */
static size_t
value_end(const struct input *input, size_t at)
{
	int depth = 0;

	for (bool quoted = false; at < input->size && input->data[at] != '\n'; at++) {
		uint8_t byte = input->data[at];

		if (quoted && byte == '\\') {
			at++;
		} else if (byte == '"') {
			quoted = !quoted;
			if (!quoted && depth == 0)
				return at + 1;
		} else if (!quoted && (byte == '{' || byte == '[')) {
			depth++;
		} else if (!quoted && (byte == '}' || byte == ']')) {
			if (--depth <= 0)
				return at + (depth == 0);
		} else if (!quoted && depth == 0 && byte == ',') {
			return at;
		}
	}
	return at < input->size ? at : input->size;
}

/* A name's value; *name is the name with its quotes. */
static bool
draw_value(struct input *input, struct piece *value, struct piece *name)
{
	for (int i = 0; i < TRIES && input->size > 4; i++) {
		size_t at = draw(input, input->size);
		size_t end;

		while (at < input->size && input->data[at] != ':')
			at++;
		if (at + 1 >= input->size || at == 0 || input->data[at - 1] != '"')
			continue;
		end = value_end(input, at + 1);
		if (end <= at + 1)
			continue;
		*value = (struct piece){ at + 1, end - at - 1 };
		for (end = at - 1; end > 0 && input->data[end - 1] != '"';)
			end--;
		if (end == 0)
			continue;
		*name = (struct piece){ end - 1, at - end + 1 };
		return true;
	}
	return false;
}

static bool
change_line(struct input *input)
{
	struct piece line, other;

	if (!draw_line(input, &line) || !draw_line(input, &other))
		return false;
	switch (draw(input, 4)) {
	case 0:
		return replace(input, line, NULL, 0);
	case 1:
		return replace_by_piece(input, line, other);
	default:
		return replace_by_piece(input, (struct piece){ line.at, 0 }, other);
	}
}

static bool
change_value(struct input *input)
{
	struct piece value, other, name;
	const char *text = awkward[draw(input, AWKWARD)];

	if (!draw_value(input, &value, &name))
		return false;
	if (draw(input, 2))
		return replace(input, value, text, strlen(text));
	return draw_value(input, &other, &name) && replace_by_piece(input, value, other);
}

static bool
change_name(struct input *input)
{
	struct piece value, name, other;

	return draw_value(input, &value, &name) && draw_value(input, &value, &other) &&
	       replace_by_piece(input, name, other);
}

/* A member of one object comes into another, or goes. */
static bool
change_member(struct input *input)
{
	struct piece value, name, other;
	struct piece member;

	if (!draw_value(input, &value, &name))
		return false;
	member = (struct piece){ name.at, value.at + value.size - name.at };
	if (draw(input, 3) == 0) {
		bool comma = member.at + member.size < input->size &&
			     input->data[member.at + member.size] == ',';

		member.size += comma;
		return replace(input, member, NULL, 0);
	}
	if (!draw_value(input, &value, &other) ||
		!replace(input, (struct piece){ other.at, 0 }, ",", 1))
		return false;
	if (member.at >= other.at)
		member.at++;
	return replace_by_piece(input, (struct piece){ other.at, 0 }, member);
}

static bool
change_digit(struct input *input)
{
	for (int i = 0; i < 4 * TRIES && input->size; i++) {
		size_t at = draw(input, input->size);

		if (input->data[at] < '0' || input->data[at] > '9')
			continue;
		input->data[at] = (uint8_t)('0' + draw(input, 10));
		return true;
	}
	return false;
}

static bool
change(struct input *input)
{
	switch (draw(input, 8)) {
	case 0:
	case 1:
		return change_line(input);
	case 2:
	case 3:
		return change_value(input);
	case 4:
		return change_name(input);
	case 5:
		return change_member(input);
	default:
		return change_digit(input);
	}
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	struct input input = { data, size, max_size, seed };
	bool changed = false;

	if (draw(&input, 4) == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	for (size_t left = 1 + draw(&input, 4); left > 0; left--)
		changed |= change(&input);
	return changed ? input.size : LLVMFuzzerMutate(data, size, max_size);
}

/*
 * number.c - a cell's text to an exact number.
 */
#include "import/number.h"

enum { DIGITS_MAX = 30, EXPONENT_MAX = 400 };

/* Takes prefix off the start of *text. */
static bool
take(struct slice *text, struct slice prefix)
{
	if (prefix.size == 0 || text->size < prefix.size ||
		memcmp(text->data, prefix.data, prefix.size) != 0)
		return false;
	text->data += prefix.size;
	text->size -= prefix.size;
	return true;
}

static bool
take_last(struct slice *text, struct slice suffix)
{
	if (suffix.size == 0 || text->size < suffix.size ||
		memcmp(text->data + text->size - suffix.size, suffix.data, suffix.size) != 0)
		return false;
	text->size -= suffix.size;
	return true;
}

/* Also those that must not break, as printed amounts have them before their currency. */
static void
trim_spaces(struct slice *text)
{
	static const struct slice spaces[] = { { " ", 1 }, { "\xc2\xa0", 2 },
		{ "\xe2\x80\xaf", 3 } };
	bool trimmed = true;

	while (trimmed) {
		trimmed = false;
		for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
			trimmed |= take(text, spaces[i]) || take_last(text, spaces[i]);
	}
}

static void
take_symbol(const struct number_format *format, struct slice *text)
{
	trim_spaces(text);
	for (int i = 0; i < format->symbol_count; i++) {
		if (take(text, format->symbols[i]) || take_last(text, format->symbols[i]))
			break;
	}
	trim_spaces(text);
}

/* Takes off sign and currency sign, in either order ("-$5", "$-5", "($5)", "5,00- EUR"). */
static bool
take_sign(const struct number_format *format, struct slice *text)
{
	bool negative = false;

	take_symbol(format, text);
	if (take(text, SLICE("-")) || take(text, SLICE("\xe2\x88\x92")))
		negative = true;
	else if (take(text, SLICE("+")))
		negative = false;
	else if (format->trailing && take_last(text, SLICE("-")))
		negative = true;
	else if (format->parentheses && text->size > 2 && text->data[0] == '(' &&
		 take_last(text, SLICE(")")))
		negative = take(text, SLICE("("));
	else
		return false;
	take_symbol(format, text);
	return negative;
}

static inline bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Takes the digits at the start; their number, or -1 where they do not fit. */
static int
take_digits(struct slice *text, int128 *digits)
{
	int count = 0;

	for (; text->size > 0 && is_digit(text->data[0]); count++) {
		if (*digits >= (int128)1000000000000000000 * 1000000000000)
			return -1;
		*digits = *digits * 10 + (text->data[0] - '0');
		text->data++;
		text->size--;
	}
	return count;
}

/* The whole part with its thousands separators. */
static enum number_result
take_whole(const struct number_format *format, struct slice *text, int128 *digits, int *count)
{
	int group = take_digits(text, digits);

	*count = group;
	if (group < 0)
		return NUMBER_OVERFLOW;
	for (int first = group; take(text, format->thousands);) {
		group = take_digits(text, digits);
		if (group < 0)
			return NUMBER_OVERFLOW;
		if (first < 1 || first > 3 || group != 3)
			return NUMBER_GROUPS;
		*count += group;
	}
	return NUMBER_OK;
}

/* "e-16" at the start; false where it is not an exponent. */
static bool
take_exponent(struct slice *text, int *scale)
{
	bool negative = false;
	int exponent = 0;
	int count = 0;

	if (text->size == 0)
		return true;
	if (!take(text, SLICE("e")) && !take(text, SLICE("E")))
		return false;
	if (take(text, SLICE("-")))
		negative = true;
	else
		take(text, SLICE("+"));
	for (; text->size > 0 && is_digit(text->data[0]) && exponent < EXPONENT_MAX; count++) {
		exponent = exponent * 10 + (text->data[0] - '0');
		text->data++;
		text->size--;
	}
	*scale += negative ? exponent : -exponent;
	return count > 0 && text->size == 0;
}

enum number_result
number_read(const struct number_format *format, struct slice text, struct exact *number)
{
	bool negative = take_sign(format, &text);
	enum number_result result;
	int whole, fraction = 0;

	*number = (struct exact){ 0 };
	result = take_whole(format, &text, &number->digits, &whole);
	if (result != NUMBER_OK)
		return result;
	if (text.size > 0 && text.data[0] == format->decimal) {
		text.data++;
		text.size--;
		fraction = take_digits(&text, &number->digits);
		if (fraction < 0)
			return NUMBER_OVERFLOW;
	}
	number->scale = fraction;
	if (whole + fraction == 0 || !take_exponent(&text, &number->scale))
		return NUMBER_SYNTAX;
	if (negative)
		number->digits = -number->digits;
	return NUMBER_OK;
}

static void
drop_zeros(struct exact *number)
{
	while (number->scale > 0 && number->digits % 10 == 0) {
		number->digits /= 10;
		number->scale--;
	}
}

/* The same value at a scale that is not smaller; false: overflow. */
static bool
rescale(struct exact *number, int scale)
{
	if (number->digits == 0)
		number->scale = scale;
	while (number->scale < scale) {
		if (__builtin_mul_overflow(number->digits, 10, &number->digits))
			return false;
		number->scale++;
	}
	return true;
}

bool
exact_add(struct exact *sum, struct exact term)
{
	int scale = sum->scale > term.scale ? sum->scale : term.scale;

	return rescale(sum, scale) && rescale(&term, scale) &&
	       !__builtin_add_overflow(sum->digits, term.digits, &sum->digits);
}

bool
exact_multiply(struct exact *product, struct exact factor)
{
	drop_zeros(product);
	drop_zeros(&factor);
	product->scale += factor.scale;
	return !__builtin_mul_overflow(product->digits, factor.digits, &product->digits);
}

/* Digits of a magnitude before its decimal point; what cannot be rescaled differs by these. */
static int
magnitude(struct exact number)
{
	int digits = 0;

	for (int128 rest = number.digits; rest != 0; rest /= 10)
		digits++;
	return digits - number.scale;
}

int
exact_compare(struct exact a, struct exact b)
{
	int scale = a.scale > b.scale ? a.scale : b.scale;
	int sign_a = (a.digits > 0) - (a.digits < 0);
	int sign_b = (b.digits > 0) - (b.digits < 0);
	struct exact wide_a = a;
	struct exact wide_b = b;

	if (sign_a != sign_b || sign_a == 0)
		return sign_a - sign_b;
	if (!rescale(&wide_a, scale) || !rescale(&wide_b, scale))
		return magnitude(a) > magnitude(b) ? sign_a : -sign_a;
	return (wide_a.digits > wide_b.digits) - (wide_a.digits < wide_b.digits);
}

enum number_result
exact_count(struct exact number, int decimals, int rounding, int64_t *count)
{
	int128 divisor = 1;

	drop_zeros(&number);
	if (!rescale(&number, decimals))
		return NUMBER_OVERFLOW;
	if (number.scale > decimals && rounding < 0)
		return NUMBER_INEXACT;
	for (int i = decimals; i < number.scale; i++) {
		/* Below a hundredth of the smallest part further steps change nothing. */
		if (divisor / 100 > number.digits && divisor / 100 > -number.digits)
			break;
		if (__builtin_mul_overflow(divisor, 10, &divisor))
			return NUMBER_OVERFLOW;
	}
	number.digits = round_quotient(number.digits, divisor, (enum rounding)rounding);
	return narrow_overflows(number.digits, count) ? NUMBER_OVERFLOW : NUMBER_OK;
}

int
exact_decimals(struct exact number)
{
	drop_zeros(&number);
	return number.scale > 0 ? number.scale : 0;
}

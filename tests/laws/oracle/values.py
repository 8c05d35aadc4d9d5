"""Numbers, rounding, dealing out, and the text of the ledger."""

import json
import re
from decimal import Decimal
from fractions import Fraction

EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3}
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$")


class NotSupported(Exception):
    pass


def as_list(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def number(value):
    """A JSON number or a string that reads as one; None if it is neither."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, Decimal):
        return Fraction(value)
    if isinstance(value, str) and NUMBER.match(value):
        return Fraction(Decimal(value))
    return None


def floor(value):
    return value.numerator // value.denominator


def rounded(value, mode):
    low = floor(value)
    rest = value - low
    if mode == "down" or rest == 0:
        return low
    if mode == "up":
        return low + 1
    if rest != Fraction(1, 2):
        return low + (1 if rest > Fraction(1, 2) else 0)
    if mode == "half-up":
        return low + 1
    return low + low % 2


def dealt(total, weights):
    """An integer dealt out by weights: largest remainder, ties to the first."""
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    exact = [Fraction(total) * weight / whole for weight in weights]
    return largest_remainder(total, exact)


def largest_remainder(total, exact):
    parts = [floor(value) for value in exact]
    missing = total - sum(parts)
    order = sorted(range(len(exact)), key=lambda i: (-(exact[i] - parts[i]), i))
    for i in order[:missing]:
        parts[i] += 1
    return parts


def written(amount, decimals):
    """An amount in smallest parts, as the ledger writes it: an integer of 64 bits, or a decimal string."""
    if decimals == 0:
        return amount if -2 ** 63 <= amount < 2 ** 63 else str(amount)
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10 ** decimals)
    return "%s%d.%0*d" % (sign, whole, decimals, part)


def money_text(amount, exponent):
    return str(written(amount, exponent))


def read_json(text):
    return json.loads(text, parse_float=Decimal)


def json_line(record):
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=plain)


def plain(value):
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(value)

"""What was paid for what: the parts of a purchase, line by line, in the smallest money."""

from fractions import Fraction

from .values import dealt, number

OUTSIDE = ("tax", "shipping", "tip", "fees", "donation")


def cents(programme, value):
    """Money in its smallest part; what is no money (of an action, say) is none."""
    exact = number(value)
    if exact is None or exact < 0 or (exact * 10 ** programme.exponent).denominator != 1:
        return 0
    return int(exact * 10 ** programme.exponent)


def discount_money(programme, record, kind=None):
    """What came off, of a record or a line: a number, or an object of kinds."""
    stated = record.get("discount")
    if isinstance(stated, dict):
        return sum(cents(programme, value) for name, value in stated.items() if kind in (None, name))
    return cents(programme, stated) if kind is None else 0


def line_money(programme, line):
    """The line's total less its own discount."""
    if isinstance(line, Remains):
        return line_money(programme, line.sold) * line.rest
    return cents(programme, line.get("amount")) - discount_money(programme, line)


def lines_of(record):
    """The lines; a record without items is one line without fields."""
    return record.get("items") or [{}]


def basket_money(programme, basket):
    """What the basket amounts to, or None."""
    if basket is None or basket.get("amount") is None:
        return None
    return cents(programme, basket["amount"])


def part_by_line(programme, record, part, selected_only):
    """One part of the base for every line: a list of numbers, in smallest money or (for fields) as they stand."""
    if isinstance(record, Remains):
        numbers = part_by_line(programme, record.sold, part, selected_only)
        return [number_ * rest for number_, rest in zip(numbers, record.rests) if rest]
    lines = lines_of(record)
    has_items = bool(record.get("items"))
    money = [line_money(programme, line) for line in lines]
    if part == "merchandise":
        if not has_items:
            return [cents(programme, record.get("amount")) - sum(cents(programme, record.get(name)) for name in OUTSIDE)]
        shares = dealt(discount_money(programme, record), money)
        return [paid - share for paid, share in zip(money, shares)]
    if part in OUTSIDE:
        carried = has_items and any(part in line for line in lines)
        if carried and (selected_only or part not in record):
            return [cents(programme, line.get(part)) for line in lines]
        return dealt(cents(programme, record.get(part)), money)
    if part == "discount" or part.startswith("discount."):
        kind = part.partition(".")[2] or None
        shares = dealt(discount_money(programme, record, kind), money)
        own = [discount_money(programme, line, kind) if has_items else 0 for line in lines]
        return [share + mine for share, mine in zip(shares, own)]
    if part == "amount":
        return dealt(cents(programme, record.get("amount")), money)
    scale = 10 ** programme.exponent
    if part.startswith("items."):
        field = part[len("items."):]
        return [(quantity_of(line) if field == "qty" else number(line.get(field)) or 0) * scale for line in lines]
    whole = (number(record.get(part)) or Fraction(0)) * scale
    if len(lines) == 1:
        return [whole]
    return [whole * share / sum(money) for share in money]


def part_number(programme, record, part):
    return sum(part_by_line(programme, record, part, False))


def tenders_of(record):
    """(tender, its part of all tenders); a record without tenders has one without fields."""
    tenders = record.get("tenders") or []
    if isinstance(record, Remains):
        return [(tender, part) for tender, (sold, part) in zip(tenders or [{}], tenders_of(record.sold))]
    paid = [number(tender.get("amount")) or Fraction(0) for tender in tenders]
    if not tenders or sum(paid) == 0:
        return [({}, Fraction(1))]
    return [(tender, amount / sum(paid)) for tender, amount in zip(tenders, paid)]


# -- what remains of a sale ----------------------------------------------------------------------------------------


class Remains(dict):
    """A purchase, or one line of it, less what was returned: its numbers are parts of what was sold."""


def remaining(programme, sold, rests):
    """The purchase of which each line remains by a part from 0 to 1."""
    record = Remains(sold)
    record.sold, record.rests = sold, rests
    money = [line_money(programme, line) for line in lines_of(sold)]

    def left(smallest):
        return sum(Fraction(part) * rest for part, rest in zip(dealt(smallest, money), rests)) / 10 ** programme.exponent

    for name in ("amount",) + OUTSIDE:
        if name in sold:
            record[name] = left(cents(programme, sold[name]))
    if isinstance(sold.get("discount"), dict):
        record["discount"] = {kind: left(cents(programme, value)) for kind, value in sold["discount"].items()}
    elif "discount" in sold:
        record["discount"] = left(cents(programme, sold["discount"]))
    if sold.get("items"):
        record["items"] = [remaining_line(line, rest) for line, rest in zip(sold["items"], rests) if rest]
    record.part = record["amount"] * 10 ** programme.exponent / cents(programme, sold["amount"]) if number(sold.get("amount")) else Fraction(1)
    if sold.get("tenders"):
        record["tenders"] = [remaining_line(tender, record.part) for tender in sold["tenders"]]
    return record


def remaining_line(sold, rest):
    line = Remains(sold)
    line.sold, line.rest = sold, rest
    for name in ("amount", "qty"):
        if name in sold:
            line[name] = number(sold[name]) * rest
    return line


def quantity_of(line):
    """How many a line counts for; a tender is one however little of it is left."""
    if isinstance(line, Remains):
        return quantity_of(line.sold) * (1 if "kind" in line else line.rest)
    return number(line.get("qty", 1))

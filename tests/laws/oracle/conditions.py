"""Conditions and tables, judged in a context: a member, a record, and two times.

`now` is when it is judged (balances, rolling windows); `date` is what dates, calendar periods and tables read.
"""

from fractions import Fraction

from .money import basket_money, line_money, part_number, quantity_of
from .times import WEEKDAYS, is_duration
from .values import as_list, number

BOUNDS = ("at.date", "at.time", "amount", "basis", "items.amount", "items.qty")
PARTS = ("merchandise", "tax", "shipping", "tip", "fees", "donation", "discount")


class Context:
    def __init__(self, programme, member, record, now, date, at, levels_to_be=None):
        self.programme, self.member, self.record = programme, member, record
        self.now, self.date, self.at = now, date, at
        self.levels_to_be = levels_to_be or {}              # crossing new: by unit, the levels that its tables read
        self.table_levels = {}                  # those of the unit at hand

    def tell_levels(self, unit):
        self.table_levels = self.levels_to_be.get(unit, {})

    def local(self):
        return self.programme.place.local(self.date)

    # -- fields ------------------------------------------------------------------------------------------------

    def field(self, name):
        """A field of the record; a number may be a part of the base."""
        local = self.local()
        if name == "at.date":
            return local.date().isoformat()
        if name == "at.time":
            return local.strftime("%H:%M")
        if name == "at.weekday":
            return WEEKDAYS[local.weekday()]
        if name == "at.day":
            return local.day
        if name == "at.month":
            return local.month
        if name.startswith("member."):
            return self.member.profile(name[len("member."):])
        value = walk(self.record, name)
        if name in PARTS and (value is None or isinstance(value, dict)) and "amount" in self.record:
            return Fraction(part_number(self.programme, self.record, name), 10 ** self.programme.exponent)
        return value

    # -- conditions --------------------------------------------------------------------------------------------

    def holds(self, condition):
        if condition is None:
            return True
        if isinstance(condition, list):
            return any(self.holds(one) for one in condition)
        return all(self.key_holds(key, test) for key, test in condition.items())

    def key_holds(self, key, test):
        programme = self.programme
        if key == "any":
            return any(self.holds(one) for one in test)
        if key == "not":
            return not self.holds(test)
        if key == "in":
            return self.is_in(test)
        if key == "history":
            return self.history(test)
        if key in ("items", "tenders"):
            return elements_hold(programme, self.elements(key), test)
        if key == "basket.items":
            return elements_hold(programme, (self.record.get("basket") or {}).get("items") or [], test)
        ladder = programme.ladder(key)
        if ladder:
            return self.level_holds(ladder, test)
        if key.startswith("balance."):
            unit = key[len("balance."):]
            return meets(self.amount_of(unit, self.member.balance(unit, self.now)), test)
        if key.startswith("earned."):
            unit = key[len("earned."):]
            over = test.get("over", "lifetime") if isinstance(test, dict) else "lifetime"
            when = self.now if is_duration(over) else self.date
            return meets(self.amount_of(unit, self.member.earned(unit, over, when)), test)
        return meets(self.field(key), test)

    def elements(self, key):
        """The lines or tenders; a purchase that lists none is one, without fields but for its money."""
        listed = self.record.get(key) or []
        if listed or self.record.get("type") != "purchase":
            return listed
        part = "merchandise" if key == "items" else "amount"
        return [Whole(part_number(self.programme, self.record, part))]

    def amount_of(self, unit, smallest):
        return Fraction(smallest, 10 ** self.programme.units[unit].decimals)

    def level_holds(self, ladder, test):
        present = self.member.level(ladder)
        if not isinstance(test, dict):
            return ladder.names[present] in as_list(test)
        for key, value in test.items():
            if key == "not":
                good = ladder.names[present] not in as_list(value)
            else:
                other = ladder.names.index(value)
                good = {"min": present >= other, "max": present <= other,
                        "above": present > other, "below": present < other}[key]
            if not good:
                return False
        return True

    def is_in(self, test):
        if isinstance(test, dict):
            return not self.is_in(test["not"])
        return any(self.programme.periods.window(name, self.date, self.member) is not None for name in as_list(test))

    def history(self, condition):
        over = condition.get("over", "lifetime")
        count = 0
        for entry in self.member.now_story():
            if entry.cancelled or id(condition) not in entry.histories:
                continue
            if over == "lifetime":
                count += 1
            elif is_duration(over):
                count += self.programme.periods.counts(over, entry.rolled, self.now, self.member)
            else:
                count += self.programme.periods.counts(over, entry.date, self.date, self.member)
        return meets(count, condition.get("count", {"min": 1}))

    # -- tables ------------------------------------------------------------------------------------------------

    def table(self, value, line=None, tender=None, basis=None, levels=None, seen=None):
        """The value that a table gives here; None if no key fits."""
        while isinstance(value, dict) and "by" in value:
            subject = value["by"]
            if seen is not None:
                seen.append(subject)
            key = self.key_of(subject, value, line, tender, basis, levels)
            if key is None:
                key = "else"
            if key not in value:
                return None
            value = value[key]
        return value

    def key_of(self, subject, table, line, tender, basis, levels):
        keys = [key for key in table if key not in ("by", "else")]
        ladder = self.programme.ladder(subject)
        if ladder:
            index = (self.table_levels if levels is None else levels).get(ladder.id)
            if index is None:
                index = self.member.level(ladder)
            return ladder.names[index] if ladder.names[index] in keys else None
        if subject in ("at.date", "at.time"):
            here = self.field(subject)
            below = [key for key in keys if key <= here]
            return max(below) if below else None
        if subject in BOUNDS or subject.startswith(("balance.", "earned.")):
            here = self.subject_number(subject, line, basis)
            below = [key for key in keys if here is not None and number(key) <= here]
            return max(below, key=number) if below else None
        if subject.startswith("items."):
            here = (line or {}).get(subject[len("items."):])
        elif subject.startswith("tenders."):
            here = (tender or {}).get(subject[len("tenders."):])
        else:
            here = self.field(subject)
        return here if isinstance(here, str) and here in keys else None

    def subject_number(self, subject, line, basis):
        if subject == "basis":
            return basis
        if subject.startswith("items."):
            return number((line or {}).get(subject[len("items."):]))
        if subject.startswith("balance."):
            unit = subject[len("balance."):]
            return self.amount_of(unit, self.member.balance(unit, self.now))
        if subject.startswith("earned."):
            unit = subject[len("earned."):]
            return self.amount_of(unit, self.member.earned(unit, "lifetime", self.date))
        return number(self.field(subject))

    def number(self, value, **where):
        """A number*, or None."""
        found = self.table(value, **where)
        return None if found is None else number(found)

    def in_force(self, owner):
        return is_in_force(self.programme, owner, self.date)


def is_in_force(programme, owner, date):
    place = programme.place
    if "from" in owner and date < place.read(owner["from"]):
        return False
    if "through" in owner and date >= day_end(place, owner["through"]):
        return False
    return True


def day_end(place, text):
    """The exclusive end of `through` or `until`: a date is that whole day."""
    start = place.read(text)
    return place.calendar("day", start)[1] if len(text) == 10 else start


def walk(record, name):
    if name in record:
        return record[name]
    head, dot, rest = name.partition(".")
    if dot and isinstance(record.get(head), dict):
        return walk(record[head], rest)
    return None


def same(value, other):
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, str) and isinstance(other, str) and value == other:
        return True
    left, right = number(value), number(other)
    return left is not None and right is not None and left == right


def meets(value, test):
    """A value against a scalar, a list, or a comparison."""
    if isinstance(value, list):
        if isinstance(test, dict) and "not" in test:
            rest = {key: part for key, part in test.items() if key != "not"}
            none = not any(meets(one, as_list(test["not"])) for one in value)
            return none and (not rest or any(meets(one, rest) for one in value))
        if isinstance(test, dict) and "exists" in test:
            return test["exists"]
        return any(meets(one, test) for one in value)
    if isinstance(test, list):
        return any(same(value, other) for other in test)
    if not isinstance(test, dict):
        return same(value, test)
    return all(compares(value, key, other) for key, other in test.items())


def compares(value, key, other):
    if key == "over":
        return True
    if key == "exists":
        return (value is not None) == other
    if key == "not":
        return not any(same(value, one) for one in as_list(other))
    if value is None:
        return False
    left, right = number(value), number(other)
    if left is None or right is None:
        if key == "every" or not (isinstance(value, str) and isinstance(other, str)):
            return False
        left, right = value.encode(), other.encode()
    if key == "every":
        return (left / right).denominator == 1
    return {"min": left >= right, "max": left <= right, "above": left > right, "below": left < right}[key]


def element_holds(element, condition):
    """A line or tender against a condition on its own fields."""
    if condition is None:
        return True
    if isinstance(condition, list):
        return any(element_holds(element, one) for one in condition)
    for key, test in condition.items():
        if key == "any":
            good = any(element_holds(element, one) for one in test)
        elif key == "not":
            good = not element_holds(element, test)
        elif key in ("count", "total"):
            good = True
        else:
            good = meets(walk(element, key), test)
        if not good:
            return False
    return True


class Whole(dict):
    """A purchase as its only line or tender."""

    def __init__(self, money):
        super().__init__()
        self.money = money


def money_of(programme, element):
    return element.money if isinstance(element, Whole) else line_money(programme, element)


def elements_hold(programme, elements, condition):
    """Some element meets it; or `count` and `total` of those that do."""
    if isinstance(condition, list):
        return any(elements_hold(programme, elements, one) for one in condition)
    found = [element for element in elements if element_holds(element, condition)]
    counts = [key for key in ("count", "total") if key in condition]
    if not counts:
        return bool(found)
    if "count" in condition:
        if not meets(sum((quantity_of(one) for one in found), Fraction(0)), condition["count"]):
            return False
    if "total" in condition:
        money = Fraction(sum(money_of(programme, one) for one in found), 10 ** programme.exponent)
        if not meets(money, condition["total"]):
            return False
    return True


__all__ = ["Context", "basket_money", "element_holds", "elements_hold", "is_in_force", "day_end", "meets"]

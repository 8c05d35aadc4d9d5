"""Limits: the room left, by looking through all that the member's rules and rewards (shared: everybody's) ever fired."""

from fractions import Fraction

from .conditions import walk
from .returns import share_returned
from .times import is_duration


class Firing:
    """That a rule or reward fired once (or, a reward, `times` at once)."""

    def __init__(self, receiver, limits, cause, times, amount, rule):
        self.receiver, self.times, self.amount, self.rule = receiver, times, amount, rule
        self.limits = [key for key, limit, name in limits]
        self.record, self.date, self.rolled = cause.record, cause.date, cause.now
        self.sale = cause.root
        self.cause = cause
        self.posting = None
        self.contribution = None
        self.remainders = {}
        self.undone = False             # a cancelled redemption


class Room:
    def __init__(self):
        self.times, self.most, self.amount = None, {}, None


def values_of(limit, record):
    """The value, or values, that a `by` limit counts separately."""
    if "by" not in limit:
        return [None]
    value = walk(record, limit["by"])
    return value if isinstance(value, list) else [value]


def room(engine, cause, receiver, key, limit, context):
    """What a limit leaves now; of several values (a list of choices) the least."""
    left = Room()
    for value in values_of(limit, cause.record):
        one = room_for(engine, cause, receiver, key, limit, context, value)
        if one.times is not None:
            left.times = one.times if left.times is None else min(left.times, one.times)
        if one.amount is not None:
            left.amount = one.amount if left.amount is None else min(left.amount, one.amount)
        for unit, amount in one.most.items():
            left.most[unit] = min(amount, left.most.get(unit, amount))
    return left


def room_for(engine, cause, receiver, key, limit, context, value):
    left = Room()
    firings = engine.firings if limit.get("shared") else receiver.firings
    before = [firing for firing in ([] if is_over(engine, cause, receiver, limit) else firings)
              if key in firing.limits and not is_unknown(engine, key, firing) and value in values_of(limit, firing.record)
              and counts(engine, cause, receiver, limit["per"], firing)]
    times = context.number(limit.get("times"))
    if times is not None:
        left.times = times - sum(times_used(engine, firing) for firing in before)
    amount = context.number(limit.get("amount"))
    if amount is not None:
        left.amount = amount - sum((amount_used(engine, firing) for firing in before), Fraction(0))
    for unit, most in limit.get("most", {}).items():
        most = context.number(most)
        if most is not None:
            scale = 10 ** engine.programme.units[unit].decimals
            left.most[unit] = most * scale - sum(units_used(firing, unit) for firing in before)
    return left


def is_unknown(engine, key, firing):
    """Where rules and rewards share a limit, a firing of a rule that was rounded to nothing uses no room."""
    return key in engine.programme.mixed_limits and firing.contribution is not None and firing.posting is None


def counts(engine, cause, receiver, per, firing):
    if per == "purchase":
        return firing.cause.origin is cause.origin
    if is_duration(per):
        return engine.programme.periods.counts(per, firing.rolled, cause.now, receiver)
    if per == "lifetime":
        return True
    return engine.programme.periods.counts(per, firing.date, cause.date, receiver)


def is_over(engine, cause, receiver, limit):
    """Is the period closed by the clock of who has the limit: the receiver, or everybody?"""
    clock = max(engine.clocks.values(), default=None) if limit.get("shared") else receiver.clock
    return limit["per"] != "purchase" and engine.programme.is_closed(limit["per"], cause.date, receiver, clock)


def times_used(engine, firing):
    if firing.undone or (firing.sale is not None and firing.contribution and wholly_back(firing)):
        return 0
    return firing.times


def wholly_back(firing):
    cells = [amounts for amounts in firing.contribution.cells.values()]
    if not cells:                       # a multiplier that only lowered others
        return share_returned(firing.sale, {("", None, None): Fraction(1)}) == 1
    if firing.posting is None:
        return all(share_returned(firing.sale, amounts) == 1 for amounts in cells)
    return all(firing.receiver.reversed_of(firing.posting, unit) == amount
               for unit, amount in firing.posting.units.items())


def amount_used(engine, firing):
    if firing.sale is None or firing.undone:
        return Fraction(0) if firing.undone else firing.amount
    cells = firing.contribution.cells.values() if firing.contribution else []
    cells = next((amounts for amounts in cells if sum(amounts.values())), {})   # of the first unit given
    return firing.amount * (1 - share_returned(firing.sale, cells))


def units_used(firing, unit):
    if firing.posting is None or firing.undone:
        return 0
    if firing.posting.kind != "earned":
        return firing.given.get(unit, 0)
    return firing.posting.units.get(unit, 0) - firing.receiver.reversed_of(firing.posting, unit)


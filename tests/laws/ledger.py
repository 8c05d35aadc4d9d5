"""What must hold of a ledger, told from the ledger alone (and the programme's units): laws 1, 6 and 7.

Every check returns a list of problems; an empty list means that the law holds.
"""

import json
from decimal import Decimal
from fractions import Fraction

from oracle.times import Place

POSTINGS = {"earned", "reversed", "adjusted", "tier_changed", "redeemed", "restored", "settled", "waived", "issued",
            "used", "voided", "expired", "forfeited", "refused", "tried", "transferred"}
FACTS = {"enrol", "profile", "purchase", "return", "cancel", "action", "redeem", "adjust", "transfer", "grant", "merge", "leave", "tick"}


def read(data):
    """The records of a ledger, in order."""
    return [json.loads(line, parse_float=Decimal) for line in data.decode("utf-8").splitlines() if line.strip()]


def units_of(posting, key="units"):
    return {unit: Fraction(str(amount)) for unit, amount in posting.get(key, {}).items()}


def balances(records, by=None):
    """{(member, unit): sum of units}; `by` 1: {unit: sum of units}."""
    sums = {}
    for record in records:
        if record["type"] in POSTINGS:
            for unit, amount in units_of(record).items():
                key = (record["member"], unit) if by is None else unit
                sums[key] = sums.get(key, 0) + amount
    return sums


def repeated(names):
    """Those that come more than once."""
    names = list(names)
    return {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()


def check_frame(records):
    """The end's counts and sums are those of the records between."""
    problems = []
    if not records or records[0]["type"] != "begin" or records[-1]["type"] != "end":
        return ["no frame"]
    counts = {}
    for record in records[1:-1]:
        kind = record["type"] if record["type"] in POSTINGS | FACTS else "other"
        counts[kind] = counts.get(kind, 0) + 1
    if counts != records[-1]["counts"]:
        problems.append("counts are %s, the end says %s" % (counts, records[-1]["counts"]))
    sums = {}
    for (member, unit), amount in balances(records).items():
        sums[unit] = sums.get(unit, 0) + amount
    for unit, amount in records[-1]["units"].items():
        if Fraction(str(amount)) != sums.get(unit, 0):
            problems.append("%s sums to %s, the end says %s" % (unit, sums.get(unit, 0), amount))
    if set(sums) - set(records[-1]["units"]):
        problems.append("units that the end does not know")
    ids = repeated((record["member"], record["id"]) for record in records if record["type"] in POSTINGS)
    facts = repeated((record["member"], record["id"]) for record in records
                     if record["type"] not in POSTINGS and "id" in record and "member" in record)
    again = tuple(name + ":" for member, name in facts)     # such a fact gives ids again, as far as no lot is called so
    if not all(name.startswith(again) for member, name in ids):
        problems.append("two postings of one id")
    return problems


class Holdings:
    """One member's lots of one unit, as far as the ledger names them."""

    def __init__(self):
        self.lots = {}
        self.debt = Fraction(0)
        self.unnamed = Fraction(0)      # taken by negative adjusts, which name no lots

    def closing(self):
        return sum(self.lots.values(), Fraction(0)) - self.unnamed + self.debt


def check_conservation(records, spendable):
    """Law 6, in total and per lot. (problems, number of moves on lots that were checked)."""
    problems, held, checked = [], {}, 0

    def say(record, text):
        problems.append("%s of %s: %s" % (record["id"], record["member"], text))

    for record in records:
        kind = record["type"]
        if kind not in POSTINGS:
            continue
        if kind == "transferred" and record["rule"] == "merge" and "to" in record:
            move_names(held, record["member"], record["to"])
        units = {unit: n for unit, n in units_of(record).items() if unit in spendable}
        named = {}
        for lot, amounts in record.get("lots", {}).items():
            for unit, amount in amounts.items():
                named.setdefault(unit, []).append((lot, Fraction(str(amount))))
        for unit in set(units) | set(named):
            own = held.setdefault((record["member"], unit), Holdings())
            amount, moves = units.get(unit, Fraction(0)), named.get(unit, [])
            checked += len(moves)
            total = sum((n for lot, n in moves), Fraction(0))
            if kind == "earned" or (kind == "adjusted" and amount > 0) or (kind == "restored" and amount > 0 and not moves):
                own.lots[record["id"]] = own.lots.get(record["id"], Fraction(0)) + amount
            elif kind == "adjusted" or (kind == "restored" and not moves):
                own.unnamed -= amount
            elif kind in ("redeemed", "transferred") and amount > 0 and not moves:
                own.lots[record.get("lot", record["id"])] = amount
            elif total != amount:
                say(record, "its lots move %s, its units %s" % (total, amount))
            for lot, n in moves:
                if lot == "debt":
                    own.debt += n
                    if own.debt > 0 and not own.unnamed:
                        say(record, "debt above zero")
                elif lot not in own.lots:
                    say(record, "no lot " + lot)
                elif kind in ("reversed", "restored") and n < 0:
                    taken = min(own.lots[lot], -n)
                    own.lots[lot] -= taken
                    own.debt -= -n - taken
                else:
                    own.lots[lot] += n
                    if own.lots[lot] < 0:
                        say(record, "lot %s below zero" % lot)
            if kind in ("settled",) and total != 0:
                say(record, "a settlement that makes or loses points")
    for unit, amount in balances([record for record in records if record["type"] == "transferred"], by=1).items():
        if amount:
            problems.append("transfers and merges make %s %s" % (amount, unit))
    sums = {key: amount for key, amount in balances(records).items() if key[1] in spendable}
    for key in set(sums) | set(held):
        own = held.get(key, Holdings())
        if own.closing() != sums.get(key, 0):
            problems.append("%s %s: lots and debt make %s, the postings %s" % (key + (own.closing(), sums.get(key, 0))))
    return problems, checked


def move_names(held, old, new):
    """In a merge every lot goes by its name and the old key, also one with nothing left."""
    for member, unit in list(held):
        if member == old:
            other = held.setdefault((new, unit), Holdings())
            for lot in held[member, unit].lots:
                other.lots.setdefault(lot + ":" + old, Fraction(0))


def check_time(records, timezone, upto=None):
    """Law 7: no posting before its cause, none after --as-of."""
    place = Place(timezone)
    problems, seen = [], {}
    for record in records:
        kind = record["type"]
        if kind in FACTS and kind != "tick":
            at = place.read(record["at"])
            seen[record["member"], record.get("id", kind + "@" + record["at"])] = at
        elif kind in POSTINGS:
            at = place.read(record["at"])
            cause = seen.get((record.get("by", record["member"]), record["of"]))
            if cause is None:
                cause = due_instant(place, record["of"])
            if cause is None:
                problems.append("%s: nothing called %s before it" % (record["id"], record["of"]))
            elif at < cause:
                problems.append("%s: dated before %s" % (record["id"], record["of"]))
            seen[record["member"], record["id"]] = at
        else:
            continue
        if upto is not None and kind in POSTINGS and at > upto:
            problems.append("%s: dated after --as-of" % record["id"])
    return problems


def due_instant(place, name):
    """The instant of NAME@INSTANT."""
    try:
        return place.read(name.rsplit("@", 1)[1])
    except (IndexError, ValueError):
        return None

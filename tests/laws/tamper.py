#!/usr/bin/env python3
"""tamper.py [--from SEED] [--count N] [--tries N] [--profile basic|full|both] [--keep DIRECTORY]

Changes one thing in the ledgers of random programmes and logs, and asks loyalty-check, found on PATH, to notice. What a
ledger cannot show by itself need not be noticed; that is, where its `end` is right:

    a fact gone, or another member's, that brought about nothing; one at an earlier time, where late ones are posted
    a line once more further down, where late ones are posted: a fact that comes again so late is another
    other amounts of an `earned`, and more paid by the lots of a redemption that gives the difference
    a lot for another one of the member that has enough; a birthday's points on another member, in a tick's sweep
    two lines in each other's place that have nothing to do with each other: facts of two members without postings,
    postings of one decider in a group, what is due to two members after a tick

Counts and sums at the end are made to fit where that is harder (`mended`). Prints for each kind of change how many were
tried, how many had to be noticed, and how many were; exit 1 if one of those was not.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import ledger  # noqa: E402
from laws import Broken, Case  # noqa: E402

MOVED = ("units", "lots")


class Draft:
    """A ledger's lines, to be changed; `must` says that the change is to be noticed."""

    def __init__(self, case, draw):
        self.lines = case.posted.rstrip(b"\n").split(b"\n")
        self.records = [json.loads(line) for line in self.lines]
        self.draw, self.must, self.about = draw, True, ""
        self.members = sorted({record["member"] for record in self.records if "member" in record})

    def kind(self, at):
        return self.records[at]["type"]

    def pick(self, wanted):
        places = [at for at, record in enumerate(self.records) if wanted(record)]
        return self.draw.choice(places) if places else None

    def pick_posting(self, wanted=lambda record: True):
        return self.pick(lambda record: record["type"] in ledger.POSTINGS and wanted(record))

    def replace(self, at, record):
        self.records[at] = record
        self.lines[at] = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode("utf-8")

    def mend(self):
        """Counts and sums as the records make them."""
        end, counts, sums = dict(self.records[-1]), {}, {}
        for record in self.records[1:-1]:
            kind = record["type"] if record["type"] in ledger.POSTINGS | ledger.FACTS else "other"
            counts[kind] = counts.get(kind, 0) + 1
            if record["type"] in ledger.POSTINGS:
                for unit, amount in ledger.units_of(record).items():
                    sums[unit] = sums.get(unit, 0) + amount
        end["counts"] = counts
        end["units"] = {unit: write_like(amount, sums.get(unit, 0)) for unit, amount in end["units"].items()}
        self.replace(len(self.records) - 1, end)

    def delete(self, at):
        del self.lines[at], self.records[at]

    def insert(self, at, other):
        self.lines.insert(at, self.lines[other])
        self.records.insert(at, self.records[other])

    def causes_something(self, at):
        """Whether postings follow that are of this record."""
        record = self.records[at]
        name = record.get("id", "%s@%s" % (record["type"], record.get("at")))
        for other in self.records[at + 1:]:
            if other["type"] in ledger.FACTS:
                return False
            if other.get("of") == name and other.get("by", other["member"]) == record.get("member"):
                return True
        return False

    def data(self):
        return b"".join(line + b"\n" for line in self.lines)


def write_like(text, amount):
    """An amount with as many decimals as another."""
    if not isinstance(text, str):
        return int(amount)
    decimals = len(text.split(".")[1])
    digits = "%0*d" % (decimals + 1, abs(int(amount * 10 ** decimals)))
    return ("-" if amount < 0 else "") + digits[:-decimals] + "." + digits[-decimals:]


def more(text, by):
    unit = ledger.Fraction(1, 10 ** len(text.split(".")[1])) if isinstance(text, str) else 1
    return write_like(text, ledger.Fraction(str(text)) + by * unit)


# -- the changes: each changes a draft; None: there is nothing to be changed so -------------------------------------------


def drop(draft):
    at = draft.draw.randrange(len(draft.lines))
    draft.delete(at)
    return at


def drop_mended(draft):
    at = draft.pick(lambda record: record["type"] not in ("begin", "end"))
    if at is None:
        return None
    record = draft.records[at]
    draft.must = record["type"] in ledger.FACTS and draft.causes_something(at)
    draft.delete(at)
    draft.mend()
    return at


def double(draft):
    at = draft.draw.randrange(len(draft.lines))
    draft.insert(at, at)
    return at


def double_mended(draft):
    at = draft.pick(lambda record: record["type"] in ledger.FACTS | ledger.POSTINGS)
    if at is None:
        return None
    other = draft.draw.choice([at, draft.draw.randrange(at, len(draft.lines) - 1)])
    draft.insert(other + 1, at)
    draft.must = other == at or "late" not in draft.records[0]
    draft.mend()
    return at


def swap(draft):
    at = draft.draw.randrange(len(draft.lines) - 1)
    one, other = draft.records[at], draft.records[at + 1]
    draft.must = "begin" in (one["type"], other["type"]) or "end" in (one["type"], other["type"]) or must_stay(draft, at)
    draft.lines[at], draft.lines[at + 1] = draft.lines[at + 1], draft.lines[at]
    return at


def must_stay(draft, at):
    """Whether the line and the next one have to do with each other: a cause, or one member at two times."""
    one, other = draft.records[at], draft.records[at + 1]
    if one["type"] in ledger.POSTINGS and other["type"] in ledger.POSTINGS:
        return other.get("of") == one["id"] and other.get("by", other["member"]) == one["member"]
    if one["type"] in ledger.FACTS and other["type"] in ledger.POSTINGS:
        return draft.causes_something(at) and other.get("of") == one.get("id")
    if one["type"] in ledger.POSTINGS and other["type"] in ledger.FACTS:
        return "@" not in one["of"] and other["type"] != "tick"
    return False


def amount(draft):
    return change_amount(draft, False)


def amount_mended(draft):
    return change_amount(draft, True)


def change_amount(draft, mended):
    at = draft.pick_posting(lambda record: any(record.get(name) for name in MOVED))
    if at is None:
        return None
    record = json.loads(draft.lines[at])
    where = draft.draw.choice([name for name in MOVED if record.get(name)])
    units = record[where] if where == "units" else draft.draw.choice(list(record["lots"].values()))
    unit = draft.draw.choice(list(units))
    units[unit] = more(units[unit], draft.draw.choice([-1, 1, 7]))
    named = any(unit in moved for moved in record.get("lots", {}).values())
    draft.must = record["type"] != "redeemed" if where == "lots" else not mended or (named and record["type"] != "redeemed")
    draft.replace(at, record)
    if mended:
        draft.mend()
    return at


def lot(draft):
    at = draft.pick_posting(lambda record: record.get("lots"))
    if at is None:
        return None
    record = json.loads(draft.lines[at])
    name = draft.draw.choice(list(record["lots"]))
    others = sorted({one["id"] for one in draft.records if one["type"] == "earned" and one["member"] == record["member"]} - set(record["lots"]))
    draft.must = not others or draft.draw.random() < .5
    record["lots"][name + "x" if draft.must else draft.draw.choice(others)] = record["lots"].pop(name)
    draft.replace(at, record)
    return at


def member(draft):
    at = draft.pick_posting()
    others = [one for one in draft.members if at is not None and one != draft.records[at]["member"]]
    if not others:
        return None
    record = json.loads(draft.lines[at])
    draft.must = "@" not in record["of"] or bool(record.get("lots"))
    record["member"] = draft.draw.choice(others)
    draft.replace(at, record)
    return at


def nobody(draft):
    at = draft.pick_posting()
    if at is None:
        return None
    record = json.loads(draft.lines[at])
    record["member"] = "nobody"
    draft.replace(at, record)
    return at


def member_of_fact(draft):
    at = draft.pick(lambda record: record["type"] in ledger.FACTS and "member" in record)
    others = [one for one in draft.members if at is not None and one != draft.records[at]["member"]]
    if not others:
        return None
    record = json.loads(draft.lines[at])
    draft.must = draft.causes_something(at)
    record["member"] = draft.draw.choice(others)
    draft.replace(at, record)
    return at


def of(draft):
    at = draft.pick_posting()
    if at is None:
        return None
    record = json.loads(draft.lines[at])
    names = sorted({one["id"] for one in draft.records if "id" in one} - {record["of"]})
    record["of"] = draft.draw.choice(names)
    draft.replace(at, record)
    return at


def name(draft):
    """Another cause, and the id that goes with it."""
    at = draft.pick_posting(lambda record: "@" not in record["of"])
    if at is None:
        return None
    record = json.loads(draft.lines[at])
    record["of"] += "x"
    record["id"] = record["of"] + draft.records[at]["id"][len(draft.records[at]["of"]):]
    draft.replace(at, record)
    return at


def rule(draft):
    at = draft.pick_posting()
    if at is None:
        return None
    record = json.loads(draft.lines[at])
    record["rule"] += "x"
    draft.replace(at, record)
    return at


def time(draft):
    at = draft.pick_posting()
    if at is None:
        return None
    record = json.loads(draft.lines[at])
    record["at"] = draft.draw.choice(["1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
    draft.replace(at, record)
    return at


def time_of_fact(draft):
    at = draft.pick(lambda record: record["type"] in ledger.FACTS)
    if at is None:
        return None
    record = json.loads(draft.lines[at])
    record["at"] = "1999-01-01T00:00:00Z"
    earlier = any(one.get("member") == record.get("member") or one["type"] == "tick" for one in draft.records[1:at])
    late = "late" in draft.records[0]
    draft.must = not late and (draft.causes_something(at) or (earlier and record["type"] != "tick"))
    draft.replace(at, record)
    return at


def kind(draft):
    at = draft.pick_posting()
    if at is None:
        return None
    record = json.loads(draft.lines[at])
    record["type"] = draft.draw.choice(sorted(ledger.POSTINGS - {record["type"]}))
    draft.replace(at, record)
    return at


def cut(draft):
    at = draft.draw.randrange(1, len(draft.lines))
    del draft.lines[at:]
    if draft.draw.random() < .5:
        draft.lines[-1] = draft.lines[-1][:draft.draw.randrange(len(draft.lines[-1])) + 1]
    return at


CHANGES = [drop, drop_mended, double, double_mended, swap, amount, amount_mended, lot, member, nobody, member_of_fact, of, name, rule, time,
           time_of_fact, kind, cut]


# -- the driver --------------------------------------------------------------------------------------------------------------


def noticed(data, *options):
    ran = subprocess.run(["loyalty-check", "-q", *options], input=data, capture_output=True, timeout=60)
    if ran.returncode not in (0, 1, 2, 3) or (ran.returncode != 0) != bool(ran.stderr):
        raise Broken("loyalty-check: status %d: %s" % (ran.returncode, ran.stderr.decode("utf-8", "replace")[:400]))
    return ran.returncode != 0


def tamper(case, change, draw, keep):
    """(had to be noticed, was noticed), or None where nothing could be changed so."""
    draft = Draft(case, draw)
    at = change(draft)
    if at is None or draft.data() == case.posted:
        return None
    found = noticed(draft.data())
    if draft.must and not found:
        os.makedirs(keep, exist_ok=True)
        path = os.path.join(keep, "%s-%s-%d.ndjson" % (change.__name__, case.profile, case.seed))
        with open(path, "wb") as file:
            file.write(draft.data())
        print("seed %d (%s): %s in line %d was not noticed: %s" % (case.seed, case.profile, change.__name__, at + 1, path))
    return draft.must, found


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--from", dest="first", type=int, default=1)
    options.add_argument("--count", type=int, default=10)
    options.add_argument("--tries", type=int, default=3)
    options.add_argument("--profile", choices=["basic", "full", "both"], default="both")
    options.add_argument("--keep", default="build/tampered")
    given = options.parse_args()
    tried, bad = {change.__name__: [0, 0, 0] for change in CHANGES}, 0
    for seed in range(given.first, given.first + given.count):
        profile = given.profile if given.profile != "both" else ("full" if seed % 3 else "basic")
        with tempfile.TemporaryDirectory() as directory:
            case = Case(seed, profile, directory)
        draw = random.Random("tamper-%d" % seed)
        for change in CHANGES * given.tries:
            result = tamper(case, change, draw, given.keep)
            if result:
                must, found = result
                tried[change.__name__] = [n + one for n, one in zip(tried[change.__name__], (1, must, found))]
                bad += must and not found
    for name_of, (count, must, found) in tried.items():
        print("%s: %d tried, %d to be noticed, %d noticed" % (name_of, count, must, found))
    print("%d not noticed" % bad)
    return 1 if bad or not all(count for count, must, found in tried.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

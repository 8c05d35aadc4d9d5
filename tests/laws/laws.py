#!/usr/bin/env python3
"""laws.py [--from SEED] [--count N] [--profile basic|full|both] [--law NAME]... [--weight FEATURE=P]... [--keep DIRECTORY]

Holds the laws on random programmes and logs, with the tools found on PATH. One line for each law; for a broken one
the seed, what is wrong, and the directory in which its files are kept. Exit 1 if any law is broken.
LAWS_FROM and LAWS_COUNT are the defaults of --from and --count.

    oracle   loyalty-post writes what the oracle writes, byte for byte
    frame    counts and sums at the end are those of the records; no id twice
    law1     balances that loyalty-report shows are the sums of `units`
    law2     the pipeline of four writes what loyalty-post writes, byte for byte
    law3     cut anywhere, a snapshot of what came before goes on as the whole: member by member the same postings, the same
             snapshot at the end, and the same through the pipeline; and what was touched laid over it is the whole snapshot
    law4     the parts of loyalty-sort keep tied members together, have every tick, and are posted as the whole
    law5     every fact twice posts once
    law6     conservation, in total and by lot
    law7     no posting before its cause, none after --as-of
    law8     every line comes out, is a counted repeat, or is in the rejects; and rejects change nothing else
    law9     the same whatever TZ, LC_ALL and the sizes of writes; and twice
    audit    loyalty-check finds nothing wrong with the ledger, with the programme and without, nor half-way through the
             pipeline; cut in two with a snapshot between, nothing with either part, nor with both and the snapshot
    opening  of a log cut in two with a snapshot between, balances after the second part are those of the whole, and what
             the shop owes after the first part is what it owes before the second
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import ledger  # noqa: E402
from generate import generate  # noqa: E402
from oracle.engine import Engine  # noqa: E402
from oracle.programme import Programme  # noqa: E402
from oracle.times import Place  # noqa: E402
from oracle.values import NotSupported  # noqa: E402

PIPELINE = ["loyalty-earn", "loyalty-tier", "loyalty-redeem", "loyalty-expire"]
ZERO = b"0" * 32


class Broken(Exception):
    """A tool did not do what it was asked for at all."""


class Case:
    """One seed's programme, log, and what loyalty-post made of them."""

    def __init__(self, seed, profile, directory, weights=None):
        self.seed, self.profile, self.directory = seed, profile, directory
        text, lines, self.late, self.oracle = generate(seed, profile, weights)
        self.programme = json.loads(text)
        self.programme_file = os.path.join(directory, "programme.json")
        with open(self.programme_file, "w", encoding="utf-8") as file:
            file.write(text)
        self.lines = [line.encode("utf-8") for line in lines]
        self.facts = b"".join(line + b"\n" for line in self.lines)
        self.write("facts.ndjson", self.facts)
        self.posted = self.post(self.facts)
        self.write("posted.ndjson", self.posted)
        self.records = ledger.read(self.posted)
        units = self.programme["units"]
        self.spendable = [unit for unit in units if units[unit].get("spendable", True)]
        self.place = Place(self.programme["timezone"])

    def write(self, name, data):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def run(self, tool, data, *options, env=None, status=0):
        ran = subprocess.run([tool, "-p", self.programme_file, *options], input=data, capture_output=True,
                             env=dict(os.environ, **(env or {})), timeout=60)
        if ran.returncode != status or (status == 0 and ran.stderr):
            raise Broken("%s: status %d (not %d): %s" % (tool, ran.returncode, status, ran.stderr.decode("utf-8", "replace")[:400]))
        return ran.stdout

    def post(self, data, *options, **how):
        return self.run("loyalty-post", data, *self.options(), *options, **how)

    def options(self):
        """What the first filter is told of this log."""
        return ["--late", "post"] if self.late else []

    def cuts(self):
        """(first ledger, snapshot of it, second ledger) for some cuts of the log."""
        draw = random.Random("cut-%d" % self.seed)
        for place in sorted(draw.sample(range(len(self.lines) + 1), min(2, len(self.lines)))):
            first = self.post(b"".join(line + b"\n" for line in self.lines[:place]))
            snapshot = self.run("loyalty-snapshot", first)
            second = self.post(snapshot + b"".join(line + b"\n" for line in self.lines[place:]))
            for name, data in (("first", first), ("snapshot", snapshot), ("second", second)):
                self.write("%s-%d.ndjson" % (name, place), data)
            yield first, snapshot, second

    def report(self, kind, data):
        return subprocess.run(["loyalty-report", kind, "-p", self.programme_file, "--format", "ndjson"], input=data,
                              capture_output=True, timeout=60, check=True).stdout

    def digest(self):
        return self.records[0]["digest"]


def first_difference(what, wanted, got):
    """Problems of two ledgers that should be the same."""
    if wanted == got:
        return []
    left, right = wanted.split(b"\n"), got.split(b"\n")
    for number, (one, other) in enumerate(zip(left + [b"<end>"] * len(right), right + [b"<end>"] * len(left)), 1):
        if one != other:
            return ["%s, line %d\n  wanted %s\n  got    %s" % (what, number, one.decode("utf-8", "replace"), other.decode("utf-8", "replace"))]
    return [what]


# -- the laws: each takes a case, returns its problems -----------------------------------------------------------


def law_oracle(case):
    wanted = oracle_ledger(case)
    case.write("oracle.ndjson", wanted)
    return first_difference("posted otherwise than the oracle", wanted, case.posted)


def oracle_ledger(case):
    lines = case.oracle(case.digest()) if case.oracle else None
    if lines is None:
        programme = Programme(open(case.programme_file, encoding="utf-8").read())
        try:
            lines = Engine(programme, posts_late=case.late).run([line.decode("utf-8") for line in case.lines], case.digest())
        except NotSupported as why:
            raise Broken("the oracle does not support its own log: %s" % why)
    return "".join(line + "\n" for line in lines).encode("utf-8")


def law_frame(case):
    return ledger.check_frame(case.records)


def law_1(case):
    text = subprocess.run(["loyalty-report", "balance", "-p", case.programme_file, "--format", "ndjson"], input=case.posted,
                          capture_output=True, timeout=60)
    if text.returncode:
        raise Broken("loyalty-report: status %d: %s" % (text.returncode, text.stderr.decode("utf-8", "replace")[:400]))
    return compare_balances(case, ledger.read(text.stdout))


def compare_balances(case, rows):
    sums, shown, problems = ledger.balances(case.records), {}, []
    for row in rows:
        shown[row["member"], row["unit"]] = ledger.Fraction(str(row["balance"]))
    for key in set(sums) | set(shown):
        if sums.get(key, 0) != shown.get(key, 0):
            problems.append("%s %s: the postings make %s, the report says %s" % (key + (sums.get(key, 0), shown.get(key, 0))))
    return problems


def law_2(case):
    data = case.facts
    for tool in PIPELINE:
        data = case.run(tool, data, *(case.options() if tool == PIPELINE[0] else []))
        case.write("after-%s.ndjson" % tool, data)
    return first_difference("the pipeline posts otherwise than loyalty-post", case.posted, data)


def law_3(case):
    draw = random.Random("cuts-%d" % case.seed)
    whole = case.run("loyalty-snapshot", case.posted)
    problems = []
    for place in sorted(draw.sample(range(len(case.lines) + 1), min(3, len(case.lines) + 1))):
        problems += ["cut before line %d: %s" % (place + 1, problem) for problem in cut_at(case, place, whole)]
    return problems


def cut_at(case, place, whole):
    before, after = (b"".join(line + b"\n" for line in lines) for lines in (case.lines[:place], case.lines[place:]))
    first = case.post(before)
    opening = case.run("loyalty-snapshot", first)
    second = case.post(opening + after)
    case.write("first.ndjson", first)
    case.write("opening.ndjson", opening)
    case.write("second.ndjson", second)
    problems = compare_cut(case.posted, first, second)
    problems += first_difference("the snapshots at the end differ", whole, case.run("loyalty-snapshot", second))
    data = case.run("loyalty-earn", opening + after, *case.options())
    for tool in PIPELINE[1:]:
        data = case.run(tool, data)
    problems += first_difference("with a snapshot the pipeline posts otherwise than loyalty-post", second, data)
    touched = case.write("touched.ndjson", case.run("loyalty-snapshot", second, "--touched"))
    base = os.path.join(case.directory, "opening.ndjson")
    laid = case.run("loyalty-snapshot", b"", "--onto", base, touched)
    problems += first_difference("what was touched, laid over the snapshot, is not the whole", whole, laid)
    return problems + cut_with_another_name(case, first, opening + after)


def cut_with_another_name(case, first, rest):
    """The same programme under another name is another version of it, which has everything that the first had."""
    if '"recheck"' in json.dumps(case.programme):
        return []                       # older sales are not asked again
    renamed = dict(case.programme, name="another name")
    case.write("renamed.json", json.dumps(renamed, ensure_ascii=False).encode("utf-8"))
    second = case.post(rest, "-p", os.path.join(case.directory, "renamed.json"))
    if json.loads(second.split(b"\n", 1)[0])["opened"].get("changed") is not True:
        return ["a snapshot of another version is not called so"]
    return compare_cut(case.posted, first, second)


FRAMES = {"begin", "end", "opening", "snapshot_begin", "snapshot_end"}


def lines_by_member(*ledgers):
    """The lines of each member in their order; what belongs to nobody, too."""
    lines = {}
    for data in ledgers:
        for line in data.rstrip(b"\n").split(b"\n"):
            record = json.loads(line)
            if record["type"] not in FRAMES:
                lines.setdefault(record.get("member"), []).append(line)
    return lines


def compare_cut(whole, *parts):
    wanted, got = lines_by_member(whole), lines_by_member(*parts)
    problems = []
    for member in wanted.keys() | got.keys():
        problems += first_difference("cut, posted otherwise than the whole for %s" % member, b"\n".join(wanted.get(member, [])),
                                     b"\n".join(got.get(member, [])))
    return problems


def law_4(case):
    if '"shared": true' in json.dumps(case.programme):
        return []                       # such a limit ties all members
    if case.late:
        return []                       # parts are sorted, and then nothing comes late
    count = random.Random("parts-%d" % case.seed).choice([2, 3, 12])
    prefix = os.path.join(case.directory, "part-")
    case.run("loyalty-sort", case.facts, "--parts", str(count), "-o", prefix + "{}.ndjson")
    parts = []
    for number in range(count):
        with open("%s%0*d.ndjson" % (prefix, len(str(count - 1)), number), "rb") as file:
            parts.append(file.read().splitlines())
    problems = check_parts(case.lines, parts)
    return problems + compare_parts(case.posted, [case.post(b"".join(line + b"\n" for line in part)) for part in parts])


def check_parts(lines, parts):
    """Every line is in one part, a tick in each; in each the order stays; and who is tied to another is where they are."""
    problems = []
    for group in tied_groups(lines):
        where = [number for number, part in enumerate(parts)
                 if any(json.loads(line).get("member") in group for line in part)]
        if len(where) != 1:
            problems.append("%s are in parts %s" % (group, where))
    mine = [[line for line in part if json.loads(line)["type"] != "tick"] for part in parts]
    if sorted(line for part in mine for line in part) != sorted(line for line in lines if json.loads(line)["type"] != "tick"):
        problems.append("the parts are not the lines of the log")
    for part in parts:
        keep = set(part)
        if part != [line for line in lines if line in keep]:
            problems.append("a part is not in the order of the log, or lacks a tick")
        if not set(line for line in lines if json.loads(line)["type"] == "tick") <= keep:
            problems.append("a part lacks a tick")
    return problems


def tied_groups(lines):
    """Members that name one another stay together: whom points go to, whom one is merged into, who referred one."""
    group = {}

    def root(member):
        while group.setdefault(member, member) != member:
            member = group[member]
        return member

    for record in map(json.loads, lines):
        if "member" in record:
            for tie in ("member", "to", "into", "referrer"):
                if record.get(tie):
                    group[root(record[tie])] = root(record["member"])
    groups = {}
    for member in sorted(group):
        groups.setdefault(root(member), []).append(member)
    return list(groups.values())


def part_of(lines, members):
    return [line for line in lines if json.loads(line).get("member", members[0]) in members]


def compare_parts(whole, parts):
    """The lines of the parts together are those of the whole, but for ticks, which are in every part; so are the sums."""
    def lines_of(data):
        return [line for line in data.rstrip(b"\n").split(b"\n")[1:-1] if json.loads(line)["type"] != "tick"]

    wanted, got = sorted(lines_of(whole)), sorted(line for part in parts for line in lines_of(part))
    problems = first_difference("parts post otherwise than the whole", b"\n".join(wanted), b"\n".join(got))
    ends = [ledger.read(data)[-1] for data in parts]
    for unit, amount in ledger.read(whole)[-1]["units"].items():
        if sum(ledger.Fraction(str(end["units"][unit])) for end in ends) != ledger.Fraction(str(amount)):
            problems.append("%s: the parts do not add up to %s" % (unit, amount))
    return problems


def law_5(case):
    doubled, facts, seen = [], 0, set()
    for line in case.lines:
        doubled.append(line)
        if json.loads(line)["type"] in ledger.FACTS:
            doubled.append(line)
            facts += 1
    got = case.post(b"".join(line + b"\n" for line in doubled))
    return compare_doubled(case, got, facts)


def compare_doubled(case, got, facts):
    wanted = case.posted.rstrip(b"\n").split(b"\n")
    end = json.loads(wanted[-1])
    lines = got.rstrip(b"\n").split(b"\n")
    last = json.loads(lines[-1])
    problems = first_difference("facts twice post otherwise", b"\n".join(wanted[:-1]), b"\n".join(lines[:-1]))
    if last.get("repeats") != end["repeats"] + facts:
        problems.append("%s repeats counted, not %s" % (last.get("repeats"), end["repeats"] + facts))
    return problems


def law_6(case):
    problems, case.checked_moves = ledger.check_conservation(case.records, case.spendable)
    return problems


def law_7(case):
    problems = ledger.check_time(case.records, case.programme["timezone"])
    last = max(case.place.read(json.loads(line)["at"]) for line in case.lines)
    as_of = case.place.write(last)
    got = case.post(case.facts, "--as-of", as_of)
    return problems + ledger.check_time(ledger.read(got), case.programme["timezone"], upto=last)


GARBAGE = [
    b"not json", b"{", b"[]", b"17", b'{"type":"purchase"}', b'{"at":"2026-05-05T00:00:00Z","member":"m1"}',
    b'{"type":"purchase","id":"bad1","at":"2026-02-30T00:00:00Z","member":"m1","amount":"1.00"}',
    b'{"type":"purchase","id":"bad2","at":"2000-01-01T00:00:00Z","member":"m1","amount":"not money"}',
    b'{"type":"purchase","id":"bad3","at":"2000-01-01T00:00:00Z","member":"m1","amount":"-1"}',
    b'{"type":"purchase","id":"bad4","at":"2000-01-01T00:00:00Z","amount":"1"}',
    b'{"type":"purchase","type":"purchase","id":"bad5","at":"2000-01-01T00:00:00Z","member":"m1","amount":"1"}',
    b'{"type":"action","at":"yesterday","member":"m1","name":"check-in"}', b'{"type":"enrol","at":"2000-01-01","member":17}',
    b'{"type":"purchase","id":"bad6","at":"2000-01-01T00:00:00Z","member":"\xff","amount":"1"}',
    b'{"type":"purchase","id":"bad7","at":"2000-01-01T00:00:00Z","member":"m\x00","amount":"1"}',
]


def law_8(case):
    draw = random.Random("garbage-%d" % case.seed)
    mixed, bad = [], []
    for line in case.lines:
        while draw.random() < .2:
            bad.append(draw.choice(GARBAGE))
            mixed.append(bad[-1])
        mixed.append(line)
    bad.append(draw.choice(GARBAGE))
    mixed.append(bad[-1])
    rejects = os.path.join(case.directory, "rejects")
    data = b"".join(line + b"\n" for line in mixed)
    case.write("mixed.ndjson", data)
    got = case.post(data, "--rejects", rejects, status=1)
    with open(rejects, "rb") as file:
        return compare_mixed(case, mixed, bad, got, file.read())


def compare_mixed(case, mixed, bad, got, rejects):
    wanted = case.posted.rstrip(b"\n").split(b"\n")
    lines = got.rstrip(b"\n").split(b"\n")
    problems = first_difference("bad lines change what is posted", b"\n".join(wanted[:-1]), b"\n".join(lines[:-1]))
    end = json.loads(lines[-1])
    if end.get("rejected") != len(bad):
        problems.append("%s rejected, not %d" % (end.get("rejected"), len(bad)))
    rejected = [line for line in rejects.split(b"\n") if line.strip()]
    if len(rejected) != len(bad):
        problems.append("%d lines of rejects, not %d" % (len(rejected), len(bad)))
    facts = [line for line in lines[1:-1] if json.loads(line)["type"] not in ledger.POSTINGS]
    if len(facts) + end["repeats"] + len(rejected) != len(mixed):
        problems.append("%d lines went in; %d came out, %d repeats, %d rejects" % (len(mixed), len(facts), end["repeats"], len(rejected)))
    came = {}
    for line in facts:
        came[line] = came.get(line, 0) + 1
    if set(came) != set(case.lines):
        problems.append("a line was lost or changed")
    return problems


def law_9(case):
    problems = []
    environments = [{"TZ": "Asia/Tokyo", "LC_ALL": "C"}, {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"}, {}]
    for environment in environments:
        problems += first_difference("under %s" % environment, case.posted, case.post(case.facts, env=environment))
    for size in (1, 7, 4096):
        problems += first_difference("written %d bytes at a time" % size, case.posted, post_in_pieces(case, size))
    return problems


def post_in_pieces(case, size):
    process = subprocess.Popen(["loyalty-post", "-p", case.programme_file, *case.options()], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if os.fork() == 0:
        process.stdout.close()
        view = memoryview(case.facts)
        for start in range(0, len(view), size):
            os.write(process.stdin.fileno(), view[start:start + size])
        os._exit(0)
    process.stdin.close()
    data = process.stdout.read()
    process.wait()
    os.wait()
    return data


def law_audit(case):
    problems = [problem for options in (["-p", case.programme_file], []) for problem in audit(case.posted, *options)]
    data = case.facts
    for tool in PIPELINE[:-1]:
        data = case.run(tool, data, *(case.options() if tool == PIPELINE[0] else []))
        problems += ["after %s: %s" % (tool, problem) for problem in audit(data, "-p", case.programme_file)]
    for first, snapshot, second in case.cuts():
        touched = case.run("loyalty-snapshot", second, "--touched")
        for data in (first, snapshot, second, touched, first + second, first + snapshot + second):
            problems += audit(data)
        problems += audit(second, "-p", case.programme_file)
    return problems


def law_opening(case):
    problems = []
    for first, _, second in case.cuts():
        problems += compare_rows(case.report("balance", case.posted), case.report("balance", second))
        closing = [row["closing"] for row in ledger.read(case.report("liability", first))]
        opening = [row["opening"] for row in ledger.read(case.report("liability", second))]
        if closing and opening and closing != opening:
            problems.append("the first part closes with %s, the second opens with %s" % (closing, opening))
    return problems


def compare_rows(whole, second):
    """Members whom facts have named, but who have no line of their own, are opened, too: they have nothing."""
    wanted, got = ({(row["member"], row["unit"]): row for row in ledger.read(data)} for data in (whole, second))
    problems = ["no row of %s %s after the snapshot" % key for key in set(wanted) - set(got)]
    for key, row in got.items():
        if key not in wanted and ledger.Fraction(str(row["balance"])):
            problems.append("%s %s is not in the whole" % key)
        elif key in wanted and wanted[key] != row:
            problems.append("balances after a snapshot\n  wanted %s\n  got    %s" % (json.dumps(wanted[key], default=str), json.dumps(row, default=str)))
    return problems


def audit(data, *options):
    """What loyalty-check says of a ledger."""
    ran = subprocess.run(["loyalty-check", *options], input=data, capture_output=True, timeout=60)
    if ran.returncode not in (0, 1, 3) or (ran.returncode != 0) != bool(ran.stderr):
        raise Broken("loyalty-check: status %d: %s" % (ran.returncode, ran.stderr.decode("utf-8", "replace")[:400]))
    return ran.stderr.decode("utf-8", "replace").splitlines()


LAWS = {"oracle": law_oracle, "frame": law_frame, "law1": law_1, "law2": law_2, "law3": law_3, "law4": law_4, "law5": law_5, "law6": law_6, "law7": law_7,
        "law8": law_8, "law9": law_9, "audit": law_audit, "opening": law_opening}
TOOLS = {"audit": PIPELINE + ["loyalty-check", "loyalty-snapshot"], "opening": ["loyalty-report", "loyalty-snapshot"], "law1": ["loyalty-report"], "law2": PIPELINE,
         "law3": PIPELINE + ["loyalty-snapshot"], "law4": ["loyalty-sort"]}


# -- negative controls: every law must see a ledger that was tampered with -----------------------------------------


def tampered(data):
    """The same ledger with the first posted number changed, a posting moved back in time, and one line missing."""
    lines = data.split(b"\n")
    places = [i for i, line in enumerate(lines) if line.startswith(b'{"type":"earned"')]
    number = list(lines)
    record = json.loads(number[places[0]])
    unit = next(iter(record["units"]))
    record["units"][unit] = str(ledger.Fraction(str(record["units"][unit])) + 1)
    number[places[0]] = json.dumps(record).encode()
    time = list(lines)
    record = json.loads(time[places[0]])
    record["at"] = "1999-01-01T00:00:00Z"
    time[places[0]] = json.dumps(record).encode()
    return b"\n".join(number), b"\n".join(time), b"\n".join(lines[:places[0]] + lines[places[0] + 1:])


REFERRED = {"name": "referred", "timezone": "UTC", "currency": "EUR", "units": {"points": {}},
            "earn": [{"id": "friend", "on": "purchase", "to": "referrer", "give": {"points": 10}}]}
FRIENDS = [b'{"type":"enrol","at":"2026-01-01T00:00:00Z","member":"m1"}',
           b'{"type":"enrol","at":"2026-01-01T00:00:00Z","member":"m2","referrer":"m1"}',
           b'{"type":"purchase","id":"p","at":"2026-01-02T00:00:00Z","member":"m2","amount":"1.00"}',
           b'{"type":"redeem","id":"r","at":"2026-01-03T00:00:00Z","member":"m1","points":10}']


def careless(directory, parts):
    """Problems when a member and who referred them are posted in these parts."""
    programme = os.path.join(directory, "referred.json")
    with open(programme, "w", encoding="utf-8") as file:
        json.dump(REFERRED, file)
    posted = [subprocess.run(["loyalty-post", "-p", programme], input=b"".join(line + b"\n" for line in part_of(FRIENDS, part)),
                             capture_output=True, timeout=60).stdout for part in [["m1", "m2"]] + parts]
    return compare_parts(posted[0], posted[1:])


def controls(case):
    """Names of the checks that did not notice."""
    number, time, missing = tampered(case.posted)
    blind = []

    def sees(name, problems):
        if not problems:
            blind.append(name)

    sees("oracle", first_difference("", oracle_ledger(case), number))
    sees("frame", ledger.check_frame(ledger.read(number)))
    sees("frame (line missing)", ledger.check_frame(ledger.read(missing)))
    sees("law1", compare_balances(case, [{"member": "m1", "unit": unit, "balance": "123456789"} for unit in case.spendable]))
    sees("law2, law9", first_difference("", case.posted, missing))
    sees("law3", compare_cut(case.posted, missing))
    sees("law4 (ties)", check_parts(FRIENDS, [part_of(FRIENDS, ["m1"]), part_of(FRIENDS, ["m2"])]))
    sees("law4 (lines)", check_parts(FRIENDS, [FRIENDS[:-1]]))
    sees("law4 (tied)", [] if careless(case.directory, tied_groups(FRIENDS)) else ["no problem"])
    sees("law4 (careless)", careless(case.directory, [["m1"], ["m2"]]))
    sees("law5", compare_doubled(case, number, 0))
    sees("law5 (repeats)", compare_doubled(case, case.posted, 1))
    lots, checked = ledger.check_conservation(tamper_lots(case.records), case.spendable)
    sees("law6", lots)
    sees("law7", ledger.check_time(ledger.read(time), case.programme["timezone"]))
    sees("law7 (cause missing)", ledger.check_time(without_causes(case.records), case.programme["timezone"]))
    sees("law7 (--as-of)", ledger.check_time(case.records, case.programme["timezone"], upto=case.place.read("2000-01-01")))
    for name, data in (("number", number), ("time", time), ("missing", missing)):
        sees("audit (%s)" % name, audit(data))
    sees("law8", compare_mixed(case, case.lines + [b"{"], [b"{"], case.posted, b""))
    return blind


def tamper_lots(records):
    """The first move on a lot is one point more than was said."""
    records = json.loads(json.dumps(records, default=str))
    for record in records:
        for amounts in record.get("lots", {}).values():
            for unit in amounts:
                amounts[unit] = str(ledger.Fraction(str(amounts[unit])) - 1)
                return records
    return records


def without_causes(records):
    return [record for record in records if record["type"] != "purchase"]


# -- the driver ----------------------------------------------------------------------------------------------------


class Tally:
    def __init__(self, laws):
        self.held = {law: 0 for law in laws}
        self.broken = {law: [] for law in laws}
        self.controlled, self.blind, self.moves = 0, set(), 0


def try_case(case, laws, tally, keep):
    for law in laws:
        try:
            problems = LAWS[law](case)
        except (Broken, subprocess.TimeoutExpired, ValueError, KeyError) as why:
            problems = ["%s: %s" % (type(why).__name__, why)]
        if problems:
            tally.broken[law].append(case.seed)
            kept = os.path.join(keep, "%s-%s-%d" % (law, case.profile, case.seed))
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(case.directory, kept)
            if len(tally.broken[law]) <= 3:
                print("%s broken by seed %d (%s), files in %s\n  %s" % (law, case.seed, case.profile, kept, "\n  ".join(problems[:3])))
        else:
            tally.held[law] += 1
    tally.moves += getattr(case, "checked_moves", 0)
    kinds = {record["type"] for record in case.records}
    if "earned" in kinds and any("lots" in record for record in case.records) and tally.controlled < 3:
        tally.controlled += 1
        tally.blind.update(controls(case))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--from", dest="first", type=int, default=int(os.environ.get("LAWS_FROM", "1")))
    options.add_argument("--count", type=int, default=int(os.environ.get("LAWS_COUNT", "24")))
    options.add_argument("--profile", choices=["basic", "full", "both"], default="both")
    options.add_argument("--law", action="append", choices=list(LAWS))
    options.add_argument("--weight", action="append", default=[], metavar="FEATURE=P")
    options.add_argument("--keep", default=os.environ.get("LAWS_KEEP", "build/laws"))
    given = options.parse_args()
    weights = {name: float(value) for name, value in (pair.split("=") for pair in given.weight)}
    laws = given.law or list(LAWS)
    missing = [tool for tool in ["loyalty-post"] + [t for law in laws for t in TOOLS.get(law, [])] if not shutil.which(tool)]
    if missing:
        print("laws: not on PATH: %s" % " ".join(missing), file=sys.stderr)
        return 2
    tally, refused = Tally(laws), []
    for seed in range(given.first, given.first + given.count):
        profile = given.profile if given.profile != "both" else ("full" if seed % 3 else "basic")
        with tempfile.TemporaryDirectory() as directory:
            try:
                case = Case(seed, profile, directory, weights)
            except (Broken, subprocess.TimeoutExpired) as why:
                refused.append(seed)
                if len(refused) <= 5:
                    print("seed %d (%s) could not be posted: %s" % (seed, profile, why))
                continue
            try_case(case, laws, tally, given.keep)
    return report(given, laws, tally, refused)


def report(given, laws, tally, refused):
    for law in laws:
        broken = tally.broken[law]
        more = "" if not broken else ", broken by %d: %s" % (len(broken), " ".join(map(str, broken[:20])))
        print("%s held on %d%s" % (law, tally.held[law], more))
    if refused:
        print("not posted: %d: %s" % (len(refused), " ".join(map(str, refused[:20]))))
    if tally.blind:
        print("blind to a tampered ledger: %s" % ", ".join(sorted(tally.blind)))
    if not tally.controlled:
        print("no log on which to try the checks themselves")
    if "law6" in laws and not tally.moves:
        print("law6 saw no lot move")
    bad = refused or tally.blind or not tally.controlled or ("law6" in laws and not tally.moves)
    if bad or any(tally.broken.values()):
        print("seeds %d to %d; again: %s --from SEED --count 1 --profile basic|full" % (given.first, given.first + given.count - 1, sys.argv[0]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""mutate.py [--seed N] [--count N] [--keep DIRECTORY]

Damages valid logs and ledgers, and feeds them to the filters found on PATH. Whatever comes in, a filter exits with a code
of its own, writes whole lines of JSON, writes `end` exactly where it exits with 0 or 1, and of bare facts every line comes
out, is a counted repeat, or is in the rejects. The seed is printed where something is wrong, and the input is kept.
"""

import argparse
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(os.path.dirname(HERE), "golden")
PROGRAMME = os.path.join(GOLDEN, "shop.json")
POSTINGS = {"earned", "reversed", "adjusted", "tier_changed", "redeemed", "restored", "transferred", "settled", "waived", "issued",
            "used", "voided", "expired", "forfeited", "refused", "tried"}
PIPELINE = ["loyalty-earn", "loyalty-tier", "loyalty-redeem", "loyalty-expire"]
TOKENS = [b"0", b"-1", b"1e400", b"1e-400", b"-0", b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808",
          b'"92233720368547758.07"', b'"0.001"', b'"-0.01"', b"null", b"true", b"{}", b"[]", b'[[]]', b'[{}]', b'""', b'" "', b'"m1"', b'"m2"',
          b'"t-1"', b'"2026-02-30"', b'"2026-03-08T02:30:00"', b'"0001-01-01"', b'"9999-12-31T23:59:59-14:00"', b'"-0001-01-01"',
          b'"2026-01-05T12:00:00+00:00"', b'"P9999Y"', b'"\\u0000"', b'"\\ud83d"', b'"\xff"', b'"e\xcc\x81"', b'"silver"', b'"staff"', b'"coupon"', b'"drink"',
          b'"tea"', b'{"amount":"5.00"}', b'[{"sku":"a","amount":"5.00","qty":2}]', b'["r-1:coupon#2"]', b"1.5", b'"' + b"x" * 300 + b'"']
NAMES = [b"at", b"member", b"id", b"type", b"amount", b"of", b"items", b"tax", b"shipping", b"discount", b"tenders", b"occurred", b"points", b"unit",
         b"reward", b"qty", b"choice", b"basket", b"tier", b"until", b"referrer", b"birthday", b"vouchers", b"redeems", b"currency", b"name", b"to", b"into",
         b"units", b"lots", b"rule", b"usable", b"by", b"from", b"to", b"reason", b"counts", b"voucher", b"why"]


class Wrong(Exception):
    pass


def corpus():
    """The lines of logs that the filters accept, one list for each."""
    logs = []
    for path in sorted(glob.glob(os.path.join(GOLDEN, "loyalty-post", "*", "in"))):
        with open(os.path.join(os.path.dirname(path), "status")) as file:
            if file.read().strip() != "0":
                continue
        with open(path, "rb") as file:
            lines = [line for line in file.read().split(b"\n") if line.strip()]
        if lines and b"digest" not in lines[0]:
            logs.append(lines)
    return logs


# -- damage ------------------------------------------------------------------------------------------------------------


def token(draw, line):
    """Another value for one of the line's members."""
    try:
        places = [at for at in range(len(line)) if line[at:at + 1] == b":" and line[at - 1:at] == b'"']
        start = draw.choice(places) + 1
    except IndexError:
        return line
    _, size = json.JSONDecoder().raw_decode(line[start:].decode("latin-1"))
    return line[:start] + draw.choice(TOKENS) + line[start + size:]


def rename(draw, line):
    return line.replace(b'"%s":' % draw.choice(NAMES), b'"%s":' % draw.choice(NAMES), 1)


def add(draw, line):
    return line[:-1] + b',"%s":%s}' % (draw.choice(NAMES), draw.choice(TOKENS))


def byte(draw, line):
    at = draw.randrange(len(line) + 1)
    kind = draw.randrange(4)
    if kind == 0:
        return line[:at] + line[at + 1:]
    if kind == 1:
        return line[:at] + bytes([draw.randrange(256)]) + line[at:]
    if kind == 2:
        return line[:at] + bytes([draw.randrange(256)]) + line[at + 1:]
    return line[:at]


def digit(draw, line):
    places = [at for at in range(len(line)) if line[at:at + 1].isdigit()]
    if not places:
        return line
    at = draw.choice(places)
    return line[:at] + b"%d" % draw.randrange(10) + line[at + 1:]


def splice(draw, line):
    a, b = sorted((draw.randrange(len(line) + 1), draw.randrange(len(line) + 1)))
    return line[:b] + line[a:b][:200] + line[b:]


def damage_line(draw, line):
    if not line:
        return line
    try:
        return draw.choice([token, token, token, add, add, rename, digit, digit, byte, splice])(draw, line)
    except ValueError:
        return byte(draw, line)


def damage(draw, lines):
    lines = list(lines)
    for _ in range(draw.choice([1, 1, 2, 5])):
        at = draw.randrange(len(lines))
        kind = draw.randrange(10)
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(draw.randrange(len(lines) + 1), lines[at])
        elif kind == 2:
            lines.insert(draw.randrange(len(lines)), lines.pop(at))
        elif kind == 3:
            lines.insert(at, draw.choice([b"", b" \t", b"\r", b"\xef\xbb\xbf", b"{}", b'{"type":"tick","at":"2026-06-01"}', b'{"type":"end"}']))
        else:
            lines[at] = damage_line(draw, lines[at])
    return lines


def joined(draw, lines):
    text = b"\n".join(lines) + b"\n"
    if draw.random() < .05:
        text = text.replace(b"\n", b"\r\n")
    return text[:-1] if draw.random() < .1 else text


# -- what must hold ----------------------------------------------------------------------------------------------------


def run(tool, data, *options):
    ran = subprocess.run([tool, "-p", PROGRAMME, *options], input=data, capture_output=True, timeout=60)
    if ran.returncode not in (0, 1, 2, 3, 4):
        raise Wrong("%s: status %d: %s" % (tool, ran.returncode, ran.stderr.decode("utf-8", "replace")[:2000]))
    if (ran.returncode == 0) != (ran.stderr == b""):
        raise Wrong("%s: status %d, and says: %s" % (tool, ran.returncode, ran.stderr.decode("utf-8", "replace")[:300]))
    return ran.returncode, ran.stdout, ran.stderr


def records(tool, status, out):
    """The output's lines, each with its type."""
    if out and not out.endswith(b"\n"):
        raise Wrong("%s: the last line is not whole: %r" % (tool, out[-200:]))
    typed = []
    for line in out.split(b"\n")[:-1]:
        try:
            typed.append((json.loads(line.decode("utf-8"))["type"], line))
        except (ValueError, KeyError, TypeError) as why:
            raise Wrong("%s: wrote %r: %s" % (tool, line[:300], why))
    if (status <= 1) != bool(typed and typed[-1][0] == "end"):
        raise Wrong("%s: status %d, and the last line is %r" % (tool, status, typed[-1:]))
    return typed


def lines_of(data):
    """What a filter reads: without a byte order mark, and without blank lines."""
    return [line for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip(b" \t\r")]


def in_order(part, whole):
    rest = iter(whole)
    return all(line in rest for line in part)


def check_facts(tool, data, rejects):
    """Law 8, where the filter came to the end."""
    if os.path.exists(rejects):
        os.unlink(rejects)
    status, out, _ = run(tool, data, "--rejects", rejects)
    typed = records(tool, status, out)
    if status > 1:
        return None
    with open(rejects, "rb") as file:
        rejected = [json.loads(line) for line in file]
    came = lines_of(data)
    copied = [line for kind, line in typed[1:-1] if kind not in POSTINGS]
    end = json.loads(typed[-1][1])
    if len(came) != len(copied) + end["repeats"] + len(rejected) or end["rejected"] != len(rejected) or (status == 1) != bool(rejected):
        raise Wrong("%s: %d lines came; %d copied, %d repeats, %d rejected (%d in the file), status %d" %
                    (tool, len(came), len(copied), end["repeats"], end["rejected"], len(rejected), status))
    if not in_order(copied, came):
        raise Wrong("%s: a line was changed or moved" % tool)
    return out


def check_ledger(tool, data):
    """What a later filter takes, it hands on."""
    status, out, _ = run(tool, data)
    typed = records(tool, status, out)
    if status in (1, 2, 4):
        raise Wrong("%s: status %d on a ledger" % (tool, status))
    if status == 0:
        body = [line for line in lines_of(data) if not line.startswith((b'{"type":"begin"', b'{"type":"end"'))]
        if not in_order(body, [line for _, line in typed]):
            raise Wrong("%s: a line was lost, changed or moved" % tool)


def attempt(draw, logs, directory, kept):
    """One damaged log, and one damaged ledger of each filter."""
    facts = joined(draw, damage(draw, draw.choice(logs)))
    kept[:] = [facts]
    rejects = os.path.join(directory, "rejects")
    check_facts("loyalty-post", facts, rejects)
    ledger = check_facts("loyalty-earn", facts, rejects)
    for later in PIPELINE[1:]:
        if ledger is None:
            return
        damaged = joined(draw, damage(draw, ledger.split(b"\n")[:-1]))
        kept[:] = [damaged]
        check_ledger(later, damaged)
        kept[:] = [ledger]
        status, ledger, said = run(later, ledger)
        # What it decides itself may be too much.
        if status == 3 and said.endswith(b"too large to be counted\n"):
            return
        if status:
            raise Wrong("%s: status %d on what upstream wrote" % (later, status))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=100)
    options.add_argument("--keep", default=None)
    arguments = options.parse_args()
    logs, wrong = corpus(), 0
    if len(logs) < 20:
        sys.exit("mutate.py: too few logs in %s" % GOLDEN)
    with tempfile.TemporaryDirectory() as directory:
        for seed in range(arguments.seed, arguments.seed + arguments.count):
            kept = []
            try:
                attempt(random.Random(seed), logs, directory, kept)
            except (Wrong, subprocess.TimeoutExpired) as why:
                wrong += 1
                print("seed %d: %s" % (seed, why))
                if arguments.keep:
                    os.makedirs(arguments.keep, exist_ok=True)
                    with open(os.path.join(arguments.keep, "seed-%d" % seed), "wb") as file:
                        file.write(kept[0])
    print("%d damaged, %d wrong; again: tests/badinput/mutate.py --seed SEED --count 1" % (arguments.count, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""openings.py [--seed N] [--count N] [--keep DIRECTORY]

Damages the openings of snapshots of the bundled programmes, and posts from them with the tools found on PATH: each is refused
with 3, and no tool fails in another way. The seed is printed where something is wrong, and the input is kept.
"""

import argparse
import glob
import os
import random
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VALUES = [b"-1", b"0", b"9223372036854775807", b"-9223372036854775808", b"4294967295", b"65535", b"99999999999999999999", b"null", b"[]",
          b"{}", b"true", b'"x"', b'""', b'"never"', b'"always"', b'"by-rule"', b'"1/0"', b'"0/5"', b'"%s"' % (b"9" * 42)]
VALUE = re.compile(rb'(?<=[:\[,])(-?\d+|"[^"\\]*"|true)(?=[,\]}])')
MEMBER = re.compile(rb'"[a-z_]+":(-?\d+|"[^"\\]*"|true),')
NAME = re.compile(rb'"[a-z_]+":')


def snapshots():
    for log in sorted(glob.glob(os.path.join(ROOT, "tests/programmes/*/log.ndjson"))):
        programme = os.path.join(ROOT, "share/programmes/%s.json" % os.path.basename(os.path.dirname(log)))
        ledger = subprocess.run(["loyalty-post", "-p", programme, log], capture_output=True, check=True).stdout
        yield programme, subprocess.run(["loyalty-snapshot", "-p", programme], input=ledger, capture_output=True, check=True).stdout


def damaged(draw, line):
    kind = draw.random()
    if kind < .5 and VALUE.search(line):
        found = draw.choice(list(VALUE.finditer(line)))
        return line[:found.start()] + draw.choice(VALUES) + line[found.end():]
    if kind < .8 and MEMBER.search(line):
        found = draw.choice(list(MEMBER.finditer(line)))
        return line[:found.start()] + line[found.end():]
    if kind < .9:
        names = list(NAME.finditer(line))
        found = draw.choice(names)
        return line[:found.start()] + draw.choice(names).group(0) + line[found.end():]
    place = draw.randrange(len(line))
    return line[:place] + bytes([draw.choice(b'{}[],:"0a')]) + line[place + 1:]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=200)
    options.add_argument("--keep", default="build/openings")
    given = options.parse_args()
    draw, wrong, sources = random.Random(given.seed), 0, list(snapshots())
    for number in range(given.count):
        programme, snapshot = draw.choice(sources)
        lines = snapshot.split(b"\n")
        place = draw.randrange(1, len(lines) - 2)
        lines[place] = damaged(draw, lines[place])
        data = b"\n".join(lines)
        if data == snapshot:
            continue
        ran = subprocess.run(["loyalty-post", "-p", programme], input=data, capture_output=True, timeout=60)
        if ran.returncode == 3 and ran.stderr.startswith(b"loyalty-post: <stdin>:"):
            continue
        wrong += 1
        os.makedirs(given.keep, exist_ok=True)
        with open(os.path.join(given.keep, "%d-%d" % (given.seed, number)), "wb") as file:
            file.write(data)
        print("seed %d, input %d of %s: status %d: %s" % (given.seed, number, programme, ran.returncode, ran.stderr[:300]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

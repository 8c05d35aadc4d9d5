#!/usr/bin/env python3
"""cuts.py PROGRAMME LOG [EVERY]

Holds law 3 on a log at every cut (or each EVERY-th): what loyalty-post makes of the first part, and of the rest with a snapshot
of that in front, is member by member what it makes of the whole; and so is the snapshot at the end. The tools are found on PATH.
"""

import subprocess
import sys

from laws import compare_cut, first_difference


def run(tool, programme, data):
    ran = subprocess.run([tool, "-p", programme], input=data, capture_output=True, timeout=60)
    if ran.returncode:
        raise SystemExit("%s: status %d: %s" % (tool, ran.returncode, ran.stderr.decode("utf-8", "replace")))
    return ran.stdout


def main():
    programme, log = sys.argv[1:3]
    every = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with open(log, "rb") as file:
        lines = [line for line in file.read().split(b"\n") if line.strip()]
    whole = run("loyalty-post", programme, b"".join(line + b"\n" for line in lines))
    ends = run("loyalty-snapshot", programme, whole)
    for place in range(0, len(lines) + 1, every):
        first = run("loyalty-post", programme, b"".join(line + b"\n" for line in lines[:place]))
        opening = run("loyalty-snapshot", programme, first)
        second = run("loyalty-post", programme, opening + b"".join(line + b"\n" for line in lines[place:]))
        problems = compare_cut(whole, first, second)
        problems += first_difference("the snapshots at the end differ", ends, run("loyalty-snapshot", programme, second))
        if problems:
            raise SystemExit("%s: cut before line %d: %s" % (log, place + 1, "\n".join(problems[:3])))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""flood.py COLLIDE [--count N]

Names that were chosen to belong in one place of a hash table (COLLIDE is the program of collide.c) must not take more than
three times the time of as many others: as members, as ids of a member's facts, as names in one object. Processor time, the
least of a few runs. The tools are found on PATH.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMME = os.path.join(os.path.dirname(HERE), "golden", "shop.json")
MOST, RUNS = 3.0, 5
PLAIN = [chr(code) for code in range(33, 127) if chr(code) not in '"\\']
FACT = '{"type":"purchase","id":"%s","at":"2026-01-05T%02d:%02d:%02d-05:00","member":"%s","amount":"0.50"%s}\n'


def fact(number, name, member, rest=""):
    return FACT % (name, number // 3600 % 24, number // 60 % 60, number % 60, member, rest)


def members(names):
    """Each comes once, and then once again."""
    both = [("t-%d" % time, name) for time in (1, 2) for name in names]
    return "".join(fact(i * 86399 // len(both), name, member) for i, (name, member) in enumerate(both))


def ids(names):
    return "".join(fact(i * 86399 // len(names), name, "m1") for i, name in enumerate(names))


def one_object(names):
    return fact(0, "t-1", "m1", ',"note":{%s}' % ",".join('"%s":0' % name for name in names))


def colliding(program, count, *seed):
    ran = subprocess.run([program, str(count), *seed], capture_output=True, check=True, text=True)
    return ran.stdout.split("\n")[:-1]


def ordinary(count):
    draw = random.Random(1)
    return ["".join(draw.choice(PLAIN) for _ in range(8)) for _ in range(count)]


def seconds(command, path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command + [path], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def write(directory, text, posted):
    path = os.path.join(directory, "facts")
    with open(path, "w") as file:
        file.write(text)
    if not posted:
        return path
    with open(path + ".posted", "w") as file:
        subprocess.run(["loyalty-post", "-p", PROGRAMME, path], stdout=file, check=True)
    return path + ".posted"


def times(command, text, directory, posted):
    path = write(directory, text, posted)
    return min(seconds(command + ["-p", PROGRAMME], path) for _ in range(RUNS))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("collide")
    options.add_argument("--count", type=int, default=40000)
    arguments = options.parse_args()
    plain, chosen = ordinary(arguments.count), colliding(arguments.collide, arguments.count)
    # The names of the first object with many are hashed with 1; a line holds no more than so many.
    few = colliding(arguments.collide, arguments.count // 2, "1")
    cases = [("members, loyalty-post", ["loyalty-post"], members, chosen, False), ("members, loyalty-sort", ["loyalty-sort"], members, chosen, False),
             ("members, loyalty-report", ["loyalty-report", "balance"], members, chosen, True),
             ("members, loyalty-check", ["loyalty-check"], members, chosen, True), ("ids, loyalty-check", ["loyalty-check"], ids, chosen, True),
             ("ids, loyalty-post", ["loyalty-post"], ids, chosen, False),
             ("names, loyalty-post", ["loyalty-post"], one_object, few, False)]
    wrong = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, command, make, names, posted in cases:
            usual = times(command, make(plain[:len(names)]), directory, posted)
            flooded = times(command, make(names), directory, posted)
            bad = flooded > MOST * max(usual, 0.01)
            wrong += bad
            print("%-24s %.3f s, flooded %.3f s%s" % (name, usual, flooded, ": too long" if bad else ""))
    print("%d wrong" % wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""seeds.py DIRECTORY

Writes what the fuzz targets begin with: a directory for each, with inputs made of the tests' cases.
"""

import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden")
LONGEST = 12000
DECIDERS = ["loyalty-earn", "loyalty-tier", "loyalty-redeem", "loyalty-expire"]

TIMES = ["2026-03-01T12:00:00-05:00", "2026-03-01T12:00:00.5Z", "2026-03-01t12:00:00.123456789+05:30", "2026-03-01 12:00:00z", "2026-03-01T12:00",
         "2026-03-01", "2026-03-08T02:30:00", "2026-11-01T01:30:00", "2016-12-31T23:59:60Z", "0001-01-01", "9999-12-31T23:59:59-14:00",
         "2011-12-30", "1883-11-18T12:00:00", "2026-02-30", "2024-02-29T24:00:00", "1972-01-06T23:15:00"]
DURATIONS = ["P12M", "P1Y", "P90D", "P2W", "PT10M", "P1MT2H", "P9999Y", "P1Y2M3DT4H5M6S", "PT0.5S", "P", "P-1D"]
FORMATS = ["%Y-%m-%d", "%d.%m.%y %H:%M", "%m/%d/%Y %I:%M %p", "%e %b %Y", "%B %d %Y %S %z", "%s", "%Y%m%d%%", "%Q"]
DECIMALS = ["0", "-0", "12.34", "-12.50", "1.25e3", "1e-2", "0.000000000000000000", "9223372036854775807", "-9223372036854775808",
            "9223372036854775808", "92233720368547758.07", "1e18", "1e19", "1E+400", "1e-400", "100000000000000000000e-20", "0.00000000000000000001e26",
            "01", "1.", ".5", "+1", "1e", "", "-", "1.5e3.5", "1'234.50", "0e99999999999999999999"]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def programmes():
    """The letter of each programme in support/ledger.h, by its path."""
    text = read(os.path.join(ROOT, "tests", "fuzz", "support", "ledger.h")).decode()
    paths = re.findall(r'"((?:share|tests)/[^"]*\.json)"', text)
    # 96, the backquote, is 0 modulo the number of programmes, deciders and reports.
    if len(paths) not in (6, 8, 12, 16, 24):
        sys.exit("seeds.py: letters do not go round with %d programmes" % len(paths))
    return {path: bytes([96 + i]) for i, path in enumerate(paths)}


def lines_up_to(text, size):
    """Whole lines, not more than size bytes."""
    if len(text) <= size:
        return text
    return text[:text.rfind(b"\n", 0, size) + 1]


def cases(tool, name="in"):
    for path in sorted(glob.glob(os.path.join(GOLDEN, tool, "*", name))):
        args = read(os.path.join(os.path.dirname(path), "args")).decode()
        yield os.path.dirname(path), args, read(path)


def of_shop(args):
    return "../../shop.json" in args


def records():
    seen = set()
    for _, _, text in cases("loyalty-post"):
        for line in text.split(b"\n"):
            names = tuple(re.findall(rb'"([^"]*)":', line))
            if names not in seen and len(line) < 2000:
                seen.add(names)
                # The second of two is read by what it has around its values.
                yield line + b"\n" + line


def documents():
    for path in sorted(glob.glob(os.path.join(ROOT, "share", "programmes", "*.json"))):
        yield read(path)
    for path in sorted(glob.glob(os.path.join(GOLDEN, "**", "*.json"), recursive=True)):
        if "loyalty-import" not in path:
            yield read(path)
    for _, _, text in cases("loyalty-check"):
        yield text


def maps():
    paths = glob.glob(os.path.join(ROOT, "share", "import", "*.json")) + glob.glob(os.path.join(GOLDEN, "loyalty-import", "**", "*.json"), recursive=True)
    return [read(path) for path in sorted(paths)]


def imports():
    for case, args, text in cases("loyalty-import"):
        yield text[:LONGEST]
        named = re.search(r"-m (\S+)", args)
        path = os.path.join(case, named.group(1)) if named else ""
        if os.path.isfile(path):
            yield read(path) + b"\0" + text[:LONGEST]


def times():
    for i in range(len(TIMES) * 3):
        yield "\n".join([chr(96 + i % 12), TIMES[i % len(TIMES)], DURATIONS[i % len(DURATIONS)], FORMATS[i % len(FORMATS)]]).encode()


def decimals():
    for i, text in enumerate(DECIMALS):
        yield bytes([i % 19]) + text.encode()
        yield bytes([2]) + text.encode()


def logs(letters):
    for i, (_, args, text) in enumerate(cases("loyalty-post")):
        if of_shop(args):
            yield letters["tests/golden/shop.json"] + bytes([96 + i % 4]) + b"\n" + lines_up_to(text, LONGEST)
    for path, letter in letters.items():
        name = os.path.basename(path).removesuffix(".json")
        for log in glob.glob(os.path.join(ROOT, "tests", "programmes", name, "log.ndjson")):
            text = read(log)
            for i, at in enumerate(range(0, min(len(text), 4 * LONGEST), LONGEST)):
                yield letter + bytes([96 + i]) + b"\n" + lines_up_to(text[text.rfind(b"\n", 0, at) + 1:], LONGEST)


def ledgers(letters):
    shop = letters["tests/golden/shop.json"]
    for i, tool in enumerate(DECIDERS):
        for _, args, text in cases(tool):
            if of_shop(args):
                yield shop + bytes([96 + i, 96 + i]) + b"\n" + lines_up_to(text, LONGEST)
    for i, (_, args, text) in enumerate(cases("loyalty-post", "out")):
        if of_shop(args) and text and len(text) <= LONGEST:
            yield shop + bytes([96 + i % 4, 96 + i % 4]) + b"\n" + text
    for path, letter in letters.items():
        name = os.path.basename(path).removesuffix(".json")
        for i, ledger in enumerate(glob.glob(os.path.join(ROOT, "tests", "programmes", name, "expected.ndjson"))):
            yield letter + b"ca\n" + lines_up_to(read(ledger), LONGEST)


def main():
    letters = programmes()
    targets = {"record": records(), "programme": documents(), "map": maps(), "import": imports(), "time": times(), "decimal": decimals(),
               "filter": logs(letters), "ledger": ledgers(letters)}
    for target, inputs in targets.items():
        directory = os.path.join(sys.argv[1], target)
        os.makedirs(directory, exist_ok=True)
        for i, text in enumerate(inputs):
            with open(os.path.join(directory, "%03d" % i), "wb") as file:
                file.write(text)


if __name__ == "__main__":
    main()

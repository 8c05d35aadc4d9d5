#!/usr/bin/env python3
"""Hold loyalty-import against Python's csv module: random cells, written in every way.

usage: import_cells.py SEED ROWS

Prints what differs, and nothing where all is well.
"""

import csv
import io
import json
import random
import subprocess
import sys

PIECES = ["a", "Z", "9", " ", "  ", ",", ";", "\t", '"', '""', "\n", "\r\n", "\\", "ä", "€", "😀",
          "\x01", "\x7f", "=1+1", "'", "{", "}", "|"]
COLUMNS = ["id", "first", "second", "third"]


def cell(chance):
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(0, 6)))


def table(rows, **how):
    text = io.StringIO(newline="")
    writer = csv.writer(text, **how)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()


def fact(row, trim):
    """What the map makes of a row: empty cells give no member."""
    made = {"type": "note", "id": row[0], "at": "2026-01-01", "member": "m"}
    for name, value in zip(COLUMNS[1:], row[1:]):
        value = value.strip(" \t") if trim else value
        if value:
            made[name] = value
    return made


def check(rows, trim, encoding, delimiter, **how):
    document = {
        "file": {"delimiter": delimiter, "encoding": encoding, "trim": trim},
        "records": [{"fact": {"type": "note", "id": "{id}", "at": "2026-01-01", "member": "m",
                              **{name: "{" + name + "}" for name in COLUMNS[1:]}}}],
    }
    with open("cells.json", "w", encoding="utf-8") as out:
        json.dump(document, out)
    data = table(rows, delimiter="\t" if delimiter == "tab" else delimiter, **how).encode(encoding)
    done = subprocess.run(["loyalty-import", "-m", "cells.json"], input=data, capture_output=True,
                          check=False)
    found = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    wanted = [fact(row, trim) for row in rows]
    if done.returncode or done.stderr:
        print("status", done.returncode, done.stderr.decode("utf-8"), delimiter, encoding, how)
    for row, one, other in zip(rows, wanted, found):
        if one != other:
            print("row", row, "expected", one, "found", other, delimiter, encoding, how)
    if len(wanted) != len(found):
        print("rows", len(rows), "facts", len(found))


def main():
    chance = random.Random(int(sys.argv[1]))
    rows = [[str(i)] + [cell(chance) for _ in COLUMNS[1:]] for i in range(int(sys.argv[2]))]
    narrow = [[value.replace("😀", "ö") for value in row] for row in rows]
    for end in ("\n", "\r\n"):
        for delimiter in (",", ";", "tab", "|"):
            for trim in (True, False):
                check(rows, trim, "utf-8", delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
                # Python does not quote a cell for the spaces around it.
                check(rows, trim, "utf-8", delimiter, lineterminator=end)
        check(narrow, True, "windows-1252", ",", lineterminator=end)


if __name__ == "__main__":
    main()

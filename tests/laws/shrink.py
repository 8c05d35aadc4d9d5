#!/usr/bin/env python3
"""shrink.py DIRECTORY [WITHOUT]

Shrinks a kept log on which loyalty-post and the oracle differ: leaves out lines as long as they still differ (lines that
contain WITHOUT first, if it is given), and prints what is left, what each says, and the programme.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from laws import first_difference  # noqa: E402
from oracle.engine import Engine  # noqa: E402
from oracle.programme import Programme  # noqa: E402


def difference(programme, lines, late):
    """How the two ledgers of these lines differ; empty if they do not, or the tool refuses them."""
    data = b"".join(line + b"\n" for line in lines)
    ran = subprocess.run(["loyalty-post", "-p", programme, "--late", "post" if late else "reject"], input=data, capture_output=True)
    if ran.returncode:
        return []
    digest = json.loads(ran.stdout.split(b"\n")[0])["digest"]
    with open(programme, encoding="utf-8") as file:
        ledger = Engine(Programme(file.read()), posts_late=late).run([line.decode("utf-8") for line in lines], digest)
    return first_difference("they differ", "".join(line + "\n" for line in ledger).encode("utf-8"), ran.stdout)


def main():
    programme = os.path.join(sys.argv[1], "programme.json")
    with open(os.path.join(sys.argv[1], "facts.ndjson"), "rb") as file:
        lines = [line for line in file.read().split(b"\n") if line]
    with open(os.path.join(sys.argv[1], "posted.ndjson"), "rb") as file:
        late = "late" in json.loads(file.readline())
    if len(sys.argv) > 2:
        lines = [line for line in lines if sys.argv[2].encode("utf-8") not in line]
    if not difference(programme, lines, late):
        print("no difference")
        return 1
    place = 0
    while place < len(lines):
        fewer = lines[:place] + lines[place + 1:]
        if fewer and difference(programme, fewer, late):
            lines = fewer
        else:
            place += 1
    sys.stdout.buffer.write(b"".join(line + b"\n" for line in lines))
    print("\n".join(difference(programme, lines, late)))
    with open(programme, encoding="utf-8") as file:
        print(json.dumps(json.load(file), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""oracle.py [--digest HEX] [--as-of TIME] [--late post] PROGRAMME.json < facts > ledger

A slow interpreter of programme documents, written from their reference alone: what loyalty-post is to write.
The log is taken to be valid; what is not supported ends with status 77.
"""

import argparse
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0] if "/" in __file__ else ".")

from oracle.engine import Engine  # noqa: E402
from oracle.programme import Programme  # noqa: E402
from oracle.values import NotSupported  # noqa: E402


def main():
    options = argparse.ArgumentParser()
    options.add_argument("programme")
    options.add_argument("--digest", default="0" * 32)
    options.add_argument("--as-of")
    options.add_argument("--late", choices=["post"])
    given = options.parse_args()
    with open(given.programme, encoding="utf-8") as file:
        programme = Programme(file.read())
    facts = sys.stdin.buffer.read().decode("utf-8").split("\n")
    try:
        ledger = Engine(programme, posts_late=given.late is not None).run(facts, given.digest, given.as_of)
    except NotSupported as why:
        print("oracle: not supported: %s" % why, file=sys.stderr)
        return 77
    sys.stdout.buffer.write("".join(line + "\n" for line in ledger).encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

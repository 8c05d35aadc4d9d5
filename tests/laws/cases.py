#!/usr/bin/env python3
"""cases.py [--tool loyalty-post] [CASE.json ...]

Cases worked out by hand, in oracle_cases/: a programme, facts, and the postings that they must bring. `postings` lists all
postings in order; each says only the members that the case is about (null: the member is not there). Without --tool the
oracle is asked, with it that tool.
"""

import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from ledger import POSTINGS, read  # noqa: E402


def ledger_of(tool, case):
    with tempfile.TemporaryDirectory() as directory:
        programme = os.path.join(directory, "programme.json")
        with open(programme, "w", encoding="utf-8") as file:
            json.dump(case["programme"], file, ensure_ascii=False)
        facts = "".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in case["facts"])
        command = [tool, "-p", programme] if tool else [sys.executable, os.path.join(HERE, "oracle.py"), programme]
        ran = subprocess.run(command, input=facts.encode("utf-8"), capture_output=True)
        if ran.returncode:
            raise RuntimeError(ran.stderr.decode("utf-8", "replace"))
        return read(ran.stdout)


def check(tool, case):
    """What differs from what was worked out."""
    try:
        postings = [record for record in ledger_of(tool, case) if record["type"] in POSTINGS]
    except RuntimeError as why:
        return [str(why)]
    wanted = case["postings"]
    problems = []
    for number in range(max(len(wanted), len(postings))):
        if number >= len(postings):
            problems.append("missing: %s" % json.dumps(wanted[number], ensure_ascii=False))
        elif number >= len(wanted):
            problems.append("too much: %s" % json.dumps(postings[number], ensure_ascii=False, default=str))
        else:
            for key, value in wanted[number].items():
                if postings[number].get(key) != value:
                    problems.append("posting %d: %s is %s, not %s, in %s" % (number + 1, key, json.dumps(postings[number].get(key), ensure_ascii=False),
                                    json.dumps(value, ensure_ascii=False), json.dumps(postings[number], ensure_ascii=False, default=str)))
    return problems


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--tool")
    options.add_argument("cases", nargs="*")
    given = options.parse_args()
    failed = 0
    paths = given.cases or sorted(glob.glob(os.path.join(HERE, "oracle_cases", "*.json")))
    for path in paths:
        with open(path, encoding="utf-8") as file:
            case = json.load(file)
        problems = check(given.tool, case)
        if problems:
            failed += 1
            print("%s: %s\n  %s" % (os.path.basename(path), case["about"], "\n  ".join(problems[:6])))
    print("%d cases, %d failed" % (len(paths), failed))
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())

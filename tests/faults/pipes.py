#!/usr/bin/env python3
"""Kill the filters of a pipeline, each at random points, and see that nobody behind them is fooled.

usage: pipes.py --preload faults.so [--bin DIRECTORY] [--count N] [--from SEED]

The pipeline is loyalty-earn | loyalty-tier | loyalty-redeem | loyalty-expire | loyalty-report. One
of the filters is killed: before its first byte, within a write or behind it, or it fails by itself.
Each filter and report behind it must exit with 3, say why, write no `end`, and leave what is at -o.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from each import OLD, ROOT, facts, read_file, write_file  # pylint: disable=wrong-import-position

FILTERS = ["loyalty-earn", "loyalty-tier", "loyalty-redeem", "loyalty-expire"]
HOWS = ["any:1:kill", "write:1:kill", "write:{}:kill", "write:{}:killed", "write:{}:torn",
        "write:{}:EIO", "read:{}:EIO", "malloc:{}:ENOMEM"]
END = b'{"type":"end"'


def plan(chance):
    """Who dies how, and how the others are run."""
    victim = chance.choice(FILTERS)
    how = chance.choice(HOWS)
    unbuffered = chance.random() < 0.5
    top = 400 if unbuffered and how.startswith("write") else 3
    number = chance.randint(1, top) if not how.startswith("malloc") else chance.randint(1, 700)
    return victim, how.format(number), unbuffered


class Pipeline:
    """The processes of one run, with a tee behind each filter that keeps what it wrote."""

    def __init__(self, options, place, chance):
        self.place = place
        self.victim, self.how, self.unbuffered = plan(chance)
        self.to_file = chance.random() < 0.5
        self.options = options
        self.tools, self.tees = {}, []
        write_file(os.path.join(place, "ledger"), OLD)

    def start(self, tool, arguments, source, output):
        environment = dict(os.environ, LC_ALL="C", LOYALTY_PROGRAMME="shop.json")
        if tool == self.victim:
            environment.update(LD_PRELOAD=self.options.preload, FAULT=f"{tool}:{self.how}")
        with open(os.path.join(self.place, tool + ".err"), "wb") as errors:
            process = subprocess.Popen([os.path.join(self.options.bin, tool), *arguments],
                                       cwd=self.place, env=environment, stdin=source,
                                       stdout=output, stderr=errors)
        if source:
            source.close()
        return process

    def run(self):
        source = None
        for tool in FILTERS:
            arguments = ["--unbuffered"] if self.unbuffered else []
            if tool == "loyalty-expire" and self.to_file:
                arguments += ["-o", "ledger"]
            if tool == "loyalty-earn":
                arguments.append("facts")
            process = self.start(tool, arguments, source, subprocess.PIPE)
            self.tools[tool] = process
            tee = subprocess.Popen(["tee", tool + ".out"], cwd=self.place, stdin=process.stdout,
                                   stdout=subprocess.PIPE)
            process.stdout.close()
            self.tees.append(tee)
            source = tee.stdout
        if self.to_file:
            source.close()
        else:
            self.tools["loyalty-report"] = self.start(
                "loyalty-report", ["balance"], source, subprocess.DEVNULL)
        for process in [*self.tools.values(), *self.tees]:
            process.wait(60)

    def wrong(self):
        """What is wrong with the run, as texts."""
        found = []
        whole = END in read_file(os.path.join(self.place, self.victim + ".out"))
        died = self.tools[self.victim].returncode != 0
        behind = [tool for tool in self.tools if list(self.tools).index(tool) >
                  list(self.tools).index(self.victim)]
        for tool in behind if died and not whole else []:
            status = self.tools[tool].returncode
            said = read_file(os.path.join(self.place, tool + ".err")).decode()
            if status != 3 or not said.startswith(tool + ": <stdin>"):
                found.append(f"{tool}: status {status}, said {said!r}")
            if tool != "loyalty-report" and END in read_file(
                    os.path.join(self.place, tool + ".out")):
                found.append(f"{tool}: wrote an end")
        if self.to_file and read_file(os.path.join(self.place, "ledger")) != OLD and died:
            if not whole and (behind or self.victim == "loyalty-expire"):
                found.append("-o was touched")
        return [f"{self.victim} {self.how} unbuffered={self.unbuffered} file={self.to_file}: "
                f"{text}" for text in found], died


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--preload", required=True, type=os.path.abspath)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--from", type=int, default=1, dest="first")
    options = parser.parse_args()
    deaths = wrong = 0
    with tempfile.TemporaryDirectory() as place:
        write_file(os.path.join(place, "facts"), "".join(
            line + "\n" for line in facts(3000, 2)))
        os.symlink(os.path.join(ROOT, "tests", "golden", "shop.json"),
                   os.path.join(place, "shop.json"))
        for seed in range(options.first, options.first + options.count):
            pipeline = Pipeline(options, place, random.Random(seed))
            pipeline.run()
            texts, died = pipeline.wrong()
            deaths += died
            for text in texts:
                print(f"seed {seed}: {text}")
            wrong += bool(texts)
    print(f"{options.count} pipelines, {deaths} cut off, {wrong} wrong")
    return wrong > 0 or deaths < options.count // 2


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Let every call of every tool fail, one after the other, and see what is left.

usage: each.py --preload faults.so [--bin DIRECTORY] [--tool NAME] [--whole] [--jobs N]

For each tool and kind of call the N-th fails, for N = 1, 2, ... until a run passes without meeting
the fault. A call that fails for good: exit 4, a message, and the old file at -o. One that was
broken off by a signal, or moved half of the bytes: nothing changes. A process that was killed: the
old file at -o or the new one, and a second run as if nothing had been. --whole tries a longer input
and a larger programme, and all the allocations that follow the first that fails.
"""

import argparse
import concurrent.futures
import datetime
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OLD = b"old\n"
OUTPUTS = ["out", "out0", "out1", "out2", "rejects", "repeats"]
KILLED = -9

FRAMED = ["loyalty-earn", "loyalty-tier", "loyalty-redeem", "loyalty-expire", "loyalty-post"]

# Kinds of calls, and how they fail, where the tool writes to files.
ERRORS = [("open", "EACCES"), ("open", "ENOSPC"), ("read", "EIO"), ("write", "ENOSPC"),
          ("write", "EIO+"), ("fsync", "EIO"), ("rename", "EIO"), ("rename", "EACCES"),
          ("mode", "EIO"), ("mmap", "ENOMEM")]
HARMLESS = [("open", "EINTR+"), ("read", "EINTR"), ("read", "EINTR+"), ("read", "short"),
            ("read", "short+"), ("write", "EINTR"), ("write", "EINTR+"), ("write", "short"),
            ("write", "short+"), ("fsync", "EINTR+"), ("lock", "ENOLCK+"), ("lock", "EINTR+")]
DEADLY = [("any", "kill"), ("any", "killed")]
# What is tried where it writes to standard output.
TO_STDOUT = [("read", "EIO"), ("write", "ENOSPC"), ("write", "EIO+"), ("write", "EINTR+"),
             ("write", "short+")]


def facts(count, seed):
    """A log of a shop, in order."""
    chance = random.Random(seed)
    lines, bought = [], []
    for i in range(count):
        member = f"m{chance.randrange(1 + count // 8)}"
        day = datetime.date(2026, 1, 1) + datetime.timedelta(days=i * 300 // count)
        at = f"{day}T12:00:00-05:00"
        head = f'"id":"f-{i}","at":"{at}","member":"{member}"'
        kind = chance.choice(["enrol", "purchase", "purchase", "purchase", "return", "redeem"])
        if kind == "return" and bought:
            of, member = bought.pop(chance.randrange(len(bought)))
            lines.append(f'{{"type":"return","id":"f-{i}","at":"{at}","member":"{member}",'
                         f'"of":"{of}","amount":"1.00"}}')
        elif kind == "redeem":
            lines.append(f'{{"type":"redeem",{head},"reward":"drink","choice":"tea","qty":1}}')
        elif kind == "enrol":
            lines.append(f'{{"type":"enrol",{head}}}')
        else:
            amount = f"{chance.randrange(1, 300)}.{chance.randrange(100):02}"
            lines.append(f'{{"type":"purchase",{head},"amount":"{amount}"}}')
            bought.append((f"f-{i}", member))
    return lines


def write_file(path, data):
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def pipe(binaries, place, command, data):
    """What a tool writes, given data."""
    return subprocess.run([os.path.join(binaries, "loyalty-" + command[0]), *command[1:]],
                          cwd=place, input=data, stdout=subprocess.PIPE, check=True).stdout


def make_inputs(place, binaries, whole):
    """The files that tools read, in place."""
    golden = os.path.join(ROOT, "tests", "golden")
    files = os.path.join(ROOT, "tests", "cli")
    shop = os.path.join(golden, "shop.json")
    for name, source in (("small.json", os.path.join(files, "shop.json")), ("shop.json", shop),
                         ("map.json", os.path.join(files, "map.json")),
                         ("sales.csv", os.path.join(files, "sales.csv"))):
        shutil.copyfile(source, os.path.join(place, name))
    rows = read_file(os.path.join(place, "sales.csv")).splitlines(keepends=True)
    write_file(os.path.join(place, "long.csv"), rows[0] + b"".join(rows[1:]) * 2000)
    write_file(os.path.join(place, "later"), '{"type":"purchase","id":"l","at":"2026-12-01",'
               '"member":"m1","amount":"20.00"}\n')
    for name, programme, count in (("few", "small.json", 12),
                                   ("many", "shop.json", 8000 if whole else 1500)):
        lines = facts(count, 1)
        write_file(os.path.join(place, name), "".join(line + "\n" for line in lines))
        lines.insert(count // 2, '{"type":"purchase"')
        lines.insert(count // 2, lines[0])
        write_file(os.path.join(place, name + ".bad"), "".join(line + "\n" for line in lines))
        stream = read_file(os.path.join(place, name))
        for tool in ("earn", "tier", "redeem", "expire", "snapshot"):
            stream = pipe(binaries, place, [tool, "-p", programme], stream)
            write_file(os.path.join(place, f"{name}.{tool}"), stream)
        stream = pipe(binaries, place, ["post", "-p", programme, f"{name}.snapshot", "later"], b"")
        stream = pipe(binaries, place, ["snapshot", "-p", programme, "--touched"], stream)
        write_file(os.path.join(place, f"{name}.touched"), stream)


def cases(whole):
    """(tool, arguments, whether it is for allocations); they write OUTPUTS."""
    both = ["-o", "out", "--rejects", "rejects"]
    lists = [*both, "--repeats", "repeats"]
    found = []
    for size, programme in (("few", "small.json"), ("many", "shop.json")):
        memory = size == "few" or whole
        table = "sales.csv" if size == "few" else "long.csv"
        found += [
            ("loyalty-import", ["-m", "map.json", *both, table], size == "few"),
            ("loyalty-sort", ["-p", programme, "-u", *both, size + ".bad"], memory),
            ("loyalty-check", ["--explain", "-o", "out", programme], memory),
            ("loyalty-check", ["--balances", "-p", programme, "-o", "out", size + ".expire"], memory),
            ("loyalty-post", ["-p", programme, "--late", "post", *lists, size + ".bad"], memory),
            ("loyalty-post", ["-p", programme, "-o", "out", size + ".snapshot", "later"], memory),
            ("loyalty-snapshot", ["-p", programme, "-o", "out", size + ".expire"], memory),
            ("loyalty-snapshot", ["-p", programme, "-o", "out", "--onto", size + ".snapshot",
                                  size + ".touched"], memory),
            ("loyalty-earn", ["-p", programme, *both, size + ".bad"], memory),
            ("loyalty-tier", ["-p", programme, "-o", "out", size + ".earn"], memory),
            ("loyalty-redeem", ["-p", programme, "-o", "out", size + ".tier"], memory),
            ("loyalty-expire", ["-p", programme, "-o", "out", size + ".redeem"], memory),
            ("loyalty-report", ["balance", "-p", programme, "-o", "out", size + ".expire"], memory),
            ("loyalty-report", ["statement", "-m", "m1", "-p", programme, "-o", "out", size + ".expire"],
             whole),
        ]
    found += [
        ("loyalty-sort", ["-S", "64K", "-T", ".", "-o", "out", "many"], whole),
        ("loyalty-sort", ["-m", "-o", "out", "many", "few"], whole),
        ("loyalty-sort", ["-p", "shop.json", "--parts", "3", "-o", "out", "many"], whole),
    ]
    return found


class Outcome:
    """What a run left."""

    def __init__(self, place, done):
        self.status = done.returncode
        self.said = done.stderr
        self.stdout = done.stdout
        self.outputs = {name: read_file(os.path.join(place, name)) for name in OUTPUTS}
        self.names = sorted(os.listdir(place))
        self.fired = "log" in self.names

    def same(self, other):
        return (self.status, self.said, self.stdout, self.outputs) == (
            other.status, other.said, other.stdout, other.outputs)

    def mixed(self, other):
        """What is neither as it was nor as the other has it."""
        return [name for name, data in self.outputs.items()
                if data not in (OLD, other.outputs[name])]

    def leftovers(self):
        return [name for name in self.names if name.startswith(".")]


class Trial:
    """One command of a tool under all its faults."""

    local = threading.local()
    places = []

    def __init__(self, options, inputs, tool, arguments):
        self.options, self.inputs, self.tool, self.arguments = options, inputs, tool, arguments
        self.faults = self.wrong = 0
        self.reasons = []
        self.place = self.fresh_place()
        self.good = self.run(None)
        if self.good.status not in (0, 1):
            self.complain("none", "expected status 0 or 1", self.good)

    def fresh_place(self):
        """A directory of this thread, with links to the inputs."""
        place = getattr(self.local, "place", None)
        if not place:
            self.local.place = place = tempfile.mkdtemp(dir=self.inputs + ".places")
        for name in os.listdir(place):
            os.unlink(os.path.join(place, name))
        for name in os.listdir(self.inputs):
            os.symlink(os.path.join(self.inputs, name), os.path.join(place, name))
        return place

    def prepare(self):
        for name in os.listdir(self.place):
            if name.startswith(".") or name == "log":
                os.unlink(os.path.join(self.place, name))
        for name in OUTPUTS:
            write_file(os.path.join(self.place, name), OLD)

    def run(self, fault, again=False):
        if not again:
            self.prepare()
        environment = dict(os.environ, LC_ALL="C")
        if fault:
            environment.update(LD_PRELOAD=self.options.preload, FAULT=f"{self.tool}:{fault}",
                               FAULT_LOG="log")
        done = subprocess.run([os.path.join(self.options.bin, self.tool), *self.arguments],
                              cwd=self.place, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, check=False)
        return Outcome(self.place, done)

    def complain(self, fault, what, outcome):
        self.wrong += 1
        if len(self.reasons) < 5:
            self.reasons.append(f"{self.tool} {' '.join(self.arguments)}: {fault}: {what}; status "
                                f"{outcome.status}, said {outcome.said[:300]!r}")

    def hold_messages(self, fault, outcome):
        lines = outcome.said.decode("utf-8", "replace").splitlines()
        if outcome.status != 4:
            self.complain(fault, "expected status 4", outcome)
        elif not lines or not all(line.startswith(self.tool + ": ") for line in lines):
            self.complain(fault, "no message, or one without the tool's name", outcome)

    def hold_failure(self, fault, outcome):
        """After a call that failed for good. The C library and we can do without some."""
        if fault.startswith(("malloc:", "open:")) and outcome.same(self.good):
            return
        self.hold_messages(fault, outcome)
        touched = [name for name in OUTPUTS
                   if name.startswith("out") and outcome.outputs[name] != OLD]
        # Where there are parts, some have their names before the fault is met.
        published = fault.startswith("fsync:") or (
            "--parts" in self.arguments and fault.startswith(("rename:", "mode:")))
        if touched and not published:
            self.complain(fault, f"{touched} of -o was touched", outcome)
        if outcome.mixed(self.good):
            self.complain(fault, f"{outcome.mixed(self.good)} is half-written", outcome)
        if outcome.leftovers():
            self.complain(fault, f"left {outcome.leftovers()}", outcome)
        # Facts have no frame, so that the last read may fail when all of them have been written.
        whole = self.tool in FRAMED and outcome.stdout == self.good.stdout
        if self.good.stdout and (whole or not self.good.stdout.startswith(outcome.stdout)):
            self.complain(fault, "standard output is no cut-off one", outcome)

    def hold_kill(self, fault, outcome):
        if outcome.status != KILLED:
            self.complain(fault, "was not killed", outcome)
        if outcome.mixed(self.good):
            self.complain(fault, f"{outcome.mixed(self.good)} is half-written", outcome)
        if len(outcome.leftovers()) > 3:
            self.complain(fault, f"left {outcome.leftovers()}", outcome)
        again = self.run(None, again=True)
        if not again.same(self.good) or again.leftovers():
            self.complain(fault, "a second run is not as the first would have been", again)

    def hold(self, fault, outcome):
        how = fault.split(":")[2]
        if not outcome.fired or how[:5] in ("EINTR", "short", "ENOLC"):
            if not outcome.same(self.good) or outcome.leftovers():
                self.complain(fault, "not the same as without it", outcome)
        elif how.startswith("kill"):
            self.hold_kill(fault, outcome)
        else:
            self.hold_failure(fault, outcome)

    def try_calls(self, call, how, step=1, first=1):
        """The first, second, ... such call, until a run has fewer of them."""
        number = first
        while self.wrong < 20:
            fault = f"{call}:{number}:{how}"
            outcome = self.run(fault)
            self.hold(fault, outcome)
            if not outcome.fired:
                return
            self.faults += 1
            number += step

    def try_disk(self, steps):
        """A disk with room for more and more, until it all fits."""
        size = sum(len(data) for data in self.good.outputs.values() if data != OLD)
        self.try_calls("disk", "ENOSPC", max(1, size // steps), 0)


def try_case(options, inputs, case):
    tool, arguments, memory = case
    trial = Trial(options, inputs, tool, arguments)
    if memory:
        trial.try_calls("malloc", "ENOMEM")
        trial.try_calls("malloc", "ENOMEM+", 1 if options.whole else 13)
    for call, how in ERRORS + HARMLESS + DEADLY:
        trial.try_calls(call, how)
    trial.try_disk(200 if options.whole else 20)
    if "--parts" not in arguments:
        to_stdout = [word for word in arguments if word not in ("-o", "out")]
        second = Trial(options, inputs, tool, to_stdout)
        for call, how in TO_STDOUT:
            second.try_calls(call, how)
        trial.faults += second.faults
        trial.wrong += second.wrong
        trial.reasons += second.reasons
    return trial


def options_of():
    parser = argparse.ArgumentParser()
    parser.add_argument("--preload", required=True)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"))
    parser.add_argument("--tool")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    options.preload = os.path.abspath(options.preload)
    return options


def main():
    options = options_of()
    # Here fsync costs nothing.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    faults = wrong = 0
    with tempfile.TemporaryDirectory(dir=memory) as place:
        inputs = os.path.join(place, "inputs")
        os.mkdir(inputs)
        os.mkdir(inputs + ".places")
        make_inputs(inputs, options.bin, options.whole)
        todo = [case for case in cases(options.whole) if options.tool in (None, case[0])]
        for tool in set(os.listdir(options.bin)) - {case[0] for case in cases(False)}:
            print(f"{tool}: is not tried")
            wrong += 1
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for trial in pool.map(lambda case: try_case(options, inputs, case), todo):
                print(*trial.reasons, sep="\n", end="\n" if trial.reasons else "")
                print(f"{trial.tool} {' '.join(trial.arguments)}: {trial.faults} faults",
                      file=sys.stderr)
                faults += trial.faults
                wrong += trial.wrong
    print(f"{faults} faults, {wrong} wrong")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())

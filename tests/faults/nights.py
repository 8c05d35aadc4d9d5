#!/usr/bin/env python3
"""Disturb nights of share/examples/loyalty-night, and see that the re-run is an undisturbed night.

usage: nights.py --preload faults.so [--bin DIRECTORY] [--count N] [--from SEED] [--keep DIRECTORY]

Each seed disturbs the third night of a shop once or twice: a process, or all of them, killed at a
certain call or at any moment; a call of any process that fails, is broken off, or moves half; no
memory; a full disk; the input cut off, or sent twice. After each, the files that are there must be
those of the undisturbed night, and a night that says it is done must have all of them. Then the
whole input is there again and the night is run until it is done: ledgers, snapshots, rejects and
facts must be the undisturbed night's, byte for byte.
"""

import argparse
import concurrent.futures
import datetime
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NIGHT = os.path.join(ROOT, "share", "examples", "loyalty-night")
TOOLS = ["loyalty-sort", "loyalty-post", "loyalty-check", "loyalty-snapshot"]
OTHERS = ["bash", "mv", "rm", "mkdir", "cat", "sync", "sort", "sed", "tail", "date", "flock"]
DAYS = ["2026-03-01", "2026-03-02", "2026-03-03"]
KEPT = ["facts", "ledger", "rejects", "snapshot"]


# ---- the shop --------------------------------------------------------------------------------

def day_of(day, chance, count):
    """A day's facts, in no order; each has an id. Some lines cannot be posted, some are late."""
    lines = []
    for i in range(count):
        member = f"C{chance.randrange(40)}"
        date = day
        if chance.random() < 0.05:
            date = str(datetime.date.fromisoformat(day) - datetime.timedelta(1))
        at = f"{date}T{chance.randrange(8, 20):02}:{chance.randrange(60):02}:00"
        head = f'"id":"{day[-2:]}-{i}","at":"{at}","member":"{member}"'
        kind = chance.random()
        if kind < 0.1:
            lines.append(f'{{"type":"enrol",{head},"birthday":"1990-03-0{chance.randrange(1, 9)}"}}')
        elif kind < 0.2:
            lines.append(f'{{"type":"redeem",{head},"reward":"free-drink"}}')
        elif kind < 0.3:
            lines.append(f'{{"type":"return",{head},"of":"{day[-2:]}-{chance.randrange(count)}",'
                         '"amount":"0.50"}')
        elif kind < 0.32:
            lines.append(f'{{"type":"purchase",{head},"amount":"1,00"}}')
        else:
            amount = f"{chance.randrange(1, 30)}.{chance.randrange(100):02}"
            lines.append(f'{{"type":"purchase",{head},"amount":"{amount}"}}')
    return "".join(line + "\n" for line in lines).encode()


def write_file(path, data):
    with open(path, "wb") as file:
        file.write(data)


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def tree(place):
    """What the nights keep, by name."""
    found = {}
    for part in KEPT:
        for directory, _, names in os.walk(os.path.join(place, part)):
            for name in names:
                path = os.path.join(directory, name)
                found[os.path.relpath(path, place)] = read_file(path)
    return found


# ---- a disturbance ------------------------------------------------------------------------------

KINDS = ["kill", "kill", "crash", "crash", "moment", "error", "error", "error", "memory", "disk",
         "short", "interrupt", "cut", "twice"]


def draw(chance, kind):
    """What FAULT is, or None."""
    ours = chance.random() < 0.6
    tool = chance.choice(TOOLS if ours else OTHERS)
    number = chance.choice([1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20] if ours else [1, 2, 3, 4])
    call = chance.choice(["any", "open", "read", "write", "fsync", "rename"])
    if kind in ("kill", "crash"):
        how = chance.choice([kind, kind + "ed", "torn" if kind == "kill" else kind])
        call = "write" if how == "torn" else chance.choice(["any", "any", "write", "rename"])
        return f"{tool}:{call}:{number}:{how}"
    if kind == "error":
        return f"{tool}:{call}:{number}:{chance.choice(['EIO', 'ENOSPC', 'EIO+', 'ENOSPC+'])}"
    if kind == "interrupt":
        return f"{tool}:{call}:{number}:{chance.choice(['EINTR', 'EINTR+'])}"
    if kind == "short":
        return f"{tool}:{chance.choice(['read', 'write'])}:{chance.choice([1, 1, 2, 3])}:" + \
            chance.choice(["short", "short+"])
    if kind == "memory":
        return f"{tool}:malloc:{chance.randrange(1, 800)}:" + chance.choice(["ENOMEM", "ENOMEM+"])
    if kind == "disk":
        return f"{chance.choice(TOOLS + ['cat', '*'])}:disk:{chance.randrange(40000)}:ENOSPC"
    return None


class Night:
    """A place where nights are run."""

    def __init__(self, options, place):
        self.options, self.place = options, place
        self.log = place + ".log"

    def run(self, fault=None, moment=None):
        """The exit status; where the whole group is killed, minus the signal."""
        environment = dict(os.environ, LC_ALL="C",
                           PATH=self.options.bin + os.pathsep + os.environ["PATH"])
        if fault:
            environment.update(LD_PRELOAD=self.options.preload, FAULT=fault, FAULT_LOG=self.log)
        with open(self.place + ".said", "ab") as said:
            process = subprocess.Popen([NIGHT, self.place], env=environment, stdout=said,
                                       stderr=said, stdin=subprocess.DEVNULL,
                                       start_new_session=True)
            try:
                process.wait(60 if moment is None else moment)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(60)
        return process.returncode

    def fired(self):
        fired = os.path.exists(self.log)
        if fired:
            os.unlink(self.log)
        return fired


class Trial:
    """A seed: a copy of the shop after two nights, disturbed in the third."""

    def __init__(self, options, shop, seed):
        self.shop, self.seed = shop, seed
        self.chance = random.Random(seed)
        self.place = os.path.join(shop.directory, f"seed-{seed}")
        shutil.copytree(shop.begun, self.place)
        self.night = Night(options, self.place)
        self.inbox = os.path.join(self.place, "in", DAYS[2] + ".ndjson")
        self.done = []
        self.broken = 0
        self.wrong = []

    def arrive(self, data):
        """Sent under another name first, as it should be."""
        facts = os.path.join(self.place, "facts", DAYS[2])
        if not os.path.exists(facts) or not os.listdir(facts):
            write_file(self.inbox + ".part", data)
            os.rename(self.inbox + ".part", self.inbox)

    def wanted(self, found):
        """What should be there at the end. What came in is kept as it came, be it twice."""
        facts = os.path.join("facts", DAYS[2])
        return {name: found.get(name) if "twice" in self.done and name.startswith(facts) else data
                for name, data in self.shop.wanted.items()}

    def hold(self, what, status):
        """After a disturbed night: nothing that is there may be another than it should be."""
        found = tree(self.place)
        wanted = self.wanted(found)
        for name, data in found.items():
            if wanted.get(name) != data:
                self.wrong.append(f"{what}: {name} is not the undisturbed night's")
        if status in (0, 1) and found != wanted:
            self.wrong.append(f"{what}: says it is done, and is not")
        self.broken += status not in (0, 1)

    def disturb(self, kind):
        fault = draw(self.chance, kind)
        data = self.shop.input
        moment = None
        if kind == "cut":
            at = self.chance.randrange(1, len(data))
            while data[at - 1:at] == b"\n":
                at += 1
            data = data[:at] if at < len(data) else data[:-1]
        elif kind == "twice":
            data = data + data
        elif kind == "moment":
            moment = self.chance.random() * self.shop.seconds
        self.arrive(data)
        status = self.night.run(fault, moment)
        if self.night.fired() if fault else kind != "moment" or status < 0:
            self.done.append(fault or kind)
            self.hold(fault or kind, status)

    def run(self):
        kinds = self.chance.sample(KINDS, self.chance.choice([1, 1, 2]))
        while len(self.done) < len(kinds):
            before = len(self.done)
            self.disturb(kinds[before])
            if os.path.exists(os.path.join(self.place, "snapshot", DAYS[2] + ".ndjson")):
                if len(self.done) > before:
                    break
                # It was not met, and nothing is left to disturb: another, from the start.
                shutil.rmtree(self.place)
                shutil.copytree(self.shop.begun, self.place)
                self.done.clear()
                self.broken = 0
        # The sender has noticed, and sends it all.
        self.arrive(self.shop.input)
        status = self.night.run()
        self.compare(status)
        return self

    def compare(self, status):
        found = tree(self.place)
        wanted = self.wanted(found)
        for name in sorted(set(found) | set(wanted)):
            if found.get(name) != wanted.get(name):
                self.wrong.append(f"{name} differs after the re-run, status {status}")
        if status not in (0, 1):
            self.wrong.append(f"the re-run failed with {status}")
        left = sorted(set(os.listdir(self.place)) - {"in", "lock", "programme.json", *KEPT})
        if left or os.listdir(os.path.join(self.place, "in")):
            self.wrong.append(f"left {left}, {os.listdir(os.path.join(self.place, 'in'))}")


class Shop:
    """Two nights gone by, and what the third one gives."""

    def __init__(self, options, directory):
        self.directory = directory
        self.begun = os.path.join(directory, "begun")
        chance = random.Random(options.shop)
        os.makedirs(os.path.join(self.begun, "in"))
        shutil.copyfile(os.path.join(ROOT, "share", "demo", "coffee.json"),
                        os.path.join(self.begun, "programme.json"))
        for day in DAYS[:2]:
            write_file(os.path.join(self.begun, "in", day + ".ndjson"), day_of(day, chance, 150))
        self.must(Night(options, self.begun))
        self.input = day_of(DAYS[2], chance, 150)
        third = os.path.join(directory, "third")
        shutil.copytree(self.begun, third)
        write_file(os.path.join(third, "in", DAYS[2] + ".ndjson"), self.input)
        start = time.monotonic()
        self.must(Night(options, third))
        self.seconds = time.monotonic() - start
        self.wanted = tree(third)

    @staticmethod
    def must(night):
        status = night.run()
        if status not in (0, 1):
            sys.exit(f"an undisturbed night failed with {status}:\n" +
                     read_file(night.place + ".said").decode()[-2000:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--preload", required=True, type=os.path.abspath)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"), type=os.path.abspath)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--shop", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", help="where to leave nights that went wrong")
    options = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    faults = broken = wrong = 0
    with tempfile.TemporaryDirectory(dir=memory) as directory:
        shop = Shop(options, directory)
        seeds = range(options.first, options.first + options.count)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for trial in pool.map(lambda seed: Trial(options, shop, seed).run(), seeds):
                faults += len(trial.done)
                broken += trial.broken
                for text in trial.wrong:
                    print(f"seed {trial.seed} ({', '.join(trial.done)}): {text}")
                if trial.wrong and options.keep:
                    shutil.copytree(trial.place, os.path.join(options.keep, f"seed-{trial.seed}"),
                                    dirs_exist_ok=True)
                wrong += bool(trial.wrong)
                shutil.rmtree(trial.place)
    print(f"{options.count} nights, {faults} faults, {broken} broken off, {wrong} wrong")
    return wrong > 0 or broken < options.count // 3


if __name__ == "__main__":
    sys.exit(main())

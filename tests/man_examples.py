#!/usr/bin/env python3
"""Run the examples of manual pages and of READMEs, and compare what they show.

usage: man_examples.py PAGE...

An example is a literal block (.Bd -literal) with lines that begin with "$ ". A block that shows no
output at all is an illustration and is not run. "$ cat FILE" of a file that is not there yet shows
its content, and so makes it. Files stay for the later examples of the page, and ./share is the
project's. "$ export NAME=VALUE" holds to the end of the page. A line that goes on has a backslash
at its end.

Where GNU parallel is not installed, what stands for it does one thing after the other.

In Markdown an example is a block of sh with a block of text behind it; blocks of sh that begin with
"cat >" are run, too, and give nothing.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ESCAPES = {r"\e": "\\", r"\&": "", r"\-": "-", r"\(dq": '"', r"\(aq": "'", r"\(ga": "`",
           r"\(ha": "^", r"\(ti": "~"}


PARALLEL = """#!/bin/bash
while [[ $1 == --* ]]; do
    [ "$1" != --halt ] || shift
    shift
done
words=()
while [ "$1" != ::: ]; do
    words+=("$1")
    shift
done
shift
for file; do
    bash -c "${words[*]//\\{\\}/$file}" || exit
done
"""


def provide_parallel(environment, directory):
    """Has `parallel` found on PATH."""
    if shutil.which("parallel"):
        return
    path = os.path.join(directory, "parallel")
    with open(path, "w", encoding="utf-8") as file:
        file.write(PARALLEL)
    os.chmod(path, 0o755)
    environment["PATH"] += ":" + directory


def plain(line):
    """A line of mdoc in a literal block, as it is shown."""
    return re.sub(r"\\(\([a-z]{2}|.)", lambda m: ESCAPES.get(m.group(0), m.group(0)), line)


def blocks(page):
    """The literal blocks of a page: lists of lines."""
    found, block = [], None
    with open(page, encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith(".Bd") and "-literal" in line:
                block = []
            elif line.startswith(".Ed") and block is not None:
                found.append(block)
                block = None
            elif block is not None:
                block.append(plain(line))
    return found


def commands(block):
    """(command, lines shown) of a block that is a session with a shell."""
    found = []
    for line in block:
        if found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1][0] = found[-1][0] + "\n" + re.sub(r"^> ", "", line)
        elif line.startswith("$ "):
            found.append([line[2:], []])
        elif found:
            found[-1][1].append(line)
        else:
            return []
    return found


def fenced(page):
    """Sessions of a Markdown file: lists of (command, lines shown)."""
    with open(page, encoding="utf-8") as text:
        found = re.findall(r"^```(\w*)\n(.*?)^```$\n?(\n*)", text.read(), re.M | re.S)
    sessions = []
    for (kind, body, gap), (kind_next, shown, _) in zip(found, found[1:] + [("", "", "")]):
        if kind == "sh" and kind_next == "text" and not gap:
            sessions.append([[body.rstrip("\n"), shown.splitlines()]])
        elif kind == "sh" and body.startswith("cat >"):
            sessions.append([[body.rstrip("\n"), []]])
    return sessions


def try_command(page, directory, environment, command, shown):
    """Whether a command gives what is shown; says so where not."""
    variable = re.fullmatch(r"export (\w+)=([\w./-]*)", command)
    if variable:
        environment[variable.group(1)] = variable.group(2)
        return True
    file = re.fullmatch(r"cat ([\w.-]+)", command)
    if file and not os.path.exists(os.path.join(directory, file.group(1))):
        with open(os.path.join(directory, file.group(1)), "w", encoding="utf-8") as out:
            out.write("".join(line + "\n" for line in shown))
        return True
    done = subprocess.run(["bash", "-c", command], cwd=directory, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    given = done.stdout.decode("utf-8", "replace").splitlines()
    if given == shown:
        return True
    print(f"{os.path.basename(page)}: $ {command}")
    for mark, text in (("shown", shown), ("given", given)):
        for line in text:
            print(f"  {mark}: {line}")
    return False


def try_page(page):
    """(examples run, examples that are wrong) of a page."""
    run, wrong = 0, 0
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as tools:
        provide_parallel(environment, tools)
        os.symlink(os.path.join(ROOT, "share"), os.path.join(directory, "share"))
        if page.endswith(".md"):
            sessions = fenced(page)
        else:
            sessions = [commands(block) for block in blocks(page)]
            sessions = [session for session in sessions if any(shown for _, shown in session)]
        for session in sessions:
            run += 1
            wrong += not all([try_command(page, directory, environment, *step) for step in session])
    return run, wrong


def main():
    run, wrong = 0, 0
    for page in sys.argv[1:]:
        counts = try_page(page)
        run += counts[0]
        wrong += counts[1]
        if page.endswith(".1") and counts[0] < 2:
            print(f"{os.path.basename(page)}: expected two examples or more with their output")
            wrong += 1
    print(f"{run} examples, {wrong} wrong")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""soak.py BUILD FACTS [--members N] [--years N]

Posts so many facts of a fixed number of members, spread over many years, and looks at the memory of loyalty-post while it
runs: in the second half, when every member has come and everything that lives has come to its end several times, it must not
grow by more than a twentieth. Says the figures.
"""

import argparse
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GROWTH = 1.05


def resident(pid):
    """Megabytes."""
    with open("/proc/%d/statm" % pid) as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def consumed(pid):
    """Bytes that the process has read."""
    with open("/proc/%d/io" % pid) as file:
        return int(file.readline().split()[1])


def watch(post, seconds=2):
    """(bytes read, megabytes) now and then, until it ends."""
    samples = []
    while post.poll() is None:
        try:
            sample = consumed(post.pid), resident(post.pid)
            # Of one that is ending there is nothing left.
            if sample[1] > 0:
                samples.append(sample)
        except (OSError, ValueError, IndexError):
            pass
        time.sleep(seconds)
    return samples


def main():
    options = argparse.ArgumentParser()
    options.add_argument("build")
    options.add_argument("facts", type=int)
    options.add_argument("--members", type=int, default=0)
    options.add_argument("--years", type=int, default=30)
    arguments = options.parse_args()
    members = arguments.members or max(1000, arguments.facts // 1000)
    began = time.time()
    generate = subprocess.Popen([os.path.join(arguments.build, "bench", "generate"), "--purchases", str(arguments.facts), "--members", str(members),
                                 "--years", str(arguments.years)], stdout=subprocess.PIPE)
    post = subprocess.Popen([os.path.join(arguments.build, "bin", "loyalty-post"), "-p", os.path.join(HERE, "soak.json"), "--postings-only"],
                            stdin=generate.stdout, stdout=subprocess.DEVNULL)
    generate.stdout.close()
    samples = watch(post)
    if post.returncode or generate.wait():
        print("soak.py: loyalty-post ended with %d" % post.returncode)
        return 1
    total = samples[-1][0]
    settled = [mb for read, mb in samples if read >= total / 2]
    for tenth in range(1, 11):
        near = min(samples, key=lambda sample: abs(sample[0] - total * tenth / 10))
        print("%3d %%: %7.1f MB" % (tenth * 10, near[1]))
    flat = settled[-1] <= settled[0] * GROWTH
    print("%d facts of %d members over %d years in %.0f s: %.1f MB after half, %.1f MB at the end, %.0f bytes a member: %s" %
          (arguments.facts, members, arguments.years, time.time() - began, settled[0], settled[-1], settled[-1] * 1e6 / members, "flat" if flat else "it grows"))
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Bounds the longest single prov_agent_process(), in instructions, as a whole and in each module.

Usage: turns.py BENCH_TURN

Runs each scenario of the program bench_turn under callgrind, which writes down each call apart.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

# Millions of instructions of the longest call, what lies beneath the library included: a tenth above
# what it takes today. 20 million are 2 ms on a server.
SCENARIOS = {
    "boot": 0.1,
    "profile": 21,
    "file": 31,
    "again": 6.3,
    "value": 37,
    "rule": 27,
    "odd": 92,
    "keys": 151,
    "http": 33,
    "tftp": 2,
}

# Likewise of a module alone, in the scenario that takes it longest; the others have OTHER_MODULES.
MODULES = {
    "base": 19,
    "catalogue": 5,
    "macro": 52,
    "rule": 6,
    "profile": 10,
    "store": 11,
    "env": 0.25,
    "fetch": 1.4,
}
OTHER_MODULES = 0.05
BENEATH = "beneath"  # libraries, and the C library
OTHER = "bench"  # the program itself: its host and its servers


def place_of(path, binary):
    """The module a file belongs to."""
    if not binary:
        return BENEATH
    found = re.search(r"(?:^|/)lib/(\w+)/[^/]*$", path)
    return found[1] if found else OTHER


def read_call(path, program):
    """Instructions by module that one call took by itself, from a dump of callgrind's."""
    costs = Counter()
    where = OTHER
    is_ours = False
    is_calling = False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            key, _, value = line.rstrip("\n").partition("=")
            if key == "ob":
                is_ours = os.path.basename(value) == program
            elif key in ("fl", "fi", "fe"):
                where = place_of(value, is_ours)
            elif key == "calls":
                is_calling = True  # the next line has the costs of what is called
            elif re.match(r"[\d+*-]", line):
                if not is_calling:
                    costs[where] += int(line.split()[1])
                is_calling = False
    return costs


def run(bench, scenario):
    """What each process() of a scenario took, by module."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "calls")
        done = subprocess.run([
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--compress-strings=no",
            "--compress-pos=no", "--collect-atstart=no", "--toggle-collect=one_process",
            "--dump-after=one_process", bench, scenario,
        ], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{scenario}: {done.stderr}")
        return [read_call(path, os.path.basename(bench)) for path in glob.glob(out + ".*")]


def row(name, n, bound, more):
    """Print one line. Returns whether it passes its bound."""
    is_broken = n > bound * 1e6
    print(f"    {name:10} {n / 1e6:8.3f} (at most {bound:g}) {more}{' FAILED' if is_broken else ''}")
    return is_broken


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    bench = sys.argv[1]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        calls = dict(zip(SCENARIOS, pool.map(lambda name: run(bench, name), SCENARIOS)))
    n_broken = 0
    print("millions of instructions in the longest prov_agent_process():")
    for name, bound in SCENARIOS.items():
        longest = max(calls[name], key=lambda costs: costs.total() - costs[OTHER])
        parts = ", ".join(f"{part} {n / 1e6:.2f}" for part, n in longest.most_common(4)
                          if part != OTHER)
        n_broken += row(name, longest.total() - longest[OTHER], bound, parts)
    print("and of each module by itself:")
    modules = {name for several in calls.values() for costs in several for name in costs}
    for name in sorted(modules - {BENEATH, OTHER}):
        most, scenario = max((costs[name], scenario) for scenario in calls
                             for costs in calls[scenario])
        n_broken += row(name, most, MODULES.get(name, OTHER_MODULES), scenario)
    sys.exit(1 if n_broken else 0)


if __name__ == "__main__":
    main()

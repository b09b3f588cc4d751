#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Holds the chain to its aims in instructions, allocations and heap; these repeat, times do not.

Usage: callgrind.py BENCH_CHAIN BENCH_HOST

Runs the program bench_chain with realistic profiles of several sizes, and bench_host with the hosts
that people write, and prints for each variant the instructions in relation to the libraries beneath
alone. Fails past the limits.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

# Bytes, and runs of which the mean counts: libxml2 draws a seed for each table of names, which makes
# half a percent of a small profile.
SIZES = {300_000: 16, 1_000_000: 4, 3_000_000: 1}
HEAP_SIZES = [1_000_000, 10_000_000, 100_000_000]

# Name, what it has on top of the floor, aim, limit. The aims are not reached yet; the digest of the
# values that is made when they change is told only.
VARIANTS = [
    ("stream", "decoder and parser", None, 1.13),
    ("apply", "and staging, commit to an empty host", 1.10, 1.20),
    ("compare", "and comparison with a host that has all values", 1.15, 1.20),
    ("digest", "as apply, and the digest for a host with a stamp", None, None),
]

# Hosts: name, what is measured, wanted, limit.
HOSTS = [
    ("bare", "no events, a store that keeps nothing", 1.20, 0.87),
    ("plain", "the same, plain XML", 1.20, 0.82),
    ("gzip", "the same, gzip", 1.20, 0.87),
    ("cipher", "the same, encrypted", 1.20, 0.83),
    ("told", "with events", 1.5, 1.24),
    ("memory", "with events, the first profile of a store in memory", 2.0, 1.88),
    ("file", "the same in a file", 3.0, 2.35),
    ("same", "a store in memory that has all values", None, 0.86),
    ("one", "the same, and one value differs", 1.5, 1.16),
    ("one_file", "the same in a file", 2.2, 1.60),
    ("open", "a store opened from its file, with a new agent", 1.4, 1.08),
]
HOST_RUNS = 4
MAX_NEW_AGENT = 15_000
# Of 300 KB. What is staged lies in blocks, each larger than the last.
MAX_ALLOCATIONS = 40
MAX_HEAP = 64 * 1024
MAX_HEAP_DIFFERENCE = 4 * 1024

# The C library moves and wipes long blocks by one instruction that repeats itself, which callgrind
# counts once a byte; a processor does 32 at once. It is told to use its loops, for both sides.
LOOPS = ":".join(f"glibc.cpu.x86_rep_{what}_threshold={1 << 30}" for what in ("movsb", "stosb"))


def run(command):
    environment = os.environ | {"GLIBC_TUNABLES": LOOPS}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return done


def count(bench, arguments, n_runs):
    """Instructions of one run of n_runs; the arguments say what runs so often."""
    with tempfile.NamedTemporaryFile() as out:
        done = run([
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}",
            "--collect-atstart=no", "--toggle-collect=measured",
            bench, *arguments, str(n_runs),
        ])
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]) // n_runs


def instructions(bench, variant, size):
    return count(bench, [variant, str(size)], SIZES[size])


def host_ratio(bench, variant):
    ours, floor = (count(bench, [variant, side], HOST_RUNS) for side in ("ours", "floor"))
    return ours / floor


def memory(bench, variant, size):
    """Allocations of ours, and the highest heap they made."""
    done = run([bench, variant, str(size), "0"])
    found = re.search(r"(\d+) allocations, (\d+) bytes of heap", done.stdout)
    return int(found[1]), int(found[2])


def count_all(bench):
    """Instructions of each variant at each size. Side by side: that changes no count."""
    names = ["floor", *(variant[0] for variant in VARIANTS)]
    jobs = [(name, size) for size in reversed(SIZES) for name in names]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(lambda job: instructions(bench, *job), jobs)
        return dict(zip(jobs, counts))


def row(name, ratio, aim, limit, what):
    """Print one variant. Returns whether it passes its limit."""
    is_broken = limit is not None and ratio > limit
    bounds = {"aim": aim, "limit": limit}
    told = ", ".join(f"{which} {bound:.3f}" for which, bound in bounds.items() if bound)
    print(f"    {name:8} {ratio:.3f} ({told or 'no limit'}) {what}{' FAILED' if is_broken else ''}")
    return is_broken


def check_instructions(bench):
    counts = count_all(bench)
    n_broken = 0
    for size in SIZES:
        floor = counts["floor", size]
        print(f"{size:>11,} bytes: the libraries alone {floor:,} instructions")
        for name, what, aim, limit in VARIANTS:
            n_broken += row(name, counts[name, size] / floor, aim, limit, what)
    return n_broken


def check_hosts(bench):
    print("a resync of 300 KB by these hosts:")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ratios = pool.map(lambda host: host_ratio(bench, host[0]), HOSTS)
        n_broken = sum(row(name, ratio, aim, limit, what)
                       for (name, what, aim, limit), ratio in zip(HOSTS, ratios))
    n_agent = count(bench, ["agent", "ours"], HOST_RUNS)
    is_broken = n_agent > MAX_NEW_AGENT
    print(f"{n_agent:,} instructions for an agent made and freed, at most {MAX_NEW_AGENT:,}"
          f"{' FAILED' if is_broken else ''}")
    return n_broken + is_broken


def check_allocations(bench):
    n_allocations, _ = memory(bench, "apply", min(SIZES))
    is_broken = n_allocations > MAX_ALLOCATIONS
    print(f"{n_allocations} allocations in a resync, at most {MAX_ALLOCATIONS}"
          f"{' FAILED' if is_broken else ''}")
    return is_broken


def check_heap(bench):
    heaps = [memory(bench, "stream", size)[1] for size in HEAP_SIZES]
    is_broken = max(heaps) > MAX_HEAP or max(heaps) - min(heaps) > MAX_HEAP_DIFFERENCE
    told = ", ".join(f"{heap:,} for {size:,}" for heap, size in zip(heaps, HEAP_SIZES))
    print(f"bytes of heap, nothing staged: {told}, at most {MAX_HEAP:,}"
          f"{' FAILED' if is_broken else ''}")
    return is_broken


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    _, bench, host_bench = sys.argv
    n_broken = check_instructions(bench) + check_allocations(bench) + check_heap(bench)
    n_broken += check_hosts(host_bench)
    sys.exit(1 if n_broken else 0)


if __name__ == "__main__":
    main()

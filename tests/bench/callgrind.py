#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Holds the chain to its aims in instructions, allocations and heap; these repeat, times do not.

Usage: callgrind.py BENCH_CHAIN

Runs the program bench_chain with realistic profiles of several sizes and prints, for each way of
reading them, the instructions in relation to the libraries beneath alone. Fails past the limits.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

# Bytes, and runs of which the mean counts: libxml2 draws a seed for each table of names, which makes
# half a percent of a small profile.
SIZES = {300_000: 16, 1_000_000: 4, 10_000_000: 1}
HEAP_SIZES = [1_000_000, 10_000_000, 100_000_000]

# Name, what it has on top of the floor, aim, limit. The aims are not reached yet; the digest of the
# values that is made when they change is told only.
VARIANTS = [
    ("stream", "decoder and parser", None, 1.13),
    ("apply", "and staging, commit to an empty host", 1.10, 1.20),
    ("compare", "and comparison with a host that has all values", 1.15, 1.20),
    ("digest", "as apply, and the digest for a host with a stamp", None, None),
]
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


def instructions(bench, variant, size):
    with tempfile.NamedTemporaryFile() as out:
        done = run([
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}",
            "--collect-atstart=no", "--toggle-collect=measured",
            bench, variant, str(size), str(SIZES[size]),
        ])
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]) // SIZES[size]


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


def check_instructions(bench):
    counts = count_all(bench)
    n_broken = 0
    for size in SIZES:
        floor = counts["floor", size]
        print(f"{size:>11,} bytes: the libraries alone {floor:,} instructions")
        for name, what, aim, limit in VARIANTS:
            ratio = counts[name, size] / floor
            is_broken = limit is not None and ratio > limit
            n_broken += is_broken
            bounds = {"aim": aim, "limit": limit}
            told = ", ".join(f"{which} {bound:.3f}" for which, bound in bounds.items() if bound)
            print(f"    {name:8} {ratio:.3f} ({told or 'no limit'}) {what}"
                  f"{' FAILED' if is_broken else ''}")
    return n_broken


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
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    bench = sys.argv[1]
    n_broken = check_instructions(bench) + check_allocations(bench) + check_heap(bench)
    sys.exit(1 if n_broken else 0)


if __name__ == "__main__":
    main()

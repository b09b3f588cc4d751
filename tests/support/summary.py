#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Adds up test results of several meson runs; the last line is "N passed, N failed".

Usage: summary.py [--broken N] TESTLOG.json...

Each file is one run: a JSON object per line, as meson writes it. N is a number of steps outside of
meson that failed.
"""

import argparse
import json
import os
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP", "IGNORED"}


def read_run(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--broken", type=int, default=0)
    parser.add_argument("logs", nargs="*")
    options = parser.parse_args()

    n_passed, n_skipped, n_failed = 0, 0, options.broken
    for path in options.logs:
        if not os.path.exists(path):
            continue
        run = read_run(path)
        passed = [test for test in run if test["result"] in PASSED]
        skipped = [test for test in run if test["result"] in SKIPPED]
        failed = [test for test in run if test not in passed and test not in skipped]
        name = os.path.splitext(os.path.basename(path))[0]
        print(f"{name:10} {len(passed):4} passed {len(failed):3} failed {len(skipped):3} skipped")
        for test in failed:
            print(f"           {test['result']}: {test['name']}")
        n_passed += len(passed)
        n_skipped += len(skipped)
        n_failed += len(failed)

    tail = f", {n_skipped} skipped" if n_skipped else ""
    print(f"{n_passed} passed, {n_failed} failed{tail}")
    sys.exit(1 if n_failed or not n_passed else 0)


if __name__ == "__main__":
    main()

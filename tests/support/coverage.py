#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Counts the branches of lib/ that were taken, module by module, and fails below a floor.

Usage: coverage.py [--list MODULE] SOURCE_ROOT BUILD

BUILD was made with -Db_coverage=true, and its tests have run. A branch that cannot be taken is left
out by a comment in its line, which gives the reason:

    if (!p) /* GCOV_EXCL_BR_LINE: the table has no hole */

--list prints the lines of one module that have branches never taken, instead of the table.
"""

import argparse
import collections
import glob
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile

AIM = 95.0
MOST_EXCLUDED = 2.0
MARK = re.compile(r"GCOV_EXCL_BR_LINE: \S")


def gcov(notes):
    """What gcov has to say of one object file, as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["gcov", "--branch-probabilities", "--json-format", os.path.abspath(notes)],
            cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for path in glob.glob(os.path.join(folder, "*.gcov.json.gz")):
            with gzip.open(path, "rt", encoding="utf-8") as file:
                yield json.load(file)


def counts(build):
    """{absolute path: {line: [times each branch was taken]}}; a header's are added up."""
    lines = collections.defaultdict(dict)
    for notes in sorted(glob.glob(os.path.join(build, "lib", "*.a.p", "*.gcno"))):
        for unit in gcov(notes):
            for file in unit["files"]:
                path = os.path.normpath(os.path.join(unit["current_working_directory"], file["file"]))
                for line in file["lines"]:
                    taken = [branch["count"] for branch in line["branches"]]
                    if not taken:
                        continue
                    before = lines[path].get(line["line_number"], [])
                    if len(before) == len(taken):
                        taken = [a + b for a, b in zip(before, taken)]
                    lines[path][line["line_number"]] = taken
    return lines


class Module:
    def __init__(self):
        self.taken = self.all = self.excluded = 0
        self.missed = []


def by_module(lines, lib):
    modules = collections.defaultdict(Module)
    for path, branches in sorted(lines.items()):
        if not path.startswith(lib + os.sep) or not os.path.exists(path):
            continue  # not ours, or moved since the folder was built
        module = modules[os.path.relpath(path, lib).split(os.sep)[0]]
        with open(path, encoding="utf-8") as file:
            text = file.read().splitlines()
        for number, taken in sorted(branches.items()):
            n_taken = sum(count > 0 for count in taken)
            if MARK.search(text[number - 1]):
                module.excluded += len(taken)
                continue
            module.all += len(taken)
            module.taken += n_taken
            if n_taken < len(taken):
                module.missed.append((path, number, n_taken, len(taken), text[number - 1].strip()))
    return modules


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", metavar="MODULE")
    parser.add_argument("root")
    parser.add_argument("build")
    options = parser.parse_args()

    root = os.path.abspath(options.root)
    modules = by_module(counts(options.build), os.path.join(root, "lib"))
    if options.list:
        for path, number, n_taken, n_all, text in modules[options.list].missed:
            print(f"{os.path.relpath(path, root)}:{number}: {n_taken} of {n_all}: {text}")
        return
    if not modules:
        sys.exit(f"coverage: no counts in {options.build}")

    n_all = n_excluded = 0
    below = []
    for name, module in sorted(modules.items()):
        percent = 100 * module.taken / module.all if module.all else 100
        print(f"{name:10} {percent:6.2f} % of {module.all:5} branches, {module.excluded:3} left out,"
              f" floor {AIM}")
        n_all += module.all + module.excluded
        n_excluded += module.excluded
        if percent < AIM:
            below.append(name)
    excluded = 100 * n_excluded / n_all
    print(f"left out   {excluded:6.2f} %, at most {MOST_EXCLUDED} %")
    if below:
        sys.exit(f"coverage: below the floor: {', '.join(below)}")
    if excluded > MOST_EXCLUDED:
        sys.exit("coverage: too much is left out")


if __name__ == "__main__":
    main()

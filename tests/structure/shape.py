#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Prints how finely lib/ is cut: sizes of its files, and functions that one place calls.

It sets no limits and fails only if a file cannot be read. A static function counts as called once
if its name occurs once more in its file, followed by an opening parenthesis; a function that is
only a member of a table of pointers does not count.

Usage: shape.py ROOT [--each]     with --each also one line per folder
"""

import os
import re
import statistics
import sys

import sources

SHORT_FILE = 60
FUNCTION = re.compile(r"^(?P<type>[a-z][\w *]*?[ *])(?P<name>\w+)\([^;{}]*\)\n\{\n", re.M)
# Of definitions and declarations; a table of pointers has an '='.
SIGNATURE = re.compile(r"^[a-z][^=\n]*$", re.M)


class File:
    def __init__(self, root, path):
        text = sources.read(root, path)
        code = sources.without_comments(text)
        self.path = path
        self.n_lines = text.count("\n")
        functions = list(FUNCTION.finditer(code))
        statics = {f["name"] for f in functions if f["type"].startswith("static ")}
        self.n_functions = len(functions)
        bodies = SIGNATURE.sub("", code)
        self.n_called_once = sum(is_called_once(name, bodies) for name in statics)


def is_called_once(name, bodies):
    return re.findall(rf"\b{name}\b(\(?)", bodies) == ["("]


def share(part, whole):
    return f"{part} of {whole} ({100 * part / max(whole, 1):.0f} %)"


def describe(name, files, n_lines):
    sizes = [file.n_lines for file in files]
    n_short = sum(size < SHORT_FILE for size in sizes)
    print(
        f"{name}: {n_lines} lines; {len(sizes)} .c files, median {statistics.median(sizes):.0f} lines,",
        f"below {SHORT_FILE}: {share(n_short, len(sizes))};",
        "static functions with one call:",
        share(sum(f.n_called_once for f in files), sum(f.n_functions for f in files)),
    )


def main():
    root = sys.argv[1]
    paths = list(sources.walk(root, ["lib"], [".c", ".h"]))
    lines = {path: sources.read(root, path).count("\n") for path in paths}
    files = [File(root, path) for path in paths if path.endswith(".c")]
    folders = sorted({os.path.dirname(path) for path in paths})
    for folder in folders if "--each" in sys.argv else []:
        inside = [file for file in files if os.path.dirname(file.path) == folder]
        n_lines = sum(n for path, n in lines.items() if os.path.dirname(path) == folder)
        describe(folder, inside, n_lines)
    describe("lib", files, sum(lines.values()))


if __name__ == "__main__":
    main()

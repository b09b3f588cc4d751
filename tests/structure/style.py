#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails on faults of form.

SPDX lines, line length, size of a file, banners, left-over notes, and clang-format where it is installed.

Usage: style.py ROOT
"""

import os
import re
import shutil
import subprocess
import sys

import sources

FOLDERS = ["lib", "include", "examples", "tests"]
C_FILES = [".c", ".h", ".cpp"]
LICENSED = C_FILES + [".py", ".sh", ".map", "meson.build", "meson_options.txt"]
MAX_COLUMNS = 100
MAX_LINES = 800
# Generated tables and the like may be long: name them here with the reason.
LONG_FILES = {}

NOTE = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
BANNER = re.compile(r"^\s*(?:/?\*+|#)\s?(?:\S.*\s)?[-=*]{3,}\s*(?:\*/)?$|^\s*(?:/\*|#)\s?[-=*]{3,}\s")
SPDX = [
    re.compile(r"SPDX-License-Identifier: MIT\b"),
    re.compile(r"SPDX-FileCopyrightText: \d{4} The libprovision authors"),
]


def check_spdx(path, lines):
    head = lines[1:3] if lines and lines[0].startswith("#!") else lines[:2]
    for pattern, line in zip(SPDX, head + [""] * 2):
        if not pattern.search(line):
            return f"{path}:1: the file does not begin with the two SPDX lines"
    return None


def check_lines(path, lines):
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS:
            yield f"{path}:{number}: {len(line)} columns"
        if line != line.rstrip():
            yield f"{path}:{number}: white space at the end"
        if "\t" in line:
            yield f"{path}:{number}: a tab"
        if re.search(r"\bassert_in_range\b", line):
            yield f"{path}:{number}: cmocka 2.0 deprecates this, it has assert_uint_in_range()"
    if len(lines) > MAX_LINES and path not in LONG_FILES:
        yield f"{path}: {len(lines)} lines; look for the second idea"


def check_comments(path, lines):
    for number, line in enumerate(lines, 1):
        if BANNER.search(line):
            yield f"{path}:{number}: a banner; a file is one idea"
        if NOTE.search(line) and not re.search(r"issue \d+|#\d+", line):
            yield f"{path}:{number}: a note without an issue"


def check_format(root, paths):
    """Formatting as clang-format 14 to 16 see it; other releases disagree in small ways."""
    for name in ["clang-format", "clang-format-14", "clang-format-15", "clang-format-16"]:
        tool = shutil.which(name)
        if tool is None:
            continue
        version = subprocess.run([tool, "--version"], stdout=subprocess.PIPE, text=True).stdout
        match = re.search(r"version (\d+)", version)
        if match and int(match.group(1)) in range(14, 17):
            break
    else:
        print("clang-format 14 to 16 is not installed: formatting not checked")
        return
    if not paths:
        return
    done = subprocess.run(
        [tool, "--dry-run", "-Werror", "--style=file", *paths],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        yield from (line for line in done.stdout.splitlines() if ": error:" in line)


def main():
    root = sys.argv[1]
    findings = []
    for path in [*sources.walk(root, FOLDERS, LICENSED), "meson.build", "meson_options.txt"]:
        lines = sources.read(root, path).splitlines()
        wrong = check_spdx(path, lines)
        findings += [wrong] if wrong else []
        findings += check_comments(path, lines)
        if path.endswith(tuple(C_FILES)):
            findings += check_lines(path, lines)
    findings += check_format(root, sources.walk(root, FOLDERS, C_FILES))
    sources.finish(findings, "style")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails on a source file of the library that is missing from docs/architecture.md, on a file of
tests/support that is missing from its README.md, and on a listed one that does not exist.

Usage: files.py ROOT
"""

import os
import re
import sys

import sources

DOCS = "docs/architecture.md"
SUPPORT = os.path.join("tests", "support")
SECTION = re.compile(r"^### (lib/\w+)$(.*?)(?=^#|\Z)", re.M | re.S)
ROW = re.compile(r"^\| (`\w+\.c`(?:, `\w+\.c`)*) \| \S", re.M)


def listed(root):
    """Path of each file in the tables, in their order."""
    for folder, body in SECTION.findall(sources.read(root, DOCS)):
        for names in ROW.findall(body):
            for name in names.split(", "):
                yield os.path.join(folder, name.strip("`"))


def check_support(root):
    """The README names C files without their extension, which a header shares."""
    readme = os.path.join(SUPPORT, "README.md")
    names = []
    for row in re.findall(r"^\| (`.*?) \| \S", sources.read(root, readme), re.M):
        names += re.findall(r"`([^`]+)`", row)
    wanted = {re.sub(r"\.[ch]$", "", name) for name in os.listdir(os.path.join(root, SUPPORT))}
    wanted -= {"README.md", "meson.build", "__pycache__"}
    yield from (f"{readme}: {name} is missing" for name in sorted(wanted - set(names)))
    yield from (f"{readme}: there is no {name}" for name in sorted(set(names) - wanted))
    yield from (f"{readme}: {name} is there twice" for name in set(names) if names.count(name) > 1)


def main():
    root = sys.argv[1]
    found = list(listed(root))
    wanted = list(sources.walk(root, ["lib"], [".c"]))
    findings = [f"{DOCS}: {path} is missing" for path in wanted if path not in found]
    findings += [f"{DOCS}: there is no {path}" for path in found if path not in wanted]
    findings += [f"{DOCS}: {path} is there twice" for path in set(found) if found.count(path) > 1]
    findings += check_support(root)
    sources.finish(findings, "files")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails on a source file of the library that is missing from docs/architecture.md, and on a listed
one that does not exist.

Usage: files.py ROOT
"""

import os
import re
import sys

import sources

DOCS = "docs/architecture.md"
SECTION = re.compile(r"^### (lib/\w+)$(.*?)(?=^#|\Z)", re.M | re.S)
ROW = re.compile(r"^\| (`\w+\.c`(?:, `\w+\.c`)*) \| \S", re.M)


def listed(root):
    """Path of each file in the tables, in their order."""
    for folder, body in SECTION.findall(sources.read(root, DOCS)):
        for names in ROW.findall(body):
            for name in names.split(", "):
                yield os.path.join(folder, name.strip("`"))


def main():
    root = sys.argv[1]
    found = list(listed(root))
    wanted = list(sources.walk(root, ["lib"], [".c"]))
    findings = [f"{DOCS}: {path} is missing" for path in wanted if path not in found]
    findings += [f"{DOCS}: there is no {path}" for path in found if path not in wanted]
    findings += [f"{DOCS}: {path} is there twice" for path in set(found) if found.count(path) > 1]
    sources.finish(findings, "files")


if __name__ == "__main__":
    main()

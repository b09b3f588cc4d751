#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails on a file that calls another file of its folder which docs/architecture.md lists above it.

Usage: order.py ROOT
"""

import os
import re
import sys

import files
import sources

ROOMS = ("env", "persist", "fetch", "jobs", "agent")
DEFINITION = re.compile(r"^(?!static)[a-z][\w *]*?\b(provi?_\w+)\([^;{]*\)\n\{", re.M)
NAME = re.compile(r"\bprovi?_\w+\b")


def check(root, room):
    folder = os.path.join("lib", room)
    listed = [path for path in files.listed(root) if os.path.dirname(path) == folder]
    texts = [sources.without_comments(sources.read(root, path)) for path in listed]
    place = {name: i for i, text in enumerate(texts) for name in DEFINITION.findall(text)}
    for i, text in enumerate(texts):
        for name in sorted(set(NAME.findall(text))):
            if place.get(name, i) < i:
                yield f"{listed[i]}: {name}() is defined above it, in {listed[place[name]]}"


def main():
    root = sys.argv[1]
    sources.finish([finding for room in ROOMS for finding in check(root, room)], "order")


if __name__ == "__main__":
    main()

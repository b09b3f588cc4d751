#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails on a file of the agent that calls one which docs/architecture.md lists above it.

Usage: order.py ROOT
"""

import os
import re
import sys

import files
import sources

FOLDER = "lib/agent"
DEFINITION = re.compile(r"^(?!static)[a-z][\w *]*?\b(provi?_\w+)\([^;{]*\)\n\{", re.M)
NAME = re.compile(r"\bprovi?_\w+\b")


def main():
    root = sys.argv[1]
    listed = [path for path in files.told(root) if os.path.dirname(path) == FOLDER]
    texts = [sources.without_comments(sources.read(root, path)) for path in listed]
    place = {name: i for i, text in enumerate(texts) for name in DEFINITION.findall(text)}
    findings = [
        f"{listed[i]}: {name}() stands above it, in {listed[place[name]]}"
        for i, text in enumerate(texts)
        for name in sorted(set(NAME.findall(text)))
        if place.get(name, i) < i
    ]
    sources.finish(findings, "order")


if __name__ == "__main__":
    main()

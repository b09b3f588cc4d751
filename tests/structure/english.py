#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Prints how often the documentation uses words that plain technical English rarely needs.

Counts, with rates per 1,000 words of prose: Markdown without code, comments of public headers, and
comments and messages of examples. It sets no limits and fails only if a file cannot be read.

Usage: english.py ROOT
"""

import re
import sys

import sources

GROUPS = [
    ("docs", ["docs"], [".md"]),
    ("README", ["README.md"], [".md"]),
    ("headers", ["include/provision"], [".h"]),
    ("examples", ["examples"], [".c", ".h"]),
]
WORDS = [
    ("tell/tells/told", re.compile(r"\b(?:tell|tells|told)\b", re.I)),
    # "What is it?" asks; every other "what" opens a relative or an indirect clause.
    ("what", re.compile(r"\bwhat\b(?![^.;:]*\?)", re.I)),
    ("nobody", re.compile(r"\bnobody\b", re.I)),
    ("know/knows", re.compile(r"\bknows?\b", re.I)),
]


def prose_of(path, text):
    if path.startswith("examples/"):
        return "\n".join(re.findall(r'/\*.*?\*/|"(?:[^"\\\n]|\\.)*"', text, re.S))
    if path.endswith(".h"):
        return "\n".join(re.findall(r"/\*.*?\*/", text, re.S))
    return re.sub(r"^```.*?^```|^    .*?$|`[^`\n]+`", " ", text, flags=re.S | re.M)


def rate(name, pattern, prose, n_words):
    count = len(pattern.findall(prose))
    return f"{name} {count} ({1000 * count / max(n_words, 1):.2f})"


def main():
    root = sys.argv[1]
    for group, places, extensions in GROUPS:
        paths = places if group == "README" else sources.walk(root, places, extensions)
        prose = "\n".join(prose_of(path, sources.read(root, path)) for path in paths)
        n_words = len(re.findall(r"[A-Za-z']+", prose))
        rates = ", ".join(rate(name, pattern, prose, n_words) for name, pattern in WORDS)
        print(f"{group}: {n_words} words: {rates}")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Reads what a program prints for --help: its usage, what it does, and its options by section."""

import collections
import re
import subprocess

Option = collections.namedtuple("Option", "names argument text")  # argument: "" if it takes none
Section = collections.namedtuple("Section", "title entries")
Program = collections.namedtuple("Program", "name usage texts sections version")

ENTRY = re.compile(r"  (\S.*)")
OPTION = re.compile(r"(?P<names>-[^\s,]+(?:, -[^\s,]+)*)(?: (?P<argument>.+))?")


def read_entry(line):
    """(what stands on the left, text on the right); between them are two blanks, or a colon."""
    left, _, right = line.strip().partition("  ")
    if not right and not left.startswith("-"):
        left, _, right = left.partition(": ")
    return left, right.strip()


def read_option(left, right):
    match = OPTION.fullmatch(left)
    if match:
        return Option(match["names"].split(", "), match["argument"] or "", right)
    return Option([left], "", right)  # an exit status


def read_section(title, lines):
    """Entries begin after two blanks; what is indented further goes on with the one before."""
    entries = []
    for line in lines:
        if ENTRY.match(line) and not line.startswith("   "):
            entries.append(read_option(*read_entry(line)))
        else:
            last = entries[-1]
            entries[-1] = last._replace(text=f"{last.text} {line.strip()}".strip())
    return Section(title, entries)


def parse(name, text, version):
    paragraphs = [part.splitlines() for part in text.strip("\n").split("\n\n")]
    usage = [line.replace("Usage:", "").strip() for line in paragraphs[0]]
    texts, sections = [], []
    for lines in paragraphs[1:]:
        if lines[0].startswith("  "):
            sections.append(read_section("", lines))
        elif lines[0].endswith(":") and len(lines) > 1 and lines[1].startswith("  "):
            sections.append(read_section(lines[0].rstrip(":"), lines[1:]))
        else:
            texts.append(" ".join(lines))
    return Program(name, usage, texts, sections, version)


def ask(program):
    """Run a program for its help and its version."""
    name = program.replace("\\", "/").rsplit("/", 1)[-1]
    answers = [
        subprocess.run([program, option], stdout=subprocess.PIPE, text=True, check=True).stdout
        for option in ("--help", "--version")
    ]
    return parse(name, answers[0], answers[1].split()[1])

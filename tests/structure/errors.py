#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails on a status of base.h without words in status.c or a section in docs/errors.md, on a reason
of a TLS failure that docs/tls.md does not explain, and on an event that docs/host-contract.md lacks.

Usage: errors.py ROOT
"""

import re
import sys

import sources

HEADER = "include/provision/base.h"
WORDS = "lib/base/error.c"
DOCS = "docs/errors.md"
TLS_DOCS = "docs/tls.md"
EVENTS = "include/provision/event.h"
EVENT_DOCS = "docs/host-contract.md"
PARTS = ["Meaning: ", "Cause: ", "Remedy: "]

CODE = re.compile(r"^\s*(PROV_(?:OK|E_\w+)) = (-?\d+),", re.M)
WORD = re.compile(r"\bWORD\((PROV_\w+),")
REASON = re.compile(r"^\s*(PROV_TLS_\w+) = [1-9]\d*,", re.M)
REASON_ROW = re.compile(r"^\| `(PROV_TLS_\w+)` \| \S", re.M)
EVENT = re.compile(r"^\s*PROV_EVENT_(\w+) = \d+,", re.M)
EVENT_TABLE = re.compile(r"^## Events$(.*?)^## ", re.M | re.S)
EVENT_ROW = re.compile(r"^\| `(\w+)` \| \S", re.M)
SECTION = re.compile(r"^### (PROV_E_\w+) \((-\d+)\)$(.*?)(?=^##|\Z)", re.M | re.S)


def check_codes(codes):
    for name, number in codes:
        if [n for _, n in codes].count(number) > 1:
            yield f"{HEADER}: {name}: {number} is used twice"


def check_order(path, wanted, found):
    """Every name once, in the order of the header."""
    if not wanted:
        yield f"{HEADER}: nothing found for {path}"
    for name in wanted:
        if name not in found:
            yield f"{path}: {name} is missing"
    for name in found:
        if name not in wanted:
            yield f"{path}: {name} is not in {HEADER}"
    if sorted(wanted) == sorted(found) and wanted != found:
        yield f"{path}: not in the order of {HEADER}"


def check_events(root):
    wanted = EVENT.findall(sources.read(root, EVENTS))
    table = EVENT_TABLE.search(sources.read(root, EVENT_DOCS))
    found = EVENT_ROW.findall(table.group(1)) if table else []
    for name in sorted(set(wanted) - set(found)):
        yield f"{EVENT_DOCS}: {name} is missing"
    for name in sorted(set(found) - set(wanted)):
        yield f"{EVENT_DOCS}: {name} is not in {EVENTS}"


def check_section(name, number, body, codes):
    if (name, number) not in codes:
        yield f"{DOCS}: {name} is not {number} in {HEADER}"
    lines = body.strip().splitlines()
    found = [part for line in lines for part in PARTS if line.startswith(part)]
    if found != PARTS:
        yield f"{DOCS}: {name} needs {', '.join(part.strip(': ') for part in PARTS)}, in this order"


def main():
    root = sys.argv[1]
    codes = CODE.findall(sources.read(root, HEADER))
    names = [name for name, _ in codes]
    sections = SECTION.findall(sources.read(root, DOCS))
    findings = [
        *check_codes(codes),
        *check_order(WORDS, names, WORD.findall(sources.read(root, WORDS))),
        *check_order(DOCS, names[1:], [name for name, _, _ in sections]),
        *check_order(
            TLS_DOCS,
            REASON.findall(sources.read(root, HEADER)),
            REASON_ROW.findall(sources.read(root, TLS_DOCS)),
        ),
    ]
    findings += check_events(root)
    for name, number, body in sections:
        findings += check_section(name, number, body, codes)
    if len(codes) < 2:
        findings.append(f"{HEADER}: no status found")
    sources.finish(findings, "errors")


if __name__ == "__main__":
    main()

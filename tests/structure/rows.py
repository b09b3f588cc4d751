#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails on a parameter of the catalogue that the library does not use and that does not say so: its
meaning begins with `host:` or contains `not used`, and on one that says so although a module uses
its name.

Usage: rows.py ROOT
"""

import re
import sys

import sources

ROWS = "lib/catalogue/rows.h"
ROW = re.compile(r'^PARAM(?:_OF)?\(\w+,\s+"([^"]+)",(.*?)(?=^(?:PARAM|SYNONYM)|^/\*|\Z)', re.M | re.S)
LABELS = {"MAC_Address"}  # of the status document, too
MACRO = re.compile(r'"\$S?[A-Z]\b')  # GPP_A to GPP_SD are read as macros


def used_names(root):
    """Every string of the library but those of the catalogue, without the number of a line."""
    paths = [path for path in sources.walk(root, ["lib"], [".c", ".h"]) if "/catalogue/" not in path]
    return {re.sub(r"_\d+_$", "_n_", text)
            for path in paths for text in re.findall(r'"([^"\n]*)"', sources.read(root, path))}


def main():
    root = sys.argv[1]
    used = used_names(root)
    findings = []
    rows = ROW.findall(sources.read(root, ROWS))
    for name, rest in rows:
        is_left = '"host: ' in rest or "not used" in rest
        stem = name.replace("_n_", "_")
        is_used = name in used or stem in used or MACRO.search(rest) or "; $UIDn" in rest
        if not is_used and not is_left:
            findings.append(f"{ROWS}: {name}: the library does not use it: expected \"host: ...\"")
        if is_used and name not in LABELS and '"host: ' in rest:
            findings.append(f"{ROWS}: {name}: the library uses it: expected no \"host: \"")
    if len(rows) < 100:
        findings.append(f"{ROWS}: expected more than 100 rows, found {len(rows)}")
    sources.finish(findings, "rows")


if __name__ == "__main__":
    main()

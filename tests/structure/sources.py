# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""What the structure tests share: walking the tree and reading C as text."""

import os
import re
import sys

SKIPPED_FOLDERS = {".git", "build", "__pycache__", "vectors", "corpus", "subprojects"}


def walk(root, folders, extensions):
    """Paths below ROOT's FOLDERS that end in one of EXTENSIONS, relative to ROOT, sorted."""
    found = []
    for folder in folders:
        for where, names, files in os.walk(os.path.join(root, folder)):
            names[:] = [n for n in names if n not in SKIPPED_FOLDERS and not n.startswith("build-")]
            for name in files:
                if name.endswith(tuple(extensions)):
                    found.append(os.path.relpath(os.path.join(where, name), root))
    return sorted(set(found))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    """C text with comments and string contents blanked, line numbers kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def blank(match):
        found = match.group(0)
        if found[0] in "\"'":
            return found[0] * 2
        return " " + "\n" * found.count("\n")

    return pattern.sub(blank, text)


def finish(findings, what):
    """Print the findings, one a line, and leave with the exit status of a test."""
    for finding in findings:
        print(finding)
    print(f"{what}: {len(findings)} findings" if findings else f"{what}: clean")
    sys.exit(1 if findings else 0)

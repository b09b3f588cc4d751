#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Compares the built library with the stored description of its ABI, or writes that.

Usage: abi_description.py check|write ROOT LIBRARY

Once a release exists, a change that breaks programs fails the check. Before, while CHANGELOG.md
calls the first release unreleased, changes are only printed.
"""

import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile

EXIT_SKIPPED = 77
# Bits of abidiff's exit status.
ERROR, USAGE, INCOMPATIBLE = 1, 2, 8
OURS = ["--drop-private-types"]


def stored(root):
    return os.path.join(root, "tests", "packaging", "libprovision.abi.xz")


def describe(root, library):
    """What programs see: types of the public headers, no places in the sources."""
    headers = ["--headers-dir", os.path.join(root, "include", "provision")]
    short = ["--no-show-locs", "--no-comp-dir-path", "--no-corpus-path"]
    command = ["abidw", *headers, *OURS, *short, "--type-id-style", "hash", library]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def compare(root, old, library):
    """abidiff's exit status and report."""
    headers = ["--headers-dir2", os.path.join(root, "include", "provision")]
    with tempfile.NamedTemporaryFile(suffix=".abi") as file:
        file.write(old)
        file.flush()
        done = subprocess.run(
            ["abidiff", *headers, *OURS, file.name, library],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode & (ERROR | USAGE):
        sys.exit(f"abidiff cannot compare:\n{done.stdout}")
    return done.returncode, done.stdout


def is_released(root):
    with open(os.path.join(root, "CHANGELOG.md"), encoding="utf-8") as file:
        releases = re.findall(r"^## (.*)$", file.read(), re.M)
    return any("unreleased" not in release for release in releases)


def check(root, library):
    with lzma.open(stored(root)) as file:
        old = file.read()
    # A check that finds nothing: a library that lost a function has to be found.
    more = old.replace(b"name='prov_version_number'", b"name='prov_version_lost'")
    if more == old or not compare(root, more, library)[0] & INCOMPATIBLE:
        sys.exit("a function that was removed is not found")
    status, report = compare(root, old, library)
    print(report)
    if status & INCOMPATIBLE and is_released(root):
        sys.exit("programs built against the last release would break; docs/abi.md")


def main():
    what, root, library = sys.argv[1:]
    if shutil.which("abidiff") is None:
        print("no abidiff here; tests/run.sh installs it")
        sys.exit(EXIT_SKIPPED)
    if what == "check":
        check(root, library)
        return
    with lzma.open(stored(root), "w", preset=9) as file:
        file.write(describe(root, library))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Prints the size of .text per module and of the stripped shared library.

Usage: sizes.py BUILD
"""

import glob
import os
import subprocess
import sys
import tempfile


def text_size(path):
    """Bytes in sections that begin with .text, over all members if it is an archive."""
    done = subprocess.run(["size", "-A", path], stdout=subprocess.PIPE, text=True, check=True)
    rows = (line.split() for line in done.stdout.splitlines())
    return sum(int(row[1]) for row in rows if len(row) == 3 and row[0].startswith(".text"))


def stripped_size(path):
    """(.text, whole file) of a stripped copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "stripped")
        subprocess.run(["strip", "--strip-unneeded", "-o", copy, path], check=True)
        return text_size(copy), os.path.getsize(copy)


def main():
    lib = os.path.join(sys.argv[1], "lib")
    for path in sorted(glob.glob(os.path.join(lib, "libprovision-*.a"))):
        module = os.path.basename(path)[len("libprovision-") : -len(".a")]
        print(f"{module:10} {text_size(path):8} bytes")
    text, whole = stripped_size(os.path.realpath(os.path.join(lib, "libprovision.so")))
    print(f"{'library':10} {text:8} bytes = {text / 1024:.1f} KiB, file {whole / 1024:.1f} KiB")


if __name__ == "__main__":
    main()

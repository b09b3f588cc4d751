#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Holds the size of a build at -Os to limits: each module, the shared library, the README's host.

Usage: sizes.py ROOT BUILD

BUILD holds lib/libprovision.so, lib/libprovision.a and the archives of the modules, as made by
`meson setup BUILD --buildtype=minsize -Ddefault_library=both` with gcc on x86-64. A change that
needs room raises the limit of its module, and the totals by as much, and says so in its commit.
"""

import os
import subprocess
import sys
import tempfile

KIB = 1024

# Code and constants of each module in KiB, its unwind tables (there are none) included.
MODULES = {
    "agent": 8,
    "base": 14,
    "catalogue": 15,
    "curl": 34,
    "decode": 20,
    "dhcp": 6,
    "env": 7,
    "fetch": 26,
    "jobs": 7,
    "macro": 13,
    "persist": 8,
    "profile": 28,
    "rule": 28,
    "sched": 8,
    "store": 19,
    "tftp": 6,
    "tls": 21,
    "transfer": 4,
}
# Column "text" of size(1), in KiB: all that is loaded and never written.
SHARED_LIBRARY = 288
# examples/minimal.c linked with the static library and --gc-sections; the libraries beneath are
# shared ones and not counted.
README_HOST = 254

# Addresses that the loader fills in: those in tables, packed or not, and those of functions of the
# libraries beneath.
TABLE_ADDRESSES = 990
IMPORTED_FUNCTIONS = 300

PACKAGES = ["libcurl", "libssl", "libcrypto", "libxml-2.0", "zlib", "libcares"]
CONSTANT_SECTIONS = (".text", ".rodata", ".eh_frame")


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def module_size(archive):
    """Bytes of code and constants, over all members."""
    rows = (line.split() for line in run("size", "-A", archive).splitlines())
    return sum(
        int(row[1]) for row in rows if len(row) == 3 and row[0].startswith(CONSTANT_SECTIONS)
    )


def text_column(path):
    return int(run("size", path).splitlines()[1].split()[0])


def link_readme_host(root, lib, folder):
    host = os.path.join(folder, "minimal")
    packages = run("pkg-config", "--libs", *PACKAGES).split()
    run(
        *("gcc", "-std=c11", "-Os", "-fno-asynchronous-unwind-tables", "-no-pie"),
        *("-Wl,--gc-sections", "-I", os.path.join(root, "include")),
        *("-o", host, os.path.join(root, "examples", "minimal.c")),
        *(os.path.join(lib, "libprovision.a"), *packages),
    )
    return host


def loader_fills_in(library):
    """(addresses in tables, functions of other libraries)."""
    n_tables = n_functions = 0
    for line in run("readelf", "-rW", library).splitlines():
        words = line.split()
        if len(words) >= 3 and words[2].startswith("R_X86_64_"):
            n_tables += words[2] == "R_X86_64_RELATIVE"
            n_functions += words[2] in ("R_X86_64_JUMP_SLOT", "R_X86_64_GLOB_DAT")
        elif line.endswith(" offsets"):  # "932 offsets", below the heading of .relr.dyn
            n_tables += int(words[0])
    return n_tables, n_functions


def report(name, found, limit, unit):
    """Prints one row; whether it passes."""
    passes = found <= limit
    print(f"{name:22} {found:7.1f}, at most {limit} {unit}{'' if passes else ': TOO LARGE'}")
    return passes


def main():
    root, build = sys.argv[1:]
    lib = os.path.join(build, "lib")
    shared = os.path.realpath(os.path.join(lib, "libprovision.so"))
    checks = []
    for name, limit in MODULES.items():
        size = module_size(os.path.join(lib, f"libprovision-{name}.a"))
        checks.append(report(name, size / KIB, limit, "KiB"))
    checks.append(report("shared library", text_column(shared) / KIB, SHARED_LIBRARY, "KiB"))
    with tempfile.TemporaryDirectory() as folder:
        host = text_column(link_readme_host(root, lib, folder))
    checks.append(report("README's host", host / KIB, README_HOST, "KiB"))
    n_tables, n_functions = loader_fills_in(shared)
    checks.append(report("addresses in tables", n_tables, TABLE_ADDRESSES, ""))
    checks.append(report("imported functions", n_functions, IMPORTED_FUNCTIONS, ""))
    for name in sorted(os.listdir(lib)):
        if name.startswith("libprovision-") and name.endswith(".a"):
            module = name[len("libprovision-") : -len(".a")]
            if module not in MODULES:
                print(f"{module}: no limit is set")
                checks.append(False)
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())

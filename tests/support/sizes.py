#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Holds the size of a build at -Os to limits: modules, parts alone, jobs, the whole, the README's
host.

Usage: sizes.py ROOT BUILD

BUILD holds lib/libprovision.so, lib/libprovision.a and the archives of the modules, as made by
`meson setup BUILD --buildtype=minsize -Ddefault_library=both` with gcc on x86-64. A change that
needs room raises the limit of its module, and the totals by as much, and says so in its commit.
"""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), os.pardir, "structure"))

import symbols  # noqa: E402

KIB = 1024

# Code and constants of each module in KiB. There are no unwind tables, or they count as well.
MODULES = {
    "action": 27,
    "agent": 14,
    "base": 16,
    "catalogue": 20,
    "curl": 39,
    "decode": 21,
    "dhcp": 7,
    "env": 8,
    "fetch": 34,
    "jobs": 62,
    "macro": 14,
    "names": 7,
    "persist": 8,
    "profile": 30,
    "rule": 28,
    "sched": 8,
    "store": 23,
    "tftp": 6,
    "tls": 30,
    "transfer": 5,
}
# A part used alone: a program that calls every function of one public header, linked statically
# with --gc-sections; all of the library that gets into it, in KiB. Those not named have MAX_PART.
MAX_PART = 48
LARGER_PARTS = {
    "agent.h": 190,
    "rule.h": 50,
    "store.h": 68,
    "transport_curl.h": 82,
}

# A job that a program enables: a program that calls every function of its header in addition to
# those below, compared with a program that calls only those.
MAX_JOB = 17
JOBS = [
    *("activation.h", "custom_ca.h", "fetch.h", "history.h", "migration.h", "renewal.h"),
    *("report.h", "upgrade.h"),
]
AGENT = [
    *("prov_agent_new", "prov_agent_add_transport", "prov_agent_process", "prov_agent_request"),
    *("prov_agent_free", "prov_store_open", "prov_store_bind", "prov_store_close"),
    *("prov_curl_new", "prov_curl_transport", "prov_curl_free"),
]

# Column "text" of size(1), in KiB: all that is loaded and never written.
SHARED_LIBRARY = 433
# examples/minimal.c linked with the static library and --gc-sections; the libraries beneath are
# shared ones and not counted.
README_HOST = 287

# Addresses that the loader fills in: those in tables, packed or not, and those of functions of the
# libraries beneath.
TABLE_ADDRESSES = 700
IMPORTED_FUNCTIONS = 360

PACKAGES = ["libcurl", "libssl", "libcrypto", "libxml-2.0", "zlib", "libcares"]
# Of a linker's map: section, address, size; of members of the library only.
LINKED_SECTION = re.compile(
    r"^ (\.\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) \S*libprovision\.a\(\S+\)$", re.M
)
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


def link(root, lib, source, program, *more):
    """As a firmware would: the static library, and only what is called of it."""
    run(
        *("gcc", "-std=c11", "-Os", "-fno-asynchronous-unwind-tables", "-no-pie", "-w"),
        *("-Wl,--gc-sections", *more, "-I", os.path.join(root, "include"), "-o", program, source),
        *(os.path.join(lib, "libprovision.a"), *run("pkg-config", "--libs", *PACKAGES).split()),
    )


def readme_host_size(root, lib, folder):
    host = os.path.join(folder, "minimal")
    link(root, lib, os.path.join(root, "examples", "minimal.c"), host)
    return text_column(host)


def part_size(root, lib, folder, header, functions):
    source, places = (os.path.join(folder, name) for name in ("part.c", "part.map"))
    with open(source, "w", encoding="utf-8") as file:
        file.write(f"#include <provision/{header}>\n#include <provision/provision.h>\n")
        file.write("void (*volatile sink)(void);\n")
        file.write("int main(void)\n{\n")
        file.writelines(f"sink = (void (*)(void)){name};\n" for name in functions)
        file.write("return 0;\n}\n")
    link(root, lib, source, os.path.join(folder, "part"), f"-Wl,-Map={places}")
    with open(places, encoding="utf-8") as file:
        linked = file.read().partition("Linker script and memory map")[2]
    return sum(
        int(size, 16)
        for section, address, size in LINKED_SECTION.findall(linked)
        if int(address, 16) and section.startswith(CONSTANT_SECTIONS)
    )


def part_sizes(root, lib, folder):
    """(header, bytes, whether it is a job's), for each public header with functions."""
    headers = {}
    for name, (header, _) in sorted(symbols.header_symbols(root).items()):
        headers.setdefault(header, []).append(name)
    agent = part_size(root, lib, folder, "agent.h", AGENT)
    for header, functions in sorted(headers.items()):
        is_job = header in JOBS
        size = part_size(root, lib, folder, header, functions + (AGENT if is_job else []))
        yield header, size - (agent if is_job else 0), is_job


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
        host = readme_host_size(root, lib, folder)
        checks.append(report("README's host", host / KIB, README_HOST, "KiB"))
        for header, size, is_job in part_sizes(root, lib, folder):
            limit = MAX_JOB if is_job else LARGER_PARTS.get(header, MAX_PART)
            name = f"{header}, the job" if is_job else f"{header} alone"
            checks.append(report(name, size / KIB, limit, "KiB"))
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

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Compiles lib/ once more in a way of its own, and fails on any warning.

Usage: recompile.py WAY SOURCE_ROOT BUILD

WAY is one of

    gcc-analyzer    gcc -fanalyzer
    clang-analyzer  clang --analyze, by a third of the paths that it follows by itself
    clang-deeper    clang --analyze as it is, in twice the time
    stack           gcc -O2, for the largest frame of each module, which has a bound

BUILD is a plain build, whose compile_commands.json says what to compile.
"""

import glob
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

# What an analyzer takes for a fault and is none: the compiler, the file, what it says, and why not.
FALSE_ALARMS = [
    ("clang", "tls/name.c", "null pointer dereference",
     "a name of some length has data"),
    ("clang", "store/read.c", "Null pointer passed",
     "a record that is kept has bytes"),
    ("clang", "action/xml.c", "Null pointer passed",
     "a body of some length has a buffer of that length"),
    ("clang", "action/digest.c", "Null pointer passed",
     "a guard that was loaded is there"),
    ("clang", "rule/lint.c", "null pointer",
     "a rule that was prepared is there"),
]

# Bytes of the largest frame of a function, by module: the larger ones hold an event or an error.
FRAMES = {"action": 1792, "agent": 2304, "curl": 1280, "env": 1024, "fetch": 2048, "jobs": 2048,
          "persist": 1792, "rule": 1408, "store": 1024, "tls": 2304}
OTHER_FRAMES = 768

CLANG = ["clang", "--analyze", "--analyzer-output", "text", "-Xclang", "-analyzer-werror"]
WAYS = {
    "gcc-analyzer": (["gcc", "-fanalyzer", "-O1"], []),
    "clang-analyzer": (CLANG + ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=75000"], []),
    "clang-deeper": (CLANG, []),
    "stack": (["gcc", "-O2", "-fstack-usage"], []),
}


def flags(entry):
    """What matters to the meaning of a file: folders of headers, macros, the standard."""
    kept = []
    words = iter(shlex.split(entry["command"]))
    for word in words:
        if word in ("-isystem", "-include"):
            kept += [word, next(words)]
        elif re.match(r"-(I|D|U|std=)", word):
            kept.append(word)
    return kept


def lib_files(root, build):
    """The files of lib/ in order, each with its entry in compile_commands.json."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    lib = os.path.join(root, "lib") + os.sep
    seen = {}
    for entry in entries:
        path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
        if path.startswith(lib) and path.endswith(".c"):
            seen[path] = entry
    return sorted(seen.items())


def is_false_alarm(way, name, text):
    """Whether all that is said of a file is known to be none; says so."""
    for known_way, known_name, words, why in FALSE_ALARMS:
        faults = re.findall(r"^.*(?:error|warning): .*$", text, re.M)
        if (way.split("-")[0], name) == (known_way, known_name) and faults and all(
                words in fault for fault in faults):
            print(f"{name}: false alarm: {why}")
            return True
    return False


def too_large_frames(folder):
    """Prints the largest frame of each module, as gcc wrote them beside the object files."""
    largest = {}
    said = []
    for path in glob.glob(os.path.join(folder, "*.su")):
        module = os.path.basename(path).split("-")[0]
        with open(path, encoding="utf-8") as file:
            for line in file:
                place, size, kind = line.split("\t")
                frame = (int(size), place.split(":")[-1])
                if kind.strip() == "dynamic":  # and not bounded
                    said.append(f"{frame[1]}() of {module} takes stack without a fixed size")
                largest[module] = max(largest.get(module, frame), frame)
    for module, (size, function) in sorted(largest.items()):
        bound = FRAMES.get(module, OTHER_FRAMES)
        print(f"{module:10} {size:5} bytes of stack at the most, in {function}(), bound {bound}")
        if size > bound:
            said.append(f"{function}() of {module} takes {size} bytes of stack")
    return said


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in WAYS:
        sys.exit(__doc__)
    way, root, build = sys.argv[1], os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
    compiler, more = WAYS[way]
    lib = os.path.join(root, "lib")
    files = lib_files(root, build)

    with tempfile.TemporaryDirectory() as folder:

        def compile_one(item):
            path, entry = item
            out = os.path.join(folder, os.path.relpath(path, lib).replace(os.sep, "-") + ".o")
            command = compiler + flags(entry) + more
            command += ["-Wall", "-Wextra", "-Werror", "-o", out, "-c", path]
            return subprocess.run(command, cwd=entry["directory"], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(compile_one, files))
        said = [done.stdout.strip() for (path, _), done in zip(files, results)
                if (done.returncode != 0 or done.stdout.strip())
                and not is_false_alarm(way, os.path.relpath(path, lib), done.stdout)]
        if way == "stack":
            said += too_large_frames(folder)

    print("\n".join([*said, f"{way}: {len(files)} files, {len(said)} with warnings"]))
    if said or not files:
        sys.exit(1)


if __name__ == "__main__":
    main()

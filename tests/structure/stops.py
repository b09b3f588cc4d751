#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Prints how many functions get a rule's text, or a part of it, during one resync.

Compiles the library without optimization, the built-in transport left out, together with stops.c,
and runs it. A function counts once, however often it is called, if an argument is a part of the
text as written or as expanded, or a struct that begins with one. It sets no limits and needs gcc
on x86-64.

Usage: stops.py ROOT [--list]
"""

import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import sources

LEFT_OUT = {"curl", "tftp", "tls"}
NEED_TLS = {"lib/jobs/renewal.c", "lib/jobs/renewal_status.c"}
PACKAGES = ["libxml-2.0", "libcrypto", "libssl", "zlib"]
FLAGS = ["-std=c11", "-O0", "-g1", "-fno-pie", "-D_POSIX_C_SOURCE=200809L"]
HOOK = ["-pg", "-mfentry"]
N_REGISTERS = 6


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)}: {done.stderr}")
    return done.stdout


def build(root, folder):
    """Compile the library and stops.c into FOLDER; the path of the program."""
    with open(os.path.join(folder, "config.h"), "w", encoding="utf-8") as config:
        config.write("#define PROV_HAVE_CURL 0\n#define PROV_HAVE_CARES 0\n")
    packages = shlex.split(run(["pkg-config", "--cflags", *PACKAGES]))
    places = [f"-I{folder}", f"-I{root}/lib", f"-I{root}/include"]
    paths = [p for p in sources.walk(root, ["lib"], [".c"])
             if p.split("/")[1] not in LEFT_OUT and p not in NEED_TLS]
    paths.append("lib/curl/absent.c")

    def compile_one(path):
        to = os.path.join(folder, path.replace("/", "-") + ".o")
        hook = HOOK if path.startswith("lib/") else []
        run(["gcc", *FLAGS, *hook, *places, *packages, "-c", f"{root}/{path}", "-o", to])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, [*paths, "tests/structure/stops.c"]))
    program = os.path.join(folder, "stops")
    libs = shlex.split(run(["pkg-config", "--libs", *PACKAGES]))
    run(["gcc", "-no-pie", *glob.glob(f"{folder}/*.o"), "-o", program, *libs, "-lpthread"])
    return program


def split_parameters(text):
    depth = 0
    parts = [""]
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [" ".join(p.split()) for p in parts]


def registers_of(parameters):
    """For each register of arguments: t if a text may be in it, s for a struct, - for the rest."""
    kinds = ""
    for parameter in parameters:
        if parameter == "void" or re.match(r"(double|float)\b", parameter):
            continue
        if re.match(r"(const )?prov_str \w+$", parameter):
            kinds += "t-" if len(kinds) + 2 <= N_REGISTERS else ""
        elif re.search(r"\(\*", parameter):
            kinds += "-"
        elif "*" in parameter:
            is_bytes = re.match(r"(const )?(char|void|uint8_t|unsigned char)\b", parameter)
            kinds += "t" if is_bytes else "s"
        else:
            kinds += "-"
    return kinds[:N_REGISTERS]


DEFINITION = re.compile(
    r"^[\w *]*?\b(\w+)\(((?:[^(){};]|\([^(){};]*\))*)\)\n?\s*\{", re.M)


def definitions(root):
    """(file, function) to the kinds of its registers."""
    found = {}
    for path in sources.walk(root, ["lib"], [".c", ".h"]):
        text = sources.without_comments(sources.read(root, path))
        for name, parameters in DEFINITION.findall(text):
            found[path, name] = registers_of(split_parameters(parameters))
    return found


def find(known, path, name):
    """Where the function is defined, in PATH or a header, and the kinds of its registers."""
    places = [path] if (path, name) in known else [p for p, n in known if n == name]
    return (places[0], known[places[0], name]) if places else (path, None)


def main():
    root = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        program = build(root, folder)
        lines = [line.split() for line in run([program]).splitlines()]
        base = int(re.search(r"LOAD\s+\w+ (\w+)", run(["readelf", "-lW", program]))[1], 16)
        addresses = [hex(base + int(offset, 16)) for offset, _, _ in lines]
        names = run(["addr2line", "-f", "-e", program, *addresses]).splitlines()
    known = definitions(root)
    stops = {}
    for (_, found, n_calls), name, place in zip(lines, names[0::2], names[1::2]):
        path = os.path.relpath(place.rsplit(":", 1)[0], root)
        place, kinds = find(known, path, name)
        if kinds is None:
            sys.exit(f"{path}: {name}: no such definition")
        if any(f != "-" and (k == "s" or f == k == "t") for f, k in zip(found, kinds)):
            stops[place, name] = int(n_calls)
    if "--list" in sys.argv:
        for path, name in sorted(stops):
            print(f"{path}: {name}: {stops[path, name]} calls")
    modules = Counter(path.split("/")[1] for path, _ in stops)
    print(f"{len(stops)} stops: " + ", ".join(f"{m} {n}" for m, n in sorted(modules.items())))
    print(f"{sum(modules.values()) - modules['base'] - modules['catalogue']} of them above base and "
          f"catalogue; {sum(stops.values())} calls in all")


if __name__ == "__main__":
    main()

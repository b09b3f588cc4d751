#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Builds the library as others do: in folders of other depth, and as a subproject.

Usage: packaging.py ROOT
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

LIGHT = ["-Dcurl=disabled"]  # fewer files; they are compiled the same way
CONSUMER = """project('consumer', 'c')
provision = dependency('libprovision', fallback: 'libprovision')
executable('consumer', 'consumer.c', dependencies: provision)
"""


def run(*command):
    print("+", " ".join(command), flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if done.returncode != 0:
        print(done.stdout)
        sys.exit(f"{command[0]}: exit status {done.returncode}")
    return done.stdout


def built_files(folder):
    """The libraries a build made: (name, bytes)."""
    found = {}
    for name in ("libprovision.a", "libprovision.so"):
        with open(os.path.join(folder, "lib", name), "rb") as file:
            found[name] = file.read()
    return found


def check_same_bytes(root, work):
    """The assertions of a debug build name files, and its debug information does."""
    alone = [*LIGHT, "-Ddefault_library=both"]
    alone += [f"-D{part}=disabled" for part in ("tests", "examples", "docs")]
    found = []
    for folder in (os.path.join(work, "a"), os.path.join(work, "b", "c", "d")):
        run("meson", "setup", folder, root, "--buildtype=debugoptimized", *alone)
        run("ninja", "-C", folder)
        found.append(built_files(folder))
        shutil.rmtree(folder)
    for name, data in found[0].items():
        if data != found[1][name]:
            sys.exit(f"{name} differs between build folders")
        if work.encode() in data:
            sys.exit(f"{name} names the folder it was built in")


def introspect(build, what):
    return json.loads(run("meson", "introspect", build, "--" + what))


def check_subproject(root, work, kind):
    """One kind of library and the program: no tests, no programs of ours, nothing else."""
    source = os.path.join(work, "consumer-" + kind)
    build = os.path.join(source, "build")
    os.makedirs(os.path.join(source, "subprojects"))
    os.symlink(root, os.path.join(source, "subprojects", "libprovision"))
    shutil.copy(os.path.join(root, "tests", "structure", "consumer.c"), source)
    with open(os.path.join(source, "meson.build"), "w", encoding="ascii") as file:
        file.write(CONSUMER)
    run("meson", "setup", build, source, "--wrap-mode=forcefallback", "-Doptimization=0",
        "-Ddefault_library=" + kind, "-Dlibprovision:curl=disabled")
    run("ninja", "-C", build)
    run(os.path.join(build, "consumer"))

    if introspect(build, "tests"):
        sys.exit("a subproject has tests")
    kinds = {target["type"] for target in introspect(build, "targets")
             if target["name"] == "provision"}
    programs = [target["name"] for target in introspect(build, "targets")
                if target["type"] == "executable"]
    if kinds != {kind + " library"}:
        sys.exit(f"default_library={kind} made {kinds}")
    if programs != ["consumer"]:
        sys.exit(f"a subproject has programs: {programs}")
    needed = run("readelf", "-d", os.path.join(build, "consumer"))
    if ("libprovision.so" in needed) != (kind == "shared"):
        sys.exit(f"default_library={kind}: linked against the other one")


def main():
    root = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        check_same_bytes(root, work)
        for kind in ("static", "shared"):
            check_subproject(root, work, kind)


if __name__ == "__main__":
    main()

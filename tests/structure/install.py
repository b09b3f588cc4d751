#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Installs into a staging folder and builds a foreign program from it, shared and static.

Usage: install.py ROOT BUILD
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]


def run(*command, **options):
    print("+", " ".join(command), flush=True)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    print(done.stdout, end="", flush=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: exit status {done.returncode}")
    return done.stdout


def find(folder, name):
    for where, _, files in os.walk(folder):
        if name in files:
            return os.path.join(where, name)
    sys.exit(f"{name} was not installed")


def relocate(pc, stage):
    """Staged files are not at their prefix yet: say in the .pc where they are."""
    with open(pc, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"^prefix=(.*)$", lambda m: f"prefix={stage}{m.group(1)}", text, flags=re.M)
    with open(pc, "w", encoding="utf-8") as file:
        file.write(text)


def pkg_config(pc, *arguments):
    env = dict(os.environ)
    env["PKG_CONFIG_PATH"] = os.path.dirname(pc) + ":" + env.get("PKG_CONFIG_PATH", "")
    return shlex.split(run("pkg-config", *arguments, "libprovision", env=env))


def is_linked_against(program, library):
    dynamic = run("readelf", "-d", program)
    return any("NEEDED" in line and library in line for line in dynamic.splitlines())


def build_and_run(stage, source, work, compiler, is_static):
    pc = find(stage, "libprovision.pc")
    libs = os.path.dirname(os.path.dirname(pc))
    cflags = pkg_config(pc, "--cflags", *(["--static"] if is_static else []))
    ldflags = pkg_config(pc, "--libs", *(["--static"] if is_static else []))
    program = os.path.join(work, "consumer")
    run(*compiler, *WARNINGS, *cflags, source, "-x", "none", "-o", program, *ldflags)
    if is_linked_against(program, "libprovision") == is_static:
        sys.exit("linked against the wrong kind of library")
    run(program, env={**os.environ, "LD_LIBRARY_PATH": libs})


def remove_shared_library(stage):
    for where, _, files in os.walk(stage):
        for name in files:
            if name.startswith("libprovision.so"):
                os.remove(os.path.join(where, name))


def main():
    root, build = sys.argv[1:]
    source = os.path.join(root, "tests", "structure", "consumer.c")
    compilers = [["cc", "-std=c99", "-x", "c"]]
    if shutil.which("c++"):
        compilers.append(["c++", "-std=c++11", "-x", "c++"])
    else:
        print("no c++ here: the C++ consumer is left out")

    with tempfile.TemporaryDirectory() as work:
        stage = os.path.join(work, "stage")
        run(
            *("meson", "install", "-C", build, "--no-rebuild", "--destdir", stage),
            *("--tags", "devel,runtime"),
        )
        relocate(find(stage, "libprovision.pc"), stage)
        for compiler in compilers:
            build_and_run(stage, source, work, compiler, is_static=False)
        remove_shared_library(stage)
        for compiler in compilers:
            build_and_run(stage, source, work, compiler, is_static=True)


if __name__ == "__main__":
    main()

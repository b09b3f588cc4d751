#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Builds every complete program printed in README.md and docs/, exactly as printed.

A complete program is a fenced block marked `c` that has a main function. README's is
examples/minimal.c, to the letter. A block that begins with a comment "From FILE:" is a part of that
file, to the letter.

Usage: docs_programs.py ROOT BUILD
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile

import sources

BLOCK = re.compile(r"^```c\n(.*?)^```$", re.M | re.S)
MAIN = re.compile(r"^int main\(", re.M)
QUOTE = re.compile(r"\A/\* From (\S+): \*/\n")
FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Werror"]


def programs(root):
    """(path, line number of the first line, text) of each program."""
    for path in ["README.md", *sources.walk(root, ["docs"], [".md"])]:
        if not os.path.exists(os.path.join(root, path)):
            continue
        text = sources.read(root, path)
        for match in BLOCK.finditer(text):
            if MAIN.search(match.group(1)):
                yield path, text.count("\n", 0, match.start(1)) + 1, match.group(1)


def library_flags(build):
    """What pkg-config says about the library as it lies in the build folder."""
    env = dict(os.environ)
    folders = [os.path.join(build, "meson-uninstalled"), env.get("PKG_CONFIG_PATH", "")]
    env["PKG_CONFIG_PATH"] = ":".join(folders)
    command = ["pkg-config", "--cflags", "--libs", "libprovision"]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return shlex.split(done.stdout)


def check_minimal(root):
    shown = [text for path, _, text in programs(root) if path == "README.md"]
    if shown != [sources.read(root, "examples/minimal.c")]:
        yield "README.md: its program is not examples/minimal.c"


def check_quotes(root):
    for path in sources.walk(root, ["docs"], [".md"]):
        for block in BLOCK.findall(sources.read(root, path)):
            quote = QUOTE.match(block)
            if quote and block[quote.end():] not in sources.read(root, quote[1]):
                yield f"{path}: the block from {quote[1]} is not in that file"


def main():
    root, build = sys.argv[1:]
    flags = library_flags(build)
    findings = [*check_minimal(root), *check_quotes(root)]
    with tempfile.TemporaryDirectory() as work:
        for path, line, text in programs(root):
            source = os.path.join(work, "program.c")
            with open(source, "w", encoding="utf-8") as file:
                file.write(f'#line {line} "{path}"\n{text}')
            done = subprocess.run(
                ["cc", *FLAGS, source, "-o", os.path.join(work, "program"), *flags],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            print(f"{path}:{line}: a program of {len(text.splitlines())} lines")
            if done.returncode != 0:
                findings.append(f"{path}:{line}: does not build\n{done.stdout}")
    sources.finish(findings, "programs in the documentation")


if __name__ == "__main__":
    main()

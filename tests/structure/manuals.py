#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Manual pages and completion agree with --help, and man, groff, bash and zsh accept them.

Usage: manuals.py BUILD PROGRAM...
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

EXIT_SKIPPED = 77
OPTION = re.compile(r"^  (?:-\w, )?(--[a-z-]+)", re.M)

# A stranger's shell: what would be offered after these words.
BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
compopt() { :; }
spec=$(complete -p "$1"); function=${spec#*-F }
"${function% *}" 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
_arguments() { print -rl -- "$@" }
_files() { : }
source $1
"""


def run(*command, **options):
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True, **options
    )


def check_page(page):
    """No warning of man as a reader calls it, nor of groff with all warnings."""
    env = {**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
    man = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", page, env=env)
    groff = run("groff", "-ww", "-man", "-Tutf8", "-Kutf8", page)
    for done in (man, groff):
        if done.stderr:
            sys.exit(f"{page}: {done.args[0]}: {done.stderr}")
    return re.sub(r".\x08|\x1b\[[0-9;]*m", "", man.stdout)


def complete(script, *words):
    return run("bash", "--norc", "-c", BASH, "bash", script, *words).stdout.splitlines()


def check_bash(docs, name, options):
    script = os.path.join(docs, name + ".bash")
    offered = complete(script, name, "--")
    if not set(options) <= set(offered):
        sys.exit(f"{script}: it lacks {set(options) - set(offered)}")
    if complete(script, name, "--color", "a") != ["auto", "always"]:
        sys.exit(f"{script}: --color is not completed")
    if "--dialect" in options and complete(script, name, "--dialect", "") != ["mpp", "spa"]:
        sys.exit(f"{script}: --dialect is not completed")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "two words")
        with open(path, "w", encoding="ascii"):
            here = complete(script, name, "--store", path[:-3])
        if "--store" in options and here != [path]:
            sys.exit(f"{script}: the file of --store is not completed: {here}")


def check_zsh(docs, name, options):
    script = os.path.join(docs, "_" + name)
    done = run("zsh", "-f", "-c", ZSH, "zsh", script)
    offered = re.findall(r"^\*?(--[a-z-]+)\[", done.stdout, re.M)
    if done.stderr or not set(options) <= set(offered):
        sys.exit(f"{script}: it lacks {set(options) - set(offered)} {done.stderr}")


def main():
    build, *programs = sys.argv[1:]
    docs = os.path.join(build, "docs")
    if not all(shutil.which(name) for name in ("man", "groff", "bash", "zsh")):
        print("no man, groff, bash or zsh here; tests/run.sh installs them")
        sys.exit(EXIT_SKIPPED)
    rules = check_page(os.path.join(docs, "provision-rules.7"))
    if "$MA" not in rules or "--key" not in rules:
        sys.exit("provision-rules(7) lacks macros or options")
    for program in programs:
        name = os.path.basename(program)
        options = OPTION.findall(run(program, "--help").stdout)
        page = check_page(os.path.join(docs, name + ".1"))
        missing = [option for option in options if option not in page]
        if missing or "--json" not in options:
            sys.exit(f"{name}(1): it lacks {missing}")
        check_bash(docs, name, options)
        check_zsh(docs, name, options)


if __name__ == "__main__":
    main()

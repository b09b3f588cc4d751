#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Holds lib/ to the names of libxml2 that libxml2/libxml/parser.h, beside this file, lists.

Usage: libxml2.py ROOT COMPILER

libxml2 hides members of its structs and deprecates functions from release to release. So the
library uses a short list of names: no innards, and nothing that is deprecated in one of the releases
that Debian 12, 13 and testing have. A new name needs a line in the list, and whoever writes it looks
it up in all three.
"""

import os
import re
import subprocess
import sys

import sources

LIST = "tests/structure/libxml2"
HEADER = os.path.join(LIST, "libxml", "parser.h")
USES = re.compile(r'#include ("profile/profile_priv\.h"|<libxml/)')
# The oldest and the newest release that count; the newest is enough for a file that does not ask.
OLDEST, NEWEST = 20914, 21500
ASKS = "LIBXML_VERSION"
KEYWORDS = {
    *("char", "const", "define", "else", "endif", "enum", "if", "ifndef", "int", "struct"),
    *("typedef", "unsigned", "void", "size_t", ASKS),
}


def compile_with_list(root, compiler, release, paths):
    """What the compiler finds missing in the list."""
    command = [
        *(compiler, "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-fsyntax-only", "-Werror"),
        *("-include", "stddef.h", f"-D{ASKS}={release}", f"-I{LIST}", "-Ilib", "-Iinclude"),
    ]
    done = subprocess.run([*command, *paths], cwd=root, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        yield from (line for line in done.stdout.splitlines() if "error:" in line)
        yield f"does not compile with the names in {HEADER}, as of release {release}"


def listed_names(root):
    """Functions, types, members and constants, without the names of parameters."""
    text = sources.without_comments(sources.read(root, HEADER))
    text = re.sub(r"\((?!\*)[^()]*\)", "()", text)  # parameters
    words = set(re.findall(r"\b[A-Za-z]\w*", text)) - KEYWORDS
    return {word for word in words if not word.startswith("TEST_")}


def main():
    root, compiler = sys.argv[1:]
    texts = {path: sources.read(root, path) for path in sources.walk(root, ["lib"], [".c", ".h"])}
    users = [path for path, text in texts.items() if USES.search(text)]
    code = {path: sources.without_comments(texts[path]) for path in users}
    compiled = [path for path in users if path.endswith(".c")]
    findings = [
        *compile_with_list(root, compiler, NEWEST, compiled),
        *compile_with_list(root, compiler, OLDEST, [p for p in compiled if ASKS in code[p]]),
    ]
    used = set(re.findall(r"\w+", "\n".join(code.values())))
    names = listed_names(root)
    findings += [f"{HEADER}: nothing uses {name}" for name in sorted(names - used)]
    print(f"{len(names)} names of libxml2 in {len(compiled)} files")
    sources.finish(findings, "libxml2")


if __name__ == "__main__":
    main()

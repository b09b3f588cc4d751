#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Compiles the templates of the phone's page into C: see page.h for what they may contain.

Usage: embed.py OUTPUT TEMPLATE...
"""

import os
import re
import sys

TAG = re.compile(r"\{\{([#/]?)([a-z_]+)\}\}")
INCLUDE = re.compile(r"\{\{>([\w.]+)\}\}\n?")
KINDS = {"": "PAGE_VALUE", "#": "PAGE_BEGIN", "/": "PAGE_END"}
MAX_TEXT = 1000  # characters; a compiler need not take a string literal above 4095 bytes


def quoted(text):
    escapes = {"\n": "\\n", '"': '\\"', "\\": "\\\\"}
    return '"' + "".join(escapes.get(letter, letter) for letter in text) + '"'


def read(path):
    """A template with those that it includes, from the same folder."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    folder = os.path.dirname(path)
    return INCLUDE.sub(lambda match: read(os.path.join(folder, match[1])), text)


def pieces(path):
    """(kind, text) of each piece of a template, up to its end."""
    text = read(path)
    opened, last = [], 0
    for match in [*TAG.finditer(text), None]:
        end = match.start() if match else len(text)
        for start in range(last, end, MAX_TEXT):
            yield "PAGE_TEXT", text[start : min(start + MAX_TEXT, end)]
        if not match:
            break
        sign, name = match.groups()
        if sign == "#":
            opened.append(name)
        elif sign == "/" and (not opened or opened.pop() != name):
            sys.exit(f"{path}: {{{{/{name}}}}} ends no section that is open")
        yield KINDS[sign], name
        last = match.end()
    if opened:
        sys.exit(f"{path}: the section {opened[-1]} has no end")


def main():
    output, *templates = sys.argv[1:]
    lines = ["/* Made by pages/embed.py from the templates beside it. */", '#include "web/page.h"']
    for path in templates:
        name = re.sub(r"\W", "_", os.path.basename(path))
        lines += ["", f"const struct page_piece page_{name}[] = {{"]
        lines += [f"    {{{kind}, {quoted(text)}}}," for kind, text in pieces(path)]
        lines += ["    {PAGE_STOP, NULL},", "};"]
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

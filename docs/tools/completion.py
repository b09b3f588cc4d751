#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Writes the completion of a program's options for bash or zsh, from its --help.

Usage: completion.py bash|zsh PROGRAM
"""

import re
import sys

import help_text

WORDS = re.compile(r"[a-z][a-z0-9-]*(?:\|[a-z][a-z0-9-]*)+")
COLOURS = ["auto", "always", "never"]


def options(program):
    """Each once: some are described in two sections."""
    found = {}
    for section in program.sections:
        for option in section.entries:
            if option.names[0].startswith("-"):
                found.setdefault(option.names[0], option)
    return list(found.values())


def words(option):
    """Those that an argument can be; empty: any."""
    if "--color" in option.names:
        return COLOURS
    return option.argument.split("|") if WORDS.fullmatch(option.argument) else []


def is_path(option):
    return re.fullmatch(r"\[?(FILE|PATH|FOLDER)\]?", option.argument) is not None


def is_optional(option):
    return option.argument.startswith("[")


def is_repeatable(option):
    return "repeated" in option.text or option.argument in ("TEXT", "CODE=VALUE")


def bash_case(option):
    if words(option):
        return f"COMPREPLY=($(compgen -W '{' '.join(words(option))}' -- \"$cur\"))"
    if is_path(option):  # a name may have blanks
        return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")'
    return ":"


def bash(program):
    function = "_" + program.name.replace("-", "_")
    names = " ".join(name for option in options(program) for name in option.names)
    lines = [
        f"# Completion of {program.name} for bash, made by docs/tools/completion.py.",
        f"{function}()",
        "{",
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}",
        "    COMPREPLY=()",
        "    case $prev in",
    ]
    for option in options(program):
        if option.argument and not is_optional(option):
            lines += [
                f"    {'|'.join(option.names)})",
                f"        {bash_case(option)}",
                "        return ;;",
            ]
    lines += [
        "    esac",
        f"    COMPREPLY=($(compgen -W '{names}' -- \"$cur\"))",
        "}",
        f"complete -F {function} {program.name}",
    ]
    return lines


def zsh_text(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_spec(option, name):
    action = ""
    if option.argument:
        choice = f"({' '.join(words(option))})" if words(option) else ""
        action = f"{'::' if is_optional(option) else ':'}{zsh_text(option.argument.strip('[]').lower())}:"
        action += "_files" if is_path(option) else choice
    star = "*" if is_repeatable(option) else ""
    return f"    '{star}{name}[{zsh_text(option.text)}]{action}' \\"


def zsh(program):
    specs = [zsh_spec(option, name) for option in options(program) for name in option.names]
    return [
        f"#compdef {program.name}",
        f"# Completion of {program.name} for zsh, made by docs/tools/completion.py.",
        "_arguments -s \\",
        *specs,
        "    '*::word:'",
    ]


def main():
    shell, path = sys.argv[1:]
    sys.stdout.reconfigure(encoding="utf-8")
    print("\n".join({"bash": bash, "zsh": zsh}[shell](help_text.ask(path))))


if __name__ == "__main__":
    main()

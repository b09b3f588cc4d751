#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Writes a manual page: of a program from its --help, or of a document in Markdown.

Usage: man_page.py --program PROGRAM [MARKDOWN]     PROGRAM(1), MARKDOWN has further sections
       man_page.py --page NAME SUMMARY VERSION MARKDOWN   NAME(7)
"""

import re
import sys

import help_text
import markdown

FONTS = {"code": "B", "strong": "B", "emphasis": "I"}
PLACEHOLDER = re.compile(r"\b[A-Z][A-Z0-9_]+\b")


def escape(text):
    """Text as groff prints it unchanged."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha").replace("~", "\\(ti")
    return text.replace("`", "\\(ga").replace("'", "\\(aq").replace('"', "\\(dq")


def line(text):
    """An output line: a dot at its beginning is no request."""
    return "\\&" + text if text.startswith((".", "\\(aq")) else text


def inline(text):
    found = ""
    for kind, part, _ in markdown.inline(text):
        if kind == "link":
            found += inline(part)
        elif kind == "text":
            found += escape(part)
        else:
            found += f"\\f{FONTS[kind]}{escape(part)}\\fR"
    return line(found)


def code(text):
    return [
        ".PP",
        ".in +4n",
        ".nf",
        *(line(escape(part)) for part in text.split("\n")),
        ".fi",
        ".in",
    ]


def table(found):
    """The first column as tags, the others behind them."""
    yield ".PP"
    for row in found.rows:
        yield ".TP"
        yield f"\\fB{line(inline(row[0]))}\\fR" if not row[0].startswith("`") else inline(row[0])
        yield inline("; ".join(cell for cell in row[1:] if cell)) or "\\&"


def items(found):
    for number, text in enumerate(found.texts, found.first):
        yield f".IP {number}. 4" if found.first else ".IP \\(bu 2"
        yield inline(text)


def block(found):
    if isinstance(found, markdown.Heading):
        title = " ".join(inline(found.text).split())
        return [f'.SH "{title.upper()}"' if found.level <= 2 else f'.SS "{title}"']
    if isinstance(found, markdown.Code):
        return code(found.text)
    if isinstance(found, markdown.Table):
        return list(table(found))
    if isinstance(found, markdown.Items):
        return list(items(found))
    return [".PP", inline(found.text)]


def begin(name, section, version, summary):
    return [
        '.\\" Made by docs/tools/man_page.py. SPDX-License-Identifier: MIT',
        f'.TH {escape(name).upper()} {section} "" "libprovision {version}" "libprovision"',
        ".SH NAME",
        f"{escape(name)} \\- {inline(summary)}",
    ]


def argument(text):
    """`FILE` in italics, brackets and bars upright."""
    return PLACEHOLDER.sub(lambda match: f"\\fI{match.group(0)}\\fR", escape(text))


def synopsis(usage):
    name, _, rest = usage.partition(" ")
    rest = re.sub(r"\\-\\-[a-z\\-]+", lambda match: f"\\fB{match.group(0)}\\fR", argument(rest))
    return [f"\\fB{escape(name)}\\fR {rest}", ".br"]


def option(found):
    names = ", ".join(f"\\fB{escape(name)}\\fR" for name in found.names)
    return [
        ".TP",
        f"{names} {argument(found.argument)}".rstrip(),
        line(escape(found.text)) or "\\&",
    ]


def of_program(program, more):
    found = help_text.ask(program)
    summary = found.texts[0].split(".")[0].split(":")[0]
    lines = begin(found.name, 1, found.version, summary[0].lower() + summary[1:])
    lines.append(".SH SYNOPSIS")
    for usage in found.usage:
        lines += synopsis(usage)
    lines.append(".SH DESCRIPTION")
    for text in found.texts:
        lines += [".PP", line(escape(text))]
    lines.append(".SH OPTIONS")
    for section in found.sections:
        if section.title.startswith("Exit status"):
            lines.append('.SH "EXIT STATUS"')
        elif section.title:
            lines.append(f'.SS "{escape(section.title)}"')
        for entry in section.entries:
            lines += option(entry)
    for part in more:
        lines += block(part)
    return lines


def of_page(name, summary, version, blocks):
    lines = begin(name, 7, version, summary)
    title, *rest = blocks
    lines.append(".SH DESCRIPTION")
    for part in rest:
        lines += block(part)
    return lines


def read(path):
    with open(path, encoding="utf-8") as file:
        return markdown.parse(file.read())


def main():
    if sys.argv[1] == "--program":
        program, *pages = sys.argv[2:]
        lines = of_program(program, [part for page in pages for part in read(page)])
    else:
        name, summary, version, page = sys.argv[2:]
        lines = of_page(name, summary, version, read(page))
    sys.stdout.reconfigure(encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()

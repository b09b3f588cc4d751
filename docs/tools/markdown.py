# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Reads the Markdown of these documents: headings, paragraphs, lists, tables, fenced and indented
code; and within a text code, emphasis and links, of which a picture is one."""

import collections
import re

Heading = collections.namedtuple("Heading", "level text")
Paragraph = collections.namedtuple("Paragraph", "text")
Code = collections.namedtuple("Code", "text")
Items = collections.namedtuple("Items", "texts first")  # first: its number; 0: no numbers
Table = collections.namedtuple("Table", "head rows")

ITEM = re.compile(r"(?:[-*]|(\d+)\.) +(.*)")
INLINE = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|(?<![\w*])\*(?P<emphasis>[^*\s][^*]*)\*(?!\w)"
    r"|!?\[(?P<text>(?:`[^`]*`|[^\]`])*)\]\((?P<target>[^)\s]+)\)"
)


def slug(text):
    """The anchor of a heading, as code hosts make it."""
    plain = "".join(part for _, part, _ in inline(text))
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def inline(text):
    """(kind, text, target of a link) of each part; kinds are text, code, strong, emphasis, link."""
    at = 0
    for match in INLINE.finditer(text):
        if match.start() > at:
            yield "text", text[at : match.start()], None
        at = match.end()
        kind = match.lastgroup if match.lastgroup != "target" else "link"
        shown = match.group("text") if kind == "link" else match.group(kind)
        yield kind, shown, match.group("target")
    if at < len(text):
        yield "text", text[at:], None


def cells(line):
    """Those of a table's row; a `\\|` belongs to the text."""
    return [
        cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))
    ]


class Reader:
    def __init__(self, text):
        text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.S)
        self.lines = collections.deque(text.splitlines())

    def take_while(self, is_wanted):
        found = []
        while self.lines and is_wanted(self.lines[0]):
            found.append(self.lines.popleft())
        return found

    def code(self):
        self.lines.popleft()
        text = "\n".join(self.take_while(lambda line: not line.startswith("```")))
        self.lines.popleft()
        return Code(text)

    def indented(self):
        found = self.take_while(lambda line: line.startswith("    ") or not line)
        return Code("\n".join(line[4:] for line in found).rstrip())

    def table(self):
        head, _, *rows = [cells(line) for line in self.take_while(lambda line: "|" in line)]
        return Table(head, rows)

    def items(self):
        texts, first = [], int(ITEM.match(self.lines[0]).group(1) or 0)
        while self.lines and (match := ITEM.match(self.lines[0])):
            self.lines.popleft()
            more = self.take_while(lambda line: line.startswith("  ") and line.strip())
            texts.append(" ".join([match.group(2), *(line.strip() for line in more)]))
            while (
                self.lines
                and not self.lines[0]
                and len(self.lines) > 1
                and ITEM.match(self.lines[1])
            ):
                self.lines.popleft()
        return Items(texts, first)

    def paragraph(self):
        def is_wanted(line):
            return line and not line.startswith(("#", "```", "|")) and not ITEM.match(line)

        first = self.lines.popleft()
        return Paragraph(
            " ".join([first.strip(), *(line.strip() for line in self.take_while(is_wanted))])
        )

    def block(self):
        line = self.lines[0]
        if line.startswith("#"):
            marks, _, text = self.lines.popleft().partition(" ")
            return Heading(len(marks), text)
        if line.startswith("```"):
            return self.code()
        if line.startswith("    "):
            return self.indented()
        if line.startswith("|"):
            return self.table()
        return self.items() if ITEM.match(line) else self.paragraph()

    def blocks(self):
        found = []
        while self.lines:
            if self.lines[0].strip():
                found.append(self.block())
            else:
                self.lines.popleft()
        return found


def parse(text):
    return Reader(text).blocks()

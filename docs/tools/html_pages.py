#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Writes documents in Markdown as HTML, with an index of all at the side of each.

Usage: html_pages.py FOLDER README CHANGELOG DOCUMENT...

The pages are installed in a folder beside README.md, docs/ and examples/. Links between the documents
lead to pages, links to other files that are installed lead to these; all others become text.
"""

import html
import os
import re
import sys

import markdown

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; display: flex; }
nav { flex: 0 0 13rem; padding: 1rem; font-size: 0.9rem; }
nav a { display: block; text-decoration: none; }
main { flex: 1; min-width: 0; padding: 0 1rem 4rem; }
pre, code { font-family: ui-monospace, monospace; font-size: 0.9em; }
code { white-space: nowrap; }
pre { overflow-x: auto; padding: 0.7rem; background: color-mix(in srgb, currentColor 7%, transparent); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 0.3rem 0.6rem; }
th, td { text-align: left; vertical-align: top; }
img { max-width: 100%; }
@media (max-width: 50rem) { body { display: block; } code { white-space: normal; } }
"""
TAGS = {"code": "code", "strong": "strong", "emphasis": "em"}
BESIDE = ("LICENSE", "docs/images/", "examples/")  # installed, and no page


class Site:
    def __init__(self, paths):
        self.pages = {}  # name of the HTML file: (title, blocks)
        self.folders = {}  # likewise: of its source, below the root
        for path in paths:
            with open(path, encoding="utf-8") as file:
                blocks = markdown.parse(file.read())
            title = next(block.text for block in blocks if isinstance(block, markdown.Heading))
            self.pages[self.name(path)] = (title, blocks)
            is_of_root = os.path.basename(path) in ("README.md", "CHANGELOG.md")
            self.folders[self.name(path)] = "" if is_of_root else "docs"

    @staticmethod
    def name(path):
        stem = os.path.basename(path).removesuffix(".md").lower()
        return "index.html" if stem == "readme" else stem + ".html"

    def target(self, target, page):
        """A link's, in these pages or out of them; None: a file that is not installed."""
        if re.match(r"[a-z]+:", target):
            return target
        path, _, anchor = target.partition("#")
        beside = os.path.normpath(os.path.join(self.folders[page], path))
        if path and beside.startswith(BESIDE):
            return "../" + beside
        name = self.name(path) if path.endswith(".md") else page
        if path and (name == page or name not in self.pages):
            return None
        if anchor and anchor not in self.anchors(name):
            raise SystemExit(f"{page}: {target}: there is no such heading")
        return name + ("#" + anchor if anchor else "")

    def anchors(self, name):
        blocks = self.pages[name][1]
        return {
            markdown.slug(block.text) for block in blocks if isinstance(block, markdown.Heading)
        }

    def inline(self, text, page):
        found = ""
        for kind, part, target in markdown.inline(text):
            if kind == "link":
                there = self.target(target, page)
                shown = self.inline(part, page)
                if there and there.endswith(".png"):
                    found += f'<img src="{html.escape(there)}" alt="{html.escape(part)}">'
                else:
                    found += f'<a href="{html.escape(there)}">{shown}</a>' if there else shown
            elif kind == "text":
                found += html.escape(part, quote=False)
            else:
                found += f"<{TAGS[kind]}>{html.escape(part, quote=False)}</{TAGS[kind]}>"
        return found

    def table(self, found, page):
        def row(cells, tag):
            inner = "".join(f"<{tag}>{self.inline(cell, page)}</{tag}>" for cell in cells)
            return f"<tr>{inner}</tr>"

        rows = "\n".join(row(cells, "td") for cells in found.rows)
        return f"<table>\n<thead>{row(found.head, 'th')}</thead>\n<tbody>\n{rows}\n</tbody></table>"

    def block(self, found, page):
        if isinstance(found, markdown.Heading):
            anchor = markdown.slug(found.text)
            text = self.inline(found.text, page)
            return f'<h{found.level} id="{html.escape(anchor)}">{text}</h{found.level}>'
        if isinstance(found, markdown.Code):
            return f"<pre>{html.escape(found.text, quote=False)}</pre>"
        if isinstance(found, markdown.Table):
            return self.table(found, page)
        if isinstance(found, markdown.Items):
            tag = "ol" if found.first else "ul"
            start = f' start="{found.first}"' if found.first > 1 else ""
            items = "\n".join(f"<li>{self.inline(text, page)}</li>" for text in found.texts)
            return f"<{tag}{start}>\n{items}\n</{tag}>"
        return f"<p>{self.inline(found.text, page)}</p>"

    def navigation(self):
        return "\n".join(
            f'<a href="{name}">{self.inline(title, name)}</a>'
            for name, (title, _) in self.pages.items()
        )

    def page(self, name):
        title, blocks = self.pages[name]
        plain = html.escape("".join(part for _, part, _ in markdown.inline(title)), quote=False)
        body = "\n".join(self.block(block, name) for block in blocks)
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width">\n'
            f"<title>{plain}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            f"<nav>\n{self.navigation()}\n</nav>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
        )


def main():
    folder, *paths = sys.argv[1:]
    site = Site(paths)
    pages = {name: site.page(name) for name in site.pages}
    main_part = pages["index.html"].partition("<main>")[2]
    for name in site.pages:
        if name != "index.html" and f'href="{name}"' not in main_part:
            raise SystemExit(f"README.md: no link leads to {name}")
    for name, text in pages.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()

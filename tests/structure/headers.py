#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails where a public header leaves out a part of the contract of a function or a callback.

Usage: headers.py ROOT

A function: what it does; NULL or ownership of each pointer and text; every status, by the code;
since which release; from which callbacks it may be called. A callback: whether it has to be there,
and the meaning of its return. What `<provision/base.h>` says of all functions need not be repeated:
the handle, `err`, and `index`, `alternative`, `cap` and `len` without a pointer. The table in
docs/host-contract.md says the same of an agent's functions and callbacks.
"""

import os
import re
import sys

import sources

HEADERS = os.path.join("include", "provision")
NAMES = os.path.join(HEADERS, "names.h")  # one sentence in front serves all its functions
ALL = os.path.join(HEADERS, "provision.h")
CONTRACT = "docs/host-contract.md"
COMMON = {"err", "index", "alternative", "cap", "len"}
# Statuses in the code of a function that it cannot return, and why.
IMPOSSIBLE = {("prov_macro_vars_new", "PROV_E_LIMIT"): "its first buffer is small"}

COMMENT = r"/\*\*((?:(?!\*/).)*)\*/\s*"
FUNCTION = re.compile(r"(?:" + COMMENT + r")?^PROV_API ([^;(]*?)\b(prov_\w+)\(([^;]*?)\);",
                      re.S | re.M)
STRUCT = re.compile(r"(?:" + COMMENT + r")?^struct (prov_\w+) \{\n(.*?)^\};", re.S | re.M)
CALLBACK = re.compile(r"(?:" + COMMENT + r")?^    (\w[\w ]*?[ *]+)\(\*(\w+)\)\(", re.S | re.M)
PARAM = re.compile(r"@param(?:\[[\w,]+\])?\s+((?:\w+, )*\w+)\s(.*)", re.S)
STATUS = re.compile(r"\bPROV_E_[A-Z_]+\b")
REFERENCE = re.compile(r"\b(prov_\w+)\(\)")
OWNERSHIP = re.compile(r"NULL|[Bb]orrowed|[Cc]opied|Taken|New;|Shared|`size` set by the caller|"
                       r"Overwritten|\b[Aa]s (?:in|for|above)\b|Validated|Used during the call")
CALLABLE = re.compile(r"\b(?:[Ss]afe|[Nn]ot) from (?:any|within|its|the|an?|`)")

ROW = re.compile(r"^\| (`prov_agent_\w+\(\)`.*?) \| (.*?) \| (.*?) \|$", re.M)

# Functions in the library's style: the name begins a line, a brace alone ends the body.
DEFINITION = re.compile(r"^[a-z][\w *]*?\b(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", re.S | re.M)
NAMED = re.compile(r"\b\w{3,}\b")
CALLED = re.compile(r"\b(\w{3,})\(")
RETURNED = re.compile(r"(?:return|[^=!]=|[?:]|provi_fail\([^,;]*,)\s*(PROV_E_[A-Z_]+)\b")
CAUGHT = re.compile(r"[=!]= (PROV_E_[A-Z_]+)")
HELPERS = {
    "provi_abi_in": "PROV_E_ABI",
    "provi_abi_out": "PROV_E_ABI",
    "provi_fail_nomem": "PROV_E_NOMEM",
    "provi_fail_invalid": "PROV_E_INVALID",
}


def plain(comment):
    """A comment's text in one line for each paragraph or tag."""
    lines = [re.sub(r"^\s*\* ?", "", line).strip() for line in (comment or "").split("\n")]
    text = re.sub(r"\s*(@(?:param|return|since))", r"\n\1", " ".join(lines))
    return [line.strip() for line in text.strip().split("\n") if line.strip()]


def parameters(text):
    """(type, name) of each parameter."""
    for part in " ".join(text.split()).split(", "):
        match = re.match(r"(.*?[ *])(\w+)$", part)
        if match:
            yield match.group(1).strip(), match.group(2)


class Function:
    def __init__(self, path, match):
        comment, kind, self.name, params = match.groups()
        self.path, self.kind = path, kind.strip()
        self.params = list(parameters(params))
        lines = plain(comment)
        self.summary = lines[0] if lines and not lines[0].startswith("@") else ""
        self.tags = [line for line in lines if line.startswith("@")]
        self.returned = self.tag("@return")

    def tag(self, name):
        return " ".join(line for line in self.tags if line.startswith(name))

    def described(self):
        found = {}
        for line in self.tags:
            match = PARAM.match(line)
            if match:
                found.update({name: match.group(2) for name in match.group(1).split(", ")})
        return found

    def findings(self):
        if not self.summary:
            yield "lacks a sentence that says what it does"
        described = self.described()
        for place, (kind, name) in enumerate(self.params):
            is_pointer = kind.endswith("*")
            is_handle = place == 0 and is_pointer and not kind.startswith(("const char", "struct "))
            is_handle = is_handle and not kind.endswith("**") and "struct" not in kind
            holds_pointers = is_pointer or kind in ("prov_str", "struct prov_sink")
            if name in ("err",) or is_handle and kind != "void *":
                continue
            if name not in described:
                if is_pointer or name not in COMMON:
                    yield f"lacks @param {name}"
            elif holds_pointers and not OWNERSHIP.search(described[name]):
                yield f"@param {name} says neither NULL nor ownership"
        for name in described:
            if name not in [known for _, known in self.params]:
                yield f"has no parameter {name}"
        if self.kind != "void" and not self.returned:
            yield "lacks @return"
        since = self.tag("@since")
        if "@since 0." not in since:
            yield "lacks @since"
        if not CALLABLE.search(since):
            yield "does not say behind @since from which callbacks it may be called"


class Body:
    """What a function of the library calls, names, returns and catches."""

    def __init__(self, path, text):
        self.path = path
        self.called = set(CALLED.findall(text))
        self.named = set(NAMED.findall(text))
        self.statuses = {name for name in self.named if name.startswith("PROV_E_")}
        self.caught = set(CAUGHT.findall(text))
        self.returned = set(RETURNED.findall(text))
        for call, status in HELPERS.items():
            if call in self.called:
                self.returned.add(status)


class Code:
    """The functions of the library by name; one name may be a static function of several files."""

    def __init__(self, root):
        self.bodies = {}
        for path in sources.walk(root, ["lib"], [".c", ".h"]):
            for name, text in DEFINITION.findall(sources.without_comments(sources.read(root, path))):
                self.bodies.setdefault(name, []).append(Body(path, text))
        for body in (body for bodies in self.bodies.values() for body in bodies):
            body.named &= self.bodies.keys()

    def reach(self, name, is_deep):
        """Bodies of a function and of those that it calls in its file; IS_DEEP: in every file, and
        also those that it only names, as callbacks."""
        seen, todo = set(), [(name, None)]
        while todo:
            name, caller = todo.pop()
            found = self.bodies.get(name, [])
            near = [body for body in found if body.path == caller]
            for body in set(near if near or (caller and not is_deep) else found) - seen:
                seen.add(body)
                callees = body.named if is_deep else body.called
                todo += [(callee, body.path) for callee in callees]
        return seen

    def returned(self, name):
        """Statuses that a function and those of its file return, unless one of them is caught."""
        bodies = self.reach(name, False)
        return set().union(*(body.returned for body in bodies)) - set().union(
            *(body.caught for body in bodies)
        )

    def possible(self, name):
        """Statuses that appear anywhere in what a function reaches."""
        return set().union(*(body.statuses for body in self.reach(name, True)))


def documented(function, by_name):
    """Statuses of a function, with those of the functions that its @return refers to."""
    found, seen, todo = set(), set(), [function]
    while todo:
        current = todo.pop()
        if current.name in seen:
            continue
        seen.add(current.name)
        found |= set(STATUS.findall(current.returned))
        todo += [by_name[name] for name in REFERENCE.findall(current.returned) if name in by_name]
    return found


def check_statuses(function, by_name, code):
    if function.kind != "prov_status" or function.name not in code.bodies:
        return
    if not re.search(r"PROV_OK|\bAs\b|\bstatus\b", function.returned):
        yield "@return names no PROV_OK"
    for status in sorted(code.returned(function.name) - documented(function, by_name)):
        if (function.name, status) not in IMPOSSIBLE:
            yield f"@return lacks {status}, which lib/ returns"
    for status in sorted(set(STATUS.findall(function.returned)) - code.possible(function.name)):
        yield f"@return names {status}, which nothing it calls returns"


def check_callbacks(text):
    for comment, name, body in STRUCT.findall(text):
        for said, kind, callback in CALLBACK.findall(body):
            said = " ".join(plain(said))
            if not re.search(r"REQUIRED|OPTIONAL", said + comment):
                yield f"{name}.{callback}: says neither REQUIRED nor OPTIONAL"
            if kind.strip() != "void" and not re.search(r"[Rr]eturn|[Ee]ach returns", said + comment):
                yield f"{name}.{callback}: does not say what its return means"


def check_table(root, functions):
    """The functions of an agent by the callbacks they may be called from: event, then storage."""
    if not os.path.exists(os.path.join(root, CONTRACT)):
        return
    table = {}
    for names, event, storage in ROW.findall(sources.read(root, CONTRACT)):
        table.update({name: (event == "yes", storage == "yes") for name in REFERENCE.findall(names)})
    for function in functions:
        since = function.tag("@since")
        if not function.name.startswith("prov_agent_") or function.path == NAMES:
            continue
        is_event = bool(re.search("afe from (?:any|the event) callback", since))
        is_storage = "afe from any callback" in since
        if table.get(function.name) != (is_event, is_storage):
            yield f"{CONTRACT}: {function.name}() is not in the table as its @since has it"


def main():
    root = sys.argv[1]
    findings, functions = [], []
    together = sources.read(root, ALL)
    installed = sources.read(root, os.path.join(HEADERS, "meson.build"))
    for path in sources.walk(root, [HEADERS], [".h"]):
        text = sources.read(root, path)
        functions += [Function(path, match) for match in FUNCTION.finditer(text)]
        findings += [f"{path}: {finding}" for finding in check_callbacks(text)]
        if f"'{os.path.basename(path)}'" not in installed:
            findings.append(f"{HEADERS}/meson.build: lacks {path}, which is then not tested")
        if path != ALL and f"#include <provision/{os.path.basename(path)}>" not in together:
            findings.append(f"{ALL}: does not include {path}")
        if text.count("\nPROV_API ") != len(FUNCTION.findall(text)):
            findings.append(f"{path}: {text.count('PROV_API ')} functions, understood "
                            f"{len(FUNCTION.findall(text))}")
    by_name = {function.name: function for function in functions}
    code = Code(root)
    for function in functions:
        if function.path == NAMES:
            continue
        said = list(function.findings()) + list(check_statuses(function, by_name, code))
        findings += [f"{function.path}: {function.name}() {finding}" for finding in said]
    findings += check_table(root, functions)
    sources.finish(findings, "headers")


if __name__ == "__main__":
    main()

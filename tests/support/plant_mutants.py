#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Copies the sources and plants mistakes in the copy of lib/, all of them asleep.

Usage: plant_mutants.py SOURCE_ROOT BUILD COPY

An expression and what it might have been by mistake stand side by side,

    n < limit   becomes   (PROVI_MUTANT(7) ? (n) <= (limit) : (n < limit))

so that one build holds all mistakes; mutants.py wakes one after the other. COPY/mutants.json says what
they are. BUILD is any build of SOURCE_ROOT: its compile_commands.json tells how to read a file.

Mistakes are operators, limits, numbers, codes and texts that are others, conditions that are negated
or half, fields, calls and assignments left out, and functions that return 0. Tables and macros stay.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

from clang import cindex

import recompile

Kind = cindex.CursorKind
Type = cindex.TypeKind

MUTANTS_PER_FILE = 2000  # numbers that are set aside for each

PRELUDE = """\
extern int provi_mutant_awake;
extern unsigned char provi_mutants_reached[];
#define PROVI_MUTANT(n) (provi_mutants_reached[n] = 1, provi_mutant_awake == (n))
"""

# Two environment variables: the mutant to wake, and the folder where each process that ends writes
# one byte for each mutant: whether it was reached.
RUNTIME = """
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int provi_mutant_awake = -1;
unsigned char provi_mutants_reached[%d];
__attribute__((constructor)) static void provi_mutants_begin(void)
{
    const char *number = getenv("PROV_TEST_MUTANT");
    if (number)
        provi_mutant_awake = atoi(number);
}
__attribute__((destructor)) static void provi_mutants_end(void)
{
    const char *folder = getenv("PROV_TEST_REACHED");
    char path[512];
    if (!folder)
        return;
    snprintf(path, sizeof path, "%%s/%%ld", folder, (long)getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd >= 0 && write(fd, provi_mutants_reached, sizeof provi_mutants_reached) < 0)
        unlink(path);
    close(fd);
}
"""

OPERATORS = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "==": ["!="], "!=": ["=="], "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "%": ["*"],
    "&": ["|"], "|": ["&"], "^": ["|"], "<<": [">>"], ">>": ["<<"],
}
ADDRESSES = (Type.POINTER, Type.CONSTANTARRAY, Type.INCOMPLETEARRAY)
ACTIONS = (Kind.CALL_EXPR, Kind.UNARY_OPERATOR, Kind.BINARY_OPERATOR,
           Kind.COMPOUND_ASSIGNMENT_OPERATOR)
# No expressions, or such as are not evaluated.
LEFT_ALONE = (Kind.CXX_UNARY_EXPR, Kind.TYPE_REF, Kind.STRUCT_DECL, Kind.ENUM_DECL)


def span(cursor):
    return cursor.extent.start.offset, cursor.extent.end.offset


class Planter:
    """One source file. Its mutants are numbered in the order of its syntax tree; those in @p banned
    keep their number and are not written."""

    def __init__(self, path, entry, first, banned):
        with open(path, "rb") as file:
            self.source = file.read()
        self.next = first
        self.banned = banned
        self.mutants = []
        self.function = ""
        headers = subprocess.run(["clang", "-print-resource-dir"], capture_output=True, text=True,
                                 check=True).stdout.strip()
        os.chdir(entry["directory"])
        unit = cindex.Index.create().parse(
            path, [*recompile.flags(entry), f"-I{headers}/include"],
            options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        for said in unit.diagnostics:
            if said.severity >= cindex.Diagnostic.Error:
                sys.exit(str(said))
        ours = [cursor for cursor in unit.cursor.get_children()
                if cursor.location.file and cursor.location.file.name == path]
        self.macros = [span(cursor) for cursor in ours if cursor.kind == Kind.MACRO_INSTANTIATION]
        edits = []
        for cursor in ours:
            if cursor.kind == Kind.FUNCTION_DECL and cursor.is_definition():
                self.function = cursor.spelling
                body = list(cursor.get_children())[-1]
                edits.append((*span(body), self.render(body, None)))
        self.text = PRELUDE + self.replace(0, len(self.source), edits)

    def cut(self, start, end):
        return self.source[start:end].decode(errors="ignore")

    def text_of(self, cursor):
        return self.cut(*span(cursor))

    def before(self, cursor):
        start, _ = span(cursor)
        return self.cut(max(0, start - 60), start).rstrip()

    def replace(self, start, end, edits):
        """The text from start to end with the edits in it, which are (start, end, text)."""
        parts = []
        for first, last, text in sorted(edits):
            if start <= first:  # no overlap, as of declarators that share their type
                parts += [self.cut(start, first), text]
                start = last
        return "".join([*parts, self.cut(start, end)])

    def is_of_macro(self, start, end):
        """Whether the text is a macro's call, lies in one or cuts one in two."""
        return any(first < start < last or first < end < last or first <= start <= end <= last
                   for first, last in self.macros)

    def plant(self, cursor, what):
        """The number of a new mutant, or None."""
        number = self.next
        self.next += 1
        if number in self.banned:
            return None
        self.mutants.append({
            "number": number, "line": cursor.extent.start.line, "function": self.function,
            "what": what, "text": re.sub(r"\s+", " ", self.text_of(cursor))[:160]})
        return number

    def render(self, cursor, parent):
        """The text of a node of the syntax tree with all its mutants."""
        start, end = span(cursor)
        if (cursor.kind in LEFT_ALONE or self.is_constant(cursor, parent) or
                cursor.kind == Kind.VAR_DECL and
                cursor.storage_class == cindex.StorageClass.STATIC):
            return self.cut(start, end)
        edits = []
        for child in cursor.get_children():
            first, last = span(child)
            if (first, last) == (start, end):
                if cursor.kind == Kind.UNEXPOSED_EXPR:  # a conversion
                    return self.render(child, parent)
            elif start <= first and last <= end and not self.is_of_macro(first, last):
                edits.append((first, last, self.render(child, cursor)))
        text = self.replace(start, end, edits)
        if parent is None or self.is_of_macro(start, end):
            return text
        if cursor.kind == Kind.RETURN_STMT:
            return self.mutate_return(cursor, text)
        if is_statement(cursor, parent):
            return self.mutate_statement(cursor, text)
        return self.mutate_expression(cursor, parent, text)

    def is_constant(self, cursor, parent):
        """Whether C asks for a constant here."""
        if parent is None:
            return False
        if parent.kind == Kind.CASE_STMT:
            return next(parent.get_children()) == cursor
        if parent.kind == Kind.VAR_DECL:  # the size of an array
            return not self.before(cursor).endswith("=")
        return parent.kind == Kind.INIT_LIST_EXPR and self.before(cursor).endswith("[")

    def mutate_return(self, cursor, text):
        values = list(cursor.get_children())
        if (not values or values[0].type.get_canonical().kind in (Type.RECORD, Type.VOID) or
                self.text_of(values[0]) in ("0", "NULL", "false", "PROV_OK")):
            return text
        number = self.plant(cursor, "returns 0")
        value = text[len("return"):]
        return text if number is None else f"return PROVI_MUTANT({number}) ? 0 : ({value})"

    def mutate_statement(self, cursor, text):
        if cursor.kind in ACTIONS:
            number = self.plant(cursor, "is left out")
            if number is not None:
                return f"(PROVI_MUTANT({number}) ? (void)0 : (void)({text}))"
        if cursor.kind in (Kind.BREAK_STMT, Kind.CONTINUE_STMT):
            number = self.plant(cursor, "is left out")
            if number is not None:
                return f"if (!PROVI_MUTANT({number})) {text}"
        return text

    def mutate_expression(self, cursor, parent, text):
        planted = [(self.plant(cursor, what), other) for what, other in self.others(cursor, parent)]
        planted = [(number, other) for number, other in planted if number is not None]
        for number, other in reversed(planted):
            text = f"PROVI_MUTANT({number}) ? ({other}) : ({text})"
        return f"({text})" if planted else text

    def others(self, cursor, parent):
        """What an expression might be by mistake: (what happened, the other expression)."""
        text = self.text_of(cursor)
        children = list(cursor.get_children())
        if cursor.kind == Kind.BINARY_OPERATOR and len(children) == 2:
            return self.other_operators(*children)
        if cursor.kind == Kind.UNARY_OPERATOR and text.startswith("!"):
            return [("! is left out", text[1:])]
        if cursor.kind == Kind.UNARY_OPERATOR and text.endswith(("++", "--")):
            return [(f"{text[-2:]} is left out", text[:-2])]
        if cursor.kind == Kind.INTEGER_LITERAL:
            less = [] if text.rstrip("uUlL") in ("0", "1") else [("one less", f"{text} - 1")]
            return [("one more", f"{text} + 1"), *less]
        if cursor.kind == Kind.CHARACTER_LITERAL:
            return [("the next character", f"{text} + 1")]
        if cursor.kind == Kind.STRING_LITERAL:
            is_array = parent.kind in (Kind.INIT_LIST_EXPR, Kind.VAR_DECL)
            return [] if is_array or text == '""' else [("is empty", '""')]
        if (cursor.kind == Kind.DECL_REF_EXPR and cursor.referenced is not None and
                cursor.referenced.kind == Kind.ENUM_CONSTANT_DECL):
            names = [constant.spelling for constant in
                     cursor.referenced.semantic_parent.get_children()]
            other = names[(names.index(cursor.spelling) + 1) % len(names)]
            return [(f"becomes {other}", other)] if other != cursor.spelling else []
        if (parent.kind in (Kind.IF_STMT, Kind.CONDITIONAL_OPERATOR) and
                next(parent.get_children()) == cursor):
            return [("is negated", f"!({text})")]
        if (re.search(r"\.\w+ =$", self.before(cursor)) and cursor.kind != Kind.INIT_LIST_EXPR and
                cursor.type.get_canonical().kind not in (Type.RECORD, Type.CONSTANTARRAY)):
            return [("is left out", "0")]
        return []

    def other_operators(self, left, right):
        operator = self.cut(span(left)[1], span(right)[0])
        operator = re.sub(r"/\*.*?\*/", "", operator).strip()
        left_text, right_text = self.text_of(left), self.text_of(right)
        if operator in ("&&", "||"):
            return [(f"without what follows {operator}", left_text),
                    (f"without what is before {operator}", right_text)]
        if operator in "+-" and any(side.type.get_canonical().kind in ADDRESSES
                                    for side in (left, right)):
            return []
        return [(f"{operator} becomes {other}", f"({left_text}) {other} ({right_text})")
                for other in OPERATORS.get(operator, [])]


def is_statement(cursor, parent):
    """Whether a node is a whole statement, which may be replaced by another."""
    children = list(parent.get_children())
    if parent.kind == Kind.COMPOUND_STMT:
        return True
    if parent.kind == Kind.IF_STMT:
        # Without a statement an "else" would get another "if".
        jumps = cursor.kind in (Kind.BREAK_STMT, Kind.CONTINUE_STMT)
        return children[0] != cursor and not (jumps and len(children) > 2)
    return (parent.kind in (Kind.CASE_STMT, Kind.DEFAULT_STMT, Kind.WHILE_STMT, Kind.FOR_STMT) and
            len(children) > (parent.kind != Kind.DEFAULT_STMT) and children[-1] == cursor)


def numbers_near(text, errors):
    """The mutants in the lines of errors, or else in lines around them."""
    lines = text.splitlines()
    for reach in (1, 3, 8):
        near = "".join("".join(lines[max(0, n - reach):n + reach - 1]) for n in errors)
        numbers = set(map(int, re.findall(r"PROVI_MUTANT\((\d+)\)", near)))
        if numbers:
            return numbers
    return set()


def plant_file(root, copy, path, entry, first):
    """Writes one file; what the compiler does not accept is left out. The mutants."""
    name = os.path.relpath(path, root)
    target = os.path.join(copy, name)
    banned = set()
    while True:
        planter = Planter(path, entry, first, banned)
        with open(target, "w", encoding="utf-8") as file:
            file.write(planter.text)
        done = subprocess.run(
            ["gcc", "-w", "-fsyntax-only", *recompile.flags(entry), "-iquote", os.path.dirname(path),
             target], cwd=entry["directory"], text=True, check=False, capture_output=True)
        if done.returncode == 0:
            return [{**mutant, "file": name} for mutant in planter.mutants]
        errors = map(int, re.findall(r"\.c:(\d+):\d+: error", done.stderr))
        more = numbers_near(planter.text, errors) - banned
        if not more or planter.next - first > MUTANTS_PER_FILE:
            sys.exit(f"{name}: {done.stderr}")
        banned |= more


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    root, build, copy = map(os.path.abspath, sys.argv[1:])
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, ignore=lambda folder, names: {".git", "build"} & set(names))
    files = recompile.lib_files(root, build)
    mutants = []
    with ProcessPoolExecutor() as pool:
        waiting = [pool.submit(plant_file, root, copy, path, entry, i * MUTANTS_PER_FILE)
                   for i, (path, entry) in enumerate(files)]
        for planted in waiting:
            mutants += planted.result()
    with open(os.path.join(copy, "lib/base/alloc.c"), "a", encoding="utf-8") as file:
        file.write(RUNTIME % (len(files) * MUTANTS_PER_FILE))
    with open(os.path.join(copy, "mutants.json"), "w", encoding="utf-8") as file:
        json.dump(mutants, file, indent=0)
    print(f"{len(mutants)} mutants in {len(files)} files")


if __name__ == "__main__":
    main()

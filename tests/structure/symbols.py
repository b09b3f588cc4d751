#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Holds headers, symbol map, built library and docs/symbols.md to the same list of symbols.

Usage: symbols.py library --root ROOT --shared LIB.so --static LIB.a [--without HEADER]
       symbols.py docs --root ROOT [--write]
"""

import argparse
import os
import re
import subprocess

import sources

HEADERS = os.path.join("include", "provision")
MAP = os.path.join("lib", "libprovision.map")
DOCS = os.path.join("docs", "symbols.md")

# What a library inside somebody else's firmware does not call: it prints nothing, reads no
# environment, no clock and no locale, starts nothing, ends nothing, sleeps never, and leaves the
# process-wide hooks of the libraries beneath alone. The one file that may is named.
FORBIDDEN_IMPORTS = {
    *("printf", "fprintf", "vprintf", "vfprintf", "dprintf", "puts", "putchar", "perror", "fputs"),
    *("__printf_chk", "__fprintf_chk", "__vprintf_chk", "__vfprintf_chk", "stdout", "stderr"),
    *("getenv", "secure_getenv", "setenv", "setlocale", "uselocale"),
    *("gettimeofday", "localtime", "localtime_r", "mktime", "tzset"),
    *("rand", "srand", "random", "srandom"),
    *("abort", "exit", "_exit", "atexit", "signal", "sigaction", "raise", "kill"),
    *("sleep", "usleep", "nanosleep", "clock_nanosleep", "pthread_create", "thrd_create"),
    *("system", "popen", "fork", "vfork", "execve", "posix_spawn"),
    *("strtok", "strtok_r", "sscanf", "__isoc99_sscanf", "__isoc23_sscanf", "atoi", "atol"),
    *("xmlMemSetup", "xmlGcMemSetup", "xmlSetExternalEntityLoader", "xmlCleanupParser"),
    *("xmlSetGenericErrorFunc", "xmlSetStructuredErrorFunc", "xmlRegisterInputCallbacks"),
    *("CRYPTO_set_mem_functions", "OPENSSL_cleanup", "EVP_set_default_properties"),
    *("RAND_set_rand_method", "curl_global_init_mem", "curl_global_trace"),
}

# Imported by these members of the static library, or by none: jobs that a program has to enable.
LIMITED_IMPORTS = {
    "clock_gettime": ["curl_rate.c.o"],
    "time": ["tls_tls.c.o"],
    "prov_agent_act": [],
    "prov_agent_activation_get": [],
    "prov_agent_apply": [],
    "prov_agent_contact_get": [],
    "prov_agent_enable_activation": [],
    "prov_agent_enable_custom_ca": [],
    "prov_agent_enable_history": [],
    "prov_agent_enable_migration": [],
    "prov_agent_enable_renewal": [],
    "prov_agent_enable_report": [],
    "prov_agent_enable_upgrade": [],
    "prov_agent_fetch": [],
    "provi_rule_job_process": [
        "jobs_activation.c.o",
        "jobs_custom_ca.c.o",
        "jobs_migration.c.o",
        "jobs_renewal.c.o",
        "jobs_upgrade.c.o",
    ],
}

DECLARATION = re.compile(r"^PROV_API\s+[^;]*?\b(prov_\w+)\s*\(", re.M)
DOCUMENTED = re.compile(
    r"/\*\*((?:(?!\*/).)*)\*/\s*PROV_API\s+[^;/]*?\b(prov_\w+)\s*\(", re.M | re.S
)
SINCE = re.compile(r"@since\s+(\d+\.\d+)")


def header_symbols(root):
    """{symbol: (header, release or None)} of every PROV_API function in the public headers."""
    found = {}
    for path in sources.walk(root, [HEADERS], [".h"]):
        text = sources.read(root, path)
        header = os.path.basename(path)
        for name in DECLARATION.findall(sources.without_comments(text)):
            found[name] = (header, None)
        for comment, name in DOCUMENTED.findall(text):
            since = SINCE.search(comment)
            found[name] = (header, since.group(1) if since else None)
    return found


def map_symbols(root):
    """{symbol: node} of the version script."""
    text = re.sub(r"/\*.*?\*/|#[^\n]*", "", sources.read(root, MAP), flags=re.S)
    found = {}
    for node, body in re.findall(r"(\w[\w.]*)\s*\{(.*?)\}", text, re.S):
        visible = body.split("local:")[0]
        for name in re.findall(r"(\w+)\s*;", visible):
            found[name] = node
    return found


def nm(*arguments):
    """Lines of `nm` split into words, archive headings and blank lines dropped."""
    done = subprocess.run(["nm", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return [words for words in lines if len(words) >= 2]


def exported(shared):
    # The nodes of the version script are listed too, as absolute symbols.
    words = nm("-D", "--defined-only", shared)
    return {w[-1].split("@")[0] for w in words if w[-2] != "A"}


def imported(shared):
    return {w[-1].split("@")[0] for w in nm("-D", "--undefined-only", shared)}


def bound_at_load(shared):
    """Symbols that the dynamic linker looks for on behalf of the library."""
    done = subprocess.run(["readelf", "-rW", shared], stdout=subprocess.PIPE, text=True, check=True)
    rows = (line.split() for line in done.stdout.splitlines())
    return {row[4].split("@")[0] for row in rows if len(row) > 4}


def compare(left_name, left, right_name, right):
    for name in sorted(left - right):
        yield f"{name}: in {left_name}, not in {right_name}"
    for name in sorted(right - left):
        yield f"{name}: in {right_name}, not in {left_name}"


def check_limited_imports(static):
    """nm -A puts `archive:member:` in front of each line."""
    for words in nm("-A", "--undefined-only", static):
        member = words[0].split(":")[1]
        name = words[-1].split("@")[0]
        if member not in LIMITED_IMPORTS.get(name, [member]):
            allowed = " and ".join(LIMITED_IMPORTS[name]) or "programs"
            yield f"{name}: {member} calls it, which is for {allowed}"


def check_library(root, shared, static, without):
    declared = header_symbols(root)
    mapped = set(map_symbols(root))
    yield from compare("the headers", set(declared), MAP, mapped)
    expected = {name for name, (header, _) in declared.items() if header != without}
    yield from compare("the headers", expected, "the library", exported(shared))
    for name in sorted(imported(shared) & FORBIDDEN_IMPORTS):
        yield f"{name}: the library calls it"
    for name in sorted(bound_at_load(shared) & mapped):
        yield f"{name}: the library would call that of another copy in the same process"
    yield from check_limited_imports(static)
    for words in nm("-g", "--defined-only", static):
        if not words[-1].startswith(("prov_", "provi_")):
            yield f"{words[-1]}: a global of the static library without our prefix"


def symbols_page(declared):
    rows = [f"| `{name}` | `{header}` | {since} |" for name, (header, since) in declared]
    return "\n".join(
        [
            "<!-- SPDX-License-Identifier: MIT -->",
            "<!-- SPDX-FileCopyrightText: 2026 The libprovision authors -->",
            "",
            "# Symbols and the release that brought them",
            "",
            "Generated by `tests/structure/symbols.py docs --write` from the public headers; a test"
            " compares.",
            "",
            "| symbol | header | since |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def check_docs(root, is_writing):
    declared = sorted(header_symbols(root).items())
    for name, (header, since) in declared:
        if since is None:
            yield f"{header}: {name} has no doc comment with @since"
    page = symbols_page(declared)
    path = os.path.join(root, DOCS)
    if is_writing:
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
    elif not os.path.exists(path) or sources.read(root, DOCS) != page:
        yield f"{DOCS}: not up to date; run tests/structure/symbols.py docs --write"


def main():
    parser = argparse.ArgumentParser()
    modes = parser.add_subparsers(dest="mode", required=True)
    library = modes.add_parser("library")
    library.add_argument("--root", required=True)
    library.add_argument("--shared", required=True)
    library.add_argument("--static", required=True)
    library.add_argument("--without", default="", help="header of a module left out of this build")
    docs = modes.add_parser("docs")
    docs.add_argument("--root", default=os.path.join(os.path.dirname(__file__), "..", ".."))
    docs.add_argument("--write", action="store_true")
    options = parser.parse_args()

    if options.mode == "library":
        findings = check_library(options.root, options.shared, options.static, options.without)
        sources.finish(list(findings), "symbols")
    sources.finish(list(check_docs(options.root, options.write)), "docs/symbols.md")


if __name__ == "__main__":
    main()

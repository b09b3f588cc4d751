#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails on an #include that draws an arrow docs/architecture.md does not have.

Usage: arrows.py ROOT
"""

import os
import re
import sys

import sources

# The parts that every module of the agent may use.
PARTS = {"base", "catalogue", "dhcp", "macro", "rule", "decode", "profile", "sched", "transfer"}

# Module -> modules it may include besides itself.
ARROWS = {
    "base": set(),
    "catalogue": {"base"},
    "dhcp": {"base", "catalogue"},
    "macro": {"base", "catalogue"},
    "rule": {"base", "catalogue", "macro"},
    "decode": {"base"},
    "profile": {"base", "catalogue"},
    "action": {"base", "catalogue", "macro", "decode", "profile"},
    "sched": {"base", "catalogue"},
    "host": PARTS - {"rule", "decode"},  # the contract alone: headers without a folder
    "store": {"base", "profile", "host"},
    "transfer": {"base"},
    "tftp": {"base"},
    "tls": {"base"},
    "curl": {"base", "transfer", "tftp", "tls"},
    "env": (PARTS - {"dhcp", "decode"}) | {"host"},
    "persist": PARTS | {"host", "store", "env"},
    "fetch": PARTS | {"host", "store", "env", "persist"},
    "jobs": PARTS | {"host", "tls", "env", "persist", "fetch"},
    "agent": PARTS | {"action", "host", "env", "persist", "fetch", "jobs"},
    "names": PARTS | {"action", "host", "jobs", "transfer", "tls"},
}

# Public header -> module whose face it is.
PUBLIC = {
    "base.h": "base",
    "version.h": "base",
    "dialect.h": "base",
    "catalogue.h": "catalogue",
    "dhcp.h": "dhcp",
    "macro.h": "macro",
    "rule.h": "rule",
    "explain.h": "rule",
    "lint.h": "rule",
    "decode.h": "decode",
    "action.h": "action",
    "digest.h": "action",
    "profile.h": "profile",
    "sched.h": "sched",
    "store.h": "store",
    "transport.h": "transfer",
    "tls.h": "tls",
    "transport_curl.h": "curl",
    "agent.h": "host",
    "names.h": "names",
    "event.h": "host",
    "host.h": "host",
    "custom_ca.h": "jobs",
    "activation.h": "jobs",
    "report.h": "jobs",
    "upgrade.h": "host",
    "fetch.h": "jobs",
    "migration.h": "jobs",
    "renewal.h": "jobs",
    "history.h": "jobs",
}
UMBRELLA = "provision.h"
PUBLIC_SYSTEM_HEADERS = {"stdbool.h", "stddef.h", "stdint.h"}

# Third-party folder or header -> who may include it.
THIRD_PARTY = [
    (re.compile(r"^libxml/"), lambda module, path: module == "profile"),
    (
        re.compile(r"^zlib\.h$|^zconf\.h$"),
        lambda module, path: module == "decode" or path == "lib/base/record.c",
    ),
    (
        re.compile(r"^openssl/"),
        lambda module, path: module in ("decode", "tls"),
    ),
    (re.compile(r"^curl/"), lambda module, path: module == "curl"),
    (re.compile(r"^ares"), lambda module, path: module == "curl"),
]

# Headers of POSIX and of C whose contents POSIX extends, the modules with any of them, and the files
# that alone have them in their module. docs/porting.md lists the modules without.
POSIX = re.compile(
    r"^(arpa|net|netinet|sys)/|^(dirent|fcntl|netdb|poll|pthread|signal|strings|time|unistd)\.h$"
)
POSIX_USERS = {"agent": "run_once.c", "store": "posix_files.c", "curl": None, "tls": None}
PORTABLE = re.compile(r"nothing of POSIX in ([^.;]*?)\.\n", re.S)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def includes(text):
    """(line number, name, is quoted) of each include line; commented-out ones do not count."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(2), match.group(1) == '"'


def check_posix(module, path, name):
    only = POSIX_USERS.get(module, "no file")
    if POSIX.match(name) and only and only != os.path.basename(path):
        return f"<{name}> is of POSIX: expected in {only} of {module} alone"
    return None


def check_porting(root):
    path = os.path.join("docs", "porting.md")
    listed = PORTABLE.search(sources.read(root, path))
    found = set(re.findall(r"`(\w+)`", listed.group(1))) if listed else set()
    expected = set(ARROWS) - set(POSIX_USERS) - {"host"}
    for module in sorted(found ^ expected):
        yield f"{path}: {module}: expected {'in' if module in expected else 'not in'} the list"


def check_third_party(module, path, name):
    for pattern, is_allowed in THIRD_PARTY:
        if pattern.match(name) and not is_allowed(module, path):
            return f"<{name}> is not for {module}"
    return None


def check_private(root, path, module, name, is_quoted):
    """One include line of a file in lib/<module>/. Returns what is wrong with it, or None."""
    if name == "config.h" and is_quoted:
        return None
    if name.startswith("provision/"):
        header = name[len("provision/") :]
        if is_quoted:
            return f"public headers are included as <{name}>"
        if header == UMBRELLA:
            return "the umbrella header is for users of the library"
        target = PUBLIC.get(header)
        if target is None:
            return f"<{name}> belongs to no module"
    elif is_quoted:
        target = name.split("/")[0]
        if target not in ARROWS or "/" not in name:
            return f'internal headers are included as "module/{os.path.basename(name)}"'
        if not os.path.exists(os.path.join(root, "lib", name)):
            return f'there is no "{name}"'
        if name.endswith("_priv.h") and target != module:
            return f'"{name}" is private to {target}'
    else:
        return check_third_party(module, path, name) or check_posix(module, path, name)
    if target != module and target not in ARROWS[module]:
        return f"arrow {target} -> {module} is not in the plan"
    return None


def own_headers(root, path, module):
    """The headers one of which a .c file has to include first."""
    stem = os.path.splitext(os.path.basename(path))[0]
    own = f"{module}/{stem}.h"
    if os.path.exists(os.path.join(root, "lib", own)):
        return {own}
    faces = {f"provision/{header}" for header, owner in PUBLIC.items() if owner == module}
    privates = {
        f"{module}/{name}"
        for name in os.listdir(os.path.join(root, "lib", module))
        if name.endswith("_priv.h") or name == f"{module}.h"
    }
    return faces | privates


def check_lib(root):
    for path in sources.walk(root, ["lib"], [".c", ".h"]):
        parts = path.split(os.sep)
        module = parts[1]
        if len(parts) != 3 or module not in ARROWS:
            yield f"{path}: not in a module's folder"
            continue
        found = list(includes(sources.read(root, path)))
        for line, name, is_quoted in found:
            wrong = check_private(root, path, module, name, is_quoted)
            if wrong:
                yield f"{path}:{line}: {wrong}"
        if path.endswith(".c"):
            expected = own_headers(root, path, module)
            if not found or found[0][1] not in expected:
                line = found[0][0] if found else 1
                yield f"{path}:{line}: first include is to be one of {sorted(expected)}"


def check_public(root):
    for path in sources.walk(root, ["include"], [".h"]):
        header = os.path.basename(path)
        if header != UMBRELLA and header not in PUBLIC:
            yield f"{path}: belongs to no module (tests/structure/arrows.py)"
            continue
        module = PUBLIC.get(header)
        for line, name, is_quoted in includes(sources.read(root, path)):
            if is_quoted:
                yield f'{path}:{line}: "{name}" is to be included with <>'
            elif name in PUBLIC_SYSTEM_HEADERS:
                continue
            elif not name.startswith("provision/"):
                yield f"{path}:{line}: <{name}> is neither ours nor one of the three allowed"
            elif module is not None:
                target = PUBLIC.get(name[len("provision/") :])
                if target is None or (target != module and target not in ARROWS[module]):
                    yield f"{path}:{line}: <{name}> is not in the plan for {module}"


def check_umbrella(root):
    path = os.path.join("include", "provision", UMBRELLA)
    if not os.path.exists(os.path.join(root, path)):
        return
    listed = {name for _, name, _ in includes(sources.read(root, path))}
    for header in sorted(PUBLIC):
        exists = os.path.exists(os.path.join(root, "include", "provision", header))
        if exists and f"provision/{header}" not in listed:
            yield f"{path}: <provision/{header}> is missing"


def main():
    root = sys.argv[1]
    findings = [*check_lib(root), *check_public(root), *check_umbrella(root), *check_porting(root)]
    sources.finish(findings, "include arrows")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fails on a public struct that is neither tested as a sized one nor declared frozen.

Usage: abi.py ROOT
"""

import os
import re
import sys

import sources

HEADERS = os.path.join("include", "provision")
TEST = "tests/unit/test_abi.c"
CALLS = [
    "tests/unit/test_abi_in.c",
    "tests/unit/test_abi_action.c",
    "tests/unit/test_abi_out.c",
]
# Sized structs that no function takes or fills outside a running transfer, and why.
NOT_CALLED = {
    "prov_error": "tested in test_abi.c",
    "prov_lint": "the library hands it to a listener",
    "prov_report_field": "the library has the host fill it in",
    "prov_renewal_present": "the library has the host fill it in",
    "prov_event": "the library hands it to the host",
    "prov_progress": "part of an event",
    "prov_change": "part of an event",
    "prov_result": "part of an event",
    "prov_delivery": "part of an event",
    "prov_schedule": "part of an event",
    "prov_warning": "part of an event",
    "prov_question": "part of an event",
    "prov_unconfirmed": "part of an event",
    "prov_rolled_back": "part of an event",
    "prov_deferral": "part of an event",
    "prov_reboot": "part of an event",
    "prov_upgrade_target": "the library hands it to the host",
    "prov_upgrade_answer": "the library hands it to the host, which fills it in",
    "prov_upload": "a host hands it to a transport: tested in test_curl_upload.c",
    "prov_request": "the library hands it to a transport",
    "prov_connection": "a transport hands it in: tested in test_transfer.c",
    "prov_response": "a transport hands it in: tested in test_transfer.c",
    "prov_rule_comparison": "the library hands it to an observer",
}
DOCS = "docs/abi.md"

STRUCT = re.compile(r"^struct (prov_\w+) \{(.*?)^\};", re.M | re.S)
MEMBER = re.compile(r"\(\*(\w+)\)|(\w+)(?:\[[^\]]*\])?\s*$")
LAYOUT = re.compile(r"\bLAYOUT\((prov_\w+), (\w+)\)")
CALL = re.compile(r"\b(?:IN|OUT)\((prov_\w+), ")
FROZEN = re.compile(r"^A few small structs never change: (.*?)\. If", re.M | re.S)


def last_member(body):
    declaration = body.rstrip().rstrip(";").split(";")[-1]
    match = MEMBER.search(declaration.strip())
    return match.group(1) or match.group(2)


def structs(root):
    """(name, name of the last member, is sized) of each public struct."""
    for path in sources.walk(root, [HEADERS], [".h"]):
        text = sources.without_comments(sources.read(root, path))
        for name, body in STRUCT.findall(text):
            yield name, last_member(body), body.lstrip().startswith("size_t size;")


def main():
    root = sys.argv[1]
    layouts = dict(LAYOUT.findall(sources.read(root, TEST)))
    frozen = FROZEN.search(sources.read(root, DOCS))
    frozen = re.findall(r"`(\w+)`", frozen.group(1)) if frozen else []
    called = {name for path in CALLS for name in CALL.findall(sources.read(root, path))}
    found = list(structs(root))
    findings = []
    for name, last, is_sized in found:
        if is_sized and layouts.get(name) != last:
            findings.append(f"{TEST}: LAYOUT({name}, {last}) is missing")
        if is_sized and (name in called) == (name in NOT_CALLED):
            findings.append(f"{name}: is to be tested in {CALLS}, or else named in NOT_CALLED")
        if not is_sized and name not in frozen:
            findings.append(f"{DOCS}: {name} has no size and is not listed as frozen")
    known = {name for name, _, _ in found}
    findings += [f"{TEST}: there is no {name}" for name in layouts if name not in known]
    findings += [f"{DOCS}: there is no {name}" for name in frozen if name not in known]
    sources.finish(findings, "abi")


if __name__ == "__main__":
    main()

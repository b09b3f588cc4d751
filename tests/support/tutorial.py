#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Carries out docs/tutorial.md within a lab, as a reader would, and compares what is seen.

    tutorial.py PAGE [FROM TO]            without the blocks in these lines

Blocks marked `console` are sessions in a shell (session.py); `...` in an expected line stands for
anything. Blocks marked `page` are what a reader does on the phone's page:

    Voice > Provisioning                  the tab
    Profile Rule: tftp://h/basic.txt      type this
    Submit All Changes                    press that
    GPP A is 12345678                     see this, after a while at most

A command that only looks (tail, cat, grep, a curl that reads) is repeated until it answers as
printed: servers write their logs after they have answered.
"""

import os
import re
import sys
import time

import page_client
import session

BLOCK = re.compile(r"^```(console|page)\n(.*?)^```$", re.M | re.S)
LOOKING = re.compile(r"(tail|cat|grep|sed|curl -s http://192\.168\.1\.100/admin/status)\b")
PATIENCE_S = 20
POLL_S = 0.1


class Differs(Exception):
    """What was seen is not what is printed."""


def pattern(text):
    return re.compile("".join(".*" if part == "..." else re.escape(part)
                              for part in re.split(r"(\.\.\.)", text)))


def is_as_printed(answer, expected):
    seen, printed = answer.splitlines(), expected.splitlines()
    return len(seen) == len(printed) and all(
        pattern(line).fullmatch(found) for line, found in zip(printed, seen))


def run_step(step, folder):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer = session.run(step, folder, os.environ)
        if is_as_printed(answer, step.answer):
            return
        if not LOOKING.match(step.command) or time.monotonic() > deadline:
            raise Differs(f"line {step.line}: expected\n{step.text(step.answer)}found\n{answer}")
        time.sleep(POLL_S)


def run_page(client, text, first_line):
    for number, line in enumerate(text.splitlines(), first_line):
        try:
            do_line(client, line)
        except page_client.NotThere as missing:
            raise Differs(f"line {number}: {line}: {missing}") from missing


def do_line(client, line):
    if " > " in line:
        client.go(*line.split(" > "))
    elif line.endswith("All Changes"):
        client.press(line)
    elif ": " in line or line.endswith(":"):
        label, _, value = line.partition(":")
        client.fill(label, value.strip())
    else:
        label, _, value = (line + " ").partition(" is ")
        client.see(label, value.strip())


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    left_out = range(*map(int, sys.argv[2:4])) if len(sys.argv) > 2 else range(0)
    client = page_client.PageClient("http://192.168.1.100/admin/info/status")
    try:
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start(2)) + 1
            if line in left_out:
                continue
            if match.group(1) == "page":
                run_page(client, match.group(2), line)
            else:
                for step in session.steps(match.group(2), line):
                    run_step(step, os.environ["LAB"])
    except Differs as difference:
        sys.exit(str(difference))


if __name__ == "__main__":
    main()

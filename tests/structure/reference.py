#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Doxygen makes a reference of the public headers, with warnings as errors.

Usage: reference.py ROOT
"""

import os
import shutil
import subprocess
import sys
import tempfile

EXIT_SKIPPED = 77


def main():
    root = os.path.abspath(sys.argv[1])
    if shutil.which("doxygen") is None:
        print("no doxygen here; tests/run.sh installs it")
        sys.exit(EXIT_SKIPPED)
    with open(os.path.join(root, "docs", "Doxyfile.in"), encoding="utf-8") as file:
        settings = file.read()
    with tempfile.TemporaryDirectory() as work:
        for name, value in {"ROOT": root, "OUTPUT": work, "VERSION": "test"}.items():
            settings = settings.replace(f"@{name}@", value)
        done = subprocess.run(["doxygen", "-"], input=settings, text=True, cwd=work, check=False)
        page = os.path.join(work, "reference", "agent_8h.html")
        if done.returncode != 0 or not os.path.exists(page):
            sys.exit("doxygen does not accept the headers")
        with open(page, encoding="utf-8") as file:
            if "Do everything that is due, without blocking" not in file.read():
                sys.exit("the reference lacks the comments of the headers")


if __name__ == "__main__":
    main()

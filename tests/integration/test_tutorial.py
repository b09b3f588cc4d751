#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""docs/tutorial.md, carried out from the first line to the last in a lab of its own."""

import os
import subprocess
import sys
import tempfile

ROOT = os.environ["PROV_SOURCE_ROOT"]
PHONE = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "phone", "provision-phone")
IS_SKIPPED = 77


def main():
    if not os.path.exists(PHONE):
        print("built without libcurl")
        sys.exit(IS_SKIPPED)
    if "web door: libmicrohttpd" not in subprocess.run(
            [PHONE, "--version"], capture_output=True, text=True, check=True).stdout:
        print("built without libmicrohttpd")
        sys.exit(IS_SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        done = subprocess.run(
            [sys.executable, os.path.join(ROOT, "examples", "lab", "lab.py"), "up", PHONE,
             os.path.join(folder, "lab"), sys.executable,
             os.path.join(ROOT, "tests", "support", "tutorial.py"),
             os.path.join(ROOT, "docs", "tutorial.md")], check=False)
        if done.returncode == 1:
            with open(os.path.join(folder, "lab", "phone.log"), encoding="utf-8") as file:
                print("phone.log ends:\n" + "".join(file.readlines()[-30:]))
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()

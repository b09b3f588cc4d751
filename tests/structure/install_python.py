#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Builds and tests the Python package from the installed files alone, with the system's Python.

Usage: install_python.py BUILD
"""

import os
import shutil
import subprocess
import sys
import tempfile

import install

EXIT_SKIPPED = 77
PYTHON = "/usr/bin/python3"  # the one that Debian's packages of cffi and pytest belong to


def has_modules():
    command = [PYTHON, "-c", "import cffi, pytest"]
    return os.path.exists(PYTHON) and not subprocess.run(command, check=False).returncode


def main():
    if not has_modules() or shutil.which("mypy") is None:
        print("no cffi, pytest or mypy here; tests/run.sh installs them")
        sys.exit(EXIT_SKIPPED)
    with tempfile.TemporaryDirectory() as work:
        stage = os.path.join(work, "stage")
        install.run("meson", "install", "-C", sys.argv[1], "--no-rebuild", "--destdir", stage)
        pc = install.find(stage, "libprovision.pc")
        install.relocate(pc, stage)
        package = os.path.join(work, "python")
        shutil.copytree(os.path.dirname(install.find(stage, "pyproject.toml")), package)
        env = {
            **os.environ,
            "PKG_CONFIG_PATH": os.path.dirname(pc),
            "LD_LIBRARY_PATH": os.path.dirname(os.path.dirname(pc)),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        env.pop("PYTHONPATH", None)
        where = {"cwd": package, "env": env}
        install.run(PYTHON, "build.py", **where)
        install.run(PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", **where)
        install.run(
            *("mypy", "--strict", "--python-executable", PYTHON, "--cache-dir", work),
            *("provision", "tests", "build.py"),
            **where,
        )


if __name__ == "__main__":
    main()

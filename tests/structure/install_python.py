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


def build_into_folder(installed, folder, env):
    """The sources stay as they are."""
    before = sorted(os.listdir(os.path.join(installed, "provision")))
    install.run(PYTHON, os.path.join(installed, "build.py"), folder, cwd="/", env=env)
    program = "import provision; print(provision.version(), provision.__file__)"
    if folder not in install.run(PYTHON, "-c", program, cwd=folder, env=env):
        sys.exit("Python did not find the package in its folder")
    if sorted(os.listdir(os.path.join(installed, "provision"))) != before:
        sys.exit("the installed folder was written to")


def main():
    if not has_modules() or shutil.which("mypy") is None:
        print("no cffi, pytest or mypy here; tests/run.sh installs them")
        sys.exit(EXIT_SKIPPED)
    with tempfile.TemporaryDirectory() as work:
        stage = os.path.join(work, "stage")
        install.run("meson", "install", "-C", sys.argv[1], "--no-rebuild", "--destdir", stage)
        pc = install.find(stage, "libprovision.pc")
        install.relocate(pc, stage)
        # As README.md has it: with the other examples, one of which a test uses.
        installed = os.path.dirname(install.find(stage, "pyproject.toml"))
        shutil.copytree(os.path.dirname(installed), os.path.join(work, "examples"))
        package = os.path.join(work, "examples", "python")
        env = {
            **os.environ,
            "PKG_CONFIG_PATH": os.path.dirname(pc),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        env.pop("PYTHONPATH", None)
        env.pop("LD_LIBRARY_PATH", None)
        build_into_folder(installed, os.path.join(work, "harness"), env)
        where = {"cwd": package, "env": env}
        install.run(PYTHON, "build.py", **where)
        shown = install.run(PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", **where)
        if "skipped" in shown:
            sys.exit("a test was skipped")
        install.run(
            *("mypy", "--strict", "--python-executable", PYTHON, "--cache-dir", work),
            *("provision", "tests", "build.py"),
            **where,
        )


if __name__ == "__main__":
    main()

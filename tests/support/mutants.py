#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Counts the planted mistakes that the tests notice.

Usage: mutants.py COPY BUILD MINUTES SEED [MODULE...]

COPY was written by plant_mutants.py, BUILD is a build of it. Of each module (or of those named) one
mutant after the other is taken at random, until the minutes are over: the unit tests and corpora that
reach it run, the quickest first, until one fails or hangs. Prints the mutants that no test noticed,
which is no fault where nobody could see a difference, and the share of the others by module. SEED
makes the choice repeatable.
"""

import itertools
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

SUITES = ("unit", "fuzz")
LONG = ("weeks",)


def suites(test):
    return [name.split(":")[-1] for name in test["suite"]]


def without_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Tests:
    """The tests of a build, how long each takes, and which mutants it reaches."""

    def __init__(self, build):
        listed = json.loads(subprocess.run(["meson", "introspect", "--tests", build], text=True,
                                           stdout=subprocess.PIPE, check=True).stdout)
        self.tests = {test["name"]: test for test in listed
                      if any(name in SUITES for name in suites(test))
                      and not any(name in LONG for name in suites(test))}
        self.seconds = {}
        self.reached = {}

    def run(self, name, more, seconds):
        """The exit status; None if the test hangs."""
        test = self.tests[name]
        with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as folder:
            process = subprocess.Popen(
                test["cmd"], env={**os.environ, **test["env"], **more, "TMPDIR": folder},
                cwd=test.get("workdir"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=without_core)
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                return None
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)  # and what it has started
                except ProcessLookupError:
                    pass
                process.wait()

    def learn(self, name):
        """Runs a test as it is. False: it fails, and cannot notice anything."""
        folder = tempfile.mkdtemp(prefix="reached-")
        begin = time.monotonic()
        status = self.run(name, {"PROV_TEST_REACHED": folder}, None)
        self.seconds[name] = time.monotonic() - begin
        reached = set()
        for process in os.listdir(folder):
            with open(os.path.join(folder, process), "rb") as file:
                reached.update(number for number, byte in enumerate(file.read()) if byte)
        shutil.rmtree(folder)
        self.reached[name] = reached
        return status == 0

    def notice(self, mutant):
        """The mutant with the test that notices it, or None, and how many reach it."""
        names = [name for name, reached in self.reached.items() if mutant["number"] in reached]
        names.sort(key=self.seconds.get)
        for name in names:
            if self.run(name, {"PROV_TEST_MUTANT": str(mutant["number"])},
                        5 + 10 * self.seconds[name]) != 0:
                return {**mutant, "by": name, "n_tests": len(names)}
        return {**mutant, "by": None, "n_tests": len(names)}


def module_of(mutant):
    return mutant["file"].split("/")[1]


def choose(mutants, modules, seed):
    """One mutant of each module in turn, without end."""
    generator = random.Random(seed)
    of_module = {}
    for mutant in mutants:
        if not modules or module_of(mutant) in modules:
            of_module.setdefault(module_of(mutant), []).append(mutant)
    for all_of in of_module.values():
        generator.shuffle(all_of)
    for row in itertools.zip_longest(*of_module.values()):
        yield from (mutant for mutant in row if mutant)


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    copy, build, minutes, seed, *modules = sys.argv[1:]
    with open(os.path.join(copy, "mutants.json"), encoding="utf-8") as file:
        mutants = json.load(file)
    tests = Tests(build)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, passes in zip(list(tests.tests), pool.map(tests.learn, list(tests.tests))):
            if not passes:
                print(f"{name} fails without a mistake, and is left out", flush=True)
                del tests.reached[name]
        end = time.monotonic() + 60 * float(minutes)
        counts = {}
        chosen = itertools.takewhile(lambda mutant: time.monotonic() < end,
                                     choose(mutants, modules, seed))
        # In small parts, as map() takes all that it is given.
        while part := list(itertools.islice(chosen, 4 * os.cpu_count())):
            for mutant in pool.map(tests.notice, part):
                noticed, n = counts.get(module_of(mutant), (0, 0))
                counts[module_of(mutant)] = (noticed + (mutant["by"] is not None), n + 1)
                if mutant["by"] is None:
                    print("{file}:{line} {function}(): {what}: {text} [reached by {n_tests}; "
                          "{number}]".format(**mutant), flush=True)
    for module, (noticed, n) in sorted(counts.items()):
        print(f"{module:10} {noticed:4} of {n:4} noticed, {100 * noticed / n:5.1f} %")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A file store killed, and refused by the kernel, at each of its system calls, for real."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

EXIT_SKIPPED = 77
DRIVER = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "store_driver")
# A leak checker cannot work in a process that is traced.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
# In a build that counts branches, a refused write would damage the counts of all other tests.
COUNTS = tempfile.TemporaryDirectory()
TRACED = {**ENVIRONMENT, "GCOV_PREFIX": COUNTS.name}

FIRST = ["GPP_A=first", "GPP_B=first"]
OLD = ["GPP_A=old", "GPP_B=old"]
NEW = ["GPP_A=new", "GPP_B=" + "new" * 2000, "GPP_C=new"]
LAST = ["GPP_A=last"]

FILE_CALL = re.compile(r"^(open|read|write|fsync|rename|unlink|link|flock)(at|at2)?$")
REPEATED = re.compile(r"^(open|read|write|fsync|flock)(at|at2)?$")


def driver(store, *args):
    return subprocess.run(
        [DRIVER, store, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )


def strace(options, store, *args):
    return subprocess.run(
        ["strace", *options, DRIVER, store, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=TRACED,
        check=False,
    )


def can_trace():
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(
        ["strace", "-o", os.devnull, "-e", "inject=fsync:error=EIO", "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


class StoreTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.store = os.path.join(self.folder.name, "store.xml")

    def tearDown(self):
        self.folder.cleanup()

    def must(self, *args):
        done = driver(self.store, *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def start_over(self):
        for name in os.listdir(self.folder.name):
            os.remove(os.path.join(self.folder.name, name))
        self.must("set", *FIRST)
        self.must("set", *OLD)

    def calls(self):
        """(name, how many of that name so far) of each call from the lock to the end."""
        self.start_over()
        log = os.path.join(self.folder.name, "log")
        done = strace(["-o", log], self.store, "set", *NEW)
        self.assertEqual(done.returncode, 0, done.stderr)
        counts = {}
        found = []
        with open(log, encoding="ascii", errors="replace") as lines:
            for line in lines:
                if COUNTS.name in line:
                    break  # what comes is no work of the store
                match = re.match(r"(\w+)\(", line)
                if match is None:
                    continue
                name = match.group(1)
                counts[name] = counts.get(name, 0) + 1
                if found or ".lock" in line:
                    found.append((name, counts[name]))
        self.assertGreater(len(found), 15)
        return found

    def check_next_start(self, where):
        """Returns what the store holds, having seen that it can be written."""
        shown = self.must("show")
        self.must("set", *LAST)
        self.assertIn(LAST[0], self.must("show"), where)
        self.assertNotIn("store.xml.new", os.listdir(self.folder.name), where)
        return shown

    def test_killed_at_each_call(self):
        outcomes = set()
        for name, number in self.calls():
            where = f"{name} {number}"
            self.start_over()
            strace(
                ["-o", os.devnull, "-e", f"inject={name}:signal=SIGKILL:when={number}"],
                self.store, "set", *NEW,
            )
            shown = self.check_next_start(where)
            self.assertIn(shown, (OLD, NEW), where)
            outcomes.add(tuple(shown))
        self.assertEqual(len(outcomes), 2)

    def refuse(self, name, number, error):
        self.start_over()
        return strace(
            ["-o", os.devnull, "-e", f"inject={name}:error={error}:when={number}"],
            self.store, "set", *NEW,
        )

    def test_refused_at_each_call(self):
        n_refused = 0
        calls = [call for call in self.calls() if FILE_CALL.match(call[0])]
        for error in ("ENOSPC", "EIO", "EROFS"):
            for name, number in calls:
                where = f"{error} at {name} {number}"
                done = self.refuse(name, number, error)
                shown = self.check_next_start(where)
                if name == "read" and error == "EIO":
                    continue  # an unreadable block: the backup was read, test_store_power.c
                self.assertEqual(shown, NEW if done.returncode == 0 else OLD, where)
                n_refused += done.returncode != 0
                if done.returncode != 0:
                    self.assertIn("store.xml: cannot ", done.stderr)
        self.assertGreater(n_refused, 15)

    def test_interrupted_calls_are_made_again(self):
        for name, number in self.calls():
            if REPEATED.match(name):
                done = self.refuse(name, number, "EINTR")
                self.assertEqual(done.returncode, 0, f"{name} {number}: {done.stderr}")
                self.assertEqual(self.must("show"), NEW)

    def test_second_process_is_refused(self):
        self.start_over()
        with subprocess.Popen(
            [DRIVER, self.store, "hold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            self.assertEqual(holder.stdout.readline(), "open\n")
            done = driver(self.store, "set", *NEW)
            self.assertEqual(done.returncode, 1)
            self.assertIn("PROV_E_BUSY", done.stderr)
            holder.stdin.close()
            self.assertEqual(holder.wait(), 0)
        self.assertEqual(self.must("show"), OLD)

    def test_a_killed_process_holds_no_lock(self):
        self.start_over()
        with subprocess.Popen(
            [DRIVER, self.store, "hold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            self.assertEqual(holder.stdout.readline(), "open\n")
            holder.kill()
            holder.wait()
        self.must("set", *NEW)


if __name__ == "__main__":
    if not can_trace():
        print("strace is not installed or may not trace here")
        sys.exit(EXIT_SKIPPED)
    unittest.main()

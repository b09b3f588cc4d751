#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""How the programs start: on closed standard files, on stores that are none, on bad arguments."""

import os
import subprocess
import tempfile
import unittest

EXAMPLES = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples")
PHONE = os.path.join(EXAMPLES, "phone", "provision-phone")
EXPLAIN = os.path.join(EXAMPLES, "explain", "provision-explain")
FLEET = os.path.join(EXAMPLES, "fleet", "provision-fleet")
IDENTITY = ["--mac", "000e08abcdef", "--model", "X"]
TIMEOUT_S = 30


def run(command, **more):
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, timeout=TIMEOUT_S, check=False, **more,
    )


class StartupTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.store = os.path.join(self.folder.name, "store.xml")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_without(self, closed, command):
        """Exit status of a command whose descriptors `closed` are closed."""
        return run(command, preexec_fn=lambda: [os.close(fd) for fd in closed]).returncode

    def test_closed_standard_files_get_nothing_else(self):
        for closed in ([0], [1], [2], [0, 1, 2]):
            status = self.run_without(
                closed, [PHONE, "--store", self.store, *IDENTITY, "--set", "GPP_A=v4lue",
                         "--once", "--resync", "[--key k"])
            self.assertEqual(status, 1)
            self.assertEqual(os.path.getsize(self.store + ".lock"), 0, closed)
            with open(self.store, encoding="ascii") as file:
                text = file.read()
            self.assertTrue(text.startswith("<flat-profile>\n"), text)
            self.assertIn("<GPP_A>v4lue</GPP_A>", text)

    def test_programs_run_on_closed_standard_files(self):
        with open(self.path("rule"), "w", encoding="ascii") as file:
            file.write("<flat-profile/>")
        for closed in ([0], [1], [2], [0, 1, 2]):
            explain = [EXPLAIN, "--profile", self.path("rule")]
            fleet = [FLEET, "--simulate", "--devices", "10", "--length", "60"]
            self.assertEqual(self.run_without(closed, explain), 0, closed)
            self.assertEqual(self.run_without(closed, fleet), 0, closed)
            with open(self.path("rule"), encoding="ascii") as file:
                self.assertEqual(file.read(), "<flat-profile/>")

    def test_fifo_as_store_is_refused(self):
        os.mkfifo(self.store)
        done = run([PHONE, "--store", self.store, *IDENTITY, "--once", "--resync", "http://h/x"])
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("store.xml: expected a regular file, found a FIFO", done.stderr)

    def test_link_as_store_stays_a_link(self):
        os.symlink("real.xml", self.store)
        for value in ("1", "2"):
            done = run([PHONE, "--store", self.store, "--set", f"GPP_A={value}", "--show", "GPP_A"])
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.path.islink(self.store))
        self.assertEqual(
            sorted(os.listdir(self.folder.name)),
            ["real.xml", "real.xml.bak", "real.xml.lock", "store.xml"])

    def test_rule_that_does_not_parse_is_drawn(self):
        done = run([PHONE, *IDENTITY, "--once", "--resync", "[--key s3cr3t] (1 gt http://x"])
        self.assertEqual(done.returncode, 1)
        lines = [line.rpartition(": ")[2] for line in done.stderr.splitlines()]
        at = lines.index(" [--key ***] (1 gt http://x")
        self.assertTrue(lines[at + 1].strip().startswith("^"))
        self.assertNotIn("s3cr3t", done.stderr + done.stdout)

    def test_bad_arguments_say_what_is_expected(self):
        for option, argument, expected in (
            ("--mac", "zz", "12 hexadecimal digits, such as 000e08abcdef or 00:0e:08:ab:cd:ef"),
            ("--mac", "000e08abcdef0", "12 hexadecimal digits"),
            ("--dialect", "s3cr3t", "mpp or spa"),
            ("--reset", "s3cr3t", "user or server"),
            ("--confirm-within", "0", "a number of seconds, at least 1"),
            ("--dhcp-server", "http://h/s3cr3t", "a name or an address"),
            ("--dhcp-option", "s3cr3t", "CODE=TEXT"),
            ("--series", "s3cr3t" * 100, "a short name"),
        ):
            done = run([PHONE, option, argument])
            self.assertEqual(done.returncode, 2, option)
            self.assertIn(f"provision-phone: {option}: expected {expected}", done.stderr)
            self.assertNotIn("s3cr3t", done.stderr)
        for option, argument, expected in (
            ("--set", "s3cr3t", "NAME=VALUE"),
            ("--var", "s3cr3t", "NAME=VALUE"),
            ("--bind", "s3cr3t", "NAME=VALUE"),
            ("--prvst", "3", "a number from -1 to 2"),
            ("--prvtmr", "-1", "a number of seconds"),
            ("--upgtmr", "x", "a number of seconds"),
        ):
            done = run([EXPLAIN, "--rule", "/x", option, argument])
            self.assertEqual(done.returncode, 2, option)
            self.assertIn(f"provision-explain: {option}: expected {expected}", done.stderr)
            self.assertNotIn("s3cr3t", done.stderr)


if __name__ == "__main__":
    unittest.main()

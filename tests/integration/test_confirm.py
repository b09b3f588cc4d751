#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Confirmed commits of provision-phone: confirmed, rolled back, and cut off at each of their system calls."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import document_server
import phone

EXIT_SKIPPED = 77

GOOD = {"GPP_A": "good", "GPP_B": "good"}
BAD = {"GPP_A": "bad", "GPP_B": "bad", "GPP_C": "bad"}

# Others, and what a disk may do besides: test_agent_confirm.c.
ERRORS = ["ENOSPC", "EINTR"]

# A call that is made again when a signal comes between.
REPEATED = re.compile(r"^(open|read|write|fsync|flock)(at|at2)?$")


class ConfirmTest(unittest.TestCase):
    """A boot is a run of a phone whose rules ask for nothing."""

    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.work = self.own.enter_context(tempfile.TemporaryDirectory())
        self.server = self.own.enter_context(
            document_server.DocumentServer(document_server.profile(BAD))
        )
        self.phone = self.own.enter_context(phone.Phone(os.path.join(self.work, "phone")))
        self.phone.run("--show", "GPP_A", sets={"Profile_Rule": "", **GOOD})
        self.saved = {}

    def try_bad(self, *options):
        """The command line of one resync that commits the bad values, unconfirmed."""
        return ["--once", "--json", "--confirm-within", "3600", *options,
                "--resync", self.server.url]

    def boot(self):
        """The events of one boot."""
        run = self.phone.run("--once", "--json")
        self.assertEqual(run.status, 0, run.err)
        return run

    def values(self):
        """What the store holds; its file is a flat profile."""
        found = xml.etree.ElementTree.parse(self.phone.store).getroot()
        return {param.tag: param.text for param in found if param.tag in BAD}

    def check_refused(self):
        run = self.phone.run(*self.try_bad())
        self.assertEqual(run.result()["error"]["status"], "PROV_E_QUARANTINED")

    def read_until(self, process, kind, events=None):
        """The next event of a kind; those up to it are added to `events`."""
        for line in process.stdout:
            event = json.loads(line)
            if events is not None:
                events.append(event)
            if event["event"] == kind:
                return event
        self.fail(f"the phone ended: {process.stderr.read()}")

    def test_the_signal_confirms(self):
        process = self.phone.start(*self.try_bad()[1:])
        self.assertGreater(self.read_until(process, "unconfirmed")["in_ms"], 3500000)
        process.send_signal(signal.SIGUSR2)
        self.read_until(process, "confirmed")
        process.terminate()
        self.assertEqual(self.phone.finish(process).status, 0)
        self.assertEqual(self.boot().events("rolled-back"), [])
        self.assertEqual(self.values(), BAD)

    def test_without_a_signal_the_old_values_come_back(self):
        process = self.phone.start("--json", "--confirm-within", "1", "--resync", self.server.url)
        events = []
        returned = self.read_until(process, "rolled-back", events)
        self.assertEqual((returned["rollback"], returned["n_changed"]), ("timeout", 3))
        self.assertFalse(any("access" in event for event in events), "no access was changed")
        process.terminate()
        self.assertEqual(self.phone.finish(process).status, 0)
        self.assertEqual(self.values(), GOOD)
        self.check_refused()

    def test_one_resync_confirms_by_itself_if_told_to(self):
        run = self.phone.run(*self.try_bad("--confirm"))
        self.assertEqual(len(run.events("confirmed")), 1)
        self.assertEqual(self.boot().events("rolled-back"), [])
        self.assertEqual(self.values(), BAD)

    def test_people_are_told_what_to_do(self):
        options = ["--once", "--confirm-within", "9", "--resync", self.server.url]
        self.assertIn("without --confirm the next start rolls back", self.phone.run(*options).out)
        words = self.phone.run("--once").err
        self.assertRegex(words, "rolled back, the phone restarted: 3 parameters .* refused until")
        self.assertIn("change a value in the file", self.phone.run(*options).err)

    def test_crash_loop_ends_on_the_last_good_values(self):
        """The phone dies of its new values again and again, and never confirms them."""
        n_rolled_back = n_bad = 0
        for _ in range(6):
            process = self.phone.start(*self.try_bad()[1:])
            self.read_until(process, "resync")
            process.kill()
            run = self.phone.finish(process)
            self.assertEqual(run.status, -signal.SIGKILL)
            n_bad += self.values() == BAD
            n_rolled_back += len(self.boot().events("rolled-back"))
        self.assertEqual((n_bad, n_rolled_back), (1, 1))
        self.assertEqual(self.values(), GOOD)

    def save(self):
        for entry in os.listdir(self.phone.folder):
            with open(os.path.join(self.phone.folder, entry), "rb") as file:
                self.saved[entry] = file.read()

    def restore(self):
        for entry in os.listdir(self.phone.folder):
            os.remove(os.path.join(self.phone.folder, entry))
        for entry, content in self.saved.items():
            with open(os.path.join(self.phone.folder, entry), "wb") as file:
                file.write(content)

    def traced(self, options, *inject, log=os.devnull):
        """A run under strace, which sees what touches the store and its folder."""
        command = ["strace", "-o", log, *(word for rule in inject for word in ("-e", rule))]
        for suffix in ["", ".new", ".bak", ".lock"]:
            command += ["-P", self.phone.store + suffix]
        command += ["-P", self.phone.folder, *self.phone.command(*options)]
        # A leak checker cannot work in a process that is traced.
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        return subprocess.run(command, capture_output=True, text=True, env=env, check=False)

    def operations(self, options):
        """(system call, how many of that name so far) for each that changes the store."""
        log = os.path.join(self.work, "trace")
        done = self.traced(options, log=log)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(log, encoding="utf-8", errors="replace") as lines:
            calls = re.findall(r"^(\w+)\((.*)", lines.read(), re.M)
        names = [name for name, _ in calls]
        self.assertIn("fsync", names)
        first = next(i for i, (_, rest) in enumerate(calls) if ".new" in rest and "O_CREAT" in rest)
        return [(names[i], names[: i + 1].count(names[i])) for i in range(first, len(names))]

    def kill_everywhere(self, options, check):
        """What the store held after each kill, in a set; `check` looks at what the next boot does."""
        found = set()
        self.save()
        for name, number in self.operations(options):
            with self.subTest(call=name, number=number):
                self.restore()
                done = self.traced(options, f"inject={name}:signal=SIGKILL:when={number}")
                self.assertLess(done.returncode, 0, "it was not killed")
                held = self.values()
                self.assertIn(held, (GOOD, BAD), "a mixture")
                check(held)
                found.add(held["GPP_A"])
        self.assertEqual(found, {"good", "bad"}, "both sides were seen")

    def check_back_once(self, held):
        self.assertEqual(len(self.boot().events("rolled-back")), held == BAD)
        self.assertEqual(self.values(), GOOD)
        self.assertEqual(self.boot().events("rolled-back"), [])

    def check_back_and_refused(self, held):
        self.check_back_once(held)
        self.check_refused()

    def test_killed_during_an_unconfirmed_commit(self):
        self.kill_everywhere(self.try_bad(), self.check_back_once)

    def test_killed_during_a_rollback(self):
        self.phone.run(*self.try_bad())
        self.kill_everywhere(["--once", "--json"], self.check_back_and_refused)

    def test_killed_during_a_confirmation(self):
        """A confirmation that came through holds, one that did not is none."""
        ends = set()

        def check(held):
            n_rolled_back = len(self.boot().events("rolled-back"))
            end = self.values()
            self.assertEqual((held == BAD, n_rolled_back), (held == BAD, held == BAD and end == GOOD))
            self.assertIn(end, (held, GOOD))
            self.assertEqual(self.boot().events("rolled-back"), [])
            self.assertEqual(self.values(), end)
            ends.add((held["GPP_A"], end["GPP_A"]))

        self.kill_everywhere(self.try_bad("--confirm"), check)
        self.assertEqual(ends, {("good", "good"), ("bad", "good"), ("bad", "bad")})

    def refuse_everywhere(self, options, error, check):
        self.save()
        for name, number in self.operations(options):
            if error == "EINTR" and not REPEATED.match(name):
                continue
            with self.subTest(error=error, call=name, number=number):
                self.restore()
                check(self.traced(options, f"inject={name}:error={error}:when={number}"))

    def check_commit(self, error):
        """Reported as applied, or nothing happened; and a boot rolls it back."""

        def check(done):
            held = self.values()
            self.assertEqual(held, BAD if done.returncode == 0 else GOOD, done.stderr)
            if error == "EINTR":
                self.assertEqual(held, BAD)
            self.check_back_once(held)

        return check

    def check_return(self, error):
        """Whatever was refused, the next boot ends on the good values."""

        def check(_):
            held = self.values()
            self.assertIn(held, (GOOD, BAD))
            if error == "EINTR":
                self.assertEqual(held, GOOD)
            self.check_back_once(held)

        return check

    def test_an_unconfirmed_commit_refused(self):
        for error in ERRORS:
            self.refuse_everywhere(self.try_bad(), error, self.check_commit(error))
            self.restore()

    def test_a_return_refused(self):
        self.phone.run(*self.try_bad())
        for error in ERRORS:
            self.refuse_everywhere(["--once", "--json"], error, self.check_return(error))
            self.restore()


def can_trace():
    if shutil.which("strace") is None:
        return False
    command = ["strace", "-o", os.devnull, "-e", "inject=fsync:error=EIO", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    if not can_trace():
        print("strace is not installed or may not trace here")
        sys.exit(EXIT_SKIPPED)
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Firmware upgrades of provision-phone from a real server: two banks, a boot loader, power cuts."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

import peers
import phone

OLD = "sip88xx.11-3-1MPP-110"
NEW = "sip88xx.11-3-1MPP-678"
QUIET = {"Resync_On_Reset": "No", "Resync_After_Upgrade_Attempt": "No", "Resync_Periodic": "0"}
KILLED_AT = 6  # of all operations on the flash and the store, evenly spread


class UpgradeTest(peers.ServedCase):
    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.root = self.own.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.root, 0o755)
        self.server = self.serve(peers.Nginx(self.root))
        self.url = f"http://{self.server.host}:{self.server.port}"
        self.image = os.urandom(100000)
        self.write(f"{NEW}.loads", self.image)
        self.phone = self.make_phone()

    def make_phone(self):
        return self.own.enter_context(
            phone.Phone(self.own.enter_context(tempfile.TemporaryDirectory()))
        )

    def write(self, name, content):
        path = os.path.join(self.root, name)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, 0o644)

    def options(self, a_phone, *args):
        log_server = f"{a_phone.sink.host}:{a_phone.sink.port}"
        return ["--swver", f"{OLD}.loads", "--syslog", log_server, "--json", *args]

    def upgrade(self, rule, *args, sets=None):
        return self.phone.run(*self.options(self.phone, "--once", f"--upgrade={rule}", *args),
                              sets={**QUIET, **(sets or {})})

    def bank(self, a_phone, letter):
        with open(f"{a_phone.store}.flash/bank-{letter}", "rb") as file:
            return file.read()

    def texts(self, run):
        return [text.replace(f"{phone.NAME} -- ", "") for _, text in run.messages()]

    def test_upgrade_boots_the_new_image(self):
        run = self.upgrade("", sets={"Upgrade_Rule": f"{self.url}/{NEW}.loads"})
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual([event["step"] for event in run.events("upgrade")],
                         ["installed", "succeeded"])
        self.assertEqual(run.events("boot")[0]["sw_version"], NEW)
        self.assertEqual(self.bank(self.phone, "b"), self.image)
        self.assertEqual(self.texts(run), [
            f"Requesting upgrade {self.url}/{NEW}.loads",
            f"Successful upgrade {self.url}/{NEW}.loads -- {NEW}",
        ])
        run = self.upgrade(f"{self.url}/{NEW}.loads")
        self.assertEqual((run.status, run.result()["outcome"]), (0, "unchanged"))
        self.assertEqual(run.messages(), [])
        log = self.server.wait_for_log(f"GET /{NEW}.loads")
        self.assertEqual(log.count(f"GET /{NEW}.loads"), 1)
        self.assertIn(f'"CP-8841-3PCC/{OLD}.loads (000e08abcdef)"', log)

    def test_version_and_further_files_of_an_image(self):
        self.write("latest.img", b"Version: 12-0-7\nNext: latest.2\n" + self.image)
        self.write("latest.2", b"more")
        run = self.upgrade(f"{self.url}/latest.img")
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(run.events("boot")[0]["sw_version"], "12-0-7")
        self.assertEqual(self.bank(self.phone, "b.1"), b"more")
        self.assertEqual(self.texts(run)[-1], f"Successful upgrade {self.url}/latest.img -- 12-0-7")

        self.write("next.img", b"Next: missing\n")
        run = self.upgrade(f"{self.url}/next.img")
        self.assertEqual(run.status, 1)
        self.assertEqual(self.texts(run)[-1], "Upgrade failed: File Not Found")
        self.assertEqual(run.events("boot"), [])

    def test_image_that_does_not_boot(self):
        self.write("bad.img", b"Boots: no\n")
        run = self.upgrade(f"{self.url}/bad.img")
        self.assertEqual(run.status, 1)
        self.assertEqual(self.texts(run)[-1], "Upgrade failed: image did not boot")
        self.assertEqual(run.events("boot")[0]["sw_version"], f"{OLD}.loads")
        self.assertEqual(run.events("upgrade")[-1]["n_failed_boots"], 1)
        self.assertIn("bad does not boot", run.events("boot")[0]["note"])

    def test_image_that_is_not_confirmed(self):
        run = self.upgrade(f"{self.url}/{NEW}.loads", "--confirm-image-within", "1")
        self.assertEqual(run.status, 1)
        self.assertEqual([event["step"] for event in run.events("upgrade")],
                         ["installed", "testing", "failed"])
        run = self.phone.run(*self.options(self.phone, "--once", "--report", f"{self.url}/r"))
        boot = run.events("boot")[0]
        self.assertEqual(boot["sw_version"], f"{OLD}.loads")
        self.assertIn("was not confirmed", boot["note"])

    def start(self, *args, sets=None):
        """A phone with a control socket, and a connection to it."""
        path = os.path.join(self.phone.folder, "control")
        process = self.phone.start(*self.options(self.phone, "--control", path, *args),
                                   sets={**QUIET, **(sets or {})})
        self.addCleanup(process.kill)
        return process, self.own.enter_context(phone.Control(path))

    def test_a_harness_confirms_an_image(self):
        process, control = self.start("--confirm-image-within", "60", "--call", "0")
        control.do(f"upgrade {self.url}/{NEW}.loads")
        self.assertEqual(control.job("upgrade")["state"], "waiting")
        control.do("hangup")
        self.assertIsNone(control.read())  # the phone reboots
        control.close()
        control.connect()
        status = control.do("status")
        self.assertEqual((status["sw_version"], status["upgrade"]["step"]), (NEW, "testing"))
        self.assertRegex(status["reboots"][0], r"\]Upgrade$")
        self.assertFalse(status["has_call"])
        control.do("confirm")
        status = control.do("status")
        self.assertEqual(status["upgrade"]["step"], "succeeded")
        self.assertEqual(status["upgrades"][0]["outcome"], "applied")
        control.do("reboot")
        self.assertIsNone(control.read())
        control.close()
        control.connect()
        self.assertEqual(control.do("status")["sw_version"], NEW)
        control.do("quit")
        run = self.phone.finish(process)
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(len([text for text in run.syslog if "Successful upgrade" in text]), 1)

    def command_line(self, process):
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            return file.read()

    def test_settings_survive_a_reboot_and_are_set_once(self):
        process, control = self.start(sets={"GPP_A": "first"})
        control.do("set GPP_A=second")
        control.do("reboot")
        self.assertIsNone(control.read())
        control.close()
        control.connect()
        self.assertEqual(control.do("get GPP_A")["value"], "second")
        once = self.command_line(process)
        control.do("reboot")
        self.assertIsNone(control.read())
        control.close()
        control.connect()
        control.do("status")
        self.assertEqual(self.command_line(process), once)
        control.do("quit")
        self.assertEqual(self.phone.finish(process).status, 0)

    def traced(self, a_phone, log, *inject):
        """A phone under strace that upgrades by its rule, until it has succeeded or is killed."""
        paths = [f"{a_phone.store}{end}" for end in ["", ".new", ".bak", ".flash"]]
        paths += [f"{a_phone.store}.flash/{name}" for name in ["boot", "boot.new", "bank-b"]]
        command = ["strace", "-D", "-o", log, *inject, *[w for path in paths for w in ("-P", path)]]
        command += a_phone.command(*self.options(a_phone), sets={
            **QUIET, "Upgrade_Rule": f"{self.url}/{NEW}.loads"})
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=env)
        return self.until_succeeded(process)

    def until_succeeded(self, process):
        """Exit status, and the steps of the upgrade."""
        steps = []
        watch = threading.Timer(phone.RUN_TIMEOUT_S, process.kill)
        watch.start()
        with process:
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] == "upgrade":
                    steps.append(event["step"])
                if steps[-1:] in (["succeeded"], ["failed"]):
                    process.terminate()
            process.stderr.read()
        watch.cancel()
        return process.returncode, steps

    def operations(self):
        """(system call, how many of that name so far) for each that touches flash or store."""
        log = os.path.join(self.own.enter_context(tempfile.TemporaryDirectory()), "trace")
        status, steps = self.traced(self.make_phone(), log)
        self.assertEqual((status, steps), (0, ["installed", "succeeded"]))
        with open(log, encoding="utf-8", errors="replace") as lines:
            names = re.findall(r"^(\w+)\(", lines.read(), re.M)
        self.assertIn("rename", names)
        return [(name, names[: i + 1].count(name)) for i, name in enumerate(names)]

    def test_power_cuts(self):
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed")
        operations = self.operations()
        step = max(len(operations) // KILLED_AT, 1)
        n_killed = 0
        for name, number in operations[step // 2 :: step]:
            with self.subTest(call=name, number=number):
                a_phone = self.make_phone()
                inject = f"inject={name}:signal=SIGKILL:when={number}"
                status, before = self.traced(a_phone, os.devnull, "-e", inject)
                n_killed += status == -signal.SIGKILL
                process = a_phone.start(*self.options(a_phone), sets={
                    **QUIET, "Upgrade_Rule": f"{self.url}/{NEW}.loads"})
                if "succeeded" in before:
                    process.terminate()
                _, after = self.until_succeeded(process)
                self.assertEqual((before + after).count("failed"), 0)
                self.assertIn("succeeded", before + after)
                self.assertEqual(self.bank(a_phone, "b"), self.image)
                sent = " ".join(a_phone.sink.take())
                self.assertLessEqual(sent.count("Successful upgrade"), 1)
                self.assertNotIn("Upgrade failed", sent)
        self.assertGreater(n_killed, KILLED_AT // 2)


if __name__ == "__main__":
    peers.run_tests(phone.PROGRAM)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Leases of --dhcp-lease, and the hook script that writes them, with values that a hostile DHCP
server would send."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import unittest

import peers
import phone

HOOK = os.path.join(peers.SOURCE_ROOT, "examples", "phone", "dhcp", "provision-lease")
QUIET = {"Resync_Random_Delay": "0", "Forced_Resync_Delay": "0", "Resync_On_Reset": "No"}
MAX_BYTES = 65536


def digits(text):
    return "0x" + text.encode().hex()


def lease(*lines):
    return "".join(f"{line}\n" for line in [*lines, "end"])


class LeaseTest(unittest.TestCase):
    def setUp(self):
        own = contextlib.ExitStack()
        self.addCleanup(own.close)
        self.phone = own.enter_context(
            phone.Phone(own.enter_context(tempfile.TemporaryDirectory()))
        )
        self.path = os.path.join(self.phone.folder, "lease")
        self.own = own

    def write(self, text, path=None):
        """As the hook script does: beside it first."""
        path = path or self.path
        with open(path + ".new", "w", encoding="latin-1") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def once(self, *more, **given):
        done = subprocess.run(
            self.phone.command("--once", "--json", "--resync", "/x", *more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
            **given,
        )
        return phone.Run(done.returncode, done.stdout, done.stderr, [])

    def verdicts(self, run):
        return {(e["family"], e["option"]): e["verdict"] for e in run.events("dhcp")}

    def test_options_of_all_sources_count_together(self):
        self.write(lease("# by hand", "", "66=http://127.0.0.1:1", f"160={digits('http://127.0.0.1:1')}"))
        six = self.path + "6"
        self.write(lease("6:24=0x076578616d706c6500"), six)
        run = self.once("--dhcp-lease", self.path, "--dhcp-lease", six,
                        "--dhcp-option", "159=0x7f000001")
        self.assertEqual([(e["source"], e["n_options"]) for e in run.events("lease")],
                         [(self.path, 2), (six, 1)])
        self.assertEqual(self.verdicts(run), {(4, 66): "chosen", (4, 160): "beaten",
                                              (4, 159): "beaten", (6, 24): "beaten"})

    def test_faults_name_their_place_and_nothing_else(self):
        secret = self.phone.plant("s3cretOption")
        long = "66=" + "x" * MAX_BYTES
        rows = [
            ("66=127.0.0.1\n", r"expected a last line 'end' .*: the lease was cut off"),
            ("", r"expected a last line 'end' .*: the lease was cut off"),
            ("66=127.0.0.1\nend", r"the lease was cut off"),
            (lease("66=127.0.0.1", secret), r":2:1: expected CODE=TEXT, CODE=0xHEX, "),
            (lease(f"66=0x{secret}"), r":1:1: expected CODE=TEXT"),
            (lease("66=0x1"), r":1:1: expected CODE=TEXT"),
            (lease("256=x"), r":1:1: expected CODE=TEXT"),
            (lease("6:65536=x"), r":1:1: expected CODE=TEXT"),
            (lease("66=127.0.0.1") + "66=", r":3:1: expected nothing behind 'end'"),
            (lease("66=\0"), r"expected text, found a NUL"),
            (lease(long), rf"expected at most {MAX_BYTES} bytes"),
        ]
        for text, message in rows:
            self.write(text)
            with self.subTest(text=text[:40]):
                run = self.once("--dhcp-lease", self.path)
                self.assertEqual((run.status, run.events("dhcp")), (1, []))
                event = run.events("lease")[0]
                self.assertEqual(event["error"]["source"], self.path)
                self.assertRegex(run.err.splitlines()[0], rf"{self.path}.*{message}")
                self.phone.search(run.out, run.err)

    def test_standard_input(self):
        rows = [
            (lease("66=http://127.0.0.1:1"), ["ok"], {(4, 66): "chosen"}),
            (lease("66=http://127.0.0.1:1").replace("\n", "\r\n"), ["ok"], {(4, 66): "chosen"}),
            (lease("66=http://127.0.0.1:1")[:-2], ["error"], {}),
            ("", [], {}),
            (lease("nothing") + lease("160=http://127.0.0.1:1"), ["error", "ok"], {(4, 160): "chosen"}),
            ("x" * (MAX_BYTES + 1000) + "\nend\n" + lease("160=http://127.0.0.1:1"), ["error", "ok"],
             {(4, 160): "chosen"}),
        ]
        for text, leases, verdicts in rows:
            with self.subTest(text=text[:40]):
                run = self.once("--dhcp-lease", "-", input=text)
                found = ["error" if "error" in event else "ok" for event in run.events("lease")]
                self.assertEqual((found, self.verdicts(run)), (leases, verdicts), run.err)

    def start(self, *args):
        process = self.phone.start("--control", self.path + ".control", *args, "--json", sets=QUIET)
        self.addCleanup(process.kill)
        return process, self.own.enter_context(phone.Control(self.path + ".control"))

    def next_event(self, process, *kinds):
        for line in process.stdout:
            self.said += line
            event = phone.json.loads(line)
            if event["event"] in kinds:
                return event
        raise AssertionError(self.said)

    def test_a_new_lease_is_taken_while_the_phone_runs(self):
        self.said = ""
        process, control = self.start("--dhcp-lease", self.path)
        control.do("status")
        self.write(lease("66=127.0.0.1"))
        self.assertEqual(self.next_event(process, "lease")["n_options"], 1)
        self.assertEqual(self.next_event(process, "dhcp")["verdict"], "chosen")
        self.write(lease("66=127.0.0.1"))  # repeated: nothing to report
        self.write("66=10.0.")  # cut off: the one before stays
        self.assertIn("cut off", self.next_event(process, "lease")["error"]["message"])
        os.unlink(self.path)
        self.write(lease("160=127.0.0.2"))
        self.assertEqual(self.next_event(process, "lease")["n_options"], 1)
        self.assertEqual(self.next_event(process, "dhcp")["option"], 160)
        control.do("set DHCP_Option_To_Use=66")
        self.assertEqual(self.next_event(process, "dhcp")["verdict"], "not-listed")
        control.do("quit")
        run = self.phone.finish(process, self.said)
        self.assertEqual(len(run.events("lease")), 3)
        self.assertEqual(run.status, 0, run.err)

    def hook(self, *args, **variables):
        """What the hook script writes for `eth0`."""
        folder = os.path.join(self.phone.folder, "leases")
        shutil.rmtree(folder, ignore_errors=True)
        variables = {"interface": "eth0", "PROVISION_UDHCPC_SCRIPT": "/nonexistent",
                     "PROVISION_LEASES": folder, "PATH": os.environ["PATH"], **variables}
        done = subprocess.run(["sh", HOOK, *args], env=variables, cwd=self.phone.folder,
                              capture_output=True, timeout=60, check=False)
        found = {}
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), encoding="ascii") as file:
                found[name] = file.read()
        return found, done.stderr.decode()

    def test_hook_of_each_client(self):
        numbers = " ".join(str(byte) for byte in b"http://h/$MA.xml")
        rule = digits("http://h/$MA.xml")
        rows = [
            (["bound"], {"tftp": "prov", "vendor": "http://h/$MA.xml", "domain": "example.com",
                         "opt160": rule[2:], "opt150": "0a000001"},
             {"eth0.v4": lease(f"66={digits('prov')}", f"60={rule}",
                               f"15={digits('example.com')}", f"160={rule}", "150=0x0a000001")}),
            (["renew"], {"tftp": "bad"}, {"eth0.v4": lease()}),
            (["deconfig"], {}, {}),
            (["bound"], {"ipv6": "fd00::1"}, {}),
            ([], {"reason": "BOUND", "protocol": "dhcp", "new_provision_43": "0102ff"},
             {"eth0.v4": lease("43=0x0102ff")}),
            ([], {"reason": "RENEW6", "protocol": "dhcp6", "new_dhcp6_provision_17": "00000009",
                  "new_dhcp6_domain_search": "example.com b.example"},
             {"eth0.v6": lease("6:17=0x00000009", "6:24=0x076578616d706c6503636f6d00")}),
            ([], {"reason": "BOUND", "new_provision_160": numbers},
             {"eth0.v4": lease(f"160={rule}")}),
            ([], {"reason": "BOUND6", "new_dhcp6_provision_160": numbers,
                  "new_dhcp6_domain_search": "a..b."}, {"eth0.v6": lease(f"6:160={rule}")}),
            ([], {"reason": "EXPIRE", "new_provision_43": "1"}, {}),
            ([], {"reason": "BOUND", "interface": "../eth0"}, {}),
        ]
        for args, variables, expected in rows:
            with self.subTest(args=args, variables=variables):
                self.assertEqual(self.hook(*args, **variables)[0], expected)

    def test_hook_evaluates_no_value(self):
        attacks = ["$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "',
                   "\n66=0x00\nend\n", "*", "-n", "-e \\c", "%s%n", "0x41\nend", "a\\nb"]
        names = ["tftp", "vendor", "domain", "opt160", "opt43", "new_provision_66",
                 "new_provision_43", "new_domain_name", "new_dhcp6_provision_17",
                 "new_dhcp6_domain_search"]
        modes = [(["bound"], {}), ([], {"reason": "BOUND", "protocol": "dhcp"}),
                 ([], {"reason": "BOUND6"}), ([], {"reason": "BOUND6", "protocol": "dhcp6"}),
                 ([], {"reason": "BOUND"})]
        for attack in attacks:
            for args, mode in modes:
                with self.subTest(attack=attack, args=args, mode=mode):
                    found, _ = self.hook(*args, **mode, **dict.fromkeys(names, attack))
                    (text,) = found.values()
                    self.assertRegex(text, r"\A(6?:?\d+=0x([0-9a-f]{2})+\n)*end\n\Z")
                    self.assertFalse(os.path.exists(os.path.join(self.phone.folder, "pwned")))


if __name__ == "__main__":
    unittest.main()

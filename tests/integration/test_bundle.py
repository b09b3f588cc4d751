#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Support bundles of provision-phone, replayed by provision-explain, and problem reports."""

import concurrent.futures
import io
import json
import os
import queue
import signal
import subprocess
import tarfile
import tempfile
import threading
import time
import unittest

import hops
import phone

EXPLAIN = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "explain", "provision-explain")
RULE = '("$A" eq "home")? http://127.0.0.1:1/home.xml | [--key $SA] http://127.0.0.1:1/$MA.xml'
MEMBERS = ["settings.xml", "device.txt", "status.json", "traces.txt", "versions.txt"]


def explain(*args):
    return subprocess.run([EXPLAIN, *args], capture_output=True, text=True, check=False, timeout=60)


class BundleTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.bundle = os.path.join(folder.name, "bundle.tar")
        self.phone = phone.Phone(os.path.join(folder.name, "phone"))
        self.phone.__enter__()
        self.addCleanup(self.phone.__exit__)
        self.values = {
            "GPP_A": "office",
            "GPP_SA": self.phone.plant("planted1"),
            "Admin_Password": self.phone.plant("planted2"),
            "GPP_B": "http://me:planted3@h.example.com/",
            "Profile_Rule": RULE,
            "User_ID_1_": "1000",
        }
        self.phone.plant("planted3")

    def members(self, content, *more):
        names = [*MEMBERS, *more]
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            self.assertEqual(archive.getnames(), names)
            found = {name: archive.extractfile(name).read().decode() for name in names}
        self.phone.search(*found.values())
        return found

    def make(self):
        run = self.phone.resync(None, "--bundle", self.bundle, sets=self.values)
        self.assertEqual(run.status, 1)
        with open(self.bundle, "rb") as file:
            content = file.read()
        self.assertEqual(os.stat(self.bundle).st_mode & 0o777, 0o600)
        return content

    def test_bundle_is_replayed(self):
        found = self.members(self.make())
        self.assertIn("<User_ID_1_>1000</User_ID_1_>", found["settings.xml"])
        self.assertIn("<GPP_SA>***</GPP_SA>", found["settings.xml"])
        self.assertIn("mac 000e08abcdef\n", found["device.txt"])
        self.assertIn("libprovision 0.", found["versions.txt"])
        jobs = {job["job"]: job for job in json.loads(found["status.json"])["jobs"]}
        self.assertEqual(jobs["resync"]["last"]["error"]["status"], "PROV_E_CONNECT")
        self.assertIn("schedule", jobs["resync"])

        done = explain("--bundle", self.bundle)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.phone.search(done.stdout, done.stderr)
        replayed, _, recorded = done.stdout.partition("recorded by the phone, the latest first\n")
        heading, *trace = found["traces.txt"].rstrip("\n").split("\n")
        self.assertTrue(heading.startswith("Profile_Rule, host, "))
        self.assertIn(
            "\n".join(trace) + "\nrequest: GET http://127.0.0.1:1/000e08abcdef.xml", replayed
        )
        self.assertEqual(recorded.rstrip("\n"), found["traces.txt"].rstrip("\n"))
        # Only a mask takes the place of the macro.
        self.assertNotIn("literal", replayed)

        self.assertIn(
            "fetches: http://127.0.0.1:1/home.xml",
            explain("--bundle", self.bundle, "--set", "GPP_A=home").stdout,
        )
        self.assertIn(
            "00562b000001.xml", explain("--bundle", self.bundle, "--mac", "00562b000001").stdout
        )
        document = json.loads(explain("--bundle", self.bundle, "--json").stdout)
        self.assertEqual(document["recorded"], found["traces.txt"])

    def test_bundle_that_is_damaged(self):
        content = self.make()
        for n in [0, 1, 511, 512, 600, 1024, len(content) // 2, len(content)]:
            for damaged in [content[:n], content[:n] + b"\xff" * 40 + content[n + 40 :]]:
                with open(self.bundle, "wb") as file:
                    file.write(damaged)
                done = explain("--bundle", self.bundle)
                self.assertIn(done.returncode, (0, 1, 2, 3), (n, done.stderr))
                self.phone.search(done.stdout, done.stderr)
        done = explain("--bundle", self.phone.store)
        self.assertEqual(done.returncode, 2)
        self.assertIn("expected a support bundle of provision-phone", done.stderr)

    def test_bundle_that_cannot_be_written(self):
        run = self.phone.run("--once", "--set", "Profile_Rule=", "--bundle", "/nonexistent/x")
        self.assertEqual(run.status, 3)
        self.assertIn("/nonexistent/x: No such file or directory", run.err)

    def test_control_socket(self):
        path = os.path.join(self.folder, "control")
        process = self.phone.start("--json", "--control", path, sets=self.values)
        with phone.Control(path) as control:
            control.do(f"bundle {self.bundle}")
            with open(self.bundle, "rb") as file:
                found = self.members(file.read())
            status = control.do("status")
            self.assertEqual(json.loads(found["status.json"])["sw_version"], status["sw_version"])
            for command, expected in {
                "bundle": "expected bundle and a file",
                "bundle /nonexistent/x": "No such file",
                "problem-report": "expected a rule, found none",
            }.items():
                reply = control.ask(command)
                self.assertFalse(reply["ok"])
                self.assertIn(expected, reply["error"]["message"])
            control.do("quit")
        self.phone.finish(process)

    def reported(self, request):
        """What a problem report has."""
        return self.members(request.body, "reason.txt")

    def report(self, answer, rule, method="POST", **sets):
        with hops.Hop(answer) as hop:
            sets = {
                **self.values,
                "PRT_Upload_Rule": hop.url + rule,
                "PRT_Upload_Method": method,
                **sets,
            }
            run = self.phone.run("--json", "--once", "--problem-report", sets=sets)
            return run, hop.requests

    def test_problem_report(self):
        for method in ["POST", "PUT"]:
            run, (request,) = self.report(lambda _: hops.response(201), "/prt/$MA.tar", method)
            self.assertEqual(run.status, 0, run.err)
            self.assertEqual(run.result()["outcome"], "applied")
            self.assertEqual((request.method, request.target), (method, "/prt/000e08abcdef.tar"))
            self.assertEqual(request.headers["content-type"], "application/x-tar")
            self.assertNotIn("x-token", request.headers)
            found = self.reported(request)
            self.assertIn("<GPP_A>office</GPP_A>", found["settings.xml"])
            self.assertEqual(found["reason.txt"], "request\n")

    def test_problem_report_to_a_folder(self):
        ok = lambda _: hops.response(200)
        with hops.Hop(ok) as hop:
            run = self.phone.run("--once", "--problem-report", "--set", f"PRT_Upload_Rule={hop.url}/")
            self.assertIn("\n  delivered\n", run.out)
        _, (request,) = self.report(ok, "/prt/")
        self.assertEqual(request.target, "/prt/prt-000e08abcdef.tar")
        _, (request,) = self.report(ok, "/prt/", PRT_Name="desk-7.tar")
        self.assertEqual(request.target, "/prt/desk-7.tar")

    def test_problem_report_that_is_asked_for_a_login(self):
        def answer(request):
            if "authorization" in request.headers:
                return hops.response(200)
            return hops.response(401, b"", 'WWW-Authenticate: Basic realm="x"')

        with hops.Hop(answer) as hop:
            rule = f"[--uid me --pwd planted1] {hop.url}/x"
            sets = {**self.values, "PRT_Upload_Rule": rule}
            run = self.phone.run("--json", "--once", "--problem-report", sets=sets)
            self.assertEqual(run.status, 0, run.err)
            self.reported(hop.requests[-1])

    def test_problem_report_that_fails(self):
        run, _ = self.report(lambda _: hops.response(500), "/x")
        self.assertEqual(run.status, 1)
        self.assertEqual(run.result()["error"]["status"], "PROV_E_SERVER")
        run = self.phone.run("--once", "--problem-report", "--set", "PRT_Upload_Rule=")
        self.assertEqual(run.status, 1)
        self.assertIn("PRT_Upload_Rule: expected a rule, found none", run.err)

    def test_header_field(self):
        ok = lambda _: hops.response(200)
        name, value = {"PRT_HTTP_Header": "X-Token"}, {"PRT_HTTP_Header_Value": "office 7"}
        _, (request,) = self.report(ok, "/x", **name, **value)
        self.assertEqual(request.headers["x-token"], "office 7")
        _, (request,) = self.report(ok, "/x", PRT_HTTP_Header="", **value)
        self.assertNotIn("x-token", request.headers)
        _, (request,) = self.report(ok, "/x", **name, PRT_HTTP_Header_Value="")
        self.assertNotIn("x-token", request.headers)
        run, requests = self.report(ok, "/x", PRT_HTTP_Header="Host", **value)
        self.assertEqual((run.status, requests), (3, []))
        self.assertIn("PRT_HTTP_Header: header Host is the library's own", run.err)

    def start(self, hop, *args, own=None, **sets):
        """A phone that goes on, fifteen minutes a second."""
        sets = {"PRT_Upload_Rule": hop.url + "/x", "Profile_Rule": "", **sets}
        return (own or self.phone).start("--time-scale", "1000", *args, sets=sets)

    def end(self, process, how=signal.SIGTERM, own=None):
        process.send_signal(how)
        return (own or self.phone).finish(process)

    def live(self, hop, how, **sets):
        """A phone that is ended when it has had its first turn, in which a crash is noticed."""
        control = os.path.join(self.folder, "control")
        process = self.start(hop, "--control", control, **sets)
        with phone.Control(control) as found:
            found.do("status")
        return self.end(process, how)

    def test_timer(self):
        answers, codes = queue.Queue(), iter([500, 200])

        def answer(request):
            answers.put((time.monotonic(), request))
            return hops.response(next(codes, 200))

        with hops.Hop(answer) as hop:
            began = time.monotonic()
            process = self.start(hop, PRT_Max_Timer="15")
            for _ in range(2):  # the server fails: the next one comes as soon
                moment, request = answers.get(timeout=phone.RUN_TIMEOUT_S)
                self.assertGreater(moment - began, 0.8)
                began = moment
                self.assertEqual(self.reported(request)["reason.txt"], "timer\n")
            run = self.end(process)
        self.assertGreaterEqual(run.out.count("problem report: PRT_Max_Timer is over"), 2)

    def test_crash(self):
        crashed = "problem report: the phone crashed"
        reports, codes = queue.Queue(), iter([500, 200])

        def answer(request):
            reports.put(self.reported(request)["reason.txt"])
            return hops.response(next(codes))

        with hops.Hop(answer) as hop:
            run = self.live(hop, signal.SIGKILL, PRT_Upload_at_Crash="Yes")
            self.assertNotIn(crashed, run.out)
            # The server fails: the report is sent again, a quarter of an hour later.
            process = self.start(hop)
            found = [reports.get(timeout=phone.RUN_TIMEOUT_S) for _ in range(2)]
            self.assertEqual(found, ["crash\n"] * 2)
            self.assertIn("  delivered\n", iter(process.stdout.readline, ""))
            self.end(process)
            # An orderly end is none, and a phone that is not to report does not.
            self.assertNotIn(crashed, self.live(hop, signal.SIGKILL).out)
            run = self.live(hop, signal.SIGTERM, PRT_Upload_at_Crash="No")
            self.assertNotIn(crashed, run.out)
            run = self.live(hop, signal.SIGTERM, PRT_Upload_at_Crash="Yes")
            self.assertNotIn(crashed, run.out)
        self.assertTrue(reports.empty())
        self.assertFalse(os.path.exists(self.phone.store + ".running"))

    def test_crash_that_cannot_be_reported_is_not_forgotten(self):
        reports = queue.Queue()

        def answer(request):
            reports.put(request)
            return hops.response(200)

        with hops.Hop(answer) as hop:
            self.live(hop, signal.SIGKILL, PRT_Upload_at_Crash="Yes")
            run = self.live(hop, signal.SIGTERM, PRT_Upload_Rule="")
            self.assertIn("PRT_Upload_Rule: expected a rule, found none", run.err)
            self.assertTrue(reports.empty())
            process = self.start(hop)
            request = reports.get(timeout=phone.RUN_TIMEOUT_S)
            self.assertEqual(self.reported(request)["reason.txt"], "crash\n")
            self.end(process)

    def test_crash_is_not_forgotten_at_an_end_during_the_boot_resync(self):
        requests, held = queue.Queue(), threading.Event()

        def answer(request):
            requests.put(request)
            if request.target == "/p.xml":
                held.wait(phone.RUN_TIMEOUT_S)
            return hops.response(200)

        with hops.Hop(answer) as hop:
            self.addCleanup(held.set)
            sets = {
                "Profile_Rule": hop.url + "/p.xml",
                "PRT_Upload_Rule": hop.url + "/x",
                "PRT_Upload_at_Crash": "Yes",
                "Resync_Random_Delay": "0",
            }
            for how in [signal.SIGKILL, signal.SIGTERM]:
                process = self.phone.start(sets=sets)
                self.assertEqual(requests.get(timeout=phone.RUN_TIMEOUT_S).target, "/p.xml")
                self.end(process, how)
            process = self.start(hop)
            request = requests.get(timeout=phone.RUN_TIMEOUT_S)
            self.assertEqual(self.reported(request)["reason.txt"], "crash\n")
            self.end(process)
            held.set()

    def report_once(self, case):
        """A phone whose crash is not reported before its settings are mended, and then at once."""
        folder, error, faults = case
        requests, path = queue.Queue(), os.path.join(folder, "control")

        def answer(request):
            requests.put(request)
            return hops.response(200, b"<flat-profile/>" if request.method == "GET" else b"")

        with hops.Hop(answer) as hop, phone.Phone(folder) as own:
            # The second resync comes after the time of a retry.
            sets = {"Resync_Periodic": "1200", "Profile_Rule": hop.url + "/p.xml"}
            sets |= {"PRT_Upload_at_Crash": "Yes", **faults}
            process = self.start(hop, "--control", path, own=own, Profile_Rule="")
            with phone.Control(path) as control:
                control.do("status")
            self.end(process, signal.SIGKILL, own)
            os.unlink(path)
            process = self.start(hop, "--control", path, own=own, **sets)
            with phone.Control(path) as control:
                for _ in range(2):
                    request = requests.get(timeout=phone.RUN_TIMEOUT_S)
                    self.assertEqual(request.target, "/p.xml")
                mended = {"PRT_HTTP_Header": "", "PRT_Upload_Rule": hop.url + "/x"}
                name = next(name for name in mended if name in faults)
                control.do(f"set {name}={mended[name]}")
                while request.target != "/x":
                    request = requests.get(timeout=phone.RUN_TIMEOUT_S)
            run = self.end(process, own=own)
        self.assertEqual(self.reported(request)["reason.txt"], "crash\n")
        self.assertIn(error, run.out + run.err)
        self.assertIn("report: the next one waits until a parameter changes", run.out)
        self.assertEqual(run.out.count("problem report: the phone crashed"), 2, run.out)

    def test_failure_that_no_retry_mends_is_reported_once(self):
        cases = {
            "PRT_Upload_Rule: expected a rule, found none": {"PRT_Upload_Rule": ""},
            "fetch:1:3: expected ')'": {"PRT_Upload_Rule": "$B", "GPP_B": "((("},
            "--key: expected PROV_FETCH_DECODE": {"PRT_Upload_Rule": "[--key k] http://127.0.0.1:1/"},
            "no alternative is chosen": {"PRT_Upload_Rule": '("a" eq "b")? http://127.0.0.1:1/'},
            "PRT_HTTP_Header: header Host is the library's own": {
                "PRT_HTTP_Header": "Host",
                "PRT_HTTP_Header_Value": "h",
            },
        }
        folders = [os.path.join(self.folder, str(i)) for i in range(len(cases))]
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            list(pool.map(self.report_once, zip(folders, cases, cases.values())))


if __name__ == "__main__":
    import peers

    peers.run_tests(phone.PROGRAM)

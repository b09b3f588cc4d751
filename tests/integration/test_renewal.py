#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The renewal of a certificate with the example's EST server over HTTP and HTTPS; and that server
with strongSwan's client, which verifies it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import peers
import workshop

sys.path.insert(0, os.path.join(peers.SOURCE_ROOT, "examples"))

import est_server  # noqa: E402

PROGRAM = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "renewal")
SUBJECT = "/O=Maker/CN=CP-8841 SEP000E08010203"
NAMES = "DNS:SEP000E08010203.example"
DATE = r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d\]"


@unittest.skipIf(shutil.which("openssl") is None, "no openssl command")
class RenewalTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.shop = workshop.Workshop(cls.holder.name)
        cls.ca = cls.shop.authority("ca")
        cls.server = cls.shop.certificate("server", cls.ca, "DNS:localhost")
        cls.device = cls.shop.certificate(
            "dev", cls.ca, NAMES, "extendedKeyUsage = clientAuth", subject=SUBJECT
        )

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name in ["ca.pem", "ca.key", "dev.pem", "dev.key"]:
            shutil.copy(os.path.join(self.holder.name, name), self.folder)
        self.lines, self.servers = [], []

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self, tls=False, **options):
        """The URL of a server in a thread."""
        identity = (self.server.pem, self.server.key) if tls else None
        server = est_server.make_server(self.folder, tls=identity, **options)
        server.log = self.lines.append
        self.servers.append(server)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        return server.url

    def renew(self, rule, times=1, key="file"):
        done = subprocess.run(
            [PROGRAM, self.folder, rule, str(times), key],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def serial(self):
        return est_server.openssl("x509", "-in", self.path("dev.pem"), "-noout", "-serial").strip()

    def assert_renewed(self, url, line):
        self.assertEqual(line[:2], ["applied", "PROV_OK"], line)
        where = re.escape(url + "/.well-known/est/simplereenroll")
        self.assertRegex(line[2], rf"^{DATE}\[{where}\]Download Successful$")

    def test_renewed_over_http(self):
        url, before = self.serve(days=730), self.serial()
        line, reboot = self.renew(url + "/")
        self.assert_renewed(url, line)
        self.assertEqual(reboot, ["reboot"])
        self.assertNotEqual(self.serial(), before)

    def test_the_next_connection_shows_the_new_one(self):
        url = self.serve(tls=True, days=730)
        first = self.serial().decode().partition("=")[2]
        lines = self.renew(url + "/", times=2, key="sign")
        self.assert_renewed(url, lines[0])
        shown = [re.search(r"client ([0-9A-F]+)", line)[1] for line in self.lines]
        self.assertEqual(len(shown), 2)
        self.assertEqual(shown[0], first)
        self.assertNotEqual(shown[1], first)

    def test_a_label_is_part_of_the_path(self):
        url = self.serve(days=730)
        line, _ = self.renew(url + "/.well-known/est/phones/simplereenroll")
        self.assertEqual(line[0], "applied", line)

    def test_a_server_may_ask_for_patience(self):
        url = self.serve(n_later=1)
        self.assertEqual(self.renew(url + "/")[0][:2], ["unchanged", "PROV_OK"])

    def test_refused_answers_leave_the_old_one(self):
        before = self.serial()
        url = self.serve(days=1)  # shorter than the present one
        (line,) = self.renew(url + "/")
        self.assertEqual(line[:2], ["failed", "PROV_E_CORRUPT"])
        self.assertIn("ends later than the present one", line[3])
        (line,) = self.renew(url + "/nothing/here")
        self.assertRegex(line[2], "]Download Failed: File not found$")
        self.assertEqual(self.serial(), before)

    @unittest.skipIf(shutil.which("pki") is None, "strongswan-pki is not installed")
    def test_strongswan_accepts_the_server(self):
        url = self.serve(tls=True, days=730)
        trust = ["--url", url, "--cacert", self.path("ca.pem")]
        self.pki("--estca", *trust, "--caout", self.path("got"), "--outform", "pem")
        request = self.path("dev.csr")
        self.shop.run(
            *("req", "-new", "-key", self.path("dev.key"), "-subj", SUBJECT),
            *("-addext", f"subjectAltName={NAMES}", "-outform", "DER", "-out", request),
        )
        own = ["--cert", self.path("dev.pem"), "--key", self.path("dev.key")]
        for more in [], own:  # the first certificate, then the next
            pem = self.pki("--est", *trust, *more, "--in", request, "--outform", "pem")
            with open(self.path("dev.pem"), "wb") as file:
                file.write(pem)
        self.assertTrue(any("simplereenroll" in line and "client" in line for line in self.lines))
        self.servers[-1].authority.days = 800
        self.assert_renewed(url, self.renew(url + "/")[0])  # the library goes on with it

    def pki(self, *args):
        done = subprocess.run(
            [shutil.which("pki"), *args], capture_output=True, timeout=30, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
        return done.stdout


if __name__ == "__main__":
    unittest.main()

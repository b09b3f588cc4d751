#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Activation codes and first contact with the example's server."""

import base64
import os
import subprocess
import sys
import tempfile
import unittest

import hops
import peers
import workshop

SERVER = os.path.join(peers.SOURCE_ROOT, "examples", "activation", "server.py")
PROGRAM = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "activation")
RULE = "http://127.0.0.1:1/$MA.cfg"
TABLE = f"""
code 1234567890123456 {RULE}
code #1234 {RULE} many
code 1111222233334444 {RULE} until=1000000000
code 5555666677778888 {RULE} model=CP-7841
device 000e08010203 {RULE}
"""
INVALID = "Invalid activation code"
NOT_AVAILABLE = "Activation service not available"


class ActivationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        shop = workshop.Workshop(folder.name)
        cls.ca, cls.other_ca = shop.authority("ca"), shop.authority("other")
        cls.server = shop.certificate("server", cls.ca, "DNS:localhost")
        cls.table = os.path.join(folder.name, "table")

    def serve(self, table, *options):
        """URL of a server; its port is free, so that tests run side by side."""
        with open(self.table, "w", encoding="utf-8") as file:
            file.write(table)
        command = [sys.executable, SERVER, "--port", "0", "--cert", self.server.pem]
        command += ["--key", self.server.key, *options, self.table]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        port = process.stdout.readline().split()[-1]
        return f"https://localhost:{port}/activate"

    def exchange(self, url, *codes, ca=None, settings=()):
        command = [PROGRAM, ca or self.ca.pem, url, *settings, *codes]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        for code in codes:
            self.assertTrue(len(code) < 9 or code not in done.stdout + done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def test_codes(self):
        url = self.serve(TABLE)
        rows = {
            "9999999999999999": ["unknown", "open", INVALID, "404", ""],
            "1111222233334444": ["expired", "open", INVALID, "410", ""],
            "5555666677778888": ["wrong-model", "open", NOT_AVAILABLE, "403", ""],
            "1234-5678 9012 3456": ["accepted", "custom-pending", "", "200", RULE],
            "1234567890123456": ["used", "custom-pending", INVALID, "409", RULE],
            "#1234": ["accepted", "custom-pending", "", "200", RULE],
        }
        self.assertEqual(self.exchange(url, *rows), list(rows.values()))

    def test_guesses(self):
        url = self.serve(TABLE)
        lines = self.exchange(url, *["9999999999999999"] * 10, "1234567890123456")
        self.assertEqual(lines[-1], ["too-many", "open", NOT_AVAILABLE, "429", ""])

    def test_first_contact(self):
        self.assertEqual(
            self.exchange(self.serve(TABLE), "-"), [["none", "custom-pending", "", "200", RULE]]
        )
        line = self.exchange(self.serve(""), "-")[0]
        self.assertEqual(line, ["none", "unavailable", "", "200", ""])

    def test_a_service_that_is_not_trusted_gets_no_code(self):
        url = self.serve(TABLE)
        line = self.exchange(url, "1234567890123456", ca=self.other_ca.pem)[0]
        self.assertEqual(line, ["no-service", "open", NOT_AVAILABLE, "0", ""])
        self.assertEqual(self.exchange(url, "1234567890123456")[0][0], "accepted")

    def test_a_service_that_wants_a_certificate(self):
        url = self.serve(TABLE, "--clients", self.ca.pem)
        line = self.exchange(url, "1234567890123456")[0]
        self.assertEqual(line, ["no-service", "open", NOT_AVAILABLE, "0", ""])

    def test_by_way_of_a_proxy_that_wants_a_password(self):
        url, code = self.serve(TABLE), "1234567890123456"
        port = int(url.split(":")[2].split("/")[0])
        right = "Basic " + base64.b64encode(b"gate:proxy-word").decode()

        def gate(request):
            if request.headers.get("proxy-authorization") == right:
                return None
            return hops.response(407, b"", 'Proxy-Authenticate: Basic realm="gate"')

        for password, expected in [
            ("other-word", ["no-service", "open", NOT_AVAILABLE, "0", ""]),
            ("proxy-word", ["accepted", "custom-pending", "", "200", RULE]),
        ]:
            with self.subTest(password=password), hops.Proxy(("127.0.0.1", port), gate) as proxy:
                settings = ["Proxy_Mode=Manual", f"Proxy_Host={proxy.host}",
                            f"Proxy_Port={proxy.port}", "Proxy_Server_Requires_Authentication=Yes",
                            "Proxy_Username=gate", f"Proxy_Password={password}"]
                self.assertEqual(self.exchange(url, code, settings=settings), [expected])
                self.assertEqual({request.method for request in proxy.requests}, {"CONNECT"})
                self.assertEqual(len(proxy.requests), 2)
                self.assertNotIn("proxy-authorization", proxy.requests[0].headers)
                for request in proxy.requests:
                    self.assertNotIn(code.encode(), request.raw)


if __name__ == "__main__":
    unittest.main()

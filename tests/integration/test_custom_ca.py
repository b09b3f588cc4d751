#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Custom_CA_Rule against real servers: a stranger's HTTPS is trusted once his CA was fetched."""

import contextlib
import os
import shutil
import socket
import ssl
import tempfile
import unittest

import peers
import phone
import workshop

STATUS = r"Last provisioning (succeeded|failed) on \d\d/\d\d/\d{4} \d\d:\d\d:\d\d"


@unittest.skipIf(shutil.which("openssl") is None, "no openssl command")
class CustomCaTest(peers.ServedCase):
    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.root = self.own.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.root, 0o755)
        shop = workshop.Workshop(self.own.enter_context(tempfile.TemporaryDirectory()))
        self.ca = shop.authority("our-ca")
        self.identity = shop.certificate("server", self.ca, "DNS:localhost,IP:127.0.0.1")
        shutil.copy(self.ca.pem, os.path.join(self.root, "ca.pem"))
        os.chmod(os.path.join(self.root, "ca.pem"), 0o644)
        self.write("p.xml", "<flat-profile><GPP_A>new</GPP_A></flat-profile>")
        self.serve_both()
        self.phone = self.own.enter_context(
            phone.Phone(self.own.enter_context(tempfile.TemporaryDirectory()))
        )

    def write(self, name, text):
        with open(os.path.join(self.root, name), "w", encoding="ascii") as file:
            file.write(text)

    def serve_both(self):
        port = peers.free_port(socket.SOCK_STREAM)
        extra = f"""
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {self.identity.chain};
        ssl_certificate_key {self.identity.key};
        """
        server = self.serve(peers.Nginx(self.root, extra))
        self.plain = f"http://127.0.0.1:{server.port}"
        self.secure = f"https://127.0.0.1:{port}"

    def test_fetched_authority_is_trusted(self):
        run = self.phone.resync(f"{self.secure}/p.xml")
        self.assertEqual(run.result()["error"]["status"], "PROV_E_TLS")

        rule = f"{self.plain}/ca.pem"
        run = self.phone.resync(f"{self.plain}/p.xml", sets={"Custom_CA_Rule": rule})
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(run.events("result")[-1]["rule"], "Custom_CA_Rule")
        self.assertEqual(run.events("result")[-1]["outcome"], "applied")
        self.assertEqual(self.phone.value("Custom_CA_Info"), "our-ca")
        self.assertRegex(self.phone.value("Custom_CA_Provisioning_Status"), STATUS)

        run = self.phone.resync(f"{self.secure}/p.xml")  # another process: it was kept
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual([event["rule"] for event in run.events("request")], ["rule on request"])

        run = self.phone.resync(f"{self.plain}/p.xml", sets={"Custom_CA_Rule": ""})
        self.assertEqual(self.phone.value("Custom_CA_Info"), "Not Installed")
        run = self.phone.resync(f"{self.secure}/p.xml")
        self.assertEqual(run.result()["error"]["status"], "PROV_E_TLS")

    def test_what_is_no_certificate_changes_nothing(self):
        rule = f"{self.plain}/ca.pem"
        self.phone.resync(f"{self.plain}/p.xml", sets={"Custom_CA_Rule": rule})
        run = self.phone.resync(f"{self.plain}/p.xml",
                                sets={"Custom_CA_Rule": f"{self.plain}/p.xml"})
        error = run.events("result")[-1]["error"]
        self.assertEqual(error["status"], "PROV_E_CORRUPT")
        self.assertEqual(error["message"], "no certificate in custom CA: expected PEM, found XML")
        self.assertIn("failed", self.phone.value("Custom_CA_Provisioning_Status"))
        self.assertEqual(self.phone.value("Custom_CA_Info"), "our-ca")
        run = self.phone.resync(f"{self.secure}/p.xml")
        self.assertEqual(run.result()["rule"], "Custom_CA_Rule")  # tried again
        self.assertEqual(run.status, 0, run.err)  # and the profile came by the old one

    def test_der_is_named_and_the_hint_fits(self):
        with open(self.ca.pem, encoding="ascii") as file:
            der = ssl.PEM_cert_to_DER_cert(file.read())
        with open(os.path.join(self.root, "ca.der"), "wb") as file:
            file.write(der)
        run = self.phone.run("--once", "--resync", f"{self.plain}/p.xml",
                             sets={"Custom_CA_Rule": f"{self.plain}/ca.der"})
        self.assertIn("no certificate in custom CA: expected PEM, found a certificate in DER", run.err)
        self.assertIn("is it a certificate in PEM?", run.err)
        self.assertNotIn("flat profile", run.err)


if __name__ == "__main__":
    peers.run_tests()

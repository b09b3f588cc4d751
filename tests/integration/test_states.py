#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""provision-phone with an activation code, a migration licence, a certificate to renew, and what a
factory reset leaves of them."""

import contextlib
import http.server
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import peers
import phone
import workshop

sys.path.insert(0, os.path.join(peers.SOURCE_ROOT, "examples"))

import est_server  # noqa: E402

ACTIVATION_SERVER = os.path.join(peers.SOURCE_ROOT, "examples", "activation", "server.py")
CODE = "1234567890123456"
QUIET = {"Resync_Random_Delay": "0", "Forced_Resync_Delay": "0", "Resync_On_Reset": "No"}
LICENCE = "s3cret bytes of the licence\n"


class Files(http.server.BaseHTTPRequestHandler):
    """The files of `server.files`, by path."""

    def do_GET(self):
        body = self.server.files.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@unittest.skipIf(shutil.which("openssl") is None, "no openssl command")
class StatesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.shop = workshop.Workshop(holder.name)
        cls.ca = cls.shop.authority("ca")
        cls.server = cls.shop.certificate("server", cls.ca, "DNS:localhost")
        cls.device = cls.shop.certificate(
            "dev", cls.ca, "", "extendedKeyUsage = clientAuth", subject="/CN=SEP000E08ABCDEF"
        )

    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        folder = self.own.enter_context(tempfile.TemporaryDirectory())
        self.phone = self.own.enter_context(phone.Phone(folder))
        self.phone.plant(CODE)
        self.phone.plant(LICENCE.split()[0])

    def path(self, name):
        return os.path.join(self.phone.folder, name)

    def run_server(self, server):
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.own.callback(server.server_close)
        self.own.callback(thread.join)
        self.own.callback(server.shutdown)

    def serve_files(self, files):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
        server.files = files
        self.run_server(server)
        return f"http://127.0.0.1:{server.server_port}"

    def serve_codes(self, table):
        with open(self.path("table"), "w", encoding="ascii") as file:
            file.write(table)
        process = subprocess.Popen(
            [sys.executable, ACTIVATION_SERVER, "--port", "0", "--cert", self.server.pem,
             "--key", self.server.key, self.path("table")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.own.callback(process.stdout.close)
        self.own.callback(process.wait)
        self.own.callback(process.kill)
        port = process.stdout.readline().split()[-1]
        return ["--ca", self.ca.pem, "--activation-service", f"https://localhost:{port}/activate"]

    def state(self):
        run = self.phone.run("--json", "--show", "state")
        self.assertEqual(run.status, 0, run.err)
        return run.events("state")[0]

    def test_a_code_and_what_follows(self):
        url = self.serve_files({"/p.xml": "<flat-profile><GPP_A>in</GPP_A></flat-profile>"})
        service = self.serve_codes(f"code {CODE} {url}/p.xml\n")
        run = self.phone.run("--once", "--json", *service, "--activate", "1234 5678-9012-3456")
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual([(e["customization"], e["code_outcome"]) for e in run.events("activation")],
                         [("custom-pending", "accepted"), ("acquired", "accepted")])
        self.assertEqual(self.phone.value("GPP_A"), "in")
        state = self.state()
        self.assertEqual((state["customization"], state["contact"]), ("acquired", "code"))
        (offer,) = state["offers"]
        self.assertEqual((offer["contact"], offer["text"], offer["is_used"]),
                         ("code", url + "/p.xml", True))
        service = self.serve_codes(f"code {CODE} {url}/p.xml\n")
        run = self.phone.run("--once", *service, "--activate", CODE)
        self.assertEqual(run.status, 0, run.err)
        self.assertIn("\n  accepted: the rule of the service is stored\n", run.out)
        self.assertNotIn("0 of 0", run.out)
        run = self.phone.run("--once", *service, "--activate", CODE)
        self.assertEqual(run.status, 1)
        self.assertRegex(run.err, "Invalid activation code: the code was used before")

    def test_codes_that_are_none(self):
        for code in ["12345", "#12", "abcdefghijklmnop"]:
            run = self.phone.run("--once", "--activate", code, "--activation-service",
                                 "https://127.0.0.1:1/x", "--json")
            self.assertEqual((run.status, run.events("request")), (1, []))
            self.assertIn("Invalid activation code: expected 16 digits", run.err)
        self.assertEqual(self.phone.run("--once", "--activate", CODE).status, 2)

    def start(self, *args, **sets):
        process = self.phone.start("--control", self.path("control"), "--json", *args,
                                   sets={**QUIET, **sets})
        self.own.callback(process.kill)
        self.said = ""
        control = self.own.enter_context(phone.Control(self.path("control")))
        control.do("events on")
        return process, control

    def read_until(self, process, is_it):
        """An event that may have come before `events on`."""
        for line in process.stdout:
            self.said += line
            event = phone.json.loads(line)
            if is_it(event):
                return event
        raise AssertionError(self.said)

    def finish(self, process, control):
        control.do("quit")
        run = self.phone.finish(process, self.said)
        self.assertEqual(run.status, 0, run.err)
        return run

    def test_a_rule_that_waits_for_a_code(self):
        url = self.serve_files({"/p.xml": "<flat-profile><GPP_A>in</GPP_A></flat-profile>"})
        service = self.serve_codes(f"code #123 {url}/p.xml\n")
        process, control = self.start(*service, Profile_Rule="gds://")
        control.do("resync")
        found = control.wait_for(lambda e: e["event"] == "activation" and e["is_code_wanted"])
        self.assertEqual(found["customization"], "pending")
        self.assertEqual(control.job("activation")["waits_for"], "code")
        self.assertFalse(control.ask("activate")["ok"])
        control.do("activate #123")
        control.wait_for(lambda e: e.get("customization") == "acquired")
        status = control.do("status")
        self.assertEqual((status["customization"], status["contact"]), ("acquired", "code"))
        self.finish(process, control)

    def test_a_service_that_has_this_phone_and_one_that_does_not(self):
        url = self.serve_files({"/p.xml": "<flat-profile><GPP_A>in</GPP_A></flat-profile>"})
        rows = [("", "unavailable", "none", ""),
                (f"device 000e08abcdef {url}/p.xml\n", "acquired", "service", url + "/p.xml")]
        for table, state, contact, text in rows:
            with self.subTest(state=state):
                ca, pem, _, service = self.serve_codes(table)
                process, control = self.start(ca, pem, "--contact-service", service)
                control.do("resync")
                control.wait_for(lambda e, state=state: e.get("customization") == state)
                self.finish(process, control)
                found = self.state()
                self.assertEqual((found["customization"], found["contact"]), (state, contact))
                (offer,) = found["offers"]
                self.assertEqual((offer["contact"], offer["text"]), ("service", text))
                control.close()

    def license(self, text):
        url = self.serve_files({"/000E08ABCDEF.lic": text})
        process, control = self.start(Trans_Auth_Rule=url + "/$MAU.lic", Trans_Auth_Type="Classic")
        event = self.read_until(process, lambda e: e["event"] == "result"
                                and e["job"] == "migration")
        found = control.do("status")
        self.finish(process, control)
        return event, found

    def test_licences(self):
        rows = [
            ("For: 000e08000001\n" + LICENCE, "the licence is for another phone"),
            (LICENCE + "Valid: no\n", "the licence is not valid"),
        ]
        for text, message in rows:
            event, found = self.license(text)
            self.assertIn(message, event["error"]["message"])
            self.assertEqual(found["authorization"], "none")
            self.assertRegex(found["authorization_status"], r"Authorization Failed\.$")
        event, found = self.license("For: 00:0e:08:ab:cd:ef\r\n" + LICENCE)
        self.assertEqual((event["outcome"], found["authorization"]), ("applied", "classic"))
        self.assertRegex(found["authorization_status"], r"Authorization Succeeded\.$")

    def test_authorization_by_the_vendor(self):
        process, control = self.start(Trans_Auth_Rule="/x", Trans_Auth_Type="WxC")
        self.assertIn("expected none, classic or wxc",
                      control.ask("authorize yes")["error"]["message"])
        control.do("authorize wxc")
        self.assertEqual(control.do("status")["authorization"], "wxc")
        self.finish(process, control)
        self.assertEqual(self.state()["authorization"], "wxc")

    def enrol(self, *args, key_apart=True, **sets):
        """Renew once; the phone's files, and the run."""
        cert, key = self.path("dev.pem"), self.path("dev.key")
        shutil.copy(self.device.pem, cert)
        shutil.copy(self.device.key, key)
        if not key_apart:
            with open(cert, "a", encoding="ascii") as file, open(key, encoding="ascii") as keys:
                file.write(keys.read())
            os.unlink(key)
        shutil.copy(self.ca.pem, self.path("ca.pem"))
        shutil.copy(self.ca.key, self.path("ca.key"))
        server = est_server.make_server(self.phone.folder, tls=(self.server.pem, self.server.key),
                                        days=730)
        self.lines, self.authority = [], server.authority
        server.log = self.lines.append
        self.run_server(server)
        self.options = ["--ca", self.ca.pem, "--device-ca", self.ca.pem, "--client-cert", cert,
                        *(["--client-key", key] if key_apart else [])]
        return self.phone.run("--once", "--json", *self.options, "--renew", server.url + "/", *args,
                              sets=sets)

    def serial(self):
        return est_server.openssl("x509", "-in", self.path("dev.pem"), "-noout", "-serial").strip()

    def test_a_renewal_replaces_the_file_and_keeps_the_key(self):
        for key_apart in True, False:
            with self.subTest(key_apart=key_apart):
                run = self.enrol(key_apart=key_apart)
                self.assertEqual(run.status, 0, run.err)
                first = self.serial()
                with open(self.path("dev.pem"), encoding="ascii") as file:
                    blocks = re.findall("-----BEGIN (.*?)-----", file.read())
                self.assertEqual(blocks.count("CERTIFICATE"), 1)
                self.assertEqual(len(blocks), 1 if key_apart else 2)
                state = self.state()
                self.assertRegex(state["certificate_status"], "]Download Successful$")
                self.assertEqual(state["certificate_issuer"], "ca")
                self.authority.days = 800
                run = self.phone.run("--once", *self.options, "--renew", run.result()["url"])
                self.assertEqual(run.status, 0, run.err)
                self.assertIn("\n  renewed: the new certificate is stored\n", run.out)
                self.assertNotIn("0 of 0", run.out)
                self.assertNotEqual(self.serial(), first)
                shown = self.lines[-1]
                self.assertIn(first.decode().partition("=")[2], shown)  # the new one was presented

    def test_a_renewal_that_fails_leaves_all(self):
        with open(self.device.pem, "rb") as file:
            before = file.read()
        run = self.enrol(key_apart=True)
        self.assertEqual(run.status, 0)
        shutil.copy(self.device.pem, self.path("dev.pem"))
        run = self.phone.run("--once", *self.options, "--renew", "http://127.0.0.1:1/")
        self.assertEqual(run.status, 1)
        with open(self.path("dev.pem"), "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(self.phone.run("--once", "--renew", "http://127.0.0.1:1/").status, 2)

    def test_factory_reset(self):
        self.enrol()
        serial = self.serial()
        self.license(LICENCE)
        self.phone.run("--once", "--resync", "http://127.0.0.1:1/", sets={"GPP_A": "x"})
        self.assertEqual(self.state()["authorization"], "classic")
        process, control = self.start(*self.options, Profile_Rule="http://127.0.0.1:1/x")
        control.do("factory-reset")
        control.close()
        control.connect()
        status = control.do("status")
        self.assertEqual((status["customization"], status["contact"]), ("open", "none"))
        self.assertEqual(status["authorization"], "classic")
        self.assertEqual(control.do("get GPP_A")["layer"], "default")
        self.assertEqual(self.phone.run("--factory-reset", "--once").status, 3)  # it is in use
        self.finish(process, control)
        self.assertEqual(self.serial(), serial)
        for name in ["store.xml.bak", "store.xml.damaged"]:
            self.assertFalse(os.path.exists(self.path(name)), name)

    def test_factory_reset_waits_for_no_transfer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
            process, control = self.start(Profile_Rule=url)
            control.do(f"resync {url}")
            control.wait_for(lambda e: e["event"] == "request")
            control.do("factory-reset")
            while control.read() is not None:  # the reboot closes the connection
                pass
            control.close()
            control.connect()
            self.assertFalse(control.do("status")["is_busy"])
            self.finish(process, control)

    def test_factory_reset_of_a_store_that_is_damaged(self):
        self.phone.run("--once", "--resync", "http://127.0.0.1:1/", sets={"GPP_A": "x"})
        for name in ["store.xml", "store.xml.bak"]:
            with open(self.path(name), "w", encoding="ascii") as file:
                file.write("<flat-profile><GPP_A>")
        self.assertEqual(self.phone.run("--show", "GPP_A").status, 3)
        self.phone.run("--once", "--factory-reset", "--resync", "http://127.0.0.1:1/")
        self.assertEqual(self.phone.show("GPP_A")["layer"], "default")
        self.assertEqual(self.phone.run("--show", "state").out.splitlines()[0],
                         "customization: open")


if __name__ == "__main__":
    unittest.main()

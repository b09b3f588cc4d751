#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The profile account against a server that asks for user and password, Basic and Digest."""

import contextlib
import http.server
import os
import tempfile
import threading
import unittest

import peers
import phone

USER = "bob"
PASSWORD = "AccountSecret-4714"
WRONG = "WrongSecret-4715"
PROFILE = b"<flat-profile><GPP_A>new</GPP_A></flat-profile>"


class AccountTest(unittest.TestCase):
    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.root = self.own.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.root, 0o755)
        with open(os.path.join(self.root, "p.xml"), "wb") as file:
            file.write(PROFILE)

    def serve(self, kind):
        guard = peers.password_guard(self.root, kind, USER, PASSWORD)
        try:
            server = self.own.enter_context(peers.Apache2(self.root, *guard))
        except peers.PeerMissing as missing:
            self.skipTest(str(missing))
        return server

    def make_phone(self):
        folder = self.own.enter_context(tempfile.TemporaryDirectory())
        made = self.own.enter_context(phone.Phone(folder))
        made.plant(PASSWORD)
        made.plant(WRONG)
        return made

    def check_account(self, kind):
        server = self.serve(kind)
        url = f"http://{server.host}:{server.port}/p.xml"
        a_phone = self.make_phone()
        run = a_phone.resync(url, "--account", f"{USER}:{PASSWORD}")
        self.assertEqual(run.status, 0, run.err)
        wanted = run.events("credentials-wanted")
        self.assertEqual([(event["credentials"], event["url"]) for event in wanted],
                         [("http", url)])
        self.assertEqual(run.result()["outcome"], "applied")
        self.assertEqual([event["warning"] for event in run.events("warning")],
                         ["plain-password"] if kind == "Basic" else [])
        self.assertEqual(a_phone.value("GPP_A"), "new")
        log = server.wait_for_log(" 200 ")
        statuses = [line.split()[3] for line in log.splitlines() if " GET /p.xml " in line]
        self.assertEqual(statuses, ["401", "401", "200"])

    def test_account_answers_basic(self):
        self.check_account("Basic")

    def test_account_answers_digest(self):
        self.check_account("Digest")

    def test_wrong_or_no_account_fails(self):
        server = self.serve("Basic")
        url = f"http://{server.host}:{server.port}/p.xml"
        for options, n_wanted in [((), 1), (("--account", f"{USER}:{WRONG}"), 2)]:
            with self.subTest(options=options):
                run = self.make_phone().resync(url, *options)
                self.assertEqual(run.status, 1, run.err)
                self.assertEqual(run.result()["error"]["status"], "PROV_E_AUTH")
                self.assertEqual(len(run.events("credentials-wanted")), n_wanted)

    def test_words_say_what_would_help(self):
        server = self.serve("Basic")
        url = f"http://{server.host}:{server.port}/p.xml"
        right, wrong = f"{USER}:{PASSWORD}", f"{USER}:{WRONG}"
        disabled = {"Profile_Authentication_Type": "Disabled"}
        for options, sets, wanted, unwanted in [
            ((), None, "--account USER:PASSWORD", "--account answers"),
            (("--account", right), None, "--account answers", "--uid"),
            (("--account", wrong), None, "does not accept those of --account", "Disabled"),
            (("--account", right), disabled,
             "Profile_Authentication_Type is Disabled", "or --account"),
        ]:
            with self.subTest(options=options, sets=sets):
                a_phone = self.make_phone()
                run = a_phone.run(*a_phone.resync_options(url), *options, sets=sets)
                self.assertIn(wanted, run.err)
                self.assertNotIn(unwanted, run.err)

    def test_no_account_is_asked_for_where_none_could_answer(self):
        for challenge in ["NTLM", "Negotiate", 'Bearer realm="r"', None]:
            with self.subTest(challenge=challenge):
                fields = [("WWW-Authenticate", challenge)] if challenge else []
                url = self.answer(401, fields)
                a_phone = self.make_phone()
                run = a_phone.run(*a_phone.resync_options(url))
                self.assertEqual(run.status, 1, run.err)
                self.assertIn("configure the server or proxy that answered for Basic or Digest", run.err)
                for misleading in ["--account", "--uid", "Proxy_"]:
                    self.assertNotIn(misleading, run.err)
                self.assertEqual(a_phone.resync(url).events("credentials-wanted"), [])

    def test_login_of_a_proxy_is_looked_for_in_its_settings(self):
        url = self.answer(407, [("Proxy-Authenticate", 'Basic realm="p"')])
        port = url.split(":")[2].split("/")[0]
        a_phone = self.make_phone()
        run = a_phone.run(*a_phone.resync_options("http://192.0.2.1/p.xml"), sets={
            "Proxy_Mode": "Manual", "Proxy_Host": "127.0.0.1", "Proxy_Port": port})
        self.assertEqual(run.status, 1, run.err)
        self.assertIn("Proxy_Username and Proxy_Password", run.err)
        for misleading in ["--account", "--uid"]:
            self.assertNotIn(misleading, run.err)

    def answer(self, status, fields):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                for name, value in fields:
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.own.callback(server.server_close)
        self.own.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/p.xml"

    def test_disabled_account_is_not_asked_for(self):
        server = self.serve("Basic")
        url = f"http://{server.host}:{server.port}/p.xml"
        run = self.make_phone().resync(url, "--account", f"{USER}:{PASSWORD}",
                                       sets={"Profile_Authentication_Type": "Disabled"})
        self.assertEqual(run.status, 1, run.err)
        self.assertEqual(run.events("credentials-wanted"), [])

    def test_wrong_credentials_of_the_rule_stay(self):
        server = self.serve("Basic")
        rule = f"[--uid {USER} --pwd {WRONG}] http://{server.host}:{server.port}/p.xml"
        run = self.make_phone().resync(rule, "--account", f"{USER}:{PASSWORD}")
        self.assertEqual(run.status, 1, run.err)
        self.assertEqual(run.events("credentials-wanted"), [])


if __name__ == "__main__":
    peers.run_tests()

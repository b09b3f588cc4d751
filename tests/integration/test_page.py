#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The pages of provision-phone, as a browser without script sees them: views, forms, errors, secrets."""

import html.parser
import os
import re
import shutil
import subprocess
import unittest
import urllib.parse

import peers
import phone
from web_door import PROFILE, TIMEOUT_S, WebCase

PROVISIONING = "/admin/voice/provisioning"
PAGES = ["/info/status", "/info/debug", "/info/downloads", "/voice/system", "/voice/sip",
         "/voice/provisioning", "/voice/phone", "/voice/ext1", "/voice/ext4"]
MAX_BYTES = 60000  # of a page with its style and script
MAX_INSTRUCTIONS = 5_000_000  # of a load, connecting included


class Form(html.parser.HTMLParser):
    """What a browser would submit, and the text beside the fields."""

    def __init__(self, text):
        super().__init__()
        self.values, self.labels, self.notes, self.fixed = {}, {}, {}, {}
        self.select = self.into = self.key = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = attrs.get("name")
        if tag == "input" and attrs.get("type") != "checkbox":
            self.values[name] = attrs.get("value", "")
        elif tag == "select":
            self.select, self.values[name] = name, None
        elif tag == "option" and ("selected" in attrs or self.values[self.select] is None):
            self.values[self.select] = ""
            self.into, self.key = self.values, self.select
        elif tag == "label":
            self.into, self.key = self.labels, attrs.get("for")
        elif tag == "output":
            self.into, self.key = self.fixed, attrs.get("id")
        elif tag == "p" and attrs.get("class") == "error":
            self.into, self.key = self.notes, attrs.get("id")

    def handle_data(self, data):
        if self.into is not None:
            self.into[self.key] = self.into.get(self.key) or ""
            self.into[self.key] += data

    def handle_endtag(self, tag):
        self.into = None


class PageTest(WebCase):
    def form(self, path=PROVISIONING):
        answer = self.get(path)
        self.assertEqual(answer.status, 200)
        return Form(answer.text)

    def submit(self, changes, path=PROVISIONING, fields=None):
        values = {**self.form(path).values, **changes}
        return self.request("POST", path, urllib.parse.urlencode(values), {
            "Content-Type": "application/x-www-form-urlencoded", **(fields or {})})

    def test_a_rule_that_is_submitted_is_carried_out(self):
        """The chapter's first exercise: enter a Profile_Rule, submit, see GPP_A."""
        self.write("basic.txt", PROFILE.format("12345678"))
        tftp = self.serve(peers.TftpdHpa(self.root))
        self.start()
        self.assertEqual(self.form().values["GPP_A"], "")
        answer = self.submit({"Profile_Rule": f"tftp://{tftp.host}:{tftp.port}/basic.txt"})
        self.assertEqual(answer.status, 200)
        self.assertIn("The phone reboots and resyncs now.", answer.text)
        self.wait_for_reboot()
        self.control.do("events on")
        if self.control.job("resync").get("last") is None:
            self.wait_for("resync")
        form = self.form()
        self.assertEqual(form.values["GPP_A"], "12345678")
        self.assertEqual(form.labels["GPP_A"], "GPP A")
        self.assertIn("applied", self.get("/info/downloads").text)
        self.assertIn("basic.txt", self.get("/info/debug").text)
        self.assertRegex(self.get("/info/status").text, r"<li>\[[^]]+\]User Triggered")
        self.end()

    def test_quickstart_leaves_a_page(self):
        """README's first command: a rule typed into the page brings the value."""
        script = os.path.join(peers.SOURCE_ROOT, "examples", "quickstart.sh")
        process = subprocess.Popen(
            ["bash", script, "--no-install", "--page", "--phone", phone.PROGRAM],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        said = ""
        while "Enter ends" not in said:
            line = process.stdout.readline()
            if not line and process.wait() == peers.EXIT_SKIPPED:
                self.skipTest("no server")
            self.assertTrue(line, said)
            said += line
        self.web = re.search(r"http://(127\.0\.0\.1:\d+)/admin/voice/provisioning\n", said)[1]
        rule = re.search(r"enter +(\S+)", said)[1]
        self.assertEqual(self.submit({"Profile_Rule": rule}).status, 200)
        self.wait_until(lambda: self.form().values["GPP_A"] == "12345678")
        out, _ = process.communicate("\n", timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 0, out)
        self.assertIn("Six resyncs went well", out)

    @unittest.skipIf("PROV_TEST_SAMPLES" in os.environ, "an instrumented build is slower")
    @unittest.skipIf(shutil.which("callgrind_control") is None, "no valgrind")
    def test_a_load_costs_few_instructions(self):
        self.phone.under = ["valgrind", "--tool=callgrind", "--instr-atstart=no",
                            "--callgrind-out-file=/dev/null"]
        self.start()
        self.get(PROVISIONING)
        self.measure("on")
        n = 5
        for _ in range(n):
            self.assertGreater(len(self.get(PROVISIONING).text), 20000)
        self.measure("off")
        run = self.end()
        self.assertLess(int(re.search(r"Collected : (\d+)", run.err)[1]) / n, MAX_INSTRUCTIONS)

    def measure(self, switch):
        subprocess.run(["callgrind_control", "-i", switch, str(self.process.pid)],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                       timeout=TIMEOUT_S)

    def test_all_pages_are_there_and_small(self):
        self.start("--swver", "12-0-7")
        rest = len(self.get("/style.css").text) + len(self.get("/page.js").text)
        for path in PAGES:
            for prefix in ["", "/admin"]:
                answer = self.get(prefix + path)
                self.assertEqual(answer.status, 200)
                self.assertLess(len(answer.text.encode()) + rest, MAX_BYTES)
                self.assertEqual(answer.text.count(' aria-current="page"'), 1)
                self.assertNotIn("{{", answer.text)
                self.assertEqual(answer.text.count("<script"), 1)
        self.assertIn("12-0-7", self.get("/").text)
        self.assertEqual(self.request("POST", "/info/status", "x=1").status, 405)
        self.assertEqual(self.get("/voice/nothing").status, 404)
        self.end()

    def test_wrong_values_are_named_beside_their_field(self):
        self.start(sets={"GPP_B": "old"})
        answer = self.submit({"Resync_Periodic": "often", "Profile_Rule": "[--frob] x", "GPP_B": "new"})
        self.assertEqual(answer.status, 422)
        form = Form(answer.text)
        self.assertEqual(set(form.notes), {"Resync_Periodic-e", "Profile_Rule-e"})
        self.assertIn("expected", form.notes["Resync_Periodic-e"])
        self.assertEqual(form.values["Resync_Periodic"], "often")
        self.assertEqual(form.values["GPP_B"], "new")
        self.assertEqual(self.value("GPP_B"), "old")
        self.assertIn("Values that are not valid: 2", answer.text)
        answer = self.submit({"GPP_C": "a\nb"})
        self.assertIn("control character", Form(answer.text).notes["GPP_C-e"])
        answer = self.submit({"GPP_C": '"><script>x</script>', "Resync_Periodic": "x"})
        self.assertNotIn("<script>", answer.text)
        self.end()

    def test_forms_of_other_pages_are_refused(self):
        self.start()
        for token in ["", "0" * 32, "é"]:
            self.assertEqual(self.submit({"token": token, "GPP_A": "x"}).status, 403)
        self.assertEqual(self.submit({"GPP_A": "x"}, fields={"Origin": "http://evil"}).status, 403)
        self.assertEqual(self.request("POST", PROVISIONING, "&" * 2000).status, 413)
        self.assertEqual(self.request("POST", PROVISIONING, "x" * 300000).status, 413)
        self.assertEqual(self.value("GPP_A"), "")
        self.end()

    def test_secrets_stay_in_the_phone(self):
        secret, key = self.phone.plant("h1dden"), self.phone.plant("k3y")
        self.start(sets={"GPP_SA": secret, "Profile_Rule": f"[--key {key}] http://127.0.0.1:1/x",
                         "Provision_Enable": "No"})
        form = self.form()
        self.assertEqual(form.values["GPP_SA"], "")
        self.assertEqual(form.values["Profile_Rule"], "[--key ***] http://127.0.0.1:1/x")
        with open(self.phone.store, encoding="utf-8") as file:
            before = file.read()
        self.assertEqual(self.submit({}).status, 200)
        self.wait_for_reboot()
        with open(self.phone.store, encoding="utf-8") as file:
            self.assertIn(f"[--key {key}] http://127.0.0.1:1/x", file.read())
        self.assertIn(secret, before)
        answer = self.submit({"Profile_Rule": "[--key ***] http://127.0.0.1:1/y"})
        self.assertIn("again", Form(answer.text).notes["Profile_Rule-e"])
        self.assertEqual(self.submit({"GPP_SA": self.phone.plant("n3w")}).status, 200)
        self.wait_for_reboot()
        with open(self.phone.store, encoding="utf-8") as file:
            self.assertIn("n3w", file.read())
        self.assertEqual(self.submit({"clear:GPP_SA": "on"}).status, 200)
        self.wait_for_reboot()
        with open(self.phone.store, encoding="utf-8") as file:
            self.assertNotIn("n3w", file.read())
        self.end()

    def test_the_user_sees_and_changes_what_ua_permits(self):
        self.write("ua.xml", '<flat-profile><GPP_A ua="rw">a</GPP_A><GPP_B ua="ro">b</GPP_B>'
                             '<GPP_C ua="na">c</GPP_C></flat-profile>')
        _, url = self.serve_nginx()
        self.start("--user-wins", sets={"Profile_Rule": f"{url}/ua.xml"})
        self.control.do("resync")
        self.expect_resync()
        form = self.form("/voice/provisioning")
        self.assertEqual((form.values.get("GPP_A"), form.fixed), ("a", {"GPP_B": "b"}))
        self.assertEqual(set(form.values), {"token", "GPP_A"})
        answer = self.submit({"GPP_A": "mine", "GPP_B": "x", "GPP_C": "x"}, "/voice/provisioning")
        self.assertEqual(answer.status, 200)
        self.wait_for_reboot()
        self.assertEqual([self.value(name) for name in ["GPP_B", "GPP_C"]], ["b", "c"])
        self.assertEqual(self.control.do("get GPP_A")["value"], "mine")
        self.assertIn("nothing here", self.get("/voice/system").text)
        self.end()

    @unittest.skipIf(shutil.which("curl") is None, "no curl command")
    def test_logins(self):
        self.phone.plant("s3cret")
        self.start(sets={"Admin_Password": "s3cret", "User_Password": "us3r"})
        for path, login, status in [
            ("/", None, 401), ("/admin", None, 401), (PROVISIONING, None, 401),
            ("/", "user:us3r", 200), ("/", "admin:s3cret", 200), (PROVISIONING, "admin:s3cret", 200),
            (PROVISIONING, "user:us3r", 403), ("/style.css", None, 200),
        ]:
            words = ["--digest", "-u", login] if login else []
            with self.subTest(path=path, login=login):
                self.assertEqual(self.curl(*words, f"PHONE{path}")[0], status)
        self.assertEqual(self.curl("--basic", "-u", "admin:wrong", "PHONE/")[0], 401)
        self.assertEqual(self.curl("--basic", "-u", "admin:s3cret", "PHONE/")[0], 429)
        self.control.do("set Enable_Web_Admin_Access=No")
        self.assertEqual(self.curl("--interface", "127.0.0.3", "PHONE/admin")[0], 403)
        self.end()


if __name__ == "__main__":
    peers.run_tests()

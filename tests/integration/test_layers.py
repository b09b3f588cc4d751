#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""provision-phone shows the layer and the source of a value, and its user may change some."""

import contextlib
import os
import re
import tempfile
import time
import unittest

import document_server
import phone

SECRET = "UserSecret-4713"
QUERY = "password=QuerySecret-4714"  # log messages contain it: it is of a URL
UTC = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"

FIRST = f"""<flat-profile>
<GPP_A ua="rw">server</GPP_A>
<GPP_B ua="ro">server</GPP_B>
<Admin_Password ua="rw">{SECRET}</Admin_Password>
</flat-profile>
""".encode()


class LayersTest(unittest.TestCase):
    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        work = self.own.enter_context(tempfile.TemporaryDirectory())
        self.server = self.own.enter_context(document_server.DocumentServer(FIRST))
        self.phone = self.own.enter_context(phone.Phone(os.path.join(work, "phone")))
        self.phone.plant(SECRET)
        self.url = f"{self.server.url}?{QUERY}"
        rule = f"[--uid u --pwd {SECRET}] {self.url}"
        self.begun = int(time.time())
        run = self.phone.run("--once", sets={"Profile_Rule_B": rule, "Profile_Rule": ""})
        self.assertEqual(run.status, 0, run.err)

    def shown(self, name, *options):
        run = self.phone.run(*options, "--show", name)
        self.assertEqual(run.status, 0, run.err)
        return run.out

    def resync(self, values, *options):
        self.server.document = document_server.profile(values)
        run = self.phone.run("--once", "--json", *options)
        self.assertEqual(run.status, 0, run.err)
        return run

    def test_where_a_value_came_from(self):
        self.assertRegex(
            self.shown("GPP_A"),
            rf"\AGPP_A=server\n  set by Profile_Rule_B, line 2 of {self.server.url}, {UTC}\n\Z",
        )
        shown = self.phone.show("GPP_B")
        self.assertEqual((shown["layer"], shown["rule"]), ("server", "Profile_Rule_B"))
        self.assertEqual((shown["url"], shown["line"]), (self.server.url, 3))
        self.assertTrue(self.begun <= shown["wall_s"] <= time.time(), shown)
        self.assertEqual(self.phone.show("GPP_C")["layer"], "default")
        self.assertEqual(self.shown("GPP_C"), "GPP_C= (default)\n")
        self.assertIn("not in the catalogue", self.shown("GPP_c_"))
        self.assertRegex(self.shown("Profile_Rule"), rf"=\n  set by --set, {UTC}\n\Z")

    def test_secrets_are_withheld_in_both_layers(self):
        run = self.phone.run("--user", f"Admin_Password={SECRET}2", "--show", "Admin_Password")
        self.assertRegex(run.out, r"\AAdmin_Password=\*\*\*\n  set by user, .*\n  in place of \*\*\*, ")
        shown = self.phone.show("Admin_Password")
        self.assertNotIn("value", shown)
        self.assertTrue(shown["is_secret"])
        self.assertEqual(shown["beneath"]["rule"], "Profile_Rule_B")
        self.assertNotIn("value", shown["beneath"])

    def test_the_user_changes_what_the_server_allows(self):
        before = self.phone.fingerprint()
        for name in ["GPP_B", "GPP_C"]:
            run = self.phone.run("--user", f"{name}=mine", "--show", name)
            self.assertEqual(run.status, 2)
            self.assertIn("rw", run.err)
        self.assertEqual(self.phone.fingerprint(), before)
        self.assertRegex(
            self.shown("GPP_A", "--user", "GPP_A=mine"),
            rf"=mine\n  set by user, {UTC}\n  in place of server, set by Profile_Rule_B, line 2 of ",
        )
        self.resync({"GPP_B": "other"})
        self.assertEqual(self.phone.value("GPP_A"), "mine")
        self.resync({"GPP_A": "server"})
        shown = self.phone.show("GPP_A")
        self.assertEqual((shown["value"], shown["layer"]), ("server", "server"))

    def test_the_user_wins_if_told_so(self):
        self.phone.run("--user", "GPP_A=mine", "--show", "GPP_A")
        self.resync({"GPP_A": "newer"}, "--user-wins")
        shown = self.phone.show("GPP_A")
        self.assertEqual((shown["value"], shown["beneath"]["value"]), ("mine", "newer"))
        before = self.phone.fingerprint()
        run = self.resync({"GPP_A": "newer"}, "--user-wins")
        self.assertEqual(run.result()["outcome"], "unchanged")
        self.assertEqual(self.phone.fingerprint(), before)

    def test_each_layer_is_reset_for_itself(self):
        self.shown("GPP_A", "--user", "GPP_A=mine")
        self.assertEqual(self.shown("GPP_B", "--reset", "server"), "GPP_B= (default)\n")
        self.assertRegex(self.shown("GPP_A"), rf"\AGPP_A=mine\n  set by user, {UTC}\n\Z")
        self.assertEqual(self.shown("GPP_A", "--reset", "user"), "GPP_A= (default)\n")

    def test_a_return_brings_layers_and_origins_back(self):
        before = self.shown("GPP_A", "--user", "GPP_A=mine")
        self.resync({"GPP_A": "bad"}, "--confirm-within", "3600")
        self.assertEqual(self.phone.value("GPP_A"), "bad")
        self.phone.run("--once", sets={"Profile_Rule_B": ""})
        self.assertEqual(self.shown("GPP_A"), before)

    def test_a_reset_ends_an_unconfirmed_commit(self):
        self.resync({"GPP_A": "tried"}, "--confirm-within", "3600")
        self.shown("GPP_A", "--reset", "server")
        run = self.phone.run("--once", "--json", sets={"Profile_Rule": "", "Profile_Rule_B": ""})
        self.assertEqual(run.events("rolled-back"), [])
        self.assertEqual(self.shown("GPP_A"), "GPP_A= (default)\n")

    def test_nothing_secret_is_kept_of_where_values_came_from(self):
        """Neither in the lines behind the document, which hold the sources in hexadecimal digits."""
        with open(self.phone.store, encoding="utf-8") as file:
            kept = re.findall(r"<!-- kept origins ([0-9a-f]+) -->", file.read())
        self.assertEqual(len(kept), 1)
        origins = bytes.fromhex(kept[0])
        self.assertIn(self.server.url.encode(), origins)
        for secret in (SECRET, QUERY):
            self.assertNotIn(secret.encode(), origins)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Report_Rule against real servers, read back by other programs: xmllint, openssl, RFC 8188 in
Python, and an empty store."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree

import peers
import phone
import rfc8188

KEY = "test123"
IKM = "0123456789abcdef"
VALUES = {
    "GPP_A": "a < b & 'c' \"d\" é",
    "GPP_B": "",
    "User_ID_1_": "1001",
    "Own_Parameter": "of no catalogue",
}
SECRETS = {"Admin_Password": "planted-1", "GPP_SA": "planted-2", "Password_1_": "planted-3"}
SCRIPT = """#!/bin/sh
cat > {root}/posted
echo "$REQUEST_METHOD $CONTENT_TYPE $CONTENT_LENGTH $HTTP_CONTENT_ENCODING" > {root}/head
printf 'Status: 202\\n\\n'
"""


def read_whole(path, end, timeout_s=5):
    """A file that a server may still write: it closes it after its last answer."""
    deadline = time.monotonic() + timeout_s
    while True:
        with contextlib.suppress(FileNotFoundError):
            with open(path, "rb") as file:
                content = file.read()
            if content.endswith(end) or time.monotonic() > deadline:
                return content
        time.sleep(0.01)


def values_of(document):
    profile = ElementTree.fromstring(document).find("flat-profile")
    return {element.tag: element.text or "" for element in profile}


def values_of_store(content):
    """A store's file is a flat profile, with lines of its own behind it."""
    end = content.index(b"</flat-profile>") + len(b"</flat-profile>")
    root = ElementTree.fromstring(content[:end])
    return {element.tag: element.text or "" for element in root}


class ReportTest(peers.ServedCase):
    def setUp(self):
        own = contextlib.ExitStack()
        self.addCleanup(own.close)
        self.root = own.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.root, 0o777)
        self.folder = own.enter_context(tempfile.TemporaryDirectory())
        self.phone = own.enter_context(phone.Phone(os.path.join(self.folder, "phone")))
        for secret in SECRETS.values():
            self.phone.plant(secret)

    def report(self, rule, sets=None):
        """The store has values and secrets; the phone's own output shows none of them."""
        settings = {**VALUES, **SECRETS, "Report_Rule": rule, **(sets or {})}
        run = self.phone.run("--report", "--once", "--json", sets=settings)
        self.assertEqual(run.status, 0, run.out + run.err)
        return run

    def read(self, name, end=b"</device>\n"):
        return read_whole(os.path.join(self.root, name), end)

    def check_document(self, document):
        """Well-formed, without secrets, and with the store's values."""
        for secret in SECRETS.values():
            self.assertNotIn(secret.encode(), document)
        done = subprocess.run(["xmllint", "--noout", "-"], input=document, check=False)
        self.assertEqual(done.returncode, 0)
        found = values_of(document)
        self.assertEqual({name: found[name] for name in VALUES}, VALUES)

    def check_empty_store(self, url, left_out=()):
        """The document as a profile of a device that has no values yet. Parameters `left_out` have
        a secret in their value."""
        with phone.Phone(os.path.join(self.folder, "empty")) as empty:
            run = empty.resync(url)
            self.assertEqual(run.status, 0, run.out + run.err)
            stores = []
            for store in [self.phone.store, empty.store]:
                with open(store, "rb") as file:
                    stores.append(values_of_store(file.read()))
        for values in stores:
            for name in [*SECRETS, *left_out, "Syslog_Server"]:
                values.pop(name, None)
        self.assertEqual(stores[0], stores[1])


class HttpTest(ReportTest):
    def test_nginx_takes_them_by_put(self):
        dav = "dav_methods PUT; dav_access all:rw;"
        log = '"$request" $status "$http_user_agent"'
        server = self.serve(peers.Nginx(self.root, dav, log=log))
        url = f"http://{server.host}:{server.port}"
        rule = f"{url}/$MA.xml; [--status]{url}/status.xml"
        self.report(rule, {"HTTP_Report_Method": "PUT"})
        self.check_document(self.read("000e08abcdef.xml"))
        put = '"PUT /000e08abcdef.xml HTTP/1.1" 201 "CP-8841-3PCC'
        self.assertIn(put, server.wait_for_log(put))
        self.check_empty_store(f"{url}/000e08abcdef.xml")
        status = ElementTree.fromstring(self.read("status.xml"))
        product = status.find("phone-status/Product_Information/Product_Name")
        self.assertEqual(product.text, "CP-8841-3PCC")

        self.report(f"[--key {KEY}]{url}/cbc", {"HTTP_Report_Method": "PUT"})
        command = ["openssl", "enc", "-d", "-aes-256-cbc", "-k", KEY]
        done = subprocess.run(command, input=self.read("cbc", b""), capture_output=True, check=True)
        self.check_document(done.stdout)
        self.assertNotIn(KEY.encode(), done.stdout)
        self.check_empty_store(f"[--key {KEY}]{url}/cbc", ["Report_Rule"])

    def test_a_script_takes_them_by_post(self):
        script = os.path.join(self.root, "report.cgi")
        with open(script, "w", encoding="ascii") as file:
            file.write(SCRIPT.format(root=self.root))
        os.chmod(script, 0o755)
        extra = f"ScriptAlias /report {script}"
        server = self.serve(peers.Apache2(self.root, extra, ["alias", "cgi", "env"]))
        url = f"http://{server.host}:{server.port}/report"
        self.report(url)
        document = self.read("posted")
        self.check_document(document)
        head = self.read("head", b"\n").split()
        self.assertEqual(head, [b"POST", b"text/xml", b"%d" % len(document)])

        self.report(f"{url} [--delta]{url}", {"IKM_HTTP_Encrypt_Content": IKM})
        head = self.read("head", b"\n").split()
        self.assertEqual((head[0], head[1], head[3]), (b"POST", b"text/xml", b"aes128gcm"))
        body = self.read("posted", b"")
        self.assertEqual(len(body), int(head[2]))
        self.check_document(rfc8188.decrypt(body, IKM.encode()))
        self.assertNotIn(b"GPP_SA", rfc8188.decrypt(body, IKM.encode()))


class TftpTest(ReportTest):
    def check_server(self, server):
        url = f"tftp://{server.host}:{server.port}"
        self.report(f"{url}/$MA.xml")
        self.check_document(self.read("000e08abcdef.xml"))
        os.chmod(os.path.join(self.root, "000e08abcdef.xml"), 0o666)
        self.check_empty_store(f"{url}/000e08abcdef.xml")

    def test_tftpd_hpa(self):
        self.check_server(self.serve(peers.TftpdHpa(self.root, ["--create", "--umask", "000"])))

    def test_atftpd(self):
        self.check_server(self.serve(peers.Atftpd(self.root)))


if __name__ == "__main__":
    if shutil.which("xmllint") is None or shutil.which("openssl") is None:
        raise SystemExit(77)
    peers.run_tests(phone.PROGRAM)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The web door of provision-phone: curl types action URLs, posts profiles and Cisco XML, and hostile
clients are refused while the phone stays up."""

import base64
import contextlib
import os
import re
import shutil
import socket
import time
import unittest
import xml.etree.ElementTree

import peers
import phone
import sip_client
from web_door import PROFILE, QUIET, TIMEOUT_S, WebCase

PROBE = "/admin/status.xml"
SCRIPT = "<script>alert(1)</script>"


@unittest.skipIf(shutil.which("curl") is None, "no curl command")
class ActionUrlTest(WebCase):
    def test_resyncs_by_the_rule_in_the_url(self):
        """P1, P3, P4, P5, P6, P8, as they are typed."""
        for name in ["basic.txt", "p", "000e08abcdef.cfg", "a%25"]:
            self.write(name, PROFILE.format(name[:1]))
        tftp = self.serve(peers.TftpdHpa(self.root))
        server, url = self.serve_nginx()
        self.start(sets={"Profile_Rule": f"{url}/p?stored"})
        status, body = self.curl(f"PHONE/admin/resync?tftp://{tftp.host}:{tftp.port}/basic.txt")
        self.assertEqual(status, 200)
        self.assertIn("Accepted", body)
        self.assertIn("status.xml", body)
        self.assertEqual(self.expect_resync()["cause"], "url")
        self.assertEqual(self.value("GPP_A"), "b")
        self.assertEqual(self.value("Profile_Rule"), f"{url}/p?stored")
        for query, line in [
            (f"?{url}/p?q=1&x=2", "GET /p?q=1&x=2 HTTP"),
            (f"?{url}/p?q=2&xuser=a&xpassword=b", "GET /p?q=2 HTTP"),
            (f"?[--uid%20{self.phone.plant('h1dden')}]%20{url}/%24MA.cfg", "GET /000e08abcdef.cfg HTTP"),
            (f"?{url}/a%2525", "GET /a%25 HTTP"),
            ("", "GET /p?stored HTTP"),
        ]:
            with self.subTest(query=query):
                self.assertEqual(self.curl(f"PHONE/admin/resync{query}")[0], 200)
                self.wait_for("resync")
                server.wait_for_log(line)
        self.end()

    def test_a_path_alone_is_fetched_from_the_client(self):
        """P2."""
        self.start()
        self.assertEqual(self.get("/admin/resync?/basic.txt", source="127.0.0.77").status, 200)
        done = self.wait_for("result")
        self.assertEqual(done["url"], "tftp://127.0.0.77/basic.txt")
        self.end()

    def test_gates(self):
        """P9, P10, P11, P15."""
        server, url = self.serve_nginx()
        self.write("sip88xx.12-0-7MPP.loads", "an image")
        self.start("--swver", "sip88xx.11-3-1MPP")
        self.control.do("set Provision_Enable=No")
        answer = self.get(f"/admin/resync?{url}/p")
        self.assertEqual(answer.status, 403)
        self.assertIn("Provision_Enable is No", answer.text)
        self.control.do("set Upgrade_Enable=No")
        self.assertEqual(self.get(f"/admin/upgrade?{url}/x.loads").status, 403)
        self.control.do("set Enable_Direct_Action_Url=No")
        for action in ["resync", "upgrade", "updateca", "reboot", "cfg.xml", "status.xml"]:
            self.assertEqual(self.get(f"/admin/{action}").status, 404, action)
        self.control.do("set Enable_Direct_Action_Url=Yes")
        self.control.do("set Enable_Web_Admin_Access=No")
        self.assertEqual(self.get("/admin/resync").status, 403)
        self.control.do("set Enable_Web_Admin_Access=Yes")
        self.control.do("set Enable_Web_Server=No")
        self.assertEqual([self.get(target).status for target in ["/", "/admin/resync"]], [404, 404])
        self.control.do("set Enable_Web_Server=Yes")
        self.assertEqual(server.log().count("GET"), 0)

        self.control.do("set Upgrade_Enable=Yes")
        self.control.do("call")
        answer = self.get(f"/admin/upgrade?{url}/sip88xx.12-0-7MPP.loads")
        self.assertEqual(answer.status, 200)
        self.assertIn("when the call has ended", answer.text)
        job = self.control.job("upgrade")
        self.assertEqual((job["state"], job["waits_for"]), ("waiting", "lines"))
        self.control.do("hangup")
        self.wait_for_reboot()
        self.assertEqual(self.control.do("status")["sw_version"], "sip88xx.12-0-7MPP")

        answer = self.get("/admin/reboot?x")
        self.assertEqual(answer.status, 200)
        self.assertIn("is ignored", answer.text)
        self.wait_for_reboot()
        self.assertEqual(self.get("/").status, 200)  # the door is as it was
        self.end()

    def test_snapshots_without_secrets(self):
        self.phone.plant("h1dden")
        self.start("--swver", "12-0-7", sets={"GPP_SA": "h1dden", "GPP_A": "<a&b>"})
        for target in ["/admin/cfg.xml", "/admin/status.xml", "/status.xml"]:
            answer = self.get(target)
            self.assertEqual((answer.status, answer.fields["Cache-Control"]), (200, "no-store"), target)
            root = xml.etree.ElementTree.fromstring(answer.text)
            if "cfg" in target:
                self.assertEqual(root.find(".//GPP_A").text, "<a&b>")
            else:
                self.assertIn("12-0-7", answer.text)
        self.assertEqual(self.get("/admin/log.tar").status, 404)
        self.end()

    def test_profiles_are_applied(self):
        """P16."""
        self.start(sets={"Admin_Password": self.phone.plant("s3cret")})
        self.write("new.xml", PROFILE.format("posted"))
        self.write("bad.xml", "<flat-profile><GPP_A>half</GPP_A>")
        login = "&xuser=admin&xpassword=s3cret"
        body = f"@{self.root}/new.xml"
        self.assertEqual(self.curl("--data-binary", body, "PHONE/admin/config.xml")[0], 401)
        self.assertEqual(self.value("GPP_A"), "")
        self.assertEqual(self.curl("--data-binary", body, f"PHONE/admin/config.xml{login}")[0], 200)
        self.assertEqual(self.value("GPP_A"), "posted")
        status, answer = self.curl("--data-binary", f"@{self.root}/bad.xml",
                                   f"PHONE/admin/config.xml{login}")
        self.assertEqual(status, 400)
        self.assertIn("config.xml:1:34: ", answer)
        self.assertEqual(self.value("GPP_A"), "posted")
        self.assertEqual(self.curl(f"PHONE/admin/config.xml{login}")[0], 405)
        self.control.do("set Provision_Enable=No")
        self.assertEqual(self.curl("--data-binary", body, f"PHONE/admin/config.xml{login}")[0], 403)
        self.end()


class LoginTest(WebCase):
    SETS = {"Admin_Password": "s3cret", "User_Password": "us3r"}

    def setUp(self):
        super().setUp()
        self.phone.plant("s3cret")
        self.phone.plant("us3r")

    @unittest.skipIf(shutil.which("curl") is None, "no curl command")
    def test_each_kind_of_login(self):
        """P12, P17."""
        self.start(sets=self.SETS)
        self.assertEqual(self.curl(f"PHONE{PROBE}")[0], 401)
        for way in ["--digest", "--basic", "--anyauth"]:
            self.assertEqual(self.curl(way, "-u", "admin:s3cret", f"PHONE{PROBE}")[0], 200, way)
            self.assertEqual(self.curl(way, "-u", "user:us3r", f"PHONE{PROBE}")[0], 403, way)
        self.assertEqual(self.curl(f"PHONE{PROBE}&xuser=admin&xpassword=s3cret")[0], 200)
        self.assertEqual(self.curl(f"PHONE{PROBE}?&xuser=admin&xpassword=s3cre%74")[0], 200)
        challenges = self.get("/admin/reboot").fields.get_all("WWW-Authenticate")
        self.assertEqual([re.search(r"algorithm=([\w-]+)", line)[1] for line in challenges],
                         ["SHA-256", "MD5"])
        self.end()

    def login(self, password, source="127.0.0.1", uid="admin", target=PROBE):
        token = base64.b64encode(f"{uid}:{password}".encode()).decode()
        return self.get(target, {"Authorization": f"Basic {token}"}, source)

    def log_in_when_allowed(self, password, uid="admin", target=PROBE):
        """The answer to the first attempt that is checked."""
        deadline = time.monotonic() + TIMEOUT_S
        while (answer := self.login(password, uid=uid, target=target)).status == 429:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return answer.status

    def test_wrong_passwords_delay_their_address_only(self):
        self.start(sets=self.SETS)
        statuses = [self.login(f"wrong{i}").status for i in range(20)]
        self.assertEqual(statuses[0], 401)
        self.assertLess(statuses.count(401), 3)
        self.assertEqual(self.login("s3cret").status, 429)
        self.assertEqual(self.login("s3cret", "127.0.0.2").status, 200)
        self.assertEqual(self.get(PROBE).status, 401)  # asks, and guesses nothing
        self.assertEqual(self.log_in_when_allowed("s3cret"), 200)
        delays = []
        for _ in range(2):  # twice as long each time, from the beginning after the right one
            self.assertEqual(self.log_in_when_allowed("wrong"), 401)
            delays.append(int(self.login("s3cret").fields["Retry-After"]))
            if len(delays) == 1:  # the user's own password ends no delay of the administrator's
                self.assertEqual(self.log_in_when_allowed("us3r", "user"), 403)
        self.assertEqual(delays, [1, 2])
        run = self.end()
        self.assertIn("wrong password for the web page from 127.0.0.1", " ".join(run.syslog))

    GUESS = f"{PROBE}&xuser=admin&xpassword=guess"

    def test_no_second_login_hides_a_wrong_one(self):
        self.start("--json", sets=self.SETS)
        sources = [f"127.0.0.{i}" for i in range(20, 24)]
        challenge = self.get(PROBE).fields["WWW-Authenticate"]
        challenge = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge.partition(" ")[2]))
        good = sip_client.digest("GET", self.GUESS, challenge, "user", "us3r")
        for source, target, authorization in [
            (sources[0], self.GUESS, "Bearer x"),
            (sources[1], self.GUESS, good),
            (sources[2], PROBE, "Basic OnB3"),  # no name
            (sources[3], "/admin/", "Basic OnB3"),
        ]:
            with self.subTest(target=target, authorization=authorization):
                answers = [self.get(target, {"Authorization": authorization}, source).status
                           for _ in range(2)]
                self.assertEqual(answers, [401, 429])
        for event, source in zip(failed := self.end().events("web"), sources):
            self.assertEqual((event["address"], event["code"]), (source, 401))
        self.assertEqual(len(failed), len(sources))

    def test_an_open_page_ends_no_delays(self):
        """Otherwise the delay after the next wrong password would show whether a guess was right."""
        self.start(sets={"Admin_Password": "s3cret"})
        self.assertEqual(self.log_in_when_allowed("wrong"), 401)
        self.assertEqual(self.log_in_when_allowed("s3cret", target="/"), 200)
        self.assertEqual(self.log_in_when_allowed("wrong"), 401)
        self.assertEqual(self.login("s3cret").fields["Retry-After"], "2")
        self.end()

    def test_an_open_listener_needs_a_password(self):
        run = self.phone.run("--http", "0.0.0.0:0", sets=QUIET)
        self.assertEqual(run.status, 3)
        self.assertIn("--http: 0.0.0.0:0: expected an Admin_Password", run.err)
        self.start(http="0.0.0.0:0", sets=self.SETS)
        self.web = self.web.replace("0.0.0.0", "127.0.0.1")
        self.assertEqual(self.get(PROBE).status, 401)
        self.end()
        self.start("--http-open", http="0.0.0.0:0", sets={"Admin_Password": ""})
        self.web = self.web.replace("0.0.0.0", "127.0.0.1")
        self.assertEqual(self.get(PROBE).status, 200)
        self.end()

    def test_addresses_that_are_none(self):
        for address in ["x", "127.0.0.1", "127.0.0.1:", "::1:80", "[::1:80", "localhost:80", "65536",
                        "1.2.3.4.5:80", ""]:
            run = self.phone.run("--http", address, sets=QUIET)
            self.assertEqual((address, run.status), (address, 2))
            self.assertIn("--http: expected PORT, ADDRESS:PORT or [ADDRESS]:PORT", run.err)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            run = self.phone.run("--http", str(taken.getsockname()[1]), sets=QUIET)
        self.assertEqual(run.status, 3)
        self.assertIn("Address already in use", run.err)


def execute(*items, model="CP-8841-3PCC"):
    """A document of Cisco XML."""
    lines = "".join(f"<ExecuteItem {item}/>" for item in items)
    return f"<{model}Execute>{lines}</{model}Execute>"


class CiscoXmlTest(WebCase):
    OPEN = {"CISCO_XML_EXE_Enable": "Yes", "CISCO_XML_EXE_Auth_Mode": "Trusted"}

    def post(self, document, fields=None):
        """Status of the answer, and of each of its items, or the number of its error."""
        answer = self.request("POST", "/CGI/Execute", document, fields)
        if not answer.text.lstrip().startswith("<?xml") and "<CiscoIPPhone" not in answer.text:
            return answer.status, None
        root = xml.etree.ElementTree.fromstring(answer.text)
        if root.tag == "CiscoIPPhoneError":
            return answer.status, int(root.get("Number"))
        self.assertEqual(root.tag, "CiscoIPPhoneResponse")
        return answer.status, [int(item.get("Status")) for item in root]

    def item(self, text, name="URL"):
        quoted = text.replace("&", "&amp;").replace('"', "&quot;")
        return f'{name}="{quoted}"'

    @unittest.skipIf(shutil.which("curl") is None, "no curl command")
    def test_curl_posts_documents(self):
        """X1 to X4, and X9, as scripts send them."""
        for name in ["f", "b", "stored"]:
            self.write(name, PROFILE.format(name))
        server, url = self.serve_nginx()
        self.start(sets={**self.OPEN, "Profile_Rule": f"{url}/stored", "GPP_A": "x"})
        for kind, document, value in [
            ("--data-urlencode", "XML=" + execute(f'URL="Resync:{url}/f"'), "f"),
            ("--data-binary", execute(f"URL=Resync:[--uid u] {url}/b"), "b"),
            ("--data-binary", execute('URL="Resync:"', model="CP-7841-3PCC"), "stored"),
            ("--data-urlencode", "XML=" + execute(
                f'URL="Resync:(&quot;$A&quot; eq &quot;stored&quot;)? {url}/f?a=1&amp;b=2"'), "f"),
        ]:
            with self.subTest(document=document):
                status, body = self.curl(kind, document, "PHONE/CGI/Execute")
                self.assertEqual(status, 200)
                self.assertEqual([item.get("Status") for item in xml.etree.ElementTree.fromstring(body)],
                                 ["0"])
                self.expect_resync()
                self.assertEqual(self.value("GPP_A"), value)
        server.wait_for_log("GET /f?a=1&b=2 HTTP")
        self.end()

    def test_items_that_are_refused(self):
        """X5 to X8, X10, X11, X15."""
        self.start(sets=self.OPEN)
        self.control.do("call")
        for expected, document in [
            ((200, [1]), execute('URL="Upgrade:http://h/l.loads"')),
            ((200, [1]), execute('URL="Key:Headset"')),
            ((200, [1]), execute('URL="Resync:http://127.0.0.1:1/" Priority="2"')),
            ((200, 2), execute(*['URL="Init:CallHistory"'] * 4)),
            ((200, 1), "<CiscoIPPhoneText><Text>hello</Text></CiscoIPPhoneText>"),
            ((200, 1), "hello"),
            ((200, 1), ""),
            ((200, 1), '<!DOCTYPE a [<!ENTITY b "c">]>' + execute('URL="Key:&b;"')),
            ((413, None), execute('URL="Key:Headset"') + " " * 1000000),
        ]:
            with self.subTest(document=document[:80]):
                self.assertEqual(self.post(document), expected)
        self.assertNotEqual(self.control.job("resync").get("waits_for"), "lines")
        self.control.do("hangup")
        self.assertFalse(self.control.do("status")["has_call"])
        self.assertEqual(self.post(execute('URL="Dial:100"')), (200, [0]))
        self.assertTrue(self.control.do("status")["has_call"])
        self.end()

    @unittest.skipIf(shutil.which("curl") is None, "no curl command")
    def test_logins(self):
        """X12 to X14."""
        document = execute('URL="Init:CallHistory"')
        self.start()
        self.assertEqual(self.post(document)[0], 403)
        self.control.do("set CISCO_XML_EXE_Enable=Yes")
        self.assertEqual(self.post(document), (200, [1]))  # Local Credential, and no password
        self.control.do(f"set User_Password={self.phone.plant('us3r')}")
        self.assertEqual(self.post(document)[0], 401)
        self.control.do("set CISCO_XML_EXE_Auth_Mode=Remote Credential")
        self.control.do("set XML_User_Name=xml")
        self.control.do(f"set XML_Password={self.phone.plant('xm1pass')}")
        for mode, right, wrong, source in [
                ("Remote Credential", "xml:xm1pass", "user:us3r", "127.0.0.9"),
                ("Local Credential", "user:us3r", "xml:xm1pass", "127.0.0.10")]:
            self.control.do(f"set CISCO_XML_EXE_Auth_Mode={mode}")
            args = ["--digest", "--data-binary", document, "PHONE/CGI/Execute"]
            self.assertEqual(self.curl("-u", right, *args)[0], 200)
            status, body = self.curl("--interface", source, "-u", wrong, *args)
            self.assertEqual(status, 401)
            self.assertIn('Number="4"', body)
        self.end()


class HostileTest(WebCase):
    def fill(self, target, *fields, method="GET", body=b""):
        """A request, its own Host included unless one is given."""
        lines = [f"{method} {target} HTTP/1.1", *fields]
        if not any(field.startswith("Host:") for field in fields):
            lines.append(f"Host: {self.web}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def status_of(self, target, *fields, **more):
        return self.raw(self.fill(target, *fields, **more))

    def pipeline(self, targets):
        """Statuses of the answers to several requests that are sent at once."""
        host, port = self.web.rsplit(":", 1)
        requests = [self.fill(target) for target in targets[:-1]]
        requests.append(self.fill(targets[-1], "Connection: close"))
        with socket.create_connection((host, int(port)), TIMEOUT_S) as client:
            client.sendall(b"".join(requests))
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        return [int(status) for status in re.findall(rb"^HTTP/1.1 (\d+)", answer, re.M)]

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])

    def test_targets(self):
        """P7."""
        self.start()
        for target in ["/admin/resync?%zz", "/admin/resync?tftp://h/%00", "/admin/resync?%0a", "/%",
                       "/admin/%00", "/admin/resync?%1", "/admin/resync?\x01", "/admin/reboot%00",
                       "/admin/resync?%7f"]:
            with self.subTest(target=target):
                self.assertIn(self.status_of(target), [400, 404])
        for target in ["/admin/../etc/passwd", "/nothing", "//admin/resync", "*", "/ADMIN/reboot",
                       "/admin/x", "/style.css?x"]:
            self.assertIn(self.status_of(target), [400, 404], target)
        self.assertEqual(self.status_of("/admin/resync", method="HEAD"), 405)
        self.assertEqual(self.status_of("/admin/resync", method="POST"), 405)
        self.assertIn("input:1:15: expected two hexadecimal digits", self.get("/admin/resync?%zz").text)
        self.assertIsNone(self.control.job("resync").get("last"))
        self.end()

    def test_framing(self):
        self.start(sets=CiscoXmlTest.OPEN)
        body = execute('URL="Dial:100"').encode()
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        for fields, sent in [
            ([f"Content-Length: {len(body)}", "Transfer-Encoding: chunked"], chunked),
            ([f"Content-Length: {len(body)}", "Content-Length: 3"], body),
            (["Content-Length: -1"], body),
            (["Content-Length: 1e9"], body),
            (["Transfer-Encoding: gzip, chunked"], chunked),
            (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], chunked),
            ([f"Content-Length: {len(body)}", "Host: a", "Host: b"], body),
            (["Transfer-Encoding: chunked"], b"zz\r\n"),
        ]:
            with self.subTest(fields=fields):
                status = self.status_of("/CGI/Execute", *fields, method="POST", body=sent)
                self.assertIn(status, [400, None])
        self.assertIn(self.status_of("/admin/reboot", "Content-Length: 5", body=b"hello"), [413, 400])
        self.assertEqual(self.status_of("/CGI/Execute", "Content-Length: 99999999999", method="POST"),
                         400)
        self.assertEqual(self.status_of("/CGI/Execute", "Content-Length: 999999999", method="POST"),
                         413)
        self.assertFalse(self.control.do("status")["has_call"])
        self.assertEqual(self.status_of("/CGI/Execute", "Transfer-Encoding: chunked", method="POST",
                                        body=chunked), 200)
        self.assertTrue(self.control.do("status")["has_call"])
        self.assertEqual(self.status_of("/CGI/Execute", "Transfer-Encoding: chunked", method="POST",
                                        body=b"10000\r\n" + b"x" * 65536 + b"\r\n" + chunked), 413)
        self.assertEqual(self.pipeline(["/", "/style.css", "/nothing", "/admin/status.xml"]),
                         [200, 200, 404, 200])
        self.assertEqual(self.status_of("/", "X: " + "x" * 100000), 431)
        self.assertIn(self.status_of("/" + "x" * 100000), [414, 431])
        self.assertIn(self.raw(b"GET / HTTP/1.1\r\n\r\n"), [400])
        self.assertIn(self.raw(b"\x16\x03\x01\x02\x00\x01\x00" + b"\x00" * 300 + b"\r\n\r\n"), [400, None])
        self.assertEqual(self.status_of("/"), 200)
        self.end()

    def test_other_origins(self):
        """P13, P14, and DNS rebinding: a name that leads here and is not the phone's."""
        self.start("--http-name", "phone.lab")
        port = self.web.rsplit(":", 1)[1]
        for fields, status in [
            (["Host: evil.example"], 403),
            ([f"Host: evil.example:{port}"], 403),
            (["Host: 127.0.0.1.evil.example"], 403),
            (["Origin: http://evil.example"], 403),
            (["Origin: null"], 403),
            (["Referer: http://evil.example/x"], 403),
            (["Sec-Fetch-Site: cross-site"], 403),
            (["Sec-Fetch-Site: same-site"], 403),
            ([f"Origin: http://127.0.0.1:{port}", "Sec-Fetch-Site: same-origin"], 200),
            (["Sec-Fetch-Site: none"], 200),
            ([f"Host: phone.lab:{port}"], 200),
            ([f"Host: localhost:{port}"], 200),
        ]:
            for target in [PROBE, "/"]:
                with self.subTest(fields=fields, target=target):
                    self.assertEqual(self.status_of(target, *fields), status)
        self.end()

    def test_values_are_escaped(self):
        self.start()
        for target in [f"/admin/resync?{SCRIPT}", f"/{SCRIPT}", f'/admin/resync?"onload="x']:
            answer = self.get(target.replace(" ", "%20"))
            self.assertNotIn("<script", answer.text)
            self.assertNotIn('"onload', answer.text)
            self.assertIn("default-src 'none'", answer.fields["Content-Security-Policy"])
            self.assertEqual(answer.fields["X-Content-Type-Options"], "nosniff")
        self.assertIn("&#60;script&#62;", self.get(f"/admin/resync?{SCRIPT}").text)
        secret = self.phone.plant("h1dden")
        for rule in [f"[--key%20{secret}]%20http://h/", f"http://u:{secret}@h/", f"[--pwd%20{secret}]%20"]:
            self.get(f"/admin/resync?{rule}")
        self.end()

    def test_slow_and_many_connections(self):
        """The ones that are slow end by themselves, and one that is quick is served meanwhile."""
        self.start()
        self.assertEqual(self.get("/").status, 200)
        host, port = self.web.rsplit(":", 1)
        n_files = self.open_files()
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(socket.create_connection((host, int(port)), TIMEOUT_S))
                    for _ in range(8)]
            begun = time.monotonic()
            for client in slow:
                client.sendall(b"GET / HTTP/1.1\r\nX: ")
            ninth = stack.enter_context(socket.create_connection((host, int(port)), TIMEOUT_S))
            self.assertEqual(self.receive(ninth), b"")  # of this address; others are served
            self.assertEqual(self.get("/", source="127.0.0.2").status, 200)
            while any(self.drip(client) for client in slow):
                pass
        self.assertGreater(time.monotonic() - begun, 3)
        self.assertEqual(self.get("/").status, 200)
        self.wait_until(lambda: self.open_files() <= n_files)
        self.end()

    @staticmethod
    def receive(client):
        try:
            return client.recv(1)
        except ConnectionError:
            return b""

    def drip(self, client):
        """One byte more, if the connection is still there."""
        client.settimeout(0.1)
        try:
            client.sendall(b"x")
            return client.recv(1000) != b""
        except TimeoutError:
            return True
        except OSError:
            return False

    def test_nothing_is_left_behind(self):
        """Descriptors and memory are as before, whatever was asked."""
        self.start(sets={**CiscoXmlTest.OPEN, "Admin_Password": self.phone.plant("s3cret")})

        def ask_everything():
            for i in range(1, 60):
                self.status_of("/admin/resync?%zz")
                self.status_of("/")
                self.status_of(f"{PROBE}&xuser=admin&xpassword=s3cret")
                self.status_of("/CGI/Execute", "Content-Length: 5", method="POST", body=b"hello")
                self.abandon(self.fill("/CGI/Execute", "Content-Length: 500", method="POST")[:-i])
                self.status_of("/admin/config.xml", "Content-Length: 100000", method="POST",
                               body=b"x" * 100000)

        ask_everything()
        before = self.open_files(), self.memory_kib()
        ask_everything()
        self.wait_until(lambda: self.open_files() <= before[0])
        self.assertLess(self.memory_kib() - before[1], 512)
        self.end()


class PhonesTest(WebCase):
    def test_each_phone_has_an_address_and_logins_of_its_own(self):
        folders = [self.folder(), self.folder()]
        self.phone.store, sockets = folders
        port = peers.free_port(socket.SOCK_STREAM)
        process = self.phone.start("--phones", "3", "--mac", "000e08abcd00", "--control", sockets,
                                   "--http", f"127.0.1.254:{port}", sets=QUIET)
        self.addCleanup(process.kill)
        controls = [self.own.enter_context(phone.Control(os.path.join(sockets, f"000e08abcd0{i}")))
                    for i in range(3)]
        webs = [control.do("status")["http"] for control in controls]
        self.assertEqual(webs, [f"{address}:{port}"
                                for address in ["127.0.1.254", "127.0.1.255", "127.0.2.0"]])
        controls[1].do("set Admin_Password=s3cret")
        for web, status, mac in zip(webs, [200, 401, 200], ["00", "01", "02"]):
            self.web = web
            self.assertEqual(self.get(PROBE).status, status)
            self.assertIn(f"00:0e:08:ab:cd:{mac}", self.get("/").text)
        for control in controls:
            control.do("quit")
        self.assertEqual(self.phone.finish(process).status, 0)


if __name__ == "__main__":
    peers.run_tests()

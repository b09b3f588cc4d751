#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""provision-explain --fetch names the cause of each broken server in its first line."""

import contextlib
import csv
import gzip
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import unittest
import xml.etree.ElementTree

import hops
import peers
import workshop

EXPLAIN = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "explain", "provision-explain")
PROFILE = b"""<flat-profile>
<GPP_A>1</GPP_A>
<Resync_Periodical>60</Resync_Periodical>
</flat-profile>
"""
SECRET = "s3cret"
HERE = "DNS:localhost,IP:127.0.0.1"


def check(*args, device=("--mac", "000e08abcdef")):
    return subprocess.run(
        [EXPLAIN, "--fetch", *device, "--timeout", "1", *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextlib.contextmanager
def listener(answer):
    """A server that sends `answer` to whatever it hears, and closes; None: it stays silent."""
    clients = []

    def serve(server):
        with contextlib.suppress(OSError):
            while True:
                client, _ = server.accept()
                if answer is None:
                    clients.append(client)
                    continue
                with client, contextlib.suppress(OSError):
                    client.recv(65536)
                    client.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for client in clients:
            client.close()


class CheckTest(peers.ServedCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        os.chmod(cls.folder, 0o755)
        cls.root = os.path.join(cls.folder, "served")
        os.mkdir(cls.root)
        cls.shop = workshop.Workshop(cls.folder)
        cls.ca = cls.shop.authority("our-ca")
        cls.good = cls.shop.certificate("good", cls.ca, HERE)

    def put(self, name, content):
        with open(os.path.join(self.root, name), "wb") as file:
            file.write(content)

    def encrypt(self, content, key):
        command = ["openssl", "enc", "-aes-256-cbc", "-md", "sha256", "-k", key]
        return subprocess.run(
            command, input=content, stdout=subprocess.PIPE, check=True, stderr=subprocess.DEVNULL
        ).stdout

    def put_files(self):
        packed = gzip.compress(PROFILE * 20)
        files = {
            "good.xml": PROFILE,
            "empty.xml": b"",
            "login.html": b"<!DOCTYPE html><html><title>Log in</title></html>",
            "cut.gz": packed[: len(packed) // 2],
            "cut.xml": PROFILE[:-10],
            "dtd.xml": b'<!DOCTYPE x [<!ENTITY a "b">]>' + PROFILE,
            "other.xml": b"<config><a>1</a></config>",
            "latin.xml": "<flat-profile><GPP_A>\u00e9</GPP_A></flat-profile>".encode("latin-1"),
            "utf16.xml": PROFILE.decode().encode("utf-16"),
            "template.json": b'{"GPP_A": 1}',
            "key.enc": self.encrypt(PROFILE, SECRET),
            "big.xml": b"<flat-profile>" + b" " * (5 << 20),
        }
        for name, content in files.items():
            self.put(name, content)

    def serve_sites(self):
        """nginx with one port for each kind of TLS; returns their ports by name."""
        shop, ca = self.shop, self.ca
        stranger = shop.authority("strange-ca")
        between = shop.authority("between", ca)
        lone = shop.certificate("lone", between, HERE)
        weak = shop.certificate("weak", ca, HERE, key="rsa:1024")
        old_tls = "ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;"
        wants = f"ssl_client_certificate {ca.pem}; ssl_verify_client on;"
        sites = {
            "good": (self.good, ""),
            "expired": (shop.certificate("old", ca, HERE, start="20200101", end="20200201"), ""),
            "future": (shop.certificate("new", ca, HERE, start=workshop.day(5)), ""),
            "stranger": (shop.certificate("strange", stranger, HERE), ""),
            "self": (shop.certificate("self", None, HERE), ""),
            "name": (shop.certificate("name", ca, "DNS:other.example"), ""),
            "lone": (lone._replace(chain=lone.pem), ""),
            "weak": (weak, "ssl_ciphers ALL:@SECLEVEL=0;"),
            "tls10": (self.good, old_tls),
            "wants": (self.good, wants),
        }
        ports = dict(zip(sites, peers.free_ports(len(sites))))
        servers = "".join(
            f"""server {{
                listen 127.0.0.1:{ports[name]} ssl;
                root {self.root};
                ssl_certificate {identity.chain};
                ssl_certificate_key {identity.key};
                {extra}
            }}
            """
            for name, (identity, extra) in sites.items()
        )
        pages = """
            location /500 { return 500; }
            location /403 { return 403; }
            location /401 { add_header WWW-Authenticate 'Basic realm="x"' always; return 401; }
            location /ntlm { add_header WWW-Authenticate NTLM always; return 401; }
            location /loop { return 302 /loop; }
            location /moved { return 302 /login.html; }
            location /away { return 302 ftp://localhost/x; }
            location /coded.xml { add_header Content-Encoding br; alias ROOT/good.xml; }
            location /plain.xml { add_header Content-Encoding gzip; alias ROOT/good.xml; }
        """.replace(
            "ROOT", self.root
        )
        self.nginx = self.serve(peers.Nginx(self.root, extra=pages, servers=servers))
        return ports

    def broken(self, ports, raw):
        """Name, rule, and what the first line has to say, as a regular expression."""
        http = f"http://localhost:{self.nginx.port}"
        silent = f"http://localhost:{raw['silent']}/x"
        closed = peers.free_port(socket.SOCK_STREAM)
        tls = {name: f"https://localhost:{port}/good.xml" for name, port in ports.items()}
        return [
            ("wrong name", tls["name"], r"certificate is for other\.example, not for localhost"),
            ("expired", tls["expired"], "expired on 2020-02-01"),
            ("not yet valid", tls["future"], "not yet valid before"),
            ("unknown root", tls["stranger"], "strange-ca, a CA that is not trusted"),
            ("self-signed", tls["self"], "signed by itself and not trusted"),
            ("no intermediate", tls["lone"], "from between, a CA that is not trusted"),
            ("weak key", tls["weak"], "too weak a key of 1024 bits"),
            ("client certificate", tls["wants"], "certificate of this device required"),
            ("TLS 1.0 only", tls["tls10"], "no common TLS version"),
            ("HTTP where TLS is", f"https://localhost:{self.nginx.port}/x", "plain HTTP"),
            ("TLS where HTTP is", f"http://localhost:{ports['good']}/x", "TLS expected .https"),
            ("SSH", f"https://localhost:{raw['ssh']}/x", "SSH-2.0-OpenSSH_9.2"),
            ("404", f"{http}/none.xml", "no such file .*HTTP 404"),
            ("500", f"{http}/500", "HTTP 500"),
            ("403", f"{http}/403", "HTTP 403"),
            ("401", f"{http}/401", "requires a user and a password"),
            ("NTLM", f"{http}/ntlm", "asks for NTLM"),
            ("login page", f"{http}/moved", "an HTML page, .* after a redirect to .*login"),
            ("HTML", f"{http}/login.html", "HTML page"),
            ("redirect loop", f"{http}/loop", "too many redirects"),
            ("redirect elsewhere", f"{http}/away", "redirect to ftp:"),
            ("wrong key", f"[--key other] {http}/key.enc", "key does not open"),
            ("no key", f"{http}/key.enc", "is encrypted .* no --key"),
            ("plain file", f"[--key {SECRET}] {http}/good.xml", "expected Salted__, found XML"),
            ("truncated", f"http://localhost:{raw['short']}/x", "closed before .* 90 of 500 bytes"),
            ("gzip cut", f"{http}/cut.gz", "gzip: the file stops before its end"),
            ("XML cut", f"{http}/cut.xml", "the profile ends before its root"),
            ("wrong encoding", f"{http}/coded.xml", "br: a Content-Encoding"),
            ("not gzip", f"{http}/plain.xml", "says Content-Encoding: gzip, but"),
            ("DTD", f"{http}/dtd.xml", "a DOCTYPE"),
            ("empty", f"{http}/empty.xml", "the profile is empty"),
            ("other XML", f"{http}/other.xml", "flat-profile.*config"),
            ("Latin-1", f"{http}/latin.xml", "GPP_A: bytes that are not UTF-8"),
            ("JSON", f"{http}/template.json", "found JSON"),
            ("too large", f"{http}/big.xml", "larger than the 4194304 bytes"),
            ("DNS", "http://no-such.invalid/x", r"name.*no-such\.invalid|no-such\.invalid.*name"),
            ("refused", f"http://localhost:{closed}/x", f"nothing listens at localhost:{closed}"),
            ("silent", silent, "connected, but no answer .* silent for 1 s"),
            ("not HTTP", f"http://localhost:{raw['ssh']}/x", "response is not HTTP"),
        ]

    def test_broken_servers(self):
        ports = self.serve_sites()
        self.put_files()
        short = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + PROFILE
        with listener(b"SSH-2.0-OpenSSH_9.2\r\n") as ssh, listener(short) as cut, listener(
            None
        ) as silent:
            raw = {"ssh": ssh, "short": cut, "silent": silent}
            for name, rule, cause in self.broken(ports, raw):
                with self.subTest(name):
                    done = check("--ca", self.ca.pem, "--rule", rule)
                    first = done.stdout.partition("\n")[0]
                    self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                    self.assertRegex(first, "^failed: .*(" + cause + ")")
                    self.assertNotIn(SECRET, done.stdout)

    def test_good_server(self):
        ports = self.serve_sites()
        self.put_files()
        url = f"https://localhost:{ports['good']}/good.xml"
        done = check("--ca", self.ca.pem, "--rule", url)
        self.assertEqual(done.returncode, 0, done.stdout)
        for line in [
            r"ok: 2 parameters would change; 2 warnings",
            rf"rule on request: {url}",
            r"  name lookup: 127\.0\.0\.1, after \d+ ms",
            r"  connection: after \d+ ms, TLS after \d+ ms",
            r"  certificate: good, for localhost, 127\.0\.0\.1, until \d{4}-\d\d-\d\d "
            r"\(\d+ days\); TLSv1\.[23]",
            r"  response: HTTP 200; Content-Type: \S+; Content-Length: 90; "
            r'ETag: ".*"; after \d+ ms',
            r"  body: 90 bytes",
            r"  profile: 2 parameters, 2 would change",
            r"  rule on request the server's certificate ends in less than 14 days",
            r"  rule on request line 3: Resync_Periodical: there is no parameter of this name; "
            r"is Resync_Periodic meant\?",
            r'  rule on request line 2: GPP_A: "" becomes "1"',
        ]:
            self.assertRegex(done.stdout, re.compile(f"^{line}$", re.M))
        self.assertEqual(check("--ca", self.ca.pem, "--rule", url, "--strict").returncode, 1)

    def test_client_certificate(self):
        ports = self.serve_sites()
        self.put_files()
        device = self.shop.certificate("device", self.ca, "")
        own = ["--client-cert", device.pem, "--client-key", device.key]
        url = f"https://localhost:{ports['wants']}/good.xml"
        done = check("--ca", self.ca.pem, *own, "--rule", url)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_rules_of_a_store(self):
        """Only the difference counts, rules follow each other, and the store stays as it is."""
        self.serve_sites()
        self.put_files()
        values = f"<GPP_B>b</GPP_B><GPP_SA>{SECRET}</GPP_SA>"
        self.put("b.xml", f"<flat-profile>{values}</flat-profile>".encode())
        http = f"http://localhost:{self.nginx.port}"
        self.put(
            "a.xml",
            f"<flat-profile><GPP_A>1</GPP_A><Profile_Rule_B>{http}/b.xml"
            "</Profile_Rule_B></flat-profile>".encode(),
        )
        store = os.path.join(self.folder, "store.xml")
        with open(store, "w", encoding="ascii") as file:
            file.write(
                f"<flat-profile><GPP_A>1</GPP_A><Profile_Rule>{http}/a.xml</Profile_Rule>"
                "</flat-profile>"
            )
        with open(store, "rb") as file:
            before = file.read()
        done = check("--store", store, "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn(SECRET, done.stdout)
        (device,) = json.loads(done.stdout)["devices"]
        changed = {change["name"]: change.get("new_value") for change in device["changes"]}
        self.assertEqual(changed, {"Profile_Rule_B": f"{http}/b.xml", "GPP_B": "b", "GPP_SA": None})
        self.assertEqual(
            [rule["rule"] for rule in device["rules"]], ["Profile_Rule", "Profile_Rule_B"]
        )
        self.assertIn("chosen: no condition", device["rules"][0]["trace"])
        self.assertEqual(device["rules"][0]["code"], 200)
        with open(store, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_no_message_is_sent(self):
        self.serve_sites()
        self.put_files()
        with peers.SyslogSink() as sink:
            server = f"Syslog_Server={sink.host}:{sink.port}"
            rule = f"http://localhost:{self.nginx.port}/good.xml"
            self.assertEqual(check("--set", server, "--rule", rule).returncode, 0)
            self.assertEqual(sink.take(), [])

    def test_account(self):
        def answer(request):
            if "authorization" in request.headers:
                return hops.response(200, PROFILE)
            return hops.response(401, b"", 'WWW-Authenticate: Basic realm="x"')

        with hops.Hop(answer) as hop:
            done = check(
                "--rule",
                f"{hop.url}/x",
                "--account",
                f"me:{SECRET}",
                "--set",
                "Profile_Authentication_Type=Basic HTTP Authentication",
            )
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertNotIn(SECRET, done.stdout)

    def test_devices(self):
        self.serve_sites()
        self.put_files()
        self.put("000e08000001.xml", PROFILE)
        self.put("fall.xml", b"<flat-profile><GPP_A>a<b/>&quot;\x07</GPP_A></flat-profile>")
        http = f"http://localhost:{self.nginx.port}"
        table, junit = (os.path.join(self.folder, name) for name in ["phones.csv", "junit.xml"])
        with open(table, "w", encoding="ascii", newline="") as file:
            csv.writer(file).writerows(
                [
                    ["mac", "model", "rule"],
                    ["000e08000001", "CP-8841-3PCC", ""],
                    ["000e08000002", 'CP-7841 "x"', ""],
                    [],
                    ["000e08000003", "", f'[--key "{SECRET}"] {http}/fall.xml'],
                ]
            )
        words = ["--devices", table, "--rule", f"{http}/$MA.xml"]
        done = check(*words, "--junit", junit)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stdout, re.compile("^000e08000001 CP-8841-3PCC: ok: 2 par", re.M))
        self.assertRegex(done.stdout, re.compile('^000e08000002 CP-7841 "x": failed: .*404', re.M))
        self.assertNotIn(SECRET, done.stdout)
        suite = xml.etree.ElementTree.parse(junit).getroot()
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("3", "2"))
        cases = {case.get("name"): case for case in suite}
        self.assertIsNone(cases["000e08000001 CP-8841-3PCC"].find("failure"))
        failure = cases['000e08000002 CP-7841 "x"'].find("failure")
        self.assertEqual(failure.get("type"), "PROV_E_NOT_FOUND")
        self.assertIn("HTTP 404", failure.get("message"))
        steps = cases["000e08000001 CP-8841-3PCC"].find("system-out").text
        self.assertIn("Content-Length: 90", steps)
        document = json.loads(check(*words, "--json").stdout)
        self.assertEqual(document["n_failed"], 2)
        self.assertEqual(
            [device["has_failed"] for device in document["devices"]], [False, True, True]
        )
        self.assertEqual(check(*words, "--junit", "/nonexistent/x").returncode, 3)

    @staticmethod
    def gaps(device):
        """Empty macros of a rule, each with the option that is missing."""
        return {
            found["name"]: re.search("expected (--[a-z]+)", found["message"])[1]
            for found in device["warnings"]
            if found["warning"] == "empty-macro"
        }

    def test_device_without_an_address(self):
        """It has a number for a name, and the report names what the rule lacks."""
        junit = os.path.join(self.folder, "junit.xml")
        with hops.Hop(lambda _: hops.response(200, b"<flat-profile/>")) as hop:
            done = check("--rule", f"{hop.url}/$PN-$SN-$(MAU).xml", "--junit", junit, "--json", device=())
            (device,) = json.loads(done.stdout)["devices"]
            (case,) = xml.etree.ElementTree.parse(junit).getroot()
            self.assertEqual((device["device"], case.get("name")), ("device 1", "device 1"))
            self.assertEqual(
                self.gaps(device),
                {"$MAU": "--mac", "$PN": "--model", "$SN": "--serial"},
            )
            table = os.path.join(self.folder, "phones.csv")
            with open(table, "w", encoding="ascii") as file:
                file.write("model,serial\nCP-1,7\nCP-2,8\n")
            words = ["--devices", table, "--rule", f"{hop.url}/$PN-$SN-$MACX-$DN.xml"]
            devices = json.loads(check(*words, "--json", device=()).stdout)["devices"]
            names = [(found["device"], self.gaps(found)) for found in devices]
            self.assertEqual(names, [("device 1 CP-1", {}), ("device 2 CP-2", {})])
            words = ["--rule", f"{hop.url}/$MA.xml", "--var", "MA=x", "--json"]
            (device,) = json.loads(check(*words, device=()).stdout)["devices"]
            self.assertEqual(self.gaps(device), {})


if __name__ == "__main__":
    peers.run_tests(EXPLAIN)

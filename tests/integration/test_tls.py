#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Trust, identity and the reasons of TLS failures, against real servers."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import peers
import phone
import workshop
from workshop import day

SOURCE_ROOT = os.environ["PROV_SOURCE_ROOT"]
DRIVER = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "tls_driver")
BODY = "<flat-profile/>"
HERE = "DNS:localhost,IP:127.0.0.1"
APACHE_TLS = ["ssl", "socache_shmcb"]
LEAF, ISSUER = 0, 1


def read_reasons():
    path = os.path.join(SOURCE_ROOT, "include", "provision", "base.h")
    with open(path, encoding="utf-8") as file:
        found = re.findall(r"PROV_TLS_(\w+) = (\d+)", file.read())
    return {int(number): name for name, number in found}


REASONS = read_reasons()


class Step:
    """What the driver said of one step."""

    def __init__(self, line):
        self.line = line
        fields = line.split("\t")
        self.status, self.reason = fields[0], REASONS[int(fields[1])]
        self.depth, self.origin, self.native = (int(field) for field in fields[2:5])
        self.subject, self.body, self.message = fields[5:]


def drive(*words):
    """Run the driver's words; its last step."""
    return drive_all(*words)[-1]


def drive_all(*words):
    done = subprocess.run([DRIVER, *words], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode not in (0, 1) or done.stderr:
        raise RuntimeError(f"{words}: {done.returncode}\n{done.stderr}")
    return [Step(line) for line in done.stdout.splitlines()]


class TlsTest(peers.ServedCase):
    @classmethod
    def setUpClass(cls):
        if shutil.which("openssl") is None:
            raise unittest.SkipTest("no openssl command")
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = os.path.join(cls.folder.name, "served")
        os.mkdir(cls.root)
        os.chmod(cls.folder.name, 0o755)
        for name in ["x", "open"]:
            with open(os.path.join(cls.root, name), "w", encoding="ascii") as file:
                file.write(BODY)
        cls.shop = workshop.Workshop(cls.folder.name)
        cls.ca = cls.shop.authority("our-ca", subject="/O=Telco/CN=our-ca")
        cls.good = cls.shop.certificate("good", cls.ca, HERE)

    def serve_tls(self, *sites):
        """nginx with a TLS port for each site: an identity, or (identity, configuration).

        Returns the ports.
        """
        ports, servers = peers.free_ports(len(sites)), ""
        for port, site in zip(ports, sites):
            identity, extra = site if isinstance(site[0], tuple) else (site, "")
            servers += f"""
                server {{
                    listen 127.0.0.1:{port} ssl;
                    root {self.root};
                    ssl_certificate {identity.chain};
                    ssl_certificate_key {identity.key};
                    {extra}
                }}
            """
        log = ":$server_port $connection $connection_requests"
        self.nginx = self.serve(peers.Nginx(self.root, servers=servers, log=log))
        return ports

    def serve_apache(self, extra=""):
        tls = f"""
            SSLEngine on
            SSLCertificateFile {self.good.chain}
            SSLCertificateKeyFile {self.good.key}
            SSLSessionCache none
        """
        self.apache = self.serve(peers.Apache2(self.root, tls + extra, APACHE_TLS))
        return self.apache.port

    def check(self, got, reason, message="", depth=LEAF, subject=None):
        self.assertEqual((got.status, got.reason), ("PROV_E_TLS", reason), got.line)
        self.assertEqual(got.depth, depth, got.line)
        self.assertIn(message, got.message)
        self.assertEqual(got.body, "")
        if subject is not None:
            self.assertEqual(got.subject, subject, got.line)

    def check_body(self, got):
        self.assertEqual((got.status, got.body), ("PROV_OK", BODY), got.line)


class CertificateTest(TlsTest):
    """The workshop's bad certificates, one by one."""

    def make_bad(self):
        """Rows of identity, reason, depth, subject, part of the message."""
        shop, ca = self.shop, self.ca
        stranger = shop.authority("strange-ca")
        between = shop.authority("between", ca, subject="/O=Telco/CN=between")
        stale = shop.authority("stale", ca, start=day(-9), end=day(-2))
        small = shop.authority("small", ca, key="rsa:1024")
        lone = shop.certificate("lone", between, HERE)
        lone = lone._replace(chain=lone.pem)
        valid_from = f"{day(5)[:4]}-{day(5)[4:6]}-{day(5)[6:]} 00:00 UTC"
        told = "authorityInfoAccess = caIssuers;URI:http://ca.example/ca.crt"
        public = shop.certificate("public", stranger, HERE, told)
        made = shop.certificate
        return [
            (
                *(made("old", ca, HERE, start="20200101", end="20200201"), "EXPIRED", LEAF, "old"),
                "expired on 2020-02-01 00:00 UTC, this device's clock says 20",
            ),
            (made("leaf", stale, HERE), "EXPIRED", ISSUER, "stale", "CA certificate expired on"),
            (
                made("young", ca, HERE, start=day(5), end=day(9)),
                *("NOT_YET_VALID", LEAF, "young"),
                f"not yet valid before {valid_from}, this device's clock says 20",
            ),
            (made("strange", stranger, HERE), "UNKNOWN_CA", LEAF, "strange", "from strange-ca"),
            (lone, "MISSING_INTERMEDIATE", LEAF, "lone", "intermediate one of its issuer between"),
            (public, "MISSING_INTERMEDIATE", LEAF, "public", "issuer strange-ca"),
            (made("itself", None, HERE), "SELF_SIGNED", LEAF, "itself", "signed by itself"),
            (
                *(made("other", ca, "DNS:a.example,DNS:b.example"), "WRONG_NAME", LEAF, "other"),
                "is for a.example, b.example, not for localhost",
            ),
            (made("weak", ca, HERE, key="rsa:1024"), "WEAK_KEY", LEAF, "weak", "key of 1024 bits"),
            (made("leaf2", small, HERE), "WEAK_KEY", ISSUER, "small", "CA certificate with"),
            (made("sha1", ca, HERE, digest="sha1"), "WEAK_DIGEST", LEAF, "sha1", "SHA1"),
            (
                *(made("client", ca, HERE, "extendedKeyUsage = clientAuth"), "WRONG_PURPOSE", LEAF),
                *("client", "purpose"),
            ),
            (made("leaf3", self.good, HERE), "WRONG_PURPOSE", ISSUER, "good", "CA"),
        ]

    def test_bad_certificates(self):
        rows = self.make_bad()
        level = "ssl_ciphers DEFAULT:@SECLEVEL=0;"
        ports = self.serve_tls(*((row[0], level) for row in rows))
        for port, (identity, reason, depth, subject, message) in zip(ports, rows):
            with self.subTest(certificate=identity.name):
                got = drive(f"ca={self.ca.pem}", f"get=https://localhost:{port}/x")
                self.check(got, reason, message, depth, subject)
                self.assertIn(f"shown by localhost:{port}", got.message)
                self.assertEqual(got.origin, 5)
                self.assertNotEqual(got.native, 0)

    def test_ca_without_a_name(self):
        """libcurl refuses an empty issuer after a handshake that OpenSSL is content with."""
        nameless = self.shop.authority("nameless", subject="/")
        leaf = self.shop.certificate("of-nameless", nameless, HERE)
        (port,) = self.serve_tls(leaf)
        got = drive(f"ca={nameless.pem}", f"get=https://localhost:{port}/x")
        if got.status == "PROV_OK":
            self.skipTest("this libcurl does not mind")
        self.check(got, "BAD_CERTIFICATE", "certificate refused by libcurl, ", LEAF)
        self.assertIn(f"shown by localhost:{port}", got.message)

    def test_server_without_a_name_in_its_subject(self):
        (port,) = self.serve_tls(self.shop.certificate("subjectless", self.ca, HERE, subject="/"))
        self.check_body(drive(f"ca={self.ca.pem}", f"get=https://localhost:{port}/x"))
        stranger = self.shop.authority("stranger")
        got = drive(f"ca={stranger.pem}", f"get=https://localhost:{port}/x")
        self.check(got, "UNKNOWN_CA", "from our-ca", LEAF, "localhost, 127.0.0.1")

    def test_revoked(self):
        lists = self.shop.revocation_list
        revoked = self.shop.certificate("revoked", self.ca, HERE)
        fresh = lists("fresh", self.ca, [revoked])
        stale = lists("stale", self.ca, [], start=day(-9), end=day(-8))
        other = lists("other", self.shop.authority("other-ca"), [])
        bad, good = self.serve_tls(revoked, self.good)
        for crl in [fresh, stale]:
            got = drive(f"ca={self.ca.pem}", f"crl={crl}", f"get=https://localhost:{bad}/x")
            self.check(got, "REVOKED", "certificate revoked by its CA", LEAF, "revoked")
            got = drive(f"ca={self.ca.pem}", f"crl={crl}", f"get=https://localhost:{good}/x")
            self.check_body(got)
        # A CA without a list is not checked.
        got = drive(f"ca={self.ca.pem}", f"crl={other}", f"get=https://localhost:{bad}/x")
        self.check_body(got)
        got = drive(f"ca={self.ca.pem}", f"crl={self.ca.pem}", f"get=https://localhost:{bad}/x")
        self.assertEqual(got.status, "PROV_E_CORRUPT")
        self.assertIn("no revocation list", got.message)

    def test_names(self):
        """Names that fit and names that do not, with alternative names and without."""
        rows = [
            # common name, alternative names, host, whether it fits
            ("localhost/mailto:admin@telco.net", "", "localhost", True),
            ("LOCALHOST/anything", "", "localhost", True),
            ("localhost", "", "localhost", True),
            ("127.0.0.1", "", "127.0.0.1", True),
            ("x", "DNS:*.0.0.1", "127.0.0.1", False),
            ("localhost/mailto:x", "DNS:other.example", "localhost", False),
            ("localhost.other.example/x", "", "localhost", False),
            ("other.example/localhost", "", "localhost", False),
            ("localhost/x", "", "127.0.0.1", False),
            ("*/x", "", "localhost", False),
            ("x", "DNS:LocalHost", "localhost", True),
            ("x", "IP:127.0.0.1", "127.0.0.1", True),
            ("x", "DNS:127.0.0.1", "127.0.0.1", False),
        ]
        made = []
        for name, names, _, _ in rows:
            subject = "/CN=" + name.replace("/", "\\/")
            made.append(self.shop.certificate(f"name{len(made)}", self.ca, names, subject=subject))
        ports = self.serve_tls(*made)
        for port, (name, names, host, fits) in zip(ports, rows):
            with self.subTest(name=name, names=names, host=host):
                got = drive(f"ca={self.ca.pem}", f"get=https://{host}:{port}/x")
                if fits:
                    self.check_body(got)
                else:
                    self.check(got, "WRONG_NAME", f"not for {host}", LEAF)

    def test_many_names_are_cut(self):
        names = ",".join(f"DNS:a-long-name-{i}.example" for i in range(40))
        (port,) = self.serve_tls(self.shop.certificate("many", self.ca, names))
        got = drive(f"ca={self.ca.pem}", f"get=https://localhost:{port}/x")
        self.check(got, "WRONG_NAME", "a-long-name-2.example, ..., not for localhost", LEAF)


class TrustTest(TlsTest):
    def test_trusted_by_each_way(self):
        folder = os.path.join(self.folder.name, "roots")
        os.mkdir(folder)
        shutil.copy(self.ca.pem, folder)
        self.shop.run("rehash", folder)
        stranger = self.shop.authority("a-stranger")
        (port,) = self.serve_tls(self.good)
        ways = [
            [f"ca={self.ca.pem}"],
            [f"path={folder}"],
            [f"custom={self.ca.pem}"],
            [f"ca={stranger.pem}", f"custom={self.ca.pem}"],
            [f"only={self.ca.pem}"],
            [f"path={folder}", f"custom={stranger.pem}"],
            [f"ca={self.ca.pem}", "system=1"],
            [f"path={folder}", "system=1"],
        ]
        for way in ways:
            for host in ["127.0.0.1", "localhost"]:
                with self.subTest(way=way, host=host):
                    self.check_body(drive(*way, f"get=https://{host}:{port}/x"))

    def test_nobody_is_trusted(self):
        (port,) = self.serve_tls(self.good)
        url = f"get=https://localhost:{port}/x"
        self.check(drive(url), "NO_ROOTS", "no CA is trusted by this device")
        self.check(drive("system=1", url), "UNKNOWN_CA", "from our-ca, a CA")

    def test_roots_that_cannot_be_read(self):
        got = drive("ca=/nonexistent/roots.pem")
        self.assertEqual(got.status, "PROV_E_IO")
        self.assertIn("cannot read /nonexistent/roots.pem: No such file", got.message)
        got = drive(f"ca={self.good.key}")
        self.assertEqual(got.status, "PROV_E_CORRUPT")
        self.assertIn("no certificate in", got.message)

    def test_custom_ca(self):
        other = self.shop.authority("custom-ca")
        theirs = self.shop.certificate("theirs", other, HERE)
        damaged = self.shop.path("damaged.pem")
        with open(other.pem, encoding="ascii") as file:
            text = file.read()
        with open(damaged, "w", encoding="ascii") as file:
            file.write(text + text.replace("M", "N", 20))
        ours, custom = self.serve_tls(self.good, theirs)
        get_ours, get_custom = (f"get=https://localhost:{port}/x" for port in [ours, custom])
        steps = drive_all(
            *(f"ca={self.ca.pem}", get_ours, get_custom),
            *(f"custom={other.pem}", get_ours, get_custom),
            *(f"custom={damaged}", get_ours, get_custom),
            *(f"only={other.pem}", get_ours, get_custom),
            *("custom=", get_ours, get_custom),
        )
        names = [step.status if step.status == "PROV_OK" else step.reason for step in steps]
        fine, unknown = "PROV_OK", "UNKNOWN_CA"
        self.assertEqual(
            names,
            [
                *(fine, unknown),
                *(fine, fine, fine),
                *("NONE", fine, fine),
                *(fine, unknown, fine),
                *(fine, fine, unknown),
            ],
        )
        self.assertEqual(steps[5].status, "PROV_E_CORRUPT")

    def test_pins(self):
        (port,) = self.serve_tls(self.good)
        url = f"get=https://localhost:{port}/x"
        wrong = "pin=" + "A" * 43 + "="
        for identity in [self.good, self.ca]:
            pin = self.shop.pin(identity)
            self.check_body(drive(f"ca={self.ca.pem}", f"pin=sha256//{pin}", wrong, url))
            self.check_body(drive(f"ca={self.ca.pem}", wrong, f"pin={pin}", url))
            self.check(drive(f"pin={pin}", url), "NO_ROOTS")
        self.check(drive(f"ca={self.ca.pem}", wrong, url), "NOT_PINNED", "pinned", LEAF, "good")
        self.assertEqual(drive("pin=sha256//AAAA").status, "PROV_E_INVALID")

    def test_four_requests_one_handshake(self):
        """Four rules on one server: nginx counts its connections and the requests of each."""
        ports = self.serve_tls(self.good, (self.good, "keepalive_timeout 0;"))
        counts = [["1 1", "1 2", "1 3", "1 4"], ["1 1", "2 1", "3 1", "4 1"]]
        for port, wanted in zip(ports, counts):
            url = f"get=https://localhost:{port}/x"
            roots = self.shop.path(f"read-once-{port}")
            os.mkfifo(roots)
            with subprocess.Popen(["cp", self.ca.pem, roots]):
                for got in drive_all(f"ca={roots}", url, url, url, url):
                    self.check_body(got)
            self.assertEqual(self.connections(port, 4), wanted)

    def connections(self, port, n):
        """`CONNECTION REQUEST` of the requests to a port, both counted from 1."""
        log = self.nginx.wait_for_log(f":{port} ", n)
        lines = re.findall(rf"^:{port} (\d+) (\d+)$", log, re.M)
        first = []
        for connection, _ in lines:
            if connection not in first:
                first.append(connection)
        return [f"{first.index(connection) + 1} {request}" for connection, request in lines]

    def test_old_versions_need_leave(self):
        level = "ssl_ciphers DEFAULT:@SECLEVEL=0;"
        (port,) = self.serve_tls((self.good, f"ssl_protocols TLSv1.1; {level}"))
        words = [f"ca={self.ca.pem}", f"get=https://localhost:{port}/x"]
        self.check(drive(*words), "VERSION", "no common TLS version with localhost")
        self.check_body(drive("min=2", *words))
        self.check_body(drive("min=3", *words))
        weak = self.shop.certificate("weak-and-old", self.ca, HERE, key="rsa:1024")
        (port,) = self.serve_tls((weak, f"ssl_protocols TLSv1.1; {level}"))
        got = drive("min=3", f"ca={self.ca.pem}", f"get=https://localhost:{port}/x")
        self.check(got, "WEAK_KEY")

    def test_least_version(self):
        (port,) = self.serve_tls((self.good, "ssl_protocols TLSv1.2;"))
        words = [f"ca={self.ca.pem}", f"get=https://localhost:{port}/x"]
        self.check_body(drive(*words))
        self.check(drive("min=1", *words), "VERSION")
        self.assertEqual(drive("min=4").status, "PROV_E_INVALID")


class HandshakeTest(TlsTest):
    def serve_openssl(self, *args):
        own = ["-cert", self.good.pem, "-key", self.good.key]
        return self.serve(peers.OpensslServer(*own, *args)).port

    def get(self, port, scheme="https"):
        return drive(f"ca={self.ca.pem}", f"get={scheme}://localhost:{port}/x")

    def test_http_on_a_tls_port(self):
        alert = b"\x15\x03\x01\x00\x02\x02\x46"
        for port in [*self.serve_tls(self.good), self.serve_apache()]:
            got = self.get(port, "http")
            self.check(got, "EXPECTED", f"TLS expected (https?) by localhost:{port}")
            self.assertEqual((got.origin, got.native), (7, 400))
        got = self.get_answered("http", alert)
        self.check(got, "EXPECTED", "TLS expected (https?) by localhost:")
        self.assertEqual(self.get_answered("http", b"\x15what").status, "PROV_E_NETWORK")

    def test_tls_on_an_http_port(self):
        self.serve_tls()
        got = self.get(self.nginx.port)
        where = f"localhost:{self.nginx.port}"
        self.check(got, "HTTP_SPOKEN", f"no TLS spoken (plain HTTP?) by {where}")

    def test_tls_on_a_port_of_ssh(self):
        got = self.get_answered("https", b"SSH-2.0-OpenSSH_9.2\r\n")
        self.check(got, "HTTP_SPOKEN", "no TLS spoken by localhost:")
        self.assertIn(": it starts with 'SSH-2.0-OpenSSH_9.2'", got.message)

    def test_no_cipher_in_common(self):
        port = self.serve_openssl("-no_tls1_3", "-cipher", "CAMELLIA256-SHA@SECLEVEL=0")
        self.check(self.get(port), "PARAMETERS", "no cipher in common, or the server's key is not")

    def get_answered(self, scheme, answer):
        """From a server that has this one answer to whatever it hears, and closes."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"get={scheme}://localhost:{listener.getsockname()[1]}/x"
            words = [DRIVER, f"ca={self.ca.pem}", url]
            with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as driver:
                client, _ = listener.accept()
                with client:
                    client.recv(4096)
                    client.sendall(answer)
                return Step(driver.stdout.readline().rstrip("\n"))

    def test_connection_ends_within_the_handshake(self):
        got = self.get_answered("https", b"")
        self.check(got, "BROKEN_OFF", "TLS handshake broken off by localhost:")

    def test_handshake_that_breaks_a_rule(self):
        got = self.get_answered("https", b"\x16\x03\x03\x00\x04\x02\x00\x00\x00")
        self.check(got, "PROTOCOL", "with localhost:")
        self.assertEqual(got.origin, 5)


class DeviceTest(TlsTest):
    """A device with a certificate of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        device = "/OU=CP-8841-3PCC/serialNumber=FCH1234/CN=000e08abcdef"
        cls.device = cls.shop.certificate("device", cls.ca, "", subject=device)
        cls.rsa = cls.shop.certificate("rsa-device", cls.ca, "", key="rsa:2048")

    def show(self, identity, *words):
        return drive(
            *(f"ca={self.ca.pem}", f"cert={identity.chain}", f"key={identity.key}", "present=1"),
            *words,
        )

    def ask_for_certificate(self, how, extra=""):
        """nginx's configuration."""
        return f"ssl_client_certificate {self.ca.pem}; ssl_verify_client {how}; {extra}"


class ClientTest(DeviceTest):
    def test_apache_asks_for_one_path(self):
        """With TLS 1.2 in a second handshake, with TLS 1.3 after the first."""
        for version in ["TLSv1.2", "TLSv1.3"]:
            port = self.serve_apache(
                f"""
                SSLProtocol {version}
                SSLCACertificateFile {self.ca.pem}
                <Location /x>
                    SSLVerifyClient require
                    SSLVerifyDepth 3
                </Location>
                """
            )
            url = f"get=https://localhost:{port}/x"
            with self.subTest(version=version):
                self.check_body(self.show(self.device, url, url))
                open_url = f"get=https://localhost:{port}/open"
                self.check_body(self.show(self.device, open_url, url))
                self.assertNotIn("handshake failed", self.apache.log())
                self.check(drive(f"ca={self.ca.pem}", url), "CLIENT_REQUIRED")

    def make_refused(self):
        """Rows of identity and reason, by the server's verification."""
        shop, ca = self.shop, self.ca
        revoked = shop.certificate("revoked-device", ca, "")
        stale = shop.authority("stale-devices", ca, start=day(-9), end=day(-2))
        stranger = shop.authority("strange-devices")
        server = "extendedKeyUsage = serverAuth"
        self.crl = shop.revocation_list("devices", ca, [revoked])
        return [
            (revoked, "CLIENT_REVOKED"),
            (shop.certificate("stale-device", stale, ""), "CLIENT_EXPIRED"),
            (shop.certificate("strange-device", stranger, ""), "CLIENT_UNKNOWN_CA"),
            (shop.certificate("server-device", ca, "", server), "CLIENT_REFUSED"),
        ]

    def test_apache_verifies(self):
        rows = self.make_refused()
        for version in ["TLSv1.2", "TLSv1.3"]:
            port = self.serve_apache(
                f"""
                SSLProtocol {version}
                SSLVerifyClient require
                SSLVerifyDepth 3
                SSLCACertificateFile {self.ca.pem}
                SSLCARevocationFile {self.crl}
                SSLCARevocationCheck leaf no_crl_for_cert_ok
                """
            )
            url = f"get=https://localhost:{port}/x"
            with self.subTest(version=version):
                got = drive(f"ca={self.ca.pem}", url)
                self.check(got, "CLIENT_REQUIRED", f"this device required by localhost:{port}")
                self.check_body(self.show(self.device, url))
                self.check_body(self.show(self.rsa, url))
            for identity, reason in rows:
                with self.subTest(version=version, certificate=identity.name):
                    self.check(self.show(identity, url), reason, f"localhost:{port}")

    def test_nginx_verifies(self):
        rows = self.make_refused()
        extra = self.ask_for_certificate("on", f"ssl_crl {self.crl};")
        (port,) = self.serve_tls((self.good, extra))
        url = f"get=https://localhost:{port}/x"
        got = drive(f"ca={self.ca.pem}", url)
        self.check(got, "CLIENT_REQUIRED", f"this device required by localhost:{port}")
        self.assertEqual((got.origin, got.native), (7, 400))
        self.check_body(self.show(self.device, url))
        for identity, _ in rows:
            self.check(self.show(identity, url), "CLIENT_REFUSED", f"refused by localhost:{port}")

    def test_certificate_comes_and_goes(self):
        """Connections made as somebody else are not used again."""
        extra = 'location /x { return 200 "$ssl_client_verify."; }'
        (port,) = self.serve_tls((self.good, self.ask_for_certificate("optional", extra)))
        url = f"get=https://localhost:{port}/x"
        steps = drive_all(
            *(f"ca={self.ca.pem}", url, url, f"cert={self.device.pem}", f"key={self.device.key}"),
            *("present=1", url, url, "present=0", url),
        )
        self.assertEqual([step.status for step in steps], ["PROV_OK"] * 7)
        bodies = [steps[i].body for i in [0, 1, 3, 4, 6]]
        self.assertEqual(bodies, ["NONE.", "NONE.", "SUCCESS.", "SUCCESS.", "NONE."])

    def test_address_of_a_kept_connection_is_checked(self):
        (port,) = self.serve_tls((self.good, 'location /x { return 200 "body"; }'))
        url = f"get=https://localhost:{port}/x"
        steps = drive_all(f"ca={self.ca.pem}", url, "refuse=127.0.0.1", url)
        self.assertEqual([step.status for step in steps], ["PROV_OK", "PROV_E_POLICY"])
        self.assertEqual(steps[1].message, "127.0.0.1 is not for us")

    def test_host_signs(self):
        for version in ["TLSv1.2", "TLSv1.3"]:
            extra = self.ask_for_certificate("on", f"ssl_protocols {version};")
            (port,) = self.serve_tls((self.good, extra))
            url = f"get=https://localhost:{port}/x"
            for identity in [self.device, self.rsa]:
                with self.subTest(version=version, certificate=identity.name):
                    words = [f"ca={self.ca.pem}", f"cert={identity.pem}"]
                    self.check_body(drive(*words, f"sign={identity.key}", "present=1", url))
                    got = drive(*words, "sign=", "present=1", url)
                    self.check(got, "KEY_FAILED", f"the host did not sign for localhost:{port}")
                    self.assertEqual((got.origin, got.native), (1, -9))

    def is_usable(self, identity):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(identity.pem, identity.key)
        except ssl.SSLError:
            return False
        return True

    def test_what_is_given_is_checked(self):
        shop, ca = self.shop, self.ca
        old = shop.certificate("old-device", ca, "", start="20200101", end="20200201")
        weak = shop.certificate("weak-device", ca, "", key="rsa:1024")
        sha1 = shop.certificate("sha1-device", ca, "", digest="sha1")
        locked = shop.path("locked.key")
        device = self.device
        shop.run("pkey", "-in", device.key, "-aes128", "-passout", "pass:s3cret", "-out", locked)
        empty = shop.path("empty")
        with open(empty, "wb"):
            pass
        rows = [
            (old.pem, old.key, "CLIENT_EXPIRED", "expired on 2020-02-01", "old-device"),
            (device.pem, self.rsa.key, "KEY_MISMATCH", "not that of", "000e08abcdef"),
            (device.pem, locked, "KEY_UNREADABLE", "without a passphrase", ""),
            (device.pem, device.pem, "KEY_UNREADABLE", "", ""),
            (device.key, device.key, "CLIENT_UNREADABLE", "", ""),
            (empty, device.key, "CLIENT_UNREADABLE", "", ""),
            (weak.pem, weak.key, "WEAK_KEY", "too weak a key", "weak-device"),
        ]
        for certificate, key, reason, message, subject in rows:
            with self.subTest(reason=reason):
                got = drive(f"cert={certificate}", f"key={key}", "present=1")
                self.check(got, reason, message, LEAF, subject)
        # Newer releases of OpenSSL leave it to the server what it thinks of such a signature.
        got = drive(f"cert={sha1.pem}", f"key={sha1.key}", "present=1")
        if self.is_usable(sha1):
            self.assertEqual(got.status, "PROV_OK")
        else:
            self.check(got, "WEAK_DIGEST", "weak signature", LEAF, "sha1-device")
        for certificate, key, reason in [
            ("/nonexistent", device.key, "CLIENT_UNREADABLE"),
            (device.pem, "/nonexistent", "KEY_UNREADABLE"),
        ]:
            got = drive(f"cert={certificate}", f"key={key}", "present=1")
            self.assertEqual((got.status, got.reason, got.native), ("PROV_E_IO", reason, 2))
        both = shop.path("both.pem")
        shop.run("pkey", "-in", device.key, "-out", both)
        with open(both, "a", encoding="ascii") as file, open(device.pem, encoding="ascii") as more:
            file.write(more.read())
        self.assertEqual(drive(f"cert={both}", "present=1").status, "PROV_OK")


class BlockApache(peers.Apache2):
    """Apache with a block of the documentation, which has a port of its own."""

    def command(self):
        block, self.extra = self.extra, self.extra.replace(":443>", f":{self.port}>")
        command = super().command()
        self.extra = block
        return command


class DocumentationTest(DeviceTest):
    """The servers of docs/tls.md, to the letter but for paths and port, and the phone."""

    def blocks(self, language):
        with open(os.path.join(SOURCE_ROOT, "docs", "tls.md"), encoding="utf-8") as file:
            found = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.M | re.S)
        self.assertEqual(len(found), 2)
        etc = self.shop.path("etc")
        os.makedirs(etc, exist_ok=True)
        shutil.copy(self.good.chain, os.path.join(etc, "server.pem"))
        shutil.copy(self.good.key, os.path.join(etc, "server.key"))
        shutil.copy(self.ca.pem, os.path.join(etc, "device-ca.pem"))
        return [b.replace("/etc/provision", etc).replace("/srv/provision", self.root) for b in found]

    def check_servers(self, ports):
        plain, strict = (f"get=https://localhost:{port}/x" for port in ports)
        self.check_body(drive(f"ca={self.ca.pem}", plain))
        self.check(drive(f"ca={self.ca.pem}", strict), "CLIENT_REQUIRED")
        self.check_body(self.show(self.device, strict))

    def test_nginx(self):
        ports = peers.free_ports(2)
        pairs = zip(self.blocks("nginx"), ports)
        servers = [block.replace("443", f"127.0.0.1:{port}") for block, port in pairs]
        self.serve(peers.Nginx(self.root, servers="\n".join(servers)))
        self.check_servers(ports)

    def test_apache(self):
        ports = []
        for block in self.blocks("apache"):
            ports.append(self.serve(BlockApache(self.root, block, APACHE_TLS)).port)
        self.check_servers(ports)

    def test_phone(self):
        """A rule that only a phone with a certificate follows."""
        if not os.path.exists(phone.PROGRAM):
            self.skipTest("built without examples")
        extra = self.ask_for_certificate("on")
        (port,) = self.serve_tls((self.good, extra))
        rule = f'("$CCERT" eq "Installed")? https://localhost:{port}/x'
        with phone.Phone(self.shop.path("phone")) as device:
            own = ["--client-cert", self.device.pem, "--client-key", self.device.key]
            run = device.resync(rule, "--ca", self.ca.pem, *own)
            self.assertEqual((run.status, run.result()["outcome"]), (0, "unchanged"), run.out)
            result = run.result()
            self.assertIn(result["tls_version"], ["TLSv1.2", "TLSv1.3"])  # nginx's own default
            self.assertEqual((result["cert_subject"], result["cert_names"]),
                             ("good", "localhost, 127.0.0.1"))
            self.assertLessEqual(result["lookup_ms"], result["connect_ms"])
            self.assertLessEqual(result["connect_ms"], result["tls_ms"])
            self.assertGreater(result["cert_not_after"], time.time())
            run = device.run("--once", "--verbose", "--ca", self.ca.pem, *own, "--resync", rule)
            self.assertRegex(run.out, r"(?m)^  < TLSv1.[23], certificate good for localhost, 127.0.0.1, "
                                      r"valid until 20\d\d-\d\d-\d\d$")
            run = device.resync(f"https://localhost:{port}/x", "--ca", self.ca.pem)
            self.assertEqual(run.result()["error"]["tls_reason"], "client-required")
            own[-1] = self.rsa.key
            run = device.resync(rule, "--ca", self.ca.pem, *own)
            self.assertEqual(run.status, 3)
            self.assertIn("not that of the client certificate", run.err)

    def test_device_management_that_identifies_by_certificate(self):
        """As BroadWorks: the file is given to a certificate, without a password."""
        if not os.path.exists(phone.PROGRAM):
            self.skipTest("built without examples")
        place = """location /dms/ {
            if ($ssl_client_verify != SUCCESS) { return 401; }
            return 200 "<flat-profile><GPP_A>given</GPP_A></flat-profile>"; }"""
        (port,) = self.serve_tls((self.good, self.ask_for_certificate("optional", place)))
        rule = f"https://localhost:{port}/dms/CP8841/$MA.xml"
        own = ["--client-cert", self.device.pem, "--client-key", self.device.key]
        with phone.Phone(self.shop.path("managed")) as device:
            run = device.resync(rule, "--ca", self.ca.pem)
            self.assertEqual(run.result()["error"]["status"], "PROV_E_AUTH", run.out)
            run = device.resync(rule, "--ca", self.ca.pem, *own)
            self.assertEqual((run.status, run.result()["outcome"]), (0, "applied"), run.out)
            self.assertEqual(run.events("credentials-wanted"), [])
            self.assertEqual(device.value("GPP_A"), "given")

    def test_hints_of_the_phone_fit_who_is_at_fault(self):
        """Only a CA that is not known is a matter of --ca."""
        if not os.path.exists(phone.PROGRAM):
            self.skipTest("built without examples")
        made, extra = self.shop.certificate, self.ask_for_certificate("on")
        stranger = self.shop.authority("hint-ca")
        rows = [
            (made("hint1", stranger, HERE), "trust the CA with --ca FILE"),
            (made("hint2", self.ca, HERE, end=day(-2), start=day(-9)),
             "set the clock, or have the certificate renewed"),
            (made("hint3", self.ca, "DNS:a.example"), "use a name of the certificate in the rule"),
            (made("hint4", self.ca, HERE, "extendedKeyUsage = clientAuth"),
             "have a new certificate made"),
            ((self.good, extra), "give one with --client-cert and --client-key"),
        ]
        ports = self.serve_tls(*(row[0] for row in rows))
        with phone.Phone(self.shop.path("phone")) as device:
            for port, (_, hint) in zip(ports, rows):
                with self.subTest(hint=hint):
                    run = device.run("--once", "--ca", self.ca.pem,
                                     "--resync", f"https://localhost:{port}/x")
                    self.assertEqual(run.status, 1, run.err)
                    self.assertIn(hint, run.err)
                    self.assertEqual("--ca" in run.err, "--ca" in hint, run.err)


if __name__ == "__main__":
    peers.run_tests(DRIVER)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The built-in transport against real servers: TFTP, HTTP and HTTPS."""

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import peers
import tcp_relay
import workshop

FETCH = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "fetch")
BASIC = b"<flat-profile><GPP_A> 12345678 </GPP_A></flat-profile>\n"
BIG = hashlib.shake_256(b"libprovision").digest(300 * 1024 + 7)
# Lengths around the block sizes of TFTP: 512, and what is asked for.
EDGES = [1, 511, 512, 513, 1427, 1428, 1429, 2856]
USER, PASSWORD = "phone", "s3cr3t-passw0rd"

ORIGIN_HTTP, ORIGIN_TFTP = 7, 8


class Fetched:
    """What the fetch program printed: body, and a name for each line of its report."""

    def __init__(self, done):
        self.body = done.stdout
        self.report = done.stderr.decode("utf-8", "replace")
        self.fields = {}
        for line in self.report.splitlines():
            name, _, value = line.partition(" ")
            self.fields[name] = value
        self.waited_s = int(self.fields.get("waited", 0)) / 1000  # by timeouts that ran out

    def __getattr__(self, name):
        return self.fields.get(name)


def fetch(url, variables=None, **settings):
    args = [f"{name}={value}" for name, value in settings.items()]
    # A proxy of the environment must not be used: nothing listens there. One that is asked for must.
    proxy = "http://127.0.0.1:1"
    env = {**os.environ, "http_proxy": proxy, "ALL_PROXY": proxy, "no_proxy": "*"}
    env.update(variables or {})
    done = subprocess.run(
        [FETCH, *args, url], capture_output=True, timeout=120, check=False, env=env
    )
    return Fetched(done)


def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, 0o644)


class ServedTest(peers.ServedCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = cls.folder.name
        os.chmod(cls.root, 0o755)
        write(cls.root, "basic.txt", BASIC)
        write(cls.root, "big.bin", BIG)
        write(cls.root, "empty.txt", b"")
        for length in EDGES:
            write(cls.root, f"edge{length}", BIG[:length])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, got, status, message=None, origin=None, native=None):
        self.assertEqual(got.status, status, got.report)
        if message is not None:
            self.assertIn(message, got.message)
        if origin is not None:
            self.assertEqual((got.origin, got.native), (str(origin), str(native)), got.report)
        self.assertNotIn(PASSWORD, got.report)

    def check_body(self, got, body):
        self.check(got, "PROV_OK")
        self.assertEqual(got.body, body)


class TftpTest(ServedTest):
    def check_server(self, make):
        server = self.serve(make(self.root))
        url = f"tftp://{server.host}:{server.port}"
        got = fetch(url + "/basic.txt")
        self.check_body(got, BASIC)
        self.assertEqual(got.server_ip, server.host)
        self.assertEqual(got.length, str(len(BASIC)))
        self.check_body(fetch(url + "/basic.txt", slash=1), BASIC)
        self.check_body(fetch(url + "/big.bin"), BIG)
        for length in EDGES:
            self.check_body(fetch(f"{url}/edge{length}"), BIG[:length])
        self.check_body(fetch(url + "/empty.txt"), b"")
        self.check(fetch(url + "/none.txt"), "PROV_E_NOT_FOUND", "no such file", ORIGIN_TFTP, 1)
        self.check(fetch(url + "/big.bin", bytes=100000), "PROV_E_LIMIT", "100000 bytes allowed")

    def test_tftpd_hpa(self):
        self.check_server(peers.TftpdHpa)

    def test_atftpd(self):
        self.check_server(peers.Atftpd)

    def test_dnsmasq(self):
        self.check_server(peers.DnsmasqTftp)

    def test_nobody_there(self):
        port = peers.free_port(socket.SOCK_DGRAM)
        got = fetch(f"tftp://127.0.0.1:{port}/x", connect=1000)
        self.check(got, "PROV_E_TIMEOUT", f"no answer from 127.0.0.1:{port}")


class HttpTest(ServedTest):
    def check_server(self, server):
        url = f"http://{server.host}:{server.port}"
        got = fetch(url + "/basic.txt", agent="Cisco-CP-8841-3PCC/11.0 (000e08abcdef)")
        self.check_body(got, BASIC)
        self.assertEqual((got.code, got.length), ("200", str(len(BASIC))))
        self.assertEqual(got.verified, "0")
        self.assertTrue(got.etag)
        agent = "Cisco-CP-8841-3PCC/11.0 (000e08abcdef)"
        self.assertIn(agent, server.wait_for_log(agent))
        self.check_body(fetch(url + "/big.bin"), BIG)
        self.check_body(fetch(url + "/empty.txt"), b"")
        got = fetch(url + "/none.txt")
        self.check(got, "PROV_E_NOT_FOUND", "HTTP 404", ORIGIN_HTTP, 404)
        self.assertEqual(got.body, b"")
        self.check(fetch(url + "/big.bin", bytes=100000), "PROV_E_LIMIT")
        server.stop()
        self.check(fetch(url + "/basic.txt"), "PROV_E_CONNECT", "nothing listens at")

    def test_nginx(self):
        self.check_server(self.serve(peers.Nginx(self.root)))

    def test_apache2(self):
        self.check_server(self.serve(peers.Apache2(self.root)))

    def test_nginx_redirects(self):
        extra = """
            location /moved { return 301 /basic.txt; }
            location /loop { return 302 /loop; }
            location /away { return 307 ftp://127.0.0.1/basic.txt; }
        """
        server = self.serve(peers.Nginx(self.root, extra))
        url = f"http://{server.host}:{server.port}"
        got = fetch(url + "/moved")
        self.check_body(got, BASIC)
        self.assertEqual(got.url, url + "/basic.txt")
        self.check(fetch(url + "/loop"), "PROV_E_REDIRECT", "too many redirects")
        self.check(fetch(url + "/away"), "PROV_E_REDIRECT", "no http or https URL")

    def test_nginx_over_ipv6(self):
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
                probe.bind(("::1", 0))
                port = probe.getsockname()[1]
        except OSError:
            self.skipTest("no IPv6 here")
        self.serve(peers.Nginx(self.root, f"listen [::1]:{port};"))
        got = fetch(f"http://[::1]:{port}/basic.txt")
        self.check_body(got, BASIC)
        self.assertEqual((got.address, got.server_ip), ("::1", "::1"))
        self.check(fetch(f"http://[::1]:{port}/none"), "PROV_E_NOT_FOUND", f"at [::1]:{port}")

    def test_nginx_slow_body(self):
        server = self.serve(peers.Nginx(self.root, "limit_rate 20k;"))
        got = fetch(f"http://{server.host}:{server.port}/big.bin", total=1500)
        self.check(got, "PROV_E_TIMEOUT", "not finished after 1 s")
        self.assertEqual(got.body, BIG[: len(got.body)])

    def check_speed(self, url, least_s, most_s, **settings):
        start = time.monotonic()
        got = fetch(url, **settings)
        self.assertGreater(time.monotonic() - start, least_s)
        self.assertLess(got.waited_s, most_s)
        self.check_body(got, BIG)

    def test_slowed_down(self):
        """To the speed allowed; what is slower anyway stays as it is."""
        rate = 100000
        whole_s = len(BIG) / rate
        web, tftp = self.serve(peers.Nginx(self.root)), self.serve(peers.TftpdHpa(self.root))
        for scheme, server in [("http", web), ("tftp", tftp)]:
            with self.subTest(scheme=scheme):
                url = f"{scheme}://{server.host}:{server.port}/big.bin"
                self.check_speed(url, 0.9 * whole_s, whole_s + 2, rate=rate)
                self.check_speed(url, 0, 1, rate=1000000000)

    def test_goes_on_after_cuts(self):
        """The line breaks after so many bytes, twice; then it holds."""
        hour_ago = time.time() - 3600  # a file just written has a weak ETag from Apache
        os.utime(os.path.join(self.root, "big.bin"), (hour_ago, hour_ago))
        for make in [peers.Nginx, peers.Apache2]:
            server = self.serve(make(self.root))
            for end in ["drop", "reset"]:
                with self.subTest(server=make.__name__, end=end):
                    cuts = (100000, 90000, None)
                    with tcp_relay.TcpRelay(server.port, cuts=cuts, end=end) as line:
                        got = fetch(f"http://127.0.0.1:{line.port}/big.bin")
                        self.check_body(got, BIG)
                        self.assertEqual(line.n_connections, 3)
                    self.assertEqual(got.length, str(len(BIG)))

    def test_apache2_password(self):
        for kind in ["Basic", "Digest"]:
            with self.subTest(kind=kind):
                self.check_password(kind)

    def check_password(self, kind):
        guard = peers.password_guard(self.root, kind, USER, PASSWORD)
        server = self.serve(peers.Apache2(self.root, *guard))
        url = f"http://{server.host}:{server.port}/basic.txt"
        self.check_body(fetch(url, uid=USER, pwd=PASSWORD), BASIC)
        self.check(fetch(url), "PROV_E_AUTH", "requires a user", ORIGIN_HTTP, 401)
        got = fetch(url, uid=USER, pwd="wrong")
        self.check(got, "PROV_E_AUTH", "does not accept", ORIGIN_HTTP, 401)


class HttpsTest(ServedTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if shutil.which("openssl") is None:
            raise unittest.SkipTest("no openssl command")
        cls.shop_folder = tempfile.TemporaryDirectory()
        shop = workshop.Workshop(cls.shop_folder.name)
        here = "DNS:localhost,IP:127.0.0.1"
        cls.ca = shop.authority("our-ca")
        cls.good = shop.certificate("good", cls.ca, here)

    @classmethod
    def tearDownClass(cls):
        cls.shop_folder.cleanup()
        super().tearDownClass()

    def serve_tls(self, identity, extra=""):
        """nginx, with TLS on a second port; returns that port as well."""
        port = peers.free_port(socket.SOCK_STREAM)
        listen = f"""
            listen 127.0.0.1:{port} ssl;
            ssl_certificate {identity.pem};
            ssl_certificate_key {identity.key};
            {extra}
        """
        return self.serve(peers.Nginx(self.root, listen)), port

    def test_redirect_upwards_only(self):
        server, port = self.serve_tls(
            self.good,
            """
            location /up { return 302 https://127.0.0.1:$arg_port/basic.txt; }
            location /down { return 302 http://127.0.0.1:$arg_port/basic.txt; }
            """,
        )
        got = fetch(f"http://127.0.0.1:{server.port}/up?port={port}", ca=self.ca.pem)
        self.check_body(got, BASIC)
        self.assertEqual(got.verified, "1")
        got = fetch(f"https://127.0.0.1:{port}/down?port={server.port}", ca=self.ca.pem)
        self.check(got, "PROV_E_REDIRECT", "from https to http refused", ORIGIN_HTTP, 302)

    def test_no_session_secret_is_written(self):
        _, port = self.serve_tls(self.good)
        path = os.path.join(self.shop_folder.name, "secrets")
        got = fetch(
            f"https://127.0.0.1:{port}/basic.txt", {"SSLKEYLOGFILE": path}, ca=self.ca.pem
        )
        self.check_body(got, BASIC)
        # libcurl creates the file.
        self.assertFalse(os.path.exists(path) and os.path.getsize(path))

    def test_openssl_that_cannot_start(self):
        path = os.path.join(self.shop_folder.name, "no_provider.cnf")
        with open(path, "w", encoding="ascii") as file:
            file.write("openssl_conf = o\n[o]\nproviders = p\n[p]\nnull = n\n[n]\nactivate = 1\n")
        got = fetch("http://127.0.0.1:1/", {"OPENSSL_CONF": path})
        self.assertEqual(got.status, "PROV_E_UNSUPPORTED")
        self.assertTrue(got.message.startswith("OpenSSL cannot start: "), got.message)


class CustomTransportTest(ServedTest):
    """The example that fetches file:// through a transport of its own."""

    def run_example(self, name):
        program = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "custom_transport")
        if not os.path.exists(program):
            self.skipTest("built without examples")
        url = f"file://localhost{self.root}/{name}"
        return subprocess.run([program, url], capture_output=True, timeout=60, check=False)

    def test_file_is_applied(self):
        done = self.run_example("basic.txt")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, b"GPP_A = 12345678\n")

    def test_missing_file_is_told(self):
        done = self.run_example("none.txt")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"PROV_E_NOT_FOUND", done.stderr)


if __name__ == "__main__":
    peers.run_tests(FETCH)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""HTTP and HTTPS by way of a proxy: what it hears, what the server hears, whose fault a failure is."""

import base64
import hashlib
import os
import shutil
import socket
import unittest

import hops
import peers
import workshop
from test_transport import BASIC, FETCH, ORIGIN_HTTP, ServedTest, fetch

SERVER_USER, SERVER_SECRET = "phone", "server-s3cr3t"
PROXY_USER, PROXY_SECRET = "gate", "proxy-s3cr3t"
SERVER_LOGIN = {"uid": SERVER_USER, "pwd": SERVER_SECRET}
PROXY_LOGIN = {"proxy_uid": PROXY_USER, "proxy_pwd": PROXY_SECRET}
WANTS_BASIC = hops.response(407, b"", 'Proxy-Authenticate: Basic realm="gate"')


def basic(user, secret):
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def want_login(request):
    right = request.headers.get("proxy-authorization") == basic(PROXY_USER, PROXY_SECRET)
    return None if right else WANTS_BASIC


def want_login_at_server(request):
    if request.headers.get("authorization") == basic(SERVER_USER, SERVER_SECRET):
        return hops.response(200, b"body")
    return hops.response(401, b"", 'WWW-Authenticate: Basic realm="files"')


class HangingUp(hops.Proxy):
    def serve(self, request, handler):
        super().serve(request, handler)
        return False


class ProxyTest(ServedTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if shutil.which("openssl") is None:
            raise unittest.SkipTest("no openssl command")
        shop = workshop.Workshop(cls.root)
        cls.ca = shop.authority("ca")
        cls.identity = shop.certificate("origin", cls.ca, "DNS:origin.test")
        cls.here = shop.certificate("here", cls.ca, "IP:127.0.0.1")

    def origin(self, answer, tls=False):
        return self.serve(hops.Hop(answer, tls=self.identity if tls else None))

    def proxy(self, origin, gate=lambda request: None):
        return self.serve(hops.Proxy((origin.host, origin.port), gate))

    def fetch(self, scheme, proxy, **settings):
        return fetch(
            f"{scheme}://origin.test/x", proxy=f"{proxy.host}:{proxy.port}", ca=self.ca.pem, **settings
        )

    def check_secrets(self, origin, proxy):
        """Each hears its own credentials only; a plain request passes through the proxy's hands."""
        for request in origin.requests:
            self.assertNotIn("proxy-authorization", request.headers)
            self.assertNotIn(PROXY_USER, request.raw.decode("latin-1"))
            self.assertNotIn(basic(PROXY_USER, PROXY_SECRET).encode(), request.raw)
        for request in proxy.requests:
            if request.method == "CONNECT":
                self.assertNotIn("authorization", request.headers)

    def test_by_each_scheme(self):
        for scheme in ["http", "https"]:
            with self.subTest(scheme=scheme):
                origin = self.origin(want_login_at_server, tls=scheme == "https")
                proxy = self.proxy(origin, want_login)
                got = self.fetch(scheme, proxy, **SERVER_LOGIN, **PROXY_LOGIN, agent="phone/1")
                self.check_body(got, b"body")
                self.assertEqual(got.server_ip, proxy.host)
                self.check_secrets(origin, proxy)
                connects = [r for r in proxy.requests if r.method == "CONNECT"]
                self.assertEqual(len(connects) > 0, scheme == "https")
                self.assertNotIn(SERVER_SECRET, got.report)
                self.assertNotIn(PROXY_SECRET, got.report)
                # Never before a challenge.
                self.assertNotIn("proxy-authorization", proxy.requests[0].headers)
                self.assertNotIn("authorization", origin.requests[0].headers)

    def test_refused_credentials(self):
        for scheme in ["http", "https"]:
            for login, message in [({}, "requires a user"), (PROXY_LOGIN, "does not accept user")]:
                with self.subTest(scheme=scheme, login=bool(login)):
                    origin = self.origin(want_login_at_server, tls=scheme == "https")
                    proxy = self.proxy(origin, lambda request: WANTS_BASIC)
                    got = self.fetch(scheme, proxy, **SERVER_LOGIN, **login)
                    where = f"proxy 127.0.0.1:{proxy.port} {message}"
                    self.check(got, "PROV_E_AUTH", where, ORIGIN_HTTP, 407)
                    self.assertLessEqual(len(proxy.requests), 3)
                    self.assertEqual(origin.requests, [])
                    for request in proxy.requests:
                        self.assertNotIn("authorization", request.headers)

    def test_connection_closed_behind_the_challenge(self):
        """Without Content-Length the answer to CONNECT ends with the connection."""
        challenge = b'HTTP/1.0 407 Word\r\nProxy-Authenticate: Basic realm="gate"\r\n\r\n'
        origin = self.origin(want_login_at_server, tls=True)
        proxy = self.serve(HangingUp((origin.host, origin.port), lambda request: challenge))
        got = self.fetch("https", proxy, **PROXY_LOGIN)
        where = (f"proxy 127.0.0.1:{proxy.port} requires a user and a password; it closed the "
                 "connection, or its answer did not end, so none was sent")
        self.check(got, "PROV_E_AUTH", where, ORIGIN_HTTP, 407)
        self.assertEqual(len(proxy.requests), 1)

    def test_stale_nonces_for_ever(self):
        number = iter(range(1000))

        def stale(_):
            nonce = f'nonce="{next(number)}", stale=true'
            return hops.response(407, b"", f'Proxy-Authenticate: Digest realm="gate", {nonce}')

        for scheme in ["http", "https"]:
            with self.subTest(scheme=scheme):
                origin = self.origin(want_login_at_server, tls=scheme == "https")
                proxy = self.proxy(origin, stale)
                got = self.fetch(scheme, proxy, **PROXY_LOGIN)
                self.check(got, "PROV_E_AUTH", "proxy 127.0.0.1", ORIGIN_HTTP, 407)
                self.assertEqual(len(proxy.requests), 3)

    def test_the_servers_refusal_is_the_servers(self):
        origin = self.origin(want_login_at_server, tls=True)
        proxy = self.proxy(origin, want_login)
        got = self.fetch("https", proxy, **PROXY_LOGIN)
        where = f"origin.test:443 by proxy 127.0.0.1:{proxy.port} requires a user"
        self.check(got, "PROV_E_AUTH", where, ORIGIN_HTTP, 401)

    def test_proxy_that_does_not_connect(self):
        for code in [403, 502, 503]:
            origin = self.origin(want_login_at_server, tls=True)
            proxy = self.proxy(origin, lambda request, code=code: hops.response(code, b"no"))
            got = self.fetch("https", proxy)
            where = f"in place of a connection to origin.test:443 by proxy 127.0.0.1:{proxy.port}"
            self.check(got, "PROV_E_SERVER", f"HTTP {code} {where}", ORIGIN_HTTP, code)
            self.assertEqual(got.body, b"")

    def test_proxy_that_is_not_there(self):
        port = peers.free_port(socket.SOCK_STREAM)
        for scheme in ["http", "https"]:
            got = fetch(f"{scheme}://origin.test/x", proxy=f"127.0.0.1:{port}", ca=self.ca.pem)
            self.check(got, "PROV_E_CONNECT", f"nothing listens at proxy 127.0.0.1:{port}")
        got = fetch("http://127.0.0.1/x", proxy="none.invalid:3128")
        self.check(got, "PROV_E_DNS", "proxy none.invalid:3128")

    def test_certificate_is_the_servers(self):
        shop = workshop.Workshop(os.path.join(self.root))
        wrong = shop.certificate("wrong", self.ca, "DNS:localhost,IP:127.0.0.1")
        origin = self.serve(hops.Hop(want_login_at_server, tls=wrong))
        proxy = self.proxy(origin)
        self.check(self.fetch("https", proxy), "PROV_E_TLS", "not for origin.test")

    def test_redirects_keep_the_proxy(self):
        away = "http://other.test/y"

        def answer(request):
            if request.headers["host"] == "origin.test":
                if "authorization" not in request.headers:
                    return hops.response(401, b"", "WWW-Authenticate: Basic realm=x")
                return hops.response(302, b"", f"Location: {away}")
            return hops.response(200, b"body")

        origin = self.origin(answer)
        proxy = self.proxy(origin, want_login)
        self.check_body(self.fetch("http", proxy, **SERVER_LOGIN, **PROXY_LOGIN), b"body")
        self.check_secrets(origin, proxy)
        self.assertNotIn("authorization", origin.requests[-1].headers)
        self.assertEqual(proxy.requests[-1].target, away)

    def test_bad_addresses_are_refused(self):
        for proxy in ["socks5://127.0.0.1:1", "127.0.0.1", "user:x@127.0.0.1:1", "h:1/x", "h:0"]:
            got = fetch("http://127.0.0.1/x", proxy=proxy)
            self.check(got, "PROV_E_SYNTAX", "proxy: expected host:port")

    def test_tftp_goes_without(self):
        server = self.serve(peers.Atftpd(self.root))
        got = fetch(f"tftp://{server.host}:{server.port}/basic.txt", proxy="127.0.0.1:1")
        self.check_body(got, BASIC)

    def test_apache_as_proxy(self):
        for kind in ["Basic", "Digest"]:
            with self.subTest(kind=kind):
                self.check_apache(kind)

    def check_apache(self, kind):
        users = os.path.join(self.root, f"proxy-users-{kind}")
        digest = hashlib.md5(f"{PROXY_USER}:gate:{PROXY_SECRET}".encode()).hexdigest()
        sha = base64.b64encode(hashlib.sha1(PROXY_SECRET.encode()).digest()).decode()
        with open(users, "w", encoding="ascii") as file:
            file.write(f"{PROXY_USER}:gate:{digest}\n" if kind == "Digest" else "")
            file.write(f"{PROXY_USER}:{{SHA}}{sha}\n" if kind == "Basic" else "")
        os.chmod(users, 0o644)
        port = peers.free_port(socket.SOCK_STREAM)
        web = self.serve(
            peers.Nginx(
                self.root,
                f"""listen 127.0.0.1:{port} ssl;
                ssl_certificate {self.here.pem};
                ssl_certificate_key {self.here.key};""",
            )
        )
        proxy = self.serve(
            peers.Apache2(
                self.root,
                f"""ProxyRequests On
                AllowCONNECT {port}
                <Proxy "*">
                    AuthType {kind}
                    AuthName gate
                    Auth{kind}Provider file
                    AuthUserFile {users}
                    Require valid-user
                </Proxy>""",
                ["proxy", "proxy_http", "proxy_connect", "authn_core", "authn_file", "authz_user"]
                + [f"auth_{kind.lower()}"],
            )
        )
        address = f"{proxy.host}:{proxy.port}"
        for url in [f"http://127.0.0.1:{web.port}", f"https://127.0.0.1:{port}"]:
            got = fetch(f"{url}/basic.txt", proxy=address, ca=self.ca.pem, **PROXY_LOGIN)
            self.check_body(got, BASIC)
            got = fetch(f"{url}/basic.txt", proxy=address, ca=self.ca.pem)
            self.check(got, "PROV_E_AUTH", f"proxy {address} requires a user", ORIGIN_HTTP, 407)


if __name__ == "__main__":
    peers.run_tests(FETCH)

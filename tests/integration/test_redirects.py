#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Redirects of every kind, and what each server on the way gets to hear.

Servers are a (where the rule points), b (another host), c (another port), s and t (with TLS); `{b}`
in a text is the URL of b. Each case says what the servers answer and what they must have been
asked; for every case the secrets of the request must not have left the server they are for.
"""

import collections
import shutil
import unittest

import hops
import peers
import workshop
from test_transport import FETCH, ServedTest, fetch

USER, PASSWORD, API_KEY, ETAG = "phone", "s3cr3t-passw0rd", "k3y-of-the-device", '"v1-known"'
POST, PUT = 1, 2
OK = hops.response(200, b"body")
WHO = hops.response(401, b"", "WWW-Authenticate: Basic realm=x")


def to(code, *locations):
    return code, [f"Location: {location}" for location in locations]


# asked: "server method path", one after the other. A server's second answer to a path is the last
# of its list, if there is one.
Case = collections.namedtuple("Case", ["name", "answers", "status", "asked", "settings"])


def case(name, answers, status="PROV_OK", asked=None, **settings):
    return Case(name, answers, status, asked, settings)


def chain(n):
    answers = {f"a/{i}": to(302, f"/{i + 1}") for i in range(n)}
    return {"a/x": to(302, "/0"), **answers, f"a/{n}": OK}


REFUSED = "PROV_E_REDIRECT"

CASES = [
    # Where to
    *(
        case(f"{code} to the same server", {"a/x": to(code, "/y"), "a/y": OK}, asked="a/x a/y")
        for code in [301, 302, 303, 307, 308]
    ),
    *(
        case(f"{code} to another host", {"a/x": to(code, "{b}/y"), "b/y": OK}, asked="a/x b/y")
        for code in [301, 302, 303, 307, 308]
    ),
    case("to another port", {"a/x": to(302, "{c}/y"), "c/y": OK}, asked="a/x c/y"),
    case("up to TLS", {"a/x": to(302, "{s}/y"), "s/y": OK}, asked="a/x s/y"),
    case("down from TLS", {"s/x": to(302, "{a}/y")}, REFUSED, "s/x", start="s"),
    case("from TLS to TLS", {"s/x": to(302, "{t}/y"), "t/y": OK}, asked="s/x t/y", start="s"),
    case("to a name of the same host", {"a/x": to(302, "{l}/y"), "a/y": OK}, asked="a/x a/y"),
    case("there and back", {"a/x": to(302, "{b}/y"), "b/y": to(302, "{a}/z"), "a/z": OK},
         asked="a/x b/y a/z"),
    # How it is written
    case("relative", {"a/x": to(302, "y"), "a/y": OK}, asked="a/x a/y"),
    case("relative upwards", {"a/x": to(302, "../../y"), "a/y": OK}, asked="a/x a/y"),
    case("query only", {"a/x": to(302, "?q=1"), "a/x?q=1": OK}, asked="a/x a/x?q=1"),
    case("without scheme", {"a/x": to(302, "//{b-host}/y"), "b/y": OK}, asked="a/x b/y"),
    case("scheme in capitals", {"a/x": to(302, "HTTP://{b-host}/y"), "b/y": OK}, asked="a/x b/y"),
    case("with a fragment", {"a/x": to(302, "{b}/y#part"), "b/y": OK}, asked="a/x b/y"),
    case("user and password for another host", {"a/x": to(302, "http://u:p@{b-host}/y"), "b/y": OK},
         asked="a/x b/y"),
    case("user and password for the same", {"a/x": to(302, "http://u:p@{a-host}/y"), "a/y": OK},
         asked="a/x a/y"),
    # What is no target
    *(
        case(f"to {target}", {"a/x": to(302, target)}, REFUSED, "a/x")
        for target in [
            "file:///etc/passwd", "tftp://127.0.0.1/x", "ftp://127.0.0.1/x", "javascript:alert(1)",
            "data:text/plain,x", "gopher://127.0.0.1/x", "http://", "http://127.0.0.1:99999/x",
            "http://127.0.0.1:0/x",
        ]
    ),
    case("to nothing", {"a/x": to(302, "")}, REFUSED, "a/x"),
    case("without Location", {"a/x": to(302)}, REFUSED, "a/x"),
    case("overlong", {"a/x": to(302, "/" + "y" * 9000)}, REFUSED, "a/x"),
    case("CR in it", {"a/x": to(302, "{b}/y\rX-Evil: 1"), "b/y": OK}, asked="a/x b/y"),
    case("folded", {"a/x": to(302, "{b}/y\r\n X-Evil: 1"), "b/y%20X-Evil:%201": OK}, None, None),
    case("two of them", {"a/x": to(302, "{b}/y", "{c}/y"), "b/y": OK, "c/y": OK}, None, None),
    # Codes that lead nowhere
    *(
        case(f"{code} is not followed", {"a/x": to(code, "{b}/y")}, "PROV_E_SERVER", "a/x")
        for code in [300, 305, 306, 399]
    ),
    case("Location beside a file", {"a/x": (200, ["Location: {b}/y"])}, asked="a/x"),
    case("Refresh is not followed", {"a/x": (503, ["Refresh: 0; url={b}/y"])}, "PROV_E_SERVER", "a/x"),
    # How often
    case("five", chain(4), asked="a/x a/0 a/1 a/2 a/3 a/4"),
    case("six", chain(5), REFUSED, "a/x a/0 a/1 a/2 a/3 a/4"),
    case("to itself", {"a/x": to(302, "/x")}, REFUSED, " ".join(["a/x"] * 6)),
    case("in a circle", {"a/x": to(302, "{b}/x"), "b/x": to(302, "{a}/x")}, REFUSED,
         "a/x b/x a/x b/x a/x b/x"),
    # What is carried
    *(
        case(f"POST, {code}", {"a/x": to(code, "{b}/y"), "b/y": OK},
             asked="a/x b/y" if code == 303 else "a/x b/y=", method=POST)
        for code in [301, 302, 303, 307, 308]
    ),
    case("PUT, 307", {"a/x": to(307, "{b}/y"), "b/y": OK}, asked="a/x b/y=", method=PUT),
    case("PUT, 303", {"a/x": to(303, "/y"), "a/y": OK}, asked="a/x a/y", method=PUT),
    case("password first", {"a/x": [WHO, to(302, "{b}/y")], "b/y": OK}, asked="a/x a/x b/y"),
    case("password there", {"a/x": to(302, "{b}/y"), "b/y": WHO}, "PROV_E_AUTH", "a/x b/y"),
    case("password here, then there", {"a/x": [WHO, to(302, "{b}/y")], "b/y": WHO}, "PROV_E_AUTH",
         "a/x a/x b/y"),
    case("cookies", {"a/x": (302, ["Location: /y", "Set-Cookie: a=b"]), "a/y": OK}, asked="a/x a/y"),
    case("304 there", {"a/x": to(302, "{b}/y"), "b/y": (304, [])}, "PROV_E_SERVER", "a/x b/y"),
    case("304 behind one here", {"a/x": to(302, "/y"), "a/y": (304, [])}, "PROV_E_SERVER",
         "a/x a/y"),
    case("text beside it", {"a/x": (302, ["Location: {b}/y"], b"x" * 60000), "b/y": OK},
         asked="a/x b/y"),
    case("long text beside it", {"a/x": (302, ["Location: {b}/y"], b"x" * 600000), "b/y": OK},
         asked="a/x b/y"),
]


class RedirectTest(ServedTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if shutil.which("openssl") is None:
            raise unittest.SkipTest("no openssl command")
        shop = workshop.Workshop(cls.root)
        cls.ca = shop.authority("ca")
        tls = shop.certificate("here", cls.ca, "DNS:localhost,IP:127.0.0.1,IP:127.0.0.2")
        places = {"a": None, "b": None, "c": None, "s": tls, "t": tls}
        cls.servers = {}
        for name, identity in places.items():
            host = "127.0.0.2" if name in "bt" else "127.0.0.1"
            cls.servers[name] = hops.Hop(cls.answer_of(name), host, identity).__enter__()

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers.values():
            server.stop()
        super().tearDownClass()

    @classmethod
    def answer_of(cls, name):
        def answer(request):
            cls.asked.append((name, request))
            found = cls.case.answers.get(name + request.target, hops.response(404))
            if isinstance(found, list):
                n = sum(1 for who, r in cls.asked if who == name and r.target == request.target)
                found = found[min(n, len(found)) - 1]
            return found if isinstance(found, bytes) else cls.write(*found)

        return answer

    @classmethod
    def write(cls, code, headers, body=b""):
        return hops.response(code, body, *(cls.fill(header) for header in headers))

    @classmethod
    def fill(cls, text):
        for name, server in cls.servers.items():
            text = text.replace(f"{{{name}}}", server.url)
            text = text.replace(f"{{{name}-host}}", f"{server.host}:{server.port}")
        return text.replace("{l}", f"http://localhost:{cls.servers['a'].port}")

    def test_there_are_forty(self):
        self.assertGreaterEqual(len(CASES), 40)

    def test_each_case(self):
        for one in CASES:
            with self.subTest(one.name):
                self.run_case(one)

    def run_case(self, one):
        type(self).case, type(self).asked = one, []
        settings = dict(one.settings)
        start = self.servers[settings.pop("start", "a")]
        if "method" in settings:
            settings |= {"body": "the body", "type": "text/plain"}
        got = fetch(
            f"{start.url}/x",
            **{"uid": USER, "pwd": PASSWORD, "header": f"X-Api-Key:{API_KEY}", "ca": self.ca.pem},
            **{"if_none_match": ETAG, "agent": "phone/1", "accept": "aes128gcm"},
            **settings,
        )
        if one.status is not None:
            self.assertEqual(got.status, one.status, got.report)
            self.assertEqual(self.way(), one.asked, got.report)
        for secret in [PASSWORD, API_KEY]:
            self.assertNotIn(secret, got.report)
        self.check_first(start)
        for name, request in self.asked[1:]:
            self.check_hop(request, self.is_origin(name, request, start))

    def way(self):
        """`=` marks a request with the body, in the later ones."""
        return " ".join(
            name + request.target + ("=" if i > 0 and request.body == b"the body" else "")
            for i, (name, request) in enumerate(self.asked)
        )

    def is_origin(self, name, request, start):
        server = self.servers[name]
        return server is start and request.headers["host"] == f"{server.host}:{server.port}"

    def check_first(self, start):
        name, first = self.asked[0]
        self.assertIs(self.servers[name], start)
        self.assertEqual(first.headers["x-api-key"], API_KEY)
        self.assertEqual(first.headers["if-none-match"], ETAG)
        self.assertNotIn("authorization", first.headers)

    def check_hop(self, request, is_origin):
        for header in ["referer", "cookie", "origin", "x-evil"]:
            self.assertNotIn(header, request.headers)
        self.assertEqual(request.headers["user-agent"], "phone/1")
        self.assertEqual(request.headers["accept-encoding"], "aes128gcm")
        if request.method == "GET":
            self.assertNotIn("content-type", request.headers)
            self.assertEqual(request.body, b"")
        if is_origin:
            return
        for header in ["authorization", "x-api-key", "if-none-match"]:
            self.assertNotIn(header, request.headers)
        for secret in [PASSWORD, API_KEY, ETAG]:
            self.assertNotIn(secret.encode(), request.raw)


if __name__ == "__main__":
    peers.run_tests(FETCH)

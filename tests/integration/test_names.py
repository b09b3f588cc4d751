#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Which server a name leads to: DNS SRV, several addresses, name servers that fail."""

import collections
import contextlib
import os
import shutil
import socket
import struct
import threading
import time
import unittest

import peers
import workshop
from test_transport import BASIC, FETCH, ServedTest, fetch

HTTP_NAME = "_ciscoprov-http._tcp.phones.test"
HTTPS_NAME = "_ciscoprov-https._tls.phones.test"
URL = "http://phones.test/basic.txt"


def srv(target, port, priority=0, weight=0, name=HTTP_NAME):
    return f"--srv-host={name},{target},{port},{priority},{weight}"


class NamedTest(ServedTest):
    def serve_names(self, *records):
        server = self.serve(peers.DnsmasqDns([*records, "--host-record=a.test,127.0.0.1"]))
        return f"{server.host}:{server.port}"

    def serve_web(self, extra=""):
        return self.serve(peers.Nginx(self.root, extra))


class ServiceTest(NamedTest):
    def test_record_leads_to_server(self):
        web = self.serve_web()
        dns = self.serve_names(srv("a.test", web.port))
        got = fetch(URL, srv=1, dns=dns)
        self.check_body(got, BASIC)
        self.assertEqual((got.address, got.server_ip), ("127.0.0.1", "127.0.0.1"))
        self.assertIsNone(got.url)

    def test_server_hears_the_hosts_own_name(self):
        web = self.serve_web('location /host { return 200 "$http_host"; }')
        dns = self.serve_names(srv("a.test", web.port))
        self.check_body(fetch("http://phones.test/host", srv=1, dns=dns), b"phones.test")

    def test_without_records_the_hosts_address_counts(self):
        web = self.serve_web()
        dns = self.serve_names("--host-record=phones.test,127.0.0.1")
        self.check_body(fetch(f"http://phones.test:{web.port}/basic.txt", srv=1, dns=dns), BASIC)
        self.check(fetch("http://none.test/x", srv=1, dns=dns), "PROV_E_DNS", "none.test")

    def test_an_address_is_used_as_it_is(self):
        web = self.serve_web()
        self.check_body(fetch(f"http://127.0.0.1:{web.port}/basic.txt", srv=1), BASIC)

    def test_lower_priority_first_then_the_others(self):
        web = self.serve_web()
        dead = peers.free_port(socket.SOCK_STREAM)
        dns = self.serve_names(
            srv("a.test", dead, 10), srv("none.test", web.port, 20), srv("a.test", web.port, 30)
        )
        self.check_body(fetch(URL, srv=1, dns=dns), BASIC)
        dns = self.serve_names(srv("a.test", web.port, 1), srv("a.test", dead, 2))
        self.check_body(fetch(URL, srv=1, dns=dns), BASIC)

    def test_an_answer_ends_the_search(self):
        web = self.serve_web("location /no { return 503; }")
        other = self.serve_web()
        dns = self.serve_names(srv("a.test", web.port, 1), srv("a.test", other.port, 2))
        self.check(fetch("http://phones.test/no", srv=1, dns=dns), "PROV_E_SERVER", "HTTP 503")

    def test_all_dead_tells_the_last(self):
        dead = [peers.free_port(socket.SOCK_STREAM) for _ in range(2)]
        dns = self.serve_names(srv("a.test", dead[0], 1), srv("a.test", dead[1], 2))
        got = fetch(URL, srv=1, dns=dns)
        self.check(got, "PROV_E_CONNECT", f"nothing listens at a.test:{dead[1]}")

    def test_weights_are_shares(self):
        heavy = self.serve_web('location /who { return 200 "heavy"; }')
        light = self.serve_web('location /who { return 200 "light"; }')
        dns = self.serve_names(srv("a.test", heavy.port, 0, 90), srv("a.test", light.port, 0, 10))
        count = collections.Counter()
        for i in range(40):
            got = fetch("http://phones.test/who", srv=1, dns=dns, entropy=i * (2**32 // 40))
            count[got.body] += 1
        # Of 40 evenly spread draws, within a few of 36 and 4.
        self.assertGreaterEqual(count[b"heavy"], 32)
        self.assertGreaterEqual(count[b"light"], 1)

    def test_service_not_offered(self):
        dns = self.serve_names(f"--srv-host={HTTP_NAME}", "--host-record=phones.test,127.0.0.1")
        got = fetch(URL, srv=1, dns=dns)
        self.check(got, "PROV_E_DNS", f"{HTTP_NAME} offers no such service")

    def test_many_records(self):
        """More than a datagram holds, more than are looked at: the one that comes first is."""
        web = self.serve_web()
        dead = peers.free_port(socket.SOCK_STREAM)
        records = [srv(f"host-{i}-with-a-rather-long-name.test", dead, 9) for i in range(60)]
        records.insert(40, srv("a.test", web.port, 3))
        self.check_body(fetch(URL, srv=1, dns=self.serve_names(*records)), BASIC)

    def test_redirects_stay_with_the_server(self):
        web = self.serve_web("location /moved { return 302 http://phones.test/basic.txt; }")
        dns = self.serve_names(srv("a.test", web.port))
        self.check_body(fetch("http://phones.test/moved", srv=1, dns=dns), BASIC)

    def test_tftp_has_none(self):
        got = fetch("tftp://phones.test/x", srv=1)
        self.check(got, "PROV_E_UNSUPPORTED", "SRV lookups are for http and https")

    def test_certificate_has_to_name_the_host(self):
        if shutil.which("openssl") is None:
            self.skipTest("no openssl command")
        shop = workshop.Workshop(self.root)
        ca = shop.authority("ca")
        right = shop.certificate("right", ca, "DNS:phones.test")
        wrong = shop.certificate("wrong", ca, "DNS:a.test")
        for identity, status in [(right, "PROV_OK"), (wrong, "PROV_E_TLS")]:
            port = peers.free_port(socket.SOCK_STREAM)
            self.serve_web(
                f"""listen 127.0.0.1:{port} ssl;
                ssl_certificate {identity.pem};
                ssl_certificate_key {identity.key};"""
            )
            dns = self.serve_names(srv("a.test", port, name=HTTPS_NAME))
            got = fetch("https://phones.test/basic.txt", srv=1, dns=dns, ca=ca.pem)
            self.check(got, status)
        self.assertIn("certificate is for a.test, not for phones.test", got.message)


class AnsweringServer:
    """A name server that sends `answer(question)` for each datagram; None: nothing."""

    def __init__(self, answer):
        self.answer = answer
        self.n_asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self):
        while True:
            question, client = self.socket.recvfrom(4096)
            if not question:
                return
            self.n_asked += 1
            answer = self.answer(question)
            if answer is not None:
                self.socket.sendto(answer, client)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


def reply(question, records, n_records=None, code=0):
    """An answer with the bytes of its records as given, whatever they are."""
    (number,) = struct.unpack_from("!H", question)
    end = question.index(b"\0", 12) + 5
    n = len(records) if n_records is None else n_records
    head = struct.pack("!6H", number, 0x8180 | code, 1, n, 0, 0)
    return head + question[12:end] + b"".join(records)


def record(data, kind=33):
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


class BadNameServerTest(ServedTest):
    def ask(self, answer, **settings):
        with AnsweringServer(answer) as server:
            got = fetch(URL, srv=1, dns=server.address, **settings)
            self.assertGreater(server.n_asked, 0)
        return got

    def test_silent(self):
        start = time.monotonic()
        got = self.ask(lambda question: None, connect=700)
        self.check(got, "PROV_E_DNS", "no answer from the name server 127.0.0.1:")
        self.check(got, "PROV_E_DNS", f"(query: {HTTP_NAME})")
        self.assertLess(got.waited_s, 5)
        self.assertGreaterEqual(time.monotonic() - start, 0.7)

    def test_nobody_there(self):
        port = peers.free_port(socket.SOCK_DGRAM)
        got = fetch(URL, srv=1, dns=f"127.0.0.1:{port}")
        self.check(got, "PROV_E_DNS", HTTP_NAME)

    def test_server_failure(self):
        for code in [1, 2, 4, 5]:
            with self.subTest(code=code):
                got = self.ask(lambda question, code=code: reply(question, [], code=code))
                self.check(got, "PROV_E_DNS", HTTP_NAME)

    def test_malformed_answers(self):
        loop = b"\0\0\0\0\0\x50\xc0\x0c"  # a name that is a pointer to the question is fine
        answers = {
            "record cut": lambda q: reply(q, [record(b"\0\0\0\0\0\x50\1a\0")])[:-4],
            "fewer records than said": lambda q: reply(q, [], n_records=3),
            "record too short": lambda q: reply(q, [record(b"\0\0")]),
            "name that points to itself": lambda q: reply(
                q, [record(b"\0\0\0\0\0\x50" + struct.pack("!H", 0xC000 + len(q) + 18))]
            ),
            "name beyond the end": lambda q: reply(q, [record(b"\0\0\0\0\0\x50\xff\xff")]),
            "label beyond the end": lambda q: reply(q, [record(b"\0\0\0\0\0\x50\x3fa")]),
            "another number": lambda q: b"\0\0" + reply(q, [record(loop)])[2:],
            "garbage": lambda q: q[:2] + os.urandom(40),
            "two bytes": lambda q: q[:2],
        }
        for name, answer in answers.items():
            with self.subTest(name):
                got = self.ask(answer, connect=500)
                self.assertEqual(got.status, "PROV_E_DNS", got.report)

    def test_port_0_is_no_server(self):
        got = self.ask(lambda q: reply(q, [record(b"\0\0\0\0\0\0\1a\4test\0")]))
        self.check(got, "PROV_E_DNS", "offers no such service")

    def test_list_of_name_servers_is_checked(self):
        for servers in ["nonsense", "127.0.0.1:x", "1.2.3", "127.0.0.1/x", "[::1]:x", "[::x]"]:
            got = fetch(URL, dns=servers)
            self.assertIn("dns_servers: expected an address as 192.0.2.1", got.report)
            self.assertEqual(got.status, "PROV_E_INVALID")


class FamiliesTest(NamedTest):
    """A name with addresses of both families, of which one leads nowhere."""

    @contextlib.contextmanager
    def black_hole(self, port):
        """An IPv6 listener whose queue is full: it answers to nothing, as a route into the void."""
        try:
            with contextlib.ExitStack() as stack:
                hole = stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
                hole.bind(("::1", port))
                hole.listen(0)
                for _ in range(4):
                    filler = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
                    stack.enter_context(filler).setblocking(False)
                    filler.connect_ex(("::1", port))
                yield
        except OSError as error:
            self.skipTest(f"no IPv6 here: {error}")

    def test_race_past_a_black_hole(self):
        web = self.serve_web()
        dns = self.serve_names("--host-record=two.test,127.0.0.1,::1")
        url = f"http://two.test:{web.port}/basic.txt"
        with self.black_hole(web.port):
            got = fetch(url, dns=dns)
        self.check_body(got, BASIC)
        self.assertEqual(got.server_ip, "127.0.0.1")
        self.assertIn("address ::1", got.report)
        self.assertLess(got.waited_s, 2)

    def test_each_address_is_tried(self):
        web = self.serve_web()
        dns = self.serve_names("--host-record=many.test,127.0.0.9,127.0.0.8,127.0.0.1")
        got = fetch(f"http://many.test:{web.port}/basic.txt", dns=dns)
        self.check_body(got, BASIC)
        self.assertEqual(got.server_ip, "127.0.0.1")

    def test_tftp_does_not_wait_where_nobody_listens(self):
        server = self.serve(peers.Atftpd(self.root))
        dns = self.serve_names("--host-record=two.test,127.0.0.1,::1")
        got = fetch(f"tftp://two.test:{server.port}/basic.txt", dns=dns)
        self.check_body(got, BASIC)
        self.assertIn("address ::1", got.report)
        self.assertLess(got.waited_s, 4)  # a silent address has five seconds

    def test_tftp_asks_the_same_name_servers(self):
        server = self.serve(peers.Atftpd(self.root))
        dns = self.serve_names()
        self.check_body(fetch(f"tftp://a.test:{server.port}/basic.txt", dns=dns), BASIC)


if __name__ == "__main__":
    peers.run_tests(FETCH)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Resyncs from real servers over bad lines: the right result in time, and nothing in part."""

import contextlib
import os
import socket
import tempfile

import agents
import peers
import relay
import secured
import tcp_relay

CONNECT, IDLE = {"connect": 1000}, {"idle": 1000}
AMID_THE_BODY = 400  # bytes of nginx's answer
# What nginx may say after the answer, when it ends a connection.
CLOSE_NOTIFY_BYTES = 24


class LineTest(peers.ServedCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.root = self.stack.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.root, 0o755)
        path = os.path.join(self.root, "profile.xml")
        with open(path, "wb") as file:
            file.write(agents.PROFILE)
        os.chmod(path, 0o644)

    def serve_http(self, settings="etag off;"):
        """nginx with and without TLS; `ca` is whom to trust for that. With ETags, what is cut off
        is gone on with."""
        server = self.serve(secured.SecuredNginx(self.root, settings))
        self.ca = server.ca
        self.ports = {"http": server.port, "https": server.tls_port}

    def tcp_line(self, scheme, **faults):
        """A relay, and the profile's URL through it."""
        line = self.stack.enter_context(tcp_relay.TcpRelay(self.ports[scheme], **faults))
        return line, f"{scheme}://localhost:{line.port}/profile.xml"

    def udp_url(self, server, **faults):
        line = relay.Relay(server.host, server.port, **{"seed": 1, **faults})
        return f"tftp://localhost:{self.stack.enter_context(line).port}/profile.xml"

    def deaf_port(self, kind=socket.SOCK_STREAM):
        """A port that takes connections, or datagrams, and never says anything."""
        listener = self.stack.enter_context(socket.socket(type=kind))
        listener.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            listener.listen()
        return listener.getsockname()[1]

    def full_port(self):
        """A port that does not even take connections: its queue is full."""
        listener = self.stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(2):
            waiting = self.stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        return listener.getsockname()[1]

    def check(self, rows, **options):
        """Each row: device, status, words of its message, seconds at least, and seconds of waiting
        at most."""
        fleet = agents.run([row[0] for row in rows], **options)
        for (line, status, words, least_s, _), ended in zip(rows, fleet.devices, strict=True):
            with self.subTest(device=line):
                self.assertTrue(ended.is_new if status == "PROV_OK" else ended.is_old, ended)
                self.assertEqual(ended.status, status, ended)
                self.assertIn(words, ended.message)
                self.assertGreaterEqual(ended.took_s, least_s, ended)
        self.assertLess(fleet.waited_s, max(row[4] for row in rows))

    def slow_rows(self):
        rows = []
        for scheme in self.ports:
            _, far = self.tcp_line(scheme, delay_s=0.3)
            _, crumbs = self.tcp_line(scheme, piece=11, gap_s=0.001)
            _, trickle = self.tcp_line(scheme, piece=1, gap_s=0.5)
            rows += [
                (far, "PROV_OK", "", 0.6, 10),
                (crumbs, "PROV_OK", "", 0, 10),
                (agents.device(trickle, total=3000), "PROV_E_TIMEOUT", "", 3, 9),
            ]
        return rows

    def broken_rows(self):
        _, reset = self.tcp_line("http", cuts=[AMID_THE_BODY], end="reset")
        _, closed = self.tcp_line("http", cuts=[AMID_THE_BODY], end="close")
        return [
            (reset, "PROV_E_NETWORK", "broken off", 0, 5),
            (closed, "PROV_E_TRUNCATED", "before the announced end", 0, 5),
        ]

    def silent_rows(self):
        """libcurl may notice up to six seconds late that nothing comes any more."""
        _, half_open = self.tcp_line("http", cuts=[AMID_THE_BODY], end="silent")
        deaf, full = f"127.0.0.1:{self.deaf_port()}", f"127.0.0.1:{self.full_port()}"
        timeout = "PROV_E_TIMEOUT"
        return [
            (agents.device(half_open, **IDLE), timeout, "answers stopped after", 1, 9),
            (agents.device(f"http://{deaf}/", **IDLE), timeout, "no answer from", 1, 9),
            (agents.device(f"https://{deaf}/", **CONNECT), timeout, "TLS handshake not", 1, 6),
            (agents.device(f"http://{full}/", **CONNECT), timeout, "no answer to connect", 1, 6),
        ]

    def test_tcp(self):
        self.serve_http()
        self.check([*self.slow_rows(), *self.broken_rows(), *self.silent_rows()], ca=self.ca)

    def test_tls_cut_anywhere(self):
        """Nothing that breaks off before its last byte counts, the handshake included."""
        self.serve_http()
        line, url = self.tcp_line("https")
        self.check([(url, "PROV_OK", "", 0, 10)], ca=self.ca)
        cuts = range(1, line.n_passed[0] - CLOSE_NOTIFY_BYTES, 7)
        _, url = self.tcp_line("https", cuts=cuts)
        for ended in agents.run([url for _ in cuts], ca=self.ca).devices:
            self.assertTrue(ended.is_old, ended)

    def test_a_body_cut_anywhere_is_gone_on_with(self):
        """Each device is cut off once; what it does then comes through."""
        self.serve_http("keepalive_timeout 0;")
        line, url = self.tcp_line("http")
        self.check([(url, "PROV_OK", "", 0, 10)])
        n_whole = line.n_passed[0]
        n_head = n_whole - len(agents.PROFILE)
        cuts = []
        for n in range(1, n_whole):
            cuts += [n, None] if n > n_head else [n]
        line, url = self.tcp_line("http", cuts=cuts)
        devices = agents.run([url] * (n_whole - 1), connections=1).devices
        for n, ended in enumerate(devices, 1):
            is_right = ended.is_new if n > n_head else ended.is_old
            self.assertTrue(is_right, f"cut after {n} bytes, {n_head} of the head: {ended}")
        self.assertEqual(line.n_connections, len(cuts))

    def test_udp(self):
        """Loss, copies and reordering all at once; far away; silent at once and later."""
        server = self.serve(peers.TftpdHpa(self.root))
        rows = []
        for seed in range(10):
            for loss in [0.05, 0.1]:
                url = self.udp_url(server, seed=seed, loss=loss, copies=0.1, jitter_s=0.05)
                rows.append((url, "PROV_OK", "", 0, 20))
        far = self.udp_url(server, delay_s=0.3)
        trickle = self.udp_url(server, delay_s=0.5)
        mute = self.udp_url(server, mute_after=3)  # request, options, their ACK
        deaf = f"tftp://127.0.0.1:{self.deaf_port(socket.SOCK_DGRAM)}/profile.xml"
        rows += [
            (far, "PROV_OK", "", 0.6, 10),
            (agents.device(trickle, total=1500), "PROV_E_TIMEOUT", "", 1.5, 6),
            (agents.device(mute, **IDLE), "PROV_E_TIMEOUT", "before block 1", 1, 6),
            (agents.device(deaf, **CONNECT), "PROV_E_TIMEOUT", "no answer from", 1, 6),
        ]
        self.check(rows)


if __name__ == "__main__":
    peers.run_tests(agents.PROGRAM)

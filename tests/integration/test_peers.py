#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The servers of tests/support/peers.py serve what they are given, and leave nothing behind."""

import os
import socket
import struct
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

import peers

BODY = b"<flat-profile><GPP_A> 12345678 </GPP_A></flat-profile>\n" * 40


def tftp_get(host, port, name):
    """A whole file by RFC 1350, without options; raises OSError with the server's words."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(struct.pack("!H", 1) + name.encode() + b"\0octet\0", (host, port))
        body = b""
        while True:
            packet, server = client.recvfrom(2048)
            code, number = struct.unpack("!HH", packet[:4])
            if code == 5:
                raise OSError(number, packet[4:].rstrip(b"\0").decode())
            client.sendto(struct.pack("!HH", 4, number), server)
            body += packet[4:]
            if len(packet) < 516:
                return body


class PeersTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.TemporaryDirectory()
        os.chmod(self.root.name, 0o755)
        with open(os.path.join(self.root.name, "basic.txt"), "wb") as file:
            file.write(BODY)

    def tearDown(self):
        self.root.cleanup()

    def serve(self, make):
        try:
            return make(self.root.name).__enter__()
        except peers.PeerMissing as missing:
            self.skipTest(str(missing))

    def check_gone(self, server):
        folder, process = server.folder, server.process
        server.stop()
        self.assertIsNotNone(process.returncode)
        self.assertFalse(os.path.exists(folder))
        self.assertFalse(server.answers())

    def check_tftp(self, make):
        server = self.serve(make)
        try:
            self.assertEqual(tftp_get(server.host, server.port, "basic.txt"), BODY)
            self.assertEqual(tftp_get(server.host, server.port, "/basic.txt"), BODY)
            with self.assertRaises(OSError):
                tftp_get(server.host, server.port, "missing.txt")
        finally:
            self.check_gone(server)

    def check_http(self, make):
        server = self.serve(make)
        try:
            url = f"http://{server.host}:{server.port}/"
            with urllib.request.urlopen(url + "basic.txt", timeout=5) as answer:
                self.assertEqual(answer.read(), BODY)
            with self.assertRaises(urllib.error.HTTPError) as missing:
                urllib.request.urlopen(url + "missing.txt", timeout=5)
            self.assertEqual(missing.exception.code, 404)
            missing.exception.close()
            self.assertIn("/missing.txt", server.wait_for_log("/missing.txt"))
        finally:
            self.check_gone(server)

    def test_tftpd_hpa(self):
        self.check_tftp(peers.TftpdHpa)

    def test_atftpd(self):
        self.check_tftp(peers.Atftpd)

    def test_dnsmasq(self):
        self.check_tftp(peers.DnsmasqTftp)

    def test_nginx(self):
        self.check_http(peers.Nginx)

    def test_apache2(self):
        self.check_http(peers.Apache2)

    def test_syslog_sink_collects_datagrams(self):
        with peers.SyslogSink() as sink:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                for text in [b"<134>one", b"<134>two"]:
                    client.sendto(text, (sink.host, sink.port))
            self.assertEqual(sink.wait_for(2), ["<134>one", "<134>two"])


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(peers.EXIT_SKIPPED if len(result.skipped) >= len(peers.PEERS) else 0)

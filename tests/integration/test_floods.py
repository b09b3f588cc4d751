#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Servers that send without end beside a file: over HTTP and HTTPS, bounded in bytes and time."""

import asyncio
import re
import ssl
import tempfile
import unittest

import loop_server
import peers
import workshop
from test_transport import FETCH, fetch

CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\n" + CHUNKS + b"4"
ONE_BYTE_CHUNKS = b"1\r\nx\r\n" * 512
CHALLENGE = (
    b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
    b"WWW-Authenticate: Digest realm=r, nonce=n\r\n\r\n"
)
# By name: what comes first, and what comes over and over.
FLOODS = {
    "extension": (CHUNKED + b";", b"x" * 4096),
    "extensions": (CHUNKED, b";x" * 2048),
    "one_byte_chunks": (b"HTTP/1.1 200 OK\r\n" + CHUNKS, ONE_BYTE_CHUNKS),
    "trailer": (CHUNKED + b"\r\nbody\r\n0\r\nX: ", b"x" * 4096),
    "trailers": (CHUNKED + b"\r\nbody\r\n0\r\n", b"X: x\r\n" * 512),
    "header": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096),
    "status": (b"HTTP/1.1 200 ", b"x" * 4096),
    "status_after_interim": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ", b"x" * 4096),
    "status_after_challenge": (b"HTTP/1.1 200 ", b"x" * 4096),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: x\r\n" * 512),
    "cookies": (b"HTTP/1.1 200 OK\r\n", b"Set-Cookie: " + b"x" * 4000 + b"\r\n"),
    "interim": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 128),
    "file": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096),
}
MAX_FETCH_BYTES = 1 << 20
BESIDE_BYTES = 256 << 10
# Sent, and still in the buffers of the two sockets and of the server.
BUFFER_BYTES = 16 << 20


class Flood(loop_server.LoopServer):
    """The path names the flood; `n_sent` are the bytes of the last one."""

    def __init__(self, tls=None):
        super().__init__()
        self.tls = tls
        self.n_sent = 0

    async def open(self):
        self.server = await asyncio.start_server(
            self.serve, loop_server.HOST, 0, ssl=self.tls
        )
        return self.server.sockets[0].getsockname()[1]

    def close(self):
        self.server.close()

    async def serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            name = re.search(rb"/(\w+) ", head)[1].decode()
            if name == "status_after_challenge":
                writer.write(CHALLENGE)
                await reader.readuntil(b"\r\n\r\n")
            await self.send(writer, *FLOODS[name])
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()

    async def send(self, writer, first, again):
        self.n_sent = len(first)
        writer.write(first)
        while not writer.is_closing():
            writer.write(again)
            await writer.drain()
            self.n_sent += len(again)
            await asyncio.sleep(0)  # where drain() does not wait, the end would not be heard of


class HelloFlood(Flood):
    """Answers a ClientHello with HelloRequest messages."""

    async def serve(self, reader, writer):
        try:
            await reader.read(1)
            await self.send(writer, b"", b"\x16\x03\x03\0\x04\0\0\0\0" * 512)
        except OSError:
            writer.transport.abort()


class ProxyFlood(Flood):
    """A proxy that asks for a password, with a page that does not end."""

    async def serve(self, reader, writer):
        challenge = b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=r\r\n"
        try:
            await reader.readuntil(b"\r\n\r\n")
            await self.send(writer, challenge + CHUNKS, ONE_BYTE_CHUNKS)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()


class FloodTest(unittest.TestCase):
    def check(self, server, url, status="PROV_E_LIMIT", **options):
        got = fetch(url, bytes=MAX_FETCH_BYTES, uid="u", pwd="p", **options)
        self.assertEqual(got.status, status, got.report)
        self.assertLessEqual(len(got.body), MAX_FETCH_BYTES)
        self.assertLess(server.n_sent, MAX_FETCH_BYTES + BESIDE_BYTES + BUFFER_BYTES)
        counted = re.match(r"(\d+) bytes came from", got.message)
        if counted:
            self.assertLess(int(counted[1]), MAX_FETCH_BYTES + BESIDE_BYTES)

    def check_all(self, server, url, **options):
        for name in FLOODS:
            with self.subTest(name):
                self.check(server, f"{url}/{name}", **options)

    def test_http(self):
        with Flood() as server:
            self.check_all(server, f"http://127.0.0.1:{server.port}")

    def test_proxy(self):
        with ProxyFlood() as server:
            login = {"proxy_uid": "u", "proxy_pwd": "p"}
            proxy = f"127.0.0.1:{server.port}"
            self.check(server, "https://localhost/file", "PROV_E_AUTH", proxy=proxy, **login)

    def test_https(self):
        with tempfile.TemporaryDirectory() as folder:
            shop = workshop.Workshop(folder)
            ca = shop.authority("our-ca")
            identity = shop.certificate("good", ca, "DNS:localhost")
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(identity.pem, identity.key)
            with Flood(tls) as server:
                self.check_all(server, f"https://localhost:{server.port}", ca=ca.pem)
            with self.subTest("hello requests"), HelloFlood() as server:
                self.check(server, f"https://localhost:{server.port}/file", ca=ca.pem)


if __name__ == "__main__":
    peers.run_tests(FETCH)

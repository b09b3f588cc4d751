#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Images through the upgrade job, cut on their way: resumed or begun anew as the server allows, the
digest right, the heap flat.

    PROV_IMAGE_BYTES   size of an image
    PROV_IMAGE_CUTS    cuts of each transfer
    PROV_IMAGE_SEED    of the places of the cuts
    PROV_IMAGE_PEERS   further servers: apache2, atftpd
"""

import hashlib
import os
import random
import subprocess
import tempfile
import unittest

import peers
import secured
import tcp_relay

PROGRAM = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "image")
MB = 1000 * 1000
IMAGE_BYTES = int(os.environ.get("PROV_IMAGE_BYTES", 40 * MB))
N_CUTS = int(os.environ.get("PROV_IMAGE_CUTS", 2))
SEED = int(os.environ.get("PROV_IMAGE_SEED", 1))
MORE_PEERS = os.environ.get("PROV_IMAGE_PEERS", "").split()
# TFTP sends one block in a round trip. Block numbers wrap after 65,535 blocks.
BLOCK_BYTES = 512
TFTP_BYTES = max(BLOCK_BYTES * 65536 + 1000, IMAGE_BYTES if MORE_PEERS else 0)
MOST_HEAP_BYTES = 64 * 1024


class Fetched:
    def __init__(self, *words):
        done = subprocess.run([PROGRAM, *words], capture_output=True, timeout=900, check=False)
        lines = [line.partition(" ") for line in done.stdout.decode().splitlines()]
        self.err = done.stderr.decode()
        self.begun = [int(value) for name, _, value in lines if name == "begun"]
        self.failed = [value for name, _, value in lines if name == "failed"]
        self.values = {name: value for name, _, value in lines}


class ImagesTest(peers.ServedCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = cls.folder.name
        os.chmod(cls.root, 0o755)
        cls.digests = {}
        content = hashlib.shake_256(b"image").digest(max(IMAGE_BYTES, TFTP_BYTES))
        for name, size in [("image.bin", IMAGE_BYTES), ("tftp.bin", TFTP_BYTES)]:
            path = os.path.join(cls.root, name)
            with open(path, "wb") as file:
                file.write(content[:size])
            os.chmod(path, 0o644)
            cls.digests[name] = hashlib.sha256(content[:size]).hexdigest()

    def setUp(self):
        self.random = random.Random(SEED)

    def fetch(self, url, *words, name="image.bin", size=IMAGE_BYTES):
        fetched = Fetched(*words, f"{url}/{name}")
        self.assertEqual(fetched.values.get("sha256"), self.digests[name], fetched.err)
        self.assertEqual(fetched.values["bytes"], str(size))
        self.assertLessEqual(int(fetched.values["heap"]), MOST_HEAP_BYTES)
        self.assertEqual(fetched.begun[0], 0)
        return fetched

    def line(self, port, cuts):
        line = tcp_relay.TcpRelay(port, cuts=cuts, end=self.random.choice(["drop", "reset"]))
        line.__enter__()
        self.addCleanup(line.__exit__)
        return line

    def places(self, most):
        return sorted(self.random.randrange(1, most) for _ in range(N_CUTS))

    def check_resumed(self, server, url, port, *words):
        """The first cut is within an attempt, and then one is in the header of a response."""
        with open(server.path("access.log"), "rb") as log:
            before = log.read()
        places = [0, *self.places(IMAGE_BYTES)]
        cuts = [end - start + 1 for start, end in zip(places, places[1:])]
        line = self.line(port, (cuts[0], 100, *cuts[1:], None))
        fetched = self.fetch(url.format(port=line.port), *words)
        self.assertGreaterEqual(len(fetched.failed), 1)
        self.assertEqual(fetched.begun, sorted(set(fetched.begun)))
        self.assertEqual(line.n_connections, N_CUTS + 2)
        with open(server.path("access.log"), "rb") as log:
            requests = log.read()[len(before) :]
        self.assertLessEqual(requests.count(b" 200 "), 1)
        self.assertGreaterEqual(requests.count(b" 206 "), 1)

    def test_http_and_https(self):
        server = self.serve(secured.SecuredNginx(self.root))
        self.check_resumed(server, "http://127.0.0.1:{port}", server.port)
        self.check_resumed(server, "https://localhost:{port}", server.tls_port, f"ca={server.ca}")

    def test_http_without_a_validator(self):
        server = self.serve(peers.Nginx(self.root, 'etag off; add_header Last-Modified "";'))
        at = IMAGE_BYTES // 8
        line = self.line(server.port, (at, at, None))
        fetched = self.fetch(f"http://127.0.0.1:{line.port}")
        self.assertEqual(fetched.begun, [0, 0, 0])

    def test_an_image_that_is_complete_already(self):
        more = [peers.Apache2(self.root)] if "apache2" in MORE_PEERS else []
        for server in [peers.Nginx(self.root), *more]:
            with self.subTest(server=server.program):
                self.serve(server)
                url = f"http://127.0.0.1:{server.port}"
                fetched = self.fetch(url, "refuse=1")
                self.assertEqual(fetched.begun, [0, IMAGE_BYTES])

    def check_tftp(self, server):
        lose = ",".join(map(str, self.places(TFTP_BYTES // 16)))
        url = f"tftp://{server.host}:{server.port}"
        fetched = self.fetch(url, f"lose={lose}", name="tftp.bin", size=TFTP_BYTES)
        self.assertEqual(fetched.begun, [0] * (N_CUTS + 1))

    def test_tftp_whose_block_numbers_wrap(self):
        self.check_tftp(self.serve(peers.TftpdHpa(self.root, ["--refuse", "blksize"])))

    @unittest.skipUnless("apache2" in MORE_PEERS, "left to the long tests")
    def test_apache2(self):
        server = self.serve(peers.Apache2(self.root))
        self.check_resumed(server, "http://127.0.0.1:{port}", server.port)

    @unittest.skipUnless("atftpd" in MORE_PEERS, "left to the long tests")
    def test_atftpd(self):
        self.check_tftp(self.serve(peers.Atftpd(self.root)))


if __name__ == "__main__":
    peers.run_tests(PROGRAM)

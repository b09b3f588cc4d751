#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Bodies that are read from a source while they are sent: HTTP POST and PUT, TFTP write."""

import hashlib
import os
import subprocess
import tempfile
import time

import hops
import peers

FETCH = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "fetch")
POST, PUT = 1, 2
LARGE = hashlib.shake_256(b"upload").digest(3 * 1024 * 1024 + 7)
# Around libcurl's buffer, and around its threshold for `Expect: 100-continue`.
SIZES = [0, 1, 65536, 65537, 1024 * 1024 + 1, len(LARGE)]
BLOCKS = [0, 1, 512, 1427, 1428, 1429, 2 * 1428, 65536]
CHALLENGE = 'WWW-Authenticate: Basic realm="x"'


def ends(code, *headers):
    return hops.response(code, b"", "Connection: close", *headers)


class Recorder(hops.Hop):
    """Refuses by `refusal(request)`, before the body is read; else keeps what it receives."""

    def __init__(self, answer=lambda request: hops.response(200), refusal=lambda request: None):
        super().__init__(answer)
        self.refusal = refusal

    def refuse(self, request):
        return self.refusal(request)


class UploadTest(peers.ServedCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        os.chmod(self.root, 0o777)

    def upload(self, url, body, method=PUT, **settings):
        """The fetch program's report by name."""
        path = os.path.join(self.root, "source")
        with open(path, "wb") as file:
            file.write(body)
        words = [f"{name}={value}" for name, value in settings.items()]
        command = [FETCH, f"method={method}", "bytes=9000000", *words, f"upload={path}", url]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        return dict(line.split(" ", 1) for line in done.stderr.decode().splitlines())

    def record(self, *args):
        recorder = Recorder(*args)
        self.serve(recorder)
        return recorder

    def check(self, report, status="PROV_OK", message=""):
        self.assertEqual(report["status"], status, report)
        self.assertIn(message, report.get("message", ""))


class HttpTest(UploadTest):
    def test_nginx_takes_files(self):
        """By WebDAV, of every size, with the length announced and in chunks."""
        try:
            server = self.serve(
                peers.Nginx(self.root, "dav_methods PUT; client_max_body_size 9m; dav_access all:rw;")
            )
        except peers.PeerMissing as missing:
            self.skipTest(str(missing))
        for size in SIZES:
            for chunked in [0, 1]:
                with self.subTest(size=size, chunked=chunked):
                    url = f"http://{server.host}:{server.port}/up{size}-{chunked}"
                    report = self.upload(url, LARGE[:size], chunked=chunked)
                    self.check(report)
                    self.assertIn(report["code"], ["201", "204"])
                    with open(os.path.join(self.root, f"up{size}-{chunked}"), "rb") as file:
                        self.assertTrue(file.read() == LARGE[:size], "the bytes differ")

    def test_post_is_recorded(self):
        server = self.record()
        for size in SIZES:
            for once in [0, 1]:
                self.check(self.upload(server.url, LARGE[:size], POST, once=once, type="text/xml"))
                request = server.requests.pop()
                self.assertTrue(request.body == LARGE[:size], "the bytes differ")
                self.assertEqual(
                    (request.method, request.headers["content-type"]), ("POST", "text/xml")
                )
                expects = once or size > 1024 * 1024
                self.assertEqual("expect" in request.headers, bool(expects), size)

    def test_challenge_and_redirect_send_it_again(self):
        def challenge(request):
            is_known = "authorization" in request.headers
            return hops.response(200) if is_known else hops.response(401, b"", CHALLENGE)

        def redirect(request):
            is_there = request.target == "/there"
            return hops.response(200) if is_there else hops.response(307, b"", "Location: /there")

        for answer in [challenge, redirect]:
            for body in [LARGE[:5000], LARGE]:
                server = self.record(answer)
                report = self.upload(server.url, body, uid="u", pwd="p", chunked=1)
                self.check(report)
                self.assertEqual(report["rewound"], "1")
                self.assertTrue(server.requests[-1].body == body, "the bytes differ")

    def test_what_can_be_sent_once_waits_for_consent(self):
        def refuse(request):
            if "authorization" not in request.headers:
                return ends(401, CHALLENGE)
            return ends(307, "Location: /there") if request.target == "/" else None

        server = self.record(lambda request: hops.response(200), refuse)
        self.check(self.upload(server.url + "/", LARGE, once=1, uid="u", pwd="p"))
        self.assertEqual(len(server.requests), 4)
        self.assertTrue(server.requests[-1].body == LARGE, "the bytes differ")
        self.assertEqual(sum(len(request.body) for request in server.requests), len(LARGE))

    def test_what_was_sent_once_is_not_sent_again(self):
        server = self.record(lambda request: hops.response(401, b"", CHALLENGE))
        report = self.upload(server.url, LARGE[:5000], once=1, uid="u", pwd="p")
        self.check(report, "PROV_E_UNSUPPORTED", "its source has no rewind")
        server = self.record(lambda request: hops.response(307, b"", "Location: /there"))
        report = self.upload(server.url, LARGE[:5000], once=1)
        self.check(report, "PROV_E_UNSUPPORTED", "from its beginning again after 5000 bytes")

    def test_final_answers_come_early(self):
        for code, settings, message in [
            (413, {}, "HTTP 413"),
            (411, {"chunked": 1}, "HTTP 411 from {}: it takes no body of unknown length"),
            (411, {}, "HTTP 411"),
        ]:
            server = self.record(None, lambda request, code=code: ends(code))
            report = self.upload(server.url, LARGE, once=1, **settings)
            where = server.url.removeprefix("http://")
            self.check(report, "PROV_E_SERVER", message.format(where))

    def test_cuts_and_sources_that_fail(self):
        server = self.record(lambda request: None)
        report = self.upload(server.url, LARGE[:5000])
        self.check(report, "PROV_E_NETWORK", "connection closed without a response")
        server = self.record()
        for settings, status, message in [
            ({"fails_at": 1}, "PROV_E_BUSY", "the disk is busy"),
            ({"fails_at": 1, "chunked": 1}, "PROV_E_BUSY", "the disk is busy"),
            ({"longer": 3}, "PROV_E_TRUNCATED", f"ended at byte {len(LARGE)} of {len(LARGE) + 3}"),
        ]:
            self.check(self.upload(server.url, LARGE, **settings), status, message)
        for request in server.requests:  # none is whole
            self.assertLess(len(request.body), int(request.headers["content-length"]))


def read_whole(path, size, timeout_s=5):
    """A file that a server may still write: atftpd closes it after its last answer."""
    deadline = time.monotonic() + timeout_s
    while os.path.getsize(path) < size and time.monotonic() < deadline:
        time.sleep(0.01)
    with open(path, "rb") as file:
        return file.read()


class TftpTest(UploadTest):
    def check_server(self, server):
        for size in BLOCKS:
            for chunked in [0, 1]:
                with self.subTest(size=size, chunked=chunked):
                    name = f"up{size}-{chunked}"
                    url = f"tftp://{server.host}:{server.port}/{name}"
                    self.check(self.upload(url, LARGE[:size], chunked=chunked))
                    written = read_whole(os.path.join(self.root, name), size)
                    self.assertTrue(written == LARGE[:size], "the bytes differ")
        url = f"tftp://{server.host}:{server.port}/cut"
        self.check(self.upload(url, LARGE, fails_at=30000), "PROV_E_BUSY", "the disk is busy")
        report = self.upload(url, LARGE[:1000], longer=1)
        self.check(report, "PROV_E_TRUNCATED", "ended at byte 1000 of 1001")
        self.check(self.upload(url, b"x", method=0), "PROV_E_INVALID", "expected the method POST")

    def test_tftpd_hpa(self):
        self.check_server(self.serve(peers.TftpdHpa(self.root, ["--create", "--umask", "000"])))

    def test_atftpd(self):
        self.check_server(self.serve(peers.Atftpd(self.root)))


if __name__ == "__main__":
    peers.run_tests(FETCH)

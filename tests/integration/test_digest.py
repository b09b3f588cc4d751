#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Digest authentication as curl, wget and Python's client compute it, checked by the library."""

import http.server
import os
import shutil
import subprocess
import threading
import unittest
import urllib.request

DRIVER = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "digest_driver")
TIMEOUT_S = 30
TARGET = "/CGI/Execute?a=1&b=%20c"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        authorization = self.headers.get("Authorization", "")
        result = self.server.ask(f"{self.command}|{self.path}|{authorization}")
        self.server.results.append(result)
        self.send_response(200 if result == "good" else 401)
        if result != "good":
            for algorithm in self.server.algorithms:
                self.send_header("WWW-Authenticate", self.server.ask(f"{algorithm}|{result}"))
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer


class Device(http.server.ThreadingHTTPServer):
    """A server on loopback whose credentials a driver checks; `results` are those of its checks."""

    def __init__(self, algorithms, user="1000", realm="phone"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.algorithms = algorithms
        self.results = []
        self.driver = subprocess.Popen(
            [DRIVER, realm, user, "right"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="latin-1")
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()

    def ask(self, line):
        with self.lock:
            self.driver.stdin.write(line + "\n")
            self.driver.stdin.flush()
            return self.driver.stdout.readline().rstrip("\n")

    def url(self, target=TARGET):
        return f"http://127.0.0.1:{self.server_address[1]}{target}"

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()
        self.driver.stdin.close()
        self.driver.stdout.close()
        return self.driver.wait(TIMEOUT_S)


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          timeout=TIMEOUT_S, check=False)


class DigestTest(unittest.TestCase):
    def device(self, *algorithms, **more):
        device = Device(algorithms, **more)
        self.addCleanup(lambda: self.assertEqual(device.close(), 0))
        return device

    def curl(self, device, *arguments, user="1000:right"):
        """Status of each response at the end of a request."""
        done = run("curl", "-q", "-s", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code} ",
                   "--digest", "-u", user, *arguments)
        return done.stdout.split()

    def test_curl_with_each_algorithm(self):
        for algorithms in (["MD5"], ["SHA-256"], ["SHA-256", "MD5"], ["MD5", "SHA-256"]):
            device = self.device(*algorithms)
            self.assertEqual(self.curl(device, device.url()), ["200"], algorithms)
            self.assertEqual(device.results, ["absent", "good"])

    def test_curl_posts(self):
        device = self.device("SHA-256")
        self.assertEqual(self.curl(device, "-d", "XML=<x/>", device.url("/CGI/Execute")), ["200"])
        self.assertEqual(device.results, ["absent", "good"])

    def test_curl_with_another_password_or_user(self):
        for user in ("1000:wrong", "1001:right", "1000:"):
            device = self.device("SHA-256", "MD5")
            self.assertEqual(self.curl(device, device.url(), user=user), ["401"])
            self.assertEqual(device.results, ["absent", "wrong"])

    def test_curl_with_names_to_be_escaped(self):
        device = self.device("MD5", user='a"b\\c, d=\u00e9', realm='the \\ "phone"')
        self.assertEqual(self.curl(device, device.url(), user='a"b\\c, d=\u00e9:right'), ["200"])

    @unittest.skipUnless(shutil.which("wget"), "wget is not installed")
    def test_wget(self):
        for password, status in (("right", 0), ("wrong", 6)):
            device = self.device("MD5")
            done = run("wget", "--no-config", "--no-proxy", "-q", "-t", "1", "-O", "/dev/null",
                       "--user", "1000", "--password", password, device.url())
            self.assertEqual(done.returncode, status)
            self.assertEqual(device.results, ["absent", "good" if status == 0 else "wrong"])

    def test_python(self):
        device = self.device("MD5")
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, device.url("/"), "1000", "right")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPDigestAuthHandler(passwords))
        with opener.open(device.url(), timeout=TIMEOUT_S) as response:
            self.assertEqual(response.status, 200)
        self.assertEqual(device.results, ["absent", "good"])


if __name__ == "__main__":
    unittest.main()

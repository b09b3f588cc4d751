#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Each allocation of the process fails, ours and those of all libraries: once, and from then on.

PROV_POOR_STEP is how far the positions of the dial are apart: 1 walks over all of them.
"""

import os
import subprocess
import tempfile

import peers
import secured

FOLDER = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration")
PROGRAM = os.path.join(FOLDER, "poor")
DIAL = os.path.join(FOLDER, "libmalloc_dial.so")
# Places of the sample: few where one takes long.
STEP = int(os.environ.get("PROV_POOR_STEP", 0))
PROFILE = b"<flat-profile><GPP_A>new</GPP_A><GPP_B>new</GPP_B></flat-profile>\n"
KEY = "0123456789abcdef"


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, 0o644)


class PoorTest(peers.ServedCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = cls.folder.name
        os.chmod(cls.root, 0o755)
        write(os.path.join(cls.root, "plain"), PROFILE)
        done = subprocess.run(
            ["openssl", "enc", "-aes-256-cbc", "-md", "md5", "-pass", f"pass:{KEY}"],
            input=PROFILE,
            capture_output=True,
            check=True,
        )
        write(os.path.join(cls.root, "secret"), done.stdout)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def walk(self, url, step, ca="-", *more):
        for rule in [f"{url}/plain", f"[--key {KEY}] {url}/secret"]:
            with self.subTest(rule):
                done = subprocess.run(
                    [PROGRAM, ca, "1", str(STEP or step), rule, *more],
                    env={**os.environ, "LD_PRELOAD": DIAL},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                *wrong, walked = done.stdout.splitlines() or [""]
                # libxml2 has words of its own there, on standard error.
                self.assertEqual((wrong, done.returncode), ([], 0), done.stderr)
                self.assertRegex(walked, r"^walked [1-9]\d+$")

    def test_tftp(self):
        server = self.serve(peers.TftpdHpa(self.root))
        self.walk(f"tftp://{server.host}:{server.port}", 23)

    def test_http(self):
        server = self.serve(peers.Nginx(self.root))
        self.walk(f"http://{server.host}:{server.port}", 23)

    def test_https(self):
        server = self.serve(secured.SecuredNginx(self.root))
        self.walk(server.tls_url, 211, server.ca)

    def test_https_at_first_use(self):
        server = self.serve(secured.SecuredNginx(self.root))
        self.walk(server.tls_url, 331, server.ca, "cold")


if __name__ == "__main__":
    peers.run_tests(PROGRAM)

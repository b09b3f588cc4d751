#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Files freshly made by openssl, gzip, pigz and Python decode; what we write, they read; and the
commands printed in docs/encryption.md do what the page says."""

import gzip
import io
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

import rfc8188

EXIT_SKIPPED = 77
DRIVER = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "decode_driver")
DOCS = os.path.join(os.environ["PROV_SOURCE_ROOT"], "docs", "encryption.md")

# Bits of the public header.
AES_CBC, RFC8188, GZIP = 2, 4, 8
SHA256, MD5, PBKDF2 = 1, 2, 4

KEY = "MyOwn Secret"
DERIVATIONS = {
    "sha256": (SHA256, ["-md", "sha256"]),
    "md5": (MD5, ["-md", "md5"]),
    "pbkdf2": (PBKDF2, ["-pbkdf2"]),
}


def make_profile(n_params):
    numbers = random.Random(n_params)
    params = (f'<Setting_{i}_ ua="na">{numbers.random()}</Setting_{i}_>' for i in range(n_params))
    return "\n".join(["<flat-profile>", *params, "</flat-profile>\n"]).encode()


SIZES = [0, 1, 20, 600]
PROFILES = [make_profile(n) for n in SIZES]


def run(command, data, **more):
    return subprocess.run(
        command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **more
    )


def tool(name, *args):
    """A command line, or None where the tool is not installed."""
    return [name, *args] if shutil.which(name) else None


def openssl_enc(data, *args, key=KEY):
    done = run(["openssl", "enc", "-aes-256-cbc", "-k", key, *args], data)
    assert done.returncode == 0, done.stderr
    return done.stdout


class DecodeTest(unittest.TestCase):
    def decode(self, data, options=f"key {KEY}"):
        done = run([DRIVER, "decode", options], data)
        return done.stdout, done.stderr.decode().strip()

    def check_decodes(self, data, profile, found, options=f"key {KEY}"):
        self.assertEqual(self.decode(data, options), (profile, found))

    def encode(self, data, encodings, derivation=0, record_size=0):
        args = [str(encodings), KEY, str(derivation), str(record_size)]
        done = run([DRIVER, "encode", *args], data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_openssl_enc(self):
        for profile in PROFILES:
            for name, (_, args) in DERIVATIONS.items():
                with self.subTest(name, size=len(profile)):
                    plain = openssl_enc(profile, *args)
                    self.check_decodes(plain, profile, f"aes-cbc {name}")
                    packed = openssl_enc(gzip.compress(profile), *args)
                    self.check_decodes(packed, profile, f"aes-cbc {name} gzip")
                    armour = openssl_enc(profile, "-a", *args)
                    self.check_decodes(armour, profile, f"base64 aes-cbc {name}")
                    one_line = openssl_enc(profile, "-a", "-A", *args)
                    self.check_decodes(one_line, profile, f"base64 aes-cbc {name}")

    def test_openssl_enc_of_one_file_many_times(self):
        # One salt in 256 would betray a choice of derivation by a lone '<'.
        for _ in range(100):
            for name in ["sha256", "md5"]:
                data = openssl_enc(PROFILES[1], *DERIVATIONS[name][1])
                self.check_decodes(data, PROFILES[1], f"aes-cbc {name}", f"key {KEY}\nrounds 1")

    def test_openssl_enc_with_other_rounds(self):
        data = openssl_enc(PROFILES[1], "-pbkdf2", "-iter", "123")
        self.check_decodes(data, PROFILES[1], "aes-cbc pbkdf2", f"key {KEY}\nrounds 123")
        self.assertIn("PROV_E_KEY", self.decode(data)[1])

    def test_openssl_enc_with_another_key(self):
        data = openssl_enc(PROFILES[2], key="something else")
        out, message = self.decode(data)
        self.assertEqual(out, b"")
        self.assertIn("PROV_E_KEY", message)

    def check_gzip(self, command, *, has_name=False):
        if command is None:
            self.skipTest("not installed")
        for profile in PROFILES:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "profile.xml")
                with open(path, "wb") as file:
                    file.write(profile)
                done = run([*command, path] if has_name else command, None if has_name else profile)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.check_decodes(done.stdout, profile, "gzip", "")

    def test_gzip(self):
        self.check_gzip(tool("gzip", "-c"))
        self.check_gzip(tool("gzip", "-9", "-c"), has_name=True)

    def test_pigz(self):
        self.check_gzip(tool("pigz", "-c"))
        self.check_gzip(tool("pigz", "-c", "-b", "128", "--comment", "a comment"), has_name=True)

    def test_python_gzip(self):
        for profile in PROFILES:
            buffer = io.BytesIO()
            with gzip.GzipFile("profile.xml", "wb", mtime=1, fileobj=buffer) as file:
                file.write(profile)
            self.check_decodes(buffer.getvalue(), profile, "gzip", "")
            flushed = zlib.compressobj(1, zlib.DEFLATED, 31)
            pieces = b"".join(
                flushed.compress(profile[i : i + 99]) + flushed.flush(zlib.Z_FULL_FLUSH)
                for i in range(0, len(profile), 99)
            )
            self.check_decodes(pieces + flushed.flush(), profile, "gzip", "")

    def test_members_one_after_the_other(self):
        profile = PROFILES[2]
        data = b"".join(gzip.compress(profile[i : i + 50]) for i in range(0, len(profile), 50))
        self.check_decodes(data, profile, "gzip", "")

    def test_openssl_reads_what_we_write(self):
        for profile in PROFILES:
            for name, (bit, args) in DERIVATIONS.items():
                with self.subTest(name, size=len(profile)):
                    data = self.encode(profile, AES_CBC, bit)
                    self.assertEqual(openssl_enc(data, "-d", *args), profile)
                    data = self.encode(profile, AES_CBC | GZIP, bit)
                    self.assertEqual(gzip.decompress(openssl_enc(data, "-d", *args)), profile)

    def test_openssl_reads_the_default(self):
        self.assertEqual(openssl_enc(self.encode(PROFILES[1], AES_CBC), "-d"), PROFILES[1])

    def test_gzip_reads_what_we_write(self):
        for profile in PROFILES:
            done = run(["gzip", "-dc"], self.encode(profile, GZIP))
            self.assertEqual((done.returncode, done.stdout), (0, profile))

    def test_rfc8188_of_plain_python(self):
        options = f"ikm {KEY}\ncoding aes128gcm"
        for size in [18, 33, 4096]:
            for profile in PROFILES[:3]:
                data = rfc8188.encrypt(profile, KEY.encode(), os.urandom(16), size, b"a key")
                self.check_decodes(data, profile, "rfc8188", options)

    def test_plain_python_reads_our_rfc8188(self):
        for size in [18, 33, 0]:
            for profile in PROFILES[:3]:
                data = self.encode(profile, RFC8188, record_size=size)
                self.assertEqual(rfc8188.decrypt(data, KEY.encode()), profile)
        data = self.encode(PROFILES[2], RFC8188 | GZIP)
        self.assertEqual(gzip.decompress(rfc8188.decrypt(data, KEY.encode())), PROFILES[2])

    def test_plain_python_reads_the_example_of_the_rfc(self):
        vectors = os.path.join(os.environ["PROV_SOURCE_ROOT"], "tests", "vectors", "decode")
        with open(os.path.join(vectors, "rfc8188-example-1", "input"), "rb") as file:
            body = file.read()
        ikm = bytes.fromhex("caa76567eb587a67e88129afed6b393d")
        self.assertEqual(rfc8188.decrypt(body, ikm), b"I am the walrus")


class DocsTest(unittest.TestCase):
    """docs/encryption.md, from top to bottom in one folder: blocks marked sh run; a comment
    `expect FILE: FOUND (OPTION; OPTION)` states how the file decodes, `FOUND` being a status where
    it does not."""

    PART = re.compile(
        r"^```(sh|python)\n(.*?)^```$|^<!-- expect (\S+): ([^\n]*?) \(([^\n]*)\) -->$", re.M | re.S
    )

    def run_block(self, language, text, folder):
        if language == "python":
            script = os.path.join(folder, "encrypt_8188.py")
            with open(script, "w", encoding="utf-8") as file:
                file.write(text)
            return
        done = run(["bash", "-euo", "pipefail", "-c", text], b"", cwd=folder)
        if b"No module named 'cryptography'" in done.stderr:
            self.skipTest("Python has no cryptography")
        self.assertEqual(done.returncode, 0, f"{text}\n{done.stderr.decode()}")

    def check_file(self, path, found, options, profile):
        with open(path, "rb") as file:
            done = run([DRIVER, "decode", options.replace("; ", "\n")], file.read())
        if found.startswith("PROV_E_"):
            self.assertIn(found, done.stderr.decode(), path)
            return
        self.assertEqual((done.stdout, done.stderr.decode().strip()), (profile, found), path)

    def test_commands_of_the_page(self):
        with open(DOCS, encoding="utf-8") as file:
            parts = self.PART.findall(file.read())
        self.assertGreater(len(parts), 8)
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "basic.xml"), "wb") as file:
                file.write(PROFILES[2])
            for language, text, name, found, options in parts:
                if language:
                    self.run_block(language, text, folder)
                else:
                    self.check_file(os.path.join(folder, name), found, options, PROFILES[2])


if __name__ == "__main__":
    if shutil.which("openssl") is None:
        print("openssl is not installed")
        sys.exit(EXIT_SKIPPED)
    unittest.main(verbosity=2)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Transfers that are cut at every byte: the profile is applied whole or not at all."""

import gzip
import os
import ssl
import tempfile
import unittest

import agents
import cutting
import peers
import workshop

# Under the sanitizer each transfer takes long: not every byte.
STRIDE = 9 if "ASAN_OPTIONS" in os.environ else 1
FORMS = ["length", "chunked", "until_close"]


class CutTest(unittest.TestCase):
    def check_cuts(self, scheme, server, lengths, end, **options):
        """With fewer bytes than make a form whole a resync fails and changes nothing.

        An end that TLS did not announce is no end to newer releases of libcurl.
        """
        cuts = [
            (
                f"{scheme}://localhost:{server.port}/{form}/{end}/{n}",
                n < length or (form, end) == ("until_close", "drop"),
                n >= whole,
            )
            for form, (length, whole) in lengths.items()
            for n in [*range(0, length, STRIDE), length]
        ]
        fleet = agents.run([agents.device(url, total=60000) for url, *_ in cuts], **options)
        for (url, may_fail, may_succeed), ended in zip(cuts, fleet.devices, strict=True):
            is_right = (may_fail and ended.is_old) or (may_succeed and ended.is_new)
            self.assertTrue(is_right, f"{url}: {ended}")

    def check_http(self, scheme, body, ends, tls=None, **options):
        answers = cutting.http_answers(body)
        lengths = {form: (len(answer), whole) for form, (answer, whole) in answers.items()}
        with cutting.CuttingHttp(answers, tls) as server:
            for forms, end in ends:
                self.check_cuts(scheme, server, {f: lengths[f] for f in forms}, end, **options)

    def check_tftp(self, body):
        lengths = {form: (len(body), len(body)) for form in cutting.CuttingTftp.BLOCK}
        with cutting.CuttingTftp(body) as server:
            self.check_cuts("tftp", server, lengths, "close")

    def test_http(self):
        self.check_http("http", agents.PROFILE, [(FORMS, "close"), (["length"], "reset")])
        self.check_http("http", gzip.compress(agents.PROFILE), [(FORMS, "close")])

    def test_https(self):
        with tempfile.TemporaryDirectory() as folder:
            shop = workshop.Workshop(folder)
            ca = shop.authority("our-ca")
            identity = shop.certificate("good", ca, "DNS:localhost")
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(identity.pem, identity.key)
            ends = [(FORMS, "drop"), (["until_close"], "close")]
            self.check_http("https", agents.PROFILE, ends, tls, ca=ca.pem)

    def test_tftp(self):
        self.check_tftp(agents.PROFILE)
        self.check_tftp(gzip.compress(agents.PROFILE))


if __name__ == "__main__":
    peers.run_tests(agents.PROGRAM)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The exercises of the chapter "Provisioning Methods", step by step, with a phone of ours.

Steps on the phone's web page are parameters written with --set; the address /admin/resync?URL is
--resync. Resyncing by the clock is in tests/unit/test_sched_weeks.c: its steps take minutes.
"""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import unittest

import peers
import phone

BASIC = b"<flat-profile>\n<GPP_A> 12345678\n</GPP_A>\n</flat-profile>\n"
BASIC_2 = b"<flat-profile>\n<GPP_A> 12345678\n</GPP_A>\n<GPP_B>ABCD</GPP_B>\n</flat-profile>\n"
TFTP_SERVERS = [peers.TftpdHpa, peers.Atftpd, peers.DnsmasqTftp]
INFO, ERROR = 134, 131  # facility local0
USER, PASSWORD = "phone", "s3cr3t-passw0rd"
SUBJECT = "/O=Phones/OU=CP-8841-3PCC/L=88012BA01234/ST=000e08abcdef/CN=CP-8841-3PCC-000e08abcdef"
REFLECTOR = """#!/bin/sh
printf 'Content-Type: text/plain\\n\\n<flat-profile><GPP_D>'
printf 'OU=%s,\\nL=%s,\\n' "$SSL_CLIENT_S_DN_OU" "$SSL_CLIENT_S_DN_L"
printf 'S=%s\\n</GPP_D></flat-profile>' "$SSL_CLIENT_S_DN_ST"
"""


def command(*words, folder):
    """What the steps type into a shell."""
    subprocess.run(
        words, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


class ChapterTest(peers.ServedCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.work = self.stack.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.work, 0o755)
        self.root = os.path.join(self.work, "root")
        os.mkdir(self.root)
        self.write("basic.txt", BASIC)

    def write(self, name, data, mode=0o644):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, mode)

    def new_phone(self):
        made = self.stack.enter_context(phone.Phone(tempfile.mkdtemp(dir=self.work)))
        made.plant(PASSWORD)
        return made

    def tftp_urls(self):
        """One of each server that is installed; one in all under the sanitizer, which is slow."""
        urls = []
        for make in TFTP_SERVERS:
            with contextlib.suppress(peers.PeerMissing):
                server = self.stack.enter_context(make(self.root))
                urls.append(f"tftp://{server.host}:{server.port}")
        if not urls:
            self.skipTest("no TFTP server is installed")
        return urls[:1] if "ASAN_OPTIONS" in os.environ else urls

    def check_resynced(self, run, *urls):
        """Both messages for each file."""
        self.assertEqual(run.status, 0, run.err)
        expected = [
            (INFO, f"{phone.NAME} {verb} resync {url}")
            for url in urls
            for verb in ["Requesting", "Successful"]
        ]
        self.assertEqual(run.messages(), expected)

    def check_basic(self, rule, url, *args, **sets):
        """With this rule a new phone fetches basic.txt, in whatever form."""
        a_phone = self.new_phone()
        run = a_phone.resync(None, *args, sets={"Profile_Rule": rule, **sets})
        self.check_resynced(run, url)
        self.assertEqual(a_phone.value("GPP_A"), "12345678")
        return a_phone

    def test_tftp_resync(self):
        for url in self.tftp_urls():
            a_phone = self.new_phone()
            for letter in "ABCDEFGHIJKLMNOP":
                self.assertEqual(a_phone.value(f"GPP_{letter}"), "")
            run = a_phone.resync(f"{url}/basic.txt")
            self.check_resynced(run, f"{url}/basic.txt")
            self.assertEqual(a_phone.value("GPP_A"), "12345678")

    def test_log_messages(self):
        """Each can be worded anew, and is not sent when its parameter is empty."""
        for url in self.tftp_urls():
            a_phone = self.new_phone()
            sets = {"Log_Request_Msg": "", "Log_Success_Msg": "$MA has $PATH"}
            run = a_phone.resync(f"{url}/basic.txt", sets=sets)
            self.assertEqual(run.messages(), [(INFO, "000e08abcdef has /basic.txt")])
            run = a_phone.resync(f"{url}/basic.txt", sets={"Syslog_Identifier": "$MAU"})
            self.assertEqual(run.messages(), [(INFO, "000E08ABCDEF 000e08abcdef has /basic.txt")])
            run = a_phone.resync(f"{url}/none.txt", sets={"Syslog_Identifier": "None"})
            self.assertEqual(
                run.messages(), [(ERROR, f"{phone.NAME} Resync failed: File Not Found")]
            )

    def test_a_profile_for_each_phone(self):
        self.write("000e08abcdef.cfg", BASIC)
        self.write("cisco/Dj6Lmp23Q/000e08abcdef.cfg", BASIC)
        self.write("cisco/config/CP-8841-3PCC.cfg", BASIC)
        for url in self.tftp_urls():
            self.check_basic(f"{url}/$MA.cfg", f"{url}/000e08abcdef.cfg")
            by_name = f"{url}/cisco/config/CP-8841-3PCC.cfg"
            self.check_basic(f"{url}/cisco/config/$PN.cfg", by_name)
            by_folder = f"{url}/cisco/Dj6Lmp23Q/000e08abcdef.cfg"
            self.check_basic(f"{url}/cisco/$B/$MA.cfg", by_folder, GPP_B="Dj6Lmp23Q")

    def test_http_get_resync(self):
        for make in [peers.Apache2, peers.Nginx]:
            with self.subTest(server=make.__name__):
                server = self.serve(make(self.root))
                url = f"http://{server.host}:{server.port}/basic.txt"
                self.check_basic(url, url, "--swver", "sip88xx.11-3-1MPP-110.loads")
                log = server.wait_for_log("CP-8841-3PCC/")
                for word in ["CP-8841-3PCC", "sip88xx.11-3-1MPP-110.loads", "000e08abcdef"]:
                    self.assertIn(word, log)

    def make_certificates(self):
        """The server's, by a request that the authority of the phones signs."""
        folder = self.certificates = os.path.join(self.work, "certificates")
        os.mkdir(folder)
        with open(os.path.join(folder, "names"), "w", encoding="ascii") as file:
            file.write("subjectAltName = DNS:localhost\n")
        command(
            *("openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2"),
            *("-subj", "/CN=Client Root", "-keyout", "root.pem", "-out", "spacroot.cert"),
            folder=folder,
        )
        command(
            *("openssl", "req", "-new", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=localhost"),
            *("-keyout", "privkey.pem", "-out", "provserver.csr"),
            folder=folder,
        )
        self.sign("provserver", "-extfile", "names")

    def sign(self, name, *options):
        command(
            *("openssl", "x509", "-req", "-in", f"{name}.csr", "-days", "2", *options),
            *("-CA", "spacroot.cert", "-CAkey", "root.pem", "-CAcreateserial"),
            *("-out", f"{name}.cert"),
            folder=self.certificates,
        )

    def certificate(self, name):
        return os.path.join(self.certificates, name)

    def serve_https(self, settings="", modules=()):
        """Apache with mod_ssl; gives the server, its URL and the same in log messages."""
        self.make_certificates()
        port = peers.free_port(socket.SOCK_STREAM)
        extra = f"""
            Listen 127.0.0.1:{port}
            <VirtualHost 127.0.0.1:{port}>
                SSLEngine on
                SSLCertificateFile {self.certificate("provserver.cert")}
                SSLCertificateKeyFile {self.certificate("privkey.pem")}
                SSLCACertificateFile {self.certificate("spacroot.cert")}
                {settings}
            </VirtualHost>
        """
        server = self.serve(peers.Apache2(self.root, extra, ["ssl", *modules]))
        return server, f"https://localhost:{port}", f"https://127.0.0.1:{port}"

    def trust(self):
        return ["--ca", self.certificate("spacroot.cert")]

    def test_basic_https_resync(self):
        _, url, logged = self.serve_https()
        self.check_basic(f"{url}/basic.txt", f"{logged}/basic.txt", *self.trust())
        a_phone = self.new_phone()
        run = a_phone.resync(f"{url}/basic.txt")
        self.assertEqual(run.status, 1)
        self.assertEqual(run.result()["error"]["status"], "PROV_E_TLS")
        self.assertEqual(a_phone.value("GPP_A"), "")

    def test_https_with_a_password(self):
        digest = hashlib.md5(f"{USER}:phones:{PASSWORD}".encode()).hexdigest()
        users = os.path.join(self.work, "users")
        with open(users, "w", encoding="ascii") as file:
            file.write(f"{USER}:phones:{digest}\n")
        os.chmod(users, 0o644)
        settings = f"""
            <Location />
                AuthType Digest
                AuthName phones
                AuthDigestProvider file
                AuthUserFile {users}
                Require valid-user
            </Location>
        """
        modules = ["authn_core", "authn_file", "authz_user", "auth_digest"]
        _, url, logged = self.serve_https(settings, modules)
        rule = f"[--uid {USER} --pwd {PASSWORD}] {url}/basic.txt"
        self.check_basic(rule, f"{logged}/basic.txt", *self.trust())

    def show_certificate(self):
        """What the phone has from its factory."""
        command(
            *("openssl", "req", "-new", "-nodes", "-newkey", "rsa:2048", "-subj", SUBJECT),
            *("-keyout", "phone.key", "-out", "phone.csr"),
            folder=self.certificates,
        )
        self.sign("phone")
        paths = [self.certificate("phone.cert"), self.certificate("phone.key")]
        return ["--client-cert", paths[0], "--client-key", paths[1]]

    def test_https_with_client_certificate(self):
        _, url, logged = self.serve_https("SSLVerifyClient require")
        a_phone = self.new_phone()
        run = a_phone.resync(f"{url}/basic.txt", *self.trust())
        self.assertEqual(run.status, 1)
        self.assertEqual(run.result()["error"]["status"], "PROV_E_TLS")
        self.assertEqual(a_phone.value("GPP_A"), "")
        shown = self.show_certificate()
        self.check_basic(f"{url}/basic.txt", f"{logged}/basic.txt", *self.trust(), *shown)

    def test_client_filtering_and_dynamic_content(self):
        self.write("cgi-bin/reflect.cgi", REFLECTOR.encode(), 0o755)
        settings = f"""
            SSLVerifyClient require
            SSLOptions +StdEnvVars
            ScriptAlias /cgi-bin/ {self.root}/cgi-bin/
        """
        _, url, logged = self.serve_https(settings, ["alias", "cgi"])
        shown = self.show_certificate()
        a_phone = self.new_phone()
        rule = f"{url}/cgi-bin/reflect.cgi?"
        run = a_phone.resync(None, *self.trust(), *shown, sets={"Profile_Rule": rule})
        self.check_resynced(run, f"{logged}/cgi-bin/reflect.cgi?")
        about_it = "OU=CP-8841-3PCC, L=88012BA01234, S=000e08abcdef"  # one line, as values are
        self.assertEqual(a_phone.value("GPP_D"), about_it)

    def test_compressed_profile(self):
        command("gzip", "basic.txt", folder=self.root)
        for url in self.tftp_urls():
            self.check_basic(f"{url}/basic.txt.gz", f"{url}/basic.txt.gz")

    def test_encrypted_profile(self):
        """As the command of the step makes it, and with the digest of an older one."""
        encrypt = ["openssl", "enc", "-aes-256-cbc", "-k", "MyOwnSecret"]
        command("gzip", "--keep", "basic.txt", folder=self.root)
        command(*encrypt, "-in", "basic.txt", "-out", "basic.cfg", folder=self.root)
        command(*encrypt, "-in", "basic.txt.gz", "-out", "packed.cfg", folder=self.root)
        command(*encrypt, "-md", "md5", "-in", "basic.txt", "-out", "old.cfg", folder=self.root)
        for url in self.tftp_urls():
            for name in ["basic.cfg", "packed.cfg", "old.cfg"]:
                self.check_basic(f"[--key MyOwnSecret ] {url}/{name}", f"{url}/{name}")

    def test_partitioned_profiles(self):
        self.write("basic2.txt", BASIC_2)
        for url in self.tftp_urls():
            a_phone = self.new_phone()
            run = a_phone.resync(sets={
                "Profile_Rule": f"{url}/basic.txt",
                "Profile_Rule_B": f"{url}/basic2.txt",
            })
            self.check_resynced(run, f"{url}/basic.txt", f"{url}/basic2.txt")
            self.assertEqual(a_phone.value("GPP_A"), "12345678")
            self.assertEqual(a_phone.value("GPP_B"), "ABCD")


if __name__ == "__main__":
    if not os.path.exists(phone.PROGRAM):
        print("built without examples or libcurl")
        sys.exit(peers.EXIT_SKIPPED)
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(peers.EXIT_SKIPPED if len(result.skipped) == result.testsRun else 0)

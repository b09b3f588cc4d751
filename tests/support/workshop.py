# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Certificates for tests, good and bad, made with the openssl command.

    shop = Workshop(folder)
    ca = shop.authority("our-ca")
    good = shop.certificate("good", ca, "DNS:localhost,IP:127.0.0.1")
    old = shop.certificate("old", ca, "DNS:localhost", start="20200101", end="20200201")

Each result has `.pem` and `.key`, paths of files readable by their owner.
"""

import collections
import datetime
import os
import subprocess

Identity = collections.namedtuple("Identity", ["name", "pem", "key"])

CONFIG = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
default_md = sha256
policy = anything
rand_serial = yes
unique_subject = no
copy_extensions = none
[anything]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
subjectAltName = {names}
"""


def day(offset):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)
    return moment.strftime("%Y%m%d")


class Workshop:
    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "index.txt"), "w", encoding="ascii"):
            pass

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *args):
        done = subprocess.run(
            ["openssl", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"openssl {' '.join(args)}:\n{done.stdout}")

    def configure(self, names):
        path = self.path("openssl.cnf")
        with open(path, "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=self.folder, names=names))
        return path

    def request(self, name, bits):
        """A new key and a request for a certificate."""
        self.run(
            *("req", "-new", "-newkey", f"rsa:{bits}", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr")),
        )
        return Identity(name, self.path(f"{name}.pem"), self.path(f"{name}.key"))

    def sign(self, identity, signer, section, names, start, end):
        config = self.configure(names)
        by = ["-selfsign", "-keyfile", identity.key]
        if signer is not None:
            by = ["-cert", signer.pem, "-keyfile", signer.key]
        self.run(
            *("ca", "-batch", "-notext", "-config", config, "-extensions", section, *by),
            *("-startdate", f"{start}000000Z", "-enddate", f"{end}000000Z"),
            *("-in", self.path(f"{identity.name}.csr"), "-out", identity.pem),
        )
        return identity

    def authority(self, name):
        identity = self.request(name, 2048)
        return self.sign(identity, None, "authority", "DNS:none", day(-2), day(30))

    def certificate(self, name, signer, names, bits=2048, start=None, end=None):
        """A server's certificate; `signer` of None makes it sign itself."""
        identity = self.request(name, bits)
        return self.sign(identity, signer, "server", names, start or day(-1), end or day(10))

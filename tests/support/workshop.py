# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Certificates for tests, good and bad, made with the openssl command.

    shop = Workshop(folder)
    ca = shop.authority("our-ca")
    good = shop.certificate("good", ca, "DNS:localhost,IP:127.0.0.1")
    old = shop.certificate("old", ca, "DNS:localhost", start="20200101", end="20200201")

Each result has `.pem` and `.key`, paths of files readable by their owner, and `.chain`, the path of
the certificate with those of its issuers behind it, the root's left out.
"""

import collections
import datetime
import os
import subprocess

Identity = collections.namedtuple("Identity", ["name", "pem", "key", "chain", "is_root"])

CONFIG = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
default_md = sha256
default_crl_days = 30
policy = anything
rand_serial = yes
unique_subject = no
copy_extensions = none
[anything]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
{extensions}
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
        return done.stdout

    def configure(self, extensions=""):
        path = self.path("openssl.cnf")
        with open(path, "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=self.folder, extensions=extensions))
        return path

    def request(self, name, key, subject):
        """A new key and a request. `key`: `ec`, or `rsa:` and a number of bits."""
        paths = [self.path(f"{name}.{end}") for end in ["pem", "key", "chain"]]
        identity = Identity(name, *paths, False)
        curve = ["-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else []
        self.run(
            *("req", "-new", "-newkey", key, *curve, "-nodes"),
            *("-subj", subject or f"/CN={name}", "-multivalue-rdn", "-utf8"),
            *("-keyout", identity.key, "-out", self.path(f"{name}.csr")),
        )
        return identity

    def sign(self, identity, signer, section, extensions, start, end, digest="sha256"):
        by = ["-selfsign", "-keyfile", identity.key]
        if signer is not None:
            by = ["-cert", signer.pem, "-keyfile", signer.key]
        self.run(
            *("ca", "-batch", "-notext", "-config", self.configure(extensions), "-utf8"),
            *("-extensions", section, *by, "-md", digest),
            *("-startdate", f"{start}000000Z", "-enddate", f"{end}000000Z"),
            *("-in", self.path(f"{identity.name}.csr"), "-out", identity.pem),
        )
        self.write_chain(identity, signer)
        return identity

    def write_chain(self, identity, signer):
        paths = [identity.pem]
        if signer is not None and not signer.is_root:
            paths.append(signer.chain)
        with open(identity.chain, "wb") as chain:
            for path in paths:
                with open(path, "rb") as file:
                    chain.write(file.read())

    def authority(self, name, signer=None, key="ec", subject=None, start=None, end=None):
        """A root, or an intermediate of `signer`."""
        identity = self.request(name, key, subject)._replace(is_root=signer is None)
        return self.sign(identity, signer, "authority", "", start or day(-2), end or day(30))

    def certificate(self, name, signer, names, extra="", start=None, end=None, **kind):
        """A certificate for a server or a device; `signer` of None makes it sign itself.

        `names` may be empty; `extra` are further extensions, as in openssl's configuration; `kind`
        has `key` and `subject` as above, and `digest`.
        """
        digest = kind.pop("digest", "sha256")
        identity = self.request(name, kind.pop("key", "ec"), kind.pop("subject", None), **kind)
        lines = [f"subjectAltName = {names}"] if names else []
        return self.sign(
            *(identity, signer, "leaf", "\n".join([*lines, extra])),
            *(start or day(-1), end or day(10), digest),
        )

    def revocation_list(self, name, signer, revoked, start=None, end=None):
        """Path of a list on which the signer revokes certificates of its own."""
        by = ["-config", self.configure(), "-cert", signer.pem, "-keyfile", signer.key]
        for identity in revoked:
            self.run("ca", *by, "-revoke", identity.pem)
        dates = ["-crl_lastupdate", f"{start}000000Z", "-crl_nextupdate", f"{end}000000Z"]
        path = self.path(f"{name}.crl")
        self.run("ca", *by, "-gencrl", "-out", path, *(dates if start else []))
        return path

    def pin(self, identity):
        """What prov_curl_options.pins wants to hear, by the commands that docs/tls.md names."""
        command = (
            f"openssl x509 -in {identity.pem} -noout -pubkey | openssl pkey -pubin -outform der"
            " | openssl dgst -sha256 -binary | openssl enc -base64"
        )
        return subprocess.run(
            command, shell=True, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()

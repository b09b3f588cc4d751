#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A small server of RFC 7030 (EST), to try the renewal of a device's certificate against.

Usage: est_server.py FOLDER [--host ADDRESS] [--port N] [--tls CERTIFICATE KEY] [--days N] [--later N]

FOLDER holds `ca.pem` and `ca.key`, the CA of the devices; what is issued is written there too.
Prints `http://127.0.0.1:PORT` or `https://localhost:PORT`, or ADDRESS in their place, once it listens, and a line for each
request. It needs Python's standard library and the openssl command.

GET  /.well-known/est/[LABEL/]cacerts          the CA's certificate
POST /.well-known/est/[LABEL/]simpleenroll     over HTTPS only: a first certificate
POST /.well-known/est/[LABEL/]simplereenroll   the next certificate, for the subject and the names
                                               of one that this CA issued

A client over HTTPS may show its certificate; then a re-enrolment has to be for its subject. Over
HTTP the request's own signature is the proof. `--later N`: the first N requests are answered with
202 and `Retry-After: 1`.

It is an example: whoever has a key gets a certificate for any subject that `simpleenroll` names.
"""

import argparse
import base64
import http.server
import os
import re
import ssl
import subprocess
import sys
import threading

MAX_REQUEST_BYTES = 65536
EST = re.compile(r"/\.well-known/est/(?:[^/?]+/)?(cacerts|simpleenroll|simplereenroll)")
RETRY_AFTER_S = 1


class Refused(Exception):
    """A status of HTTP, and the reason in a few words."""


def openssl(*args, data=b""):
    done = subprocess.run(["openssl", *args], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise Refused(400, done.stderr.decode(errors="replace").strip().splitlines()[0])
    return done.stdout


class Authority:
    """The CA in a folder."""

    def __init__(self, folder, days):
        self.folder = folder
        self.days = days
        self.n_issued = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def cacerts(self):
        return self.certs_only(self.path("ca.pem"))

    def certs_only(self, path):
        """Certificates in CMS without a signature, DER."""
        return openssl("crl2pkcs7", "-nocrl", "-certfile", path, "-outform", "DER")

    def read_request(self, body):
        """A PKCS #10 whose signature is right, as a file in PEM."""
        try:
            der = base64.b64decode(b"".join(body.split()), validate=True)
        except ValueError as error:
            raise Refused(400, "the request is no base64") from error
        path = self.path("request.pem")
        openssl("req", "-inform", "DER", "-verify", "-out", path, data=der)
        return path

    def subject(self, kind, path):
        return openssl(kind, "-in", path, "-noout", "-subject", "-nameopt", "RFC2253").strip()

    def issue(self, request):
        """Subject and names as requested, for a client, never a CA."""
        path, extensions = self.path("issued.pem"), self.path("extensions.cnf")
        names = openssl("req", "-in", request, "-noout", "-text").decode(errors="replace")
        found = re.search(r"Subject Alternative Name:.*\n\s*(\S.*)", names)
        with open(extensions, "w", encoding="utf-8") as file:
            file.write("basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n")
            if found:
                file.write("subjectAltName=" + found[1].replace("IP Address:", "IP:") + "\n")
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.path("ca.pem")),
            *("-CAkey", self.path("ca.key"), "-days", str(self.days), "-sha256"),
            *("-extfile", extensions, "-out", path),
        )
        self.n_issued += 1
        return self.certs_only(path)

    def reenroll(self, request, shown):
        """`shown`: DER of the client's certificate in TLS, or None."""
        if shown:
            client = self.path("client.pem")
            openssl("x509", "-inform", "DER", "-out", client, data=shown)
            if self.subject("x509", client) != self.subject("req", request):
                raise Refused(403, "the request is for another subject than the client's")
        return self.issue(request)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send(self, status, body=b"", kind="text/plain", more=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in more:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_certificates(self, der):
        """RFC 7030, section 4.2.3; clients ignore the encoding's field (RFC 8951)."""
        self.send(
            200,
            base64.b64encode(der),  # in one line: some clients read no line ends
            "application/pkcs7-mime; smime-type=certs-only",
            [("Content-Transfer-Encoding", "base64")],
        )

    def carry_out(self, method):
        found = EST.fullmatch(self.path)
        if not found:
            raise Refused(404, "no such operation")
        operation, authority = found[1], self.server.authority
        if (method == "GET") != (operation == "cacerts"):
            raise Refused(405, "expected another method")
        if operation == "cacerts":
            return authority.cacerts()
        if self.server.n_later > 0:
            self.server.n_later -= 1
            return None
        shown = getattr(self.connection, "getpeercert", lambda binary: None)(True)
        request = authority.read_request(self.read_body())
        if operation == "simplereenroll":
            return authority.reenroll(request, shown)
        if not self.server.is_secure:
            raise Refused(403, "a first certificate is issued over HTTPS only")
        return authority.issue(request)

    def read_body(self):
        length = int(self.headers.get("Content-Length", -1))
        if not 0 <= length <= MAX_REQUEST_BYTES:
            raise Refused(413 if length > 0 else 411, "expected a request of a stated length")
        return self.rfile.read(length)

    def respond(self, method):
        try:
            with self.server.lock:  # files have one name each
                der = self.carry_out(method)
            if der is None:
                self.send(202, more=[("Retry-After", str(RETRY_AFTER_S))])
            else:
                self.send_certificates(der)
        except Refused as refusal:
            status, reason = refusal.args
            self.close_connection = True  # the body may not have been read
            self.send(status, reason.encode() + b"\n", more=[("Connection", "close")])

    def do_GET(self):
        self.respond("GET")

    def do_POST(self):
        self.respond("POST")

    def log_message(self, form, *args):
        shown = getattr(self.connection, "getpeercert", dict)()
        self.server.log(form % args + (f" client {shown['serialNumber']}" if shown else ""))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def log(self, text):
        print(text, flush=True)

    def handle_error(self, request, client_address):
        self.log(f"connection lost: {sys.exc_info()[1]}")


def make_server(folder, port=0, tls=None, days=365, n_later=0, host=None):
    """A server that has not begun; `tls`: files of its own certificate and key."""
    server = Server((host or "127.0.0.1", port), Handler)
    server.authority = Authority(folder, days)
    server.lock = threading.Lock()
    server.n_later = n_later
    server.is_secure = tls is not None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        context.load_verify_locations(os.path.join(folder, "ca.pem"))
        context.verify_mode = ssl.CERT_OPTIONAL
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    scheme, default = ("https", "localhost") if tls else ("http", "127.0.0.1")
    server.url = f"{scheme}://{host or default}:{server.server_address[1]}"
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--host")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--later", type=int, default=0)
    options = parser.parse_args()
    server = make_server(options.folder, options.port, options.tls, options.days, options.later,
                         options.host)
    print(server.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

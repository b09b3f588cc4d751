#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A reference server for the exchange of docs/activation.md, to test devices and hosts with.

    server.py --cert server.pem --key server.key [--port 8443] [--clients ca.pem] TABLE

TABLE has a line for each code and each device: what it is, the rule it leads to, and options.

    code 1234567890123456 https://prov.example/$MA.cfg
    code #1234            https://prov.example/$MA.cfg  many
    code 1111222233334444 https://prov.example/$MA.cfg  until=1767225600 model=CP-8841-3PCC
    device 000e08012345   https://prov.example/$MA.cfg

A code is good once, unless it has `many`; `until` is its last second, UTC. A device that asks
without a code and is not in the table is answered with an empty body. It keeps what was used in
memory only, and prints one line for each request, without the code.
"""

import argparse
import http.server
import re
import ssl
import sys
import time
import urllib.parse
from xml.sax.saxutils import escape

MAX_BODY = 4096
MAX_GUESSES = 10  # unknown codes from one address in a minute


class Table:
    """What codes and devices lead to."""

    def __init__(self, lines):
        self.codes, self.devices, self.used, self.guesses = {}, {}, set(), {}
        for line in lines:
            words = line.split()
            if not words or words[0] == "//":
                continue
            kind, name, rule, *options = words
            {"code": self.codes, "device": self.devices}[kind][name] = (rule, options)

    def answer_device(self, mac):
        """(HTTP status, rule); an unknown device is no error."""
        rule, _ = self.devices.get(mac.lower(), ("", []))
        return 200, rule

    def answer_code(self, code, model, address):
        """(HTTP status, rule)"""
        recent = [t for t in self.guesses.get(address, []) if t > time.time() - 60]
        if len(recent) >= MAX_GUESSES:
            return 429, ""
        if code not in self.codes:
            self.guesses[address] = recent + [time.time()]
            return 404, ""
        rule, options = self.codes[code]
        values = dict(option.partition("=")[::2] for option in options)
        if "until" in values and time.time() > int(values["until"]):
            return 410, ""
        if "model" in values and values["model"] not in model:
            return 403, ""
        if code in self.used:
            return 409, ""
        if "many" not in values:
            self.used.add(code)
        return 200, rule


class Handler(http.server.BaseHTTPRequestHandler):
    table = None
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            self.answer(413, "")
            return
        form = urllib.parse.parse_qs(self.rfile.read(length).decode("ascii", "replace"))
        code, mac = (form.get(name, [""])[0] for name in ("code", "mac"))
        if re.fullmatch(r"[0-9]{16}|#[0-9]{3,16}", code):
            agent = self.headers.get("User-Agent", "")
            self.answer(*self.table.answer_code(code, agent, self.client_address[0]))
        elif re.fullmatch(r"[0-9A-Fa-f]{12}", mac):
            self.answer(*self.table.answer_device(mac))
        else:
            self.answer(400, "")

    def answer(self, status, rule):
        body = ""
        if rule:
            body = f"<flat-profile><Profile_Rule>{escape(rule)}</Profile_Rule></flat-profile>\n"
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body.encode())


def main():
    parser = argparse.ArgumentParser(description="reference server for activation codes")
    parser.add_argument("--cert", required=True, help="certificate and its chain, PEM")
    parser.add_argument("--key", required=True, help="its key, PEM")
    parser.add_argument("--clients", help="CA of the devices' certificates: one is then required")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("table")
    options = parser.parse_args()
    with open(options.table, encoding="utf-8") as file:
        Handler.table = Table(file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    if options.clients:
        context.load_verify_locations(options.clients)
        context.verify_mode = ssl.CERT_REQUIRED
    server = http.server.ThreadingHTTPServer((options.host, options.port), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(f"listening on {server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

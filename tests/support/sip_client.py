# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Sends SIP requests by hand, over UDP or TCP, and answers challenges (RFC 3261, RFC 8760)."""

import hashlib
import itertools
import re
import socket

NUMBERS = itertools.count(1)
TIMEOUT_S = 3


class Answer:
    """One response: code, reason, and header fields by their names in lower case."""

    def __init__(self, text):
        header = text.partition("\r\n\r\n")[0].split("\r\n")
        self.text = text
        version, code, self.reason = header[0].split(" ", 2)
        assert version == "SIP/2.0", text
        self.code = int(code)
        self.fields = {}
        for line in header[1:]:
            name, _, value = line.partition(":")
            self.fields.setdefault(name.strip().lower(), []).append(value.strip())

    def field(self, name):
        return self.fields[name.lower()][0]

    def challenges(self):
        """realm, nonce, algorithm, stale of each."""
        return [dict(re.findall(r'(\w+)="?([^",]*)"?', value.partition(" ")[2]))
                for value in self.fields.get("www-authenticate", [])]


def digest(method, uri, challenge, user, password):
    """The value of an Authorization field, without qop."""
    hashed = hashlib.sha256 if challenge["algorithm"] == "SHA-256" else hashlib.md5

    def h(text):
        return hashed(text.encode()).hexdigest()

    key = h(f"{user}:{challenge['realm']}:{password}")
    response = h(f"{key}:{challenge['nonce']}:{h(f'{method}:{uri}')}")
    return (f'Digest username="{user}", realm="{challenge["realm"]}", uri="{uri}", '
            f'nonce="{challenge["nonce"]}", algorithm={challenge["algorithm"]}, '
            f'response="{response}"')


class Client:
    """A sender with a socket of its own; `with Client(address) as client`."""

    def __init__(self, address, transport="udp", host="127.0.0.1"):
        host_text, _, port = address.rpartition(":")
        self.target = (host_text, int(port))
        self.transport = transport
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.bind((host, 0))
        self.socket.connect(self.target)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def message(self, method="NOTIFY", user="alice", event=None, body=b"", fields=(), uri=None,
                number=None, **replaced):
        """A whole request as bytes. `replaced` are header fields in place of the usual ones; None
        leaves one out."""
        number = next(NUMBERS) if number is None else number
        host, port = self.socket.getsockname()
        uri = uri or f"sip:{user}@{self.target[0]}:{self.target[1]}"
        body = body.encode() if isinstance(body, str) else body
        usual = {
            "Via": f"SIP/2.0/{self.transport.upper()} {host}:{port};branch=z9hG4bK-{number};rport",
            "From": f"<sip:pbx@{host}>;tag=f{number}",
            "To": f"<{uri}>",
            "Call-ID": f"{number}@{host}",
            "CSeq": f"{number} {method}",
            "Max-Forwards": "70",
            "Event": event,
            "Content-Length": str(len(body)),
        }
        usual.update({name.replace("_", "-"): value for name, value in replaced.items()})
        lines = [f"{method} {uri} SIP/2.0"]
        lines += [f"{name}: {value}" for name, value in usual.items() if value is not None]
        lines += [f"{name}: {value}" for name, value in fields]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next answer; None when the connection was closed."""
        if self.transport == "udp":
            return Answer(self.socket.recv(65536).decode())
        while b"\r\n\r\n" not in self.buffer:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self.buffer += data
        text, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return Answer(text.decode() + "\r\n\r\n")

    def ask(self, *args, **kwargs):
        self.send(self.message(*args, **kwargs))
        return self.receive()

    def prove(self, password="hush7", algorithm=None, name=None, fields=(), **kwargs):
        """The answer to a request that answers the challenge to it."""
        user = kwargs.setdefault("user", "alice")
        refused = self.ask(fields=fields, **kwargs)
        assert refused.code == 401, refused.text
        challenge = next(challenge for challenge in refused.challenges()
                         if algorithm in (None, challenge["algorithm"]))
        proof = digest("NOTIFY", f"sip:{user}@{self.target[0]}:{self.target[1]}", challenge,
                       name or user, password)
        return self.ask(fields=[*fields, ("Authorization", proof)], **kwargs)

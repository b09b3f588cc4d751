# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""HTTP servers and proxies of a few lines that keep what they receive.

    with Hop(lambda request: response(200, b"body")) as hop:
        fetch(f"http://{hop.host}:{hop.port}/x")
    assert "authorization" not in hop.requests[0].headers
"""

import selectors
import socket
import socketserver
import ssl
import threading


def response(code, body=b"", *headers):
    """An answer; a header is one line without its end."""
    lines = [f"HTTP/1.1 {code} Word", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Request:
    """One request as it came: `headers` by lower-case name, `raw` is everything."""

    def __init__(self, raw, body):
        head, *lines = raw.decode("latin-1").split("\r\n")
        self.raw = raw + b"\r\n\r\n" + body
        self.method, self.target, self.version = head.split(" ", 2)
        self.headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        self.body = body


class Handler(socketserver.StreamRequestHandler):
    def read_request(self):
        raw = b""
        while not raw.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return None
            raw += line
        request = Request(raw[:-4], b"")
        refusal = self.server.hop.refuse(request)
        if refusal is not None:
            self.server.hop.requests.append(request)
            self.wfile.write(refusal)
            return None
        if "expect" in request.headers:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "transfer-encoding" in request.headers:
            return Request(raw[:-4], self.read_chunks())
        length = int(request.headers.get("content-length", 0))
        return Request(raw[:-4], self.rfile.read(length)) if length else request

    def read_chunks(self):
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def handle(self):
        hop = self.server.hop
        try:
            while (request := self.read_request()) is not None:
                hop.requests.append(request)
                if not hop.serve(request, self) or request.version == "HTTP/1.0":
                    return
        except (OSError, ssl.SSLError):
            return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def get_request(self):
        connection, client = super().get_request()
        if self.hop.tls is not None:
            connection = self.hop.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, client

    def handle_error(self, request, client_address):
        """Clients may go as they like."""


class Hop:
    """`answer(request)` gives the bytes to send; None: hang up. `tls` is a workshop's identity."""

    def __init__(self, answer, host="127.0.0.1", tls=None):
        self.answer = answer
        self.host = host
        self.requests = []
        self.tls = None
        if tls is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(tls.pem, tls.key)
        self.server = Server((host, 0), Handler)
        self.server.hop = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def refuse(self, request):
        """An answer in place of reading the body; the connection then ends. None: read it."""
        return None

    def serve(self, request, handler):
        """Answer one request. False: the connection ends."""
        data = self.answer(request)
        if data is not None:
            handler.wfile.write(data)
        return data is not None


class Proxy(Hop):
    """Knows every name as one server, `origin`; `gate(request)` may answer in its place."""

    def __init__(self, origin, gate=lambda request: None):
        super().__init__(None)
        self.origin = origin
        self.gate = gate

    def serve(self, request, handler):
        refusal = self.gate(request)
        if refusal is not None:
            handler.wfile.write(refusal)
            return True
        with socket.create_connection(self.origin, timeout=30) as origin:
            if request.method == "CONNECT":
                handler.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                pump(handler.connection, origin)
            else:
                forward(request, origin, handler.wfile)
        return False


def forward(request, origin, to):
    """A plain request, as proxies do it: their own headers stay here."""
    lines = request.raw.split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(b"proxy-")]
    origin.sendall(b"\r\n".join(kept).replace(b"HTTP/1.1", b"HTTP/1.0", 1))
    while data := origin.recv(65536):
        to.write(data)


def pump(one, other):
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                data = key.fileobj.recv(65536)
                if not data:
                    return
                key.data.sendall(data)

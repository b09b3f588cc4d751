# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""An HTTP server of one document, which a test may change at any time."""

import functools
import http.server
import threading


def profile(values):
    """A flat profile; each parameter in a line of its own, the first in line 2."""
    inner = "".join(f"<{name}>{value}</{name}>\n" for name, value in values.items())
    return f"<flat-profile>\n{inner}</flat-profile>\n".encode()


class DocumentServer:
    def __init__(self, document):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(outer.document)))
                self.end_headers()
                self.wfile.write(outer.document)

            def log_message(self, *_):
                pass

        self.document = document
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/profile.xml"

    def __enter__(self):
        serve = functools.partial(self.server.serve_forever, poll_interval=0.02)
        threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

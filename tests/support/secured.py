# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""nginx that also speaks TLS.

    with SecuredNginx(root) as server:
        fetch(server.tls_url + "/basic.txt", ca=server.ca)
"""

import socket
import tempfile

import peers
import workshop


class SecuredNginx(peers.Nginx):
    """As localhost on a second port, `tls_port`; `ca` is the file with whom to trust for that."""

    def __init__(self, root, extra="", **options):
        super().__init__(root, **options)
        self.settings = extra
        self.certificates = tempfile.TemporaryDirectory()

    def __enter__(self):
        shop = workshop.Workshop(self.certificates.name)
        ca = shop.authority("our-ca")
        self.identity = shop.certificate("good", ca, "DNS:localhost")
        self.ca = ca.pem
        return super().__enter__()

    def choose_address(self):
        super().choose_address()
        self.tls_port = peers.free_port(socket.SOCK_STREAM, self.host)
        self.tls_url = f"https://localhost:{self.tls_port}"
        self.extra = f"""
            listen {self.host}:{self.tls_port} ssl;
            ssl_certificate {self.identity.pem};
            ssl_certificate_key {self.identity.key};
            {self.settings}
        """

    def stop(self):
        super().stop()
        self.certificates.cleanup()

# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A device's own certificate and custom CA, for devices that share one transport."""

from __future__ import annotations

from typing import Any

from ._glue import Arena, borrow, check, new_error, struct
from ._provision import ffi, lib


def client_certificate(cert_pem: bytes, key_pem: bytes, arena: Arena) -> Any:
    """A `struct prov_client_certificate` that lives as long as the arena."""
    found = struct(
        "prov_client_certificate", cert_pem=borrow(cert_pem, arena), key_pem=borrow(key_pem, arena)
    )
    arena.append(found)
    return found


class Identity:
    """Give it to an agent while it is open; then it may be closed before or after the agent."""

    def __init__(self) -> None:
        out = ffi.new("prov_tls_identity **")
        err = new_error()
        check(lib.prov_tls_identity_new(out, ffi.NULL, err), err)
        self._identity = out[0]

    def set_certificate(self, cert_pem: bytes, key_pem: bytes = b"") -> None:
        """For the next connections. The key may be behind the certificate."""
        arena: Arena = []
        err = new_error()
        certificate = client_certificate(cert_pem, key_pem, arena)
        check(lib.prov_tls_identity_set_certificate(self._identity, certificate, err), err)

    def set_custom_ca(self, pem: bytes) -> None:
        """Trust these certificates besides the roots of the transport; empty: no more."""
        arena: Arena = []
        err = new_error()
        check(
            lib.prov_tls_identity_set_custom_ca(self._identity, borrow(pem, arena), 0, err), err
        )

    @property
    def has_certificate(self) -> bool:
        return bool(lib.prov_tls_identity_has_certificate(self._identity))

    def open_handle(self) -> Any:
        if self._identity == ffi.NULL:
            raise ValueError("the identity is closed")
        return self._identity

    def close(self) -> None:
        lib.prov_tls_identity_free(self._identity)
        self._identity = ffi.NULL

    def __enter__(self) -> Identity:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

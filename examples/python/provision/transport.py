# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Transports: the built-in one, and one that answers in Python, without a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Self

from ._glue import Arena, borrow, callback, check, new_error, struct, text, word
from ._provision import ffi, lib

Answer = bytes | int
"""The content of a file, or an HTTP status, e.g. 404."""


class Transport:
    """Shared by any number of agents; it has to outlive them."""

    transport: Any  # struct prov_transport *
    n_agents = 0  # that use it

    def pollfds(self) -> list[tuple[int, int]]:
        """(descriptor, PROV_POLL_… bits) to wait on."""
        if not self.transport.pollfds:
            return []
        n = self.transport.pollfds(self.transport.ctx, ffi.NULL, 0)
        fds = ffi.new("struct prov_pollfd[]", n)
        n = min(n, self.transport.pollfds(self.transport.ctx, fds, n))
        return [(fds[i].fd, fds[i].events) for i in range(n)]

    def timeout_ms(self) -> int:
        """Until process() has to be called; -1: it does not depend on time."""
        return int(self.transport.timeout_ms(self.transport.ctx))

    def process(self) -> None:
        err = new_error()
        check(self.transport.process(self.transport.ctx, err), err)

    def close(self) -> None:
        """Free it, after all agents."""
        if self.n_agents:
            raise RuntimeError(f"close the agents first: {self.n_agents} use this transport")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Curl(Transport):
    """TFTP, HTTP and HTTPS. `ca_file`: trust these roots (PEM) and no others."""

    def __init__(self, ca_file: str | None = None, max_connections: int = 0) -> None:
        arena: Arena = []
        path = ffi.NULL
        if ca_file is not None:
            path = ffi.new("char[]", ca_file.encode())
            arena.append(path)
        options = struct(
            "prov_curl_options",
            ca_file=path,
            system_roots=ca_file is None,
            max_connections=max_connections,
        )
        out = ffi.new("prov_curl **")
        err = new_error()
        check(lib.prov_curl_new(out, options, err), err)
        self._curl = out[0]
        self.transport = lib.prov_curl_transport(self._curl)

    def check_custom_ca(self, pem: bytes) -> str:
        """Check certificates without trusting them: the common name of the first one."""
        arena: Arena = []
        name = ffi.new("char[]", 256)
        length = ffi.new("size_t *")
        err = new_error()
        check(
            lib.prov_curl_check_custom_ca(
                self._curl, borrow(pem, arena), name, len(name), length, err
            ),
            err,
        )
        return word(name)

    def set_custom_ca(self, pem: bytes) -> None:
        """Trust these too, in requests of agents without an identity; empty: no more."""
        arena: Arena = []
        err = new_error()
        check(lib.prov_curl_set_custom_ca(self._curl, borrow(pem, arena), 0, err), err)

    def close(self) -> None:
        super().close()
        lib.prov_curl_free(self._curl)
        self._curl = ffi.NULL


@dataclass
class _Asked:
    transfer: Any
    url: str


class Answers(Transport):
    """Every file is what `answer(url)` returns. `urls` has all that was asked for."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self.answer = answer
        self.urls: list[str] = []
        self._asked: list[_Asked] = []
        self._handle = ffi.new_handle(self)
        self._name = ffi.new("char[]", b"answers")
        self._schemes = ffi.new("char[]", b"tftp,http,https")
        self.transport = struct(
            "prov_transport",
            name=self._name,
            schemes=self._schemes,
            ctx=self._handle,
            start=lib.provision_start,
            cancel=lib.provision_cancel,
            timeout_ms=lib.provision_timeout_ms,
            process=lib.provision_process,
        )

    def _start(self, transfer: Any, url: str) -> None:
        self.urls.append(url)
        self._asked.append(_Asked(transfer, url))

    def _cancel(self, transfer: Any) -> None:
        self._asked = [asked for asked in self._asked if asked.transfer != transfer]

    def _serve(self) -> None:
        while self._asked:
            asked = self._asked.pop(0)
            answer = self.answer(asked.url)
            content = answer if isinstance(answer, bytes) else b""
            code = 200 if isinstance(answer, bytes) else answer
            head = struct("prov_response", code=code, length=len(content), retry_after_s=-1)
            status = lib.prov_transfer_head(asked.transfer, head)
            if status == lib.PROV_OK and code == 200:
                status = lib.prov_transfer_data(asked.transfer, content, len(content))
            if status == lib.PROV_OK and code not in (200, 304):
                status = lib.PROV_E_NOT_FOUND if code in (404, 410) else lib.PROV_E_SERVER
            lib.prov_transfer_done(asked.transfer, status, ffi.NULL)


@callback(on_failure=lib.PROV_E_HOST)
def provision_start(ctx: Any, transfer: Any, request: Any, _err: Any) -> int:
    answers: Answers = ffi.from_handle(ctx)
    answers._start(transfer, text(request.url))
    return int(lib.PROV_OK)


@callback()
def provision_cancel(ctx: Any, transfer: Any) -> None:
    answers: Answers = ffi.from_handle(ctx)
    answers._cancel(transfer)


@callback(on_failure=0)
def provision_timeout_ms(ctx: Any) -> int:
    answers: Answers = ffi.from_handle(ctx)
    return 0 if answers._asked else -1


@callback(on_failure=lib.PROV_E_HOST)
def provision_process(ctx: Any, _err: Any) -> int:
    answers: Answers = ffi.from_handle(ctx)
    answers._serve()
    return int(lib.PROV_OK)

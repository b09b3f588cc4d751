# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""What a device does for its jobs: classes to derive from, whose methods the library calls while
the agent runs. The headers of the jobs, e.g. <provision/upgrade.h>, describe each call.

A method fails the attempt by raising Refusal; any other exception does so too, and is raised by
the call of the agent that was running. Bytes and texts are copies, and may be kept. The object
lives as long as its agent."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Any

from ._glue import (
    Arena,
    ProvisionError,
    Refusal,
    borrow,
    callback,
    data,
    host_callback,
    number,
    put,
    report,
    text,
)
from ._provision import ffi, lib
from .tls import Identity, client_certificate
from .transport import Curl


@dataclass(frozen=True)
class UpgradeTarget:
    """The file that a callback is about; `total` is None if the server did not announce it."""

    number: int
    total: int | None
    load: str
    file: str
    url: str
    etag: str


@dataclass(frozen=True)
class Image:
    """What a device has of an image. `presence` is absent, present, running or wait."""

    presence: str = "absent"
    version: str = ""
    sha256: bytes | None = None  # that the first file must have
    offset: int = 0  # bytes kept of an earlier attempt, and their ETag
    etag: str = ""


class UpgradeHost(abc.ABC):
    """Banks for images."""

    @abc.abstractmethod
    def inspect(self, target: UpgradeTarget) -> Image:
        """Where an image is: before it is fetched, and after a reboot."""

    @abc.abstractmethod
    def begin(self, target: UpgradeTarget, offset: int) -> None:
        """The first byte of a file comes next; its place in the file is `offset`."""

    @abc.abstractmethod
    def write(self, content: bytes) -> None:
        """The next bytes."""

    @abc.abstractmethod
    def finish(self, target: UpgradeTarget) -> str | None:
        """A file is complete: the name of a further one beside it; None: it was the last."""

    @abc.abstractmethod
    def activate(self, target: UpgradeTarget) -> None:
        """It is the image of the next boot."""

    def abort(self, target: UpgradeTarget) -> None:
        """The attempt failed, or an image that runs was not confirmed."""


class CustomCaHost(abc.ABC):
    """Trusted certificates."""

    @abc.abstractmethod
    def check(self, pem: bytes) -> str:
        """Check what was fetched; the common name of the first certificate."""

    @abc.abstractmethod
    def install(self, pem: bytes) -> None:
        """Trust these in place of earlier ones; empty: none."""


class CustomCa(CustomCaHost):
    """Those of an identity, or without one of a transport, which its agents share."""

    def __init__(self, curl: Curl, identity: Identity | None = None) -> None:
        self.curl = curl
        self.identity = identity

    def check(self, pem: bytes) -> str:
        return self.curl.check_custom_ca(pem)

    def install(self, pem: bytes) -> None:
        (self.identity or self.curl).set_custom_ca(pem)


class MigrationHost(abc.ABC):
    """Licences for firmware of another kind."""

    @abc.abstractmethod
    def check(self, licence: bytes) -> str:
        """`yes`, or `later` when Agent.set_authorization() follows; raise Refusal for a licence
        that does not authorize this device."""

    def begin_wxc(self) -> None:
        """Trans_Auth_Type is WxC: ask the vendor's service, then Agent.set_authorization()."""


@dataclass(frozen=True)
class Present:
    """The certificate in use, its key, and the CAs that may issue the next one; all PEM."""

    cert_pem: bytes
    key_pem: bytes
    ca_pem: bytes


class RenewalHost(abc.ABC):
    """Where the device's certificate is kept."""

    @abc.abstractmethod
    def present(self) -> Present:
        """What is there now."""

    @abc.abstractmethod
    def install(self, chain_pem: bytes) -> None:
        """Store a new certificate for the same key, and use it: Identity.set_certificate()."""


@dataclass(frozen=True)
class ReportField:
    """One value of the status document, in the element `section`."""

    section: str
    name: str
    value: str


class Kept:
    """An object for C, with the texts that C borrows from it until its next call."""

    def __init__(self, host: Any) -> None:
        self.host = host
        self.arena: Arena = []
        self.handle = ffi.new_handle(self)


def _host(ctx: Any) -> Any:
    kept: Kept = ffi.from_handle(ctx)
    return kept.host


def _target(found: Any) -> UpgradeTarget:
    return UpgradeTarget(
        number=found.number,
        total=None if found.total < 0 else found.total,
        load=text(found.load),
        file=text(found.file),
        url=text(found.url),
        etag=text(found.etag),
    )


def _put_all(buffer: Any, subject: str, value: str) -> None:
    """Cut off, it would be another one."""
    if len(value.encode()) >= len(buffer):
        raise ValueError(f"{subject}: expected at most {len(buffer) - 1} bytes, found {value!r}")
    put(buffer, len(buffer), value)


@host_callback
def provision_upgrade_inspect(ctx: Any, target: Any, answer: Any, _err: Any) -> None:
    image: Image = _host(ctx).inspect(_target(target))
    answer.presence = number("prov_upgrade_presence_name", "presence", image.presence)
    answer.offset = image.offset
    _put_all(answer.etag, "etag", image.etag)
    _put_all(answer.version, "version", image.version)
    if image.sha256 is not None:
        if len(image.sha256) != 32:
            raise ValueError(f"sha256: expected 32 bytes, found {len(image.sha256)}")
        answer.has_sha256 = 1
        ffi.memmove(answer.sha256, image.sha256, 32)


@host_callback
def provision_upgrade_begin(ctx: Any, target: Any, offset: int, _err: Any) -> None:
    _host(ctx).begin(_target(target), offset)


@host_callback
def provision_upgrade_write(ctx: Any, content: Any, length: int, _err: Any) -> None:
    _host(ctx).write(bytes(ffi.buffer(content, length)))


@host_callback
def provision_upgrade_finish(ctx: Any, target: Any, file: Any, cap: int, _err: Any) -> None:
    _put_all(ffi.cast(f"char(*)[{cap}]", file)[0], "file", _host(ctx).finish(_target(target)) or "")


@host_callback
def provision_upgrade_activate(ctx: Any, target: Any, _err: Any) -> None:
    _host(ctx).activate(_target(target))


@callback()
def provision_upgrade_abort(ctx: Any, target: Any) -> None:
    _host(ctx).abort(_target(target))


@host_callback
def provision_custom_ca_check(ctx: Any, pem: Any, name: Any, cap: int, _err: Any) -> None:
    put(name, cap, _host(ctx).check(data(pem)))


@host_callback
def provision_custom_ca_install(ctx: Any, pem: Any, _err: Any) -> None:
    _host(ctx).install(data(pem))


@host_callback
def provision_migration_check(ctx: Any, licence: Any, answer: Any, _err: Any) -> None:
    answer[0] = number("prov_licence_name", "answer", _host(ctx).check(data(licence)))


@callback()
def provision_migration_begin_wxc(ctx: Any) -> None:
    _host(ctx).begin_wxc()


@host_callback
def provision_renewal_present(ctx: Any, out: Any, _err: Any) -> None:
    kept: Kept = ffi.from_handle(ctx)
    found: Present = kept.host.present()
    kept.arena.clear()
    out.certificate = client_certificate(found.cert_pem, found.key_pem, kept.arena)
    out.ca_pem = borrow(found.ca_pem, kept.arena)


@host_callback
def provision_renewal_install(ctx: Any, chain_pem: Any, _err: Any) -> None:
    _host(ctx).install(data(chain_pem))


@callback(on_failure=lib.PROV_E_HOST)
def provision_report_status(ctx: Any, index: int, out: Any, _err: Any) -> int:
    kept: Kept = ffi.from_handle(ctx)
    if index >= len(kept.host):
        return int(lib.PROV_E_NOT_FOUND)
    field: ReportField = kept.host[index]
    kept.arena.clear()
    out.section = borrow(field.section, kept.arena)
    out.name = borrow(field.name, kept.arena)
    out.value = borrow(field.value, kept.arena)
    return int(lib.PROV_OK)

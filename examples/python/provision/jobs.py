# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The jobs of an agent: each is enabled before its first process(), then runs by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ._glue import (
    Arena,
    Collector,
    borrow,
    check,
    new_error,
    number,
    struct,
    text,
    word,
)
from ._provision import ffi, lib
from .events import Activation, PastDownload, PastReboot, Result, Upgrade, read
from .hosts import CustomCaHost, Kept, MigrationHost, RenewalHost, ReportField, UpgradeHost


@dataclass(frozen=True)
class Offer:
    """What a source of a server offered."""

    contact: str
    is_used: bool
    at_ms: int
    text: str


class Fetch:
    """A file that the device fetches or sends for itself."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.result: Result | None = None  # until it has ended
        self._collector = Collector()

    @property
    def content(self) -> bytes:
        """The file, or the answer to what was sent, as far as it has come."""
        return bytes(self._collector.content)


class Jobs:
    """The part of an agent that enables jobs and asks about them. Enabling one twice, or after the
    first process(), raises ProvisionError with PROV_E_STATE."""

    _agent: Any
    _kept: list[Any]  # what C uses until the agent is freed
    _fetches: dict[int, Fetch]  # until their results
    _n_fetches: int

    def _enable(self, job: str, kind: str, host: Any, **members: Any) -> None:
        """Each callback of `struct prov_KIND_host` is the function provision_KIND_NAME."""
        kept = Kept(host)
        found = struct(f"prov_{kind}_host", ctx=kept.handle, **members)
        for name, _ in ffi.typeof(f"struct prov_{kind}_host").fields:
            function = f"provision_{kind}_{name}"
            if function in dir(lib):
                setattr(found, name, getattr(lib, function))
        err = new_error()
        check(getattr(lib, f"prov_agent_enable_{job}")(self._agent, found, err), err)
        self._kept.append(kept)

    # Firmware upgrades

    def enable_upgrade(
        self,
        host: UpgradeHost,
        max_bytes: int = 0,
        timeout_s: int = 0,
        confirm_timeout_s: int = 0,
    ) -> None:
        """Carry out Upgrade_Rule, and the verb `upgrade`. An agent that is made for the same store
        is the device after its reboot."""
        self._enable(
            "upgrade",
            "upgrade",
            host,
            max_bytes=max_bytes,
            timeout_s=timeout_s,
            confirm_timeout_s=confirm_timeout_s,
        )

    def confirm_upgrade(self) -> None:
        """The image that runs works."""
        err = new_error()
        check(lib.prov_agent_confirm_upgrade(self._agent, err), err)

    def upgrade(self) -> Upgrade:
        """The upgrade under way, or the last one."""
        found = struct("prov_upgrade")
        check(lib.prov_agent_upgrade_get(self._agent, found))
        return read(Upgrade, found)

    # Reports

    def enable_report(self, status: Sequence[ReportField] = ()) -> None:
        """Carry out Report_Rule, and the verb `report`. `status` is added to each status document;
        a list may be changed between two reports."""
        self._enable("report", "report", status)

    def record_local_change(self) -> None:
        """Parameters were changed on the device itself."""
        lib.prov_agent_record_local_change(self._agent)
        check(lib.PROV_OK)

    def config(self) -> bytes:
        """The configuration, as a report has it."""
        return self._document(lib.prov_agent_write_config)

    def status_document(self, status: Sequence[ReportField] = ()) -> bytes:
        """The status document, as a report has it."""
        kept = Kept(status)
        host = struct("prov_report_host", ctx=kept.handle, status=lib.provision_report_status)
        return self._document(lib.prov_agent_write_status, host)

    def _document(self, function: Any, *host: Any) -> bytes:
        collector = Collector()
        err = new_error()
        check(function(self._agent, *host, collector.sink[0], err), err)
        return bytes(collector.content)

    # Certificates

    def enable_custom_ca(self, host: CustomCaHost) -> None:
        """Carry out Custom_CA_Rule, and the verb `update_ca`."""
        self._enable("custom_ca", "custom_ca", host)

    def enable_renewal(self, host: RenewalHost) -> None:
        """Renew the device's certificate, and accept the verb `renew`."""
        self._enable("renewal", "renewal", host)

    # Activation and migration

    def enable_activation(self, code_url: str = "", contact_url: str = "") -> None:
        """Let `gds://` wait for a code, the verb `activate` send it to a service, and a device that
        has no server ask one."""
        arena: Arena = []
        host = struct(
            "prov_activation_host",
            code_url=borrow(code_url, arena),
            contact_url=borrow(contact_url, arena),
        )
        err = new_error()
        check(lib.prov_agent_enable_activation(self._agent, host, err), err)

    def activation(self) -> Activation:
        found = struct("prov_activation")
        check(lib.prov_agent_activation_get(self._agent, found))
        return read(Activation, found)

    def offers(self) -> list[Offer]:
        """What each source of a server has offered."""
        found = []
        for contact in (
            lib.PROV_CONTACT_DHCP,
            lib.PROV_CONTACT_SRV,
            lib.PROV_CONTACT_SERVICE,
            lib.PROV_CONTACT_CODE,
        ):
            offer = struct("prov_contact_offer")
            status = lib.prov_agent_contact_get(self._agent, contact, offer)
            if status == lib.PROV_E_NOT_FOUND:
                continue
            check(status)
            name = word(lib.prov_contact_name(contact))
            found.append(Offer(name, bool(offer.is_used), offer.at_ms, text(offer.text)))
        return found

    def enable_migration(self, host: MigrationHost) -> None:
        """Carry out Trans_Auth_Rule."""
        self._enable("migration", "migration", host)

    def set_authorization(self, authorization: str) -> None:
        """`none`, `classic` or `wxc`."""
        err = new_error()
        found = number("prov_authorization_name", "authorization", authorization)
        check(lib.prov_agent_set_authorization(self._agent, found, err), err)

    # History

    def enable_history(self) -> None:
        err = new_error()
        check(lib.prov_agent_enable_history(self._agent, err), err)

    def record_reboot(self, reason: str) -> None:
        """The device is about to reboot for a reason of its own, e.g. `ip-changed`: the agent that
        is made next for its store has it among past_reboots()."""
        err = new_error()
        found = number("prov_reboot_reason_name", "reason", reason)
        check(lib.prov_agent_record_reboot(self._agent, found, err), err)

    def past_reboots(self) -> list[PastReboot]:
        """The latest first."""
        return self._past(PastReboot, "prov_past_reboot", lib.prov_agent_reboot_get)

    def past_resyncs(self) -> list[PastDownload]:
        return self._past_downloads(lib.PROV_JOB_RESYNC)

    def past_upgrades(self) -> list[PastDownload]:
        return self._past_downloads(lib.PROV_JOB_UPGRADE)

    def _past_downloads(self, job: int) -> list[PastDownload]:
        return self._past(PastDownload, "prov_past_download", lib.prov_agent_download_get, job)

    def _past(self, kind: Any, name: str, function: Any, *job: int) -> list[Any]:
        found: list[Any] = []
        entry = struct(name)
        while (status := function(self._agent, *job, len(found), entry)) == lib.PROV_OK:
            found.append(read(kind, entry))
        if status != lib.PROV_E_NOT_FOUND:
            check(status)
        return found

    # Files of the device's own

    def fetch(
        self,
        rule: str,
        *,
        method: str = "get",
        upload: bytes | None = None,
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
        is_url: bool = False,
        is_decoded: bool = False,
    ) -> Fetch:
        """Fetch a file, or send one with `post` or `put`, by a rule or a URL. `is_decoded`: the
        content is decrypted and inflated as that of a profile."""
        arena: Arena = []
        self._n_fetches += 1
        fetch = Fetch(self._n_fetches)
        fields = ffi.new("struct prov_header[]", len(headers or {}))
        for field, (name, value) in zip(fields, (headers or {}).items()):
            field.name = borrow(name, arena)
            field.value = borrow(value, arena)
        request = struct(
            "prov_fetch",
            id=fetch.number,
            flags=(lib.PROV_FETCH_URL if is_url else 0)
            | (lib.PROV_FETCH_DECODE if is_decoded else 0),
            method=number("prov_method_name", "method", method),
            rule=borrow(rule, arena),
            content_type=borrow(content_type, arena),
            headers=fields,
            n_headers=len(fields),
            body=(ffi.NULL, 0) if upload is None else borrow(upload, arena),
            sink=fetch._collector.sink[0],
        )
        err = new_error()
        check(lib.prov_agent_fetch(self._agent, request, err), err)
        self._fetches[fetch.number] = fetch
        return fetch

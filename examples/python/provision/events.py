# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Events of an agent as dataclasses. Numbers of enumerations are the names that the library has for
them, e.g. `applied`; docs/host-contract.md describes each event and member."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from ._glue import Error, read_error, text, word
from ._provision import ffi, lib

T = TypeVar("T")


def _named(function: str) -> Any:
    """A member whose number has a name by that function of <provision/names.h>; 0 may have none."""

    def copy(raw: int) -> str:
        name = word(getattr(lib, function)(raw))
        return "" if raw == 0 and name == "unknown" else name

    return dataclasses.field(metadata={"read": copy})


def _bits(prefix: str, function: str) -> Any:
    """A member that is a set of bits, the constants with that prefix."""

    def copy(raw: int) -> tuple[str, ...]:
        bits = [getattr(lib, name) for name in dir(lib) if name.startswith(prefix)]
        return tuple(word(getattr(lib, function)(bit)) for bit in sorted(bits) if raw & bit)

    return dataclasses.field(metadata={"read": copy})


def _nested(kind: Callable[[], type[Any]]) -> Any:
    """A member that points to a struct, or to nothing."""
    return dataclasses.field(metadata={"read": lambda raw: read(kind(), raw) if raw else None})


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    severity: str = _named("prov_severity_name")
    text: str
    rule: str
    name: str
    server: str
    error: Error | None


@dataclass(frozen=True, kw_only=True)
class Progress:
    bytes: int
    total: int
    fetch: int
    rule: str
    url: str
    server_ip: str


@dataclass(frozen=True, kw_only=True)
class Change:
    rule: str
    name: str
    line: int
    needs: tuple[str, ...] = _bits("PROV_NEEDS_", "prov_needs_name")
    old_value: str
    new_value: str
    is_secret: bool
    access: str = _named("prov_access_name")


@dataclass(frozen=True, kw_only=True)
class Connection:
    lookup_ms: int
    connect_ms: int
    tls_ms: int
    not_after_s: int
    tls_version: str
    cert_subject: str
    cert_names: str
    is_reused: bool


@dataclass(frozen=True, kw_only=True)
class Delivery:
    first_byte_ms: int
    last_byte_ms: int
    commit_ms: int
    content_type: str
    coding: str
    etag: str


@dataclass(frozen=True, kw_only=True)
class Result:
    cause: str = _named("prov_cause_name")
    outcome: str = _named("prov_outcome_name")
    needs: tuple[str, ...] = _bits("PROV_NEEDS_", "prov_needs_name")
    alternative: int
    code: int
    encodings: tuple[str, ...] = _bits("PROV_ENCODING_", "prov_encoding_name")
    derivation: str = _named("prov_derivation_name")
    credentials: str = _named("prov_credentials_name")
    bytes: int
    total: int
    n_params: int
    n_changed: int
    n_warnings: int
    fetch: int
    offset: int
    mono_ms: int
    wall_s: int
    duration_ms: int
    rule: str
    text: str
    url: str
    server_ip: str
    error: Error | None
    delivery: Delivery | None = _nested(lambda: Delivery)
    connection: Connection | None = _nested(lambda: Connection)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    cause: str = _named("prov_cause_name")
    why: str = _named("prov_sched_why_name")
    retry: int
    n_retries: int
    in_ms: int


@dataclass(frozen=True, kw_only=True)
class Warning:
    kind: str = _named("prov_profile_warning_name")
    line: int
    rule: str
    name: str
    error: Error | None


@dataclass(frozen=True, kw_only=True)
class Question:
    credentials: str = _named("prov_credentials_name")
    code: int
    in_ms: int
    rule: str
    url: str
    server_ip: str
    error: Error | None


@dataclass(frozen=True, kw_only=True)
class Unconfirmed:
    in_ms: int


@dataclass(frozen=True, kw_only=True)
class RolledBack:
    why: str = _named("prov_rollback_name")
    n_changed: int
    error: Error | None


@dataclass(frozen=True, kw_only=True)
class Reboot:
    cause: str = _named("prov_cause_name")


@dataclass(frozen=True, kw_only=True)
class Deferral:
    stage: str = _named("prov_stage_name")
    in_ms: int
    at_most_ms: int


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    step: str = _named("prov_upgrade_step_name")
    n_failed_boots: int
    in_ms: int
    load: str
    version: str
    url: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Activation:
    state: str = _named("prov_customization_name")
    contact: str = _named("prov_contact_name")
    code: str = _named("prov_code_outcome_name")
    is_code_wanted: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """No event: one of Agent.status(). `waits_for` is nothing unless `state` is waiting; `in_ms` is
    -1 if the wait does not depend on time."""

    job: str = _named("prov_job_name")
    state: str = _named("prov_job_state_name")
    waits_for: str = _named("prov_wait_name")
    in_ms: int
    progress: Progress | None = _nested(lambda: Progress)
    last: Result | None = _nested(lambda: Result)
    schedule: Schedule | None = _nested(lambda: Schedule)


@dataclass(frozen=True, kw_only=True)
class PastReboot:
    """No event: one of Agent.past_reboots()."""

    reason: str = _named("prov_reboot_reason_name")
    utc_offset_s: int
    wall_s: int
    text: str


@dataclass(frozen=True, kw_only=True)
class PastDownload:
    """No event: one of Agent.past_resyncs() or past_upgrades()."""

    outcome: str = _named("prov_outcome_name")
    status: str = _named("prov_status_name")
    code: int
    utc_offset_s: int
    wall_s: int
    url: str
    message: str


Detail = (
    LogEntry
    | Progress
    | Change
    | Result
    | Schedule
    | Warning
    | Question
    | Unconfirmed
    | RolledBack
    | Reboot
    | Deferral
    | Upgrade
    | Activation
)


@dataclass(frozen=True, kw_only=True)
class Event:
    """`type` and `job` by name; `detail` is None for kinds that have none, and for those that this
    package does not know."""

    type: str
    job: str
    detail: Detail | None


_READ: dict[str, Callable[[Any], Any]] = {
    "str": text,
    "int": int,
    "bool": bool,
    "Error | None": read_error,
}

_DETAILS: dict[int, tuple[str, type[Any]]] = {
    lib.PROV_EVENT_LOG: ("log", LogEntry),
    lib.PROV_EVENT_REQUEST: ("progress", Progress),
    lib.PROV_EVENT_PROGRESS: ("progress", Progress),
    lib.PROV_EVENT_CHANGED: ("change", Change),
    lib.PROV_EVENT_RESULT: ("result", Result),
    lib.PROV_EVENT_RESYNC: ("result", Result),
    lib.PROV_EVENT_SCHEDULED: ("schedule", Schedule),
    lib.PROV_EVENT_WARNING: ("warning", Warning),
    lib.PROV_EVENT_CREDENTIALS_WANTED: ("question", Question),
    lib.PROV_EVENT_UNCONFIRMED: ("unconfirmed", Unconfirmed),
    lib.PROV_EVENT_ROLLED_BACK: ("rollback", RolledBack),
    lib.PROV_EVENT_REBOOT_WANTED: ("reboot", Reboot),
    lib.PROV_EVENT_DEFERRED: ("deferral", Deferral),
    lib.PROV_EVENT_UPGRADE: ("upgrade", Upgrade),
    lib.PROV_EVENT_ACTIVATION: ("activation", Activation),
}


def read(kind: type[T], found: Any) -> T:
    """Copy a struct into its dataclass."""
    values = {}
    for field in dataclasses.fields(kind):
        copy = field.metadata.get("read") or _READ[str(field.type)]
        values[field.name] = copy(getattr(found, field.name))
    return kind(**values)


def read_event(event: Any) -> Event:
    """Copy a `struct prov_event`."""
    member, kind = _DETAILS.get(event.type, ("", None))
    found = getattr(getattr(event, "as"), member) if kind else ffi.NULL
    return Event(
        type=word(lib.prov_event_type_name(event.type)),
        job=word(lib.prov_job_name(event.job)) if event.job else "",
        detail=read(kind, found) if kind else None,
    )

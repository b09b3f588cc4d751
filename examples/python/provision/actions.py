# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""What others ask of a phone: action URLs, Cisco XML and SIP NOTIFY; and what it would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from ._glue import Arena, borrow, callback, check, new_error, struct, text, word
from ._provision import ffi, lib

_BUFFER_BYTES = 64 * 1024


@dataclass(frozen=True)
class Action:
    """`kind` and `door` by name. `rule` may hold secrets, so it is shown as `masked_rule`; a
    password is not part of it."""

    door: str
    kind: str
    priority: int
    rule: str = field(repr=False)
    masked_rule: str
    requester: str
    text: str
    has_login: bool


@dataclass(frozen=True)
class Verdict:
    """`decision` and `account` by name; the statuses are 0 where they do not apply."""

    decision: str
    account: str
    http_status: int
    sip_status: int
    reason: str


def _mask(rule: Any) -> str:
    length = ffi.new("size_t *")
    lib.prov_rule_redact(rule, ffi.NULL, 0, length)
    buffer = ffi.new("char[]", length[0] + 1)
    check(lib.prov_rule_redact(rule, buffer, len(buffer), length))
    return word(buffer)


class ParsedAction:
    """An action with the memory that it points into."""

    def __init__(self, action: Any, arena: Arena) -> None:
        self._action = action
        self._arena = arena
        self.action = Action(
            door=word(lib.prov_door_name(action.door)),
            kind=word(lib.prov_action_kind_name(action.kind)),
            priority=action.priority,
            rule=text(action.rule),
            masked_rule=_mask(action.rule),
            requester=text(action.requester),
            text=text(action.text),
            has_login=bool(action.flags & lib.PROV_ACTION_HAS_LOGIN),
        )

    def __repr__(self) -> str:
        return f"ParsedAction({self.action})"

    def check(
        self,
        parameters: Mapping[str, str],
        user: str = "",
        password: str = "",
        is_busy: bool = False,
        is_from_proxy: bool = False,
        line: int = 0,
    ) -> Verdict:
        """What a phone with these parameters does; the others have their defaults."""
        arena: Arena = []
        source = _Parameters(parameters)
        client = struct(
            "prov_action_client",
            uid=borrow(user, arena),
            pwd=borrow(password, arena),
            is_busy=is_busy,
            is_from_proxy=is_from_proxy,
            line=line,
        )
        verdict = struct("prov_verdict")
        err = new_error()
        check(lib.prov_action_check(self._action, client, source.source, verdict, err), err)
        return Verdict(
            decision=word(lib.prov_decision_name(verdict.decision)),
            account=word(lib.prov_account_name(verdict.account)) if verdict.account else "",
            http_status=verdict.http_status,
            sip_status=verdict.sip_status,
            reason=word(verdict.reason),
        )


class _Parameters:
    """A `struct prov_param_source` over a mapping."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.parameters = parameters
        self.handle = ffi.new_handle(self)
        self.source = ffi.new(
            "struct prov_param_source *", {"get": lib.provision_get, "ctx": self.handle}
        )


@callback(on_failure=lib.PROV_E_HOST)
def provision_get(ctx: Any, name: Any, buffer: Any, cap: int, length: Any) -> int:
    source: _Parameters = ffi.from_handle(ctx)
    value = source.parameters.get(text(name))
    if value is None:
        return int(lib.PROV_E_NOT_FOUND)
    encoded = value.encode()
    length[0] = len(encoded)
    if len(encoded) >= cap:
        return int(lib.PROV_E_LIMIT)
    ffi.memmove(buffer, encoded + b"\0", len(encoded) + 1)
    return int(lib.PROV_OK)


def action_from_url(target: str, method: str = "GET", requester: str = "") -> ParsedAction:
    """Read the target of an HTTP request, e.g. `/admin/resync?http://h/x`. Raises ProvisionError
    for what is no action."""
    arena: Arena = []
    buffer = ffi.new("char[]", _BUFFER_BYTES)
    action = struct("prov_action")
    err = new_error()
    check(
        lib.prov_action_from_url(
            borrow(method, arena),
            borrow(target, arena),
            borrow(requester, arena),
            buffer,
            _BUFFER_BYTES,
            action,
            err,
        ),
        err,
    )
    return ParsedAction(action, [*arena, buffer])


def actions_from_xml(body: str | bytes, requester: str = "") -> list[ParsedAction]:
    """Read a Cisco XML document, as it is posted to `/CGI/Execute`."""
    arena: Arena = []
    buffer = ffi.new("char[]", _BUFFER_BYTES)
    items = ffi.new("struct prov_action[]", lib.PROV_ACTION_MAX_ITEMS)
    for item in items:
        item.size = ffi.sizeof(item)
    n = ffi.new("size_t *", len(items))
    err = new_error()
    check(
        lib.prov_action_from_xml(
            lib.PROV_DOOR_XML,
            borrow(body, arena),
            borrow(requester, arena),
            buffer,
            _BUFFER_BYTES,
            items,
            n,
            err,
        ),
        err,
    )
    return [ParsedAction(items[i], [*arena, buffer, items]) for i in range(n[0])]


def action_from_notify(event: str, body: str | bytes = b"", requester: str = "") -> ParsedAction:
    """Read the `Event` of a SIP NOTIFY, e.g. `resync`, and its body."""
    arena: Arena = []
    action = struct("prov_action")
    err = new_error()
    check(
        lib.prov_action_from_notify(
            borrow(event, arena), borrow(body, arena), borrow(requester, arena), action, err
        ),
        err,
    )
    return ParsedAction(action, arena)

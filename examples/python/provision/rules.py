# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Rules without a device: what a rule asks for, why, and what is probably a mistake in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from ._glue import (
    Arena,
    Collector,
    borrow,
    callback,
    check,
    new_error,
    number,
    struct,
    text,
    word,
)
from ._provision import ffi, lib


@dataclass(frozen=True)
class Target:
    """Of a fetch or a report. Keys and passwords stay in the library."""

    scheme: str
    host: str
    port: int
    path: str
    has_key: bool
    has_credentials: bool

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{host}{port}{self.path}" if host else self.path


@dataclass(frozen=True)
class Choice:
    """`alternative` counts from 0; -1: none was chosen. `trace` is the explanation in lines."""

    alternative: int
    assignments: dict[str, str]
    targets: tuple[Target, ...]
    trace: str


@dataclass(frozen=True)
class Lint:
    kind: str
    line: int
    column: int
    message: str


class _Variables:
    """A `struct prov_vars` over a mapping, which lives as long as this object."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.arena: Arena = []
        self.handle = ffi.new_handle(self)
        self.vars = ffi.new("struct prov_vars *", {"find": lib.provision_find, "ctx": self.handle})


@callback(on_failure=lib.PROV_E_HOST)
def provision_find(ctx: Any, name: Any, _flags: int, value: Any) -> int:
    found: _Variables = ffi.from_handle(ctx)
    known = found.variables.get(text(name))
    if known is None:
        return int(lib.PROV_E_NOT_FOUND)
    found.arena.clear()
    value[0] = borrow(known, found.arena)
    return int(lib.PROV_OK)


def _dialect(name: str) -> Any:
    return lib.prov_dialect_get(number("prov_dialect_id_name", "dialect", name))


def _options(kind: str, dialect: str) -> Any:
    return struct(
        "prov_rule_options",
        kind=number("prov_rule_kind_name", "kind", kind),
        dialect=_dialect(dialect),
    )


def expand(template: str, variables: Mapping[str, str]) -> str:
    """Expand `$NAME`, `$(NAME)` and their kin; unknown names stay as they are."""
    arena: Arena = []
    found = _Variables(variables)
    length = ffi.new("size_t *")
    source = borrow(template, arena)
    lib.prov_macro_expand(source, found.vars, 0, ffi.NULL, 0, length, ffi.NULL)
    buffer = ffi.new("char[]", length[0] + 1)
    err = new_error()
    check(lib.prov_macro_expand(source, found.vars, 0, buffer, length[0] + 1, length, err), err)
    return bytes(ffi.buffer(buffer, length[0])).decode("utf-8", "backslashreplace")


def _targets(rule: Any, alternative: int) -> tuple[Target, ...]:
    found = []
    for index in range(lib.prov_rule_n_targets(rule, alternative)):
        target = struct("prov_rule_target")
        check(lib.prov_rule_target_get(rule, alternative, index, target))
        found.append(
            Target(
                scheme=text(target.scheme),
                host=text(target.host),
                port=target.port,
                path=text(target.path),
                has_key=bool(target.has_key),
                has_credentials=bool(target.has_uid or target.has_pwd),
            )
        )
    return tuple(found)


def _assignments(rule: Any, alternative: int) -> dict[str, str]:
    found = {}
    for index in range(lib.prov_rule_n_assignments(rule, alternative)):
        assignment = ffi.new("struct prov_rule_assignment *")
        check(lib.prov_rule_assignment_get(rule, alternative, index, assignment))
        found[text(assignment.name)] = text(assignment.value)
    return found


def choose(
    rule: str, variables: Mapping[str, str], kind: str = "profile", dialect: str = "mpp"
) -> Choice:
    """Carry a rule out as far as its request. Raises ProvisionError if it does not parse.

    `kind` is profile, upgrade, report or trigger; of a true trigger, `alternative` is 0.
    """
    arena: Arena = []
    found = _Variables(variables)
    out = ffi.new("prov_rule **")
    alternative = ffi.new("int32_t *")
    err = new_error()
    options = _options(kind, dialect)
    source = borrow(rule, arena)
    check(lib.prov_rule_prepare(out, source, found.vars, options, ffi.NULL, alternative, err), err)
    try:
        trace = Collector()
        check(lib.prov_rule_explain(out[0], trace.sink, err), err)
        chosen = alternative[0]
        return Choice(
            alternative=chosen,
            assignments=_assignments(out[0], chosen) if chosen >= 0 else {},
            targets=_targets(out[0], chosen) if chosen >= 0 else (),
            trace=trace.content.decode("utf-8", "backslashreplace"),
        )
    finally:
        lib.prov_rule_free(out[0])


@callback()
def provision_lint(ctx: Any, lint: Any) -> None:
    found: list[Lint] = ffi.from_handle(ctx)
    found.append(
        Lint(word(lib.prov_lint_kind_name(lint.kind)), lint.line, lint.column, word(lint.message))
    )


def lint_value(name: str, value: str, dialect: str = "mpp") -> list[Lint]:
    """What is probably a mistake in the value of a parameter, on any device."""
    arena: Arena = []
    found: list[Lint] = []
    handle = ffi.new_handle(found)
    listener = ffi.new("struct prov_lint_listener *", {"warn": lib.provision_lint, "ctx": handle})
    options = _options("profile", dialect)
    lib.prov_lint_param(borrow(name, arena), borrow(value, arena), options, listener)
    check(lib.PROV_OK)
    return found

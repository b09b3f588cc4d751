# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Texts, errors and callbacks between Python and the library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from ._provision import ffi, lib

Function = TypeVar("Function", bound=Callable[..., Any])
Arena = list[Any]  # keeps what C borrows

_raised: list[BaseException] = []


@dataclass(frozen=True)
class Error:
    """One failure, as `struct prov_error` has it; `status` is a name such as `PROV_E_DNS`."""

    status: str
    meaning: str
    origin: str
    native: int
    subject: str
    source: str
    line: int
    column: int
    offset: int
    message: str
    is_retryable: bool
    text: str  # all of it in one line

    def __str__(self) -> str:
        return self.text


class ProvisionError(Exception):
    """A function of the library failed."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.text)
        self.error = error


def text(found: Any) -> str:
    """A `prov_str`; bytes that are not UTF-8 are escaped."""
    return data(found).decode("utf-8", "backslashreplace")


def data(found: Any) -> bytes:
    return bytes(ffi.buffer(found.data, found.len)) if found.len else b""


def word(found: Any) -> str:
    """A `const char *`."""
    return bytes(ffi.string(found)).decode("utf-8", "backslashreplace") if found else ""


def borrow(value: str | bytes, arena: Arena) -> Any:
    """A `prov_str` whose bytes live as long as the arena."""
    encoded = value.encode() if isinstance(value, str) else value
    buffer = ffi.new("char[]", encoded)
    arena.append(buffer)
    return ffi.new("prov_str *", {"data": buffer, "len": len(encoded)})[0]


def struct(kind: str, /, **members: Any) -> Any:
    """A new struct that begins with its size."""
    found = ffi.new(f"struct {kind} *", members)
    found.size = ffi.sizeof(found[0])
    return found


def new_error() -> Any:
    return struct("prov_error")


def read_error(err: Any) -> Error | None:
    """NULL, or one in which nothing failed, gives None."""
    if not err or err.status == lib.PROV_OK:
        return None
    length = lib.prov_error_format(err, ffi.NULL, 0)
    line = ffi.new("char[]", length + 1)
    lib.prov_error_format(err, line, length + 1)
    return Error(
        status=word(lib.prov_status_name(err.status)),
        meaning=word(lib.prov_status_text(err.status)),
        origin=word(lib.prov_origin_name(err.origin)),
        native=err.native,
        subject=word(err.subject),
        source=word(err.source),
        line=err.line,
        column=err.column,
        offset=err.offset,
        message=word(err.message),
        is_retryable=bool(err.flags & lib.PROV_ERROR_RETRYABLE),
        text=word(line),
    )


def check(status: int, err: Any = None) -> None:
    """Raise what a callback raised, or ProvisionError unless the status is PROV_OK."""
    if _raised:
        failure = _raised[0]
        _raised.clear()
        raise failure
    if status == lib.PROV_OK:
        return
    found = read_error(err) if err is not None else None
    if found is None:
        plain = new_error()
        plain.status = status
        found = read_error(plain)
        assert found is not None
    raise ProvisionError(found)


def callback(on_failure: int | None = None) -> Callable[[Function], Function]:
    """Make a function callable from C. What it raises is raised by the call into the library
    during which it ran; C gets `on_failure`."""

    def note(_kind: Any, value: BaseException, _traceback: Any) -> int | None:
        _raised.append(value)
        return on_failure

    def decorate(function: Function) -> Function:
        ffi.def_extern(name=function.__name__, onerror=note)(function)
        return function

    return decorate


class Collector:
    """A sink that keeps all bytes."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.handle = ffi.new_handle(self)
        self.sink = ffi.new(
            "struct prov_sink *",
            {"write": lib.provision_write, "finish": lib.provision_finish, "ctx": self.handle},
        )


@callback(on_failure=lib.PROV_E_HOST)
def provision_write(ctx: Any, content: Any, length: int, _err: Any) -> int:
    collector: Collector = ffi.from_handle(ctx)
    collector.content += ffi.buffer(content, length)
    return int(lib.PROV_OK)


@callback(on_failure=lib.PROV_E_HOST)
def provision_finish(_ctx: Any, _err: Any) -> int:
    return int(lib.PROV_OK)

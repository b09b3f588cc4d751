# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Texts, errors and callbacks between Python and the library."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from ._provision import ffi, lib

Function = TypeVar("Function", bound=Callable[..., Any])
Arena = list[Any]  # keeps what C borrows


class _Raised(threading.local):
    """Exceptions of callbacks, until the call into the library during which they ran returns."""

    def __init__(self) -> None:
        self.found: list[BaseException] = []


_raised = _Raised()


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


class Refusal(Exception):
    """Raised by a callback of a job's host to fail the attempt, which the job reports and retries
    by its own rules. `status` is a name such as PROV_E_CORRUPT; the callback's documentation has
    those with a meaning. A ProvisionError, of the library within the callback, does the same. Every
    other exception also fails the attempt, and is raised by the call into the library as well."""

    def __init__(self, message: str = "", status: str = "PROV_E_HOST") -> None:
        super().__init__(message)
        self.message = message
        self.status = status_number(status)


def status_number(name: str) -> int:
    """Of a failure."""
    known = [word for word in dir(lib) if word.startswith("PROV_E_")]
    if name not in known:
        raise ValueError(f"status: expected one of {', '.join(known)}, found {name!r}")
    return int(getattr(lib, name))


@functools.cache
def _numbers(function: str) -> dict[str, int]:
    numbers = [*range(64), *(1 << bit for bit in range(6, 32))]  # of values, and of single bits
    names = {word(getattr(lib, function)(i)): i for i in numbers}
    names.pop("unknown", None)
    return names


def number(function: str, subject: str, name: str) -> int:
    """The number that has this name by a function of <provision/names.h>; `_` counts as `-`."""
    found = _numbers(function).get(name.replace("_", "-"))
    if found is None:
        expected = ", ".join(_numbers(function))
        raise ValueError(f"{subject}: expected one of {expected}, found {name!r}")
    return found


def put(buffer: Any, cap: int, value: str) -> None:
    """Write a text and a NUL; what does not fit is cut off."""
    encoded = value.encode()[: cap - 1].decode("utf-8", "ignore").encode() + b"\0"
    ffi.memmove(buffer, encoded, len(encoded))


def report(failure: Refusal | ProvisionError, err: Any) -> int:
    """Fill in a `struct prov_error`, or NULL; its status."""
    if isinstance(failure, Refusal):
        status, message = failure.status, failure.message
    else:
        status, message = status_number(failure.error.status), failure.error.message
    if err:
        err.status = status
        put(err.message, len(err.message), message)
    return status


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
    """Raise what callbacks raised, several as a group; or ProvisionError unless the status is
    PROV_OK."""
    if _raised.found:
        failures, _raised.found = _raised.found, []
        if len(failures) == 1:
            raise failures[0]
        raise BaseExceptionGroup("callbacks of one call into the library", failures)
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
        _raised.found.append(value)
        return on_failure

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def run(*arguments: Any) -> Any:
            # What was raised before is not of the calls that this callback makes.
            before, _raised.found = _raised.found, []
            try:
                return function(*arguments)
            finally:
                _raised.found = before + _raised.found

        ffi.def_extern(name=function.__name__, onerror=note)(run)
        return function

    return decorate


def host_callback(function: Callable[..., None]) -> Callable[..., int]:
    """A callback that returns a status, and whose last argument is a `struct prov_error *`."""

    @functools.wraps(function)
    def run(*arguments: Any) -> int:
        try:
            function(*arguments)
        except (Refusal, ProvisionError) as failure:
            return report(failure, arguments[-1])
        return int(lib.PROV_OK)

    return callback(on_failure=lib.PROV_E_HOST)(run)


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

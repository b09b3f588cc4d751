# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Files of provisioning servers: decoded, encoded, and read as profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._glue import Arena, Collector, borrow, callback, check, new_error, struct, text, word
from ._provision import ffi, lib
from .rules import _dialect


@dataclass(frozen=True)
class Decoded:
    """`encodings` from the outermost; `derivation` of the key, empty without one."""

    content: bytes
    encodings: tuple[str, ...]
    derivation: str


@dataclass(frozen=True)
class Param:
    """`value` is None where the element has only an access."""

    name: str
    value: str | None
    access: str
    line: int


@dataclass(frozen=True)
class ProfileWarning:
    kind: str
    name: str
    line: int


@dataclass(frozen=True)
class Profile:
    params: tuple[Param, ...]
    warnings: tuple[ProfileWarning, ...]

    def values(self) -> dict[str, str]:
        """The last value of each parameter."""
        return {param.name: param.value for param in self.params if param.value is not None}


def _encodings(bits: int) -> tuple[str, ...]:
    layers = [
        lib.PROV_ENCODING_HTTP_GZIP,
        lib.PROV_ENCODING_BASE64,
        lib.PROV_ENCODING_AES_CBC,
        lib.PROV_ENCODING_RFC8188,
        lib.PROV_ENCODING_GZIP,
    ]
    return tuple(word(lib.prov_encoding_name(layer)) for layer in layers if bits & layer)


def decode(
    content: bytes, key: str | None = None, ikm: str = "", content_encoding: str = ""
) -> Decoded:
    """Undo base64, encryption and compression. `key` is that of `--key`, `ikm` that of RFC 8188.
    Raises ProvisionError, e.g. PROV_E_KEY, for a file that a device would refuse."""
    arena: Arena = []
    plain = Collector()
    options = struct(
        "prov_decode_options",
        key=borrow(key or "", arena),
        ikm=borrow(ikm, arena),
        content_encoding=borrow(content_encoding, arena),
        has_key=key is not None,
    )
    out = ffi.new("prov_decoder **")
    err = new_error()
    check(lib.prov_decoder_new(out, options, plain.sink[0], err), err)
    try:
        check(lib.prov_decoder_write(out[0], content, len(content), err), err)
        check(lib.prov_decoder_finish(out[0], err), err)
        result = struct("prov_decode_result")
        check(lib.prov_decoder_result(out[0], result))
    finally:
        lib.prov_decoder_free(out[0])
    derivation = word(lib.prov_derivation_name(result.derivation)) if result.derivation else ""
    return Decoded(bytes(plain.content), _encodings(result.encodings), derivation)


def encode(content: bytes, key: str = "", ikm: str = "", is_gzip: bool = False) -> bytes:
    """Make a file as servers send it: compressed, and encrypted with `key` (as `openssl enc` does)
    or `ikm` (RFC 8188)."""
    arena: Arena = []
    coded = Collector()
    encodings = lib.PROV_ENCODING_GZIP if is_gzip else 0
    if key:
        encodings |= lib.PROV_ENCODING_AES_CBC
    if ikm:
        encodings |= lib.PROV_ENCODING_RFC8188
    options = struct(
        "prov_encode_options",
        key=borrow(key, arena),
        ikm=borrow(ikm, arena),
        encodings=encodings,
    )
    out = ffi.new("prov_encoder **")
    err = new_error()
    check(lib.prov_encoder_new(out, options, coded.sink[0], err), err)
    try:
        check(lib.prov_encoder_write(out[0], content, len(content), err), err)
        check(lib.prov_encoder_finish(out[0], err), err)
    finally:
        lib.prov_encoder_free(out[0])
    return bytes(coded.content)


class _Reading:
    def __init__(self) -> None:
        self.params: list[Param] = []
        self.warnings: list[ProfileWarning] = []
        self.handle = ffi.new_handle(self)


@callback(on_failure=lib.PROV_E_HOST)
def provision_param(ctx: Any, param: Any, _err: Any) -> int:
    reading: _Reading = ffi.from_handle(ctx)
    reading.params.append(
        Param(
            name=text(param.name),
            value=text(param.value) if param.has_value else None,
            access=word(lib.prov_access_name(param.access)) if param.access else "",
            line=param.line,
        )
    )
    return int(lib.PROV_OK)


@callback()
def provision_warning(ctx: Any, kind: int, name: Any, line: int) -> None:
    reading: _Reading = ffi.from_handle(ctx)
    reading.warnings.append(
        ProfileWarning(word(lib.prov_profile_warning_name(kind)), text(name), line)
    )


def read_profile(content: bytes, alias: str = "", dialect: str = "mpp") -> Profile:
    """Read a plain profile; see decode() for others. Raises ProvisionError with the place of a
    fault."""
    arena: Arena = []
    reading = _Reading()
    options = struct(
        "prov_profile_options", dialect=_dialect(dialect), alias_map=borrow(alias, arena)
    )
    handler = ffi.new(
        "struct prov_profile_handler *",
        {
            "param": lib.provision_param,
            "warning": lib.provision_warning,
            "ctx": reading.handle,
        },
    )
    out = ffi.new("prov_profile_parser **")
    err = new_error()
    check(lib.prov_profile_parser_new(out, options, handler, err), err)
    try:
        check(lib.prov_profile_parser_write(out[0], content, len(content), err), err)
        check(lib.prov_profile_parser_finish(out[0], err), err)
    finally:
        lib.prov_profile_parser_free(out[0])
    return Profile(tuple(reading.params), tuple(reading.warnings))

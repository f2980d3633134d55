"""The base of every frozen value, its canonical bytes, and digests over them."""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An immutable, hashable, comparable value that has one JSON form."""


class Params(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parameters of a probe, check, scan or condition.

    The fields and their types are the schema: an unknown key or a wrong type in a profile is
    refused with its place, never ignored.
    """


class NoParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For what takes no parameters."""


V = TypeVar("V")


def canonical(value: Any) -> bytes:
    """The one JSON form of a value: keys sorted, UTF-8, no white space."""
    return msgspec.json.encode(value, order="sorted")


def plain(value: Any) -> Any:
    """The value as dicts, lists, strings, numbers, booleans and None only."""
    return msgspec.to_builtins(value, order="sorted")


def sha256(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256 of the bytes."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of the canonical form."""
    return sha256(canonical(value))


def decode(data: bytes, as_type: type[V]) -> V:
    """Read a value back. Raises ``msgspec.ValidationError`` or ``msgspec.DecodeError``."""
    return msgspec.json.decode(data, type=as_type)

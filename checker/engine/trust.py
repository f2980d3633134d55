"""Whose signature counts: the reader's list of trusted keys, and detached Ed25519 signatures.

A signature is made by anyone with OpenSSL, no tool of ours needed::

    openssl pkeyutl -sign -rawin -inkey key.pem -in waivers.yaml -out waivers.yaml.sig
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

from checker.catalogue import toml_text
from checker.catalogue.document import Document, advice, step
from checker.errors import UsageFault
from checker.model.value import Value

ROLES = ("buyer", "assessor", "supplier")
_FIELDS = ("name", "role", "public-key", "public-key-file")
_SIGNATURE_BYTES = 64


class TrustedKey(Value, frozen=True, kw_only=True):
    """A public key, and the name and role that it speaks for."""

    name: str
    role: str
    """``buyer``, ``assessor`` or ``supplier``."""
    public_key: str
    """PEM, SubjectPublicKeyInfo."""


def load_keys(path: Path) -> tuple[TrustedKey, ...]:
    """The trusted keys of a TOML file with ``[[key]]`` tables. Raises ``UsageFault``.

    A name may have several keys, as when one replaces another; a key has one name only.
    """
    document = toml_text.parse(read_bytes(path, "The file of trusted keys"), path.as_posix(), fault=UsageFault)
    entries = document.data.get("key")
    if set(document.data) != {"key"} or not isinstance(entries, list):
        extra = next(iter(set(document.data) - {"key"}), "")
        where = document.where(step("", extra))
        raise UsageFault("not a list of trusted keys", where=where, next_step="Write [[key]] tables, nothing else.")
    keys: list[TrustedKey] = []
    owners: dict[bytes, str] = {}
    for index, entry in enumerate(entries):
        key, raw = _read_key(document, step("/key", index), entry, path.parent)
        if owners.setdefault(raw, key.name) != key.name:
            what = f"one key is listed for {owners[raw]!r} and for {key.name!r}"
            where = document.where(step("/key", index))
            raise UsageFault(what, where=where, next_step="A key speaks for one name: remove one of them.")
        keys.append(key)
    return tuple(keys)


def verify(data: bytes, signature: bytes | None, keys: tuple[TrustedKey, ...], role: str) -> str | None:
    """The name whose trusted key of that role signed the data, or None.

    ``signature``: 64 raw bytes, or base64 of them; None when there is no signature.
    """
    raw = _raw_signature(signature) if signature else None
    if raw is None:
        return None
    from cryptography.exceptions import InvalidSignature  # imported here: most runs verify nothing

    for key in sorted(keys, key=lambda one: (one.name, one.public_key)):
        if key.role != role:
            continue
        try:
            _public_key(key.public_key).verify(raw, data)
        except InvalidSignature:
            continue
        return key.name
    return None


def read_signature(path: Path) -> bytes | None:
    """The detached signature beside a file (``X.sig`` for ``X``), or None when there is none."""
    beside = path.with_name(path.name + ".sig")
    return read_bytes(beside, "The signature") if beside.is_file() else None


def read_bytes(path: Path, what: str) -> bytes:
    """The content of a file. Raises ``UsageFault``."""
    try:
        return path.read_bytes()
    except OSError as error:
        told = f"{what} cannot be read: {error.strerror or error}"
        raise UsageFault(told, where=path.as_posix(), next_step="Check the path and its permissions.") from None


def _read_key(document: Document, pointer: str, entry: Any, folder: Path) -> tuple[TrustedKey, bytes]:
    """One ``[[key]]`` table, and the bare bytes of its key."""
    where = document.where(pointer)
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise UsageFault("a key's fields are text", where=where, next_step="Write each value in quotes.")
    for field in entry:
        if field not in _FIELDS:
            place = document.where(step(pointer, field))
            raise UsageFault(f"unknown key {field!r}", where=place, next_step=advice(field, _FIELDS, "key"))
    if not entry.get("name"):
        raise UsageFault("'name' is missing", where=where, next_step="Say whose key it is.")
    role = entry.get("role", "")
    if role not in ROLES:
        place = document.where(step(pointer, "role"))
        raise UsageFault(f"{role!r} is not a role", where=place, next_step=advice(role, ROLES, "role"))
    if ("public-key" in entry) == ("public-key-file" in entry):
        raise UsageFault("a key needs 'public-key' or 'public-key-file'", where=where, next_step="Give one of them.")
    pem = entry.get("public-key") or _pem_file(folder / entry["public-key-file"])
    try:
        raw = _public_key(pem).public_bytes_raw()
    except ValueError as error:
        next_step = "Make one: openssl pkey -in key.pem -pubout"
        raise UsageFault(f"not an Ed25519 public key in PEM: {error}", where=where, next_step=next_step) from None
    return TrustedKey(name=entry["name"], role=role, public_key=pem), raw


def _pem_file(path: Path) -> str:
    return read_bytes(path, "The public key").decode("utf-8", "replace")


def _public_key(pem: str) -> Any:
    """The Ed25519 key. Raises ``ValueError`` for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("it is of another kind")
    return key


def _raw_signature(signature: bytes) -> bytes | None:
    """64 raw bytes; base64 is undone. None for anything else."""
    if len(signature) == _SIGNATURE_BYTES:
        return signature
    try:
        raw = base64.b64decode(b"".join(signature.split()), validate=True)
    except binascii.Error:
        return None
    return raw if len(raw) == _SIGNATURE_BYTES else None

"""Parsed documents kept by the content they came from: parsing YAML is slow, looking up is not.

A document is found only under the digest of its own bytes, of the schema that it was checked
against, and of the tool's version; so an index can be old, but never wrong. One that is damaged
or does not carry the digest of its content is ignored: the YAML is parsed again.
"""

from __future__ import annotations

import os
import tempfile
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from checker import __version__
from checker.catalogue import strict_yaml
from checker.catalogue.document import Document
from checker.catalogue.schema import schema_digest, validate
from checker.model.value import Value, canonical, sha256

INDEX_NAME = "index.json"
"""File of the compiled index inside a folder of profiles."""

_FORMAT = 1


class _Entry(Value, frozen=True, kw_only=True):
    """A parsed document without the name of its file."""

    data: dict[str, Any]
    lines: dict[str, int]


class _Index(Value, frozen=True, kw_only=True):
    """Entries by key, and the digest over them."""

    format: int
    digest: str
    entries: dict[str, _Entry]


LEDGER_NAME = "ledger.yaml"
NO_SCHEMA = ""
"""Schema of what is checked by whoever asks for it, such as the ledger."""


def key_of(content: bytes, schema: str = "profile") -> str:
    """What a document is found under: its bytes, its schema, the tool's version."""
    checked = schema_digest(schema) if schema != NO_SCHEMA else NO_SCHEMA
    return sha256(canonical([__version__, checked, sha256(content)]))


def pack(entries: dict[str, Document]) -> bytes:
    """An index of the documents."""
    plain = {key: _Entry(data=found.data, lines=found.lines) for key, found in entries.items()}
    return canonical(_Index(format=_FORMAT, digest=sha256(canonical(plain)), entries=plain))


def unpack(data: bytes) -> dict[str, _Entry]:
    """The entries of an index; none at all when it is damaged or of another format."""
    try:
        index = msgspec.json.decode(data, type=_Index)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    if index.format != _FORMAT or index.digest != sha256(canonical(index.entries)):
        return {}
    return index.entries


def compile_index(folder: Traversable) -> bytes:
    """The index of every ``<id>/profile.yaml`` in the folder, of the obligations beside it, and of the ledger.

    Raises ``ProfileFault`` for a bad one.
    """
    entries: dict[str, Document] = {}
    ledger = folder.joinpath(LEDGER_NAME)
    if ledger.is_file():
        content = ledger.read_bytes()
        entries[key_of(content, NO_SCHEMA)] = _parse(content, f"profiles/{LEDGER_NAME}", NO_SCHEMA)
    for place in sorted(folder.iterdir(), key=lambda one: one.name):
        file = place.joinpath("profile.yaml")
        if place.is_dir() and file.is_file():
            content = file.read_bytes()
            document = _parse(content, f"profiles/{place.name}/profile.yaml")
            entries[key_of(content)] = document
            for name in document.data.get("obligations", ()):
                content = place.joinpath(name).read_bytes()
                label = f"profiles/{place.name}/{name}"
                entries[key_of(content, "obligations")] = _parse(content, label, "obligations")
    return pack(entries)


TYPED = {"obligations": frozenset({"min", "max", "statuses"})}
"""Schema → keys below which plain numbers are numbers, where they are other than in a profile."""


def _parse(content: bytes, label: str, schema: str = "profile") -> Document:
    document = strict_yaml.parse(content, label, typed_under=TYPED.get(schema, strict_yaml.TYPED_UNDER))
    if schema != NO_SCHEMA:
        validate(document, schema)
    return document


class Store:
    """Reads profile documents, from an index or a cache folder where they are known.

    ``cache``: a folder that may be written; None for no cache. Nothing is ever written beside a
    profile.
    """

    def __init__(self, index: bytes = b"", cache: Path | None = None) -> None:
        self._index = unpack(index) if index else {}
        self._cache = cache

    def read(self, content: bytes, label: str, schema: str = "profile") -> Document:
        """The parsed, schema-checked document. ``label`` is what messages call the file.

        Raises ``ProfileFault``.
        """
        key = key_of(content, schema)
        entry = self._index.get(key) or self._cached(key)
        if entry is not None:
            return Document(source=label, data=entry.data, lines=entry.lines)
        document = _parse(content, label, schema)
        self._index[key] = _Entry(data=document.data, lines=document.lines)
        self._keep(key, document)
        return document

    def _cached(self, key: str) -> _Entry | None:
        if self._cache is None:
            return None
        try:
            return unpack((self._cache / f"{key}.json").read_bytes()).get(key)
        except OSError:
            return None

    def _keep(self, key: str, document: Document) -> None:
        """Write the entry whole or not at all; a cache that cannot be written is no fault."""
        if self._cache is None:
            return
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._cache, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(pack({key: document}))
            Path(name).replace(self._cache / f"{key}.json")
        except OSError:
            return

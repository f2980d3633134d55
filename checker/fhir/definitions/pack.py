r"""The embedded definitions: two forms of the same facts, each a provider beside packages.

*Pack*, for R4 core: one file of compressed shards, of which only those are unpacked that are asked for. Layout::

    "FHIRPACK 1\n" | length of header, 4 bytes, big-endian | header, JSON | everything else, zlib

The header gives (offset, length) of the shared dictionary, of the index of each resource type, and the package it was
made from. An index row is ``[url, version, type, offset, length, place in shard]``; a shard is a JSON list.

*TextPack*, for UK Core: a JSON list, header first, then a definition after each blank line and a line for each
element, code and include: it can be read and compared line by line, and is parsed definition by definition.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from checker.fhir.definitions.provider import Entry
from checker.fhir.validation.issue import DefinitionProblem

MAGIC = b"FHIRPACK 1\n"
RECORD = b",\n\n"
TYPES = ("StructureDefinition", "ValueSet", "CodeSystem")

_LARGE = 24_000
"""A resource larger than this, in bytes of JSON, has a shard of its own."""
_SHARD = {"Extension": 24_000, "ValueSet": 24_000, "CodeSystem": 24_000}
"""About how many bytes of JSON share a shard. Types and profiles have one each: they are asked for one by one."""
_ON_LINES = frozenset({"element", "concept", "contains", "include", "exclude"})


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a pack was made from."""

    name: str
    version: str
    title: str = ""
    license: str = ""
    fhir_versions: list[str] = []
    dependencies: dict[str, str] = {}
    source_commit: str = ""
    """Of the sources that the package was made from, where the package itself is no release."""
    source_digest: str = ""
    """SHA-256 of the package file."""


class _Packed(msgspec.Struct):
    header: Header
    dictionary: tuple[int, int]
    index: dict[str, tuple[int, int]]


_Row = tuple[str, str, str, int, int, int]


class Pack:
    """Definitions from a pack. ``label`` is what messages call it. Raises ``ValueError`` when it is no pack."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(MAGIC):
            raise ValueError("not a definition pack")
        start = len(MAGIC) + 4
        body = start + int.from_bytes(data[len(MAGIC) : start], "big")
        packed = msgspec.json.decode(data[start:body], type=_Packed)
        self.header = packed.header
        self.label = f"{self.header.name}#{self.header.version} (embedded)"
        self.problems: list[DefinitionProblem] = []
        self._body = memoryview(data)[body:]
        self._index = packed.index
        offset, length = packed.dictionary
        self._dictionary = zlib.decompress(self._body[offset : offset + length])
        self._rows: dict[str, dict[str, list[Entry]]] = {}

    def find(self, url: str, resource_type: str = "") -> list[Entry]:
        """The entries of that canonical (without version); of that type only, when one is given."""
        kinds = (resource_type,) if resource_type else TYPES
        return [entry for kind in kinds for entry in self._of_kind(kind).get(url, ())]

    def entries(self, resource_type: str) -> list[Entry]:
        """The entries of that type, by url."""
        return [entry for found in self._of_kind(resource_type).values() for entry in found]

    def load(self, entry: Entry) -> dict[str, Any] | None:
        """The definition in FHIR's form: new at each call."""
        offset, length, place = (int(one) for one in entry.member.split(":"))
        unpacked = zlib.decompressobj(-15, zdict=self._dictionary).decompress(self._body[offset : offset + length])
        shard: list[msgspec.Raw] = msgspec.json.decode(unpacked, type=list[msgspec.Raw])
        return expanded(msgspec.json.decode(shard[place]))

    def _of_kind(self, kind: str) -> dict[str, list[Entry]]:
        if kind not in self._rows:
            found: dict[str, list[Entry]] = {}
            if kind in self._index:
                offset, length = self._index[kind]
                rows = msgspec.json.decode(zlib.decompress(self._body[offset : offset + length]), type=list[_Row])
                for url, version, type_name, at, size, place in rows:
                    entry = Entry(f"{at}:{size}:{place}", kind, url, version, "", type_name)
                    found.setdefault(url, []).append(entry)
            self._rows[kind] = found
        return self._rows[kind]


class TextPack:
    """Definitions from a text pack. Raises ``ValueError`` when it is none."""

    def __init__(self, data: bytes) -> None:
        body = data.strip()
        if not (body.startswith(b"[") and body.endswith(b"]")):
            raise ValueError("not a text pack")
        header, *self._records = body[1:-1].split(RECORD)
        self.header = msgspec.json.decode(header, type=Header)
        self.label = f"{self.header.name}#{self.header.version} (embedded)"
        self.problems: list[DefinitionProblem] = []
        self._by_url: dict[str, list[Entry]] = {}
        self._by_type: dict[str, list[Entry]] = {}

    def find(self, url: str, resource_type: str = "") -> list[Entry]:
        """The entries of that canonical (without version); of that type only, when one is given."""
        self._indexed()
        found = self._by_url.get(url, [])
        return [one for one in found if one.resource_type == resource_type] if resource_type else found

    def entries(self, resource_type: str) -> list[Entry]:
        """The entries of that type, by url."""
        self._indexed()
        return self._by_type.get(resource_type, [])

    def load(self, entry: Entry) -> dict[str, Any] | None:
        """The definition in FHIR's form: new at each call."""
        return expanded(msgspec.json.decode(self._records[int(entry.member)]))

    def _indexed(self) -> None:
        if self._by_type:
            return
        for place, record in enumerate(self._records):
            head = msgspec.json.decode(record, type=_Head)
            entry = Entry(str(place), head.resourceType, head.url, head.version, "", head.type)
            self._by_url.setdefault(head.url, []).append(entry)
            self._by_type.setdefault(head.resourceType, []).append(entry)


class _Head(msgspec.Struct):
    resourceType: str  # noqa: N815  FHIR's own name
    url: str
    version: str = ""
    type: str = ""


def expanded(facts: dict[str, Any]) -> dict[str, Any]:
    """The definition in FHIR's form again, with everything that follows from what is kept. Alters and returns it."""
    snapshot = facts.get("snapshot")
    if snapshot is None:
        return facts
    url = facts.get("url")
    for element in snapshot["element"]:
        low = element.setdefault("min", 0)
        high = element.setdefault("max", "*")
        if "base" not in element:
            element["base"] = {"path": element["path"], "min": low, "max": high}
        for constraint in element.get("constraint", ()):
            constraint.setdefault("source", url)
    return facts


def pack(header: Header, definitions: Iterable[Mapping[str, Any]]) -> bytes:
    """The bytes of a pack. The same definitions in any order give the same bytes (with the same zlib)."""
    ordered = sorted(definitions, key=_order)
    texts = [msgspec.json.encode(one) for one in ordered]
    dictionary = _dictionary(ordered, texts)
    body = bytearray(zlib.compress(dictionary, 9))
    place = (0, len(body))
    rows: dict[str, list[_Row]] = {}
    for shard in _shards(ordered, texts):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary)
        packed = packer.compress(b"[" + b",".join(texts[one] for one in shard) + b"]") + packer.flush()
        for position, one in enumerate(shard):
            definition = ordered[one]
            type_name = definition.get("type", "") if definition["resourceType"] == "StructureDefinition" else ""
            row = (definition["url"], definition.get("version", ""), type_name, len(body), len(packed), position)
            rows.setdefault(definition["resourceType"], []).append(row)
        body += packed
    index = {}
    for kind in sorted(rows):
        packed = zlib.compress(msgspec.json.encode(sorted(rows[kind])), 9)
        index[kind] = (len(body), len(packed))
        body += packed
    head = msgspec.json.encode(_Packed(header, place, index))
    return MAGIC + len(head).to_bytes(4, "big") + head + bytes(body)


def text_pack(header: Header, definitions: Iterable[Mapping[str, Any]]) -> bytes:
    """The bytes of a text pack. The same definitions in any order give the same bytes."""
    records = [msgspec.json.encode(header), *(_lines(one) for one in sorted(definitions, key=_order))]
    return b"[" + RECORD.join(records) + b"]\n"


def _order(definition: Mapping[str, Any]) -> tuple[int, str, str]:
    return TYPES.index(definition["resourceType"]), definition["url"], definition.get("version", "")


def _shards(ordered: list[Mapping[str, Any]], texts: list[bytes]) -> list[list[int]]:
    """Which definitions, by their place, are compressed together."""
    shards: list[list[int]] = []
    open_: dict[str, tuple[list[int], int]] = {}
    for one, (definition, text) in enumerate(zip(ordered, texts, strict=True)):
        kind = definition["resourceType"]
        kind = definition.get("type", "") if kind == "StructureDefinition" else kind
        if kind not in _SHARD or definition.get("derivation") == "specialization" or len(text) > _LARGE:
            shards.append([one])
            continue
        shard, size = open_.get(kind, ([], 0))
        if not shard or size + len(text) > _SHARD[kind]:
            shard, size = [], 0
            shards.append(shard)
        shard.append(one)
        open_[kind] = (shard, size + len(text))
    return shards


def _dictionary(ordered: list[Mapping[str, Any]], texts: list[bytes]) -> bytes:
    """Text that many shards repeat: what the common types say, and the start of some definitions of each kind."""
    wanted = ("/Observation", "/Quantity", "/BackboneElement", "/Extension", "/DomainResource", "/Patient")
    common = [text for one, text in zip(ordered, texts, strict=True) if one["url"].endswith(wanted)]
    sample = [text[:400] for text in texts[:: max(1, len(texts) // 40)]]
    return b"".join([*sample, *common])[-32_000:]


def _lines(value: Any, *, key: str = "") -> bytes:
    """JSON with a line for each entry of the lists that matter."""
    if isinstance(value, Mapping):
        members = (msgspec.json.encode(name) + b":" + _lines(one, key=name) for name, one in value.items())
        return b"{" + b",".join(members) + b"}"
    if isinstance(value, list):
        items = [_lines(one) for one in value]
        return b"[\n" + b",\n".join(items) + b"]" if key in _ON_LINES else b"[" + b",".join(items) + b"]"
    encoded: bytes = msgspec.json.encode(value)
    return encoded

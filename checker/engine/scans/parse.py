"""From the bytes of a chunk to the resources in it, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf
from typing import Any

import msgspec

from checker.model.json_depth import MAX_DEPTH, nests_too_deep

_BUNDLE = frozenset(
    [
        "resourceType",
        "id",
        "meta",
        "implicitRules",
        "language",
        "identifier",
        "type",
        "timestamp",
        "total",
        "link",
        "entry",
        "signature",
        "issues",
    ]
)
"""The elements of a Bundle in FHIR R4 and R5."""


class NotRead(Exception):
    """A text or a part of it is not what it should be; ``reason`` never quotes the data."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


_DECODER = msgspec.json.Decoder()


def parse(data: bytes) -> Any:
    """The JSON value of the text. Raises :class:`NotRead`."""
    value = decoded(data)
    refuse_depth(data)
    return value


def decoded(data: bytes) -> Any:
    """The JSON value of a text that may nest deeper than is read. Raises :class:`NotRead`."""
    try:
        return _DECODER.decode(data)
    except RecursionError as error:
        raise too_deep() from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise NotRead(_why_not_json(data)) from error


class Reader:
    """Reads JSON texts as :func:`decoded` does. ``exact``: has the last one no numbers but integers?

    Of others the value holds less than the text.
    """

    def __init__(self) -> None:
        self.exact = True
        self._decode = msgspec.json.Decoder(float_hook=self._number).decode

    def read(self, data: bytes) -> Any:
        """The JSON value of a text that may nest deeper than is read. Raises :class:`NotRead`."""
        self.exact = True
        try:
            return self._decode(data)
        except RecursionError as error:
            raise too_deep() from error
        except (msgspec.MsgspecError, ValueError) as error:
            raise NotRead(_why_not_json(data)) from error

    def _number(self, text: str) -> float:
        self.exact = False
        number = float(text)
        if isinf(number):
            raise ValueError("a number beyond measure")
        return number


def refuse_depth(data: bytes) -> None:
    """Raises :class:`NotRead` for valid JSON text that nests too deep."""
    if nests_too_deep(data):
        raise too_deep()


def too_deep() -> NotRead:
    """Why a text is not read."""
    return NotRead(f"nested deeper than {MAX_DEPTH} levels")


def is_resource(value: Any) -> bool:
    """Is it one resource by itself, and no Bundle?"""
    if type(value) is not dict:
        return False
    kind = value.get("resourceType")
    return type(kind) is str and kind != "" and kind != "Bundle"


def _why_not_json(data: bytes) -> str:
    """The library's own message may quote the data, or count from another place."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not valid UTF-8 at byte {error.start} from there"
    return "XML or HTML, not JSON" if data.lstrip()[:1] == b"<" else "not valid JSON"


def resources_in(value: Any, prefix: str, pointer: str = "") -> Iterator[tuple[dict[str, Any], str] | NotRead]:
    """Each resource with its pointer; a Bundle is not one, its entries' resources are.

    ``prefix`` leads to the resource in an entry; "" when the value is the resource itself.
    """
    if not isinstance(value, dict):
        yield NotRead("not a JSON object")
        return
    if prefix:
        yield from _in_entry(value, prefix)
        return
    found = value.get("resourceType")
    if not isinstance(found, str) or not found:
        yield NotRead("not a FHIR resource: it has no resourceType")
    elif found == "Bundle":
        if any(name not in _BUNDLE and not name.startswith("_") for name in value):
            yield NotRead("a Bundle with an element that FHIR does not define: resources may be in it")
        yield from _entries(value.get("entry", []), pointer)
    else:
        yield value, pointer


def _entries(entries: Any, pointer: str) -> Iterator[tuple[dict[str, Any], str] | NotRead]:
    if not isinstance(entries, list):
        yield NotRead("Bundle.entry is not a list")
        return
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            yield NotRead("a Bundle entry is not a JSON object")
        else:
            yield from _in_entry(entry, f"{pointer}/entry/{index}/resource")


def _in_entry(entry: dict[str, Any], pointer: str) -> Iterator[tuple[dict[str, Any], str] | NotRead]:
    if "resource" in entry:
        yield from resources_in(entry["resource"], "", pointer)
    elif "request" not in entry and "response" not in entry:  # FHIR R4 bdl-5; a deletion has no resource
        yield NotRead("a Bundle entry without resource, request or response")

"""FHIR JSON text to the JSON model, with every fault of the text in plain words.

The standard library's decoder does the work; only when it refuses the text, when a key stands twice, or when a
position is asked for does the slower scanner of :mod:`checker.fhir.forms.json_scan` read the text again.

Source: http://hl7.org/fhir/R4/json.html and RFC 8259.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from checker.fhir.forms.json_rules import (
    DEPTH,
    DUPLICATE,
    ENCODING,
    NOT_OBJECT,
    NUMBER_RANGE,
    SIZE,
    SURROGATE,
    SYNTAX,
)
from checker.fhir.forms.parsed import MAX_FAULTS, Parsed, fault
from checker.fhir.forms.positions import Lines, Place, Position
from checker.fhir.forms.quoted import capital, quoted
from checker.fhir.instance import Key
from checker.fhir.validation.issue import Issue

if TYPE_CHECKING:
    from checker.fhir.forms.json_scan import Repeated

MAX_DEPTH = 100
"""Levels of nesting that are read unless the caller says otherwise. No FHIR resource comes near it."""

MAX_SIZE_BYTES = 1 << 30
"""Bytes of text that are read unless the caller says otherwise."""

_LIMIT = 9_999
"""The greatest exponent, and number of digits of an integer, that are kept."""

# The closing mark may be missing: else a text that never ends would be looked through again from each mark in it.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(data: bytes, *, max_depth: int = MAX_DEPTH, max_size_bytes: int = MAX_SIZE_BYTES) -> Parsed:
    """Read the JSON text of one resource. Never raises on bad input: a fatal issue says what is wrong.

    Integers become ``int``, all other numbers ``decimal.Decimal`` with the precision of the text; the last of
    several equal keys counts (and the repetition is an error). Half characters are replaced by U+FFFD.
    """
    if len(data) > max_size_bytes:
        limit = f"{max_size_bytes:,} bytes"
        return _unread(fault(SIZE, f"The file has {len(data):,} bytes; no more than {limit} are read", Position(1, 1)))
    text, wrong = _decode(data)
    if text is None or wrong is not None:
        return _unread(wrong)
    lines = Lines(text)
    seen = _Seen()
    value: Any = None
    refused = _nests_too_deep(data, max_depth)
    if not refused:
        try:
            value = _decoder(seen).decode(text)
        except (ValueError, RecursionError):
            refused = True
    if refused:
        return _refused(text, lines, max_depth)
    if not isinstance(value, dict):
        kind = "an array" if isinstance(value, list) else "a single value"
        place = Position(1, 1) if not text.strip() else lines.position(len(text) - len(text.lstrip(" \t\r\n")))
        return _unread(fault(NOT_OBJECT, f"This is {kind}, not an object with a resourceType", place))
    places = partial(_places, text, max_depth)
    parsed = Parsed(value, (), "json", places, lines.position)
    issues: list[Issue] = []
    if seen.repeated:
        from checker.fhir.forms.json_scan import scan  # the scanner is loaded when there is something to say

        issues += [_duplicate(value, again, lines) for again in scan(text, max_depth).repeated[:MAX_FAULTS]]
    if seen.beyond:
        issues += _beyond(parsed, value, seen.beyond)[:MAX_FAULTS]
    if _SURROGATE_ESCAPE.search(text):
        issues += _mend_surrogates(parsed, value)[:MAX_FAULTS]
    parsed.issues = tuple(issues)
    return parsed


class _Seen:
    """What the hooks of the decoder met."""

    __slots__ = ("beyond", "repeated")

    def __init__(self) -> None:
        self.repeated = False
        self.beyond: list[Decimal] = []


def _decoder(seen: _Seen) -> json.JSONDecoder:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            seen.repeated = True
        return made

    def whole(text: str) -> int | Decimal:
        return int(text) if len(text) < 1000 else Decimal(text)

    def fraction(text: str) -> Decimal:
        mantissa, _, exponent = text.lower().partition("e")
        if len(exponent) > 4 and abs(int(exponent[:20])) > _LIMIT:
            kept = Decimal(f"{mantissa}e{'-' if exponent.startswith('-') else ''}{_LIMIT}")
            seen.beyond.append(kept)
            return kept
        return Decimal(text)

    def constant(text: str) -> Any:
        raise ValueError(text)

    return json.JSONDecoder(
        object_pairs_hook=pairs, parse_int=whole, parse_float=fraction, parse_constant=constant, strict=True
    )


def _decode(data: bytes) -> tuple[str | None, Issue | None]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:4].count(0) >= 2:
        return None, fault(ENCODING, "The file is in UTF-16 or UTF-32, not in UTF-8", Position(1, 1))
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        byte = data[error.start]
        message = f"The byte 0x{byte:02X} is not UTF-8; the file seems to be in another encoding"
        return None, fault(ENCODING, message, Lines(before + "?").position(len(before)))


def _nests_too_deep(data: bytes, max_depth: int) -> bool:
    """Whether brackets nest deeper than allowed; of text that is not JSON it may say either."""
    if data.count(b"{") + data.count(b"[") <= max_depth:
        return False
    left = _STRING.sub(b"", data).translate(None, _NOT_BRACKETS)
    for _ in range(max_depth):
        if not left:
            return False
        # Marked first and removed afterwards: a pair that only comes together by the removal of another one is
        # a level of its own.
        left = left.replace(b"{}", b" ").replace(b"[]", b" ").replace(b" ", b"")
    return bool(left)


def _refused(text: str, lines: Lines, max_depth: int) -> Parsed:
    from checker.fhir.forms.json_scan import Fault, scan

    if not text.strip():
        nothing = "Write a resource in it, or leave the file out. See whether the program that wrote it stopped early."
        return _unread(fault(SYNTAX, "The file is empty", Position(1, 1), fix=nothing))
    try:
        scan(text, max_depth)
    except Fault as found:
        rule_ = DEPTH if found.depth else SYNTAX
        message = capital(found.message)
        return _unread(fault(rule_, message, lines.position(found.offset)))
    return _unread(fault(SYNTAX, "The text could not be read as JSON", Position(1, 1)))


def _unread(issue: Issue | None) -> Parsed:
    return Parsed(None, [issue] if issue is not None else [], "json", lambda: None, lambda _: Position(1, 1))


def _places(text: str, max_depth: int) -> Place | None:
    from checker.fhir.forms.json_scan import Fault, scan

    try:
        return scan(text, max_depth).root
    except Fault:
        return None


def _duplicate(resource: dict[str, Any], again: Repeated, lines: Lines) -> Issue:
    key = str(again.path[-1])
    message = f"{quoted(key)} stands here for the second time in one object; receivers disagree which one counts"
    return fault(DUPLICATE, message, lines.position(again.offset), path=location(resource, again.path), keys=again.path)


def location(resource: dict[str, Any], keys: Sequence[Key]) -> str:
    """A FHIRPath-like location for a JSON path, without knowledge of the types.

    >>> location({"resourceType": "Patient"}, ("name", 0, "_given", 1))
    'Patient.name[0].given[1]'
    """
    kind = resource.get("resourceType")
    text = kind if isinstance(kind, str) and kind else "Resource"
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else "." + key.removeprefix("_")
    return text


def _beyond(parsed: Parsed, resource: dict[str, Any], numbers: list[Decimal]) -> list[Issue]:
    ids = {id(number) for number in numbers}
    issues = []
    for keys, value in _values(resource):
        if id(value) in ids:
            at = parsed.locate(keys) or Position(1, 1)
            message = f"The exponent of this number is beyond {_LIMIT}"
            issues.append(fault(NUMBER_RANGE, message, at, path=location(resource, keys), keys=keys))
    return issues


def _mend_surrogates(parsed: Parsed, resource: dict[str, Any]) -> list[Issue]:
    issues = []
    for keys, value in list(_values(resource)):
        if isinstance(value, str) and _SURROGATE.search(value):
            holder: Any = resource
            for key in keys[:-1]:
                holder = holder[key]
            holder[keys[-1]] = _SURROGATE.sub("\ufffd", value)
            at = parsed.locate(keys) or Position(1, 1)
            message = "The text holds one half of a character (a lone surrogate)"
            issues.append(fault(SURROGATE, message, at, path=location(resource, keys), keys=keys))
    issues += _mend_keys(parsed, resource)
    return issues


def _mend_keys(parsed: Parsed, resource: dict[str, Any]) -> list[Issue]:
    """Property names with half a character, innermost objects first, so that paths hold until they are used."""
    issues = []
    objects = [((), resource), *((keys, value) for keys, value in _all(resource) if isinstance(value, dict))]
    for keys, value in reversed(objects):
        for name in [name for name in value if _SURROGATE.search(name)]:
            at = parsed.locate(keys) or Position(1, 1)
            value[_SURROGATE.sub("\ufffd", name)] = value.pop(name)
            message = "The name of a property holds one half of a character (a lone surrogate)"
            issues.append(fault(SURROGATE, message, at, path=_SURROGATE.sub("\ufffd", location(resource, keys))))
    return issues


def _values(resource: dict[str, Any]) -> list[tuple[tuple[Key, ...], Any]]:
    """All values that are neither objects nor arrays, with their paths, in the order of the text."""
    return [(keys, value) for keys, value in _all(resource) if not isinstance(value, dict | list)]


def _all(resource: dict[str, Any]) -> list[tuple[tuple[Key, ...], Any]]:
    found: list[tuple[tuple[Key, ...], Any]] = []
    waiting: list[tuple[tuple[Key, ...], Any]] = [((), resource)]
    while waiting:
        keys, value = waiting.pop()
        if keys:
            found.append((keys, value))
        below: list[tuple[Key, Any]] = []
        if isinstance(value, dict):
            below = list(value.items())
        elif isinstance(value, list):
            below = list(enumerate(value))
        waiting.extend(((*keys, key), item) for key, item in reversed(below))
    return found

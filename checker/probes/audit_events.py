"""FHIR AuditEvents in an audit log: how many there are, and which required elements they lack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from checker.fhir import bundle

_LONGEST_LINE = 16 * 1024 * 1024
"""In bytes, also of a file that is one JSON document over many lines."""
_MOST_PLACES = 5
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
"""http://hl7.org/fhir/R4/datatypes.html#instant: to the second, with a zone."""
_NAME = b"AuditEvent"
_BEGUN = re.compile(rb'\s*+"resourceType"\s*+:\s*+"AuditEvent"')
"""A line of an event that is written over many lines."""


class AuditEvents:
    """Reads lines of JSON, or one JSON document, file after file: an event, a Bundle or a list of them.

    A line may begin with words of its own before the JSON. Memory is bounded by the longest line.
    Events within other objects, and over many lines of what is not one document, count as unread.
    """

    def __init__(self) -> None:
        self._counts = {"lines": 0, "events": 0, "unread": 0}
        self._faults: dict[str, int] = {}
        self._places: dict[str, list[str]] = {}
        self._file = 1
        self._begin()

    def _begin(self) -> None:
        """A file begins."""
        self._line = 0
        self._rest = bytearray()
        self._too_long = False
        self._whole: bytearray | None = bytearray()
        """The file from its start, as long as it may be one document."""
        self._events_here = 0
        self._unread_here = 0
        self._begun_here = 0
        self._taken_here = 0
        """Lines that are JSON and speak of AuditEvents."""

    def feed(self, chunk: bytes) -> None:
        """Read the lines that end in this chunk."""
        if self._whole is not None:
            self._whole += chunk
            if len(self._whole) > _LONGEST_LINE:
                self._whole = None
        *ended, rest = chunk.split(b"\n")
        for line in ended:
            self._end_line(line)
        self._keep(rest)

    def end(self) -> None:
        """The file ends: its last line, and if no line was an event, the file as one document."""
        if self._rest or self._too_long:
            self._end_line(b"")
        whole = bytes(self._whole) if self._whole and not self._events_here and _NAME in self._whole else b""
        found = _decoded(whole) if whole else _NOT_JSON
        if found is _NOT_JSON:
            self._unread_here += self._begun_here
        elif not self._taken_here:
            self._unread_here = 0
            self._take(found, 1)
        self._counts["unread"] += self._unread_here
        self._file += 1
        self._begin()

    def facts(self) -> dict[str, Any]:
        """Counts of ``lines``, ``events`` and ``unread``, and the ``faults`` with their places."""
        faults = {name: {"count": count, "places": self._places[name]} for name, count in sorted(self._faults.items())}
        return {**self._counts, "faults": faults}

    def _keep(self, part: bytes) -> None:
        if len(self._rest) + len(part) > _LONGEST_LINE:
            self._too_long = True
            self._rest.clear()
        elif not self._too_long:
            self._rest += part

    def _end_line(self, part: bytes) -> None:
        self._keep(part)
        line, self._rest = bytes(self._rest), bytearray()
        self._line += 1
        if self._too_long:
            self._unread_here += 1
            self._too_long = False
        elif line.strip():
            self._counts["lines"] += 1
            if _NAME in line:
                self._read(line)

    def _read(self, line: bytes) -> None:
        start = min((at for at in (line.find(b"{"), line.find(b"[{")) if at >= 0), default=-1)
        found = _decoded(line[start:]) if start >= 0 else _NOT_JSON
        if found is not _NOT_JSON:
            self._take(found, self._line)
        elif _BEGUN.match(line):
            self._begun_here += 1
        elif start == 0:  # any other line only speaks of AuditEvents
            self._unread_here += 1

    def _take(self, found: Any, line: int) -> None:
        self._taken_here += 1
        found_before = self._events_here
        for event in events_in(found):
            self._counts["events"] += 1
            self._events_here += 1
            for fault in _lacks(event):
                self._faults[fault] = self._faults.get(fault, 0) + 1
                places = self._places.setdefault(fault, [])
                if len(places) < _MOST_PLACES:
                    places.append(f"file {self._file}, line {line}")
        if self._events_here == found_before and _holds_event(found):
            self._unread_here += 1


_NOT_JSON = object()


def _decoded(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _NOT_JSON


def events_in(found: Any) -> Iterator[dict[str, Any]]:
    """The R4 AuditEvents in a value."""
    if isinstance(found, list):
        for one in found:
            if isinstance(one, dict):
                yield from events_in(one)
    elif isinstance(found, dict) and found.get("resourceType") == "Bundle":
        for _, entry in bundle.entries(found):
            if isinstance(entry.get("resource"), dict):
                yield from events_in(entry["resource"])
    elif isinstance(found, dict) and found.get("resourceType") == "AuditEvent" and not _is_of_another_version(found):
        yield found


def _holds_event(found: Any) -> bool:
    """Does an R4 AuditEvent stand somewhere within the value, in an envelope that is not of FHIR?"""
    waiting = [found]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if node.get("resourceType") == "AuditEvent" and not _is_of_another_version(node):
                return True
            waiting.extend(node.values())
    return False


def _is_of_another_version(event: dict[str, Any]) -> bool:
    """R5 has ``code`` in place of ``type``; STU3 has ``source.identifier`` in place of ``source.observer``."""
    source = event.get("source")
    of_stu3 = isinstance(source, dict) and "identifier" in source and "observer" not in source
    return of_stu3 or ("code" in event and "type" not in event)


def _lacks(event: dict[str, Any]) -> Iterator[str]:
    """The required elements that an event lacks (http://hl7.org/fhir/R4/auditevent-definitions.html)."""
    if not _is_filled(event.get("type")):
        yield "type"
    recorded = event.get("recorded")
    if not (isinstance(recorded, str) and _INSTANT.fullmatch(recorded)) and (
        recorded is not None or not _is_filled(event.get("_recorded"))
    ):
        yield "recorded"
    agents = event.get("agent")
    if not (isinstance(agents, list) and agents and all(isinstance(agent, dict) for agent in agents)):
        yield "agent"
    elif any(not isinstance(agent.get("requestor"), bool) and "_requestor" not in agent for agent in agents):
        yield "agent.requestor"
    source = event.get("source")
    if not (isinstance(source, dict) and _is_filled(source.get("observer"))):
        yield "source.observer"


def _is_filled(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)

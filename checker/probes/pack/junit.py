"""A test report in the form of JUnit XML, read as it comes: which cases there are, and how each ended.

A document type, and with it every entity of its own, is refused. Nothing is kept but names, ids, states and the
properties of suites.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

MOST_BYTES = 64 * 1024 * 1024
_MOST_CASES = 100_000
_MOST_DEPTH = 40
_MOST_PROPERTIES = 500
_MOST_CHARACTERS = 300
_STATES = {"failure": "failed", "error": "error", "skipped": "skipped"}
_WORST = ("passed", "skipped", "error", "failed")


class _Refused(Exception):
    """The file is not what a test report may be."""


class JUnitReport:
    """Reads one such report. What is none is ``unread``, and no case of it counts."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._size = 0
        self._files = 0
        self._path: list[str] = []
        self._cases: list[dict[str, str]] = []
        self._properties: list[dict[str, str]] = []
        self._unread = ""

    def feed(self, chunk: bytes) -> None:
        """The next bytes."""
        self._size += len(chunk)
        if self._unread or self._files:
            return
        if self._size > MOST_BYTES:
            self._unread = f"it is longer than {MOST_BYTES} bytes"
            return
        self._parse(chunk, last=False)

    def end(self) -> None:
        """The file ends."""
        if not self._unread and not self._files:
            self._parse(b"", last=True)
        self._files += 1

    def facts(self) -> dict[str, Any]:
        """``cases`` with ``name``, ``class``, ``id`` and ``state``; ``properties`` of suites; ``unread``: why not."""
        if self._files != 1:
            return {"cases": [], "properties": [], "unread": f"a test report is one file, and there are {self._files}"}
        if self._unread:
            return {"cases": [], "properties": [], "unread": self._unread}
        return {"cases": self._cases, "properties": self._properties, "unread": ""}

    def _parse(self, chunk: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(chunk, last)
        except _Refused as refused:
            self._unread = str(refused)
        except (expat.ExpatError, ValueError, LookupError, TypeError):  # the last two for an encoding that there is not
            self._unread = "it is not well-formed XML"

    def _doctype(self, *given: object) -> None:
        raise _Refused("it has a document type, which a test report does not need")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        plain = name.rpartition(":")[2]
        if not self._path and plain not in ("testsuites", "testsuite"):
            raise _Refused("it is XML, and no test report")
        self._path.append(plain)
        if len(self._path) > _MOST_DEPTH:
            raise _Refused("it is nested too deeply")
        if plain == "testcase":
            self._case(attributes)
        elif plain in _STATES and self._path[-2] == "testcase":
            one = self._cases[-1]
            one["state"] = max(one["state"], _STATES[plain], key=_WORST.index)
        elif plain == "property":
            self._property(_short(attributes.get("name", "")), _short(attributes.get("value", "")))

    def _case(self, attributes: dict[str, str]) -> None:
        if len(self._cases) >= _MOST_CASES:
            raise _Refused(f"it has more than {_MOST_CASES} cases")
        state = "passed"
        if _short(attributes.get("status", "")).casefold() in ("notrun", "skipped", "disabled"):
            state = "skipped"  # as GoogleTest writes it
        name, of_class = _short(attributes.get("name", "")), _short(attributes.get("classname", ""))
        self._cases.append({"name": name, "class": of_class, "id": "", "state": state})

    def _property(self, name: str, value: str) -> None:
        if "testcase" in self._path:
            if name.casefold() in ("id", "test-id", "test_id"):
                self._cases[-1]["id"] = value
        elif len(self._properties) < _MOST_PROPERTIES:
            self._properties.append({"name": name, "value": value})

    def _end(self, name: str) -> None:
        self._path.pop()


def _short(text: str) -> str:
    return text.strip()[:_MOST_CHARACTERS]

"""What a client sent and got, told by a HAR file or by lines of JSON: one shape for both, in memory alone.

HAR 1.2: http://www.softwareishard.com/blog/har-12-spec/. Lines: ``reports/schemas/client-request.schema.json``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

HAR, LINES = "har", "lines"
_HAR = re.compile(rb'\s*\{\s*"log"\s*:\s*\{')
_LONGEST_HAR = 64 * 1024 * 1024
_LONGEST_LINE = 1024 * 1024
_MOST = 20_000
"""So many exchanges are taken; what comes after is told as not read."""
_MOST_PLACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One request with its answer. Names of headers are in lower case. It holds credentials: it is never kept."""

    form: str
    at: float
    """Seconds since 1970 when it was sent."""
    method: str
    url: str
    headers: dict[str, str]
    body: str
    status: int
    """0: no answer was seen."""
    answer_headers: dict[str, str]
    answer: str


class Capture:
    """Takes files apart, one after the other, in bounded memory."""

    def __init__(self) -> None:
        self.found: list[Captured] = []
        self.not_read: list[str] = []
        """Where something could not be read, in words; at most so many are told."""
        self.lost = 0
        """How many could not be read."""
        self._file = 0
        self._begin()

    def _begin(self) -> None:
        self._file += 1
        self._line = 0
        self._rest = b""
        self._head = b""
        self._whole: bytearray | None = None

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        if not self._head and chunk:
            self._head = chunk[:64]
            self._whole = bytearray() if _HAR.match(chunk) else None
        if self._whole is not None:
            if len(self._whole) <= _LONGEST_HAR:
                self._whole += chunk
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._take_line(line)
        if len(self._rest) > _LONGEST_LINE:
            self._rest = self._rest[: _LONGEST_LINE + 1]  # it is told as too long when it ends

    def end(self) -> None:
        """The file ends."""
        if self._whole is not None:
            self._take_har(bytes(self._whole))
        elif self._rest.strip():
            self._take_line(self._rest)
        self._begin()

    def _take_line(self, line: bytes) -> None:
        self._line += 1
        if not line.strip():
            return
        value = None if len(line) > _LONGEST_LINE else _decoded(line)
        self._add(_of_line(value) if isinstance(value, dict) else None, f"file {self._file}, line {self._line}")

    def _take_har(self, text: bytes) -> None:
        value = None if len(text) > _LONGEST_HAR else _decoded(text)
        entries = _part(value, "log").get("entries")
        if not isinstance(entries, list):
            self._add(None, f"file {self._file}")
            return
        for number, entry in enumerate(entries):
            self._add(_of_entry(entry) if isinstance(entry, dict) else None, f"file {self._file}, entry {number}")

    def _add(self, one: Captured | None, place: str) -> None:
        if one is not None and len(self.found) < _MOST:
            self.found.append(one)
            return
        self.lost += 1
        if len(self.not_read) < _MOST_PLACES:
            self.not_read.append(place)


def _decoded(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _of_line(value: dict[str, Any]) -> Captured | None:
    at, method, url = _time(value.get("at")), value.get("method"), value.get("url")
    if at is None or not isinstance(method, str) or not isinstance(url, str):
        return None
    return Captured(
        form=LINES,
        at=at,
        method=method.upper(),
        url=url,
        headers=_mapped(value.get("headers")),
        body=_text(value.get("body")),
        status=_status(value.get("status")),
        answer_headers=_mapped(value.get("answer-headers")),
        answer=_text(value.get("answer")),
    )


def _of_entry(entry: dict[str, Any]) -> Captured | None:
    request, response = _part(entry, "request"), _part(entry, "response")
    at, method, url = _time(entry.get("startedDateTime")), request.get("method"), request.get("url")
    if at is None or not isinstance(method, str) or not isinstance(url, str):
        return None
    headers = dict(_listed(request.get("headers")))
    posted, content = _part(request, "postData"), _part(response, "content")
    if "content-type" not in headers and isinstance(posted.get("mimeType"), str):
        headers["content-type"] = posted["mimeType"]
    return Captured(
        form=HAR,
        at=at,
        method=method.upper(),
        url=url,
        headers=headers,
        body=_text(posted.get("text")) or urlencode(list(_listed(posted.get("params"), lower=False))),
        status=_status(response.get("status")),
        answer_headers=dict(_listed(response.get("headers"))),
        answer=_content(content),
    )


def _content(content: dict[str, Any]) -> str:
    text = _text(content.get("text"))
    if content.get("encoding") != "base64":
        return text
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""


def _time(value: Any) -> float | None:
    """Seconds since 1970 of a time with a zone."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return round(found.timestamp(), 3) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def _status(value: Any) -> int:
    return value if type(value) is int and 100 <= value <= 599 else 0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _part(value: Any, name: str) -> dict[str, Any]:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def _mapped(value: Any) -> dict[str, str]:
    found = value if isinstance(value, dict) else {}
    return {name.lower(): text for name, text in found.items() if isinstance(text, str)}


def _listed(value: Any, *, lower: bool = True) -> Iterator[tuple[str, str]]:
    """Names and values of a list of HAR."""
    for one in value if isinstance(value, list) else ():
        name, text = (one.get("name"), one.get("value")) if isinstance(one, dict) else (None, None)
        if isinstance(name, str) and isinstance(text, str):
            yield (name.lower() if lower else name), text

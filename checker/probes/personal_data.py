"""Personal data in logs, read as a stream: what sort, in which line, how often. Never a value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import msgspec

from checker.detectors import Hit, Kind, Sureness, detect
from checker.detectors.prefilter import Prefilter, pattern_of, with_re, with_re2

_LONGEST_LINE = 1024 * 1024
"""Of a longer line what comes after is looked at by itself, with an overlap."""
_OVERLAP = 512
_LONGEST_HAR = 64 * 1024 * 1024
_MOST_PLACES = 5
_MOST_NUMBERS = 200_000
"""So many different numbers are told apart; beyond them each counts."""
_HAR = re.compile(rb'\s*\{\s*"log"\s*:\s*\{')
_LOOKED_FOR = frozenset({Kind.NHS_NUMBER, Kind.NINO, Kind.BIRTH_DATE, Kind.POSTCODE})
_BIRTH_DATE = "birth-date"
_NAME, _SEARCH = "name", "search-criteria"
_POSTCODE_LABEL = re.compile(r"post(?:al)?[_-]?code[^0-9A-Za-z]{1,6}(?:\w+[^0-9A-Za-z]{1,3})?$", re.IGNORECASE)
_BORN_MEMBER = re.compile(
    r"""birth[_-]?date\\?["']?\s*[:=]\s*\\?["']?[12][0-9]{3}-[01][0-9]-[0-3][0-9]""", re.IGNORECASE
)
_NAME_MEMBER = re.compile(
    r"""\\?["'](?:family|familyName|surname|last_?name)\\?["']\s*:\s*\\?["'](?![*x.\[<-]|REDACT|MASK|\\?["'])""",
    re.IGNORECASE,
)
_CRITERION = re.compile(
    r"[?&](?:birthdate|family|given|name|phonetic|phone|email|telecom|address(?:-postalcode)?)(?::[a-z]+)?="
    r"(?:eq|sa|eb)?(?![*x.\[<-]|REDACT|MASK|(?:ge|gt|le|lt|ne|ap)[0-9]|[&\s\"'#]|$)",
    re.IGNORECASE,
)
_PLAIN = (
    rb"|(?i:birth[_-]?date|family|surname|last_?name|[?&](?:given|name|phonetic|phone|email|telecom|address)[a-z:-]*=)"
)


class PersonalData:
    """Reads text logs, and HAR files among them, file after file. Memory is bounded by the longest line or HAR file.

    In a text log every line is looked at. In a HAR file, which holds by design what a browser was shown, only the
    URLs are, with the hosts that were asked.
    """

    reads_gzip = True

    def __init__(self) -> None:
        self._lines = 0
        self._faults: dict[str, tuple[int, list[str]]] = {}
        self._numbers: set[bytes] = set()
        self._bare = [0, 0]
        self._har: dict[str, Any] = {"files": 0, "entries": 0}
        self._har_faults: dict[str, tuple[int, list[str]]] = {}
        self._hosts: dict[str, int] = {}
        self._unread = 0
        self._file = 0
        self._may_hold = _line_filter()
        self._begin()

    def _begin(self) -> None:
        self._file += 1
        self._line = 0
        self._rest = b""
        self._head = True
        self._whole: bytearray | None = None

    def feed(self, chunk: bytes) -> None:
        """Read the lines that end in this chunk."""
        if not chunk:
            return
        if self._head:
            self._head = False
            if _HAR.match(chunk):
                self._whole = bytearray()
        if self._whole is not None:
            if len(self._whole) <= _LONGEST_HAR:
                self._whole += chunk
            return
        text = self._rest + chunk
        end = text.rfind(b"\n") + 1
        self._take(text[:end])
        self._rest = text[end:]
        while len(self._rest) > _LONGEST_LINE:
            piece = self._rest[:_LONGEST_LINE]
            if self._may_hold(piece):
                self._look(piece, self._line + 1)
            self._rest = self._rest[_LONGEST_LINE - _OVERLAP :]

    def end(self) -> None:
        """The file ends."""
        if self._whole is not None:
            self._take_har(bytes(self._whole))
        elif self._rest:
            self._take(self._rest + b"\n")
        self._begin()

    def facts(self) -> dict[str, Any]:
        """``lines``; ``hits`` by sort with counts and places; ``bare`` numbers; ``har`` with ``hosts``; ``unread``."""
        return {
            "lines": self._lines,
            "hits": _shown(self._faults),
            "bare": {"numbers": self._bare[0], "passing": self._bare[1]},
            "har": {**self._har, "hits": _shown(self._har_faults), "hosts": dict(sorted(self._hosts.items()))},
            "unread": self._unread,
        }

    def _take(self, block: bytes) -> None:
        """Whole lines. Where none of them can hold anything, they are but counted."""
        count = block.count(b"\n")
        if block and self._may_hold(block):
            for number, line in enumerate(block.split(b"\n"), self._line + 1):
                if line and self._may_hold(line):
                    self._look(line, number)
        self._line += count
        self._lines += count

    def _look(self, line: bytes, number: int) -> None:
        text = line.decode("utf-8", "replace")
        place = f"file {self._file}, line {number}"
        for sort in self._sorts(unquote_plus(text) if "%" in text else text):
            _add(self._faults, sort, place)

    def _sorts(self, text: str) -> Iterator[str]:
        """The sorts of data in one line, each as often as it stands there."""
        for hit in detect(text, _LOOKED_FOR):
            if hit.kind is Kind.NHS_NUMBER:
                yield from self._number(hit)
            elif hit.kind is not Kind.POSTCODE or _POSTCODE_LABEL.search(text, max(0, hit.start - 40), hit.start):
                yield str(hit.kind)
        yield from (_BIRTH_DATE for _ in _BORN_MEMBER.finditer(text))
        yield from (_NAME for _ in _NAME_MEMBER.finditer(text))
        yield from (_SEARCH for _ in _CRITERION.finditer(text))

    def _number(self, hit: Hit) -> Iterator[str]:
        """A number with a label is one. Others are weighed together: in logs much has ten digits."""
        if hit.sureness is Sureness.LABELLED:
            yield str(hit.kind)
            return
        known = hashlib.blake2b(hit.value.encode(), digest_size=8).digest()
        if known in self._numbers:
            return
        if len(self._numbers) < _MOST_NUMBERS:
            self._numbers.add(known)
        self._bare[0] += 1
        if hit.sureness is not Sureness.CHANCE:
            self._bare[1] += 1
            yield "bare-number"

    def _take_har(self, text: bytes) -> None:
        """The URLs of one HAR file (http://www.softwareishard.com/blog/har-12-spec/)."""
        try:
            if len(text) > _LONGEST_HAR:
                raise ValueError
            decoded = msgspec.json.decode(text)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            self._unread += 1
            return
        self._har["files"] += 1
        log = decoded.get("log") if isinstance(decoded, dict) else None
        entries = log.get("entries") if isinstance(log, dict) else None
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if not isinstance(entry, dict):
                continue
            self._har["entries"] += 1
            request, response = _part(entry, "request"), _part(entry, "response")
            if host := _host(request.get("url")):
                self._hosts[host] = self._hosts.get(host, 0) + 1
            for url in (request.get("url"), response.get("redirectURL"), *_referrers(request)):
                if isinstance(url, str):
                    for sort in self._in_url(url):
                        _add(self._har_faults, sort, f"file {self._file}, entry {index}")

    def _in_url(self, url: str) -> Iterator[str]:
        plain = unquote_plus(url)
        for hit in detect(plain, _LOOKED_FOR):
            if hit.kind is Kind.NHS_NUMBER and hit.sureness is Sureness.CHANCE:
                continue
            if hit.kind is Kind.NHS_NUMBER and hit.sureness is not Sureness.LABELLED:
                yield from self._number(hit)
            elif hit.kind is not Kind.POSTCODE or _POSTCODE_LABEL.search(plain, max(0, hit.start - 40), hit.start):
                yield str(hit.kind)
        yield from (_SEARCH for _ in _CRITERION.finditer(plain))


@cache
def _line_filter() -> Callable[[bytes], bool]:
    """The prefilter of log lines: that of the kinds that are looked for, and the words of records and searches."""
    pattern = pattern_of(_LOOKED_FOR) + _PLAIN
    return Prefilter(with_re2(pattern) or with_re(pattern)).may_hold


def _part(entry: dict[str, Any], name: str) -> dict[str, Any]:
    part = entry.get(name)
    return part if isinstance(part, dict) else {}


def _referrers(request: dict[str, Any]) -> Iterator[Any]:
    headers = request.get("headers")
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, dict) and str(header.get("name", "")).lower() == "referer":
            yield header.get("value")


def _host(url: Any) -> str:
    try:
        return (urlsplit(url).hostname or "") if isinstance(url, str) else ""
    except ValueError:
        return ""


def _add(faults: dict[str, tuple[int, list[str]]], sort: str, place: str) -> None:
    count, places = faults.get(sort, (0, []))
    if len(places) < _MOST_PLACES and place not in places:
        places.append(place)
    faults[sort] = (count + 1, places)


def _shown(faults: dict[str, tuple[int, list[str]]]) -> dict[str, Any]:
    return {sort: {"count": count, "places": places} for sort, (count, places) in sorted(faults.items())}

"""A document of an evidence pack: which form it has, and of Markdown, HTML and plain text its headings and references.

A PDF or a word processor's file is named as such and not looked into: what stands in it is for people.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

MOST_BYTES = 16 * 1024 * 1024
_MOST_HEADINGS = 2_000
_MOST_REFERENCES = 60_000
_MOST_CHARACTERS = 200
_REFERENCE = re.compile(r"\w[\w./-]{0,60}")
"""A word that may be the id of a hazard, control or test, or a number on a label; one with a digit is kept."""
_NUMBERED = re.compile(r"^\d{1,3}(?:\.\d{1,3})*\.?\s+(\S.{0,198})$")
_PAGE = re.compile(
    r"\s*(?:(?:<\?xml[^>]{0,200}>|<!--.{0,2000}?-->)\s*){0,4}<(?:!doctype html|html|body|h1)\b", re.I | re.S
)
"""How a page begins; one of XHTML has a declaration before it."""
_MARKED = re.compile(r"^(?:\*\*|__)([^*_]{1,200})(?:\*\*|__):?$|^={1,6}\s+(\S.{0,198})$")
"""A line that is bold as a whole, or a heading of AsciiDoc."""
_FORMS = ((b"%PDF", "pdf"), (b"PK\x03\x04", "office"), (b"\xd0\xcf\x11\xe0", "office"))


class Document:
    """Reads one such file."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._size = 0
        self._files = 0

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._size += len(chunk)
        if self._size <= MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        self._files += 1

    def facts(self) -> dict[str, Any]:
        """``form``: text, html, pdf, office, other, empty or too-long; ``headings`` and ``references`` of a text."""
        form = self._form()
        if form not in ("text", "html"):
            return {"form": form, "headings": [], "references": []}
        text = self._held.decode("utf-8-sig")
        headings, body = _of_html(text) if form == "html" else (_of_text(text), text)
        words = {one.group().strip("./-").casefold() for one in _REFERENCE.finditer(body)}
        found = {one for one in words if any(map(str.isdigit, one))}
        return {
            "form": form if len(found) <= _MOST_REFERENCES else "too-long",
            "headings": [" ".join(one.split())[:_MOST_CHARACTERS] for one in headings[:_MOST_HEADINGS]],
            "references": sorted(found)[:_MOST_REFERENCES],
        }

    def _form(self) -> str:
        if self._files != 1:
            return "other"
        if not self._size:
            return "empty"
        if self._size > MOST_BYTES:
            return "too-long"
        for start, form in _FORMS:
            if self._held.startswith(start):
                return form
        try:
            text = self._held.decode("utf-8-sig")
        except UnicodeDecodeError:
            return "other"
        if "\x00" in text:
            return "other"
        if not text.strip():
            return "empty"
        return "html" if _PAGE.match(text) else "text"


def _of_text(text: str) -> list[str]:
    """Headings of Markdown, underlined ones, and lines that begin with a number such as ``2.1``."""
    found: list[str] = []
    before = ""
    for line in text.splitlines():
        plain = line.strip()
        if plain.startswith("#"):
            found.append(plain.strip("# "))
        elif before and plain and (set(plain) == {"="} or set(plain) == {"-"}):
            found.append(before)
        elif marked := _NUMBERED.match(plain) or _MARKED.match(plain):
            found.append(next(filter(None, marked.groups())))
        before = plain
    return found


class _Headings(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.text: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch("h[1-6]", tag):
            self._in = tag
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._in:
            self._in = ""

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._in:
            self.found[-1] += data


def _of_html(text: str) -> tuple[list[str], str]:
    reader = _Headings()
    reader.feed(text)
    reader.close()
    return reader.found, " ".join(reader.text)

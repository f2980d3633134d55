"""An accessibility statement as a file, HTML or text: its headings, and which of the things that it must say it says.

Kept are headings and a few words of the law, no address and no name.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from checker.probes.pack.markup import TooMuch, plain

MOST_BYTES = 2 * 1024 * 1024
_MOST_HEADINGS = 60
_MOST_CHARACTERS = 160
_MARKUP = re.compile(r"<(?:html|h[1-6]|p|main|body)\b", re.IGNORECASE)
_HEADING = re.compile(r"h[1-6]")
_ASIDE = frozenset({"script", "style", "template", "noscript"})
_STATUS = {
    "fully-compliant": re.compile(r"(?<!not )(?<!n't )(?<!n’t )\bfully (?:compliant|conformant)\b"),
    "partially-compliant": re.compile(r"\bpartially (?:compliant|conformant)\b"),
    "not-compliant": re.compile(r"\b(?:is|are) not (?:compliant|conformant)\b"),
}
_SAYS = {
    "not-accessible": re.compile(
        r"\bnon-?accessible|\bnot (?:fully )?accessible|\bnon-?complian|\bdo(?:es)? not work\b"
    ),
    "contact": re.compile(r"\bcontact|\bfeedback|[\w.+-]@[\w-]{1,63}\.\w|\breport(?:ing)? (?:an )?accessibility"),
    "enforcement": re.compile(
        r"\benforcement|\bequality and human rights commission|\behrc\b|\bequality advisory|\beass\b"
        r"|\bequality commission for northern ireland|\becni\b"
    ),
    "prepared": re.compile(r"\bprepared (?:on|in)\b|\bfirst (?:published|written)\b|\bdate of preparation\b"),
    "reviewed": re.compile(r"\breviewed\b|\blast (?:review|updated|tested)"),
}


class AccessibilityStatement:
    """Reads the one file of a statement."""

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
        """``headings``, ``status`` (those of the three words that it uses), ``says`` (of what it must), ``unread``."""
        if why := self._why_not():
            return {"headings": [], "status": [], "says": [], "unread": why}
        text = self._held.decode("utf-8-sig")
        try:
            headings, words = _of_html(text) if _MARKUP.search(text) else _of_text(text)
        except TooMuch:
            return {"headings": [], "status": [], "says": [], "unread": "it holds more elements than a page"}
        said = " ".join(words.casefold().replace("\u2011", "-").replace("\u2010", "-").split())
        return {
            "headings": [one[:_MOST_CHARACTERS] for one in headings[:_MOST_HEADINGS]],
            "status": [name for name, one in _STATUS.items() if one.search(said)],
            "says": [name for name, one in _SAYS.items() if one.search(said)],
            "unread": "",
        }

    def _why_not(self) -> str:
        if self._files != 1:
            return f"a statement is one file, and there are {self._files}"
        if self._size > MOST_BYTES:
            return f"it is longer than {MOST_BYTES} bytes"
        if self._held.startswith((b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            return "it is a PDF or a file of an office program, and HTML or text is asked for"
        try:
            found = self._held.decode("utf-8-sig")
        except UnicodeDecodeError:
            return "it is not UTF-8"
        return "" if found.strip() else "it is empty"


class _Text(HTMLParser):
    """The headings of a page, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.headings: list[str] = []
        self.words: list[str] = []
        self._aside = 0
        self._heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins; the address of a link is text too."""
        self._aside += tag in _ASIDE
        if _HEADING.fullmatch(tag):
            self._heading = True
            self.headings.append("")
        if tag == "a":
            self.words += [value for name, value in attrs if name == "href" and value]
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        self._aside -= tag in _ASIDE and self._aside > 0
        if _HEADING.fullmatch(tag):
            self._heading = False
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        """Text, outside scripts."""
        if not self._aside:
            self.words.append(data)
            if self._heading and len(self.headings[-1]) < _MOST_CHARACTERS:
                self.headings[-1] += data


def _of_html(text: str) -> tuple[list[str], str]:
    page = _Text()
    page.feed(plain(text))
    page.close()
    return [" ".join(one.split()) for one in page.headings if one.strip()], "".join(page.words)


def _of_text(text: str) -> tuple[list[str], str]:
    """Headings of Markdown, or of plain text: short lines that end without a stop and stand alone."""
    found = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        shown = line.strip()
        alone = not (lines[number - 1].strip() if number else "")
        if shown.startswith("#"):
            found.append(shown.lstrip("#").strip())
        elif shown and alone and len(shown) < 90 and shown[-1] not in ".,;:!?" and shown[0].isupper():
            found.append(shown)
    return found, text

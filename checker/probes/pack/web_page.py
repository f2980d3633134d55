"""A page of the web as a file: a few facts about its markup that a parser sees. Not a word of its text is kept."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from checker.probes.pack.markup import TooMuch, plain

MOST_BYTES = 2 * 1024 * 1024
_MOST_LINES = 20
_NO_LABEL = frozenset({"hidden", "submit", "button", "reset", "image"})
_ASIDE = frozenset({"noscript", "template"})
_FIELDS = frozenset({"input", "select", "textarea"})

Attributes = dict[str, str]


class WebPage:
    """Reads one page."""

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
        """``lang``, ``title``, ``viewports``, ``mains``, ``frames``; lines of ``images`` without alternative, of
        ``fields`` without label, of elements with a positive ``tabindex``; ``elements``; ``unread``: why not.
        """
        if self._files != 1:
            return {"unread": f"a page is one file, and there are {self._files}"}
        if self._size > MOST_BYTES:
            return {"unread": f"it is longer than {MOST_BYTES} bytes"}
        if b"\x00" in self._held[:1024] or self._held.startswith(b"%PDF"):
            return {"unread": "it is not HTML"}
        try:
            text = self._held.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = self._held.decode("cp1252", "replace")
        page = _Page()
        try:
            page.feed(plain(text))
        except TooMuch:
            return {"unread": "it holds more elements than a page"}
        page.close()
        return page.facts() if page.elements else {"unread": "it is not HTML"}


class _Page(HTMLParser):
    """Goes through the markup once."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements = 0
        self._lang = ""
        self._title = ""
        self._viewports: list[str] = []
        self._mains = 0
        self._images: list[int] = []
        self._tabindex: list[int] = []
        self._labelled: set[str] = set()
        self._fields: list[tuple[int, str]] = []
        self._open = dict.fromkeys(("label", "svg", "title", *_ASIDE), 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements += 1
        given: Attributes = {}
        for name, value in attrs:
            given.setdefault(name, value if value is not None else "")
        if tag in self._open:
            self._open[tag] += 1
        if any(self._open[one] for one in _ASIDE):
            return
        line = self.getpos()[0]
        if tag == "html" and not self._lang:
            self._lang = (given.get("lang") or given.get("xml:lang", "")).strip()[:40]
        elif tag == "meta" and given.get("name", "").strip().casefold() == "viewport":
            self._viewports.append(given.get("content", "")[:200])
        elif tag == "label" and given.get("for"):
            self._labelled.add(given["for"])
        if self._is_main(tag, given):
            self._mains += 1
        if _needs_alternative(tag, given):
            self._images.append(line)
        if _needs_label(tag, given) and not self._open["label"]:
            self._fields.append((line, given.get("id", "")))
        if _whole(given.get("tabindex", "")) > 0:
            self._tabindex.append(line)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that ends at once, as ``<svg/>`` does; HTML ignores the stroke on others."""
        self.handle_starttag(tag, attrs)
        if self._open["svg"]:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if self._open.get(tag):
            self._open[tag] -= 1

    def handle_data(self, data: str) -> None:
        """Text: only whether the title has any."""
        if self._open["title"] and not self._open["svg"] and data.strip():
            self._title = "given"

    def _is_main(self, tag: str, given: Attributes) -> bool:
        if _unseen(given):
            return False
        role = given.get("role", "").strip().casefold()
        return role == "main" or (tag == "main" and not role)

    def facts(self) -> dict[str, Any]:
        """What was seen."""
        fields = [line for line, name in self._fields if not name or name not in self._labelled]
        return {
            "unread": "",
            "elements": self.elements,
            "lang": self._lang,
            "title": self._title,
            "viewports": self._viewports[:_MOST_LINES],
            "mains": self._mains,
            **_counted("images", self._images),
            **_counted("fields", fields),
            **_counted("tabindex", self._tabindex),
        }


def _counted(name: str, lines: list[int]) -> dict[str, Any]:
    return {name: lines[:_MOST_LINES], f"{name}_count": len(lines)}


def _named(given: Attributes) -> bool:
    return any(given.get(name, "").strip() for name in ("aria-label", "aria-labelledby", "title"))


def _unseen(given: Attributes) -> bool:
    return "hidden" in given or given.get("aria-hidden") == "true"


def _needs_alternative(tag: str, given: Attributes) -> bool:
    if tag == "input" and given.get("type", "").strip().casefold() == "image":
        return not given.get("alt", "").strip() and not _named(given)
    if tag != "img" or "alt" in given or _named(given) or _unseen(given):
        return False
    return given.get("role", "").strip().casefold() not in ("presentation", "none")


def _needs_label(tag: str, given: Attributes) -> bool:
    if tag not in _FIELDS or _named(given) or _unseen(given):
        return False
    return not (tag == "input" and given.get("type", "text").strip().casefold() in _NO_LABEL)


def _whole(text: str) -> int:
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 7 else 0

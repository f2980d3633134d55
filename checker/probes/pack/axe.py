"""What axe found on pages, as JSON: of each page its address, and each rule with impact, tags and how many places.

Taken are the results of one page as ``axe.run`` gives them, a list of them, or an object whose ``pages`` is such a list
(``checker pack axe`` writes that). No markup of a page is kept.
"""

from __future__ import annotations

import json
from typing import Any

MOST_BYTES = 32 * 1024 * 1024
_MOST_PAGES = 500
_MOST_RULES = 400
_MOST_TAGS = 40
_KINDS = ("violations", "incomplete", "passes", "inapplicable")
_IMPACTS = ("minor", "moderate", "serious", "critical")


class AxeResults:
    """Reads the one file of results."""

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
        """``pages``, and ``unread``: why the file is no such results, "" when it is.

        A page: ``url``, ``scheme`` ("light", "dark" or ""), ``at``, ``engine`` (version), ``violations`` and
        ``incomplete`` (each ``id``, ``impact``, ``tags``, ``nodes``), ``passes`` (how many), ``tags`` of all rules.
        """
        try:
            return {"pages": self._pages(), "unread": ""}
        except _Unread as why:
            return {"pages": [], "unread": str(why)}

    def _pages(self) -> list[dict[str, Any]]:
        if self._files != 1:
            raise _Unread(f"results are one file, and there are {self._files}")
        if self._size > MOST_BYTES:
            raise _Unread(f"it is longer than {MOST_BYTES} bytes")
        held = bytes(self._held)
        try:
            found = json.loads(held.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            raise _Unread("it is not JSON, or nested too deeply") from None
        if isinstance(found, dict):
            found = found.get("pages", [found])
        if not isinstance(found, list) or not found:
            raise _Unread("it holds no results of a page")
        if len(found) > _MOST_PAGES:
            raise _Unread(f"it holds more than {_MOST_PAGES} pages")
        return [_page(one, number) for number, one in enumerate(found)]


class _Unread(Exception):
    """Why the file is no results of axe."""


def _page(found: Any, number: int) -> dict[str, Any]:
    if not isinstance(found, dict) or not isinstance(found.get("url"), str):
        raise _Unread(f"page {number} has no address")
    rules = {kind: _rules(found.get(kind, []), number) for kind in _KINDS}
    if not isinstance(found.get("violations"), list) or not isinstance(found.get("passes"), list):
        raise _Unread(f"page {number} has no violations or no passes: they are not results of axe")
    engine = found.get("testEngine")
    tags = {tag for kind in _KINDS for rule in rules[kind] for tag in rule["tags"]}
    return {
        "url": found["url"][:2_000],
        "scheme": _text(found.get("scheme"), 20),
        "at": _text(found.get("timestamp"), 40),
        "engine": _text(engine.get("version"), 40) if isinstance(engine, dict) else "",
        "violations": rules["violations"],
        "incomplete": rules["incomplete"],
        "passes": len(rules["passes"]),
        "tags": sorted(tags),
    }


def _rules(found: Any, number: int) -> list[dict[str, Any]]:
    if not isinstance(found, list) or len(found) > _MOST_RULES:
        raise _Unread(f"page {number} holds something else than lists of rules")
    made = []
    for one in found:
        if not isinstance(one, dict) or not isinstance(one.get("id"), str) or not one["id"]:
            raise _Unread(f"page {number} holds a rule without an id")
        tags, nodes = one.get("tags"), one.get("nodes")
        made.append(
            {
                "id": one["id"][:80],
                "impact": one["impact"] if one.get("impact") in _IMPACTS else "",
                "tags": [tag[:60] for tag in tags[:_MOST_TAGS] if isinstance(tag, str)]
                if isinstance(tags, list)
                else [],
                "nodes": len(nodes) if isinstance(nodes, list) else 0,
            }
        )
    return made


def _text(found: Any, most: int) -> str:
    return found[:most] if isinstance(found, str) else ""

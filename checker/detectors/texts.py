"""The texts of a resource that people wrote, with their JSON pointers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

_STRUCTURED = frozenset(
    {
        "resourceType",
        "id",
        "system",
        "code",
        "url",
        "uri",
        "reference",
        "versionId",
        "version",
        "status",
        "unit",
        "currency",
        "contentType",
        "language",
        "use",
        "gender",
        "profile",
        "fullUrl",
        "data",
        "hash",
        "div",
        "birthDate",
        "linkId",
        "instantiatesCanonical",
        "questionnaire",
    }
)
"""Members that hold codes, addresses of things, or what is looked at elsewhere."""
_PARTS = frozenset({"identifier", "telecom", "address", "meta", "coding", "valueCoding", "valueIdentifier"})
"""Members whose parts are data of their own kind, which nobody calls free text."""
_TAG = re.compile(r"<[^<>]{0,2000}>|<!--.*?-->", re.DOTALL)
_ELEMENT = re.compile(r"<[^<>]{0,2000}>")
_COMMENT_END = "-->"
_BLANKS = re.compile(r"\s+")


def free_texts(resource: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Pointer and text of whatever may have been typed: notes, comments, texts of concepts, displays of references.

    Names, addresses, contact points, identifiers and codings are left out, and so are narratives and attachments:
    see :func:`narratives` and ``attachments``. Deep nesting is no trouble: nothing calls itself.
    """
    waiting: list[tuple[Any, str]] = [(resource, pointer)]
    while waiting:
        node, place = waiting.pop()
        if isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, str):
                    if name not in _STRUCTURED and len(value) > 3:
                        yield f"{place}/{_step(name)}", value
                elif isinstance(value, dict | list) and name not in _PARTS:
                    if name == "name" and _is_of_person(value):
                        continue
                    waiting.append((value, f"{place}/{_step(name)}"))
        elif isinstance(node, list):
            for index, value in enumerate(node):
                if isinstance(value, str):
                    if len(value) > 3:
                        yield f"{place}/{index}", value
                elif isinstance(value, dict | list):
                    waiting.append((value, f"{place}/{index}"))


def narratives(resource: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Pointer and plain text of each narrative: that of the resource, of what it contains and of its sections."""
    waiting: list[tuple[Any, str]] = [(resource, pointer)]
    while waiting:
        node, place = waiting.pop()
        if isinstance(node, dict):
            div = node.get("div")
            if isinstance(div, str):
                yield f"{place}/div", plain_text(div)
            waiting.extend(
                (value, f"{place}/{_step(name)}") for name, value in node.items() if isinstance(value, dict | list)
            )
        elif isinstance(node, list):
            waiting.extend((value, f"{place}/{index}") for index, value in enumerate(node))


def plain_text(marked: str) -> str:
    """The text of XHTML or HTML: tags are blanks, entities are what they stand for, blanks come one by one.

    >>> plain_text("<p>NHS&#160;number <b>999</b> 000 0018</p>")
    'NHS number 999 000 0018'
    """
    # Behind the last end of a comment none is looked for: thousands that begin there would each be sought to the end.
    end = marked.rfind(_COMMENT_END) + len(_COMMENT_END) if _COMMENT_END in marked else 0
    bare = _TAG.sub(" ", marked[:end]) + _ELEMENT.sub(" ", marked[end:])
    return _BLANKS.sub(" ", html.unescape(bare)).strip()


def _is_of_person(value: Any) -> bool:
    """Is this a name of a person, and not the name of something?"""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and bool(first.keys() & {"family", "given", "text"})


def _step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name

"""A Questionnaire as a tree of questions, read leniently from its JSON.

Source: http://hl7.org/fhir/R4/questionnaire.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.special.json_shape import dicts, extension_value, extensions, text, value_of

_DEEPEST: Final = 100
"""Items nested deeper are not read."""


class Question:
    """One item of a Questionnaire: a group, a display text, or a question."""

    __slots__ = ("items", "link_id", "parent", "raw", "repeats", "required", "text", "type")

    def __init__(self, raw: dict[str, Any], parent: Question | None, depth: int) -> None:
        self.raw = raw
        self.parent = parent
        self.link_id = text(raw.get("linkId"))
        self.type = text(raw.get("type"))
        self.text = text(raw.get("text"))
        self.required = raw.get("required") is True
        self.repeats = raw.get("repeats") is True
        below = dicts(raw.get("item")) if depth < _DEEPEST else []
        self.items: list[Question] = [Question(one, self, depth + 1) for one in below]

    def extension(self, url: str) -> Any:
        """The value of its first extension of that url."""
        return extension_value(self.raw, url)

    def extensions(self, url: str) -> list[Any]:
        """The values of all its extensions of that url."""
        return [value_of(one) for one in extensions(self.raw, url)]

    def below(self) -> Iterator[Question]:
        """All items below, parents before children."""
        for one in self.items:
            yield one
            yield from one.below()

    def line(self) -> list[Question]:
        """The item itself and the items that hold it, from the inside out."""
        found: list[Question] = []
        one: Question | None = self
        while one is not None:
            found.append(one)
            one = one.parent
        return found

    @property
    def is_group(self) -> bool:
        """Whether it holds other items and takes no answer."""
        return self.type == "group"


class Form:
    """A Questionnaire: its items, and each by its linkId (the first one, should it stand twice).

    ``node`` is its place when it stands in the instance that is validated (contained or in the same FHIR Bundle).
    """

    __slots__ = ("by_link_id", "items", "node", "raw")

    def __init__(self, raw: dict[str, Any], node: Node | None = None) -> None:
        self.raw = raw
        self.node = node
        self.items = [Question(one, None, 0) for one in dicts(raw.get("item"))]
        self.by_link_id: dict[str, Question] = {}
        for one in self.all():
            if one.link_id is not None:
                self.by_link_id.setdefault(one.link_id, one)

    def all(self) -> Iterator[Question]:
        """All items, parents before children."""
        for one in self.items:
            yield one
            yield from one.below()

    @staticmethod
    def common_holder(one: Question, other: Question) -> Question | None:
        """The innermost item that holds both (or is the other one), or None when only the form does."""
        around = {id(step) for step in other.line()}
        return next((step for step in one.line()[1:] if id(step) in around), None)

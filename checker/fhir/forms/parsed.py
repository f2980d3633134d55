"""What a reader makes of the text of a resource: the JSON model, what is wrong with the form, and positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from checker.fhir.forms.positions import Place, Position, find
from checker.fhir.forms.quoted import sentence
from checker.fhir.instance import Key
from checker.fhir.validation.issue import Issue
from checker.fhir.validation.rule import Rule

MAX_FAULTS = 1_000
"""How many faults of one kind a reader reports of one text: a hostile file could hold millions."""


class Parsed:
    """A resource that was read.

    - ``resource``: the JSON model (integers are ``int``, other numbers ``decimal.Decimal``), or None when the text
      is not a JSON object or not XML at all; then ``issues`` has a fatal one that says why.
    - ``issues``: what is wrong with the text itself, with line and column.
    - ``format``: ``json`` or ``xml``.
    """

    __slots__ = ("_places", "_position", "_root", "format", "issues", "resource")

    def __init__(
        self,
        resource: dict[str, Any] | None,
        issues: Sequence[Issue],
        format_: str,
        places: Callable[[], Place | None],
        position: Callable[[Any], Position],
    ) -> None:
        self.resource = resource
        self.issues = tuple(issues)
        self.format = format_
        self._places = places
        self._position = position
        self._root: Place | bool | None = False

    def locate(self, path: Sequence[Key]) -> Position | None:
        """Line and column (1-based) of the value at a JSON path, or of the nearest ancestor that is there.

        ``name`` and ``_name`` stand in for each other. The text is looked through on the first call only, so that
        a clean file costs nothing. None when the text could not be read.
        """
        if self._root is False:
            self._root = self._places()
        root = self._root
        return self._position(find(root, path).mark) if isinstance(root, Place) else None


def fault(
    rule: Rule,
    message: str,
    position: Position,
    *,
    path: str = "",
    keys: Sequence[Key] = (),
    found: str | None = None,
    fix: str | None = None,
) -> Issue:
    """An issue of a reader: it knows its place in the text."""
    return Issue(
        rule=rule.id,
        severity=rule.severity,
        code=rule.code,
        path=path,
        message=sentence(message),
        pointer=pointer(keys),
        line=position.line,
        column=position.column,
        found=found,
        fix=fix if fix is not None else rule.fix,
    )


def pointer(keys: Sequence[Key]) -> str:
    """The JSON pointer of a path (RFC 6901).

    >>> pointer(("name", 0, "a/b"))
    '/name/0/a~1b'
    """
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)

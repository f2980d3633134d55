"""What is known before a search is tried: what the server declares, and the resources that it showed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from checker.fhir import statement as stated
from checker.fhir.identifier import may_be_national
from checker.fhir.search.matching import escaped, one
from checker.fhir.search.parameters import HL7, Parameter, parameter
from checker.fhir.search.spans import Span
from checker.fhir.search.values import Held, Quantity, Target, Text, Token, Uri, values

Resource = dict[str, Any]
_LONGEST = 80
"""The most characters of a value that is searched for."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The resources by type and id, and what is declared."""

    base: str
    statement: Any = None
    held: dict[str, dict[str, Resource]] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    """Types of which the server showed all it has, as far as its pages tell."""
    by_patient: frozenset[str] = frozenset()
    """Types that the server shows of one patient at a time only."""
    _words: dict[tuple[str, str], list[str]] = field(default_factory=dict, repr=False, compare=False)
    """What ``wordings`` came to."""

    @property
    def types(self) -> tuple[str, ...]:
        """The types of which something is known."""
        return tuple(kind for kind, found in self.held.items() if found)

    def includes(self, kind: str, key: str) -> tuple[str, ...]:
        """What is declared under ``searchInclude`` or ``searchRevInclude`` of a type."""
        listed = [part.get(key) for part in stated.resources(self.statement) if part.get("type") == kind]
        found = [name for names in listed if isinstance(names, list) for name in names]
        return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name.count(":") in (1, 2)))

    def declared(self, kind: str) -> tuple[Parameter, ...]:
        """The declared parameters of a type whose meaning R4 fixes and the oracle knows, in the order of the statement.

        One that is declared with another type or with a definition of somebody else is left out.
        """
        found: dict[str, Parameter] = {}
        parts = [part for part in stated.resources(self.statement) if part.get("type") == kind]
        for part in [*parts, *stated.rests(self.statement)]:
            listed = part.get("searchParam")
            for each in listed if isinstance(listed, list) else ():
                known = _as_in_r4(kind, each)
                if known is not None:
                    found.setdefault(known.name, known)
        return tuple(found.values())

    def each(self, *kinds: str, types: Sequence[str] = ()) -> Iterator[tuple[str, Parameter]]:
        """Type and declared parameter, of these parameter types; the types take turns."""
        columns = [
            [(kind, found) for found in self.declared(kind) if found.kind in kinds and found.name[0] != "_"]
            for kind in types or self.types
        ]
        for row in zip_longest(*columns):
            yield from (pair for pair in row if pair is not None)

    def matches(self, kind: str, name: str, value: str) -> frozenset[str]:
        """The ids of the resources at hand that surely match."""
        return frozenset(
            id for id, held in self.held.get(kind, {}).items() if one(held, kind, name, value, self.base) is True
        )

    def wordings(self, kind: str, known: Parameter) -> list[str]:
        """Values to search by, over all resources at hand: those that fewest have come first.

        Among equals a digest decides, so that they come from all over the records, and the same ones each time.
        """
        memo = (kind, known.name)
        if memo in self._words:
            return self._words[memo]
        counted: dict[str, int] = {}
        for resource in self.held.get(kind, {}).values():
            said = {text for held in values(known, resource, self.base).found if (text := wording(held))}
            for text in said:
                counted[text] = counted.get(text, 0) + 1
        salt = f"{kind} {known.name} "
        found = sorted(counted, key=lambda text: (counted[text], hashlib.sha256((salt + text).encode()).digest()))
        self._words[memo] = found
        return found


def wording(held: Held) -> str:
    """How a value is searched for; "" where it should not stand in a URL, or cannot be worded for sure."""
    match held:
        case Token():
            system = "" if held.implied or not held.system else f"{escaped(held.system)}|"
            text = "" if may_be_national(held.system, held.code) else f"{system}{escaped(held.code)}"
        case Text():
            text = "" if held.part else escaped(held.text)
        case Target():
            text = "" if held.base else f"{held.type}/{held.id}"
        case Quantity():
            text = f"{held.value:.12g}|{held.system}|{held.code}" if held.system and held.code else ""
        case Uri():
            text = escaped(held.uri)
        case Span():
            text = _date(held)
    return text if len(text) <= _LONGEST + 40 and text.isprintable() else ""


def _date(held: Span) -> str:
    """The day, month or year of a date that is no finer; "" for any other."""
    days = (held.end - held.start).days
    if held.zoned or days < 1 or held.end - held.start != timedelta(days=days):
        return ""
    start = held.start.date().isoformat()
    if days == 1:
        return start
    return start[:7] if days in range(28, 32) and held.start.day == 1 else ""


def _as_in_r4(kind: str, declared: Any) -> Parameter | None:
    name = declared.get("name") if isinstance(declared, dict) else None
    known = parameter(kind, name) if isinstance(name, str) else None
    definition = declared.get("definition", HL7) if known is not None else ""
    same = isinstance(definition, str) and definition.startswith(HL7) and declared.get("type") == (known and known.kind)
    return known if same else None

"""What the fast tier carries while it looks at one resource, and what it says of a good one.

A generated check never builds a message, a path or a list on the happy path. What there is to say beside the verdict
(warnings, and what can't be verified offline) is kept as it was worked out once, beside the object that it is about;
paths and positions are worked out only when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from checker.fhir.instance import Key
from checker.fhir.validation.issue import SEVERITY_ORDER, DefinitionProblem, Issue, NotVerified


class Dirty(Exception):
    """The resource is not surely valid: the explaining tier has to look. The text says why, for statistics."""


Note = tuple[str, str, str, str]
"""Something not verified: kind, subject, place below the object that it is kept with, and detail."""


class Row(tuple[tuple[tuple[str, str], bool], ...]):
    """Which must-support elements stand in objects of one shape: ((StructureDefinition, element id), present).

    Each is itself alone: what follows from a list of rows can be kept by them.
    """

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


Sign = tuple[Any, ...]
"""See :meth:`Clean.sign`."""


class Told(msgspec.Struct, frozen=True):
    """What the explaining tier says of a value wherever it stands: nothing that is an error.

    ``issues``: each with its place below the value, as path and as JSON keys.
    """

    issues: tuple[tuple[Issue, str, tuple[Key, ...]], ...] = ()
    notes: tuple[Note, ...] = ()


NOTHING = Told()
_OUT_OF_SIGHT = "the target is not at hand"


def new_id(identity: Any, c: Clean) -> None:
    """Note the id of an element. Raises ``Dirty`` when another element of the resource has it."""
    if c.ids is None:
        c.ids = {identity}
    elif identity in c.ids:
        raise Dirty("ids of elements")
    else:
        c.ids.add(identity)


class Clean:
    """A look at one instance; when nothing came of it, a clean bill: what the explaining tier says of a valid resource.

    While it is looked at:

    - ``said``: (what, object, place below it as path, and as JSON keys); ``references``: (text, object) of those that
      lead out of sight; ``told``: what could not be verified and has its path already.
    - ``ids_to_look_at``: texts of 1 to 64 characters that have to be ids.
    - ``rows``: one for each object judged that has must-support elements.
    - ``problems``: faults of definitions that were met.
    - ``uses``: (canonical, why, object) of each StructureDefinition that a resource was judged by.
    - ``root``: the instance; ``resource``: the resource around the object looked at; ``outer``: that resource, or the
      one that contains it; ``language`` of the resource; ``around``: the index of the FHIR Bundle, or None.
    - ``alone``: only an entry of a FHIR Bundle is looked at. ``depth``: of what may hold itself. ``ids``: of the
      elements of the resource so far. ``once``: what is said once for an instance. ``quotes``: quotation marks within
      narratives.

    Afterwards: ``issues`` (never an error), ``not_verified``, ``definition_problems``, ``population``, ``used``, worked
    out when they are read.
    """

    alone = False
    around: Any = None
    depth = 0
    ids: set[str] | None = None
    language: str | None = None
    once: set[str] | None = None
    own: tuple[Issue, ...] = ()
    problems: tuple[DefinitionProblem, ...] = ()
    quotes = 0
    told: tuple[NotVerified, ...] = ()
    trials: dict[Any, bool] | None = None
    uses: tuple[tuple[str, str, Any], ...] = ()

    def __init__(self, root: dict[str, Any], data: bytes, ways: Any) -> None:
        self.root = self.resource = self.outer = root
        self._data = data
        self._ways = ways
        self.references: list[tuple[str, Any]] = []
        self.ids_to_look_at: list[str] = []
        self.said: list[tuple[Told, Any, str, tuple[Key, ...]]] = []
        self.rows: list[Row] = []

    @property
    def resource_type(self) -> str:
        """The type of the resource."""
        return self.root["resourceType"]  # type: ignore[no-any-return]

    @property
    def id(self) -> str | None:
        """Its id, if it has one."""
        return self.root.get("id")

    @cached_property
    def issues(self) -> tuple[Issue, ...]:
        """Warnings and information, sorted as the explaining tier sorts them; never an error."""
        if not any(told.issues for told, *_ in self.said):
            return self.own
        from checker.fhir.forms.parsed import pointer
        from checker.fhir.validation.repeats import without_repeats

        found = {(issue.rule, issue.path, issue.message): issue for issue in self.own}
        for issue, steps in self.placed():
            key = (issue.rule, issue.path, issue.message)
            if key not in found:
                position = self._places.position(self._data, steps)
                found[key] = msgspec.structs.replace(
                    issue, pointer=pointer(steps), line=position.line, column=position.column
                )
        return tuple(sorted(without_repeats(found.values()), key=_order))

    @property
    def unplaced(self) -> tuple[Issue, ...]:
        """The issues (and perhaps repeats of them) without their places, which take time to work out."""
        said = self.said
        if not said:
            return self.own
        return (*self.own, *(issue for told, *_ in said for issue, _, _ in told.issues))

    @property
    def open_codes(self) -> tuple[tuple[str, str], ...]:
        """Kind and subject of each thing that could not be verified, references apart."""
        notes = [(note, id(holder), place) for told, holder, place, _ in self.said for note in told.notes]
        if self.told or len({(note[0], note[1], note[3]) for note, _, _ in notes}) < len(notes):
            # Only their paths show whether two of them are one.
            return tuple((one.kind, one.subject) for one in self.not_verified if one.kind != "reference")
        return tuple((kind, subject) for (kind, subject, _, _), _, _ in notes if kind != "reference")

    @cached_property
    def open_at(self) -> tuple[tuple[str, str], ...]:
        """Path and subject of each thing that could not be verified, references apart."""
        told: set[tuple[str, str, str, str]] = {(one.path, one.kind, one.subject, one.detail) for one in self.told}
        path = self._places.path
        for one, holder, place, _ in self.said:
            for kind, subject, below, detail in one.notes:
                told.add((path(holder) + place + below, kind, subject, detail))
        return tuple((at, subject) for at, kind, subject, _ in told if kind != "reference")

    def sign(self) -> Sign | None:
        """What was said beside the verdict, as a key; None where it is not made without more work.

        Clean resources with equal signs have the same type, the same ``unplaced`` issues, the same open codes at the
        same places (those of references apart), the same problems of definitions and the same StructureDefinitions.
        Objects are in it by identity: who keeps a sign keeps what ``said`` names, as :meth:`signed` gives it.
        """
        if self.told:
            return None
        root = self.root
        own = tuple([(one.severity, one.rule, one.message, one.definition, one.element) for one in self.own])
        used = tuple([canonical for canonical, _, _ in self.uses])
        if not self.said:
            return root["resourceType"], used, own, self.problems
        known = self._ways.known_at
        said = tuple([(id(told), known(told, holder, root, self), place) for told, holder, place, _ in self.said])
        return root["resourceType"], used, own, self.problems, said

    def signed(self) -> tuple[Told, ...]:
        """What its sign names by identity."""
        return tuple(told for told, *_ in self.said)

    def located(self, holder: Any) -> tuple[str, tuple[Key, ...]]:
        """The FHIRPath location of an object of the instance, and the way to it in the JSON."""
        found: tuple[str, tuple[Key, ...]] = self._places.of(holder)
        return found

    def placed(self) -> Iterator[tuple[Issue, tuple[Key, ...]]]:
        """What was said, with its path, and the way to it in the JSON."""
        for told, holder, place, keys in self.said:
            if not told.issues:
                continue
            path, way = self._places.of(holder)
            for issue, below, further in told.issues:
                yield msgspec.structs.replace(issue, path=path + place + below), (*way, *keys, *further)

    @cached_property
    def not_verified(self) -> tuple[NotVerified, ...]:
        """What could not be verified offline, sorted, each once."""
        noted = [(("reference", text, "", _OUT_OF_SIGHT), holder, "") for text, holder in self.references]
        noted += [(note, holder, place) for told, holder, place, _ in self.said for note in told.notes]
        told = list(self.told)
        for (kind, subject, below, detail), holder, place in noted:
            path = self._places.path(holder) + place + below
            told.append(NotVerified(kind=kind, subject=subject, path=path, detail=detail))  # type: ignore[arg-type]
        return tuple(dict.fromkeys(sorted(told, key=lambda n: (n.path, n.kind, n.subject, n.detail))))

    @property
    def definition_problems(self) -> tuple[DefinitionProblem, ...]:
        """Faults of definitions that were met, sorted, each once."""
        if not self.problems:
            return ()
        return tuple(sorted(set(self.problems), key=lambda p: (p.definition, p.element or "", p.message)))

    @property
    def population(self) -> list[tuple[tuple[str, str], int, int]]:
        """For each must-support element (StructureDefinition, element id): in how many of how many places it stood."""
        counts: dict[tuple[str, str], list[int]] = {}
        for row in self.rows:
            for key, present in row:
                count = counts.setdefault(key, [0, 0])
                count[0] += present
                count[1] += 1
        return [(key, counts[key][0], counts[key][1]) for key in sorted(counts)]

    @property
    def used(self) -> list[tuple[str, str, str]]:
        """Canonical, path and reason of the StructureDefinitions that the resources were judged by."""
        return list(dict.fromkeys((canonical, self._places.path(at), why) for canonical, why, at in self.uses))

    @cached_property
    def _places(self) -> Any:
        from checker.fhir.fast.places import Places

        return Places(self.root, self._ways)


def _order(issue: Issue) -> tuple[int, int, str, str, int, str]:
    return (
        issue.line or 0,
        issue.column or 0,
        issue.path,
        issue.rule,
        SEVERITY_ORDER[issue.severity],
        issue.message,
    )

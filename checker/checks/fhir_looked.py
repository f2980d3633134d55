"""The resource that is looked at, and all that is worked out about it once, whichever scan asks first."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from checker.checks.fhir_alike import Alike, Classes
from checker.model.scan import Seen

if TYPE_CHECKING:
    from checker.fhir.definitions.covers import Difference
    from checker.fhir.validation.issue import Issue
    from checker.fhir.validator import Result

Nearness = Callable[[Alike, tuple[str, ...]], "Difference | None"]
_MOST_BESIDE = 2_000
_UNKNOWN: Any = object()
_INDEX = re.compile(r"\[\d+\]|\.ofType\([A-Za-z0-9]+\)")


def without_indexes(path: str) -> str:
    """A FHIRPath location without indexes and types of choices.

    >>> without_indexes("Patient.name[0].given[1]"), without_indexes("Observation.value.ofType(Quantity).unit")
    ('Patient.name.given', 'Observation.value.unit')
    """
    return _INDEX.sub("", path) if "[" in path or "(" in path else path


class Said:
    """What the validator said of a resource, held against ``asked``: parts of it, each worked out when it is read."""

    __slots__ = (
        "_canonicals",
        "_open",
        "_open_at",
        "_severities",
        "_unplaced",
        "_unsound",
        "alike",
        "asked",
        "kinds",
        "result",
    )

    def __init__(self, result: Result, asked: tuple[str, ...]) -> None:
        self.result = result
        self.asked = asked
        self.alike: Alike | None = None
        """The class of resources of which the same was said, where there is one."""
        self.kinds: Any = None
        """For the scan that tells issues: what it worked out about them."""
        self._canonicals: frozenset[str] | None = None
        self._open: dict[str, int] | None = None
        self._open_at: tuple[tuple[str, str], ...] | None = None
        self._severities: frozenset[str] | None = None
        self._unplaced: tuple[Issue, ...] | None = None
        self._unsound: tuple[str, ...] | None = None

    @property
    def unplaced(self) -> tuple[Issue, ...]:
        """The issues, perhaps some more than once and without their places: enough to see that none is of a sort."""
        if self._unplaced is None:
            clean = self.result.clean
            self._unplaced = self.result.issues if clean is None else clean.unplaced
        return self._unplaced

    @property
    def severities(self) -> frozenset[str]:
        """Those of the issues."""
        if self._severities is None:
            self._severities = frozenset([one.severity for one in self.unplaced])
        return self._severities

    @property
    def open(self) -> dict[str, int]:
        """What could not be verified, references apart: subject → how many."""
        if self._open is None:
            counts: dict[str, int] = {}
            for _, subject in self.open_codes:
                counts[subject] = counts.get(subject, 0) + 1
            self._open = counts
        return self._open

    @property
    def open_codes(self) -> tuple[tuple[str, str], ...]:
        """Kind and subject of what could not be verified, references apart."""
        clean = self.result.clean
        if clean is not None:
            return clean.open_codes
        return tuple((one.kind, one.subject) for one in self.result.not_verified if one.kind != "reference")

    @property
    def open_at(self) -> tuple[tuple[str, str], ...]:
        """Path, without indexes, and subject of what could not be verified, references apart."""
        if self._open_at is None:
            clean, result = self.result.clean, self.result
            if not self.open:
                found: Iterable[tuple[str, str]] = ()
            elif clean is not None:
                found = clean.open_at
            else:
                found = ((one.path, one.subject) for one in result.not_verified if one.kind != "reference")
            self._open_at = tuple((without_indexes(path), subject) for path, subject in found)
        return self._open_at

    @property
    def canonicals(self) -> frozenset[str]:
        """The StructureDefinitions that the resource, or one in it, was judged by; without versions."""
        if self._canonicals is None:
            clean = self.result.clean
            named = (
                (one.canonical for one in self.result.structure_definitions)
                if clean is None
                else (canonical for canonical, *_ in clean.uses)
            )
            self._canonicals = frozenset(one.partition("|")[0] for one in named)
        return self._canonicals

    @property
    def unsound(self) -> tuple[str, ...]:
        """The StructureDefinitions by which it could be judged only in part, since they are faulty there."""
        if self._unsound is None:
            problems = self.result.definition_problems
            names = {one.definition.rpartition("/")[2] for one in problems if one.severity == "error"}
            self._unsound = tuple(sorted(names))
        return self._unsound


class Looked:
    """One resource. ``held`` keeps what was worked out of it, under whatever key a scan chooses.

    ``validate`` gives what the validator says of its text as it came, or of the value where there is no text; and is
    given what the text says, where that is known;
    ``classes``, if given, are those that resources are brought into; ``nearness`` tells in which elements
    StructureDefinitions have other bindings than those of a class, if they ask nothing else.
    """

    __slots__ = (
        "_classes",
        "_extensions",
        "_nearness",
        "_read",
        "_said",
        "_seen",
        "_validate",
        "alike",
        "held",
        "kind",
        "node",
        "original",
        "text",
    )

    def __init__(
        self,
        seen: Seen,
        validate: Callable[[Any, tuple[str, ...], dict[str, Any] | None], Result],
        classes: Classes | None = None,
        nearness: Nearness = lambda alike, asked: None,
    ) -> None:
        self._seen = seen
        self._classes = classes
        self.node: dict[str, Any] = seen.node
        self.kind = seen.resource_type
        self.text = seen.text
        self.original = seen.original
        self._read = self.node if seen.about.exact and self.text is not None and self.original is None else None
        self.held: dict[Any, Any] = {}
        self.alike: dict[str, Alike | None] = {}
        """Its classes, by what rows have it judged by."""
        self._validate = validate
        self._nearness = nearness
        self._said: dict[tuple[str, ...], Said] = {}
        self._extensions: frozenset[str] | None = None

    def said(self, asked: tuple[str, ...]) -> Said:
        """What the validator says of it, held against these StructureDefinitions and those it claims."""
        found = self._said.get(asked)
        if found is None:
            text = self.original or (self.text if self.text is not None else self.node)
            result = self._validate(text, asked, self._read)
            found = self._said[asked] = Said(result, asked)
            if self._classes is not None:
                found.alike = self._classes.of(found)
        return found

    def alike_by(self, asked: tuple[str, ...]) -> Alike | None:
        """Its class, held against these StructureDefinitions; None where it is in none.

        Where it is in a class by others that ask as much but for a few elements, it is with all resources of that class
        that have the same there: one of them is held against these, for all.
        """
        found = self._said.get(asked)
        if found is not None:
            return found.alike
        for said in self._said.values():
            other = said.alike
            if other is None or not other.sound:
                continue
            near = other.beside.get(asked, _UNKNOWN)
            if near is _UNKNOWN:
                near = other.beside[asked] = self._nearness(other, asked)
            if near is None or not self.node.keys().isdisjoint(near.more):
                continue
            # The language of a resource has a part in what is said of its codes.
            key = (asked, *[_words(self.node.get(name)) for name in ("language", *near.bindings)])
            if key in other.beside:
                alike: Alike | None = other.beside[key]
                if alike is not None:
                    return alike
            elif len(other.beside) < _MOST_BESIDE:
                other.beside[key] = self.said(asked).alike
        return self.said(asked).alike

    @property
    def place(self) -> str:
        """Where it stands."""
        return self._seen.place

    @property
    def extensions(self) -> frozenset[str]:
        """The urls of all its extensions, without versions."""
        if self._extensions is None:
            text = self.text
            # A name may be written with escapes.
            none = text is not None and b"xtension" not in text and b"\\u" not in text
            self._extensions = frozenset() if none else frozenset(_urls(self.node))
        return self._extensions


def _words(node: Any) -> Hashable:
    """A value without its numbers: of two that differ in numbers alone, bindings say the same."""
    if node.__class__ is dict:
        return tuple([(name, value if value.__class__ is str else _words(value)) for name, value in node.items()])
    if node.__class__ is list:
        return (list, *[_words(one) for one in node])
    return node if node.__class__ is str else node.__class__ if node.__class__ is not bool else repr(node)


def _urls(resource: Any) -> Iterator[str]:
    waiting = [resource]
    for node in waiting:
        if node.__class__ is dict:
            for name in ("extension", "modifierExtension"):
                if name in node and isinstance(node[name], list):
                    yield from (one["url"].partition("|")[0] for one in node[name] if _has_url(one))
            waiting += [one for one in node.values() if one.__class__ is dict or one.__class__ is list]
        else:
            waiting += [one for one in node if one.__class__ is dict or one.__class__ is list]


def _has_url(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("url"), str)

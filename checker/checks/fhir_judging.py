"""One validation of each resource, shared by all scans that speak of it, by the definitions of the run.

Forty requirements ask about the same resource. It is validated once: what the validator said of the resource that
was looked at last is kept, by the identity of the resource, and thrown away when the next one comes.

What is judged by is a :class:`Judging`. Without any other it is R4 and UK Core as they ship with the checker; a run
that was given packages or answers about codes works within :func:`judging_by`, and leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from checker.checks.fhir_alike import Alike, Classes
from checker.checks.fhir_held import EXTENSION, UK_CORE, Held
from checker.checks.fhir_looked import Looked
from checker.model.scan import Seen

if TYPE_CHECKING:
    from checker.fhir.definitions.covers import Difference
    from checker.fhir.definitions.ir import Structure
    from checker.fhir.definitions.store import Definitions
    from checker.fhir.terminology.answer import Terminology
    from checker.fhir.validator import Result, Validator

__all__ = ["EXTENSION", "UK_CORE", "Judging", "current", "judging_by"]


_MOST_ASKED = 1_000


class Judging:
    """What resources are judged by, and what was said of the one that was looked at last.

    ``held``: the definitions. ``terminology``: who answers about codes; None for what is held.
    """

    def __init__(self, held: Held, terminology: Terminology | None = None) -> None:
        self.held = held
        self._terminology = terminology
        self._made: Validator | None = None
        # The resource is held so that its identity is nobody else's.
        self._node: Any = None
        self._looked: Looked | None = None
        self._classes = Classes()
        self.wanted: dict[tuple[str, ...], Any] = {}
        """By StructureDefinitions: what they want supported, as the scan for it has worked it out."""
        self.asked: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        """By type and claims: the UK Core StructureDefinitions that resources have to conform to."""

    @property
    def _validator(self) -> Validator:
        if self._made is None:
            from checker.fhir.validation.run import Options
            from checker.fhir.validator import Validator

            # A target may be in another file: whether references lead somewhere is another requirement.
            options = Options(assume_valid_references=True, display_severity="warning")
            self._made = Validator(
                self.held.definitions, terminology=self._terminology or self.held.terminology, options=options
            )
        return self._made

    def looked(self, seen: Seen) -> Looked:
        """The whole resource that is looked at."""
        kept = seen.about.kept
        if kept is not None and seen.path is None:
            found: Looked | None = kept.get(self)
            if found is None:
                found = kept[self] = Looked(seen, self._validate, self._classes, self._nearness)
            return found
        if self._looked is None or self._node is not seen.node:
            self._node = seen.node
            self._looked = Looked(seen, self._validate, self._classes, self._nearness)
        return self._looked

    def _nearness(self, alike: Alike, asked: tuple[str, ...]) -> Difference | None:
        """Where a StructureDefinition may say more of resources of a class; None where that may be anywhere."""
        from checker.fhir.definitions.covers import difference

        held = self.held.definitions
        loose = held.structure(asked[0]) if len(asked) == 1 else None
        if loose is None:
            return None
        by = (held.structure(canonical) for canonical in sorted(alike.canonicals))
        found = (difference(one, loose) for one in by if one is not None)
        return next((one for one in found if one is not None), None)

    def _validate(
        self, resource: Any, structure_definitions: tuple[str, ...], read: dict[str, Any] | None = None
    ) -> Result:
        return self._validator.validate(resource, structure_definitions, read=read)


_SHIPPED = Judging(Held())
_current: ContextVar[Judging] = ContextVar("judging", default=_SHIPPED)


@contextmanager
def judging_by(judging: Judging) -> Iterator[None]:
    """Within this, everything is judged by that and by nothing else."""
    token = _current.set(judging)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Judging:
    """What is judged by here and now."""
    return _current.get()


def definitions() -> Definitions:
    """The definitions that everything is judged by. Raises ``PackageFault`` where they are not at hand."""
    return current().held.definitions


def shipped() -> Definitions:
    """The definitions that ship with the checker: those that requirements are written for."""
    return _SHIPPED.held.definitions


def definitions_missing() -> str:
    """Why nothing can be judged by definitions here, in words; "" when it can."""
    return current().held.missing


def packages() -> tuple[str, ...]:
    """Name and version of each package judged by, as ``name#version``; of one that was given, its digest too."""
    return current().held.names


def given_packages() -> tuple[str, ...]:
    """The same where packages were given, else nothing: for scans that do not tell what ships with the checker."""
    return packages() if current().held.seals else ()


def judged(seen: Seen, structure_definitions: tuple[str, ...]) -> Result:
    """What the validator says of a whole resource, held against these StructureDefinitions and those it claims."""
    return looked(seen).said(structure_definitions).result


def judged_by_r4(resource: dict[str, Any]) -> Result:
    """What the validator says of a resource by the R4 that ships with the checker, and by what the resource claims.

    For checks, which look at one resource of an answer: whatever packages a run was given, R4 is R4.
    """
    return _SHIPPED._validate(resource, ())


def looked(seen: Seen) -> Looked:
    """The whole resource that is looked at, with what was worked out about it."""
    return _current.get().looked(seen)


def asked_of(resource: Looked) -> tuple[str, ...]:
    """As :func:`uk_core_of`, worked out once."""
    found: tuple[str, ...] | None = resource.held.get(UK_CORE)
    if found is None:
        known = _current.get().asked
        key = (resource.kind, claims(resource.node))
        found = known.get(key)
        if found is None:
            found = uk_core_of(resource.node)
            if len(known) < _MOST_ASKED:
                known[key] = found
        resource.held[UK_CORE] = found
    return found


def structure(canonical: str) -> Structure | None:
    """A StructureDefinition that is held, or None."""
    return definitions().structure(canonical)


def is_lost(canonical: str) -> bool:
    """Has the UK Core that ships with the checker a StructureDefinition that the one judged by has not?

    Requirements are written for the former: one that asks for it is then not decided.
    """
    held = current().held
    return held.replaces_uk_core and structure(canonical) is None and _SHIPPED.held.definitions.has(canonical)


def lost_features(names: frozenset[str]) -> tuple[str, ...]:
    """Of these constraint keys and element ids, those that the shipped UK Core has and the one judged by has not."""
    held = current().held
    if not names or not held.replaces_uk_core:
        return ()
    return tuple(sorted((names & _SHIPPED.held.features) - held.features))


def uk_core_of(resource: dict[str, Any]) -> tuple[str, ...]:
    """The UK Core StructureDefinitions that a resource has to conform to; none where UK Core has none of its type.

    Those it claims in ``meta.profile``, whatever version of them it names; where it claims none, the one of its type.
    (UKCore-DiagnosticReport-Lab does not derive from UKCore-DiagnosticReport: a claim to the one is none to the other.)
    """
    kind = resource["resourceType"]
    claimed = tuple(dict.fromkeys(url for url in claims(resource) if url.startswith(UK_CORE) and _is_of(url, kind)))
    usual = UK_CORE + kind
    return claimed or ((usual,) if _is_of(usual, kind) else ())


def claims(resource: dict[str, Any]) -> tuple[str, ...]:
    """The canonicals of ``meta.profile`` without their versions."""
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    return tuple(one.partition("|")[0] for one in named if isinstance(one, str)) if isinstance(named, list) else ()


def _is_of(url: str, kind: str) -> bool:
    found = structure(url)
    return found is not None and found.type == kind

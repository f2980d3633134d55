"""References that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import ClassVar

from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Keyed, Look, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_RELATIVE = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII)
"""http://hl7.org/fhir/R4/references.html#literal: type and id, and a version if need be."""
_RESOURCE = b""
_DANGLING = "dangling"

_SAID = {
    _DANGLING: Said(
        "A reference leads to a resource that is not in the export",
        "every relative reference resolves in the export, or its type is declared external",
        "no resource of that type and id",
    )
}


class ReferenceParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``external``: resource types that are kept elsewhere; references to them are not followed."""

    external: tuple[str, ...] = ()


class ReferenceResolves(TalliedScan[ReferenceParams], Keyed[ReferenceParams, Tallied]):
    """Every relative reference of an export leads to a resource that is in it.

    Looked at is ``Reference.reference`` wherever it stands, written ``Type/id`` or
    ``Type/id/_history/version``; the version is not looked for, since an export holds the current
    ones. Not judged are references to contained resources (``#…``), by identifier alone, by
    ``urn:uuid:``, by absolute URL, and those to types that the profile declares external. When a
    part of the export could not be read, what is missed may be in that part: nothing is found then.

    Good: ``"subject": {"reference": "Patient/a1"}`` and a Patient a1.
    Bad: the same without that Patient.
    """

    id: ClassVar[str] = "reference.resolves"
    params_type: ClassVar[type[Params]] = ReferenceParams
    looks: ClassVar[tuple[Look, ...]] = (Look(), Look(element="reference"))
    source: ClassVar[str] = "http://hl7.org/fhir/R4/references-definitions.html#Reference"
    absences: ClassVar[bool] = True

    def emit(self, seen: Seen, params: ReferenceParams) -> Iterable[tuple[bytes, bytes]]:
        """A resource under its type and id; a reference under those it leads to."""
        return self.emits((seen,), params)

    def emits(self, several: Sequence[Seen], params: ReferenceParams) -> Iterable[tuple[bytes, bytes]]:
        """The same for several."""
        pairs: list[tuple[bytes, bytes]] = []
        for seen in several:
            if isinstance(seen.node, str):
                kind, key = target(seen.node)
                if key and kind not in params.external:
                    pairs.append((key, seen.place.encode()))
            elif seen.about.resource_id and isinstance(seen.node, dict) and "resourceType" in seen.node:
                pairs.append((f"{seen.about.resource_type}/{seen.about.resource_id}".encode(), _RESOURCE))
        return pairs

    def reduce(self, state: Tallied, values: Iterator[bytes], params: ReferenceParams) -> Tallied:
        """All references to one resource, behind the resource itself."""
        is_there, references = False, 0
        for value in values:
            if value == _RESOURCE:
                is_there = True
                continue
            references += 1
            if not is_there:
                state.fault(_DANGLING, value.decode())
        state.count(by=references)
        return state

    def reduces(self, state: Tallied, groups: Iterable[list[bytes]], params: ReferenceParams) -> Tallied:
        """The same for many."""
        references = 0
        for values in groups:
            if values[0] != _RESOURCE:
                state = self.reduce(state, iter(values), params)
            elif len(values) > 1:  # the resource stands first, in as many versions as there are
                references += len(values) - values.count(_RESOURCE)
        state.count(by=references)
        return state

    def finish(self, state: Tallied, params: ReferenceParams) -> Iterator[Statement]:
        """How many references were followed, and one finding for all that lead nowhere."""
        if state.examined:
            yield Examined(what="relative references", count=state.examined)
            yield from findings(state, _SAID)


@lru_cache(maxsize=1 << 14)
def target(reference: str) -> tuple[str, bytes]:
    """The type that a relative reference leads to, and type and id as a key; empty for any other. Many are alike."""
    found = _RELATIVE.fullmatch(reference)
    return ("", b"") if found is None else (found[1], f"{found[1]}/{found[2]}".encode())


REFERENCE_RESOLVES = ReferenceResolves()

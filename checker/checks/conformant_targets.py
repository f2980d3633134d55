"""References of UK Core resources lead to resources that conform to UK Core themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

import msgspec

from checker.checks.fhir_judging import asked_of, looked, packages
from checker.checks.references import target
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Keyed, Look, Seen
from checker.model.supplier import Supplier
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_GOOD, _BAD = b"\x00", b"\x01"
_UNFIT = "target"


class TargetParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``packages``: what targets are judged by; filled in by the plan."""

    packages: tuple[str, ...] = ()


class ConformantTargets(TalliedScan[TargetParams], Keyed[TargetParams, Tallied]):
    """What a reference leads to within the export conforms to UK Core, where UK Core has a definition of its type.

    Looked at is ``Reference.reference`` written ``Type/id``. A reference whose target is not in the export, or of
    whose type UK Core has none, is not examined: whether references lead anywhere is another requirement. A resource is
    taken to conform as in fhir.conforms: no error by the validator.

    Good: an Encounter whose subject is a Patient that conforms. Bad: one whose Patient has two NHS numbers.
    """

    id: ClassVar[str] = "reference.conformant-target"
    params_type: ClassVar[type[Params]] = TargetParams
    looks: ClassVar[tuple[Look, ...]] = (Look(), Look(element="reference"))
    source: ClassVar[str] = (
        "https://simplifier.net/guide/HL7FHIRUKCoreDesignandDevelopmentApproach/Home/Design/Design-Principle.page.md"
    )
    by_definitions: ClassVar[bool] = True
    said: ClassVar[dict[str, Said]] = {
        _UNFIT: Said(
            "A reference leads to a resource that does not conform to UK Core",
            "a target without errors",
            "a target with errors: see the requirement for its type",
        )
    }

    def bound(self, params: TargetParams, supplier: Supplier) -> TargetParams:
        """With the packages that everything is judged by."""
        return msgspec.structs.replace(params, packages=packages())

    def emit(self, seen: Seen, params: TargetParams) -> Iterable[tuple[bytes, bytes]]:
        """A resource under its type and id, with whether it conforms; a reference under those it leads to."""
        return self.emits((seen,), params)

    def emits(self, several: Sequence[Seen], params: TargetParams) -> Iterable[tuple[bytes, bytes]]:
        """The same for several."""
        pairs: list[tuple[bytes, bytes]] = []
        for seen in several:
            node = seen.node
            if isinstance(node, str):
                _, key = target(node)
                if key:
                    pairs.append((key, seen.place.encode()))
            elif seen.resource_id and isinstance(node, dict) and "resourceType" in node:
                resource = looked(seen)
                asked = asked_of(resource)
                if asked:
                    fails = not resource.said(asked).result.valid
                    pairs.append((f"{seen.resource_type}/{seen.resource_id}".encode(), _BAD if fails else _GOOD))
        return pairs

    def reduce(self, state: Tallied, values: Iterator[bytes], params: TargetParams) -> Tallied:
        """All references to one resource, behind what is known of the resource: what sorts first comes first."""
        known, fails, references = False, False, 0
        for value in values:
            if value in (_GOOD, _BAD):
                known, fails = True, fails or value == _BAD
                continue
            if not known:
                return state
            references += 1
            if fails:
                state.fault(_UNFIT, value.decode())
        state.count(by=references)
        return state

    def finish(self, state: Tallied, params: TargetParams) -> Iterator[Statement]:
        """How many references were followed, and one finding for all whose target does not conform."""
        if state.examined:
            what = f"references to resources of the export, judged by {' and '.join(params.packages)}"
            yield Examined(what=what, count=state.examined)
            yield from findings(state, self.said)


CONFORMANT_TARGETS = ConformantTargets()

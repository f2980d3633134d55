"""How many codes could be verified offline, by code system. It informs; it never fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec

from checker.checks import issue_groups
from checker.checks.fhir_judging import asked_of, looked, packages
from checker.checks.issue_groups import Conformance
from checker.checks.masking import without_numbers
from checker.model.scan import Fold, Look, Seen
from checker.model.supplier import Supplier
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_CODES, _OPEN = "codes ", "open "
_MOST_SHOWN = 20


class CoverageParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``packages``: what codes are verified by; filled in by the plan."""

    packages: tuple[str, ...] = ()


class TerminologyCoverage(Fold[CoverageParams, Conformance]):
    """Of each code system: how many codes stand in the resources, and how many questions about them stayed open.

    A code that a binding asks about is verified when its code system or the value set is held: those of FHIR R4 and UK
    Core are, SNOMED CT, dm+d, LOINC, ICD-10 and OPCS-4 are not (their form is checked all the same). This says how
    much of a verdict on conformance rests on what was really looked up. It has no fault to find.

    Good: gender and status codes, all verified. Not bad, but open: a diagnosis in SNOMED CT.
    """

    id: ClassVar[str] = "fhir.terminology-coverage"
    params_type: ClassVar[type[Params]] = CoverageParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/terminologies.html"
    by_definitions: ClassVar[bool] = True

    def bound(self, params: CoverageParams, supplier: Supplier) -> CoverageParams:
        """With the packages that everything is judged by."""
        return msgspec.structs.replace(params, packages=packages())

    def start(self, params: CoverageParams, side: str) -> Conformance:
        """Nothing examined."""
        return Conformance()

    def step(self, state: Conformance, seen: Seen, params: CoverageParams) -> Conformance:
        """Count the codes of one resource."""
        systems = list(_systems(seen.node))
        state.examined += bool(systems)
        for system in systems:
            state.count(_CODES + system)
        resource = looked(seen)
        for kind, subject in resource.said(asked_of(resource)).open_codes:
            if kind == "terminology":
                state.count(_OPEN + without_numbers(subject))
        return state

    def merge(self, one: Conformance, other: Conformance) -> Conformance:
        """Counts added."""
        return issue_groups.merged(one, other)

    def dump(self, state: Conformance) -> Any:
        """Plain values."""
        return issue_groups.dumped(state)

    def load(self, dumped: Any) -> Conformance:
        """The state back."""
        return issue_groups.loaded(dumped)

    def finish(self, state: Conformance, params: CoverageParams) -> Iterator[Statement]:
        """The systems with the most codes."""
        state.settle()
        if not state.examined:
            return
        codes = [(count, name[len(_CODES) :]) for name, count in state.counts.items() if name.startswith(_CODES)]
        shown = ", ".join(
            f"{name}: {count} codes, {state.counts.get(_OPEN + name, 0)} questions open"
            for count, name in sorted(codes, key=lambda one: (-one[0], one[1]))[:_MOST_SHOWN]
        )
        what = f"resources with codes, by {' and '.join(params.packages)}; {shown}"
        yield Examined(what=what, count=state.examined)


def _systems(resource: Any) -> Iterator[str]:
    waiting = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            system = node.get("system")
            if isinstance(system, str) and isinstance(node.get("code"), str):
                yield without_numbers(system)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


TERMINOLOGY_COVERAGE = TerminologyCoverage()

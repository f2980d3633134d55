"""Resources of R4, one aspect at a time: form, primitives, rules, what they contain, extensions, narrative, codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks import issue_groups
from checker.checks.fhir_aspects import UCUM, Aspect, aspect_of, claimed
from checker.checks.fhir_judging import looked, packages
from checker.checks.fhir_looked import Looked
from checker.checks.issue_groups import Conformance
from checker.checks.issue_kinds import kinds_of
from checker.model.scan import Fold, Look, Seen
from checker.model.supplier import Supplier
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_ERRORS = ("fatal", "error")
_HOLDING = "holding"
_HELD: dict[str, str] = {
    "contained": "contained resources",
    "extensions": "extensions",
    "narrative": "narrative",
    "units": "units of UCUM",
    "claims": "a claim in meta.profile",
}
"""Aspect → what not every resource has of it."""
_ONLY_HOLDING = frozenset({"units", "claims"})
"""Aspects for which a resource that has nothing of it says nothing: a pass would rest on nothing."""


class AspectParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``aspect``: which errors count. ``packages``: what it is judged by; filled in by the plan."""

    aspect: Aspect = "rules"
    packages: tuple[str, ...] = ()


class OfR4(Fold[AspectParams, Conformance]):
    """Resources are right by R4 itself, in one aspect; what a profile asks for beyond it is another requirement.

    Every resource is judged once by the FHIR engine, by the definition of its type, and each error belongs to one
    aspect: ``form`` (JSON as FHIR wants it, known types and elements), ``primitives`` (dates, ids, numbers), ``rules``
    (cardinality, types of choices, invariants), ``contained`` resources, ``extensions``, ``narrative``, ``codes`` of
    required bindings and of FHIR's own code systems, ``units`` of UCUM. The aspect ``claims`` is about the
    StructureDefinitions that a resource claims in ``meta.profile`` and that are held here; a claim to others is not
    judged.

    Warnings do not count, nor do codes of systems that others keep and may have added to. What a server marks as
    SUBSETTED is left out.

    Good: ``"issued": "2026-01-06T10:25:00Z"``.
    Bad: ``"issued": "2026-01-06 10:25:00"``, ``"note": []``, an Observation without ``status``.
    """

    id: ClassVar[str] = "fhir.right-by-r4"
    params_type: ClassVar[type[Params]] = AspectParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/validation.html"
    by_definitions: ClassVar[bool] = True

    def bound(self, params: AspectParams, supplier: Supplier) -> AspectParams:
        """With the packages that everything is judged by."""
        return AspectParams(aspect=params.aspect, packages=packages())

    def start(self, params: AspectParams, side: str) -> Conformance:
        """Nothing examined."""
        return Conformance()

    def step(self, state: Conformance, seen: Seen, params: AspectParams) -> Conformance:
        """Take what the engine says of one resource."""
        resource = looked(seen)
        said = resource.said(())
        holds = _holds(params.aspect, resource)
        found = []
        if not said.severities.isdisjoint(_ERRORS):
            found = [
                kind
                for kind in kinds_of(said)
                if kind.issue.severity in _ERRORS and aspect_of(kind.issue, resource.node) == params.aspect
            ]
        if not holds and not found and params.aspect in _ONLY_HOLDING:
            return state
        state.examined += 1
        if holds:
            state.count(_HOLDING)
        for kind in found:
            pointer = seen.pointer + kind.issue.pointer
            state.add(kind.key, kind.told(resource.node), f"{seen.locator}#{pointer}" if pointer else str(seen.locator))
        return state

    def merge(self, one: Conformance, other: Conformance) -> Conformance:
        """Both together."""
        return issue_groups.merged(one, other)

    def dump(self, state: Conformance) -> Any:
        """Plain values."""
        return issue_groups.dumped(state)

    def load(self, dumped: Any) -> Conformance:
        """The state back."""
        return issue_groups.loaded(dumped)

    def finish(self, state: Conformance, params: AspectParams) -> Iterator[Statement]:
        """How many were examined, and a finding for each kind of issue."""
        if not state.examined:
            return
        held = _HELD.get(params.aspect, "")
        told = f", {state.counts.get(_HOLDING, 0)} of them with {held}" if held else ""
        yield Examined(what=f"resources by {' and '.join(params.packages)}{told}", count=state.examined)
        yield from issue_groups.findings(state)


def _holds(aspect: Aspect, resource: Looked) -> bool:
    """Has the resource anything of that aspect? True where every resource has."""
    node = resource.node
    match aspect:
        case "contained":
            return bool(node.get("contained"))
        case "narrative":
            return isinstance(node.get("text"), dict)
        case "extensions":
            return bool(resource.extensions)
        case "units":
            return _has_ucum(node)
        case "claims":
            return bool(claimed(node))
        case _:
            return True


def _has_ucum(resource: Any) -> bool:
    waiting = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += [one for one in node if isinstance(one, dict | list)]
        elif isinstance(node, dict):
            if node.get("system") == UCUM:
                return True
            waiting += [one for one in node.values() if isinstance(one, dict | list)]
    return False


RIGHT_BY_R4 = OfR4()

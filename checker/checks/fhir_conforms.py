"""Conformance of resources to FHIR R4 and UK Core, by the FHIR engine: whole, or the part that a row is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from checker.checks import issue_groups
from checker.checks.fhir_families import of_family
from checker.checks.fhir_judging import judged, notes, packages, uk_core_of
from checker.checks.issue_groups import Conformance, Told
from checker.checks.masking import masked, without_numbers
from checker.model.scan import Fold, Look, Seen
from checker.model.supplier import Supplier
from checker.model.value import Params, Value
from checker.model.verdict import Examined, Statement

if TYPE_CHECKING:
    from checker.fhir.validation.issue import Issue
    from checker.fhir.validator import Result

Severity = Literal["fatal", "error", "warning", "information"]
ERRORS: tuple[Severity, ...] = ("fatal", "error")
_INDEX = re.compile(r"\[\d+\]|\.ofType\([A-Za-z0-9]+\)")
_OPEN = "not verified: "
_MOST_OPEN = 6
_MOST_TOLD = 100
"""So many kinds of issues of one resource are told with their words: looking for its values in them takes time."""


class About(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which issues: each member that is given must fit one of its words.

    ``path``: a FHIRPath location without indexes, which takes all that is below it. ``element``: an element id, which
    takes its slices and what is below. ``definition``: the last part of a canonical, such as
    ``Extension-UKCore-BirthSex``. ``constraint``: a key such as ``ukcore-imm-001``. ``rule``: a rule of the validator.
    """

    path: tuple[str, ...] = ()
    element: tuple[str, ...] = ()
    definition: tuple[str, ...] = ()
    constraint: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = ERRORS

    def takes(self, issue: Issue, path: str) -> bool:
        """Is it one of these? ``path``: where, without indexes."""
        if issue.severity not in self.severity:
            return False
        if self.rule and issue.rule not in self.rule:
            return False
        if self.constraint and issue.message.partition(":")[0] not in self.constraint:
            return False
        if self.definition and (issue.definition or "").rpartition("/")[2] not in self.definition:
            return False
        if self.path and not any(_is_in(path, one) for one in self.path):
            return False
        return not self.element or any(_is_in(issue.element or "", one) for one in self.element)


class ConformsParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is examined, by what, and which of the issues count.

    ``types``: resource types; none is all. ``family``: hold resources against the StructureDefinitions of a sort
    (``vital-signs``, ``vital-sign-codes``, ``surveys``, ``laboratory``) instead of that of their type, and look at no
    others. ``holding``: only resources that have one of these elements at their top. ``only``: which issues count;
    none is every error. ``packages``: what it is judged by; filled in by the plan.
    """

    types: tuple[str, ...] = ()
    family: Literal["", "vital-signs", "vital-sign-codes", "surveys", "laboratory"] = ""
    holding: tuple[str, ...] = ()
    only: tuple[About, ...] = ()
    packages: tuple[str, ...] = ()


class Conforms(Fold[ConformsParams, Conformance]):
    """Resources conform to FHIR R4 and to the UK Core StructureDefinitions that are for them.

    Every resource is held against the definition of its type, against each StructureDefinition that it claims in
    ``meta.profile``, and against UK Core's for its type unless it claims another one of UK Core. A row may ask for a
    part: some types, some elements, some constraints, or the special StructureDefinitions of vital signs and
    laboratories.

    What counts is an error, unless the row says otherwise. Codes of systems that are not held (SNOMED CT, dm+d, LOINC,
    ICD-10) cannot be verified offline: they are counted and named, and no verdict follows from them. Neither are
    references followed out of a resource. A finding names the element and, in brackets, the rule, which ``checker
    explain`` explains; it never shows a value: read the place that it points to, or run ``checker validate`` over the
    file. A resource counts as examined once.

    Good: a Patient with an NHS number that has system and value.
    Bad: a MedicationRequest without ``substitution``, which UK Core asks for.
    """

    id: ClassVar[str] = "fhir.conforms"
    params_type: ClassVar[type[Params]] = ConformsParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/validation.html"

    def bound(self, params: ConformsParams, supplier: Supplier) -> ConformsParams:
        """With the packages that everything is judged by."""
        return msgspec.structs.replace(params, packages=packages())

    def start(self, params: ConformsParams, side: str) -> Conformance:
        """Nothing examined."""
        return Conformance()

    def step(self, state: Conformance, seen: Seen, params: ConformsParams) -> Conformance:
        """Validate one resource, or take what another row was told of it."""
        resource = seen.node
        if params.types and seen.resource_type not in params.types:
            return state
        if params.holding and not any(name in resource for name in params.holding):
            return state
        asked = of_family(params.family, resource) if params.family else uk_core_of(resource)
        if params.family and not asked:
            return state
        state.examined += 1
        result = judged(seen, asked)
        for kind in _kinds(result, asked):
            if _counts(kind.issue, kind.path, params.only):
                pointer = seen.pointer + kind.issue.pointer
                state.add(kind.key, kind.told(resource), f"{seen.locator}#{pointer}" if pointer else str(seen.locator))
        for subject, count in _open(result, params.only).items():
            state.count(_OPEN + subject, count)
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

    def finish(self, state: Conformance, params: ConformsParams) -> Iterator[Statement]:
        """How many were examined, by what, and what was left open; and a finding for each kind of issue."""
        if not state.examined:
            return
        what = (
            f"resources ({', '.join(params.types) or params.family or 'all types'}) by {' and '.join(params.packages)}"
        )
        yield Examined(what=f"{what}{_left_open(state)}", count=state.examined)
        yield from issue_groups.findings(state)


def _counts(issue: Issue, path: str, only: tuple[About, ...]) -> bool:
    return any(one.takes(issue, path) for one in only) if only else issue.severity in ERRORS


def _is_in(path: str, wanted: str) -> bool:
    return path == wanted or (path.startswith(wanted) and path[len(wanted)] in ".:")


class _Kind:
    """An issue with what makes it like others, and what is told of those."""

    __slots__ = ("first", "issue", "key", "path", "rank", "said")

    def __init__(self, issue: Issue, firsts: dict[tuple[str, ...], _Kind]) -> None:
        by = (issue.definition or "").rpartition("/")[2]
        constraint = issue.message.partition(":")[0] if issue.rule.startswith("invariant") else ""
        self.issue = issue
        self.path = _INDEX.sub("", issue.path)
        self.key = (issue.rule, by, issue.element or self.path, self.path, constraint)
        self.rank = len(firsts)
        self.first: _Kind = firsts.setdefault(self.key, self)
        self.said: Told | None = None

    def told(self, resource: Any) -> Told:
        """What is told of the first issue like it in the resource. Masked."""
        if self.first.said is None:
            self.first.said = self.first.tell(resource)
        return self.first.said

    def tell(self, resource: Any) -> Told:
        """The words. Of a resource with very many kinds of issues, the later ones are told by their rule alone."""
        issue, by = self.issue, self.key[1]
        in_brackets = f"[{issue.rule}{f', {by}' if by else ''}]"
        found, message = "something else, or nothing", ""
        if self.rank < _MOST_TOLD:
            message = f" {masked(issue.message, resource, issue.pointer).rstrip('.')}"
            found = masked(issue.found, resource, issue.pointer) if issue.found else found
        return Told(
            message=f"{self.path}:{message} {in_brackets}",
            expected=without_numbers(issue.allowed or "what the definition asks"),
            actual=found,
            fix=without_numbers(issue.fix or ""),
        )


def _kinds(result: Result, asked: tuple[str, ...]) -> list[_Kind]:
    """The issues of the resource that was judged last; worked out once for all rows."""
    known = notes()
    if asked not in known:
        firsts: dict[tuple[str, ...], _Kind] = {}
        known[asked] = [_Kind(issue, firsts) for issue in result.issues]
    kinds: list[_Kind] = known[asked]
    return kinds


def _open(result: Result, only: tuple[About, ...]) -> dict[str, int]:
    """What could not be verified, at the places that the row is about: subject → how many."""
    counts: dict[str, int] = {}
    paths = [path for one in only for path in one.path]
    for gap in result.not_verified:
        if gap.kind == "reference" or (only and not any(_is_in(_INDEX.sub("", gap.path), one) for one in paths)):
            continue
        counts[gap.subject] = counts.get(gap.subject, 0) + 1
    return counts


def _left_open(state: Conformance) -> str:
    gaps = sorted(
        ((count, name.removeprefix(_OPEN)) for name, count in state.counts.items() if name.startswith(_OPEN)),
        key=lambda one: (-one[0], one[1]),
    )
    if not gaps:
        return ""
    shown = ", ".join(f"{count} of {without_numbers(name)}" for count, name in gaps[:_MOST_OPEN])
    more = f" and {len(gaps) - _MOST_OPEN} more systems" if len(gaps) > _MOST_OPEN else ""
    return f"; not verifiable offline: {shown}{more}"


CONFORMS = Conforms()

"""Conformance of resources to FHIR R4 and UK Core, by the FHIR engine: whole, or the part that a row is about."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from checker.checks import issue_groups
from checker.checks.fhir_alike import Alike
from checker.checks.fhir_families import TYPES_OF, of_families
from checker.checks.fhir_held import OF_UK
from checker.checks.fhir_judging import (
    UK_CORE,
    asked_of,
    current,
    is_lost,
    lost_features,
    packages,
    shipped,
)
from checker.checks.fhir_looked import Looked, Said
from checker.checks.fhir_rows import OUTSIDE, Made, Rows
from checker.checks.fhir_subject import (
    Held,
    no_such_constraint,
    no_such_definition,
    no_such_name,
    no_such_rule,
    spoken_of,
)
from checker.checks.issue_groups import Conformance
from checker.checks.issue_kinds import Kind, kinds_of
from checker.checks.masking import without_numbers
from checker.errors import ProfileFault
from checker.model.scan import Fold, Look, Party, Seen
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import Params, Value
from checker.model.verdict import Examined, Statement, Undecided

if TYPE_CHECKING:
    from checker.fhir.validation.issue import Issue

Severity = Literal["fatal", "error", "warning", "information"]
ERRORS: tuple[Severity, ...] = ("fatal", "error")
_FAMILIES = "families"
_UNKNOWN: Any = object()
_OPEN = "not verified: "
_OF = "examined: "
_LOST, _UNSOUND = "! lost: ", "! unsound: "
"""They sort before all else that is counted, so that they are kept where very much is."""
_MOST_OPEN = 6
_MOST_ROWS = 1_000


class About(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which issues: each member that is given must fit one of its words.

    ``path``: a FHIRPath location without indexes, which takes all that is below it. ``element``: an element id, which
    takes its slices and what is below. ``definition``: the last part of a canonical, such as
    ``Extension-UKCore-BirthSex``. ``constraint``: a key such as ``ukcore-imm-001``. ``rule``: a rule of the validator.

    Paths, definitions and constraints that there are not are refused when the profile is read; slices and rules when
    the run is planned.
    """

    path: tuple[str, ...] = ()
    element: tuple[str, ...] = ()
    definition: tuple[str, ...] = ()
    constraint: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = ERRORS

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for what there is not."""
        _refuse(
            *(no_such_name(one) for one in (*self.path, *self.element)),
            *(no_such_definition(one) for one in self.definition),
            *(no_such_constraint(one) for one in self.constraint),
        )

    def takes(self, issue: Issue, path: str) -> bool:
        """Is it one of these? ``path``: where, without indexes."""
        if not self.may_take(issue):
            return False
        return not self.path or any(_is_in(path, one) for one in self.path)

    def may_take(self, issue: Issue) -> bool:
        """Is it one of these wherever it is?"""
        if issue.severity not in self.severity:
            return False
        if self.rule and issue.rule not in self.rule:
            return False
        if self.constraint and issue.message.partition(":")[0] not in self.constraint:
            return False
        if self.definition and (issue.definition or "").rpartition("/")[2] not in self.definition:
            return False
        return not self.element or any(_is_in(issue.element or "", one) for one in self.element)


class ConformsParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is examined, by what, and which of the issues count.

    ``types``: resource types; none is all. ``family``: hold resources against the StructureDefinitions of a sort
    (``vital-signs``, ``vital-sign-codes``, ``surveys``, ``laboratory``) instead of that of their type, and look at no
    others. ``only``: which issues count; none is every error. ``holding``: what a resource has to hold besides what
    ``only`` names to be examined at all; each is FHIRPath that begins with a resource type
    (``Specimen.collection.collector``), the name of the definition of an extension, or ``Extension`` for any.
    ``packages``: what it is judged by; filled in by the plan.

    A type, path or name that there is not is refused when the profile is read.
    """

    types: tuple[str, ...] = ()
    family: Literal["", "vital-signs", "vital-sign-codes", "surveys", "laboratory"] = ""
    holding: tuple[str, ...] = ()
    only: tuple[About, ...] = ()
    packages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for what there is not."""
        unknown = [one for one in self.types if _no_such_type(one)]
        _refuse(*(f"R4 has no resource type {one!r}" for one in unknown), *(no_such_name(one) for one in self.holding))


def _refuse(*problems: str) -> None:
    said = [one for one in problems if one]
    if said:
        raise ValueError("; ".join(said))


@cache
def _no_such_type(code: str) -> bool:
    found = shipped().type(code)
    return found is None or found.kind != "resource"


class _Row:
    """A row's parameters as they are asked of every resource."""

    __slots__ = ("family", "holds", "only", "paths", "severities", "told", "types")

    def __init__(self, params: ConformsParams) -> None:
        self.only = params.only
        self.family = params.family
        self.holds: Held = spoken_of(params.holding, params.only)
        self.paths = tuple(path for one in params.only for path in one.path)
        self.severities = frozenset(one for each in params.only for one in each.severity) or frozenset(ERRORS)
        self.types = frozenset(params.types)
        self.told = bool(params.types or params.family)

    def asked(self, resource: Looked) -> tuple[str, ...]:
        """The StructureDefinitions that the row holds a resource against."""
        if not self.family:
            return asked_of(resource)
        families: dict[str, tuple[str, ...]] | None = resource.held.get(_FAMILIES)
        if families is None:
            families = resource.held[_FAMILIES] = of_families(resource.node)
        return families[self.family]

    def class_of(self, resource: Looked) -> Any:
        """The class (``Alike``) of a resource, as the row has it judged; None where it is in none, or ``OUTSIDE``."""
        alike: Any = resource.alike.get(self.family, _UNKNOWN)
        if alike is _UNKNOWN:
            asked = self.asked(resource)
            alike = OUTSIDE if self.family and not asked else resource.alike_by(asked)
            resource.alike[self.family] = alike
        return alike

    def made(self, alike: Alike | None, resource: Looked) -> Made | None:
        """What the row makes of resources of a class, of which one is given; None where issues have to be read."""
        if alike is None:
            return None
        if self not in alike.rows:
            alike.rows[self] = self.made_of(alike, resource)
        made: Made | None = alike.rows[self]
        return made

    def counting(self, said: Said) -> list[Kind]:
        """The issues that count."""
        if self.severities.isdisjoint(said.severities):
            return []
        if self.only and not any(one.may_take(issue) for issue in said.unplaced for one in self.only):
            return []
        return [kind for kind in kinds_of(said) if _counts(kind.issue, kind.path, self.only)]

    def made_of(self, alike: Alike, resource: Looked) -> Made | None:
        """The same, worked out."""
        if not self.severities.isdisjoint(alike.severities) and (
            not self.only or any(one.may_take(issue) for issue in alike.unplaced for one in self.only)
        ):
            return None
        counts = {_OPEN + subject: count for subject, count in self.open(alike).items()}
        counts.update((_UNSOUND + name, 1) for name in alike.unsound)
        if self.told:
            counts[_OF + resource.kind] = 1
        asked = self.holds.of(resource.kind, alike)
        if isinstance(asked, bool):
            return Made(None, tuple(counts.items()) if asked else None)
        return Made(asked, tuple(counts.items()))

    def open(self, said: Said | Alike) -> dict[str, int]:
        """What could not be verified, at the places that the row is about: subject → how many."""
        if not self.only:
            return said.open
        counts: dict[str, int] = {}
        if self.paths:
            for path, subject in said.open_at:
                if any(_is_in(path, one) for one in self.paths):
                    counts[subject] = counts.get(subject, 0) + 1
        return counts


@cache
def _made(params: ConformsParams) -> _Row:
    return _Row(params)


_rows: dict[int, tuple[ConformsParams, _Row]] = {}
"""By identity: parameters that are asked for every resource would take long to compare."""


def _row(params: ConformsParams) -> _Row:
    known = _rows.get(id(params))
    if known is None or known[0] is not params:
        if len(_rows) >= _MOST_ROWS:
            _rows.clear()
        known = _rows[id(params)] = (params, _made(params))
    return known[1]


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
    file.

    A resource counts as examined, once, when it holds something that the row speaks of, or has an issue that counts:
    something at one of its paths or in one of its slices, one of its extensions, the context of one of its
    constraints; for a row on whole resources, when there is a StructureDefinition beside that of its type to hold it
    against. A patient without languages is no pass for a row on languages.

    What a row asks for and the definitions in force do not have (another version of UK Core was given) is not decided.

    Good: a Patient with an NHS number that has system and value.
    Bad: a MedicationRequest without ``substitution``, which UK Core asks for.
    """

    id: ClassVar[str] = "fhir.conforms"
    params_type: ClassVar[type[Params]] = ConformsParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/validation.html"
    by_definitions: ClassVar[bool] = True
    taken_with: ClassVar[Party | None] = Party(partial(Rows, row_of=_row))

    def bound(self, params: ConformsParams, supplier: Supplier) -> ConformsParams:
        """With the packages that everything is judged by. Raises ``ProfileFault`` for an unknown slice or rule."""
        try:
            spoken_of(params.holding, params.only)
            _refuse(*(no_such_rule(rule) for one in params.only for rule in one.rule))
        except ValueError as error:
            what, then = f"a row of {self.id} speaks of what there is not: {error}", "Mend 'only' or 'holding'."
            raise ProfileFault(what, next_step=then) from None
        return msgspec.structs.replace(params, packages=packages())

    def looking(self, params: ConformsParams) -> tuple[Look, ...]:
        """Resources of the row's types."""
        types = params.types
        if params.family:
            types = tuple(one for one in TYPES_OF[params.family] if not types or one in types)
            if not types:
                return ()
        return (Look(types=types),)

    def start(self, params: ConformsParams, side: str) -> Conformance:
        """Nothing examined."""
        return Conformance()

    def step(self, state: Conformance, seen: Seen, params: ConformsParams) -> Conformance:
        """Validate one resource, or take what another row was told of it."""
        row = _row(params)
        if row.types and seen.resource_type not in row.types:
            return state
        judging = current()
        resource = judging.looked(seen)
        replaced = judging.held.replaces_uk_core
        if not replaced:
            alike = row.class_of(resource)
            if alike is OUTSIDE:
                return state
            made = row.made(alike, resource)
            if made is not None:
                if made.counts is not None and (made.holds is None or made.holds(resource)):
                    state.examine(made.counts)
                return state
        asked = row.asked(resource)
        if row.family and not asked:
            return state
        if replaced and (lost := _lost(params, seen.resource_type, asked)):
            for name in lost:
                state.count(_LOST + name)
            asked = tuple(one for one in asked if one.rpartition("/")[2] not in lost)
        said = resource.said(asked)
        counting = row.counting(said)
        if not counting and not row.holds.holds(resource, said):
            return state
        state.examined += 1
        if row.told:
            state.count(_OF + seen.resource_type)
        for name in said.unsound:
            state.count(_UNSOUND + name)
        for kind in counting:
            pointer = seen.pointer + kind.issue.pointer
            state.add(kind.key, kind.told(resource.node), f"{seen.locator}#{pointer}" if pointer else str(seen.locator))
        for subject, count in row.open(said).items():
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
        state.settle()
        lost = _named(state, _LOST)
        if lost:
            message = f"there is no {lost} in {' and '.join(params.packages)}"
            yield Undecided(reason=Reason.PREREQUISITE, message=message)
        if not state.examined:
            return
        what = f"resources ({_of_types(state, params)}) by {' and '.join(params.packages)}"
        partly = (
            f"; judged in part, since a definition is faulty: {named}" if (named := _named(state, _UNSOUND)) else ""
        )
        yield Examined(what=f"{what}{_left_open(state)}{partly}", count=state.examined)
        yield from issue_groups.findings(state)


def _named(state: Conformance, start: str) -> str:
    """What was counted under names that start so, in a line; "" where nothing was."""
    names = sorted(name.removeprefix(start) for name in state.counts if name.startswith(start))
    more = f" and {len(names) - _MOST_OPEN} more" if len(names) > _MOST_OPEN else ""
    return ", ".join(names[:_MOST_OPEN]) + more


def _lost(params: ConformsParams, kind: str, asked: tuple[str, ...]) -> tuple[str, ...]:
    """What the row asks for, of a resource of that type, and the definitions in force do not have."""
    urls = {*(asked if params.family else ()), *((UK_CORE + kind,) if params.types else ())}
    urls.update(OF_UK + name for one in params.only for name in one.definition)
    features = frozenset(name for one in params.only for name in (*one.constraint, *one.element))
    return (*sorted(url.rpartition("/")[2] for url in urls if is_lost(url)), *lost_features(features))


def _counts(issue: Issue, path: str, only: tuple[About, ...]) -> bool:
    return any(one.takes(issue, path) for one in only) if only else issue.severity in ERRORS


def _is_in(path: str, wanted: str) -> bool:
    return path == wanted or (path.startswith(wanted) and path[len(wanted)] in ".:")


def _of_types(state: Conformance, params: ConformsParams) -> str:
    """The types that something was examined of, and those that nothing was."""
    if not params.types and not params.family:
        return "all types"
    found = sorted(name.removeprefix(_OF) for name in state.counts if name.startswith(_OF))
    without = [name for name in params.types if name not in found]
    met = ", ".join(found)
    return f"{met}; of {', '.join(without)} there was nothing to examine" if without else met


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

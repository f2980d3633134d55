"""Classes of people who are alike in a release: how small they are, and what belonging to one gives away."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import ClassVar

import msgspec

from checker.checks.element_paths import element_path, value_at
from checker.checks.releases import ReleaseParams, declared_release, is_row, speak_of, with_declared
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Keyed, Look, Seen
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import Params, canonical
from checker.model.verdict import Examined, Finding, Statement, Undecided

_SMALL, _ALIKE = "small", "alike"
_CLASSES, _UNIQUE = "classes", "unique"
_SIZE, _OPEN = "size ", "open "
_SHOWN_UP_TO = 99
"""Sizes of classes are told apart up to this; larger ones are called so."""
_MANY = 50
"""A column that nobody declared is called into question from so many different values on."""
_PERSON, _COLUMN = b"p", b"c"


class ClassParams(ReleaseParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``floor``, ``open_floor``: the smallest k for a release to a recipient, and for one to everybody.

    ``k``, ``open``: what the release declaration says; filled in by the plan.
    """

    floor: int = 5
    open_floor: int = 10
    k: int = 0
    open: bool = False

    @property
    def least(self) -> int:
        """The smallest k that may be declared."""
        return self.open_floor if self.open else self.floor

    @property
    def wanted(self) -> int:
        """The k that is held against the release."""
        return max(self.k, self.least)


class KAnonymity(TalliedScan[ClassParams], Keyed[ClassParams, Tallied]):
    """Each combination of quasi-identifiers in a release is shared by at least k people.

    k is the declared one, and at least a floor: 5, or 10 where everybody may have the release. A class is all Patients
    (or rows) with the same values at all paths that are declared quasi-identifiers; an absent value is a value. Rows
    that carry a pseudonym are counted as people, and not as rows. The count is exact. Which fields are
    quasi-identifiers is the publisher's word: columns of a table that are declared as nothing and have many different
    values are told of, and leave the row open.

    Good: five women born in 1950 in one district. Bad: one man of 1931 in a district.
    """

    id: ClassVar[str] = "release.k-anonymity"
    params_type: ClassVar[type[Params]] = ClassParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#nobody-stands-alone"

    def bound(self, params: ClassParams, supplier: Supplier) -> ClassParams:
        """With the fields, k and publication of the release declaration."""
        release = declared_release(supplier)
        params = msgspec.structs.replace(params, k=release.k, open=release.publication == "open")
        return with_declared(params, supplier)

    def emit(self, seen: Seen, params: ClassParams) -> Iterator[tuple[bytes, bytes]]:
        """The class of one person → who it is, and where; and the values of columns that nobody declared."""
        paths = speak_of(params.quasi, seen.resource_type)
        if paths and isinstance(seen.node, dict):
            values = [value_at(element_path(path), seen.node) for path in paths]
            yield _PERSON + canonical([seen.resource_type, values]), _who(seen, params)
        if is_row(seen.resource_type) and isinstance(seen.node, dict):
            known = {step.name for path in params.declared for step in element_path(path).steps[:1]}
            for name, value in seen.node.items():
                if name != "resourceType" and name not in known and value not in (None, ""):
                    yield _COLUMN + canonical([name, value]), name.encode()

    def reduce(self, state: Tallied, values: Iterator[bytes], params: ClassParams) -> Tallied:
        """One class, or one value of an undeclared column."""
        first = next(values)
        if not first.startswith(b"["):
            state.count(_OPEN + first.decode())
            return state
        people, held = 0, []
        for _, group in itertools.groupby(itertools.chain([first], values), key=_person_of):
            people += 1
            if people < params.wanted:
                held.append(min(msgspec.json.decode(one, type=tuple[str, str])[1] for one in group))
        state.count(by=people)
        state.count(_CLASSES)
        state.count(f"{_SIZE}{min(people, _SHOWN_UP_TO + 1)}")
        if people < params.wanted:
            state.count(_UNIQUE, int(people == 1))
            for where in held:
                state.fault(_SMALL, where)
        return state

    def finish(self, state: Tallied, params: ClassParams) -> Iterator[Statement]:
        """How many people and classes there are, the smallest class, and the finding."""
        if not state.examined:
            return
        size = min(int(name.removeprefix(_SIZE)) for name in state.counts if name.startswith(_SIZE))
        shown = f"more than {_SHOWN_UP_TO}" if size > _SHOWN_UP_TO else str(size)
        classes = state.counts[_CLASSES]
        yield Examined(what=f"people in {classes} classes, the smallest of {shown}", count=state.examined)
        if 0 < params.k < params.least:
            yield Finding(
                message="The declared k is below the floor",
                expected=f"k of {params.least} or more",
                actual=f"k of {params.k}",
                place="release-declaration#/k",
            )
        unique = state.counts.get(_UNIQUE, 0)
        said = Said(
            "People share their quasi-identifiers with too few others",
            f"at least {params.wanted} people in each class",
            f"the smallest class has {shown}; {unique} people are alone in theirs",
        )
        yield from findings(state, {_SMALL: said})
        columns = {name.removeprefix(_OPEN): n for name, n in state.counts.items() if name.startswith(_OPEN)}
        many = sorted(name for name, count in columns.items() if count >= _MANY)
        if many:
            message = (
                f"columns with {_MANY} or more different values are declared as nothing, so that k may look better "
                f"than it is: {', '.join(many[:5])}"
            )
            yield Undecided(reason=Reason.NO_DATA, message=message)


class DiversityParams(ReleaseParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``floor``: the fewest values of a sensitive attribute in a class.

    ``l``: what the release declaration says; filled in by the plan.
    """

    floor: int = 2
    l: int = 0  # noqa: E741 - the name that the measure has

    @property
    def wanted(self) -> int:
        """The l that is held against the release."""
        return max(self.l, self.floor)


class LDiversity(TalliedScan[DiversityParams], Keyed[DiversityParams, Tallied]):
    """In each class of people who are alike, a sensitive attribute has at least l different values.

    Else to know that somebody is in the class is to know the attribute. Looked at are the fields that the release
    declaration (or the profile) calls sensitive, each by itself, on the same resource or row as the quasi-identifiers;
    absent values do not count. l is the declared one, and at least 2. A class of one value that is absent for all gives
    nothing away. Where nothing is declared sensitive, nothing is examined.

    Good: a class with two diagnoses. Bad: a class whose five members all have the same.
    """

    id: ClassVar[str] = "release.l-diversity"
    params_type: ClassVar[type[Params]] = DiversityParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#a-class-tells-nothing"

    def bound(self, params: DiversityParams, supplier: Supplier) -> DiversityParams:
        """With the fields and l of the release declaration."""
        return with_declared(msgspec.structs.replace(params, l=declared_release(supplier).l), supplier)

    def emit(self, seen: Seen, params: DiversityParams) -> Iterator[tuple[bytes, bytes]]:
        """Class and sensitive field → its value, and where."""
        sensitive = speak_of(params.sensitive, seen.resource_type)
        if not sensitive or not isinstance(seen.node, dict):
            return
        paths = speak_of(params.quasi, seen.resource_type)
        values = [value_at(element_path(path), seen.node) for path in paths if path not in sensitive]
        for path in sensitive:
            for value in value_at(element_path(path), seen.node):
                yield canonical([seen.resource_type, values, path]), canonical([value, str(seen.place)])

    def reduce(self, state: Tallied, values: Iterator[bytes], params: DiversityParams) -> Tallied:
        """One class and field: how many values it has."""
        different, smallest = 0, ""
        for _, group in itertools.groupby(values, key=_person_of):
            where = min(msgspec.json.decode(one, type=tuple[str, str])[1] for one in group)
            different += 1
            smallest = min(smallest or where, where)
            if different >= params.wanted:
                break
        state.count()
        if different < params.wanted:
            state.fault(_ALIKE, smallest)
        return state

    def finish(self, state: Tallied, params: DiversityParams) -> Iterator[Statement]:
        """How many classes were examined, and the finding."""
        if state.examined:
            yield Examined(what="classes with a sensitive attribute", count=state.examined)
            said = Said(
                "A class of people who are alike gives a sensitive attribute away",
                f"at least {params.wanted} different values in each class",
                "fewer",
            )
            yield from findings(state, {_ALIKE: said})


def _who(seen: Seen, params: ClassParams) -> bytes:
    """Person and place. A row without a pseudonym is a person of its own, and so is a resource without an id."""
    where = str(seen.place)
    if seen.resource_id and not is_row(seen.resource_type):
        return canonical([seen.resource_id, where])
    names = [
        value
        for path in (speak_of(params.pseudonyms, seen.resource_type) if is_row(seen.resource_type) else ())
        for value in value_at(element_path(path), seen.node)
    ]
    return canonical([canonical(names).decode() if names else where, where])


def _person_of(value: bytes) -> str:
    return msgspec.json.decode(value, type=tuple[str, str])[0]


K_ANONYMITY = KAnonymity()
L_DIVERSITY = LDiversity()

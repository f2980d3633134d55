"""Direct identifiers that were left in a release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM
from checker.checks.releases import (
    ReleaseParams,
    at,
    is_one_of,
    is_row,
    place,
    speak_of,
    systems_of,
    with_declared,
)
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.detectors import Kind, Sureness, detect
from checker.model.scan import Fold, Look, Seen
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided

WHOLE_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}", re.I | re.ASCII)
_WHOLE_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}.*", re.ASCII | re.DOTALL
)
_PEOPLE = ("Patient", "RelatedPerson", "Person")
_KINDS = (Kind.NHS_NUMBER, Kind.NINO, Kind.EMAIL, Kind.PHONE, Kind.POSTCODE)

_FIELD, _IDENTIFIER, _POSTCODE, _DATE, _TEXT = "field", "identifier", "postcode", "date", "text"
_VALUE = "value"
_UNKNOWN = "unknown system"
_SAID = {
    _FIELD: Said("A direct identifier is in the release", "no name, address line, contact or picture", "one is there"),
    _IDENTIFIER: Said(
        "An identifier of a person is in the release", "pseudonyms alone", "a number that a source system knows"
    ),
    _POSTCODE: Said("A whole postcode of a person is in the release", "its district at the most", "a whole postcode"),
    _DATE: Said("A whole date of birth is in the release", "the year, or the month", "a day"),
    _TEXT: Said(
        "A column of free text is in the release", "no free text, which nobody can clear of names", "text of its own"
    ),
    _VALUE: Said(
        "A column that is not declared as a direct identifier holds one",
        "no number, address or contact of a person in any column",
        "it reads as an NHS or National Insurance number, a whole postcode, an e-mail address or a telephone number",
    ),
}


class NoDirectIdentifiers(TalliedScan[ReleaseParams], Fold[ReleaseParams, Tallied]):
    """A release holds no direct identifier of a person, neither by its place nor by its look.

    Looked at are Patient, RelatedPerson and Person, and each row of a table. Direct by their place are names, contacts,
    address lines and pictures, identifiers of a system that is not declared one of pseudonyms, and whatever the
    release declaration calls direct or free text. By their look: whole postcodes and whole days in what is declared
    geography or date of birth, and in all other columns of a table what a detector takes for an NHS number, National
    Insurance number, postcode, e-mail address or telephone number. Where no pseudonym system is declared, identifiers
    other than NHS numbers stay undecided. Texts of other resources are for the rows on leakage.

    Good: ``"birthDate": "1950", "address": [{"district": "Sedgeshire"}]``. Bad: the same with ``name``.
    """

    id: ClassVar[str] = "release.no-direct-identifiers"
    params_type: ClassVar[type[Params]] = ReleaseParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=(*_PEOPLE, "Row")),)
    source: ClassVar[str] = "docs/policy.md#a-release-holds-no-direct-identifier"

    def bound(self, params: ReleaseParams, supplier: Supplier) -> ReleaseParams:
        """With the roles of the release declaration."""
        return with_declared(params, supplier)

    def step(self, state: Tallied, seen: Seen, params: ReleaseParams) -> Tallied:
        """Examine one record or row."""
        if not isinstance(seen.node, dict):
            return state
        state.count()
        for name, pointer in _faults(seen.node, params):
            if name == _UNKNOWN:
                state.count(_UNKNOWN)
            else:
                state.fault(name, place(seen, pointer))
        return state

    def finish(self, state: Tallied, params: ReleaseParams) -> Iterator[Statement]:
        """How many records were examined, one finding for each sort of identifier, and what nobody can tell."""
        if not state.examined:
            return
        yield Examined(what="records or rows about people", count=state.examined)
        yield from findings(state, _SAID)
        if unknown := state.counts.get(_UNKNOWN, 0):
            message = f"{unknown} identifiers are of systems that no release declaration calls those of pseudonyms"
            yield Undecided(reason=Reason.NO_DATA, message=message)


def _faults(node: dict[str, Any], params: ReleaseParams) -> Iterator[tuple[str, str]]:
    kind = node["resourceType"]
    told = set()
    for _, pointer, value in at(speak_of(params.direct, kind), node):
        if value not in ([], {}):
            told.add(pointer)
            yield _FIELD, pointer
    for _, pointer, value in at(speak_of(params.geography, kind), node):
        if isinstance(value, str) and WHOLE_POSTCODE.fullmatch(value.strip()):
            told.add(pointer)
            yield _POSTCODE, pointer
    for path, pointer, value in at(speak_of(params.dates, kind), node):
        of_birth = path in params.quasi if is_row(kind) else path.endswith("birthDate")
        if of_birth and isinstance(value, str) and _WHOLE_DATE.fullmatch(value.strip()):
            told.add(pointer)
            yield _DATE, pointer
    if not is_row(kind):
        yield from _identifiers(node, systems_of(params.pseudonyms))
        return
    for _, pointer, _value in at(speak_of(params.free_text, kind), node):
        told.add(pointer)
        yield _TEXT, pointer
    pseudonyms = {pointer for _, pointer, _ in at(speak_of(params.pseudonyms, kind), node)}
    for name, value in node.items():
        pointer = f"/{name.replace('~', '~0').replace('/', '~1')}"
        if name != "resourceType" and pointer not in told | pseudonyms and isinstance(value, str) and _reads(value):
            yield _VALUE, pointer


def _reads(text: str) -> bool:
    """Does a text read as a direct identifier, or hold one?"""
    return any(hit.sureness >= Sureness.LIKELY or text.strip() == hit.value for hit in detect(text, _KINDS))


def _identifiers(node: dict[str, Any], systems: frozenset[str]) -> Iterator[tuple[str, str]]:
    listed = node.get("identifier")
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(one, dict) or one.get("value") in (None, "") or is_one_of(one, systems):
            continue
        pointer = f"/identifier/{index}/value"
        yield (_IDENTIFIER if systems or one.get("system") == NHS_NUMBER_SYSTEM else _UNKNOWN), pointer


NO_DIRECT_IDENTIFIERS = NoDirectIdentifiers()

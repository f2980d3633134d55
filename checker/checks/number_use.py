"""NHS numbers in use: are they there, with their status, under their system, and wherever they are known?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from checker.checks.alike_nodes import ALIKE_IDENTIFIERS
from checker.checks.each import OfEach, extensions
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number
from checker.checks.nhs_number_status import EXTENSION
from checker.checks.registered_identifiers import KINDS
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Fold, Keyed, Look, Party, Seen
from checker.model.terms import Reason
from checker.model.value import Params, canonical
from checker.model.verdict import Examined, Statement, Undecided

ISB_0149 = "https://digital.nhs.uk/data-and-information/information-standards"
_STATUS_LISTS = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus"
"""How the systems of the status lists begin: there is one for each nation."""


class NumberParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system of NHS numbers."""

    system: str = NHS_NUMBER_SYSTEM


def identifiers(patient: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The identifiers of a resource that are objects, with their index."""
    listed = patient.get("identifier") if isinstance(patient, dict) else None
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict):
            yield index, one


# Status (DH-NHSNO-09) ------------------------------------------------------------------------

_NO_STATUS, _NOT_CODED = "no-status", "not-coded"


class StatusGiven(OfEach[NumberParams]):
    """Every NHS number of a patient comes with its verification status, as a code.

    Looked at is each NHS number of a Patient that has a value. The UK Core extension must be in it, with a coding of
    one of the national lists that has a code. Whether the code is in the list, and agrees with the record, is another
    requirement: nhs-number.status-agrees. A former number (``use`` old) needs no status.

    Good: the extension with code 01 of UKCore-NHSNumberVerificationStatusEngland. Bad: no extension, or one with
    ``text`` alone.
    """

    id: ClassVar[str] = "nhs-number.status-given"
    params_type: ClassVar[type[Params]] = NumberParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient",)),)
    source: ClassVar[str] = ISB_0149
    what: ClassVar[str] = "patients with an NHS number"
    said: ClassVar[dict[str, Said]] = {
        _NO_STATUS: Said("An NHS number has no verification status", f"the extension {EXTENSION}", "none"),
        _NOT_CODED: Said(
            "The verification status of an NHS number is not a code of the national list",
            f"a coding under {_STATUS_LISTS}…",
            "no such coding",
        ),
    }

    def faults(self, seen: Seen, params: NumberParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one patient's numbers; None when there is none with a value."""
        held = [
            (index, one)
            for index, one in identifiers(seen.node)
            if is_nhs_number(one, params.system) and one.get("use") != "old"
        ]
        return _status_faults(held) if held else None


def _status_faults(held: list[tuple[int, dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    for index, identifier in held:
        given = [one for _, one in extensions(identifier) if one.get("url") == EXTENSION]
        if not given:
            yield _NO_STATUS, f"/identifier/{index}"
        elif not any(_is_coded(one) for one in given):
            yield _NOT_CODED, f"/identifier/{index}"


def _is_coded(extension: dict[str, Any]) -> bool:
    concept = extension.get("valueCodeableConcept")
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return any(
        isinstance(one, dict) and str(one.get("system", "")).startswith(_STATUS_LISTS) and bool(one.get("code"))
        for one in (codings if isinstance(codings, list) else ())
    )


# Wherever it is known (DH-NHSNO-11) ----------------------------------------------------------

_KNOWN_ELSEWHERE = "known-elsewhere"
_REASONED, _UNREASONED = "patients without a number, and why", "patients without a number or a reason"
_HAS, _LACKS = 0, 1
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


class CarriedWhenKnown(TalliedScan[NumberParams], Keyed[NumberParams, Tallied]):
    """A patient is never sent without their NHS number where it is known.

    All that is said of one patient is brought together by logical id and by identifiers that are no NHS numbers (a
    hospital number, under its system): in answers, in messages, in the export. Where one resource carries the NHS
    number and another of the same patient does not, the second is a finding, unless it is the older version. One that
    says why it has none (a verification status, or a data-absent-reason) is in order while nobody knows the number;
    one that says nothing leaves the row open.

    Good: a message whose Patient has hospital number and NHS number. Bad: the hospital number alone, where the same
    source holds that patient's NHS number.
    """

    id: ClassVar[str] = "nhs-number.carried-when-known"
    params_type: ClassVar[type[Params]] = NumberParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient",)),)
    source: ClassVar[str] = ISB_0149

    def emit(self, seen: Seen, params: NumberParams) -> Iterator[tuple[bytes, bytes]]:
        """A patient with a number under all that they are known by; one without under the first of it."""
        if not isinstance(seen.node, dict):
            return
        has = any(is_nhs_number(one, params.system) for _, one in identifiers(seen.node))
        names = list(_names(seen, params.system))
        when = _last_updated(seen.node)
        if has:
            for name in names:
                yield canonical(name), canonical([_HAS, when, name == names[0], "", False])
        else:
            reasoned = any(one.get("system") == params.system and _says_why(one) for _, one in identifiers(seen.node))
            yield canonical(names[0]), canonical([_LACKS, when, True, str(seen.place), reasoned])

    def reduce(self, state: Tallied, values: Iterator[bytes], params: NumberParams) -> Tallied:
        """One patient, by one name: first those with the number, the oldest first."""
        import msgspec

        known_since: str | None = None
        for value in values:
            lacks, when, counts, place, reasoned = msgspec.json.decode(value)
            if counts:
                state.count()
            if not lacks:
                known_since = when if known_since is None else min(known_since, when)
            elif known_since is not None and not (when and known_since and when < known_since):
                state.fault(_KNOWN_ELSEWHERE, place)
            else:
                state.count(_REASONED if reasoned or known_since is not None else _UNREASONED)
        return state

    def finish(self, state: Tallied, params: NumberParams) -> Iterator[Statement]:
        """How many patients were looked at, how many have no number and why, and the finding."""
        with_number = state.examined - state.counts.get(_REASONED, 0) - state.counts.get(_UNREASONED, 0)
        if with_number:
            beside = f" ({state.counts[_REASONED]} without a number say why)" if state.counts.get(_REASONED) else ""
            yield Examined(what=f"patients whose NHS number is known{beside}", count=with_number)
        if unreasoned := state.counts.get(_UNREASONED, 0):
            message = f"{unreasoned} {_UNREASONED}: whether it was known when they were sent cannot be seen"
            yield Undecided(reason=Reason.NO_DATA, message=message)
        yield from findings(
            state,
            {
                _KNOWN_ELSEWHERE: Said(
                    "A patient is sent without the NHS number that the same source holds for them",
                    "the number in every resource of the patient",
                    "a resource without it",
                )
            },
        )


def _names(seen: Seen, system: str) -> Iterator[list[str]]:
    """What a patient is known by: other identifiers, then the logical id, or the place if there is nothing."""
    for _, one in identifiers(seen.node):
        own, value = one.get("system"), one.get("value")
        is_text = isinstance(own, str) and isinstance(value, str)
        if is_text and own and value and own != system and one.get("use") != "old":
            yield ["identifier", own, value]
    if seen.resource_id:
        yield ["id", seen.resource_id]
    else:
        yield ["place", str(seen.place)]


def _last_updated(patient: dict[str, Any]) -> str:
    """``meta.lastUpdated`` in UTC, so that it can be compared as text; "" when it is not there."""
    meta = patient.get("meta")
    text = meta.get("lastUpdated") if isinstance(meta, dict) else None
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        return found.astimezone(UTC).isoformat() if found is not None and found.tzinfo is not None else ""
    except (ValueError, OverflowError):
        return ""


def _says_why(identifier: dict[str, Any]) -> bool:
    if any(one.get("url") == EXTENSION and _is_coded(one) for _, one in extensions(identifier)):
        return True
    return any(one.get("url") == _ABSENT for _, one in extensions(identifier.get("_value")))


# Used at all (DH-NHSNO-14) -------------------------------------------------------------------

_NONE = "none"
_WITH = "patients with an NHS number"


class NumbersUsed(TalliedScan[NumberParams], Fold[NumberParams, Tallied]):
    """Where there are patients, there are NHS numbers.

    Counted are the Patients, and those of them that carry an NHS number with a value. A product that exchanges data on
    patients uses the number, or says in DTAC C4.2 what it uses instead; such an answer takes a waiver. Which share of
    the patients has one is for data quality to say.

    Good: 12 patients, 11 of them with an NHS number. Bad: 12 patients, none with one.
    """

    id: ClassVar[str] = "nhs-number.used"
    params_type: ClassVar[type[Params]] = NumberParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient",)),)
    source: ClassVar[str] = (
        "https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/"
    )
    absences: ClassVar[bool] = True

    def step(self, state: Tallied, seen: Seen, params: NumberParams) -> Tallied:
        """Examine one patient."""
        state.count()
        if any(is_nhs_number(one, params.system) for _, one in identifiers(seen.node)):
            state.count(_WITH)
        else:
            state.fault(_NONE, str(seen.place))
        return state

    def finish(self, state: Tallied, params: NumberParams) -> Iterator[Statement]:
        """How many have one, or the finding that nobody has."""
        if not state.examined:
            return
        yield Examined(what=f"patients, {state.counts.get(_WITH, 0)} with an NHS number", count=state.examined)
        if not state.counts.get(_WITH, 0):
            said = Said("No patient carries an NHS number", f"identifiers under {params.system}", "patients without")
            yield from findings(state, {_NONE: said})


# Under its system (DH-NHSNO-15) --------------------------------------------------------------

_MISSPELT, _OTHER = "misspelt", "other"
_OTHERS = frozenset(KINDS["nhs-number"].others)
_TYPED = re.compile(r"\s*NHS[\s_-]*(?:number|no\.?)\s*", re.IGNORECASE)


class NumberSystem(OfEach[NumberParams]):
    """Every identifier that is an NHS number stands under the system of NHS numbers.

    Looked at is each ``identifier``, at any depth, that is under the system, under a spelling of it that is known to be
    wrong (http instead of https, another host, an OID), or whose ``type`` says *NHS number* in words. A search by the
    right system finds none of the others.

    Good: system ``https://fhir.nhs.uk/Id/nhs-number``. Bad: ``http://fhir.nhs.net/Id/nhs-number``.
    """

    id: ClassVar[str] = "nhs-number.system"
    params_type: ClassVar[type[Params]] = NumberParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="identifier"),)
    taken_with: ClassVar[Party | None] = ALIKE_IDENTIFIERS
    source: ClassVar[str] = "docs/policy.md#nhs-numbers-have-one-system"
    what: ClassVar[str] = "identifiers that are NHS numbers"
    said: ClassVar[dict[str, Said]] = {
        _MISSPELT: Said("An NHS number stands under another spelling of its system", NHS_NUMBER_SYSTEM, "a spelling"),
        _OTHER: Said(
            "An identifier of type NHS number stands under another system", NHS_NUMBER_SYSTEM, "another, or none"
        ),
    }

    def faults(self, seen: Seen, params: NumberParams) -> Iterator[tuple[str, str]] | None:
        """The fault of one identifier's system."""
        node = seen.node
        system = node.get("system") if isinstance(node, dict) else None
        if not isinstance(node, dict):
            return None
        if system == params.system:
            return iter(())
        if _is_misspelt(system, params):
            return iter([(_MISSPELT, "/system")])
        return iter([(_OTHER, "")]) if _is_typed(node.get("type")) and node.get("value") not in (None, "") else None

    def foretells(self, seen: Seen, params: NumberParams) -> bool | None:
        """By the system alone, where there is no type: one of its own is in order, another is not examined."""
        system = seen.node.get("system")
        if system == params.system:
            return True
        return False if "type" not in seen.node and not _is_misspelt(system, params) else None


def _is_misspelt(system: Any, params: NumberParams) -> bool:
    if not isinstance(system, str):
        return False
    bare = system.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    return bool(bare) and (bare in _OTHERS or bare == params.system.lower().removeprefix("https://"))


def _is_typed(concept: Any) -> bool:
    if not isinstance(concept, dict):
        return False
    codings = concept.get("coding")
    words = (
        [concept.get("text"), *(one.get("display") for one in codings if isinstance(one, dict))]
        if isinstance(codings, list)
        else [concept.get("text")]
    )
    return any(isinstance(one, str) and _TYPED.fullmatch(one) for one in words)


STATUS_GIVEN = StatusGiven()
CARRIED_WHEN_KNOWN = CarriedWhenKnown()
NUMBERS_USED = NumbersUsed()
NUMBER_SYSTEM = NumberSystem()

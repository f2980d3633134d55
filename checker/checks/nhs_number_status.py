"""The verification status of NHS numbers: does it agree with the record that it stands in?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.fhir.days import days
from checker.model.scan import Fold, Look, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

EXTENSION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
ENGLAND = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
_CODES = frozenset(f"0{digit}" for digit in range(1, 9))
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

_NO_SUCH_CODE = "no-such-code"
_PRESENT_WITHOUT = "present-without-number"
_ABSENT_WITH = "absent-with-number"
_NOT_A_BABY = "not-a-baby"

_SAID = {
    _NO_SUCH_CODE: Said(
        "An NHS number verification status is not in its code list", "a code from 01 to 08", "another code"
    ),
    _PRESENT_WITHOUT: Said(
        "The status says that the NHS number is present, and it is not", "a number beside status 01 or 02", "no number"
    ),
    _ABSENT_WITH: Said(
        "The status says that there is no NHS number, and there is one", "no number beside status 07", "a number"
    ),
    _NOT_A_BABY: Said(
        "The status is that of a baby under six weeks, for a patient who was older when the record was last changed",
        "status 08 within 42 days of birth",
        "more than 42 days between birthDate and meta.lastUpdated",
    ),
}


class StatusParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system of NHS numbers. ``baby_days``: how long status 08 may stand."""

    system: str = NHS_NUMBER_SYSTEM
    baby_days: int = 42


class NhsNumberStatus(TalliedScan[StatusParams], Fold[StatusParams, Tallied]):
    """A verification status agrees with the identifier and the patient that it stands in.

    Looked at is the UK Core extension inside the NHS number of a Patient, with a code of the list
    for England (01 to 08). 01 and 02 say that a number is present: there must be one, unless it
    is masked (data-absent-reason). 07 says that there is none. 08 is for babies under six weeks:
    held against ``meta.lastUpdated``, never against a clock, and only where both dates are there.
    Codes of other lists, and numbers without a status, are not looked at.

    Good: code 01 beside ``"value": "9990000018"``. Bad: code 07 beside it; code 99.
    """

    id: ClassVar[str] = "nhs-number.status-agrees"
    params_type: ClassVar[type[Params]] = StatusParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient",)),)
    source: ClassVar[str] = ENGLAND

    def step(self, state: Tallied, seen: Seen, params: StatusParams) -> Tallied:
        """Examine the identifiers of one patient."""
        identifiers = seen.node.get("identifier") if isinstance(seen.node, dict) else None
        for index, identifier in enumerate(identifiers if isinstance(identifiers, list) else ()):
            if not isinstance(identifier, dict) or identifier.get("system") != params.system:
                continue
            for code in _codes(identifier):
                state.count()
                if fault := _fault(code, identifier, seen.node, params):
                    state.fault(fault, f"{seen.locator}#{seen.pointer}/identifier/{index}")
        return state

    def finish(self, state: Tallied, params: StatusParams) -> Iterator[Statement]:
        """How many were examined, and one finding for each fault. Nothing when no record says a status."""
        if state.examined:
            yield Examined(what="verification statuses of NHS numbers", count=state.examined)
            yield from findings(state, _SAID)


def _codes(identifier: dict[str, Any]) -> Iterator[object]:
    """The codes of the list for England that an identifier carries."""
    for extension in _dicts(identifier.get("extension")):
        concept = extension.get("valueCodeableConcept") if extension.get("url") == EXTENSION else None
        for coding in _dicts(concept.get("coding") if isinstance(concept, dict) else None):
            if coding.get("system") == ENGLAND and "code" in coding:
                yield coding["code"]


def _fault(code: object, identifier: dict[str, Any], patient: dict[str, Any], params: StatusParams) -> str:
    has_number = identifier.get("value") not in (None, "")
    if not isinstance(code, str) or code not in _CODES:
        return _NO_SUCH_CODE
    if code in ("01", "02") and not has_number and not _is_masked(identifier):
        return _PRESENT_WITHOUT
    if code == "07" and has_number:
        return _ABSENT_WITH
    return _NOT_A_BABY if code == "08" and _is_older(patient, params.baby_days) else ""


def _is_masked(identifier: dict[str, Any]) -> bool:
    beside = identifier.get("_value")
    extensions = _dicts(beside.get("extension")) if isinstance(beside, dict) else ()
    return any(one.get("url") == _ABSENT and one.get("valueCode") == "masked" for one in extensions)


def _is_older(patient: dict[str, Any], most_days: int) -> bool:
    meta = patient.get("meta")
    born = days(patient.get("birthDate"))
    changed = days(meta.get("lastUpdated") if isinstance(meta, dict) else None)
    return born is not None and changed is not None and (changed.first - born.last).days > most_days


def _dicts(found: Any) -> Iterator[dict[str, Any]]:
    return (one for one in (found if isinstance(found, list) else ()) if isinstance(one, dict))


NHS_NUMBER_STATUS = NhsNumberStatus()

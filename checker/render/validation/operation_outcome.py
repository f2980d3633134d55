"""FHIR's own form: an OperationOutcome for one resource, a collection Bundle of them for several.

Built with ``fhir.resources``, so that what we write is held to FHIR's definitions by a library that is not
ours. Source: http://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from typing import Any

from checker.model.validation import Issue, Judged, Summary
from checker.render.validation import Style, Writer
from checker.render.visible import visible

_RULE = "urn:nhs-standards-checker:rule"
_INVARIANT = "urn:nhs-standards-checker:invariant"
_ALL_OK = "No issue was found."
_UNDECIDED = "A StructureDefinition that was asked for could not be applied wholly."


class _Outcomes:
    def __init__(self) -> None:
        self._outcomes: list[dict[str, Any]] = []

    def one(self, judged: Judged) -> bytes:
        self._outcomes.append(outcome(judged))
        return b""

    def end(self, summary: Summary) -> bytes:
        from uuid import NAMESPACE_URL, uuid5

        from fhir.resources.R4B.bundle import Bundle
        from fhir.resources.R4B.operationoutcome import OperationOutcome

        outcomes = self._outcomes + [_unread(reason) for reason in summary.unreadable]
        if not outcomes:
            outcomes = [_unread("there was no resource to judge")]
        if len(outcomes) == 1:
            return OperationOutcome.model_validate(outcomes[0]).model_dump_json(indent=2).encode() + b"\n"
        entries = [
            {
                "fullUrl": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{_RULE}:{number}')}",
                "resource": {"resourceType": "OperationOutcome", **one},
            }
            for number, one in enumerate(outcomes)
        ]
        bundle = Bundle.model_validate({"type": "collection", "entry": entries})
        return bundle.model_dump_json(indent=2).encode() + b"\n"


def outcome(judged: Judged) -> dict[str, Any]:
    """The content of the OperationOutcome for one resource."""
    issues = [_issue(issue, judged) for issue in judged.issues]
    if judged.undecided:
        diagnostics = visible(f"{_UNDECIDED} {_place(judged)}")
        issues.append({"severity": "warning", "code": "incomplete", "diagnostics": diagnostics})
    if not issues:
        diagnostics = visible(f"{_ALL_OK} {_place(judged)}")
        issues = [{"severity": "information", "code": "informational", "diagnostics": diagnostics}]
    return {"issue": issues}


def _issue(issue: Issue, judged: Judged) -> dict[str, Any]:
    parts = [issue.message]
    if issue.allowed:
        parts.append(f"Allowed: {issue.allowed}.")
    if issue.fix:
        parts.append(f"Mend: {issue.fix}")
    place = _place(judged) if issue.line is None else f"{judged.source}:{issue.line}:{issue.column}"
    coding = [{"system": _RULE, "code": issue.rule}]
    if issue.invariant:
        coding.append({"system": _INVARIANT, "code": issue.invariant})
    told: dict[str, Any] = {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"coding": coding, "text": visible(" ".join(parts))},
        "diagnostics": visible(place + (f" by {issue.definition}" if issue.definition else "")),
    }
    if issue.path:  # a text that cannot be read has no place in FHIRPath, and FHIR no empty text
        told["expression"] = [visible(issue.path)]
    return told


def _place(judged: Judged) -> str:
    return f"{judged.source}:{judged.line}"


def _unread(reason: str) -> dict[str, Any]:
    return {"issue": [{"severity": "fatal", "code": "not-found", "diagnostics": visible(f"Not read: {reason}")}]}


def writer(style: Style) -> Writer:
    """One JSON document at the end."""
    return _Outcomes()

"""Error answers. Source: http://hl7.org/fhir/R4/http.html#Status-Codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.model.asked import OfType
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_ERRORS = Every(selector=Selector(views=("fhir",), statuses=("4xx", "5xx")), cover=("read",))


@check(
    "errors.operation-outcome",
    params=OfType,
    needs=lambda p, settings: [_ERRORS, Need(probe="fhir.unknown-id", params=p)],
    source="http://hl7.org/fhir/R4/http.html#Status-Codes",
)
def operation_outcome(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An error is explained by an OperationOutcome with at least one issue, severity and code.

    Looks at every answer with status 400 to 599 of the FHIR endpoint. HEAD has no body and is
    left out; so is 429, which a gateway answers. A read of an unknown id is always among them.

    Good: 404 with ``{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}``.
    Bad: 404 with an HTML page or an empty body.
    """
    for exchange in ev.every(_ERRORS):
        if exchange.request.method == "HEAD" or exchange.status == 429:
            continue
        if exchange.lost:
            reason = exchange.evidence.withheld or Reason.NO_DATA
            message = f"the body of an answer {exchange.status} cannot be looked at"
            yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
            continue
        body = exchange.json()
        problem = body.problem or _problem(body.value)
        if problem:
            yield Finding(
                message=f"The answer {exchange.status} to a {exchange.http.interaction} is not an OperationOutcome.",
                expected="an OperationOutcome with at least one issue that has severity and code",
                actual=problem[:120],
                place=exchange.request.url,
                evidence=(exchange.id,),
            )
        else:
            yield Examined(
                what="Errors are explained by an OperationOutcome.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )


def _problem(value: Any) -> str:
    """What keeps a JSON body from being a usable OperationOutcome; "" if nothing does."""
    if not isinstance(value, dict) or value.get("resourceType") != "OperationOutcome":
        return "JSON that is no OperationOutcome"
    issues = value.get("issue")
    if not isinstance(issues, list) or not issues:
        return "an OperationOutcome without issue"
    if not all(isinstance(issue, dict) and issue.get("severity") and issue.get("code") for issue in issues):
        return "an issue without severity or code"
    return ""
